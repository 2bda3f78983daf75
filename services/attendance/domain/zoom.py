"""Zoom's words: its webhooks and the lines of its reports, as lines of evidence.

The shapes are those of Zoom's published types and samples (docs/zoom.md says which were looked at;
nothing here was tried against Zoom itself). What is relied on:

* `object.id` is the meeting, `object.uuid` one run of it; breakout events name the main meeting's.
* `participant_uuid` is one connection and survives moves between rooms; `user_id` is made anew by
  each move and is unique within a run only; `participant_user_id` is there for those who are signed
  in; `registrant_id` and `customer_key` where the host's account uses them.
* A move between rooms is a "left" and a "joined" of the same second, in any order of arrival.
* A redelivery is the same body; `event_ts` is when it was said, not when it happened.

Of a body only what `keeping.py` lists is kept: names, addresses, phone numbers, IP addresses and
the topic are not, and of `leave_reason`, which begins with a name, a word.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from services.attendance.domain.keeping import OBJECT, PERSON, ROW, ZOOM
from services.attendance.domain.zoom_words import reason_of, registration_of
from shared.dates import rfc3339

VALIDATION = "endpoint.url_validation"
# event → kind of line, and where it says when it happened
_OF_MEETING = {
    "meeting.started": ("meeting_started", "start_time"),
    "meeting.ended": ("meeting_ended", "end_time"),
}
_OF_PEOPLE = {
    "meeting.participant_joined": ("joined", ("join_time", "date_time")),
    # Samples of "left" have a `date_time` too, which is that of the entry.
    "meeting.participant_left": ("left", ("leave_time",)),
    "meeting.participant_joined_waiting_room": ("waiting", ("date_time", "join_time")),
    "meeting.participant_put_in_waiting_room": ("waiting", ("date_time",)),
    "meeting.participant_left_waiting_room": ("waiting_left", ("date_time", "leave_time")),
    "meeting.participant_admitted": ("admitted", ("date_time",)),
    "meeting.participant_joined_breakout_room": ("breakout_joined", ("join_time", "date_time")),
    "meeting.participant_left_breakout_room": ("breakout_left", ("leave_time",)),
}
EVENTS = frozenset({*_OF_MEETING, *_OF_PEOPLE})


def line_of(event: Mapping[str, Any]) -> dict[str, Any] | None:
    """A webhook as a line for `read_observation`; None for an event that is about something else.

    What is missing is missing in the line too: reading it says so.
    """
    name, subject = event.get("event"), _object(_object(event.get("payload")).get("object"))
    if not isinstance(name, str) or name not in EVENTS:
        return None
    about = (_person if name in _OF_PEOPLE else _meeting)(name, subject, event)
    kept = {key: subject[key] for key in OBJECT if key in subject}
    person = _object(subject.get("participant"))
    if person:
        kept["participant"] = {key: person[key] for key in PERSON if key in person}
        if "leave_reason" in person:
            kept["participant"]["leave_reason"] = reason_of(person["leave_reason"])
        _only_ours(kept["participant"])
    return {
        **about,
        "id": _id_of(name, subject, person, about["at"]),
        "meeting_id": _text(subject.get("id")),
        "instance": _text(subject.get("uuid")),
        "event": name,
        "event_ts": event.get("event_ts"),
        "zoom": kept,
    }


def row_of(row: Mapping[str, Any], meeting_id: str, instance: str) -> dict[str, Any]:
    """A participant of a report as a line for `read_interval`.

    `duration` is kept as it came and counts for nothing: its unit differs with who tells (seconds
    by the schema, whole minutes as others saw it). Join and leave say the seconds.
    """
    kept = _only_ours({key: row[key] for key in ROW if row.get(key) not in (None, "")})
    line = {
        **kept,
        **_identity(row, instance),
        "name": row.get("name"),
        "email": row.get("user_email"),
        "joined_at": row.get("join_time"),
        "left_at": row.get("leave_time"),
        "meeting_id": meeting_id,
        "instance": instance,
        "source": ZOOM,
    }
    return {key: value for key, value in line.items() if value not in (None, "")}


def _only_ours(kept: dict[str, Any]) -> dict[str, Any]:
    """Without a `customer_key` that names no registration: it is an app's own text."""
    if registration_of(kept.get("customer_key")) is None:
        kept.pop("customer_key", None)
    return kept


def _meeting(name: str, subject: Mapping[str, Any], event: Mapping[str, Any]) -> dict[str, Any]:
    kind, when = _OF_MEETING[name]
    return {"kind": kind, "at": _when(subject, (when,), event)}


def _person(name: str, subject: Mapping[str, Any], event: Mapping[str, Any]) -> dict[str, Any]:
    kind, when = _OF_PEOPLE[name]
    person = _object(subject.get("participant"))
    return {
        "kind": kind,
        "at": _when(person, when, event),
        **_identity(person, _text(subject.get("uuid")) or ""),
        "connection": _text(person.get("participant_uuid")),
        "name": person.get("user_name"),
        "email": person.get("email"),
    }


def _identity(person: Mapping[str, Any], instance: str) -> dict[str, Any]:
    """Who it is: their registration where it is told, and an id that is the same in webhooks and
    reports, on all devices and in all runs as far as Zoom says so. Two people on one registrant's
    link or one account are one. A `customer_key` is no such id: an app may give all the same.
    """
    registrant, account = (
        _text(person.get("registrant_id")),
        _text(person.get("participant_user_id")),
    )
    connection, user = _text(person.get("participant_uuid")), _text(person.get("user_id"))
    if registrant:
        participant: str | None = f"registrant:{registrant}"
    elif account:
        participant = f"account:{account}"
    elif connection:
        participant = f"connection:{connection}"
    else:
        participant = f"{instance}:{user}" if user else None
    return {
        "participant_id": participant,
        "registration_id": registration_of(person.get("customer_key")),
        "registrant_id": registrant,
    }


def _id_of(name: str, subject: Mapping[str, Any], person: Mapping[str, Any], at: str | None) -> str:
    """The same for every delivery of the same event, and no other's: what happened in which run and
    room, to which connection and user of it, and when that was."""
    parts = [name, subject.get("uuid"), subject.get("id"), subject.get("breakout_room_uuid")]
    parts += [person.get(key) for key in ("participant_uuid", "user_id", "id", "registrant_id")]
    text = "\n".join("" if part is None else str(part) for part in [*parts, at])
    return sha256(text.encode(errors="surrogatepass")).hexdigest()


def _when(place: Mapping[str, Any], names: tuple[str, ...], event: Mapping[str, Any]) -> str | None:
    """When it happened; when it was said where that is not told (Zoom's `event_ts`, in ms)."""
    for name in names:
        if place.get(name):
            return place[name] if isinstance(place[name], str) else None
    said = event.get("event_ts")
    if not isinstance(said, int) or isinstance(said, bool):
        return None
    try:
        return rfc3339(datetime.fromtimestamp(said / 1000, UTC))
    except (ValueError, OverflowError, OSError):
        return None


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str | None:
    """Text, or a number as text: Zoom's ids are both, here and there. None where empty."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    return value if isinstance(value, str) and value else None
