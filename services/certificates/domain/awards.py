"""Awards: one decision per board from all facts of a registration (domain.md §6).

`decide` is a pure function of what is known; it is taken again whenever anything arrives, so the
order of arrival cannot matter. It says what *is*; what was said before is the commands' affair.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from services.certificates.domain import words
from services.certificates.domain.credits import Counted, by_category, counted, earned, in_steps
from services.certificates.domain.eligibility import Served, served
from services.certificates.domain.facts import Approval, Course, Facts, Mode, Session
from services.certificates.domain.words import Unmet

NONE = Decimal(0)
_PARTICIPATION = Approval("", "hours", Mode.PER_SESSION, approved_hours=Decimal(10_000))


class Status(StrEnum):
    """Of an award."""

    GRANTED = "granted"
    WITHHELD = "withheld"
    CLAIMABLE = "claimable"


@dataclass(frozen=True)
class Award:
    """What one board gives one person.

    `credits` are those given (0 while withheld, the most one may claim while claimable); `earned`
    is what attendance alone is worth. `sessions` are those that count in full.
    """

    board: str
    unit: str
    status: Status
    credits: Decimal
    earned: Decimal
    unmet: tuple[Unmet, ...]
    sessions: tuple[str, ...]
    categories: Mapping[str, Decimal]
    serves: Served


@dataclass(frozen=True)
class Participation:
    """A certificate without credit: sessions present and their hours; due when nothing is unmet."""

    sessions: tuple[str, ...]
    hours: Decimal
    unmet: tuple[Unmet, ...]


@dataclass(frozen=True)
class Decision:
    """Awards in the course's order of boards; `over` when attendance of all sessions is settled."""

    over: bool = False
    awards: tuple[Award, ...] = ()
    participation: Participation | None = None


def decide(facts: Facts) -> Decision:
    """What each board of the course gives for these facts, and what is missing."""
    course, person = facts.course, facts.person
    if course is None:
        return Decision()
    over = is_over(course, facts)
    common = _common(course, facts)
    if not over:
        common = (*common, words.OVER)
    awards = tuple(_award(approval, course, facts, common, over) for approval in course.approvals)
    participation = None
    unserved = person is not None and all(award.serves is Served.NO for award in awards)
    if unserved and not facts.certified:  # "no CE credit" is not said beside a credit that holds
        participation = _participation(course, facts, common)
    return Decision(over, awards, participation)


def is_over(course: Course, facts: Facts) -> bool:
    """Every session held is completed, and this person's attendance of it is settled.

    Both facts are needed: completion says how much was taught, and they come by different topics.
    Sessions after the registration ended need no attendance.
    """
    last = facts.ended.at if facts.ended else None
    return bool(course.held) and all(
        session.session_id in facts.taught
        and (
            session.session_id in facts.attended or (last is not None and last <= session.starts_at)
        )
        for session in course.held
    )


def _award(
    approval: Approval, course: Course, facts: Facts, common: tuple[Unmet, ...], over: bool
) -> Award:
    serves = served(approval, facts.person) if facts.person else Served.YES
    sessions, unfit = _fitting(approval, course)
    each = [_counted(approval, facts, session) for session in sessions]
    attended = earned(approval, each)
    worth = NONE if approval.mode is Mode.ALL_OR_NOTHING and unfit else attended
    unmet = [*common, *unfit, *_attendance(approval, facts, sessions, each, attended, over)]
    if approval.requires_evaluation and not facts.evaluated:
        unmet.append(words.EVALUATION)
    if approval.requires_post_test and not facts.passed_post_test:
        unmet.append(words.POST_TEST)
    if serves is Served.STATE_MISSING:
        unmet.insert(0, words.license_state(approval))
    elif serves is Served.NO and facts.person:
        unmet = [words.profession(approval, facts.person)]
    status, given = Status.WITHHELD if unmet else Status.GRANTED, NONE if unmet else worth
    if not unmet and approval.mode is Mode.CLAIMED:
        claim = facts.claims.get(approval.board)
        given = worth if claim is None else min(claim, worth)
        if claim is None:
            status = Status.CLAIMABLE
            unmet.append(words.unclaimed(approval, worth))
    return Award(
        approval.board,
        approval.unit,
        status,
        given,
        worth,
        tuple(unmet),
        tuple(one.session_id for one in each if one.present),
        by_category(approval, each, given if status is Status.GRANTED else attended),
        serves,
    )


