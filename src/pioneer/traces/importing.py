"""Logs into the store: once, whatever they look like, however often they are given."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from sqlalchemy import Connection

from pioneer.errors import DataError
from pioneer.events import Listener, Note, Progress, silent
from pioneer.records import Trace, Verdict
from pioneer.traces import reading, store
from pioneer.traces.files import LogFile, files_of, look_into
from pioneer.traces.formats import formats, shown
from pioneer.traces.lines import UNFINISHED
from pioneer.traces.ordinals import Ordinals
from pioneer.traces.records import Broken, Format, Item, Skipped
from pioneer.traces.redacting import redacted
from pioneer.traces.rows import RowReader, Said, Telling, content_id

_BATCH_ROWS = 2000
_BATCH_CHARACTERS = 8_000_000
_NAMED = 5
"""Broken rows that are named; the others are counted."""
_MODELS = 20


@dataclass(frozen=True, slots=True)
class Settings:
    """How logs are read."""

    name: str
    """The model that they are traces of."""
    reader: RowReader
    version: str | None = None
    """The version that answered where a row names none."""
    form: str | None = None
    score: str | None = None
    redact: bool = False
    skip_broken: bool = False


@dataclass(slots=True)
class FileCounts:
    """What happened to the rows of one file."""

    file: str
    format: str
    rows: int = 0
    """Calls, and verdicts that stand alone."""
    new: int = 0
    known: int = 0
    verdicts: int = 0
    """New ones, the metric's own included."""
    conflicts: int = 0
    """Rows whose verdict and right answer contradict each other."""
    clashing: int = 0
    forgotten: int = 0
    homeless: int = 0
    """Verdicts on a trace that is not there, or on a request of which several are."""
    odd_outputs: int = 0
    """Answers outside the label set."""
    new_labels: int = 0
    """Right answers that the model does not know as labels."""
    backwards: int = 0
    """Times before the time of the row before."""
    broken: int = 0
    first_broken: list[str] = field(default_factory=list)
    unfinished: int = 0
    skipped: dict[str, int] = field(default_factory=dict)
    redacted: dict[str, int] = field(default_factory=dict)
    models: dict[str, int] = field(default_factory=dict)
    """Calls by the version that answered."""


def import_paths(
    connection: Connection,
    paths: Sequence[Path],
    settings: Settings,
    listen: Listener = silent,
) -> list[FileCounts]:
    """Read files and folders into the store, in the caller's transaction.

    Raises DataError, and the caller rolls back, for a file that is no log and for broken rows
    unless they may be skipped.
    """
    found: list[FileCounts] = []
    for file, form in _in_order(paths, settings, listen):
        found.append(_import_file(connection, file, form, settings, listen))
    return found


def _in_order(
    paths: Sequence[Path], settings: Settings, listen: Listener
) -> list[tuple[LogFile, Format]]:
    """Every file with its format; requests before answers, verdicts after what they speak of."""
    known = formats(settings.score)
    files: list[tuple[LogFile, Format]] = []
    for path in paths:
        inside, others = files_of(path)
        if others:
            listen(Note(f"{path}: not read: {', '.join(others[:8])}"))
        for one in inside:
            file = look_into(one)
            form = known.of(file, settings.form)
            listen(Note(f"{one}: read as {shown(form, file.container)}"))
            files.append((file, form))
    return sorted(files, key=lambda pair: pair[1].phase)


def _import_file(
    connection: Connection, file: LogFile, form: Format, settings: Settings, listen: Listener
) -> FileCounts:
    counts = FileCounts(str(file.path), shown(form, file.container))
    step = f"importing {file.path.name}"
    seq = store.begin_import(connection, settings.name, counts.file, counts.format)
    listen(Progress(step, 0.0))
    with Ordinals() as ordinals:
        intake = _Intake(connection, settings, counts, ordinals, store.forgotten_ids(connection))
        records = file.records(lambda share: listen(Progress(step, min(share, 0.99))))
        with closing(records):
            for item in form.reads(records):
                intake.take(item)
        intake.flush()
    listen(Progress(step, 1.0))
    if counts.broken and not settings.skip_broken:
        raise _refused(counts, intake.first_row)
    store.end_import(connection, seq, asdict(counts))
    return counts


def _refused(counts: FileCounts, row: int) -> DataError:
    first, *others = counts.first_broken
    message = first.partition(": ")[2]
    if counts.broken > 1:
        named = ", ".join(other.partition(": ")[0] for other in others)
        message += f"; {counts.broken} of {counts.broken + counts.rows} rows cannot be read"
        message += f", the next are {named}"
    hint = "mend them, or --skip-broken goes on without them; nothing was imported"
    return DataError(message, file=counts.file, row=row, hint=hint)


