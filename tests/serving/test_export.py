"""`pioneer models export` on a version that was trained on the real base."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pioneer import api
from pioneer.data.rows import Manifest
from pioneer.errors import ArgumentError, ExportError, StoreError
from pioneer.execution.inline import inline_executor
from pioneer.families import family
from pioneer.families.base import Model, Workbench
from pioneer.families.classification.family import Classification
from pioneer.journal import runs
from pioneer.records import Kind, load
from pioneer.registry import versions
from pioneer.registry.card import Serving, VersionCard
from pioneer.serving.export import AGREEMENT
from pioneer.store.schema import rows as row_table
from pioneer.store.workspace import open_workspace
from tests.execution.offices import ignore, office
from tests.families.learners.lessons import TASK, corpus_rows, learn, rows

pytestmark = pytest.mark.slow
FORMS = ("safetensors", "onnx")
TEXTS = [row.input for row in corpus_rows()[::60]]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace that serves `router`, a probe of 24 rows."""
    place = office(tmp_path_factory.mktemp("export") / "w")
    job = place.job("probe.v1")
    (result,) = inline_executor([job], ignore)
    card = VersionCard(
        task=TASK,
        recipe=job.recipe,
        recipe_hash="r",
        data_hash="d",
        manifest=place.train,
        test=place.score,
        base_sha256="b",
        serving=Serving(temperature=0.7),
        scores={},
        decision="promoted",
        reason="the first",
    )
    with open_workspace(place.workspace, write=True) as opened:
        run = runs.start(opened.engine, "cold-start", {})
        with opened.engine.begin() as connection:
            made = versions.register(connection, "router", run.id, str(result.checkpoint), card)
            versions.promote(connection, made, "first", "the first")
    return place.workspace


@pytest.fixture
def workspace(trained: Path, tmp_path: Path) -> Path:
    """A copy of one's own."""
    return Path(shutil.copytree(trained, tmp_path / "w"))


def command(workspace: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pioneer.cli.main", *arguments, "--workspace", str(workspace)],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONWARNINGS": "default"},
    )


@pytest.mark.parametrize("form", FORMS)
def test_the_command_writes_a_folder_that_answers_as_the_version_does(
    form: str, trained: Path, tmp_path: Path
) -> None:
    output = tmp_path / "out" / "router"
    ended = command(
        trained, "models", "export", "router", "--output", str(output), "--format", form, "--json"
    )
    assert ended.returncode == 0, ended.stderr
    told = json.loads(ended.stdout)
    assert told == {
        "model": "router@1",
        "format": form,
        "agreement": told["agreement"],
        "rows": 24,
        "path": str(output),
    }
    assert told["agreement"] >= AGREEMENT
    assert "warn" not in ended.stderr.lower()
    assert "onnx" not in ended.stderr.lower()
    assert [each.name for each in output.parent.iterdir()] == ["router"]
    card = json.loads((output / "pioneer.json").read_text())
    assert card["card"]["serving"]["temperature"] == 0.7
    assert str(tmp_path) not in (output / "pioneer.json").read_text()
    model = family(Kind.CLASSIFICATION).load(output, Workbench(None, 1))
    served = api.load("router", workspace=trained)(TEXTS)
    assert [one.output for one in model.predict(TEXTS)] == [one.output for one in served]


def test_a_folder_that_is_there_is_left_alone(trained: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "note.txt").write_text("mine")
    ended = command(trained, "models", "export", "router", "--output", str(tmp_path / "mine"))
    assert ended.returncode == 1
    assert "exists already (name a folder that does not)" in ended.stderr.splitlines()[-1]
    assert (tmp_path / "mine" / "note.txt").read_text() == "mine"


def test_folders_beside_the_output_are_left_alone(trained: Path, tmp_path: Path) -> None:
    for name in ("router.partial", ".router.partial"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "note.txt").write_text("mine")
    api.export_model("router", tmp_path / "router", trained, form="safetensors")
    kept = sorted(each.name for each in tmp_path.iterdir())
    assert kept == [".router.partial", "router", "router.partial"]
    assert all((tmp_path / name / "note.txt").exists() for name in kept if name != "router")


def test_an_export_that_answers_otherwise_is_refused_and_leaves_nothing(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A faulty exporter: it writes a model that was taught something else."""
    wrong = [replace(row, target=TASK.labels[0]) for row in rows(2)]
    other = learn("full.v1", wrong, epochs=1)
    faultless = Classification.export

    def faulty(self: Classification, model: Model, folder: Path, form: str) -> None:
        faultless(self, other, folder, form)

    monkeypatch.setattr(Classification, "export", faulty)
    with pytest.raises(ExportError, match=r"router@1 agrees .* only 1\d\.\d% of 24 rows; 99%"):
        api.export_model("router", tmp_path / "e", trained, form="safetensors")
    assert list(tmp_path.iterdir()) == []


def test_an_exporter_that_breaks_half_way_leaves_nothing(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaking(_self: Classification, model: Model, folder: Path, _form: str) -> None:
        model.save(folder)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Classification, "export", breaking)
    with pytest.raises(StoreError, match="space"):
        api.export_model("router", tmp_path / "e", trained, form="safetensors")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("form", ["gguf", "", "ONNX"])
def test_an_unknown_form_is_refused_and_leaves_nothing(
    form: str, trained: Path, tmp_path: Path
) -> None:
    with pytest.raises(ArgumentError, match="known: safetensors, onnx"):
        api.export_model("router", tmp_path / "e", trained, form=form)
    assert list(tmp_path.iterdir()) == []


def manifest(workspace: Path) -> Manifest:
    with open_workspace(workspace, write=False) as opened, opened.engine.connect() as connection:
        card = versions.find(connection, "router").card
        return load(Manifest, opened.artifacts.get_json(card.manifest))


def forget(workspace: Path, count: int) -> None:
    """Take rows out of the row store."""
    keys = [entry.key for entry in manifest(workspace).entries[:count]]
    with open_workspace(workspace, write=True) as opened, opened.engine.begin() as connection:
        connection.execute(row_table.delete().where(row_table.c.key.in_(keys)))


def test_rows_that_were_forgotten_are_not_missed(workspace: Path, tmp_path: Path) -> None:
    forget(workspace, 20)
    told: dict[str, Any] = api.export_model("router", tmp_path / "e", workspace, form="safetensors")
    assert (told["rows"], told["agreement"]) == (4, 1.0)


def test_without_a_row_to_compare_on_nothing_is_exported(workspace: Path, tmp_path: Path) -> None:
    forget(workspace, 24)
    with pytest.raises(ExportError, match="no row is left on which to compare"):
        api.export_model("router", tmp_path / "e", workspace, form="safetensors")
    assert not (tmp_path / "e").exists()


def test_the_check_tokenises_with_what_was_exported(
    workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A tokenizer that lacks or differs must show, whatever the workspace's caches know."""
    faultless = Classification.export

    def careless(self: Classification, model: Model, folder: Path, form: str) -> None:
        faultless(self, model, folder, form)
        (folder / "encoder" / "tokenizer.json").unlink()

    api.load("router", workspace=workspace)([row.input for row in rows(4)])
    monkeypatch.setattr(Classification, "export", careless)
    with pytest.raises(Exception, match="cannot read the tokenizer"):
        api.export_model("router", tmp_path / "e", workspace, form="safetensors")
    assert not (tmp_path / "e").exists()
