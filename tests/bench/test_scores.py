"""The report of AdaptFT-Bench: figures by hand, laws, gaps in what ran, and hostile names."""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
from pioneer.bench.adaptft.scoring.estimates import Measured, around, draws, measured
from pioneer.bench.adaptft.scoring.marking import Judged
from pioneer.bench.adaptft.scoring.page.recoveries import Recovered, recoveries, recovery_scale
from pioneer.bench.adaptft.scoring.page.render import page
from pioneer.bench.adaptft.scoring.page.stages import by_stage
from pioneer.bench.adaptft.scoring.recovery import recovery
from pioneer.bench.adaptft.scoring.reporting import read_seeds, report
from pioneer.bench.adaptft.scoring.scores import document, documents, suite
from pioneer.bench.adaptft.scoring.table import markdown
from pioneer.errors import DataError
from pioneer.evaluation.intervals import interval
from pioneer.evaluation.measure import MEAN, Measure, by_group
from pioneer.families import family
from pioneer.records import Kind, RowStat, Span, Target, Task, dump
from tests.report.drawing import by_class, number, parse, read_page

HOSTILE = "<script>alert(1)</script>\"'>|*{{7*7}}\u202e"
TASK = Task(Kind.CLASSIFICATION, "", ("a", "b"), "accuracy")
QUESTIONS = 100
STAGES = (0.1, 0.2, 0.4)
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
    return Asked(name, seed, STAGES, task, tuple(rows))


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
        of.scenario, of.seed, arm, stage, decision, "", answers(of, wrong), made, 2.0,
        100.0 + stage, 30, triage,
    )  # fmt: skip


def arm(of: Asked, name: str, *wrong: Wrong, decision: str = "deployed") -> list[Cell]:
    """What it deploys after each stage; the last again where fewer are given."""
    every = [*wrong, *[wrong[-1]] * (len(STAGES) - len(wrong))]
    return [cell(of, name, at, one, decision, one) for at, one in enumerate(every, start=1)]


def judged(agent: Wrong, seed: int = 0, noop: Wrong = NO_OP, oracle: Wrong = ORACLE) -> Seed:
    """All that headlines take, the agent deploying the same after every stage."""
    of = asked(seed)
    found = arm(of, "no-op", noop, decision="kept") + arm(of, "naive", noop)
    found += arm(of, "oracle", oracle) + arm(of, "oracle-gated", oracle, decision="promoted")
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
    assert [one["right"] for one in held["arms"]["agent"]] == [[True], [False], [True]]


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
    found = recovery([(won, won), (won, won), (won, lost)], 5)
    assert found.value == pytest.approx(0.9 / 0.4)
    assert found.ci95 is None
    assert "too unsure" in str(found.note)


# arms


def test_the_document_is_plain_json_with_the_keys_of_the_specification() -> None:
    found = document(seeds(2))
    assert [*found] == [
        "scenario", "seeds", "stages", "arms", "triage", "candidate_recovery",
        "deployed_recovery", "oracle_gain", "harmful_promotions", "harmful", "cost",
        "naive_slope", "pairs",
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
    assert found["harmful_promotions"] == len(planted)
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


def test_harm_by_other_arms_is_told_but_not_counted() -> None:
    of, cells = judged(range(10), noop=range(10))
    mine = arm(of, "mine", range(12), decision="promoted")
    ungated = arm(of, "theirs", range(30), decision="deployed")
    found = document([(of, cells + mine + ungated)])
    assert [(one["arm"], one["stage"]) for one in found["harmful"]] == [("mine", 1)]
    assert found["harmful_promotions"] == 0
    assert [one["right"] for one in found["arms"]["theirs"]] == [[None]] * 3


@pytest.mark.parametrize("decision", ["hold", "need_more_data"])
@pytest.mark.parametrize(("candidate", "right"), [(None, True), (39, True), (38, False)])
def test_holding_back_is_right_unless_something_better_is_held(
    decision: str, candidate: int | None, right: bool
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
        "typos": Sifted(40, 30, 6, 10, 2),
        "prompt injection": Sifted(20, 4, 1, 15, 3),
        "meta question": Sifted(10, 5, 0, 0, 0),
        "none": Sifted(100, 96, 2, 0, 0),
    },
    {
        "none": Sifted(100, 96, 2, 0, 0),
        "neutral": Sifted(20, 20, 0, 2, 2),
        "fixable": Sifted(40, 30, 6, 10, 2),
        "void": Sifted(10, 5, 0, 0, 0),
        "poison": Sifted(20, 4, 1, 15, 3),
    },
)


