"""`pioneer bench ...`: benchmarks that ship with the package."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pioneer.cli.border import border, print_json
from pioneer.cli.console import console_listener
from pioneer.cli.options import DEFAULT_WORKSPACE, AsJson, Seed, Workspace
from pioneer.cli.tables import print_facts, print_rows

app = typer.Typer(help="Benchmarks that ship with the package.", no_args_is_help=True)
adaptft = typer.Typer(
    help="AdaptFT-Bench: noisy logs in stages, and what adapting to them gains.",
    no_args_is_help=True,
)
app.add_typer(adaptft, name="adaptft")


@adaptft.command("list")
def list_scenarios(workspace: Workspace = DEFAULT_WORKSPACE, as_json: AsJson = False) -> None:
    """The scenarios, and whether their data set is at hand (see PIONEER_CATALOGUE)."""
    with border(as_json, workspace):
        from pioneer.bench.adaptft import listed

        found = listed()
        print_json(found) if as_json else print_rows(found, empty="none")


@adaptft.command("build")
def build(
    output: Annotated[Path, typer.Option("--output", help="A folder for the logs.")],
    preset: Annotated[
        str | None, typer.Argument(metavar="[SCENARIO]", help="One of `list`.")
    ] = None,
    data: Annotated[
        str | None, typer.Option("--data", help="Any data folder, in place of a scenario.")
    ] = None,
    base: Annotated[str | None, typer.Option("--base", help="The base model.")] = None,
    clean_rows: Annotated[
        int | None,
        typer.Option("--clean-rows", help="Rows of each label that the first version learns from."),
    ] = None,
    rows_per_stage: Annotated[
        int | None, typer.Option("--rows-per-stage", help="Source rows of each stage's log.")
    ] = None,
    stages: Annotated[
        str | None,
        typer.Option("--stages", help="Percent of poison in each stage, as 15,25,40."),
    ] = None,
    twins: Annotated[bool, typer.Option("--twins", help="Also log every row as it is.")] = False,
    seed: Seed = 0,
    workspace: Workspace = DEFAULT_WORKSPACE,
    as_json: AsJson = False,
) -> None:
    """Build a scenario's logs: train its first version, and let it answer every call."""
    with border(as_json, workspace):
        from pioneer.bench.adaptft import asked_for, build
        from pioneer.records import dump

        wanted = asked_for(
            preset,
            data=data,
            base=base,
            clean_rows=clean_rows,
            rows_per_stage=rows_per_stage,
            stages=stages,
            twins=twins,
        )
        with console_listener() as listen:
            built = dump(build(wanted, seed, output, listen))
        print_json(built) if as_json else print_facts(built)
