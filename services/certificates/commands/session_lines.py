"""What a certificate's page says of each session: counted whole, attended in part, not credited."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from services.certificates.commands.given import Given
from services.certificates.domain.words import day_in_words
from shared.contracts.course import Session
from shared.dates import zone_of

_IN_PARTS = frozenset({"PRO_RATA", "CLAIMED"})


def session_line(session: Session, given: Given, times: bool) -> dict[str, str]:
    """The day, and beside it the times or, of one not counted whole, what came of it."""
    zone = zone_of(session.zone).tzname(session.starts_at.astimezone(zone_of(session.zone)))
    note = f"{session.wall_from}–{session.wall_to} {zone or session.zone}" if times else ""
    if session.session_id not in given.sessions:
        note = _missed(session, given)
    day = day_in_words(session.date)
    weekday, _, rest = day.partition(", ")
    return {"day": f"{weekday[:3]}, {rest}", "note": note}


def less_than_whole(shown: Sequence[Session], given: Given) -> dict[str, Any]:
    """The days not credited, and those of which a part is: of a long programme there are no notes
    beside its days, and what gives credit must not be said to give none."""
    rest = [one for one in shown if one.session_id not in given.sessions]
    parts = {one.session_id: _minutes_counted(one, given) for one in rest}
    return {
        "missed": days_in_words([one.date for one in rest if not parts[one.session_id]]),
        "partly": [
            f"{day_in_words(one.date).partition(', ')[2]} ({parts[one.session_id]} min)"
            for one in sorted(rest, key=lambda one: one.starts_at)
            if parts[one.session_id]
        ],
    }


def days_in_words(days: Sequence[date]) -> list[str]:
    """A line a month, for long programmes: `19, 26 October 2020`."""
    months: dict[str, list[int]] = {}
    for day in sorted(days):
        _, _, words = day_in_words(day).partition(", ")
        months.setdefault(words.partition(" ")[2], []).append(day.day)
    return [f"{', '.join(map(str, dict.fromkeys(n)))} {month}" for month, n in months.items()]


def _missed(session: Session, given: Given) -> str:
    """Of a session that is not counted whole; who gets no credit at all is not told that of one."""
    attended = given.attended.get(session.session_id)
    if given.board is None and attended and attended.present:  # such as one they presented
        return "not counted"
    if given.board is None:
        seconds = attended.seconds if attended else 0
        return "attended in part, not counted" if seconds else "not attended"
    minutes = _minutes_counted(session, given)
    return f"{minutes} minutes attended" if minutes else "not credited"


def _minutes_counted(session: Session, given: Given) -> int:
    """Whole minutes of a session attended in part that are in the credits (domain.md §6)."""
    attended = given.attended.get(session.session_id)
    if given.board is None or attended is None or given.board.mode not in _IN_PARTS:
        return 0
    if given.counting is not None and session.session_id not in given.counting:
        return 0
    return attended.seconds // 60
