"""Every arm on the fake base: what it learns from, what it deploys, and that a run goes on."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from dataclasses import replace
from pathlib import Path

import pytest

from pioneer.bench.adaptft import Scenario, build
from pioneer.bench.adaptft.arms import ARMS, Foreign, Made, Turn
from pioneer.bench.adaptft.arms.fixed import naive, naive_cleanlab, random_augmentation
from pioneer.bench.adaptft.arms.loops import believed
from pioneer.bench.adaptft.arms.truth import repaired
from pioneer.bench.adaptft.cells import Asked, Cell, asked_file, cell_file, read
from pioneer.bench.adaptft.code import code_hash
from pioneer.bench.adaptft.crew import Crew, side_by_side
from pioneer.bench.adaptft.run import named, run, run_all
from pioneer.bench.adaptft.scene import Scene
from pioneer.bench.adaptft.worker import LOGS, play
from pioneer.errors import ArgumentError, BenchError, LockedError
from pioneer.records import dump
from tests.cli.shell import call
from tests.loop.helpers import folder as data_folder

STAGES = (0.15, 0.4)


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    data = data_folder(tmp_path_factory.mktemp("rows") / "data", "classification", count=1500)
    return Scenario(
        "topics", "Classify texts by topic", str(data), "fake", 4, rows_per_stage=320, stages=STAGES
    )


@pytest.fixture(scope="module")
def seed_folder(scenario: Scenario, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("seed")
    build(scenario, 0, folder / LOGS)
    return folder


@pytest.fixture
def turn(seed_folder: Path, tmp_path: Path) -> Turn:
    return Turn(Scene(seed_folder / LOGS), 2, tmp_path, None)


def test_naive_learns_everything_that_was_logged(turn: Turn) -> None:
    rows = naive(turn)
    logged = {row["id"]: row for row in turn.logged()}
    assert len(rows) == len(turn.scene.clean()) + len(logged)
    for row in rows[len(turn.scene.clean()) :]:
        call = logged[row.id]
        assert row.target == call.get("expected", call["output"])
        assert row.input == call["input"]


def test_cleanlab_only_takes_rows_away_and_more_poison_than_others(turn: Turn) -> None:
    rows, kept = naive(turn), {row.id for row in naive_cleanlab(turn)}
    assert kept < {row.id for row in rows}
    true = {one["id"]: one for stage in (1, 2) for one in turn.scene.truth(stage)}
    gone = [true[row.id] for row in rows if row.id not in kept and row.id in true]
    poison = [one["harm"] == "poison" for one in true.values()]
    assert sum(one["harm"] == "poison" for one in gone) / len(gone) > sum(poison) / len(poison)


def test_random_augmentation_takes_as_many_rows_as_were_logged(turn: Turn) -> None:
    reserve = {row.id for row in turn.scene.reserve()}
    extra = random_augmentation(turn)[len(turn.scene.clean()) :]
    assert len(extra) == min(len(reserve), len(turn.logged()))
    assert {row.id for row in extra} <= reserve


def test_the_oracle_sees_right_answers_and_no_poison(turn: Turn) -> None:
    true = {one["id"]: one for one in turn.scene.truth(2)}
    sent = {call["id"]: call["input"] for call in turn.scene.log(2)}
    lines = repaired(turn)
    assert len(lines) > 150
    for line in lines:
        one = true[line["id"].removesuffix(" repaired")]
        assert line["expected"] == one["gold"] is not None
        assert one["harm"] not in ("poison", "void")
        wanted = one["clean"] if line["id"].endswith(" repaired") else sent[one["id"]]
        assert line["input"] == wanted
        assert line["parent"] == one["source"]


def test_naive_search_believes_every_answer(turn: Turn) -> None:
    for line, logged in zip(believed(turn), turn.scene.log(2), strict=True):
        assert line["expected"] == logged.get("expected", logged["output"])


def test_arms_of_each_sort_take_their_turns(seed_folder: Path) -> None:
    asked = Scene(seed_folder / LOGS).asked()
    cells: dict[str, list[Cell]] = {}
    for name in ("no-op", "naive", "oracle", "without-probes"):
        cells[name] = [play(seed_folder, name, ARMS[name], stage) for stage in (1, 2)]
    for name, found in cells.items():
        for cell in found:
            assert len(cell.deployed) == len(asked.questions), name
            assert cell == read(Cell, cell_file(seed_folder, name, cell.stage))
    assert {cell.decision for cell in cells["oracle"]} == {"deployed"}
    assert {cell.decision for cell in cells["no-op"]} == {"kept"}
    assert all(cell.candidate == cell.deployed for cell in cells["naive"])
    for cell in cells["without-probes"]:
        assert cell.triage is not None
        assert sum(one.rows for one in cell.triage.by_harm.values()) > 200
        assert cell.decision in ("promoted", "hold", "need_more_data")
    assert all(cell.triage is None for cell in cells["oracle"])


FOREIGN = """
    import argparse, json, pathlib, collections
    parser = argparse.ArgumentParser()
    parser.add_argument("verb")
    for name in ("seen", "work", "stage", "seed", "which", "inputs", "outputs"):
        parser.add_argument("--" + name)
    args = parser.parse_args()
    work = pathlib.Path(args.work)
    if args.verb == "adapt":
        seen = pathlib.Path(args.seen)
        assert sorted(p.name for p in seen.glob("log-*")) == [
            f"log-{n}.jsonl" for n in range(1, int(args.stage) + 1)
        ]
        for name in ("truth-*", "report.jsonl", "reserve.jsonl"):
            assert not list(seen.rglob(name))
        labels = json.loads((seen / "task.json").read_text())["labels"]
        (work / "state").open("a").write(labels[0] + "\\n")
        print(json.dumps({"decision": "promoted", "reason": "why not", "candidate": True}))
    else:
        said = (work / "state").read_text().splitlines()
        lines = pathlib.Path(args.inputs).read_text().splitlines()
        answer = said[0] if args.which == "deployed" else str(len(said))
        (work / "state").write_text("what was asked is forgotten")
        pathlib.Path(args.outputs).write_text("".join(
            json.dumps({"output": answer}) + "\\n" for _ in lines))
