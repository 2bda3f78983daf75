"""Evidence: from the lines that were kept of a session to what each registration attended.

Two kinds of line: sightings (a moment the platform told while it happened) and intervals (from a
report after the meeting, a sign-in sheet, a partner, a correction by staff). All are kept. The
platform's report and a partner's are of the meeting, and united: where one of them speaks of a
registration its seconds rule over the sightings. A difference above a minute between the two is a
finding (interfaces.md §10). A sheet is about a room, where nothing is seen, and what staff
corrected about either: they stand beside whichever rules, and take nothing from it. A line that
does not touch the session says nothing of it. Lines are matched by registration id or by a human,
never by name (domain.md §5).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from hashlib import sha256

from services.attendance.domain.minutes import (
    ENTERS,
    LOBBY,
    Moment,
    Span,
    Stay,
    Window,
    attended_seconds,
    stays,
)
from services.attendance.domain.runs import ENDED, STARTED, Run, Said, runs_of

FINDING_SECONDS = 60
LIVE, REPORT, SHEET, PARTNER, CORRECTION = "live", "report", "sheet", "partner", "correction"
_OF_MEETING = (REPORT, PARTNER)
ORIGINS = (LIVE, REPORT, SHEET, PARTNER, CORRECTION)  # in the order in which they are said


@dataclass(frozen=True, slots=True)
class Sighting:
    """One observation. `participant_id` is None only where it is about the meeting itself."""

    at: datetime
    kind: str
    sha256: str
    meeting_id: str | None = None
    participant_id: str | None = None
    registration_id: str | None = None
    instance: str | None = None  # one run of the meeting, where the platform tells them apart
    connection: str | None = None  # one device's, where the platform tells them apart


@dataclass(frozen=True, slots=True)
class Interval:
    """One line of a report: joined and left; `waiting` means it was the lobby.

    `origin` is one of ORIGINS, but for `live`.
    """

    joined_at: datetime
    left_at: datetime | None
    sha256: str
    participant_id: str
    registration_id: str | None = None
    waiting: bool = False
    origin: str = REPORT


@dataclass(frozen=True, slots=True)
class Matching:
    """Who is who: the course's registration ids, and what humans matched, by participant."""

    known: Collection[str]
    by_hand: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Attended:
    """What the evidence says of one registration, in whole seconds of the session's window.

    `seconds` are those that count. `told_seconds`, of reports about the meeting, are None where
    there is none.
    """

    seconds: int = 0
    live: tuple[Stay, ...] = ()
    reported: tuple[Stay, ...] = ()  # of the meeting
    signed: tuple[Stay, ...] = ()
    corrected: tuple[Stay, ...] = ()
    live_seconds: int = 0
    told_seconds: int | None = None
    lines: tuple[str, ...] = ()  # the hashes of all lines it rests on, sorted
    origins: tuple[str, ...] = ()  # what kinds of line these are
    waiting: bool = False  # in the lobby, by the last that was seen of some device

    @property
    def counted(self) -> tuple[Stay, ...]:
        """The stays that count: the reports' of the meeting or, where there is none, those seen;
        and what was signed and corrected."""
        ruling = self.live if self.told_seconds is None else self.reported
        return (*ruling, *self.signed, *self.corrected)

    @property
    def finding(self) -> bool:
        """Whether what was told of a meeting differs by more than a minute from what was seen."""
        if self.told_seconds is None:
            return False
        return abs(self.told_seconds - self.live_seconds) > FINDING_SECONDS

    @property
    def digest(self) -> str:
        """One hash over all lines: the same evidence gives the same digest."""
        return sha256("\n".join(self.lines).encode()).hexdigest()


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
    whose = _owners(seen, told, matching)
    runs = runs_of((Said(s.kind, s.at, s.meeting_id, s.instance) for s in seen), stood)
    told_apart = _told_apart(seen)
    # What is told of the meeting closes stays and tells its runs apart: all rest on that.
    of_meeting = [s.sha256 for s in seen if s.kind in (STARTED, ENDED)]
    moments: dict[tuple[str, Run, str, str], list[Moment]] = defaultdict(list)
    lines: dict[str, list[str]] = defaultdict(list)
    for s in seen:
        owner = _owner(s, matching, whose)
        if owner is not None:
            run = runs.run_of(s.meeting_id, s.instance)
            participant = s.participant_id or ""
            connection = (s.connection or "") if participant in told_apart else ""
            moments[owner, run, participant, connection].append((s.at, s.kind))
            lines[owner].append(s.sha256)
    live: dict[str, list[Stay]] = defaultdict(list)
    came: dict[str, list[tuple[str, datetime]]] = defaultdict(list)  # into which meeting, and when
    for (owner, run, *_), of_one in moments.items():
        came[owner] += [(run[0], at) for at, kind in of_one if kind in ENTERS]
    for (owner, run, *_), of_one in moments.items():
        # Who is seen in another meeting went there: no longer open here, unless seen to be.
        went = [at for meeting, at in came[owner] if meeting != run[0] and meeting and run[0]]
        live[owner] += stays(of_one, runs.ends_of(run), until, [*runs.moves_of(run), *went])
    kinds: dict[str, set[str]] = defaultdict(set)
    waiting: set[str] = set()
    for (owner, *_), of_one in moments.items():
        kinds[owner].add(LIVE)
        if max(of_one, key=_last)[1] == LOBBY:
            waiting.add(owner)
    told_of: dict[str, dict[str, list[Stay]]] = defaultdict(dict)
    for i in told:
        owner = _owner(i, matching, whose)
        if owner is None:
            continue
        lines[owner].append(i.sha256)
        if _touches(i, window):
            told_of[owner].setdefault(i.origin, []).extend(_reported(i, until))
            kinds[owner].add(i.origin)
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


