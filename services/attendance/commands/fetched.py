"""Fetched: what came of a call for a session's report, and what is done next.

A page's lines are kept by the same command as those of an uploaded report: once, whoever brings
them. When the last page of the last run is in, the session is complete sooner.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from services.attendance.commands import deadlines, reporting
from services.attendance.commands.deadlines import ref_of
from services.attendance.commands.fetching import Ask
from services.attendance.commands.platform import Busy, Denied, Listed, NotReady, Page, PageGone
from services.attendance.commands.reporting import Report
from services.attendance.commands.tasks import NOT_FETCHED, NOT_READ, not_fetched, not_read
from services.attendance.domain import fetching as rules
from services.attendance.domain.meetings import Placed
from services.attendance.domain.zoom import row_of
from services.attendance.models import ReportFetch, Session
from shared.runtime.outside import Recorded
from shared.runtime.plans import Plan, Wanted
from shared.runtime.rows import replace
from shared.runtime.tasks import task_key
from shared.runtime.work import Work


def record_needs(recorded: Recorded, secret: str) -> Plan:
    """The lines of a page as a report's, the row, and the task that it may end with."""
    ask: Ask = recorded.request
    wanted: Sequence[Wanted] = [(Session, ask.key)]
    if isinstance(recorded.result, Page):
        wanted = yield from reporting.report_needs(_report(recorded, secret))
    tasks = [task_key(kind, ref_of(*ask.key)) for kind in (NOT_FETCHED, NOT_READ)]
    return [*wanted, (ReportFetch, ask.key), *tasks]


async def record(work: Work, recorded: Recorded, grace: timedelta, secret: str) -> None:
    """Keep what came, and plan the next call; `grace` is how long a session waits for its report,
    `secret` the platform's.

    Lines are kept also where somebody has asked anew meanwhile; the fetch then goes its new way.
    """
    ask: Ask = recorded.request
    session, row = work.get(Session, ask.key), work.get(ReportFetch, ask.key)
    if session is None or row is None or session.expired_at is not None:
        return
    if isinstance(recorded.result, Page):
        report = _report(recorded, secret)
        fresh = reporting.take_in(work, report)
        _paged(work, session, row, recorded, (fresh, len(report.refused)), grace)
    elif isinstance(recorded.result, Listed):
        _listed(work, session, row, recorded, grace)
    else:
        _failed(work, session, row, recorded)


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
    places = dict(ask.of_meeting)
    found = [
        each
        for each in recorded.result.instances
        if rules.is_of(each, here, places.get(each.meeting_id, ()))
    ]
    runs = rules.with_runs(row.instances, [*found, *ask.observed])
    if not runs:
        _failed(work, session, row, _in_vain(recorded, NotReady()))
    elif rules.next_of(runs) is None:
        _done(work, session, replace(row, instances=runs), recorded, grace)
    else:
        _go_on(work, session, replace(row, instances=runs), recorded)


def _paged(
    work: Work,
    session: Session,
    row: ReportFetch,
    recorded: Recorded,
    kept: tuple[int, int],
    grace: timedelta,
) -> None:
    ask: Ask = recorded.request
    assert ask.run is not None
    fresh, refused = kept
    page: Page = recorded.result
    runs = [dict(run) for run in row.instances]
    run = next((run for run in runs if run["uuid"] == ask.run["uuid"]), None)
    row = replace(row, pages=row.pages + 1, lines=row.lines + fresh, refused=row.refused + refused)
    if run is None or run["page"] != ask.run["page"] or run["state"] == "done":
        work.put(replace(row, updated_at=work.now))  # asked anew meanwhile: its own call is planned
        return
    run |= {"pages": run["pages"] + 1, "lines": run["lines"] + fresh, "page": page.next_page}
    if page.next_page is None:
        run["state"] = "done"
    run.pop("trouble", None)
    row = replace(row, instances=runs)
    if run["pages"] >= rules.MOST_PAGES and page.next_page is not None:
        _give_up(work, session, row, "endless")
    elif rules.next_of(runs) is None:
        _done(work, session, row, recorded, grace)
    else:
        _go_on(work, session, row, recorded)


