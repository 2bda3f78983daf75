"""People may give the day of their birth, for registries that tell people apart by it.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("people", sa.Column("birth_day", sa.Text(), server_default="", nullable=False))
    op.alter_column("people", "birth_day", server_default=None)


def downgrade() -> None:
    op.drop_column("people", "birth_day")
