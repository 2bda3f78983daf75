"""The provider cancels a whole course: said at once, then carried out one registration at a time.

The course is cancelled in one transaction, which also plans a walk over its registrations. Each row
of it is a unit of its own, done once, whatever crashes, and beside what learners do meanwhile.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.registration.commands.access import by
from services.registration.commands.admission import CourseUnknown
from services.registration.commands.standing import CertificateStands
from services.registration.commands.withdrawn import WHOLE
from services.registration.domain.withdrawal import choice_end
from services.registration.models import (
    Certificate,
    Course,
    CourseVersion,
    Seats,
    SessionDone,
    Withdrawal,
)
from shared.contracts.registration import CourseCancelled
from shared.dates import rfc3339
from shared.errors import Conflict
from shared.runtime.caller import Caller
from shared.runtime.plans import Plan, alone, needs
from shared.runtime.rows import Query, replace, where
from shared.runtime.work import Work

WITHDRAW = "withdraw_course"
_LIVING = """
SELECT count(*) FROM registrations
WHERE course_id = $1 AND state IN ('requested', 'waitlisted', 'offered', 'confirmed')
"""


class CourseOver(Conflict):
    """Its last session was held: there is nothing left to cancel."""

    slug = "course-over"


@dataclass(frozen=True)
class Withdraw:
    """The provider cancels a course; our receipt of the request is when it was cancelled."""

    course_id: str
    caller: Caller
    received_at: datetime
    reason: str
    choose_until: datetime | None = None
    prefer_credit: bool = False


def _certified(course_id: str) -> Query[Certificate]:
    return where(Certificate, course_id=course_id, issued=True, ended=False, limit=1)


def _withdraw_needs(c: Withdraw) -> Plan:
    [course] = yield [(Course, c.course_id)]
    if course is not None:
        yield [
            (CourseVersion, (c.course_id, course.version)),
            _certified(c.course_id),
            where(SessionDone, course_id=c.course_id),
        ]
    return [(Seats, c.course_id), (Course, c.course_id), (Withdrawal, (c.course_id, WHOLE))]


@alone
@needs(_withdraw_needs)
async def withdraw(work: Work, c: Withdraw) -> Withdrawal:
    """Cancel the course and say so; a second time changes nothing and goes on with the walk."""
    course = work.get(Course, c.course_id)
    if course is None:
        raise CourseUnknown("There is no such course.")
    known = work.get(Withdrawal, (c.course_id, WHOLE))
    if known is not None:
        return known
    _require_cancellable(work, c, course)
    gone = Withdrawal(
        course_id=c.course_id,
        session_id=WHOLE,
        cancelled_at=c.received_at,
        reason=c.reason,
        choose_until=choice_end(c.choose_until, c.prefer_credit, c.received_at),
        prefer_credit=c.prefer_credit,
        concerned=await work.con.fetchval(_LIVING, c.course_id),
    )
    work.put(gone)
    _say_cancelled(work, course, gone, by=by(c.caller))
    work.audit("course.cancelled", c.course_id)
    work.plan_due(WITHDRAW, c.course_id, work.now)
    return gone


def _require_cancellable(work: Work, c: Withdraw, course: Course) -> None:
    if work.first(_certified(c.course_id)) is not None:
        raise CertificateStands("A certificate was issued; it has to be revoked first.")
    done = {each.session_id for each in work.find(where(SessionDone, course_id=c.course_id))}
    held = {each["session_id"] for each in course.terms["schedule"]} <= done
    if held or c.received_at >= course.last_end:
        raise CourseOver("The last session of this course was held.")


def _say_cancelled(work: Work, course: Course, gone: Withdrawal, *, by: str) -> None:
    """The course as it stood, whole, as its last version."""
    before = work.get(CourseVersion, (course.course_id, course.version))
    assert before is not None
    cancelled = replace(
        course, version=course.version + 1, status="cancelled", published_at=work.now
    )
    work.put(cancelled)
    shown = {
        "at": rfc3339(gone.cancelled_at),
        "reason": gone.reason,
        "choose_until": rfc3339(gone.choose_until) if gone.choose_until else None,
        "prefer_credit": gone.prefer_credit,
    }
    work.put(
        CourseVersion(
            course_id=course.course_id,
            version=cancelled.version,
            document=before.document | {"cancelled": shown},
            published_at=work.now,
            by=by,
        )
    )
    work.emit(
        CourseCancelled(
            **before.document,
            version=cancelled.version,
            published_at=work.now,
            reason=gone.reason,
            cancelled_at=gone.cancelled_at,
            choose_until=gone.choose_until,
            prefer_credit=gone.prefer_credit,
        )
    )
