"""Unfetched: a call for a report that came to nothing. It is made again, or a human is called.

What was whole before is not called missing: a later look that is refused takes nothing from it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from services.attendance.commands import deadlines
from services.attendance.commands.fetching import Ask
from services.attendance.commands.platform import Busy, Denied, NotReady, PageGone
from services.attendance.commands.tasks import not_fetched, not_read
from services.attendance.domain import fetching as rules
from services.attendance.domain import pages
from services.attendance.domain.pages import Run
from services.attendance.models import ReportFetch, Session
from shared.runtime.outside import Recorded
from shared.runtime.rows import replace
from shared.runtime.work import Work

_REFUSED = 10  # tries whose pause a refusal has at once, an hour: somebody must do something first


def failed(work: Work, session: Session, row: ReportFetch, recorded: Recorded) -> None:
    """Try again: at once from the start of a run, or later; after a day a human is called."""
    ask: Ask = recorded.request
    error, tries = recorded.error, row.tries + 1
    trouble, wait = _trouble(error), rules.pause(tries)
    runs = list(row.instances)
    at = next((n for n, r in enumerate(runs) if ask.run and r["uuid"] == ask.run["uuid"]), None)
    if isinstance(error, Busy):
        wait = timedelta(seconds=error.after) if error.after else wait
    elif isinstance(error, PageGone):
        wait = timedelta() if row.trouble != trouble else wait
    elif isinstance(error, Denied):
        wait = max(wait, rules.pause(_REFUSED))
    if at is not None and isinstance(error, PageGone):
        runs[at] = pages.from_its_start(runs[at])
    elif at is not None and not isinstance(error, Busy):
        late = {"late": runs[at]["late"] + 1, "trouble": trouble}
        runs[at] = {**pages.from_its_start(runs[at]), **late}
        wait = after_others(runs, runs[at], wait)
    if row.state == "done":
        _look_later(work, session, replace(row, tries=tries), recorded, wait)
        return
    if isinstance(error, Denied) and is_missing(row, ask):
        not_fetched(work, ask.row, trouble)
    row = replace(row, state="waiting", instances=runs, tries=tries, trouble=trouble)
    if work.now + wait >= row.since + rules.TRIED_FOR:
        give_up(work, row, recorded, trouble)
    else:
        call(work, session, row, work.now + wait, recorded)


def is_missing(row: ReportFetch, ask: Ask) -> bool:
    """Whether what was asked for is to be brought by a human where it cannot be fetched: a run that
    was never whole; or the list of runs, where none ever was."""
    if ask.run is not None:
        return ask.run["uuid"] not in row.whole
    return ask.missed and not row.whole


def give_up(work: Work, row: ReportFetch, recorded: Recorded, trouble: str) -> None:
    """Ask no more; a human brings what is missing."""
    ask: Ask = recorded.request
    work.put(replace(row, state="given_up", trouble=trouble, next_at=None, updated_at=work.now))
    missing = [run for run in row.instances if run["state"] != "done"]
    if any(run["uuid"] not in row.whole for run in missing) or is_missing(row, ask):
        not_fetched(work, ask.row, trouble)
    if row.refused:
        not_read(work, ask.row, row.refused)


def call(work: Work, session: Session, row: ReportFetch, at: datetime, recorded: Recorded) -> None:
    """Make the next call then."""
    work.put(replace(row, next_at=at, updated_at=work.now))
    again = bool(recorded.due.payload.get("again"))
    deadlines.fetch(work, session, row.meeting_id, at, again=again)


def after_others(runs: Sequence[Run], run: Run, wait: timedelta) -> timedelta:
    """A run with a trouble of its own stands behind the others, which need not wait for it."""
    other = pages.next_of(runs)
    return timedelta() if other and other["late"] < run["late"] else wait


def _look_later(
    work: Work, session: Session, row: ReportFetch, recorded: Recorded, wait: timedelta
) -> None:
    """The second look came to nothing, and all that was known is in. Who was only busy is asked
    once more; who said no, or that there is nothing, is believed."""
    believed = isinstance(recorded.error, NotReady | Denied)
    if believed or work.now + wait >= row.since + rules.TRIED_FOR:
        work.put(replace(row, tries=0, next_at=None, updated_at=work.now))
    else:
        call(work, session, row, work.now + wait, recorded)


def _trouble(error: Exception | None) -> str:
    """A stable word. No answer within the lease, or a defect: its name says which."""
    if isinstance(error, PageGone):
        return "page-expired"
    if isinstance(error, NotReady):
        return "not-ready"
    return error.why if isinstance(error, Busy | Denied) else type(error).__name__
