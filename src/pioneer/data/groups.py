"""Which rows belong together, so that no split may part them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pioneer.records import Example
from pioneer.text.minhash import near_duplicate_groups


def groups_of(examples: Sequence[Example]) -> dict[str, str]:
    """The group of every row, by id: near-duplicates and rows with the same given `group`, closed.

    A group is named for the smallest id in it, so the names do not depend on the rows' order.
    """
    near = near_duplicate_groups([row.input for row in examples])
    parent = {row.id: row.id for row in examples}
    first: dict[tuple[str, str], str] = {}
    for row, number in zip(examples, near, strict=True):
        for tie in _ties(row, number):
            _join(parent, first.setdefault(tie, row.id), row.id)
    return {row.id: _root(parent, row.id) for row in examples}


def _ties(row: Example, number: int) -> Iterable[tuple[str, str]]:
    yield "near", str(number)
    if row.group:
        yield "given", row.group


def _join(parent: dict[str, str], one: str, two: str) -> None:
    one, two = _root(parent, one), _root(parent, two)
    parent[max(one, two)] = min(one, two)


def _root(parent: dict[str, str], node: str) -> str:
    while parent[node] != node:
        parent[node] = parent[parent[node]]
        node = parent[node]
    return node
