"""Zoom's words that may hold somebody's name: what of them is kept, whoever tells them.

`customer_key` is an app's own text and kept only where it names a registration of ours;
`leave_reason` begins with a name and is kept as a word; `bo_mtg_id` is an id, and no room's title.
"""

from __future__ import annotations

import re
from typing import Any

_REASONS = (
    ("to join breakout room", "to-breakout-room"),
    ("leave breakout room", "from-breakout-room"),
    ("waiting room", "to-waiting-room"),
    ("host ended", "host-ended"),
    ("removed by host", "removed"),
    ("disconnected", "disconnected"),
    ("left the meeting", "left"),
)
_OTHER = "other"
_WORDS = frozenset({_OTHER, *(word for _, word in _REASONS)})
_HEX = re.compile(r"[0-9a-f]{32}")
# A title of words has spaces or no digit; Zoom's ids have digits, or are base64 of a uuid.
_ROOM = re.compile(r"(?=\S*[0-9+/=])[A-Za-z0-9+/=_-]{1,64}")


def registration_of(customer_key: Any) -> str | None:
    """The registration that a `customer_key` names: ours, in 32 hex digits for it takes only 35
    characters. Any other text is somebody else's key, and names nobody here."""
    if not isinstance(customer_key, (str, int)) or isinstance(customer_key, bool):
        return None
    bare = str(customer_key).replace("-", "").lower()
    if not _HEX.fullmatch(bare):
        return None
    return f"{bare[:8]}-{bare[8:12]}-{bare[12:16]}-{bare[16:20]}-{bare[20:]}"


def is_ours(customer_key: Any) -> bool:
    """Whether a `customer_key` names a registration, by its form."""
    return registration_of(customer_key) is not None


def reason_of(text: Any) -> str:
    """Why somebody left, as a word; a word stays what it is."""
    said = text.lower() if isinstance(text, str) else ""
    if said in _WORDS:
        return said
    return next((word for part, word in _REASONS if part in said), _OTHER)


def is_room(text: Any) -> bool:
    """Whether the id of a breakout room is one."""
    if isinstance(text, int) and not isinstance(text, bool):
        return True
    return isinstance(text, str) and _ROOM.fullmatch(text) is not None
