"""What this service said is heard by it again after its database was restored from a backup:
courses and people as they were said last (runtime.md §6, decision 103); `recalling_seats.py` has
registrations.

Their versions go on from what was said: one that went back would be heard by nobody.
"""

from __future__ import annotations

from typing import Any

from services.registration.commands.erasing import Erase, erase, erase_needs
from services.registration.domain.name_words import words_of
from services.registration.domain.same_person import alias, email_key
from services.registration.domain.schedule import first_start, last_end
from services.registration.domain.terms import fingerprint, terms_of
from services.registration.models import Course, CourseVersion, Person, Seats
from shared.contracts.course import Course as CourseSaid
from shared.contracts.registration import PersonRecorded
from shared.runtime.plans import Plan, needs
from shared.runtime.rows import replace
from shared.runtime.work import Work

BY = "recalled"  # who it was, in the history: the log of what was said
_NOT_SAID = ("closes_asked", "code_prices")  # of a course's document


def _course_needs(event: CourseSaid) -> Plan:
    [known] = yield [(Course, event.course_id)]
    if known is not None:
        yield [(CourseVersion, (event.course_id, known.version))]
    said = CourseVersion, (event.course_id, event.version)
    return [(Seats, event.course_id), (Course, event.course_id), said]


@needs(_course_needs)
async def recall_course(work: Work, event: CourseSaid) -> None:
    """The course as it was said last. Prices by a code are not said: they are as they were."""
    known = work.get(Course, event.course_id)
    if known is not None and known.version >= event.version:
        return
    former = work.get(CourseVersion, (event.course_id, known.version)) if known else None
    document = _document(event, former.document if former else {})
    opens, closes = event.registration_opens_at, event.registration_closes_at
    work.put(
        Course(
            course_id=event.course_id,
            version=event.version,
            status="cancelled" if event.status == "cancelled" else "published",
            fingerprint=fingerprint(document),
            first_start=first_start(document["sessions"]),
            last_end=last_end(document["sessions"]),
            opens_at=opens,
            closes_at=closes or first_start(document["sessions"]),
            terms=terms_of(document),
            published_at=event.published_at or work.now,
        )
    )
    work.put(
        CourseVersion(
            course_id=event.course_id,
            version=event.version,
            document=document,
            published_at=event.published_at or work.now,
            by=BY,
        )
    )
    seats = work.get(Seats, event.course_id) or Seats(course_id=event.course_id, capacity=0)
    work.put(replace(seats, capacity=event.capacity))


def _document(event: CourseSaid, former: dict[str, Any]) -> dict[str, Any]:
    said = event.model_dump(mode="json")
    for name in ("version", "published_at", "status", "reason", "choose_until", "cancelled_at"):
        said.pop(name, None)
    kept = {"closes_asked": said["registration_closes_at"], "code_prices": []} | {
        name: former[name] for name in _NOT_SAID if name in former
    }
    return {**former, **said, **kept}


@needs(lambda event: [(Person, event.person_id)])
async def recall_person(work: Work, event: PersonRecorded) -> None:
    """A person as recorded last."""
    known = work.get(Person, event.person_id)
    if known is not None and known.version >= event.version:
        return
    merged = event.merged_into is not None
    work.put(
        Person(
            person_id=event.person_id,
            version=event.version,
            name=event.name,
            email=event.email,
            email_key=email_key(event.email),
            zone=event.zone,
            locale=event.locale,
            profession=event.profession,
            licenses=[one.model_dump(mode="json") for one in event.licenses],
            birth_day=event.birth_day,
            phone=event.phone,
            sms_consent=event.sms_consent,
            sms_consent_at=event.sms_consent_at,
            alias=alias(event.name, event.email) if merged or (known and known.alias) else None,
            merged_into=event.merged_into,
            recorded_at=event.recorded_at or work.now,
            name_words=words_of(event.name),
        )
    )


def _erased_needs(person_id: str) -> Plan:
    return (yield from erase_needs(Erase(person_id, BY)))


@needs(_erased_needs)
async def recall_erased(work: Work, person_id: str) -> None:
    """Who was erased since the backup is erased again. Raises StillRegistered, as erasing does."""
    if work.get(Person, person_id) is not None:
        await erase(work, Erase(person_id, BY))
