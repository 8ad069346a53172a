"""Whether a cluster of failures is a weakness of the deployed version, or a few strays."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

SOURCES_LEAST = 10
LEVEL = 0.1


@dataclass(frozen=True, slots=True)
class Probe:
    """One fresh variation of a source row, answered by the deployed version."""

    source: str
    passed: bool


class Finding(StrEnum):
    SYSTEMATIC = "systematic"
    STRAY_OR_UNKNOWN = "stray or unknown"


@dataclass(frozen=True, slots=True)
class Probed:
    """A cluster's finding with its arithmetic. Source rows count, not variations."""

    finding: Finding
    failed: int
    sources: int
    control_failed: int
    control_sources: int
    p: float
    sentence: str


def probed(cluster: Iterable[Probe], control: Iterable[Probe]) -> Probed:
    """Systematic if sources of the cluster fail more often than matched passing rows.

    The control's variations come from the same generator. A source fails if half of its
    variations do. One-sided Fisher test, 10 %, on at least 10 sources of the cluster.
    """
    from scipy.stats import fisher_exact

    failed, sources = _failed(cluster)
    others_failed, others = _failed(control)
    table = [[failed, sources - failed], [others_failed, others - others_failed]]
    p = float(fisher_exact(table, alternative="greater").pvalue)
    systematic = sources >= SOURCES_LEAST and p <= LEVEL
    finding = Finding.SYSTEMATIC if systematic else Finding.STRAY_OR_UNKNOWN
    few = f", fewer than the {SOURCES_LEAST} that are needed" if sources < SOURCES_LEAST else ""
    sentence = (
        f"{finding.value}: {failed} of {sources} source rows fail{few}, against {others_failed} "
        f"of {others} passing rows varied in the same way; p {p:.3f}"
    )
    return Probed(finding, failed, sources, others_failed, others, p, sentence)


def _failed(probes: Iterable[Probe]) -> tuple[int, int]:
    tried, failed = Counter[str](), Counter[str]()
    for probe in probes:
        tried[probe.source] += 1
        failed[probe.source] += not probe.passed
    return sum(2 * failed[source] >= count for source, count in tried.items()), len(tried)
