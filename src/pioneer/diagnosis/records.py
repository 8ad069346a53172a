"""What diagnosis reads of a log, and what it says of each row."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from pioneer.records import Ruling

Vectors: TypeAlias = NDArray[np.float32]
"""Unit vectors, [texts, hidden]."""

Embedder: TypeAlias = Callable[[Sequence[str]], Vectors]
"""Texts in, their vectors out, in order."""


class Decision(StrEnum):
    """What is to become of a logged row."""

    KEEP = "keep"
    RELABEL = "relabel"
    """Its label seems wrong, and which one is right seems clear: a proposal for a human."""
    DROP = "drop"
    ASK = "ask"
    """Nobody but a human can tell."""


@dataclass(frozen=True, slots=True)
class LogRow:
    """A production call as diagnosis sees it. Its text is data, whatever it says."""

    id: str
    input: str
    group: str
    """Near-duplicates share one, across the log and the trusted rows."""
    answered: str | None
    """What the deployed version answers now; as logged, where it was not asked again."""
    confidence: float | None
    ruling: Ruling
    right: str | None
    """The right answer as the log has it: the correction, or the output that was passed; None
    where the log does not tell. It may be wrong: that is what triage is about."""
    human: bool = False
    """Whether a human gave the verdict."""
    time: float | None = None
    """Seconds since 1970, UTC."""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    weight: float = 1.0
    """How many logged calls it stands for, where the log was sampled."""
    ranked: tuple[tuple[str, float], ...] = ()
    """What the served version finds likeliest, best first, where it was asked."""


@dataclass(frozen=True, slots=True)
class Suspicion:
    """What triage says of one row."""

    id: str
    p_poison: float
    """That learning from the row as logged teaches wrong behaviour."""
    decision: Decision
    reasons: tuple[str, ...]
    """Short sentences, the weightiest first."""
    label: str | None = None
    """The one that seems right, where the decision is to relabel. It is never learned."""
    signals: Mapping[str, float] = field(default_factory=dict)
    """What each detector said, by its name: 0 nothing, 1 certain."""
    sound: bool = False
    """Nothing is wrong with its text: if anything, its label is in doubt."""
    teaches: bool = False
    """Of a row that is asked about: whether it may be learned from meanwhile, as it was logged. It
    never judges."""

    @property
    def learnable(self) -> bool:
        return self.decision is Decision.KEEP or self.teaches
