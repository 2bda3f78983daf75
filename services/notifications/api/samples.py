"""Sample cases for previews: the reference course, as the contracts' own examples tell it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.notifications.api.sample_courses import BEFORE, course_of
from services.notifications.commands.calendar import entries_for, withdrawn
from services.notifications.commands.case import Case
from services.notifications.commands.course_copy import course_row
from services.notifications.commands.hear import person_row
from services.notifications.commands.remember import STATES, remember
from services.notifications.contents import MAKERS
from services.notifications.domain.keys import dedup_key, message_id
from services.notifications.letters import TemplateUnknown
from services.notifications.models import CalendarEntry, Course, Message, Registration
from shared.contracts import attendance, billing, certificates, registration
from shared.contracts.event import Event
from shared.dates import parse_instant
from shared.runtime.rows import replace

REGISTERED: tuple[Any, ...] = (registration.RegistrationRequested,)
WAITING: tuple[Any, ...] = (registration.RegistrationWaitlisted,)  # says nothing of a price
SEATED: tuple[Any, ...] = (*REGISTERED, billing.InvoicePaid, registration.RegistrationConfirmed)


@dataclass(frozen=True)
class Sample:
    """What was heard (examples of the contracts, some fields changed), and about what we write."""

    heard: tuple[Any, ...]
    subject: str = ""
    covers: tuple[str, ...] = ()
    at: str = "2020-10-19T19:00:00Z"
    former: bool = False  # it goes to whoever's place a colleague took


def _example(event: type[Event], **changes: Any) -> Event:
    return event.model_validate({**event.example, **changes})


_settled = billing.CancellationSettled
_issued = certificates.CertificateIssued
_COLLEAGUE = "0192a0b0-5c1e-7a10-8f00-00000000a009"
_CERTIFICATE = str(_issued.example["certificate_id"])
_SECOND = "0192a0b0-5c1e-7a10-8f00-00000000f002"
_ATTENDED = tuple(_example(attendance.AttendanceSettled, session_id=s) for s in ("s1", "s2", "s4"))
_REFUND = str(billing.RefundSettled.example["refund_id"])

SAMPLES: Mapping[str, Sample] = {
    "registration_received": Sample(REGISTERED),
    "registration_confirmed": Sample(SEATED),
    "waitlisted": Sample(WAITING),
    "waitlist_ended": Sample(WAITING, at="2020-10-19T20:00:00Z"),
    "offer": Sample((*WAITING, registration.RegistrationOffered)),
    "offer_ended": Sample(
        (*WAITING, registration.RegistrationOffered, registration.RegistrationLapsed)
    ),
    "links": Sample(SEATED, "request"),
    "payment_failed": Sample((*REGISTERED, billing.PaymentFailed), "pay_0001"),
    "receipt": Sample(SEATED, str(billing.InvoicePaid.example["invoice_id"])),
    "invoice_reminder": Sample(
        (
            *REGISTERED,
            registration.RegistrationConfirmed,
            _example(billing.InvoiceReminded, level=2, reminded_at="2020-10-15T15:04:05Z"),
        ),
        f"{billing.InvoiceReminded.example['invoice_id']}/2",
    ),
    "substituted": Sample(SEATED, former=True),
    "course_cancelled": Sample(SEATED),
    "session_changed": Sample(SEATED, "s2"),
    "session_cancelled": Sample(SEATED, "s3"),
    "meeting_swapped": Sample(SEATED, "s1"),
    "cancellation_settled": Sample((*SEATED, _settled), "cancelled"),
    "credit_issued": Sample(
        (
            *SEATED,
            _example(_settled, outcome="credit", refunds=[], still_due=_settled.example["paid"]),
            billing.CreditIssued,
        ),
        str(billing.CreditIssued.example["credit_id"]),
    ),
    "credit_expiring": Sample(
        (
            *SEATED,
            _example(_settled, outcome="credit", refunds=[]),
            billing.CreditIssued,
            _example(billing.CreditRedeemed, balance={"amount": 7900, "currency": "USD"}),
        ),
        str(billing.CreditIssued.example["credit_id"]),
    ),
    "refund_settled": Sample((*SEATED, billing.RefundSettled), _REFUND),
    "refund_failed": Sample((*SEATED, billing.RefundFailed), _REFUND),
    "reminder_7d": Sample(SEATED, "s1"),
    "reminder_1d": Sample(SEATED, "s2"),
    "join_1h": Sample(SEATED, "s2"),
    "accommodation_answered": Sample((*SEATED, registration.RegistrationAccommodationAnswered)),
    "complaint_received": Sample((*SEATED, registration.RegistrationComplained)),
    "complaint_answered": Sample(
        (*SEATED, registration.RegistrationComplained, registration.RegistrationComplaintAnswered)
    ),
    "disclosure_changed": Sample(SEATED, "2020-10-01"),
    "evaluation_request": Sample((*SEATED, *_ATTENDED)),
    "evaluation_reminder": Sample((*SEATED, *_ATTENDED)),
    "certificate_missing": Sample(
        (*SEATED, certificates.AwardGranted, certificates.AwardWithheld),
        "STATE:attendance",
        ("STATE:attendance",),
    ),
    "certificate_ready": Sample(
        (
            *SEATED,
            _issued,
            _example(
                _issued,
                certificate_id=_SECOND,
                number="PCET-2020-000002",
                board="STATE",
                unit="contact hours",
            ),
        ),
        _CERTIFICATE,
        (_CERTIFICATE, _SECOND),
    ),
    "certificate_superseded": Sample(
        (
            *SEATED,
            _issued,
            _example(_issued, certificate_id=_SECOND, number="PCET-2020-000002"),
            certificates.CertificateSuperseded,
        ),
        _CERTIFICATE,
    ),
    "certificate_revoked": Sample(
        (*SEATED, _issued, certificates.CertificateRevoked), _CERTIFICATE
    ),
}


def sample_case(template: str, zone: str | None = None, locale: str | None = None) -> Case:
    """A case as it could be; the learner lives in another `zone`, or reads in another `locale`."""
    if template not in MAKERS:
        raise TemplateUnknown(f"There is no template {template!r}.")
    sample = SAMPLES[template]
    person = person_row(
        registration.PersonRecorded.model_validate(registration.PersonRecorded.example)
    )
    row = _heard(sample)
    now = parse_instant(sample.at)
    course = course_row(course_of(template))
    return Case(
        message=_message(template, sample, row, now),
        registration=replace(row, person_id=_COLLEAGUE) if sample.former else row,
        course=course,
        person=replace(person, zone=zone or person.zone, locale=locale or person.locale),
        now=now,
        entries=_entries(template, row, course),
        before=BEFORE if template == "session_changed" else None,
    )


def _entries(template: str, row: Registration, course: Course) -> tuple[CalendarEntry, ...]:
    told = entries_for(row, course, [])
    if template == "substituted":
        return tuple(withdrawn(told, [one.session_id for one in told], row, course))
    if template == "session_changed":
        return tuple(replace(one, sequence=1) for one in told if one.session_id == "s2")
    return tuple(told) if template == "registration_confirmed" else ()


def _heard(sample: Sample) -> Registration:
    about = registration.RegistrationRequested.example
    row = Registration(
        registration_id=about["registration_id"],
        course_id=about["course_id"],
        person_id=about["person_id"],
        token_version=1,
    )
    for one in sample.heard:
        event = one if isinstance(one, Event) else _example(one)
        row = replace(
            row,
            facts=remember(row.facts, event),
            state=STATES.get(type(event), row.state),
        )
    return row


def _message(template: str, sample: Sample, row: Registration, now: datetime) -> Message:
    subject = sample.subject or row.registration_id
    key = dedup_key(row.registration_id, row.person_id, template, subject, 1)
    return Message(
        message_id=message_id(key),
        dedup_key=key,
        registration_id=row.registration_id,
        course_id=row.course_id,
        person_id=row.person_id,
        template=template,
        subject=subject,
        version=1,
        state="planned",
        due_at=now,
        covers=list(sample.covers),
    )
