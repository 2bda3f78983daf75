"""How items of partners become lines of ours.

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "mappings",
        sa.Column("partner_id", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("document", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("partner_id", "version", name=op.f("pk_mappings")),
    )
    mapped = sa.Column("mapped", sa.Boolean(), nullable=False, server_default="false")
    version = sa.Column("mapping_version", sa.BigInteger(), nullable=False, server_default="0")
    for column in (mapped, version):
        op.add_column("intakes", column)
        op.alter_column("intakes", column.name, server_default=None)


def downgrade() -> None:
    op.drop_column("intakes", "mapping_version")
    op.drop_column("intakes", "mapped")
    op.drop_table("mappings")
