"""What staff do with certificates that are out: revoke, supersede, leave as they are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.certificates.commands import saying
from services.certificates.commands.allowing import keepable, known, replaceable, revocable
from services.certificates.commands.attendance_said import attendance_said
from services.certificates.commands.correcting import corrected
from services.certificates.commands.decide import (
    around,
    decide_again,
    decision_on,
)
from services.certificates.commands.draft import draft_of, named_by_staff, new_certificate
from services.certificates.commands.following import plan_render
from services.certificates.commands.keeping import Keep, given
from services.certificates.commands.office import Office
from services.certificates.commands.redrafting import name_on_its_way
from services.certificates.commands.unfinished import forget, pending_of
from services.certificates.models import (
    Award,
    Certificate,
    Document,
    Registration,
    StatusCounter,
)
from shared.runtime.plans import Plan, needs
from shared.runtime.rows import replace, where
from shared.runtime.tasks import task_key
from shared.runtime.work import Work


@dataclass(frozen=True)
class Revoke:
    """Withdraw a certificate; `words` say why, to operators."""

    certificate_id: str
    words: str


@dataclass(frozen=True)
class Supersede:
    """Replace a certificate by a right one; `name` corrects the recorded name."""

    certificate_id: str
    words: str
    name: str | None
    received_at: datetime
    office: Office


def of_certificate(certificate_id: str, year: int | None = None) -> Plan:
    """What is needed to end a certificate, or (in a year) to make another in its place."""
    [issued] = yield [(Certificate, certificate_id)]
    if issued is None:
        return [(Certificate, certificate_id)]
    twins = where(Certificate, registration_id=issued.registration_id)
    [reg, others] = yield [(Registration, issued.registration_id), twins]
    people = [issued.person_id, reg.person_id] if reg else [issued.person_id]
    return [
        *around(issued.registration_id, issued.course_id, *people),
        *((Document, one.certificate_id) for one in others if one.status == "preparing"),
        *([(Document, certificate_id)] if year or named_by_staff(issued) else []),
        *([(StatusCounter, year)] if year else []),
        task_key(saying.NOT_CONFORMING, saying.place_of(issued)),
        task_key(saying.NOT_REISSUED, saying.place_of(issued)),
        task_key(saying.NOT_MADE, saying.place_of(issued)),
    ]


@needs(lambda c: of_certificate(c.certificate_id))
async def revoke(work: Work, c: Revoke) -> Certificate:
    """It holds no more, and is not made again by itself. Again: the same answer.

    One that is just being made in its place is not made either: whoever revokes wants none.
    Raises NotFound, AlreadySuperseded.
    """
    issued = known(work, c.certificate_id)
    if issued.status == "revoked":
        return issued
    revocable(issued)
    revoked = replace(
        issued, status="revoked", cause=saying.IN_ERROR, words=c.words, ended_at=work.now
    )
    work.put(revoked)
    saying.revoked(work, revoked)
    work.audit("certificate.revoked", issued.certificate_id, revoked.cause)
    work.close_task(saying.NOT_CONFORMING, saying.place_of(issued), "revoked")
    work.close_task(saying.NOT_REISSUED, saying.place_of(issued), "revoked")
    forget(work, pending_of(work, issued.registration_id, issued.board), "revoked")
    reg = work.get(Registration, issued.registration_id)
    if reg is not None:
        decide_again(work, reg)  # an award that was held can now be said as it is
    return revoked


@needs(lambda c: of_certificate(c.certificate_id))
async def keep(work: Work, c: Keep) -> Certificate:
    """It stays as it is, whatever was asked about it; what gets worse from now on is asked again.

    Again: the same answer. Raises NotFound, NotLive.
    """
    issued = known(work, c.certificate_id)
    keepable(issued)
    kept = replace(issued, words=c.words)
    work.put(kept)
    work.audit("certificate.kept", issued.certificate_id, "left as it is")
    work.close_task(saying.NOT_CONFORMING, saying.place_of(issued), "kept")
    reg = work.get(Registration, issued.registration_id)
    if reg is None:
        return kept
    for award in work.find(where(Award, registration_id=reg.registration_id)):
        if award.board == issued.board and award.held:
            work.put(replace(award, kept=given(decision_on(work, reg), award.board)))
    decide_again(work, reg)  # where nothing else of it is asked about, the task ends
    return kept


@needs(lambda c: of_certificate(c.certificate_id, c.received_at.year))
async def supersede(work: Work, c: Supersede) -> Certificate:
    """A corrected certificate is prepared and made; the old one holds until it is stored.

    Also the way to issue again after a revocation. Asked for twice before it is made, the later
    word holds, and a name that was corrected stays so. Raises NotFound, AlreadySuperseded,
    HolderErased, BoardUnknown, CreditStands.
    """
    old = known(work, c.certificate_id)
    reg, person = replaceable(work, old)
    pending = pending_of(work, old.registration_id, old.board)
    grant = corrected(work, reg, old, pending, name=c.name)
    name = c.name or name_on_its_way(work, pending, person)
    draft = draft_of(work, reg, old.board, grant, name=name, after=old)
    made = new_certificate(
        work,
        c.office,
        draft,
        c.received_at.year,
        again=pending,
        supersedes=old,
        cause=saying.NAME_CORRECTED if name else saying.CORRECTED,
        words=c.words,
        by_staff=True,
        as_said=attendance_said(work, old),
    )
    work.audit("certificate.superseded", old.certificate_id, made.cause)
    plan_render(work, reg, old.board)
    return made
