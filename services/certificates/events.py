"""What certificates hears, and what it does about it."""

from __future__ import annotations

from functools import partial

from services.certificates.commands import copies, facts, recalling
from services.certificates.commands.office import Office
from shared.contracts import attendance, billing, certificates, partners, registration
from shared.runtime.hears import Hears, own_words
from shared.runtime.keys import record_key, record_revoked
from shared.runtime.plans import needs


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


def recalls_of(office: Office) -> Hears:
    """What it said itself, heard again by a database that was restored from a backup."""
    recalls = Hears(own_words("certificates"))
    issued = partial(recalling.recall_issued, office=office)
    recalls(certificates.CertificateIssued)(needs(recalling.issued_needs)(issued))
    recalls(certificates.AwardGranted)(recalling.recall_award)
    recalls(certificates.AwardWithheld)(recalling.recall_award)
    recalls(certificates.CertificateSuperseded)(recalling.recall_superseded)
    recalls(certificates.CertificateRevoked)(recalling.recall_revoked)
    recalls(certificates.EvaluationSubmitted)(recalling.recall_evaluated)
    return recalls
