"""Workers say that they are there, with what they hear.

Revision ID: 0012
Revises: 0011
"""

from alembic import op

from shared.runtime.migration_steps import forget_workers, note_workers

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    note_workers(op)


def downgrade() -> None:
    forget_workers(op)
