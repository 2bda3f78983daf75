"""What billing hears, and what it does about it."""

from __future__ import annotations

from services.billing.commands.attended import (
    end_certificate,
    record_attendance,
    record_certificate,
)
from services.billing.commands.earn import hold_session
from services.billing.commands.endings import cancel, share_due, transfer, unseat
from services.billing.commands.facts import (
    complete,
    confirm,
    expire,
    renew,
    substitute,
    wait,
)
from services.billing.commands.issue_invoice import issue_invoice
from services.billing.commands.recalling import recall_number
from services.billing.commands.records import forget_person, record_course, record_person
from shared.contracts.attendance import AttendanceSettled, SessionCompleted
from shared.contracts.billing import InvoiceIssued
from shared.contracts.certificates import (
    CertificateIssued,
    CertificateRevoked,
    CertificateSuperseded,
)
from shared.contracts.partners import KeyIssued, KeyRevoked
from shared.contracts.registration import (
    CourseCancelled,
    CoursePublished,
    PersonRecorded,
    RegistrationCancelled,
    RegistrationCompleted,
    RegistrationConfirmed,
    RegistrationExpired,
    RegistrationLinkRequested,
    RegistrationRequested,
    RegistrationShareDue,
    RegistrationSubstituted,
    RegistrationTransferred,
    RegistrationUnseated,
    RegistrationWaitlisted,
)
from shared.runtime.hears import Hears, own_words
from shared.runtime.keys import record_key, record_revoked


def hears_of() -> Hears:
    """The subscriptions of billing."""
    hears = Hears("billing")
    hears(CoursePublished)(record_course)
    hears(CourseCancelled)(record_course)
    hears(PersonRecorded)(record_person)
    hears.tombstone(PersonRecorded)(forget_person)

    hears(RegistrationRequested)(issue_invoice)
    hears(RegistrationWaitlisted)(wait)
    hears(RegistrationConfirmed)(confirm)
    hears(RegistrationExpired)(expire)
    hears(RegistrationUnseated)(unseat)
    hears(RegistrationSubstituted)(substitute)
    hears(RegistrationLinkRequested)(renew)
    hears(RegistrationTransferred)(transfer)
    hears(RegistrationCancelled)(cancel)
    hears(RegistrationShareDue)(share_due)
    hears(RegistrationCompleted)(complete)

    hears(SessionCompleted)(hold_session)
    hears(AttendanceSettled)(record_attendance)

    hears(CertificateIssued)(record_certificate)
    hears(CertificateSuperseded)(end_certificate)
    hears(CertificateRevoked)(end_certificate)

    hears(KeyIssued)(record_key)
    hears(KeyRevoked)(record_revoked)

    return hears


def recalls_of() -> Hears:
    """What it said itself, heard again by a database that was restored from a backup."""
    recalls = Hears(own_words("billing"))
    recalls(InvoiceIssued)(recall_number)
    return recalls
