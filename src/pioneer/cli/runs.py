"""`pioneer runs ...`: what ran, what it came to, and going on after a crash."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from pioneer.cli.border import border, print_json
from pioneer.cli.cold_start import show
from pioneer.cli.console import console_listener
from pioneer.cli.options import DEFAULT_WORKSPACE, AsJson, Workspace
from pioneer.cli.tables import print_facts, print_rows

app = typer.Typer(help="Runs, their reports, and going on after a crash.", no_args_is_help=True)
RunId = Annotated[str, typer.Argument(metavar="RUN", help="Run id; `runs list` shows them.")]


@app.command("list")
def list_runs(workspace: Workspace = DEFAULT_WORKSPACE, as_json: AsJson = False) -> None:
    """All runs, newest last."""
    with border(as_json, workspace):
        from pioneer import api

        found = api.list_runs(workspace)
        print_json(found) if as_json else print_rows(found, empty="no runs yet")


@app.command("show")
def show_run(run: RunId, workspace: Workspace = DEFAULT_WORKSPACE, as_json: AsJson = False) -> None:
    """One run with its arguments, stages and trials."""
    with border(as_json, workspace):
        from pioneer import api

        found = api.show_run(run, workspace)
        print_json(found) if as_json else print_facts(_in_short(found))


def _in_short(found: dict[str, Any]) -> dict[str, Any]:
    """Of the result what does not stand above it already."""
    result = found["result"] or {}
    names = ("model", "version", "decision", "reason", "scores", "baselines", "cost", "report")
    return found | {"result": {name: result[name] for name in names if name in result}}


@app.command("resume")
def resume_run(
    run: Annotated[
        str | None, typer.Argument(metavar="[RUN]", help="Default: the newest unfinished run.")
    ] = None,
    workspace: Workspace = DEFAULT_WORKSPACE,
    as_json: AsJson = False,
) -> None:
    """Go on where a run stopped, and print what it would have printed."""
    with border(as_json, workspace, resumable=True):
        from pioneer import api

        with console_listener() as listen:
            outcome = api.resume(run, workspace, listen)
        show(outcome, as_json)


@app.command("report")
def report_run(
    run: RunId, workspace: Workspace = DEFAULT_WORKSPACE, as_json: AsJson = False
) -> None:
    """Where the report of a run lies; it is drawn again if it is missing."""
    with border(as_json, workspace):
        from pioneer import api

        found = api.report(run, workspace)
        print_json(found) if as_json else print_facts(found)


@app.command("cancel")
def cancel_run(
    run: RunId, workspace: Workspace = DEFAULT_WORKSPACE, as_json: AsJson = False
) -> None:
    """Mark an interrupted run as not to be resumed."""
    with border(as_json, workspace):
        from pioneer import api

        done = api.cancel(run, workspace)
        print_json(done) if as_json else print_facts(done)


@app.command("prune")
def prune_runs(workspace: Workspace = DEFAULT_WORKSPACE, as_json: AsJson = False) -> None:
    """Delete weights and artefacts that no version and no unfinished run needs."""
    with border(as_json, workspace):
        from pioneer import api

        done = api.prune(workspace)
        print_json(done) if as_json else print_facts(done)
