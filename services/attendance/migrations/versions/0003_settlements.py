"""Settlements, corrections, matches, sheets, and how long evidence is kept.

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

_OF_RECORD = ("course_id", "session_id", "registration_id")
_OF_MATCH = ("course_id", "session_id", "unmatched_id")


# What was settled by then, without its lines: only their digest was kept.
_WHAT_WAS_SETTLED = """
INSERT INTO settlements
SELECT r.course_id, r.session_id, r.registration_id, r.evidence_version, r.person_id, r.seconds,
  r.present, r.instruction_seconds, r.inferred, r.rule_version, s.max_missed_seconds, 'evidence',
  '[]', '[]', '[]', r.evidence_sha256, NULL, r.settled_at
FROM records r JOIN sessions s USING (course_id, session_id)
"""
# What humans said by then; no list did.
_WHAT_WAS_MATCHED = """
INSERT INTO matches
SELECT u.course_id, u.session_id, u.id, e.number, u.participant_id, e.said ->> 'registration_id',
  NULL, e.said ->> 'by', (e.said ->> 'at')::timestamptz
FROM unmatched u
CROSS JOIN LATERAL jsonb_array_elements(u.history) WITH ORDINALITY AS e(said, number)
"""


def upgrade() -> None:
    _add("courses", "keep_years", sa.BigInteger(), "7")
    _add("sessions", "zone", sa.Text(), "")
    _add("sessions", "location", sa.Text(), "")
    op.add_column("sessions", sa.Column("swapped_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("sessions", sa.Column("expired_at", sa.DateTime(timezone=True), nullable=True))
    _add("records", "by", sa.Text(), "evidence")
    _add("records", "correction", sa.BigInteger(), "0")
    _add("records", "doubts", postgresql.JSONB(astext_type=sa.Text()), "[]")
    op.add_column("records", sa.Column("kept_seconds", sa.BigInteger(), nullable=True))
    _origins("report", "partner", "sheet", "correction")
    op.create_table(
        "corrections",
        *(sa.Column(name, sa.Text(), nullable=False) for name in _OF_RECORD),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("seconds", sa.BigInteger(), nullable=True),
        sa.Column("lines", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind in ('evidence', 'ruling', 'withdrawn', 'accepted', 'kept')",
            name=op.f("ck_corrections_kind"),
        ),
        sa.CheckConstraint(
            "(kind in ('ruling', 'accepted', 'kept')) = (seconds is not null)",
            name=op.f("ck_corrections_seconds"),
        ),
        sa.PrimaryKeyConstraint(*_OF_RECORD, "number", name=op.f("pk_corrections")),
    )
    op.create_table(
        "correction_reasons",
        *(sa.Column(name, sa.Text(), nullable=False) for name in _OF_RECORD),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint(*_OF_RECORD, "number", name=op.f("pk_correction_reasons")),
    )
    op.create_index(
        op.f("ix_correction_reasons_registration_id"), "correction_reasons", ["registration_id"]
    )
    op.create_table(
        "settlements",
        *(sa.Column(name, sa.Text(), nullable=False) for name in _OF_RECORD),
        sa.Column("evidence_version", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("seconds", sa.BigInteger(), nullable=False),
        sa.Column("present", sa.Boolean(), nullable=False),
        sa.Column("instruction_seconds", sa.BigInteger(), nullable=False),
        sa.Column("inferred", sa.Boolean(), nullable=False),
        sa.Column("rule_version", sa.BigInteger(), nullable=False),
        sa.Column("max_missed_seconds", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("origins", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("lines", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("matches", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("evidence_sha256", sa.Text(), nullable=False),
        sa.Column("correction", sa.BigInteger(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("\"by\" in ('evidence', 'operator')", name=op.f("ck_settlements_by")),
        sa.PrimaryKeyConstraint(*_OF_RECORD, "evidence_version", name=op.f("pk_settlements")),
    )
    op.create_index(op.f("ix_settlements_registration_id"), "settlements", ["registration_id"])
    op.create_table(
        "matches",
        *(sa.Column(name, sa.Text(), nullable=False) for name in _OF_MATCH),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("participant_id", sa.Text(), nullable=False),
        sa.Column("registration_id", sa.Text(), nullable=True),
        sa.Column("registrant_id", sa.Text(), nullable=True),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint(*_OF_MATCH, "number", name=op.f("pk_matches")),
    )
    op.create_index(op.f("ix_matches_registration_id"), "matches", ["registration_id"])
    _states("open", "matched", "dismissed")
    op.create_table(
        "formers",
        sa.Column("registration_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("registration_id", "person_id", name=op.f("pk_formers")),
    )
    op.create_index(op.f("ix_formers_person_id"), "formers", ["person_id"])
    op.create_index(op.f("ix_unmatched_email"), "unmatched", ["email"])
    op.execute(_WHAT_WAS_SETTLED)
    op.execute(_WHAT_WAS_MATCHED)
    append_only(op, "corrections", "matches", "settlements", retention=True)


def downgrade() -> None:
    op.drop_index(op.f("ix_unmatched_email"), table_name="unmatched")
    op.drop_table("formers")
    op.execute("UPDATE unmatched SET state = 'open' WHERE state = 'dismissed'")
    _states("open", "matched")
    op.drop_table("matches")
    op.drop_table("settlements")
    op.drop_table("correction_reasons")
    op.drop_table("corrections")
    _origins("report", "partner")
    for name in ("doubts", "kept_seconds", "correction", "by"):
        op.drop_column("records", name)
    for name in ("expired_at", "swapped_at", "location", "zone"):
        op.drop_column("sessions", name)
    op.drop_column("courses", "keep_years")


def _add(table: str, name: str, kind: sa.types.TypeEngine, before: str) -> None:
    """A column with a value for the rows that are there; new rows say theirs."""
    op.add_column(table, sa.Column(name, kind, nullable=False, server_default=before))
    op.alter_column(table, name, server_default=None)


def _origins(*names: str) -> None:
    allowed = ", ".join(f"'{name}'" for name in names)
    op.drop_constraint(op.f("ck_report_lines_origin"), "report_lines")
    op.create_check_constraint(
        op.f("ck_report_lines_origin"), "report_lines", f"origin in ({allowed})"
    )


def _states(*names: str) -> None:
    allowed = ", ".join(f"'{name}'" for name in names)
    op.drop_constraint(op.f("ck_unmatched_state"), "unmatched")
    op.create_check_constraint(op.f("ck_unmatched_state"), "unmatched", f"state in ({allowed})")
