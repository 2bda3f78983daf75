"""In whose name a certificate is issued: the provider's, or that of the body which holds the
board's approval, once it has a key of its own (decision 129).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.certificates.commands.keys import signs_by_itself
from services.certificates.commands.office import Office
from services.certificates.domain.credential import answers_in, issued_by, issuer_in
from services.certificates.domain.keys import answers_for
from services.certificates.models import Certificate, Course, Document
from shared.runtime.rows import replace
from shared.runtime.work import Work


@dataclass(frozen=True)
class Issuer:
    """`issuer` is empty for the provider, whose name its certificates carry already."""

    issuer: str = ""
    name: str = ""


_PROVIDER = Issuer()


def in_its_name(
    work: Work, office: Office, course: Course | None, pending: Certificate, page: Document
) -> tuple[Issuer, Document]:
    """Who issues it, and the document as it is to be signed; both rows are put where that is not
    how they stand. A certificate that is made in the place of a body's stays the body's, and what
    is a copy is issued by whom its own page names, whoever the course names by now."""
    said, drafted = page.credential, _by_credential(office, page.credential)
    found = drafted or _by_course(course.document if course else {}, answers_in(said))
    if not signs_by_itself(work, found.issuer):
        found = _PROVIDER
    if found.issuer or drafted:
        url = office.status_url(pending.status_list, found.issuer)
        did, name = office.issuer_did(found.issuer), found.name or pending.provider
        page = replace(page, credential=issued_by(said, did, name, url, pending.status_index))
        work.put(page)
    if pending.issuer_name != found.name:
        work.put(replace(pending, issuer_name=found.name))
    return found, page


def _by_course(course: Mapping[str, Any], holder: str) -> Issuer:
    sponsor = course.get("joint_sponsor") or {}
    issuer, name = sponsor.get("partner_id") or "", sponsor.get("name") or ""
    return Issuer(issuer, name) if issuer and answers_for(name, holder) else _PROVIDER


def _by_credential(office: Office, credential: Mapping[str, Any]) -> Issuer | None:
    did, name = issuer_in(credential)
    issuer = office.issuer_of(did)
    return Issuer(issuer, name) if issuer else None