"""


def test_a_foreign_system_is_an_arm(scenario: Scenario, tmp_path: Path) -> None:
    script = tmp_path / "arm.py"
    script.write_text(textwrap.dedent(FOREIGN))
    run(scenario, [0], tmp_path / "out", [], {"theirs": f"{sys.executable} {script}"})
    place = tmp_path / "out" / "topics" / "seed-0"
    asked = read(Asked, asked_file(place))
    for stage in (1, 2):
        cell = read(Cell, cell_file(place, "theirs", stage))
        assert (cell.decision, cell.reason) == ("promoted", "why not")
        assert set(cell.deployed) == {"food"}
        assert set(cell.candidate or ()) == {str(stage)}
        assert len(cell.deployed) == len(asked.questions)


def test_a_foreign_system_that_fails_is_named(turn: Turn) -> None:
    broken = f"{sys.executable} -c \"import sys; sys.exit('no such model')\""
    with pytest.raises(BenchError, match="arm theirs: adapt ended with 1: no such model"):
        Foreign("theirs", broken)(turn)
    (turn.home / "x").mkdir()
    with pytest.raises(BenchError, match="nosuch cannot be run"):
        Foreign("other", "nosuch")(replace(turn, home=turn.home / "x"))


@pytest.mark.parametrize(
    ("told", "refused"),
    [
        ("print('nothing')", "does not end with a line of JSON"),
        ('print(\'{"decision": "promote"}\')', "there is no decision 'promote'"),
        ("print('{\"trained_rows\": null}')", "does not end with a line of JSON"),
        ("print('[1]')", "does not end with a line of JSON"),
        ("print('{}')", "0 answers for"),
    ],
)
def test_what_a_foreign_system_cannot_say(turn: Turn, told: str, refused: str) -> None:
    script = turn.home / "arm.py"
    script.write_text(told)
    with pytest.raises(BenchError, match=refused):
        Foreign("theirs", f"{sys.executable} {script}")(turn).deployed()


def test_other_options_in_the_same_folder_are_refused(scenario: Scenario, tmp_path: Path) -> None:
    few = replace(scenario, rows_per_stage=60, stages=(0.2,))
    run(few, [0], tmp_path, ["no-op"])
    with pytest.raises(ArgumentError, match="made with other options"):
        run(replace(few, clean_rows=6), [0], tmp_path, ["no-op"])
    shutil.rmtree(tmp_path / "topics" / "seed-0" / "logs")
    moved = tmp_path / "elsewhere"
    shutil.copytree(few.data, moved)
    run(replace(few, data=str(moved)), [0], tmp_path, ["clean-only"])
    other = replace(few, data=str(data_folder(tmp_path / "other", "classification", count=500)))
    shutil.rmtree(tmp_path / "topics" / "seed-0" / "logs")
    with pytest.raises(ArgumentError, match="made with other data"):
        run(other, [0], tmp_path, ["naive"])


def test_two_runs_do_not_work_in_one_folder(scenario: Scenario, tmp_path: Path) -> None:
    place = tmp_path / "topics" / "seed-0"
    place.mkdir(parents=True)
    with (place / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(LockedError, match="another run is at work"):
            run(scenario, [0], tmp_path, ["no-op"])


def test_what_was_asked_is_in_no_workspace(seed_folder: Path) -> None:
    """Arms copy the first version's workspace, with its caches."""
    play(seed_folder, "no-op", ARMS["no-op"], 1)
    scene = Scene(seed_folder / LOGS)
    held = b"".join(file.read_bytes() for file in scene.workspace.rglob("*") if file.is_file())
    asked = [text for text in scene.inputs() if len(text) > 20]
    assert not any(text.encode() in held for text in asked)


