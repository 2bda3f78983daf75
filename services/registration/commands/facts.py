"""What others said: certificates, completed sessions, credits. Stored, then decided upon again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from services.registration.commands.saying import about
from services.registration.commands.steps import step
from services.registration.models import Certificate, Course, Credit, Registration, SessionDone
from shared.contracts.attendance import SessionCompleted
from shared.contracts.billing import CreditIssued
from shared.contracts.certificates import CertificateIssued, CertificateRevoked
from shared.contracts.registration import RegistrationCompleted
from shared.runtime.due import Due
from shared.runtime.plans import Plan, Wanted, needs
from shared.runtime.rows import Query, where
from shared.runtime.tokens import code_digest
from shared.runtime.work import Work

Handler = Callable[[Work, CreditIssued], Awaitable[None]]
CHUNK = 200  # registrations that one transaction completes


def _certificate_needs(event: CertificateIssued | CertificateRevoked) -> Sequence[Wanted]:
    former = event.supersedes if isinstance(event, CertificateIssued) else None
    both = [event.certificate_id, former] if former else [event.certificate_id]
    return [(Certificate, certificate_id) for certificate_id in both]


@needs(_certificate_needs)
async def record_certificate(work: Work, event: CertificateIssued | CertificateRevoked) -> None:
    """While a certificate lives, its registration cannot be cancelled."""
    issued = isinstance(event, CertificateIssued)
    _certificate(work, event.certificate_id, event.registration_id, issued, not issued)
    if isinstance(event, CertificateIssued) and event.supersedes:
        _certificate(work, event.supersedes, event.registration_id, False, True)


def _certificate(
    work: Work, certificate_id: str, registration_id: str, issued: bool, ended: bool
) -> None:
    seen = work.get(Certificate, certificate_id)
    work.put(
        Certificate(
            certificate_id=certificate_id,
            registration_id=registration_id,
            issued=issued or (seen is not None and seen.issued),
            ended=ended or (seen is not None and seen.ended),
        )
    )


@needs(lambda event: [(SessionDone, (event.course_id, event.session_id))])
async def record_session(work: Work, event: SessionCompleted) -> None:
    """A session is completed; after the last one the course is, and all who are confirmed."""
    if work.get(SessionDone, (event.course_id, event.session_id)) is None:
        work.put(
            SessionDone(
                course_id=event.course_id,
                session_id=event.session_id,
                completed_at=event.completed_at,
            )
        )
        work.plan_due("complete_course", event.course_id, work.now)


def _confirmed(course_id: str) -> Query[Registration]:
    return where(
        Registration,
        course_id=course_id,
        state="confirmed",
        order=("registration_id",),
        limit=CHUNK,
    )


def _complete_needs(due: Due) -> Plan:
    [course, _] = yield [(Course, due.ref), where(SessionDone, course_id=due.ref)]
    return [_confirmed(due.ref)] if course is not None else []


@needs(_complete_needs)
async def complete_course(work: Work, due: Due) -> None:
    """Complete those who are confirmed, some at a time, once every session is completed."""
    course = work.get(Course, due.ref)
    done = {each.session_id: each.completed_at for each in work.find(_done(due.ref))}
    if course is None or {s["session_id"] for s in course.terms["schedule"]} - done.keys():
        return
    chunk = work.find(_confirmed(due.ref))
    for row in chunk:
        completed = step(work, row, "complete", seat=row.seat)  # type: ignore[arg-type]
        if completed is not None:
            last = max(done.values())
            work.emit(RegistrationCompleted(**about(completed), completed_at=last))
    if len(chunk) == CHUNK:
        work.plan_due("complete_course", due.ref, work.now)


def _done(course_id: str) -> Query[SessionDone]:
    return where(SessionDone, course_id=course_id)


def recorder_of_credits(code_of: Callable[[str], str]) -> Handler:
    """The handler of `credit.issued`; `code_of` computes the code of a credit from its id."""

    def digest(event: CreditIssued) -> str:
        return code_digest(code_of(event.credit_id))

    @needs(lambda event: [(Credit, digest(event))])
    async def record_credit(work: Work, event: CreditIssued) -> None:
        """A credit can from now on be asked for by its code, of which the digest is kept."""
        if work.get(Credit, digest(event)) is None:
            work.put(Credit(code_digest=digest(event), credit_id=event.credit_id))

    return record_credit
