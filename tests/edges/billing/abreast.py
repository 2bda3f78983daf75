"""Many histories abreast in one world: each does one act a round, then the invariants are asked.

A hundred side by side cost hardly more than one: what billing hears comes as one batch, and the
invariants look at all of them at once. What breaks one names it.
"""

import asyncio
import contextlib
import json
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx

from cli.invariants.credits import ends_that_moved
from cli.invariants.registry import Outside
from services.billing.commands.look_up import Heard, store_hint
from services.billing.domain.seen import Hint
from shared.runtime.failpoint import Point
from stack.paysim import rules
from stack.paysim.faults import Faults
from stack.paysim.later import everything
from tests.edges.billing.conftest import INVARIANTS, World, token
from tests.edges.billing.histories import (
    BankEnds,
    Disputes,
    Goodwill,
    GoodwillCredit,
    History,
    Pays,
    Said,
    Staff,
    TakesBack,
    Transfers,
)
from tests.edges.billing.quotes_hold import Quotes
from tests.edges.billing.reached import UNDECIDED, counted
from tests.edges.billing.side_by_side import SideBySide
from tests.stage import header, killed_at

ROUNDS = 9
YEAR = 400  # days, after which any credit has ended
HOUR = 3600.0  # what comes later at the gateway comes so much later; thirty times that if lost
FAULTS = {
    "decline": 0.05,
    "timeout_before": 0.05,
    "timeout_after": 0.05,
    "error_500": 0.05,
    "webhook_delay": 0.1,
    "webhook_duplicate": 0.15,
    "webhook_reorder": 0.15,
    "webhook_lost_then_found": 0.05,
    "refund_pending": 0.1,
    "refund_fails_later": 0.08,
    "insufficient_balance": 0.15,
    "card_gone": 0.04,
    "dispute": 0.07,
    "dashboard_refund": 0.05,
}
STEPS = {
    timedelta(minutes=1): 2,
    timedelta(minutes=40): 2,
    timedelta(days=1): 2,
    timedelta(days=6): 2,
    timedelta(days=14): 1,
}
DISPUTED_FOR = 6 * 24 * HOUR  # a bank takes its time with what a payer said late
CRASHES: list[Point] = ["batch.claimed", "batch.flushed", "batch.committed", "intake.handled"]
CALLS: list[Point] = ["outside.claimed", "outside.prepared", "outside.acted", "outside.recorded"]


@dataclass(frozen=True)
class Broken:
    """What does not hold any more; `history` is whose it is."""

    history: str
    what: str


class BrokenError(AssertionError):
    """Some histories broke an invariant."""

    def __init__(self, broken: Sequence[Broken]) -> None:
        super().__init__("\n".join(f"{one.history}: {one.what}" for one in broken))
        self.broken = broken


