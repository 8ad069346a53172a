"""Data sets of the hub, over real HTTP from a local server that speaks as the hub does."""

from __future__ import annotations

import gzip
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pioneer.data.hubid import HubId, online, parse_id
from pioneer.errors import SourceError
from tests.data.fake_hub import TOKEN, FakeHub, csv, jsonl, parquet, readme
from tests.data.hub_client import Client

LABELS = ("ham", "spam")
ROWS = [{"text": f"letter {n}", "label": n % 2} for n in range(6)]
NAMED = [{"text": row["text"], "label": LABELS[int(str(row["label"]))]} for row in ROWS]


@pytest.fixture(scope="module")
def hub() -> Iterator[FakeHub]:
    with FakeHub() as running:
        yield running


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hub") / "home"


@pytest.fixture(scope="module")
def client(hub: FakeHub, home: Path) -> Iterator[Client]:
    with Client(hub.url, home) as running:
        yield running


@pytest.fixture(autouse=True)
def fresh(hub: FakeHub) -> None:
    hub.forget()


def tables(**parts: list[dict[str, Any]]) -> dict[str, bytes]:
    return {f"data/{part}-00000-of-00001.parquet": parquet(parts[part], LABELS) for part in parts}


def refusal(client: Client, name: str) -> SourceError:
    with pytest.raises(SourceError) as refused:
        client.ask("load", name=name)
    assert "\n" not in str(refused.value)
    assert refused.value.hint
    return refused.value


def test_numbers_come_as_the_names_of_the_labels(hub: FakeHub, client: Client) -> None:
    repo = hub.dataset("acme/mail", tables(train=ROWS, test=ROWS[:2], validation=ROWS[2:4]))
    found = client.ask("load", name="hub:acme/mail")
    assert found["parts"] == {"train": NAMED, "validation": NAMED[2:4], "test": NAMED[:2]}
    assert found["source"] == f"hub:acme/mail@{repo.refs['main']}:default"
    assert f"hub:acme/mail@{repo.refs['main'][:12]}/train" in found["files"]


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("rows.csv", csv(NAMED)),
        ("rows.jsonl", jsonl(NAMED)),
        ("deep/down/rows.jsonl.gz", gzip.compress(jsonl(NAMED), mtime=0)),
        ("rows.json", jsonl(NAMED)),
    ],
)
def test_text_tables_are_read(hub: FakeHub, client: Client, file: str, content: bytes) -> None:
    name = "acme/" + file.replace("/", "-")
    hub.dataset(name, {file: content})
    assert client.ask("load", name=name)["parts"] == {"train": NAMED}


def test_a_revision_is_a_tag_a_branch_or_a_commit(hub: FakeHub, client: Client) -> None:
    repo = hub.dataset("acme/moving", tables(train=ROWS[:2]))
    first = repo.commit(tables(train=ROWS[:2]), ref="v1/old")
    repo.commit(tables(train=ROWS))
    assert client.ask("load", name="acme/moving")["parts"]["train"] == NAMED
    for revision in ("v1/old", first):
        found = client.ask("load", name=f"hub:acme/moving@{revision}")
        assert found["parts"]["train"] == NAMED[:2]
        assert found["source"] == f"hub:acme/moving@{first}:default"
    assert "no such revision" in refusal(client, "acme/moving@v2").message


def configured(hub: FakeHub, name: str, **claimed: int) -> None:
    configs = [{"config_name": each, "data_files": f"{each}.jsonl"} for each in ("short", "long")]
    files = {"short.jsonl": jsonl(NAMED[:2]), "long.jsonl": jsonl(NAMED)}
    told = {f"{each}.jsonl": size for each, size in claimed.items()}
    hub.dataset(name, files | {"README.md": readme(configs=configs)}, claimed=told)


def test_a_choice_of_configurations_is_left_to_the_user(hub: FakeHub, client: Client) -> None:
    configured(hub, "acme/sizes")
    refused = refusal(client, "hub:acme/sizes")
    assert refused.message.endswith("has several configurations: short, long")
    assert refused.hint == "choose with hub:acme/sizes:NAME"
    assert "short, long" in refusal(client, "hub:acme/sizes:tiny").message
    for name, rows in (("short", NAMED[:2]), ("long", NAMED)):
        assert client.ask("load", name=f"hub:acme/sizes:{name}")["parts"]["train"] == rows


