"""Answers that were carried over from one trace to another."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "carried",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("text", sa.Integer, sa.ForeignKey("traces.seq"), primary_key=True),
        sa.Column("answer", sa.Integer, sa.ForeignKey("traces.seq"), primary_key=True),
    )
    op.create_index("carried_by_text", "carried", ["text"])
    op.create_index("carried_by_answer", "carried", ["answer"])
