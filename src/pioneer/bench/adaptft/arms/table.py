"""All arms by name."""

from __future__ import annotations

from collections.abc import Mapping

from pioneer.bench.adaptft.arms.base import Arm
from pioneer.bench.adaptft.arms.fixed import (
    Fixed,
    clean_only,
    naive,
    naive_cleanlab,
    no_op,
    random_augmentation,
)
from pioneer.bench.adaptft.arms.loops import AGENT, NAIVE_SEARCH, ORACLE, ORACLE_GATED, Loop

STANDARD: Mapping[str, Arm] = {
    "no-op": no_op,
    "naive": Fixed(naive),
    "naive-search": NAIVE_SEARCH,
    "naive-cleanlab": Fixed(naive_cleanlab),
    "random-augmentation": Fixed(random_augmentation),
    "clean-only": Fixed(clean_only),
    "oracle": ORACLE,
    "oracle-gated": ORACLE_GATED,
    "agent": AGENT,
}

ABLATIONS: Mapping[str, Arm] = {
    "without-triage": Loop(without=("triage",)),
    "without-probes": Loop(without=("probes",)),
    "without-twins": Loop(without=("twins",)),
    "without-replay": Loop(without=("replay",)),
    "without-gate": Loop(without=("gate",), always=True),
    "without-search": Loop(trials=1),
}
"""The agent less one part."""

ARMS: Mapping[str, Arm] = {**STANDARD, **ABLATIONS}
