"""What others say goes into the one log of all that partners may come to see (decision 119).

Every fact of a course stands there once, whatever partners there are; what a person is, once for
each course in which they have a registration, whichever of the two was heard first. Whoever adds
holds the head of the log until the commit: whoever has read up to a position has read all before.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.partners.commands.pumps import plan_pumps, pumps_needs
from services.partners.domain.visibility import ERASED
from services.partners.models import Enrolment, Head, Occurrence, Person
from shared.contracts.event import Event
from shared.contracts.registration import OfRegistration, PersonRecorded
from shared.runtime.plans import Plan, Wanted, needs
from shared.runtime.rows import Query, replace, where
from shared.runtime.said import Said, with_envelope
from shared.runtime.unsaid import take_back_under
from shared.runtime.work import Work

LOG = "occurrences"


def _course_of(event: Event) -> str | None:
    """None of what belongs to no course: a credit out of goodwill, a mail about no registration."""
    found: str | None = getattr(event, "course_id", None)
    return found


def _same(said: Said[Event], course_id: str) -> Query[Occurrence]:
    return where(Occurrence, event_id=said.event_id, course_id=course_id)


def _fact_needs(said: Said[Event]) -> Plan:
    event, course_id = said.what, _course_of(said.what)
    if course_id is None:
        return []
    yield from pumps_needs()
    wanted: list[Wanted] = [(Head, LOG), _same(said, course_id)]
    if isinstance(event, OfRegistration):
        wanted += [(Person, event.person_id), (Enrolment, (course_id, event.person_id))]
    return wanted


@with_envelope
@needs(_fact_needs)
async def record_fact(work: Work, said: Said[Event]) -> None:
    """A course, or a fact of one. Who first has a registration there is recorded before it."""
    event, course_id = said.what, _course_of(said.what)
    if course_id is None or work.find(_same(said, course_id)):
        return
    if isinstance(event, OfRegistration):
        _enrol(work, course_id, event.person_id)
    _add(
        work,
        course_id,
        event_id=said.event_id,
        type=event.type,
        subject=event.key_of(),
        source=_source_of(event.topic),
        said_at=said.at or work.now,
        data=event.model_dump(mode="json"),
    )


def _person_needs(said: Said[PersonRecorded]) -> Plan:
    yield from pumps_needs()
    person_id = said.what.person_id
    return [(Head, LOG), (Person, person_id), where(Enrolment, person_id=person_id)]


@with_envelope
@needs(_person_needs)
async def record_person(work: Work, said: Said[PersonRecorded]) -> None:
    """A person as recorded now, for each of their courses."""
    event = said.what
    known = work.get(Person, event.person_id) or Person(person_id=event.person_id)
    if known.erased or event.version <= known.version:
        return
    person = replace(
        known,
        version=event.version,
        event_id=said.event_id,
        said_at=said.at,
        data=event.model_dump(mode="json"),
    )
    work.put(person)
    for enrolment in work.find(where(Enrolment, person_id=event.person_id)):
        _add_person(work, enrolment.course_id, person)


def _end_needs(said: Said[str]) -> Plan:
    yield from pumps_needs()
    return [
        (Head, LOG),
        where(Occurrence, of_person=said.what),
        (Person, said.what),
        where(Enrolment, person_id=said.what),
    ]


@with_envelope
@needs(_end_needs)
async def forget_person(work: Work, said: Said[str]) -> None:
    """A person is gone: with them all that was ever recorded of them, what waits for partners'
    topics among it. Partners of their courses are told, as soon as a course is known to be one."""
    known = work.get(Person, said.what)
    if known is not None and known.erased:
        return
    person = Person(person_id=said.what, event_id=said.event_id, said_at=said.at, erased=True)
    work.put(person)
    for recorded in work.find(where(Occurrence, of_person=said.what)):
        work.delete(recorded)
    take_back_under(work, said.what)
    for enrolment in work.find(where(Enrolment, person_id=said.what)):
        _add_person(work, enrolment.course_id, person)


def _enrol(work: Work, course_id: str, person_id: str) -> None:
    if work.get(Enrolment, (course_id, person_id)) is not None:
        return
    work.put(Enrolment(course_id=course_id, person_id=person_id))
    person = work.get(Person, person_id)
    if person is not None:
        _add_person(work, course_id, person)


def _add_person(work: Work, course_id: str, person: Person) -> None:
    data: Mapping[str, Any] = {"person_id": person.person_id} if person.erased else person.data
    _add(
        work,
        course_id,
        event_id=person.event_id,
        type=ERASED if person.erased else PersonRecorded.type,
        subject=person.person_id,
        source=_source_of(PersonRecorded.topic),
        said_at=person.said_at or work.now,
        of_person=None if person.erased else person.person_id,
        data=data,
    )


def _add(work: Work, course_id: str, **values: Any) -> None:
    """The next of the log. Whatever shall hear of what is new is woken here."""
    head = work.get(Head, LOG) or Head(log=LOG, lineage=[[work.new_id("lineage")[-8:], 0]])
    head = replace(head, position=head.position + 1)
    work.put(head)
    new = Occurrence(position=head.position, course_id=course_id, **values)
    work.put(new)
    plan_pumps(work, [new])


def _source_of(topic: str) -> str:
    return f"/{topic.split('.', maxsplit=1)[0]}"
