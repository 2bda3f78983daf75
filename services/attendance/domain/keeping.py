"""Keeping: what of a line is evidence, by a list for each source, and its hash.

Kept lines are never changed, so they hold only what is on a list: what minutes, matching, the live
view and proof need. All else is left out, whatever it is called, and its name is said to whoever
sent it. What is on a list is kept only as one value: text of at most 200 characters that is no
address, a number, yes or no; Zoom's fields that may hold a name by rules of their own
(`zoom_words.py`), whoever tells them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from services.attendance.domain import zoom_words

LONGEST = 200  # characters of an id, name or address
ZOOM, ZOOM_CSV = "zoom", "zoom-csv"  # sources with lists of their own
OBJECT = ("id", "uuid", "breakout_room_uuid", "type", "start_time", "end_time", "duration")
PERSON = (
    "user_id", "parent_user_id", "id", "participant_uuid", "participant_user_id", "registrant_id",
    "customer_key", "join_time", "leave_time", "date_time", "leave_reason",
)  # fmt: skip
ROW = (
    "id", "user_id", "participant_user_id", "registrant_id", "customer_key", "bo_mtg_id",
    "join_time", "leave_time", "duration", "failover", "status",
)  # fmt: skip
# name → True, or the list of what is within it, or what of a value may be kept (None: nothing)
Allowed = Mapping[str, Any]


def _names(*names: str, **within: Allowed) -> Allowed:
    return {**dict.fromkeys(names, True), **within}


_WHO = ("participant_id", "registration_id", "registrant_id", "meeting_id", "instance")
_OBSERVATION = (*_WHO, "id", "kind", "at", "course_id", "session_id", "connection")
_INTERVAL = (*_WHO, "joined_at", "left_at", "status")
# Zoom's fields that may hold a name; a line with them need not come by its webhook or its API.
_GUARDED: Allowed = {
    "customer_key": lambda value: value if zoom_words.is_ours(value) else None,
    "bo_mtg_id": lambda value: value if zoom_words.is_room(value) else None,
}
_PERSON: Allowed = {
    **_names(*PERSON),
    "customer_key": _GUARDED["customer_key"],
    "leave_reason": zoom_words.reason_of,
}
_OBSERVATIONS: Mapping[str, Allowed] = {
    "": _names(*_OBSERVATION),
    ZOOM: _names(*_OBSERVATION, "event", "event_ts", zoom=_names(*OBJECT, participant=_PERSON)),
}
_INTERVALS: Mapping[str, Allowed] = {
    "": _names(*_INTERVAL),
    ZOOM: {**_names(*_INTERVAL, *ROW, "source"), **_GUARDED},
    ZOOM_CSV: _names(*_INTERVAL, "minutes", "guest", "source"),
}
# For a human who matches, until then: they stand in the queue and not in the evidence.
_APART = frozenset({"name", "user_name", "email", "user_email"})
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}")
OTHER = "(other)"


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept of a line, and the names of what was left out, sorted: `zoom.topic` is one
    within another, and a name that may be no name of a field is OTHER."""

    body: dict[str, Any]
    left_out: tuple[str, ...]


def kept_observation(given: Mapping[str, Any], source: str) -> Kept:
    """What is kept of an observation of a source."""
    return _kept(given, _OBSERVATIONS.get(source, _OBSERVATIONS[""]))


def kept_interval(given: Mapping[str, Any]) -> Kept:
    """What is kept of a line of a report, by the `source` that it names."""
    source = given.get("source")
    found = _INTERVALS.get(source) if isinstance(source, str) else None
    return _kept(given, found or _INTERVALS[""])


def digest(body: Mapping[str, Any]) -> str:
    """SHA-256 of a kept line's canonical JSON: sorted keys, no spaces, UTF-8.

    Of what is kept, not of the bytes as they came: whoever has the line can check it, and nobody
    can try out the name or address that it came with. What came is known by its upload's key.
    """
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return sha256(text.encode()).hexdigest()


def left_out_of_sheet(given: Mapping[str, Any], columns: Collection[str]) -> tuple[str, ...]:
    """The names of what a sheet has beside the columns that are read, sorted."""
    return tuple(sorted({_name(each) for each in given if each not in columns}))


def _kept(given: Mapping[str, Any], allowed: Allowed) -> Kept:
    body: dict[str, Any] = {}
    left_out: set[str] = set()
    for name, value in given.items():
        within = allowed.get(name)
        if isinstance(within, dict) and isinstance(value, dict):
            inner = _kept(value, within)
            body[name] = inner.body
            left_out |= {f"{name}.{each}" for each in inner.left_out}
        elif within is True and _is_plain(value):
            body[name] = _as_stored(value)
        elif callable(within) and (kept := within(value)) is not None:
            body[name] = kept
        elif name not in _APART:
            left_out.add(_name(name))
    return Kept(body, tuple(sorted(left_out)))


def _name(name: str) -> str:
    return name if _PLAIN.fullmatch(name) else OTHER


def _as_stored(value: Any) -> Any:
    """A number as the database gives it back, so that the hash can be checked: 1e22 and -0.0 are
    written otherwise there."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _is_plain(value: Any) -> bool:
    if isinstance(value, str):
        return len(value) <= LONGEST and "@" not in value
    return value is None or isinstance(value, (bool, int, float))
