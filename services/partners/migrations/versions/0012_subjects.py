"""A joint sponsor's view goes through a course's log by subject.

Revision ID: 0012
Revises: 0011
"""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

NAME = "ix_occurrences_course_id_subject_position"


def upgrade() -> None:
    op.create_index(NAME, "occurrences", ["course_id", "subject", "position"])


def downgrade() -> None:
    op.drop_index(NAME, "occurrences")
