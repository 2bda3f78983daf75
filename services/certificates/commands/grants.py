"""What a certificate may say: the credits of a decision, and what they are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from services.certificates.commands.knowledge import approval_of
from services.certificates.domain.awards import Award, Decision, Participation, Status
from services.certificates.domain.conditions import fitting
from services.certificates.domain.facts import Facts
from services.certificates.domain.post_tests import needs_it
from services.certificates.domain.sitting import asked_of
from services.certificates.models import NO_BOARD, PARTICIPATION, Certificate
from shared.contracts.boards import Board
from shared.contracts.course import Course


@dataclass(frozen=True)
class Grant:
    """Credits, the sessions and categories that they are made of, and the rule and evidence that
    they were decided by: they belong together."""

    credits: Decimal
    sessions: tuple[str, ...]
    categories: Mapping[str, Decimal]
    rule_version: int = 1
    evidence: Mapping[str, int] = field(default_factory=dict)


def granted(decision: Decision, board: str) -> Grant | None:
    """What the facts give by this board (or as participation), if nothing is missing."""
    if board in NO_BOARD:
        joined = decision.participation if board == PARTICIPATION else decision.presenter
        if joined is None or not joined.due:
            return None
        return of_joined(joined)
    award = next((one for one in decision.awards if one.board == board), None)
    if award is None or award.status is not Status.GRANTED:
        return None
    return of_award(award)


def of_award(award: Award) -> Grant:
    """What a board gives."""
    return Grant(
        award.credits, award.sessions, award.categories, award.rule_version, award.evidence
    )


def of_joined(joined: Participation) -> Grant:
    """What a certificate without credit can say."""
    return Grant(joined.hours, joined.sessions, {}, evidence=joined.evidence)


def covers(gives: Grant, out: Certificate) -> bool:
    """Whether all is given that a certificate says: its credits, sessions and categories."""
    return (
        gives.credits >= Decimal(out.credits)
        and set(out.sessions) <= set(gives.sessions)
        and all(
            gives.categories.get(name, 0) >= Decimal(hours)
            for name, hours in out.categories.items()
        )
    )


def same(gives: Grant, out: Certificate) -> bool:
    """Whether a certificate says just what is given."""
    told = said(out)
    return (gives.credits, set(gives.sessions), gives.categories) == (
        told.credits,
        set(told.sessions),
        told.categories,
    )


def said(by: Certificate) -> Grant:
    """What a certificate says that was made before."""
    kept = {name: Decimal(hours) for name, hours in by.categories.items()}
    return Grant(Decimal(by.credits), tuple(by.sessions), kept, by.rule_version, dict(by.evidence))


def tested(course: Course, board: Board, grant: Grant, facts: Facts) -> bool:
    """Whether the board's test was this person's to take: for a session that is said, or by the
    facts, as far as they are still there. Nobody's certificate tells of a test that only others
    had to take."""
    approval = approval_of(board.model_dump(mode="json"))
    test = approval.post_test
    if test is None:
        return False
    said_of = [one for one in course.sessions if one.session_id in grant.sessions]
    by_facts = facts.course is not None and asked_of(approval, facts.course, facts)
    return by_facts or any(needs_it(test, one.delivery) for one in said_of)


def counting(board: Board, facts: Facts) -> frozenset[str] | None:
    """The sessions that may count for the board, by the facts; None where they are gone."""
    if facts.course is None:
        return None
    approval = approval_of(board.model_dump(mode="json"))
    fit, _ = fitting(approval, facts.course, facts.presented)
    return frozenset(one.session_id for one in fit)


def kind_of(one: Certificate) -> str:
    """`completion` of what a board gives credit for, `participation`, or `presenter`."""
    return one.board if one.board in NO_BOARD else "completion"
