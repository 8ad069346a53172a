"""What is read out of descriptions as people write them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pioneer.errors import ArgumentError, PioneerError, TaskError
from pioneer.records import Kind
from pioneer.tasks.understand import Facts, Given, Understanding, understand

CLASSIFICATION, EXTRACTION, GENERATION = Kind


@dataclass(frozen=True)
class Case:
    said: str
    kind: Kind
    labels: tuple[str, ...] = ()
    metric: str | None = None
    focus: str | None = None
    abstain: bool = False
    wishes: tuple[str, ...] = ()
    language: str = "en"


C, E, G = CLASSIFICATION, EXTRACTION, GENERATION
CASES = [
    Case("sort customer messages of a shop's helpdesk by what they want", C),
    Case("Classify SMS messages as spam or ham", C, ("spam", "ham")),
    Case(
        "Classify support tickets into billing, technical problem and account access",
        C,
        ("billing", "technical problem", "account access"),
    ),
    Case("detect clickbait headlines", C),
    Case("Is this headline clickbait or not?", C, ("clickbait", "not clickbait")),
    Case(
        "Route e-mails to the right department: sales, support or accounting.",
        C,
        ("sales", "support", "accounting"),
    ),
    Case(
        "Recognise the intent of a voice command; say you don't know if it is out of scope",
        C,
        abstain=True,
    ),
    Case("intent detection, and answer 'unsure' rather than guess", C, abstain=True),
    Case("Tell positive reviews from negative ones", C, ("positive", "negative")),
    Case(
        "sentiment of film reviews (positive, negative, neutral), data is imbalanced",
        C,
        ("positive", "negative", "neutral"),
        "macro_f1",
    ),
    Case(
        'Triage bug reports into "crash", "ui glitch" and "feature request"; '
        "recall of crash matters most",
        C,
        ("crash", "ui glitch", "feature request"),
        "macro_f1",
        "crash",
    ),
    Case(
        "label letters as 'complaint', 'praise' or 'question' and never miss a complaint",
        C,
        ("complaint", "praise", "question"),
        "macro_f1",
        "complaint",
    ),
    Case(
        "tag each post with a topic: politics, sports or culture",
        C,
        ("politics", "sports", "culture"),
    ),
    Case("Detect toxic comments in German forum posts", C, language="de"),
    Case(
        "a small model that runs on a phone and labels notes as work or private",
        C,
        ("work", "private"),
        wishes=("small",),
    ),
    Case("low latency intent classifier, under 20 ms", C, wishes=("fast",)),
    Case("must be fast and small: spam filter for chat", C, wishes=("small", "fast")),
    Case("classify reviews of fast food in small towns", C),
    Case("Assign one of 150 banking intents to a short query", C),
    Case("Whether a tweet is about a disaster, every class counts equally", C, (), "macro_f1"),
    Case("optimise macro f1 when classifying diseases from symptoms", C, (), "macro_f1"),
    Case("classify into spam and ham and report accuracy", C, ("spam", "ham"), "accuracy"),
    Case(
        "classify news into World, Sports, Business and Sci/Tech",
        C,
        ("World", "Sports", "Business", "Sci/Tech"),
    ),
    Case(
        "Which language is this sentence written in? label it as English, German or French",
        C,
        ("English", "German", "French"),
    ),
    Case("Decide if a review is fake or genuine", C, ("fake", "genuine")),
    Case("categories: refund / exchange / other", C, ("refund", "exchange", "other")),
    Case("predict the star rating of a restaurant review", C),
    Case("moderation of chat messages: flag hate speech", C),
    Case("classify messages as quickly and cheaply as possible", C, wishes=()),
    Case("Extract person names, companies and places from tweets", E),
    Case("Find all product names and order numbers in customer e-mails", E),
    Case("pull out dates and amounts from invoices", E),
    Case("named entity recognition for biomedical abstracts", E),
    Case("redact names and addresses in medical letters", E),
    Case("Mark every mention of a medicine; exact match counts", E, (), "exact_match"),
    Case("Summarise a dialogue in one or two sentences", G),
    Case("Answer grade school maths questions step by step", G),
    Case("Write a Python function from its docstring", G),
    Case("Turn a customer message into a JSON action for our API", G),
    Case("rewrite rude e-mails politely", G),
    Case("translate English product titles to French", G),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.said[:40])
def test_descriptions_as_people_write_them(case: Case) -> None:
    task = understand(case.said).task
    assert task.kind is case.kind
    assert task.labels == case.labels
    assert task.focus_label == case.focus
    assert task.abstain is case.abstain
    assert task.wishes == case.wishes
    assert task.language == case.language
    assert case.metric is None or task.metric == case.metric


def facts(*labels: str, kind: Kind = C, samples: tuple[str, ...] = ()) -> Facts:
    return Facts({kind: labels}, samples)


def value_of(found: Understanding, what: str) -> str:
    return next(one.value for one in found.inferences if one.what == what)


def test_the_data_settles_what_the_sentence_leaves_open() -> None:
    found = understand("make our inbox better", facts("sales", "support"))
    assert found.task.kind is C
    assert found.task.labels == ("sales", "support")
    assert "fits no other kind" in found.inferences[0].why


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("sort messages by what customers want", C),
        ("extract order numbers from messages", E),
        ("turn messages into JSON actions", G),
    ],
)
def test_of_rows_that_fit_several_kinds_the_description_decides(said: str, kind: Kind) -> None:
    all_kinds: Mapping[Kind, tuple[str, ...]] = {C: ("a", "b"), E: ("person",), G: ()}
    assert understand(said, Facts(all_kinds)).task.kind is kind


@pytest.mark.parametrize(
    ("said", "seen"),
    [
        ("something with text", None),
        ("make my business better", None),
        ("  ", None),
        ("do the thing", Facts({C: ("a", "b"), E: ("x",)})),
    ],
)
def test_what_is_too_vague_is_refused_with_a_way_out(said: str, seen: Facts | None) -> None:
    with pytest.raises(TaskError) as refused:
        understand(said, seen)
    assert refused.value.hint


@pytest.mark.parametrize(
    ("said", "seen", "names"),
    [
        ("Extract person names from tweets", facts("pos", "neg"), "extraction"),
        ("summarise each text", facts("pos", "neg"), "generation"),
        ("classify into billing and delivery", facts("spam", "ham"), "billing"),
        ("classify as spam or legit", facts("spam", "ham"), "legit"),
        ("labels: 'spam', 'legit'. classify", facts("spam", "ham"), "legit"),
        ("classify letters; recall of complaints matters", facts("praise", "order"), "complaints"),
    ],
)
def test_a_sentence_that_contradicts_the_data_is_refused(
    said: str, seen: Facts, names: str
) -> None:
    with pytest.raises(TaskError) as refused:
        understand(said, seen)
    assert names in refused.value.message
    assert refused.value.hint


@pytest.mark.parametrize(
    "said",
    [
        "classify e-mails in English and German",
        "classify conversations between agents and customers",
        "classify reviews that are long or short",
        "turn speech into text and images, then classify the result",
        "classify tickets as quickly and cheaply as possible",
        "detect spam (short, noisy, informal)",
        "Filter out angry customers so that a human can reply",
    ],
)
def test_turns_of_phrase_do_not_contradict_the_data(said: str) -> None:
    assert understand(said, facts("spam", "ham")).task.labels == ("ham", "spam")[::-1]


def test_labels_are_spelled_as_in_the_data() -> None:
    found = understand(
        "classify into lost parcels, add to playlist", facts("lost_parcel", "AddToPlaylist")
    )
    assert found.task.labels == ("lost_parcel", "AddToPlaylist")
    assert "names 2 of them" in next(one.why for one in found.inferences if one.what == "labels")


@pytest.mark.parametrize(
    ("said", "label"),
    [
        ("classify letters; recall of complaints matters", "complaint"),
        ("classify letters and never miss an angry complaint", "complaint"),
        ("classify letters, catch every lost parcel!", "lost_parcel"),
        ("classify letters and never miss a beat", None),
        ("classify letters", None),
    ],
)
def test_the_label_that_matters_is_found_among_those_of_the_data(
    said: str, label: str | None
) -> None:
    task = understand(said, facts("complaint", "lost_parcel", "praise")).task
    assert task.focus_label == label
    assert task.metric == ("macro_f1" if label else "accuracy")


def test_the_out_of_scope_label_comes_from_the_data() -> None:
    assert understand("classify", facts("a", "b", "oos")).task.out_of_scope == "oos"
    assert understand("classify", facts("a", "b", "c")).task.out_of_scope is None


def test_the_language_is_read_from_the_texts() -> None:
    german = ("Ich habe gestern eine Lampe bestellt und sie ist noch nicht da.",) * 5
    found = understand("classify customer letters", facts("a", "b", samples=german))
    assert found.task.language == "de"


def test_what_the_user_gives_wins_and_is_marked() -> None:
    found = understand(
        "extract names; imbalanced",
        Facts({C: ("ham", "spam", "other"), E: ("person",)}),
        Given(kind=C, labels=("Spam", "HAM"), metric="accuracy"),
    )
    assert (found.task.kind, found.task.labels) == (C, ("spam", "ham"))
    assert found.task.metric == "accuracy"
    marked = {one.what for one in found.inferences if one.overridden}
    assert marked == {"kind", "labels", "metric"}
    assert value_of(found, "metric") == "accuracy"


def test_a_metric_of_one_label_may_be_given() -> None:
    found = understand("classify", facts("a", "b"), Given(metric="recall:a"))
    assert found.task.metric == "recall:a"


@pytest.mark.parametrize(
    ("given_", "error"),
    [
        (Given(kind=E), TaskError),
        (Given(labels=("spam", "eggs")), TaskError),
        (Given(metric="bleu"), ArgumentError),
    ],
)
def test_what_the_user_gives_must_fit_the_data(given_: Given, error: type[PioneerError]) -> None:
    with pytest.raises(error):
        understand("classify", facts("spam", "ham"), given_)


@given(st.text(max_size=200))
def test_any_text_is_understood_or_refused_in_one_line(said: str) -> None:
    for seen in (None, facts("spam", "ham")):
        try:
            found = understand(said, seen)
        except PioneerError as error:
            assert "\n" not in str(error)
        else:
            assert found.task.instruction == " ".join(said.split())


@given(st.text(max_size=100), st.sampled_from(list(Kind)))
def test_an_explicit_kind_always_wins(said: str, kind: Kind) -> None:
    if said.split():
        assert understand(f"x {said}", None, Given(kind=kind)).task.kind is kind