def _failed(work: Work, session: Session, row: ReportFetch, recorded: Recorded) -> None:
    """Try again: at once from the start of a run, or later; after a day a human is called."""
    ask: Ask = recorded.request
    error, tries = recorded.error, row.tries + 1
    runs = [dict(run) for run in row.instances]
    run = next((r for r in runs if ask.run is not None and r["uuid"] == ask.run["uuid"]), None)
    wait = rules.pause(tries)
    if isinstance(error, PageGone):
        trouble = "page-expired"
        wait = timedelta() if row.trouble != trouble else wait
        if run is not None:
            run["page"] = None
    elif isinstance(error, NotReady):
        trouble = "not-ready"
        wait = _after_others(runs, run, trouble, wait)
    elif isinstance(error, Busy):
        trouble = error.why
        wait = timedelta(seconds=error.after) if error.after else wait
    elif isinstance(error, Denied):
        trouble = error.why
        # An hour: somebody must do something first. What else there is, is fetched meanwhile.
        wait = max(wait, rules.pause(10))
        wait = _after_others(runs, run, trouble, wait)
        not_fetched(work, ask.key, trouble)
    else:  # no answer within the lease, or a defect: its name says which
        trouble = type(error).__name__
        wait = _after_others(runs, run, trouble, wait)
    if row.state == "done":
        return  # the second look found nothing more, or could not look: all that was known is in
    row = replace(row, state="waiting", instances=runs, tries=tries, trouble=trouble)
    if work.now + wait >= row.since + rules.TRIED_FOR:
        _give_up(work, session, row, trouble)
    else:
        _plan(work, session, row, work.now + wait, recorded)


def _after_others(
    runs: Sequence[dict[str, Any]], run: dict[str, Any] | None, trouble: str, wait: timedelta
) -> timedelta:
    """A run with a trouble of its own stands behind the others, which need not wait for it."""
    if run is None:
        return wait
    run |= {"late": run["late"] + 1, "page": None, "trouble": trouble}
    other = rules.next_of(runs)
    return timedelta() if other and other["late"] < run["late"] else wait


def _go_on(work: Work, session: Session, row: ReportFetch, recorded: Recorded) -> None:
    row = replace(row, state="fetching", tries=0, trouble=None)
    _plan(work, session, row, work.now, recorded)


def _done(
    work: Work, session: Session, row: ReportFetch, recorded: Recorded, grace: timedelta
) -> None:
    """All pages are in: only now the session is complete sooner, as by an upload."""
    work.put(replace(row, state="done", tries=0, trouble=None, next_at=None, updated_at=work.now))
    work.close_task(NOT_FETCHED, ref_of(*recorded.request.key))
    not_read(work, recorded.request.key, row.refused)
    deadlines.complete_sooner(work, session, grace)
    assert session.ends_at is not None
    again = session.ends_at + rules.AGAIN
    if work.now < again and not recorded.due.payload.get("again"):
        deadlines.fetch(work, session, again, again=True)


def _give_up(work: Work, session: Session, row: ReportFetch, trouble: str) -> None:
    work.put(replace(row, state="given_up", trouble=trouble, next_at=None, updated_at=work.now))
    not_fetched(work, (session.course_id, session.session_id), trouble)


def _plan(work: Work, session: Session, row: ReportFetch, at: datetime, recorded: Recorded) -> None:
    work.put(replace(row, next_at=at, updated_at=work.now))
    deadlines.fetch(work, session, at, again=bool(recorded.due.payload.get("again")))


def _in_vain(recorded: Recorded, error: Exception) -> Recorded:
    """The same call, come to nothing."""
    return Recorded(recorded.due, recorded.request, error=error)
