"""The gate table: what is planted is what it says, and the table decides as the gate does."""

from __future__ import annotations

import itertools
import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

import gate_table
from gatetable.batch import RULES, check, verdicts
from gatetable.report import MAIN, bars, markdown
from gatetable.worlds import BROKEN, GAINS, GROUPS, WORLDS, Cell, cells, layout, planted

RESULTS = Path(__file__).parents[2] / "benchmarks" / "results"
WORLD = {world.name: world for world in WORLDS}


@pytest.mark.parametrize(
    "cell",
    [
        Cell(WORLD["first look"], 0.02, 0.02, 150),
        Cell(WORLD["first look"], 0.05, 0.03, 1000),
        Cell(WORLD["later look"], 0.02, 0.02, 300),
        Cell(WORLD["later look"], 0.02, 0.02, 1000),  # more than 1,000 right rows
        Cell(WORLD["later look"], -0.01, 0.03, 100),
        Cell(WORLD["failures over-sampled"], 0.02, 0.02, 300),
        Cell(WORLD["one label destroyed"], 0.05, 0.01, 500),
        Cell(WORLD["2 labels"], 0.02, 0.02, 300),
    ],
    ids=lambda cell: cell.key,
)
def test_the_table_decides_as_the_gate_does(cell: Cell) -> None:
    rng = np.random.default_rng(11)
    rows = layout(cell, rng)
    draws = planted(cell, rows, 40, rng)
    found = verdicts(cell, rows, draws)
    for at in range(40):
        check(cell, rows, draws, found, at)
    wrong = replace(found, passed={**found.passed, "better": ~found.passed["better"]})
    with pytest.raises(AssertionError, match="the gate says"):
        check(cell, rows, draws, wrong, 0)


def test_the_draws_that_are_checked_see_every_rule_fail() -> None:
    """Otherwise equal answers would prove little."""
    failed = set()
    for cell in (
        Cell(WORLD["later look"], -0.02, 0.03, 1000),
        Cell(WORLD["one label destroyed"], 0.05, 0.01, 500),
    ):
        rng = np.random.default_rng(3)
        rows = layout(cell, rng)
        found = verdicts(cell, rows, planted(cell, rows, 40, rng))
        failed |= {rule for rule in RULES if not found.passed[rule].all()}
    assert failed == {"better", "regressions", "best_earlier", "slices"}


@pytest.mark.parametrize("name", ["first look", "later look", "loss on top", "one label destroyed"])
@pytest.mark.parametrize("gain", [-0.02, 0.0, 0.1])
def test_what_is_planted_is_what_is_said(name: str, gain: float) -> None:
    cell = Cell(WORLD[name], gain, 0.03, 500)
    if gain > 0 and WORLD[name].on_top:
        return
    rng = np.random.default_rng(7)
    fixed, broken, before = [], [], []
    for _ in range(30):
        rows = layout(cell, rng)
        draws = planted(cell, rows, 60, rng)
        fixed.append((draws.after & ~draws.before).mean())
        broken.append((draws.before & ~draws.after).mean())
        before.append(draws.before.mean())
    assert np.mean(fixed) == pytest.approx(cell.planted_fixed, abs=0.002)
    assert np.mean(broken) == pytest.approx(cell.planted_broken, abs=0.003)
    assert cell.planted_fixed - cell.planted_broken == pytest.approx(gain)
    assert np.mean(before) == pytest.approx(0.85, abs=0.005)


def test_half_of_an_oversampled_gate_are_failures() -> None:
    cell = Cell(WORLD["failures over-sampled"], 0.03, 0.01, 300)
    rng = np.random.default_rng(1)
    draws = planted(cell, layout(cell, rng), 500, rng)
    assert (draws.before.sum(axis=1) == 150).all()
    assert draws.after[:, :150].mean() == pytest.approx(0.04 / 0.15, abs=0.01)
    assert (~draws.after[:, 150:]).mean() == pytest.approx(0.01 / 0.85, abs=0.002)


def test_the_grid_is_whole_but_for_what_cannot_be() -> None:
    for name in MAIN:
        here = {(c.gain, c.broken, c.groups) for c in cells() if c.world.name == name}
        whole = set(itertools.product(GAINS, BROKEN, GROUPS))
        assert {(gain, broken) for gain, broken, _ in whole - here} == {
            (-0.02, 0.005),
            (-0.02, 0.01),
            (-0.01, 0.005),
        }
        assert len(whole - here) == 15


def test_a_missed_bar_is_seen() -> None:
    cell = {"world": "first look", "gain": -0.01, "broken": 0.02, "groups": 300, "ci95": [0, 1]}
    met = bars([{**cell, "promoted": 0.02}, {**cell, "promoted": 0.0}])
    assert [(bar["met"], bar["worst"], bar["cells"]) for bar in met] == [(True, 0.02, 2)]
    assert not bars([{**cell, "promoted": 0.0201}])[0]["met"]
    power = {**cell, "gain": 0.05}
    assert [bar["met"] for bar in bars([{**power, "promoted": 0.899}])] == [False]
    assert bars([{**power, "world": "2 labels", "promoted": 0.0}]) == []


def test_a_run_resumes_and_other_code_or_seeds_start_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    few = [
        Cell(WORLD["first look"], 0.05, 0.02, 300),
        Cell(WORLD["first look"], 0.0, 0.02, 100),
    ]
    monkeypatch.setattr(gate_table, "cells", lambda: iter(few[:1]))
    monkeypatch.setattr(gate_table, "markdown", lambda document: "done")
    arguments = ["--draws", "200", "--checked", "2", "--results", str(tmp_path)]
    gate_table.main(arguments)
    monkeypatch.setattr(gate_table, "cells", lambda: iter(few))
    assert gate_table.main([*arguments, "--report-only"]) == 1
    assert "1 of 2 cells" in capsys.readouterr().err
    gate_table.main(arguments)
    told = capsys.readouterr().err
    assert few[1].key in told and f"{few[0].key}:" not in told
    one = json.loads((tmp_path / "gate_table.json").read_text())
    again = tmp_path / "again"
    gate_table.main([*arguments[:-1], str(again)])
    assert one == json.loads((again / "gate_table.json").read_text())
    stamp = {"seed": 1, "draws": 200, "checked": 2, "code": gate_table.code()}
    assert gate_table.kept(tmp_path / "gate_table.json", stamp) == {}
    assert len(gate_table.kept(tmp_path / "gate_table.json", {**stamp, "seed": 0})) == 2


def test_the_published_table_is_whole_and_meets_its_bars() -> None:
    published = json.loads((RESULTS / "gate_table.json").read_text())
    assert published["draws"] >= 2500
    known = {gate_table._key(cell) for cell in published["cells"]}
    assert known == {cell.key for cell in cells()}
    assert bars(published["cells"]) == published["bars"]
    assert [bar["met"] for bar in published["bars"]] == [True] * 4
    text = (RESULTS / "gate_table.md").read_text()
    assert text == markdown(published)
