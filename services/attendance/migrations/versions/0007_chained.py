"""Who did what is a chain: a row that is changed, removed or added later is found.

Revision ID: 0007
Revises: 0006
"""

from alembic import op

from shared.runtime.migration_steps import chain_audits, unchain_audits

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    chain_audits(op)


def downgrade() -> None:
    unchain_audits(op)
