"""Hear what others say: keep it, and settle the registrations that hang on it."""

from __future__ import annotations

from typing import Any

from services.notifications.commands.bounces import TROUBLED
from services.notifications.commands.course_copy import course_row
from services.notifications.commands.planning import (
    FAN_OUT,
    settle,
    to_settle,
    to_settle_again,
    to_settle_all,
)
from services.notifications.commands.recording import address_hash
from services.notifications.commands.remember import STATES, remember
from services.notifications.commands.staff_tasks import BEGIN, STAFF
from services.notifications.commands.waiting import try_again, waiting_key
from services.notifications.models import (
    Completion,
    Course,
    Person,
    Registration,
    Swap,
)
from shared.contracts.attendance import MeetingSwapped, SessionCompleted
from shared.contracts.course import Course as CourseSaid
from shared.contracts.registration import OfRegistration, PersonRecorded
from shared.runtime.due import Due
from shared.runtime.plans import Plan, needs
from shared.runtime.rows import Query, replace, where
from shared.runtime.tasks import task_key
from shared.runtime.work import Work


def fact_needs(event: Any) -> Plan:
    """The registration that a fact is about, and what settling it looks at."""
    [row] = yield [(Registration, event.registration_id)]
    if row is not None and (row.course_id, row.person_id) == (event.course_id, event.person_id):
        return (yield from to_settle_again(row))
    # Course and person are locked, as stubs if need be: whoever changes them meanwhile sees this
    # registration, or this one sees the change.
    known = to_settle(row.registration_id, row.course_id, row.person_id) if row else []
    return [*known, *to_settle(event.registration_id, event.course_id, event.person_id)]


@needs(fact_needs)
async def hear_fact(work: Work, event: Any) -> None:
    """A fact of one registration, from whichever service."""
    row = work.get(Registration, event.registration_id) or Registration(
        registration_id=event.registration_id,
        course_id=event.course_id,
        person_id=event.person_id,
    )
    row = replace(row, facts=remember(row.facts, event))
    if isinstance(event, OfRegistration):  # only registration says where it stands, and whose it is
        row = replace(
            row,
            course_id=event.course_id,
            person_id=event.person_id,
            state=STATES.get(type(event), row.state),
            token_version=max(row.token_version, getattr(event, "token_version", 0)),
        )
    if work.get(Course, row.course_id) is None:
        work.put(Course(course_id=row.course_id))
    if work.get(Person, row.person_id) is None:
        work.put(Person(person_id=row.person_id))
    work.put(row)
    settle(work, row)


@needs(lambda event: [(Course, event.course_id)])
async def hear_course(work: Work, event: CourseSaid) -> None:
    """A course as it stands now; its registrations are decided anew, one by one."""
    old = work.get(Course, event.course_id)
    if old is not None and old.version >= event.version:
        return
    work.put(course_row(event, old))
    work.plan_due(BEGIN, STAFF, work.now)
    if old is not None:  # else nobody is registered yet, for a registration makes a stub
        work.plan_due(FAN_OUT, event.course_id, work.now, version=event.version)


@needs(lambda e: [(Course, e.course_id), (Completion, (e.course_id, e.session_id))])
async def hear_completion(work: Work, event: SessionCompleted) -> None:
    """A session is over. Completed once more, because it had been moved, the later end holds; said
    once more with other minutes, nothing of this changes."""
    course = work.get(Course, event.course_id)
    known = work.get(Completion, (event.course_id, event.session_id))
    if known is None or known.reaches is None or known.reaches < event.reaches:
        work.put(
            Completion(
                course_id=event.course_id,
                session_id=event.session_id,
                completed_at=max(event.completed_at, known.completed_at)
                if known
                else event.completed_at,
                reaches=event.reaches,
            )
        )
    if course is None:
        work.put(Course(course_id=event.course_id))
    else:
        work.plan_due(FAN_OUT, event.course_id, work.now)


@needs(lambda e: [(Course, e.course_id), (Swap, (e.course_id, e.session_id))])
async def hear_swap(work: Work, event: MeetingSwapped) -> None:
    """Another meeting stands behind the join links; whoever may be inside is told."""
    known = work.get(Swap, (event.course_id, event.session_id))
    if known is not None and known.swapped_at >= event.swapped_at:
        return
    work.put(
        Swap(course_id=event.course_id, session_id=event.session_id, swapped_at=event.swapped_at)
    )
    if work.get(Course, event.course_id) is None:
        work.put(Course(course_id=event.course_id))
    else:
        work.plan_due(FAN_OUT, event.course_id, work.now)


def registrations_of(due: Due) -> Query[Registration]:
    """All of a course that changed. One heard of meanwhile is settled by the course as it is."""
    return where(Registration, course_id=due.ref)


def of_person(person_id: str) -> Plan:
    """A person and all their registrations, to be decided anew."""
    [rows] = yield [where(Registration, person_id=person_id)]
    theirs = yield from to_settle_all(rows)
    asked = [waiting_key(row.registration_id) for row in rows]
    return [(Person, person_id), where(Registration, person_id=person_id), *theirs, *asked]


def _person_needs(event: PersonRecorded) -> Plan:
    [old] = yield [(Person, event.person_id)]
    theirs = yield from of_person(event.person_id)
    troubled = [task_key(TROUBLED, address_hash(old.email))] if old and old.email else []
    return [*theirs, *troubled]


@needs(_person_needs)
async def hear_person(work: Work, event: PersonRecorded) -> None:
    """A person as recorded now: who it is, where to write to, and in which zone they live."""
    old = work.get(Person, event.person_id)
    if old is not None and (old.erased or old.version >= event.version):
        return
    work.put(person_row(event))
    moved = old is not None and old.email.strip().lower() != event.email.strip().lower()
    if moved and old is not None and old.email:
        work.close_task(TROUBLED, address_hash(old.email))
    for row in work.find(where(Registration, person_id=event.person_id)):
        (try_again if moved else settle)(work, row)


def person_row(event: PersonRecorded) -> Person:
    """The copy of a person."""
    return Person(
        person_id=event.person_id,
        version=event.version,
        name=event.name,
        email=event.email,
        zone=event.zone,
        locale=event.locale,
        phone=event.phone if event.sms_consent_at else "",
        agreed_at=event.sms_consent_at if event.phone else None,
    )
