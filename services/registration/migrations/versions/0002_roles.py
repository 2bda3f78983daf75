"""As what somebody with a complimentary seat takes part: presenter, moderator or staff.

It was in the history alone, where it was written down with the first step; so it is taken from
there.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("registrations", sa.Column("role", sa.Text(), server_default="", nullable=False))
    op.execute(
        """
        UPDATE registrations r SET role = h.facts->>'complimentary'
        FROM history h
        WHERE r.complimentary AND h.registration_id = r.registration_id
            AND h.facts->>'complimentary' IS NOT NULL
        """
    )
    op.alter_column("registrations", "role", server_default=None)


def downgrade() -> None:
    op.drop_column("registrations", "role")
