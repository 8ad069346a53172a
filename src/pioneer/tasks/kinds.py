"""Which kind of task a description asks for, and whether the data can give it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from pioneer.errors import TaskError
from pioneer.families import families
from pioneer.records import Kind
from pioneer.text.stems import mentions, stems

_STRONG = 0.6
"""From this weight on, a cue for a kind that the data does not fit is a contradiction."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How loudly a description speaks for one kind."""

    kind: Kind
    weight: float
    cues: tuple[str, ...]


def readings(description: str) -> list[Reading]:
    """Every kind, the one the description speaks for most first (0.0: it doesn't mention it).

    Spellings of one word count once.
    """
    said = stems(description)
    found = []
    for family in families():
        cues = family.cues
        heard: dict[str, int] = {}
        for at, cue in enumerate(cues):
            if mentions(said, cue):
                heard.setdefault(" ".join(stems(cue)), at)
        weight = sum((len(cues) - at) / len(cues) for at in heard.values())
        found.append(Reading(family.kind, weight, tuple(cues[at] for at in heard.values())))
    return sorted(found, key=lambda reading: -reading.weight)


def choose(description: str, fitting: Collection[Kind]) -> tuple[Kind, str]:
    """The kind and why; `fitting` are the kinds that the data can be read as, empty without data.

    Raises TaskError if neither sentence nor data decide, or if they contradict each other.
    """
    heard = [reading for reading in readings(description) if reading.weight]
    able = [reading for reading in heard if not fitting or reading.kind in fitting]
    if heard and not able and heard[0].weight >= _STRONG:
        raise _contradiction(heard[0], fitting)
    if len(fitting) == 1:
        said = f", and the description says {_quoted(able[0].cues)}" if able else ""
        return next(iter(fitting)), f"the data fits no other kind{said}"
    if not able or (len(able) > 1 and able[0].weight == able[1].weight):
        raise _undecided(able, fitting)
    return able[0].kind, f"the description says {_quoted(able[0].cues)}"


def check_fits(kind: Kind, fitting: Collection[Kind]) -> None:
    """Raises TaskError if there is data and it cannot be read as the kind."""
    if fitting and kind not in fitting:
        raise TaskError(
            f"the data does not fit {kind.value}; it fits {_listed(fitting)}",
            hint=f"leave --kind out, or give rows with {_columns(kind)}",
        )


def _contradiction(reading: Reading, fitting: Collection[Kind]) -> TaskError:
    return TaskError(
        f"the description asks for {reading.kind.value} ({_quoted(reading.cues)}), "
        f"but the data fits {_listed(fitting)}",
        hint=f"give rows with {_columns(reading.kind)}, or --kind {_listed(fitting, ' or ')}",
    )


def _undecided(able: list[Reading], fitting: Collection[Kind]) -> TaskError:
    kinds = [reading.kind for reading in able] or list(fitting) or list(Kind)
    said = "speaks for each of" if able else "does not say which it is:"
    return TaskError(
        f"the description {said} {_listed(kinds)}",
        hint=f"say what is to be learned, or give --kind {_listed(kinds, ' or ')}",
    )


def _columns(kind: Kind) -> str:
    found = next(family for family in families() if family.kind is kind)
    return f"{found.input_columns[0]!r} and {found.target_columns[0]!r}"


def _listed(kinds: Collection[Kind], joint: str = ", ") -> str:
    return joint.join(kind.value for kind in kinds)


def _quoted(cues: tuple[str, ...]) -> str:
    return ", ".join(f"'{cue}'" for cue in cues[:3])
