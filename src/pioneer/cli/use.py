"""`pioneer predict` and `pioneer evaluate`."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from pioneer.cli.border import border, print_json
from pioneer.cli.console import progress
from pioneer.cli.options import DEFAULT_WORKSPACE, AsJson, Columns, ModelName, Workspace, pairs
from pioneer.cli.tables import print_facts


def predict(
    model: ModelName,
    source: Annotated[
        str, typer.Option("--input", metavar="FILE|-", help="JSON lines or plain lines.")
    ] = "-",
    output: Annotated[
        Path | None, typer.Option("--output", help="File to write instead of standard output.")
    ] = None,
    workspace: Workspace = DEFAULT_WORKSPACE,
    as_json: AsJson = False,
) -> None:
    """Answer each input line with one JSON line: output and confidence, in order."""
    with border(as_json, workspace):
        from pioneer import api

        with progress(output is not None or not sys.stdout.isatty()) as listen:
            if output is None:
                _print_lines(api.predict_lines(model, source, workspace, listen))
            else:
                api.predict_to_file(model, source, output, workspace, listen)


def _print_lines(lines: Iterable[str]) -> None:
    if isinstance(sys.stdout, io.TextIOWrapper):  # JSON lines are UTF-8 everywhere
        sys.stdout.reconfigure(encoding="utf-8")
    for line in lines:
        sys.stdout.write(line + "\n")
    sys.stdout.flush()


def evaluate(
    model: ModelName,
    data: Annotated[str, typer.Option("--data", metavar="PATH", help="Rows with right answers.")],
    metric: Annotated[str | None, typer.Option("--metric", help="Default: accuracy.")] = None,
    minimum: Annotated[
        float | None, typer.Option("--min", help="Exit 1 if the metric is below this.")
    ] = None,
    mapping: Columns = None,
    workspace: Workspace = DEFAULT_WORKSPACE,
    as_json: AsJson = False,
) -> None:
    """Score a model on data: metric with interval, per label, overlap with its training rows."""
    with border(as_json, workspace):
        from pioneer import api
        from pioneer.errors import ArgumentError

        if minimum is not None and not 0 <= minimum <= 1:
            raise ArgumentError(f"--min must be from 0 to 1, but got {minimum:g}")
        columns = pairs(mapping)
        with progress() as listen:
            found = api.evaluate(
                model, data, workspace, metric=metric, mapping=columns, listen=listen
            )
        print_json(found) if as_json else print_facts(found)
        if minimum is not None and found["value"] < minimum:
            print(f"{found['metric']} {found['value']:.4f} is below {minimum:g}", file=sys.stderr)
            raise typer.Exit(1)
