"""Versions: numbered without gaps, and what is served can always be served."""

from __future__ import annotations

import string
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from sqlalchemy import Connection, create_engine, func, select

from pioneer.errors import ArgumentError, RegistryError
from pioneer.records import Kind, Recipe, Score, Task
from pioneer.registry import versions
from pioneer.registry.card import Serving, VersionCard
from pioneer.registry.versions import Version
from pioneer.store.schema import metadata, runs

CARD = VersionCard(
    task=Task(Kind.CLASSIFICATION, "tell a from b", ("a", "b"), "accuracy"),
    recipe=Recipe("fake", "table.v1", {"coverage": 0.5}),
    recipe_hash="r",
    data_hash="d",
    manifest="m",
    test="t",
    base_sha256="",
    serving=Serving(1.5, 0.25),
    scores={"dev": Score("accuracy", 0.9, (0.8, 0.95), 50)},
    decision="promoted",
    reason="the first version of its name",
)
NAMES = ("one", "two")


def connected() -> Connection:
    engine = create_engine("sqlite://")
    metadata.create_all(engine)
    return engine.connect()


def new_run(connection: Connection) -> str:
    name = f"run {connection.scalar(select(func.count()).select_from(runs))}"
    values = {"id": name, "command": "test", "arguments": "{}", "status": "running", "created": 0.0}
    connection.execute(runs.insert().values(values))
    return name


@pytest.fixture
def connection() -> Iterator[Connection]:
    with connected() as connection:
        yield connection


class RegistryMachine(RuleBasedStateMachine):
    """What a plain list per name would do: versions in order, and a stack of who was served."""

    def __init__(self) -> None:
        super().__init__()
        self.connection = connected()
        self.runs: dict[str, list[str]] = {name: [] for name in NAMES}
        self.gone: dict[str, set[int]] = {name: set() for name in NAMES}
        self.served: dict[str, list[int]] = {name: [] for name in NAMES}
        self.lines: dict[str, int] = dict.fromkeys(NAMES, 0)

    def version(self, name: str, number: int) -> Version:
        return versions.find(self.connection, f"{name}@{number}")

    def some(self, name: str, pick: int) -> int | None:
        count = len(self.runs[name])
        return pick % count + 1 if count else None

    @rule(name=st.sampled_from(NAMES), at_once=st.booleans())
    def register(self, name: str, at_once: bool) -> None:
        run = new_run(self.connection)
        expected = versions.next_number(self.connection, name, run)
        made = versions.register(self.connection, name, run, f"weights of {run}", CARD)
        self.runs[name].append(run)
        assert made.version == expected == len(self.runs[name])
        assert versions.next_number(self.connection, name, run) == expected
        if at_once:
            self.promote(name, made.version - 1)

    @rule(name=st.sampled_from(NAMES), pick=st.integers(0, 9), other=st.sampled_from(NAMES))
    def register_again(self, name: str, pick: int, other: str) -> None:
        """A run registers at most one version, whatever it asks for the second time."""
        number = self.some(name, pick)
        if number is not None:
            run = self.runs[name][number - 1]
            again = versions.register(self.connection, other, run, "other weights", CARD)
            assert again == self.version(name, number)

    @rule(name=st.sampled_from(NAMES), pick=st.integers(0, 9))
    def promote(self, name: str, pick: int) -> None:
        number = self.some(name, pick)
        if number is None:
            return
        if number in self.gone[name]:
            with pytest.raises(RegistryError, match=f"weights of {name}@{number} were deleted"):
                versions.promote(self.connection, self.version(name, number), "manual", "")
            return
        versions.promote(self.connection, self.version(name, number), "manual", "")
        self.lines[name] += 1
        if self.served[name][-1:] != [number]:
            self.served[name].append(number)

    @rule(name=st.sampled_from(NAMES))
    def roll_back(self, name: str) -> None:
        stack = self.served[name]
        target = next(
            (
                at
                for at in reversed(range(len(stack) - 1))
                if stack[at] not in self.gone[name] and stack[at] != stack[-1]
            ),
            None,
        )
        if target is None:
            with pytest.raises(RegistryError):
                versions.rollback(self.connection, name, "")
            return
        assert versions.rollback(self.connection, name, "").version == stack[target]
        self.lines[name] += 1
        del stack[target + 1 :]

    @rule(name=st.sampled_from(NAMES), pick=st.integers(0, 9))
    def delete(self, name: str, pick: int) -> None:
        number = self.some(name, pick)
        if number is None:
            return
        if self.served[name][-1:] == [number]:
            with pytest.raises(RegistryError, match=f"{name}@{number} is being served"):
                versions.delete(self.connection, self.version(name, number))
            return
        versions.delete(self.connection, self.version(name, number))
        self.gone[name].add(number)

    @invariant()
    def numbers_are_dense_and_cards_stay(self) -> None:
        for name in NAMES:
            found = versions.all_versions(self.connection, name)
            assert [one.version for one in found] == list(range(1, len(self.runs[name]) + 1))
            assert [one.run for one in found] == self.runs[name]
            assert {one.version for one in found if one.checkpoint is None} == self.gone[name]
            assert all(one.card == CARD for one in found)

    @invariant()
    def what_is_served_has_weights_and_is_what_was_chosen(self) -> None:
        for name in NAMES:
            served = versions.promoted(self.connection, name)
            history = versions.history(self.connection, name)
            assert len(history) == self.lines[name]
            if not self.served[name]:
                assert served is None
                with pytest.raises(RegistryError):
                    versions.find(self.connection, name)
                continue
            assert served is not None
            assert served.checkpoint
            assert served.version == self.served[name][-1] == history[-1].version
            assert versions.find(self.connection, name) == served

    def teardown(self) -> None:
        self.connection.close()
        self.connection.engine.dispose()


