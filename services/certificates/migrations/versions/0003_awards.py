"""Post-tests, declined boards, participation on request; what a certificate rests on.

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

JSON = postgresql.JSONB(astext_type=sa.Text())
ADDED = (
    ("registrations", "post_tests", JSON, "{}"),
    ("registrations", "declined", JSON, "{}"),
    ("certificates", "rule_version", sa.BigInteger(), "1"),
    ("certificates", "evidence", JSON, "{}"),
)
# What those that are out already rest on, as far as it is known now.
RESTING = """
UPDATE certificates c SET
    evidence = coalesce((
        SELECT jsonb_object_agg(one.key, one.value -> 'version')
        FROM registrations r, jsonb_each(r.attended) one
        WHERE r.registration_id = c.registration_id), '{}'),
    rule_version = coalesce((
        SELECT (said.board ->> 'rule_version')::bigint
        FROM courses k, jsonb_array_elements(k.document -> 'boards') said (board)
        WHERE k.course_id = c.course_id AND said.board ->> 'board' = c.board LIMIT 1), 1)
"""


def upgrade() -> None:
    for table, name, kind, before in ADDED:
        op.add_column(table, sa.Column(name, kind, nullable=False, server_default=before))
        op.alter_column(table, name, server_default=None)
    op.execute(RESTING)
    op.add_column("registrations", sa.Column("participation_for", sa.Text(), nullable=True))
    op.drop_column("registrations", "passed_post_test")
    op.create_table(
        "item_banks",
        sa.Column("course_id", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("items", JSON, nullable=False),
        sa.Column("used", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("course_id", "version", name=op.f("pk_item_banks")),
    )
    op.create_table(
        "attempts",
        sa.Column("attempt_id", sa.Text(), nullable=False),
        sa.Column("registration_id", sa.Text(), nullable=False),
        sa.Column("course_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("correct", sa.BigInteger(), nullable=False),
        sa.Column("items", sa.BigInteger(), nullable=False),
        sa.Column("percent", sa.BigInteger(), nullable=False),
        sa.Column("passed", JSON, nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("attempt_id", name=op.f("pk_attempts")),
    )
    op.create_index(
        op.f("ix_attempts_registration_id"), "attempts", ["registration_id"], unique=False
    )
    op.create_index(
        op.f("ix_attempts_course_id_taken_at"), "attempts", ["course_id", "taken_at"], unique=False
    )
    append_only(op, "attempts", retention=True)


def downgrade() -> None:
    op.drop_table("attempts")
    op.drop_table("item_banks")
    op.add_column(
        "registrations",
        sa.Column("passed_post_test", sa.Boolean(), nullable=False, server_default="false"),
    )
    op.alter_column("registrations", "passed_post_test", server_default=None)
    op.drop_column("registrations", "participation_for")
    for table, name, _, _ in reversed(ADDED):
        op.drop_column(table, name)
