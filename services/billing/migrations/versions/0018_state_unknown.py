"""Lists look at invoices of which no state is kept as well.

The release before keeps none. What it makes or is paid while it runs beside this one, or after going
back to it, is put right by the first night after (`commands/look_at_states.py`); until then lists
find it by this index, which is empty else.

Revision ID: 0018
Revises: 0017
"""

import sqlalchemy as sa
from alembic import op

from shared.runtime.migrations import index_beside

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None
_UNKNOWN = "ix_registrations_state_unknown"


def upgrade() -> None:
    index_beside(
        op,
        _UNKNOWN,
        "registrations",
        ["requested_at", "registration_id"],
        postgresql_where=sa.text("invoice_state IS NULL AND invoice_id IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index(_UNKNOWN, "registrations")
