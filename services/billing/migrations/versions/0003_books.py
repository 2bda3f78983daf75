"""Months are closed; what the books need of certificates, attendance and sponsors.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from shared.runtime.migrations import append_only

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# Whoever books holds the lock of the books together with others, whoever closes a month alone: so
# a month is closed only when nobody is still booking in it. What is refused began before the month
# was closed; done again it is booked now, hence the error of a transaction to be repeated.
_CLOSED = """
CREATE FUNCTION month_is_closed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE last timestamptz;
BEGIN
  PERFORM pg_advisory_xact_lock_shared(4242003);
  SELECT max(ends_at) INTO last FROM closed_months;
  IF EXISTS (SELECT FROM added WHERE booked_at < last) THEN
    RAISE EXCEPTION 'the books are closed until %', last USING ERRCODE = 'serialization_failure';
  END IF;
  RETURN NULL;
END $$
"""
_CLOSED_TRIGGER = """
CREATE TRIGGER month_is_closed AFTER INSERT ON ledger_transactions
REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION month_is_closed()
"""
# Nor does a line come later to what was booked in a closed month.
_LINES = """
CREATE FUNCTION month_of_line_is_closed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE last timestamptz;
BEGIN
  SELECT max(ends_at) INTO last FROM closed_months;
  IF last IS NOT NULL AND EXISTS (
    SELECT FROM added JOIN ledger_transactions USING (transaction_id) WHERE booked_at < last
  ) THEN
    RAISE EXCEPTION 'the books are closed until %', last USING ERRCODE = 'serialization_failure';
  END IF;
  RETURN NULL;
END $$
"""
_LINES_TRIGGER = """
CREATE TRIGGER month_is_closed AFTER INSERT ON ledger_entries
REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION month_of_line_is_closed()
"""


def upgrade() -> None:
    op.add_column("settlements", sa.Column("booked", sa.Text(), nullable=True))
    op.add_column("refunds", sa.Column("booked", sa.Text(), nullable=True))
    op.add_column("courses", sa.Column("title", sa.Text(), nullable=False, server_default=""))
    op.alter_column("courses", "title", server_default=None)
    op.add_column("courses", sa.Column("partner_id", sa.Text(), nullable=True))
    op.add_column(
        "courses", sa.Column("share", postgresql.JSONB(astext_type=sa.Text()), nullable=True)
    )
    op.create_index(
        op.f("ix_ledger_transactions_booked_at_transaction_id"),
        "ledger_transactions",
        ["booked_at", "transaction_id"],
        unique=False,
    )
    _create_months()
    _create_copies()


def _create_months() -> None:
    op.create_table(
        "closed_months",
        sa.Column("month", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_by", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("month", name=op.f("pk_closed_months")),
    )
    key = ("month", "currency", "account", "course_id", "movement")
    op.create_table(
        "month_closings",
        *[sa.Column(name, sa.Text(), nullable=False) for name in key],
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(*key, name=op.f("pk_month_closings")),
    )
    append_only(op, "closed_months", "month_closings")
    for made in (_CLOSED, _CLOSED_TRIGGER, _LINES, _LINES_TRIGGER):
        op.execute(made)


def _create_copies() -> None:
    op.create_table(
        "attended",
        sa.Column("registration_id", sa.Text(), nullable=False),
        sa.Column("session_id", sa.Text(), nullable=False),
        sa.Column("course_id", sa.Text(), nullable=False),
        sa.Column("present", sa.Boolean(), nullable=False),
        sa.Column("evidence_version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("registration_id", "session_id", name=op.f("pk_attended")),
    )
    op.create_index(op.f("ix_attended_course_id"), "attended", ["course_id"], unique=False)
    op.create_table(
        "certificates",
        sa.Column("certificate_id", sa.Text(), nullable=False),
        sa.Column("registration_id", sa.Text(), nullable=False),
        sa.Column("course_id", sa.Text(), nullable=False),
        sa.Column("board", sa.Text(), nullable=True),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("certificate_id", name=op.f("pk_certificates")),
    )
    for column in ("course_id", "registration_id"):
        op.create_index(op.f(f"ix_certificates_{column}"), "certificates", [column], unique=False)


def downgrade() -> None:
    op.execute("DROP TRIGGER month_is_closed ON ledger_entries")
    op.execute("DROP FUNCTION month_of_line_is_closed()")
    op.execute("DROP TRIGGER month_is_closed ON ledger_transactions")
    op.execute("DROP FUNCTION month_is_closed()")
    for table in ("certificates", "attended", "month_closings", "closed_months"):
        op.drop_table(table)
    op.drop_index(
        op.f("ix_ledger_transactions_booked_at_transaction_id"), table_name="ledger_transactions"
    )
    for table, column in (
        ("courses", "share"),
        ("courses", "partner_id"),
        ("courses", "title"),
        ("refunds", "booked"),
        ("settlements", "booked"),
    ):
        op.drop_column(table, column)
