"""What is open of money is found without reading all that ever was.

Revision ID: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

OPEN = (
    (
        "ix_refunds_under_way",
        "refunds",
        ["state", "currency", "requested_at"],
        "state IN ('requested', 'submitted', 'unknown')",
    ),
    ("ix_disputes_open", "disputes", ["dispute_id"], "state = 'open'"),
    ("ix_findings_open", "findings", ["kind"], "resolved_at IS NULL"),
)


def upgrade() -> None:
    for name, table, columns, where in OPEN:
        op.create_index(name, table, columns, postgresql_where=sa.text(where))


def downgrade() -> None:
    for name, table, _columns, _where in OPEN:
        op.drop_index(name, table)
