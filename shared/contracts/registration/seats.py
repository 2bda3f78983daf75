"""What becomes of a seat."""

from __future__ import annotations

from typing import Any, ClassVar

from shared.contracts import reference
from shared.contracts.event import Id, Instant, Slug, Text
from shared.contracts.registration.base import ABOUT, OfRegistration
from shared.contracts.registration.requests import DisclosureAccepted, PartnerItem


class RegistrationWaitlisted(OfRegistration):
    """No seat: in line at `position`, counted from 1 when this was said."""

    type = "registration.waitlisted.v1"
    when = "When somebody registers and no seat is free."
    never = "A seat, a charge or a promise: others leave the line, and `position` is said once."
    example: ClassVar[dict[str, Any]] = ABOUT | {
        "position": 3,
        "waitlisted_at": "2020-09-14T15:04:05Z",
        "disclosure": {"version": "2020-09-01", "accepted_at": "2020-09-14T15:04:05Z"},
        "token_version": 1,
    }

    position: int
    waitlisted_at: Instant
    disclosure: DisclosureAccepted | None = None
    token_version: int = 1
    partner: PartnerItem | None = None


class RegistrationOffered(OfRegistration):
    """A freed seat is kept for this one until `offer_expires_at`."""

    type = "registration.offered.v1"
    when = "When a seat is freed and this registration is the next in line."
    never = "A seat that is taken: it has to be accepted before `offer_expires_at`."
    example: ClassVar[dict[str, Any]] = ABOUT | {
        "offered_at": "2020-09-20T12:00:00Z",
        "offer_expires_at": "2020-09-21T12:00:00Z",
    }

    offered_at: Instant
    offer_expires_at: Instant


class RegistrationLapsed(OfRegistration):
    """The offer ended, or the waiting list did, without a seat."""

    type = "registration.lapsed.v1"
    when = "When an offer ends unanswered, or the waiting list ends."
    never = "A cancellation: nobody asked for it, and no money moves."
    example: ClassVar[dict[str, Any]] = ABOUT | {
        "lapsed_at": "2020-09-21T12:00:00Z",
        "reason": "offer-ended",
    }

    lapsed_at: Instant
    reason: Slug = "offer-ended"


class RegistrationConfirmed(OfRegistration):
    """The seat is taken for good, and by what.

    `basis` is paid, free, invoice, credit or transfer (from another registration), and later more:
    whoever does not know it takes the registration for confirmed, but not for paid.
    """

    type = "registration.confirmed.v1"
    when = (
        "When the seat is paid, free of charge, on an employer's invoice, paid by credit, or "
        "moved from another course."
    )
    never = "Proof that money came: `invoice.paid` is that."
    example: ClassVar[dict[str, Any]] = ABOUT | {
        "basis": "paid",
        "confirmed_at": "2020-09-14T15:07:30Z",
        "token_version": 1,
    }

    basis: Text
    confirmed_at: Instant
    token_version: int = 1


class RegistrationExpired(OfRegistration):
    """The hold ended unpaid (`hold-ended`), or its invoice was voided (`invoice-voided`).

    `transfer-ended`: the registration that was to be moved to it is not as it was any more.
    """

    type = "registration.expired.v1"
    when = "When a hold ends unpaid, or its invoice is voided."
    never = (
        "The last word where a payment comes late: `registration.confirmed` or "
        "`registration.unseated` answers that."
    )
    example: ClassVar[dict[str, Any]] = ABOUT | {
        "expired_at": "2020-09-14T15:34:05Z",
        "reason": "hold-ended",
    }

    expired_at: Instant
    reason: Slug = "hold-ended"


class RegistrationUnseated(OfRegistration):
    """Paid too late and no seat left: billing gives everything back, without fee."""

    type = "registration.unseated.v1"
    when = "When a payment comes after the hold and no seat is free any more."
    never = "The refund: that follows as `refund.requested` and `refund.settled`."
    example: ClassVar[dict[str, Any]] = ABOUT | {
        "invoice_id": reference.INVOICE_ID,
        "requested_at": "2020-09-14T16:00:00Z",
    }

    invoice_id: Id
    requested_at: Instant


class RegistrationCompleted(OfRegistration):
    """The course's last session is completed, and this registration with it."""

    type = "registration.completed.v1"
    when = "When the last session of a course is completed, of each registration that is confirmed."
    never = "Attendance or a certificate: who never came is completed too."
    example: ClassVar[dict[str, Any]] = ABOUT | {"completed_at": "2020-11-09T23:15:00Z"}

    completed_at: Instant