TestRegistryMachine = RegistryMachine.TestCase
TestRegistryMachine.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)


def served(connection: Connection, count: int) -> list[Version]:
    """So many versions of `m`, each promoted when it was made."""
    made = []
    for _ in range(count):
        run = new_run(connection)
        made.append(versions.register(connection, "m", run, f"weights of {run}", CARD))
        versions.promote(connection, made[-1], "gate", "better")
    return made


def test_rolling_back_twice_goes_two_versions_back(connection: Connection) -> None:
    served(connection, 3)
    assert [versions.rollback(connection, "m", "worse").version for _ in range(2)] == [2, 1]
    with pytest.raises(RegistryError, match="served before m@1"):
        versions.rollback(connection, "m", "worse")
    last = versions.history(connection, "m")[-1]
    assert (last.version, last.how, last.reason) == (1, "rollback", "worse")


def test_deleted_versions_are_passed_over(connection: Connection) -> None:
    versions.delete(connection, served(connection, 3)[1])
    assert versions.rollback(connection, "m", "").version == 1


def test_a_version_promoted_after_a_rollback_stands_on_what_was_rolled_back_to(
    connection: Connection,
) -> None:
    served(connection, 2)
    versions.rollback(connection, "m", "")
    served(connection, 1)
    assert versions.promoted(connection, "m") == versions.find(connection, "m@3")
    assert versions.rollback(connection, "m", "").version == 1


def test_a_version_comes_back_as_it_was_registered(connection: Connection) -> None:
    card = replace(
        CARD, test=None, parent=3, export={"onnx": {"agreement": 1.0}}, reason="ö", decision="hold"
    )
    made = versions.register(connection, "m", new_run(connection), "w", card)
    assert versions.find(connection, "m@1") == made
    assert made.card == card
    assert made.label == "m@1"


@pytest.mark.parametrize(
    ("model", "kind", "message"),
    [
        ("other", RegistryError, "there is no model 'other': there are m@1"),
        ("m", RegistryError, r"no version of 'm' is promoted \(name one, as in m@1"),
        ("m@2", RegistryError, "there is no model 'm@2'"),
        ("m@0", RegistryError, "there is no model 'm@0'"),
        ("M@1", RegistryError, "there is no model 'M@1'"),
        ("m@" + "9" * 30, RegistryError, "there is no model"),
        ("m@" + "9" * 5000, RegistryError, "there is no model"),
        ("", RegistryError, "there is no model ''"),
        ("@1", RegistryError, "there is no model '@1'"),
        ("m\udcff", RegistryError, "there is no model"),
        ("m@", ArgumentError, "a model is NAME or NAME@NUMBER"),
        ("m@one", ArgumentError, "a model is NAME or NAME@NUMBER"),
        ("m@²", ArgumentError, "a model is NAME or NAME@NUMBER"),
        ("m@-1", ArgumentError, "a model is NAME or NAME@NUMBER"),
        ("m@1@1", ArgumentError, "a model is NAME or NAME@NUMBER"),
    ],
)
def test_what_names_no_model_is_refused(
    connection: Connection, model: str, kind: type[Exception], message: str
) -> None:
    versions.register(connection, "m", new_run(connection), "w", CARD)
    with pytest.raises(kind, match=message) as refused:
        versions.find(connection, model)
    assert "\n" not in str(refused.value)


def test_leading_zeros_do_not_matter(connection: Connection) -> None:
    versions.register(connection, "m", new_run(connection), "w", CARD)
    assert versions.find(connection, "m@01").label == "m@1"


def test_an_empty_registry_says_so(connection: Connection) -> None:
    with pytest.raises(RegistryError, match="there is none in this workspace"):
        versions.find(connection, "m")
    with pytest.raises(RegistryError, match="there is none in this workspace"):
        versions.rollback(connection, "m", "")


@given(st.text(max_size=70) | st.from_regex(r"[A-Za-z0-9._-]{0,70}", fullmatch=True))
def test_a_name_is_plain_or_refused(name: str) -> None:
    plain = (
        1 <= len(name) <= 64
        and set(name) <= set(string.ascii_letters + string.digits + "._-")
        and name[0] not in "._-"
    )
    if plain:
        assert versions.check_name(name) == name
    else:
        with pytest.raises(ArgumentError, match="a model name is"):
            versions.check_name(name)


def test_a_bad_name_registers_nothing(connection: Connection) -> None:
    with pytest.raises(ArgumentError):
        versions.register(connection, "../m", new_run(connection), "w", CARD)
    assert versions.all_versions(connection) == []
