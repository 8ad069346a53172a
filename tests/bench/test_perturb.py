"""What befalls a text: the table's promises, kind by kind, on real sentences."""

from __future__ import annotations

import itertools
import random
import re
from collections import Counter
from collections.abc import Callable, Mapping
from difflib import SequenceMatcher
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from pioneer.bases import resolve
from pioneer.bench.adaptft.perturb import (
    KINDS,
    OF_GENERATION,
    Action,
    Harm,
    Kind,
    Said,
    Stock,
    bank,
    perturbed,
    scaled,
    table,
)
from pioneer.bench.adaptft.perturb.kinds import Step
from pioneer.encoding import embed
from pioneer.errors import ArgumentError
from tests.bench.sentences import SETS, sentences

ALL = (*KINDS, *OF_GENERATION)
PAGE = Path(__file__).parents[2] / "docs" / "perturbations.md"
BANKS = ("a", "b")
NAMES = {kind.name: kind for kind in ALL}
CHANGED = [kind for kind in ALL if kind.change is not None]

paired = pytest.mark.parametrize(("name", "letter"), list(itertools.product(SETS, BANKS)))
every = pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.name)


def stock(name: str, letter: str = "b") -> Stock:
    return Stock(bank(letter), [text for text, _ in sentences(name)[:50]])


def applied(kind: Kind, text: str, key: str, letter: str = "b") -> str:
    """The text after this kind alone."""
    assert kind.change is not None
    return kind.change(text, random.Random(f"{key} {kind.name}"), stock("helpdesk", letter))


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def from_bank(entry: str) -> Callable[[str, str, str], bool]:
    """Whether what a template says around the text is there."""

    def said(_: str, after: str, letter: str) -> bool:
        pieces = [
            [piece for piece in re.split(r"\{\w+\}", template) if piece.strip()]
            for template in bank(letter).templates[entry]
        ]
        return any(all(piece in after for piece in one) for one in pieces)

    return said


SIGNS: Mapping[str, Callable[[str, str, str], bool]] = {
    "typos": lambda b, a, _: b != a and SequenceMatcher(None, b, a).ratio() > 0.6,
    "phonetic misspelling": lambda b, a, _: b != a and len(words(b)) == len(words(a)),
    "syntactic errors": lambda b, a, _: set(b.split()) == set(a.split()) and b.split() != a.split(),
    "grammatical errors": lambda b, a, _: b.split() != a.split(),
    "punctuation abuse": lambda b, a, _: (
        len(re.findall(r"[^\w\s]", a)) > len(re.findall(r"[^\w\s]", b))
    ),
    "casing": lambda b, a, _: b != a and b.casefold() == a.casefold(),
    "abbreviations and slang": lambda b, a, _: b != a,
    "code-switching": lambda b, a, _: b != a,
    "preamble": from_bank("preamble"),
    "format request": from_bank("format_request"),
    "truncation": lambda b, a, _: " ".join(b.split()).startswith(a.strip()) and len(a) < len(b),
    "markup": lambda b, a, _: b in a and len(a) > len(b),
    "missing modality": from_bank("missing_modality"),
    "inner duplication": lambda b, a, _: a.startswith(b) and b.split()[-1] in a[len(b) :],
    "very long": lambda b, a, _: b in a and len(a) - len(b) > 300,
    "OCR artefacts": lambda b, a, _: b != a,
    "near-empty": lambda _b, a, _: len(a.strip()) <= 3,
    "UTF-8 anomalies": lambda b, a, _: (
        b != a and sum(not x.isascii() for x in a) > sum(not x.isascii() for x in b)
    ),
    "metadata leakage": from_bank("metadata"),
    "boundary probe": from_bank("boundary_probe"),
    "false premise": from_bank("false_premise"),
    "prompt injection": from_bank("injection"),
    "cross-benchmark contamination": from_bank("cross_benchmark"),
    "jailbreak": from_bank("jailbreak"),
    "off-domain": from_bank("off_domain"),
    "meta question": from_bank("meta_question"),
    "context assumption": from_bank("context_assumption"),
    "verbatim recall": lambda _b, a, _: a in stock("helpdesk").others,
    "gibberish": lambda b, a, _: not set(words(b)) & {w for w in words(a) if len(w) > 2},
    "number distractor": lambda b, a, _: a.endswith(b) and re.search(r"\d", a) is not None,
    "number swap": lambda b, a, _: b != a or not re.search(r"\d", b),
    "negation flip": lambda b, a, _: b != a,
}
"""(text before, text after, bank) -> whether what the kind is named for has happened."""


