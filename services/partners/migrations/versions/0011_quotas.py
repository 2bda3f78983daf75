"""How much each partner may send in, and how much it sent in today.

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
    op.add_column("intakes", sa.Column("items_a_day", sa.BigInteger(), nullable=True))
    op.add_column("intakes", sa.Column("requests_a_minute", sa.BigInteger(), nullable=True))
    counted = sa.Column("counted", sa.BigInteger(), nullable=False, server_default="0")
    op.add_column("intakes", counted)
    op.alter_column("intakes", "counted", server_default=None)
    since = sa.Column("counted_since", sa.DateTime(timezone=True), nullable=True)
    op.add_column("intakes", since)


def downgrade() -> None:
    for name in ("counted_since", "counted", "requests_a_minute", "items_a_day"):
        op.drop_column("intakes", name)
