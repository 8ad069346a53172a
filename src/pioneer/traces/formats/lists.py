"""Exports whose rows are what is wanted, or hold a list of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pioneer.traces.records import Item, Record


def listed(
    name: str, read: Callable[[int, Mapping[str, Any]], Item]
) -> Callable[[Iterator[Item]], Iterator[Item]]:
    """Reads the objects under `name`, or the row itself where there is no such list, by their row;
    what is no record passes."""

    def reads(items: Iterator[Item]) -> Iterator[Item]:
        for item in items:
            if not isinstance(item, Record):
                yield item
                continue
            found = item.fields.get(name)
            for one in found if isinstance(found, list) else [item.fields]:
                if isinstance(one, Mapping):
                    yield read(item.row, one)

    return reads
