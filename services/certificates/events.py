"""What certificates hears, and what it does about it."""

from __future__ import annotations

from services.certificates.commands import remember
from shared.contracts import attendance, billing, partners, registration
from shared.runtime.hears import Hears
from shared.runtime.keys import record_key, record_revoked


def hears_of() -> Hears:
    """The subscriptions of certificates."""
    hears = Hears("certificates")

    hears(registration.CoursePublished)(remember.course)
    hears(registration.CourseCancelled)(remember.course)
    hears(registration.PersonRecorded)(remember.person)
    hears.tombstone(registration.PersonRecorded)(remember.erased)

    hears(registration.RegistrationRequested)(remember.requested)
    hears(registration.RegistrationWaitlisted)(remember.waitlisted)
    hears(registration.RegistrationAcknowledged)(remember.acknowledged)
    hears(registration.RegistrationConfirmed)(remember.confirmed)
    hears(registration.RegistrationSubstituted)(remember.substituted)
    hears(registration.RegistrationCancelled)(remember.cancelled)
    hears(registration.RegistrationTransferred)(remember.transferred)
    hears(registration.RegistrationExpired)(remember.expired)
    hears(registration.RegistrationUnseated)(remember.unseated)
    hears(registration.RegistrationLapsed)(remember.lapsed)

    hears(billing.InvoicePaid)(remember.invoice_paid)
    hears(billing.CancellationSettled)(remember.cancellation_settled)
    hears(billing.DisputeOpened)(remember.dispute_opened)
    hears(billing.DisputeClosed)(remember.dispute_closed)

    hears(attendance.SessionCompleted)(remember.session_completed)
    hears(attendance.AttendanceSettled)(remember.attended)

    hears(partners.KeyIssued)(record_key)
    hears(partners.KeyRevoked)(record_revoked)

    return hears
