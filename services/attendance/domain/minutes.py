"""Minutes: from what was seen of someone to the seconds that count (domain.md §5).

Seconds of a session are the union of a person's stays over all devices and meeting instances,
clipped to the session's window, less its breaks. The order of what was seen changes nothing, and
neither does its repetition: one observation is one moment (`evidence.tally`).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

Span = tuple[datetime, datetime]
Moment = tuple[datetime, str]  # when, and one of ENTERS or LEAVES

ENTERS = frozenset({"joined", "admitted"})
LEAVES = frozenset({"left", "waiting"})  # whoever is put into the lobby has left the room
LOBBY, ADMITTED = "waiting", "admitted"
# Breakout rooms are within the session; their own "joined" and "left", as moments of the room.
ROOMS = {"breakout_joined": "joined", "breakout_left": "left"}
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Window:
    """When a session is taught: half-open instants, and its breaks."""

    starts_at: datetime
    ends_at: datetime
    breaks: tuple[Span, ...] = ()

    @property
    def seconds(self) -> int:
        """Seconds taught as scheduled: the window less its breaks."""
        return attended_seconds([(self.starts_at, self.ends_at)], self)

    def first(self, seconds: int) -> Window:
        """The part of it in which its first so many seconds were taught; breaks do not count."""
        left, at = timedelta(seconds=seconds), self.starts_at
        for pause, again in merged(_clip(self.breaks, self.starts_at, self.ends_at)):
            if at + left <= pause:
                break
            left, at = left - (pause - at), again
        return Window(self.starts_at, min(at + left, self.ends_at), self.breaks)


@dataclass(frozen=True, slots=True)
class Stay:
    """Someone in the room, from when to when; `left_at` is None only until it is inferred."""

    joined_at: datetime
    left_at: datetime | None
    inferred: bool = False


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
    found = _in_parts([m for m in seen if m[1] in ENTERS | LEAVES], closing, _pairs)
    rooms = [(at, ROOMS[kind]) for at, kind in seen if kind in ROOMS]
    if not rooms:
        return found
    rooms += [moment for moment in seen if moment[1] in LEAVES]
    return found + _in_parts(rooms, closing, _rooms)


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


def attended_seconds(spans: Iterable[Span], window: Window) -> int:
    """Whole seconds that the spans cover of the window, less its breaks; a part of one is lost."""
    inside = merged(_clip(spans, window.starts_at, window.ends_at))
    pauses = merged(_clip(window.breaks, window.starts_at, window.ends_at))
    total = sum((end - start for start, end in inside), timedelta())
    lost = sum((_overlap(a, b) for a in inside for b in pauses), timedelta())
    return (total - lost) // _SECOND


def merged(spans: Iterable[Span]) -> list[Span]:
    """The union of spans as disjoint spans in order; empty and backward ones vanish."""
    result: list[Span] = []
    for start, end in sorted(spans):
        if end <= start:
            continue
        if result and start <= result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((start, end))
    return result


def _pairs(moments: Iterable[Moment]) -> list[Stay]:
    found: list[Stay] = []
    run: list[Moment] = []
    depth = 0
    for moment in _in_order(moments):
        if moment[1] in ENTERS:
            depth += 1
        elif not depth:
            continue  # left, or was put into the lobby, without having joined
        elif moment[1] != LOBBY:
            depth -= 1
        run.append(moment)
        if depth == 0:
            found += _balanced(run)
            run = []
    return found + _split(run, _unbalanced)


def _balanced(run: Sequence[Moment]) -> list[Stay]:
    """As many entered as left: one stay, or, around the lobby, what each part says by itself."""
    if any(kind == LOBBY for _, kind in run):
        return _split(run, _pairs)
    return [Stay(run[0][0], run[-1][0])]


def _split(run: Sequence[Moment], stays_of: Callable[[Sequence[Moment]], list[Stay]]) -> list[Stay]:
    """The parts of a run between the moments at which the lobby emptied the room."""
    found: list[Stay] = []
    part: list[Moment] = []
    for moment in run:
        if moment[1] == LOBBY:
            found += [
                stay if stay.left_at is not None else Stay(stay.joined_at, moment[0])
                for stay in stays_of(_entered(part))
            ]
            part = []
        else:
            part.append(moment)
    return found + stays_of(_entered(part))


def _entered(part: Sequence[Moment]) -> list[Moment]:
    """Without each "left" of somebody whom the lobby had taken out of the room before."""
    kept: list[Moment] = []
    depth = 0
    for moment in part:
        depth += 1 if moment[1] in ENTERS else -1
        if depth < 0:
            depth = 0
        else:
            kept.append(moment)
    return kept


def _in_order(moments: Iterable[Moment]) -> list[Moment]:
    """In order of time. Within one instant: leave what was entered before, enter, leave; and who
    is admitted was in the lobby before."""
    result: list[Moment] = []
    depth = 0
    for _, group in groupby(sorted(moments), key=lambda moment: moment[0]):
        at_once = list(group)
        entering = [moment for moment in at_once if moment[1] in ENTERS]
        leaving = [moment for moment in at_once if moment[1] in LEAVES]
        if any(kind == ADMITTED for _, kind in entering):
            leaving.sort(key=lambda moment: moment[1] != LOBBY)
            before = max(depth, sum(kind == LOBBY for _, kind in leaving))
        else:
            before = depth
        first, last = leaving[:before], leaving[before:]
        result += [*first, *entering, *last]
        depth = max(0, depth - len(first) + len(entering) - len(last))
    return result


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


def _unbalanced(run: Sequence[Moment]) -> list[Stay]:
    """A run in which some "left" never came."""
    found: list[Stay] = []
    since: datetime | None = None
    for at, kind in run:
        if kind in ENTERS:
            since = since or at
        elif since is not None:
            found.append(Stay(since, at))
            since = None
        elif found:  # another connection had still been open: it proves presence until now
            found[-1] = Stay(found[-1].joined_at, at)
    return found if since is None else [*found, Stay(since, None)]


def _rooms(moments: Sequence[Moment]) -> list[Stay]:
    """Stays in breakout rooms. Within one instant leaving comes first: who goes into a room is said
    to leave the meeting at that very moment."""
    found: list[Stay] = []
    since: datetime | None = None
    for at, kind in sorted(moments, key=lambda moment: (moment[0], moment[1] in ENTERS)):
        if kind in ENTERS:
            since = since or at
        elif since is not None:
            found.append(Stay(since, at))
            since = None
    return found if since is None else [*found, Stay(since, None)]


def _clip(spans: Iterable[Span], start: datetime, end: datetime) -> list[Span]:
    return [(max(a, start), min(b, end)) for a, b in spans]


def _overlap(one: Span, other: Span) -> timedelta:
    return max(min(one[1], other[1]) - max(one[0], other[0]), timedelta())
