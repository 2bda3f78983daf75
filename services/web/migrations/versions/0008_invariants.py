"""The invariants' last word is kept for staff.

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "invariant_checks",
        sa.Column("check_id", sa.Text(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("results", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("check_id", name=op.f("pk_invariant_checks")),
    )
    op.create_index(
        op.f("ix_invariant_checks_told_at_check_id"), "invariant_checks", ["told_at", "check_id"]
    )


def downgrade() -> None:
    op.drop_table("invariant_checks")
