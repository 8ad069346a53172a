"""What a base may be called, and where each name leads."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pioneer.bases import PINS, located, resolve
from pioneer.bases.hub import is_hub_id
from pioneer.bases.weights import count_parameters
from pioneer.errors import BaseModelError
from tests.bases.tiny_bert import files, shards, tiny_bert


@pytest.fixture(scope="module")
def bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_bert(tmp_path_factory.mktemp("bert"), ["rain", "song"])


def copy(bert: Path, folder: Path, **changes: bytes | None) -> Path:
    """The base in another folder; None leaves a file out."""
    folder.mkdir(parents=True)
    for name, content in (files(bert) | changes).items():
        if content is not None:
            (folder / name).write_bytes(content)
    return folder


def refusal(name: str | Path, cache: Path) -> BaseModelError:
    with pytest.raises(BaseModelError) as refused:
        resolve(str(name), cache)
    assert refused.value.hint
    return refused.value


@pytest.mark.parametrize(
    ("name", "guess"),
    [
        ("minilmm", "did you mean minilm?"),
        ("MiniLM", "did you mean minilm?"),
        ("smollm2", "did you mean smollm2-135m?"),
        ("", "known: minilm"),
        ("bert", "known: minilm"),
        ("../up", "known: minilm"),
        ("./nowhere", "known: minilm"),
        ("~/nowhere", "known: minilm"),
        ("/nowhere/base", "known: minilm"),
        ("a/b/c", "known: minilm"),
        ("org/", "known: minilm"),
        ("x" * 5000, "known: minilm"),
    ],
)
def test_unknown_names_get_a_suggestion(name: str, guess: str, tmp_path: Path) -> None:
    refused = refusal(name, tmp_path)
    assert refused.message == f"unknown base {name!r}"
    assert guess in str(refused.hint)
    assert "org/name of the hub" in str(refused.hint)


@given(st.text(max_size=40))
def test_a_name_is_one_thing_or_refused(name: str) -> None:
    if is_hub_id(name):
        assert name.partition("@")[0].count("/") == 1
        assert not name.startswith((".", "~", "/"))
    assert name not in PINS or not is_hub_id(name)


def test_a_folder_is_a_base(bert: Path, tmp_path: Path) -> None:
    base = resolve(str(bert), tmp_path)
    assert (base.path, base.hidden) == (bert, 48)
    assert base.params == count_parameters(bert / "model.safetensors") > 40_000
    assert resolve(str(bert), tmp_path) == base


def test_a_folder_is_found_from_anywhere(
    bert: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(bert.parent)
    assert located(bert.name) == str(bert)
    assert [located(name) for name in ("minilm", "org/name")] == ["minilm", "org/name"]
    assert resolve(f"./{bert.name}", tmp_path).hidden == 48
    copy(bert, tmp_path / "org" / "name")
    monkeypatch.chdir(tmp_path)
    assert resolve("org/name", tmp_path).path == Path("org/name")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert resolve("~/org/name", tmp_path).path == tmp_path / "org" / "name"


def test_other_weights_are_another_base(bert: Path, tmp_path: Path) -> None:
    other = tiny_bert(tmp_path / "other", ["rain", "song"], seed=1)
    assert resolve(str(other), tmp_path).sha256 != resolve(str(bert), tmp_path).sha256


def test_weights_in_several_files_are_one_base(bert: Path, tmp_path: Path) -> None:
    folder = tmp_path / "sharded"
    folder.mkdir()
    for name, content in shards(files(bert)).items():
        (folder / name).write_bytes(content)
    base = resolve(str(folder), tmp_path)
    assert base.params == resolve(str(bert), tmp_path).params
    (folder / "model-b.safetensors").unlink()
    assert "lacks model-b.safetensors" in refusal(folder, tmp_path).message
    (folder / "model.safetensors.index.json").write_text("[]")
    assert "names no files of weights" in refusal(folder, tmp_path).message


def test_what_lacks_is_named(bert: Path, tmp_path: Path) -> None:
    for file, said in (
        ("model.safetensors", "no *.safetensors"),
        ("tokenizer.json", "no tokenizer.json"),
        ("config.json", "config.json: says no hidden_size"),
    ):
        folder = copy(bert, tmp_path / f"without-{file}", **{file: None})
        assert said in str(refusal(folder, tmp_path))
    for at, content in enumerate((b"", b"{", b"[]", b'{"hidden_size": "wide"}')):
        folder = copy(bert, tmp_path / f"config-{at}", **{"config.json": content})
        assert "says no hidden_size" in refusal(folder, tmp_path).message


def test_a_pickle_is_never_loaded(bert: Path, tmp_path: Path) -> None:
    changes: dict[str, bytes | None] = {"model.safetensors": None, "pytorch_model.bin": b"\x80\x04"}
    refused = refusal(copy(bert, tmp_path / "pickled", **changes), tmp_path)
    assert "no *.safetensors" in refused.message
    assert "convert" in str(refused.hint)


def _broken(weights: bytes) -> list[bytes]:
    header = json.dumps({"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}).encode()
    long = struct.pack("<Q", 2**60)
    heads = [b"", b"\xff" * 64, long + b"{}", struct.pack("<Q", 2) + b"[]"]
    odd = [struct.pack("<Q", 13) + b'{"a": {"b":1}}', struct.pack("<Q", len(header)) + header]
    return [*heads, *odd, weights[:-1], weights[:100]]


def test_weights_that_are_cut_off_are_found_before_they_are_loaded(
    bert: Path, tmp_path: Path
) -> None:
    for at, content in enumerate(_broken((bert / "model.safetensors").read_bytes())):
        folder = copy(bert, tmp_path / str(at), **{"model.safetensors": content})
        assert refusal(folder, tmp_path).message == "no whole safetensors file"
