"""The policy in force beside the snapshot, and what staff decided.

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


JSON = postgresql.JSONB(astext_type=sa.Text())


def upgrade() -> None:
    op.add_column("courses", sa.Column("policy", JSON, nullable=True))
    for column in (
        sa.Column("course_version_now", sa.BigInteger(), nullable=True),
        sa.Column("starts_at_now", sa.DateTime(timezone=True), nullable=True),
        sa.Column("policy_now", JSON, nullable=True),
        sa.Column("policy_choice", sa.Text(), nullable=True),
        sa.Column("otherwise", JSON, nullable=True),
    ):
        op.add_column("settlements", column)


def downgrade() -> None:
    for name in (
        "otherwise",
        "policy_choice",
        "policy_now",
        "starts_at_now",
        "course_version_now",
    ):
        op.drop_column("settlements", name)
    op.drop_column("courses", "policy")
