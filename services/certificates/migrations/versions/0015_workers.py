"""Workers say that they are there, with what they hear.

Revision ID: 0015
Revises: 0014
"""

from alembic import op

from shared.runtime.migration_steps import forget_workers, note_workers

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    note_workers(op)


def downgrade() -> None:
    forget_workers(op)
