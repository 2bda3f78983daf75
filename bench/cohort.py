"""Many learners of the reference course, all but through it: what the services know of them.

Their rows are written as the services would have written them by now; what is measured begins
with the last session.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import asyncpg

from services.attendance import models as attendance
from services.certificates import models as certificates
from shared.contracts import reference
from shared.contracts.attendance import AttendanceSettled
from shared.contracts.registration import CoursePublished
from shared.dates import parse_instant
from shared.runtime import sql
from shared.runtime.database import prepare

LAST = reference.SESSIONS[-1]
LAST_REF = f"{reference.COURSE_ID}/{LAST['session_id']}"
BEFORE = reference.SESSIONS[:-1]
_FIRST = ("Ada", "Bela", "Chidi", "Dolores", "Eluned", "Farid", "Greta", "Hoàng", "Ioana", "Jürgen")
_LAST = ("Fern", "Łuczak", "Okafor", "Quist", "Rhys-Jones", "Sørensen", "Teixeira", "Vale", "Wold")


@dataclass(frozen=True)
class Learner:
    """One of them."""

    registration_id: str
    person_id: str
    name: str


def learners(count: int) -> list[Learner]:
    """As many as that, of few names: a certificate has a number of its own anyway."""
    return [
        Learner(str(uuid.uuid4()), str(uuid.uuid4()), f"{_FIRST[n % 10]} {_LAST[n // 10 % 9]}")
        for n in range(count)
    ]


def course() -> CoursePublished:
    """The reference course with its first board, which asks for attendance alone."""
    board = reference.COURSE["boards"][0] | {"evaluation": False}
    return CoursePublished.model_validate(reference.COURSE | {"boards": [board]})


async def known_to_certificates(url: str, many: Sequence[Learner], *, taught_all: bool) -> None:
    """Paid, confirmed, all sessions but the last attended; `taught_all`: the last one is over."""
    told = {s["session_id"]: {"minutes": 120, "at": s["ends_at"]} for s in BEFORE}
    if taught_all:
        told[LAST["session_id"]] = {"minutes": 120, "at": LAST["ends_at"]}
    attended = {s["session_id"]: {"seconds": 7200, "present": True, "version": 1} for s in BEFORE}
    asked = {"version": reference.COURSE["disclosure"]["version"], "since": "2020-09-01T13:00:00Z"}
    rows: list[Any] = [
        certificates.Course(
            course_id=reference.COURSE_ID,
            version=1,
            document=course().model_dump(mode="json"),
            taught=told,
            disclosures={"1": asked},
        )
    ]
    rows += [
        certificates.Person(
            person_id=one.person_id,
            version=1,
            name=one.name,
            email=f"{one.person_id}@learners.example",
            profession="counselor",
            licenses=[{"profession": "counselor", "state": "NJ", "number": "37PC00000000"}],
        )
        for one in many
    ]
    rows += [
        certificates.Registration(
            registration_id=one.registration_id,
            course_id=reference.COURSE_ID,
            person_id=one.person_id,
            token_version=1,
            basis="paid",
            paid=True,
            disclosures={one.person_id: [asked["version"]]},
            attended=attended,
        )
        for one in many
    ]
    await write(url, rows)


async def known_to_attendance(url: str, many: Sequence[Learner]) -> None:
    """Confirmed, and reported to have been there from the last session's start to its end."""
    starts, ends = parse_instant(LAST["starts_at"]), parse_instant(LAST["ends_at"])
    rows: list[Any] = [
        attendance.Course(
            course_id=reference.COURSE_ID,
            version=1,
            status="published",
            title=reference.COURSE["title"],
            zone=reference.ZONE,
        ),
        *(_session(one, "completed") for one in BEFORE),
        _session(LAST, "open"),
    ]
    for one in many:
        rows.append(
            attendance.Registration(
                registration_id=one.registration_id,
                course_id=reference.COURSE_ID,
                person_id=one.person_id,
                standing="confirmed",
                token_version=1,
                confirmed_at=starts - timedelta(days=30),
            )
        )
        rows += _seen(one, starts, ends)
    await write(url, rows)


def settled(one: Learner) -> AttendanceSettled:
    """What attendance says of one and the last session."""
    about = {"registration_id": one.registration_id, "person_id": one.person_id}
    said = {"session_id": LAST["session_id"], "seconds": 7200, "present": True}
    times = {"session_starts_at": LAST["starts_at"], "session_ends_at": LAST["ends_at"]}
    return AttendanceSettled.model_validate(AttendanceSettled.example | about | said | times)


def _session(said: dict[str, Any], state: str) -> Any:
    return attendance.Session(
        course_id=reference.COURSE_ID,
        session_id=said["session_id"],
        state=state,
        schedule_version=1,
        starts_at=parse_instant(said["starts_at"]),
        ends_at=parse_instant(said["ends_at"]),
        meeting_id=said["meeting"]["id"],
        completed_at=parse_instant(said["ends_at"]) if state == "completed" else None,
        completed_by="report" if state == "completed" else None,
    )


def _seen(one: Learner, starts: datetime, ends: datetime) -> list[Any]:
    """Two sightings and a line of the report."""
    where = {"course_id": reference.COURSE_ID, "session_id": LAST["session_id"]}
    who = {"participant_id": f"p-{one.registration_id}", "registration_id": one.registration_id}
    found: list[Any] = [
        attendance.Observation(
            source="zoom",
            observation_id=f"{kind}-{one.registration_id}",
            meeting_id=LAST["meeting"]["id"],
            kind=kind,
            at=at,
            body={"kind": kind, **who},
            sha256=sha256(f"{kind} {one.registration_id}".encode()).hexdigest(),
            received_at=at,
            **where,
            **who,
        )
        for kind, at in (("joined", starts), ("left", ends))
    ]
    found.append(
        attendance.ReportLine(
            sha256=sha256(f"line {one.registration_id}".encode()).hexdigest(),
            origin="report",
            joined_at=starts,
            left_at=ends,
            body=who,
            received_at=ends,
            **where,
            **who,
        )
    )
    return found


async def write(url: str, rows: Sequence[Any]) -> None:
    """Into the database, and counted by its planner."""
    con = await asyncpg.connect(url)
    try:
        await prepare(con)
        for kind in dict.fromkeys(type(row) for row in rows):
            await sql.insert(con, kind, [row for row in rows if type(row) is kind])
        await con.execute("ANALYZE")
    finally:
        await con.close()
