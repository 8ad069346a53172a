"""The training-speed benchmark: its arithmetic, and one round of it for real."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

from coldstart.cells import pack
from coldstart.report import Bar
from trainingspeed.cells import Cell, Gold, Terms, cells, found, gold, write
from trainingspeed.child import _steps
from trainingspeed.report import Report, report
from trainingspeed.table import markdown

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
TERMS = Terms(2, {"epochs": 5}, 5, 100, "a", "b")
GOLD = Gold(["x", "y"], pack([0] * 200), "b")
PEERS = ("trainer", "trainer-rate")
TITLES = {"us": "ours", "later": "ours, later", "trainer": "theirs", "trainer-rate": "theirs, ours"}


def cell(system: str, seed: int, seconds: float, right: int, **more: object) -> Cell:
    counted = {"tokenised": 0, "embedded": 0}
    return Cell(
        system,
        seed,
        TERMS,
        seconds=seconds,
        step_seconds=seconds / 2,
        processor_seconds=seconds * 2,
        predictions=pack([0] * right + [1] * (200 - right)),
        learned=counted,
        predicted=counted,
        **more,  # type: ignore[arg-type]
    )


def table(ours: int = 180, theirs: int = 170, factor: float = 4.5) -> list[Cell]:
    found = []
    for seed in (0, 1, 2):
        slow = 1.0 + seed / 10
        found += [cell("us", seed, slow, ours), cell("later", seed, slow, ours)]
        found += [cell(peer, seed, slow * (factor + seed / 10), theirs) for peer in PEERS]
    return found


def told(rows: list[Cell]) -> Report:
    return report(rows, GOLD, "us", PEERS, "later", (0, 1, 2))


def met(bars: list[Bar]) -> list[bool | None]:
    return [bar.met for bar in bars]


def test_rows_per_second_count_epochs() -> None:
    one = cell("us", 0, 10.0, 100)
    assert (one.rate, one.step_rate, one.processor_rate) == (50.0, 100.0, 25.0)


def test_ratios_are_paired_by_seed_and_told_with_their_spread() -> None:
    found = told(table())
    faster = found.pairs[0].faster
    assert (faster.median, faster.low, faster.high) == pytest.approx((4.6, 4.5, 4.7))
    assert found.pairs[0].difference.value == pytest.approx(0.05)
    assert (found.pairs[0].wins, found.pairs[0].losses) == (30, 0)
    assert met(found.bars) == [True, True, True, True]


def test_bars_fail_one_by_one() -> None:
    assert met(told(table(factor=3.5)).bars) == [False, True, True, True]
    assert met(told(table(ours=160)).bars) == [True, False, False, True]
    assert met(told(table(ours=169)).bars) == [True, True, True, True]  # one row is noise
    again = [
        replace(each, learned={"tokenised": 1, "embedded": 0}) if each.system == "later" else each
        for each in table()
    ]
    assert met(told(again).bars) == [True, True, True, False]


def test_nothing_is_said_of_bars_while_cells_are_missing_or_failed() -> None:
    assert met(told(table()[:-1]).bars) == [None, None, None, None]
    broken = [*table()[:-1], replace(table()[-1], problem="out of memory")]
    found = told(broken)
    assert met(found.bars) == [None, None, None, None]
    assert "out of memory" in markdown(found, broken, TITLES, {})


def test_the_page_names_every_system_and_bar() -> None:
    page = markdown(told(table()), table(), TITLES, {"threads": "2"})
    assert all(title in page for title in TITLES.values())
    assert "**met**: at least 4 times the rows per second of trainer (median 4.60" in page


def test_a_cell_is_found_again_on_the_same_terms_only(tmp_path: Path) -> None:
    one = cell("us", 0, 1.0, 100)
    write(tmp_path, one)
    write(tmp_path, GOLD)
    assert found(tmp_path, "us", 0, TERMS) == one
    assert found(tmp_path, "us", 0, replace(TERMS, hyper={"epochs": 6})) is None
    assert found(tmp_path, "us", 1, TERMS) is None
    assert (cells(tmp_path), gold(tmp_path)) == ([one], GOLD)


def test_step_seconds_leave_out_what_comes_before_the_first_step() -> None:
    loading = [0.0, 5.0]
    assert _steps([*loading, 10.0, 11.0, 12.0, 13.0], steps=4) == pytest.approx(4.0)


@pytest.mark.slow
def test_a_round_of_it_trains_counts_and_resumes(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "clinc150"
    folder.mkdir(parents=True)
    words = {"food": "bread soup cheese apple", "sky": "rain cloud storm wind"}
    rows = [
        {"text": f"{word} number {n} {label}", "label": label}
        for label, some in words.items()
        for n, word in enumerate(some.split() * 4)
    ]
    for name, part in (("train", rows[::2]), ("test", rows[1::2])):
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in part))
    first = benchmark(tmp_path)
    assert first.returncode == 0, first.stderr
    document = json.loads((tmp_path / "speed.json").read_text())
    assert document["again"] == {"tokenised": 0, "embedded": 0}
    ours = next(each for each in document["cells"] if each["system"] == "pioneer")
    assert set(ours["learned"].values()) == {ours["terms"]["train_rows"]}
    names = [line["system"] for line in document["lines"]]
    assert names == ["pioneer", "pioneer-later", "trainer", "trainer-rate"]
    assert all(line["rate"]["median"] > 0 for line in document["lines"])
    again = benchmark(tmp_path)
    assert "seed 0" in first.stderr
    assert "seed 0" not in again.stderr


def benchmark(folder: Path) -> subprocess.CompletedProcess[str]:
    """The command itself: it limits the processors of its process."""
    options = ["--seeds", "0", "--epochs", "2", "--per-label", "5", "--threads", "1"]
    places = ["--data-root", str(folder / "data"), "--results", str(folder / "speed")]
    command = [sys.executable, str(BENCHMARKS / "training_speed.py"), *options, *places]
    return subprocess.run(command, capture_output=True, text=True)
