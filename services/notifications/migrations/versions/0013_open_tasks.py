"""Open tasks, and the latest suppressions, are found past any number of others.

Revision ID: 0013
Revises: 0012
"""

from alembic import op

from shared.runtime.migration_steps import find_open_tasks, lose_open_tasks

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    find_open_tasks(op)
    op.create_index(op.f("ix_suppressions_at_address_hash"), "suppressions", ["at", "address_hash"])


def downgrade() -> None:
    op.drop_index(op.f("ix_suppressions_at_address_hash"), "suppressions")
    lose_open_tasks(op)
