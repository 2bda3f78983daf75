"""Keys are rotated, status lists keep their order, evaluations are reopened and told in threes.

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

JSON = postgresql.JSONB(astext_type=sa.Text())
ADDED = (
    ("signing_keys", "state", sa.Text(), "retired"),
    ("status_counters", "seed", sa.Text(), ""),
    ("certificates", "jwt_sha256", sa.Text(), ""),
    ("evaluations", "form", sa.Text(), ""),
    ("evaluations", "released", sa.Boolean(), "false"),
    ("courses", "forms", JSON, "{}"),
)
MAYBE = (
    ("signing_keys", "retired_at", sa.DateTime(timezone=True)),
    ("signing_keys", "compromised_at", sa.DateTime(timezone=True)),
    ("courses", "evaluation_until", sa.DateTime(timezone=True)),
    ("registrations", "reopened", JSON),
)


def upgrade() -> None:
    for table, name, kind, before in ADDED:
        op.add_column(table, sa.Column(name, kind, nullable=False, server_default=before))
        op.alter_column(table, name, server_default=None)
    for table, name, kind in MAYBE:
        op.add_column(table, sa.Column(name, kind, nullable=True))
    op.execute(
        "UPDATE signing_keys SET state = 'active' WHERE key_id ="
        " (SELECT key_id FROM signing_keys ORDER BY created_at DESC, key_id LIMIT 1)"
    )
    op.execute(
        "UPDATE certificates c SET jwt_sha256 = encode(sha256(convert_to(d.jwt, 'UTF8')), 'hex')"
        " FROM documents d WHERE d.certificate_id = c.certificate_id AND d.jwt <> ''"
    )
    op.create_check_constraint(
        op.f("ck_signing_keys_state"), "signing_keys", "state in ('active', 'retired')"
    )
    op.create_index(
        "uq_signing_keys_active",
        "signing_keys",
        ["state"],
        unique=True,
        postgresql_where=sa.text("state = 'active'"),
    )
    op.drop_index(op.f("ix_evaluations_course_id"), table_name="evaluations")
    op.create_index(
        op.f("ix_evaluations_course_id_released"), "evaluations", ["course_id", "released"]
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_evaluations_course_id_released"), table_name="evaluations")
    op.create_index(op.f("ix_evaluations_course_id"), "evaluations", ["course_id"])
    op.drop_index("uq_signing_keys_active", table_name="signing_keys")
    op.drop_constraint(op.f("ck_signing_keys_state"), "signing_keys", type_="check")
    for table, name, _ in MAYBE:
        op.drop_column(table, name)
    for table, name, *_ in ADDED:
        op.drop_column(table, name)
