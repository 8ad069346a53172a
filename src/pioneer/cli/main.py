"""The `pioneer` command."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from pioneer import __version__
from pioneer.cli import bases, cold_start, doctor, models, runs, use

app = typer.Typer(
    name="pioneer",
    help="Adapt small language models to a task, and keep them good in production.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("cold-start")(cold_start.cold_start)
app.command("demo")(cold_start.demo)
app.command("predict")(use.predict)
app.command("evaluate")(use.evaluate)
app.add_typer(models.app, name="models")
app.add_typer(runs.app, name="runs")
app.add_typer(bases.app, name="bases")
app.command("doctor")(doctor.doctor)


def _version(wanted: bool) -> None:
    if wanted:
        print(__version__)
        raise typer.Exit


@app.callback()
def root(
    context: typer.Context,
    _version_option: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Adapt small language models to a task, and keep them good in production."""
    commands = getattr(context.command, "commands", {})
    context.default_map = _defaults(Path("pioneer.toml"), commands)


def _defaults(file: Path, commands: Mapping[str, Any]) -> dict[str, Any]:
    """Defaults of options from pioneer.toml: top-level keys for all commands, tables for one."""
    if not file.is_file():
        return {}
    try:
        document = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        print(f"error: {file}: {error}", file=sys.stderr)
        raise typer.Exit(1) from error
    shared = {key: value for key, value in document.items() if not isinstance(value, dict)}
    result: dict[str, Any] = {}
    for name, command in commands.items():
        table = document.get(name, {})
        own = {_parameter(key): value for key, value in (shared | table).items()}
        inner = getattr(command, "commands", None)
        result[name] = own if inner is None else dict.fromkeys(inner, own)
    return result


def _parameter(key: str) -> str:
    return {"json": "as_json", "max-trials": "max_trials"}.get(key, key.replace("-", "_"))


def main() -> None:
    app()


if __name__ == "__main__":
    main()
