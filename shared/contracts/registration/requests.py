"""A seat asked for."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from pydantic import Field

from shared.contracts import reference
from shared.contracts.course import Policy
from shared.contracts.event import Event, Hours, Id, Instant, Money, Part, Slug, Text
from shared.contracts.registration.base import ABOUT, OfRegistration


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
    what `price` is more is asked for at once. `role` says why a complimentary seat is one:
    presenter, moderator or staff.
    """

    type = "registration.requested.v1"
    when = "When somebody registers and a seat is free, or accepts an offered one."
    never = (
        "A seat for good, or a payment: it ends as `registration.confirmed`, "
        "`registration.expired` or `registration.cancelled`."
    )
    example: ClassVar[dict[str, Any]] = ABOUT | {
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
    role: Text = ""
    transferred_from: Id | None = None
    transferred_price: Money | None = None
    partner: PartnerItem | None = None
    credits_of_others: tuple[Id, ...] = ()
    tax: Tax | None = None


class RegistrationRefused(Event):
    """The answer to a partner's submission that a rule refuses; `registration_id` names nothing.

    `reason` is the rule's, `fields` point to what is wrong in the submission.
    """

    topic = "registration.registrations"
    type = "registration.refused.v1"
    when = "When a rule refuses what a partner submitted."
    never = (
        "Of a registration or a person: there is none, and `registration_id` names nothing later "
        "either."
    )
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
