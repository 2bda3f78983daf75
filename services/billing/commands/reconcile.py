"""Reconciliation: what the gateways report is fetched, page by page, then compared (`compare.py`).

Asked for by staff, or by night after a day on which money may have moved: an opened page and a
movement plan the next night, so that nothing is planned for ever. Each time it is looked as well
whether the states that are kept of invoices are theirs (`look_at_states.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from services.billing.commands.compare import COMPARE
from services.billing.commands.look_at_states import LOOK
from services.billing.commands.night import plan_night
from services.billing.commands.saying import ask_staff
from services.billing.domain.seen import Movements, pause_after
from services.billing.models import GatewayCursor, GatewayMovement, Reconciliation
from shared.runtime.due import Due
from shared.runtime.outside import Recorded
from shared.runtime.plans import alone, needs
from shared.runtime.rows import replace
from shared.runtime.tasks import task_key
from shared.runtime.work import Work

PULL = "pull_movements"
NIGHTLY = "reconcile"
PAGE = 500
TRIES = 8  # at a gateway that does not answer: some minutes
NIGHT = time(3)
_FIRST = "SELECT min(created_at) FROM checkouts WHERE gateway = $1"
_CLOCKS = timedelta(minutes=5)  # by which ours and a gateway's may differ, and more
_USED = """
SELECT g FROM unnest($1::text[]) WITH ORDINALITY AS asked (g, place)
WHERE EXISTS (SELECT FROM gateway_cursors WHERE gateway = g AND after IS NOT NULL)
  OR EXISTS (SELECT FROM checkouts WHERE gateway = g)
  OR EXISTS (SELECT FROM payments WHERE gateway = g) ORDER BY place
"""
AWAY = "gateway-away"  # the task, and the error of one that could compare nothing


@dataclass(frozen=True)
class Pull:
    """A page of a gateway's report; nothing of ours moved there before `since`. `others` are those
    that are asked after it."""

    gateway: str
    after: str | None
    since: datetime | None = None
    limit: int = PAGE
    others: tuple[str, ...] = ()


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
        work.plan_due(LOOK, run.run_id, work.now)
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


def _pull(
    work: Work,
    run_id: str,
    gateways: Sequence[str],
    tries: int = 0,
    *,
    away: Sequence[str] = (),
    any_answered: bool = False,
) -> None:
    """Fetch from the first of these, then from the others; then compare. `away` did not answer."""
    if gateways:
        at = work.now + (pause_after(tries) if tries else timedelta())
        payload = {"gateways": list(gateways), "away": list(away), "answered": any_answered}
        work.plan_due(PULL, run_id, at, version=tries, payload=payload)
    else:
        work.plan_due(COMPARE, run_id, work.now, payload={"away": list(away)})


@needs(
    lambda due: [
        (Reconciliation, due.ref),
        *((GatewayCursor, gateway) for gateway in due.payload["gateways"]),
    ]
)
@alone
async def prepare_pull(work: Work, due: Due) -> Pull | None:
    """Behind the last movement that is known; at first from the first page that we opened there, so
    that what an account did before us is neither walked through nor compared. A gateway that is set
    up and was never used may not even be there: it is not asked."""
    gateways = due.payload["gateways"]
    used = [row[0] for row in await work.con.fetch(_USED, gateways)]
    if not used:
        _pull(work, due.ref, [], away=due.payload["away"])
        return None
    gateway, others = used[0], tuple(used[1:])
    cursor = work.get(GatewayCursor, gateway)
    if cursor is not None and cursor.after is not None:
        return Pull(gateway, cursor.after, others=others)
    first: datetime | None = await work.con.fetchval(_FIRST, gateway)
    return Pull(gateway, None, (first or work.now) - _CLOCKS, others=others)


@needs(
    lambda recorded: [
        (Reconciliation, recorded.due.ref),
        (GatewayCursor, recorded.request.gateway),
        task_key(AWAY, recorded.request.gateway),
    ]
)
async def record_pull(work: Work, recorded: Recorded) -> None:
    """Keep a page; the cursor guards the movements, so that each is kept once."""
    run = work.get(Reconciliation, recorded.due.ref)
    if run is None or run.finished_at is not None:
        return
    asked = recorded.request
    gateways = [asked.gateway, *asked.others]
    away = list(recorded.due.payload.get("away", ()))
    answered = bool(recorded.due.payload.get("answered"))
    if recorded.error is not None:
        tries = recorded.due.version + 1
        if tries < TRIES:
            _pull(work, run.run_id, gateways, tries, away=away, any_answered=answered)
        else:
            _give_up(work, run, gateways, away, answered)
        return
    work.close_task(AWAY, asked.gateway, "it answers")
    page: Movements = recorded.result
    cursor = work.get(GatewayCursor, asked.gateway)
    if (cursor.after if cursor else None) != asked.after:  # another comparison was faster
        _pull(work, run.run_id, gateways, away=away, any_answered=answered)
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
    whole = cursor.whole if cursor is not None and asked.after is not None else page.whole
    work.put(GatewayCursor(gateway=asked.gateway, after=after, whole=whole, fetched_at=work.now))
    work.put(replace(run, moved=run.moved + len(page.items)))
    left = gateways if page.next else gateways[1:]
    _pull(work, run.run_id, left, away=away, any_answered=True)


def _give_up(
    work: Work, run: Reconciliation, gateways: list[str], away: list[str], answered: bool
) -> None:
    """The others are compared all the same; the night that comes, all is tried again."""
    name, *others = gateways
    plan_night(work)
    what = (
        "A gateway did not report what moved there, so it could not be compared with the books. It "
        "is tried again every night; see whether it is reachable, and whether our key is good."
    )
    ask_staff(work, AWAY, name, what, gateway=name)
    if others or answered:
        _pull(work, run.run_id, others, away=[*away, name], any_answered=answered)
    else:
        work.put(replace(run, finished_at=work.now, error=AWAY))