def test_a_turn_that_begins_again_takes_back_what_went_on_from_it(seed_folder: Path) -> None:
    for stage in (1, 2):
        play(seed_folder, "clean-only", ARMS["clean-only"], stage)
    with pytest.raises(RuntimeError, match="cut off"):
        play(seed_folder, "clean-only", broken, 1)
    assert not any(cell_file(seed_folder, "clean-only", stage).exists() for stage in (1, 2))


def broken(_turn: Turn) -> Made:
    raise RuntimeError("cut off")


AT_WORK = """
    import json, os, pathlib, sys
    told = dict(zip(sys.argv[2::2], sys.argv[3::2]))
    if sys.argv[1] == "adapt":
        print(json.dumps({"reason": json.dumps(sorted(os.sched_getaffinity(0)))}))
    else:
        lines = pathlib.Path(told["--inputs"]).read_text().splitlines()
        answers = [json.dumps({"output": "food"})] * len(lines)
        pathlib.Path(told["--outputs"]).write_text("\\n".join(answers))
"""


several = pytest.mark.skipif(
    not hasattr(os, "sched_getaffinity") or len(os.sched_getaffinity(0)) < 2,
    reason="there is one processor only, or threads cannot be kept on some",
)


@several
def test_arms_at_work_at_a_time_have_processors_of_their_own(
    scenario: Scenario, tmp_path: Path
) -> None:
    script = tmp_path / "arm.py"
    script.write_text(textwrap.dedent(AT_WORK))
    told = f"{sys.executable} {script}"
    few = replace(scenario, rows_per_stage=60, stages=(0.2,))
    run(few, [0], tmp_path / "out", [], {"one": told, "other": told})
    seed = tmp_path / "out" / "topics" / "seed-0"
    cells = [read(Cell, cell_file(seed, name, 1)) for name in ("one", "other")]
    one, other = (set(json.loads(cell.reason)) for cell in cells)
    every = os.sched_getaffinity(0)
    assert one | other <= every
    assert not one & other
    assert len(one) == len(other) == len(every) // 2
    run(few, [1], tmp_path / "out", [], {"one": told})
    alone = read(Cell, cell_file(seed.with_name("seed-1"), "one", 1))
    assert len(json.loads(alone.reason)) == len(every) // 2


