"""A joint sponsor's view, read out of the log of what partners may see (decision 128).

Nothing is kept for it: whoever may see something is decided when it is read, and a course that was
given another sponsor is another's at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.partners.commands.reading import Fetch, view_of_partner
from services.partners.domain.rosters import (
    OF_CERTIFICATES,
    OF_ROSTER,
    Heard,
    Sight,
    certificates_of,
    line_of,
    person_of,
)
from services.partners.domain.sponsored import CourseOfAnother, boards_of_sponsor, sponsor_of
from services.partners.models import Partner
from shared.errors import NotFound
from shared.runtime.work import Work

Events = dict[str, list[Heard]]  # by registration
SUBJECTS = 300  # looked at together
_COURSE = """
SELECT data FROM occurrences
WHERE course_id = $1 AND subject = $1 AND type IN ('course.published.v1', 'course.cancelled.v1')
ORDER BY (data ->> 'version')::bigint DESC, position DESC LIMIT 1
"""
# Registrations among them: what is said of one has its id as subject, whoever says it.
_SUBJECTS = """
SELECT DISTINCT subject FROM occurrences WHERE course_id = $1 AND subject > $2
ORDER BY subject LIMIT $3
"""
_EVENTS = """
SELECT subject, type, data FROM occurrences
WHERE course_id = $1 AND subject = ANY($2::text[]) AND type = ANY($3::text[])
ORDER BY subject, position
"""
_PEOPLE = "SELECT person_id, data, erased FROM people WHERE person_id = ANY($1::text[])"
_ERASED = """
SELECT e.person_id, p.said_at, p.event_id FROM enrolments e JOIN people p USING (person_id)
WHERE e.course_id = $1 AND p.erased AND e.person_id > $2 ORDER BY e.person_id LIMIT $3
"""


async def course_of(fetch: Fetch, course_id: str) -> dict[str, Any]:
    """The course as it was said last. Raises NotFound (`course-unknown`)."""
    rows = await fetch(_COURSE, course_id)
    if not rows:
        raise NotFound("course-unknown", "Partners knows no such course.")
    found: dict[str, Any] = rows[0]["data"]
    return found


def sight_of(partner: Partner, course: dict[str, Any]) -> Sight:
    """What the partner sees of a course that it sponsors. Raises CourseOfAnother."""
    course_id = course["course_id"]
    if sponsor_of(course) != partner.partner_id or course_id not in partner.courses:
        raise CourseOfAnother("This partner is not the joint sponsor of this course.")
    view, boards = view_of_partner(partner), boards_of_sponsor(course)
    return Sight(partner.partner_id, view, course_id, boards)


async def lines(fetch: Fetch, sight: Sight, after: str) -> AsyncIterator[dict[str, Any]]:
    """The roster behind that registration, by registration; without whom was erased."""
    async for told in _by_registration(fetch, sight, after, OF_ROSTER):
        whose = {one: person_of(events) for one, events in told.items()}
        people = await _people(fetch, [one for one in whose.values() if one])
        known = {one: people.get(person_id or "", {}) for one, person_id in whose.items()}
        for line in await asyncio.to_thread(_lines, sight, told, known):
            yield line


async def certificates(fetch: Fetch, sight: Sight, after: str) -> AsyncIterator[dict[str, Any]]:
    """The certificates of the sponsor's boards behind those of that registration."""
    async for told in _by_registration(fetch, sight, after, OF_CERTIFICATES):
        for one in await asyncio.to_thread(_certificates, sight, told):
            yield one


async def erased(
    fetch: Fetch, course_id: str, after: str, most: int
) -> list[tuple[str, datetime, str]]:
    """(person, when, the event's id) of who of the course was erased, by person."""
    rows = await fetch(_ERASED, course_id, after, most)
    return [(row["person_id"], row["said_at"], row["event_id"]) for row in rows]


async def _by_registration(
    fetch: Fetch, sight: Sight, after: str, types: Sequence[str]
) -> AsyncIterator[Events]:
    while rows := await fetch(_SUBJECTS, sight.course_id, after, SUBJECTS):
        page = [row["subject"] for row in rows]
        after, told = page[-1], Events()
        for row in await fetch(_EVENTS, sight.course_id, page, list(types)):
            told.setdefault(row["subject"], []).append(Heard(row["type"], row["data"]))
        yield told


def _lines(
    sight: Sight, told: Events, known: Mapping[str, Mapping[str, Any] | None]
) -> list[dict[str, Any]]:
    """In a thread: a page is some thousands of events."""
    found = [
        line_of(sight, events, person)
        for registration_id, events in told.items()
        if (person := known[registration_id]) is not None
    ]
    return [line for line in found if line is not None]


def _certificates(sight: Sight, told: Events) -> list[dict[str, Any]]:
    return [one for events in told.values() for one in certificates_of(sight, events)]


async def _people(fetch: Fetch, ids: Sequence[str]) -> dict[str, dict[str, Any] | None]:
    """As recorded last, None of who was erased; of who turned out to be another, that one's."""
    found = await _recorded(fetch, ids)
    into = {
        one: data["merged_into"] for one, data in found.items() if data and "merged_into" in data
    }
    others = await _recorded(fetch, sorted({other for other in into.values() if other}))
    return found | {one: others[other] for one, other in into.items() if other in others}


async def _recorded(fetch: Fetch, ids: Sequence[str]) -> dict[str, dict[str, Any] | None]:
    rows = await fetch(_PEOPLE, list(ids)) if ids else []
    return {row["person_id"]: None if row["erased"] else row["data"] for row in rows}


@dataclass(frozen=True, slots=True)
class Read:
    """Staff read what names people of that course as that partner sees it; `what` is a dotted
    verb."""

    what: str
    course_id: str
    partner_id: str


async def read(work: Work, asked: Read) -> None:
    """Keep that it was read."""
    work.audit(asked.what, asked.course_id, asked.partner_id)
