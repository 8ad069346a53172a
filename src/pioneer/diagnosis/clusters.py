"""Failures that are alike: inside each confusion by density, named by their telling words."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pioneer.diagnosis.confusions import failures, leaning, leanings
from pioneer.diagnosis.findings import Cluster, Fixability, Leaning
from pioneer.diagnosis.records import Decision, LogRow, Suspicion, Vectors
from pioneer.evaluation.intervals import wilson

LEAST = 5
"""Failures that make a cluster."""
_DENSE = 40
"""Failures of one confusion above which parts of it are looked for."""
_TERMS, _EXAMPLES = 3, 3
_WORD = re.compile(r"[^\W\d_]{2,}")


@dataclass(frozen=True, slots=True)
class Members:
    """The rows of a cluster."""

    answered: str | None
    """The answer of its confusion; None where it holds several or none was given."""
    right: str | None
    rows: Sequence[LogRow]


def gathered(rows: Sequence[LogRow], vectors: Vectors) -> list[Members]:
    """Failures that are alike. `vectors` are those of the rows, in order."""
    place = {row.id: at for at, row in enumerate(rows)}
    by_pair: dict[tuple[str | None, str], list[LogRow]] = defaultdict(list)
    for row in failures(rows):
        by_pair[row.answered, str(row.right)].append(row)
    found: list[Members] = []
    rest: list[LogRow] = []
    for (answered, right), members in sorted(by_pair.items(), key=str):
        if len(members) < LEAST:
            rest += members
            continue
        at = np.array([place[row.id] for row in members])
        dense = _dense(vectors[at])
        found += [Members(answered, right, [members[one] for one in group]) for group in dense]
    at = np.array([place[row.id] for row in rest], dtype=int)
    across = _across(vectors[at])
    return found + [Members(None, None, [rest[one] for one in group]) for group in across]


def clusters(
    rows: Sequence[LogRow], vectors: Vectors, suspicions: Mapping[str, Suspicion]
) -> tuple[Cluster, ...]:
    """The largest first. `vectors` are those of the rows, in order."""
    place = {row.id: at for at, row in enumerate(rows)}
    total = sum(row.weight for row in failures(rows)) or 1.0
    name = namer(rows)
    leans = {one.label: one.leaning for one in leanings(rows)}
    found = []
    for one in gathered(rows, vectors):
        weight = sum(row.weight for row in one.rows)
        found.append(
            Cluster(
                name(one.rows),
                one.answered,
                one.right,
                len(one.rows),
                round(weight, 2),
                weight / total,
                _leaning(one.rows, leans),
                _fixability(one.rows, suspicions),
                _middle(one.rows, vectors, place),
            )
        )
    return tuple(sorted(found, key=lambda one: (-one.share, one.name)))


def words(text: str) -> set[str]:
    return set(_WORD.findall(text.lower()))


def _dense(vectors: Vectors) -> list[list[int]]:
    """One confusion: as it is, or, where it is large, its dense parts and what is left."""
    if len(vectors) < _DENSE:
        return [list(range(len(vectors)))]
    groups = _hdbscan(vectors, max(LEAST, len(vectors) // 10))
    inside = {at for group in groups for at in group}
    left = [at for at in range(len(vectors)) if at not in inside]
    if len(groups) < 2:
        return [list(range(len(vectors)))]
    return groups + ([left] if len(left) >= LEAST else [])


def _across(vectors: Vectors) -> list[list[int]]:
    """What fell into confusions that are too small: dense parts only."""
    return _hdbscan(vectors, LEAST) if len(vectors) >= 2 * LEAST else []


def _hdbscan(vectors: Vectors, least: int) -> list[list[int]]:
    from sklearn.cluster import HDBSCAN

    labels = HDBSCAN(min_cluster_size=least, copy=True).fit_predict(vectors.astype(np.float64))
    return [np.flatnonzero(labels == one).tolist() for one in range(labels.max() + 1)]


def namer(rows: Sequence[LogRow]) -> Callable[[Sequence[LogRow]], str]:
    """Names a part of the rows by words that many of the part have and few others: each by its part
    in the divergence between the two."""
    usual = Counter(word for row in rows for word in words(row.input))

    def name(members: Sequence[LogRow]) -> str:
        here = Counter(word for row in members for word in words(row.input))
        scores = {
            word: count
            / len(members)
            * math.log((count / len(members)) / (usual[word] / len(rows)))
            for word, count in here.items()
        }
        best = sorted(scores, key=lambda word: (-scores[word], word))[:_TERMS]
        return ", ".join(best) or "(no words)"

    return name


def _leaning(members: Sequence[LogRow], leans: Mapping[str, Leaning]) -> Leaning:
    """That of the labels that its rows miss, against that of those that are answered instead."""
    missed = sum(r.weight for r in members if leans[str(r.right)] is Leaning.RECALL)
    wrongly = sum(r.weight for r in members if leans.get(r.answered or "") is Leaning.PRECISION)
    return leaning(missed, wrongly)


def _fixability(members: Sequence[LogRow], suspicions: Mapping[str, Suspicion]) -> Fixability:
    """External where, beyond chance, most of its rows are not to be learned from."""
    said = [suspicions[row.id].decision for row in members if row.id in suspicions]
    if not said:
        return Fixability.UNKNOWN
    low, high = wilson(sum(one is Decision.KEEP for one in said), len(said))
    if low > 0.5:
        return Fixability.FIXABLE
    return Fixability.EXTERNAL if high < 0.5 else Fixability.UNKNOWN


def _middle(
    members: Sequence[LogRow], vectors: Vectors, place: Mapping[str, int]
) -> tuple[str, ...]:
    own = vectors[[place[row.id] for row in members]]
    near = np.argsort(-(own @ own.mean(0)), kind="stable")[:_EXAMPLES]
    return tuple(members[int(at)].id for at in near)
