"""What became of the runtime's own tables since step 1, one function a step, and one back.

A step is written out and never changes once something was released: what the tables are by now
stands in `tables.py`, and a service's `migrate check` tells whether all steps together come to it.
A change is a function more here, and three lines more in each service's `migrations/versions`.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from shared.runtime.audits import link


def say_what_tasks_ask(op: Any) -> None:
    """Step 2: tasks are read by people, oldest first, and closed by their id."""
    op.add_column("tasks", sa.Column("what", sa.Text(), nullable=False, server_default=""))
    op.alter_column("tasks", "what", server_default=None)
    op.create_index(op.f("ix_tasks_opened_at_task_id"), "tasks", ["opened_at", "task_id"])
    op.create_index(op.f("ix_tasks_task_id"), "tasks", ["task_id"])


def forget_what_tasks_ask(op: Any) -> None:
    """Step 2 back."""
    op.drop_index(op.f("ix_tasks_task_id"), "tasks")
    op.drop_index(op.f("ix_tasks_opened_at_task_id"), "tasks")
    op.drop_column("tasks", "what")


def chain_audits(op: Any) -> None:
    """Step 3: each row of the audit carries a digest of itself and of the row before."""
    op.add_column("audit", sa.Column("hash", sa.Text(), nullable=True))
    con = op.get_bind()
    before, chained = "", []
    said = "SELECT id, at, by, act, about, why, trace FROM audit ORDER BY id"
    for row in con.execute(sa.text(said)).mappings():
        before = link(before, row)
        chained.append({"id": row["id"], "hash": before})
    if chained:  # what was there before is chained as it is now
        op.execute("ALTER TABLE audit DISABLE TRIGGER stays")
        op.execute("GRANT UPDATE ON audit TO CURRENT_USER")
        con.execute(sa.text("UPDATE audit SET hash = :hash WHERE id = :id"), chained)
        op.execute("REVOKE UPDATE ON audit FROM CURRENT_USER")
        op.execute("ALTER TABLE audit ENABLE TRIGGER stays")
    op.alter_column("audit", "hash", nullable=False)


def unchain_audits(op: Any) -> None:
    """Step 3 back."""
    op.drop_column("audit", "hash")


def find_open_tasks(op: Any) -> None:
    """Step 4: open tasks are found past any number of closed ones."""
    op.create_index(
        "ix_tasks_open",
        "tasks",
        ["opened_at", "task_id"],
        postgresql_where=sa.text("closed_at IS NULL"),
    )


def lose_open_tasks(op: Any) -> None:
    """Step 4 back."""
    op.drop_index("ix_tasks_open", "tasks")


def keep_dead_letters(op: Any) -> None:
    """Step 5: what could not be used is kept beside Kafka, for who decides about it over HTTP."""
    op.create_table(
        "dead_letters",
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("consumer", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("partition", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("missing", sa.Text(), nullable=False),
        sa.Column("died_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=True),
        sa.Column("payload", sa.LargeBinary(), nullable=True),
        sa.Column("headers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint("state in ('open', 'ordered')", name=op.f("ck_dead_letters_state")),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_dead_letters")),
    )
    op.create_index(
        op.f("ix_dead_letters_died_at_event_id"), "dead_letters", ["died_at", "event_id"]
    )
    op.create_index(
        op.f("ix_dead_letters_topic_partition_position"),
        "dead_letters",
        ["topic", "partition", "position"],
    )


def lose_dead_letters(op: Any) -> None:
    """Step 5 back; Kafka has them still."""
    op.drop_table("dead_letters")


def note_workers(op: Any) -> None:
    """Step 6: which workers there are, and what they hear."""
    op.create_table(
        "workers",
        sa.Column("worker_id", sa.Text(), nullable=False),
        sa.Column("release", sa.Text(), nullable=False),
        sa.Column("revision", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("pid", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("partitions", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.PrimaryKeyConstraint("worker_id", name=op.f("pk_workers")),
    )


def forget_workers(op: Any) -> None:
    """Step 6 back."""
    op.drop_table("workers")
