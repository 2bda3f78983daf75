"""What events hold, and what lines sent in do, by the contracts of Holdfast 0.2.0-next.

Generated (`make contracts`): do not edit. A field that is None was not said, or is none of those
that you may see. What these models do not know is kept: `model_extra`.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from pydantic import AwareDatetime

from holdfast_client.base import Data, Inbound, Part


class Attendee(Part):
    """A person as the partner names them; `birth_day` is `MM-DD`, where a course asks for it."""

    name: str
    email: str
    profession: str | None = None
    licenses: tuple[License, ...] | None = None
    birth_day: str | None = None
    zone: str | None = None
    locale: str | None = None


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


class CreditApplied(Part):
    credit_id: str
    amount: Money


class CreditRefused(Part):
    """A credit asked for and not taken: unknown, expired, empty, frozen, voided, same-course,
    other-currency, not-transferable, not-for-this-product.
    """

    credit_id: str
    reason: str


class Disclosure(Part):
    """What a learner reviews about CE and conflicts of interest before registering."""

    version: str
    required: bool | None = None
    text: str | None = None


class DisclosureAccepted(Part):
    version: str
    accepted_at: AwareDatetime


class EvaluationForm(Part):
    version: int | None = None
    questions: tuple[Question, ...] | None = None
    closes_after_days: int | None = None


class Evidence(Part):
    """An e-mail that asked for it, and when it arrived; registration keeps where it is."""

    received_at: AwareDatetime


class Holder(Part):
    """Whose credit it is: `kind` is person or organisation, `id` the person's or its name."""

    id: str
    kind: str | None = None


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


class License(Part):
    """`profession` is empty where the person's declared one is meant; `state` a two-letter code."""

    profession: str | None = None
    state: str | None = None
    number: str | None = None


class Line(Part):
    """`kind`: course, discount, tax, fee, credit_note (a negative amount)."""

    description: str
    amount: Money
    quantity: int | None = None
    kind: str | None = None


class Meeting(Part):
    """The meeting on the platform; `id` is how observations name it."""

    id: str
    url: str


class Money(Part):
    """`amount` minor units of `currency` (ISO 4217); two currencies never mix."""

    amount: int
    currency: str


class Override(Part):
    """Staff decided otherwise: `outcome` is refund, credit or nothing."""

    outcome: str


class PartnerItem(Part):
    """The partner's submission that this answers."""

    partner_id: str
    item_id: str


class Payer(Part):
    """Who paid: `kind` is person or organisation, `id` the person's or its name."""

    id: str
    kind: str | None = None


class PostTest(Part):
    """A test after the course. `version` is that of the item bank, which certificates alone keeps.

    `formats` are the deliveries that need it; empty: all of them. `attempts` is null where one
    may try as often as one likes.
    """

    pass_percent: int
    version: int | None = None
    attempts: int | None = None
    formats: tuple[str, ...] | None = None


class PresenceRule(Part):
    """Present is who misses at most `max_missed_seconds` of a session (domain.md §5)."""

    version: int | None = None
    max_missed_seconds: int | None = None


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


class RefundPart(Part):
    """What goes back to one tender; `refund_id` names the refund of the gateway's money."""

    tender: str
    amount: Money
    refund_id: str | None = None
    payment_id: str | None = None


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


class Restored(Part):
    """What goes back to a credit, with the expiry that holds from now on (null: never)."""

    credit_id: str
    amount: Money
    expires_on: date | None = None


class Scheduled(Part):
    """A session as scheduled at purchase; `minutes` is its share of the course."""

    session_id: str
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    minutes: int


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


class Tax(Part):
    """The tax within a price, as it was when it was agreed: of the course, and of a fee."""

    percent: Decimal
    place: str | None = None
    label: str | None = None
    fee_percent: Decimal | None = None


class TaxRate(Part):
    """The rate of one place: `US-NY`, `DE`; empty is everywhere else. `percent` such as `8.875`."""

    percent: Decimal
    place: str | None = None
    label: str | None = None


class Tender(Part):
    """A way in which part of it was paid."""

    tender: str
    amount: Money
    payment_id: str | None = None
    credit_id: str | None = None
    credit_expires_on: date | None = None


class Together(Part):
    """All registrations of one person that one asking is about, by the id that stands for them;
    `number` of them there were when it was asked. One mail tells of all.
    """

    person_id: str
    number: int


class Trace(Part):
    """One step of the reasons: the rule, and why in an English sentence.

    `values` are the figures in it by name, so that it can be said in another language: money as
    elsewhere, moments in RFC 3339, days as dates, words of the policy. Empty in older facts.
    """

    rule: str
    because: str
    values: dict[str, Any] | None = None


class Unmet(Part):
    """`condition` is a stable word (attendance, evaluation, paid, unclaimed, …)."""

    condition: str
    detail: str | None = None


