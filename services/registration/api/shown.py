"""Courses and registrations as they are shown: plain values from rows and documents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from services.registration.domain.eligibility import boards_for, served_warning
from services.registration.domain.reporting import asks_of
from services.registration.models import Course, Registration, Seats
from shared.dates import parse_instant, rfc3339, zone_of
from shared.money import Money
from shared.runtime.tokens import PERSONAL, mint

_OF_COURSE = (
    "title", "subtitle", "approved_title", "description", "kind", "delivery", "language",
    "location", "zone", "provider", "instructors", "audience", "level",
    "objectives", "ce_hours", "disclosure", "evaluation", "not_authorised", "hold_minutes",
    "offer_hours", "invoice_allowed", "prices", "prerequisites", "recording_of",
)  # fmt: skip
_OF_BOARD = (
    "board", "audience", "unit", "mode", "evaluation", "post_test", "professions", "states",
    "holder", "number", "approved_from", "approved_to", "statement", "sponsorship_statement",
    "minutes_per_unit", "categories",
)  # fmt: skip
_OF_SESSION = (
    "session_id", "title", "starts_at", "ends_at", "minutes", "instruction_minutes", "delivery",
    "location", "hours", "homework", "status",
)  # fmt: skip


def course_summary(
    course: Course, document: Mapping[str, Any], seats: Seats, now: datetime
) -> dict[str, Any]:
    """A course in a list."""
    return {
        "course_id": course.course_id,
        "version": course.version,
        "status": course.status,
        "title": document["title"],
        "subtitle": document["subtitle"],
        "delivery": document["delivery"],
        "zone": document["zone"],
        "starts_at": rfc3339(course.first_start),
        "ends_at": rfc3339(course.last_end),
        "price": document["price"],
        "price_text": price_text(document["price"]),
        "ce_hours": document["ce_hours"],
        "boards": [board["board"] for board in document["boards"]],
        "seats": seats_shown(seats),
        "seats_left": seats_shown(seats)["left"],
        "registration": window(course, now),
    }


def course_page(
    course: Course, document: Mapping[str, Any], seats: Seats, now: datetime, zone: str | None
) -> dict[str, Any]:
    """A whole course, for everybody."""
    return {**course_summary(course, document, seats, now), **course_words(document, zone)}


def course_words(document: Mapping[str, Any], zone: str | None = None) -> dict[str, Any]:
    """What a version of a course says to everybody: no meeting's address is in it, nor a sponsor's
    share. `asks` is what else whoever registers is asked for."""
    return {
        **{name: document[name] for name in _OF_COURSE},
        "asks": asks_of(document["boards"]),
        "joint_sponsor": _sponsor(document["joint_sponsor"]),
        "policy": policy_shown(document["policy"], whole=True),
        "boards": [
            {name: board[name] for name in _OF_BOARD} | {"hours": board["approved_hours"]}
            for board in document["boards"]
        ],
        "cancelled": document.get("cancelled"),
        "sessions": [session_shown(s, zone or s["zone"]) for s in document["sessions"]],
    }


def _sponsor(sponsor: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """What is due to it is between the two."""
    return (
        None
        if sponsor is None
        else {name: value for name, value in sponsor.items() if name != "share"}
    )


def seats_shown(seats: Seats) -> dict[str, int]:
    """How many there are, are left, and how many wait; who waits comes first, so none is left."""
    free = max(0, seats.capacity - seats.sold - seats.held - seats.offered)
    left = 0 if seats.waiting else free
    return {"capacity": seats.capacity, "left": left, "waiting": seats.waiting}


def window(course: Course, now: datetime) -> dict[str, Any]:
    """When one may register, and whether that is now."""
    opens = course.opens_at
    return {
        "opens_at": rfc3339(opens) if opens else None,
        "closes_at": rfc3339(course.closes_at),
        "open": course.status == "published"
        and (opens is None or now >= opens)
        and now < course.closes_at,
    }


def session_shown(session: Mapping[str, Any], zone: str) -> dict[str, Any]:
    """A session in UTC and in local time of a zone."""
    tz = zone_of(zone)
    begin = parse_instant(session["starts_at"]).astimezone(tz)
    end = parse_instant(session["ends_at"]).astimezone(tz)
    local = {
        "zone": zone,
        "date": begin.date().isoformat(),
        "from": f"{begin:%H:%M}",
        "to": f"{end:%H:%M}",
        "starts_at": begin.isoformat(),
        "ends_at": end.isoformat(),
    }
    return {name: session.get(name) for name in _OF_SESSION} | {"local": local}


def policy_shown(policy: Mapping[str, Any] | None, *, whole: bool = False) -> dict[str, Any] | None:
    """The policy in words, and on request the document itself."""
    if not policy:
        return None
    shown = {"version": policy["version"], "text": policy["text"]}
    return shown | {"document": policy} if whole else shown


def price_text(price: Mapping[str, Any]) -> str:
    """`199.00 USD`, or that it is free."""
    money = Money(price["amount"], price["currency"])
    return str(money) if money else "free"


def eligibility(
    boards: Sequence[Mapping[str, Any]], profession: str, licenses: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """Which boards of the course serve such a person, and what to tell them if none does."""
    found = boards_for(boards, profession, licenses)
    warning = served_warning(boards, found)
    return {"boards": found, "warnings": [warning] if warning else []}


def links(row: Registration, sessions: Sequence[str], public_url: str, secret: str) -> Any:
    """The addresses that belong to a registration; join links only while it is confirmed."""
    token = mint(secret, PERSONAL, row.registration_id, row.token_version)
    joins = sessions if row.state == "confirmed" else ()
    return {
        "page": f"{public_url}/r/{token}",
        "join": {
            session_id: f"{public_url}/attendance/join/"
            + mint(secret, "join", f"{row.registration_id}/{session_id}", row.token_version)
            for session_id in joins
        },
        "calendar": f"{public_url}/notifications/v1/registrations/{row.registration_id}"
        "/calendar.ics?t=" + mint(secret, "calendar", row.registration_id, row.token_version),
        "cancel": f"{public_url}/registration/v1/registrations/{row.registration_id}/cancel",
        "quote": f"{public_url}/billing/v1/registrations/{row.registration_id}/cancellation-quote",
        "checkout": f"{public_url}/billing/v1/registrations/{row.registration_id}/checkout",
    }


def moment(instant: datetime | None) -> str | None:
    """An instant as text, or nothing."""
    return rfc3339(instant) if instant else None
