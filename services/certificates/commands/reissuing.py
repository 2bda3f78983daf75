"""What a key signed since it leaked is made again, under the key that took its place."""

from __future__ import annotations

from services.certificates.commands import saying
from services.certificates.commands.draft import BoardUnknown, draft_of, new_certificate
from services.certificates.commands.following import plan_render
from services.certificates.commands.grants import said
from services.certificates.commands.office import Office
from services.certificates.commands.staff import of_certificate
from services.certificates.commands.unfinished import pending_of
from services.certificates.domain.keys import doubtful
from services.certificates.models import Certificate, Person, Registration
from shared.dates import parse_instant
from shared.runtime.due import Due
from shared.runtime.plans import Plan
from shared.runtime.work import Work


def of_reissued(due: Due) -> Plan:
    """What `reissue` needs."""
    return of_certificate(due.payload["certificate_id"], due.due_at.year)


async def reissue(work: Work, due: Due, office: Office) -> None:
    """Another for one that a leaked key signed since it leaked: the same, under a new key.

    Whose holder was erased stays as it is: there is no name to make it out to. Where the course no
    longer has the board, staff decide.
    """
    old = work.get(Certificate, due.payload["certificate_id"])
    if old is None or old.status != "valid" or old.key_id != due.payload["of"]:
        return
    if not doubtful(old.issued_at, parse_instant(due.payload["since"])):
        return
    reg = work.get(Registration, old.registration_id)
    person = work.get(Person, reg.person_id) if reg else None
    pending = pending_of(work, old.registration_id, old.board)
    if pending is not None and pending.by_staff:
        return  # it is on its way, and will be signed by the new key
    if reg is None or person is None or person.erased:
        return
    try:
        draft = draft_of(work, reg, old.board, said(old), after=old)
    except BoardUnknown as why:
        words = "The key that signed this certificate leaked, and it cannot be made again by itself"
        saying.ask(work, old, saying.NOT_REISSUED, saying.place_of(old), f"{words}: {why.detail}")
        return
    made = new_certificate(
        work,
        office,
        draft,
        due.due_at.year,
        again=pending,
        supersedes=old,
        cause=saying.KEY_LEAKED,
        by_staff=True,
    )
    work.audit("certificate.superseded", old.certificate_id, made.cause)
    plan_render(work, reg, old.board)
