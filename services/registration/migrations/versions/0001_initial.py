"""Tables of registration.

Revision ID: 0001
Revises:
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from shared.runtime.migrations import append_only, create_runtime_tables, drop_runtime_tables

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_runtime_tables(op)
    op.create_table(
        "certificates",
        sa.Column("certificate_id", sa.Text(), nullable=False),
        sa.Column("registration_id", sa.Text(), nullable=True),
        sa.Column("course_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("issued", sa.Boolean(), nullable=False),
        sa.Column("ended", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("certificate_id", name=op.f("pk_certificates")),
    )
    op.create_index(op.f("ix_certificates_course_id"), "certificates", ["course_id"], unique=False)
    op.create_index(op.f("ix_certificates_number"), "certificates", ["number"], unique=False)
    op.create_index(
        op.f("ix_certificates_registration_id"), "certificates", ["registration_id"], unique=False
    )
    op.create_table(
        "choices",
        sa.Column("registration_id", sa.Text(), nullable=False),
        sa.Column("session_id", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("chosen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("registration_id", "session_id", name=op.f("pk_choices")),
    )
    op.create_table(
        "course_versions",
        sa.Column("course_id", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("document", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("course_id", "version", name=op.f("pk_course_versions")),
    )
    op.create_table(
        "courses",
        sa.Column("course_id", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("first_start", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_end", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("terms", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("status in ('published', 'cancelled')", name=op.f("ck_courses_status")),
        sa.PrimaryKeyConstraint("course_id", name=op.f("pk_courses")),
    )
    op.create_index(op.f("ix_courses_first_start"), "courses", ["first_start"], unique=False)
    op.create_table(
        "credits",
        sa.Column("code_digest", sa.Text(), nullable=False),
        sa.Column("credit_id", sa.Text(), nullable=False),
        sa.Column("holder_kind", sa.Text(), nullable=False),
        sa.Column("holder_id", sa.Text(), nullable=False),
        sa.Column("transferable", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("code_digest", name=op.f("pk_credits")),
    )
    op.create_table(
        "history",
        sa.Column("registration_id", sa.Text(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("registration_id", "revision", name=op.f("pk_history")),
    )
    op.create_table(
        "invoices",
        sa.Column("registration_id", sa.Text(), nullable=False),
        sa.Column("invoice_id", sa.Text(), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("registration_id", "invoice_id", name=op.f("pk_invoices")),
    )
    op.create_table(
        "people",
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("email_key", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("profession", sa.Text(), nullable=False),
        sa.Column("licenses", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("alias", sa.Text(), nullable=True),
        sa.Column("merged_into", sa.Text(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_people")),
    )
    op.create_index(op.f("ix_people_alias"), "people", ["alias"], unique=False)
    op.create_index(op.f("ix_people_email_key"), "people", ["email_key"], unique=False)
    op.create_index(op.f("ix_people_merged_into"), "people", ["merged_into"], unique=False)
    op.create_table(
        "person_changes",
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("other", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "version", name=op.f("pk_person_changes")),
    )
    op.create_table(
        "prerequisites_met",
        sa.Column("registration_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("course_id", sa.Text(), nullable=False),
        sa.Column("certificate_id", sa.Text(), nullable=True),
        sa.Column("met_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint(
            "registration_id", "person_id", "course_id", name=op.f("pk_prerequisites_met")
        ),
    )
    op.create_table(
        "price_codes",
        sa.Column("course_id", sa.Text(), nullable=False),
        sa.Column("price_id", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("most", sa.BigInteger(), nullable=True),
        sa.Column("used", sa.BigInteger(), nullable=False),
        sa.Column("ended", sa.Boolean(), nullable=False),
        sa.CheckConstraint("used >= 0", name=op.f("ck_price_codes_used")),
        sa.PrimaryKeyConstraint("course_id", "price_id", name=op.f("pk_price_codes")),
    )
    op.create_table(
        "registrations",
        sa.Column("registration_id", sa.Text(), nullable=False),
        sa.Column("course_id", sa.Text(), nullable=False),
        sa.Column("course_version", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("person_key", sa.Text(), nullable=True),
        sa.Column("live_key", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("seat", sa.Text(), nullable=False),
        sa.Column("ticket", sa.BigInteger(), nullable=True),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("price_id", sa.Text(), nullable=False),
        sa.Column("complimentary", sa.Boolean(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=True),
        sa.Column("tax_place", sa.Text(), nullable=False),
        sa.Column("group_id", sa.Text(), nullable=True),
        sa.Column("transferred_from", sa.Text(), nullable=True),
        sa.Column("transfer_to", sa.Text(), nullable=True),
        sa.Column("credit_ids", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("first_start", sa.DateTime(timezone=True), nullable=False),
        sa.Column("disclosure_version", sa.Text(), nullable=True),
        sa.Column("disclosed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("token_version", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("hold_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("offer_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("basis", sa.Text(), nullable=True),
        sa.Column("cancel_requested_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("choose_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("partner_id", sa.Text(), nullable=True),
        sa.Column("item_id", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "method in ('card', 'invoice', 'free')", name=op.f("ck_registrations_method")
        ),
        sa.CheckConstraint(
            "seat in ('none', 'held', 'offered', 'sold')", name=op.f("ck_registrations_seat")
        ),
        sa.CheckConstraint(
            "state in ('requested', 'waitlisted', 'offered', 'confirmed', 'expired', 'lapsed', 'cancelled', 'transferred', 'completed')",
            name=op.f("ck_registrations_state"),
        ),
        sa.PrimaryKeyConstraint("registration_id", name=op.f("pk_registrations")),
        sa.UniqueConstraint("live_key", name=op.f("uq_registrations_live_key")),
    )
    op.create_index(
        op.f("ix_registrations_course_id_registration_id"),
        "registrations",
        ["course_id", "registration_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_registrations_course_id_state_ticket_registration_id"),
        "registrations",
        ["course_id", "state", "ticket", "registration_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_registrations_person_id"), "registrations", ["person_id"], unique=False
    )
    op.create_table(
        "seats",
        sa.Column("course_id", sa.Text(), nullable=False),
        sa.Column("capacity", sa.BigInteger(), nullable=False),
        sa.Column("sold", sa.BigInteger(), nullable=False),
        sa.Column("held", sa.BigInteger(), nullable=False),
        sa.Column("offered", sa.BigInteger(), nullable=False),
        sa.Column("waiting", sa.BigInteger(), nullable=False),
        sa.Column("tickets", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "least(capacity, sold, held, offered, waiting) >= 0", name=op.f("ck_seats_whole")
        ),
        sa.PrimaryKeyConstraint("course_id", name=op.f("pk_seats")),
    )
    op.create_table(
        "sessions_completed",
        sa.Column("course_id", sa.Text(), nullable=False),
        sa.Column("session_id", sa.Text(), nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("course_id", "session_id", name=op.f("pk_sessions_completed")),
    )
    op.create_table(
        "submissions",
        sa.Column("partner_id", sa.Text(), nullable=False),
        sa.Column("item_id", sa.Text(), nullable=False),
        sa.Column("registration_id", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("partner_id", "item_id", name=op.f("pk_submissions")),
    )
    op.create_table(
        "withdrawals",
        sa.Column("course_id", sa.Text(), nullable=False),
        sa.Column("session_id", sa.Text(), nullable=False),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("choose_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("prefer_credit", sa.Boolean(), nullable=False),
        sa.Column("concerned", sa.BigInteger(), nullable=False),
        sa.Column("schedule_version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("course_id", "session_id", name=op.f("pk_withdrawals")),
    )
    op.create_table(
        "words",
        sa.Column("registration_id", sa.Text(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=True),
        sa.Column("said", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("registration_id", "revision", name=op.f("pk_words")),
    )
    # What was published, and what happened, is never changed afterwards.
    append_only(op, "course_versions", "history")


def downgrade() -> None:
    op.drop_table("words")
    op.drop_table("withdrawals")
    op.drop_table("submissions")
    op.drop_table("sessions_completed")
    op.drop_table("seats")
    op.drop_index(op.f("ix_registrations_person_id"), table_name="registrations")
    op.drop_index(
        op.f("ix_registrations_course_id_state_ticket_registration_id"), table_name="registrations"
    )
    op.drop_index(op.f("ix_registrations_course_id_registration_id"), table_name="registrations")
    op.drop_table("registrations")
    op.drop_table("price_codes")
    op.drop_table("prerequisites_met")
    op.drop_table("person_changes")
    op.drop_index(op.f("ix_people_merged_into"), table_name="people")
    op.drop_index(op.f("ix_people_email_key"), table_name="people")
    op.drop_index(op.f("ix_people_alias"), table_name="people")
    op.drop_table("people")
    op.drop_table("invoices")
    op.drop_table("history")
    op.drop_table("credits")
    op.drop_index(op.f("ix_courses_first_start"), table_name="courses")
    op.drop_table("courses")
    op.drop_table("course_versions")
    op.drop_table("choices")
    op.drop_index(op.f("ix_certificates_registration_id"), table_name="certificates")
    op.drop_index(op.f("ix_certificates_number"), table_name="certificates")
    op.drop_index(op.f("ix_certificates_course_id"), table_name="certificates")
    op.drop_table("certificates")
    drop_runtime_tables(op)
