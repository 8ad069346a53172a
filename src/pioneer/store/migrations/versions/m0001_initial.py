"""The first schema."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    text, number = sa.Text, sa.Float
    op.create_table(
        "rows",
        sa.Column("key", text, primary_key=True),
        sa.Column("input", text, nullable=False),
        sa.Column("target", text, nullable=False),
        sa.Column("extra", text, nullable=False),
    )
    op.create_table(
        "runs",
        sa.Column("id", text, primary_key=True),
        sa.Column("command", text, nullable=False),
        sa.Column("arguments", text, nullable=False),
        sa.Column("status", text, nullable=False),
        sa.Column("created", number, nullable=False),
        sa.Column("result", text),
    )
    op.create_table(
        "events",
        sa.Column("run", text, sa.ForeignKey("runs.id"), primary_key=True),
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", number, nullable=False),
        sa.Column("name", text, nullable=False),
        sa.Column("payload", text, nullable=False),
    )
    op.create_table(
        "versions",
        sa.Column("name", text, primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("run", text, sa.ForeignKey("runs.id"), nullable=False),
        sa.Column("created", number, nullable=False),
        sa.Column("checkpoint", text),
        sa.Column("card", text, nullable=False),
    )
    op.create_index("versions_by_run", "versions", ["run"], unique=True)
    op.create_table(
        "promotions",
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("name", text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("at", number, nullable=False),
        sa.Column("how", text, nullable=False),
        sa.Column("reason", text, nullable=False),
    )
    op.create_index("promotions_by_name", "promotions", ["name", "seq"])


def downgrade() -> None:
    for table in ("promotions", "versions", "events", "runs", "rows"):
        op.drop_table(table)
