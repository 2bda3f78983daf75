"""What requests carry: shapes only; whether it can be is for the rules to say."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from services.registration.domain.attendee import LONGEST_ORGANISATION
from shared.contracts.event import Instant, LongText, Text

LONGEST_COMPLAINT = 5_000  # characters
PolicyChoice = Literal["snapshot", "newer"]
Reason = Text  # kept beside the step of the history, where erasure reaches it; in no fact
# A name: it is said in a fact, which is for ever, and an address is somebody's.
Organisation = Annotated[Text, Field(max_length=LONGEST_ORGANISATION, pattern=r"^[^@]*$")]


class LicenseBody(BaseModel):
    """`profession` may be left out where it is the declared one."""

    profession: Text | None = None
    state: Text | None = None
    number: Text | None = None


class AttendeeBody(BaseModel):
    """The person who will attend. `place` is where they are, by ISO 3166 (`DE`, `US-NY`), where a
    course's tax goes by that; `birth_day` is `MM-DD`, where a course asks for it.

    `phone` and `sms_consent` of who agrees to texts, both or neither: a number, and the version of
    the wording that they were shown and agreed to (`sms-1`; the form shows its words). Not
    of who is named by somebody else: in a group, as a colleague.
    """

    name: Text
    email: Text
    birth_day: Text = ""
    profession: Text = ""
    licenses: Annotated[list[LicenseBody], Field(max_length=50)] = []
    zone: Text = ""
    locale: Text = ""
    place: Text = ""
    phone: Text = ""
    sms_consent: Text = ""


class PaymentBody(BaseModel):
    """How it is paid; what costs nothing is free however it is asked for."""

    method: Literal["card", "invoice", "free"] = "card"
    credit_codes: Annotated[list[Text], Field(max_length=20)] = []


class PriceBody(BaseModel):
    """A price by its id, with what it asks one to state; or one by its code. Empty: today's."""

    id: Text | None = None
    code: Text | None = None
    statement: Text = ""


class ShownBody(BaseModel):
    """`prerequisites`: a certificate's number or the personal link of an earlier registration, one
    for each course that is asked for. `waive_prerequisites`: why an operator does without.
    """

    prerequisites: Annotated[list[Text], Field(max_length=20)] = []
    waive_prerequisites: Text = ""


class RegisterBody(ShownBody):
    """Who comes, what they accept and show of earlier courses, and how it is paid.

    With `known_by`, the personal link of an earlier registration, it is that person again as
    recorded, and `attendee` may be left out: only its zone and locale are taken, and a profession
    and licences where none are recorded. `accommodation` is what they need to take part.
    """

    attendee: AttendeeBody | None = None
    known_by: Text | None = None
    accommodation: Text = ""
    disclosure_version: Text | None = None
    payment: PaymentBody = PaymentBody()
    price: PriceBody = Field(default_factory=PriceBody)
    complimentary: Literal["presenter", "moderator", "staff"] | None = None
    organisation: Organisation | None = None


class SubstituteBody(ShownBody):
    """Who comes instead, and the disclosure as they have read it. `reason` is kept beside it."""

    attendee: AttendeeBody
    disclosure_version: Text | None = None
    reason: Reason = ""


class GroupPayment(BaseModel):
    """How the one invoice of a group is paid."""

    method: Literal["card", "invoice", "free"] = "invoice"


class GroupBody(BaseModel):
    """A group order. Lines are read one by one, so that a bad one spoils no other."""

    organisation: Organisation | None = None
    all_or_nothing: bool = False
    payment: GroupPayment | None = None
    registrations: Annotated[list[Any], Field(min_length=1, max_length=500)]


class AcceptBody(ShownBody):
    """Taking an offered seat: the disclosure as it is today, and how it is paid."""

    disclosure_version: Text | None = None
    payment: PaymentBody = PaymentBody()
    price: PriceBody | None = None


class TransferBody(ShownBody):
    """To which course, its disclosure as it is today, and what it asks to be shown.

    `policy` as in a cancellation. `reason` is kept beside the registration that is moved.
    """

    course_id: Text
    disclosure_version: Text | None = None
    policy: PolicyChoice | None = None
    reason: Reason = ""


class OverrideBody(BaseModel):
    outcome: Literal["refund", "credit", "nothing"]
    reason: Annotated[Text, Field(min_length=1)]


class CancelBody(BaseModel):
    """All may be left out; all but `reason` and `policy` are an operator's.

    `policy` says which is to decide, the one that was bought or the newer one now in force, where
    the quote leaves that choice (`other`); else it changes nothing. `override` is what it gives
    whatever the policy says, and why; `received_at` when the request reached us before this call,
    and `evidence` how that is known.
    """

    reason: Text = ""
    override: OverrideBody | None = None
    received_at: Instant | None = None
    evidence: Text = ""
    policy: PolicyChoice | None = None


class CorrectBody(BaseModel):
    """What is left out stays as it is. A learner may change `zone`, `locale`, `birth_day` and
    whether they get texts: another `phone` with `sms_consent`, or an empty one to stop them.
    `reason` is kept beside it. `version`: of the person as they were seen (`attendee.version`);
    409 `person-changed` where another one is recorded by now and would be changed unseen."""

    version: Annotated[int, Field(ge=1)] | None = None
    name: Text | None = None
    email: Text | None = None
    birth_day: Text | None = None
    profession: Text | None = None
    licenses: Annotated[list[LicenseBody], Field(max_length=50)] | None = None
    zone: Text | None = None
    locale: Text | None = None
    phone: Text | None = None
    sms_consent: Text | None = None
    reason: Reason = ""


class RenewBody(BaseModel):
    """Why the links are made anew; it is kept beside it."""

    reason: Reason = ""


class RequestBody(BaseModel):
    """What is needed to take part: captions, a ramp, large print."""

    request: Annotated[Text, Field(min_length=1)]


class AnswerBody(BaseModel):
    """What is done about it."""

    answer: Annotated[Text, Field(min_length=1)]


class ComplaintAnswerBody(AnswerBody):
    """`to`: the number of their last complaint that was read; left out: the last there is."""

    to: Annotated[int, Field(ge=1)] | None = None


class ComplaintBody(BaseModel):
    """What went wrong, when, and what would put it right."""

    complaint: Annotated[LongText, Field(min_length=1, max_length=LONGEST_COMPLAINT)]


class UnmergeBody(BaseModel):
    """Why; it is kept beside the person."""

    reason: Annotated[Text, Field(min_length=1)]


class EraseBody(BaseModel):
    """Why, in a word or some (`asked-by-mail`); never a name, for it stays."""

    reason: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)


class MergeBody(UnmergeBody):
    """Whom this person is, and how that is known."""

    into: Annotated[Text, Field(min_length=1, max_length=200)]


class DisclosureBody(BaseModel):
    disclosure_version: Text


class LinksBody(BaseModel):
    email: Annotated[Text, Field(min_length=3, max_length=254)]
