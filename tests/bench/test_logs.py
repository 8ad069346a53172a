"""A scenario's logs: who sees which rows, what users say, and that building is repeatable."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from scipy.stats import binom

from pioneer.bench.adaptft import Scenario, asked_for, build
from pioneer.bench.adaptft.calls import Call, calls
from pioneer.bench.adaptft.perturb import KINDS, Harm, Said, Stock, bank
from pioneer.bench.adaptft.rows import rows
from pioneer.bench.adaptft.said import BY_CHANCE, SILENT, correction
from pioneer.bench.adaptft.scene import Scene
from pioneer.data.rows import Manifest, examples_of
from pioneer.errors import ArgumentError, DataError
from pioneer.families import family
from pioneer.records import Example, Kind, Prediction, Task, dump, load
from pioneer.store.workspace import open_workspace
from tests.bench.sentences import sentences
from tests.cli.shell import call
from tests.loop.helpers import folder

LABELS = ("food", "music", "weather")
FAMILY = family(Kind.CLASSIFICATION)
TASK = Task(Kind.CLASSIFICATION, "", LABELS, "accuracy")
WITH_OUTSIDE = replace(TASK, labels=(*LABELS, "oos"), out_of_scope="oos")
SAID = {kind.name: kind.said for kind in KINDS}


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    data = folder(tmp_path_factory.mktemp("rows") / "data", "classification", count=400)
    return Scenario("topics", "Classify texts by topic", str(data), "fake", 5, rows_per_stage=60)


def lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("seed", [0, 1])
def test_no_group_is_on_two_sides(scenario: Scenario, seed: int) -> None:
    dealt = rows(scenario, FAMILY, seed)
    sides = [dealt.clean, dealt.tested, *dealt.stages, *dealt.unlogged, dealt.reserve, dealt.report]
    groups = [{row.group for row in side} for side in sides]
    assert sum(map(len, groups)) == len(set().union(*groups))
    assert Counter(str(row.target) for row in dealt.clean) == dict.fromkeys(LABELS, 5)
    assert [len(stage) for stage in dealt.stages] == [60, 60, 60]
    assert dealt == rows(scenario, FAMILY, seed)
    assert dealt.stages != rows(scenario, FAMILY, seed + 1).stages


def test_too_few_rows_are_refused(scenario: Scenario) -> None:
    with pytest.raises(DataError, match="too few rows: 429 are needed"):
        rows(replace(scenario, rows_per_stage=110), FAMILY, 0)
    with pytest.raises(DataError, match="fewer than 200 rows"):
        rows(replace(scenario, clean_rows=200), FAMILY, 0)
    with pytest.raises(DataError, match="no row has the label 'sport'"):
        rows(replace(scenario, labels=("sport", "food")), FAMILY, 0)


def made(task: Task = TASK, share: float = 0.4, twins: bool = False) -> list[Call]:
    sources = [
        Example(f"r{at}", text, LABELS[at % 3])
        for at, (text, _) in enumerate(sentences("helpdesk", 900))
    ]
    return calls(task, sources, share, Stock(bank("b")), "k", twins)


def test_calls_carry_the_truth_of_their_source() -> None:
    found = made()
    assert len({one.id for one in found}) == len(found) > 900
    assert {one.source for one in found} == {f"r{at}" for at in range(900)}
    for one in found:
        survives = all(kind.survives for kind in KINDS if kind.name in one.kinds)
        assert (one.gold is not None) == survives
        assert (one.harm is None) == (not one.kinds)
    sources = [one.source for one in found]
    runs = [one for at, one in enumerate(sources) if at == 0 or sources[at - 1] != one]
    assert len(runs) == 900  # copies follow their call


def test_what_is_outside_has_the_label_for_it() -> None:
    golds = {
        name: {one.gold for one in made(WITH_OUTSIDE) if one.kinds == (name,)}
        for name in ("off-domain", "gibberish", "near-empty", "meta question")
    }
    assert golds == {
        "off-domain": {"oos"}, "gibberish": {"oos"}, "near-empty": {"oos"},
        "meta question": {None},
    }  # fmt: skip


def test_twins_log_every_row_as_it_is_besides() -> None:
    plain = [one for one in made(twins=True) if not one.kinds and one.text == one.clean]
    assert {one.source for one in plain} == {f"r{at}" for at in range(900)}


def test_what_befell_a_call_does_not_say_when_it_is_made() -> None:
    places = [at / 900 for at, one in enumerate(made()) if one.harm is Harm.POISON]
    assert abs(sum(places) / len(places) - 0.5 * len(made()) / 900) < 0.06


def share(found: list[bool], wanted: float) -> bool:
    low, high = binom.interval(0.9999, len(found), wanted)
    return bool(low <= sum(found) <= high)


@pytest.mark.parametrize("output", ["food", "music", None])
def test_users_say_what_the_specification_says(output: str | None) -> None:
    answer = Prediction(output, 0.9)
    seen: dict[str, list[tuple[Call, object]]] = {}
    for one in {one.source: one for one in made()}.values():
        policies = {SAID[name] for name in one.kinds} or {Said.USUAL}
        said = correction(FAMILY, TASK, one, answer, LABELS, "k")
        if policies == {Said.USUAL}:
            seen.setdefault("passed" if output == one.gold else "failed", []).append((one, said))
        elif Said.FLIPPED in policies:
            assert said not in (None, one.gold)
        elif Said.NOTHING in policies:
            assert said is None
        elif policies <= {Said.POISONED, Said.USUAL}:
            seen.setdefault("poisoned", []).append((one, said))
    assert all(said == one.gold for one, said in seen.get("passed", []))
    assert all(said in (None, one.gold) for one, said in seen["failed"])
    assert share([said is None for _, said in seen["failed"]], SILENT)
    assert share([said is None for _, said in seen["poisoned"]], SILENT)
    assert share([said == one.gold for one, said in seen["poisoned"]], BY_CHANCE)


def test_copies_of_a_call_are_corrected_alike() -> None:
    said: dict[str, set[object]] = {}
    for one in made():
        found = correction(FAMILY, TASK, one, Prediction("food", 0.9), LABELS, "k")
        said.setdefault(one.source, set()).add(found)
    assert all(len(one) == 1 for one in said.values())


def test_building_is_repeatable_and_keeps_the_truth_apart(
    scenario: Scenario, tmp_path: Path
) -> None:
    built = build(scenario, 0, tmp_path / "one")
    assert (built.clean, len(built.stages)) == (15, 3)
    again = build(scenario, 0, tmp_path / "one")
    assert again == built
    two = build(scenario, 0, tmp_path / "two")
    assert two.logs == built.logs
    scene = Scene(tmp_path / "one")
    with open_workspace(scene.workspace, write=False) as opened, opened.engine.connect() as found:
        learned = load(Manifest, opened.artifacts.get_json(scene.card.manifest))
        texts = [row.input for row in examples_of(found, learned)]
    assert sorted(texts) == sorted(row.input for row in scene.clean())
    for name in (
        "seen/log-1.jsonl",
        "seen/log-3.jsonl",
        "sealed/truth-2.jsonl",
        "sealed/report.jsonl",
    ):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    with pytest.raises(ArgumentError, match="another scenario or seed"):
        build(scenario, 1, tmp_path / "one")
    for number in (1, 2, 3):
        log = lines(tmp_path / "one" / "seen" / f"log-{number}.jsonl")
        truth = lines(tmp_path / "one" / "sealed" / f"truth-{number}.jsonl")
        assert [row["id"] for row in log] == [row["id"] for row in truth]
        assert not {key for row in log for key in row} & {
            "kinds",
            "harm",
            "gold",
            "clean",
            "source",
        }
        assert [row["time"] for row in log] == sorted(row["time"] for row in log)
        told = built.stages[number - 1]
        assert told["calls"] == len(log)
        assert told["poison"] == sum(row["harm"] == "poison" for row in truth)


def test_a_folder_of_another_pioneer_is_refused(scenario: Scenario, tmp_path: Path) -> None:
    mark = tmp_path / "scenario.json"
    mark.write_text(json.dumps({"scenario": dump(scenario), "seed": 0}), encoding="utf-8")
    with pytest.raises(ArgumentError, match="built by another pioneer"):
        build(scenario, 0, tmp_path)


def test_building_goes_on_after_a_kill(scenario: Scenario, tmp_path: Path) -> None:
    call = (
        "import json, sys; from pathlib import Path; from pioneer.records import load;"
        "from pioneer.bench.adaptft import Scenario, build;"
        "build(load(Scenario, json.loads(sys.argv[1])), 0, Path(sys.argv[2]))"
    )
    told = [sys.executable, "-c", call, json.dumps(dump(scenario)), str(tmp_path / "cut")]
    running = subprocess.Popen(told, start_new_session=True)
    while not (tmp_path / "cut" / "seen" / "log-1.jsonl").exists():
        assert running.poll() is None
        time.sleep(0.02)
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    build(scenario, 0, tmp_path / "cut")
    build(scenario, 0, tmp_path / "whole")
    for one in sorted((tmp_path / "whole").rglob("*.jsonl")):
        if "workspace" not in one.parts:
            again = tmp_path / "cut" / one.relative_to(tmp_path / "whole")
            assert again.read_bytes() == one.read_bytes()


def test_report_rows_are_judged_as_they_are_and_perturbed(
    scenario: Scenario, tmp_path: Path
) -> None:
    build(scenario, 0, tmp_path / "one")
    report = lines(tmp_path / "one" / "sealed" / "report.jsonl")
    dealt = rows(scenario, FAMILY, 0)
    traffic = [row for row in report if "stage" in row]
    report = [row for row in report if "stage" not in row]
    assert {row["source"] for row in report} == {row.id for row in dealt.report}
    assert sum(row["clean"] for row in report) == len(dealt.report)
    for stage, sources in enumerate(dealt.unlogged, start=1):
        asked = [row["source"] for row in traffic if row["stage"] == stage]
        assert len(set(asked)) == len(asked) <= len(sources) == 18
        assert set(asked) <= {row.id for row in sources}
    assert 0 < sum(row["clean"] for row in traffic) < len(traffic)
    seen = {
        row["input"]
        for number in (1, 2, 3)
        for row in lines(tmp_path / "one" / "seen" / f"log-{number}.jsonl")
    }
    assert not seen & {row["text"] for row in report if row["clean"]}


def test_a_folder_of_something_else_is_left_alone(scenario: Scenario, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(ArgumentError, match="not empty"):
        build(scenario, 0, tmp_path)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({}, "give either a scenario or --data"),
        ({"name": "clinc150", "data": "x"}, "give either a scenario or --data"),
        ({"name": "nonsense"}, "there is no scenario 'nonsense'"),
        ({"data": "x", "stages": "a,b"}, "not a list of numbers"),
        ({"data": "x", "stages": "100"}, "from 0 to below 1"),
        ({"data": "x", "clean_rows": 1}, "at least 2 clean rows"),
        ({"data": "x", "rows_per_stage": 0}, "at least 1 row"),
        ({"data": "x", "kind": "extraction"}, "logs cannot be built for extraction yet"),
    ],
)
def test_what_cannot_be_asked_for(options: dict[str, Any], told: str) -> None:
    with pytest.raises(ArgumentError, match=told):
        asked_for(options.pop("name", None), **options)


def test_from_the_command_line(scenario: Scenario, tmp_path: Path) -> None:
    listed = call("bench", "adaptft", "list", "--json").document
    assert [one["name"] for one in listed] == ["clinc150", "sms_spam", "snips", "clickbait"]
    options = (
        "--data",
        scenario.data,
        "--base",
        "fake",
        "--rows-per-stage",
        "40",
        "--stages",
        "20",
    )
    done = call(
        "bench", "adaptft", "build", *options, "--output", str(tmp_path / "logs"), "--json"
    )  # fmt: skip
    built = done.document
    assert [stage["calls"] >= 40 for stage in built["stages"]] == [True]
    refused = call("bench", "adaptft", "build", "snips", "--output", str(tmp_path / "x"), "--json")
    assert refused.code == 1
    assert "not at hand" in refused.document["error"]["message"]
