"""What staff wrote of somebody is found by that person, to be erased: who was meant is filled in.

What the release before writes while this one is rolled out names nobody, and is found at their
registration only, for as long as it is theirs. Going back to 0012 and forth again fills it in.

Revision ID: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op

from shared.runtime.migrations import index_beside

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None
_INDEXES = (
    ("ix_words_about_id", "words", "about_id"),
    ("ix_words_other_id", "words", "other_id"),
    ("ix_person_changes_other", "person_changes", "other"),
)
# Of whom it was: who had the registration then, by who handed it on next.
_FILL = """
UPDATE words AS w SET
    about_id = coalesce(
        (SELECT h.facts ->> 'former_person_id' FROM history AS h
          WHERE h.registration_id = w.registration_id AND h.revision >= w.revision
            AND h.act = 'substitute'
          ORDER BY h.revision LIMIT 1),
        r.person_id),
    other_id = (SELECT h.facts ->> 'person_id' FROM history AS h
                 WHERE h.registration_id = w.registration_id AND h.revision = w.revision
                   AND h.act = 'substitute')
FROM registrations AS r
WHERE r.registration_id = w.registration_id AND w.person_id IS NULL AND w.about_id IS NULL
"""


def upgrade() -> None:
    op.add_column("words", sa.Column("about_id", sa.Text(), nullable=True))
    op.add_column("words", sa.Column("other_id", sa.Text(), nullable=True))
    op.execute(_FILL)
    for name, table, column in _INDEXES:
        index_beside(op, name, table, [column])


def downgrade() -> None:
    for name, table, _ in reversed(_INDEXES):
        op.drop_index(name, table)
    op.drop_column("words", "other_id")
    op.drop_column("words", "about_id")
