"""Durable jobs, and the ticks of schedules."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "job",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("args", sa.Text(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("queued_at", sa.Float(), nullable=False),
        sa.Column("run_at", sa.Float(), nullable=False),
        sa.Column("started", sa.Float(), nullable=True),
        sa.Column("finished", sa.Float(), nullable=True),
        sa.Column("message", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("job_by_key", "job", ["key", "state"])
    op.create_index("job_by_state", "job", ["state", "run_at"])
    op.create_index(
        "job_waits_once", "job", ["kind", "key", "args"], unique=True, sqlite_where=sa.text("state = 'queued'")
    )
    op.create_table(
        "tick",
        sa.Column("schedule", sa.String(200), nullable=False),
        sa.Column("fire_time", sa.Float(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.Column("job", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("schedule", "fire_time"),
    )
