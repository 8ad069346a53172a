"""What a run may spend."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pioneer.errors import ArgumentError

_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "": 1.0}


@dataclass(frozen=True, slots=True)
class Budget:
    """Seconds and trials; None means no limit. With trials alone, two runs are equal."""

    seconds: float | None = None
    trials: int | None = None

    def __post_init__(self) -> None:
        if self.seconds is not None and not self.seconds > 0:
            raise ArgumentError(f"a budget must be above zero, but got {self.seconds:g} seconds")
        if self.trials is not None and self.trials < 1:
            raise ArgumentError(f"--max-trials must be at least 1, but got {self.trials}")


def parse_duration(text: str) -> float:
    """Seconds of '90', '90s', '15m', '1.5h' or '1h30m'. Raises ArgumentError."""
    compact = text.strip().lower().replace(" ", "")
    parts = re.findall(r"(\d+(?:\.\d+)?)([smh]?)", compact)
    if not parts or "".join(number + unit for number, unit in parts) != compact:
        raise ArgumentError(
            f"a budget is a time above zero such as 90s, 15m or 1h30m, but got {text!r}"
        )
    return sum(float(number) * _UNITS[unit] for number, unit in parts)
