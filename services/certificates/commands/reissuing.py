"""What a key signed since it leaked is made again, under the key that took its place."""

from __future__ import annotations

from services.certificates.commands import saying
from services.certificates.commands.copying import copied
from services.certificates.commands.following import plan_render
from services.certificates.commands.office import Office
from services.certificates.commands.staff import of_certificate
from services.certificates.commands.unfinished import pending_of
from services.certificates.domain.keys import doubtful
from services.certificates.models import Certificate, Course, Document, Registration
from shared.dates import parse_instant
from shared.runtime.due import Due
from shared.runtime.plans import Plan
from shared.runtime.work import Work


def of_reissued(due: Due) -> Plan:
    """What `reissue` needs."""
    certificate_id = due.payload["certificate_id"]
    wanted = yield from of_certificate(certificate_id, due.due_at.year)
    return [*wanted, (Document, certificate_id)]


async def reissue(work: Work, due: Due, office: Office) -> None:
    """Another for one that a leaked key signed since it leaked: the same, under a new key.

    From what was stored of it, not from the course and the person as they are today: nobody has
    judged anew. What the facts give beyond it is made after it. Whose holder was erased stays as it
    is: there is nothing left to print.
    """
    old = work.get(Certificate, due.payload["certificate_id"])
    if old is None or old.status != "valid" or old.key_id != due.payload["of"]:
        return
    since = parse_instant(due.payload["since"])
    if old.signed_at is None or not doubtful(old.signed_at, since):
        return
    pending = pending_of(work, old.registration_id, old.board)
    if pending is not None and pending.by_staff:
        return  # it is on its way, and will be signed by the new key
    reg = work.get(Registration, old.registration_id)
    course = work.get(Course, old.course_id)
    page = work.get(Document, old.certificate_id)
    if reg is None or course is None or page is None:
        return
    made = copied(
        work,
        office,
        old,
        page,
        course,
        due.due_at.year,
        again=pending,
        cause=saying.KEY_LEAKED,
    )
    work.audit("certificate.superseded", old.certificate_id, made.cause)
    plan_render(work, reg, old.board)