class AttendanceSettled(Data):
    """What one registration attended of one session; said again, higher, when evidence changes.

    `seconds` is the union of the intervals in the session's window less its breaks, and
    `instruction_seconds` what there was to attend. Of two for one session the one with the
    higher `evidence_version` holds. `inferred`: a missing "left" was closed at the meeting's
    end. `by` is `evidence`, or `operator` where staff decided; `origins` are the kinds of
    evidence it rests on: live, report, sheet, partner, correction.

    When a session is completed, for each registration expected there; again when evidence or
    staff change it.

    Never: A certificate, or final: the highest `evidence_version` holds. Waiting rooms and
    clicked links do not count.
    """

    TYPE: ClassVar[str] = "attendance.settled.v1"

    registration_id: str
    course_id: str
    person_id: str
    session_id: str
    seconds: int | None = None
    present: bool | None = None
    rule: PresenceRule | None = None
    evidence_version: int | None = None
    instruction_seconds: int | None = None
    session_starts_at: AwareDatetime | None = None
    session_ends_at: AwareDatetime | None = None
    inferred: bool | None = None
    by: str | None = None
    origins: tuple[str, ...] | None = None
    settled_at: AwareDatetime | None = None


class AwardGranted(Data):
    """A board's credit, all conditions met. `version` counts the decisions for this board.

    When the last condition of a board comes true; again where what is given changes.

    Never: The certificate: that follows as `certificate.issued`, once it is rendered and
    signed.
    """

    TYPE: ClassVar[str] = "award.granted.v1"

    registration_id: str
    course_id: str
    person_id: str
    board: str | None = None
    version: int | None = None
    rule_version: int | None = None
    credits: Decimal | None = None
    unit: str | None = None
    sessions: tuple[str, ...] | None = None
    categories: dict[str, Decimal] | None = None
    granted_at: AwareDatetime | None = None


class AwardWithheld(Data):
    """A board's credit that is not given, or not yet, with every unmet condition.

    `credits` is what it would come to once they are met; 0 where nothing can come of it.

    When the course is over and something is missing, and whenever what is missing changes.

    Never: Final: a later decision has a higher `version`. Nor said of a board that never served
    the person.
    """

    TYPE: ClassVar[str] = "award.withheld.v1"

    registration_id: str
    course_id: str
    person_id: str
    board: str | None = None
    version: int | None = None
    rule_version: int | None = None
    credits: Decimal | None = None
    unit: str | None = None
    unmet: tuple[Unmet, ...] | None = None
    withheld_at: AwareDatetime | None = None


class CancellationSettled(Data):
    """What a cancellation came to, as decided from the snapshot, with the reasons.

    `cause` is the event that moved the money: cancelled, unseated, transferred or share_due
    (then with `session_id`), `by` is learner, operator or provider. `paid` is what had been
    paid by then, `still_due` what an open invoice still asks for. `otherwise` is the outcome
    that the policy gave where staff decided another. `credit` and `restored` are dated by the
    last day on which they can be used. Where it was transferred, `moved` went to the
    registration named, and the amounts say what was left over: what stays on a credit, not what
    was given to it. `payer` is who paid, and gets what is given back: a colleague who came
    instead does not.

    When billing has decided what is given back and kept; again where it is decided anew.

    Never: Money that has arrived: each refund says for itself whether it did.
    """

    TYPE: ClassVar[str] = "cancellation.settled.v1"

    registration_id: str
    course_id: str
    person_id: str
    invoice_id: str | None = None
    cause: str | None = None
    session_id: str | None = None
    by: str | None = None
    requested_at: AwareDatetime | None = None
    settled_at: AwareDatetime | None = None
    policy_version: int | str | None = None
    outcome: str | None = None
    overridden: bool | None = None
    otherwise: str | None = None
    paid: Money | None = None
    fee: Money | None = None
    refunds: tuple[RefundPart, ...] | None = None
    restored: tuple[Restored, ...] | None = None
    credit: Restored | None = None
    still_due: Money | None = None
    moved: Money | None = None
    to_registration_id: str | None = None
    to_course_id: str | None = None
    payer: Payer | None = None
    trace: tuple[Trace, ...] | None = None


class CertificateIssued(Data):
    """Rendered, signed and stored. `board` is null for a certificate of participation.

    `sha256` is the PDF's, in hex; `conformance` says what the file was made to conform to.
    `supersedes` names the certificate it replaces. The code that `/verify/{code}` takes is a
    secret of the holder and no part of a fact: it follows from the platform's secret and the
    id. `kind` is `completion`, `participation` or `presenter`. `rule_version` is the board's
    rule it was decided by, `evidence` the evidence version by session that it rests on.

    When the file is rendered, signed and stored.

    Never: The file, its holder's name or the code that verifies it: the holder has those.
    """

    TYPE: ClassVar[str] = "certificate.issued.v1"

    registration_id: str
    course_id: str
    person_id: str
    certificate_id: str
    number: str | None = None
    board: str | None = None
    credits: Decimal | None = None
    unit: str | None = None
    sha256: str | None = None
    conformance: tuple[str, ...] | None = None
    key_id: str | None = None
    supersedes: str | None = None
    kind: str | None = None
    rule_version: int | None = None
    evidence: dict[str, int] | None = None
    issued_at: AwareDatetime | None = None


