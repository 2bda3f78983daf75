"""As what somebody takes part who has a complimentary seat: a sponsor's share leaves presenters out.

Of registrations that were heard of before it is not known; they are counted as learners.

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("registrations", sa.Column("role", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("registrations", "role")
