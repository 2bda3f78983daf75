"""What `registration_registrations` holds; how to read it says the package.

Generated (`make contracts`): do not edit.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from pydantic import AwareDatetime

from holdfast_client.base import Data, Part
from holdfast_client.models.parts import Money


class DisclosureAccepted(Part):
    version: str
    accepted_at: AwareDatetime


class Evidence(Part):
    """An e-mail that asked for it, and when it arrived; registration keeps where it is."""

    received_at: AwareDatetime


class Override(Part):
    """Staff decided otherwise: `outcome` is refund, credit or nothing."""

    outcome: str


class PartnerItem(Part):
    """The partner's submission that this answers."""

    partner_id: str
    item_id: str


class Scheduled(Part):
    """A session as scheduled at purchase; `minutes` is its share of the course."""

    session_id: str
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    minutes: int


class Tax(Part):
    """The tax within a price, as it was when it was agreed: of the course, and of a fee."""

    percent: Decimal
    place: str | None = None
    label: str | None = None
    fee_percent: Decimal | None = None


class Together(Part):
    """All registrations of one person that one asking is about, by the id that stands for them;
    `number` of them there were when it was asked. One mail tells of all.
    """

    person_id: str
    number: int


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


class RegistrationComplained(Data):
    """`person_id` complained; the answer is promised by `answer_by`. More of it, while there is no
    answer, has a higher `complaint` and the same promise, unless that day has passed.

    What was written is not said: it stands at the registration, for that person.

    When somebody complains of a course or of what became of their registration.

    Never: What was complained of, or that it was right.
    """

    TYPE: ClassVar[str] = "registration.complained.v1"

    registration_id: str
    course_id: str
    person_id: str
    complaint: int | None = None
    complained_at: AwareDatetime | None = None
    answer_by: AwareDatetime | None = None


class RegistrationComplaintAnswered(Data):
    """Staff answered what `complained_by` complained of; a later answer has a higher `answer`.

    That is who wrote it, who need not be who comes by now.

    When staff answer a complaint.

    Never: What was complained of or answered, or who was right.
    """

    TYPE: ClassVar[str] = "registration.complaint_answered.v1"

    registration_id: str
    course_id: str
    person_id: str
    complained_by: str | None = None
    answer: int | None = None
    answered_at: AwareDatetime | None = None


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
