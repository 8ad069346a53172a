"""The page and the table of a diagnosis: safe with hostile data, complete, folded where long."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

from rich.console import Console

from pioneer.diagnosis.findings import (
    Cluster,
    Confused,
    Diagnosis,
    Drift,
    Fixability,
    Leaning,
    Leant,
    Proposal,
    Sliced,
)
from pioneer.records import dump, load
from pioneer.report.diagnosis import diagnosis_table
from pioneer.report.page.render import diagnosis_page
from tests.report.drawing import Reader, read_page

HOSTILE = "<script>alert(1)</script>\"'>{{7*7}}[bold red]x[/]\x1b[31m\u202e"
OURS = {"leaning", "fixability"}

FOUND = Diagnosis(
    model="m@1",
    counts={"read": 4000, "judged": 3000, "failures": 300, "looked at": 3000},
    rate=0.1,
    ci95=(0.09, 0.11),
    confusions=(Confused("metal", "fruit", 30, 30.0, 0.1, (0.07, 0.14)),),
    labels=(Leant("fruit", 30.0, 2.0, Leaning.RECALL),),
    slices=(Sliced("channel: app", 90, 45, 0.5, (0.4, 0.6), 0.00001),),
    clusters=(
        Cluster(
            "apple, pear", "metal", "fruit", 12, 12.0, 0.04, Leaning.RECALL, Fixability.FIXABLE,
            ("c1", "c2"),
        ),
    ),
    drift=(Drift("inputs", 0.03, 0.2, (400, 300), "no more than chance"),),
    triage={"keep": 2900, "ask": 100},
    texts={"injection": 3},
    new_labels=(Proposal("brand new", 7, ("c9",)),),
    notes=("its rows carry weights",),
)  # fmt: skip


def table(found: Diagnosis) -> str:
    told = io.StringIO()
    Console(file=told, width=160, force_terminal=False).print(diagnosis_table(found))
    return told.getvalue()


def test_a_diagnosis_survives_its_json() -> None:
    assert load(Diagnosis, dump(FOUND)) == FOUND


def test_the_page_and_the_table_tell_all_of_it() -> None:
    text = read_page(diagnosis_page(FOUND)).text
    for words in (
        "10.0\u00a0% of the judged calls fail", "apple, pear", "c1, c2", "fixable", "channel: app",
        "brand new", "c9", "injection", "no more than chance", "Its rows carry weights", "recall",
        "400 and 300\u00a0rows", "ask",
    ):  # fmt: skip
        assert words in text, words
    told = table(FOUND)
    for words in (
        "10.0\u00a0%",
        "apple, pear",
        "channel: app",
        "< 0.001",
        "brand new",
        "injection",
    ):
        assert words in told, words


def poisoned(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: v if key in OURS else poisoned(v) for key, v in value.items()}
    if isinstance(value, list):
        return [poisoned(one) for one in value]
    return value + HOSTILE if isinstance(value, str) else value


def test_hostile_names_add_no_element_and_no_control_character() -> None:
    hostile = load(Diagnosis, poisoned(dump(FOUND)))
    clean, attacked = read_page(diagnosis_page(FOUND)), read_page(diagnosis_page(hostile))
    assert attacked.tags() == clean.tags()
    assert "script" not in attacked.tags()
    assert "{{7*7}}" in attacked.text
    told = table(hostile)
    assert "[bold red]x[/]" in told
    assert not {"\x1b", "\u202e"} & {*told, *attacked.text}


def test_what_is_long_is_folded() -> None:
    many = replace(FOUND, clusters=FOUND.clusters * 25, slices=FOUND.slices * 24)
    reader: Reader = read_page(diagnosis_page(many))
    assert "5\u00a0smaller clusters" in reader.text
    assert "4\u00a0other slices" in reader.text
    assert reader.text.count("apple, pear") == 25
    assert "details" not in read_page(diagnosis_page(FOUND)).tags()


def test_nothing_found_is_a_page_and_a_table_too() -> None:
    empty = Diagnosis("m@1", {"read": 5, "judged": 0}, 0.0, (0.0, 1.0), notes=("no verdict",))
    page = diagnosis_page(empty)
    assert page.startswith("<!DOCTYPE html>")
    assert "No call was judged." in read_page(page).text
    assert "no call was judged" in table(empty)
    assert "fail" not in table(empty)