@dataclass(slots=True)
class _Intake:
    """Takes one item after another and stores them in batches."""

    connection: Connection
    settings: Settings
    counts: FileCounts
    ordinals: Ordinals
    barred: set[str]
    batch: list[tuple[Trace, tuple[Verdict, ...]]] = field(default_factory=list)
    characters: int = 0
    last_time: float | None = None
    first_row: int = 0
    taken_out: Counter[str] = field(default_factory=Counter)

    def take(self, item: Item) -> None:
        if isinstance(item, Broken):
            self._broken(item.row, item.reason)
        elif isinstance(item, Skipped):
            self._skip(item.reason)
        else:
            try:
                said = self.settings.reader.row(item.fields)
            except DataError as error:
                self._broken(item.row, error.message + (f" ({error.hint})" if error.hint else ""))
                return
            self.counts.rows += 1
            if isinstance(said, Telling):
                self._tell(item.row, said)
            else:
                self._add(said)

    def flush(self) -> None:
        """Store what was taken. Once a row was broken that may not be, nothing is stored any more:
        reading goes on to count the others."""
        batch, self.batch, self.characters = self.batch, [], 0
        if not batch or (self.counts.broken and not self.settings.skip_broken):
            return
        ids = self._ids(batch)
        added = store.add(self.connection, self.settings.name, batch, self.barred, ids)
        counts = self.counts
        counts.new += added.new
        counts.known += added.known
        counts.clashing += added.clashing
        counts.forgotten += added.forgotten
        counts.verdicts += added.verdicts
        counts.redacted = dict(self.taken_out)

    def _add(self, said: Said) -> None:
        trace, verdicts, counts = said.trace, said.verdicts, self.counts
        if trace.model is None and self.settings.version is not None:
            trace = replace(trace, model=self.settings.version)
        counts.conflicts += said.conflict
        self._note(trace)
        if self.settings.redact:
            trace, verdicts = redacted(trace, verdicts, self.taken_out)
        self.batch.append((trace, verdicts))
        self.characters += len(trace.input)
        if len(self.batch) >= _BATCH_ROWS or self.characters >= _BATCH_CHARACTERS:
            self.flush()

    def _note(self, trace: Trace) -> None:
        counts, reader = self.counts, self.settings.reader
        if trace.time is not None:
            if self.last_time is not None and trace.time < self.last_time:
                counts.backwards += 1
            self.last_time = trace.time
        counts.odd_outputs += reader.is_new(trace.output)
        counts.new_labels += reader.is_new(trace.expected)
        model = trace.model or "not named"
        if model in counts.models or len(counts.models) < _MODELS:
            counts.models[model] = counts.models.get(model, 0) + 1

    def _ids(self, batch: Sequence[tuple[Trace, Sequence[Verdict]]]) -> list[str]:
        """Rows without an id are named for what they say and how many equal ones came before."""
        ids = [trace.id for trace, _ in batch]
        nameless = [place for place, id_ in enumerate(ids) if not id_]
        keys = [content_id(batch[place][0]) for place in nameless]
        for place, key, ordinal in zip(nameless, keys, self.ordinals.number(keys), strict=True):
            ids[place] = f"{key}-{ordinal}"
        return ids

    def _tell(self, row: int, telling: Telling) -> None:
        """Verdicts on a trace that must be there already."""
        self.flush()
        seq = self._where(telling)
        if seq is None:
            self.counts.homeless += 1
            return
        trace = reading.by_number(self.connection, seq)
        try:
            said = [self.settings.reader.verdict(one, trace) for one in telling.said]
        except DataError as error:
            self._broken(row, error.message)
            return
        if self.settings.redact:
            _, redacted_said = redacted(replace(trace, id=""), said, self.taken_out)
            said = list(redacted_said)
        self.counts.verdicts += store.say(self.connection, [(seq, one) for one in said])

    def _where(self, telling: Telling) -> int | None:
        """The trace of that id. What speaks of a whole request speaks of the trace that is named
        for it, or of its only call."""
        name, sought = self.settings.name, telling.id or telling.parent
        if sought is None:
            return None
        found = store.numbers(self.connection, name, [sought]).get(sought)
        if found is not None or telling.id:
            return found
        children = reading.children(self.connection, name, sought)
        return children[0] if len(children) == 1 else None

    def _broken(self, row: int, reason: str) -> None:
        if not self.counts.broken:
            self.first_row = row
        self.counts.broken += 1
        if len(self.counts.first_broken) < _NAMED:
            self.counts.first_broken.append(f"row {row}: {reason}")

    def _skip(self, reason: str) -> None:
        if reason == UNFINISHED:
            self.counts.unfinished += 1
        else:
            self.counts.skipped[reason] = self.counts.skipped.get(reason, 0) + 1


def totals(files: Sequence[FileCounts]) -> dict[str, int]:
    """The counts of all files together."""
    names = [name for name, value in asdict(FileCounts("", "")).items() if isinstance(value, int)]
    return {name: sum(getattr(one, name) for one in files) for name in names}
