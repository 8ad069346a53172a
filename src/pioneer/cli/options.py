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
Columns = Annotated[
    str | None, typer.Option("--map", metavar="text=COL,label=COL", help="Your column names.")
]

BudgetTime = Annotated[
    str | None,
    typer.Option("--budget", help="Time, as 90s, 15m or 2h [default: 15m without --max-trials]."),
]
MaxTrials = Annotated[
    int | None, typer.Option("--max-trials", help="At most so many trainings are compared.")
]
Seed = Annotated[int, typer.Option("--seed", help="Same seed and trials, same result.")]
Traces = Annotated[
    list[Path] | None,
    typer.Option("--traces", metavar="PATH", help="A log or a folder of logs; may be given again."),
]
SkipBroken = Annotated[
    bool, typer.Option("--skip-broken", help="Go on without log rows that cannot be read.")
]

DEFAULT_WORKSPACE = Path(".pioneer")


def pairs(mapping: str | None) -> dict[str, str]:
    """What --map says."""
    from pioneer.data.columns import parse_mapping

    return {} if mapping is None else parse_mapping(mapping)
