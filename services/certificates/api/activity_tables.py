"""What a course's agenda and its boards' approvals are as tables, for people who read them."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from services.certificates.domain.agenda import stretches
from services.certificates.domain.sheets import sheet
from shared.contracts.boards import Board
from shared.contracts.course import Course as Published
from shared.contracts.course import Session


def agenda(course: Published) -> bytes:
    """What was taught when, titled hour by titled hour, with the breaks, by the sessions' clocks.

    `starts` and `ends` are of the hour or the break; empty where the titles are not one an hour.
    """
    heads = (
        *("session", "date", "from", "to", "zone", "minutes", "instruction_minutes", "delivery"),
        *("location", "status", "title", "hour", "what", "starts", "ends"),
    )
    rows = [
        [
            *(one.session_id, one.date.isoformat(), one.wall_from, one.wall_to, one.zone),
            *(str(one.minutes), str(one.instruction_minutes), one.delivery),
            *(one.location or course.location, one.status, one.title, *part),
        ]
        for one in course.sessions
        for part in _parts(one)
    ]
    return sheet([heads, *rows]).encode()


def _parts(session: Session) -> list[tuple[str, ...]]:
    """Hour, what it was about, from when and until when."""
    pauses = [(one.starts_at, one.ends_at) for one in session.breaks]
    titles, zone = session.hours, ZoneInfo(session.zone)
    timed = stretches(session.starts_at, session.ends_at, pauses, len(titles))
    if not timed:
        return [(str(hour), what, "", "") for hour, what in enumerate(titles or ("",), 1)]
    return [
        (
            str(one.hour or ""),
            titles[one.hour - 1] if one.hour else "Break",
            *(f"{at.astimezone(zone):%H:%M}" for at in (one.starts_at, one.ends_at)),
        )
        for one in timed
    ]


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
