"""Who presents: the role of a complimentary seat, the sessions of which staff say it; duplicates.

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
    op.add_column("registrations", sa.Column("role", sa.Text(), server_default="", nullable=False))
    op.alter_column("registrations", "role", server_default=None)
    op.add_column(
        "registrations",
        sa.Column(
            "presented",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
    )
    op.alter_column("registrations", "presented", server_default=None)
    op.create_table(
        "duplicates",
        sa.Column("duplicate_id", sa.Text(), nullable=False),
        sa.Column("certificate_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("pdf", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("kind in ('duplicate', 'signed')", name=op.f("ck_duplicates_kind")),
        sa.PrimaryKeyConstraint("duplicate_id", name=op.f("pk_duplicates")),
    )
    op.create_index(op.f("ix_duplicates_certificate_id"), "duplicates", ["certificate_id"])
    op.create_index(op.f("ix_duplicates_sha256"), "duplicates", ["sha256"])
    op.create_index(
        "uq_duplicates_signed",
        "duplicates",
        ["certificate_id"],
        unique=True,
        postgresql_where=sa.text("kind = 'signed'"),
    )
    op.execute("ALTER TABLE duplicates ALTER COLUMN pdf SET STORAGE EXTERNAL")


def downgrade() -> None:
    op.drop_table("duplicates")
    op.drop_column("registrations", "presented")
    op.drop_column("registrations", "role")
