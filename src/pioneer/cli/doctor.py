"""`pioneer doctor`: is everything there, and how big is it."""

from __future__ import annotations

from pioneer.cli.border import border, print_json
from pioneer.cli.options import DEFAULT_WORKSPACE, AsJson, Workspace
from pioneer.cli.tables import print_rows


def doctor(workspace: Workspace = DEFAULT_WORKSPACE, as_json: AsJson = False) -> None:
    """Check packages, base weights, threads, disk and the workspace; show sizes."""
    with border(as_json, workspace):
        from pioneer import api

        found = api.doctor(workspace)
        print_json(found) if as_json else print_rows(found["checks"], empty="")