class CertificateRevoked(Data):
    """Withdrawn by staff; `reason` is `issued-in-error` or another such word.

    When staff withdraw it.

    Never: Said of one that another replaces: that is `certificate.superseded`.
    """

    TYPE: ClassVar[str] = "certificate.revoked.v1"

    registration_id: str
    course_id: str
    person_id: str
    certificate_id: str
    number: str | None = None
    board: str | None = None
    reason: str | None = None
    revoked_at: AwareDatetime | None = None


class CertificateSuperseded(Data):
    """Replaced by another, which says what is right; both verify, and say so.

    `reason` is `name-corrected`, `more-credits`, `corrected` or another such word; what staff
    wrote stays with certificates.

    When a newer certificate takes its place, whose own `certificate.issued` is said too.

    Never: The end of what was earned: the one in `superseded_by` holds.
    """

    TYPE: ClassVar[str] = "certificate.superseded.v1"

    registration_id: str
    course_id: str
    person_id: str
    certificate_id: str
    number: str | None = None
    board: str | None = None
    superseded_by: str | None = None
    superseded_by_number: str | None = None
    reason: str | None = None
    superseded_at: AwareDatetime | None = None


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


class CreditExpired(Data):
    """Its time is over; `amount` was still left on it.

    When its last day is over.

    Never: Said of a credit with nothing left on it.
    """

    TYPE: ClassVar[str] = "credit.expired.v1"

    credit_id: str | None = None
    holder: Holder | None = None
    amount: Money | None = None
    balance: Money | None = None
    expires_on: date | None = None
    registration_id: str | None = None
    course_id: str | None = None
    person_id: str | None = None
    expired_at: AwareDatetime | None = None


class CreditIssued(Data):
    """A new credit. It lapses at `expires_at`, the end of `expires_on`.

    `origin` is cancellation, goodwill or transfer; then `transferred_from` is the credit that
    it takes the place of.

    When a cancellation gives a credit, staff give one, or one is handed on.

    Never: The code that spends it: that is its holder's secret. Nor a gift card that was sold.
    """

    TYPE: ClassVar[str] = "credit.issued.v1"

    credit_id: str | None = None
    holder: Holder | None = None
    amount: Money | None = None
    balance: Money | None = None
    expires_on: date | None = None
    registration_id: str | None = None
    course_id: str | None = None
    person_id: str | None = None
    issued_at: AwareDatetime | None = None
    expires_at: AwareDatetime | None = None
    origin: str | None = None
    transferred_from: str | None = None
    terms: dict[str, Any] | None = None


class CreditRedeemed(Data):
    """Spent on a registration, the one named here.

    When it pays for a registration, in full or in part.

    Never: The end of the credit: `balance` is what is left.
    """

    TYPE: ClassVar[str] = "credit.redeemed.v1"

    credit_id: str | None = None
    holder: Holder | None = None
    amount: Money | None = None
    balance: Money | None = None
    expires_on: date | None = None
    registration_id: str | None = None
    course_id: str | None = None
    person_id: str | None = None
    redeemed_at: AwareDatetime | None = None


class CreditRestored(Data):
    """Given back with its old expiry, or a later one where the provider cancelled.

    When what it had paid for is cancelled.

    Never: A new credit or money, nor a longer time, unless the provider cancelled.
    """

    TYPE: ClassVar[str] = "credit.restored.v1"

    credit_id: str | None = None
    holder: Holder | None = None
    amount: Money | None = None
    balance: Money | None = None
    expires_on: date | None = None
    registration_id: str | None = None
    course_id: str | None = None
    person_id: str | None = None
    restored_at: AwareDatetime | None = None


class CreditVoided(Data):
    """Taken back unspent, for instance after a lost dispute.

    When a dispute is lost, a better outcome takes its place, or it is handed on as another one.

    Never: Spent, or run out.
    """

    TYPE: ClassVar[str] = "credit.voided.v1"

    credit_id: str | None = None
    holder: Holder | None = None
    amount: Money | None = None
    balance: Money | None = None
    expires_on: date | None = None
    registration_id: str | None = None
    course_id: str | None = None
    person_id: str | None = None
    reason: str | None = None
    voided_at: AwareDatetime | None = None


class DisputeClosed(Data):
    """The bank decided: `result` is won or lost. Said as `dispute.opened` was.

    When the bank has decided.

    Never: A refund: what was lost, the bank took by itself.
    """

    TYPE: ClassVar[str] = "dispute.closed.v1"

    registration_id: str
    course_id: str
    person_id: str
    dispute_id: str | None = None
    payment_id: str | None = None
    amount: Money | None = None
    result: str | None = None
    closed_at: AwareDatetime | None = None


