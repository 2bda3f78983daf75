"""Partners' own Kafka topics, and how far each has been written.

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
    op.create_table(
        "streams",
        sa.Column("partner_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("retention_days", sa.BigInteger(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state in ('active', 'stopped')", name=op.f("ck_streams_state")),
        sa.PrimaryKeyConstraint("partner_id", name=op.f("pk_streams")),
    )
    op.create_index(op.f("ix_streams_state"), "streams", ["state"])


def downgrade() -> None:
    op.drop_index(op.f("ix_streams_state"), table_name="streams")
    op.drop_table("streams")
