"""`pioneer bench ...`: benchmarks that ship with the package."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

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

Data = Annotated[
    str | None, typer.Option("--data", help="Any data folder, in place of a scenario.")
]
OfKind = Annotated[
    str | None,
    typer.Option("--kind", help="Of the rows of --data; only classification so far."),
]
Base = Annotated[str | None, typer.Option("--base", help="The base model.")]
CleanRows = Annotated[
    int | None,
    typer.Option("--clean-rows", help="Rows of each label that the first version learns from."),
]
RowsPerStage = Annotated[
    int | None, typer.Option("--rows-per-stage", help="Source rows of each stage's log.")
]
Stages = Annotated[
    str | None, typer.Option("--stages", help="Percent of poison in each stage, as 15,25,40.")
]
Twins = Annotated[bool, typer.Option("--twins", help="Also log every row as it is.")]
Results = Annotated[
    Path, typer.Option("--output", help="A folder for results; what is there is kept.")
]


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
    data: Data = None,
    kind: OfKind = None,
    base: Base = None,
    clean_rows: CleanRows = None,
    rows_per_stage: RowsPerStage = None,
    stages: Stages = None,
    twins: Twins = False,
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
            kind=kind,
            base=base,
            clean_rows=clean_rows,
            rows_per_stage=rows_per_stage,
            stages=stages,
            twins=twins,
        )
        with console_listener() as listen:
            built = dump(build(wanted, seed, output, listen))
        print_json(built) if as_json else print_facts(built)


@adaptft.command("run")
def run(
    output: Results,
    presets: Annotated[
        list[str] | None,
        typer.Argument(metavar="[SCENARIO...]", help="Of `list`; cpu-suite means all of them."),
    ] = None,
    data: Data = None,
    kind: OfKind = None,
    base: Base = None,
    clean_rows: CleanRows = None,
    rows_per_stage: RowsPerStage = None,
    stages: Stages = None,
    twins: Twins = False,
    seeds: Annotated[str, typer.Option("--seeds", help="As 0,1,2.")] = "0,1,2,3,4",
    arms: Annotated[
        str, typer.Option("--arms", help="As no-op,agent; standard and ablations are groups.")
    ] = "standard",
    foreign: Annotated[
        list[str] | None,
        typer.Option("--arm", metavar="NAME=COMMAND", help="A foreign system; may be given again."),
    ] = None,
    jobs: Annotated[
        int, typer.Option("--jobs", help="Arms at a time, each on its part of the processors.")
    ] = 2,
    workspace: Workspace = DEFAULT_WORKSPACE,
    as_json: AsJson = False,
) -> None:
    """Run arms on a scenario, go on where an earlier run was cut off, and report."""
    with border(as_json, workspace):
        from pioneer.bench.adaptft import all_asked_for, report, run_all

        wanted = all_asked_for(
            presets or [],
            data=data,
            kind=kind,
            base=base,
            clean_rows=clean_rows,
            rows_per_stage=rows_per_stage,
            stages=stages,
            twins=twins,
        )
        with console_listener() as listen:
            run_all(wanted, seeds, output, arms, foreign or [], jobs, listen)
        _tell(report(output), output, as_json)


@adaptft.command("report")
def report(
    output: Results, workspace: Workspace = DEFAULT_WORKSPACE, as_json: AsJson = False
) -> None:
    """Write report.json, report.html and report.md of what has run."""
    with border(as_json, workspace):
        from pioneer.bench.adaptft import report

        _tell(report(output), output, as_json)


def _tell(found: dict[str, Any], output: Path, as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    print((output / "report.md").read_text(encoding="utf-8"))
    print(f"report: {output / 'report.html'}")
