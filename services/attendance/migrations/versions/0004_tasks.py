"""Tasks say what they ask for, and are read oldest first.

Revision ID: 0004
Revises: 0003
"""

from alembic import op

from shared.runtime.migration_steps import forget_what_tasks_ask, say_what_tasks_ask

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    say_what_tasks_ask(op)


def downgrade() -> None:
    forget_what_tasks_ask(op)
