"""What attendance does when its time comes."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from services.attendance.commands import (
    closing,
    completing,
    concerned,
    deadlines,
    fetched,
    fetches,
    fetching,
    retention,
    settling,
)
from services.attendance.commands.deadlines import named
from services.attendance.commands.platform import Platform
from shared.runtime.due import Due, Dues
from shared.runtime.outside import Recorded
from shared.runtime.plans import needs
from shared.runtime.work import Work

LEASE_SECONDS = 60
CALLS = 4  # at once: the platform's limits are by the second


def dues_of(grace: timedelta, platform: Platform | None, secret: str) -> Dues:
    """The deadlines of this service; without a platform no report is fetched, and none planned.
    `secret` is Holdfast's own: with it who is known by an address only has an id."""
    dues = Dues()

    @dues.inside(deadlines.OPEN)
    @needs(lambda due: fetches.plan_needs(named(due.payload)))
    async def open_session(work: Work, due: Due) -> None:
        opened = await completing.open_session(work, due)
        if opened is not None and platform is not None:
            fetches.plan(work, opened)

    @dues.inside(deadlines.REPORTS)
    @needs(lambda due: fetches.plan_needs(named(due.payload)))
    async def look_for_meetings(work: Work, due: Due) -> None:
        if platform is not None:
            await fetches.look(work, due)

    dues.inside(deadlines.COMPLETE)(completing.complete_by_clock)
    dues.walk(
        deadlines.CLOSE,
        over=settling.registrations_of,
        each=settling.settle_one,
        through=closing.close_session,
    )
    dues.walk(
        deadlines.SETTLE,
        over=settling.registrations_of,
        each=settling.settle_one,
        through=closing.review_session,
    )
    dues.inside(deadlines.CONCERNED)(concerned.settle_concerned)
    dues.inside(deadlines.SETTLE_LATER)(closing.settle_later)
    dues.walk(deadlines.EXPIRE, over=retention.sessions_of, each=retention.expire_session)
    if platform is not None:
        _fetch(dues, grace, platform, secret)
    return dues


def _fetch(dues: Dues, grace: timedelta, platform: Platform, secret: str) -> None:
    @needs(lambda recorded: fetched.record_needs(recorded, secret))
    async def record(work: Work, recorded: Recorded) -> None:
        await fetched.record(work, recorded, grace, secret)

    dues.outside(
        deadlines.FETCH,
        prepare=fetching.prepare,
        act=partial(fetching.act, platform),
        record=record,
        concurrency=CALLS,
        lease_seconds=LEASE_SECONDS,
    )