class DisputeOpened(Data):
    """The payer told the bank that the payment was not right; refunds stop meanwhile.

    Said once for each registration that the payment was for, `amount` being its part.

    When the bank tells of a dispute about a payment.

    Never: A cancellation or a refund: the registration stands.
    """

    TYPE: ClassVar[str] = "dispute.opened.v1"

    registration_id: str
    course_id: str
    person_id: str
    dispute_id: str | None = None
    payment_id: str | None = None
    amount: Money | None = None
    reason: str | None = None
    opened_at: AwareDatetime | None = None


class EndpointTested(Data):
    """A test, sent to one endpoint because somebody asked for it.

    When the test of an endpoint is asked for, and at no other time.

    Never: Of a course or a person: answer it as any other, and do nothing with it.
    """

    TYPE: ClassVar[str] = "endpoint.tested.v1"

    endpoint_id: str | None = None


class EvaluationSubmitted(Data):
    """The fact only; the answers are kept without the person, and never said.

    When a learner sends the evaluation of the course.

    Never: An answer: those are kept without the person.
    """

    TYPE: ClassVar[str] = "evaluation.submitted.v1"

    registration_id: str
    course_id: str
    person_id: str
    form_version: int | None = None
    submitted_at: AwareDatetime | None = None


class InvoiceIssued(Data):
    """What a registration is charged; `due` is `total` less the credits taken at once.

    Said once for each registration of the invoice: `lines` and `total` are that registration's.

    When billing hears that a seat with a price is held: what is charged for it.

    Never: A receipt, or the whole of a group's invoice.
    """

    TYPE: ClassVar[str] = "invoice.issued.v1"

    registration_id: str
    course_id: str
    person_id: str
    invoice_id: str
    number: str | None = None
    lines: tuple[Line, ...] | None = None
    total: Money | None = None
    due: Money | None = None
    issued_at: AwareDatetime | None = None
    due_at: AwareDatetime | None = None
    payment_method: str | None = None
    organisation: str | None = None
    group_id: str | None = None
    credits_applied: tuple[CreditApplied, ...] | None = None
    credits_refused: tuple[CreditRefused, ...] | None = None


class InvoicePaid(Data):
    """A registration's share of an invoice is paid in full, by these tenders.

    Said once for each registration of the invoice: `lines` and `total` are that registration's.

    When nothing of a registration's share is open any more.

    Never: A part payment. Nor final: a refund or a dispute may follow.
    """

    TYPE: ClassVar[str] = "invoice.paid.v1"

    registration_id: str
    course_id: str
    person_id: str
    invoice_id: str
    number: str | None = None
    lines: tuple[Line, ...] | None = None
    total: Money | None = None
    tenders: tuple[Tender, ...] | None = None
    credits_refused: tuple[CreditRefused, ...] | None = None
    organisation: str | None = None
    paid_at: AwareDatetime | None = None


class InvoiceReminded(Data):
    """An open invoice on account is to be paid soon, or is overdue: `level` counts from 1.

    `due` is what it still asks for. Not said of an order of many, which has no address: staff
    are asked to see to that (`task.opened`, invoice-overdue).

    When an employer's open invoice is nearly due, due or overdue.

    Never: Said of a card's hold, or of an order of many.
    """

    TYPE: ClassVar[str] = "invoice.reminded.v1"

    registration_id: str
    course_id: str
    person_id: str
    invoice_id: str
    number: str | None = None
    due: Money | None = None
    due_at: AwareDatetime | None = None
    level: int | None = None
    organisation: str | None = None
    reminded_at: AwareDatetime | None = None


class InvoiceVoided(Data):
    """A registration's share of an invoice was withdrawn before it was paid.

    Said for that registration alone: others of the invoice may stay as they are.

    When what was never paid is not asked for any more: the hold ended, or it was cancelled
    before.

    Never: A refund: no money goes back by it.
    """

    TYPE: ClassVar[str] = "invoice.voided.v1"

    registration_id: str
    course_id: str
    person_id: str
    invoice_id: str
    number: str | None = None
    total: Money | None = None
    voided_at: AwareDatetime | None = None
    reason: str | None = None


class MeetingSwapped(Data):
    """Another meeting stands behind everyone's join link; the links are the same as before.

    Where it is and how one gets in is not said here: each join link leads there. Of two the one
    with the later `swapped_at` holds.

    When staff put another meeting behind the links, also in the middle of a session.

    Never: A new time or a new link, or where the meeting is.
    """

    TYPE: ClassVar[str] = "meeting.swapped.v1"

    course_id: str
    session_id: str
    starts_at: AwareDatetime | None = None
    ends_at: AwareDatetime | None = None
    meeting_id: str | None = None
    former_meeting_id: str | None = None
    swapped_at: AwareDatetime | None = None


