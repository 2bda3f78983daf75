"""Enlisting: how one line of a list of registrants is read (interfaces.md §4).

Whose registration of ours somebody is who registered at the platform, and their own way in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from services.attendance.domain.fields import id_of, line_object, needed_text
from shared.addresses import is_web_address
from shared.errors import Malformed

_LONGEST_URL = 2_000


@dataclass(frozen=True, slots=True)
class Enlisted:
    """A line of a list of registrants: the platform's id, our registration, their own way in."""

    registrant_id: str
    registration_id: str
    join_url: str | None


def read_registrant(line: Any) -> Enlisted:
    """One line of a list of registrants; Malformed says what is wrong with it."""
    given = line_object(line)
    join_url = given.get("join_url")
    if join_url in (None, ""):
        join_url = None
    elif not isinstance(join_url, str) or len(join_url) > _LONGEST_URL:
        raise Malformed("line-malformed", f"join_url is text of at most {_LONGEST_URL} characters.")
    elif not is_web_address(join_url):
        raise Malformed("line-malformed", "join_url begins with https:// and names a host.")
    return Enlisted(
        id_of(needed_text(given, "registrant_id"), "registrant_id"),
        id_of(needed_text(given, "registration_id"), "registration_id"),
        join_url,
    )
