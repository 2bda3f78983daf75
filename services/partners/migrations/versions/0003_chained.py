"""Who did what is a chain: a row that is changed, removed or added later is found.

Revision ID: 0003
Revises: 0002
"""

from alembic import op

from shared.runtime.migration_steps import chain_audits, unchain_audits

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    chain_audits(op)


def downgrade() -> None:
    unchain_audits(op)
