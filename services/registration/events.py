"""What registration hears, and what it does about it."""

from __future__ import annotations

from collections.abc import Callable

from services.registration.commands import facts, holds, partners
from shared.contracts.attendance import SessionCompleted
from shared.contracts.billing import CreditIssued, InvoicePaid, InvoiceVoided
from shared.contracts.certificates import CertificateIssued, CertificateRevoked
from shared.contracts.partners import KeyIssued, KeyRevoked, PartnerRegistrationSubmitted
from shared.runtime.hears import Hears
from shared.runtime.keys import record_key, record_revoked


def hears_of(code_of: Callable[[str], str]) -> Hears:
    """The subscriptions; `code_of` computes the code of a credit from its id."""
    hears = Hears("registration")
    hears(InvoicePaid)(holds.record_paid)
    hears(InvoiceVoided)(holds.record_voided)
    hears(CreditIssued)(facts.recorder_of_credits(code_of))
    hears(CertificateIssued)(facts.record_certificate)
    hears(CertificateRevoked)(facts.record_certificate)
    hears(SessionCompleted)(facts.record_session)
    hears(PartnerRegistrationSubmitted)(partners.submitted)
    hears(KeyIssued)(record_key)
    hears(KeyRevoked)(record_revoked)
    return hears
