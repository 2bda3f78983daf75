"""Open tasks are found past any number of closed ones.

Revision ID: 0006
Revises: 0005
"""

from alembic import op

from shared.runtime.migration_steps import find_open_tasks, lose_open_tasks

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    find_open_tasks(op)


def downgrade() -> None:
    lose_open_tasks(op)
