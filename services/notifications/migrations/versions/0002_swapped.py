"""Swaps: when the meeting behind the join links of a session was last another one.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "swaps",
        sa.Column("course_id", sa.Text(), nullable=False),
        sa.Column("session_id", sa.Text(), nullable=False),
        sa.Column("swapped_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("course_id", "session_id", name=op.f("pk_swaps")),
    )
    op.create_index(op.f("ix_swaps_course_id"), "swaps", ["course_id"])


def downgrade() -> None:
    op.drop_table("swaps")
