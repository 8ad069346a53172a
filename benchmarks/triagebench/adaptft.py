"""Logs of AdaptFT-Bench with templates of bank A: the benchmark's figures come from bank B.

None of the rows, labels or data sets of its scenarios, but for CLINC150, of which only intents are
taken that no scenario has.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

import numpy as np

from pioneer.bench.adaptft.calls import Call, calls
from pioneer.bench.adaptft.perturb import KINDS, Harm, Stock, bank
from pioneer.bench.adaptft.presets import CONFUSABLE
from pioneer.bench.adaptft.said import correction
from pioneer.diagnosis.records import Embedder, LogRow
from pioneer.families import family
from pioneer.records import Example, Kind, Prediction, Ruling, Task
from triagebench.logs import Log, Truth, first_model, first_rows, likeliest

BANK = "a"
POISON = (0.05, 0.15, 0.25, 0.40)
_POISONS = [kind.name for kind in KINDS if kind.harm is Harm.POISON]

Texts = Mapping[str, Sequence[str]]
"""By label."""


def tasks(clinc150: Texts, helpdesk: Texts, embed: Embedder, seed: int) -> dict[str, Texts]:
    """Many labels, some and two, of which the latter are intents of CLINC150 thrown together."""
    rng = random.Random(f"adaptft triage {seed}")
    others = {label: texts for label, texts in clinc150.items() if label not in CONFUSABLE}
    some = sorted(rng.sample(sorted(others), 30))
    return {
        "helpdesk": helpdesk,
        "clinc150, 30 intents": {label: others[label] for label in some},
        "clinc150, 7 topics": _together(others, 7, embed, rng),
        "clinc150, 2 topics": _together(others, 2, embed, rng),
    }


def adaptft_logs(
    name: str, seed: int, texts: Texts, embed: Embedder, known: int, count: int
) -> list[Log]:
    """`known` rows a label teach the first model, `count` others come in, with more and more
    poison."""
    rng = random.Random(f"adaptft {name} {seed}")
    trusted, left = first_rows(texts, known, rng)
    pool = [
        Example(f"{label} {at}", text, label)
        for label in left
        for at, text in enumerate(left[label])
    ]
    rows = rng.sample(pool, min(count, len(pool)))
    answers = first_model(trusted, tuple(left), embed)
    task = Task(Kind("classification"), "", tuple(left), "accuracy")
    found = []
    for share in POISON:
        key = f"triage {name} {seed} {share}"
        made = calls(task, rows, share, Stock(bank(BANK)), key, twins=False)
        shares = answers([call.text for call in made])
        ranked = [likeliest(task.labels, own) for own in shares]
        said = [Prediction(*one[0], one) for one in ranked]
        title = f"adaptft {name} {share:.0%} seed {seed}"
        found.append(_log(title, name, task, trusted, made, said, key))
    return found


def _log(
    title: str,
    name: str,
    task: Task,
    trusted: list[Example],
    made: Sequence[Call],
    said: Sequence[Prediction],
    key: str,
) -> Log:
    """The calls that somebody judged, without void ones."""
    chosen = family(task.kind)
    rows, truths = [], []
    for at, (call, answer) in enumerate(zip(made, said, strict=True)):
        right = correction(chosen, task, call, answer, task.labels, key)
        if right is None or call.harm is Harm.VOID:
            continue
        passed = Ruling.PASS if answer.output == right else Ruling.FAIL
        rows.append(
            LogRow(
                f"call {at}", call.text, f"row {call.source}", str(answer.output),
                answer.confidence, passed, str(right), False, float(at), ranked=answer.ranked,
            )
        )  # fmt: skip
        poison = call.harm is Harm.POISON
        truths.append(Truth(_kind(call), poison, right != call.gold, str(call.gold)))
    return Log(title, f"adaptft {name}", task.labels, trusted, rows, truths)


def _kind(call: Call) -> str:
    """The poison, else the last of what befell the call."""
    named = [name for name in call.kinds if name in _POISONS] or list(call.kinds) or ["clean"]
    return named[-1]


def _together(
    texts: Texts, topics: int, embed: Embedder, rng: random.Random
) -> dict[str, list[str]]:
    from sklearn.cluster import KMeans

    names = sorted(texts)
    centres = np.stack([embed(list(texts[name])[:30]).mean(0) for name in names])
    place = KMeans(topics, n_init=4, random_state=0).fit_predict(centres)
    found: dict[str, list[str]] = {f"topic {at}": [] for at in range(topics)}
    for name, at in zip(names, place, strict=True):
        found[f"topic {at}"] += texts[name]
    return {label: rng.sample(rows, min(len(rows), 600)) for label, rows in found.items()}
