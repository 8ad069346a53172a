"""The table: 33 kinds with their rates, what each does, and what it means for learning.

Names, rates and the division into fixable and poison are the paper's (arXiv 2604.09791, AdaptFT-
Bench); what it leaves open is decided here and told in docs/perturbations.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum

from pioneer.bench.adaptft.perturb import (
    adversarial,
    linguistic,
    numbers,
    offtask,
    repetition,
    structural,
)
from pioneer.bench.adaptft.perturb.repetition import Copies
from pioneer.bench.adaptft.perturb.stock import Change


class Harm(StrEnum):
    """What learning from the row as logged does; of several kinds in a row the first counts."""

    POISON = "poison"
    """It teaches wrong behaviour."""
    VOID = "void"
    """No answer survives, but nothing wrong is taught: it counts nowhere."""
    FIXABLE = "fixable"
    """Intent and right answer survive; the row repaired is a good lesson."""
    NEUTRAL = "neutral"
    """Another form of a good row."""


class Action(StrEnum):
    """What somebody who knows the truth does with the row."""

    DROP = "drop"
    REPAIR = "repair"
    KEEP = "keep"


class Said(StrEnum):
    """What users say of the row; see docs/perturbations.md for the shares."""

    USUAL = "usual"
    """A failure is corrected rightly, or not at all; a pass is confirmed."""
    POISONED = "poisoned"
    """Mostly a wrong correction, at times a right one by chance, or none."""
    FLIPPED = "flipped"
    """Always a wrong correction."""
    OUTSIDE = "outside"
    """As poisoned, and right is only the label for what is out of scope, where there is one."""
    NOTHING = "nothing"
    """Nobody can say what is right."""


class Step(IntEnum):
    """In which order the kinds of a row befall it."""

    REPLACE = 0
    CUT = 1
    TURN = 2
    SURROUND = 3
    WRITE = 4
    CARRY = 5
    REPEAT = 6


_ACTIONS: Mapping[Harm, Action] = {
    Harm.POISON: Action.DROP,
    Harm.VOID: Action.DROP,
    Harm.FIXABLE: Action.REPAIR,
    Harm.NEUTRAL: Action.KEEP,
}


@dataclass(frozen=True, slots=True)
class Kind:
    name: str
    rate: float
    """Chance that it befalls a row, 0..1; that of poison is scaled with a log's share of it."""
    what: str
    harm: Harm
    step: Step
    change: Change | None = None
    """None: the text stays."""
    copies: Copies | None = None
    survives: bool = True
    """Whether the right answer of the source row is still right."""
    said: Said = Said.USUAL
    final: bool = False
    """Whether no other kind changes the text after it."""

    @property
    def action(self) -> Action:
        return _ACTIONS[self.harm]


_POISON, _VOID, _FIXABLE, _NEUTRAL = Harm.POISON, Harm.VOID, Harm.FIXABLE, Harm.NEUTRAL
_REPLACE, _CUT, _TURN, _SURROUND = Step.REPLACE, Step.CUT, Step.TURN, Step.SURROUND
_WRITE, _CARRY, _REPEAT = Step.WRITE, Step.CARRY, Step.REPEAT

