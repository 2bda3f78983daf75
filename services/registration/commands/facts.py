"""What others said: certificates, completed sessions, credits. Stored, then decided upon again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from services.registration.commands.saying import about
from services.registration.commands.steps import step
from services.registration.domain.prerequisites import number_key
from services.registration.models import Certificate, Course, Credit, Registration, SessionDone
from shared.contracts.attendance import SessionCompleted
from shared.contracts.billing import CreditIssued
from shared.contracts.certificates import CertificateIssued, CertificateRevoked
from shared.contracts.registration import RegistrationCompleted
from shared.dates import parse_instant
from shared.runtime.due import Due
from shared.runtime.plans import Plan, Wanted, needs
from shared.runtime.rows import Query, where
from shared.runtime.tokens import code_digest
from shared.runtime.work import Work

Handler = Callable[[Work, CreditIssued], Awaitable[None]]
COMPLETE_CONFIRMED = "complete_confirmed"


def _certificate_needs(event: CertificateIssued | CertificateRevoked) -> Sequence[Wanted]:
    former = event.supersedes if isinstance(event, CertificateIssued) else None
    both = [event.certificate_id, former] if former else [event.certificate_id]
    return [(Certificate, certificate_id) for certificate_id in both]


@needs(_certificate_needs)
async def record_certificate(work: Work, event: CertificateIssued | CertificateRevoked) -> None:
    """While a certificate lives, its registration cannot be cancelled; it opens further courses."""
    issued = isinstance(event, CertificateIssued)
    _certificate(work, event, event.certificate_id, event.number, issued=issued, ended=not issued)
    if isinstance(event, CertificateIssued) and event.supersedes:
        _certificate(work, event, event.supersedes, None, issued=False, ended=True)


def _certificate(
    work: Work,
    event: CertificateIssued | CertificateRevoked,
    certificate_id: str,
    number: str | None,
    *,
    issued: bool,
    ended: bool,
) -> None:
    seen = work.get(Certificate, certificate_id)
    work.put(
        Certificate(
            certificate_id=certificate_id,
            registration_id=event.registration_id,
            course_id=event.course_id,
            number=number_key(number) if number else (seen.number if seen else None),
            issued=issued or (seen is not None and seen.issued),
            ended=ended or (seen is not None and seen.ended),
        )
    )


def _session_needs(event: SessionCompleted) -> Plan:
    yield [(Course, event.course_id)]
    return [(SessionDone, (event.course_id, event.session_id))]


@needs(_session_needs)
async def record_session(work: Work, event: SessionCompleted) -> None:
    """A session is completed; after the last one the course is, and all who are confirmed.

    One that was moved, and completed by its former times because attendance had not heard of that,
    is not: it is said again when its new time is over (decision 118). It was moved before its
    former end, so the move is known here. Nor was one held that the course does not have any more:
    attendance had not heard that it was cancelled, and it may yet be given a make-up date.
    """
    course = work.get(Course, event.course_id)
    if _moved_since(course, event):
        return
    if course is not None and event.session_id not in _scheduled(course):
        work.plan_due("complete_course", event.course_id, work.now)
        return
    known = work.get(SessionDone, (event.course_id, event.session_id))
    if known is None or known.completed_at < event.completed_at:
        work.put(
            SessionDone(
                course_id=event.course_id,
                session_id=event.session_id,
                completed_at=event.completed_at,
            )
        )
        work.plan_due("complete_course", event.course_id, work.now)


def _moved_since(course: Course | None, event: SessionCompleted) -> bool:
    schedule = course.terms["schedule"] if course is not None else ()
    ends = (each["ends_at"] for each in schedule if each["session_id"] == event.session_id)
    return any(event.reaches < parse_instant(end) for end in ends)


def _scheduled(course: Course) -> set[str]:
    return {each["session_id"] for each in course.terms["schedule"]}


def _over_needs(course_id: str) -> list[Wanted]:
    return [(Course, course_id), where(SessionDone, course_id=course_id)]


def _over_since(work: Work, course_id: str) -> datetime | None:
    """When the last session was completed, once every session of the course is.

    A course that the provider cancelled is never over: who has a choice still keeps it.
    """
    course, done = work.get(Course, course_id), work.find(where(SessionDone, course_id=course_id))
    if course is not None and course.status != "published":
        return None
    scheduled = _scheduled(course) if course else {""}
    over = scheduled <= {each.session_id for each in done}
    return max(each.completed_at for each in done) if over and done else None


def _complete_needs(due: Due) -> Plan:
    yield _over_needs(due.ref)
    return []


@needs(_complete_needs)
async def complete_course(work: Work, due: Due) -> None:
    """Complete those who are confirmed, once every session is completed."""
    if _over_since(work, due.ref) is not None:
        work.plan_due(COMPLETE_CONFIRMED, due.ref, work.now)


def confirmed_of(due: Due) -> Query[Registration]:
    """Whom to complete. Whoever confirms one after the end looks at the course again."""
    return where(Registration, course_id=due.ref, state="confirmed")


def _complete_one_needs(due: Due) -> Plan:
    yield _over_needs(due.payload["of"])
    return [(Registration, due.payload["registration_id"])]


@needs(_complete_one_needs)
async def complete_one(work: Work, due: Due) -> None:
    """Complete one registration, if it is still confirmed."""
    row = work.get(Registration, due.payload["registration_id"])
    last = _over_since(work, due.payload["of"])
    if row is None or last is None:
        return
    completed = step(work, row, "complete", seat=row.seat)  # type: ignore[arg-type]
    if completed is not None:
        work.emit(RegistrationCompleted(**about(completed), completed_at=last))


def recorder_of_credits(code_of: Callable[[str], str]) -> Handler:
    """The handler of `credit.issued`; `code_of` computes the code of a credit from its id."""

    def digest(event: CreditIssued) -> str:
        return code_digest(code_of(event.credit_id))

    @needs(lambda event: [(Credit, digest(event))])
    async def record_credit(work: Work, event: CreditIssued) -> None:
        """A credit can from now on be asked for by its code, of which the digest is kept."""
        if work.get(Credit, digest(event)) is None:
            work.put(
                Credit(
                    code_digest=digest(event),
                    credit_id=event.credit_id,
                    holder_kind=event.holder.kind,
                    holder_id=event.holder.id,
                    transferable=bool(event.terms.get("transferable")),
                )
            )

    return record_credit
