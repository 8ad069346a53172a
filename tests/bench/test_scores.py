"""The report of AdaptFT-Bench: figures by hand, laws, gaps in what ran, and hostile names."""

from __future__ import annotations

import json
import math
import platform
import re
import sys
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pioneer
from pioneer.bench.adaptft.cells import (
    Asked,
    Cell,
    Question,
    Sifted,
    Tally,
    asked_file,
    cell_file,
    write,
)
from pioneer.bench.adaptft.scoring.estimates import (
    DRAWS,
    T90_LOW,
    Measured,
    around,
    draws,
    measured,
    picks,
    pooled,
    widening,
)
from pioneer.bench.adaptft.scoring.facts import processor
from pioneer.bench.adaptft.scoring.marking import Judged
from pioneer.bench.adaptft.scoring.page.recoveries import Recovered, recoveries, recovery_scale
from pioneer.bench.adaptft.scoring.page.render import page
from pioneer.bench.adaptft.scoring.page.stages import by_stage
from pioneer.bench.adaptft.scoring.recovery import HELD, NOTHING, Gain, pooled_recovery, recovery
from pioneer.bench.adaptft.scoring.reporting import read_seeds, report
from pioneer.bench.adaptft.scoring.scores import document, documents, suite
from pioneer.bench.adaptft.scoring.shares import share
from pioneer.bench.adaptft.scoring.table import markdown
from pioneer.errors import DataError
from pioneer.evaluation.intervals import interval, wilson
from pioneer.evaluation.measure import MEAN, Measure, by_group
from pioneer.families import family
from pioneer.records import Kind, RowStat, Span, Target, Task, dump
from tests.report.drawing import by_class, number, parse, read_page

HOSTILE = "<script>alert(1)</script>\"'>|*{{7*7}}\u202e"
TASK = Task(Kind.CLASSIFICATION, "", ("a", "b"), "accuracy")
QUESTIONS = 100
STAGES = (0.1, 0.2, 0.4)
OPTIONS = "5ca1ab1e"
NO_OP, ORACLE = range(40), range(4)
"""Which questions are answered wrongly."""

Wrong = Collection[int]
Seed = tuple[Asked, list[Cell]]


