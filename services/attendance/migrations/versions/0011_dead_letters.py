"""What could not be used is kept beside Kafka, for who decides about it over HTTP.

Revision ID: 0011
Revises: 0010
"""

from alembic import op

from shared.runtime.migration_steps import keep_dead_letters, lose_dead_letters

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    keep_dead_letters(op)


def downgrade() -> None:
    lose_dead_letters(op)
