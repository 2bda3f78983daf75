"""The comparison itself: a page a transaction, so that no time-out is near however much there is.

First what the gateway knows and we do not is looked up there: a webhook that was lost heals so.
When those looks are through, all is compared; what is found stays until a comparison finds it no
more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import timedelta

from services.billing.commands import found_rows, hints, look_up
from services.billing.commands.night import plan_night
from services.billing.commands.saying import ask_staff
from services.billing.commands.sides import AT_THE_GATEWAY, CHECKS, Check
from services.billing.domain.findings import Finding
from services.billing.models import Reconciliation
from shared.runtime.due import Due
from shared.runtime.plans import alone, needs
from shared.runtime.rows import replace as changed
from shared.runtime.tasks import task_key
from shared.runtime.work import Work

COMPARE = "compare_books"
TASK = "reconciliation"
OPEN = "findings"  # the task's ref: one is open as long as there are any
IN_PART = "gateway-away-in-part"  # the error of one that compared what it could
LOOKING = "look-ups-open"  # and of one of whose things some are not known, for they are looked up
PAGE = 250
_WAIT = timedelta(seconds=2)
_SOON = timedelta(minutes=15)  # a look that is planned for later waits for something else
_PATIENCE = 30  # times that the looks are waited for
# A look is waited for as long as it may soon be answered; then what it is about is a finding.
_UNDER_WAY = """
SELECT payload->>'object_id' FROM due
WHERE kind = $1 AND ref LIKE '%/reconcile/%' AND version < $2 AND due_at < $3
"""
_GATEWAY = """
SELECT coalesce((SELECT gateway FROM gateway_movements WHERE object_id = $1 LIMIT 1),
  (SELECT gateway FROM payments WHERE payment_id = $1),
  (SELECT gateway FROM refunds WHERE gateway_ref = $1 LIMIT 1),
  (SELECT gateway FROM disputes WHERE dispute_id = $1))
"""
_LOOKED = """
SELECT payload->>'object_id' FROM due WHERE kind = $1 AND version < $2 AND due_at < 'infinity'
AND ref NOT LIKE '%/reconcile/%'
"""
_GIVEN_UP = """
SELECT FROM due WHERE kind = $1 AND payload->>'object_id' = $2 AND due_at < 'infinity'
AND (version >= $4 OR version > $3 AND ref LIKE '%/reconcile/%')
"""


@dataclass(frozen=True)
class Step:
    """How far a comparison is: looking up or comparing, which check, behind which key; `away` are
    gateways that did not answer: nothing is said of what only they know. `unsure` counts what is
    no finding only because it is being looked up."""

    looking: bool = True
    check: int = 0
    after: str = ""
    waited: int = 0
    away: Sequence[str] = ()
    unsure: int = 0


@needs(lambda due: [(Reconciliation, due.ref), task_key(TASK, OPEN)])
@alone
async def compare(work: Work, due: Due) -> None:
    """One page, and the next is planned."""
    run = work.get(Reconciliation, due.ref)
    if run is None or run.finished_at is not None:
        return
    step = Step(**due.payload)
    if step.looking and step.check == len(AT_THE_GATEWAY):
        if step.waited < _PATIENCE and await _looks(work):
            later = replace(step, waited=step.waited + 1)
            work.plan_due(COMPARE, run.run_id, work.now + _WAIT, payload=asdict(later))
        else:
            _go_on(work, run, Step(looking=False, away=step.away))
    elif step.check < len(CHECKS):
        await _page(work, run, step)
    else:
        await _finish(work, run, step)


async def _looks(work: Work) -> set[str]:
    """What a comparison has had looked up, and may still be answered."""
    until = work.now + _SOON
    rows = await work.con.fetch(_UNDER_WAY, hints.DUE, look_up.TRIES, until)
    return {row[0] for row in rows}


def _go_on(work: Work, run: Reconciliation, step: Step) -> None:
    work.plan_due(COMPARE, run.run_id, work.now, payload=asdict(step))


async def _page(work: Work, run: Reconciliation, step: Step) -> None:
    check: Check = CHECKS[step.check]
    rows = await work.con.fetch(check.sql, step.after, PAGE, run.started_at, work.now)
    found = [finding for row in rows for finding in check.findings(row)]
    found, looked, away = await _spared(work, step, found)
    unsure = step.unsure
    if step.looking:
        found = [one for one in found if one.look is not None]
        for one in found:
            await _look(work, one)
        run = changed(run, looked_up=run.looked_up + len(found))
    else:
        for one in found:
            await found_rows.keep(work, run, one)
        known = await found_rows.leave_open(work, run, looked)
        still = known + await found_rows.leave_open(work, run, away)
        unsure += len(looked) - known
        run = changed(run, found=run.found + len(found) + still)
    work.put(run)
    more = len(rows) == PAGE
    _go_on(
        work,
        run,
        replace(
            step,
            check=step.check if more else step.check + 1,
            after=rows[-1]["key"] if more else "",
            unsure=unsure,
        ),
    )


async def _spared(
    work: Work, step: Step, found: list[Finding]
) -> tuple[list[Finding], list[Finding], list[Finding]]:
    """What is to be said, and what is not known: it is being looked up, or its gateway is away."""
    said: list[Finding] = []
    looked: list[Finding] = []
    away: list[Finding] = []
    if found:
        rows = await work.con.fetch(_LOOKED, hints.DUE, look_up.PATIENCE)
        asked = {row[0] for row in rows} | await _looks(work)
        of_gateways = bool(step.away) and step.check < len(AT_THE_GATEWAY)
        for one in found:
            if of_gateways and await work.con.fetchval(_GATEWAY, one.about) in step.away:
                away.append(one)
            else:
                (looked if one.about in asked else said).append(one)
    return said, looked, away


async def _look(work: Work, finding: Finding) -> None:
    """Have it looked up, as if its webhook had come. That there is none is believed at once,
    for this is no webhook that may be faster than what it tells of."""
    assert finding.look is not None
    kind, object_id = finding.look
    gateway = await work.con.fetchval(_GATEWAY, object_id)
    if gateway is not None:
        look = {"gateway": gateway, "type": kind, "object_id": object_id}
        ref, tried = f"{gateway}/reconcile/{object_id}", look_up.PATIENCE
        if await work.con.fetch(_GIVEN_UP, hints.DUE, object_id, tried, look_up.TRIES):
            return  # it is tried again as it is
        work.plan_due(hints.DUE, ref, work.now, version=tried, payload=look)


async def _finish(work: Work, run: Reconciliation, step: Step) -> None:
    open_ = await found_rows.resolve(work, run)
    error = IN_PART if step.away else LOOKING if step.unsure else ""
    work.put(changed(run, finished_at=work.now, error=error))
    if run.moved or step.unsure:
        plan_night(work)
    if run.found:
        what = (
            "What the gateway reports and the books do not agree. See the findings of the "
            "reconciliation, each with its next step."
        )
        ask_staff(work, TASK, OPEN, what, run_id=run.run_id)
    elif not open_ and not step.unsure:
        work.close_task(TASK, OPEN, "all agrees")
