"""Files made of a certificate that is out, beside its own: marked duplicates, a signed copy.

The bytes come with the command: they are made before, with no transaction open. Which of them is
kept is decided here, under the certificate's lock.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.certificates.commands.allowing import HolderErased, known
from services.certificates.models import SIGNED, Certificate, Document, Duplicate
from shared.errors import Conflict
from shared.runtime.plans import Plan, needs
from shared.runtime.rows import where
from shared.runtime.work import Work


class NoLongerValid(Conflict):
    """It was revoked or superseded: nothing more is made of it."""

    slug = "certificate-not-valid"


@dataclass(frozen=True)
class Keep:
    """A file that was made; `pdf` is None where the certificate's own file is the answer."""

    certificate_id: str
    kind: str
    sha256: str
    pdf: bytes | None
    made_at: datetime


def _of_certificate(c: Keep) -> Plan:
    yield []
    return [
        (Certificate, c.certificate_id),
        (Document, c.certificate_id),
        where(Duplicate, certificate_id=c.certificate_id),
    ]


@needs(_of_certificate)
async def keep(work: Work, c: Keep) -> tuple[Certificate, Duplicate | None]:
    """Keep the file; gives the row, or None where the certificate's own does.

    The same bytes are kept once: a duplicate asked for twice on one day is one. Of two signed
    copies that were made at the same moment the first is kept. Raises NotFound, NoLongerValid,
    HolderErased.
    """
    issued = known(work, c.certificate_id)
    if issued.status != "valid":
        raise NoLongerValid("This certificate holds no more, so no copy is made of it.")
    if work.get(Document, c.certificate_id) is None:
        raise HolderErased("The holder was erased, and the certificate's file with the name on it.")
    if c.pdf is None:
        return issued, None
    for row in work.find(where(Duplicate, certificate_id=c.certificate_id)):
        if row.kind == c.kind and (row.sha256 == c.sha256 or c.kind == SIGNED):
            return issued, row
    made = Duplicate(
        duplicate_id=work.new_id("duplicate"),
        certificate_id=c.certificate_id,
        kind=c.kind,
        made_at=c.made_at,
        sha256=c.sha256,
        pdf=c.pdf,
    )
    work.put(made)
    return issued, made
