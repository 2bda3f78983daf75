"""Many learners of a course whose first session begins within the hour: what notifications knows of
them, with the join link of each due and its deadline held back until it is released."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace as changed
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg

from bench.cohort import write
from services.notifications.commands.course_copy import course_row
from services.notifications.commands.course_seen import course_of
from services.notifications.commands.hear import person_row
from services.notifications.commands.new_messages import new_message
from services.notifications.commands.planning import SEND, SEND_LATER
from services.notifications.commands.remember import remember
from services.notifications.commands.stories import story_of, zone_of
from services.notifications.domain.delivery import lane_of
from services.notifications.domain.story import Held
from services.notifications.domain.urgency import is_urgent
from services.notifications.domain.wanted import decide
from services.notifications.models import Message, Registration
from shared.contracts import reference
from shared.contracts.registration import (
    CoursePublished,
    PersonRecorded,
    RegistrationConfirmed,
    RegistrationRequested,
)
from shared.dates import parse_instant, rfc3339
from shared.runtime.rows import replace

_NAMES = ("Ada Fern", "Bela Łuczak", "Chidi Okafor", "Jürgen Quist", "Hoàng Vale", "Ioana Wold")
_ZONES = ("America/New_York", "America/Chicago", "America/Los_Angeles", "Europe/Berlin")
# Of a hundred learners so many are with three large providers; the others are with hundreds.
_LARGE = ("large-1.example",) * 35 + ("large-2.example",) * 20 + ("large-3.example",) * 10


async def release(con: asyncpg.Connection, ids: Sequence[str]) -> None:
    """From now on they may be claimed."""
    await con.execute("UPDATE due SET lease_until = NULL WHERE ref = ANY($1)", list(ids))


async def waiting(url: str, many: int) -> list[str]:
    """Write them; gives the ids of the join links that wait."""
    now = datetime.now(UTC)
    course = course_row(_course(now))
    confirmed = now - timedelta(days=10)
    rows: list[Any] = [course]
    planned: list[tuple[Message, str]] = []
    for n in range(many):
        person = person_row(_example(PersonRecorded, person_id=_id("p", n), **_who(n)))
        about = {"registration_id": _id("r", n), "person_id": person.person_id}
        row = _registration(about, course.course_id, confirmed)
        story, seen = story_of(row), course_of(course, [])
        for one in decide(story, seen, zone_of(person, course), [], confirmed):
            message = _message(row, one, now)
            rows.append(message)
            if message.state == "planned":
                planned.append((message, lane_of(person.email)))
        rows += [person, row]
    await write(url, rows)
    await _plan(url, planned, now)
    return [message.message_id for message, _ in planned if message.due_at <= now]


async def _plan(url: str, planned: Sequence[tuple[Message, str]], now: datetime) -> None:
    far = now + timedelta(days=1)
    con = await asyncpg.connect(url)
    try:
        await con.copy_records_to_table(
            "due",
            columns=["kind", "ref", "lane", "due_at", "version", "payload", "lease_until"],
            records=[
                (
                    SEND if is_urgent(message.template) else SEND_LATER,
                    message.message_id,
                    lane,
                    message.due_at,
                    0,
                    "{}",
                    far if message.due_at <= now else None,
                )
                for message, lane in planned
            ],
        )
        await con.execute("ANALYZE")
    finally:
        await con.close()


def _course(now: datetime) -> CoursePublished:
    """The reference course, moved so that its first session begins in fifty minutes."""
    shift = now + timedelta(minutes=50) - parse_instant(reference.SESSIONS[0]["starts_at"])
    times = ("starts_at", "ends_at")
    sessions = [
        s | {name: rfc3339(parse_instant(s[name]) + shift) for name in times}
        for s in reference.SESSIONS
    ]
    return CoursePublished.model_validate(reference.COURSE | {"sessions": sessions})


def _registration(about: dict[str, str], course_id: str, at: datetime) -> Registration:
    free = {"hold_expires_at": None, "payment_method": "free", "requested_at": at}
    requested = _example(RegistrationRequested, **about, course_id=course_id, **free)
    seated = {"basis": "free", "confirmed_at": at}
    confirmed = _example(RegistrationConfirmed, **about, course_id=course_id, **seated)
    return Registration(
        **about,
        course_id=course_id,
        state="confirmed",
        token_version=1,
        facts=remember(remember({}, requested), confirmed),
    )


def _message(row: Registration, one: Held, now: datetime) -> Message:
    """As planning would have made it; what was due before the join link has long been sent."""
    if one.due_at <= now and one.template != "join_1h":
        one = changed(one, state="sent")
    return replace(new_message(row, one), covers=list(one.covers))


def _who(n: int) -> dict[str, str]:
    domain = _LARGE[n % 100] if n % 100 < len(_LARGE) else f"school-{n % 487}.example"
    return {
        "name": _NAMES[n % len(_NAMES)],
        "email": f"learner-{n}@{domain}",
        "zone": _ZONES[n % len(_ZONES)],
        "locale": "en-US",
    }


def _id(kind: str, n: int) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{kind}{n}"))


def _example(event: Any, **changes: Any) -> Any:
    return event.model_validate(event.example | changes)
