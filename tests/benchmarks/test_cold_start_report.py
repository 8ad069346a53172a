"""The cold-start benchmark: nothing leaks from the test, and its arithmetic is right."""

import itertools
import json
import random
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

from coldstart.cells import Cell, Sealed, Status, Terms, found, indexes, pack, unpack, write
from coldstart.neighbours import THRESHOLD, grams, groups, jaccard
from coldstart.report import report
from coldstart.running import Rules, run_cell
from coldstart.sets import Pool, Recipe, Row, held_out, pool, sample, separated
from coldstart.stats import holm, interval, macro_f1, ranks, sign_flip_p
from coldstart.systems import Job, System

SYSTEMS = ("pioneer", "frozen", "other")
TERMS = Terms(budget=60.0, threads=2, train_hash="a", test_hash="b")
words = st.lists(st.sampled_from(["pay", "the", "bill", "now", "please", "today"]), max_size=6)


def rows(count: int, labels: int = 3, seed: int = 0) -> list[Row]:
    rng = random.Random(seed)
    letters = "abcdefghijklmnopqrstuvwxyz "
    texts = ["".join(rng.choices(letters, k=30)) for _ in range(count)]
    return [Row(text, f"label {index % labels}") for index, text in enumerate(texts)]


# Sampling


@given(texts=st.lists(words.map(" ".join), max_size=12))
def test_groups_hold_every_near_duplicate(texts: list[str]) -> None:
    number = groups(texts)
    for left, right in itertools.combinations(range(len(texts)), 2):
        if jaccard(grams(texts[left]), grams(texts[right])) >= THRESHOLD:
            assert number[left] == number[right]


def test_groups_ignore_case_and_spaces_and_keep_strangers_apart() -> None:
    number = groups(["Pay  the bill", "pay the bill ", "where is my luggage"])
    assert number[0] == number[1] != number[2]


def test_train_rows_near_the_test_are_dropped_even_through_a_third_row() -> None:
    test = "please transfer one hundred dollars home"
    near, nearer = test + " by noon", test + " by noon thanks"
    assert jaccard(grams(test), grams(near)) >= THRESHOLD > jaccard(grams(test), grams(nearer))
    source = separated([Row(near, "a"), Row(nearer, "a"), Row("hello", "b")], [Row(test, "a")])
    assert [row.text for row in source.train] == ["hello"]
    assert source.dropped == 2


def test_held_out_is_the_same_for_every_seed_and_splits_no_group() -> None:
    many = rows(100)
    many += [Row(row.text.upper(), row.label) for row in many[:30]]
    source = held_out(many, seed="x")
    assert source == held_out(many, seed="x")
    assert 0.2 * len(many) <= len(source.test) <= 0.2 * len(many) + 2
    sealed = {row.text.lower() for row in source.test}
    assert not [row for row in source.train if row.text.lower() in sealed]


def test_samples_are_nested_and_fixed_by_the_seed() -> None:
    source = Pool(tuple(rows(90)), (), 0)
    ten = sample(source, Recipe("s_10", "s", "", per_label=10), seed=1)
    twenty = sample(source, Recipe("s_20", "s", "", per_label=20), seed=1)
    assert len(ten) == 30
    assert set(ten) < set(twenty)
    assert ten == sample(source, Recipe("s_10", "s", "", per_label=10), seed=1)
    assert set(ten) != set(sample(source, Recipe("s_10", "s", "", per_label=10), seed=2))


def test_a_shipped_split_is_the_test_and_oos_is_left_out_unless_wanted(tmp_path: Path) -> None:
    folder = tmp_path / "s"
    folder.mkdir()
    train, test = rows(20), rows(10, seed=1)
    train[0], test[0] = Row("out one", "oos"), Row("out two", "oos")
    for name, part in (("train", train), ("test", test)):
        lines = [json.dumps({"text": row.text, "label": row.label}) + "\n" for row in part]
        (folder / f"{name}.jsonl").write_text("".join(lines))
    source = pool(tmp_path, Recipe("s", "s", "", per_label=2))
    assert list(source.test) == test[1:]
    assert "oos" not in source.labels
    with_oos = pool(tmp_path, Recipe("s", "s", "", per_label=2, oos_rows=5))
    assert list(with_oos.test) == test
    drawn = sample(with_oos, Recipe("s", "s", "", per_label=2, oos_rows=5), seed=0)
    assert sum(row.label == "oos" for row in drawn) == 1


