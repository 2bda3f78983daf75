"""The boards of a course as its page tells them: whom each serves, for what, and by when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from services.web.domain import requirements
from services.web.domain.requirements import PostTest, Rule
from services.web.domain.said import ENGLISH, Tongue
from shared.contracts.boards import Board
from shared.contracts.course import Course


@dataclass(frozen=True, slots=True)
class Told:
    """A board in plain words, `serves` as within a sentence; `outside` where not every session
    lies within its approval."""

    said: Board
    serves: str
    asks: list[str]
    categories: list[tuple[str, Decimal]]
    since: date | None
    until: date | None
    outside: bool


def boards_of(course: Course, tongue: Tongue = ENGLISH) -> tuple[list[Told], str]:
    """Each board, and what may be missed of a session where a board says nothing of its own."""
    held = [session for session in course.sessions if session.status != "cancelled"]
    usual = requirements.usual_missed(session.rule.max_missed_seconds for session in held)
    deliveries = {session.delivery for session in held}
    days = [session.date for session in held]
    told = [
        Told(
            board,
            requirements.serves(board.professions, board.states, tongue),
            requirements.asks(_rule(board), deliveries, usual, tongue),
            requirements.by_category([(one.category, one.hours) for one in board.categories]),
            board.approved_from,
            board.approved_to,
            any(not _within(board, day) for day in days),
        )
        for board in course.boards
    ]
    return told, requirements.may_miss(usual, tongue) if usual is not None else ""


def _rule(board: Board) -> Rule:
    test = board.post_test
    return Rule(
        board.mode,
        board.step,
        board.max_missed_seconds,
        board.evaluation,
        PostTest(test.pass_percent, test.attempts, test.formats) if test else None,
        board.formats,
    )


def _within(board: Board, day: date) -> bool:
    since, until = board.approved_from, board.approved_to
    return (since is None or since <= day) and (until is None or day <= until)
