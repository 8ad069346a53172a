"""`pioneer bases ...`: base models and where their weights come from."""

from __future__ import annotations

from typing import Annotated

import typer

from pioneer.cli.border import border, print_json
from pioneer.cli.options import DEFAULT_WORKSPACE, AsJson, Workspace
from pioneer.cli.tables import print_facts, print_rows

app = typer.Typer(help="Base models and where their weights come from.", no_args_is_help=True)


@app.command("list")
def list_bases(workspace: Workspace = DEFAULT_WORKSPACE, as_json: AsJson = False) -> None:
    """Known base models, and whether they are here."""
    with border(as_json, workspace):
        from pioneer import api

        found = api.list_bases()
        print_json(found) if as_json else print_rows(found, empty="none")


@app.command("pull")
def pull_base(
    name: Annotated[str, typer.Argument(metavar="BASE")],
    workspace: Workspace = DEFAULT_WORKSPACE,
    as_json: AsJson = False,
) -> None:
    """Fetch a base and check its hash."""
    with border(as_json, workspace):
        from pioneer import api

        done = api.pull_base(name)
        print_json(done) if as_json else print_facts(done)
