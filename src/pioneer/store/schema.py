"""The tables of a workspace. Changes go through `store/migrations`."""

from __future__ import annotations

from sqlalchemy import Column, Float, ForeignKey, Index, Integer, MetaData, Table, Text

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
