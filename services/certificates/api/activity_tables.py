"""What a course's agenda and its boards' approvals are as tables, for people who read them."""

from __future__ import annotations

from services.certificates.domain.sheets import sheet
from shared.contracts.boards import Board
from shared.contracts.course import Course as Published


def agenda(course: Published) -> bytes:
    """What was taught when, titled hour by titled hour, by the sessions' own clocks."""
    heads = (
        *("session", "date", "from", "to", "zone", "minutes", "instruction_minutes", "delivery"),
        *("location", "status", "title", "hour", "what"),
    )
    rows = [
        [
            *(one.session_id, one.date.isoformat(), one.wall_from, one.wall_to, one.zone),
            *(str(one.minutes), str(one.instruction_minutes), one.delivery),
            *(one.location or course.location, one.status, one.title, str(hour), what),
        ]
        for one in course.sessions
        for hour, what in enumerate(one.hours or ("",), 1)
    ]
    return sheet([heads, *rows]).encode()


def approvals(course: Published) -> bytes:
    """Whose approval it was, for whom, by which rule, in whose words."""
    heads = (
        *("board", "holder", "number", "approved_from", "approved_to", "approved_hours", "unit"),
        *("minutes_per_unit", "mode", "step", "rounding", "rule_version", "evaluation"),
        *("pass_percent", "professions", "states", "formats", "keep_years", "statement"),
        "sponsorship_statement",
    )
    rows = [
        [
            *(one.board, one.holder, one.number),
            *(day.isoformat() if day else "" for day in (one.approved_from, one.approved_to)),
            *(str(one.approved_hours), one.unit, str(one.minutes_per_unit), one.mode),
            *(str(one.step), one.rounding, str(one.rule_version)),
            *("yes" if one.evaluation else "no",),
            *(str(one.post_test.pass_percent) if one.post_test else "",),
            *(" ".join(one.professions), _states(one), " ".join(one.formats)),
            *(str(one.keep_years), one.statement, one.sponsorship_statement),
        ]
        for one in course.boards
    ]
    return sheet([heads, *rows]).encode()


def _states(board: Board) -> str:
    said = board.states or {}
    return "; ".join(f"{which} {' '.join(states)}" for which, states in sorted(said.items()))