def asked(
    seed: int = 0, questions: int = QUESTIONS, task: Task = TASK, name: str = "topics"
) -> Asked:
    """Two questions of each source, one as it is and one perturbed; right answers by turns."""
    rows = (
        Question(f"q{at}", f"{name} {at // 2}", at % 2 == 0, "ab"[at // 2 % 2])
        for at in range(questions)
    )
    return Asked(name, seed, OPTIONS, STAGES, task, tuple(rows))


def answers(of: Asked, wrong: Wrong) -> tuple[Any, ...]:
    other = {"a": "b", "b": "a"}
    return tuple(
        other[str(one.target)] if at in wrong else one.target for at, one in enumerate(of.questions)
    )


def cell(
    of: Asked,
    arm: str,
    stage: int,
    wrong: Wrong,
    decision: str = "deployed",
    candidate: Wrong | None = None,
    triage: Tally | None = None,
) -> Cell:
    made = None if candidate is None else answers(of, candidate)
    return Cell(
        of.scenario, of.seed, of.of, arm, "", stage, decision, "", answers(of, wrong), made,
        2.0, 100.0 + stage, 30, triage,
    )  # fmt: skip


def arm(of: Asked, name: str, *wrong: Wrong, decision: str = "deployed") -> list[Cell]:
    """What it deploys after each stage; the last again where fewer are given."""
    every = [*wrong, *[wrong[-1]] * (len(STAGES) - len(wrong))]
    return [cell(of, name, at, one, decision, one) for at, one in enumerate(every, start=1)]


def judged(
    agent: Wrong,
    seed: int = 0,
    noop: Wrong = NO_OP,
    oracle: Wrong = ORACLE,
    gated: Wrong | None = None,
) -> Seed:
    """All that headlines take, the agent deploying the same after every stage; `gated` is the
    oracle under the gate, which is as without one where nothing else is said."""
    of = asked(seed)
    found = arm(of, "no-op", noop, decision="kept") + arm(of, "naive", noop)
    found += arm(of, "oracle", oracle)
    found += arm(of, "oracle-gated", oracle if gated is None else gated, decision="promoted")
    return of, found + arm(of, "agent", agent, decision="promoted")


def seeds(count: int, agent: Wrong = range(10)) -> list[Seed]:
    """Seeds that differ a little."""
    return [judged(range(len(agent) + seed), seed, range(40 + seed)) for seed in range(count)]


def estimates(found: object) -> Iterator[dict[str, Any]]:
    """All figures of a document that have an interval."""
    if isinstance(found, dict):
        if found.get("ci95") is not None:
            yield found
        for one in found.values():
            yield from estimates(one)
    elif isinstance(found, list):
        for one in found:
            yield from estimates(one)


WRONG = st.sets(st.integers(0, QUESTIONS - 1), max_size=QUESTIONS)


# recovery


@settings(max_examples=20)
@given(st.lists(st.tuples(st.integers(35, 90), st.integers(0, 25)), min_size=1, max_size=6))
def test_the_oracle_recovers_all_and_noop_nothing(wrong: list[tuple[int, int]]) -> None:
    for first in (True, False):
        found = document(
            [
                judged(range(least if first else most), seed, range(most), range(least))
                for seed, (most, least) in enumerate(wrong)
            ]
        )
        for name in ("candidate_recovery", "deployed_recovery"):
            if found[name]["value"] is None:  # seeds so unlike that the gain is unsure
                assert found[name]["note"] == "nothing to recover"
                continue
            assert found[name]["value"] == pytest.approx(float(first))
            assert found[name]["ci95"] == pytest.approx([float(first)] * 2)
            assert found[name]["ci90_low"] == pytest.approx(float(first))
            assert found[name]["below_noop"] is False


def test_recovery_is_the_sum_of_gains_over_seeds() -> None:
    found = document([judged(range(10)), judged(range(22), 1)])["deployed_recovery"]
    assert found["value"] == pytest.approx((0.30 + 0.18) / (0.36 + 0.36))
    assert found["ci95"][0] < found["ci90_low"] < found["value"] < found["ci95"][1]
    assert (found["kind"], found["seeds"]) == ("few seeds", 2)
    assert found["gained"]["value"] == pytest.approx(0.24)
    assert document(seeds(5))["deployed_recovery"]["kind"] == "seeds and rows"
    assert document(seeds(1))["deployed_recovery"]["kind"] == "rows only"


def test_little_to_gain_is_nothing_to_recover() -> None:
    """The lower end counts, not the gain itself."""
    for oracle, value in ((range(34), None), (range(39), None), (range(4), 0.0)):
        found = document([judged(NO_OP, oracle=oracle)])
        assert found["candidate_recovery"]["value"] == value
    assert found["candidate_recovery"]["below_noop"] is False
    worse = document([judged(range(41), oracle=NO_OP)])["candidate_recovery"]
    assert (worse["value"], worse["note"]) == (None, "nothing to recover")
    assert worse["below_noop"] is True


def test_the_candidate_is_the_newest_version_that_was_made() -> None:
    of, cells = judged(range(10))
    rest = [one for one in cells if one.arm != "agent"]
    holds = [cell(of, "agent", stage, NO_OP, "hold") for stage in (1, 2, 3)]
    none = document([(of, rest + holds)])
    assert none["candidate_recovery"]["value"] == 0
    holds[1] = cell(of, "agent", 2, NO_OP, "hold", candidate=ORACLE)
    held = document([(of, rest + holds)])
    assert held["candidate_recovery"]["value"] == pytest.approx(1)
    assert held["deployed_recovery"]["value"] == 0
    assert [one["right"] for one in held["arms"]["agent"]] == [[None], [False], [None]]


def test_of_two_candidates_the_newer_counts() -> None:
    of, cells = judged(range(10))
    rest = [one for one in cells if one.arm != "agent"]
    holds = [
        cell(of, "agent", stage, NO_OP, "hold", made)
        for stage, made in enumerate((ORACLE, range(22), None), start=1)
    ]
    assert document([(of, rest + holds)])["candidate_recovery"]["value"] == pytest.approx(0.5)


def test_a_gain_of_unsure_sign_has_no_interval() -> None:
    """Draws of the seed where the oracle loses have nothing to divide by."""
    won, lost = (Measured(value, np.full(2000, value)) for value in (0.3, -0.2))
    pairs = ((won, won), (won, won), (won, lost))
    found = recovery([Gain(ours, theirs, won) for ours, theirs in pairs], 5)
    assert found.value == pytest.approx(0.9 / 0.4)
    assert found.ci95 is None
    assert "too unsure" in str(found.note)


def test_both_recoveries_take_a_gain_of_the_oracle_without_a_gate() -> None:
    """Whatever the one under the gate gains."""
    found = document([judged(range(10), oracle=range(39), gated=ORACLE)])
    for name in ("candidate_recovery", "deployed_recovery"):
        assert (found[name]["value"], found[name]["note"]) == (None, NOTHING)
    assert found["deployed_recovery"]["possible"]["value"] == pytest.approx(0.36)


@pytest.mark.parametrize("gated", [NO_OP, range(50)])
def test_a_gate_that_holds_the_oracle_back_leaves_nothing_to_divide_by(gated: Wrong) -> None:
    made = judged(range(22), gated=gated)
    found = documents([[made]])
    for one in (found["scenarios"]["topics"], found["suite"]):
        assert one["candidate_recovery"]["value"] == pytest.approx(0.5)
        assert one["deployed_recovery"]["value"] is None
        assert one["deployed_recovery"]["note"] == HELD
        assert one["deployed_recovery"]["below_noop"] is False
    assert "the gate held the oracle back" in markdown(found)


def test_every_arm_has_recoveries() -> None:
    of, cells = judged(range(22))
    cells = cells + arm(of, "mine", range(4), NO_OP, decision="promoted")
    found = documents([[(of, cells)]])
    for one in (found["scenarios"]["topics"], found["suite"]):
        assert [*one["recoveries"]] == ["naive", "agent", "mine"]
        half = pytest.approx(0.5)
        values = {
            name: (each["candidate"]["value"], each["deployed"]["value"])
            for name, each in one["recoveries"].items()
        }
        assert values == {"naive": (0, 0), "agent": (half, half), "mine": (0, 0)}
        assert one["recoveries"]["agent"]["candidate"] == one["candidate_recovery"]
        assert one["recoveries"]["agent"]["deployed"] == one["deployed_recovery"]
    held = [replace(one, candidate=None) if one.stage > 1 else one for one in cells]
    mine = document([(of, held)])["recoveries"]["mine"]
    assert (mine["candidate"]["value"], mine["deployed"]["value"]) == (pytest.approx(1), 0)


def test_arms_beyond_the_standard_ones_have_lines_of_their_own() -> None:
    of, cells = judged(range(22))
    assert ": candidate recovery" not in markdown(documents([[(of, cells)]]))
    mine = arm(of, "mine", range(13), decision="promoted")
    other = replace(of, scenario="other")
    found = documents([[(of, cells + mine)], [(other, cells)]])
    text = markdown(found).replace("\u00a0", " ")
    [line] = [one for one in text.splitlines() if one.startswith("| mine: candidate recovery |")]
    assert "75.0 % (" in line.split("|")[2]
    assert line.split("|")[3].strip() == "–"
    assert "without other" in line.split("|")[4]
    assert "| mine: harmful promotions | 0 | – | 0 |" in text
    assert "mine: deployed recovery" in read_page(page(found)).text
    assert "| naive: " not in text


# few seeds


def noisy(chance: np.random.Generator, count: int, mean: float) -> list[Measured]:
    """Of seeds that differ, with rows that never do."""
    values = chance.normal(mean, 0.05, count)
    return [Measured(float(value), np.full(DRAWS, value)) for value in values]


def test_the_bootstrap_is_widened_by_how_few_the_seeds_are() -> None:
    assert widening(1) == 1
    assert widening(5) == pytest.approx(math.sqrt(5 / 4) * 2.7764451 / 1.9599640)
    assert widening(5, T90_LOW) == pytest.approx(math.sqrt(5 / 4) * 2.1318468 / 1.6448536)
    assert widening(2000) == pytest.approx(1, abs=0.002)


def test_pooled_intervals_of_five_seeds_cover() -> None:
    chance = np.random.default_rng(3)
    spans = [pooled([noisy(chance, 5, 0.2)], [5]).ci95 for _ in range(400)]
    assert np.mean([low <= 0.2 <= high for low, high in spans]) >= 0.92


def test_each_scenario_is_widened_for_its_own_seeds() -> None:
    """The seeds of the other do not differ, however few they are."""
    chance = np.random.default_rng(4)
    many, few = noisy(chance, 20, 0.2), [Measured(0.1, np.full(DRAWS, 0.1))] * 2
    alone, both = pooled([many], [5]).ci95, pooled([many, few], [5, 5]).ci95
    assert both[1] - both[0] == pytest.approx((alone[1] - alone[0]) / 2, rel=1e-6)


def test_recoveries_of_five_seeds_cover() -> None:
    chance, all_of_it = np.random.default_rng(5), Measured(0.4, np.full(DRAWS, 0.4))
    inside, above = [], []
    for _ in range(400):
        gains = [Gain(ours, all_of_it, all_of_it) for ours in noisy(chance, 5, 0.2)]
        found = recovery(gains, 5)
        assert found.ci95 is not None and found.ci90_low is not None
        inside.append(found.ci95[0] <= 0.5 <= found.ci95[1])
        above.append(found.ci90_low <= 0.5)
        assert pooled_recovery({"one": gains}, [5]).ci95 == found.ci95
    assert np.mean(inside) >= 0.92
    assert np.mean(above) >= 0.92


def test_seeds_that_share_a_test_are_drawn_alike() -> None:
    """Five of them are no surer of its rows than one; of five tests of their own they are."""
    chance = np.random.default_rng(6)
    rows = chance.normal(0, 1, DRAWS)
    shared = [Measured(0.0, rows)] * 5
    own = [Measured(0.0, chance.normal(0, 1, DRAWS)) for _ in range(5)]
    assert np.std(picks(shared, chance)(shared) / 5) == pytest.approx(1, rel=0.05)
    assert np.std(picks(own, chance)(own) / 5) < 0.7


# arms


def test_the_document_is_plain_json_with_the_keys_of_the_specification() -> None:
    found = document(seeds(2))
    assert [*found] == [
        "scenario", "seeds", "stages", "codes", "arms", "triage", "candidate_recovery",
        "deployed_recovery", "recoveries", "oracle_gain", "harmful_promotions",
        "harmful_unsure", "harmful_by_arm", "harmful", "cost", "naive_slope", "pairs",
    ]  # fmt: skip
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert [*found["arms"]] == ["no-op", "naive", "oracle", "oracle-gated", "agent"]
    assert [*found["pairs"]] == [
        "agent-no-op", "agent-naive", "agent-oracle", "agent-oracle-gated",
    ]  # fmt: skip


def test_figures_of_an_arm_by_hand() -> None:
    noop, wrong = {0, 1, 2, 3, 4, 5}, {0, 1, 2, 6}
    found = document([judged(wrong, noop=noop)])["arms"]["agent"]
    assert [one["value"] for one in found] == [0.96] * 3
    last = found[-1]
    assert (last["clean"], last["noisy"]) == (pytest.approx(0.94), pytest.approx(0.98))
    assert (last["regressions"], last["improvements"]) == (1, 3)
    assert last["against_noop"]["value"] == pytest.approx(0.02)
    assert last["per_seed"] == [{"seed": 0, "value": 0.96, "against_noop": pytest.approx(0.02)}]
    assert (last["seconds"], last["peak_mb"], last["trained_rows"]) == (2.0, 103.0, 30)
    assert document([judged(wrong)])["cost"]["agent"] == {
        "seconds": 6.0, "trained_rows": 90, "peak_mb": 103.0,
    }  # fmt: skip


def test_calls_like_those_of_the_logs_are_told_beside_report_rows() -> None:
    of, cells = judged(range(10))
    calls = tuple(
        Question(f"u{at}", f"u{at}", at % 2 == 0, "a", stage=at % 3 + 1) for at in range(6)
    )
    more = [
        replace(one, deployed=(*one.deployed, *said), candidate=None)
        for one in cells
        for said in ["aabbbb" if one.arm == "agent" else "bbbbbb"]
    ]
    found = document([(replace(of, questions=of.questions + calls), more)])["arms"]
    alone = document([(of, [replace(one, candidate=None) for one in cells])])["arms"]
    assert found["agent"][-1]["traffic"] == pytest.approx(2 / 6)
    assert (found["no-op"][-1]["traffic"], alone["agent"][-1]["traffic"]) == (0, None)
    for name, stages in alone.items():
        assert [one | {"traffic": None} for one in found[name]] == stages


def test_intervals_over_seeds_take_enough_of_them() -> None:
    few, enough = document(seeds(4)), document(seeds(5))
    assert {one["kind"] for one in few["arms"]["agent"]} == {"rows only"}
    assert few["oracle_gain"]["kind"] == few["pairs"]["agent-naive"]["kind"] == "rows only"
    last = enough["arms"]["agent"][-1]
    assert {last["kind"], last["against_noop"]["kind"]} == {"t over seeds"}
    half = 2.7764451 * math.sqrt(0.00025 / 5)  # of values 0.90, 0.89 ... 0.86
    assert last["value"] == pytest.approx(0.88)
    assert last["ci95"] == pytest.approx([0.88 - half, 0.88 + half])
    little = [judged(range(10), seed, range(44), range(40)) for seed in range(9)]
    assert document(little)["oracle_gain"]["kind"] == "rows only"
    little.append(judged(range(10), 9, range(44), range(40)))
    assert document(little)["oracle_gain"]["kind"] == "t over seeds"


def test_an_arm_equal_to_noop_differs_by_nothing() -> None:
    found = document([judged(NO_OP)])
    for one in (found["pairs"]["agent-no-op"], found["arms"]["agent"][0]["against_noop"]):
        assert (one["value"], one["ci95"]) == (0, [0, 0])


def test_all_right_is_not_certain() -> None:
    found = document([judged(())])["arms"]["agent"][-1]
    assert found["value"] == 1
    assert 0.85 < found["ci95"][0] < 0.95  # 50 sources


def test_the_naive_slope_is_in_points_for_a_tenth_of_poison() -> None:
    of, cells = judged(range(10))
    rest = [one for one in cells if one.arm != "naive"]
    naive = arm(of, "naive", range(10), range(15), range(25))  # 5 questions for each tenth
    assert document([(of, rest + naive)])["naive_slope"]["value"] == pytest.approx(-0.05)
    level = replace(of, stages=(0.2, 0.2, 0.2))
    assert document([(level, rest + naive)])["naive_slope"]["value"] is None


@pytest.mark.parametrize("metric", ["accuracy", "macro_f1"])
@settings(max_examples=10)
@given(wrong=st.lists(WRONG, min_size=1, max_size=3))
def test_intervals_hold_their_value(metric: str, wrong: list[set[int]]) -> None:
    made = [judged(one, seed) for seed, one in enumerate(wrong)]
    task = replace(TASK, metric=metric)
    found = documents([[(replace(of, task=task), cells) for of, cells in made]])
    figures = list(estimates(found))
    assert len(figures) > 20
    for one in figures:
        low, high = one["ci95"]
        assert low - 1e-9 <= one["value"] <= high + 1e-9


@settings(max_examples=15)
@given(st.permutations(range(4)), st.randoms())
def test_the_order_of_seeds_and_cells_changes_nothing(order: list[int], chance: Any) -> None:
    made = seeds(4)
    mixed = [(made[at][0], chance.sample(made[at][1], len(made[at][1]))) for at in order]
    assert document(mixed) == document(made)


def test_rows_are_drawn_by_source() -> None:
    """As wide as the bootstrap of `evaluation`, where forms of a source fail together."""
    chance = np.random.default_rng(1)
    right = chance.random(400) < 0.8
    stats = [
        RowStat(f"{at}", f"s{at // 4}", float(right[at // 4]), "a", "a", 1.0) for at in range(1600)
    ]
    sources = {f"s{at}": [] for at in range(400)}  # type: dict[str, list[int]]
    found = measured(stats, MEAN, draws(sources, 2000), is_mean=True)
    low, high = np.quantile(found.drawn, (0.025, 0.975))
    known = interval(stats, MEAN)
    assert high - low == pytest.approx(known[1] - known[0], rel=0.1)
    again = measured(stats, MEAN, draws(sources, 200), is_mean=False)
    assert np.std(again.drawn) == pytest.approx(np.std(found.drawn), rel=0.2)


def test_draws_that_lack_rare_labels_are_centred() -> None:
    stats = [RowStat(f"{at}", "", 1.0, f"rare {at}", f"rare {at}", 1.0) for at in range(8)]
    stats += [RowStat(f"{at}", "", at % 2, "a", "ab"[at % 2 == 0], 1.0) for at in range(8, 60)]
    measure = Measure("macro_f1", family(Kind.CLASSIFICATION).aggregate)
    found = measured(stats, measure, draws(by_group(stats), 100), is_mean=False)
    assert np.mean(found.drawn) == pytest.approx(found.value)
    assert np.std(found.drawn) > 0


def test_an_interval_is_stretched_to_hold_its_value() -> None:
    assert around(0.5, np.array([0.6, 0.7]))[0] == 0.5
    assert around(0.9, np.array([0.6, 0.7]))[1] == 0.9


def test_a_source_is_drawn_alike_wherever_it_is_asked() -> None:
    first = draws({"x": [0], "y": [1]}, 50)
    second = draws({"z": [0], "x": [1]}, 50)
    assert (first[:, 0] == second[:, 1]).all()
    assert (first[:, 0] != first[:, 1]).any()


# decisions


@settings(max_examples=25)
@given(st.lists(st.integers(0, 30), min_size=3, max_size=3))
def test_harm_is_found_exactly_where_it_was_planted(wrong: list[int]) -> None:
    of, cells = judged(ORACLE, noop=range(15))
    rest = [one for one in cells if one.arm != "agent"]
    agent = arm(of, "agent", *(range(count) for count in wrong), decision="promoted")
    found = document([(of, rest + agent)])
    before = [15, *wrong]
    planted = [stage for stage, now in enumerate(wrong, start=1) if now - before[stage - 1] >= 1]
    assert [one["stage"] for one in found["harmful"]] == planted
    assert (found["harmful_promotions"], found["harmful_unsure"]) == (0, len(planted))
    assert [one["right"] for one in found["arms"]["agent"]] == [
        [stage not in planted] for stage in (1, 2, 3)
    ]
    for one in found["harmful"]:
        stage = one["stage"]
        assert one["difference"] == pytest.approx((before[stage - 1] - wrong[stage - 1]) / 100)
        assert (one["arm"], one["seed"], one["questions"]) == ("agent", 0, QUESTIONS)
        assert one["enough"] is False


def test_less_than_a_point_is_no_harm() -> None:
    of = asked(questions=2000)
    found = {}
    for lost in (19, 20):
        cells = arm(of, "no-op", range(40), decision="kept")
        cells += arm(of, "agent", range(40 + lost), decision="promoted")
        found[lost] = document([(of, cells)])
    assert found[19]["harmful"] == []
    assert [one["enough"] for one in found[20]["harmful"]] == [True]
    assert (found[19]["harmful_promotions"], found[20]["harmful_promotions"]) == (0, 1)
    assert found[20]["harmful_unsure"] == 0


def test_harm_is_counted_for_every_arm_on_its_own() -> None:
    """Of one without a gate, what it deploys."""
    of = asked(questions=2000)
    cells = arm(of, "no-op", range(40), decision="kept")
    cells += arm(of, "agent", range(40), decision="promoted")
    cells += arm(of, "mine", range(80), range(120), decision="promoted")
    cells += arm(of, "theirs", range(60), decision="deployed")
    found = documents([[(of, cells)]])
    for one in (found["scenarios"]["topics"], found["suite"]):
        told = [(each["arm"], each["stage"], each["decision"]) for each in one["harmful"]]
        assert told == [
            ("mine", 1, "promoted"), ("mine", 2, "promoted"), ("theirs", 1, "deployed"),
        ]  # fmt: skip
        assert one["harmful_by_arm"] == {"no-op": 0, "agent": 0, "mine": 2, "theirs": 1}
        assert (one["harmful_promotions"], one["harmful_unsure"]) == (0, 0)
    arms = found["scenarios"]["topics"]["arms"]
    assert [one["right"] for one in arms["theirs"]] == [[None]] * 3
    assert "| mine: harmful promotions | 2 |" in markdown(found)
    assert read_page(page(found)).text.count("Harmful promotion:") == 2


def test_harm_on_too_few_questions_is_told_apart() -> None:
    found = documents([[judged(range(12), noop=range(10), oracle=range(4))]])
    assert found["suite"]["harmful_by_arm"]["agent"] == found["suite"]["harmful_promotions"] == 0
    assert found["suite"]["harmful_unsure"] == 1
    assert "| harmful promotions of the agent | 0, and 1 on too few questions |" in markdown(found)
    assert "1 more on too few questions" in read_page(page(found)).text


@pytest.mark.parametrize("decision", ["hold", "need_more_data"])
@pytest.mark.parametrize(("candidate", "right"), [(None, None), (39, True), (38, False)])
def test_holding_back_is_right_unless_something_better_is_held(
    decision: str, candidate: int | None, right: bool | None
) -> None:
    of, cells = judged(range(10))
    rest = [one for one in cells if one.arm != "agent"]
    made = None if candidate is None else range(candidate)
    holds = [cell(of, "agent", stage, NO_OP, decision, made) for stage in (1, 2, 3)]
    found = document([(of, rest + holds)])["arms"]["agent"]
    assert [one["right"] for one in found] == [[right]] * 3
    assert found[0]["decisions"] == [decision]


# triage


TALLY = Tally(
    {
        "typos": Sifted(40, 30, 10, 2),
        "prompt injection": Sifted(20, 4, 15, 3),
        "meta question": Sifted(10, 5, 10, 5),
        "none": Sifted(100, 96, 0, 0),
    },
    {
        "none": Sifted(100, 96, 0, 0),
        "neutral": Sifted(20, 20, 2, 2),
        "fixable": Sifted(40, 30, 10, 2),
        "void": Sifted(10, 5, 10, 5),
        "poison": Sifted(20, 4, 15, 3),
    },
)
"""Rows, kept, harmful, of these kept."""


def sifted(seed: int = 0, tally: Tally | None = TALLY) -> Seed:
    of, cells = judged(range(10), seed)
    return of, [replace(one, triage=tally) if one.arm == "agent" else one for one in cells]


def test_triage_by_hand() -> None:
    found = document([sifted()])["triage"]
    assert (found["precision"]["value"], found["precision"]["rows"]) == (16 / 30, 3 * 30)
    assert (found["recall"]["value"], found["recall"]["rows"]) == (16 / 20, 3 * 20)
    assert found["f1"] == pytest.approx(2 * 16 / (30 + 20))
    assert found["clean_kept"]["value"] == pytest.approx((96 + 18 + 28) / 160)
    assert found["clean_kept"]["rows"] == 3 * 160
    kinds = found["by_kind"]
    assert {name: one["harm"] for name, one in kinds.items()} == {
        "typos": "fixable", "prompt injection": "poison", "meta question": "void", "none": "none",
    }  # fmt: skip
    assert kinds["prompt injection"]["detected"]["value"] == 16 / 20
    assert kinds["prompt injection"]["kept"] is None
    assert kinds["typos"]["kept"]["value"] == 28 / 40
    assert kinds["typos"]["detected"] is None
    assert kinds["meta question"]["kept"]["value"] == 5 / 10


def test_triage_by_harm_by_hand() -> None:
    """Good rows whose visible answer is wrong are looked for too; void rows are not."""
    found = document([sifted()])["triage"]
    harmful = found["harmful"]
    assert (harmful["precision"]["value"], harmful["precision"]["rows"]) == (20 / 30, 3 * 30)
    assert (harmful["recall"]["value"], harmful["recall"]["rows"]) == (20 / 27, 3 * 27)
    assert harmful["f1"] == harmful["mean_f1"] == pytest.approx(2 * 20 / (30 + 27))
    harms = found["by_harm"]
    assert {name: (one["harmful"], one["harmful_kept"]) for name, one in harms.items()} == {
        "none": (0, 0), "neutral": (3 * 2, 3 * 2), "fixable": (3 * 10, 3 * 2),
        "void": (3 * 10, 3 * 5), "poison": (3 * 15, 3 * 3), "all": (3 * 37, 3 * 12),
    }  # fmt: skip
    assert harms["poison"]["harmful_detected"]["value"] == 12 / 15
    assert harms["neutral"]["harmful_detected"]["value"] == 0
    assert harms["none"]["harmful_detected"] == {
        "value": None, "ci95": None, "rows": 0, "kind": None,
    }  # fmt: skip
    assert harms["all"]["harmful_detected"]["value"] == pytest.approx(25 / 37)
    assert harms["all"]["rows"] == 3 * 190
    table = markdown(documents([[sifted()]])).replace("\u00a0", " ")
    assert "| wrong answers detected: recall | 74.1 % (" in table
    assert "| wrong answers detected: F1 | 70.2 % |" in table


def with_poison(kept: int, of: int = 20) -> Tally:
    return Tally({}, {"poison": Sifted(of, kept, of, kept), "none": TALLY.by_harm["none"]})


def test_intervals_of_triage_are_over_seeds_where_there_are_enough() -> None:
    made = [sifted(seed, with_poison(2 + seed)) for seed in range(5)]
    few, enough = document(made[:4])["triage"], document(made)["triage"]
    assert few["recall"]["kind"] == few["harmful"]["recall"]["kind"] == "rows only"
    assert few["recall"]["ci95"] == pytest.approx(wilson(3 * (18 + 17 + 16 + 15), 3 * 80))
    half = 2.7764451 * math.sqrt(0.00625 / 5)  # of shares 0.90, 0.85 ... 0.70
    assert enough["recall"]["value"] == pytest.approx(0.8)
    assert enough["recall"]["kind"] == enough["harmful"]["recall"]["kind"] == "t over seeds"
    assert enough["recall"]["ci95"] == pytest.approx([0.8 - half, 0.8 + half])
    assert enough["by_harm"]["poison"]["harmful_detected"]["ci95"] == enough["recall"]["ci95"]
    assert "rows only" in dict(lines(documents([made[:4]])))["poison detected: recall"]
    assert "only" not in dict(lines(documents([made])))["poison detected: recall"]


def lines(found: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Rows of the tables of one scenario."""
    for line in markdown(found).splitlines():
        if line.startswith("| "):
            yield line.split("|")[1].strip(), line.split("|")[2].strip()


def test_shares_are_of_all_rows_and_scenarios_are_fixed() -> None:
    ours, theirs = [(part, 10) for part in range(1, 6)], [(part, 10) for part in range(6, 11)]
    found = share([ours, theirs], [5, 5])
    assert (found.value, found.rows, found.kind) == (0.55, 100, "t over seeds")
    assert found.ci95 is not None
    half = 2.7764451 * math.sqrt(2 * 5 * 2.5) / 100  # seeds off their own scenario only
    assert found.ci95 == pytest.approx((0.55 - half, 0.55 + half))
    assert share([ours, theirs], [5, 6]).kind == "rows only"
    assert share([[*ours[:4], (0, 0)]], [5]).kind == "rows only"
    assert share([ours, [(0, 0)]], [5, 5]) == share([ours], [5])
    same = share([[(10, 10)] * 5], [5])  # no seed differs: that is not to be certain
    assert (same.ci95, same.kind) == (wilson(50, 50), "rows only")
    uneven = share([[(1, 1), (1, 2), (40, 50), (30, 50), (20, 50)]], [5])
    assert uneven.value == 92 / 153
    assert uneven.ci95 is not None and 0 <= uneven.ci95[0] < 0.5 < 0.7 < uneven.ci95[1] <= 1


def test_the_mean_f1_counts_each_scenario_alike() -> None:
    of, cells = sifted(0, with_poison(10))  # 10 of 20 found, with 4 alarms
    large = with_poison(0, 200)
    rest = [replace(one, triage=large) if one.arm == "agent" else one for one in cells]
    found = documents([[(of, cells)], [(replace(of, scenario="large"), rest)]])
    each = [one["triage"]["f1"] for one in found["scenarios"].values()]
    assert each == pytest.approx([2 * 10 / (14 + 20), 2 * 200 / (204 + 200)])
    whole = found["suite"]["triage"]
    assert whole["mean_f1"] == pytest.approx(sum(each) / 2)
    assert whole["f1"] == pytest.approx(2 * 210 / (218 + 220))
    assert whole["harmful"]["mean_f1"] == pytest.approx(sum(each) / 2)
    assert "95.9 % (mean of scenarios: 78.9 %)" in markdown(found).replace("\u00a0", " ")


def test_harm_and_triage_are_told_of_seeds_that_have_the_arm_whole() -> None:
    harmed = [judged(range(50), seed) for seed in (0, 1)]
    made = [
        (of, [replace(one, triage=TALLY) if one.arm == "agent" else one for one in cells])
        for of, cells in harmed
    ]
    made[1] = without(made[1], ("agent", 3))
    found = document(made)
    assert [one["seed"] for one in found["harmful"] if one["arm"] == "agent"] == [0]
    assert found["harmful_unsure"] == 1
    assert found["triage"]["by_harm"]["all"]["rows"] == 3 * 190
    assert document([without(made[0], ("agent", 1)), harmed[1]])["triage"] is None


def test_triage_is_pooled_over_seeds_and_none_without_a_tally() -> None:
    found = documents([[sifted(0), sifted(1, None)]])
    assert found["scenarios"]["topics"]["triage"]["recall"]["rows"] == 3 * 20
    assert found["suite"]["triage"] == found["scenarios"]["topics"]["triage"]
    assert document([judged(range(10))])["triage"] is None
    empty = document([sifted(0, Tally({}, {}))])["triage"]
    assert (empty["precision"]["value"], empty["recall"]["value"], empty["f1"]) == (None,) * 3


# what is not there


def without(one: Seed, *gone: tuple[str, int]) -> Seed:
    return one[0], [cell for cell in one[1] if (cell.arm, cell.stage) not in gone]


def test_an_arm_is_reported_on_the_seeds_that_have_it_whole() -> None:
    made = seeds(3)
    made[0] = without(made[0], ("agent", 3))
    made[1] = without(made[1], ("no-op", 2))
    made.append((asked(9), []))
    found = document(made)
    assert found["seeds"] == [0, 1, 2]
    assert [one["seed"] for one in found["arms"]["agent"][0]["per_seed"]] == [2]
    assert [one["seed"] for one in found["arms"]["oracle"][0]["per_seed"]] == [0, 2]
    assert found["candidate_recovery"]["seeds"] == 1
    assert found["oracle_gain"]["seeds"] == 2


@pytest.mark.parametrize("gone", ["agent", "naive", "oracle", "oracle-gated"])
def test_whole_arms_may_be_missing(gone: str) -> None:
    of, cells = judged(range(10))
    report = documents([[(of, [one for one in cells if one.arm != gone])]])
    found = report["scenarios"]["topics"]
    assert gone not in found["arms"]
    assert (found["oracle_gain"]["value"] is None) == (gone == "oracle")
    assert (found["candidate_recovery"]["value"] is None) == (gone in ("agent", "oracle"))
    assert (found["deployed_recovery"]["value"] is None) == (gone != "naive")
    assert (found["naive_slope"]["value"] is None) == (gone == "naive")
    assert (found["pairs"] == {}) == (gone == "agent")
    read_page(page(report))
    assert markdown(report)


def test_nothing_to_report_is_said_in_one_line() -> None:
    of, cells = judged(range(10))
    gaps: list[list[Seed]] = [[], [(of, [])]]
    gaps.append([(of, [one for one in cells if one.arm != "no-op"])])
    for gap in gaps:
        with pytest.raises(DataError, match="every stage of the no-op arm") as raised:
            document(gap)
        assert raised.value.hint
        with pytest.raises(DataError, match="nothing has run yet"):
            documents([gap])


def test_what_does_not_belong_together_is_refused() -> None:
    of, cells = judged(range(10))
    with pytest.raises(DataError, match="there twice"):
        document([(of, cells), (of, cells)])
    other = replace(of, seed=1, stages=(0.1, 0.2))
    with pytest.raises(DataError, match="another run"):
        document([(of, cells), (other, cells)])
    other = replace(of, seed=1, of="others")
    with pytest.raises(DataError, match="another run") as raised:
        document([(of, cells), (other, [replace(one, of="others") for one in cells])])
    assert raised.value.hint == "keep one folder for each run"
    with pytest.raises(DataError, match=r"no-op ran stage 1 .* with other options") as raised:
        document([(of, [replace(cells[0], of="others"), *cells[1:]])])
    assert raised.value.hint == "keep one folder for each run"
    short = replace(cells[-1], deployed=cells[-1].deployed[:-1])
    with pytest.raises(DataError, match="agent gave 99 answers to 100 questions after stage 3"):
        document([(of, [*cells[:-1], short])])


def test_one_name_stands_for_one_command() -> None:
    of, cells = judged(range(10))
    theirs = [replace(one, command="x") for one in arm(of, "theirs", range(9))]
    whole = (of, cells + theirs)
    assert "theirs" in document([whole])["arms"]
    mixed = (of, [*cells, *theirs[:-1], replace(theirs[-1], command="y")])
    seed = replace(of, seed=1)
    other = [replace(one, command="y") if one.arm == "theirs" else one for one in whole[1]]
    for made in ([mixed], [whole, (seed, other)]):
        with pytest.raises(DataError, match="theirs is 'x' in one place and 'y'") as raised:
            document(made)
        assert raised.value.hint == "keep one folder for each run"
    for tell in (suite, documents):
        with pytest.raises(DataError, match="theirs is 'x' in one place and 'y'"):
            tell([[whole], [(replace(of, scenario="more"), other)]])


# other kinds of task


def test_spans_are_read_from_json_and_scored_by_their_family() -> None:
    task = Task(Kind.EXTRACTION, "", ("x",), "entity_f1")
    target: Target = (Span(0, 2, "x"), Span(4, 6, "x"))
    rows = tuple(Question(f"q{at}", f"s{at}", at % 2 == 0, target) for at in range(10))
    of = Asked("slots", 0, OPTIONS, STAGES, task, rows)
    full = dump(target)
    served = {
        "no-op": [full[:1]] * 10,
        "oracle": [full] * 10,
        "agent": [full] * 5 + [full[:1]] * 5,
        "odd": [7, "text", None, [{"start": 0}], *[full] * 6],
    }
    cells = [
        Cell("slots", 0, OPTIONS, name, "", stage, "deployed", "", tuple(said), None, 1.0, 1.0, 1)
        for name, said in served.items()
        for stage in (1, 2, 3)
    ]
    found = document([(of, cells)])
    values = {name: one[-1]["value"] for name, one in found["arms"].items()}
    assert values["no-op"] == pytest.approx(2 / 3)
    assert values["oracle"] == 1
    assert values["agent"] == pytest.approx(2 * 15 / (15 + 20))
    assert values["odd"] == pytest.approx(2 * 12 / (12 + 20))
    for one in found["arms"].values():
        assert one[-1]["ci95"][0] <= one[-1]["value"] <= one[-1]["ci95"][1]


# the suite


def test_the_suite_pools_what_has_something_to_recover() -> None:
    rich, flat = [judged(range(10)), judged(range(22), 1)], [judged(range(30), oracle=range(39))]
    flat = [(replace(of, scenario="flat"), cells) for of, cells in flat]
    more = [(replace(of, scenario="more"), cells) for of, cells in [judged(range(22))]]
    found = suite([rich, flat, more])
    assert found["deployed_recovery"]["value"] == pytest.approx((0.30 + 0.18 + 0.18) / (3 * 0.36))
    assert found["deployed_recovery"]["note"] == "without flat"
    assert found["pairs"]["agent-no-op"]["value"] == pytest.approx((0.24 + 0.10 + 0.18) / 3)
    assert found["oracle_gain"]["value"] == pytest.approx((0.36 + 0.01 + 0.36) / 3)
    assert list(found["scenarios"]) == ["topics", "flat", "more"]
    assert suite([flat])["candidate_recovery"]["note"] == "nothing to recover"


# files, page and table


def kept(folder: Path, made: Sequence[Judged]) -> None:
    for of, cells in made:
        place = folder / of.scenario / f"seed-{of.seed}"
        write(asked_file(place), of)
        for one in cells:
            write(cell_file(place, one.arm, one.stage), one)


def test_the_report_is_written_beside_what_it_is_made_of(tmp_path: Path) -> None:
    made = [sifted(1), sifted(0)]
    kept(tmp_path, made)
    (tmp_path / "topics" / "seed-0" / "cells" / "agent__3.json.partial").write_bytes(b"x")
    assert [of.seed for of, _ in read_seeds(tmp_path)[0]] == [0, 1]
    found = report(tmp_path)
    assert found == documents([made]) | {"facts": found["facts"]}
    assert json.loads((tmp_path / "report.json").read_text("utf-8")) == found
    assert (tmp_path / "report.html").read_text("utf-8") == page(found)
    assert "| agent | 90.0 % (" in (tmp_path / "report.md").read_text("utf-8")


def test_a_report_says_when_and_where_it_was_written(tmp_path: Path) -> None:
    kept(tmp_path, [judged(range(10))])
    found = report(tmp_path)
    told = found["facts"]
    assert [*told] == ["pioneer", "python", "machine", "written"]
    assert told["pioneer"] == pioneer.__version__
    assert told["python"] == sys.version.split()[0]
    assert re.fullmatch(r"\S.*, [1-9]\d* processors?", told["machine"])
    assert date.fromisoformat(told["written"])
    again = report(tmp_path)
    for one in (found, again):
        del one["facts"]["written"]
    assert again == found
    for file in ("report.html", "report.md"):
        assert "Written on" in (tmp_path / file).read_text("utf-8")
    assert "Written on" not in page(documents([[judged(range(10))]]))


def test_the_processor_is_named_where_it_is_known() -> None:
    assert processor("x: y\nmodel name\t: Some CPU @ 2GHz\nmodel name\t: x\n") == "Some CPU @ 2GHz"
    for told in ("", "model name\t: \nx: y\n", "the model name : x\n"):
        assert processor(told) == (platform.processor() or platform.machine())


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="nothing has run yet"):
        report(tmp_path)
    kept(tmp_path, [judged(range(10))])
    file = cell_file(tmp_path / "topics" / "seed-0", "naive", 2)
    whole = file.read_bytes()
    for broken in (whole[:-9], b"", b"text"):
        file.write_bytes(broken)
        with pytest.raises(DataError, match="naive__2") as raised:
            report(tmp_path)
        assert raised.value.hint
    assert not (tmp_path / "report.json").exists()


def hostile(text: str = HOSTILE) -> list[list[Seed]]:
    """Two scenarios with an arm, kinds and harms of that name."""
    odd = Sifted(9, 5, 4, 1)
    tally = Tally({text: odd, **TALLY.by_kind}, {text: odd})
    of, cells = sifted(0, tally)
    cells = cells + arm(of, f"mine {text}", range(50), range(60), decision=f"promoted {text}")
    cells += arm(of, f"harm {text}", range(50), decision="promoted")
    return [[(replace(of, scenario=f"{name} {text}"), cells)] for name in ("one", "two")]


def test_hostile_names_stay_text() -> None:
    plain = read_page(page(documents(hostile("x"))))
    found = documents(hostile())
    attacked = read_page(page(found))
    assert attacked.tags() == plain.tags()
    names = [sorted(attributes) for _, attributes in attacked.elements]
    assert names == [sorted(attributes) for _, attributes in plain.elements]
    assert "<script>alert(1)</script>" in attacked.text
    assert "‮" not in attacked.text
    table = markdown(found)
    assert "<script>" not in table
    wide = {line.replace(r"\|", "").count("|") for line in table.splitlines() if line[:1] == "|"}
    assert wide == {4, 5}


@settings(max_examples=10)
@given(st.text(st.characters(exclude_categories=()), max_size=12))
def test_any_text_can_be_a_name(name: str) -> None:
    found = documents(hostile(name))
    read_page(page(found))
    assert markdown(found)


def test_the_page_tells_all_and_loads_nothing() -> None:
    html = page(documents([[*seeds(2)], [(replace(of, scenario="x"), c) for of, c in [sifted()]]]))
    reader = read_page(html)
    assert not {"script", "link", "img", "iframe"} & {*reader.tags()}
    policy = [one for _, one in reader.elements if one.get("http-equiv")]
    assert str(policy[0]["content"]).startswith("default-src 'none'")
    ids = [one["id"] for _, one in reader.elements if one.get("id")]
    assert len(ids) == len({*ids})
    targets = [str(one["href"])[1:] for tag, one in reader.elements if tag == "a"]
    assert targets and {*targets} <= {*ids}
    assert {"plot-recoveries", "plot-stages-1", "plot-stages-2", "plot-poison-2"} <= {*ids}
    assert "plot-poison-1" not in ids
    words = " ".join(reader.text.replace(" ", " ").split())
    for told in ("candidate recovery", "rows only", "few seeds", "prompt injection"):
        assert told in words
    assert words.count("2 promoted") == 2 * len(STAGES)  # two seeds, of both arms with a gate
    assert words.count("1 promoted") == 2 * len(STAGES)
    assert "None" not in words


def test_lines_start_at_the_first_version_and_end_at_their_value() -> None:
    found = document([judged(range(10))])
    drawn = by_stage("plot-x", found["stages"], found["arms"])
    courses = [one.get("d") or "" for one in by_class(drawn, "course")]
    assert len(courses) == 5
    starts = {course.split(" L")[0] for course in courses}
    assert len(starts) == 1
    names = [one.text for one in by_class(drawn, "name")]
    assert names[0] in ("oracle 96.0", "oracle-gated 96.0")
    assert names[2] == "agent 90.0"
    ends = {float(course.split(" ")[-1]) for course in courses}
    assert len(ends) == 3  # no-op and naive, both oracles, the agent
    assert len(by_class(drawn, "reach")) == 15


def test_many_arms_have_room_for_their_names() -> None:
    found = document([judged(range(10))])
    arms = {f"arm {at}": found["arms"]["agent"] for at in range(40)}
    drawn = by_stage("plot-x", found["stages"], arms)
    heights = [number(one, "y") for one in by_class(drawn, "name")]
    assert min(np.diff(heights)) >= 13
    assert max(heights) < number(parse(drawn), "height")


def test_recovery_is_drawn_to_either_side() -> None:
    rows = [
        Recovered("good", 0.8, (0.6, 1.2), "", "bar"),
        Recovered("bad", -0.4, (-0.7, 0.1), "", "bar"),
        Recovered("unsure", 0.5, None, "", "bar"),
    ]
    drawn, x = recoveries("plot-x", rows), recovery_scale(rows)
    assert (x.low, x.high) == (-0.7, 1.2)
    good, bad, _ = by_class(drawn, "bar")
    assert number(good, "x") == pytest.approx(x(0), abs=0.01)
    assert number(good, "width") == pytest.approx(x(0.8) - x(0), abs=0.02)
    assert number(bad, "x") == pytest.approx(x(-0.4), abs=0.01)
    assert number(bad, "width") == pytest.approx(x(0) - x(-0.4), abs=0.02)
    assert len(by_class(drawn, "whisker")) == 6