def test_hidden_answers_of_a_test_are_no_labels(hub: FakeHub, client: Client) -> None:
    blank = [{"text": "what?", "label": -1}, {"text": "who?", "label": -1}]
    hub.dataset("acme/contest", tables(train=ROWS, test=blank))
    plain = {"train.jsonl": jsonl(ROWS), "test.jsonl": jsonl(blank)}
    hub.dataset("acme/plain-contest", plain)
    for name in ("acme/contest", "acme/plain-contest"):
        found = client.ask("load", name=name)
        assert (set(found["parts"]), found["ignored"]) == ({"train"}, ["test"])


def test_splits_of_other_names_are_named_and_left(hub: FakeHub, client: Client) -> None:
    files = {f"{name}.jsonl": NAMED for name in ("train", "dev", "extra", "more")}
    told = [{"split": name.partition(".")[0], "path": name} for name in files]
    head = readme(configs=[{"config_name": "default", "data_files": told}])
    written = {name: jsonl(rows) for name, rows in files.items()}
    hub.dataset("acme/many", written | {"README.md": head})
    found = client.ask("load", name="acme/many")
    assert set(found["parts"]) == {"train", "validation"}
    assert found["ignored"] == ["extra", "more"]
    odd = readme(configs=[{"config_name": "default", "data_files": told[2:]}])
    hub.dataset("acme/odd", written | {"README.md": odd})
    assert "splits: extra, more" in refusal(client, "acme/odd").message


@pytest.mark.parametrize("split", ["test", "everything"])
def test_one_split_alone_is_not_split_yet(hub: FakeHub, client: Client, split: str) -> None:
    files = [{"split": split, "path": "rows.jsonl"}]
    head = readme(configs=[{"config_name": "default", "data_files": files}])
    hub.dataset(f"acme/only-{split}", {"rows.jsonl": jsonl(NAMED), "README.md": head})
    assert client.ask("load", name=f"acme/only-{split}")["parts"] == {"all": NAMED}


def test_pictures_are_left_out(hub: FakeHub, client: Client) -> None:
    import datasets

    rows = [row | {"seen": {"bytes": b"PNG", "path": None}} for row in NAMED]
    hub.dataset("acme/pictures", {"train.parquet": parquet(rows, seen=datasets.Image())})
    assert client.ask("load", name="acme/pictures")["parts"]["train"] == NAMED


def test_what_holds_no_tables_is_refused(hub: FakeHub, client: Client) -> None:
    hub.dataset("acme/notes", {"README.md": b"# Notes", "notes.txt": b"a\nb\n"})
    assert "holds no Parquet, CSV or JSON" in refusal(client, "acme/notes").message
    files = {f"{n}.txt": b"a\n" for n in range(3)} | {"facts.json": b"{}"}
    head = readme(configs=[{"config_name": "default", "data_files": "*.txt"}])
    hub.dataset("acme/texts", files | {"README.md": head})
    assert "is a text data set" in refusal(client, "acme/texts").message
    assert not [asked for asked in hub.asked if asked.path.endswith(".txt")]


def test_what_is_too_large_is_not_fetched(hub: FakeHub, client: Client) -> None:
    hub.dataset("acme/huge", {"train.jsonl": jsonl(NAMED)}, claimed={"train.jsonl": 7 * 10**9})
    assert "too large: 7.0 GB, at most 1 GB" in refusal(client, "acme/huge").message
    assert not [asked for asked in hub.asked if asked.path.endswith("train.jsonl")]
    configured(hub, "acme/half-huge", long=7 * 10**9)
    assert client.ask("load", name="acme/half-huge:short")["parts"]["train"] == NAMED[:2]
    assert "too large" in refusal(client, "acme/half-huge:long").message


