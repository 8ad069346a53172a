"""How many formerly right rows a candidate may break."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from pioneer.errors import ArgumentError

ROWS_OF_THE_PAPER = 200
"""The paper's absolute limit of 2 belongs to about so many rows."""
_MOST = 20
_QUANTILE = 0.95
_WIDER = 3


@dataclass(frozen=True, slots=True)
class Limit:
    """What `--regression-limit` asks for."""

    count: int = 2
    strict: bool = False
    """The paper's absolute count, whatever the number of rows."""

    def __post_init__(self) -> None:
        if self.count < 0 or (not self.strict and self.count > _MOST):
            raise ArgumentError(
                f"the regression limit must be a count of 0 to {_MOST}, but is {self.count}",
                hint="strict:N takes any count",
            )

    @property
    def rate(self) -> float:
        return self.count / ROWS_OF_THE_PAPER

    def allowed(self, right: int) -> int:
        """Broken rows among `right` that pass without more ado."""
        return self.count if self.strict else max(self.count, quantile(right, self.rate))

    def allowed_if_twice(self, right: int) -> int:
        """Broken rows that pass where at least twice as many are fixed."""
        if self.strict:
            return self.count
        return max(self.count, quantile(right, _WIDER * self.rate))


def limit_of(text: str) -> Limit:
    """Read `2` or `strict:N`. Raises ArgumentError."""
    found = re.fullmatch(r"(strict:)?([0-9]{1,6})", text.strip())
    if found is None:
        raise ArgumentError(
            f"the regression limit must be a count or strict:COUNT, but is {text!r}",
            hint="--regression-limit 2, or strict:2 for an absolute count",
        )
    return Limit(int(found[2]), strict=found[1] is not None)


@lru_cache(maxsize=65536)
def quantile(right: int, rate: float) -> int:
    """The 95 % quantile of Bin(right, rate)."""
    from scipy.stats import binom

    return max(0, int(binom.ppf(_QUANTILE, right, rate)))
