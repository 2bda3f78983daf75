"""What certificates hears, and what it does about it."""

from __future__ import annotations

from services.certificates.commands import copies, facts
from shared.contracts import attendance, billing, partners, registration
from shared.runtime.hears import Hears
from shared.runtime.keys import record_key, record_revoked


def hears_of() -> Hears:
    """The subscriptions of certificates."""
    hears = Hears("certificates")

    hears(registration.CoursePublished)(copies.course)
    hears(registration.CourseCancelled)(copies.course)
    hears(registration.PersonRecorded)(copies.person)
    hears.tombstone(registration.PersonRecorded)(copies.forget)

    hears(registration.RegistrationRequested)(facts.requested)
    hears(registration.RegistrationWaitlisted)(facts.waitlisted)
    hears(registration.RegistrationAcknowledged)(facts.acknowledged)
    hears(registration.RegistrationConfirmed)(facts.confirmed)
    hears(registration.RegistrationShareDue)(facts.gave_back)
    hears(registration.RegistrationSubstituted)(facts.substituted)
    hears(registration.RegistrationLinkRequested)(facts.links_asked)
    hears(registration.RegistrationCancelled)(facts.cancelled)
    hears(registration.RegistrationTransferred)(facts.transferred)
    hears(registration.RegistrationExpired)(facts.expired)
    hears(registration.RegistrationUnseated)(facts.unseated)
    hears(registration.RegistrationLapsed)(facts.lapsed)

    hears(billing.InvoicePaid)(facts.invoice_paid)
    hears(billing.CancellationSettled)(facts.cancellation_settled)
    hears(billing.DisputeOpened)(facts.dispute_opened)
    hears(billing.DisputeClosed)(facts.dispute_closed)

    hears(attendance.SessionCompleted)(copies.session_completed)
    hears(attendance.AttendanceSettled)(facts.attended)

    hears(partners.KeyIssued)(record_key)
    hears(partners.KeyRevoked)(record_revoked)

    return hears
