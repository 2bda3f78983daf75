"""What a person wrote is found by the person, to be erased.

Revision ID: 0007
Revises: 0006
"""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_words_person_id"), "words", ["person_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_words_person_id"), "words")
