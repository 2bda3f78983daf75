"""Observing: what the platform tells while it happens. The hot path.

Ten thousand people join within five minutes, so nothing is computed here: lines are read, told
apart from those already kept, and kept, all of a batch by one statement a table.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.attendance.commands import deadlines
from services.attendance.commands.unmatched import keep_strangers, registrants_of, stranger_id
from services.attendance.domain.fields import why
from services.attendance.domain.lines import Named, Observed, Reported, read_observation
from services.attendance.domain.meetings import Placed, session_at
from services.attendance.domain.sheets import Signed
from services.attendance.models import Meeting, Observation, Registration, Session, Unmatched
from shared.errors import Refusal
from shared.runtime.plans import Plan, Wanted, alone, needs
from shared.runtime.rows import where
from shared.runtime.work import Work

Key = tuple[str, str]
_NAMES = 20  # of fields, in an answer


@dataclass(frozen=True, slots=True)
class Observe:
    """Lines of one source that could be read, by their place; and why the others could not."""

    source: str
    lines: tuple[tuple[int, Observed], ...]
    refused: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of the lines that were sent."""

    accepted: int
    duplicates: int
    refused: tuple[tuple[int, str], ...]
    left_out: tuple[str, ...] = ()  # names of fields that are not kept, of any line
    upload: int | None = None  # the number of what was sent, where it can be withdrawn
    outside: int = 0  # how many of those kept or known lie outside the session
    other_meetings: tuple[str, ...] = ()  # that the file names, and the session never had
    overruled: tuple[str, ...] = ()  # registrants of whom a human has said otherwise


def left_out_of(lines: Iterable[tuple[int, Observed | Reported | Signed]]) -> tuple[str, ...]:
    """The names of what is not kept of lines, each once."""
    return tuple(sorted({name for _, line in lines for name in line.left_out}))[:_NAMES]


def reading(source: str, lines: Sequence[Any], secret: str) -> Observe:
    """Read each line by itself; `secret` is the platform's."""
    read: list[tuple[int, Observed]] = []
    refused: list[tuple[int, str]] = []
    for place, line in enumerate(lines):
        try:
            read.append((place, read_observation(line, secret, source)))
        except Refusal as refusal:
            refused.append((place, why(refusal)))
    return Observe(source, tuple(read), tuple(refused))


def _observe_needs(asked: Observe) -> Plan:
    lines = [line for _, line in asked.lines]
    meetings = sorted({line.meeting_id or "" for line in lines if line.course_id is None})
    named = sorted({line.who.registration_id for line in lines if line.who.registration_id})
    found = yield [
        *(where(Meeting, meeting_id=meeting) for meeting in meetings),
        *((Registration, registration) for registration in named),
        *((Observation, (asked.source, line.observation_id)) for line in lines),
    ]
    stands_for: dict[str | None, list[Meeting]] = dict(zip(meetings, found, strict=False))
    candidates = sorted({_key(row) for rows in stands_for.values() for row in rows})
    read = yield [(Session, key) for key in candidates]
    sessions = dict(zip(candidates, read, strict=True))
    rows = found[len(meetings) : len(meetings) + len(named)]
    courses = {row.registration_id: row.course_id for row in rows if row is not None}
    wanted: list[Wanted] = []
    unknown: list[tuple[Key, Named]] = []
    for line in lines:
        place = _place(line, stands_for, sessions.get)
        if place is None:
            continue
        wanted.append((Session, place))
        who = line.who
        if who.participant_id and courses.get(who.registration_id or "") != place[0]:
            wanted.append((Unmatched, stranger_id(*place, who.participant_id)))
            unknown.append((place, who))
    if registrants := registrants_of(unknown):
        yield registrants
    return wanted


@needs(_observe_needs)
async def observe(work: Work, asked: Observe) -> Receipt:
    """Keep what was not kept before. An unknown meeting refuses its line, and only that."""
    accepted, duplicates, refused = 0, 0, list(asked.refused)
    kept: list[tuple[Key, Observed]] = []
    meetings = {line.meeting_id for _, line in asked.lines if line.course_id is None}
    stands_for = {m: work.find(where(Meeting, meeting_id=m)) for m in meetings}
    for index, line in asked.lines:
        if work.get(Observation, (asked.source, line.observation_id)) is not None:
            duplicates += 1
            continue
        place = _place(line, stands_for, lambda key: work.get(Session, key))
        if place is None:
            refused.append((index, f"No session is known for meeting {line.meeting_id}."))
            continue
        session = work.get(Session, place)
        if session is not None and session.expired_at is not None:
            refused.append((index, "The evidence of this session was kept for its time."))
            continue
        work.put(_row(asked.source, line, place, work))
        kept.append((place, line))
        accepted += 1
    for key in sorted({place for place, _ in kept}):
        touch(work, key, {line.who.participant_id for place, line in kept if place == key})
    keep_strangers(work, ((place, line.who) for place, line in kept))
    return Receipt(accepted, duplicates, tuple(sorted(refused)), left_out_of(asked.lines))


@alone
@needs(_observe_needs)
async def observe_alone(work: Work, asked: Observe) -> Receipt:
    """The same for a long request: many of those in one transaction would hold it too long."""
    return await observe(work, asked)


def touch(work: Work, key: Key, participants: Collection[str | None]) -> Session:
    """New evidence of a session: a stub where it is unknown; where it is completed those are
    settled anew whom it can concern. None among the participants is the meeting itself."""
    session = work.get(Session, key)
    if session is None:
        session = Session(course_id=key[0], session_id=key[1])
        work.put(session)
        deadlines.expire_unknown(work, session)
    elif session.state == "completed":
        deadlines.settle_those(work, session, participants)
    return session


def _place(
    line: Observed,
    stands_for: Mapping[str | None, Iterable[Meeting]],
    session: Callable[[Key], Session | None],
) -> Key | None:
    """The session a line is about: as it says, else the one that its meeting stood for then."""
    if line.course_id is not None and line.session_id is not None:
        return line.course_id, line.session_id
    candidates = []
    for row in stands_for.get(line.meeting_id, ()):
        known = session(_key(row))
        times = (known.starts_at, known.ends_at, known.opens_at) if known else (None, None, None)
        candidates.append(Placed(row.course_id, row.session_id, *times))
    nearest = session_at(candidates, line.at)
    return (nearest.course_id, nearest.session_id) if nearest else None


def _key(row: Meeting) -> Key:
    return row.course_id, row.session_id


def _row(source: str, line: Observed, place: Key, work: Work) -> Observation:
    return Observation(
        source=source,
        observation_id=line.observation_id,
        course_id=place[0],
        session_id=place[1],
        meeting_id=line.meeting_id,
        instance=line.instance,
        participant_id=line.who.participant_id,
        connection=line.connection,
        registration_id=line.who.registration_id,
        kind=line.kind,
        at=line.at,
        body=dict(line.body),
        sha256=line.sha256,
        received_at=work.now,
    )
