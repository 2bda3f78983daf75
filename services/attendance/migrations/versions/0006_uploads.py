"""Uploads: what was sent as a whole, so that it can be withdrawn as a whole.

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from shared.runtime.migrations import append_only

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_FORMER = ("former_emails", "former_names")  # of people, for erasure
_KEY = ("course_id", "session_id", "number")


def upgrade() -> None:
    for name, texts, when in (
        ("uploads", ("origin", "fingerprint", "by"), "received_at"),
        ("withdrawals", ("reason", "by"), "at"),
    ):
        op.create_table(
            name,
            *(sa.Column(key, sa.Text(), nullable=False) for key in _KEY[:2]),
            sa.Column("number", sa.BigInteger(), nullable=False),
            *(sa.Column(text, sa.Text(), nullable=False) for text in texts),
            sa.Column(when, sa.DateTime(timezone=True), nullable=False),
            sa.PrimaryKeyConstraint(*_KEY, name=op.f(f"pk_{name}")),
        )
    op.add_column("uploads", sa.Column("zone", sa.Text(), nullable=True))
    # What came before has no upload to be withdrawn.
    op.add_column(
        "report_lines", sa.Column("upload", sa.BigInteger(), nullable=False, server_default="0")
    )
    op.alter_column("report_lines", "upload", server_default=None)
    _key_of_lines("sha256", "course_id", "session_id", "upload")
    append_only(op, "uploads", "withdrawals", retention=True)
    for name in _FORMER:
        op.add_column("people", sa.Column(name, JSONB(), nullable=False, server_default="[]"))
        op.alter_column("people", name, server_default=None)
    op.create_index(op.f("ix_unmatched_course_id_name"), "unmatched", ["course_id", "name"])


def downgrade() -> None:
    op.drop_index(op.f("ix_unmatched_course_id_name"), "unmatched")
    for name in _FORMER:
        op.drop_column("people", name)
    _key_of_lines("course_id", "session_id", "sha256")
    op.drop_column("report_lines", "upload")
    op.drop_table("withdrawals")
    op.drop_table("uploads")


def _key_of_lines(*columns: str) -> None:
    op.drop_constraint(op.f("pk_report_lines"), "report_lines")
    op.create_primary_key(op.f("pk_report_lines"), "report_lines", list(columns))
