"""The page as a whole: safe with hostile data, complete in itself, and honest about gaps."""

import re
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pioneer.records import Kind, Score, Task, dump, load
from pioneer.report.page.render import page
from pioneer.report.record import DataReport, LabelCount, Refit, RunReport, SealedTest
from tests.report.drawing import Reader, read_page
from tests.report.sample_report import beaten, sample, search

HOSTILE = (
    "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{7*7}}]]>--></style>\x00\u202e&lt;"
)
FIXED = {"kind", "status", "operator"}
"""Values of ours: enumerations, and the operators, which choose a shape."""


@pytest.fixture(scope="module")
def reader() -> Reader:
    return read_page(page(sample()))


def poisoned(value: Any) -> Any:
    """The dumped record with every text followed by an attack, keys of mappings too."""
    if isinstance(value, dict):
        inner = {k: v if k in FIXED else poisoned(v) for k, v in value.items()}
        names = {"mapping", "label_names", "hyper", "slices", "packages"}
        return {
            k: {key + HOSTILE: v for key, v in entry.items()}
            if k in names and isinstance(entry, dict)
            else entry
            for k, entry in inner.items()
        }
    if isinstance(value, list):
        return [poisoned(entry) for entry in value]
    return value + HOSTILE if isinstance(value, str) else value


def test_hostile_texts_add_no_element(reader: Reader) -> None:
    """Every text of the record attacked at once: the same elements and attributes as without."""
    report = load(RunReport, poisoned(dump(sample())))
    attacked = read_page(page(report))
    assert attacked.tags() == reader.tags()
    names = [sorted(attributes) for _, attributes in attacked.elements]
    assert names == [sorted(attributes) for _, attributes in reader.elements]
    assert "script" not in attacked.tags() and "img" not in attacked.tags()
    assert "<script>alert(1)</script>" in attacked.text
    assert "{{7*7}}" in attacked.text
    assert "\u202e" not in attacked.text


def test_operators_are_escaped_too() -> None:
    report = sample()
    trials = tuple(replace(t, operator=HOSTILE) for t in report.search.trials)
    attacked = read_page(page(replace(report, search=replace(report.search, trials=trials))))
    assert "script" not in attacked.tags() and "img" not in attacked.tags()


@settings(max_examples=25, deadline=None)
@given(st.text(st.characters(exclude_categories=()), max_size=30))
def test_any_text_can_be_a_label(label: str) -> None:
    labels = (LabelCount(label, 3, 2), LabelCount("b", 2, 2))
    made = bare(model=label, data=DataReport(labels=labels))
    html = page(made).encode("utf-8").decode("utf-8")
    read_page(html)
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f]", html)


def test_nothing_is_loaded_and_nothing_runs(reader: Reader) -> None:
    loading = {"src", "srcset", "data", "action", "poster", "xlink:href", "background"}
    for tag, attributes in reader.elements:
        assert tag not in {"script", "iframe", "object", "embed", "link", "base", "form"}
        assert not loading & set(attributes), (tag, attributes)
        assert not [name for name in attributes if name.startswith("on")]
        target = attributes.get("href") or "#"
        assert target.startswith("#") or target in {"data-curation.md", "data-curation.jsonl"}
    html = page(sample())
    style = html[html.index("<style>") : html.index("</style>")]
    assert not re.search(r"url\(|@import|https?:", style)
    policy = [a for _, a in reader.elements if a.get("http-equiv") == "Content-Security-Policy"]
    assert (policy[0]["content"] or "").startswith("default-src 'none'")


@pytest.mark.parametrize("full", [True, False])
def test_every_link_has_its_place_and_every_name_is_unique(full: bool) -> None:
    reader = read_page(page(sample() if full else bare()))
    names = Counter(a["id"] for _, a in reader.elements if "id" in a)
    assert set(names.values()) == {1}
    for _, attributes in reader.elements:
        target = attributes.get("href") or ""
        assert not target.startswith("#") or target[1:] in names


def test_pictures_are_named_for_those_who_cannot_see_them(reader: Reader) -> None:
    pictures = [attributes for tag, attributes in reader.elements if tag == "svg"]
    assert len(pictures) == 12
    assert all(a.get("role") == "img" and a.get("aria-labelledby") for a in pictures)


