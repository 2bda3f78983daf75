"""Lines: how one line of evidence is read, and why it may be refused (interfaces.md §4, §10).

A line is kept as it came, hashed, but without name and e-mail: facts name people by id, and only
the queue of the unmatched needs a name, erasably. What is wrong with a line is said in one
sentence; the other lines are not touched by it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any, TypeVar

from shared.dates import parse_instant
from shared.errors import Malformed, Refusal

T = TypeVar("T", str, str | None)
KINDS = (
    "joined",
    "left",
    "waiting",
    "waiting_left",
    "admitted",
    "breakout_joined",
    "breakout_left",
    "meeting_started",
    "meeting_ended",
)
OF_MEETING = frozenset({"meeting_started", "meeting_ended"})
_PERSONAL = ("name", "mail", "phone")  # in whatever a field is called, at whatever depth
_IN_ROOM = frozenset({"", "in_meeting", "attended", "present"})
_IN_LOBBY = frozenset({"in_waiting_room", "waiting", "lobby"})
_LONGEST = 200  # characters of an id, name or address
_LARGEST = 8_000  # characters of a line
_DEEPEST = 20  # what is nested deeper is not kept


@dataclass(frozen=True, slots=True)
class Named:
    """Who a line is about; name and e-mail are for a human's eyes only.

    `registrant_id` is how the platform knows somebody who registered there; whose registration of
    ours that is, it may have been told (`models/registrants.py`).
    """

    participant_id: str | None
    registration_id: str | None
    name: str | None = None
    email: str | None = None
    registrant_id: str | None = None


@dataclass(frozen=True, slots=True)
class Observed:
    """A line of `observations`; names a session (course and id), a meeting, or both. `instance` is
    one run of that meeting, and `connection` one device's in it, where the platform tells them
    apart."""

    observation_id: str
    kind: str
    at: datetime
    who: Named
    course_id: str | None
    session_id: str | None
    meeting_id: str | None
    body: Mapping[str, Any] = field(compare=False)
    sha256: str
    instance: str | None = None
    connection: str | None = None


@dataclass(frozen=True, slots=True)
class Reported:
    """A line of a report; `left_at` None where it is missing, `waiting` where it was the lobby."""

    joined_at: datetime
    left_at: datetime | None
    waiting: bool
    who: Named
    body: Mapping[str, Any] = field(compare=False)
    sha256: str


def read_observation(line: Any) -> Observed:
    """One observation; Malformed says what is wrong with it."""
    given = line_object(line)
    kind = needed_text(given, "kind")
    if kind not in KINDS:
        raise Malformed("line-malformed", f"kind is one of {', '.join(KINDS)}.")
    course_id, session_id = optional_text(given, "course_id"), optional_text(given, "session_id")
    meeting_id = optional_text(given, "meeting_id")
    if (course_id is None or session_id is None) and meeting_id is None:
        raise Malformed("line-malformed", "Name course_id with session_id, or meeting_id.")
    if course_id is None or session_id is None:
        course_id = session_id = None
    who = Named(None, None) if kind in OF_MEETING else _who(given)
    body = _kept(given)
    return Observed(
        observation_id=id_of(needed_text(given, "id"), "id"),
        kind=kind,
        at=_instant(given, "at"),
        who=who,
        course_id=course_id,
        session_id=session_id,
        meeting_id=meeting_id,
        body=body,
        sha256=digest(body),
        instance=optional_text(given, "instance"),
        connection=id_of(optional_text(given, "connection"), "connection"),
    )


def read_interval(line: Any) -> Reported:
    """One line of a report; Malformed says what is wrong with it."""
    given = line_object(line)
    who = _who(given)
    joined_at = _instant(given, "joined_at")
    left_at = None if given.get("left_at") in (None, "") else _instant(given, "left_at")
    if left_at is not None and left_at < joined_at:
        raise Malformed("line-malformed", "left_at is before joined_at.")
    status = (optional_text(given, "status") or "").strip().lower().replace(" ", "_")
    if status not in _IN_ROOM | _IN_LOBBY:
        raise Malformed("line-malformed", "status is in_meeting or in_waiting_room.")
    body = _kept({key: value for key, value in given.items() if value not in (None, "")})
    return Reported(joined_at, left_at, status in _IN_LOBBY, who, body, digest(body))


def digest(body: Mapping[str, Any]) -> str:
    """SHA-256 of a line's canonical JSON: sorted keys, no spaces, UTF-8."""
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return sha256(text.encode()).hexdigest()


