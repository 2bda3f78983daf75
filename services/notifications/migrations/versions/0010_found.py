"""Staff find messages, and the digest what did not go out, without reading all there ever were.

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name, columns in (
        ("ix_messages_due_at_message_id", ["due_at", "message_id"]),
        ("ix_messages_course_id_due_at_message_id", ["course_id", "due_at", "message_id"]),
        ("ix_messages_template_due_at_message_id", ["template", "due_at", "message_id"]),
    ):
        op.create_index(name, "messages", columns)
    op.create_index(
        "ix_messages_not_out",
        "messages",
        ["state", "due_at", "message_id"],
        postgresql_where=sa.text("state IN ('failed', 'planned')"),
    )
    op.create_index("ix_bounces_message_id", "bounces", ["message_id"])
    # What is closed from now on is forgotten by a deadline of its own.
    op.execute("DELETE FROM staff_tasks WHERE closed_at < now() - interval '90 days'")


def downgrade() -> None:
    op.drop_index("ix_bounces_message_id", "bounces")
    for name in ("not_out", "template_due_at_message_id", "course_id_due_at_message_id",
                 "due_at_message_id"):  # fmt: skip
        op.drop_index(f"ix_messages_{name}", "messages")
