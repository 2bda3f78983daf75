"""What registration says: courses and people as state, registrations as facts (events.md)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from pydantic import Field

from shared.contracts import reference
from shared.contracts.course import Course, Policy
from shared.contracts.event import Event, Hours, Id, Instant, Money, Part, Slug, Text

_ABOUT = reference.ABOUT


class CoursePublished(Course):
    """The whole course, at every publication and change."""

    topic = "registration.courses"
    type = "course.published.v1"
    key = "course_id"
    example: ClassVar[dict[str, Any]] = reference.COURSE


class CourseCancelled(Course):
    """The whole course once more, cancelled as a whole; money moves per registration only.

    Until `choose_until` learners may take a credit instead of their money; `prefer_credit` is what
    those get who say nothing.
    """

    topic = "registration.courses"
    type = "course.cancelled.v1"
    key = "course_id"
    example: ClassVar[dict[str, Any]] = reference.COURSE | {
        "version": 2,
        "status": "cancelled",
        "reason": "The instructor is ill.",
        "cancelled_at": "2020-10-12T14:00:00Z",
        "choose_until": "2020-10-16T03:59:59Z",
    }

    status: Text = "cancelled"
    reason: Text = ""
    cancelled_at: Instant
    choose_until: Instant | None = None
    prefer_credit: bool = False


class License(Part):
    """`profession` is empty where the person's declared one is meant; `state` a two-letter code."""

    profession: Text = ""
    state: Text = ""
    number: Text = ""


class PersonRecorded(Event):
    """A person as recorded now. The only topic with personal data; a tombstone means erased.

    `merged_into` is set where staff found two ids to be one person: what follows is then that
    person's, so whoever knows either id knows the same.
    """

    topic = "registration.people"
    type = "person.recorded.v1"
    key = "person_id"
    example: ClassVar[dict[str, Any]] = reference.PERSON

    person_id: Id
    version: int
    name: Text
    email: Text
    zone: Text = ""
    locale: Text = "en"
    profession: Text = ""
    licenses: tuple[License, ...] = ()
    merged_into: Id | None = None
    recorded_at: Instant | None = None


class DisclosureAccepted(Part):
    version: Text
    accepted_at: Instant


class Scheduled(Part):
    """A session as scheduled at purchase; `minutes` is its share of the course."""

    session_id: Id
    starts_at: Instant
    ends_at: Instant
    minutes: int


class PartnerItem(Part):
    """The partner's submission that this answers."""

    partner_id: Id
    item_id: Id


class OfRegistration(Event):
    """Base of the facts of one registration."""

    topic = "registration.registrations"
    key = "registration_id"

    registration_id: Id
    course_id: Id
    person_id: Id


class Tax(Part):
    """The tax within a price, as it was when it was agreed: of the course, and of a fee."""

    place: Text = ""
    percent: Hours
    label: Text = "Tax"
    fee_percent: Hours = Decimal(0)


class RegistrationRequested(OfRegistration):
    """A seat is held. Said before `.confirmed`, also where that follows at once.

    Who waits in line says `.waitlisted` first, and this only once an offered seat is accepted.
    Carries the snapshot that rules this registration for ever: the policy document, and the
    schedule in force (`starts_at` is the first session's start). `price` is what this person is
    charged, `price_id` which of the course's prices that is (empty: the list price), `price_label`
    what it is called. `payment_method` is card, invoice or free. `credit_ids` are asked for, in
    this order; `credits_of_others` are those of them that belong to somebody else and may not be
    given away. `tax` is within the price. All of one `group_id` are on one invoice; `group_size` is
    how many they are. One that another is moved to names it, and what that one was charged: only
    what `price` is more is asked for at once.
    """

    type = "registration.requested.v1"
    example: ClassVar[dict[str, Any]] = _ABOUT | {
        "course_version": 1,
        "requested_at": "2020-09-14T15:04:05Z",
        "kind": "online_course",
        "delivery": "live_online",
        "zone": "America/New_York",
        "course_title": reference.COURSE["title"],
        "price": {"amount": 19900, "currency": "USD"},
        "payment_method": "card",
        "credit_ids": [],
        "organisation": None,
        "group_id": None,
        "hold_expires_at": "2020-09-14T15:34:05Z",
        "disclosure": {"version": "2020-09-01", "accepted_at": "2020-09-14T15:04:05Z"},
        "policy": reference.POLICY,
        "starts_at": "2020-10-19T20:00:00Z",
        "schedule": reference.SCHEDULE,
        "token_version": 1,
    }

    course_version: int = 1
    requested_at: Instant
    kind: Text
    delivery: Text
    zone: Text
    course_title: Text = ""
    price: Money
    payment_method: Text
    credit_ids: tuple[Id, ...] = ()
    organisation: Text | None = None
    group_id: Id | None = None
    group_size: int | None = None
    price_id: Text = ""
    price_label: Text = ""
    hold_expires_at: Instant | None = None
    disclosure: DisclosureAccepted | None = None
    policy: Policy = Field(default_factory=dict)
    starts_at: Instant
    schedule: tuple[Scheduled, ...] = ()
    token_version: int = 1
    complimentary: bool = False
    transferred_from: Id | None = None
    transferred_price: Money | None = None
    partner: PartnerItem | None = None
    credits_of_others: tuple[Id, ...] = ()
    tax: Tax | None = None


