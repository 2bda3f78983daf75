"""What `registration_courses` holds; how to read it says the package.

Generated (`make contracts`): do not edit.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from pydantic import AwareDatetime

from holdfast_client.base import Data, Part
from holdfast_client.models.parts import Money, PresenceRule


class Board(Part):
    """One board's approval and rule for this course (domain.md §6). Everything here is data.

    `mode` is ALL_OR_NOTHING, PER_SESSION, PRO_RATA or CLAIMED; who does not know it grants
    nothing. `states` is null (no state needed), `{"in": [...]}` or `{"not": [...]}`. `rounding`
    is `down`, `nearest` or `up`, to `step` units. `max_missed_seconds` is null where the
    session's own rule holds. The approval covers the days from `approved_from` to
    `approved_to`, both inclusive. `keep_years` is how long its evidence is kept after the
    course. `layout` is the board's own.
    """

    board: str
    holder: str
    unit: str
    mode: str
    approved_hours: Decimal
    rule_version: int | None = None
    audience: str | None = None
    minutes_per_unit: int | None = None
    step: Decimal | None = None
    rounding: str | None = None
    evaluation: bool | None = None
    post_test: PostTest | None = None
    professions: tuple[str, ...] | None = None
    states: dict[str, tuple[str, ...]] | None = None
    formats: tuple[str, ...] | None = None
    approved_from: date | None = None
    approved_to: date | None = None
    number: str | None = None
    statement: str | None = None
    sponsorship_statement: str | None = None
    max_missed_seconds: int | None = None
    categories: tuple[Category, ...] | None = None
    keep_years: int | None = None
    layout: Layout | None = None
    reporting: Reporting | None = None


class Break(Part):
    starts_at: AwareDatetime
    ends_at: AwareDatetime


class Category(Part):
    """Hours of a session that count in a category such as `ethics`."""

    session_id: str
    category: str
    hours: Decimal


class CoursePrice(Part):
    """A price beside the list price: `kind` is early, statement or group; those by a code are told
    to nobody.

    Early bird applies by itself, a group's where an order has `at_least` so many people; that
    of a statement is asked for by its id, with what `statement` asks for. `until` is the last
    day in the course's zone, or an instant; it is over at `ends_at`.
    """

    price_id: str
    kind: str
    amount: Money
    label: str | None = None
    until: str | None = None
    ends_at: AwareDatetime | None = None
    statement: str | None = None
    at_least: int | None = None


class CourseTax(Part):
    """Tax that is within a course's prices: what a learner sees is what they pay.

    Of a course held in person the course's own `place` decides, else the learner's. A
    cancellation fee is taxed at `fee_percent`, whatever the place.
    """

    place: str | None = None
    rates: tuple[TaxRate, ...] | None = None
    fee_percent: Decimal | None = None


class Disclosure(Part):
    """What a learner reviews about CE and conflicts of interest before registering."""

    version: str
    required: bool | None = None
    text: str | None = None


class EvaluationForm(Part):
    version: int | None = None
    questions: tuple[Question, ...] | None = None
    closes_after_days: int | None = None


class Instructor(Part):
    name: str
    credentials: str | None = None
    role: str | None = None


class JointSponsor(Part):
    """`responsible_for`: what it answers for, in the provider's words; empty where nothing."""

    name: str
    short: str | None = None
    role: str | None = None
    responsible_for: str | None = None
    apa_approved: bool | None = None
    partner_id: str | None = None
    share: SponsorShare | None = None


class Layout(Part):
    """How a certificate is laid out, where it is not as usual; an empty text means as usual.

    `paper` is a4 or letter, `orientation` landscape or portrait, `accent` a colour as
    `#0F6660`. `certifies` stands above the name, `credit_line` below the credits, with
    `{credits}`, `{unit}` and `{board}` in it. `logo` is an SVG image that is shown while the
    approval holds, `logo_alt` what it shows in words. `mark_duplicates`: a copy that is asked
    for says that it is one.
    """

    paper: str | None = None
    orientation: str | None = None
    accent: str | None = None
    heading: str | None = None
    certifies: str | None = None
    credit_line: str | None = None
    fine_print: str | None = None
    logo: str | None = None
    logo_alt: str | None = None
    signatory: Signatory | None = None
    show_times: bool | None = None
    mark_duplicates: bool | None = None


class Meeting(Part):
    """The meeting on the platform; `id` is how observations name it."""

    id: str
    url: str


class PostTest(Part):
    """A test after the course. `version` is that of the item bank, which certificates alone keeps.

    `formats` are the deliveries that need it; empty: all of them. `attempts` is null where one
    may try as often as one likes.
    """

    pass_percent: int
    version: int | None = None
    attempts: int | None = None
    formats: tuple[str, ...] | None = None


class Provider(Part):
    """Who sells the course. `bank` is where an employer transfers to, as printed on invoices."""

    name: str
    address: str | None = None
    contact: str | None = None
    tax_id: str | None = None
    bank: str | None = None


class Question(Part):
    """`kind`: `rating` (1 to `scale`), `choice` or `text`; `objective` counts from 1."""

    question_id: str
    text: str
    kind: str | None = None
    objective: int | None = None
    scale: int | None = None
    choices: tuple[str, ...] | None = None
    required: bool | None = None


