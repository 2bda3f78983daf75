"""The lines of one registration: what settling it rests on, planned and then tallied.

Its participants are those that a line calls by it, or somebody ever said were its: also where that
was taken back, for what is decided then leads back to that word. All their lines of the session
count, by the rules of `domain/tally.py`. Lines are only read: whoever adds one locks the
session's row first, and so does whoever settles.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from services.attendance.commands.gathering import open_until, taught_window
from services.attendance.commands.matching import last_word
from services.attendance.commands.unmatched import stranger_id
from services.attendance.commands.uploads import standing_of, withdrawals_of, withdrawn
from services.attendance.domain.evidence import Attended, Interval, Matching, Sighting
from services.attendance.domain.tally import tally
from services.attendance.models import (
    Match,
    Meeting,
    Observation,
    Registration,
    ReportLine,
    Session,
    Unmatched,
)
from shared.runtime.plans import Plan, Wanted
from shared.runtime.rows import Query
from shared.runtime.rows import where as _where
from shared.runtime.work import Work

Key = tuple[str, str]  # of the session
Line = Observation | ReportLine
_TOLD = (Observation, ReportLine)


def lines_needs(key: Key, registration_id: str) -> Plan:
    """Read all lines that may count for a registration; gives nothing to lock."""
    *calling, matched, _, _ = yield [
        *_calling(key, registration_id),
        _matched_to(key, registration_id),
        _meetings(key),
        withdrawals_of(key),
    ]
    participants = _participants([line for lines in calling for line in lines], matched)
    theirs = yield _of_participants(key, participants)
    lines = [line for lines in theirs[: 1 + 2 * len(participants)] for line in lines]
    yield [(Registration, each) for each in _named(lines)]
    return []


def attended_of(work: Work, session: Session, registration_id: str) -> Attended:
    """What the evidence says of one registration now. Plan: `lines_needs`, and the session."""
    window, key = taught_window(session), (session.course_id, session.session_id)
    if window is None:
        return Attended()
    calling = [line for query in _calling(key, registration_id) for line in work.find(query)]
    matched = work.find(_matched_to(key, registration_id))
    participants = _participants(calling, matched)
    lines: list[Line] = list(work.find(_of_the_meeting(key)))
    for participant in participants:
        for query in _of(key, participant):
            lines += work.find(query)
    places = [work.get(Unmatched, stranger_id(*key, each)) for each in participants]
    strangers = [place for place in places if place is not None]
    known = [work.get(Registration, each) for each in _named(lines)]
    matching = Matching(
        known={r.registration_id for r in known if r is not None and r.course_id == key[0]},
        by_hand={
            stranger.participant_id: stranger.registration_id
            for stranger in strangers
            if stranger.state == "matched" and stranger.registration_id
        },
    )
    until = open_until(session, window, work.now)
    gone = withdrawn(work, key)
    seen, told = _sightings(lines), _intervals(lines, gone)
    stood = {meeting.meeting_id: meeting.since for meeting in work.find(_meetings(key))}
    found = tally(window, seen, told, matching, until, stood)
    words = sorted(word for word in map(last_word, strangers) if word is not None)
    return dataclasses.replace(found.get(registration_id, Attended()), matches=tuple(words))


def _calling(key: Key, registration_id: str) -> list[Query[Any]]:
    return [_of_session(row, key, registration_id=registration_id) for row in _TOLD]


def _matched_to(key: Key, registration_id: str) -> Query[Match]:
    return _of_session(Match, key, registration_id=registration_id)


def _meetings(key: Key) -> Query[Meeting]:
    return _where(Meeting, course_id=key[0], session_id=key[1])


def _of(key: Key, participant_id: str) -> list[Query[Any]]:
    return [_of_session(row, key, participant_id=participant_id) for row in _TOLD]


def _of_the_meeting(key: Key) -> Query[Any]:
    """What is about no participant: that the meeting ended."""
    return _of_session(Observation, key, participant_id=None)


def _of_participants(key: Key, participants: Sequence[str]) -> list[Wanted]:
    lines = [query for participant in participants for query in _of(key, participant)]
    strangers = [(Unmatched, stranger_id(*key, each)) for each in participants]
    return [_of_the_meeting(key), *lines, *strangers]


def _of_session(row: type[Any], key: Key, **more: Any) -> Query[Any]:
    return _where(row, course_id=key[0], session_id=key[1], **more)


def _participants(calling: Iterable[Line], matched: Iterable[Match]) -> list[str]:
    by_hand = {each.participant_id for each in matched}
    return sorted(by_hand | {line.participant_id for line in calling if line.participant_id})


def _named(lines: Iterable[Line]) -> list[str]:
    return sorted({line.registration_id for line in lines if line.registration_id})


def _sightings(lines: Iterable[Line]) -> list[Sighting]:
    return [
        Sighting(
            o.at,
            o.kind,
            o.sha256,
            o.meeting_id,
            o.participant_id,
            o.registration_id,
            o.instance,
            o.connection,
        )
        for o in lines
        if isinstance(o, Observation)
    ]


def _intervals(lines: Iterable[Line], gone: Collection[int]) -> list[Interval]:
    return [
        Interval(
            r.joined_at,
            r.left_at,
            r.sha256,
            r.participant_id,
            r.registration_id,
            r.waiting,
            r.origin,
        )
        for r in standing_of((each for each in lines if isinstance(each, ReportLine)), gone)
    ]
