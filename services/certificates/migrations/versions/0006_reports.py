"""Reports as they went out; the day of birth of whom a registry knows by it; evidence ends.

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from shared.runtime.migrations import append_only

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("people", sa.Column("birth_day", sa.Text(), server_default="", nullable=False))
    op.alter_column("people", "birth_day", server_default=None)
    op.add_column(
        "courses", sa.Column("evidence_ended_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.create_table(
        "reports",
        sa.Column("course_id", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("board", sa.Text(), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("lines", sa.BigInteger(), nullable=False),
        sa.Column("held", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("rule", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint("kind in ('new', 'correction')", name=op.f("ck_reports_kind")),
        sa.PrimaryKeyConstraint("course_id", "number", name=op.f("pk_reports")),
    )
    op.create_index(
        op.f("ix_reports_course_id_board_number"), "reports", ["course_id", "board", "number"]
    )
    op.create_table(
        "report_files",
        sa.Column("course_id", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("course_id", "number", name=op.f("pk_report_files")),
    )
    op.create_table(
        "report_lines",
        sa.Column("course_id", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("line", sa.BigInteger(), nullable=False),
        sa.Column("board", sa.Text(), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("registration_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("certificate_id", sa.Text(), nullable=False),
        sa.Column("credits", sa.Text(), nullable=False),
        sa.Column("mark", sa.Text(), nullable=False),
        sa.Column("corrects_report", sa.BigInteger(), nullable=False),
        sa.Column("corrects_line", sa.BigInteger(), nullable=False),
        sa.Column("refused", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("course_id", "number", "line", name=op.f("pk_report_lines")),
    )
    op.create_index(
        op.f("ix_report_lines_registration_id_board_format_number"),
        "report_lines",
        ["registration_id", "board", "format", "number"],
    )
    op.create_index(op.f("ix_report_lines_person_id"), "report_lines", ["person_id"])
    op.create_table(
        "report_outcomes",
        sa.Column("course_id", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("turn", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("lines", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("noted_by", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "outcome in ('accepted', 'refused')", name=op.f("ck_report_outcomes_outcome")
        ),
        sa.PrimaryKeyConstraint("course_id", "number", "turn", name=op.f("pk_report_outcomes")),
    )
    append_only(op, "reports", "report_outcomes")
    append_only(op, "report_files", retention=True)


def downgrade() -> None:
    for name in ("report_outcomes", "report_lines", "report_files", "reports"):
        op.drop_table(name)
    op.drop_column("courses", "evidence_ended_at")
    op.drop_column("people", "birth_day")
