"""Traces, verdicts, and marks on versions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    text, number, whole = sa.Text, sa.Float, sa.Integer
    op.create_table(
        "marks",
        sa.Column("seq", whole, primary_key=True, autoincrement=True),
        sa.Column("name", text, nullable=False),
        sa.Column("version", whole, nullable=False),
        sa.Column("at", number, nullable=False),
        sa.Column("mark", text, nullable=False),
        sa.Column("reason", text, nullable=False),
    )
    op.create_index("marks_by_name", "marks", ["name", "version"])
    op.create_table(
        "trace_imports",
        sa.Column("seq", whole, primary_key=True, autoincrement=True),
        sa.Column("name", text, nullable=False),
        sa.Column("file", text, nullable=False),
        sa.Column("format", text, nullable=False),
        sa.Column("at", number, nullable=False),
        sa.Column("counts", text, nullable=False),
    )
    _create_traces()
    op.create_table(
        "verdicts",
        sa.Column("seq", whole, primary_key=True, autoincrement=True),
        sa.Column("trace", whole, sa.ForeignKey("traces.seq"), nullable=False),
        sa.Column("ruling", text, nullable=False),
        sa.Column("judge", text, nullable=False),
        sa.Column("human", sa.Boolean, nullable=False),
        sa.Column("reason", text, nullable=False),
        sa.Column("expected", text),
        sa.Column("at", number, nullable=False),
    )
    op.create_index("verdicts_by_trace", "verdicts", ["trace"])
    op.create_table(
        "derived",
        sa.Column("trace", whole, sa.ForeignKey("traces.seq"), primary_key=True),
        sa.Column("key", text, primary_key=True),
    )
    op.create_index("derived_by_key", "derived", ["key"])
    op.create_table(
        "forgotten",
        sa.Column("trace", text, primary_key=True),
        sa.Column("at", number, nullable=False),
    )


def _create_traces() -> None:
    text, number = sa.Text, sa.Float
    op.create_table(
        "traces",
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("name", text, nullable=False),
        sa.Column("id", text, nullable=False),
        sa.Column("parent", text),
        sa.Column("time", number),
        sa.Column("model", text),
        sa.Column("input", text, nullable=False),
        sa.Column("output", text, nullable=False),
        sa.Column("confidence", number),
        sa.Column("metadata", text, nullable=False),
    )
    op.create_index("traces_by_id", "traces", ["name", "id"], unique=True)
    has_parent = sa.text("parent IS NOT NULL")
    op.create_index(
        "traces_by_parent",
        "traces",
        ["name", "parent"],
        sqlite_where=has_parent,
        postgresql_where=has_parent,
    )


def downgrade() -> None:
    for table in ("forgotten", "derived", "verdicts", "traces", "trace_imports", "marks"):
        op.drop_table(table)
