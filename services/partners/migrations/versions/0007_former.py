"""Which courses a partner had before, and the oldest secret that an endpoint is still signed with.

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    former = sa.Column(
        "former", postgresql.JSONB(astext_type=sa.Text()), nullable=False, server_default="[]"
    )
    op.add_column("partners", former)
    op.alter_column("partners", "former", server_default=None)
    op.add_column("endpoints", sa.Column("former_version", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    op.drop_column("endpoints", "former_version")
    op.drop_column("partners", "former")
