"""Months are closed; what the books need of certificates, attendance and sponsors.

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
    op.add_column("settlements", sa.Column("booked", sa.Text(), nullable=True))
    op.add_column("refunds", sa.Column("booked", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("refunds", "booked")
    op.drop_column("settlements", "booked")
