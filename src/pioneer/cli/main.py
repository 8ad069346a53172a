"""The `pioneer` command."""

from __future__ import annotations

import io
import sys
from typing import Annotated

import typer

from pioneer import __version__
from pioneer.cli import (
    bases,
    bench,
    cold_start,
    diagnose,
    doctor,
    improve,
    models,
    runs,
    traces,
    use,
)
from pioneer.cli.commands import Commands

app = typer.Typer(
    name="pioneer",
    cls=Commands,
    help="Adapt small language models to a task, and keep them good in production.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("cold-start")(cold_start.cold_start)
app.command("improve")(improve.improve)
app.command("diagnose")(diagnose.diagnose)
app.command("demo")(cold_start.demo)
app.command("predict")(use.predict)
app.command("evaluate")(use.evaluate)
app.add_typer(models.app, name="models")
app.add_typer(runs.app, name="runs")
app.add_typer(traces.app, name="traces")
app.add_typer(bases.app, name="bases")
app.add_typer(bench.app, name="bench")
app.command("doctor")(doctor.doctor)


def _version(wanted: bool) -> None:
    if wanted:
        print(__version__)
        raise typer.Exit


@app.callback()
def root(
    _version_option: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Adapt small language models to a task, and keep them good in production."""


def main() -> None:
    if isinstance(sys.stdout, io.TextIOWrapper):  # what a terminal cannot show is escaped
        sys.stdout.reconfigure(errors="backslashreplace")
    app()


if __name__ == "__main__":
    main()