class MessageFailed(Data):
    """Given up: `reason` is a stable word (bounced, suppressed, unknown, …) without an address.

    When a message is given up, also after it was sent and came back.

    Never: Said of one that is tried again.
    """

    TYPE: ClassVar[str] = "message.failed.v1"

    registration_id: str | None = None
    course_id: str | None = None
    person_id: str | None = None
    message_id: str | None = None
    template: str | None = None
    version: int | None = None
    channel: str | None = None
    reason: str | None = None
    failed_at: AwareDatetime | None = None


class MessageSent(Data):
    """Taken by the mail server.

    When a mail server, or whoever sends texts, has taken the message.

    Never: Proof that it arrived or was read. Nor its words or its address.
    """

    TYPE: ClassVar[str] = "message.sent.v1"

    registration_id: str | None = None
    course_id: str | None = None
    person_id: str | None = None
    message_id: str | None = None
    template: str | None = None
    version: int | None = None
    channel: str | None = None
    sent_at: AwareDatetime | None = None


class PaymentFailed(Data):
    """A try to pay that failed; `reason` is the gateway's code, or `gateway-refused`.

    Said once for each registration that it would have paid for, `amount` being its part.

    When a try to pay did not go through.

    Never: The end of the seat: the hold runs on, and the learner may try again.
    """

    TYPE: ClassVar[str] = "payment.failed.v1"

    registration_id: str
    course_id: str
    person_id: str
    invoice_id: str
    number: str | None = None
    payment_id: str | None = None
    amount: Money | None = None
    reason: str | None = None
    failed_at: AwareDatetime | None = None


class PersonErased(Data):
    """A person is erased: delete what you know of them.

    Said once for each of your courses in which they had a registration, each time by the same
    id of the event. Facts that name them stay, for these hold ids only; their `person.recorded`
    is gone from the feed.

    When a person's data is erased here.

    Never: A cancellation. Nor the end of certificates: these verify as before, without the
    name.
    """

    TYPE: ClassVar[str] = "person.erased.v1"

    person_id: str


class PersonRecorded(Data):
    """A person as recorded now. The only topic with personal data; a tombstone means erased.

    `merged_into` is set where staff found two ids to be one person: what follows is then that
    person's, so whoever knows either id knows the same. `birth_day` is `MM-DD`, given by whose
    registry tells people apart by it (physicians' in the United States); never the year.
    `phone` is E.164, of who agreed to texts and of nobody else: to the wording `sms_consent`
    (shared/consents.py), at `sms_consent_at`.

    When a person registers, is corrected, or turns out to be another one known already.

    Never: A registration. Nor said of somebody erased: of them a record without a value is the
    last.
    """

    TYPE: ClassVar[str] = "person.recorded.v1"

    person_id: str
    version: int
    name: str | None = None
    email: str | None = None
    zone: str | None = None
    locale: str | None = None
    profession: str | None = None
    licenses: tuple[License, ...] | None = None
    birth_day: str | None = None
    phone: str | None = None
    sms_consent: str | None = None
    sms_consent_at: AwareDatetime | None = None
    merged_into: str | None = None
    recorded_at: AwareDatetime | None = None


class RefundFailed(Data):
    """It did not go back, perhaps days after it seemed to; the debt is open again.

    `by_hand`: this way is closed for good (an old card), so staff give it back by another.
    `payer` is whom it is owed.

    When the gateway says that it did not go back, at once or days later.

    Never: The end of the debt: another attempt follows, or staff give it back by hand.
    """

    TYPE: ClassVar[str] = "refund.failed.v1"

    registration_id: str
    course_id: str
    person_id: str
    refund_id: str | None = None
    tender: str | None = None
    amount: Money | None = None
    reason: str | None = None
    by_hand: bool | None = None
    failed_at: AwareDatetime | None = None
    payer: Payer | None = None


class RefundRequested(Data):
    """Money is to go back to the tender it came from. `cause`: a cancellation, goodwill, …

    One an attempt: `replaces` is the attempt before it that did not go through. `payer` is who
    paid and has it back: not always `person_id`, where a colleague came instead.

    When money is to go back, before the gateway is asked; once for each attempt.

    Never: Money that went back.
    """

    TYPE: ClassVar[str] = "refund.requested.v1"

    registration_id: str
    course_id: str
    person_id: str
    refund_id: str | None = None
    payment_id: str | None = None
    tender: str | None = None
    amount: Money | None = None
    cause: str | None = None
    requested_at: AwareDatetime | None = None
    replaces: str | None = None
    payer: Payer | None = None


class RefundSettled(Data):
    """The money went back, as the gateway says, or staff who sent it by a bank.

    A refund that nobody asked for here was made in the gateway's own dashboard. `replaces` is
    the attempt before it that did not go through.

    When the gateway, or staff who used a bank, say that it went back.

    Never: Final: banks return money days later, and then it is `refund.failed`.
    """

    TYPE: ClassVar[str] = "refund.settled.v1"

    registration_id: str
    course_id: str
    person_id: str
    refund_id: str | None = None
    tender: str | None = None
    amount: Money | None = None
    settled_at: AwareDatetime | None = None
    replaces: str | None = None
    payer: Payer | None = None


