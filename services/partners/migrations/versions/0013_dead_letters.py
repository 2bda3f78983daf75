"""What could not be used is kept beside Kafka, for who decides about it over HTTP.

Revision ID: 0013
Revises: 0012
"""

from alembic import op

from shared.runtime.migration_steps import keep_dead_letters, lose_dead_letters

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    keep_dead_letters(op)


def downgrade() -> None:
    lose_dead_letters(op)
