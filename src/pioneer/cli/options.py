"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Workspace = Annotated[
    Path, typer.Option("--workspace", help="Folder that holds models, runs and data.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print exactly one JSON document.")]
ModelName = Annotated[
    str, typer.Argument(metavar="MODEL", help="NAME (the promoted version) or NAME@VERSION.")
]

DEFAULT_WORKSPACE = Path(".pioneer")