def test_there_are_33_kinds_with_the_rates_of_the_paper() -> None:
    assert len(KINDS) == len({kind.name for kind in KINDS}) == 33
    assert round(sum(kind.rate for kind in KINDS), 3) == 0.97
    poison = {kind.name for kind in KINDS if kind.harm is Harm.POISON}
    assert poison == {
        "false premise", "label flip", "off-domain", "prompt injection", "jailbreak", "gibberish",
        "near-empty",
    }  # fmt: skip
    fixable = {kind.name for kind in KINDS if kind.harm is Harm.FIXABLE}
    assert fixable == {
        "typos", "phonetic misspelling", "grammatical errors", "casing", "truncation", "preamble",
        "code-switching",
    }  # fmt: skip
    assert {kind.name for kind in CHANGED} == set(SIGNS)


@every
def test_the_columns_of_the_table_agree(kind: Kind) -> None:
    if kind.harm in (Harm.FIXABLE, Harm.NEUTRAL):
        assert (kind.survives, kind.said) == (True, Said.USUAL)
    if kind.harm is Harm.VOID:
        assert (kind.survives, kind.said) == (False, Said.NOTHING)
    assert (kind.action is Action.DROP) == (kind.harm in (Harm.POISON, Harm.VOID))
    assert (kind.step is Step.REPEAT) == (kind.copies is not None)


def test_the_banks_share_no_template() -> None:
    a, b = bank("a"), bank("b")
    assert a.templates.keys() == b.templates.keys()
    for entry, templates in a.templates.items():
        assert len(set(templates)) == len(templates) >= 20, entry
        assert len(set(b.templates[entry])) == len(b.templates[entry]) >= 20, entry
        assert not {" ".join(words(one)) for one in templates if len(words(one)) > 3} & {
            " ".join(words(other)) for other in b.templates[entry]
        }
    for entry, written in a.words.items():
        assert not set(written.items()) & set(b.words[entry].items())


def test_there_is_no_third_bank() -> None:
    with pytest.raises(ArgumentError, match="no bank 'c'"):
        bank("c")


@every
@pytest.mark.parametrize("name", list(SETS))
def test_it_fires_at_its_rate(kind: Kind, name: str) -> None:
    texts, supply = sentences(name), stock(name)
    if kind.name == "number swap":  # there must be a number
        texts = tuple(pair for pair in texts if any(sign.isdigit() for sign in pair[0]))
    fired = [
        bool(perturbed(text, f"{name} {at}", supply, kinds=(kind,)).kinds)
        for at, (text, _) in enumerate(texts)
    ]
    low, high = binom.interval(0.9999, len(texts), kind.rate)
    assert low <= sum(fired) <= high


@paired
@pytest.mark.parametrize("kind", CHANGED, ids=lambda kind: kind.name)
def test_it_does_what_it_is_named_for(kind: Kind, name: str, letter: str) -> None:
    texts = [text for text, _ in sentences(name)]
    odd = [
        (text, after)
        for text in texts
        if not SIGNS[kind.name](text, after := applied(kind, text, text, letter), letter)
    ]
    assert len(odd) <= 0.02 * len(texts), odd[:3]


@paired
@pytest.mark.parametrize("kind", CHANGED, ids=lambda kind: kind.name)
def test_it_is_valid_text_and_the_same_again(kind: Kind, name: str, letter: str) -> None:
    for text, _ in sentences(name):
        after = applied(kind, text, text, letter)
        assert after.encode("utf-8").decode("utf-8") == after
        assert after == applied(kind, text, text, letter)


@paired
@pytest.mark.parametrize(
    "kind", [kind for kind in CHANGED if kind.survives], ids=lambda kind: kind.name
)
def test_what_survives_can_still_be_read(kind: Kind, name: str, letter: str) -> None:
    """Most pairs of letters of the text are still there."""
    left = []
    for text, _ in sentences(name):
        after = applied(kind, text, text, letter).casefold()
        pairs = Counter(itertools.pairwise(text.casefold()))
        kept = pairs & Counter(itertools.pairwise(after))
        left.append(kept.total() / max(1, pairs.total()))
    assert np.mean(left) > 0.6
    assert np.mean([one > 0.4 for one in left]) > 0.97


@pytest.mark.parametrize("share", [0.15, 0.25, 0.4])
@pytest.mark.parametrize("name", list(SETS))
def test_poison_has_the_share_that_was_asked_for(share: float, name: str) -> None:
    texts, supply = sentences(name), stock(name)
    found = [perturbed(text, f"k {at}", supply, share) for at, (text, _) in enumerate(texts)]
    low, high = binom.interval(0.9999, len(texts), share)
    assert low <= sum(one.harm is Harm.POISON for one in found) <= high


