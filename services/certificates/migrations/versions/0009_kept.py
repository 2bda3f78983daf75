"""What staff leave as it is, although the facts give less.

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

JSON = postgresql.JSONB(astext_type=sa.Text())


def upgrade() -> None:
    op.add_column("awards", sa.Column("kept", JSON, nullable=False, server_default="{}"))
    op.alter_column("awards", "kept", server_default=None)


def downgrade() -> None:
    op.drop_column("awards", "kept")
