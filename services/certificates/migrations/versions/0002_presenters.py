"""Who presents: the role of a complimentary seat, and of whom staff say it; duplicates.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("registrations", sa.Column("role", sa.Text(), server_default="", nullable=False))
    op.alter_column("registrations", "role", server_default=None)
    op.add_column("registrations", sa.Column("presenter_for", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("registrations", "presenter_for")
    op.drop_column("registrations", "role")
