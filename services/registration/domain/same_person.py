"""Who is the same person within a course (interfaces.md §10).

Same course, e-mail without regard to case, name without regard to case and doubled spaces.
Anything else is two people.
"""

from __future__ import annotations

import hashlib
import unicodedata
from functools import lru_cache


def email_key(email: str) -> str:
    """An address as it is compared: case does not count."""
    return unicodedata.normalize("NFC", email.strip()).casefold()


def name_key(name: str) -> str:
    """A name as it is compared: neither case nor doubled spaces count."""
    return unicodedata.normalize("NFC", " ".join(name.split())).casefold()


@lru_cache(maxsize=512)  # one registration asks for it in its plan and again when it acts
def person_key(course_id: str, name: str, email: str) -> str:
    """One text for course, name and address; a digest, so that a registration holds no name."""
    parts = "\0".join((course_id, email_key(email), name_key(name)))
    return hashlib.sha256(parts.encode()).hexdigest()


def alias(name: str, email: str) -> str:
    """A name and an address that a person was recorded under, as a digest, in whatever course."""
    return person_key("", name, email)