def _common(course: Course, facts: Facts) -> tuple[Unmet, ...]:
    """What every award of a registration asks for, and participation too."""
    unmet = []
    if facts.person is None or not facts.person.name.strip():
        unmet.append(words.IDENTITY)
    if (ended := _ended(course, facts)) is not None:
        unmet.append(ended)
    elif not facts.confirmed:
        unmet.append(words.CONFIRMED)
    elif not facts.paid:
        unmet.append(words.PAID)
    if facts.dispute is not None:
        unmet.append(words.DISPUTE if facts.dispute == "open" else words.CHARGED_BACK)
    if course.disclosure is not None and not facts.disclosures & {course.disclosure, *course.later}:
        unmet.append(words.DISCLOSURE)
    return tuple(unmet)


def _ended(course: Course, facts: Facts) -> Unmet | None:
    """A cancellation after the start that gave nothing back leaves what was attended."""
    ended = facts.ended
    if ended is None:
        return words.withdrawn() if course.cancelled else None
    if ended.how != "cancelled":
        return words.ended(ended.how)
    if ended.outcome is None:
        return words.unsettled()
    began = min((session.starts_at for session in course.sessions), default=None)
    late = ended.at is not None and began is not None and ended.at >= began
    return None if late and ended.outcome == "nothing" else words.ended(ended.how)


def _fitting(approval: Approval, course: Course) -> tuple[list[Session], list[Unmet]]:
    """Sessions taught while approved, in a valid format, and why others spoil it.

    Some outside only do not count, unless the board wants all of them, or none is left.
    """
    outside = [s for s in course.held if not _approved_on(approval, s)]
    inside = [s for s in course.held if _approved_on(approval, s)]
    any_format = not approval.formats or "mixed" in approval.formats
    other = [s for s in inside if not any_format and s.delivery not in approval.formats]
    fitting = [s for s in inside if s not in other]
    unmet = []
    strict = approval.mode is Mode.ALL_OR_NOTHING or not fitting
    if outside and strict:
        unmet.append(words.approval_period(approval, outside))
    if other and strict:
        unmet.append(words.wrong_format(approval, other))
    return fitting, unmet


def _approved_on(approval: Approval, session: Session) -> bool:
    since, until = approval.approved_from, approval.approved_to
    return (since is None or since <= session.day) and (until is None or session.day <= until)


def _attendance(
    approval: Approval,
    facts: Facts,
    sessions: list[Session],
    each: list[Counted],
    attended: Decimal,
    over: bool,
) -> list[Unmet]:
    """Said as soon as it is certain: a missed session of all-or-nothing is, at once."""
    pairs = zip(sessions, each, strict=True)
    missed = [s for s, one in pairs if not one.present and (over or _settled(facts, s))]
    if approval.mode is Mode.ALL_OR_NOTHING and missed:
        return [words.every_session(approval, missed)]
    if over and sessions and not attended:
        return [words.no_session(approval)]
    return []


def _settled(facts: Facts, session: Session) -> bool:
    return session.session_id in facts.taught and session.session_id in facts.attended


def _counted(approval: Approval, facts: Facts, session: Session) -> Counted:
    minutes = facts.taught.get(session.session_id, session.minutes)
    attended = facts.attended.get(session.session_id)
    return counted(approval, session.session_id, minutes, attended, session.minutes)


def _participation(course: Course, facts: Facts, common: tuple[Unmet, ...]) -> Participation | None:
    each = [_counted(_PARTICIPATION, facts, session) for session in course.held]
    present = tuple(one.session_id for one in each if one.present)
    if not present:
        return None
    minutes = sum(one.minutes for one in each if one.present)
    return Participation(present, in_steps(_PARTICIPATION, Fraction(minutes, 60)), common)
