"""The parts of a course as its state event carries them: all that any reader needs of it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from pydantic import Field

from shared.contracts.boards import Board, Layout, Signatory
from shared.contracts.event import Day, Event, Hours, Id, Instant, LongText, Money, Part, Text

Policy = dict[str, Any]
"""A policy document as JSON (`shared.contracts.policy` reads it), whole: text, version and all."""


class Instructor(Part):
    name: Text
    credentials: Text = ""
    role: Text = ""


class Provider(Part):
    """Who sells the course. `bank` is where an employer transfers to, as printed on invoices."""

    name: Text
    address: Text = ""
    contact: Text = ""
    tax_id: Text = ""
    bank: Text = ""


class SponsorShare(Part):
    """What of a course is due to its joint sponsor: the sum of what is said here.

    `percent` is of `of`, which is `earned` (revenue of sessions held) or `collected` (what came in
    less what went back); the others are an amount a head.
    """

    percent: Hours = Decimal(0)
    of: Text = "earned"
    per_attendee: Money | None = None
    per_certificate: Money | None = None


class JointSponsor(Part):
    """`responsible_for`: what it answers for, in the provider's words; empty where nothing."""

    name: Text
    short: Text = ""
    role: Text = "joint sponsor"
    responsible_for: Text = ""
    apa_approved: bool = False
    partner_id: Id | None = None
    share: SponsorShare | None = None


class Disclosure(Part):
    """What a learner reviews about CE and conflicts of interest before registering."""

    version: Text
    required: bool = True
    text: LongText = ""


class Meeting(Part):
    """The meeting on the platform; `id` is how observations name it."""

    id: Id
    url: Text


class Break(Part):
    starts_at: Instant
    ends_at: Instant


class PresenceRule(Part):
    """Present is who misses at most `max_missed_seconds` of a session (domain.md §5)."""

    version: int = 1
    max_missed_seconds: int = 900


class Session(Part):
    """One session. Wall times are `16:00` on `date` in `zone`; the instants follow from them.

    `instruction_minutes` is `minutes` less the breaks. `schedule_version` rises with every move or
    cancellation of this session, and is what reminders and calendar entries belong to.
    `status` is `scheduled` or `cancelled`. `homework` is what to do before the next one.
    """

    session_id: Id
    title: Text = ""
    status: Text = "scheduled"
    schedule_version: int = 1
    starts_at: Instant
    ends_at: Instant
    date: Day
    wall_from: Text
    wall_to: Text
    fold: int | None = None
    zone: Text
    minutes: int
    instruction_minutes: int
    breaks: tuple[Break, ...] = ()
    delivery: Text = "live_online"
    location: Text = ""
    meeting: Meeting | None = None
    hours: tuple[Text, ...] = ()
    rule: PresenceRule = PresenceRule()
    opens_minutes_before: int = 15
    homework: Text = ""
    make_up_for: Id | None = None
    cancelled_reason: Text = ""


class Question(Part):
    """`kind`: `rating` (1 to `scale`), `choice` or `text`; `objective` counts from 1."""

    question_id: Id
    kind: Text = "rating"
    text: Text
    objective: int | None = None
    scale: int = 5
    choices: tuple[Text, ...] = ()
    required: bool = True


class EvaluationForm(Part):
    version: int = 1
    questions: tuple[Question, ...] = ()
    closes_after_days: int = 30


class CoursePrice(Part):
    """A price beside the list price: `kind` is early, statement or group; those by a code are told
    to nobody.

    Early bird applies by itself, a group's where an order has `at_least` so many people; that of a
    statement is asked for by its id, with what `statement` asks for. `until` is the last day in the
    course's zone, or an instant; it is over at `ends_at`.
    """

    price_id: Id
    label: Text = ""
    kind: Text
    amount: Money
    until: Text | None = None
    ends_at: Instant | None = None
    statement: Text = ""
    at_least: int = 0


class TaxRate(Part):
    """The rate of one place: `US-NY`, `DE`; empty is everywhere else. `percent` such as `8.875`."""

    place: Text = ""
    percent: Hours
    label: Text = "Tax"


class CourseTax(Part):
    """Tax that is within a course's prices: what a learner sees is what they pay.

    Of a course held in person the course's own `place` decides, else the learner's. A cancellation
    fee is taxed at `fee_percent`, whatever the place.
    """

    place: Text = ""
    rates: tuple[TaxRate, ...] = ()
    fee_percent: Hours = Decimal(0)


class Course(Event):
    """A course as it stands now, whole; `version` rises by one with every change.

    To register one needs a certificate of each of the `prerequisites`. `recording_of` is the live
    course that was recorded for this one, which has approvals of its own. `layout` is that of all
    certificates of the course; a board's own goes before it, field by field.
    """

    course_id: Id
    version: int
    status: Text = "published"
    published_at: Instant
    kind: Text
    delivery: Text
    title: Text
    subtitle: Text = ""
    approved_title: Text = ""
    activity_number: Text = ""
    description: LongText = ""
    language: Text = "en"
    zone: Text
    location: Text = ""
    provider: Provider
    joint_sponsor: JointSponsor | None = None
    instructors: tuple[Instructor, ...] = ()
    signatory: Signatory | None = None
    audience: Text = ""
    level: Text = ""
    objectives: tuple[Text, ...] = ()
    ce_hours: Hours | None = None
    price: Money
    prices: tuple[CoursePrice, ...] = ()
    capacity: int = 0
    invoice_allowed: bool = False
    hold_minutes: int = 30
    offer_hours: int = 24
    registration_opens_at: Instant | None = None
    registration_closes_at: Instant | None = None
    prerequisites: tuple[Id, ...] = ()
    recording_of: Id | None = None
    not_authorised: LongText = ""
    disclosure: Disclosure | None = None
    sessions: tuple[Session, ...] = ()
    boards: tuple[Board, ...] = ()
    evaluation: EvaluationForm | None = None
    layout: Layout | None = None
    policy: Policy = Field(default_factory=dict)
    tax: CourseTax | None = None
