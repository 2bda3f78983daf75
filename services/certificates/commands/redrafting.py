"""A certificate that staff asked for, and its holder is recorded anew before it is out."""

from __future__ import annotations

from services.certificates.commands import saying
from services.certificates.commands.attendance_said import attendance_said
from services.certificates.commands.draft import BoardUnknown, draft_of, new_certificate
from services.certificates.commands.grants import said
from services.certificates.commands.office import Office
from services.certificates.commands.unfinished import forget
from services.certificates.models import Certificate, Document, Person, Registration
from shared.runtime.rows import where
from shared.runtime.work import Work


def outdated(work: Work, reg: Registration, pending: Certificate) -> bool:
    """Whether the holder's name or licence may be other ones by now than were written down.

    What is made again after a leak says what it said, and of whom was erased nothing is written.
    """
    person = work.get(Person, reg.person_id)
    if person is None or person.erased or pending.cause == saying.KEY_LEAKED:
        return False
    return (pending.person_id, pending.person_version) != (person.person_id, person.version)


def drafted_anew(
    work: Work, office: Office, reg: Registration, pending: Certificate, year: int
) -> Certificate | None:
    """What staff asked for, made out to the person as recorded now; None where its board has left
    the course meanwhile: then staff are asked."""
    twins = work.find(where(Certificate, registration_id=reg.registration_id))
    old = next((one for one in twins if one.certificate_id == pending.supersedes), None)
    person = work.get(Person, reg.person_id)
    name = name_on_its_way(work, pending, person) if person is not None else None
    try:
        draft = draft_of(work, reg, pending.board, said(pending), name=name, after=old)
    except BoardUnknown as why:
        words = "A certificate that was to be superseded was not"
        place = saying.place_of(pending)
        saying.ask(work, old or pending, saying.NOT_REISSUED, place, f"{words}: {why.detail}")
        forget(work, pending)
        return None
    return new_certificate(
        work,
        office,
        draft,
        year,
        again=pending,
        supersedes=old,
        cause=pending.cause,
        words=pending.words,
        by_staff=True,
        as_said=attendance_said(work, pending),
    )


def name_on_its_way(work: Work, pending: Certificate | None, person: Person) -> str | None:
    """The name that staff corrected on the one being made, if the person is still who they were."""
    if pending is None or pending.name_version != person.version or not pending.by_staff:
        return None
    document = work.get(Document, pending.certificate_id)
    return str(document.page["name"]) if document is not None else None
