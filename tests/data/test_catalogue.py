"""The catalogue finds what fits a description, and refuses what does not."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pioneer import corpus
from pioneer.data.cards import Card, parse_card, read_card
from pioneer.data.catalogue import VARIABLE, data_sets, find
from pioneer.data.ranking import FIT, Similar, meaning, rank
from pioneer.errors import SourceError
from pioneer.records import Kind
from tests.data.descriptions import CALIBRATED, MEASURED

HELPDESK = "sort customer messages of a shop's helpdesk by what they want"
BUNDLED = (corpus.path() / "helpdesk",)


def words_only(description: str, passages: Sequence[str]) -> None:
    return None


def shared() -> tuple[Path, ...]:
    root = Path(__file__).parents[2].parent / "shared" / "data"
    home = Path(os.environ.get("PIONEER_TEST_DATA", root))
    folders = tuple(sorted(card.parent for card in home.glob("*/card.md")))
    if len(folders) < 15:
        pytest.skip("the shared data sets are not here")
    return folders


@cache
def remembered() -> Similar:
    """`meaning`, but each text is embedded once for all tests."""
    from pioneer.bases import resolve
    from pioneer.encoding import embed

    known: dict[str, object] = {}

    def similar(description: str, passages: Sequence[str]) -> Sequence[float]:
        import numpy as np

        new = [text for text in (description, *passages) if text not in known]
        known.update(zip(new, embed(resolve("minilm"), new, None), strict=True) if new else ())
        rows = np.stack([np.asarray(known[text]) for text in passages])
        return [float(cosine) for cosine in rows @ np.asarray(known[description])]

    return similar


@dataclass(frozen=True)
class Measured:
    right: int
    """The best candidate fits."""
    wrong: int
    """The best candidate does not fit, or nothing does."""
    refused: int


def measure(
    cases: Mapping[str, tuple[str, ...]], sets: Sequence[Path], similar: Similar
) -> tuple[Measured, Measured]:
    """For descriptions that a set fits, and for those that none does."""
    counts = {True: [0, 0, 0], False: [0, 0, 0]}
    for description, fitting in cases.items():
        try:
            best = find(description, sets=sets, similar=similar)[0].name
        except SourceError:
            counts[bool(fitting)][2] += 1
        else:
            counts[bool(fitting)][0 if best in fitting else 1] += 1
    return Measured(*counts[True]), Measured(*counts[False])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("cases", "right", "wrong"), [(CALIBRATED, 16, 1), (MEASURED, 14, 0)], ids=["first", "second"]
)
def test_what_fits_is_found_and_the_rest_is_refused(
    cases: Mapping[str, tuple[str, ...]], right: int, wrong: int
) -> None:
    """hit@1 30 of 38, one of them another set that also has such intents; no false accept in 40."""
    fitting, foreign = measure(cases, [*shared(), *BUNDLED], remembered())
    assert fitting.right >= right
    assert fitting.wrong <= wrong
    assert foreign.right + foreign.wrong == 0


@pytest.mark.slow
def test_the_bundled_corpus_alone_refuses_what_is_not_its_task() -> None:
    about = CALIBRATED | MEASURED
    own = {text: names if "helpdesk" in names else () for text, names in about.items()}
    fitting, foreign = measure(own, BUNDLED, remembered())
    assert fitting.right >= 4
    assert foreign.wrong == 0


@pytest.mark.parametrize("cases", [CALIBRATED, MEASURED], ids=["first", "second"])
def test_words_alone_accept_nothing_foreign(cases: Mapping[str, tuple[str, ...]]) -> None:
    fitting, foreign = measure(cases, [*shared(), *BUNDLED], words_only)
    assert fitting.right >= 10
    assert fitting.wrong + foreign.wrong == 0


def test_the_bundled_corpus_is_found_by_its_task() -> None:
    best = find(HELPDESK, sets=BUNDLED)[0]
    assert best.name == "helpdesk"
    assert best.score >= FIT
    assert "customer" in best.why
    assert "similarity 0." in best.why
    assert best.licence == "CC0-1.0."


def test_words_alone_find_it_too() -> None:
    best = find(HELPDESK, sets=BUNDLED, similar=words_only)[0]
    assert best.name == "helpdesk"
    assert "similarity" not in best.why


def test_without_weights_words_alone_count(monkeypatch: pytest.MonkeyPatch) -> None:
    from pioneer import bases
    from pioneer.errors import BaseModelError

    def no_weights(name: str) -> None:
        raise BaseModelError("cannot be had")

    monkeypatch.setattr(bases, "resolve", no_weights)
    assert meaning("spam", ["spam"]) is None


def test_refusals_name_the_nearest_three_and_the_way_out(tmp_path: Path) -> None:
    sets = [make(tmp_path / name, f"About {name}.") for name in ("cats", "dogs", "birds", "fish")]
    with pytest.raises(SourceError) as refused:
        find("classify chest X-rays", sets=sets, similar=words_only)
    assert refused.value.message.count(" 0.") == 3
    assert "--data" in (refused.value.hint or "")


def make(folder: Path, card: str | None, **row: object) -> Path:
    folder.mkdir(parents=True)
    row = row or {"text": "a", "label": "b"}
    (folder / "all.jsonl").write_text(json.dumps(row) + "\n", encoding="utf-8")
    if card is not None:
        (folder / "card.md").write_text(f"# {folder.name}\n\n- task: x\n\n{card}\n", "utf-8")
    return folder


def test_the_variable_names_folders_of_data_sets(tmp_path: Path) -> None:
    make(tmp_path / "one" / "cats", "Cats.")
    make(tmp_path / "two" / "dogs", "Dogs.")
    (tmp_path / "two" / "no-data").mkdir()
    (tmp_path / "two" / "README.md").write_text("x")
    value = os.pathsep.join(str(tmp_path / name) for name in ("one", "two"))
    assert [path.name for path in data_sets({VARIABLE: value})] == ["cats", "dogs", "helpdesk"]
    assert [path.name for path in data_sets({})] == ["helpdesk"]
    assert data_sets({VARIABLE: ""}) == ()


def test_a_set_of_the_user_hides_a_bundled_one_of_the_same_name(tmp_path: Path) -> None:
    mine = make(tmp_path / "helpdesk", "Mine.")
    assert data_sets({VARIABLE: str(tmp_path)}) == (mine,)


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="cannot be read"):
        data_sets({VARIABLE: str(tmp_path / "gone")})


def test_an_empty_catalogue_says_so() -> None:
    with pytest.raises(SourceError, match="empty"):
        find(HELPDESK, sets=())


def test_a_kind_leaves_out_sets_that_cannot_be_read_as_it(tmp_path: Path) -> None:
    rows = {"text": "Bob", "spans": [{"start": 0, "end": 3, "label": "person"}]}
    sets = [
        make(tmp_path / "people_labels", "People in letters, people in mail."),
        make(tmp_path / "people_spans", "People in letters.", **rows),
    ]
    said = "people letters"
    every = find(said, sets=sets, similar=words_only)
    marked = find(said, Kind.EXTRACTION, sets, words_only)
    assert {one.name for one in every} == {"people_labels", "people_spans"}
    assert [one.name for one in marked] == ["people_spans"]


def test_a_language_that_is_named_leaves_out_the_others(tmp_path: Path) -> None:
    sets = [make(tmp_path / "letters", "- language: English\n\nAngry letters.")]
    assert find("angry letters", sets=sets, similar=words_only)
    assert find("angry English letters", sets=sets, similar=words_only)
    with pytest.raises(SourceError):
        find("angry Finnish letters", sets=sets, similar=words_only)


def test_a_set_without_a_card_goes_by_its_name(tmp_path: Path) -> None:
    assert read_card(make(tmp_path / "angry_letters", None)).title == "angry letters"
    sets = [tmp_path / "angry_letters"]
    assert find("angry letters", sets=sets, similar=words_only)[0].name == "angry_letters"


def test_a_card_is_read() -> None:
    text = (corpus.path() / "helpdesk" / "card.md").read_text("utf-8")
    card = parse_card("helpdesk", text)
    assert card.title == "Helpdesk"
    assert card.language == "English"
    assert card.licence == "CC0-1.0."
    assert card.summary.startswith("Messages that customers write")
    assert card.labels[:2] == ("track_order", "delivery_late")
    assert "order_number" in card.labels


def test_a_card_that_is_no_text_is_refused(tmp_path: Path) -> None:
    make(tmp_path / "odd", None)
    (tmp_path / "odd" / "card.md").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SourceError, match=r"card\.md: the card cannot be read"):
        read_card(tmp_path / "odd")


@given(st.text(), st.text())
def test_any_text_is_a_card(name: str, text: str) -> None:
    assert parse_card(name, text).name == name


CARDS = st.lists(
    st.builds(Card, st.uuids().map(str), st.text(max_size=20), summary=st.text(max_size=40)),
    max_size=5,
)
SIMILAR: st.SearchStrategy[Callable[[str, Sequence[str]], Sequence[float] | None]] = (
    st.sampled_from([words_only, lambda _said, passages: [0.5] * len(passages)])
)


@given(st.text(max_size=60), CARDS, SIMILAR)
def test_ranking_keeps_every_card_and_its_order(
    said: str, cards: list[Card], similar: Similar
) -> None:
    ranked = rank(said, cards, similar)
    assert sorted(one.card.name for one in ranked) == sorted(card.name for card in cards)
    assert [one.score for one in ranked] == sorted((one.score for one in ranked), reverse=True)
    assert all(0 <= one.score <= 1 for one in ranked)
    assert ranked == rank(said, cards[::-1], similar)
