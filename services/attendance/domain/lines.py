"""Lines: how one line of evidence is read, and why it may be refused (interfaces.md §4, §10).

Of a line is kept, and hashed, what `keeping.py` lists, so neither name nor e-mail: facts name
people by id, and only the queue of the unmatched needs a name, erasably. What is wrong with a line
is said in one sentence; the other lines are not touched by it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from services.attendance.domain.fields import (
    id_of,
    line_object,
    needed_instant,
    needed_text,
    optional_text,
)
from services.attendance.domain.keeping import Kept, digest, kept_interval, kept_observation
from services.attendance.domain.keyed import MAIL, keyed
from shared.errors import Malformed

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
FAST = timedelta(minutes=1)  # of a clock that is not ours
_IN_ROOM = frozenset({"", "in_meeting", "attended", "present"})
_IN_LOBBY = frozenset({"in_waiting_room", "waiting", "lobby"})


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
    left_out: tuple[str, ...] = ()  # names of what is not kept


@dataclass(frozen=True, slots=True)
class Reported:
    """A line of a report; `left_at` None where it is missing, `waiting` where it was the lobby."""

    joined_at: datetime
    left_at: datetime | None
    waiting: bool
    who: Named
    body: Mapping[str, Any] = field(compare=False)
    sha256: str
    left_out: tuple[str, ...] = ()  # names of what is not kept


def read_observation(line: Any, secret: str, source: str = "") -> Observed:
    """One observation of a source; Malformed says what is wrong with it. `secret` is Holdfast's:
    with it who is known by an address only has an id."""
    given = line_object(line)
    kind = needed_text(given, "kind")
    if kind not in KINDS:
        raise Malformed("line-malformed", f"kind is one of {', '.join(KINDS)}.")
    course_id, session_id = optional_text(given, "course_id"), optional_text(given, "session_id")
    meeting_id = id_of(optional_text(given, "meeting_id"), "meeting_id")
    if (course_id is None or session_id is None) and meeting_id is None:
        raise Malformed("line-malformed", "Name course_id with session_id, or meeting_id.")
    if course_id is None or session_id is None:
        course_id = session_id = None
    who = Named(None, None) if kind in OF_MEETING else _who(given, secret)
    kept = _under(who, kept_observation(given, source))
    return Observed(
        observation_id=id_of(needed_text(given, "id"), "id"),
        kind=kind,
        at=needed_instant(given, "at"),
        who=who,
        course_id=course_id,
        session_id=session_id,
        meeting_id=meeting_id,
        body=kept.body,
        sha256=digest(kept.body),
        instance=id_of(optional_text(given, "instance"), "instance"),
        connection=id_of(optional_text(given, "connection"), "connection"),
        left_out=kept.left_out,
    )


def read_interval(line: Any, secret: str) -> Reported:
    """One line of a report; Malformed says what is wrong with it. `secret`: as above."""
    given = line_object(line)
    who = _who(given, secret)
    joined_at = needed_instant(given, "joined_at")
    left_at = None if given.get("left_at") in (None, "") else needed_instant(given, "left_at")
    if left_at is not None and left_at < joined_at:
        raise Malformed("line-malformed", "left_at is before joined_at.")
    status = (optional_text(given, "status") or "").strip().lower().replace(" ", "_")
    if status not in _IN_ROOM | _IN_LOBBY:
        raise Malformed("line-malformed", "status is in_meeting or in_waiting_room.")
    told = {key: value for key, value in given.items() if value not in (None, "")}
    kept = _under(who, kept_interval(told))
    sha256 = digest(kept.body)
    waiting = status in _IN_LOBBY
    return Reported(joined_at, left_at, waiting, who, kept.body, sha256, kept.left_out)


def check_told(line: Reported, now: datetime) -> None:
    """Refuse what is told of a time to come; the platform's clock may be a little fast."""
    for name, at in (("joined_at", line.joined_at), ("left_at", line.left_at)):
        if at is not None and at > now + FAST:
            raise Malformed("line-malformed", f"{name} is in the future.")


def _who(given: Mapping[str, Any], secret: str) -> Named:
    participant, registration = (
        optional_text(given, "participant_id"),
        id_of(optional_text(given, "registration_id"), "registration_id"),
    )
    if participant is None and registration is None:
        raise Malformed("line-malformed", "Name participant_id, registration_id or both.")
    name = optional_text(given, "name") or optional_text(given, "user_name")
    email = optional_text(given, "email") or optional_text(given, "user_email")
    if participant and "@" in participant:  # some platforms know people by their addresses only
        participant, email = keyed(secret, MAIL, participant), email or participant
    registrant = id_of(optional_text(given, "registrant_id"), "registrant_id")
    return Named(participant or registration, registration, name, email, registrant)


def _under(who: Named, kept: Kept) -> Kept:
    """With the id of who was named by an address, in place of the address."""
    if "participant_id" not in kept.left_out or who.participant_id is None:
        return kept
    left_out = tuple(name for name in kept.left_out if name != "participant_id")
    return Kept({**kept.body, "participant_id": who.participant_id}, left_out)
