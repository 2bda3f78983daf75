"""Zoom: runs of a meeting, registrants of the platform, and reports that are fetched.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("observations", sa.Column("instance", sa.Text(), nullable=True))
    op.add_column("unmatched", sa.Column("registrant_id", sa.Text(), nullable=True))
    op.create_index(
        op.f("ix_unmatched_registrant_id"), "unmatched", ["registrant_id"], unique=False
    )
    op.create_table(
        "registrants",
        sa.Column("course_id", sa.Text(), nullable=False),
        sa.Column("session_id", sa.Text(), nullable=False),
        sa.Column("registrant_id", sa.Text(), nullable=False),
        sa.Column("registration_id", sa.Text(), nullable=False),
        sa.Column("meeting_id", sa.Text(), nullable=True),
        sa.Column("join_url", sa.Text(), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint(
            "course_id", "session_id", "registrant_id", name=op.f("pk_registrants")
        ),
    )
    op.create_index(
        op.f("ix_registrants_registration_id"), "registrants", ["registration_id"], unique=False
    )
    op.create_table(
        "report_fetches",
        sa.Column("course_id", sa.Text(), nullable=False),
        sa.Column("session_id", sa.Text(), nullable=False),
        sa.Column("meeting_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("instances", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("whole", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("pages", sa.BigInteger(), nullable=False),
        sa.Column("lines", sa.BigInteger(), nullable=False),
        sa.Column("refused", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        sa.Column("trouble", sa.Text(), nullable=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state in ('planned', 'fetching', 'waiting', 'done', 'given_up')",
            name=op.f("ck_report_fetches_state"),
        ),
        sa.PrimaryKeyConstraint(
            "course_id", "session_id", "meeting_id", name=op.f("pk_report_fetches")
        ),
    )


def downgrade() -> None:
    op.drop_table("report_fetches")
    op.drop_index(op.f("ix_registrants_registration_id"), table_name="registrants")
    op.drop_table("registrants")
    op.drop_index(op.f("ix_unmatched_registrant_id"), table_name="unmatched")
    op.drop_column("unmatched", "registrant_id")
    op.drop_column("observations", "instance")
