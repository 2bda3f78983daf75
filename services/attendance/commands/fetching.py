"""Fetching the report of a session from the platform, a call at a time: what is asked.

Each call is a deadline of its own (`shared/runtime/outside.py`): list the runs of the session's
meetings, then the pages of each. The row says how far it has come, so a crash at any point costs at
most one call more. What comes of a call is in `fetched.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.attendance.commands import deadlines
from services.attendance.commands.completing import SessionUnknown, still_kept
from services.attendance.commands.deadlines import named, ref_of
from services.attendance.commands.observing import Key
from services.attendance.commands.platform import (
    Denied,
    Listed,
    NotReady,
    Page,
    Platform,
)
from services.attendance.domain import fetching as rules
from services.attendance.domain.fetching import Instance
from services.attendance.domain.meetings import Placed
from services.attendance.models import Meeting, ReportFetch, Session
from shared.errors import Conflict
from shared.runtime.due import Due
from shared.runtime.plans import Plan, Wanted, needs
from shared.runtime.rows import Query, replace, where
from shared.runtime.work import Work

_OBSERVED = """
SELECT DISTINCT instance, meeting_id FROM observations
WHERE course_id = $1 AND session_id = $2 AND instance IS NOT NULL AND meeting_id = ANY($3)
"""


class NotOver(Conflict):
    """A report is made after its meeting."""

    slug = "session-not-over"


class NoMeeting(Conflict):
    """There is nothing to ask for."""

    slug = "session-without-zoom-meeting"


@dataclass(frozen=True, slots=True)
class Ask:
    """One call: a page of a run, or (no run) the list of all runs of these meetings."""

    key: Key
    meetings: tuple[str, ...]
    observed: tuple[Instance, ...]  # runs that webhooks told of
    run: dict[str, Any] | None
    of_meeting: tuple[tuple[str, tuple[Placed, ...]], ...]  # what each meeting stands for


@dataclass(frozen=True, slots=True)
class Fetch:
    """Somebody wants the report now."""

    course_id: str
    session_id: str


def plan_at_end(work: Work, session: Session) -> None:
    """The door is open: its report is fetched after the end. Plan: the session's ReportFetch."""
    if session.recorded or session.ends_at is None or session.meeting_id is None:
        return
    if not rules.is_meeting_of_zoom(session.meeting_id):
        return
    _begin(work, session, max(work.now, session.ends_at + rules.AFTER_END))


def fetch_needs(key: Key) -> list[Wanted]:
    """What planning a fetch needs."""
    return [(Session, key), (ReportFetch, key)]


@needs(
    lambda asked: [
        *fetch_needs((asked.course_id, asked.session_id)),
        _meetings((asked.course_id, asked.session_id)),
    ]
)
async def fetch(work: Work, asked: Fetch) -> ReportFetch:
    """Fetch the report now, once more from its start: what was kept of it is kept once."""
    key = (asked.course_id, asked.session_id)
    session = work.get(Session, key)
    if session is None or session.ends_at is None:
        raise SessionUnknown("There is no such session.")
    still_kept(session)
    if session.state == "cancelled" or work.now < session.ends_at:
        raise NotOver("The report is made after the session's end.")
    if not _numbers(work.find(_meetings(key))):
        raise NoMeeting("No meeting of Zoom stands for this session.")
    work.audit("report.fetched", ref_of(*key))
    return _begin(work, session, work.now)


def _begin(work: Work, session: Session, at: datetime) -> ReportFetch:
    row = ReportFetch(
        course_id=session.course_id,
        session_id=session.session_id,
        state="planned",
        since=at,
        next_at=at,
        updated_at=work.now,
    )
    work.put(row)
    deadlines.fetch(work, session, at)
    return row


def _prepare_needs(due: Due) -> Plan:
    key = named(due.payload)
    session, meetings = yield [(Session, key), _meetings(key)]
    if session is None:
        return [(ReportFetch, key)]
    numbers = _numbers(meetings)
    stands_for = yield [where(Meeting, meeting_id=number) for number in numbers]
    others = sorted({(row.course_id, row.session_id) for rows in stands_for for row in rows})
    yield [(Session, other) for other in others]
    return [(ReportFetch, key)]


@needs(_prepare_needs)
async def prepare(work: Work, due: Due) -> Ask | None:
    """The next call, or None where there is none to make (any more, or yet)."""
    key = named(due.payload)
    session, row = work.get(Session, key), work.get(ReportFetch, key)
    if session is None or row is None or session.ends_at is None:
        return None
    if session.state == "cancelled" or session.expired_at is not None:
        return None
    if work.now < session.ends_at:  # it was moved since
        _begin(work, session, session.ends_at + rules.AFTER_END)
        return None
    again = bool(due.payload.get("again"))
    if row.state not in rules.UNDER_WAY and not again:
        return None
    numbers = _numbers(work.find(_meetings(key)))
    if not numbers:
        work.put(replace(row, state="given_up", trouble="no-meeting", next_at=None))
        return None
    run = rules.next_of(row.instances)
    observed: tuple[Instance, ...] = ()
    if run is None:
        rows = await work.con.fetch(_OBSERVED, *key, list(numbers))
        observed = tuple(
            Instance(each["instance"], each["meeting_id"])
            for each in sorted(rows, key=lambda r: (r["meeting_id"], r["instance"]))
        )
    return Ask(
        key=key,
        meetings=numbers,
        observed=observed,
        run=run,
        of_meeting=tuple((number, _stands_for(work, number)) for number in numbers),
    )


def _stands_for(work: Work, number: str) -> tuple[Placed, ...]:
    placed = []
    for row in work.find(where(Meeting, meeting_id=number)):
        session = work.get(Session, (row.course_id, row.session_id))
        times = (
            (session.starts_at, session.ends_at, session.opens_at)
            if session
            else (None, None, None)
        )
        placed.append(Placed(row.course_id, row.session_id, *times))
    return tuple(placed)


async def act(platform: Platform, ask: Ask) -> Listed | Page:
    """Ask the platform."""
    if ask.run is not None:
        return await platform.page(ask.run["uuid"], ask.run["page"])
    found: list[Instance] = []
    why: NotReady | Denied | None = None
    for meeting in ask.meetings:
        try:
            found += await platform.instances(meeting)
        except (NotReady, Denied) as error:
            # The other meeting of a swap may be there; and where this list may not be read (not
            # every plan of Zoom's has it), the webhooks told which runs there were.
            why = error
    if why is not None and not found and not ask.observed:
        raise why
    return Listed(tuple(found))


def _meetings(key: Key) -> Query[Meeting]:
    return where(Meeting, course_id=key[0], session_id=key[1])


def _numbers(meetings: Sequence[Meeting]) -> tuple[str, ...]:
    """The meetings of Zoom among those that stand or stood for a session."""
    ids = {meeting.meeting_id for meeting in meetings}
    return tuple(sorted(each for each in ids if rules.is_meeting_of_zoom(each)))
