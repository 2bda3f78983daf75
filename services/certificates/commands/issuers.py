"""In whose name a certificate is issued: the provider's, or that of the body which holds the
board's approval, once it has a key of its own (decision 129).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.certificates.commands.keys import signs_by_itself
from services.certificates.commands.office import Office
from services.certificates.domain.credential import issued_by, issuer_in
from services.certificates.domain.keys import answers_for
from services.certificates.models import Certificate, Course, Document
from shared.runtime.rows import replace
from shared.runtime.work import Work


@dataclass(frozen=True)
class Issuer:
    """`issuer` is empty for the provider, whose name its certificates carry already."""

    issuer: str = ""
    name: str = ""


def in_its_name(
    work: Work, office: Office, course: Course | None, pending: Certificate, page: Document
) -> tuple[Issuer, Document]:
    """Who issues it, and the document as it is to be signed; both rows are put where that is not
    how they stand. A certificate that is made in the place of a body's stays the body's."""
    said = course.document if course else {}
    found = _by_course(work, said, pending.board) or _by_credential(work, office, page.credential)
    if found.issuer:
        url = office.status_url(pending.status_list, found.issuer)
        did = office.issuer_did(found.issuer)
        signed = issued_by(page.credential, did, found.name, url, pending.status_index)
        page = replace(page, credential=signed)
        work.put(page)
    if pending.issuer_name != found.name:
        work.put(replace(pending, issuer_name=found.name))
    return found, page


def _by_course(work: Work, course: Mapping[str, Any], board: str) -> Issuer | None:
    sponsor = course.get("joint_sponsor") or {}
    issuer, name = sponsor.get("partner_id") or "", sponsor.get("name") or ""
    holder = next((b["holder"] for b in course.get("boards", ()) if b["board"] == board), "")
    if not answers_for(name, holder) or not signs_by_itself(work, issuer):
        return None
    return Issuer(issuer, name)


def _by_credential(work: Work, office: Office, credential: Mapping[str, Any]) -> Issuer:
    did, name = issuer_in(credential)
    issuer = office.issuer_of(did)
    return Issuer(issuer, name) if signs_by_itself(work, issuer) else Issuer()
