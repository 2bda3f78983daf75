"""Fetched: what came of a call for the report of a meeting, and what is done next.

A page's lines are kept by the same command as those of an uploaded report: once, whoever brings
them. When the last page of the last run of the session's last meeting is in, the session is
complete sooner. Calls that come to nothing are in `unfetched.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from services.attendance.commands import deadlines, reporting
from services.attendance.commands.fetches import fetches_of
from services.attendance.commands.fetching import Ask
from services.attendance.commands.platform import Listed, NotReady, Page
from services.attendance.commands.reporting import Report
from services.attendance.commands.tasks import is_fetched, not_fetched, not_read, tasks_of_report
from services.attendance.commands.unfetched import (
    after_others,
    call,
    failed,
    give_up,
    is_missing,
)
from services.attendance.domain import fetching as rules
from services.attendance.domain import pages
from services.attendance.domain.meetings import Placed
from services.attendance.domain.zoom import row_of
from services.attendance.models import ReportFetch, Session
from shared.runtime.outside import Recorded
from shared.runtime.plans import Plan, Wanted
from shared.runtime.rows import replace
from shared.runtime.work import Work

_FAULTY = 3  # tries whose pause a run has whose pages were wrong: a report may be in the making


def record_needs(recorded: Recorded, secret: str) -> Plan:
    """The lines of a page as a report's, the fetches, and the tasks that this one may end with."""
    ask: Ask = recorded.request
    wanted: Sequence[Wanted] = [(Session, ask.key)]
    if isinstance(recorded.result, Page):
        wanted = yield from reporting.report_needs(_report(recorded, secret))
    return [*wanted, (ReportFetch, ask.row), fetches_of(ask.key), *tasks_of_report(ask.row)]


async def record(work: Work, recorded: Recorded, grace: timedelta, secret: str) -> None:
    """Keep what came, and plan the next call; `grace` is how long a session waits for its report,
    `secret` the platform's.

    Lines are kept also where somebody has asked anew meanwhile; the fetch then goes its new way.
    """
    ask: Ask = recorded.request
    session, row = work.get(Session, ask.key), work.get(ReportFetch, ask.row)
    if session is None or row is None or session.expired_at is not None:
        return
    if isinstance(recorded.result, Page):
        report = _report(recorded, secret)
        fresh = reporting.take_in(work, report)
        row = replace(row, pages=row.pages + 1, lines=row.lines + fresh)
        row = replace(row, refused=row.refused + len(report.refused))
        _paged(work, session, row, recorded, fresh, grace)
    elif isinstance(recorded.result, Listed):
        _listed(work, session, row, recorded, grace)
    else:
        failed(work, session, row, recorded)


def _report(recorded: Recorded, secret: str) -> Report:
    ask: Ask = recorded.request
    assert ask.run is not None
    rows = [row_of(row, ask.run["meeting_id"], ask.run["uuid"]) for row in recorded.result.rows]
    return reporting.reading(*ask.key, rows, timedelta(), secret)


def _listed(
    work: Work, session: Session, row: ReportFetch, recorded: Recorded, grace: timedelta
) -> None:
    ask: Ask = recorded.request
    here = Placed(*ask.key, session.starts_at, session.ends_at)
    found = [each for each in recorded.result.instances if rules.is_of(each, here, ask.places)]
    row = replace(row, instances=pages.with_runs(row.instances, [*found, *ask.observed]))
    if not row.instances and ask.missed:
        failed(work, session, row, _in_vain(recorded, NotReady()))
    else:  # a meeting that was replaced before the session may well have had no run
        _go_on(work, session, row, recorded, grace)


def _paged(
    work: Work,
    session: Session,
    row: ReportFetch,
    recorded: Recorded,
    fresh: int,
    grace: timedelta,
) -> None:
    ask: Ask = recorded.request
    assert ask.run is not None
    page: Page = recorded.result
    runs = list(row.instances)
    at = next((n for n, run in enumerate(runs) if run["uuid"] == ask.run["uuid"]), None)
    if at is None or runs[at]["page"] != ask.run["page"] or runs[at]["state"] != "open":
        work.put(replace(row, updated_at=work.now))  # asked anew meanwhile: its own call is planned
        return
    run = pages.turned(runs[at], page.rows, page.next_page, page.total)
    runs[at] = run = {**run, "lines": run["lines"] + fresh}
    row = replace(row, instances=runs)
    trouble = run.get("trouble")
    if run["state"] == "done":
        row = replace(row, whole=sorted({*row.whole, run["uuid"]}))
    elif run["state"] == "stopped" and is_missing(row, ask):
        not_fetched(work, ask.row, str(trouble))
    elif trouble:
        row = replace(row, state="waiting", trouble=trouble)
        wait = after_others(runs, run, rules.pause(_FAULTY + run["faults"]))
        call(work, session, row, work.now + wait, recorded)
        return
    _go_on(work, session, row, recorded, grace)


def _go_on(
    work: Work, session: Session, row: ReportFetch, recorded: Recorded, grace: timedelta
) -> None:
    """The next call, at once; or none, where all is in or the rest cannot be had."""
    row = replace(row, tries=0, trouble=None)
    stopped = pages.stopped(row.instances)
    if pages.next_of(row.instances) is not None:
        call(work, session, replace(row, state="fetching"), work.now, recorded)
    elif stopped is not None:
        give_up(work, row, recorded, stopped["trouble"])
    else:
        _done(work, session, row, recorded, grace)


def _done(
    work: Work, session: Session, row: ReportFetch, recorded: Recorded, grace: timedelta
) -> None:
    """All pages are in. Where those of the session's other meetings are too, and only now, the
    session is complete sooner, as by an upload."""
    ask: Ask = recorded.request
    work.put(replace(row, state="done", next_at=None, updated_at=work.now))
    is_fetched(work, ask.row)
    not_read(work, ask.row, row.refused)
    fetches = work.find(fetches_of(ask.key))
    if all(each.state == "done" for each in fetches) and any(each.instances for each in fetches):
        deadlines.complete_sooner(work, session, grace)
    assert session.ends_at is not None
    again = session.ends_at + rules.AGAIN
    if work.now < again and not recorded.due.payload.get("again"):
        deadlines.fetch(work, session, row.meeting_id, again, again=True)


def _in_vain(recorded: Recorded, error: Exception) -> Recorded:
    """The same call, come to nothing."""
    return Recorded(recorded.due, recorded.request, error=error)
