"""Bases of the hub, over real HTTP from a local server that speaks as the hub does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pioneer.errors import BaseModelError
from tests.bases.tiny_bert import files, shards, tiny_bert
from tests.data.fake_hub import TOKEN, FakeHub
from tests.data.hub_client import Client

CODE = b"raise SystemExit('run')"


@pytest.fixture(scope="module")
def hub() -> Iterator[FakeHub]:
    with FakeHub() as running:
        yield running


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bases") / "home"


@pytest.fixture(scope="module")
def client(hub: FakeHub, home: Path) -> Iterator[Client]:
    with Client(hub.url, home) as running:
        yield running


@pytest.fixture(scope="module")
def bert(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return files(tiny_bert(tmp_path_factory.mktemp("bert"), ["rain", "song"]))


@pytest.fixture(autouse=True)
def fresh(hub: FakeHub) -> None:
    hub.forget()


def refusal(client: Client, name: str) -> BaseModelError:
    with pytest.raises(BaseModelError) as refused:
        client.ask("base", name=name)
    assert "\n" not in str(refused.value)
    assert refused.value.hint
    return refused.value


def fetched(hub: FakeHub) -> set[str]:
    """The files of which the content was asked for."""
    return {
        asked.path.rpartition("/resolve/")[2].partition("/")[2]
        for asked in hub.asked
        if asked.method == "GET" and "/resolve/" in asked.path
    }


def test_only_weights_without_code_are_fetched(
    hub: FakeHub, client: Client, bert: dict[str, bytes]
) -> None:
    more = ("pytorch_model.bin", "tf_model.h5", "modeling.py", "rust_model.ot", "training.pkl")
    nested = {"onnx/config.json": b"{}", "fp16/model.safetensors": b"other"}
    rest = {"README.md": b"# Base", "consolidated.00.safetensors": b"the same again"}
    hub.model("acme/base", bert | dict.fromkeys(more, CODE) | nested | rest)
    base = client.ask("base", name="acme/base")
    assert (base["name"], base["hidden"]) == ("acme/base", 48)
    assert fetched(hub) == {"config.json", "tokenizer.json", "model.safetensors"}
    assert {path.name for path in Path(base["path"]).iterdir()} == fetched(hub)


def test_what_was_fetched_needs_no_hub(
    hub: FakeHub, client: Client, home: Path, bert: dict[str, bytes]
) -> None:
    hub.model("acme/kept", bert)
    first = client.ask("base", name="acme/kept")
    hub.forget()
    with hub.trouble(away=True):
        assert client.ask("base", name="acme/kept") == first
    with Client(hub.url, home, HF_HUB_OFFLINE="1") as offline:
        assert offline.ask("base", name="acme/kept") == first
        assert "is not cached" in refusal(offline, "acme/unseen").message
    assert not hub.asked


def test_a_revision_stays_while_the_hub_moves_on(
    hub: FakeHub, client: Client, bert: dict[str, bytes], tmp_path: Path
) -> None:
    repo = hub.model("acme/moving", bert)
    old = client.ask("base", name="acme/moving")
    new = repo.commit(files(tiny_bert(tmp_path / "new", ["rain"], seed=1)), ref="v2")
    assert client.ask("base", name="acme/moving") == old
    for revision in ("v2", new):
        found = client.ask("base", name=f"acme/moving@{revision}")
        assert found["sha256"] != old["sha256"]
        assert found["name"] == f"acme/moving@{revision}"
    assert "no such revision" in refusal(client, "acme/moving@v3").message


def test_weights_in_several_files_are_all_fetched(
    hub: FakeHub, client: Client, bert: dict[str, bytes]
) -> None:
    hub.model("acme/large", shards(bert))
    base = client.ask("base", name="acme/large")
    assert {"model-a.safetensors", "model-b.safetensors"} < fetched(hub)
    assert base["params"] > 40_000


def test_pickles_alone_are_refused(hub: FakeHub, client: Client, bert: dict[str, bytes]) -> None:
    rest = {name: content for name, content in bert.items() if name != "model.safetensors"}
    hub.model("acme/pickled", rest | {"pytorch_model.bin": CODE})
    refused = refusal(client, "acme/pickled")
    assert refused.message == "'acme/pickled' of the hub holds no *.safetensors"
    assert "pytorch_model.bin" not in fetched(hub)


def test_a_download_that_broke_off_is_no_base(
    hub: FakeHub, home: Path, client: Client, bert: dict[str, bytes]
) -> None:
    hub.model("acme/halves", shards(bert))
    client.ask("base", name="acme/halves")
    (lost,) = (home / "hub" / "models--acme--halves").glob("snapshots/*/model-b.safetensors")
    lost.unlink()
    hub.forget()
    with Client(hub.url, home, HF_HUB_OFFLINE="1") as offline:
        assert "acme/halves" in str(refusal(offline, "acme/halves"))
    assert client.ask("base", name="acme/halves")["params"] > 40_000
    assert lost.exists()


def test_gates_unknown_and_private_ones_are_told_apart(
    hub: FakeHub, client: Client, home: Path, bert: dict[str, bytes]
) -> None:
    hub.model("acme/gated", bert, gated=True)
    hub.model("acme/private", bert, private=True)
    refused = refusal(client, "acme/gated")
    assert refused.message == "the hub gates 'acme/gated'"
    assert "accept its terms" in str(refused.hint)
    for name in ("acme/nothing", "acme/private"):
        assert refusal(client, name).message == f"the hub knows no model '{name}'"
    assert "is no hub id" in refusal(client, "acme/a--b").message
    with Client(hub.url, home, HF_TOKEN=TOKEN) as friend:
        assert friend.ask("base", name="acme/gated")["hidden"] == 48


@pytest.mark.parametrize("how", ["away", "broken", "silent"])
def test_a_hub_that_is_away_says_so(
    hub: FakeHub, client: Client, bert: dict[str, bytes], how: str
) -> None:
    hub.model("acme/far", bert)
    client.ask("patience", seconds=0.3)
    trouble: Any = True if how == "away" else lambda _asked: True
    with hub.trouble(**{how: trouble}):
        refused = refusal(client, "acme/far")
    client.ask("patience", seconds=5.0)
    assert refused.message == "'acme/far' is not cached and the hub can't be reached"
    assert "local folder" in str(refused.hint)
