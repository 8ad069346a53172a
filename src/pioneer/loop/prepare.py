"""Before any training: understand the task, get the rows, clean them, split them, store them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pioneer.data.acquire import Acquired, Wanted, acquire
from pioneer.data.clean import Cleaned, clean
from pioneer.data.columns import kinds_that_fit, map_columns
from pioneer.data.groups import groups_of
from pioneer.data.parse import parse_rows
from pioneer.data.raw import RawData
from pioneer.data.rows import Manifest, manifest_hash, manifest_of, put
from pioneer.data.splits import DevKind, Splits, fold_numbers, split
from pioneer.errors import DataError, PioneerError
from pioneer.events import Progress
from pioneer.families import families, family
from pioneer.families.base import Repair
from pioneer.loop.request import ColdStart
from pioneer.loop.room import Room
from pioneer.records import Example, Kind, Task, load
from pioneer.report import record
from pioneer.store.artifacts import Artifacts
from pioneer.tasks.understand import Facts, Given, Understanding, understand

_SAMPLES = 200
_SHOWN_ROWS = 12


@dataclass(frozen=True, slots=True)
class Prepared:
    """The task and its rows, fixed before any training. Hashes name manifests."""

    task: Task
    mapping: Mapping[str, str]
    inferences: tuple[record.Inference, ...]
    data: record.DataReport
    repairs: tuple[Repair, ...]
    train: str
    """Rows to learn from; out of fold, dev is among them."""
    dev: str | None
    """Held-out dev rows; None where dev is out of fold."""
    test: str
    refit: str
    """What the shipped weights learn from: every row but a shipped test."""
    folds: str
    """Artefact: fold of each train row that has one."""
    rows_in: int
    rows_left: int
    rows_train: int
    rows_test: int
    rows_all: int
    """Rows of `refit`."""
    data_hash: str

    @property
    def out_of_fold(self) -> bool:
        return self.dev is None

    def manifest(self, artifacts: Artifacts, digest: str) -> Manifest:
        return load(Manifest, artifacts.get_json(digest))


def prepare(room: Room, request: ColdStart) -> Prepared:
    """All of it; raises PioneerError where the task or the rows are not good enough."""
    acquired = acquire(Wanted(request.description, request.data, request.kind))
    room.say(f"data: {acquired.raw.source} ({acquired.why})")
    understood = _understand(request, acquired.raw)
    for inference in understood.inferences:
        room.say(f"{inference.what}: {inference.value} ({inference.why})")
    chosen = family(understood.task.kind)
    raw, mapping = map_columns(acquired.raw, chosen, request.mapping)
    parts = parse_rows(raw, chosen)
    rows_in = sum(len(rows) for rows in parts.values())
    step = "cleaning, grouping near-duplicates, splitting"
    room.listen(Progress(step, 0.0))
    cleaned = clean(parts, chosen, request.labels)
    groups = groups_of([row for rows in cleaned.parts.values() for row in rows])
    splits = split(cleaned.parts, chosen, request.seed, groups)
    room.listen(Progress(step, 1.0))
    rows = {
        row.id: replace(row, group=groups[row.id])
        for part in cleaned.parts.values()
        for row in part
    }
    task = replace(understood.task, labels=chosen.labels(list(rows.values())))
    return _stored(room, acquired, understood, task, mapping, cleaned, splits, rows, rows_in)


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
        except PioneerError:
            if request.kind or len(fitting) == 1:
                raise
            continue
        rows = [row for part in parts.values() for row in part]
        labels[kind] = family(kind).labels(rows)
        samples = tuple(row.input for row in rows[:_SAMPLES])
    given = Given(request.kind, request.labels, request.metric)
    if not labels:
        raise _fits_nothing(raw, request)
    return understand(request.description, Facts(labels, samples), given)


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
    acquired: Acquired,
    understood: Understanding,
    task: Task,
    mapping: Mapping[str, str],
    cleaned: Cleaned,
    splits: Splits,
    rows: Mapping[str, Example],
    rows_in: int,
) -> Prepared:
    """Rows into the row store, manifests into the artefacts."""
    kept = sorted({*splits.train, *splits.dev, *splits.test})
    with room.workspace.engine.begin() as connection:
        put(connection, [rows[name] for name in kept])
    out_of_fold = splits.dev_kind is DevKind.OUT_OF_FOLD
    refit = sorted({*splits.train, *splits.dev, *(() if splits.test_shipped else splits.test)})
    numbers = splits.folds or fold_numbers(
        [rows[name] for name in splits.train], family(task.kind), splits.groups, 0
    )
    repairs = (*cleaned.repairs, *splits.repairs)

    def manifest(names: Sequence[str]) -> str:
        return room.artifacts.put_json(manifest_of(rows[name] for name in names))

    return Prepared(
        task=task,
        mapping=mapping,
        inferences=tuple(
            record.Inference(one.what, one.value, one.why, one.overridden)
            for one in understood.inferences
        ),
        data=_data_report(acquired, mapping, repairs, splits, rows),
        repairs=repairs,
        train=manifest(splits.train),
        dev=None if out_of_fold else manifest(splits.dev),
        test=manifest(splits.test),
        refit=manifest(refit),
        folds=room.artifacts.put_json(dict(numbers)),
        rows_in=rows_in,
        rows_left=len(kept),
        rows_train=len(splits.train),
        rows_test=len(splits.test),
        rows_all=len(refit),
        data_hash=manifest_hash(manifest_of(rows[name] for name in kept)),
    )


def _data_report(
    acquired: Acquired,
    mapping: Mapping[str, str],
    repairs: Sequence[Repair],
    splits: Splits,
    rows: Mapping[str, Example],
) -> record.DataReport:
    raw = acquired.raw
    source = record.Source(raw.source, acquired.origin, acquired.why, len(raw.rows()), mapping)
    ignored = tuple(record.Ignored(name, "not a data file") for name in raw.ignored)
    places = {name: row.provenance for name, row in rows.items()}
    leaks = splits.leaks
    return record.DataReport(
        sources=(source,),
        problems=_problems(repairs, places),
        ignored=ignored,
        parts=_parts(splits, rows),
        dev_kind=(
            "out-of-fold over 5 folds of train"
            if splits.dev_kind is DevKind.OUT_OF_FOLD
            else "hold-out"
        ),
        leaks=_leaks(splits, places),
        leak_check=(
            f"{leaks.train_rows} train rows against {leaks.judged_rows} shipped dev and test rows "
            "by group (near-duplicates: Jaccard of character 5-grams at least 0.8); after the "
            f"split, found afresh by text alone: {leaks.remaining}"
        ),
        group_warnings=splits.warnings,
    )


def _problems(repairs: Sequence[Repair], places: Mapping[str, str]) -> tuple[record.Problem, ...]:
    """Repairs of a kind together, the most frequent first."""
    found: dict[tuple[str, str], list[Repair]] = {}
    for repair in repairs:
        found.setdefault((repair.code, repair.action), []).append(repair)
    ordered = sorted(found.items(), key=lambda item: (-len(item[1]), item[0]))
    return tuple(
        record.Problem(
            code,
            action,
            members[0].reason,
            len(members),
            tuple(places.get(str(one.row_id), str(one.row_id)) for one in members[:_SHOWN_ROWS]),
        )
        for (code, action), members in ordered
    )


def _parts(splits: Splits, rows: Mapping[str, Example]) -> tuple[record.Part, ...]:
    def part(name: str, names: Sequence[str], origin: str, use: str) -> record.Part:
        groups = {splits.groups[row] for row in names}
        labels = {str(rows[row].target) for row in names if isinstance(rows[row].target, str)}
        return record.Part(name, len(names), len(groups), len(labels), origin, use)

    folded = splits.dev_kind is DevKind.OUT_OF_FOLD
    dev_origin = "out-of-fold" if folded else "shipped" if splits.dev_shipped else "cut"
    test_origin = "shipped" if splits.test_shipped else "cut"
    return (
        part("train", splits.train, "given", "learn"),
        part("dev", splits.dev, dev_origin, "the search looks at it"),
        part("test", splits.test, test_origin, "sealed; read once, after the search"),
    )


def _leaks(splits: Splits, places: Mapping[str, str]) -> tuple[record.Leak, ...]:
    found = []
    for part in ("dev", "test"):
        mine = [leak.train for leak in splits.leaks.found if leak.part == part]
        if mine:
            shown = tuple(places.get(name, name) for name in mine[:_SHOWN_ROWS])
            found.append(record.Leak(("train", part), len(mine), "dropped from train", shown))
    both = splits.leaks.dev_in_test
    if both:
        shown = tuple(places.get(name, name) for name in both[:_SHOWN_ROWS])
        found.append(record.Leak(("dev", "test"), len(both), "reported only", shown))
    return tuple(found)
