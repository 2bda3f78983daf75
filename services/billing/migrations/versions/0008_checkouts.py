"""Pages to pay on end, and others follow them.

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
    for name, type_, before in (("generation", sa.BigInteger(), "1"), ("url", sa.Text(), "''")):
        op.add_column("checkouts", sa.Column(name, type_, nullable=True))
        op.execute(f"UPDATE checkouts SET {name} = {before}")
        op.alter_column("checkouts", name, nullable=False)
    op.add_column("checkouts", sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    for name in ("expires_at", "url", "generation"):
        op.drop_column("checkouts", name)
