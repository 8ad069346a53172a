"""`pioneer cold-start` and `pioneer demo`."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pioneer.cli.border import border, print_json
from pioneer.cli.console import console_listener
from pioneer.cli.options import (
    DEFAULT_WORKSPACE,
    AsJson,
    BudgetTime,
    Columns,
    MaxTrials,
    Seed,
    Workspace,
    pairs,
)

if TYPE_CHECKING:
    from pioneer.api import Model, Outcome

DEMO = "Sort customer messages of a shop's helpdesk by what the customer wants."


def cold_start(
    description: Annotated[
        str, typer.Argument(metavar="DESCRIPTION", help="The task, in a sentence.")
    ],
    data: Annotated[
        list[str] | None,
        typer.Option("--data", metavar="PATH|hub:ID", help="Your data; may be given again."),
    ] = None,
    name: Annotated[str | None, typer.Option("--name", help="What to call the model.")] = None,
    base: Annotated[
        list[str] | None, typer.Option("--base", help="Base model; may be given again.")
    ] = None,
    metric: Annotated[str | None, typer.Option("--metric", help="What to maximise.")] = None,
    kind: Annotated[
        str | None, typer.Option("--kind", help="classification, extraction or generation.")
    ] = None,
    mapping: Columns = None,
    labels: Annotated[
        str | None, typer.Option("--labels", metavar="L,...", help="Use these labels only.")
    ] = None,
    target: Annotated[float, typer.Option("--target", help="Stop at this dev score.")] = 0.96,
    budget: BudgetTime = None,
    max_trials: MaxTrials = None,
    seed: Seed = 0,
    workspace: Workspace = DEFAULT_WORKSPACE,
    as_json: AsJson = False,
) -> None:
    """Make a model from a description: acquire data, search, evaluate, register."""
    with border(as_json, workspace, resumable=True):
        from pioneer.api import request, start

        wanted = request(
            description,
            data=data or (),
            name=name,
            base=base or (),
            metric=metric,
            kind=kind,
            mapping=pairs(mapping),
            labels=() if labels is None else _listed(labels),
            target=target,
            budget=budget,
            max_trials=max_trials,
            seed=seed,
            command=shlex.join(["pioneer", *sys.argv[1:]]),
        )
        with console_listener() as listen:
            outcome = start(wanted, workspace, listen)
        show(outcome, as_json)


def demo(
    workspace: Workspace = Path("demo"),
    seed: Annotated[int, typer.Option("--seed")] = 0,
    max_trials: Annotated[int, typer.Option("--max-trials", help="Trainings to compare.")] = 4,
    as_json: AsJson = False,
) -> None:
    """A cold start on the bundled helpdesk corpus, then a few answers of the new model."""
    with border(as_json, workspace, resumable=True):
        from pioneer.api import load, request, start
        from pioneer.corpus import path

        wanted = request(
            DEMO,
            data=[str(path() / "helpdesk")],
            name="helpdesk",
            max_trials=max_trials,
            seed=seed,
            command=shlex.join(["pioneer", *sys.argv[1:]]),
        )
        with console_listener() as listen:
            outcome = start(wanted, workspace, listen)
        show(outcome, as_json)
        if not as_json:
            _try_out(load("helpdesk", workspace=workspace))


def show(outcome: Outcome, as_json: bool) -> None:
    """Print what a run came to: JSON, or a table that ends with the report's path."""
    from pioneer.records import dump

    if as_json:
        print_json(dump(outcome))
        return
    from rich.console import Console

    from pioneer.report.cycle import CycleReport
    from pioneer.report.terminal import cycle_table, summary_table
    from pioneer.report.write import read_any

    html = Path(outcome.report)
    report = read_any(html.with_name("report.json"))
    if isinstance(report, CycleReport):
        Console().print(cycle_table(report, html))
    else:
        Console().print(summary_table(report, html))


def _try_out(model: Model) -> None:
    questions = ["where is my parcel??", "the lamp came with a crack in the base"]
    for question, answer in zip(questions, model(questions), strict=True):
        print(f"  {question!r} -> {answer.output} ({answer.confidence:.2f})")


def _listed(text: str) -> tuple[str, ...]:
    from pioneer.errors import ArgumentError

    found = tuple(part.strip() for part in text.split(",") if part.strip())
    if not found:
        raise ArgumentError("--labels names none", hint="write --labels A,B, or leave it out")
    return found
