"""The first tables of billing; the ledger balances, and nothing in it can be changed.

Revision ID: 0001
Revises: nothing
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from shared.runtime.migrations import append_only, create_runtime_tables, drop_runtime_tables

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# Checked when the transaction commits: whatever was written, each ledger transaction sums to zero
# in each currency.
_BALANCES = """
CREATE FUNCTION ledger_balances() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT FROM ledger_entries WHERE transaction_id = NEW.transaction_id
    GROUP BY currency HAVING sum(amount_minor) <> 0
  ) THEN
    RAISE EXCEPTION 'ledger transaction % does not balance', NEW.transaction_id
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$
"""
_BALANCES_TRIGGER = """
CREATE CONSTRAINT TRIGGER ledger_balances AFTER INSERT ON ledger_entries
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_balances()
"""


def protect_books() -> None:
    """Balanced at commit, and append-only for everyone, the service itself included."""
    op.execute(_BALANCES)
    op.execute(_BALANCES_TRIGGER)
    append_only(
        op,
        "invoices",
        "invoice_lines",
        "ledger_transactions",
        "ledger_entries",
        "credit_entries",
    )


def upgrade() -> None:
    create_runtime_tables(op)
    op.create_table(
        "checkouts",
        sa.Column("checkout_id", sa.Text(), nullable=False),
        sa.Column("invoice_id", sa.Text(), nullable=False),
        sa.Column("gateway", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("checkout_id", name=op.f("pk_checkouts")),
    )
    op.create_index(op.f("ix_checkouts_invoice_id"), "checkouts", ["invoice_id"], unique=False)
    op.create_table(
        "counters",
        sa.Column("series", sa.Text(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("series", name=op.f("pk_counters")),
    )
    op.create_table(
        "courses",
        sa.Column("course_id", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("course_id", name=op.f("pk_courses")),
    )
    op.create_table(
        "credit_entries",
        sa.Column("entry_id", sa.Text(), nullable=False),
        sa.Column("credit_id", sa.Text(), nullable=False),
        sa.Column("registration_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("corrects", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "kind in ('issued', 'redeemed', 'restored', 'expired', 'voided')",
            name=op.f("ck_credit_entries_kind"),
        ),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_credit_entries")),
    )
    op.create_index(
        op.f("ix_credit_entries_credit_id"), "credit_entries", ["credit_id"], unique=False
    )
    op.create_index(
        op.f("ix_credit_entries_registration_id"),
        "credit_entries",
        ["registration_id"],
        unique=False,
    )
    op.create_table(
        "credits",
        sa.Column("credit_id", sa.Text(), nullable=False),
        sa.Column("code_hash", sa.Text(), nullable=True),
        sa.Column("holder_kind", sa.Text(), nullable=False),
        sa.Column("holder_id", sa.Text(), nullable=False),
        sa.Column("registration_id", sa.Text(), nullable=False),
        sa.Column("course_id", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("balance_minor", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("terms", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint(
            "state in ('active', 'frozen', 'expired', 'voided')", name=op.f("ck_credits_state")
        ),
        sa.CheckConstraint("balance_minor >= 0", name=op.f("ck_credits_balance")),
        sa.PrimaryKeyConstraint("credit_id", name=op.f("pk_credits")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_credits_code_hash")),
    )
    op.create_index(
        op.f("ix_credits_registration_id"), "credits", ["registration_id"], unique=False
    )
    op.create_table(
        "gateway_events",
        sa.Column("gateway", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("object_id", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("gateway", "event_id", name=op.f("pk_gateway_events")),
    )
    op.create_table(
        "group_orders",
        sa.Column("invoice_id", sa.Text(), nullable=False),
        sa.Column("group_id", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("heard", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("invoice_id", name=op.f("pk_group_orders")),
    )
    op.create_table(
        "held_sessions",
        sa.Column("course_id", sa.Text(), nullable=False),
        sa.Column("session_id", sa.Text(), nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("course_id", "session_id", name=op.f("pk_held_sessions")),
    )
    op.create_table(
        "invoices",
        sa.Column("invoice_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("invoice_id", name=op.f("pk_invoices")),
        sa.UniqueConstraint("number", name=op.f("uq_invoices_number")),
    )
    op.create_table(
        "invoice_lines",
        sa.Column("invoice_id", sa.Text(), nullable=False),
        sa.Column("registration_id", sa.Text(), nullable=False),
        sa.Column("line", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind in ('course', 'discount', 'tax', 'fee', 'credit_note', 'withdrawn', "
            "'reinstated', 'transfer')",
            name=op.f("ck_invoice_lines_kind"),
        ),
        sa.PrimaryKeyConstraint(
            "invoice_id", "registration_id", "line", name=op.f("pk_invoice_lines")
        ),
    )
    op.create_index(
        op.f("ix_invoice_lines_registration_id"),
        "invoice_lines",
        ["registration_id"],
        unique=False,
    )
    op.create_table(
        "ledger_entries",
        sa.Column("transaction_id", sa.Text(), nullable=False),
        sa.Column("line", sa.BigInteger(), nullable=False),
        sa.Column("registration_id", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("transaction_id", "line", name=op.f("pk_ledger_entries")),
    )
    op.create_index(
        op.f("ix_ledger_entries_registration_id"),
        "ledger_entries",
        ["registration_id"],
        unique=False,
    )
    op.create_table(
        "ledger_transactions",
        sa.Column("transaction_id", sa.Text(), nullable=False),
        sa.Column("registration_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("booked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("corrects", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("transaction_id", name=op.f("pk_ledger_transactions")),
    )
    op.create_table(
        "payments",
        sa.Column("payment_id", sa.Text(), nullable=False),
        sa.Column("invoice_id", sa.Text(), nullable=False),
        sa.Column("gateway", sa.Text(), nullable=False),
        sa.Column("tender", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("returned_minor", sa.BigInteger(), nullable=False),
        sa.Column("refunds", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint("state in ('succeeded', 'failed')", name=op.f("ck_payments_state")),
        sa.CheckConstraint(
            "returned_minor between 0 and amount_minor", name=op.f("ck_payments_returned")
        ),
        sa.PrimaryKeyConstraint("payment_id", name=op.f("pk_payments")),
    )
    op.create_index(op.f("ix_payments_invoice_id"), "payments", ["invoice_id"], unique=False)
    op.create_table(
        "payment_parts",
        sa.Column("payment_id", sa.Text(), nullable=False),
        sa.Column("registration_id", sa.Text(), nullable=False),
        sa.Column("invoice_id", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("applied_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "applied_minor between 0 and amount_minor", name=op.f("ck_payment_parts_applied")
        ),
        sa.PrimaryKeyConstraint("payment_id", "registration_id", name=op.f("pk_payment_parts")),
    )
    op.create_index(
        op.f("ix_payment_parts_invoice_id"), "payment_parts", ["invoice_id"], unique=False
    )
    op.create_index(
        op.f("ix_payment_parts_registration_id"),
        "payment_parts",
        ["registration_id"],
        unique=False,
    )
    op.create_table(
        "people",
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("erased", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_people")),
    )
    op.create_table(
        "refunds",
        sa.Column("refund_id", sa.Text(), nullable=False),
        sa.Column("payment_id", sa.Text(), nullable=False),
        sa.Column("registration_id", sa.Text(), nullable=False),
        sa.Column("gateway", sa.Text(), nullable=False),
        sa.Column("tender", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("requested_by", sa.Text(), nullable=False),
        sa.Column("gateway_ref", sa.Text(), nullable=True),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state in ('requested', 'submitted', 'succeeded', 'failed', 'unknown')",
            name=op.f("ck_refunds_state"),
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_refunds_amount")),
        sa.PrimaryKeyConstraint("refund_id", name=op.f("pk_refunds")),
    )
    op.create_index(
        op.f("ix_refunds_registration_id"), "refunds", ["registration_id"], unique=False
    )
    op.create_table(
        "registrations",
        sa.Column("registration_id", sa.Text(), nullable=False),
        sa.Column("course_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("payer_id", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=True),
        sa.Column("payment_method", sa.Text(), nullable=True),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("invoice_id", sa.Text(), nullable=True),
        sa.Column("group_id", sa.Text(), nullable=True),
        sa.Column("token_version", sa.BigInteger(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("basis", sa.Text(), nullable=True),
        sa.Column("expired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("transferred_from", sa.Text(), nullable=True),
        sa.Column("transferred_to", sa.Text(), nullable=True),
        sa.Column("moved_in_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("registration_id", name=op.f("pk_registrations")),
    )
    op.create_index(
        op.f("ix_registrations_course_id"), "registrations", ["course_id"], unique=False
    )
    op.create_table(
        "settlements",
        sa.Column("registration_id", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("was", sa.Text(), nullable=False),
        sa.Column("prefer", sa.Text(), nullable=True),
        sa.Column("override", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("minutes", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("paid_minor", sa.BigInteger(), nullable=False),
        sa.Column("fee_minor", sa.BigInteger(), nullable=False),
        sa.Column("decided", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("waiting_minor", sa.BigInteger(), nullable=False),
        sa.Column("waiting_until", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("registration_id", "cause", name=op.f("pk_settlements")),
    )
    op.create_table(
        "terms",
        sa.Column("registration_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("course_version", sa.BigInteger(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("schedule", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("policy", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("registration_id", name=op.f("pk_terms")),
    )
    protect_books()


def downgrade() -> None:
    op.drop_table("terms")
    op.drop_table("settlements")
    op.drop_index(op.f("ix_registrations_course_id"), table_name="registrations")
    op.drop_table("registrations")
    op.drop_index(op.f("ix_refunds_registration_id"), table_name="refunds")
    op.drop_table("refunds")
    op.drop_table("people")
    op.drop_index(op.f("ix_payment_parts_registration_id"), table_name="payment_parts")
    op.drop_index(op.f("ix_payment_parts_invoice_id"), table_name="payment_parts")
    op.drop_table("payment_parts")
    op.drop_index(op.f("ix_payments_invoice_id"), table_name="payments")
    op.drop_table("payments")
    op.drop_table("ledger_transactions")
    op.drop_index(op.f("ix_ledger_entries_registration_id"), table_name="ledger_entries")
    op.drop_table("ledger_entries")
    op.drop_index(op.f("ix_invoice_lines_registration_id"), table_name="invoice_lines")
    op.drop_table("invoice_lines")
    op.drop_table("invoices")
    op.drop_table("held_sessions")
    op.drop_table("group_orders")
    op.drop_table("gateway_events")
    op.drop_index(op.f("ix_credits_registration_id"), table_name="credits")
    op.drop_table("credits")
    op.drop_index(op.f("ix_credit_entries_registration_id"), table_name="credit_entries")
    op.drop_index(op.f("ix_credit_entries_credit_id"), table_name="credit_entries")
    op.drop_table("credit_entries")
    op.drop_table("courses")
    op.drop_table("counters")
    op.drop_index(op.f("ix_checkouts_invoice_id"), table_name="checkouts")
    op.drop_table("checkouts")
    op.execute("DROP FUNCTION ledger_balances()")
    drop_runtime_tables(op)
