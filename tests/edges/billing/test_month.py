"""A month of cancellations with everything going wrong at the gateway: at its end all agrees.

A thousand here; ten thousand by `make month`, with progress.
"""

from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from shared.contracts.event import Event
from stack.paysim import rules
from stack.paysim.faults import Faults
from stack.paysim.later import everything
from tests.edges.billing.conftest import World, cancelled, confirmed, requested, world_of
from tests.edges.billing.side_by_side import SideBySide

BEGIN = datetime(2020, 9, 14, 15, 5, tzinfo=UTC)
FAULTS = {
    "timeout_before": 0.03,
    "timeout_after": 0.03,
    "error_500": 0.03,
    "webhook_delay": 0.1,
    "webhook_duplicate": 0.1,
    "webhook_reorder": 0.1,
    "webhook_lost_then_found": 0.05,
    "refund_pending": 0.1,
    "refund_fails_later": 0.03,
    "insufficient_balance": 0.1,
    "card_gone": 0.02,
}
PART = 250  # registrations a step


@pytest.fixture
async def world(database: Any, tmp_path: Path) -> AsyncIterator[World]:
    async with world_of(database("billing"), tmp_path, one_clock=True, log_level="ERROR") as made:
        yield made


class Month:
    """So many registrations, paid, confirmed and cancelled within thirty days."""

    def __init__(self, world: World, size: int, *, tell: bool = False) -> None:
        self.world, self.size, self.tell = world, size, tell
        self.calls = SideBySide(world.db, world.clock, world.service.dues)
        world.store.faults = Faults(
            "month", FAULTS, hang_seconds=0, slow_seconds=0, later_seconds=3600
        )

    async def goes_by(self) -> None:
        for first in range(0, self.size, PART):
            names = [f"m{number:05}" for number in range(first, min(first + PART, self.size))]
            await self.world.hears(*[requested(name) for name in names])
            self._pay(await self._invoices(names))
            await self._rests()
            self.world.clock.time += timedelta(minutes=10)
            await self.world.hears(*[confirmed(name) for name in names])
            at = BEGIN + timedelta(days=1 + 29 * first / self.size)
            self.world.clock.time = max(self.world.clock.time, at)
            said: list[Event] = [cancelled(name, self._now(), by=_by(name)) for name in names]
            await self.world.hears(*said)
            await self._rests()
            if self.tell:
                print(f"{first + len(names):6} cancelled, {self.world.clock.time:%Y-%m-%d}")
        await self._comes_to_rest()

    async def _comes_to_rest(self) -> None:
        """Faults end; lost webhooks are found, but for one in a hundred, which never come."""
        self.world.store.faults = Faults("month", later_seconds=3600)
        for _ in range(12):
            self.world.clock.time += timedelta(days=1)
            everything(self.world.store)
            for place, (identity, _, _) in enumerate(self.world.store.webhooks_due(100_000)):
                if place % 100 == 99:
                    self.world.store.webhook_done(identity)
            await self._rests()

    async def reconciled(self) -> dict[str, Any]:
        answer = await self.world.http.post(
            "/billing/v1/reconciliation", headers={"Idempotency-Key": "the month"}
        )
        path = f"/billing/v1/reconciliation/runs/{answer.json()['run_id']}"
        for _ in range(60):
            await self._rests()
            run: dict[str, Any] = (await self.world.http.get(path)).json()
            if run["finished_at"] is not None:
                break
            self.world.clock.time += timedelta(seconds=5)
        assert run["finished_at"] is not None
        shown = (await self.world.http.get("/billing/v1/reconciliation")).json()
        assert shown["run_id"] == run["run_id"]
        return run | {"found": [(one["kind"], one["about"]) for one in shown["findings"]]}

    def _now(self) -> str:
        return str(self.world.clock.now().isoformat())

    async def _invoices(self, names: list[str]) -> list[tuple[str, str]]:
        rows = await self.world.rows(
            "SELECT registration_id, invoice_id FROM registrations"
            " WHERE registration_id = any($1) ORDER BY 1",
            names,
        )
        return [(row["registration_id"], row["invoice_id"]) for row in rows]

    def _pay(self, invoices: list[tuple[str, str]]) -> None:
        """Each pays at the page of its invoice; one in twenty twice."""
        for name, invoice_id in invoices:
            for page in ("first", "second")[: 2 if int(name[1:]) % 20 == 0 else 1]:
                wanted = {"key": f"{page}/{name}", "amount": 19900, "currency": "USD"}
                wanted |= {"reference": invoice_id, "return_url": "http://x", "cancel_url": None}
                made = rules.open_checkout(self.world.store, wanted, "http://paysim.test")
                rules.pay(self.world.store, made["id"], "4242424242424242")

    async def _rests(self) -> None:
        rules.happen(self.world.store)
        done = 1
        while done:
            done = await self.world.sweep.step() + await self.calls.step()
            done += len(await self.world.deliver())


