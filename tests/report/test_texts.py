"""The model card and the terminal summary."""

import io
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from pioneer.report.card import model_card
from pioneer.report.markdown import code, plain, table
from pioneer.report.record import Cell, LabelScore, RunReport
from pioneer.report.terminal import summary_table
from tests.report.sample_report import beaten, sample, score

HOSTILE = "<script>alert(1)</script> | [a](javascript:x) `x` **b**\n# head\x1b[31m"


def hostile() -> RunReport:
    report = sample()
    assert report.test is not None
    test = replace(
        report.test,
        labels=(LabelScore(HOSTILE, 3, 0.5, 0.5, 0.5),),
        confusion=(Cell(HOSTILE, HOSTILE + "2", 3),),
    )
    return replace(report, model=HOSTILE, reason=HOSTILE, description=HOSTILE, test=test)


def printed(report: RunReport, html: Path | None = None, width: int = 100) -> str:
    out = io.StringIO()
    console = Console(file=out, width=width, force_terminal=False, color_system=None)
    console.print(summary_table(report, html))
    return out.getvalue().replace("\u00a0", " ")


def test_the_card_says_what_a_user_must_know() -> None:
    card = model_card(sample()).replace("\u00a0", " ")
    for fact in (
        "# helpdesk@1",
        "| accuracy | 93.4 % | 91.8–95.0 % | 900 |",
        "before the refit",
        "4,310 rows",
        "licence CC BY 4.0",
        "`refund_status`: F1 69.1 %",
        "`cancel_order` taken for `change_address`: 4 rows",
        "Below a confidence of 42.0 %",
    ):
        assert fact in card


def test_the_card_of_a_failed_run_is_short() -> None:
    report = RunReport("r", "c", 0, "now", "x", "failed", "all trainings failed", "m")
    assert "## " not in model_card(report)
    assert "Decision: failed. All trainings failed." in model_card(report)


def test_the_card_does_not_claim_a_refit_that_did_not_ship() -> None:
    report = sample()
    assert report.refit is not None
    card = model_card(replace(report, refit=replace(report.refit, agreement=0.9)))
    assert "before the refit" not in card and "learned from 4,310" not in card


def test_a_better_baseline_stands_in_card_and_summary() -> None:
    told = "baseline frozen probe does better on sealed test: 99.0 % against 93.4 %"
    assert told in model_card(beaten()).replace("\u00a0", " ")
    assert told in printed(beaten())
    assert "does better" not in model_card(sample()) + printed(sample())


def test_a_card_holds_no_markup_of_others() -> None:
    card = model_card(hostile())
    outside = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", card)
    assert not re.search(r"(?<!\\)<script|(?<!\\)\[a\]|(?<!\\)\*\*b|\x1b", outside)
    assert "\n# head" not in card


@given(st.text(st.characters(exclude_categories=())))
def test_code_spans_cannot_be_left(content: str) -> None:
    span = code(content)
    fence = re.match("`+", span)
    assert fence is not None and "\n" not in span
    inner = span[len(fence[0]) : -len(fence[0])]
    runs = [len(run) for run in re.findall("`+", inner)]
    assert len(fence[0]) not in runs


def test_cells_cannot_be_left() -> None:
    lines = list(table(("a", "b"), [("x | y", "z\nw")]))
    assert lines == ["| a | b |", "|---|---|", "| x \\| y | z w |"]
    assert plain("a_b") == "a\\_b"


def test_the_summary_shows_decision_scores_baselines_trials_and_path() -> None:
    shown = printed(sample(), Path(".pioneer/runs/r1/report.html"))
    for fact in (
        "helpdesk@1: promoted, +4.0 points over frozen probe",
        "93.4 % (91.8–95.0 %)",
        "94.2 % (92.7–95.7 %)",
        "89.4 % (87.4–91.4 %)",
        "failed",
        "8 min 12 s, 12 trials, 1 failed",
        "report: .pioneer/runs/r1/report.html",
    ):
        assert fact in shown


def test_the_summary_of_a_failed_run() -> None:
    report = RunReport("r", "c", 0, "now", "x", "failed", "all trainings failed", "m")
    assert "m: failed\nAll trainings failed." in printed(report)


def test_the_path_is_never_cut() -> None:
    path = Path("/", *["folder"] * 20, "report.html")
    assert f"report: {path}" in printed(sample(), path, width=40).replace("\n", "")


def test_the_terminal_obeys_no_label() -> None:
    shown = printed(replace(hostile(), model="[bold red]x[/] \x1b[2J", reason="[/]"))
    assert "[bold red]x[/]" in shown and "\x1b" not in shown


@pytest.mark.parametrize("name", ["[/]", "[red]", "\x1b]8;;x\x07"])
def test_baseline_names_are_no_markup(name: str) -> None:
    report = sample()
    named = replace(report.search.baselines[0], name=name, test=score(0.99))
    found = replace(report.search, baselines=(named,))
    assert name.replace("\x1b", "�").replace("\x07", "�") in printed(replace(report, search=found))