class RegistrationAccommodationAnswered(Data):
    """Staff answered what `person_id` needs to take part; a later answer has a higher `answer`.

    What was asked and answered is not said: it stands at the registration, for that person.

    When staff answer what somebody asked for in order to take part.

    Never: What was asked or answered, or whether it was granted.
    """

    TYPE: ClassVar[str] = "registration.accommodation_answered.v1"

    registration_id: str
    course_id: str
    person_id: str
    answer: int | None = None
    answered_at: AwareDatetime | None = None


class RegistrationAcknowledged(Data):
    """A version of the disclosure was accepted after registering.

    When a learner accepts a newer disclosure than the one they registered with.

    Never: The acceptance at registering: the first fact of the registration carries that.
    """

    TYPE: ClassVar[str] = "registration.acknowledged.v1"

    registration_id: str
    course_id: str
    person_id: str
    disclosure: DisclosureAccepted | None = None


class RegistrationCancelled(Data):
    """The registration is cancelled, by the learner, by staff for them, or by the provider.

    `requested_at` is the receipt of the request, and what the policy looks at. `by` is learner,
    operator or provider, `was` the state before (requested, waitlisted, offered, confirmed).
    `reason` is `learner-request`, `operator-request`, `override`, `evidence-held` or another
    such word, never what somebody wrote. Where the provider cancels, `prefer` is the learner's
    choice: refund or credit. `course_version` and `starts_at_now` are of the course as it stood
    when this was requested, whoever hears of its moves in whatever order. `policy_now` is the
    policy then in force, where it is another version than the snapshot's; `policy_choice`
    (snapshot or newer) is what the learner chose between the two.

    When a learner cancels, staff cancel for them, or the provider cancels the course.

    Never: What it comes to in money: `cancellation.settled` is that.
    """

    TYPE: ClassVar[str] = "registration.cancelled.v1"

    registration_id: str
    course_id: str
    person_id: str
    requested_at: AwareDatetime | None = None
    by: str | None = None
    was: str | None = None
    reason: str | None = None
    prefer: str | None = None
    override: Override | None = None
    evidence: Evidence | None = None
    course_version: int | None = None
    starts_at_now: AwareDatetime | None = None
    policy_now: dict[str, Any] | None = None
    policy_choice: str | None = None


class RegistrationCompleted(Data):
    """The course's last session is completed, and this registration with it.

    When the last session of a course is completed, of each registration that is confirmed.

    Never: Attendance or a certificate: who never came is completed too.
    """

    TYPE: ClassVar[str] = "registration.completed.v1"

    registration_id: str
    course_id: str
    person_id: str
    completed_at: AwareDatetime | None = None


class RegistrationConfirmed(Data):
    """The seat is taken for good, and by what.

    `basis` is paid, free, invoice, credit or transfer (from another registration), and later
    more: whoever does not know it takes the registration for confirmed, but not for paid.

    When the seat is paid, free of charge, on an employer's invoice, paid by credit, or moved
    from another course.

    Never: Proof that money came: `invoice.paid` is that.
    """

    TYPE: ClassVar[str] = "registration.confirmed.v1"

    registration_id: str
    course_id: str
    person_id: str
    basis: str | None = None
    confirmed_at: AwareDatetime | None = None
    token_version: int | None = None


class RegistrationExpired(Data):
    """The hold ended unpaid (`hold-ended`), or its invoice was voided (`invoice-voided`).

    `transfer-ended`: the registration that was to be moved to it is not as it was any more.

    When a hold ends unpaid, or its invoice is voided.

    Never: The last word where a payment comes late: `registration.confirmed` or
    `registration.unseated` answers that.
    """

    TYPE: ClassVar[str] = "registration.expired.v1"

    registration_id: str
    course_id: str
    person_id: str
    expired_at: AwareDatetime | None = None
    reason: str | None = None


class RegistrationLapsed(Data):
    """The offer ended, or the waiting list did, without a seat.

    When an offer ends unanswered, or the waiting list ends.

    Never: A cancellation: nobody asked for it, and no money moves.
    """

    TYPE: ClassVar[str] = "registration.lapsed.v1"

    registration_id: str
    course_id: str
    person_id: str
    lapsed_at: AwareDatetime | None = None
    reason: str | None = None


class RegistrationLinkRequested(Data):
    """Somebody asked for this registration's links; they are mailed to the recorded address only.

    All registrations of one asking share `request_id`, and say how many they are (`together`);
    null where only this one was asked for. Where staff made the links anew, `token_version` is
    higher than before, and all of an older version are dead.

    When somebody asks for the links of an address, or staff make new ones.

    Never: A link, or a sign that the learner asked: anybody can type an address.
    """

    TYPE: ClassVar[str] = "registration.link_requested.v1"

    registration_id: str
    course_id: str
    person_id: str
    request_id: str | None = None
    requested_at: AwareDatetime | None = None
    links: tuple[str, ...] | None = None
    token_version: int | None = None
    together: Together | None = None


