"""Open tasks are found past any number of closed ones.

Revision ID: 0005
Revises: 0004
"""

from alembic import op

from shared.runtime.migration_steps import find_open_tasks, lose_open_tasks

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    find_open_tasks(op)


def downgrade() -> None:
    lose_open_tasks(op)