def test_code_is_never_run(hub: FakeHub, client: Client, tmp_path: Path) -> None:
    trap = f"open({str(tmp_path / 'trap')!r}, 'w')\n".encode()
    repo = hub.dataset("acme/scripted", {"scripted.py": trap, "train.jsonl": jsonl(NAMED)})
    refused = refusal(client, "acme/scripted")
    assert "none is ever run" in refused.message
    assert "hub:acme/scripted@refs/convert/parquet" in str(refused)
    repo.commit({"default/train/0000.parquet": parquet(ROWS, LABELS)}, "refs/convert/parquet")
    converted = client.ask("load", name="hub:acme/scripted@refs/convert/parquet")
    assert converted["parts"] == {"train": NAMED}
    repo.commit({f"{name}/train/0000.parquet": b"" for name in "ab"}, "refs/convert/parquet")
    mixed = refusal(client, "hub:acme/scripted@refs/convert/parquet")
    assert mixed.message.endswith("mixes several configurations: a, b")
    hub.dataset("acme/mixed", {"tools.py": trap, "conftest.py": trap, "train.csv": csv(NAMED)})
    assert client.ask("load", name="acme/mixed")["parts"] == {"train": NAMED}
    assert not [one for one in hub.asked if one.path.endswith(".py") and one.method == "GET"]
    assert not (tmp_path / "trap").exists()


def test_a_gate_is_named_with_the_way_in(hub: FakeHub, client: Client, home: Path) -> None:
    hub.dataset("acme/secret", tables(train=ROWS), gated=True)
    refused = refusal(client, "acme/secret")
    assert refused.message == "the hub gates 'acme/secret'"
    assert "accept its terms" in str(refused.hint)
    with Client(hub.url, home, HF_TOKEN=TOKEN) as friend:
        assert friend.ask("load", name="acme/secret")["parts"]["train"] == NAMED


def test_what_is_not_there_or_private_is_unknown(hub: FakeHub, client: Client) -> None:
    hub.dataset("acme/private", tables(train=ROWS), private=True)
    for name in ("acme/nothing", "nothing", "acme/private"):
        refused = refusal(client, name)
        assert refused.message == f"the hub knows no data set '{name}'"
        assert "check the id" in str(refused.hint)


def test_a_set_that_moved_is_found_under_its_new_name(hub: FakeHub, client: Client) -> None:
    repo = hub.dataset("acme/letters", tables(train=ROWS))
    hub.moved["oldmail"] = "acme/letters"
    found = client.ask("load", name="hub:oldmail")
    assert found["source"] == f"hub:acme/letters@{repo.refs['main']}:default"


@pytest.mark.parametrize(
    "files",
    [
        {"train.parquet": b"PAR1 no more"},
        {"train.jsonl": b'{"text": "a"}\n{"text": \n'},
        {"train.jsonl": b'{"a": 1}\n', "test.jsonl": b'{"b": 1}\n'},
        {"train.csv": b"\xff\xfe\x00text,label\n"},
        {"train.csv": csv(NAMED), "README.md": b"---\na: [b: {\n---\n"},
        {"train.csv": csv(NAMED), "README.md": readme(configs="short")},
        {"train.csv": csv(NAMED), "README.md": readme(configs=[{"config_name": 3}])},
        {"train.csv": csv(NAMED), "dataset_infos.json": b"["},
        {"train.csv": b""},
        {"train.csv": b"text,label\n"},
    ],
)
def test_what_is_broken_is_refused_in_a_line(
    hub: FakeHub, client: Client, files: dict[str, bytes]
) -> None:
    name = f"acme/broken-{len(hub.repos)}"
    hub.dataset(name, files)
    assert name in refusal(client, name).message


def test_sizes_on_an_old_card_do_not_matter(hub: FakeHub, client: Client) -> None:
    told = {"splits": [{"name": "train", "num_examples": 99, "num_bytes": 5}]}
    hub.dataset("acme/old", {"train.csv": csv(NAMED), "README.md": readme(dataset_info=told)})
    assert client.ask("load", name="acme/old")["parts"]["train"] == NAMED


def test_a_hub_that_is_away_says_so_at_once(hub: FakeHub, client: Client) -> None:
    hub.dataset("acme/far", tables(train=ROWS))
    with hub.trouble(away=True):
        began = time.monotonic()
        refused = refusal(client, "acme/far")
    assert refused.message == "the hub cannot be reached for 'acme/far'"
    assert "work offline" in str(refused.hint)
    with hub.trouble(broken=lambda _asked: True):
        assert "it answers 500" in refusal(client, "acme/far").message
    assert time.monotonic() - began < 3


def test_a_silent_hub_is_given_up_in_time(hub: FakeHub, client: Client) -> None:
    hub.dataset("acme/silent", tables(train=ROWS))
    client.ask("patience", seconds=0.3)
    began = time.monotonic()
    with hub.trouble(silent=lambda _asked: True):
        assert "cannot be reached" in refusal(client, "acme/silent").message
    client.ask("patience", seconds=5.0)
    assert time.monotonic() - began < 3
    assert client.ask("load", name="acme/silent")["parts"]["train"] == NAMED


