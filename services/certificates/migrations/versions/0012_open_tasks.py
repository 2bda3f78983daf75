"""Open tasks are found past any number of closed ones.

Revision ID: 0012
Revises: 0011
"""

from alembic import op

from shared.runtime.migration_steps import find_open_tasks, lose_open_tasks

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    find_open_tasks(op)


def downgrade() -> None:
    lose_open_tasks(op)