class Reporting(Part):
    """How awards of a board are reported to it or to its registry.

    `format` is `cebroker`, `pars` or `csv`. `provider_id` and `activity_id` are the registry's
    own numbers; `professions` its codes by our profession, `subjects` its subject areas by
    category (`general`: of hours that are in none). `within_days` of the course's end the
    report is due; null where nobody waits for it.
    """

    format: str | None = None
    provider_id: str | None = None
    activity_id: str | None = None
    professions: dict[str, str] | None = None
    subjects: dict[str, str] | None = None
    within_days: int | None = None


class Session(Part):
    """One session. Wall times are `16:00` on `date` in `zone`; the instants follow from them.

    `instruction_minutes` is `minutes` less the breaks. `schedule_version` rises with every move
    or cancellation of this session, and is what reminders and calendar entries belong to.
    `status` is `scheduled` or `cancelled`. `homework` is what to do before the next one.
    """

    session_id: str
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    date: date
    wall_from: str
    wall_to: str
    zone: str
    minutes: int
    instruction_minutes: int
    title: str | None = None
    status: str | None = None
    schedule_version: int | None = None
    fold: int | None = None
    breaks: tuple[Break, ...] | None = None
    delivery: str | None = None
    location: str | None = None
    meeting: Meeting | None = None
    hours: tuple[str, ...] | None = None
    rule: PresenceRule | None = None
    opens_minutes_before: int | None = None
    homework: str | None = None
    make_up_for: str | None = None
    cancelled_reason: str | None = None


class Signatory(Part):
    name: str
    title: str | None = None


class SponsorShare(Part):
    """What of a course is due to its joint sponsor: the sum of what is said here.

    `percent` is of `of`, which is `earned` (revenue of sessions held) or `collected` (what came
    in less what went back); the others are an amount a head.
    """

    percent: Decimal | None = None
    of: str | None = None
    per_attendee: Money | None = None
    per_certificate: Money | None = None


class TaxRate(Part):
    """The rate of one place: `US-NY`, `DE`; empty is everywhere else. `percent` such as `8.875`."""

    percent: Decimal
    place: str | None = None
    label: str | None = None


class CourseCancelled(Data):
    """The whole course once more, cancelled as a whole; money moves per registration only.

    Until `choose_until` learners may take a credit instead of their money; `prefer_credit` is
    what those get who say nothing.

    When staff cancel a course as a whole.

    Never: The end of a registration, or its money: each registration says that for itself.
    """

    TYPE: ClassVar[str] = "course.cancelled.v1"

    course_id: str
    version: int
    status: str | None = None
    published_at: AwareDatetime | None = None
    kind: str | None = None
    delivery: str | None = None
    title: str | None = None
    subtitle: str | None = None
    approved_title: str | None = None
    activity_number: str | None = None
    description: str | None = None
    language: str | None = None
    zone: str | None = None
    location: str | None = None
    provider: Provider | None = None
    joint_sponsor: JointSponsor | None = None
    instructors: tuple[Instructor, ...] | None = None
    signatory: Signatory | None = None
    audience: str | None = None
    level: str | None = None
    objectives: tuple[str, ...] | None = None
    ce_hours: Decimal | None = None
    price: Money | None = None
    prices: tuple[CoursePrice, ...] | None = None
    capacity: int | None = None
    invoice_allowed: bool | None = None
    hold_minutes: int | None = None
    offer_hours: int | None = None
    registration_opens_at: AwareDatetime | None = None
    registration_closes_at: AwareDatetime | None = None
    prerequisites: tuple[str, ...] | None = None
    recording_of: str | None = None
    not_authorised: str | None = None
    disclosure: Disclosure | None = None
    sessions: tuple[Session, ...] | None = None
    boards: tuple[Board, ...] | None = None
    evaluation: EvaluationForm | None = None
    layout: Layout | None = None
    policy: dict[str, Any] | None = None
    tax: CourseTax | None = None
    reason: str | None = None
    cancelled_at: AwareDatetime | None = None
    choose_until: AwareDatetime | None = None
    prefer_credit: bool | None = None


class CoursePublished(Data):
    """The whole course, at every publication and change.

    Whenever a course is published, and at every change of it: a session moved, cancelled or
    made up for, a new disclosure.

    Never: A change by itself: it carries the whole course, and the highest `version` holds. Nor
    how many seats are left.
    """

    TYPE: ClassVar[str] = "course.published.v1"

    course_id: str
    version: int
    status: str | None = None
    published_at: AwareDatetime | None = None
    kind: str | None = None
    delivery: str | None = None
    title: str | None = None
    subtitle: str | None = None
    approved_title: str | None = None
    activity_number: str | None = None
    description: str | None = None
    language: str | None = None
    zone: str | None = None
    location: str | None = None
    provider: Provider | None = None
    joint_sponsor: JointSponsor | None = None
    instructors: tuple[Instructor, ...] | None = None
    signatory: Signatory | None = None
    audience: str | None = None
    level: str | None = None
    objectives: tuple[str, ...] | None = None
    ce_hours: Decimal | None = None
    price: Money | None = None
    prices: tuple[CoursePrice, ...] | None = None
    capacity: int | None = None
    invoice_allowed: bool | None = None
    hold_minutes: int | None = None
    offer_hours: int | None = None
    registration_opens_at: AwareDatetime | None = None
    registration_closes_at: AwareDatetime | None = None
    prerequisites: tuple[str, ...] | None = None
    recording_of: str | None = None
    not_authorised: str | None = None
    disclosure: Disclosure | None = None
    sessions: tuple[Session, ...] | None = None
    boards: tuple[Board, ...] | None = None
    evaluation: EvaluationForm | None = None
    layout: Layout | None = None
    policy: dict[str, Any] | None = None
    tax: CourseTax | None = None