# Arithmetic


def test_one_seed_is_mcnemars_exact_test() -> None:
    differences = [1] * 10 + [-1] * 3 + [0] * 50
    assert sign_flip_p(differences) == pytest.approx(binomtest(10, 13).pvalue)
    assert sign_flip_p([0, 0]) == 1.0


@given(st.lists(st.integers(-3, 3), max_size=8))
def test_sign_flips_agree_with_counting_them_all(differences: list[int]) -> None:
    observed = abs(sum(differences))
    flips = list(itertools.product((1, -1), repeat=len(differences)))
    sums = [abs(sum(s * d for s, d in zip(signs, differences, strict=True))) for signs in flips]
    assert sign_flip_p(differences) == pytest.approx(sum(s >= observed for s in sums) / len(sums))


def test_holm_by_hand() -> None:
    assert holm({"a": 0.01, "b": 0.04, "c": 0.03, "d": 0.005}) == pytest.approx(
        {"d": 0.02, "a": 0.03, "c": 0.06, "b": 0.06}
    )
    assert holm({"a": 0.9, "b": 0.8}) == {"b": 1.0, "a": 1.0}


@given(st.dictionaries(st.text(max_size=3), st.floats(0, 1), max_size=8))
def test_holm_never_lowers_a_p_and_keeps_the_order(values: dict[str, float]) -> None:
    adjusted = holm(values)
    assert all(values[name] <= adjusted[name] <= 1 for name in values)
    order = sorted(values, key=values.__getitem__)
    assert [adjusted[name] for name in order] == sorted(adjusted.values())


def test_ranks_share_ties_and_put_the_absent_last() -> None:
    assert ranks({"a": 0.9, "b": 0.8, "c": 0.9, "d": None}) == {"a": 1.5, "c": 1.5, "b": 3, "d": 4}


@given(st.dictionaries(st.text(max_size=3), st.none() | st.floats(0, 1), min_size=1, max_size=6))
def test_ranks_always_sum_to_the_same(scores: dict[str, float | None]) -> None:
    count = len(scores)
    assert sum(ranks(scores).values()) == pytest.approx(count * (count + 1) / 2)


def test_macro_f1_counts_a_label_never_answered_as_zero() -> None:
    assert macro_f1([0, 0, 1, 1], [0, 0, 0, -1]) == pytest.approx((0.8 + 0) / 2)


def test_the_interval_holds_the_mean_and_narrows_with_rows() -> None:
    few = interval(np.array([[1.0, 0.0] * 20]))
    many = interval(np.array([[1.0, 0.0] * 2000]))
    assert few.low < few.value == many.value == 0.5 < few.high
    assert many.high - many.low < (few.high - few.low) / 5


# Cells and report


@given(st.lists(st.integers(-1, 150)))
def test_packing_gives_back_what_it_took(answers: list[int]) -> None:
    assert unpack(pack(answers)) == answers


def test_an_unknown_label_and_an_abstention_are_never_right() -> None:
    assert indexes(["a", "b"], ["b", None, "z"]) == [1, -1, -1]


def test_a_cell_of_other_rows_is_run_again(tmp_path: Path) -> None:
    cell = Cell("frozen", "s", 0, TERMS, Status.OK, 1.0, predictions=pack([0]))
    write(tmp_path, cell)
    assert found(tmp_path, "frozen", "s", 0, TERMS) == cell
    changed = Terms(budget=60.0, threads=2, train_hash="other", test_hash="b")
    assert found(tmp_path, "frozen", "s", 0, changed) is None
    assert not list(tmp_path.rglob("*.partial"))


def gold(name: str, counted: bool = True) -> Sealed:
    return Sealed(name, ["x", "y"], pack([0] * 200), "b", 200, 100, 0, counted)


def cell(system: str, name: str, seed: int, right: int) -> Cell:
    answers = pack([0] * right + [1] * (200 - right))
    return Cell(system, name, seed, TERMS, Status.OK, 1.0, predictions=answers)