class RegistrationOffered(Data):
    """A freed seat is kept for this one until `offer_expires_at`.

    When a seat is freed and this registration is the next in line.

    Never: A seat that is taken: it has to be accepted before `offer_expires_at`.
    """

    TYPE: ClassVar[str] = "registration.offered.v1"

    registration_id: str
    course_id: str
    person_id: str
    offered_at: AwareDatetime | None = None
    offer_expires_at: AwareDatetime | None = None


class RegistrationRefused(Data):
    """The answer to a partner's submission that a rule refuses; `registration_id` names nothing.

    `reason` is the rule's, `fields` point to what is wrong in the submission.

    When a rule refuses what a partner submitted.

    Never: Of a registration or a person: there is none, and `registration_id` names nothing
    later either.
    """

    TYPE: ClassVar[str] = "registration.refused.v1"

    registration_id: str
    course_id: str
    person_id: str | None = None
    partner: PartnerItem | None = None
    reason: str | None = None
    fields: tuple[str, ...] | None = None
    refused_at: AwareDatetime | None = None


class RegistrationRequested(Data):
    """A seat is held. Said before `.confirmed`, also where that follows at once.

    Who waits in line says `.waitlisted` first, and this only once an offered seat is accepted.
    Carries the snapshot that rules this registration for ever: the policy document, and the
    schedule in force (`starts_at` is the first session's start). `price` is what this person is
    charged, `price_id` which of the course's prices that is (empty: the list price),
    `price_label` what it is called. `payment_method` is card, invoice or free. `credit_ids` are
    asked for, in this order; `credits_of_others` are those of them that belong to somebody else
    and may not be given away. `tax` is within the price. All of one `group_id` are on one
    invoice; `group_size` is how many they are. One that another is moved to names it, and what
    that one was charged: only what `price` is more is asked for at once. `role` says why a
    complimentary seat is one: presenter, moderator or staff.

    When somebody registers and a seat is free, or accepts an offered one.

    Never: A seat for good, or a payment: it ends as `registration.confirmed`,
    `registration.expired` or `registration.cancelled`.
    """

    TYPE: ClassVar[str] = "registration.requested.v1"

    registration_id: str
    course_id: str
    person_id: str
    course_version: int | None = None
    requested_at: AwareDatetime | None = None
    kind: str | None = None
    delivery: str | None = None
    zone: str | None = None
    course_title: str | None = None
    price: Money | None = None
    payment_method: str | None = None
    credit_ids: tuple[str, ...] | None = None
    organisation: str | None = None
    group_id: str | None = None
    group_size: int | None = None
    price_id: str | None = None
    price_label: str | None = None
    hold_expires_at: AwareDatetime | None = None
    disclosure: DisclosureAccepted | None = None
    policy: dict[str, Any] | None = None
    starts_at: AwareDatetime | None = None
    schedule: tuple[Scheduled, ...] | None = None
    token_version: int | None = None
    complimentary: bool | None = None
    role: str | None = None
    transferred_from: str | None = None
    transferred_price: Money | None = None
    partner: PartnerItem | None = None
    credits_of_others: tuple[str, ...] | None = None
    tax: Tax | None = None


class RegistrationShareDue(Data):
    """This learner takes the share of one cancelled session back: minutes of all minutes.

    When a session was cancelled and the learner chooses money for it.

    Never: The money itself, or the end of the registration: billing answers with
    `cancellation.settled`.
    """

    TYPE: ClassVar[str] = "registration.share_due.v1"

    registration_id: str
    course_id: str
    person_id: str
    session_id: str
    requested_at: AwareDatetime | None = None
    minutes: int | None = None
    total_minutes: int | None = None


class RegistrationSubstituted(Data):
    """A colleague comes instead: `person_id` is the new person; older links are dead.

    When a colleague takes the place, before the first session.

    Never: A new registration or another payer: id and money stay as they are.
    """

    TYPE: ClassVar[str] = "registration.substituted.v1"

    registration_id: str
    course_id: str
    person_id: str
    former_person_id: str | None = None
    token_version: int | None = None
    disclosure: DisclosureAccepted | None = None
    substituted_at: AwareDatetime | None = None


class RegistrationTransferred(Data):
    """This registration's value goes to another one, under this course's window.

    `by` is learner, operator or provider. What is said of the course's version, start and
    policy is as in `registration.cancelled`.

    When the move to another course is done; where that one costs more, once the difference is
    paid.

    Never: A refund: what becomes of the money is `cancellation.settled`.
    """

    TYPE: ClassVar[str] = "registration.transferred.v1"

    registration_id: str
    course_id: str
    person_id: str
    to_registration_id: str | None = None
    to_course_id: str | None = None
    requested_at: AwareDatetime | None = None
    by: str | None = None
    course_version: int | None = None
    starts_at_now: AwareDatetime | None = None
    policy_now: dict[str, Any] | None = None
    policy_choice: str | None = None