class Abreast:
    """Histories in a world, and what happens to all of them at once; `later` it begins so long
    after the world's first moment, five weeks before the course does."""

    def __init__(
        self,
        world: World,
        seed: str,
        histories: Sequence[History],
        later: timedelta = timedelta(0),
    ) -> None:
        self.world = world
        world.clock.time += later
        self.seed = seed
        self.histories = {history.name: history for history in histories}
        self.chance = random.Random(f"world/{seed}")
        self._outbox = 0
        self._closed: tuple[int, int] | None = None  # the next to be closed
        self._invoices: dict[str, str] = {}
        self._credits: list[tuple[str, dict[str, Any]]] = []
        self._quotes = Quotes()
        self._calling = SideBySide(world.db, world.clock, world.service.dues)
        world.store.faults = Faults(
            seed, FAULTS, hang_seconds=0, slow_seconds=0, later_seconds=HOUR
        )

    async def run(self) -> None:
        """All rounds, then everything comes to rest and its time runs out."""
        for _ in range(ROUNDS):
            await self._round()
        await self._end()

    def story(self, name: str) -> list[str]:
        """What happened in a history."""
        return self.histories[name].story if name else []

    async def _round(self) -> None:
        [step] = self.chance.choices(list(STEPS), list(STEPS.values()))
        self.world.clock.time += step
        rules.happen(self.world.store)
        acts = [(one, act) for one in self.histories.values() for act in one.acts(self.now)]
        crash = self.chance.choice(CRASHES) if self.chance.random() < 0.2 else None
        await self._delivers([one.delivered() for one in self.histories.values()], crash)
        await self.holds()
        await asyncio.gather(*(self._does(history, act) for history, act in acts))
        await self._webhooks()
        if self.chance.random() < 0.2:
            await self._dies(self.chance.choice(CALLS))
        elif self.chance.random() < 0.9:
            await self._rests()
        await self.holds()

    async def _end(self) -> None:
        """The line is good again, everything arrives; then the years go by."""
        self.world.store.faults = Faults(self.seed, later_seconds=HOUR)
        every = [one.delivered(all_of_it=True) for one in self.histories.values()]
        await self._delivers(every, None)
        for days in (0, 1, 1, 1, 5, YEAR, YEAR):
            self.world.clock.time += timedelta(days=days)
            await self.world.leases_run_out()
            everything(self.world.store)
            if days == YEAR:
                for one in self.histories.values():
                    one.remembers()
            more = True
            while more:
                await self._rests()
                more = await self._webhooks()
                more = await self._settles_by_hand() or more
                said = [one.delivered(all_of_it=True) for one in self.histories.values()]
                await self._delivers(said, None)
                more = more or any(said)
            await self._closes_months()
            await self.holds()
        await self._is_at_rest()

    @property
    def now(self) -> datetime:
        return self.world.clock.now()

    # --- what happens -----------------------------------------------------------------------------

    async def _delivers(self, said: Sequence[Sequence[Said]], crash: Point | None) -> None:
        """Each history's events in its own order: mostly one of each history a batch, for what
        comes together is planned together; now and then all of them in one."""
        if self.chance.random() < 0.08:
            batches = [[each for one in said for each in one]]
        else:
            batches = [[one[at] for one in said if at < len(one)] for at in range(_longest(said))]
        for at, batch in enumerate(batches):
            records = [self.world.said_by_others(each.event, each.id) for each in batch]
            if crash is not None and at == 0:
                with killed_at(crash):
                    await self.world.takes(records)
            await self._takes(records)
        await self._hears()

    async def _takes(self, records: Sequence[Any]) -> None:
        for record, outcome in zip(records, await self.world.takes(records), strict=True):
            if outcome == "dead":
                who = self._name((record.key or b"").decode())
                raise BrokenError([Broken(who, f"{type_of(record)} is a dead letter")])

    async def _does(self, history: History, act: Any) -> None:
        if isinstance(act, Pays):
            await self._pays(history, act)
        elif isinstance(act, Goodwill):
            key = history.next()
            answer = await self.world.goodwill(act.registration_id, key=key, amount=act.amount)
            self._expects(history, answer, {202, 404, 409, 422})
        elif isinstance(act, GoodwillCredit | Transfers):
            await self._by_staff(history, act)
        elif isinstance(act, Staff):
            await self._staff(history, act)
        elif isinstance(act, BankEnds):
            refunds = self.world.store.by_reference("refund", act.invoice_id)
            if act.place < len(refunds):
                rules.settle(self.world.store, refunds[act.place]["id"], act.status)
        elif isinstance(act, Disputes):
            self._disputes(act)
        elif isinstance(act, TakesBack):
            await self._takes_back(history, act)

    async def _pays(self, history: History, act: Pays) -> None:
        if act.beside is not None:
            reference, amount, currency = act.beside
            wanted = {"key": f"beside:{history.next()}", "amount": amount, "currency": currency}
            wanted |= {"reference": reference, "return_url": "http://x", "cancel_url": None}
            page = rules.open_checkout(self.world.store, wanted, "http://paysim.test")
            rules.pay(self.world.store, page["id"], act.card)
        answer = await self.world.http.post(
            f"/billing/v1/registrations/{act.registration_id}/checkout",
            headers={
                "Authorization": f"Bearer {token(act.registration_id, act.version)}",
                "Idempotency-Key": history.next(),
            },
        )
        self._expects(history, answer, {200, 401, 403, 409, 425, 503})
        if answer.status_code == 200:
            page_id = answer.json()["checkout_url"].rpartition("/")[2]
            with contextlib.suppress(rules.Refused):  # a page that is over
                rules.pay(self.world.store, page_id, act.card)

    async def _by_staff(self, history: History, act: GoodwillCredit | Transfers) -> None:
        if isinstance(act, GoodwillCredit):
            path, body = f"registrations/{act.registration_id}/credits", {"reason": "a kindness"}
        else:
            path, body = f"invoices/{act.invoice_id}/payments", {"reference": act.reference}
        answer = await self.world.http.post(
            f"/billing/v1/{path}",
            json=body | {"amount": {"amount": act.amount, "currency": history.currency}},
            headers={"Idempotency-Key": history.next()},
        )
        self._expects(history, answer, {200, 201, 404, 409, 422, 425})

    def _disputes(self, act: Disputes) -> None:
        """The payer tells the bank; one that knows already decides, perhaps anew."""
        store = self.world.store
        with contextlib.suppress(rules.Refused):  # nothing is left of the payment
            for payment in store.by_reference("payment", act.invoice_id)[:1]:
                if known := store.of_parent("dispute", payment["id"]):
                    rules.close(store, known[0]["id"], act.result)
                else:
                    opened = rules.dispute(store, payment["id"], None, "unrecognized")
                    store.later("close", opened["id"], DISPUTED_FOR, result=act.result)

    async def _takes_back(self, history: History, act: TakesBack) -> None:
        """Staff take the last of what a registration earned back in the books."""
        sql = (
            "SELECT transaction_id FROM ledger_transactions WHERE registration_id = $1"
            " AND kind = 'revenue-earned' ORDER BY booked_at DESC, transaction_id LIMIT 1"
        )
        transaction_id = await self.world.value(sql, act.registration_id)
        if transaction_id is not None:
            answer = await self.world.http.post(
                f"/billing/v1/ledger/transactions/{transaction_id}/reverse",
                json={"reason": "it was not held"},
                headers={"Idempotency-Key": history.next()},
            )
            self._expects(history, answer, {201, 409})

    async def _settles_by_hand(self) -> bool:
        """Staff send back what came by a bank; gives whether there was any."""
        sql = "SELECT refund_id FROM refunds WHERE gateway = 'bank' AND state = 'requested'"
        rows = await self.world.rows(sql)
        for row in rows:
            answer = await self.world.http.post(
                f"/billing/v1/refunds/{row['refund_id']}/settle",
                json={"reference": "by hand"},
                headers={"Idempotency-Key": f"settles {row['refund_id']}"},
            )
            if answer.status_code != 200:
                name = await self._whose(row["refund_id"])
                raise BrokenError([Broken(name, f"{answer.status_code} {answer.text}")])
        return bool(rows)

    async def _closes_months(self) -> None:
        """All months that are over, in their order."""
        month = self._closed or (2020, 9)
        while True:
            answer = await self.world.http.post(
                f"/billing/v1/books/months/{month[0]}-{month[1]:02}/close",
                headers={"Idempotency-Key": f"closes {month} {self.now}"},
            )
            if answer.status_code != 200:
                break
            month = (month[0] + month[1] // 12, month[1] % 12 + 1)
        if answer.json()["type"] != "/problems/month-not-over":
            raise BrokenError([Broken("", f"{month} cannot be closed: {answer.text}")])
        self._closed = month

    async def reached(self) -> Counter[str]:
        """How often there was what the histories are said to go through."""
        return await counted(self.world)

    async def _staff(self, history: History, act: Staff) -> None:
        """Staff about the first refund of a registration that failed and is open still."""
        sql = (
            "SELECT refund_id FROM refunds r WHERE registration_id = $1 AND state = 'failed'"
            " AND NOT EXISTS (SELECT FROM refunds n WHERE n.replaces = r.refund_id)"
            " ORDER BY requested_at, refund_id LIMIT 1"
        )
        refund_id = await self.world.value(sql, act.registration_id)
        if refund_id is None:
            return
        answer = await self.world.http.post(
            f"/billing/v1/refunds/{refund_id}/{act.what}",
            json={"reference": "by hand"} if act.what == "settle" else None,
            headers={"Idempotency-Key": history.next()},
        )
        self._expects(history, answer, {200, 202, 409})

    async def _webhooks(self) -> bool:
        """Webhooks as the simulator sends them by now; gives whether there were any."""
        due = self.world.store.webhooks_due(10_000)
        hints = []
        for identity, text, _ in due:
            event = json.loads(text)
            hints.append(Hint(event["id"], event["type"], event["data"]["id"]))
            self.world.store.webhook_done(identity)
        await asyncio.gather(*map(self._hints, hints))
        return bool(due)

    async def _hints(self, hint: Hint) -> None:
        heard = Heard("paysim", hint)
        await self.world.edge.run(store_hint, heard, answer=lambda _stored: (200, {}))

    async def _dies(self, point: Point) -> None:
        """A process that makes its calls dies on the way; another takes its place, later."""
        if await self._is_due(list(self.world.service.dues.outsides)):
            try:
                with killed_at(point):
                    await self.world.outside.step()
            except BaseException as why:  # nothing was left to be asked: so it came through
                if "DID NOT RAISE" not in str(why):
                    raise
            await self.world.leases_run_out()

    async def _rests(self) -> None:
        while await self.world.sweep.step() + await self._calling.step():
            pass
        await self._hears()

    async def _is_due(self, kinds: Sequence[str] = ()) -> bool:
        sql = "SELECT exists(SELECT FROM due WHERE due_at <= $1 AND (kind = any($2) OR $3))"
        return bool(await self.world.value(sql, self.now, list(kinds), not kinds))

    async def _hears(self) -> None:
        """What billing said since goes to the history it is about."""
        sql = "SELECT id, headers, payload, topic FROM outbox WHERE id > $1 ORDER BY id"
        for row in await self.world.rows(sql, self._outbox):
            self._outbox = row["id"]
            type_ = header(row["headers"], "ce_type")
            fact = json.loads(row["payload"]) if row["payload"] else {}
            if row["topic"] == "billing.credits":
                self._credits.append((type_, fact))
            if (who := fact.get("registration_id")) is not None:
                if type_ == "invoice.issued.v1":
                    self._invoices[fact["invoice_id"]] = self._name(who)
                self.histories[self._name(who)].hears(type_, fact, self.now)

    def _expects(self, history: History, answer: httpx.Response, good: set[int]) -> None:
        history.story.append(f"      answered: {answer.status_code} {answer.text[:120]}")
        if answer.status_code not in good:
            raise BrokenError([Broken(history.name, f"{answer.status_code} {answer.text}")])

    # --- what must hold ---------------------------------------------------------------------------

    async def holds(self) -> None:
        """Invariants 1, 2 and 6 of domain.md §10, of all histories."""
        async with self.world.db.acquire() as con:
            outside = Outside({"billing": con}, bootstrap="", simulator="", simulator_key="")
            found = [
                (one.about, f"{check.__name__}: {one.detail}")
                for check in INVARIANTS
                async for one in check(outside)
            ]
            found += await self._quotes.broken(con, self.now)
        excused = {
            row["registration_id"]
            for row in await self.world.rows(
                "SELECT DISTINCT registration_id FROM settlements"
                " WHERE by = 'provider' OR cause NOT IN ('cancelled', 'transferred')"
            )
        }
        found += [(one.about, one.detail) for one in ends_that_moved(self._credits, excused)]
        failed = await self.world.rows(
            "SELECT kind, ref FROM due WHERE attempts > 0 AND kind = any($1)",
            list(self.world.service.dues.insides),
        )
        found += [(row["ref"], f"{row['kind']} fails by a defect") for row in failed]
        if found:
            raise BrokenError([Broken(await self._whose(about), what) for about, what in found])

    async def _is_at_rest(self) -> None:
        """Nothing is left open, and the gateway's totals are the ledger's."""
        left = await self.world.rows(
            "SELECT registration_id, refund_id FROM refunds"
            " WHERE state IN ('requested', 'submitted', 'unknown')"
        )
        broken = [
            Broken(self._name(row["registration_id"]), f"{row['refund_id']} never ended")
            for row in left
        ]
        undecided = await self.world.rows(UNDECIDED)
        broken += [
            Broken(self._name(row["registration_id"]), f"{row['cause']} was never decided")
            for row in undecided
        ]
        booked = {
            row["currency"]: row["amount"]
            for row in await self.world.rows(
                "SELECT currency, sum(amount_minor)::bigint AS amount FROM ledger_entries"
                " WHERE account = 'cash:gateway' GROUP BY 1"
            )
        }
        moved = rules.totals(self.world.store)["currencies"]
        for currency, totals in moved.items():
            kept = totals["captured"] - totals["refunded"] - totals["disputed"]
            if kept != booked.get(currency, 0):
                what = f"{kept} {currency} are at the gateway, {booked.get(currency, 0)} booked"
                broken.append(Broken("", what))
        if broken:
            raise BrokenError(broken)

    async def _whose(self, about: str) -> str:
        """The history of whatever a finding names."""
        sql = """
        SELECT registration_id FROM ledger_transactions WHERE transaction_id = $1
        UNION ALL SELECT registration_id FROM payment_parts WHERE payment_id = $1
        UNION ALL SELECT registration_id FROM credits WHERE credit_id = $1
        UNION ALL SELECT registration_id FROM refunds WHERE refund_id = $1 LIMIT 1
        """
        return self._name(await self.world.value(sql, about) or about)

    def _name(self, about: str) -> str:
        """Ids of a history begin with its name."""
        name = about.partition(".")[0]
        return name if name in self.histories else ""


def type_of(record: Any) -> str:
    """The type of a record."""
    return str(dict(record.headers)["ce_type"].decode())


def _longest(said: Sequence[Sequence[Said]]) -> int:
    return max(map(len, said), default=0)
