"""Choosing whole groups at random, so that every stratum gives its share."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Group:
    """Rows that stay together, and how many of them fall into each stratum."""

    name: str
    ids: tuple[str, ...]
    strata: Mapping[str, int]

    @property
    def size(self) -> int:
        return len(self.ids)


COVERED = 5
"""A stratum of at least so many rows is found on both sides, where its groups allow it."""


def carve(groups: Sequence[Group], share: float, seed: int, purpose: str) -> set[str]:
    """Names of the groups to set aside: about `share` of the rows of every stratum.

    Depends on names, seed and purpose only, not on the order. A stratum that lies in one group
    gives nothing, and the last group of a stratum is never taken.
    """
    order = sorted(groups, key=lambda group: _draw(seed, purpose, group.name))
    by_stratum = _by_stratum(order)
    quotas = _quotas(by_stratum, share, seed, purpose)
    taken, filled = set[str](), Counter[str]()
    left = Counter({stratum: len(members) for stratum, members in by_stratum.items()})
    for stratum in sorted(by_stratum, key=lambda name: (len(by_stratum[name]), name)):
        for group in _offers(by_stratum[stratum], stratum, quotas[stratum]):
            if filled[stratum] >= quotas[stratum]:
                break
            if group.name not in taken and _fits(group, stratum, quotas, filled, left):
                taken.add(group.name)
                filled.update(group.strata)
                left.subtract(group.strata.keys())
    return taken


def folds(groups: Sequence[Group], count: int, seed: int) -> dict[str, int]:
    """The fold (0 .. count - 1) of every group that can be held out, by name.

    Every fold gets its share of every stratum, as far as groups allow. Groups that hold all rows of
    some stratum have no fold: nothing could be learned about it without them.
    """
    by_stratum = _by_stratum(groups)
    alone = {members[0].name for members in by_stratum.values() if len(members) == 1}
    order = sorted(groups, key=lambda group: (-group.size, _draw(seed, "folds", group.name)))
    rows, total = defaultdict[str, Counter[int]](Counter), Counter[int]()
    chosen: dict[str, int] = {}
    for group in order:
        if group.name in alone:
            continue
        loads = [(_load(group, rows, fold), total[fold], fold) for fold in range(count)]
        fold = min(loads)[2]
        chosen[group.name] = fold
        total[fold] += group.size
        for stratum, size in group.strata.items():
            rows[stratum][fold] += size
    return chosen


def _load(group: Group, rows: Mapping[str, Counter[int]], fold: int) -> int:
    return sum(rows[stratum][fold] * size for stratum, size in group.strata.items())


def _offers(members: Sequence[Group], stratum: str, quota: int) -> list[Group]:
    """Groups in the order to try: those that fit the quota at random, then the smallest."""
    fitting = [group for group in members if group.strata[stratum] <= quota]
    larger = [group for group in members if group.strata[stratum] > quota]
    return fitting + sorted(larger, key=lambda group: group.strata[stratum])


def _fits(
    group: Group,
    stratum: str,
    quotas: Mapping[str, int],
    filled: Mapping[str, int],
    left: Mapping[str, int],
) -> bool:
    """Whether a group may go: no stratum loses its last group, none gives more than it should.

    The first group of a stratum may be larger than its quota, or the stratum would not be seen.
    """
    if any(left[name] < 2 for name in group.strata):
        return False
    own = filled[stratum] + group.strata[stratum] <= quotas[stratum]
    return own or not filled[stratum]


def _quotas(
    by_stratum: Mapping[str, Sequence[Group]], share: float, seed: int, purpose: str
) -> dict[str, int]:
    """Rows to take of every stratum: whole parts first, then the largest remainders."""
    sizes = {
        stratum: sum(group.strata[stratum] for group in members)
        for stratum, members in by_stratum.items()
        if len(members) > 1
    }
    quotas = dict.fromkeys(by_stratum, 0)
    for stratum, size in sizes.items():
        quotas[stratum] = max(int(share * size + 1e-9), 1 if size >= COVERED else 0)
    open_ = round(share * sum(sizes.values())) - sum(quotas.values())
    by_remainder = sorted(
        sizes,
        key=lambda stratum: (
            quotas[stratum] - share * sizes[stratum],
            _draw(seed, purpose, stratum),
        ),
    )
    for stratum in by_remainder[: max(0, open_)]:
        quotas[stratum] += 1
    return quotas


def _by_stratum(groups: Collection[Group]) -> dict[str, list[Group]]:
    members = defaultdict[str, list[Group]](list)
    for group in groups:
        for stratum in group.strata:
            members[stratum].append(group)
    return dict(members)


def _draw(seed: int, purpose: str, name: str) -> str:
    text = f"{seed}\0{purpose}\0{name}".encode("utf-8", "surrogatepass")
    return hashlib.sha256(text).hexdigest()
