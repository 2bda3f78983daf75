"""What changes about a registration that stays."""

from __future__ import annotations

from typing import Any, ClassVar

from shared.contracts import reference
from shared.contracts.course import Policy
from shared.contracts.event import Id, Instant, Part, Text
from shared.contracts.registration.base import ABOUT, OfRegistration
from shared.contracts.registration.requests import DisclosureAccepted


class RegistrationShareDue(OfRegistration):
    """This learner takes the share of one cancelled session back: minutes of all minutes."""

    type = "registration.share_due.v1"
    when = "When a session was cancelled and the learner chooses money for it."
    never = (
        "The money itself, or the end of the registration: billing answers with "
        "`cancellation.settled`."
    )
    example: ClassVar[dict[str, Any]] = ABOUT | {
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
    when = "When a learner accepts a newer disclosure than the one they registered with."
    never = "The acceptance at registering: the first fact of the registration carries that."
    example: ClassVar[dict[str, Any]] = ABOUT | {
        "disclosure": {"version": "2020-10-01", "accepted_at": "2020-10-02T09:00:00Z"},
    }

    disclosure: DisclosureAccepted


class RegistrationAccommodationAnswered(OfRegistration):
    """Staff answered what `person_id` needs to take part; a later answer has a higher `answer`.

    What was asked and answered is not said: it stands at the registration, for that person.
    """

    type = "registration.accommodation_answered.v1"
    when = "When staff answer what somebody asked for in order to take part."
    never = "What was asked or answered, or whether it was granted."
    example: ClassVar[dict[str, Any]] = ABOUT | {
        "answer": 3,
        "answered_at": "2020-09-15T09:00:00Z",
    }

    answer: int
    answered_at: Instant


class RegistrationComplained(OfRegistration):
    """`person_id` complained; the answer is promised by `answer_by`. More of it, while there is no
    answer, has a higher `complaint` and the same promise, unless that day has passed.

    What was written is not said: it stands at the registration, for that person.
    """

    type = "registration.complained.v1"
    when = "When somebody complains of a course or of what became of their registration."
    never = "What was complained of, or that it was right."
    example: ClassVar[dict[str, Any]] = ABOUT | {
        "complaint": 5,
        "complained_at": "2020-11-10T09:00:00Z",
        "answer_by": "2020-11-24T09:00:00Z",
    }

    complaint: int
    complained_at: Instant
    answer_by: Instant


class RegistrationComplaintAnswered(OfRegistration):
    """Staff answered what `complained_by` complained of; a later answer has a higher `answer`.

    That is who wrote it, who need not be who comes by now.
    """

    type = "registration.complaint_answered.v1"
    when = "When staff answer a complaint."
    never = "What was complained of or answered, or who was right."
    example: ClassVar[dict[str, Any]] = ABOUT | {
        "complained_by": ABOUT["person_id"],
        "answer": 6,
        "answered_at": "2020-11-12T09:00:00Z",
    }

    complained_by: Id
    answer: int
    answered_at: Instant


class Together(Part):
    """All registrations of one person that one asking is about, by the id that stands for them;
    `number` of them there were when it was asked. One mail tells of all."""

    person_id: Id
    number: int


class RegistrationLinkRequested(OfRegistration):
    """Somebody asked for this registration's links; they are mailed to the recorded address only.

    All registrations of one asking share `request_id`, and say how many they are (`together`);
    null where only this one was asked for. Where staff made the links anew,
    `token_version` is higher than before, and all of an older version are dead.
    """

    type = "registration.link_requested.v1"
    when = "When somebody asks for the links of an address, or staff make new ones."
    never = "A link, or a sign that the learner asked: anybody can type an address."
    example: ClassVar[dict[str, Any]] = ABOUT | {
        "request_id": "0192a0b0-5c1e-7a10-8f00-00000000e001",
        "requested_at": "2020-10-18T09:00:00Z",
        "links": ["registration"],
        "token_version": 1,
    }

    request_id: Id
    requested_at: Instant
    links: tuple[Text, ...] = ("registration",)
    token_version: int = 1
    together: Together | None = None


class RegistrationSubstituted(OfRegistration):
    """A colleague comes instead: `person_id` is the new person; older links are dead."""

    type = "registration.substituted.v1"
    when = "When a colleague takes the place, before the first session."
    never = "A new registration or another payer: id and money stay as they are."
    example: ClassVar[dict[str, Any]] = ABOUT | {
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
    when = (
        "When the move to another course is done; where that one costs more, once the difference "
        "is paid."
    )
    never = "A refund: what becomes of the money is `cancellation.settled`."
    example: ClassVar[dict[str, Any]] = ABOUT | {
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
