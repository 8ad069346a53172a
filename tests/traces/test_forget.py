"""A forgotten trace is gone from wherever something was made of it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pioneer.data.rows import Manifest, manifest_of, put, row_key
from pioneer.data.rows import get as get_rows
from pioneer.encoding.memory import Memory
from pioneer.errors import RegistryError
from pioneer.journal import runs
from pioneer.records import Example, load
from pioneer.registry import versions
from pioneer.registry.marks import marks
from pioneer.store.workspace import Workspace, open_workspace
from pioneer.traces import reading, store
from pioneer.upkeep.forget import forget
from tests.loop.helpers import fake_request, folder, run
from tests.traces.helpers import imported, jsonl, row

SECRET = "my secret parcel of <gold> & \u00e9clairs"


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("trained")
    run(place / "w", fake_request(folder(place / "data", "classification"), "classification"))
    return place / "w"


@pytest.fixture
def workspace(trained: Path, tmp_path: Path) -> Iterator[Workspace]:
    """A workspace in which m@2 learned from the trace t0 (and a twin of it), and m@1 did not."""
    shutil.copytree(trained, tmp_path / "w")
    secret = [row(0, input=SECRET, expected="food", verdict="fail", judge="human", reason=SECRET)]
    with open_workspace(tmp_path / "w", write=True) as opened:
        with opened.engine.begin() as connection:
            imported(connection, jsonl(tmp_path / "log", [*secret, row(1), row(2)]), name="m")
        _learn(opened)
        for name in ("tokens-x-256.db", "vectors-x-256.db"):
            Memory(opened.cache / name).remember({SECRET: b"1", SECRET + "!": b"2", "other": b"3"})
        (tmp_path / "log").unlink()
        yield opened


def _learn(opened: Workspace) -> None:
    own = Example("r0", SECRET, "food", provenance=store.provenance("t0"))
    twin = Example("r1", SECRET + "!", "food", provenance=store.provenance("t0", "twin"))
    shared = Example("r2", "a text of two traces", "food", provenance=store.provenance("t1"))
    given = Example("r3", "a text of the user", "food", provenance="all.jsonl:1")
    made = [own, twin, shared, given]
    with opened.engine.begin() as connection:
        first = versions.find(connection, "m@1")
        put(connection, made)
        keys = {one.id: row_key(one) for one in made}
        store.derive(connection, "m", {"t0": keys.values(), "t1": [keys["r2"]]})
    started = runs.start(opened.engine, "improve", {})
    manifest = opened.artifacts.put_json(manifest_of(made))
    with opened.engine.begin() as connection:
        card = replace(first.card, manifest=manifest)
        versions.register(connection, "m", started.id, first.checkpoint or "", card)


def holding(root: Path, text: str) -> list[str]:
    return [
        str(file.relative_to(root))
        for file in sorted(root.rglob("*"))
        if file.is_file() and text.encode() in file.read_bytes()
    ]


def test_nothing_of_it_is_left(workspace: Workspace) -> None:
    assert holding(workspace.root, SECRET)
    done = forget(workspace, "t0", None)
    assert done == {
        "model": "m", "id": "t0", "rows": 2, "rows_kept": 2, "marked": ["m@2"],
        "same_text": 0, "quoted_in": [],
    }  # fmt: skip
    assert holding(workspace.root, SECRET) == []
    for name in ("tokens-x-256.db", "vectors-x-256.db"):
        known = Memory(workspace.cache / name).recall([SECRET, SECRET + "!", "other"])
        assert known == {"other": b"3"}
    with workspace.engine.connect() as connection:
        assert [one.id for one in reading.stream(connection, "m")] == ["t1", "t2"]


def test_rows_that_also_came_from_elsewhere_stay(workspace: Workspace) -> None:
    with workspace.engine.connect() as connection:
        second = versions.find(connection, "m@2")
    entries = load(Manifest, workspace.artifacts.get_json(second.card.manifest)).entries
    keys = {entry.id: entry.key for entry in entries}
    forget(workspace, "t0", "m")
    with workspace.engine.begin() as connection:
        left = get_rows(connection, keys.values())
        assert {name for name, key in keys.items() if key in left} == {"r2", "r3"}
        first = versions.find(connection, "m@1")
        manifest = load(Manifest, workspace.artifacts.get_json(first.card.manifest))
        assert len(get_rows(connection, [entry.key for entry in manifest.entries])) > 50
    forget(workspace, "t1", None)
    with workspace.engine.begin() as connection:
        assert {name for name, key in keys.items() if key in get_rows(connection, [key])} == {"r3"}


def test_versions_that_learned_from_it_are_marked(workspace: Workspace) -> None:
    forget(workspace, "t0", None)
    forget(workspace, "t2", None)
    with workspace.engine.connect() as connection:
        (mark,) = marks(connection, "m")
        assert (mark.name, mark.version, mark.mark) == ("m", 2, "retrain")
        assert SECRET not in mark.reason
        assert marks(connection, "m", 1) == []
        assert marks(connection, "m", 2) == [mark]


@pytest.mark.parametrize(
    ("strategy", "hyper", "marked"),
    [
        ("keeping.v1", {}, ["m@2", "m@3"]),
        ("keeping.v1", {"voice": 0.0}, ["m@2"]),
        ("full.v1", {}, ["m@2"]),
    ],
)
def test_so_are_versions_that_go_on_with_their_weights(
    workspace: Workspace, strategy: str, hyper: dict[str, float], marked: list[str]
) -> None:
    """m@3 learned from what m@1 did, beside the weights of m@2."""
    started = runs.start(workspace.engine, "improve", {})
    with workspace.engine.begin() as connection:
        first = versions.find(connection, "m@1")
        recipe = replace(first.card.recipe, base="minilm", strategy=strategy, hyper=hyper)
        card = replace(first.card, recipe=recipe, parent=2)
        versions.register(connection, "m", started.id, first.checkpoint or "", card)
    assert forget(workspace, "t0", None)["marked"] == marked


def test_it_does_not_come_back_with_the_log(workspace: Workspace, tmp_path: Path) -> None:
    forget(workspace, "t0", None)
    with workspace.engine.begin() as connection:
        log = jsonl(tmp_path / "log.jsonl", [row(0, input=SECRET), row(1), row(3)])
        (counts,) = imported(connection, log, name="m")
        assert (counts.forgotten, counts.known, counts.new) == (1, 1, 1)
    assert holding(workspace.root, SECRET) == []
    with pytest.raises(RegistryError, match="there is no trace 't0'"):
        forget(workspace, "t0", None)


def test_reports_that_quote_it_are_named(workspace: Workspace, tmp_path: Path) -> None:
    place = workspace.run_folder("r")
    place.mkdir(parents=True)
    (place / "report.html").write_text(
        "<td>my secret parcel of &lt;gold&gt; &amp; \u00e9clairs</td>"
    )
    (place / "report.json").write_text(json.dumps({"text": SECRET}))
    (place / "other.md").write_text("nothing")
    done = forget(workspace, "t0", None)
    assert [Path(one).name for one in done["quoted_in"]] == ["report.html", "report.json"]


def test_other_traces_with_the_same_text_are_counted(workspace: Workspace, tmp_path: Path) -> None:
    with workspace.engine.begin() as connection:
        log = jsonl(tmp_path / "l", [row(8, input=SECRET), row(9, input=SECRET)])
        imported(connection, log, name="m")
    assert forget(workspace, "t0", None)["same_text"] == 2
