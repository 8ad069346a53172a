"""`pioneer models ...`: versions and which of them is served."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from pioneer.cli.border import border, print_json
from pioneer.cli.console import progress
from pioneer.cli.options import DEFAULT_WORKSPACE, AsJson, Columns, ModelName, Workspace, pairs
from pioneer.cli.tables import print_facts, print_rows

app = typer.Typer(help="Versions of models, and which of them is served.", no_args_is_help=True)


@app.command("list")
def list_models(workspace: Workspace = DEFAULT_WORKSPACE, as_json: AsJson = False) -> None:
    """All versions of all models."""
    with border(as_json, workspace):
        from pioneer import api

        found = api.list_models(workspace)
        print_json(found) if as_json else print_rows(_readable(found), empty="no models yet")


def _readable(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [line | {"size": f"{line['size'] / 1e6:.1f} MB"} for line in found]


@app.command("show")
def show_model(
    model: ModelName, workspace: Workspace = DEFAULT_WORKSPACE, as_json: AsJson = False
) -> None:
    """Everything that is known of one version."""
    with border(as_json, workspace):
        from pioneer import api

        found = api.show_model(model, workspace)
        print_json(found) if as_json else print_facts(found)


@app.command("compare")
def compare_models(
    first: Annotated[str, typer.Argument(help="NAME or NAME@VERSION")],
    second: Annotated[str, typer.Argument(help="NAME or NAME@VERSION")],
    data: Annotated[str, typer.Option("--data", metavar="PATH", help="Rows to compare them on.")],
    mapping: Columns = None,
    workspace: Workspace = DEFAULT_WORKSPACE,
    as_json: AsJson = False,
) -> None:
    """Two versions on the same rows, paired."""
    with border(as_json, workspace):
        from pioneer import api

        columns = pairs(mapping)
        with progress() as listen:
            found = api.compare_models(
                first, second, data, workspace, mapping=columns, listen=listen
            )
        print_json(found) if as_json else print_facts(found)


@app.command("promote")
def promote_model(
    model: ModelName,
    force: Annotated[
        bool, typer.Option("--force", help="Serve it although its gate did not promote it.")
    ] = False,
    reason: Annotated[str, typer.Option("--reason", help="Recorded with the promotion.")] = "",
    workspace: Workspace = DEFAULT_WORKSPACE,
    as_json: AsJson = False,
) -> None:
    """Serve this version from now on."""
    with border(as_json, workspace):
        from pioneer import api

        done = api.promote_model(model, workspace, force=force, reason=reason)
        print_json(done) if as_json else print_facts(done)


@app.command("rollback")
def rollback_model(
    name: Annotated[str, typer.Argument(metavar="NAME")],
    reason: Annotated[str, typer.Option("--reason", help="Recorded with the rollback.")] = "",
    workspace: Workspace = DEFAULT_WORKSPACE,
    as_json: AsJson = False,
) -> None:
    """Serve again what was served before."""
    with border(as_json, workspace):
        from pioneer import api

        done = api.rollback_model(name, workspace, reason=reason)
        print_json(done) if as_json else print_facts(done)


@app.command("export")
def export_model(
    model: ModelName,
    output: Annotated[Path, typer.Option("--output", help="Folder to make; must not exist.")],
    form: Annotated[str, typer.Option("--format", help="safetensors or onnx")] = "safetensors",
    workspace: Workspace = DEFAULT_WORKSPACE,
    as_json: AsJson = False,
) -> None:
    """Write a version to a folder; ONNX is scored again before it counts as exported."""
    with border(as_json, workspace):
        from pioneer import api

        with progress() as listen:
            done = api.export_model(model, output, workspace, form=form, listen=listen)
        print_json(done) if as_json else print_facts(done)


@app.command("delete")
def delete_model(
    model: ModelName, workspace: Workspace = DEFAULT_WORKSPACE, as_json: AsJson = False
) -> None:
    """Delete the weights of a version that is not served; its card stays."""
    with border(as_json, workspace):
        from pioneer import api

        done = api.delete_model(model, workspace)
        print_json(done) if as_json else print_facts(done)
