"""What else is copied from service to service, beside registrations and people (`agreed.py`): when
sessions are, who was there, what money came to, which certificates there are.

That a copy has its owner's version alone proves nothing: what it holds may be older all the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tests.simulation.world import World


@dataclass(frozen=True)
class Book:
    """Where a service has it: `sql` gives what it is about, once each, and what is held of it."""

    service: str
    sql: str


# Of courses that were not cancelled: with one, attendance cancels what no document says.
_SESSIONS = """
SELECT course_id || '/' || (s->>'session_id'),
  concat_ws(' ', (s->>'starts_at')::timestamptz, (s->>'ends_at')::timestamptz,
    s->>'schedule_version', s->>'status' = 'cancelled')
FROM {rows}, jsonb_array_elements({document}->'sessions') s WHERE {status} = 'published'
"""
_OWN = "courses JOIN course_versions USING (course_id, version)"
# Attendance beside it by times alone: one that is completed keeps the version it was completed by
# where a move led back to it; one that staff are asked about (decision 118) has the course's words.
_TIMES = """
SELECT course_id || '/' || (s->>'session_id'),
  concat_ws(' ', (s->>'starts_at')::timestamptz, (s->>'ends_at')::timestamptz,
    s->>'status' = 'cancelled')
FROM courses JOIN course_versions USING (course_id, version),
  jsonb_array_elements(document->'sessions') s WHERE courses.status = 'published'
"""
_AT_ATTENDANCE = """
SELECT course_id || '/' || session_id,
  concat_ws(' ', coalesce((moved->>'starts_at')::timestamptz, starts_at),
    coalesce((moved->>'ends_at')::timestamptz, ends_at), state = 'cancelled')
FROM sessions JOIN courses USING (course_id) WHERE status = 'published'
"""
# What somebody was seen at, or staff completed, stays completed where its cancellation is heard
# afterwards (decision 118).
_HELD_ALL_THE_SAME = """
SELECT course_id || '/' || session_id FROM sessions s WHERE state = 'completed'
  AND (completed_by = 'operator' OR instruction_minutes IS NOT NULL OR EXISTS (
    SELECT FROM records r
    WHERE r.course_id = s.course_id AND r.session_id = s.session_id AND present))
"""
_SECONDS = (
    "SELECT registration_id || '/' || session_id,"
    " concat_ws(' ', seconds, present, evidence_version) FROM records"
)
_PRESENCE = (
    "SELECT registration_id || '/' || session_id, concat_ws(' ', present, evidence_version) FROM "
)
_ATTENDED = """
SELECT registration_id || '/' || key,
  concat_ws(' ', value->>'seconds', (value->>'present')::boolean, value->>'version')
FROM registrations, jsonb_each(attended)
"""
_CERTIFIED = (
    "SELECT certificate_id, concat_ws(' ', registration_id, status = 'valid') FROM certificates"
    " WHERE status <> 'preparing'"
)
COPIES: Sequence[tuple[str, Book, Sequence[Book]]] = (
    (
        "session",
        Book(
            "registration",
            _SESSIONS.format(rows=_OWN, document="document", status="courses.status"),
        ),
        tuple(
            Book(
                service,
                _SESSIONS.format(rows="courses", document=body, status=f"{body}->>'status'"),
            )
            for service, body in (
                ("certificates", "document"),
                ("notifications", "body"),
                ("web", "document"),
            )
        ),
    ),
    ("session", Book("registration", _TIMES), (Book("attendance", _AT_ATTENDANCE),)),
    ("attendance", Book("attendance", _SECONDS), (Book("certificates", _ATTENDED),)),
    (
        "presence",
        Book("attendance", f"{_PRESENCE} records"),
        (Book("billing", f"{_PRESENCE} attended"),),
    ),
    (
        "cancellation",
        Book(
            "billing",
            "SELECT registration_id, outcome FROM settlements"
            " WHERE cause = 'cancelled' AND settled_at IS NOT NULL",
        ),
        (
            Book(
                "certificates",
                "SELECT registration_id, outcome FROM registrations WHERE outcome IS NOT NULL",
            ),
        ),
    ),
    (
        "certificate",
        Book("certificates", _CERTIFIED),
        (
            Book(
                "billing",
                "SELECT certificate_id, concat_ws(' ', registration_id, ended_at IS NULL)"
                " FROM certificates",
            ),
        ),
    ),
)


async def differences(world: World) -> list[str]:
    """Each as a sentence."""
    found = []
    for what, own, others in COPIES:
        truth = await _held(world, own)
        for other in others:
            copy = await _held(world, other)
            if other.sql == _AT_ATTENDANCE:
                rows = await world.actors[other.service].rows(_HELD_ALL_THE_SAME)
                copy |= {
                    which: copy[which][:-1] + "t"
                    for (which,) in rows
                    if which in copy and copy[which][:-1] + "t" == truth.get(which)
                }
            found += [
                f"{other.service} has {copy.get(which)!r} of {what} {which},"
                f" and {own.service} {truth.get(which)!r}"
                for which in sorted(truth.keys() | copy.keys())
                if truth.get(which) != copy.get(which)
            ]
    return found


async def _held(world: World, book: Book) -> dict[str, str]:
    return {row[0]: row[1] for row in await world.actors[book.service].rows(book.sql)}
