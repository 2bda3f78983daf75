"""Credits are spent, and end.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "credits", sa.Column("origin", sa.Text(), nullable=False, server_default="cancellation")
    )
    op.alter_column("credits", "origin", server_default=None)
    op.add_column("credits", sa.Column("transferred_from", sa.Text(), nullable=True))
    op.add_column("credits", sa.Column("frozen_by", sa.Text(), nullable=True))
    op.add_column("registrations", _json("credits_refused"))
    op.add_column("settlements", _json("waiting_terms"))


def downgrade() -> None:
    op.drop_column("settlements", "waiting_terms")
    op.drop_column("registrations", "credits_refused")
    op.drop_column("credits", "frozen_by")
    op.drop_column("credits", "transferred_from")
    op.drop_column("credits", "origin")


def _json(name: str) -> sa.Column[object]:
    return sa.Column(name, postgresql.JSONB(astext_type=sa.Text()), nullable=True)
