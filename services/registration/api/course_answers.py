"""What registration answers about courses, for its OpenAPI document only (see `answers.py`)."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from services.registration.api.values import Moment, MoneyAnswer, PolicyWhole, SessionAnswer


class PublishedSession(BaseModel):
    """The instants that the wall times of a session came to."""

    session_id: str
    starts_at: Moment
    ends_at: Moment


class PublishedAnswer(BaseModel):
    """The version that is in force now; `warnings` hinder nothing."""

    course_id: str
    version: int
    sessions: list[PublishedSession]
    warnings: list[str]


class FileAnswer(BaseModel):
    """`file` is what `PUT` takes: read again, the same course.

    `prices_left_out`: the labels of prices by a code, which nobody keeps. `sessions_cancelled`
    stand in the file as if they took place.
    """

    course_id: str
    version: int
    status: str
    file: dict[str, Any]
    prices_left_out: list[str]
    sessions_cancelled: list[str]


class CodeChanged(BaseModel):
    """`what` becomes of the code of a price: `new`, `code` (another one than before), `uses`
    (another number of them) or `ended`, where the file has it no more."""

    price_id: str
    label: str
    what: str


class CheckedAnswer(BaseModel):
    """What publishing would come to. `in_force` is the version that is, null where there is none;
    `version` is what it would be, the same where nothing would change, or nothing but codes, which
    are in no version. `changed` counts both. `course` has the words of the course's page, and
    besides its price, `capacity`, `prices_by_code` (how many) and when registration opens and
    closes. `codes_mark` is another one whenever other codes are in force."""

    course_id: str
    version: int
    new: bool
    in_force: int | None
    changed: bool
    codes_changed: list[CodeChanged]
    codes_mark: str
    sessions: list[PublishedSession]
    warnings: list[str]
    course: dict[str, Any]


class SeatsAnswer(BaseModel):
    """While anyone waits, none is left."""

    capacity: int
    left: int
    waiting: int


class WindowAnswer(BaseModel):
    """When one may register, and whether that is now."""

    opens_at: Moment | None
    closes_at: Moment
    open: bool


class _Summary(BaseModel):
    course_id: str
    version: int
    status: str
    title: str
    subtitle: str
    delivery: str
    zone: str
    starts_at: Moment
    ends_at: Moment
    price: MoneyAnswer
    price_text: str
    ce_hours: str | None
    seats: SeatsAnswer
    seats_left: int
    registration: WindowAnswer


class CourseSummary(_Summary):
    """A course in a list; `boards` by their names."""

    boards: list[str]


class CourseList(BaseModel):
    """A page; `next` is the `after` of the following one, null on the last."""

    items: list[CourseSummary]
    next: str | None


class BoardAnswer(BaseModel):
    """A board that approved the course: for whom, how many hours, by which rule."""

    board: str
    audience: str
    unit: str
    mode: str
    hours: str
    minutes_per_unit: int
    evaluation: bool
    post_test: dict[str, Any] | None
    professions: list[str]
    states: dict[str, list[str]] | None
    holder: str
    number: str
    approved_from: str | None
    approved_to: str | None
    statement: str
    sponsorship_statement: str
    categories: list[dict[str, Any]]


class EligibilityAnswer(BaseModel):
    """Which boards serve the person who was asked about."""

    boards: list[str]
    warnings: list[str]


class CancelledAnswer(BaseModel):
    """A course that its provider cancelled, and what they say of it."""

    at: Moment
    reason: str
    choose_until: Moment | None
    prefer_credit: bool


class PriceAnswer(BaseModel):
    """A price beside the list price; those by a code are shown to nobody.

    `kind`: early applies by itself; statement is asked for by its id, with what it asks one to
    state; group is an order's of `at_least` so many. `until` is the last day, or an instant.
    """

    price_id: str
    label: str
    kind: str
    amount: MoneyAnswer
    until: str | None
    ends_at: Moment | None
    statement: str
    at_least: int


class CoursePage(_Summary):
    """A course, whole; `eligibility` is only there where `profession` was asked about.

    `asks` is what else of a person a board's registry needs: `birth_day`.
    """

    approved_title: str
    description: str
    kind: str
    language: str
    location: str
    provider: dict[str, Any]
    joint_sponsor: dict[str, Any] | None
    instructors: list[dict[str, Any]]
    audience: str
    level: str
    objectives: list[str]
    disclosure: dict[str, Any] | None
    evaluation: dict[str, Any] | None
    prerequisites: list[str]
    recording_of: str | None
    asks: list[str]
    not_authorised: str
    hold_minutes: int
    offer_hours: int
    invoice_allowed: bool
    prices: list[PriceAnswer]
    policy: PolicyWhole | None
    cancelled: CancelledAnswer | None
    boards: list[BoardAnswer]
    sessions: list[SessionAnswer]
    eligibility: EligibilityAnswer | None = None
