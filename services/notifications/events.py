"""What notifications hears: every fact is kept, and its registration decided anew."""

from __future__ import annotations

from services.notifications.commands.credits import hear_credit, hear_credit_moved
from services.notifications.commands.forgetting import forget_person
from services.notifications.commands.hear import (
    hear_completion,
    hear_course,
    hear_fact,
    hear_person,
    hear_swap,
)
from services.notifications.commands.my_registrations import hear_link_requested
from services.notifications.commands.recalling import recall_failed, recall_sent
from services.notifications.commands.staff_tasks import hear_closed, hear_opened
from shared.contracts import attendance, billing, certificates, partners, registration, tasks
from shared.contracts.notifications import MessageFailed, MessageSent
from shared.runtime.hears import Hears, own_words
from shared.runtime.keys import record_key, record_revoked


def hears_of() -> Hears:
    """The subscriptions."""
    hears = Hears("notifications")
    hears(registration.CoursePublished)(hear_course)
    hears(registration.CourseCancelled)(hear_course)
    hears(registration.PersonRecorded)(hear_person)
    hears.tombstone(registration.PersonRecorded)(forget_person)

    hears(registration.RegistrationRequested)(hear_fact)
    hears(registration.RegistrationWaitlisted)(hear_fact)
    hears(registration.RegistrationOffered)(hear_fact)
    hears(registration.RegistrationLapsed)(hear_fact)
    hears(registration.RegistrationConfirmed)(hear_fact)
    hears(registration.RegistrationExpired)(hear_fact)
    hears(registration.RegistrationUnseated)(hear_fact)
    hears(registration.RegistrationAcknowledged)(hear_fact)
    hears(registration.RegistrationAccommodationAnswered)(hear_fact)
    hears(registration.RegistrationComplained)(hear_fact)
    hears(registration.RegistrationComplaintAnswered)(hear_fact)
    hears(registration.RegistrationLinkRequested)(hear_link_requested)
    hears(registration.RegistrationSubstituted)(hear_fact)
    hears(registration.RegistrationTransferred)(hear_fact)
    hears(registration.RegistrationCancelled)(hear_fact)
    hears(registration.RegistrationShareDue)(hear_fact)
    hears(registration.RegistrationCompleted)(hear_fact)

    hears(billing.InvoiceIssued)(hear_fact)
    hears(billing.InvoicePaid)(hear_fact)
    hears(billing.InvoiceVoided)(hear_fact)
    hears(billing.InvoiceReminded)(hear_fact)
    hears(billing.PaymentFailed)(hear_fact)
    hears(billing.CancellationSettled)(hear_fact)
    hears(billing.CreditIssued)(hear_credit)
    hears(billing.CreditRedeemed)(hear_credit_moved)
    hears(billing.CreditRestored)(hear_credit_moved)
    hears(billing.CreditExpired)(hear_credit_moved)
    hears(billing.CreditVoided)(hear_credit_moved)
    hears(billing.RefundSettled)(hear_fact)
    hears(billing.RefundFailed)(hear_fact)

    hears(attendance.SessionCompleted)(hear_completion)
    hears(attendance.MeetingSwapped)(hear_swap)
    hears(attendance.AttendanceSettled)(hear_fact)

    hears(certificates.EvaluationSubmitted)(hear_fact)
    hears(certificates.AwardGranted)(hear_fact)
    hears(certificates.AwardWithheld)(hear_fact)
    hears(certificates.CertificateIssued)(hear_fact)
    hears(certificates.CertificateSuperseded)(hear_fact)
    hears(certificates.CertificateRevoked)(hear_fact)

    hears(tasks.TaskOpened)(hear_opened)
    hears(tasks.TaskClosed)(hear_closed)

    hears(partners.KeyIssued)(record_key)
    hears(partners.KeyRevoked)(record_revoked)
    return hears


def recalls_of() -> Hears:
    """What it said itself, heard again by a database that was restored from a backup."""
    recalls = Hears(own_words("notifications"))
    recalls(MessageSent)(recall_sent)
    recalls(MessageFailed)(recall_failed)
    return recalls
