"""Tally: from the lines of a session to what each registration attended.

The platform's report and a partner's are of the meeting, and united: where one of them speaks of a
registration its seconds rule over the sightings. A difference above a minute between the two is a
finding (interfaces.md §10). A sheet is about a room, where nothing is seen, and what staff
corrected about either: they stand beside whichever rules, and take nothing from it. A line that
does not touch the session says nothing of it. Nor does a coming of more than half a day before that
nobody saw end: on the evening from which the session was moved, say.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from functools import partial

from services.attendance.domain.evidence import (
    CORRECTION,
    LIVE,
    ORIGINS,
    PARTNER,
    REPORT,
    SHEET,
    Attended,
    Interval,
    Matching,
    Sighting,
)
from services.attendance.domain.minutes import Window, attended_seconds, touches
from services.attendance.domain.owners import owner_of, owners_of
from services.attendance.domain.pairing import ENTERS, LOBBY, Moment, Stay
from services.attendance.domain.runs import ENDED, STARTED, Run, Runs, Said, runs_of
from services.attendance.domain.stays import spans, stays

_OF_MEETING = (REPORT, PARTNER)
_OUTSIDE = "outside"
_BEFORE = timedelta(hours=12)  # its start, from which on who came may be in the room still

_Moments = dict[tuple[str, Run, str, str], list[Moment]]  # by registration, run, participant, …


def tally(
    window: Window,
    sightings: Iterable[Sighting],
    intervals: Iterable[Interval],
    matching: Matching,
    until: datetime,
    stood: Mapping[str, datetime] | None = None,
) -> dict[str, Attended]:
    """Registration id → what it attended, for all who can be told apart.

    `until` closes what has no end of its own: the session's end, or now while it runs. `stood` says
    from when on each meeting stood for the session: what was open in another is closed by that.
    """
    seen, told = set(sightings), set(intervals)
    whose = owners_of(seen, told, matching)
    runs = runs_of((Said(s.kind, s.at, s.meeting_id, s.instance) for s in seen), stood)
    told_apart = _told_apart(seen)
    # What is told of the meeting closes stays and tells its runs apart: all rest on that.
    of_meeting = [s.sha256 for s in seen if s.kind in (STARTED, ENDED)]
    moments: _Moments = defaultdict(list)
    lines: dict[str, list[str]] = defaultdict(list)
    since = window.starts_at - _BEFORE
    for s in seen:
        owner = owner_of(s, matching, whose)
        if owner is not None:
            lines[owner].append(s.sha256)
        if owner is not None and s.at >= since:
            run = runs.run_of(s.meeting_id, s.instance)
            participant = s.participant_id or ""
            connection = _connection(s, told_apart)
            moments[owner, run, participant, connection].append((s.at, s.kind))
    live = _live(moments, runs, until)
    kinds: dict[str, set[str]] = defaultdict(set)
    waiting: set[str] = set()
    for (owner, *_), of_one in moments.items():
        kinds[owner].add(LIVE)
        if max(of_one, key=_last)[1] == LOBBY:
            waiting.add(owner)
    told_of: dict[str, dict[str, list[Stay]]] = defaultdict(dict)
    for i in told:
        owner = owner_of(i, matching, whose)
        if owner is None:
            continue
        lines[owner].append(i.sha256)
        inside = _touches(i, window)
        origin = i.origin if inside else _OUTSIDE
        told_of[owner].setdefault(origin, []).extend(_reported(i, until if inside else i.joined_at))
        if inside:
            kinds[owner].add(origin)
    return {
        owner: _attended(
            window,
            live.get(owner, []),
            told_of.get(owner, {}),
            [*of_one_owner, *of_meeting],
            kinds[owner],
            waiting=owner in waiting,
        )
        for owner, of_one_owner in lines.items()
    }


def _touches(line: Interval, window: Window) -> bool:
    """Whether it tells of the session; of one who was not seen to leave only for half a day."""
    of_the_day = line.left_at is not None or line.joined_at >= window.starts_at - _BEFORE
    return of_the_day and touches(line.joined_at, line.left_at, window)


def _told_apart(seen: Iterable[Sighting]) -> set[str]:
    """The participants whose connections are told with all that was seen of them.

    Of the others nobody knows which device a "left" was about, so they are one connection.
    """
    told: dict[str, bool] = {}
    for s in seen:
        if s.participant_id is not None:
            told[s.participant_id] = told.get(s.participant_id, True) and s.connection is not None
    return {participant for participant, all_told in told.items() if all_told}


def _live(moments: _Moments, runs: Runs, until: datetime) -> dict[str, list[Stay]]:
    """Registration id → its stays as they were seen."""
    live: dict[str, list[Stay]] = defaultdict(list)
    came: dict[str, list[tuple[str, datetime]]] = defaultdict(list)  # into which meeting, and when
    for (owner, run, *_), of_one in moments.items():
        came[owner] += [(run[0], at) for at, kind in of_one if kind in ENTERS]
    for (owner, run, *_), of_one in moments.items():
        # Who is seen in another meeting went there: no longer open here, unless seen to be.
        went = [at for meeting, at in came[owner] if meeting != run[0] and meeting and run[0]]
        live[owner] += stays(of_one, runs.ends_of(run), until, [*runs.moves_of(run), *went])
    return live


def _connection(s: Sighting, told_apart: Collection[str]) -> str:
    """Which of a participant's connections it is about, where that is known."""
    return (s.connection or "") if s.participant_id in told_apart else ""


def _last(moment: Moment) -> tuple[datetime, bool]:
    """Who is let in at the instant at which they came into the lobby is in."""
    return moment[0], moment[1] != LOBBY


def _attended(
    window: Window,
    live: list[Stay],
    told: Mapping[str, list[Stay]],
    lines: list[str],
    kinds: Collection[str],
    *,
    waiting: bool,
) -> Attended:
    """One registration's lines, by origin, as what they come to."""
    live_seconds = attended_seconds(spans(live), window)
    if not told:  # of thousands who are in the room now, all
        return Attended(
            seconds=live_seconds,
            live=_sorted(live),
            live_seconds=live_seconds,
            lines=tuple(sorted(lines)),
            origins=(LIVE,) if kinds else (),
            waiting=waiting,
        )
    signed, corrected = told.get(SHEET, []), told.get(CORRECTION, [])
    reports = {origin: told[origin] for origin in _OF_MEETING if origin in told}
    reported = [stay for of_it in reports.values() for stay in of_it]
    seconds = partial(_seconds, window)
    return Attended(
        seconds=seconds([*(reported if reports else live), *signed, *corrected]),
        live=_sorted(live),
        reported=_sorted(reported),
        signed=_sorted(signed),
        corrected=_sorted(corrected),
        live_seconds=live_seconds,
        told_seconds=seconds(reported) if reports else None,
        lines=tuple(sorted(lines)),
        origins=tuple(origin for origin in ORIGINS if origin in kinds),
        waiting=waiting,
        outside=_sorted(told.get(_OUTSIDE, [])),
    )


def _seconds(window: Window, of: Iterable[Stay]) -> int:
    return attended_seconds(spans(of), window)


def _reported(line: Interval, until: datetime) -> list[Stay]:
    if line.waiting:
        return []
    if line.left_at is not None:
        return [Stay(line.joined_at, line.left_at)]
    return [Stay(line.joined_at, max(until, line.joined_at), inferred=True)]


def _sorted(of: Iterable[Stay]) -> tuple[Stay, ...]:
    return tuple(sorted(of, key=lambda stay: (stay.joined_at, stay.left_at, stay.inferred)))
