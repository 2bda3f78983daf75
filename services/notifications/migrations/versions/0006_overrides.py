"""Providers' own templates, and every version of them.

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

from shared.runtime.migrations import append_only

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_TABLES = {"overrides": 2, "override_versions": 3}  # columns of the key


def upgrade() -> None:
    key = ("template", "language", "version")
    for name, of in _TABLES.items():
        op.create_table(
            name,
            sa.Column("template", sa.Text(), nullable=False),
            sa.Column("language", sa.Text(), nullable=False),
            sa.Column("version", sa.BigInteger(), nullable=False),
            *(
                sa.Column(text, sa.Text(), nullable=False)
                for text in ("source", "ours", "by", "reason")
            ),
            sa.Column("at", sa.DateTime(timezone=True), nullable=False),
            sa.PrimaryKeyConstraint(*key[:of], name=op.f(f"pk_{name}")),
        )
    append_only(op, "override_versions")


def downgrade() -> None:
    for name in reversed(_TABLES):
        op.drop_table(name)