def why(refusal: Refusal) -> str:
    """The sentence for `refused[].detail`."""
    return refusal.detail or refusal.slug


def line_object(line: Any) -> Mapping[str, Any]:
    """A line as an object that can be kept; Malformed says why it cannot."""
    if not isinstance(line, dict):
        raise Malformed("line-malformed", "A line is an object.")
    try:
        text = json.dumps(line, ensure_ascii=False, allow_nan=False)
        text.encode()
    except (ValueError, RecursionError):
        raise Malformed("line-malformed", "A line is text that JSON and UTF-8 can hold.") from None
    if len(text) > _LARGEST:
        raise Malformed("line-malformed", f"A line has at most {_LARGEST} characters.")
    if "\\u0000" in text and _has_nul(line):
        raise Malformed("line-malformed", "Text holds no NUL.")
    return line


def _has_nul(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_has_nul(part) for pair in value.items() for part in pair)
    if isinstance(value, list):
        return any(_has_nul(part) for part in value)
    return isinstance(value, str) and "\x00" in value


def _who(given: Mapping[str, Any]) -> Named:
    participant, registration = (
        optional_text(given, "participant_id"),
        id_of(optional_text(given, "registration_id"), "registration_id"),
    )
    if participant is None and registration is None:
        raise Malformed("line-malformed", "Name participant_id, registration_id or both.")
    name = optional_text(given, "name") or optional_text(given, "user_name")
    email = optional_text(given, "email") or optional_text(given, "user_email")
    if participant and "@" in participant:  # some platforms know people by their addresses only
        participant, email = nameless(participant), email or participant
    registrant = id_of(optional_text(given, "registrant_id"), "registrant_id")
    return Named(participant or registration, registration, name, email, registrant)


def nameless(address: str) -> str:
    """An e-mail address as a participant's id: the same for the same address, and no address."""
    return f"mail:{sha256(address.strip().lower().encode()).hexdigest()}"


def _kept(given: Mapping[str, Any]) -> dict[str, Any]:
    """The line without what names people: evidence is never changed, so it must be bare of it."""
    kept: dict[str, Any] = _bare(given)
    participant = optional_text(given, "participant_id")
    if participant and "@" in participant:
        kept["participant_id"] = nameless(participant)
    return kept


def _bare(value: Any, depth: int = 0) -> Any:
    if depth > _DEEPEST:
        return None
    if isinstance(value, dict):
        return {
            key: _bare(part, depth + 1)
            for key, part in value.items()
            if not any(word in key.lower() for word in _PERSONAL) and not _address(part)
        }
    if isinstance(value, list):
        return [_bare(part, depth + 1) for part in value if not _address(part)]
    return value


def _address(value: Any) -> bool:
    return isinstance(value, str) and "@" in value


def id_of(value: T, name: str) -> T:
    """An id, which is no e-mail address: those are personal, and lines are never changed."""
    if value is not None and "@" in value:
        raise Malformed("line-malformed", f"{name} is an id, not an e-mail address.")
    return value


def needed_text(given: Mapping[str, Any], name: str) -> str:
    """Text that a line cannot be without; Malformed where it is."""
    value = optional_text(given, name)
    if value is None:
        raise Malformed("line-malformed", f"{name} is missing.")
    return value


def optional_text(given: Mapping[str, Any], name: str) -> str | None:
    """Text, or a whole number as text (platforms are not of one mind); empty means absent."""
    value = given.get(name)
    if value is None or value == "":
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise Malformed("line-malformed", f"{name} is text.")
    if len(value) > _LONGEST:
        raise Malformed("line-malformed", f"{name} is longer than {_LONGEST} characters.")
    return value


def _instant(given: Mapping[str, Any], name: str) -> datetime:
    if name not in given:
        raise Malformed("line-malformed", f"{name} is missing.")
    try:
        return parse_instant(given[name])
    except Refusal as refusal:
        raise Malformed("line-malformed", f"{name}: {why(refusal)}") from None
