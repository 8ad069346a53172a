"""Before any training: understand the task, get the rows, clean them, split them, store them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TypeAlias

from pioneer.data.acquire import Acquired, Place, Wanted, acquire, locate
from pioneer.data.clean import clean
from pioneer.data.columns import kinds_that_fit, map_columns
from pioneer.data.groups import groups_of
from pioneer.data.parse import Parts, parse_rows
from pioneer.data.raw import RawData
from pioneer.data.rows import Manifest, manifest_hash, manifest_of, put
from pioneer.data.splits import DevKind, Splits, fold_numbers, split
from pioneer.errors import DataError, PioneerError, TaskError
from pioneer.families import families, family
from pioneer.families.base import Family, Repair
from pioneer.loop.data_story import Found, data_report
from pioneer.loop.question import Question
from pioneer.loop.request import ColdStart
from pioneer.loop.room import Room
from pioneer.records import Example, Kind, Task, content_hash, load
from pioneer.report import record
from pioneer.store.artifacts import Artifacts
from pioneer.tasks.understand import Facts, Given, Understanding, understand

_SAMPLES = 200


@dataclass(frozen=True, slots=True)
class Prepared:
    """The task and its rows, fixed before any training. Hashes name manifests."""

    task: Task
    mapping: Mapping[str, str]
    inferences: tuple[record.Inference, ...]
    data: record.DataReport
    repairs: tuple[Repair, ...]
    places: Mapping[str, str]
    """Where each repaired row stands: 'file:row' by id."""
    train: str
    """Rows to learn from; out of fold, dev is among them."""
    dev: str | None
    """Held-out dev rows; None where dev is out of fold."""
    test: str
    refit: str
    """What ships learns from these: every row but a shipped test and what is nearly in it."""
    folds: str
    """Artefact: fold of each train row that has one."""
    rows_in: int
    rows_left: int
    rows_train: int
    rows_dev: int
    rows_test: int
    rows_all: int
    """Rows of `refit`."""
    data_hash: str
    """Which rows, in which groups, on which side of the split."""

    @property
    def out_of_fold(self) -> bool:
        return self.dev is None

    def manifest(self, artifacts: Artifacts, digest: str) -> Manifest:
        return load(Manifest, artifacts.get_json(digest))


ColdQuestion: TypeAlias = Question[ColdStart, Prepared]


def prepare(room: Room, request: ColdStart) -> Prepared:
    """All of it; raises PioneerError where the task or the rows are not good enough."""
    with room.step("finding and reading rows"):
        acquired = _acquired(room, request)
        understood = _understand(request, acquired.raw)
    room.say(f"data: {acquired.raw.source} ({acquired.why})")
    for inference in understood.inferences:
        room.say(f"{inference.what}: {inference.value} ({inference.why})")
    chosen = family(understood.task.kind)
    raw, mapping = map_columns(acquired.raw, chosen, request.mapping)
    room.say("columns: " + ", ".join(f"{ours} is {theirs!r}" for ours, theirs in mapping.items()))
    parts = parse_rows(raw, chosen)
    rows_in = sum(len(rows) for rows in parts.values())
    wanted, unwanted = _only(parts, chosen, request.labels and understood.task.labels)
    with _about(raw), room.step("cleaning, grouping near-duplicates, splitting"):
        cleaned, repairs = clean(wanted, chosen)
        groups = groups_of([row for rows in cleaned.values() for row in rows])
        splits = split(cleaned, chosen, request.seed, groups)
    rows = {row.id: replace(row, group=groups[row.id]) for part in cleaned.values() for row in part}
    task = replace(understood.task, labels=chosen.labels(list(rows.values())))
    done = (*unwanted, *repairs, *splits.repairs)
    facts = Found(acquired, understood, task, mapping, done, _places(parts, done))
    with room.step("storing rows"):
        return _stored(room, facts, splits, rows, rows_in)


def _acquired(room: Room, request: ColdStart) -> Acquired:
    """The rows. Where they are is settled once, so that a resumed run reads the same."""
    wanted = Wanted(request.description, request.data, request.kind)
    return acquire(room.journal.stage("acquire", wanted, Place, lambda: locate(wanted)))


def _only(parts: Parts, chosen: Family, labels: Sequence[str]) -> tuple[Parts, list[Repair]]:
    """The rows with the labels that the user named; all rows if none were named."""
    if not labels:
        return parts, []
    kept: dict[str, list[Example]] = {}
    repairs: list[Repair] = []
    for part, rows in parts.items():
        kept[part] = [row for row in rows if chosen.stratum(row) in labels]
        repairs += [
            Repair(row.id, "dropped", "its label is not among --labels", "label_not_wanted")
            for row in rows
            if chosen.stratum(row) not in labels
        ]
    return kept, repairs


def _places(parts: Parts, repairs: Sequence[Repair]) -> dict[str, str]:
    touched = {repair.row_id for repair in repairs}
    return {row.id: row.provenance for rows in parts.values() for row in rows if row.id in touched}


def _understand(request: ColdStart, raw: RawData) -> Understanding:
    """The task, from the sentence and from what the rows look like under each kind."""
    labels: dict[Kind, tuple[str, ...]] = {}
    samples: tuple[str, ...] = ()
    wanted = [family(request.kind)] if request.kind else families()
    fitting = kinds_that_fit(raw, wanted) if not request.mapping else ()
    for kind in fitting or [one.kind for one in wanted]:
        try:
            mapped, _ = map_columns(raw, family(kind), request.mapping)
            parts = parse_rows(mapped, family(kind))
            rows = [row for part in parts.values() for row in part]
            with _about(raw):
                labels[kind] = family(kind).labels(family(kind).clean(rows)[0])
        except PioneerError:
            if request.kind or len(fitting) == 1:
                raise
            continue
        samples = tuple(row.input for row in rows[:_SAMPLES])
    given = Given(request.kind, request.labels, request.metric)
    if not labels:
        raise _fits_nothing(raw, request)
    with _about(raw):
        return understand(request.description, Facts(labels, samples), given)


@contextmanager
def _about(raw: RawData) -> Iterator[None]:
    """What is wrong with the rows as a whole is told with where they came from."""
    try:
        yield
    except (DataError, TaskError) as error:
        where = error.file or raw.source
        raise type(error)(error.message, file=where, row=error.row, hint=error.hint) from error


def _fits_nothing(raw: RawData, request: ColdStart) -> PioneerError:
    """The clearest reason why no kind can read the rows: the likeliest kind's own."""
    try:
        guess = understand(request.description).task.kind
    except PioneerError:
        guess = families()[0].kind
    try:
        mapped, _ = map_columns(raw, family(guess), request.mapping)
        parse_rows(mapped, family(guess))
    except PioneerError as error:
        return error
    return DataError("the rows fit no kind of task", file=raw.source)