def _by(name: str) -> str:
    """One in ten is the provider's."""
    return "provider" if name.endswith("7") else "learner"


async def asked_of_staff(world: World) -> set[str]:
    """The refunds of which staff are to give the money back, by the tasks that are open."""
    opened = {task["task_id"]: task for task in await world.said("task.opened")}
    for closed in await world.said("task.closed"):
        del opened[closed["task_id"]]
    kinds = {"refund-failed", "refund-by-hand"}
    return {t["about"]["refund_id"] for t in opened.values() if t["kind"] in kinds}


async def agrees(world: World, month: Month) -> dict[str, int]:
    """The month's figures, once everything about it is as it must be."""
    run = await month.reconciled()
    assert run["found"] == []
    assert run["error"] is None
    totals = rules.totals(world.store)
    booked = await world.value(
        "SELECT sum(amount_minor)::bigint FROM ledger_entries WHERE account = 'cash:gateway'"
    )
    assert totals["captured"] - totals["refunded"] - totals["disputed"] == booked
    assert await world.broken_invariants() == []
    rows = await world.rows("SELECT outcome, count(*) AS n FROM settlements GROUP BY 1")
    outcomes = Counter({str(row["outcome"]): row["n"] for row in rows})
    assert outcomes.total() == month.size
    assert "None" not in outcomes
    owed = await world.value(
        "SELECT -sum(amount_minor)::bigint FROM ledger_entries WHERE account = 'refunds_payable'"
    )
    failed = await world.value(
        "SELECT coalesce(sum(amount_minor), 0)::bigint FROM refunds r WHERE state = 'failed'"
        " AND NOT EXISTS (SELECT FROM refunds n WHERE n.replaces = r.refund_id)"
    )
    assert owed == failed  # what failed for good is still owed
    debts = await world.rows(
        "SELECT refund_id FROM refunds r WHERE state = 'failed'"
        " AND NOT EXISTS (SELECT FROM refunds n WHERE n.replaces = r.refund_id)"
    )
    assert {row["refund_id"] for row in debts} == await asked_of_staff(world)
    # of every night: what was lost may have been found before
    looked = await world.value("SELECT sum(looked_up)::bigint FROM reconciliations")
    figures = {"captured": totals["captured"], "refunded": totals["refunded"], "looked up": looked}
    return figures | dict(outcomes)


async def test_a_month_of_a_thousand_cancellations_ends_in_agreement(world: World) -> None:
    month = Month(world, 1000)
    await month.goes_by()
    figures = await agrees(world, month)
    assert figures["captured"] == 1050 * 19900
    assert figures["looked up"] > 0  # what was lost for good was found


@pytest.mark.extras
@pytest.mark.long
@pytest.mark.timeout(3600)
async def test_a_month_of_ten_thousand_cancellations_ends_in_agreement(world: World) -> None:
    month = Month(world, 10_000, tell=True)
    await month.goes_by()
    figures = await agrees(world, month)
    print(figures)
    assert figures["captured"] == 10_500 * 19900
