"""What neighbours say, as contract events with little written out."""

from typing import Any

from shared.contracts.attendance import SessionCompleted
from shared.contracts.billing import InvoicePaid, InvoiceVoided
from shared.contracts.certificates import CertificateIssued, CertificateRevoked
from shared.contracts.event import Event


def made(event: type[Event], **changes: Any) -> Any:
    """The contract's example, with some of it changed."""
    return event.model_validate(event.example | changes)


def paid(registration_id: str, invoice_id: str = "inv-1", **changes: Any) -> Any:
    return made(InvoicePaid, registration_id=registration_id, invoice_id=invoice_id, **changes)


def voided(registration_id: str, invoice_id: str = "inv-1") -> Any:
    return made(InvoiceVoided, registration_id=registration_id, invoice_id=invoice_id)


def issued(registration_id: str, certificate_id: str = "cert-1", **more: Any) -> Any:
    return made(
        CertificateIssued, registration_id=registration_id, certificate_id=certificate_id, **more
    )


def revoked(registration_id: str, certificate_id: str = "cert-1") -> Any:
    return made(CertificateRevoked, registration_id=registration_id, certificate_id=certificate_id)


def completed(session_id: str, course_id: str = "attachment", **more: Any) -> Any:
    """Said when all sessions of the reference course were over, unless `more` says else."""
    about = {"course_id": course_id, "session_id": session_id}
    return made(SessionCompleted, **{"settled_at": "2020-12-31T00:00:00Z", **about, **more})
