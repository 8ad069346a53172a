"""A data set of the hub is found by description, and only words of it are sent."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import Any

import pytest

from pioneer.data.hubsearch import _singular
from pioneer.errors import SourceError
from tests.data.fake_hub import FakeHub, jsonl, parquet
from tests.data.hub_client import Client

SAID = "detect sarcasm in newspaper headlines"
ROWS = [{"headline": f"letter {n}", "is_sarcastic": n % 2} for n in range(8)]
TEXTS = [{"text": f"letter {n}", "label": ("plain", "sarcastic")[n % 2]} for n in range(8)]
ABOUT = "Newspaper headlines, each marked whether it is sarcasm."
TAGS = ("task_categories:text-classification", "language:en", "license:cc-by-4.0")


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[FakeHub, Client]]:
    with FakeHub() as hub, Client(hub.url, tmp_path_factory.mktemp("found") / "home") as running:
        yield hub, running


@pytest.fixture
def hub(client: tuple[FakeHub, Client]) -> FakeHub:
    client[0].repos.clear()
    client[0].forget()
    return client[0]


@pytest.fixture
def find(client: tuple[FakeHub, Client]) -> Any:
    return lambda description, **more: client[1].ask("find", description=description, **more)


def sarcasm(hub: FakeHub, name: str = "acme/headline-sarcasm", **more: Any) -> str:
    told = {"tags": TAGS, "description": ABOUT} | more
    files = told.pop("files", {"train.jsonl": jsonl(TEXTS)})
    return str(hub.dataset(name, files, **told).refs["main"])


def decoys(hub: FakeHub) -> None:
    for name, about in (
        ("acme/newspaper-archive", "Newspaper pages of the last century, scanned."),
        ("acme/house-prices", "Prices of houses."),
    ):
        files = {"train.jsonl": jsonl(TEXTS)}
        hub.dataset(name, files, description=about, tags=("language:en",), downloads=10**6)


def test_the_set_that_fits_is_read(hub: FakeHub, find: Any) -> None:
    decoys(hub)
    commit = sarcasm(hub)
    found = find(SAID)
    assert found["source"] == f"hub:acme/headline-sarcasm@{commit}:default"
    assert found["parts"] == {"train": TEXTS}
    assert found["title"] == "acme/headline-sarcasm"
    assert "sarcasm" in found["why"]
    assert found["licence"] == "cc-by-4.0"


def test_nothing_fits_is_a_refusal_that_names_the_nearest(hub: FakeHub, find: Any) -> None:
    decoys(hub)
    with pytest.raises(SourceError) as refused:
        find(SAID)
    assert "no data set of the hub fits the description" in refused.value.message
    assert re.search(r"nearest: acme/newspaper-archive 0\.\d\d", refused.value.message)
    assert "--data hub:ID" in str(refused.value.hint)
    assert not [asked for asked in hub.asked if "resolve" in asked.path]


def test_only_words_of_the_description_leave(hub: FakeHub, find: Any) -> None:
    sarcasm(hub)
    with pytest.raises(SourceError):
        find(f"{SAID}, whatever the paper and the weather may be, please")
    find(SAID)
    searched = [asked for asked in hub.asked if asked.path == "/api/datasets"]
    words = [word for asked in searched for word in asked.query["search"]]
    assert words[:6] == ["headline", "newspaper", "whatever", "sarcasm", "weather", "detect"]
    assert words[6:] == ["headline", "newspaper", "sarcasm", "detect"]
    told = {name for asked in searched for name in asked.query}
    assert told == {"search", "sort", "limit", "full"}
    assert {asked.method for asked in hub.asked} <= {"GET", "HEAD"}
    assert not any(asked.body for asked in hub.asked)
    assert not any("letter" in f"{one.path}{one.query}{one.headers}" for one in hub.asked)


@pytest.mark.parametrize(
    "closed",
    [
        {"gated": True},
        {"private": True},
        {"files": {"train.jsonl": jsonl(TEXTS), "headline-sarcasm.py": b"open('trap', 'w')"}},
        {"files": {"rows.txt": b"a\n"}},
        {"tags": ("language:fr",)},
    ],
    ids=["gated", "private", "program", "no tables", "other language"],
)
def test_what_cannot_be_read_is_no_candidate(
    hub: FakeHub, find: Any, closed: dict[str, Any]
) -> None:
    sarcasm(hub, **closed)
    with pytest.raises(SourceError, match="nearest: none"):
        find(f"{SAID} in English")
    assert {asked.path for asked in hub.asked} == {"/api/datasets"}


def test_what_is_broken_gives_way_to_the_next(hub: FakeHub, find: Any) -> None:
    sarcasm(hub, "acme/headline-sarcasm-1", files={"train.parquet": b"no table"})
    sarcasm(hub, "acme/headline-sarcasm-2", files={"train.jsonl": jsonl([{"a": 1}])})
    commit = sarcasm(hub, "acme/headline-sarcasm-3")
    assert find(SAID)["source"] == f"hub:acme/headline-sarcasm-3@{commit}:default"


def test_three_are_tried_and_each_refusal_is_told(hub: FakeHub, find: Any) -> None:
    sarcasm(hub, "acme/headline-sarcasm-1", files={"train.parquet": b"no table"})
    for number in (2, 3, 4):
        name = f"acme/headline-sarcasm-{number}"
        sarcasm(hub, name, files={"train.jsonl": jsonl([{"a": number}])})
    with pytest.raises(SourceError) as refused:
        find(SAID)
    assert "'acme/headline-sarcasm-1' of the hub cannot be read" in refused.value.message
    assert "the columns of acme/headline-sarcasm-3 fit no kind of task" in refused.value.message
    fetched = {asked.path.split("/")[3] for asked in hub.asked if "/resolve/" in asked.path}
    assert fetched == {f"headline-sarcasm-{number}" for number in (1, 2, 3)}


def test_a_kind_that_was_named_is_kept_to(hub: FakeHub, find: Any) -> None:
    sarcasm(hub, "acme/headline-sarcasm-labels")
    spans = [{"text": "Bob", "spans": [{"start": 0, "end": 3, "label": "person"}]}]
    sarcasm(hub, "acme/headline-sarcasm-spans", files={"train.parquet": parquet(spans)})
    for kind, name in (("classification", "labels"), ("extraction", "spans")):
        assert find(SAID, kind=kind)["title"] == f"acme/headline-sarcasm-{name}"


def test_a_hub_that_is_away_or_silent_says_so_in_time(
    hub: FakeHub, client: tuple[FakeHub, Client], find: Any
) -> None:
    sarcasm(hub)
    client[1].ask("patience", seconds=0.3)
    troubles: list[dict[str, Any]] = [{"away": True}]
    troubles += [{how: lambda _asked: True} for how in ("broken", "silent")]
    for trouble in troubles:
        began = time.monotonic()
        with (
            hub.trouble(**trouble),
            pytest.raises(SourceError, match="the hub cannot be reached for 'search'"),
        ):
            find(SAID)
        assert time.monotonic() - began < 3
    client[1].ask("patience", seconds=5.0)
    assert find(SAID)["title"] == "acme/headline-sarcasm"


@pytest.mark.parametrize(
    ("word", "searched"),
    [("headlines", "headline"), ("categories", "categor"), ("news", "news"), ("gas", "gas")],
)
def test_plurals_find_the_singular_too(word: str, searched: str) -> None:
    assert _singular(word) == searched
    assert searched in word
