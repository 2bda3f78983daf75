"""Awards: one decision per board from all facts of a registration (domain.md §6).

`decide` is a pure function of what is known; it is taken again whenever anything arrives, so the
order of arrival cannot matter. It says what *is*; what was said before is the commands' affair.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from services.certificates.domain import board_words, conditions, words
from services.certificates.domain.conditions import is_over
from services.certificates.domain.credits import Counted, by_category, counted, earned, in_steps
from services.certificates.domain.eligibility import Served, served
from services.certificates.domain.facts import Approval, Course, Facts, Mode, Session
from services.certificates.domain.presenting import presented, presents
from services.certificates.domain.words import Unmet

NONE = Decimal(0)
_PARTICIPATION = Approval("", "hours", Mode.PER_SESSION, approved_hours=Decimal(10_000))


class Status(StrEnum):
    """Of an award."""

    GRANTED = "granted"
    WITHHELD = "withheld"
    CLAIMABLE = "claimable"
    DECLINED = "declined"


@dataclass(frozen=True)
class Award:
    """What one board gives one person.

    `credits` are those given (0 while withheld, the most one may claim while claimable); `earned`
    is what attendance alone is worth. `sessions` are those that count in full. `rule_version` is
    that of the board's rule, `evidence` the version of the evidence by session it was decided on.
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
    rule_version: int = 1
    evidence: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Participation:
    """A certificate without credit: sessions present and their hours.

    `due`: it is to be made, by itself or because it was asked for, and nothing is unmet.
    `requestable`: it may be asked for now.
    """

    sessions: tuple[str, ...]
    hours: Decimal
    unmet: tuple[Unmet, ...]
    due: bool = False
    requestable: bool = False
    evidence: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Decision:
    """Awards in the course's order of boards; `over` when attendance of all sessions is settled.

    `joined` is what a certificate without credit can say, due or not, which one that is out is
    held against; `participation` is it where it is due, may be asked for, or will be due.
    """

    over: bool = False
    awards: tuple[Award, ...] = ()
    joined: Participation | None = None
    participation: Participation | None = None
    presenter: Participation | None = None

    @property
    def credited(self) -> bool:
        """Whether a board gives credit, or would for a claim: then nobody is told "no credit"."""
        return any(award.status in (Status.GRANTED, Status.CLAIMABLE) for award in self.awards)


def decide(facts: Facts) -> Decision:
    """What each board of the course gives for these facts, and what is missing."""
    course = facts.course
    if course is None:
        return Decision()
    over = is_over(course, facts)
    common = conditions.common(course, facts)
    if not over:
        common = (*common, words.OVER)
    awards = tuple(_award(approval, course, facts, common, over) for approval in course.approvals)
    if presents(facts):
        awards = tuple(_of_a_presenter(approval) for approval in course.approvals)
    joined = None if presents(facts) else _joined(course, facts, common)
    decision = Decision(over, awards, joined, presenter=_presenter(course, facts, common))
    return replace(decision, participation=_participation(facts, decision))


def _of_a_presenter(approval: Approval) -> Award:
    unmet = (board_words.presents(approval),)
    board, unit = approval.board, approval.unit
    return Award(board, unit, Status.WITHHELD, NONE, NONE, unmet, (), {}, Served.NO)


def _presenter(course: Course, facts: Facts, common: tuple[Unmet, ...]) -> Participation | None:
    each = [counted_for(_PARTICIPATION, facts, session) for session in course.held]
    found = presented(facts, common, each)
    if found is None:
        return None
    sessions, hours, unmet = found
    worth = in_steps(_PARTICIPATION, hours)
    evidence = evidence_of(facts, course.held)
    return Participation(sessions, worth, unmet, due=not unmet, evidence=evidence)


def _award(
    approval: Approval, course: Course, facts: Facts, common: tuple[Unmet, ...], over: bool
) -> Award:
    serves = served(approval, facts.person) if facts.person else Served.YES
    sessions, unfit = conditions.fitting(approval, course, facts.presented)
    each = [counted_for(approval, facts, session) for session in sessions]
    attended = earned(approval, each)
    worth = NONE if approval.mode is Mode.ALL_OR_NOTHING and unfit else attended
    unmet = [
        *common,
        *unfit,
        *conditions.attendance(approval, facts, sessions, each, attended, over),
        *conditions.handed_in(approval, course, facts, sessions, each),
    ]
    if serves is Served.STATE_MISSING:
        unmet.insert(0, board_words.license_state(approval))
    elif serves is Served.NO and facts.person:
        unmet = [board_words.profession(approval, facts.person)]
    status, given = Status.WITHHELD if unmet else Status.GRANTED, NONE if unmet else worth
    if approval.board in facts.declined and serves is not Served.NO:
        status, given, unmet = Status.DECLINED, NONE, [board_words.declined(approval)]
    if not unmet and approval.mode is Mode.CLAIMED:
        claim = facts.claims.get(approval.board)
        given = worth if claim is None else min(claim, worth)
        if claim is None:
            status = Status.CLAIMABLE
            unmet.append(board_words.unclaimed(approval, worth))
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
        approval.rule_version,
        evidence_of(facts, course.held),
    )


def evidence_of(facts: Facts, sessions: Iterable[Session]) -> Mapping[str, int]:
    """The version of the evidence by session, of all sessions that were held and are settled: one
    that was missed was decided on, too."""
    return {
        one.session_id: facts.attended[one.session_id].version
        for one in sessions
        if one.session_id in facts.attended
    }


def counted_for(approval: Approval, facts: Facts, session: Session) -> Counted:
    """A session as this board sees it, by what was taught and attended of it."""
    minutes = facts.taught.get(session.session_id, session.minutes)
    attended = facts.attended.get(session.session_id)
    return counted(approval, session.session_id, minutes, attended, session.minutes)


def _joined(course: Course, facts: Facts, common: tuple[Unmet, ...]) -> Participation | None:
    each = [counted_for(_PARTICIPATION, facts, session) for session in course.held]
    there = [one for one in each if one.present and one.session_id not in facts.presented]
    present = tuple(one.session_id for one in there)
    if not present:
        return None
    minutes = sum(one.minutes for one in there)
    hours = in_steps(_PARTICIPATION, Fraction(minutes, 60))
    return Participation(present, hours, common, evidence=evidence_of(facts, course.held))


def _participation(facts: Facts, decision: Decision) -> Participation | None:
    """Without credit: by itself where no board serves the person, on request where the course is
    over and no board gives them anything. "No CE credit" is not said beside a credit that holds."""
    joined = decision.joined
    unserved = facts.person is not None and all(a.serves is Served.NO for a in decision.awards)
    on_request = decision.over and not unserved and not decision.credited
    if joined is None or facts.certified or not (unserved or on_request):
        return None
    wanted = unserved or facts.asks_participation
    fulfilled = not joined.unmet
    return replace(joined, due=wanted and fulfilled, requestable=fulfilled and not wanted)
