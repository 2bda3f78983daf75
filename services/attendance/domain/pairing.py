"""Pairing: which entering and which leaving make one stay (domain.md §5).

A stay whose end nobody saw has none here: `stays.py` closes it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

Moment = tuple[datetime, str]  # when, and one of ENTERS or LEAVES

ENTERS = frozenset({"joined", "admitted"})
LEAVES = frozenset({"left", "waiting"})  # whoever is put into the lobby has left the room
LOBBY, ADMITTED = "waiting", "admitted"
# Breakout rooms are within the session; their own "joined" and "left", as moments of the room.
ROOMS = {"breakout_joined": "joined", "breakout_left": "left"}


@dataclass(frozen=True, slots=True)
class Stay:
    """Someone in the room, from when to when; `left_at` is None only until it is inferred."""

    joined_at: datetime
    left_at: datetime | None
    inferred: bool = False


def in_meeting(moments: Iterable[Moment]) -> list[Stay]:
    """Stays in the meeting itself, as `stays.stays` says of runs that balance and of the lobby."""
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
        return _split(run, in_meeting)
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


def in_breakouts(moments: Iterable[Moment]) -> list[Stay]:
    """Stays in breakout rooms. Within one instant leaving comes first: who goes into a room is said
    to leave the meeting at that very moment."""
    in_order = sorted(moments, key=lambda moment: (moment[0], moment[1] in ENTERS))
    return _paired(in_order, again=False)


def _unbalanced(run: Sequence[Moment]) -> list[Stay]:
    """A run in which some "left" never came. One more "left" says that another connection had still
    been open, which proves presence until then."""
    return _paired(run, again=True)


def _paired(moments: Iterable[Moment], *, again: bool) -> list[Stay]:
    """Each entering with the next leaving; `again`: a leaving without one prolongs the stay before
    it."""
    found: list[Stay] = []
    since: datetime | None = None
    for at, kind in moments:
        if kind in ENTERS:
            since = since or at
        elif since is not None:
            found.append(Stay(since, at))
            since = None
        elif found and again:
            found[-1] = Stay(found[-1].joined_at, at)
    return found if since is None else [*found, Stay(since, None)]
