"""The boards of a course as its page tells them: whom each serves, for what, and by when."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from services.web.domain import boards, requirements
from services.web.domain.choices import STATES
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


def serves_of(course: Course) -> list[boards.Serves]:
    """Whom each board serves."""
    return [boards.Serves(each.board, each.professions, each.states) for each in course.boards]


@dataclass(frozen=True, slots=True)
class Fit:
    """The boards that would give credit to somebody, as a hint; `elsewhere` where one serves the
    profession, but not with this licence."""

    profession: str
    state: str
    serving: list[Told]
    elsewhere: bool


def fit_of(
    course: Course, told: list[Told], professions: Collection[str], query: Mapping[str, str]
) -> Fit | None:
    """What the course gives to the profession and state that were asked about; None where none of
    ours was."""
    profession, state = query.get("profession", ""), query.get("state", "")
    if profession not in professions:
        return None
    state = state if state in dict(STATES) else ""
    held = [(profession, state)] if state else []
    names = boards.serving(serves_of(course), profession, held)
    any_of = any(not one.professions or profession in one.professions for one in course.boards)
    return Fit(profession, state, [one for one in told if one.said.board in names], any_of)


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