class RegistrationUnseated(Data):
    """Paid too late and no seat left: billing gives everything back, without fee.

    When a payment comes after the hold and no seat is free any more.

    Never: The refund: that follows as `refund.requested` and `refund.settled`.
    """

    TYPE: ClassVar[str] = "registration.unseated.v1"

    registration_id: str
    course_id: str
    person_id: str
    invoice_id: str
    requested_at: AwareDatetime | None = None


class RegistrationWaitlisted(Data):
    """No seat: in line at `position`, counted from 1 when this was said.

    When somebody registers and no seat is free.

    Never: A seat, a charge or a promise: others leave the line, and `position` is said once.
    """

    TYPE: ClassVar[str] = "registration.waitlisted.v1"

    registration_id: str
    course_id: str
    person_id: str
    position: int | None = None
    waitlisted_at: AwareDatetime | None = None
    disclosure: DisclosureAccepted | None = None
    token_version: int | None = None
    partner: PartnerItem | None = None


class SessionCompleted(Data):
    """The session is over and its evidence is in, or waited for long enough.

    `instruction_minutes` is what was taught: as scheduled, unless an operator said less. `last`
    is true where, by what attendance knows, no session of the course is still to come. An
    operator may say it again with other minutes: `completed_at` stays, and of two the one with
    the later `settled_at` holds. One that was moved before it was completed, which attendance
    had not heard, is completed again at its new end, with a later `completed_at`: who knows the
    course's schedule takes one that ends before the session does for none, unless it was said
    after its end.

    When the session's time is over and its report is in, the wait for it ended, or staff say
    so.

    Never: Who was there: each registration has its own `attendance.settled`.
    """

    TYPE: ClassVar[str] = "session.completed.v1"

    course_id: str
    session_id: str
    starts_at: AwareDatetime | None = None
    ends_at: AwareDatetime | None = None
    instruction_minutes: int | None = None
    rule: PresenceRule | None = None
    completed_at: AwareDatetime | None = None
    settled_at: AwareDatetime | None = None
    by: str | None = None
    expected: int | None = None
    present: int | None = None
    last: bool | None = None


class SessionOpened(Data):
    """The door is open: join links lead to the meeting from now on.

    When the door opens, 15 minutes before the start unless set otherwise.

    Never: The start of teaching, or anybody's presence.
    """

    TYPE: ClassVar[str] = "session.opened.v1"

    course_id: str
    session_id: str
    starts_at: AwareDatetime | None = None
    ends_at: AwareDatetime | None = None
    opened_at: AwareDatetime | None = None


class AttendanceLine(Inbound):
    """One line that is sent in; `id` is yours.

    One interval, of a registration or of a person as the partner names them.
    """

    TYPE: ClassVar[str] = "attendance"

    id: str
    course_id: str
    session_id: str
    joined_at: AwareDatetime
    left_at: AwareDatetime
    registration_id: str | None = None
    attendee: Attendee | None = None


class RegistrationLine(Inbound):
    """One line that is sent in; `id` is yours.

    A partner asks for a seat for one of its people.

    `prerequisites` are numbers of this person's certificates of earlier courses.
    """

    TYPE: ClassVar[str] = "registration"

    id: str
    course_id: str
    attendee: Attendee
    disclosure_version: str | None = None
    payment_method: str | None = None
    organisation: str | None = None
    prerequisites: tuple[str, ...] | None = None


MODELS: dict[str, type[Data]] = {
    model.TYPE: model
    for model in (
        AttendanceSettled,
        AwardGranted,
        AwardWithheld,
        CancellationSettled,
        CertificateIssued,
        CertificateRevoked,
        CertificateSuperseded,
        CourseCancelled,
        CoursePublished,
        CreditExpired,
        CreditIssued,
        CreditRedeemed,
        CreditRestored,
        CreditVoided,
        DisputeClosed,
        DisputeOpened,
        EndpointTested,
        EvaluationSubmitted,
        InvoiceIssued,
        InvoicePaid,
        InvoiceReminded,
        InvoiceVoided,
        MeetingSwapped,
        MessageFailed,
        MessageSent,
        PaymentFailed,
        PersonErased,
        PersonRecorded,
        RefundFailed,
        RefundRequested,
        RefundSettled,
        RegistrationAccommodationAnswered,
        RegistrationAcknowledged,
        RegistrationCancelled,
        RegistrationCompleted,
        RegistrationConfirmed,
        RegistrationExpired,
        RegistrationLapsed,
        RegistrationLinkRequested,
        RegistrationOffered,
        RegistrationRefused,
        RegistrationRequested,
        RegistrationShareDue,
        RegistrationSubstituted,
        RegistrationTransferred,
        RegistrationUnseated,
        RegistrationWaitlisted,
        SessionCompleted,
        SessionOpened,
    )
}
"""By type: every event that these contracts know."""
