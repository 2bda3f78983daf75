"""Names as they are searched: by how their words begin, whatever their case and their accents.

Both sides are reduced alike, what is recorded and what is typed, so that no collation of the
database has a say in it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

# Letters that are no base letter with a mark, as people type them who have no such key.
_TYPED = str.maketrans(
    {"ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "ł": "l", "ŧ": "t", "æ": "ae", "œ": "oe",
     "þ": "th"}
)  # fmt: skip
MOST, LONGEST = 20, 40  # words of a name, letters of a word: a lexeme of Postgres has an end, too


def words_of(name: str) -> str:
    """What a name is found by, in one text with spaces: its words, each once.

    A word of several parts (O'Neil, Eun-ji) is found by each of them and by all in one.
    """
    found: dict[str, None] = {}
    for parts in _parts(name):
        found.update(dict.fromkeys(part[:LONGEST] for part in parts))
        found["".join(parts)[:LONGEST]] = None
    return " ".join(list(found)[:MOST])


def query_of(typed: str) -> str:
    """As a `tsquery`: every word that was typed begins one of the name; empty where none was."""
    words = [part[:LONGEST] for parts in _parts(typed) for part in parts]
    return " & ".join(f"'{word}':*" for word in dict.fromkeys(words[:MOST]))


def _parts(text: str) -> Iterator[list[str]]:
    """Each word as the parts it has; of letters, digits and marks that stand for sounds only."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    bare = "".join(c for c in plain if not unicodedata.combining(c)).translate(_TYPED)
    for word in bare.split():
        parts = "".join(c if _is_letter(c) else " " for c in word).split()
        if parts:
            yield parts


def _is_letter(c: str) -> bool:
    return c.isalnum() or unicodedata.category(c).startswith("M")
