"""What stands in the way of leaving: a certificate, and the start of the course.

Of the refusals of an act the certificate's comes first, then the start's, then the others.
"""

from __future__ import annotations

from datetime import datetime

from services.registration.domain.schedule import begun
from services.registration.models import Certificate, Course, Registration
from shared.errors import Conflict
from shared.runtime.rows import Query, where
from shared.runtime.work import Work


class AlreadyStarted(Conflict):
    """The first session has begun: only staff cancel now, by override with a reason."""

    slug = "already-started"


class CertificateStands(Conflict):
    """A certificate was issued; staff revoke it first."""

    slug = "certificate-issued"


def certificates_of(registration_id: str) -> Query[Certificate]:
    """What was heard of the certificates of a registration."""
    return where(Certificate, registration_id=registration_id)


def is_certified(work: Work, row: Registration) -> bool:
    """Whether a certificate of this registration lives; planned as `certificates_of`."""
    found = work.find(certificates_of(row.registration_id))
    return any(one.issued and not one.ended for one in found)


def require_no_certificate(work: Work, row: Registration) -> None:
    """Refuse while a certificate of this registration lives."""
    if is_certified(work, row):
        raise CertificateStands("A certificate was issued; it has to be revoked first.")


def require_not_begun(row: Registration, course: Course, at: datetime) -> None:
    """Refuse once the course has begun for this registration."""
    if begun(at, row.first_start, course.first_start):
        raise AlreadyStarted("The course has begun. Please write to us if you cannot go on.")
