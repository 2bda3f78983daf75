"""Publish a course from its file (domain.md §1, §2): all faults at once, a version a change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from services.registration.commands.price_codes import (
    CodeChange,
    code_changes,
    codes_mark,
    codes_of,
    ended_warnings,
    set_codes,
)
from services.registration.commands.publishing import (
    CourseInvalid,
    Document,
    Next,
    Published,
    as_it_stands,
    changing,
    event_of,
    next_of,
    say_changed,
    telling,
)
from services.registration.domain.approvals import beyond, outside_warnings
from services.registration.domain.course_file import read_course
from services.registration.domain.prices import without_codes
from services.registration.domain.relations import named_by, odd_relations
from services.registration.domain.schedule import instruction_minutes, overlaps
from services.registration.domain.versions import carry_over, outdated, removed, unlisted
from services.registration.models import Course, CourseVersion, Registration, Seats
from shared.contracts import policy
from shared.errors import fault
from shared.runtime.envelope import entry_for
from shared.runtime.plans import Plan, needs
from shared.runtime.rows import Query, where
from shared.runtime.work import Work


@dataclass(frozen=True)
class Publish:
    """A course file, as the JSON it came as."""

    course_id: str
    body: Any
    by: str


def _publish_needs(c: Publish) -> Plan:
    wanted = yield from changing(c.course_id)
    yield from _compared(c)
    return [*wanted, codes_of(c.course_id)]


@needs(_publish_needs)
async def publish(work: Work, c: Publish) -> Published:
    """Publish the course, or its next version; the same content again changes nothing."""
    said, codes, warnings = _judged(work, c)
    set_codes(work, c.course_id, codes)
    return say_changed(work, c.course_id, said, by=c.by, warnings=warnings)


def _check_needs(c: Publish) -> Plan:
    """Only read, not locked: whoever looks keeps nobody waiting."""
    [course] = yield [(Course, c.course_id)]
    version = [(CourseVersion, (c.course_id, course.version))] if course else []
    yield [(Seats, c.course_id), codes_of(c.course_id), *version]
    yield from _compared(c)
    return []


@needs(_check_needs)
async def check(work: Work, c: Publish) -> tuple[Next, list[CodeChange], str]:
    """What publishing would come to, by the same rules, what would become of codes, and the mark of
    those in force. Nothing is published."""
    said, codes, warnings = _judged(work, c)
    following = next_of(work, c.course_id, said, warnings=warnings)
    with telling():
        entry_for(event_of(work, following), "", work)
    return following, codes, codes_mark(work, c.course_id)


def _compared(c: Publish) -> Plan:
    """What a file is held against besides the course as it stands."""
    named = yield [(Course, course_id) for course_id in named_by(c.body)]
    yield [(CourseVersion, (other.course_id, other.version)) for other in named if other]
    yield _working(c.course_id)
    return []


def _judged(work: Work, c: Publish) -> tuple[Document, list[CodeChange], list[str]]:
    """The document that a file comes to, what becomes of codes, and what is odd. Raises
    CourseInvalid with every fault."""
    old = _before(work, c.course_id)
    document, faults = read_course(c.course_id, c.body, work.now, old)
    errors = [*faults.errors, *_policy_faults(document)]
    if old is not None and not errors and _taken(work, c.course_id):
        errors += _dropped(document, old)
    if errors:
        raise CourseInvalid("The course cannot be published as it is.", errors=errors)
    given, currency = document["policy"], document["price"]["currency"]
    whole = document | {
        "policy": policy.document(given, currency) if given else {},
        "code_prices": without_codes(document["code_prices"]),
    }
    said = carry_over(whole, old)
    if errors := _in_the_way(said):
        raise CourseInvalid("What was moved since is in the way.", errors=errors)
    relations = odd_relations(document, _others(work, c.body))
    warnings = [*_of_what_is(faults.warnings, document, said), *relations]
    former = (old or {}).get("code_prices") or ()
    codes = code_changes(work, c.course_id, document["code_prices"], former)
    return said, codes, [*warnings, *outdated(document, old), *ended_warnings(codes)]


def _in_the_way(said: Document) -> list[dict[str, str]]:
    """What a file cannot say together with what was moved since: the sessions are read with it."""
    crossing = [fault("/sessions", detail) for detail in overlaps(said["sessions"])]
    return [*crossing, *beyond(said["boards"], instruction_minutes(said["sessions"]))]


def _of_what_is(warnings: Sequence[str], document: Document, said: Document) -> list[str]:
    """The warnings of a file, those of days by the days that hold."""
    of_file = outside_warnings(document["boards"], document["sessions"])
    others = [each for each in warnings if each not in of_file]
    return [*others, *outside_warnings(said["boards"], said["sessions"])]


def _before(work: Work, course_id: str) -> Document | None:
    if work.get(Course, course_id) is None:
        return None
    return as_it_stands(work, course_id)[1]


def _others(work: Work, body: Any) -> dict[str, Document]:
    """Courses that are named, if they are there."""
    found = [work.get(Course, course_id) for course_id in named_by(body)]
    versions = [work.get(CourseVersion, (each.course_id, each.version)) for each in found if each]
    return {each.course_id: each.document for each in versions if each}


def _taken(work: Work, course_id: str) -> bool:
    """Whether anybody is registered: with a seat, in line, or without one, who work there."""
    seats = work.get(Seats, course_id)
    counted = seats is not None and seats.sold + seats.held + seats.offered + seats.waiting > 0
    return counted or any(work.find(each) for each in _working(course_id))


def _working(course_id: str) -> list[Query[Registration]]:
    return [
        where(Registration, course_id=course_id, state=state, complimentary=True, limit=1)
        for state in ("confirmed", "completed")
    ]


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
