"""Rows come from the user, else from the catalogue, else from the hub; what was found stays so."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pioneer import corpus
from pioneer.data import acquire as module
from pioneer.data.acquire import Place, Wanted, acquire, catalogue, from_hub, given, locate
from pioneer.data.snapshot import snapshot
from pioneer.errors import DataError, PioneerError, SourceError
from pioneer.records import Kind, dump, load
from tests.data.fake_hub import FakeHub, jsonl
from tests.data.hub_client import Client

SAID = "sort angry letters of tenants by the flat that they are about"
CARD = "# Angry letters\n\nAngry letters of tenants, sorted by flat.\n\n## Licence\n\nCC0-1.0\n"


@pytest.fixture
def letters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data set of a catalogue; the hub is off."""
    folder = tmp_path / "catalogue" / "letters"
    write(folder, "a", "b")
    (folder / "card.md").write_text(CARD, encoding="utf-8")
    monkeypatch.setenv("PIONEER_CATALOGUE", str(folder.parent))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    return folder


def write(folder: Path, *texts: str, part: str = "all") -> str:
    folder.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps({"text": text, "label": "x"}) + "\n" for text in texts]
    (folder / f"{part}.jsonl").write_text("".join(lines), encoding="utf-8")
    return str(folder)


def texts(place: Place) -> list[str]:
    return [str(row.fields["text"]) for row in acquire(place).raw.rows()]


def test_what_is_given_comes_before_the_catalogue(letters: Path, tmp_path: Path) -> None:
    place = locate(Wanted(SAID, (write(tmp_path / "mine", "c"),)))
    assert (place.origin, texts(place)) == ("given", ["c"])
    assert place.why == "given as --data"


def test_the_catalogue_comes_before_the_hub(letters: Path) -> None:
    place = locate(Wanted(SAID))
    assert (place.origin, place.called, place.licence) == ("catalogue", "letters", "CC0-1.0")
    assert "angry" in place.why
    assert texts(place) == ["a", "b"]
    assert acquire(place).raw.source == "letters"


def test_the_bundled_corpus_is_named_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PIONEER_CATALOGUE", raising=False)
    place = catalogue(Wanted("sort customer messages of a shop's helpdesk by what they want"))
    assert (place.origin, place.called) == ("bundled", "helpdesk")
    assert place.sources == (str(corpus.path() / "helpdesk"),)


def test_several_sources_are_read_together_part_by_part(tmp_path: Path) -> None:
    first = write(tmp_path / "one", "a", part="train")
    write(tmp_path / "one", "b", part="test")
    second = write(tmp_path / "two", "c", part="train")
    place = locate(Wanted(SAID, (first, second)))
    found = acquire(place).raw
    assert {part: len(rows) for part, rows in found.parts.items()} == {"train": 2, "test": 1}
    assert found.source == f"{first}, {second}"
    assert [row.fields["text"] for row in found.parts["train"]] == ["a", "c"]


def test_given_folders_tell_their_licence(letters: Path, tmp_path: Path) -> None:
    plain = write(tmp_path / "plain", "c")
    assert locate(Wanted(SAID, (str(letters), plain))).licence == "CC0-1.0"


def test_errors_of_what_was_given_are_not_hidden_by_a_catalogue(
    letters: Path, tmp_path: Path
) -> None:
    for name in (str(tmp_path / "gone"), "hub:a/b/c", "hub:acme/unseen"):
        with pytest.raises(PioneerError) as refused:
            acquire(locate(Wanted(SAID, (name,))))
        assert name.removeprefix("hub:") in str(refused.value)


def test_what_nobody_has_is_refused_with_what_each_said(
    letters: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(wanted: Wanted) -> Place:
        raise SourceError("the web is down", hint="wait")

    with pytest.raises(SourceError) as refused:
        locate(Wanted("classify chest X-rays"), (given, catalogue, from_hub, away))
    assert "no data set of the catalogue fits" in refused.value.message
    assert refused.value.message.endswith("; the web is down")
    assert "--data" in str(refused.value.hint)
    monkeypatch.setenv("PIONEER_CATALOGUE", "")
    with pytest.raises(SourceError, match="the catalogue is empty"):
        locate(Wanted(SAID))
    with pytest.raises(SourceError, match="no source of data is switched on"):
        locate(Wanted(SAID), (given, from_hub))


def test_a_further_source_is_one_more_callable(letters: Path, tmp_path: Path) -> None:
    made = write(tmp_path / "made", "written by a teacher")

    def teacher(wanted: Wanted) -> Place:
        assert wanted.kind is Kind.CLASSIFICATION
        return Place((made,), "teacher", f"written for {wanted.description!r}", snapshot((made,)))

    wanted = Wanted("classify chest X-rays", kind=Kind.CLASSIFICATION)
    place = locate(wanted, (*module.SOURCES, teacher))
    assert (place.origin, texts(place)) == ("teacher", ["written by a teacher"])


def test_a_place_is_read_again_as_it_was_or_not_at_all(letters: Path) -> None:
    place = locate(Wanted(SAID))
    again = load(Place, json.loads(json.dumps(dump(place))))
    assert again == place
    assert texts(again) == ["a", "b"]
    write(letters, "a", "b", "c")
    with pytest.raises(DataError, match="was changed since the run began") as refused:
        acquire(again)
    assert refused.value.file == str(letters)
    with pytest.raises(DataError):
        acquire(replace(place, sources=(str(letters.parent / "gone"),)))


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[FakeHub, Client]]:
    home = tmp_path_factory.mktemp("acquired") / "home"
    with FakeHub() as hub, Client(hub.url, home, PIONEER_CATALOGUE="") as running:
        yield hub, running


def test_ids_of_the_hub_are_pinned_where_they_are_given(
    client: tuple[FakeHub, Client], tmp_path: Path
) -> None:
    hub, process = client
    repo = hub.dataset("acme/mail", {"train.jsonl": jsonl([{"text": "a", "label": "x"}])})
    first = repo.refs["main"]
    mine = write(tmp_path / "mine", "b", part="train")
    place = process.ask("locate", description=SAID, data=["hub:acme/mail", mine])
    assert place["sources"] == [f"hub:acme/mail@{first}:default", mine]
    assert place["origin"] == "given"
    repo.commit({"train.jsonl": jsonl([{"text": "c", "label": "x"}])})
    with hub.trouble(away=True):
        found = process.ask("acquire", place=place)
    assert [row["text"] for row in found["parts"]["train"]] == ["a", "b"]


def test_the_hub_is_searched_where_the_catalogue_has_nothing(
    client: tuple[FakeHub, Client],
) -> None:
    hub, process = client
    files = {"train.jsonl": jsonl([{"text": "a", "label": "x"}, {"text": "b", "label": "y"}])}
    told = "Angry letters of tenants, sorted by the flat that they are about."
    repo = hub.dataset("acme/tenant-letters", files, description=told, tags=("license:cc0-1.0",))
    place = process.ask("locate", description=SAID, data=[])
    assert place["sources"] == [f"hub:acme/tenant-letters@{repo.refs['main']}:default"]
    assert (place["origin"], place["licence"]) == ("hub", "cc0-1.0")
    assert place["why"].startswith("'acme/tenant-letters' fits 0.")
    del hub.repos["datasets", "acme/tenant-letters"]
    with pytest.raises(SourceError) as refused:
        process.ask("locate", description=SAID, data=[])
    assert refused.value.message.startswith("the catalogue is empty; no data set of the hub fits")
