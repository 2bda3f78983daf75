"""What registration answers about registrations, for its OpenAPI document only.

Routes answer what they made as it is; tests hold these shapes against what is answered.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, Field

Moment = Annotated[str, Field(json_schema_extra={"format": "date-time"})]


class MoneyAnswer(BaseModel):
    """Whole minor units of a currency."""

    amount: int
    currency: str


class PolicyWords(BaseModel):
    """The refund policy that was agreed to."""

    version: int | str
    text: str


class PolicyWhole(PolicyWords):
    """The same, with the document that is computed from."""

    document: dict[str, Any]


class Deal(BaseModel):
    """What was agreed; `hold_expires_at` is only there where a seat is held until it is paid."""

    registration_id: str
    status: str
    course_id: str
    price: MoneyAnswer
    price_id: str
    policy: PolicyWords | None
    hold_expires_at: Moment | None = None


class Registered(Deal):
    """A new registration. `token` opens it from now on: it is in this answer and in mailed links.

    `position` is the place in line, only of who is waitlisted. `boards` are those that would give
    this person credit.
    """

    position: int | None = None
    boards: list[str]
    warnings: list[str]
    token: str


class RegisteredBefore(BaseModel):
    """The live registration of this person; its token is mailed again, and never answered."""

    registration_id: str
    status: str
    position: int | None = None


class Substituted(BaseModel):
    """The new person's `token`; the former one is dead. `boards` would give them credit."""

    registration_id: str
    token: str
    boards: list[str]
    warnings: list[str]


class Transferred(Deal):
    """The registration in the other course. `due` is what it costs more.

    Zero: it is confirmed, and the old one ended. Else it is `requested`, and the old one stays as
    it is: until the difference is paid, or for good where `hold_expires_at` comes first. `token`
    opens the new one; that of the old one reads the old one still.
    """

    transferred_from: str
    due: MoneyAnswer
    token: str


class CancelAnswer(BaseModel):
    """`requested_at`: the moment from which billing decides what it gives."""

    status: str
    requested_at: Moment


class LicenseAnswer(BaseModel):
    profession: str
    state: str
    number: str


class AttendeeAnswer(BaseModel):
    """The person as recorded now; `version` rises with each correction."""

    person_id: str
    version: int
    name: str
    email: str
    zone: str
    locale: str
    profession: str
    licenses: list[LicenseAnswer]


class Corrected(AttendeeAnswer):
    """The person after a correction."""

    registration_id: str


class Acknowledged(BaseModel):
    """The disclosure that was accepted, and when."""

    registration_id: str
    disclosure_version: str
    accepted_at: Moment


class PaymentAnswer(BaseModel):
    """How it is paid, and on what basis it was confirmed."""

    method: str
    basis: str | None


class DisclosureAnswer(BaseModel):
    """Which disclosure was accepted, and which is in force."""

    accepted: str | None
    accepted_at: Moment | None
    current: str | None


class LocalTime(BaseModel):
    """A session by the clocks of one zone."""

    zone: str
    date: str
    begins: Annotated[str, Field(alias="from")]
    to: str
    starts_at: Moment
    ends_at: Moment


class SessionAnswer(BaseModel):
    """A session, in UTC and in local time."""

    session_id: str
    title: str
    starts_at: Moment
    ends_at: Moment
    minutes: int
    instruction_minutes: int
    delivery: str
    location: str
    hours: list[str]
    homework: str
    status: str
    local: LocalTime


class LinksAnswer(BaseModel):
    """Addresses; `join` is by session, and empty while the registration is not confirmed."""

    page: str
    join: dict[str, str]
    cancel: str
    quote: str
    checkout: str


class Renewed(BaseModel):
    """The one token that is good from now on."""

    registration_id: str
    token: str


class Asked(BaseModel):
    """The registration at which it was kept."""

    registration_id: str
    status: str


class AccommodationAnswer(BaseModel):
    """What whoever comes needs to take part, and what staff said."""

    request: str
    requested_at: Moment
    answer: str | None
    answered_at: Moment | None


class PrerequisiteAnswer(BaseModel):
    """An earlier course that was asked for; `met` is certificate, or waived."""

    course_id: str
    met: str
    met_at: Moment


class HistoryAnswer(BaseModel):
    """One thing that happened; `facts` are for operators, `words` also for who wrote them."""

    at: Moment
    by: str
    act: str
    before: str | None
    status: str
    why: str
    words: dict[str, str] | None = None
    facts: dict[str, Any] | None = None


class ChoiceAnswer(BaseModel):
    """What may be chosen for what the provider cancelled: the course, or a session of it.

    `otherwise` is what is given to who says nothing; null: nothing, the seat stays as it is.
    `outcome` is what was given, null while it was not.
    """

    session_id: str | None
    until: Moment | None
    otherwise: str | None
    open: bool
    outcome: str | None


class OfferAnswer(BaseModel):
    """What taking an offered seat comes to today.

    `price` is of the kind that was asked for at first; null: that is not given any more, and
    `price_today` is what an empty `price` takes it at. A certificate of each of
    `prerequisites_missing` is asked for since.
    """

    price: MoneyAnswer | None
    price_today: MoneyAnswer
    prerequisites_missing: list[str]


class RegistrationAnswer(BaseModel):
    """A registration, whole."""

    registration_id: str
    course_id: str
    course_title: str
    course_version: int
    status: str
    position: int | None
    attendee: AttendeeAnswer | None
    organisation: str | None
    price: MoneyAnswer
    price_id: str
    complimentary: bool
    payment: PaymentAnswer
    policy: PolicyWhole | None
    disclosure: DisclosureAnswer
    prerequisites: list[PrerequisiteAnswer]
    accommodation: AccommodationAnswer | None
    offer: OfferAnswer | None
    starts_at: Moment
    requested_at: Moment
    transferred_from: str | None
    transferred_to: str | None
    hold_expires_at: Moment | None
    offer_expires_at: Moment | None
    confirmed_at: Moment | None
    cancel_requested_at: Moment | None
    course_status: str
    choices: list[ChoiceAnswer]
    sessions: list[SessionAnswer]
    links: LinksAnswer
    history: list[HistoryAnswer]