def test_the_bars_are_met_when_we_lead() -> None:
    wanted = {"clinc150_10": (0, 1), "s": (0, 1)}
    right = {"pioneer": 190, "frozen": 180, "other": 170}
    table = [
        cell(each, name, seed, right[each]) for each in SYSTEMS for name, seed in blocks(wanted)
    ]
    sets = {name: gold(name) for name in wanted}
    result = report(table, sets, "pioneer", "frozen", wanted, SYSTEMS)
    assert [bar.met for bar in result.bars] == [True, True, True]
    assert result.ranks == {"pioneer": 1, "frozen": 2, "other": 3}
    assert result.pairs[0].difference.value == pytest.approx(0.05)


def test_the_bars_are_not_met_when_a_peer_leads_and_open_when_cells_are_missing() -> None:
    wanted = {"clinc150_10": (0,), "s": (0,)}
    right = {"pioneer": 150, "frozen": 180, "other": 100}
    table = [
        cell(each, name, seed, right[each]) for each in SYSTEMS for name, seed in blocks(wanted)
    ]
    sets = {name: gold(name) for name in wanted}
    result = report(table, sets, "pioneer", "frozen", wanted, SYSTEMS)
    assert [bar.met for bar in result.bars] == [False, False, False]
    short = report(table[:-1], sets, "pioneer", "frozen", wanted, SYSTEMS)
    assert [bar.met for bar in short.bars] == [None, None, False]


def test_a_cell_of_ours_without_answers_is_a_bar_not_met() -> None:
    wanted = {"clinc150_10": (0,)}
    right = {"pioneer": 190, "frozen": 180, "other": 170}
    table = [
        cell(each, name, seed, right[each]) for each in SYSTEMS for name, seed in blocks(wanted)
    ]
    table[0] = Cell("pioneer", "clinc150_10", 0, TERMS, Status.TIMEOUT, 66.0)
    result = report(
        table, {"clinc150_10": gold("clinc150_10")}, "pioneer", "frozen", wanted, SYSTEMS
    )
    assert [bar.met for bar in result.bars] == [False, False, False]
    assert result.ranks["pioneer"] == 3


def test_a_set_besides_is_not_in_the_correction() -> None:
    wanted = {"s": (0,)}
    table = [cell(each, name, 0, 150) for each in SYSTEMS for name in ("s", "besides")]
    sets = {"s": gold("s"), "besides": gold("besides", counted=False)}
    result = report(table, sets, "pioneer", "frozen", wanted, SYSTEMS)
    assert {pair.set: pair.p_holm is None for pair in result.pairs} == {"s": False, "besides": True}


def blocks(wanted: dict[str, tuple[int, ...]]) -> list[tuple[str, int]]:
    return [(name, seed) for name, seeds in wanted.items() for seed in seeds]


# Running


def script(text: str) -> list[str]:
    return [sys.executable, "-S", "-c", text]


def run(tmp_path: Path, fit: str, predict: str = "") -> Cell:
    def asked(job: Job) -> list[str]:
        return script(predict.replace("OUTPUT", str(job.output)))

    system = System("fake", "Fake", "none", lambda job: script(fit), asked)
    source = Pool((Row("a", "x"), Row("b", "y")), (Row("c", "x"),), 0)
    rules = Rules("1s", 0.5, 0.5, 1)
    recipe = Recipe("s", "s", "")
    return run_cell(system, recipe, 0, source.train, source, rules, TERMS, tmp_path / "cell")


ABOUT = """
import json, os
assert os.listdir("data") == ["train.jsonl"] and not os.path.exists("texts.jsonl")
os.mkdir("model")
json.dump({"versions": {}, "note": {}}, open("model/about.json", "w"))
"""
ANSWER = "print('{\"output\": \"x\"}', file=open('OUTPUT', 'w'))"


def test_a_cell_sees_train_rows_only_until_it_has_learned(tmp_path: Path) -> None:
    done = run(tmp_path, ABOUT, ANSWER)
    assert (done.status, done.answers, done.problem) == (Status.OK, [0], None)


def test_a_system_that_does_not_end_is_a_timeout_and_one_that_breaks_is_a_failure(
    tmp_path: Path,
) -> None:
    late = run(tmp_path, "import time; time.sleep(20)")
    assert late.status is Status.TIMEOUT
    assert late.fit_seconds < 5
    broken = run(tmp_path, "open('/no/such/place/file')")
    assert broken.status is Status.FAILED
    assert "/no/such/place" not in (broken.problem or "")
    short = run(tmp_path, ABOUT, "open('OUTPUT', 'w')")
    assert short.problem == "predict gave 0 answers for 1 texts"
