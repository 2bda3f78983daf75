"""A course said anew, whole: what a file, a moved and a cancelled session have in common.

    def _needs(c: Move) -> Plan:
        return (yield from changing(c.course_id))

    @needs(_needs)
    async def move(work: Work, c: Move) -> Published:
        _, document = as_it_stands(work, c.course_id)
        return say_changed(work, c.course_id, with_session(document, ...), by=c.by)

Nothing else writes a version of a course, but for its end.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from services.registration.commands.admission import CourseUnknown, CourseWithdrawn
from services.registration.commands.offers import offer_all, offering
from services.registration.domain.schedule import closing, first_start, last_end
from services.registration.domain.terms import fingerprint, terms_of
from services.registration.models import Course, CourseVersion, Seats
from shared.contracts.registration import CoursePublished
from shared.dates import parse_instant, rfc3339
from shared.errors import Invalid, NotFound
from shared.runtime.envelope import TooLargeError
from shared.runtime.plans import Plan
from shared.runtime.rows import replace
from shared.runtime.work import Work

Document = dict[str, Any]


class CourseInvalid(Invalid):
    """The file has faults; `errors` has all of them."""

    slug = "course-invalid"


class CourseTooLarge(CourseInvalid):
    """Longer than one event may be."""

    slug = "course-too-large"


class SessionUnknown(NotFound):
    """The course has no such session."""

    slug = "session-unknown"


@dataclass(frozen=True)
class Published:
    """The course as it stands, and what changed."""

    course: Course
    document: Document
    new: bool
    warnings: Sequence[str]


def changing(course_id: str) -> Plan:
    """What one locks to say a course anew: it as it stands, its seats, the next who wait."""
    [course] = yield [(Course, course_id)]
    if course is not None:
        yield [(CourseVersion, (course_id, course.version))]
    return offering(course_id)


def as_it_stands(work: Work, course_id: str) -> tuple[Course, Document]:
    """The course and its document in force. Refuses where there is none, or none any more."""
    course = work.get(Course, course_id)
    if course is None:
        raise CourseUnknown("There is no such course.")
    if course.status != "published":
        raise CourseWithdrawn("This course was cancelled. A new one needs an id of its own.")
    version = work.get(CourseVersion, (course_id, course.version))
    assert version is not None
    return course, version.document


def with_session(document: Mapping[str, Any], session_id: str, **changes: Any) -> Document:
    """The document with some of one session changed."""
    return replaced(document, session_of(document, session_id) | changes)


def replaced(document: Mapping[str, Any], session: Mapping[str, Any]) -> Document:
    """The document with a session instead of the one of its id, in order of their start again."""
    others = [s for s in document["sessions"] if s["session_id"] != session["session_id"]]
    sessions = sorted([*others, session], key=lambda each: str(each["starts_at"]))
    return {**document, "sessions": sessions}


def session_of(document: Mapping[str, Any], session_id: str) -> dict[str, Any]:
    """A session of a course as it stands."""
    for session in document["sessions"]:
        if session["session_id"] == session_id:
            return dict(session)
    raise SessionUnknown("The course has no such session.")


@dataclass(frozen=True)
class Next:
    """What saying a document would come to: the version it would be, or that it is the one in force
    (`same`). `new` where there is no such course yet."""

    said: Document
    mark: str
    version: int
    new: bool
    same: bool
    warnings: Sequence[str]

    @property
    def in_force(self) -> int | None:
        """The version that is published, if one is."""
        if self.new:
            return None
        return self.version if self.same else self.version - 1


def next_of(
    work: Work, course_id: str, document: Document, *, warnings: Sequence[str] = ()
) -> Next:
    """What would be said of a course next; nothing is said.

    What follows from the sessions follows here: when registration closes.
    """
    before, seats = work.get(Course, course_id), work.get(Seats, course_id)
    closes = closing(document["sessions"], document["closes_asked"])
    said = {**document, "registration_closes_at": rfc3339(closes)}
    mark = fingerprint(said)
    if before is not None and before.fingerprint == mark:
        return Next(said, mark, before.version, False, True, warnings)
    if seats is not None and said["capacity"] < seats.sold + seats.held + seats.offered:
        warnings = [*warnings, "More seats are taken than the new capacity: nobody loses one."]
    return Next(said, mark, before.version + 1 if before else 1, before is None, False, warnings)


def say_changed(
    work: Work, course_id: str, document: Document, *, by: str, warnings: Sequence[str] = ()
) -> Published:
    """Keep and say a document as the next version of its course; the same again changes nothing.

    The start and the end follow from the sessions. Seats that are free go to those who wait.
    """
    before, seats = work.get(Course, course_id), work.get(Seats, course_id)
    following = next_of(work, course_id, document, warnings=warnings)
    said = following.said
    if before is not None and following.same:
        return Published(before, said, False, warnings)
    opens = said["registration_opens_at"]
    course = Course(
        course_id=course_id,
        version=following.version,
        status="published",
        fingerprint=following.mark,
        first_start=first_start(said["sessions"]),
        last_end=last_end(said["sessions"]),
        opens_at=parse_instant(opens) if opens else None,
        closes_at=parse_instant(said["registration_closes_at"]),
        terms=terms_of(said),
        published_at=work.now,
    )
    work.put(course)
    work.put(
        CourseVersion(
            course_id=course_id,
            version=course.version,
            document=said,
            published_at=work.now,
            by=by,
        )
    )
    work.put(_counted(seats, course_id, said["capacity"]))
    if seats is not None:
        offer_all(work, course)
        if course.first_start <= work.now:  # a session that was cancelled may have been the last
            work.plan_due("complete_course", course_id, work.now)
    work.audit("course.published", f"{course_id} {course.version}")
    with telling():
        work.emit(event_of(work, following))
    return Published(course, said, following.new, following.warnings)


def event_of(work: Work, following: Next) -> CoursePublished:
    """The course as everybody would hear of it."""
    return CoursePublished(**following.said, version=following.version, published_at=work.now)


@contextmanager
def telling() -> Iterator[None]:
    """Raises CourseTooLarge where the event would be."""
    try:
        yield
    except TooLargeError as why:
        raise CourseTooLarge(
            "The course is larger than can be told: at most 900 kB as a whole. "
            "Shorten its texts, the boards' statements first."
        ) from why


def _counted(seats: Seats | None, course_id: str, capacity: int) -> Seats:
    if seats is None:
        return Seats(course_id=course_id, capacity=capacity)
    return replace(seats, capacity=capacity)