def sifted(seed: int = 0, tally: Tally | None = TALLY) -> Seed:
    of, cells = judged(range(10), seed)
    return of, [replace(one, triage=tally) if one.arm == "agent" else one for one in cells]


def test_triage_by_hand() -> None:
    found = document([sifted()])["triage"]
    assert (found["precision"]["value"], found["precision"]["rows"]) == (16 / 30, 3 * 30)
    assert (found["recall"]["value"], found["recall"]["rows"]) == (16 / 20, 3 * 20)
    assert found["f1"] == pytest.approx(2 * 16 / (30 + 20))
    assert found["clean_kept"]["value"] == pytest.approx(154 / 160)
    assert found["clean_kept"]["as_logged"]["value"] == pytest.approx(146 / 160)
    kinds = found["by_kind"]
    assert {name: one["harm"] for name, one in kinds.items()} == {
        "typos": "fixable", "prompt injection": "poison", "meta question": "void", "none": "none",
    }  # fmt: skip
    assert kinds["prompt injection"]["detected"]["value"] == 16 / 20
    assert kinds["prompt injection"]["kept"] is None
    assert kinds["typos"]["kept"]["value"] == 36 / 40
    harms = found["by_harm"]
    assert harms["poison"]["averted"]["value"] == 12 / 15
    assert harms["void"]["averted"] == {"value": None, "ci95": None, "rows": 0}
    assert harms["all"]["averted"]["value"] == pytest.approx(20 / 27)
    assert harms["all"]["rows"] == 3 * 190


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
    assert (found["deployed_recovery"]["value"] is None) == (gone in ("agent", "oracle-gated"))
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
    short = replace(cells[-1], deployed=cells[-1].deployed[:-1])
    with pytest.raises(DataError, match="agent gave 99 answers to 100 questions after stage 3"):
        document([(of, [*cells[:-1], short])])


# other kinds of task


def test_spans_are_read_from_json_and_scored_by_their_family() -> None:
    task = Task(Kind.EXTRACTION, "", ("x",), "entity_f1")
    target: Target = (Span(0, 2, "x"), Span(4, 6, "x"))
    rows = tuple(Question(f"q{at}", f"s{at}", at % 2 == 0, target) for at in range(10))
    of = Asked("slots", 0, STAGES, task, rows)
    full = dump(target)
    served = {
        "no-op": [full[:1]] * 10,
        "oracle": [full] * 10,
        "agent": [full] * 5 + [full[:1]] * 5,
        "odd": [7, "text", None, [{"start": 0}], *[full] * 6],
    }
    cells = [
        Cell("slots", 0, name, stage, "deployed", "", tuple(said), None, 1.0, 1.0, 1)
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
    assert found == documents([made])
    assert json.loads((tmp_path / "report.json").read_text("utf-8")) == found
    assert (tmp_path / "report.html").read_text("utf-8") == page(found)
    assert "| agent | 90.0 % (" in (tmp_path / "report.md").read_text("utf-8")


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
    tally = Tally({text: Sifted(9, 5, 1, 4, 1), **TALLY.by_kind}, {text: Sifted(9, 5, 1, 4, 1)})
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
    for told in ("candidate recovery", "rows only", "few seeds", "3 promoted", "prompt injection"):
        assert told.replace("3 ", "2 ") in words
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
