"""Tasks say what they ask for, and are read oldest first.

Revision ID: 0009
Revises: 0008
"""

from alembic import op

from shared.runtime.migration_steps import forget_what_tasks_ask, say_what_tasks_ask

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    say_what_tasks_ask(op)


def downgrade() -> None:
    forget_what_tasks_ask(op)
