"""Publish a course from its file (domain.md §1, §2): all faults at once, a version a change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from services.registration.commands.offers import offer_freed
from services.registration.commands.steps import first_waiting
from services.registration.domain.course_file import read_course
from services.registration.domain.schedule import first_start, last_end
from services.registration.domain.terms import fingerprint, terms_of
from services.registration.domain.versions import carry_over, removed, unlisted
from services.registration.models import Course, CourseVersion, Seats
from shared.contracts import policy
from shared.contracts.registration import CoursePublished
from shared.dates import parse_instant
from shared.errors import Invalid, fault
from shared.runtime.envelope import TooLargeError
from shared.runtime.plans import Plan, needs
from shared.runtime.rows import replace
from shared.runtime.work import Work


class CourseInvalid(Invalid):
    """The file has faults; `errors` has all of them."""

    slug = "course-invalid"


class CourseTooLarge(CourseInvalid):
    """Longer than one event may be."""

    slug = "course-too-large"


@dataclass(frozen=True)
class Publish:
    """A course file, as the JSON it came as."""

    course_id: str
    body: Any
    by: str


@dataclass(frozen=True)
class Published:
    """The course as it stands, and what changed."""

    course: Course
    document: dict[str, Any]
    new: bool
    warnings: list[str]


def _publish_needs(c: Publish) -> Plan:
    [course] = yield [(Course, c.course_id)]
    if course is not None:
        yield [(CourseVersion, (c.course_id, course.version))]
    return [(Seats, c.course_id), (Course, c.course_id), first_waiting(c.course_id, None)]


@needs(_publish_needs)
async def publish(work: Work, c: Publish) -> Published:
    """Publish the course, or its next version; the same content again changes nothing."""
    before = work.get(Course, c.course_id)
    seats = work.get(Seats, c.course_id)
    document, faults = read_course(c.course_id, c.body, work.now)
    errors = [*faults.errors, *_policy_faults(document)]
    old: dict[str, Any] | None = None
    if before is not None and not errors:
        version = work.get(CourseVersion, (c.course_id, before.version))
        assert version is not None
        old = version.document
        taken = seats is not None and seats.sold + seats.held + seats.offered + seats.waiting > 0
        errors += _dropped(document, old) if taken else []
    if errors:
        raise CourseInvalid("The course cannot be published as it is.", errors=errors)
    mark = fingerprint(document)
    if before is not None and old is not None and before.fingerprint == mark:
        return Published(before, old, False, faults.warnings)
    return _publish(work, c, document, mark, seats, before, old, faults.warnings)


def _dropped(document: dict[str, Any], old: dict[str, Any]) -> list[dict[str, str]]:
    """What people are registered for does not vanish."""
    sessions = [
        fault("/sessions", f"People are registered for {gone}: cancel it, do not drop it.")
        for gone in removed(document, old)
    ]
    boards = [
        fault("/boards", f"People are registered for {gone}'s credit: end its approval instead.")
        for gone in unlisted(document, old)
    ]
    return [*sessions, *boards]


def _publish(
    work: Work,
    c: Publish,
    document: dict[str, Any],
    mark: str,
    seats: Seats | None,
    before: Course | None,
    old: dict[str, Any] | None,
    warnings: list[str],
) -> Published:
    said = carry_over(document, old) if old is not None else document
    given, currency = said["policy"], said["price"]["currency"]
    said = said | {"policy": policy.document(given, currency) if given else {}}
    opens, closes = said["registration_opens_at"], said["registration_closes_at"]
    course = Course(
        course_id=c.course_id,
        version=before.version + 1 if before else 1,
        status="published",
        fingerprint=mark,
        first_start=first_start(said["sessions"]),
        last_end=last_end(said["sessions"]),
        opens_at=parse_instant(opens) if opens else None,
        closes_at=parse_instant(closes),
        terms=terms_of(said),
        published_at=work.now,
    )
    work.put(course)
    work.put(
        CourseVersion(
            course_id=c.course_id,
            version=course.version,
            document=said,
            published_at=work.now,
            by=c.by,
        )
    )
    capacity = said["capacity"]
    work.put(replace(seats, capacity=capacity) if seats else _empty(c.course_id, capacity))
    if seats is not None:
        if capacity < seats.sold + seats.held + seats.offered:
            warnings = [*warnings, "More seats are taken than the new capacity: nobody loses one."]
        offer_freed(work, course, most=capacity)
        if course.first_start <= work.now:  # a session that was cancelled may have been the last
            work.plan_due("complete_course", course.course_id, work.now)
    work.audit("course.published", f"{c.course_id} {course.version}")
    try:
        work.emit(CoursePublished(**said, version=course.version, published_at=work.now))
    except TooLargeError as why:
        raise CourseTooLarge(
            "The course is larger than can be told: at most 900 kB as a whole. "
            "Shorten its texts, the boards' statements first."
        ) from why
    return Published(course, said, before is None, warnings)


def _empty(course_id: str, capacity: int) -> Seats:
    return Seats(course_id=course_id, capacity=capacity)


def _policy_faults(document: dict[str, Any]) -> list[dict[str, str]]:
    """Faults and holes of the refund policy; a course that costs something needs one."""
    if not document:
        return []
    given = document["policy"]
    if given is None:
        if document["price"]["amount"] == 0:
            return []
        return [fault("/refund_policy", "A course that costs something has a refund policy.")]
    read, errors = policy.examine(given, "/refund_policy")
    if read is None:
        return list(errors)
    return policy.holes(read, document["kind"], document["delivery"], "/refund_policy")
