"""Sessions that are open are found without reading all that ever were.

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

NAME = "ix_sessions_open"


def upgrade() -> None:
    op.create_index(
        NAME, "sessions", ["course_id", "session_id"], postgresql_where=sa.text("state = 'open'")
    )


def downgrade() -> None:
    op.drop_index(NAME, "sessions")