def test_a_pinned_set_is_read_again_without_the_hub(hub: FakeHub, client: Client) -> None:
    repo = hub.dataset("acme/pinned", tables(train=ROWS[:2]))
    first = client.ask("load", name="acme/pinned")
    repo.commit(tables(train=ROWS))
    assert client.ask("load", name="acme/pinned")["parts"]["train"] == NAMED
    hub.forget()
    with hub.trouble(away=True):
        assert client.ask("load", name=first["source"]) == first
    assert not hub.asked


def test_the_copy_of_another_commit_is_no_answer(hub: FakeHub, client: Client) -> None:
    """The library takes any copy that it has where it cannot read what was asked for."""
    repo = hub.dataset("acme/updated", tables(train=ROWS[:2]))
    client.ask("load", name="acme/updated")
    repo.commit(tables(train=ROWS) | {"README.md": b"---\na: [b: {\n---\n"})
    refused = refusal(client, "acme/updated").message
    assert refused.endswith("cannot be read, but for an older copy")
    assert repo.refs["main"][:12] in refused


def test_offline_the_newest_copy_is_taken(hub: FakeHub, client: Client, home: Path) -> None:
    repo = hub.dataset("acme/kept", tables(train=ROWS[:2]))
    first = client.ask("load", name="acme/kept")["source"]
    repo.commit(tables(train=ROWS))
    second = client.ask("load", name="acme/kept")["source"]
    configured(hub, "acme/two")
    for config in ("short", "long"):
        client.ask("load", name=f"acme/two:{config}")
    hub.forget()
    with Client(hub.url, home, HF_HUB_OFFLINE="1") as offline:
        assert offline.ask("load", name="acme/kept")["source"] == second
        for name in (first, first.removesuffix(":default"), first.partition(":default")[0][:30]):
            assert offline.ask("load", name=name)["source"] == first
        refused = refusal(offline, "acme/kept@v7")
        assert "acme/kept@v7 was not loaded before" in refused.message
        assert second in refused.message
        assert "HF_HUB_OFFLINE" in str(refusal(offline, "acme/unseen").hint)
        assert "long" in refusal(offline, "acme/two").message
        assert offline.ask("load", name="acme/two:long")["parts"]["train"] == NAMED
    assert not hub.asked


def test_no_row_leaves_and_nobody_else_is_asked(hub: FakeHub, client: Client) -> None:
    hub.dataset("acme/quiet", tables(train=ROWS))
    client.ask("load", name="acme/quiet")
    assert hub.asked
    assert {one.method for one in hub.asked} <= {"GET", "HEAD"}
    assert not any(one.body for one in hub.asked)
    assert not any("letter" in f"{one.path}{one.query}{one.headers}" for one in hub.asked)


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("hub:acme/mail", HubId("acme/mail")),
        ("acme/mail", HubId("acme/mail")),
        ("hub: mail ", HubId("mail")),
        ("hub:acme/mail@v1.0", HubId("acme/mail", "v1.0")),
        ("hub:acme/mail:en-US", HubId("acme/mail", None, "en-US")),
        (
            "hub:acme/mail@refs/pr/1:a b",
            HubId("acme/mail", "refs/pr/1", "a b"),
        ),
    ],
)
def test_ids_are_read(name: str, wanted: HubId) -> None:
    assert parse_id(name) == wanted


@pytest.mark.parametrize("name", ["hub:", "hub:a/b/c", "hub:a b", "hub:a/b@", "hub:/b", "hub:a/b:"])
def test_what_is_no_id_is_refused(name: str) -> None:
    with pytest.raises(SourceError, match="is no data set of the hub"):
        parse_id(name)


@given(st.text(max_size=30))
def test_an_id_is_written_as_it_is_read(text: str) -> None:
    try:
        found = parse_id(text)
    except SourceError:
        return
    assert parse_id(str(found)) == found


def test_the_switches_of_the_hub_are_ours() -> None:
    assert online({})
    assert online({"HF_HUB_OFFLINE": "0"})
    for switch in ("HF_HUB_OFFLINE", "HF_DATASETS_OFFLINE", "TRANSFORMERS_OFFLINE"):
        assert not online({switch: "1"})
        assert not online({switch: "yes"})
