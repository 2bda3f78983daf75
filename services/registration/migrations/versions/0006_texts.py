"""People may agree to texts, and give a number for them.

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None
_WORDS = ("phone", "sms_consent")


def upgrade() -> None:
    for name in _WORDS:
        op.add_column("people", sa.Column(name, sa.Text(), server_default="", nullable=False))
        op.alter_column("people", name, server_default=None)
    op.add_column("people", sa.Column("sms_consent_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    for name in ("sms_consent_at", *_WORDS):
        op.drop_column("people", name)
