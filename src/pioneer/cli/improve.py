"""`pioneer improve`."""

from __future__ import annotations

import shlex
import sys
from typing import Annotated

import typer

from pioneer.cli.border import border
from pioneer.cli.cold_start import show
from pioneer.cli.console import console_listener
from pioneer.cli.options import (
    DEFAULT_WORKSPACE,
    AsJson,
    BudgetTime,
    MaxTrials,
    ModelName,
    Seed,
    SkipBroken,
    Traces,
    Workspace,
)

NOT_PROMOTED = 3


def improve(
    model: ModelName,
    traces: Traces = None,
    limit: Annotated[
        str,
        typer.Option(
            "--regression-limit",
            metavar="N|strict:N",
            help="Right rows that may break: N per 200, or strict:N in all.",
        ),
    ] = "2",
    failure_share: Annotated[
        float | None,
        typer.Option(
            "--failure-share",
            metavar="SHARE",
            help="How much of the traffic fails, if the log holds more failures than traffic.",
        ),
    ] = None,
    strategy: Annotated[
        list[str] | None,
        typer.Option("--strategy", help="Try this way to learn only; may be given again."),
    ] = None,
    budget: BudgetTime = None,
    max_trials: MaxTrials = None,
    seed: Seed = 0,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Decide, but leave the served version as it is.")
    ] = False,
    skip_broken: SkipBroken = False,
    require_promotion: Annotated[
        bool, typer.Option("--require-promotion", help="Exit 3 unless a version is promoted.")
    ] = False,
    workspace: Workspace = DEFAULT_WORKSPACE,
    as_json: AsJson = False,
) -> None:
    """Make a better version from judged traces, or say why not: triage, search, gates."""
    with border(as_json, workspace, resumable=True):
        from pioneer.api import improvement, start

        wanted = improvement(
            model,
            traces=traces or (),
            regression_limit=limit,
            failure_share=failure_share,
            strategies=strategy or (),
            budget=budget,
            max_trials=max_trials,
            seed=seed,
            dry_run=dry_run,
            skip_broken=skip_broken,
            command=shlex.join(["pioneer", *sys.argv[1:]]),
        )
        with console_listener() as listen:
            outcome = start(wanted, workspace, listen)
        show(outcome, as_json)
    if require_promotion and outcome.decision != "promoted":
        raise typer.Exit(NOT_PROMOTED)
