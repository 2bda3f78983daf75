"""People have the words of their names, to be found by.

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # The default stays for the release before this one, which knows nothing of it.
    op.add_column("people", sa.Column("name_words", sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("people", "name_words")