def test_an_arm_that_fails_keeps_no_other_from_its_turns(
    scenario: Scenario, tmp_path: Path
) -> None:
    few = replace(scenario, rows_per_stage=60, stages=(0.2,))
    fails = f"{sys.executable} -c \"import sys; sys.exit('no such model')\""
    with pytest.raises(BenchError, match="no such model"):
        run(few, [0, 1], tmp_path, ["no-op"], {"fails": fails})
    for seed in (0, 1):
        place = tmp_path / "topics" / f"seed-{seed}"
        assert cell_file(place, "no-op", 1).exists()
        assert not cell_file(place, "fails", 1).exists()
    run(few, [0, 1], tmp_path, ["no-op"])  # nobody holds the folders any more


def test_a_scenario_that_fails_keeps_no_other_from_running(
    scenario: Scenario, tmp_path: Path
) -> None:
    few = replace(scenario, rows_per_stage=60, stages=(0.2,))
    fails = f"fails={sys.executable} -c \"import sys; sys.exit('no such model')\""
    with pytest.raises(BenchError, match="no such model"):
        run_all([few, replace(few, name="more")], "0", tmp_path, "no-op", [fails])
    assert cell_file(tmp_path / "more" / "seed-0", "no-op", 1).exists()


def test_code_that_changed_during_a_turn_gives_no_cell(
    seed_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    states = iter(("before", "after"))
    monkeypatch.setattr("pioneer.bench.adaptft.worker.code_hash", lambda: next(states))
    with pytest.raises(BenchError, match="the code was changed"):
        play(seed_folder, "no-op", ARMS["no-op"], 1)
    assert not cell_file(seed_folder, "no-op", 1).exists()


@several
def test_work_that_is_cut_off_ends_what_it_started() -> None:
    def work(name: str, crew: Crew) -> None:
        if name == "cut":
            time.sleep(1)
            raise RuntimeError("cut off")
        with (Path(os.devnull)).open() as held:
            crew.run([sys.executable, "-c", "import time; time.sleep(300)"], held.fileno())

    began = time.monotonic()
    with pytest.raises(RuntimeError, match="cut off"):
        side_by_side(["slow", "cut"], 2, work)
    assert time.monotonic() - began < 60


def test_what_arms_leave_is_cleared_away_when_they_are_whole(
    scenario: Scenario, tmp_path: Path
) -> None:
    few = replace(scenario, rows_per_stage=60, stages=(0.2,))
    run(few, [0], tmp_path, ["no-op"])
    left = tmp_path / "topics" / "seed-0" / "work" / "no-op" / "1"
    left.mkdir(parents=True)
    run(few, [0], tmp_path, ["no-op"])
    assert not left.exists()


def test_a_training_that_failed_gives_no_cell(
    seed_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = {"trials": [{"number": 0, "status": "failed", "error": "out of memory"}]}
    monkeypatch.setattr("pioneer.bench.adaptft.arms.loops._as_a_user", lambda *_: found)
    with pytest.raises(BenchError, match="trial 0 failed: out of memory"):
        play(seed_folder, "agent", ARMS["agent"], 1)
    assert not cell_file(seed_folder, "agent", 1).exists()


def test_cells_know_what_made_them(seed_folder: Path) -> None:
    cell = play(seed_folder, "no-op", ARMS["no-op"], 1)
    assert cell.logs == Scene(seed_folder / LOGS).asked().logs != ""
    assert cell.code == code_hash()


def test_arms_are_known_by_name() -> None:
    assert named(["agent", "agent", "no-op"], {}) == ["agent", "no-op"]
    with pytest.raises(ArgumentError, match="there is no arm 'agnet'"):
        named(["agnet"], {})
    with pytest.raises(ArgumentError, match="is the name of an arm that ships"):
        named(["agent"], {"agent": "x"})


def test_a_run_goes_on_after_a_kill(scenario: Scenario, tmp_path: Path) -> None:
    """Cut off behind the agent's first stage; what was there stays as it was. Folders may be
    relative."""
    script = (
        "import sys; from pathlib import Path; from pioneer.records import load;"
        "from pioneer.bench.adaptft.run import run; from pioneer.bench.adaptft import Scenario;"
        "import json; run(load(Scenario, json.loads(sys.argv[1])), [0], Path(sys.argv[2]),"
        "['no-op', 'agent'])"
    )
    place = tmp_path / "seed-folder" / "topics" / "seed-0"
    told = [sys.executable, "-c", script, json.dumps(dump(scenario)), "seed-folder"]
    running = subprocess.Popen(told, start_new_session=True, cwd=tmp_path)
    deadline = time.monotonic() + 240
    while not cell_file(place, "agent", 1).exists():
        assert running.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    before = cell_file(place, "agent", 1).read_bytes()
    assert subprocess.run(told, check=False, cwd=tmp_path).returncode == 0
    assert cell_file(place, "agent", 1).read_bytes() == before
    cells = [read(Cell, cell_file(place, "agent", stage)) for stage in (1, 2)]
    assert all(cell.decision in ("promoted", "hold", "need_more_data") for cell in cells)
    assert all(cell.triage is not None for cell in cells)
    assert not (place / "work" / "agent").exists()


def test_from_the_command_line(scenario: Scenario, tmp_path: Path) -> None:
    out = str(tmp_path / "out")
    small = ("--data", scenario.data, "--base", "fake", "--rows-per-stage", "60", "--stages", "20")
    asked = ("--seeds", "0,1", "--arms", "no-op,naive", "--output", out, "--json")
    found = call("bench", "adaptft", "run", *small, *asked)
    assert found.code == 0, found.err
    [(name, one)] = found.document["scenarios"].items()
    assert one["seeds"] == [0, 1]
    assert {*one["arms"]} == {"no-op", "naive"}
    assert [stage["kind"] for stage in one["arms"]["naive"]] == ["rows only"]
    before = {file: file.read_bytes() for file in (tmp_path / "out" / name).rglob("*__1.json.gz")}
    again = call("bench", "adaptft", "report", "--output", out, "--json")
    assert again.document == found.document
    assert call("bench", "adaptft", "run", *small, *asked).document == found.document
    assert before == {file: file.read_bytes() for file in before}
    for file in ("report.json", "report.html", "report.md"):
        assert (tmp_path / "out" / file).stat().st_size > 500


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--arms", "agnet"), "there is no arm 'agnet'"),
        (("--seeds", "0,x"), "is not a list of numbers"),
        (("--arm", "theirs"), "is not NAME=COMMAND"),
        (("--arm", "../x=y"), "a name has letters"),
        (("--arm", "..=y"), "a name has letters"),
        (("--arm", "naive=y"), "is the name of an arm that ships"),
        (("--arm", "x=y", "--arm", "x=z"), "is given twice"),
        (("--arm", "x='y"), "No closing quotation"),
        (("--seeds", "0,-1"), "a seed is not negative"),
        (("--kind", "poetry"), "--kind is one of"),
    ],
)
def test_what_cannot_be_run(
    scenario: Scenario, tmp_path: Path, options: tuple[str, ...], told: str
) -> None:
    out = ("--output", str(tmp_path / "out"), "--json")
    refused = call("bench", "adaptft", "run", "--data", scenario.data, *options, *out)
    assert refused.code == 1
    assert told in refused.document["error"]["message"]
    assert not (tmp_path / "out").exists()


def test_nothing_to_report(tmp_path: Path) -> None:
    refused = call("bench", "adaptft", "report", "--output", str(tmp_path), "--json")
    assert "nothing has run yet" in refused.document["error"]["message"]