def test_more_poison_leaves_the_other_kinds_where_they_were() -> None:
    def others(share: float, at: int, text: str) -> set[str]:
        chosen = scaled(KINDS, share)
        kinds = tuple(kind for kind in chosen if kind.harm is not Harm.POISON)
        return {
            one.name for one in perturbed(text, f"k {at}", stock("helpdesk"), kinds=kinds).kinds
        }

    for at, (text, _) in enumerate(sentences("helpdesk", 100)):
        few = perturbed(text, f"k {at}", stock("helpdesk"), 0.15)
        many = perturbed(text, f"k {at}", stock("helpdesk"), 0.40)
        poison = {kind.name for kind in few.kinds if kind.harm is Harm.POISON}
        if not any(kind.step is Step.REPLACE for kind in many.kinds):
            assert poison <= {kind.name for kind in many.kinds}
        assert others(0.15, at, text) == others(0.40, at, text)


def test_only_one_kind_replaces_a_text_and_poison_does_so_first() -> None:
    sure = tuple(
        Kind(kind.name, 1.0, kind.what, kind.harm, kind.step, kind.change, final=kind.final)
        for kind in KINDS
        if kind.step is Step.REPLACE
    )
    [one] = perturbed("where is it", "k", stock("helpdesk"), kinds=sure).kinds
    assert one.harm is Harm.POISON


def test_copies_follow_the_call() -> None:
    counts = Counter[str]()
    for at, (text, _) in enumerate(sentences("helpdesk")):
        for name in ("retry storm", "near-duplicate", "exact duplicate"):
            kind = NAMES[name]
            assert kind.copies is not None
            copies = kind.copies(text, random.Random(at))
            counts[name] += len(copies)
            if name == "near-duplicate":
                assert text not in copies
                assert SequenceMatcher(None, text.casefold(), copies[0].casefold()).ratio() > 0.8
            else:
                assert set(copies) == {text}
    assert counts["near-duplicate"] == counts["exact duplicate"] == 500
    assert 3 * 500 < counts["retry storm"] < 8 * 500


@given(st.text(max_size=60), st.integers(0, 10_000), st.sampled_from(BANKS))
def test_no_text_is_too_strange(text: str, seed: int, letter: str) -> None:
    sure = tuple(
        Kind(kind.name, 0.5, kind.what, kind.harm, kind.step, kind.change, kind.copies)
        for kind in ALL
    )
    one = perturbed(text, str(seed), Stock(bank(letter)), kinds=sure)
    assert one == perturbed(text, str(seed), Stock(bank(letter)), kinds=sure)
    for made in (one.text, *one.copies):
        made.encode("utf-8")


@given(st.floats(0.0, 0.6))
def test_scaling_gives_the_share(share: float) -> None:
    rates = [kind.rate for kind in scaled(KINDS, share) if kind.harm is Harm.POISON]
    assert abs(1 - np.prod([1 - rate for rate in rates]) - share) < 1e-9


@pytest.mark.parametrize("share", [-0.1, 1.0, 1.5])
def test_an_impossible_share_is_refused(share: float) -> None:
    with pytest.raises(ArgumentError, match="share of poison"):
        scaled(KINDS, share)


def test_the_page_shows_the_table_and_its_code_runs() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page.endswith(table())
    [code] = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    exec(compile(code, str(PAGE), "exec"), {})


@pytest.mark.slow
def test_what_is_fixable_stays_nearer_to_its_own_label_than_poison(tmp_path: Path) -> None:
    """By a frozen encoder: the likeness to the centre of the text's label, less that to the
    nearest other centre, on sentences that the centres were not made of."""
    pairs = sentences("helpdesk", 900)
    known, fresh = pairs[:750], pairs[750:]
    labels = sorted({label for _, label in known})
    made = {
        kind.name: [applied(kind, text, text) for text, _ in fresh]
        for kind in CHANGED
        if kind.harm in (Harm.FIXABLE, Harm.POISON) and kind not in OF_GENERATION
    }
    texts = [text for text, _ in known] + [one for many in made.values() for one in many]
    vectors = embed(resolve("minilm"), texts, tmp_path)
    own = np.array([label for _, label in known])
    centres = np.stack([vectors[: len(known)][own == label].mean(0) for label in labels])
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    right = np.array([labels.index(label) for _, label in fresh])
    margins, at = {}, len(known)
    for name, many in made.items():
        likeness = vectors[at : at + len(many)] @ centres.T
        at += len(many)
        mine = likeness[np.arange(len(many)), right]
        likeness[np.arange(len(many)), right] = -1
        margins[name] = float(np.mean(mine - likeness.max(1)))
    by_harm = {
        harm: np.mean([one for name, one in margins.items() if NAMES[name].harm is harm])
        for harm in (Harm.FIXABLE, Harm.POISON)
    }
    assert by_harm[Harm.FIXABLE] > by_harm[Harm.POISON] + 0.02, margins
    replaced = [n for n in margins if NAMES[n].harm is Harm.POISON and not NAMES[n].survives]
    fixable = [n for n in margins if NAMES[n].harm is Harm.FIXABLE]
    assert min(margins[n] for n in fixable) > max(margins[n] for n in replaced), margins
