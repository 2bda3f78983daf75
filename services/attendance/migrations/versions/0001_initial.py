"""The first tables of attendance; what evidence was kept cannot be changed.

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


def upgrade() -> None:
    create_runtime_tables(op)
    op.create_table(
        "courses",
        sa.Column("course_id", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("disclosure_version", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("course_id", name=op.f("pk_courses")),
    )
    op.create_table(
        "meetings",
        sa.Column("meeting_id", sa.Text(), nullable=False),
        sa.Column("course_id", sa.Text(), nullable=False),
        sa.Column("session_id", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("meeting_id", "course_id", "session_id", name=op.f("pk_meetings")),
    )
    op.create_index(
        op.f("ix_meetings_course_id_session_id"),
        "meetings",
        ["course_id", "session_id"],
        unique=False,
    )
    op.create_table(
        "observations",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("observation_id", sa.Text(), nullable=False),
        sa.Column("course_id", sa.Text(), nullable=False),
        sa.Column("session_id", sa.Text(), nullable=False),
        sa.Column("meeting_id", sa.Text(), nullable=True),
        sa.Column("participant_id", sa.Text(), nullable=True),
        sa.Column("registration_id", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("source", "observation_id", name=op.f("pk_observations")),
    )
    op.create_index(
        op.f("ix_observations_course_id_session_id_participant_id"),
        "observations",
        ["course_id", "session_id", "participant_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_observations_registration_id"), "observations", ["registration_id"], unique=False
    )
    op.create_table(
        "people",
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("erased", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_people")),
    )
    op.create_table(
        "records",
        sa.Column("course_id", sa.Text(), nullable=False),
        sa.Column("session_id", sa.Text(), nullable=False),
        sa.Column("registration_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("seconds", sa.BigInteger(), nullable=False),
        sa.Column("present", sa.Boolean(), nullable=False),
        sa.Column("instruction_seconds", sa.BigInteger(), nullable=False),
        sa.Column("inferred", sa.Boolean(), nullable=False),
        sa.Column("rule_version", sa.BigInteger(), nullable=False),
        sa.Column("evidence_version", sa.BigInteger(), nullable=False),
        sa.Column("evidence_sha256", sa.Text(), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("flagged_seconds", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint(
            "course_id", "session_id", "registration_id", name=op.f("pk_records")
        ),
    )
    op.create_index(
        op.f("ix_records_registration_id"), "records", ["registration_id"], unique=False
    )
    op.create_table(
        "registrations",
        sa.Column("registration_id", sa.Text(), nullable=False),
        sa.Column("course_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("standing", sa.Text(), nullable=False),
        sa.Column("token_version", sa.BigInteger(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("disclosure_version", sa.Text(), nullable=True),
        sa.Column("disclosure_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("given_back", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint(
            "standing in ('pending', 'confirmed', 'lapsed', 'ended')",
            name=op.f("ck_registrations_standing"),
        ),
        sa.PrimaryKeyConstraint("registration_id", name=op.f("pk_registrations")),
    )
    op.create_index(
        op.f("ix_registrations_course_id"), "registrations", ["course_id"], unique=False
    )
    op.create_index(
        op.f("ix_registrations_person_id"), "registrations", ["person_id"], unique=False
    )
    op.create_table(
        "report_lines",
        sa.Column("course_id", sa.Text(), nullable=False),
        sa.Column("session_id", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("participant_id", sa.Text(), nullable=False),
        sa.Column("registration_id", sa.Text(), nullable=True),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("waiting", sa.Boolean(), nullable=False),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("origin in ('report', 'partner')", name=op.f("ck_report_lines_origin")),
        sa.PrimaryKeyConstraint("course_id", "session_id", "sha256", name=op.f("pk_report_lines")),
    )
    op.create_index(
        op.f("ix_report_lines_course_id_session_id_participant_id"),
        "report_lines",
        ["course_id", "session_id", "participant_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_report_lines_registration_id"), "report_lines", ["registration_id"], unique=False
    )
    op.create_table(
        "sessions",
        sa.Column("course_id", sa.Text(), nullable=False),
        sa.Column("session_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("schedule_version", sa.BigInteger(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("breaks", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("meeting_id", sa.Text(), nullable=True),
        sa.Column("meeting_url", sa.Text(), nullable=True),
        sa.Column("published_meeting_id", sa.Text(), nullable=True),
        sa.Column("rule_version", sa.BigInteger(), nullable=False),
        sa.Column("max_missed_seconds", sa.BigInteger(), nullable=False),
        sa.Column("recorded", sa.Boolean(), nullable=False),
        sa.Column("instruction_minutes", sa.BigInteger(), nullable=True),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("completed_by", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state = 'stub' or (starts_at < ends_at)", name=op.f("ck_sessions_window")
        ),
        sa.CheckConstraint(
            "state in ('stub', 'planned', 'open', 'completed', 'cancelled')",
            name=op.f("ck_sessions_state"),
        ),
        sa.PrimaryKeyConstraint("course_id", "session_id", name=op.f("pk_sessions")),
    )
    op.create_table(
        "unmatched",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("course_id", sa.Text(), nullable=False),
        sa.Column("session_id", sa.Text(), nullable=False),
        sa.Column("participant_id", sa.Text(), nullable=False),
        sa.Column("claimed_registration_id", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("registration_id", sa.Text(), nullable=True),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("history", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint("state in ('open', 'matched')", name=op.f("ck_unmatched_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unmatched")),
    )
    op.create_index(
        op.f("ix_unmatched_claimed_registration_id"),
        "unmatched",
        ["claimed_registration_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_unmatched_course_id_session_id"),
        "unmatched",
        ["course_id", "session_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_unmatched_registration_id"), "unmatched", ["registration_id"], unique=False
    )
    op.create_index(op.f("ix_unmatched_state_id"), "unmatched", ["state", "id"], unique=False)
    append_only(op, "observations", "report_lines", retention=True)


def downgrade() -> None:
    op.drop_index(op.f("ix_unmatched_state_id"), table_name="unmatched")
    op.drop_index(op.f("ix_unmatched_registration_id"), table_name="unmatched")
    op.drop_index(op.f("ix_unmatched_course_id_session_id"), table_name="unmatched")
    op.drop_index(op.f("ix_unmatched_claimed_registration_id"), table_name="unmatched")
    op.drop_table("unmatched")
    op.drop_table("sessions")
    op.drop_index(op.f("ix_report_lines_registration_id"), table_name="report_lines")
    op.drop_index(
        op.f("ix_report_lines_course_id_session_id_participant_id"), table_name="report_lines"
    )
    op.drop_table("report_lines")
    op.drop_index(op.f("ix_registrations_person_id"), table_name="registrations")
    op.drop_index(op.f("ix_registrations_course_id"), table_name="registrations")
    op.drop_table("registrations")
    op.drop_index(op.f("ix_records_registration_id"), table_name="records")
    op.drop_table("records")
    op.drop_table("people")
    op.drop_index(op.f("ix_observations_registration_id"), table_name="observations")
    op.drop_index(
        op.f("ix_observations_course_id_session_id_participant_id"), table_name="observations"
    )
    op.drop_table("observations")
    op.drop_index(op.f("ix_meetings_course_id_session_id"), table_name="meetings")
    op.drop_table("meetings")
    op.drop_table("courses")
    drop_runtime_tables(op)
