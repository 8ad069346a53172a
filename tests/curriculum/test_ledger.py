"""data-curation.md: complete counts, named rows, no text."""

from __future__ import annotations

from pioneer.curriculum.compose import compose
from pioneer.curriculum.ledger import (
    Curation,
    Suspected,
    TriedMix,
    curation_markdown,
    curation_rows,
    mix_in_words,
)
from pioneer.families.base import Repair
from pioneer.records import Example, Mix


def test_a_page_without_incidents_says_so() -> None:
    page = curation_markdown(Curation(rows_in=5, rows_left=5))
    assert "5 rows came in, 5 are left" in page
    assert "Nothing had to be repaired." in page
    assert "No mix was tried." in page
    assert "This kind of task has no labels." in page


def test_repairs_are_counted_by_code_and_reason_with_places() -> None:
    repairs = [
        Repair(f"r{n}", "dropped", "the same text is labelled 'x' and 'y'", "conflicting_labels")
        for n in range(25)
    ]
    repairs.append(Repair("r90", "relabelled", "label 'X' is written 'x'", "label_spelling"))
    repairs.append(Repair(None, "relabelled", "7 labels are a number, read as text", "label_type"))
    page = curation_markdown(
        Curation(
            rows_in=100,
            rows_left=75,
            repairs=repairs,
            labels_before={"x": 50, "X": 1, "y": 49},
            labels_after={"x": 38, "y": 37},
            places={"r0": "train.csv:17"},
        )
    )
    assert "- **conflicting_labels**: dropped, 25 rows" in page
    assert "the same text is labelled 'x' and 'y' (25 times)" in page
    assert "`r0` (train.csv:17), `r1`" in page
    assert "`r19` and 5 more" in page
    assert "`r20`" not in page
    assert "- **label_spelling**: relabelled, 1 row\n" in page
    assert "- **label_type**: relabelled\n" in page
    assert "| X | 1 | 0 |" in page


def test_suspects_are_told_apart_by_part() -> None:
    suspects = [Suspected("r1", "train", "x", "y"), Suspected("r2", "test", "y", None)]
    page = curation_markdown(Curation(2, 2, suspects=suspects))
    assert "- **train**: 1 row\n  - `r1`: labelled `x`, rather `y`" in page
    assert "- **test**: 1 row\n  - `r2`: labelled `y`" in page
    assert "No label was changed" in page


def test_mixes_tell_what_they_left_out_and_no_text_is_shown() -> None:
    rows = [Example(f"r{n}", "a secret text", "x", "g") for n in range(4)]
    mix = Mix(near_duplicates=False, rows=3)
    _, decisions = compose(mix, rows, {}, lambda row: str(row.target), 0)
    page = curation_markdown(Curation(4, 4, mixes=[TriedMix(mix, (0, 3), decisions)]))
    assert "- **at most 3 rows, without near-duplicates** (trials 0, 3): 1 of 4 rows" in page
    assert "left out as near_duplicate (a near-duplicate of row r0 with the same target)" in page
    assert "secret" not in page


def test_every_row_touched_has_a_line_of_its_own() -> None:
    rows = [Example(f"r{n}", "a secret text", "x", "g") for n in range(30)]
    mix = Mix(near_duplicates=False)
    _, decisions = compose(mix, rows, {}, lambda row: str(row.target), 0)
    found = Curation(
        30,
        30,
        repairs=[Repair("r9", "relabelled", "'X' is written 'x'", "label_spelling")],
        suspects=[Suspected("r1", "train", "x", "y")],
        mixes=[TriedMix(mix, (0, 3), decisions)],
        places={"r9": "a.csv:9"},
    )
    lines = list(curation_rows(found))
    assert lines[0] == {
        "id": "r9",
        "place": "a.csv:9",
        "action": "relabelled",
        "code": "label_spelling",
        "reason": "'X' is written 'x'",
    }
    assert lines[1]["code"] == "suspected_label" and "'y' is likelier" in str(lines[1]["reason"])
    assert len(lines) == 2 + 29
    assert all(line["trials"] == [0, 3] for line in lines[2:])
    assert "data-curation.jsonl" in curation_markdown(found)
    assert "secret" not in str(lines)


def test_hostile_labels_stay_in_their_place() -> None:
    label = "x|`y`\n# <script>alert(1)</script>"
    page = curation_markdown(Curation(1, 1, labels_before={label: 1}))
    assert "<script>" not in page
    assert "\n# ‹" not in page
    assert [line.count("|") for line in page.splitlines() if "alert" in line] == [4]


def test_mixes_in_words() -> None:
    assert mix_in_words(Mix()) == "all rows"
    assert mix_in_words(Mix(hard_share=0.35)) == "35% hard rows"
    assert mix_in_words(Mix(drop_suspects=True, max_imbalance=3.0)) == (
        "without suspects, no label above 3 times another"
    )
