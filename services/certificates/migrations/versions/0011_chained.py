"""Who did what is a chain: a row that is changed, removed or added later is found.

Revision ID: 0011
Revises: 0010
"""

from alembic import op

from shared.runtime.migration_steps import chain_audits, unchain_audits

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    chain_audits(op)


def downgrade() -> None:
    unchain_audits(op)
