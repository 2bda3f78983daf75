"""What a statement to a joint sponsor counts: who attended, and the certificates that hold."""

from __future__ import annotations

from services.billing.commands.night import plan_later_night
from services.billing.models import Attended, Certificate
from shared.contracts.attendance import AttendanceSettled
from shared.contracts.certificates import (
    CertificateIssued,
    CertificateRevoked,
    CertificateSuperseded,
)
from shared.runtime.plans import Wanted, needs
from shared.runtime.rows import replace
from shared.runtime.work import Work


@needs(lambda event: [(Attended, (event.registration_id, event.session_id))])
async def record_attendance(work: Work, event: AttendanceSettled) -> None:
    """The newest evidence counts, whenever it comes."""
    known = work.get(Attended, (event.registration_id, event.session_id))
    if known is None or known.evidence_version < event.evidence_version:
        work.put(
            Attended(
                registration_id=event.registration_id,
                session_id=event.session_id,
                course_id=event.course_id,
                present=event.present,
                evidence_version=event.evidence_version,
            )
        )


def _issued(event: CertificateIssued) -> list[Wanted]:
    replaced = [event.supersedes] if event.supersedes else []
    return [(Certificate, each) for each in (event.certificate_id, *replaced)]


@needs(_issued)
async def record_certificate(work: Work, event: CertificateIssued) -> None:
    """It holds, unless its end was heard of first; the one that it replaces does no more. Whether
    it was paid for is compared by night, also where no money moves any more.

    A presenter's is none: nobody pays for that seat, and a sponsor's share is for who attended.
    """
    if event.kind == "presenter":
        return
    known = work.get(Certificate, event.certificate_id)
    work.put(
        Certificate(
            certificate_id=event.certificate_id,
            registration_id=event.registration_id,
            course_id=event.course_id,
            board=event.board,
            issued_at=event.issued_at,
            ended_at=known.ended_at if known else None,
        )
    )
    plan_later_night(work)
    if event.supersedes and event.supersedes != event.certificate_id:
        replaced = work.get(Certificate, event.supersedes) or Certificate(
            certificate_id=event.supersedes,
            registration_id=event.registration_id,
            course_id=event.course_id,
            board=event.board,
        )
        if replaced.ended_at is None:
            work.put(replace(replaced, ended_at=event.issued_at))


@needs(lambda event: [(Certificate, event.certificate_id)])
async def end_certificate(work: Work, event: CertificateRevoked | CertificateSuperseded) -> None:
    """It holds no more, for good."""
    known = work.get(Certificate, event.certificate_id) or Certificate(
        certificate_id=event.certificate_id,
        registration_id=event.registration_id,
        course_id=event.course_id,
        board=event.board,
    )
    if known.ended_at is None:
        at = event.revoked_at if isinstance(event, CertificateRevoked) else event.superseded_at
        work.put(replace(known, ended_at=at))
