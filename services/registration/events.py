"""What registration hears, and what it does about it."""

from __future__ import annotations

from collections.abc import Callable

from services.registration.commands import (
    facts,
    holds,
    partners,
    recalling,
    recalling_seats,
    recalling_steps,
)
from shared.contracts.attendance import SessionCompleted
from shared.contracts.billing import CreditIssued, InvoicePaid, InvoiceVoided
from shared.contracts.certificates import CertificateIssued, CertificateRevoked
from shared.contracts.partners import KeyIssued, KeyRevoked, PartnerRegistrationSubmitted
from shared.contracts.registration import (
    CourseCancelled,
    CoursePublished,
    PersonRecorded,
    RegistrationAcknowledged,
    RegistrationCancelled,
    RegistrationCompleted,
    RegistrationConfirmed,
    RegistrationExpired,
    RegistrationLapsed,
    RegistrationLinkRequested,
    RegistrationOffered,
    RegistrationRefused,
    RegistrationRequested,
    RegistrationSubstituted,
    RegistrationTransferred,
    RegistrationWaitlisted,
)
from shared.runtime.hears import Hears, own_words
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


def recalls_of() -> Hears:
    """What it said itself, heard again by a database that was restored from a backup."""
    recalls = Hears(own_words("registration"))
    recalls(CoursePublished)(recalling.recall_course)
    recalls(CourseCancelled)(recalling.recall_course)
    recalls(PersonRecorded)(recalling.recall_person)
    recalls.tombstone(PersonRecorded)(recalling.recall_erased)
    recalls(RegistrationRequested)(recalling_seats.recall_requested)
    recalls(RegistrationWaitlisted)(recalling_seats.recall_waitlisted)
    for moved in (
        RegistrationConfirmed,
        RegistrationOffered,
        RegistrationExpired,
        RegistrationLapsed,
        RegistrationCancelled,
        RegistrationTransferred,
        RegistrationCompleted,
    ):
        recalls(moved)(recalling_steps.recall_moved)
    recalls(RegistrationSubstituted)(recalling_steps.recall_renewed)
    recalls(RegistrationLinkRequested)(recalling_steps.recall_renewed)
    recalls(RegistrationAcknowledged)(recalling_steps.recall_acknowledged)
    recalls(RegistrationRefused)(recalling_steps.recall_refused)
    return recalls
