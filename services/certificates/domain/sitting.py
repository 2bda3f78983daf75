"""The post-test as it stands for one learner: which one, who asks for it, and what is left.

Boards of a course may name different versions of the test; the learner takes one after the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.certificates.domain import conditions, post_tests
from services.certificates.domain.awards import counted_for
from services.certificates.domain.eligibility import Served, served
from services.certificates.domain.facts import Approval, Course, Facts, PostTest, Sat

NOT_YET = "The post-test opens when the sessions it is about are over."


@dataclass(frozen=True)
class Asking:
    """A board that asks this person for the test, and how they stand with it."""

    board: str
    test: PostTest
    passed: bool
    left: int | None


@dataclass(frozen=True)
class Sitting:
    """The version to take now. `pass_percent` is the highest mark still to be reached, `left` the
    attempts (None: no end), `best_percent` that of all attempts, None before the first.
    `all_passed` is said of every version; `closed` says in words why this one cannot be taken, and
    is empty where it can; `opens_at` is when that will be, where it is only too early."""

    version: int
    pass_percent: int
    left: int | None
    best_percent: int | None
    boards: tuple[Asking, ...]
    all_passed: bool
    closed: str
    opens_at: datetime | None = None


def sitting(facts: Facts, now: datetime) -> Sitting | None:
    """What the learner has to take, or took last; None where no board asks them for a test."""
    course = facts.course
    asking = [one for a in course.approvals if (one := _asking(a, course, facts))] if course else []
    if course is None or not asking:
        return None
    can = [one for one in asking if not one.passed and one.left != 0]
    missed = [one for one in asking if not one.passed]
    version = min(one.test.version for one in can or missed or asking)
    mine = [one for one in asking if one.test.version == version]
    open_ones = [one for one in mine if not one.passed] or mine
    sat = facts.sat.get(version, Sat())
    return Sitting(
        version,
        max(one.test.pass_percent for one in open_ones),
        left_of(mine),
        post_tests.best(sat),
        tuple(asking),
        not missed,
        closed := _closed(course, facts, mine, now),
        post_tests.opens_at([one.test for one in mine], course.sessions, facts, now)
        if closed == NOT_YET
        else None,
    )


def _asking(approval: Approval, course: Course, facts: Facts) -> Asking | None:
    test = approval.post_test
    serves = served(approval, facts.person) if facts.person else Served.YES
    if test is None or serves is Served.NO or approval.board in facts.declined:
        return None
    if not asked_of(approval, course, facts):
        return None
    passed = post_tests.passed(approval.board, test, facts.sat)
    return Asking(approval.board, test, passed, post_tests.left(test, facts.sat))


def asked_of(approval: Approval, course: Course, facts: Facts) -> bool:
    """Whether the board wants the test of this person, by the sessions that count for them."""
    sessions, _ = conditions.fitting(approval, course, facts.presented)
    each = [counted_for(approval, facts, session) for session in sessions]
    return post_tests.needed(approval, facts, sessions, each)


def _closed(course: Course, facts: Facts, mine: list[Asking], now: datetime) -> str:
    if (missing := conditions.seat(course, facts)) is not None:
        ended = "The post-test can't be taken any more. " if facts.ended else ""
        return ended + missing.detail
    if all(one.passed for one in mine):
        return "You have passed it."
    if not post_tests.is_open([one.test for one in mine], course.sessions, facts, now):
        return NOT_YET
    if all(one.left == 0 for one in mine if not one.passed):
        return "All attempts are used, and that was not enough. Write to the provider."
    return ""


def left_of(mine: Sequence[Asking]) -> int | None:
    """Attempts left at a version: the most that a board still leaves which is not passed yet."""
    lefts = [one.left for one in [one for one in mine if not one.passed] or mine]
    counted = [one for one in lefts if one is not None]
    return None if len(counted) < len(lefts) else max(counted, default=0)
