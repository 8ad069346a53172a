"""The group of all commands: a bad value is an error of ours, with the exit code of one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperGroup

from pioneer.cli.border import border, error_document, print_json
from pioneer.cli.defaults import FILE, defaults
from pioneer.errors import ArgumentError, PioneerError


class Commands(TyperGroup):
    """Exit 1 for a value that cannot be read; 2 for an unknown option or a missing argument."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        ctx.obj = "--json" in args
        with _usage_errors(ctx.obj):
            return super().parse_args(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        with border(ctx.obj):
            ctx.default_map = defaults(Path(FILE), self.commands)
            try:
                with _usage_errors(ctx.obj):
                    return super().invoke(ctx)
            except typer.BadParameter as error:
                if type(error) is not typer.BadParameter:  # a subclass: the value is missing
                    raise
                raise _bad_value(error) from error


@contextmanager
def _usage_errors(as_json: bool) -> Iterator[None]:
    """What typer itself is going to tell on standard error, as JSON too where that is wanted."""
    try:
        yield
    except typer.TyperException as error:
        if as_json and type(error) is not typer.BadParameter:
            tell = getattr(error, "format_message", error.__str__)
            print_json(error_document(PioneerError(tell()), "UsageError"))
        raise


def _bad_value(error: typer.BadParameter) -> ArgumentError:
    source = None
    if error.ctx is not None and error.param is not None:
        source = error.ctx.get_parameter_source(error.param.name or "")
    return ArgumentError(
        error.format_message(),
        file=FILE if source is not None and source.name == "DEFAULT_MAP" else None,
        hint=f"`{error.ctx.command_path} --help` shows what it takes" if error.ctx else None,
    )
