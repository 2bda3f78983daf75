"""By which links a calendar was told: a colleague's entry is another one than their predecessor's.

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "calendar_entries",
        sa.Column("token_version", sa.BigInteger(), nullable=False, server_default="1"),
    )
    op.alter_column("calendar_entries", "token_version", server_default=None)


def downgrade() -> None:
    op.drop_column("calendar_entries", "token_version")
