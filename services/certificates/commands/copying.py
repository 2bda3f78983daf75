"""A certificate made once more that says the same, whatever became known since."""

from __future__ import annotations

from services.certificates.commands.office import Office
from services.certificates.commands.page import of_its_own
from services.certificates.commands.places import place_in_list
from services.certificates.domain.credential import under_another_id
from services.certificates.models import Certificate, Course, Document
from shared.dates import day_of
from shared.runtime.rows import replace
from shared.runtime.work import Work


def copied(
    work: Work,
    office: Office,
    old: Certificate,
    page: Document,
    course: Course,
    year: int,
    *,
    again: Certificate | None,
    cause: str,
) -> Certificate:
    """The row, preparing, with its document: only id, number, addresses and the day are other ones.

    `page` is the document of `old`; `again` a row to fill anew. The hashes of name and address in
    the credential are the old one's, with the salt beside them: nothing is asked of the person.
    """
    now = work.now.replace(microsecond=0)
    certificate_id = again.certificate_id if again else work.new_id("certificate")
    if again is None:
        status_list, index = place_in_list(work, office, year)
    else:
        status_list, index = again.status_list, again.status_index
    made = replace(
        old,
        certificate_id=certificate_id,
        status="preparing",
        number=again.number if again else office.number(certificate_id, now.year),
        code=office.code(certificate_id),
        issued_at=now,
        signed_at=None,
        status_list=status_list,
        status_index=index,
        sha256="",
        jwt_sha256="",
        conformance=[],
        key_id="",
        draft=abs(again.draft) + 1 if again else 1,
        supersedes=old.certificate_id,
        superseded_by=None,
        by_staff=True,
        cause=cause,
        words="",
        ended_at=None,
    )
    verify_url = office.verify_url(made.code)
    day = day_of(now, course.document["zone"])
    credential = under_another_id(
        page.credential,
        certificate_id=made.certificate_id,
        number=made.number,
        verify_url=verify_url,
        status_list_url=office.status_url(made.status_list),
        status_index=made.status_index,
        issued_at=now,
    )
    work.put(made)
    work.put(
        Document(
            certificate_id=made.certificate_id,
            page=page.page | of_its_own(made.number, verify_url, day, old.number),
            credential=credential,
        )
    )
    return made
