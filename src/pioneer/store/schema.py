"""The tables of a workspace. Changes go through `store/migrations`."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
)

metadata = MetaData()

rows = Table(
    "rows",
    metadata,
    Column("key", Text, primary_key=True, comment="sha256 of input, target and extra"),
    Column("input", Text, nullable=False),
    Column("target", Text, nullable=False, comment="JSON"),
    Column("extra", Text, nullable=False, comment="JSON"),
)
"""Row text stands here once; manifests, caches and reports refer to it by key."""

runs = Table(
    "runs",
    metadata,
    Column("id", Text, primary_key=True),
    Column("command", Text, nullable=False),
    Column("arguments", Text, nullable=False, comment="JSON"),
    Column("status", Text, nullable=False, comment="running | finished | failed | cancelled"),
    Column("created", Float, nullable=False, comment="seconds since 1970, UTC"),
    Column("result", Text, comment="JSON that the command printed"),
)

events = Table(
    "events",
    metadata,
    Column("run", Text, ForeignKey("runs.id"), primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", Float, nullable=False, comment="seconds since 1970, UTC"),
    Column("name", Text, nullable=False),
    Column("payload", Text, nullable=False, comment="JSON"),
)
"""The journal: appended to, never changed."""

versions = Table(
    "versions",
    metadata,
    Column("name", Text, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("run", Text, ForeignKey("runs.id"), nullable=False),
    Column("created", Float, nullable=False),
    Column("checkpoint", Text, comment="artefact hash; null once the weights are deleted"),
    Column("card", Text, nullable=False, comment="JSON of registry.VersionCard"),
    Index("versions_by_run", "run", unique=True),
)

promotions = Table(
    "promotions",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("name", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("at", Float, nullable=False),
    Column("how", Text, nullable=False, comment="gate | first | manual | rollback | forced"),
    Column("reason", Text, nullable=False),
    Index("promotions_by_name", "name", "seq"),
)
"""Who was served when: appended to; the newest line of a name is what it serves."""

marks = Table(
    "marks",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("name", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("at", Float, nullable=False),
    Column("mark", Text, nullable=False, comment="retrain"),
    Column("reason", Text, nullable=False),
    Index("marks_by_name", "name", "version"),
)
"""What has to be done with a version: appended to."""

audits = Table(
    "audits",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("name", Text, nullable=False),
    Column("run", Text, ForeignKey("runs.id"), nullable=False),
    Column("at", Float, nullable=False),
    Column("record", Text, nullable=False, comment="JSON of registry.audits.Audit"),
    Index("audits_by_name", "name", "seq"),
    Index("audits_by_run", "run", unique=True),
)
"""What every production cycle decided and why: appended to, never changed."""

trace_imports = Table(
    "trace_imports",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("name", Text, nullable=False),
    Column("file", Text, nullable=False),
    Column("format", Text, nullable=False),
    Column("at", Float, nullable=False),
    Column("counts", Text, nullable=False, comment="JSON of what happened to its rows"),
)
"""One line per file that was read."""

traces = Table(
    "traces",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False, comment="order of import"),
    Column("name", Text, nullable=False, comment="the model that they are traces of"),
    Column("id", Text, nullable=False),
    Column("parent", Text),
    Column("time", Float, comment="seconds since 1970, UTC"),
    Column("model", Text, comment="the version that answered, as logged"),
    Column("input", Text, nullable=False),
    Column("output", Text, nullable=False, comment="JSON"),
    Column("confidence", Float),
    Column("metadata", Text, nullable=False, comment="JSON"),
    Index("traces_by_id", "name", "id", unique=True),
)
"""Production calls. What was said of them since stands in `verdicts`."""

_HAS_PARENT = traces.c.parent.is_not(None)
Index(
    "traces_by_parent",
    traces.c.name,
    traces.c.parent,
    sqlite_where=_HAS_PARENT,
    postgresql_where=_HAS_PARENT,
)

verdicts = Table(
    "verdicts",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("trace", Integer, ForeignKey("traces.seq"), nullable=False),
    Column("ruling", Text, nullable=False, comment="pass | fail | unjudged"),
    Column("judge", Text, nullable=False),
    Column("human", Boolean, nullable=False),
    Column("reason", Text, nullable=False),
    Column("expected", Text, comment="JSON of the right answer, where the judge named one"),
    Column("at", Float, nullable=False),
    Index("verdicts_by_trace", "trace"),
)
"""Appended to; which one counts is a view (`judges.standing`)."""

derived = Table(
    "derived",
    metadata,
    Column("trace", Integer, ForeignKey("traces.seq"), primary_key=True),
    Column("key", Text, primary_key=True),
    Index("derived_by_key", "key"),
)
"""Which keys of `rows` were made from which trace, so that forgetting the trace reaches them."""

carried = Table(
    "carried",
    metadata,
    Column("key", Text, primary_key=True),
    Column("text", Integer, ForeignKey("traces.seq"), primary_key=True),
    Column("answer", Integer, ForeignKey("traces.seq"), primary_key=True),
    Index("carried_by_text", "text"),
    Index("carried_by_answer", "answer"),
)
"""Which keys of `rows` have their text from one trace and their answer from another."""

forgotten = Table(
    "forgotten",
    metadata,
    Column("trace", Text, primary_key=True, comment="sha256 of model name and trace id"),
    Column("at", Float, nullable=False),
)
"""Traces that must not come back with the next import of the same log."""
