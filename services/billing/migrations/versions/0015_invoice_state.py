"""Registrations keep the state of their share of an invoice.

Revision ID: 0015
Revises: 0014
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # The release before knows nothing of it, and leaves it as it was.
    op.add_column("registrations", sa.Column("invoice_state", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("registrations", "invoice_state")
