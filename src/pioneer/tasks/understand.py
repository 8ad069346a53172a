"""From a sentence (and what the data says of itself) to a Task; every step is shown.

Deterministic: words and patterns, no model. What the user gives explicitly always wins.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pioneer.errors import TaskError
from pioneer.families import family
from pioneer.families.base import Family
from pioneer.families.scope import out_of_scope_label
from pioneer.records import Kind, Task
from pioneer.tasks.kinds import check_fits, choose
from pioneer.tasks.languages import language_of
from pioneer.tasks.measures import asked_metric, checked_metric
from pioneer.tasks.naming import matched, meant, named_labels
from pioneer.tasks.wishes import abstention, focus, wishes

_SHOWN = 8
"""Labels that an inference lists before it only counts them."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the data says of itself. Without data, as it stands before acquisition, all is empty."""

    labels: Mapping[Kind, tuple[str, ...]] = field(default_factory=dict)
    """The kinds that the rows fit, each with the labels the rows have under it."""
    samples: tuple[str, ...] = ()
    """Some inputs, to tell the language."""


@dataclass(frozen=True, slots=True)
class Given:
    """What the user set explicitly."""

    kind: Kind | None = None
    labels: tuple[str, ...] = ()
    metric: str | None = None


@dataclass(frozen=True, slots=True)
class Inference:
    """One thing that was read out of the sentence or the data."""

    what: str
    """kind | labels | language | metric | focus_label | abstain | out_of_scope | wishes"""
    value: str
    why: str
    overridden: bool = False
    """The user set it; nothing was inferred."""


@dataclass(frozen=True, slots=True)
class Understanding:
    task: Task
    inferences: tuple[Inference, ...]


def understand(
    description: str, facts: Facts | None = None, given: Given | None = None
) -> Understanding:
    """What is to be learned.

    Raises TaskError if sentence and data leave it open or contradict each other, ArgumentError for
    a metric that the kind of task does not have.
    """
    facts, given = facts or Facts(), given or Given()
    sentence = " ".join(description.split())
    if not sentence:
        raise TaskError("the description is empty", hint="say in a sentence what is to be learned")
    kind = _kind(sentence, facts, given)
    chosen = family(Kind(kind.value))
    known = facts.labels.get(chosen.kind, ())
    labels, labels_shown = _labels(sentence, known, bool(facts.labels), given)
    focus_label = _focus(sentence, labels, known)
    metric = _metric(sentence, chosen, labels, focus_label, given)
    language, why = language_of(sentence, facts.samples)
    abstains, scope = abstention(sentence), out_of_scope_label(known)
    wanted = wishes(sentence)
    shown = [kind, *labels_shown, Inference("language", language, why), metric]
    if focus_label:
        shown.append(Inference("focus_label", focus_label, "the description asks not to miss it"))
    if scope:
        shown.append(Inference("out_of_scope", scope, "the data has such a label"))
    if abstains:
        shown.append(Inference("abstain", "yes", f"the description says '{abstains}'"))
    shown += [
        Inference("wishes", name, f"the description says '{s}'") for name, s in wanted.items()
    ]
    task = Task(
        kind=chosen.kind,
        instruction=sentence,
        labels=labels,
        metric=metric.value,
        language=language,
        out_of_scope=scope,
        abstain=abstains is not None,
        focus_label=focus_label,
        wishes=tuple(wanted),
    )
    return Understanding(task, tuple(shown))


def _kind(sentence: str, facts: Facts, given: Given) -> Inference:
    if given.kind is not None:
        check_fits(given.kind, facts.labels)
        return Inference("kind", given.kind.value, "given as --kind", overridden=True)
    kind, why = choose(sentence, facts.labels)
    return Inference("kind", kind.value, why)


def _labels(
    sentence: str, known: Sequence[str], seen: bool, given: Given
) -> tuple[tuple[str, ...], list[Inference]]:
    """The label set (spelled as in the data, where there is data) and how it was found."""
    if given.labels:
        chosen = _met(given.labels, known, "--labels names") if known else given.labels
        return chosen, [Inference("labels", _listed(chosen), "given as --labels", overridden=True)]
    named = named_labels(sentence, known)
    if known:
        met = _met(named.labels, known, "the description names") if named.firm else ()
        why = f"the {len(known)} labels of the data"
        why += f"; the description names {len(met)} of them" if met else ""
        return tuple(known), [Inference("labels", _listed(known), why)]
    if seen or not named.labels:
        return (), []
    return named.labels, [Inference("labels", _listed(named.labels), "named in the description")]


def _met(names: Sequence[str], known: Sequence[str], who: str) -> tuple[str, ...]:
    """The data's labels that are meant. Raises TaskError naming those that the data lacks."""
    pairs = [(name, matched(name, known)) for name in names]
    strange = [name for name, label in pairs if label is None]
    if strange:
        raise TaskError(
            f"{who} {_listed(strange)}, but the data has {_listed(known)}",
            hint="name the labels as the data does, leave them out, or give other data",
        )
    return tuple(dict.fromkeys(label for _, label in pairs if label is not None))


def _focus(sentence: str, labels: Sequence[str], known: Sequence[str]) -> str | None:
    asked = focus(sentence)
    if asked is None:
        return None
    phrase, firm = asked
    label = meant(phrase, labels)
    if label is None and firm and known:
        raise TaskError(
            f"the description asks for the recall of '{phrase}', but the data has {_listed(known)}",
            hint="name the label as the data does",
        )
    return label or (phrase if firm else None)


def _metric(
    sentence: str, chosen: Family, labels: Sequence[str], focus_label: str | None, given: Given
) -> Inference:
    if given.metric is not None:
        metric = checked_metric(given.metric, chosen, labels)
        return Inference("metric", metric, "given as --metric", overridden=True)
    metric, why = asked_metric(sentence, chosen, focus_label)
    return Inference("metric", metric, why)


def _listed(labels: Sequence[str]) -> str:
    more = f" and {len(labels) - _SHOWN} more" if len(labels) > _SHOWN else ""
    return ", ".join(labels[:_SHOWN]) + more
