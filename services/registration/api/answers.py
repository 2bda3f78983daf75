"""What registration answers about registrations, for its OpenAPI document only.

Routes answer what they made as it is; tests hold these shapes against what is answered.
"""

from __future__ import annotations

from pydantic import BaseModel

from services.registration.api.values import AttendeeAnswer, Moment, MoneyAnswer, PolicyWords


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


class Corrected(AttendeeAnswer):
    """The person after a correction."""

    registration_id: str


class Acknowledged(BaseModel):
    """The disclosure that was accepted, and when."""

    registration_id: str
    disclosure_version: str
    accepted_at: Moment


class Renewed(BaseModel):
    """The one token that is good from now on."""

    registration_id: str
    token: str


class Complained(BaseModel):
    """The registration at which a complaint was kept, and by when it is answered."""

    registration_id: str
    status: str
    answer_by: Moment


class Asked(BaseModel):
    """The registration at which it was kept."""

    registration_id: str
    status: str