KINDS: tuple[Kind, ...] = (
    # linguistic
    Kind("typos", 0.10, "slips of the keys", _FIXABLE, _WRITE, linguistic.typos),
    Kind(
        "phonetic misspelling", 0.07, "written as it is heard", _FIXABLE, _WRITE,
        linguistic.phonetic_misspelling,
    ),
    Kind(
        "syntactic errors", 0.06, "words in the wrong place, or twice", _NEUTRAL, _WRITE,
        linguistic.syntactic_errors,
    ),
    Kind(
        "grammatical errors", 0.05, "wrong forms, small words missing", _FIXABLE, _WRITE,
        linguistic.grammatical_errors,
    ),
    Kind(
        "punctuation abuse", 0.05, "too many signs, in wrong places", _NEUTRAL, _WRITE,
        linguistic.punctuation_abuse,
    ),
    Kind("casing", 0.04, "capitals where none belong", _FIXABLE, _WRITE, linguistic.casing),
    Kind(
        "abbreviations and slang", 0.03, "chat language", _NEUTRAL, _WRITE,
        linguistic.abbreviations,
    ),
    Kind(
        "code-switching", 0.02, "words in another language", _FIXABLE, _WRITE,
        linguistic.code_switching,
    ),
    # structural
    Kind("preamble", 0.07, "small talk before it", _FIXABLE, _SURROUND, structural.preamble),
    Kind(
        "format request", 0.04, "a wish how to be answered", _NEUTRAL, _SURROUND,
        structural.format_request,
    ),
    Kind(
        "truncation", 0.03, "cut off in mid-sentence", _FIXABLE, _CUT, structural.truncation
    ),
    Kind("markup", 0.02, "HTML or Markdown around it", _NEUTRAL, _CARRY, structural.markup),
    Kind(
        "missing modality", 0.02, "it speaks of a picture or recording that is not there",
        _NEUTRAL, _SURROUND, structural.missing_modality,
    ),
    Kind(
        "inner duplication", 0.015, "all or its end twice", _NEUTRAL, _SURROUND,
        structural.inner_duplication,
    ),
    Kind(
        "very long", 0.015, "many sentences about something else around it", _NEUTRAL, _SURROUND,
        structural.very_long,
    ),
    Kind(
        "OCR artefacts", 0.015, "letters taken for others, spaces displaced", _NEUTRAL, _CARRY,
        structural.ocr_artefacts,
    ),
    Kind(
        "near-empty", 0.007, "nothing, or next to nothing", _POISON, _REPLACE,
        structural.near_empty, survives=False, said=Said.OUTSIDE, final=True,
    ),
    Kind(
        "UTF-8 anomalies", 0.007, "letters that only look right, invisible or misread ones",
        _NEUTRAL, _CARRY, structural.utf8_anomalies,
    ),
    Kind(
        "metadata leakage", 0.007, "a log line of some other system around it", _NEUTRAL,
        _SURROUND, structural.metadata_leakage,
    ),
    # adversarial
    Kind(
        "label flip", 0.03, "the correction that goes with it is wrong", _POISON, _TURN,
        said=Said.FLIPPED,
    ),
    Kind(
        "boundary probe", 0.03, "between two answers", _VOID, _TURN, adversarial.boundary_probe,
        survives=False, said=Said.NOTHING,
    ),
    Kind(
        "false premise", 0.03, "it takes for granted what is not so", _POISON, _TURN,
        adversarial.false_premise, said=Said.POISONED,
    ),
    Kind(
        "prompt injection", 0.02, "orders to the model", _POISON, _TURN,
        adversarial.prompt_injection, said=Said.POISONED,
    ),
    Kind(
        "cross-benchmark contamination", 0.015, "a question of a public benchmark beside it",
        _VOID, _SURROUND, adversarial.cross_benchmark, survives=False, said=Said.NOTHING,
    ),
    Kind(
        "jailbreak", 0.01, "it asks the model to forget its rules", _POISON, _TURN,
        adversarial.jailbreak, said=Said.POISONED,
    ),
    # off-task
    Kind(
        "off-domain", 0.03, "about something else altogether", _POISON, _REPLACE,
        offtask.off_domain, survives=False, said=Said.OUTSIDE,
    ),
    Kind(
        "meta question", 0.02, "about the assistant itself", _VOID, _REPLACE,
        offtask.meta_question, survives=False, said=Said.NOTHING,
    ),
    Kind(
        "context assumption", 0.015, "it leans on a talk that is not logged", _VOID, _REPLACE,
        offtask.context_assumption, survives=False, said=Said.NOTHING,
    ),
    Kind(
        "verbatim recall", 0.01, "another row of the data, word for word", _VOID, _REPLACE,
        offtask.verbatim_recall, survives=False, said=Said.NOTHING,
    ),
    Kind(
        "gibberish", 0.007, "no words", _POISON, _REPLACE, offtask.gibberish, survives=False,
        said=Said.OUTSIDE,
    ),
    Kind(
        "retry storm", 0.007, "the same call 3 to 8 times more", _NEUTRAL, _REPEAT,
        copies=repetition.retry_storm,
    ),
    # repetition
    Kind(
        "near-duplicate", 0.05, "all but the same once more", _NEUTRAL, _REPEAT,
        copies=repetition.near_duplicate,
    ),
    Kind(
        "exact duplicate", 0.03, "the same once more", _NEUTRAL, _REPEAT,
        copies=repetition.exact_duplicate,
    ),
)  # fmt: skip

OF_GENERATION: tuple[Kind, ...] = (
    Kind(
        "number distractor", 0.05, "a number that has nothing to do with it", _FIXABLE, _SURROUND,
        numbers.number_distractor,
    ),
    Kind(
        "number swap", 0.03, "another number, so the answer is wrong", _POISON, _TURN,
        numbers.number_swap, survives=False, said=Said.POISONED,
    ),
    Kind(
        "negation flip", 0.02, "the opposite, so the answer is wrong", _POISON, _TURN,
        numbers.negation_flip, survives=False, said=Said.POISONED,
    ),
)  # fmt: skip
"""What generation tasks have besides. The paper gives no rates; these are ours."""
