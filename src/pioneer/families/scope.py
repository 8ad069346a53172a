"""Which label of a set means 'none of the others'."""

from __future__ import annotations

from collections.abc import Sequence

from pioneer.families.words import spoken

_NAMES = (
    "oos",
    "out of scope",
    "outofscope",
    "ood",
    "out of domain",
    "none of the above",
    "no intent",
    "none",
    "fallback",
    "unknown",
    "irrelevant",
    "other",
    "others",
    "misc",
    "miscellaneous",
)


def out_of_scope_label(labels: Sequence[str]) -> str | None:
    """The label that stands for 'none of the others', the clearest name first; else None.

    Two labels only are a yes/no question, in which 'other' is a class like any other.
    """
    if len(labels) < 3:
        return None
    by_name = {spoken(label): label for label in reversed(labels)}
    return next((by_name[name] for name in _NAMES if name in by_name), None)
