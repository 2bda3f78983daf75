"""What this service said is heard by it again after its database was restored from a backup:
certificates that were given since verify as they did, and are not made a second time (runtime.md
§6, decision 103).

Their files, the page with the name and the credential are lost: each needs staff, who have another
one take its place. Its place in the status list is the one that came next, as it was given then;
one that was being made at the backup has its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.certificates.commands import saying
from services.certificates.commands.decide import around
from services.certificates.commands.office import Office
from services.certificates.commands.places import place_in_list
from services.certificates.domain.words import plain
from services.certificates.models import (
    PARTICIPATION,
    PRESENTER,
    Award,
    Certificate,
    Course,
    Document,
    Registration,
    StatusCounter,
)
from shared.contracts.certificates import (
    AwardGranted,
    AwardWithheld,
    CertificateIssued,
    CertificateRevoked,
    CertificateSuperseded,
    EvaluationSubmitted,
)
from shared.runtime.plans import Plan, needs
from shared.runtime.rows import replace, where
from shared.runtime.work import Work

_NO_FILE = (
    "This certificate was given after the backup that the database was restored from: its file is "
    "lost here, and its holder has it. Look at it, and supersede it, so that there is one to show."
)


def issued_needs(event: CertificateIssued) -> Plan:
    """It with its page, the course it is of, and the places of its year."""
    keys = around(event.registration_id, event.course_id, event.person_id)
    yield []
    about = event.certificate_id
    return [*keys, (Certificate, about), (Document, about), (StatusCounter, event.issued_at.year)]


async def recall_issued(work: Work, event: CertificateIssued, office: Office) -> None:
    """A certificate is known again, without its file; somebody is asked to replace it. One that was
    being made is not made once more: its holder has it, and other bytes would be another."""
    known = work.get(Certificate, event.certificate_id)
    if known is not None and known.status != "preparing":
        return
    course = work.get(Course, event.course_id)
    said = course.document if course is not None else {}
    if known is not None:
        status_list, index = known.status_list, known.status_index
    else:
        status_list, index = place_in_list(work, office, event.issued_at.year)
    page = work.get(Document, event.certificate_id)
    if page is not None:
        work.delete(page)
    board = PRESENTER if event.kind == "presenter" else event.board or PARTICIPATION
    _make_room(work, event, board)
    made = Certificate(
        certificate_id=event.certificate_id,
        registration_id=event.registration_id,
        course_id=event.course_id,
        person_id=event.person_id,
        board=board,
        status="valid",
        number=event.number,
        code=office.code(event.certificate_id),
        credits=plain(event.credits),
        unit=event.unit,
        rule_version=event.rule_version,
        evidence=dict(event.evidence),
        title=said.get("approved_title") or said.get("title") or event.course_id,
        provider=(said.get("provider") or {}).get("name", ""),
        issued_at=event.issued_at,
        signed_at=event.issued_at,
        status_list=status_list,
        status_index=index,
        sha256=event.sha256,
        conformance=list(event.conformance),
        key_id=event.key_id,
        issuer_name=_issuer_name(office, event.key_id, said),
        supersedes=event.supersedes,
        draft=-1,
    )
    work.put(made)
    saying.ask(work, made, saying.IN_QUESTION, made.registration_id, _NO_FILE)


def _issuer_name(office: Office, key_id: str, course: Mapping[str, Any]) -> str:
    """Of a body that signed it, as its course names it by now; empty: the provider did."""
    sponsor = course.get("joint_sponsor") or {}
    by = office.issuer_of(key_id.partition("#")[0])
    return str(sponsor["name"]) if by and by == sponsor.get("partner_id") else by


def _make_room(work: Work, event: CertificateIssued, board: str) -> None:
    """One of a board holds at a time: the one whose place it took has ended. That is said after it,
    perhaps in the next batch."""
    for one in work.find(where(Certificate, registration_id=event.registration_id)):
        if (one.board, one.status) == (board, "valid"):
            by, at = event.certificate_id, event.issued_at
            work.put(replace(one, status="superseded", superseded_by=by, ended_at=at))


@needs(lambda event: [(Award, (event.registration_id, event.board))])
async def recall_award(work: Work, event: AwardGranted | AwardWithheld) -> None:
    """What was decided last of a board, and its version: the next one is higher."""
    known = work.get(Award, (event.registration_id, event.board))
    if known is not None and known.version >= event.version:
        return
    granted = isinstance(event, AwardGranted)
    unmet = () if isinstance(event, AwardGranted) else event.unmet
    work.put(
        Award(
            registration_id=event.registration_id,
            board=event.board,
            version=event.version,
            status="granted" if granted else "withheld",
            credits=plain(event.credits),
            unit=event.unit,
            sessions=list(event.sessions) if isinstance(event, AwardGranted) else [],
            unmet=[{"condition": one.condition, "detail": one.detail} for one in unmet],
        )
    )


@needs(lambda event: [(Certificate, event.certificate_id)])
async def recall_superseded(work: Work, event: CertificateSuperseded) -> None:
    """It holds no more, and why."""
    one = work.get(Certificate, event.certificate_id)
    if one is not None and one.status in {"valid", "superseded"}:
        by, at = event.superseded_by, event.superseded_at
        work.put(
            replace(one, status="superseded", superseded_by=by, cause=event.reason, ended_at=at)
        )


@needs(lambda event: [(Certificate, event.certificate_id)])
async def recall_revoked(work: Work, event: CertificateRevoked) -> None:
    """It was withdrawn, whatever the backup says."""
    one = work.get(Certificate, event.certificate_id)
    if one is not None and one.status != "revoked":
        at = event.revoked_at
        work.put(replace(one, status="revoked", cause=event.reason, ended_at=at))


@needs(lambda event: [(Registration, event.registration_id)])
async def recall_evaluated(work: Work, event: EvaluationSubmitted) -> None:
    """It was handed in: nobody is asked twice. The answers are lost."""
    known = work.get(Registration, event.registration_id)
    if known is None:  # what else there is to know of it is heard after
        known = Registration(
            registration_id=event.registration_id,
            course_id=event.course_id,
            person_id=event.person_id,
        )
    if known.evaluated_at is None:
        work.put(replace(known, evaluated_at=event.submitted_at))
