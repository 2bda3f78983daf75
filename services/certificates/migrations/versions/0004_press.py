"""Files are stored as they are: a PDF is packed already, and packing it again is only time.

Revision ID: 0004
Revises: 0003
"""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What is stored already stays as it is."""
    op.execute("ALTER TABLE documents ALTER COLUMN pdf SET STORAGE EXTERNAL")


def downgrade() -> None:
    """As Postgres has it by default."""
    op.execute("ALTER TABLE documents ALTER COLUMN pdf SET STORAGE EXTENDED")
