"""What a partner may send in (design.md, events.md): its own courses, and times that can be.

Shape is the contract's to check; here are rights and sense. A line that is refused may be sent
again under the same id once it is mended; a line that was accepted is a duplicate for ever.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from services.partners.domain.places import Fault, pointer_of

TYPES = ("registration", "attendance")
MOST = 500
LONGEST_ID = 100
MOST_LICENSES = 50
MOST_PREREQUISITES = 20
_NUMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9 -]{0,59}")


def fault_of(item: Mapping[str, Any], courses: Collection[str]) -> Fault | None:
    """Why a line cannot be taken; None where nothing is wrong with it."""
    return id_fault(item.get("id")) or _content_fault(item, courses)


def id_fault(item_id: object) -> Fault | None:
    """Why this is no id of a line; None where it is one."""
    if not isinstance(item_id, str) or not 0 < len(item_id) <= LONGEST_ID:
        detail = f"give your own id of this line, a text of 1 to {LONGEST_ID} characters."
        return Fault("/id", detail)
    if item_id != item_id.strip() or not item_id.isprintable():
        return Fault("/id", "no blanks around it and no control characters.")
    if "@" in item_id:  # ids go into facts, which hold no addresses
        return Fault("/id", "this looks like an address; give the line an id that is nobody's.")
    return None


def _content_fault(item: Mapping[str, Any], courses: Collection[str]) -> Fault | None:
    course_id = item.get("course_id")
    if item.get("type") not in TYPES:
        return Fault("/type", "use registration or attendance.")
    if not isinstance(course_id, str) or not course_id:
        return Fault("/course_id", "name the course.")
    if course_id not in courses:
        return Fault("/course_id", "this is not one of your courses.")
    if item["type"] == "attendance" and not (item.get("registration_id") or item.get("attendee")):
        whose = "say whose attendance it is, by registration_id or attendee."
        return Fault("/registration_id", whose)
    attendee = item.get("attendee")
    licenses = attendee.get("licenses") if isinstance(attendee, Mapping) else None
    if isinstance(licenses, list) and len(licenses) > MOST_LICENSES:
        return Fault("/attendee/licenses", f"at most {MOST_LICENSES}.")
    return _proof_fault(item.get("prerequisites"))


def _proof_fault(shown: object) -> Fault | None:
    """A personal link is a secret of its holder, and events hold none."""
    if not isinstance(shown, list):
        return None  # its shape is the contract's
    if len(shown) > MOST_PREREQUISITES:
        return Fault("/prerequisites", f"at most {MOST_PREREQUISITES}.")
    for place, each in enumerate(shown):
        if isinstance(each, str) and not _NUMBER.fullmatch(each.strip()):
            number = "give the number as it stands on the certificate."
            return Fault(pointer_of(("prerequisites", place)), number)
    return None


def times_fault(joined_at: datetime, left_at: datetime, now: datetime) -> Fault | None:
    """An interval ends after it begins, and both have been."""
    if left_at <= joined_at:
        return Fault("/left_at", "it must be later than joined_at.")
    if joined_at > now:
        return Fault("/joined_at", "it is in the future.")
    if left_at > now:
        return Fault("/left_at", "it is in the future.")
    return None


def shown_id(item_id: object) -> str | int | None:
    """The id as the answer can hold it: what cannot be written is escaped, what is none is null."""
    if isinstance(item_id, int):
        return item_id
    if not isinstance(item_id, str):
        return None
    return item_id[: LONGEST_ID + 1].encode("utf-8", "backslashreplace").decode()


def fingerprint_of(item: Mapping[str, Any]) -> str:
    """What tells the same line sent twice from another line under the same id."""
    text = json.dumps(item, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
