"""Issue a certificate: prepare what it says, have it made, then store and say it.

Between the two transactions the facts may change; so the decision is taken again in both. A crash
in between leaves a row that is `preparing`: the next try fills it anew under the same id, number
and code, and nothing was said before it was stored.
"""

from __future__ import annotations

from decimal import Decimal
from hashlib import sha256

from services.certificates.commands import saying
from services.certificates.commands.decide import decide_again, decision_on, live_of
from services.certificates.commands.draft import draft_of, new_certificate
from services.certificates.commands.following import plan_render
from services.certificates.commands.grants import Grant, covers, granted, same
from services.certificates.commands.issuers import in_its_name
from services.certificates.commands.issuing import parts_of
from services.certificates.commands.keys import MakeKey, key_for, leaked
from services.certificates.commands.office import Office
from services.certificates.commands.redrafting import drafted_anew, outdated
from services.certificates.commands.succession import (
    credit_stands,
    end_participation,
    supersede_by,
)
from services.certificates.commands.unfinished import forget, pending_of, try_again
from services.certificates.domain.documents import Made, Order
from services.certificates.models import (
    Certificate,
    Course,
    Document,
    DocumentFile,
    Registration,
)
from shared.runtime.due import Due
from shared.runtime.outside import Recorded
from shared.runtime.rows import replace, where
from shared.runtime.work import Work


async def prepare(work: Work, due: Due, office: Office, make_key: MakeKey) -> Order | None:
    """Write down what the certificate will say; None where nothing is to be issued (any more)."""
    registration_id, board = parts_of(due.ref)
    reg = work.get(Registration, registration_id)
    if reg is None:
        return None
    pending = pending_of(work, registration_id, board)
    if credit_stands(work, reg, board):
        forget(work, pending)
        return None
    if pending is None or not pending.by_staff:
        grant = _grant(work, reg, board)
        if grant is None:
            forget(work, pending)
            return None
        live = live_of(work, reg).get(board)
        pending = new_certificate(
            work,
            office,
            draft_of(work, reg, board, grant, after=live),
            due.due_at.year,
            again=pending,
            supersedes=live,
            cause=_cause(grant, live),
        )
    elif outdated(work, reg, pending):
        pending = drafted_anew(work, office, reg, pending, due.due_at.year)
    if pending is None:
        return None
    document = work.get(Document, pending.certificate_id)
    if document is None:
        forget(work, pending)  # the holder was erased meanwhile
        return None
    course = work.get(Course, reg.course_id)
    by, document = in_its_name(work, office, course, pending, document)
    return Order(
        certificate_id=pending.certificate_id,
        draft=pending.draft,
        page=document.page,
        credential=document.credential,
        pdf_url=office.file_url(pending.certificate_id, "pdf"),
        key=key_for(work, office, make_key, by.issuer),
    )


async def record(work: Work, done: Recorded) -> None:
    """Store what was made and say it, if it is still due and says what was written down last; else
    it is prepared again, where is seen what is due, if anything."""
    registration_id, board = parts_of(done.due.ref)
    reg = work.get(Registration, registration_id)
    pending = pending_of(work, registration_id, board)
    if reg is None or pending is None:
        return
    if not isinstance(done.result, Made):
        try_again(work, done, pending)
        return
    made = done.result
    if not _stands(work, reg, pending, done.request) or leaked(work, made.key_id):
        plan_render(work, reg, board)
        return
    issued = replace(
        pending,
        status="valid",
        sha256=made.sha256,
        conformance=list(made.conformance),
        key_id=made.key_id,
        signed_at=work.now,
        jwt_sha256=sha256(made.jwt.encode()).hexdigest(),
    )
    work.put(issued)
    work.put(DocumentFile(certificate_id=issued.certificate_id, pdf=made.pdf, jwt=made.jwt))
    saying.issued(work, issued)
    work.close_task(saying.NOT_MADE, done.due.ref)
    work.close_task(saying.NOT_REISSUED, done.due.ref)
    if made.conformance and not made.lacks:
        work.close_task(saying.NOT_CONFORMING, done.due.ref)
    else:
        saying.ask(
            work,
            issued,
            saying.NOT_CONFORMING,
            done.due.ref,
            f"Certificate {issued.number} does not show everything "
            f"({'; '.join(made.lacks) or 'it is no PDF/A'}). Look at it; if the name is not "
            "readable, add a font and supersede it.",
        )
    supersede_by(work, reg, issued)
    credited = end_participation(work, reg, issued)
    if issued.by_staff or credited:
        decide_again(work, reg)  # an award that was held can now be said as it is


def _stands(work: Work, reg: Registration, pending: Certificate, order: Order) -> bool:
    """Whether what was ordered is still what is to be issued: nothing was written down anew, the
    holder was not erased (then no draft is left), and the facts give no more, less or other."""
    if (pending.certificate_id, pending.draft) != (order.certificate_id, order.draft):
        return False
    if credit_stands(work, reg, pending.board) or outdated(work, reg, pending):
        return False
    if pending.by_staff:
        return True
    grant = _grant(work, reg, pending.board)
    return grant is not None and same(grant, pending)


def _cause(grant: Grant, live: Certificate | None) -> str:
    """Why another takes the place of one that holds; empty where none does."""
    if live is None:
        return ""
    return saying.MORE if grant.credits > Decimal(live.credits) else saying.CORRECTED


def _grant(work: Work, reg: Registration, board: str) -> Grant | None:
    """What may be issued now: granted, not out already, and not revoked by staff before."""
    grant = granted(decision_on(work, reg), board)
    issued = work.find(where(Certificate, registration_id=reg.registration_id))
    live = live_of(work, reg).get(board)
    if grant is None:
        return None
    if live is not None and (same(grant, live) or not covers(grant, live)):
        return None
    if live is None and any(one.board == board and one.status == "revoked" for one in issued):
        return None
    return grant
