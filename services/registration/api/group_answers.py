"""What a group order answers, for the OpenAPI document only (see `answers.py`)."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel

from services.registration.api.values import Moment, MoneyAnswer


class LineFault(BaseModel):
    """Where in a line, and what is wrong there: a JSON pointer, of a sheet `/rows/3/email`."""

    pointer: str
    detail: str


class LineProblem(BaseModel, extra="allow"):
    """Why a line was refused, as a request of its own would have been."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[LineFault]


class GroupLine(BaseModel):
    """What came of a line; `existing` is who was registered before, in an earlier line perhaps.

    `token` opens the registration, and is an operator's to see. `row` is that of a sheet.
    """

    index: int
    status: Literal["accepted", "existing", "waitlisted", "refused"]
    registration_id: str | None = None
    position: int | None = None
    price: MoneyAnswer | None = None
    price_id: str | None = None
    hold_expires_at: Moment | None = None
    token: str | None = None
    problem: LineProblem | None = None
    row: int | None = None


class GroupAnswer(BaseModel):
    """A result a line, in their order. All who got a seat are on one invoice."""

    group_id: str | None
    results: list[GroupLine]
    warnings: list[str] | None = None