def _stored(
    room: Room,
    facts: Found,
    splits: Splits,
    rows: Mapping[str, Example],
    rows_in: int,
) -> Prepared:
    """Rows into the row store, manifests into the artefacts."""
    kept = sorted({*splits.train, *splits.dev, *splits.test})
    with room.workspace.engine.begin() as connection:
        put(connection, [rows[name] for name in kept])
    out_of_fold = splits.dev_kind is DevKind.OUT_OF_FOLD
    refit = sorted(
        {*splits.train, *splits.dev} - set(splits.leaks.dev_in_test)
        if splits.test_shipped
        else {*splits.train, *splits.dev, *splits.test}
    )
    numbers = splits.folds or fold_numbers(
        [rows[name] for name in splits.train], family(facts.task.kind), splits.groups, 0
    )

    def manifest(names: Sequence[str]) -> str:
        return room.artifacts.put_json(manifest_of(rows[name] for name in names))

    return Prepared(
        task=facts.task,
        mapping=facts.mapping,
        inferences=tuple(
            record.Inference(one.what, one.value, one.why, one.overridden)
            for one in facts.understood.inferences
        ),
        data=data_report(facts, splits, rows),
        repairs=facts.repairs,
        places=facts.places,
        train=manifest(splits.train),
        dev=None if out_of_fold else manifest(splits.dev),
        test=manifest(splits.test),
        refit=manifest(refit),
        folds=room.artifacts.put_json(dict(numbers)),
        rows_in=rows_in,
        rows_left=len(kept),
        rows_train=len(splits.train),
        rows_dev=len(splits.dev),
        rows_test=len(splits.test),
        rows_all=len(refit),
        data_hash=content_hash(
            [
                manifest_hash(manifest_of(rows[name] for name in side))
                for side in (splits.train, splits.dev, splits.test)
            ]
        ),
    )