class RegistrationWaitlisted(OfRegistration):
    """No seat: in line at `position`, counted from 1 when this was said."""

    type = "registration.waitlisted.v1"
    example: ClassVar[dict[str, Any]] = _ABOUT | {
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
    example: ClassVar[dict[str, Any]] = _ABOUT | {
        "offered_at": "2020-09-20T12:00:00Z",
        "offer_expires_at": "2020-09-21T12:00:00Z",
    }

    offered_at: Instant
    offer_expires_at: Instant


class RegistrationLapsed(OfRegistration):
    """The offer ended, or the waiting list did, without a seat."""

    type = "registration.lapsed.v1"
    example: ClassVar[dict[str, Any]] = _ABOUT | {
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
    example: ClassVar[dict[str, Any]] = _ABOUT | {
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
    example: ClassVar[dict[str, Any]] = _ABOUT | {
        "expired_at": "2020-09-14T15:34:05Z",
        "reason": "hold-ended",
    }

    expired_at: Instant
    reason: Slug = "hold-ended"


class RegistrationUnseated(OfRegistration):
    """Paid too late and no seat left: billing gives everything back, without fee."""

    type = "registration.unseated.v1"
    example: ClassVar[dict[str, Any]] = _ABOUT | {
        "invoice_id": reference.INVOICE_ID,
        "requested_at": "2020-09-14T16:00:00Z",
    }

    invoice_id: Id
    requested_at: Instant


class RegistrationShareDue(OfRegistration):
    """This learner takes the share of one cancelled session back: minutes of all minutes."""

    type = "registration.share_due.v1"
    example: ClassVar[dict[str, Any]] = _ABOUT | {
        "session_id": "s3",
        "requested_at": "2020-10-30T12:00:00Z",
        "minutes": 120,
        "total_minutes": 480,
    }

    session_id: Id
    requested_at: Instant
    minutes: int
    total_minutes: int


class RegistrationAcknowledged(OfRegistration):
    """A version of the disclosure was accepted after registering."""

    type = "registration.acknowledged.v1"
    example: ClassVar[dict[str, Any]] = _ABOUT | {
        "disclosure": {"version": "2020-10-01", "accepted_at": "2020-10-02T09:00:00Z"},
    }

    disclosure: DisclosureAccepted


class RegistrationLinkRequested(OfRegistration):
    """Somebody asked for this registration's links; they are mailed to the recorded address only.

    All registrations of one asking share `request_id`. Where staff made the links anew,
    `token_version` is higher than before, and all of an older version are dead.
    """

    type = "registration.link_requested.v1"
    example: ClassVar[dict[str, Any]] = _ABOUT | {
        "request_id": "0192a0b0-5c1e-7a10-8f00-00000000e001",
        "requested_at": "2020-10-18T09:00:00Z",
        "links": ["registration"],
        "token_version": 1,
    }

    request_id: Id
    requested_at: Instant
    links: tuple[Text, ...] = ("registration",)
    token_version: int = 1


class RegistrationSubstituted(OfRegistration):
    """A colleague comes instead: `person_id` is the new person; older links are dead."""

    type = "registration.substituted.v1"
    example: ClassVar[dict[str, Any]] = _ABOUT | {
        "person_id": "0192a0b0-5c1e-7a10-8f00-00000000a002",
        "former_person_id": reference.ABOUT["person_id"],
        "token_version": 2,
        "disclosure": {"version": "2020-09-01", "accepted_at": "2020-10-10T08:00:00Z"},
        "substituted_at": "2020-10-10T08:00:00Z",
    }

    former_person_id: Id
    token_version: int
    disclosure: DisclosureAccepted | None = None
    substituted_at: Instant


class RegistrationTransferred(OfRegistration):
    """This registration's value goes to another one, under this course's window.

    `by` is learner, operator or provider. What is said of the course's version, start and policy is
    as in `registration.cancelled`.
    """

    type = "registration.transferred.v1"
    example: ClassVar[dict[str, Any]] = _ABOUT | {
        "to_registration_id": "0192a0b0-5c1e-7a10-8f00-00000000b002",
        "to_course_id": "attachment-effectiveness-2021",
        "requested_at": "2020-10-01T12:00:00Z",
        "by": "learner",
    }

    to_registration_id: Id
    to_course_id: Id
    requested_at: Instant
    by: Text = "learner"
    course_version: int | None = None
    starts_at_now: Instant | None = None
    policy_now: Policy | None = None
    policy_choice: Text | None = None


class Override(Part):
    """Staff decided otherwise: `outcome` is refund, credit or nothing."""

    outcome: Text


class Evidence(Part):
    """An e-mail that asked for it, and when it arrived; registration keeps where it is."""

    received_at: Instant


class RegistrationCancelled(OfRegistration):
    """The registration is cancelled, by the learner, by staff for them, or by the provider.

    `requested_at` is the receipt of the request, and what the policy looks at. `by` is learner,
    operator or provider, `was` the state before (requested, waitlisted, offered, confirmed).
    `reason` is `learner-request`, `operator-request`, `override`, `evidence-held` or another such
    word, never what somebody wrote. Where the provider cancels, `prefer` is the learner's choice:
    refund or credit. `course_version` and `starts_at_now` are of the course as it stood when this
    was requested, whoever hears of its moves in whatever order. `policy_now` is the policy then in
    force, where it is another version than the snapshot's; `policy_choice` (snapshot or newer) is
    what the learner chose between the two.
    """

    type = "registration.cancelled.v1"
    example: ClassVar[dict[str, Any]] = _ABOUT | {
        "requested_at": "2020-10-06T03:59:00Z",
        "by": "learner",
        "was": "confirmed",
        "reason": "learner-request",
    }

    requested_at: Instant
    by: Text
    was: Text = "confirmed"
    reason: Slug = "learner-request"
    prefer: Text | None = None
    override: Override | None = None
    evidence: Evidence | None = None
    course_version: int | None = None
    starts_at_now: Instant | None = None
    policy_now: Policy | None = None
    policy_choice: Text | None = None


class RegistrationCompleted(OfRegistration):
    """The course's last session is completed, and this registration with it."""

    type = "registration.completed.v1"
    example: ClassVar[dict[str, Any]] = _ABOUT | {"completed_at": "2020-11-09T23:15:00Z"}

    completed_at: Instant


class RegistrationRefused(Event):
    """The answer to a partner's submission that a rule refuses; `registration_id` names nothing.

    `reason` is the rule's, `fields` point to what is wrong in the submission.
    """

    topic = "registration.registrations"
    type = "registration.refused.v1"
    key = "registration_id"
    example: ClassVar[dict[str, Any]] = {
        "registration_id": "0192a0b0-5c1e-7a10-8f00-00000000b009",
        "course_id": reference.COURSE["course_id"],
        "partner": {"partner_id": "ibh", "item_id": "cohort-7/31"},
        "reason": "attendee-invalid",
        "fields": ["/attendee/email"],
        "refused_at": "2020-09-14T15:04:05Z",
    }

    registration_id: Id
    course_id: Id
    person_id: Id | None = None
    partner: PartnerItem
    reason: Slug
    fields: tuple[Text, ...] = ()
    refused_at: Instant
