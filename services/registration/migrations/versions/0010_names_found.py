"""People are found by the words of their names, those of before too.

The release before knows no words: whom it records while this one is rolled out is found by address
only, whose name it corrects by the former one, until the name is corrected by this one. Going back
to 0009 and forth again makes right all words that are not their name's.

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

from services.registration.domain.name_words import words_of
from shared.runtime.migrations import index_beside

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None
INDEX = "ix_people_name_words"
AT_ONCE = 1_000  # people whose words are made together
_PAGE = sa.text(
    "SELECT person_id, name, name_words FROM people WHERE person_id > :after"
    " ORDER BY person_id LIMIT :most"
)
_FILL = sa.text("UPDATE people SET name_words = :words WHERE person_id = :who AND name = :name")


def upgrade() -> None:
    context = op.get_context()
    if not context.as_sql:  # a script of SQL has nobody to make words with
        with context.autocommit_block():
            _fill()
    index_beside(
        op,
        INDEX,
        "people",
        [sa.text("array_to_tsvector(string_to_array(name_words, ' '))")],
        postgresql_using="gin",
    )


def _fill() -> None:
    """Page by page, each row by itself: nobody who registers meanwhile waits for it."""
    con, after = op.get_bind(), ""
    while page := con.execute(_PAGE, {"after": after, "most": AT_ONCE}).all():
        made = [(who, name, words_of(name), words) for who, name, words in page]
        wrong = [{"who": w, "name": n, "words": new} for w, n, new, old in made if new != old]
        if wrong:
            con.execute(_FILL, wrong)
        after = page[-1][0]


def downgrade() -> None:
    op.drop_index(INDEX, "people")
