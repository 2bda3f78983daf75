"""Reopened: a session that was completed by former times, and by which schedule each was settled.

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sessions", sa.Column("moved", JSONB(), nullable=True))
    op.add_column("sessions", sa.Column("reopened_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("records", sa.Column("schedule_version", sa.BigInteger(), nullable=True))
    # What is completed has kept the schedule by which it was.
    op.execute(
        "UPDATE records r SET schedule_version = s.schedule_version FROM sessions s"
        " WHERE s.course_id = r.course_id AND s.session_id = r.session_id"
    )


def downgrade() -> None:
    op.drop_column("records", "schedule_version")
    op.drop_column("sessions", "reopened_at")
    op.drop_column("sessions", "moved")
