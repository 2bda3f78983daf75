"""Refunds are tried again; disputes.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

ADDED = (
    ("payments", "reference", sa.Text(), ""),
    ("payment_parts", "disputed_minor", sa.BigInteger(), "0"),
    ("refunds", "debt", sa.Text(), ""),
    ("refunds", "failure", sa.Text(), ""),
    ("refunds", "reference", sa.Text(), ""),
)


def upgrade() -> None:
    for table, name, kind, before in ADDED:
        op.add_column(table, sa.Column(name, kind, nullable=False, server_default=before))
        op.alter_column(table, name, server_default=None)
    op.execute("UPDATE refunds SET debt = refund_id")
    op.add_column("refunds", sa.Column("replaces", sa.Text(), nullable=True))
    op.add_column("refunds", sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True))
    op.create_check_constraint(
        op.f("ck_payment_parts_disputed"), "payment_parts", "disputed_minor >= 0"
    )
    op.create_table(
        "disputes",
        sa.Column("dispute_id", sa.Text(), nullable=False),
        sa.Column("gateway", sa.Text(), nullable=False),
        sa.Column("payment_id", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state in ('open', 'won', 'lost')", name=op.f("ck_disputes_state")),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_disputes_amount")),
        sa.PrimaryKeyConstraint("dispute_id", name=op.f("pk_disputes")),
    )
    op.create_index(op.f("ix_disputes_payment_id"), "disputes", ["payment_id"], unique=False)
    op.create_table(
        "dispute_parts",
        sa.Column("dispute_id", sa.Text(), nullable=False),
        sa.Column("registration_id", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("taken", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.PrimaryKeyConstraint("dispute_id", "registration_id", name=op.f("pk_dispute_parts")),
    )
    op.create_index(
        op.f("ix_dispute_parts_registration_id"), "dispute_parts", ["registration_id"], unique=False
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_dispute_parts_registration_id"), table_name="dispute_parts")
    op.drop_table("dispute_parts")
    op.drop_index(op.f("ix_disputes_payment_id"), table_name="disputes")
    op.drop_table("disputes")
    op.drop_constraint(op.f("ck_payment_parts_disputed"), "payment_parts", type_="check")
    op.drop_column("refunds", "submitted_at")
    op.drop_column("refunds", "replaces")
    for table, name, _, _ in reversed(ADDED):
        op.drop_column(table, name)
