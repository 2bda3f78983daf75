"""A joint sponsor signs with keys of its own: whose a key is, and who issued a certificate.

Revision ID: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

ACTIVE = "uq_signing_keys_active"


def upgrade() -> None:
    for table, name in (("signing_keys", "issuer"), ("certificates", "issuer_name")):
        # The default stays for the release before this one, which knows nothing of it.
        op.add_column(table, sa.Column(name, sa.Text(), nullable=False, server_default=""))
    op.drop_index(ACTIVE, "signing_keys")
    op.create_index(
        ACTIVE,
        "signing_keys",
        ["issuer"],
        unique=True,
        postgresql_where=sa.text("state = 'active'"),
    )


def downgrade() -> None:
    op.drop_index(ACTIVE, "signing_keys")
    op.execute("UPDATE signing_keys SET state = 'retired' WHERE issuer <> ''")
    op.create_index(
        ACTIVE,
        "signing_keys",
        ["state"],
        unique=True,
        postgresql_where=sa.text("state = 'active'"),
    )
    op.drop_column("certificates", "issuer_name")
    op.drop_column("signing_keys", "issuer")
