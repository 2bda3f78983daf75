"""Courses are found by when they end: those that are not over, and those that were last.

Revision ID: 0014
Revises: 0013
"""

from alembic import op

from shared.runtime.migrations import index_beside

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None
_NAME = "ix_courses_last_end_course_id"


def upgrade() -> None:
    index_beside(op, _NAME, "courses", ["last_end", "course_id"])


def downgrade() -> None:
    op.drop_index(_NAME, "courses")