def test_the_first_screen_says_what_matters(reader: Reader) -> None:
    first = reader.text.replace("\u00a0", " ").split("What was understood")[0]
    for fact in (
        "helpdesk@1",
        "promoted",
        "93.4 %",
        "91.8–95.0 %",
        "+4.0 points",
        "30 labels",
        "8 min 12 s",
        "12 trials, 1 failed",
    ):
        assert fact in first


def test_the_story_is_told_in_order(reader: Reader) -> None:
    sections = [attributes["id"] for tag, attributes in reader.elements if tag == "section"]
    assert sections == ["understood", "data", "search", "test", "decision", "cost", "next"]


def test_the_refit_is_told_apart_from_what_was_scored(reader: Reader) -> None:
    told = " ".join(reader.text.replace("\u00a0", " ").split())
    assert "This was measured before the refit" in told
    assert "answers like the scored one in 97.8 %" in told
    report = sample()
    assert report.refit is not None
    weak = read_page(page(replace(report, refit=replace(report.refit, agreement=0.9))))
    told = " ".join(weak.text.replace("\u00a0", " ").split())
    assert "The model that was scored ships." in told
    assert "in only 90.0 %; at least 95 % were required" in told
    assert "has learned from more rows" not in told


def test_a_failed_refit_is_told() -> None:
    failed = Refit(4310, 0.0, 0, note="the refit failed: out of memory")
    told = " ".join(read_page(page(replace(sample(), refit=failed))).text.split())
    assert "The model that was scored ships." in told
    assert "The refit failed: out of memory." in told
    assert "probes" not in told


def test_a_baseline_that_does_better_is_a_warning(reader: Reader) -> None:
    assert "does better" not in reader.text
    told = " ".join(read_page(page(beaten())).text.replace("\u00a0", " ").split())
    assert "The baseline frozen probe does better on sealed test: 99.0 % against 93.4 %." in told


def bare(**changes: Any) -> RunReport:
    report = RunReport("r1", "pioneer cold-start x", 0, "now", "x", "failed", "no data", "x")
    return replace(report, **changes)


def test_an_empty_report_is_a_page_without_empty_sections() -> None:
    reader = read_page(page(bare()))
    assert "svg" not in reader.tags()
    sections = [attributes["id"] for tag, attributes in reader.elements if tag == "section"]
    assert sections == ["decision", "cost"]
    for absent in ("Baselines", "Trials", "The sealed test", "How it was split", "Leaks"):
        assert absent not in reader.text
    assert "None" not in reader.text


@pytest.mark.parametrize("kind", [Kind.EXTRACTION, Kind.GENERATION])
def test_other_kinds_have_no_confusion_and_no_labels(kind: Kind) -> None:
    """The page asks for data, never for the kind."""
    task = Task(kind, "x", (), "entity_f1")
    test = SealedTest(Score("entity_f1", 0.81, (0.78, 0.84), 300))
    reader = read_page(page(bare(task=task, search=search(), test=test)))
    assert "entity F1" in reader.text
    names = {attributes.get("id") for _, attributes in reader.elements}
    assert "plot-trials" in names
    assert not names & {"plot-confusion", "plot-labels", "plot-reliability", "plot-slices"}
    assert "precision" not in reader.text


def test_a_missing_test_score_is_replaced_by_dev_and_said_so() -> None:
    report = replace(sample(), test=None, decision="hold")
    told = read_page(page(report)).text.replace("\u00a0", " ")
    assert "accuracy, dev" in told
    assert "+4.1 points" in told
    assert "sealed test with" not in told


def test_baselines_that_never_saw_test_are_compared_on_dev() -> None:
    report = sample()
    untested = tuple(replace(b, test=None) for b in report.search.baselines)
    assert report.test is not None
    made = replace(
        report,
        search=replace(report.search, baselines=untested),
        test=replace(report.test, gain=None),
    )
    told = read_page(page(made)).text.replace("\u00a0", " ")
    assert "accuracy in % on dev, with 95 % intervals" in told
    assert "+4.1 points" in told  # 94.2 against 90.1, both on dev
    assert "accuracy, sealed test" in told


def test_equal_reports_make_equal_pages() -> None:
    assert page(sample()) == page(sample())


def test_many_labels_are_folded_and_the_page_stays_small() -> None:
    html = page(sample(labels=150))
    assert html.count("the other 130") == 2
    assert len(html) < 600_000
