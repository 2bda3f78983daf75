"""What an award is decided from: plain values, as they were heard, in whatever order.

Everything may be unknown (`None`, empty): a fact that has not arrived is not an error, it is a
condition that is not met yet (domain.md §6).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

QUARTER = Decimal("0.25")  # the step where a board gives none (interfaces.md §10)


class Mode(StrEnum):
    """How a board counts sessions."""

    ALL_OR_NOTHING = "ALL_OR_NOTHING"
    PER_SESSION = "PER_SESSION"
    PRO_RATA = "PRO_RATA"
    CLAIMED = "CLAIMED"


class Rounding(StrEnum):
    """How credits are rounded to the step, once, at the end."""

    DOWN = "down"
    NEAREST = "nearest"
    UP = "up"


@dataclass(frozen=True)
class PostTest:
    """A test that a board asks for: `version` of the course's item bank, the least percent right.

    `attempts`: None where there is no end to them. `formats` are the deliveries that need it; of
    none, all do.
    """

    version: int
    pass_percent: int
    attempts: int | None = None
    formats: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Approval:
    """One board's rule for one course.

    `states_in` / `states_out`: at most one is not empty; both empty means that the declared
    profession is enough. No professions means everyone. `approved_from` and `approved_to` are
    days, both inclusive. `categories` are hours by session id and category.
    """

    board: str
    unit: str
    mode: Mode
    approved_hours: Decimal
    minutes_per_unit: int = 60
    step: Decimal = QUARTER
    rounding: Rounding = Rounding.DOWN
    professions: frozenset[str] = frozenset()
    states_in: frozenset[str] = frozenset()
    states_out: frozenset[str] = frozenset()
    requires_evaluation: bool = False
    post_test: PostTest | None = None
    max_missed_seconds: int | None = None
    approved_from: date | None = None
    approved_to: date | None = None
    formats: frozenset[str] = frozenset()
    categories: Mapping[str, Mapping[str, Decimal]] = field(default_factory=dict)
    rule_version: int = 1

    @property
    def needs_state(self) -> bool:
        """Whether a licence's state decides who is served."""
        return bool(self.states_in or self.states_out)


@dataclass(frozen=True)
class Session:
    """A session as scheduled; `day` is the day taught in the course's zone.

    Of a recording, which is watched within a window, `last_day` is the window's last.
    """

    session_id: str
    number: int
    starts_at: datetime
    day: date
    minutes: int
    delivery: str = "live_online"
    held: bool = True
    ends_at: datetime | None = None
    last_day: date | None = None


@dataclass(frozen=True)
class Course:
    """What the rules need of a course.

    `disclosure` is the version that must be accepted, if one is required: the one in force, or that
    was when the last session was completed. `later` ones, published since, do as well.
    `cancelled`: by its provider, so each registration ends, and what that gives decides.
    """

    course_id: str
    sessions: tuple[Session, ...]
    approvals: tuple[Approval, ...] = ()
    disclosure: str | None = None
    later: frozenset[str] = frozenset()
    cancelled: bool = False

    @property
    def held(self) -> tuple[Session, ...]:
        """The sessions that count: "every session" means every session held (domain.md §2)."""
        return tuple(session for session in self.sessions if session.held)


@dataclass(frozen=True)
class License:
    """A licence as stated by the learner; the profession defaults to the declared one."""

    profession: str | None = None
    state: str | None = None
    number: str | None = None


@dataclass(frozen=True)
class Person:
    """Whom the award is for."""

    name: str
    profession: str | None = None
    licenses: tuple[License, ...] = ()


@dataclass(frozen=True)
class Attended:
    """Attendance of one session as settled: seconds, and whether present by the session's rule.

    `version` is that of the evidence it was settled on.
    """

    seconds: int
    present: bool
    version: int = 1


@dataclass(frozen=True)
class Sat:
    """What a person did with one version of the post-test.

    `rises` are the attempts that were better than all before them, as (which, percent), the first
    is 1: so it can be said what was reached within so many. `passed` are the boards whose pass mark
    was reached when it was taken.
    """

    attempts: int = 0
    rises: tuple[tuple[int, int], ...] = ()
    passed: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Ended:
    """The registration ended before its time.

    `how`: cancelled, transferred, expired, unseated or lapsed. `outcome` of a cancellation is
    what billing settled: refund, credit or nothing; None as long as it has not.
    """

    how: str
    at: datetime | None = None
    outcome: str | None = None


@dataclass(frozen=True)
class Facts:
    """All that is known of one registration now.

    `taught` is minutes of instruction by completed session; `claims` are credits by board.
    `dispute` is open, lost or None (none, or won). `sat` is by version of the post-test.
    `declined` are boards whose credit the learner does not want; `asks_participation` that a
    certificate without credit is wanted. `certified`: a certificate of a board holds. `role` is
    that of a complimentary seat; `presented` are the sessions of which staff say that this person
    presented them.
    """

    course: Course | None = None
    person: Person | None = None
    confirmed: bool = False
    paid: bool = False
    ended: Ended | None = None
    dispute: str | None = None
    disclosures: frozenset[str] = frozenset()
    evaluated: bool = False
    sat: Mapping[int, Sat] = field(default_factory=dict)
    declined: frozenset[str] = frozenset()
    asks_participation: bool = False
    claims: Mapping[str, Decimal] = field(default_factory=dict)
    taught: Mapping[str, int] = field(default_factory=dict)
    attended: Mapping[str, Attended] = field(default_factory=dict)
    certified: bool = False
    role: str = ""
    presented: frozenset[str] = frozenset()
