"""`pioneer diagnose`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pioneer.cli.border import border, print_json
from pioneer.cli.console import console_listener
from pioneer.cli.options import DEFAULT_WORKSPACE, AsJson, ModelName, SkipBroken, Traces, Workspace


def diagnose(
    model: ModelName,
    traces: Traces = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", help="Write a JSON line for each trace."),
    ] = None,
    report: Annotated[
        Path | None, typer.Option("--report", metavar="FILE.html", help="Write a page.")
    ] = None,
    skip_broken: SkipBroken = False,
    workspace: Workspace = DEFAULT_WORKSPACE,
    as_json: AsJson = False,
) -> None:
    """Say what goes wrong in a served model's log, and which rows to trust. Changes nothing."""
    with border(as_json, workspace):
        from pioneer.api import diagnose as work
        from pioneer.records import dump

        with console_listener() as listen:
            found = work(
                model,
                workspace,
                traces=traces or (),
                output=output,
                report=report,
                skip_broken=skip_broken,
                listen=listen,
            )
        if as_json:
            print_json(dump(found))
            return
        from rich.console import Console

        from pioneer.report.diagnosis import diagnosis_table

        Console().print(diagnosis_table(found))
