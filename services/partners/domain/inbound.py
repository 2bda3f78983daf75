"""What a partner may send in (design.md, events.md): its own courses, and times that can be.

Shape is the contract's to check; here are rights and sense. A line that is refused may be sent
again under the same id once it is mended; a line that was accepted is a duplicate for ever.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

TYPES = ("registration", "attendance")
MOST = 500
LONGEST_ID = 100


def fault_of(item: Mapping[str, Any], courses: Collection[str]) -> str:
    """Why a line cannot be taken, as a sentence; empty where nothing is wrong with it."""
    return _id_fault(item.get("id")) or _content_fault(item, courses)


def _id_fault(item_id: object) -> str:
    if not isinstance(item_id, str) or not 0 < len(item_id) <= LONGEST_ID:
        return f"id: give your own id of this line, a text of 1 to {LONGEST_ID} characters."
    if item_id != item_id.strip() or not item_id.isprintable():
        return "id: no blanks around it and no control characters."
    if "@" in item_id:  # ids go into facts, which hold no addresses
        return "id: this looks like an address; give the line an id that is nobody's."
    return ""


def _content_fault(item: Mapping[str, Any], courses: Collection[str]) -> str:
    course_id = item.get("course_id")
    if item.get("type") not in TYPES:
        return "type: use registration or attendance."
    if not isinstance(course_id, str) or not course_id:
        return "course_id: name the course."
    if course_id not in courses:
        return "course_id: this is not one of your courses."
    if item["type"] == "attendance" and not (item.get("registration_id") or item.get("attendee")):
        return "registration_id: say whose attendance it is, by registration_id or attendee."
    return ""


def times_fault(joined_at: datetime, left_at: datetime, now: datetime) -> str:
    """An interval ends after it begins, and is not in the future."""
    if left_at <= joined_at:
        return "left_at: it must be later than joined_at."
    if joined_at > now:
        return "joined_at: it is in the future."
    return ""


def fingerprint_of(item: Mapping[str, Any]) -> str:
    """What tells the same line sent twice from another line under the same id."""
    text = json.dumps(item, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
