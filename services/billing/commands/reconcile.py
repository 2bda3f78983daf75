"""Reconciliation: what the gateways report is fetched, page by page, then compared (`compare.py`).

Asked for by staff, or by night after a day on which money may have moved: an opened page and a
movement plan the next night, so that nothing is planned for ever.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from services.billing.commands.compare import COMPARE
from services.billing.domain.seen import Movements, pause_after
from services.billing.models import GatewayCursor, GatewayMovement, Reconciliation
from shared.runtime.due import Due
from shared.runtime.outside import Recorded
from shared.runtime.plans import needs
from shared.runtime.rows import replace
from shared.runtime.work import Work

PULL = "pull_movements"
NIGHTLY = "reconcile"
PAGE = 500
TRIES = 8  # at a gateway that does not answer: some minutes
NIGHT = time(3)


@dataclass(frozen=True)
class Pull:
    """A page of a gateway's report."""

    gateway: str
    after: str | None
    limit: int = PAGE


@dataclass(frozen=True)
class Asked:
    """Staff ask for a comparison of all gateways."""

    by: str


class Reconciler:
    """Knows which gateways there are, and where the days of the books begin."""

    def __init__(self, gateways: Sequence[str], zone: str) -> None:
        self.gateways = sorted(gateways)
        self.zone = ZoneInfo(zone)

    async def ask(self, work: Work, asked: Asked) -> Reconciliation:
        """Begin one now."""
        work.audit("reconciliation.asked", "gateways")
        return self._begin(work, asked.by)

    async def nightly(self, work: Work, due: Due) -> None:
        """Begin the one of this night."""
        self._begin(work, f"night of {due.ref}")

    def _begin(self, work: Work, by: str) -> Reconciliation:
        run = Reconciliation(
            run_id=work.new_id("reconciliation"),
            day=self.day_of(work.now),
            asked_by=by,
            started_at=work.now,
        )
        work.put(run)
        _pull(work, run.run_id, self.gateways)
        return run

    def day_of(self, at: datetime) -> date:
        """The day of the books."""
        return at.astimezone(self.zone).date()

    async def next_night(self, work: Work, _due: Due) -> None:
        """Plan the night that comes, once however often it is asked for."""
        local = work.now.astimezone(self.zone)
        day = local.date() + timedelta(days=0 if local.time() < NIGHT else 1)
        work.plan_due(NIGHTLY, day.isoformat(), datetime.combine(day, NIGHT, self.zone))


def _pull(work: Work, run_id: str, gateways: Sequence[str], tries: int = 0) -> None:
    """Fetch from the first of these, then from the others; then compare."""
    if gateways:
        at = work.now + (pause_after(tries) if tries else timedelta())
        work.plan_due(PULL, run_id, at, version=tries, payload={"gateways": list(gateways)})
    else:
        work.plan_due(COMPARE, run_id, work.now)


@needs(lambda due: [(Reconciliation, due.ref), (GatewayCursor, due.payload["gateways"][0])])
async def prepare_pull(work: Work, due: Due) -> Pull:
    """Behind the last movement that is known."""
    gateway = str(due.payload["gateways"][0])
    cursor = work.get(GatewayCursor, gateway)
    return Pull(gateway, cursor.after if cursor else None)


@needs(
    lambda recorded: [
        (Reconciliation, recorded.due.ref),
        (GatewayCursor, recorded.request.gateway),
    ]
)
async def record_pull(work: Work, recorded: Recorded) -> None:
    """Keep a page; the cursor guards the movements, so that each is kept once."""
    run = work.get(Reconciliation, recorded.due.ref)
    if run is None or run.finished_at is not None:
        return
    gateways, asked = list(recorded.due.payload["gateways"]), recorded.request
    if recorded.error is not None:
        tries = recorded.due.version + 1
        if tries < TRIES:
            _pull(work, run.run_id, gateways, tries)
        else:
            work.put(replace(run, finished_at=work.now, error="gateway-away"))
        return
    page: Movements = recorded.result
    cursor = work.get(GatewayCursor, asked.gateway)
    if (cursor.after if cursor else None) != asked.after:  # another comparison was faster
        _pull(work, run.run_id, gateways)
        return
    for one in page.items:
        work.put(
            GatewayMovement(
                gateway=asked.gateway,
                movement_id=one.movement_id,
                kind=one.kind,
                object_id=one.object_id,
                payment_id=one.payment_id,
                amount_minor=one.amount_minor,
                currency=one.currency,
                at=one.at,
                fetched_at=work.now,
            )
        )
    after = page.items[-1].movement_id if page.items else asked.after
    work.put(GatewayCursor(gateway=asked.gateway, after=after, fetched_at=work.now))
    work.put(replace(run, moved=run.moved + len(page.items)))
    _pull(work, run.run_id, gateways if page.next else gateways[1:])