def _told_apart(seen: Iterable[Sighting]) -> set[str]:
    """The participants whose connections are told with all that was seen of them.

    Of the others nobody knows which device a "left" was about, so they are one connection.
    """
    told: dict[str, bool] = {}
    for s in seen:
        if s.participant_id is not None:
            told[s.participant_id] = told.get(s.participant_id, True) and s.connection is not None
    return {participant for participant, all_told in told.items() if all_told}


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
    )


def _seconds(window: Window, of: Iterable[Stay]) -> int:
    return attended_seconds(spans(of), window)


def in_room(attended: Attended, now: datetime) -> bool:
    """Whether the sightings say that this person is in the room now."""
    return any(s.inferred and s.joined_at <= now and s.left_at == now for s in attended.live)


def spans(of: Iterable[Stay]) -> list[Span]:
    """Stays as spans."""
    return [(stay.joined_at, stay.left_at) for stay in of if stay.left_at is not None]


def _owners(
    seen: Iterable[Sighting], told: Iterable[Interval], matching: Matching
) -> dict[str, str | None]:
    """Participant → registration, from any line that names one; None where two are named."""
    whose: dict[str, str | None] = {}
    lines: tuple[Sighting | Interval, ...] = (*seen, *told)
    for line in lines:
        named, participant = line.registration_id, line.participant_id
        if named is None or participant is None or named not in matching.known:
            continue
        if whose.setdefault(participant, named) != named:
            whose[participant] = None
    return whose


def _owner(
    line: Sighting | Interval, matching: Matching, whose: Mapping[str, str | None]
) -> str | None:
    """A human's word counts first, then the line's own registration, then the participant's."""
    participant = line.participant_id
    if participant is not None and participant in matching.by_hand:
        return matching.by_hand[participant]
    if line.registration_id is not None and line.registration_id in matching.known:
        return line.registration_id
    if line.registration_id is not None or participant is None:
        return None
    return whose.get(participant)


def _touches(line: Interval, window: Window) -> bool:
    """Whether a line is about the session at all: one of another day (the wrong file, a run that
    belongs to another session) says nothing of it, not even that somebody was not there."""
    if line.joined_at >= window.ends_at:
        return False
    return line.left_at is None or line.left_at > window.starts_at


def _reported(line: Interval, until: datetime) -> list[Stay]:
    if line.waiting:
        return []
    if line.left_at is not None:
        return [Stay(line.joined_at, line.left_at)]
    return [Stay(line.joined_at, max(until, line.joined_at), inferred=True)]


def _sorted(of: Iterable[Stay]) -> tuple[Stay, ...]:
    return tuple(sorted(of, key=lambda stay: (stay.joined_at, stay.left_at, stay.inferred)))
