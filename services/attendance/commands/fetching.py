"""Fetching the report of a meeting from the platform, a call at a time: what is asked.

Each call is a deadline of its own (`shared/runtime/outside.py`): list the runs of the meeting, then
the pages of each. The row says how far it has come, so a crash at any point costs at most one call
more. What comes of a call is in `fetched.py`, which meetings there are in `fetches.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from services.attendance.commands.completing import SessionUnknown, still_kept
from services.attendance.commands.deadlines import named, ref_of
from services.attendance.commands.fetches import (
    begin,
    is_missed,
    meetings_of,
    numbers,
    plan_needs,
)
from services.attendance.commands.observing import Key
from services.attendance.commands.platform import Denied, Listed, NotReady, Page, Platform
from services.attendance.domain import fetching as rules
from services.attendance.domain import pages
from services.attendance.domain.fetching import Instance
from services.attendance.domain.meetings import Placed
from services.attendance.models import Meeting, ReportFetch, Session
from shared.errors import Conflict
from shared.runtime.due import Due
from shared.runtime.plans import Plan, needs
from shared.runtime.rows import where
from shared.runtime.work import Work

_OBSERVED = """
SELECT DISTINCT instance FROM observations
WHERE course_id = $1 AND session_id = $2 AND instance IS NOT NULL AND meeting_id = $3
ORDER BY instance
"""


class NotOver(Conflict):
    """A report is made after its meeting."""

    slug = "session-not-over"


class NoMeeting(Conflict):
    """There is nothing to ask for."""

    slug = "session-without-zoom-meeting"


@dataclass(frozen=True, slots=True)
class Ask:
    """One call: a page of a run, or (no run) the list of all runs of the meeting."""

    key: Key
    meeting_id: str
    observed: tuple[Instance, ...]  # runs that webhooks told of
    run: dict[str, Any] | None
    places: tuple[Placed, ...]  # what the meeting stands for
    missed: bool  # whether a human is called where nothing comes of it

    @property
    def row(self) -> tuple[str, str, str]:
        """The key of its fetch."""
        return (*self.key, self.meeting_id)


@dataclass(frozen=True, slots=True)
class Fetch:
    """Somebody wants the report now."""

    course_id: str
    session_id: str


@needs(lambda asked: plan_needs((asked.course_id, asked.session_id)))
async def fetch(work: Work, asked: Fetch) -> list[ReportFetch]:
    """Fetch the report of each meeting now, once more from its start: what was kept of it is kept
    once."""
    key = (asked.course_id, asked.session_id)
    session = work.get(Session, key)
    if session is None or session.ends_at is None:
        raise SessionUnknown("There is no such session.")
    still_kept(session)
    if session.state == "cancelled" or work.now < session.ends_at:
        raise NotOver("The report is made after the session's end.")
    meetings = numbers(work.find(meetings_of(key)))
    if not meetings:
        raise NoMeeting("No meeting of Zoom stands for this session.")
    work.audit("report.fetched", ref_of(*key))
    return [begin(work, session, number, work.now) for number in meetings]


def _prepare_needs(due: Due) -> Plan:
    key, meeting_id = named(due.payload), str(due.payload["meeting_id"])
    _, stands_for = yield [meetings_of(key), where(Meeting, meeting_id=meeting_id)]
    others = sorted({(row.course_id, row.session_id) for row in stands_for})
    yield [(Session, each) for each in others]
    return [(Session, key), (ReportFetch, (*key, meeting_id))]


@needs(_prepare_needs)
async def prepare(work: Work, due: Due) -> Ask | None:
    """The next call, or None where there is none to make (any more, or yet)."""
    key, meeting_id = named(due.payload), str(due.payload["meeting_id"])
    session, row = work.get(Session, key), work.get(ReportFetch, (*key, meeting_id))
    if session is None or row is None or session.ends_at is None:
        return None
    if session.state == "cancelled" or session.expired_at is not None:
        return None
    if work.now < session.ends_at:  # it was moved since
        begin(work, session, meeting_id, session.ends_at + rules.AFTER_END)
        return None
    again = bool(due.payload.get("again"))
    if row.state not in rules.UNDER_WAY and not again:
        return None
    rows = await work.con.fetch(_OBSERVED, *key, meeting_id)
    observed = tuple(Instance(each["instance"], meeting_id) for each in rows)
    stood = is_missed(session, work.find(meetings_of(key)), meeting_id)
    return Ask(
        key=key,
        meeting_id=meeting_id,
        observed=observed,
        run=pages.next_of(row.instances),
        places=_stands_for(work, meeting_id),
        missed=stood or bool(observed),
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
    try:
        return Listed(tuple(await platform.instances(ask.meeting_id)))
    except NotReady:  # what that means for this meeting is said where it is recorded
        return Listed(())
    except Denied:
        # Where this list may not be read (not every plan of Zoom's has it), the webhooks told
        # which runs there were.
        if not ask.observed:
            raise
        return Listed(())
