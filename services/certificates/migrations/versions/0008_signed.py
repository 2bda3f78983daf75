"""A certificate knows as of which version its holder is named, and when it was signed.

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Of what was signed before, the moment it was prepared is the nearest that is known."""
    op.add_column(
        "certificates",
        sa.Column("person_version", sa.BigInteger(), nullable=False, server_default="0"),
    )
    op.alter_column("certificates", "person_version", server_default=None)
    op.add_column("certificates", sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE certificates SET signed_at = issued_at WHERE status <> 'preparing'")


def downgrade() -> None:
    op.drop_column("certificates", "signed_at")
    op.drop_column("certificates", "person_version")
