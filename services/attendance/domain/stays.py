"""Stays: from what was seen of someone to when they were in the room, each with an end.

What has no end of its own is closed by what closes the meeting (`runs.py`). The order of what was
seen changes nothing, and neither does its repetition: one observation is one moment (`tally.py`).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.attendance.domain.minutes import Span
from services.attendance.domain.pairing import (
    ENTERS,
    LEAVES,
    ROOMS,
    Moment,
    Stay,
    in_breakouts,
    in_meeting,
)


def stays(
    moments: Iterable[Moment],
    ends: Iterable[datetime],
    until: datetime,
    moves: Iterable[datetime] = (),
) -> list[Stay]:
    """The stays of one connection of one meeting, or one participant, each with an end.

    `ends` are the instants at which the meeting was seen to end: nobody is in it across one. A
    stay without a "left" is closed at the next of them, else at `until` (the session's end, or now
    while the session runs), and marked inferred. `moves` are those at which another meeting took
    this one's place, which may have failed without a word: they close what has no end of its own,
    but nobody was put out by them, so who is seen to leave later stayed until then.

    Each moment is an observation of its own: two that are alike are two devices. For a participant
    whose connections are not told may be on two, or lose a "left" on a bad line. So a run of
    moments in which entering and leaving balance is one stay (two devices, or an old connection
    that timed out after the new one came); in a run that never balances, a second "joined" says
    nothing new and a "left" ends the stay. A "left" whose "joined" is unknown proves nothing.

    The lobby ends all connections at once: what was before and what comes after are never one
    stay, and to be put there says nothing of the time before for whoever had left already. So
    what is seen of the lobby takes seconds away, or none, and never gives any.

    Who is in a breakout room has not left, whatever was said of the meeting itself: from entering
    such a room until it, or the meeting, was left, is a stay beside the others.
    """
    seen = sorted(moments)
    closing = _Closing(sorted(set(ends)), until, sorted(moves))
    found = _in_parts([m for m in seen if m[1] in ENTERS | LEAVES], closing, in_meeting)
    rooms = [(at, ROOMS[kind]) for at, kind in seen if kind in ROOMS]
    if not rooms:
        return found
    rooms += [moment for moment in seen if moment[1] in LEAVES]
    return found + _in_parts(rooms, closing, in_breakouts)


def spans(of: Iterable[Stay]) -> list[Span]:
    """Stays as spans."""
    return [(stay.joined_at, stay.left_at) for stay in of if stay.left_at is not None]


@dataclass(frozen=True, slots=True)
class _Closing:
    """What closes stays; instants in order."""

    ends: Sequence[datetime]
    until: datetime
    moves: Sequence[datetime]


def _in_parts(
    moments: Iterable[Moment],
    closing: _Closing,
    stays_of: Callable[[Sequence[Moment]], list[Stay]],
) -> list[Stay]:
    parts: dict[int, list[Moment]] = {}
    for moment in moments:
        find = bisect_right if moment[1] in ENTERS else bisect_left
        parts.setdefault(find(closing.ends, moment[0]), []).append(moment)
    found = []
    for part, seen in sorted(parts.items()):
        end = min([*closing.ends[part : part + 1], closing.until])
        came = sorted(at for at, kind in seen if kind in ENTERS)
        for stay in stays_of(seen):
            found += _with_end(stay, end, closing.moves, came)
    return found


def _with_end(
    stay: Stay, end: datetime, moves: Sequence[datetime], came: Sequence[datetime]
) -> list[Stay]:
    """A stay that has an end, or, where it had none, from each coming to the next move."""
    if stay.left_at is not None:
        return [stay]
    found: list[Stay] = []
    since: datetime | None = stay.joined_at
    while since is not None:
        moved = next((at for at in moves if since < at < end), None)
        found.append(Stay(since, max(moved or end, since), inferred=True))
        since = next((at for at in came if moved is not None and at >= moved), None)
    return found
