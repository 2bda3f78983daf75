"""Billing on a real Postgres of its own, the real payment simulator beside it.

The simulator answers over HTTP without a socket; a `Line` between them can go down before or after the work was done, and webhooks
are delivered when a test says so, in the order it says.
"""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from time import time
from typing import Any
from unittest.mock import patch

import httpx
import pytest

from cli.invariants import credits as credits_
from cli.invariants import invoices, money, refunds
from cli.invariants.registry import Outside
from services.billing.app import build
from services.billing.settings import Settings
from shared.contracts import reference
from shared.contracts.event import Event
from shared.contracts.registration import (
    CoursePublished,
    RegistrationCancelled,
    RegistrationConfirmed,
    RegistrationRequested,
)
from shared.runtime.clock import wall
from shared.runtime.service import Service
from shared.runtime.tokens import PERSONAL, digest_of, mint
from stack.paysim import app as paysim
from stack.paysim import webhooks
from stack.paysim.deps import Settings as PaysimSettings
from stack.paysim.store import Store
from tests.stage import OPERATOR, SECRET, Stage, StillClock, header, unresting

API_KEY = "the simulator's key"
WEBHOOK_SECRET = "the webhooks' secret"
COURSE = reference.COURSE_ID
GOOD, DECLINED, POOR = "4242424242424242", "4000000000000002", "4000000000009995"
INVARIANTS = (
    money.transactions_balance,
    money.money_is_accounted_for,
    money.cash_is_what_moved,
    money.revenue_is_never_overdrawn,
    money.closed_months_agree,
    money.disputes_are_booked,
    money.payments_are_divided,
    refunds.no_tender_gives_more,
    refunds.refunds_are_owed,
    credits_.credits_add_up,
    credits_.credits_are_booked,
    credits_.nothing_after_expiry,
    credits_.no_more_comes_back,
    invoices.states_are_kept,
)


class Line(httpx.AsyncBaseTransport):
    """The line to the simulator: `before` and `after` say which calls fail, and when."""

    def __init__(self, app: Any) -> None:
        self._inner = httpx.ASGITransport(app)
        self.calls: list[tuple[str, str]] = []
        self.before: Callable[[httpx.Request], bool] = lambda _request: False
        self.after: Callable[[httpx.Request], bool] = lambda _request: False
        self.unknown: Callable[[httpx.Request], bool] = lambda _request: False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.calls.append((request.method, request.url.path))
        if self.before(request):
            raise httpx.ConnectTimeout("the line is down", request=request)
        if self.unknown(request):
            return httpx.Response(404, json={}, request=request)
        answer = await self._inner.handle_async_request(request)
        if self.after(request):
            raise httpx.ReadTimeout("the answer got lost", request=request)
        return answer

    def mend(self) -> None:
        self.before = self.after = self.unknown = lambda _request: False


class World(Stage):
    """One service, its gateway, and what the others say to it."""

    def __init__(self, service: Service, store: Store, line: Line, shop: httpx.AsyncClient) -> None:
        super().__init__(service)
        self.store = store
        self.line = line
        self.shop = shop  # a learner's browser at the simulator

    # --- time and the gateway ---------------------------------------------------------------------

    async def rests(self) -> None:
        """Do what is due now: inside and outside, and deliver the webhooks that come of it."""
        for _ in unresting():
            if not await self.sweep.step() + await self.outside.step() + len(await self.deliver()):
                break

    def pending_webhooks(self) -> list[bytes]:
        return [text.encode() for _, text, _ in self.store.webhooks_due(100)]

    async def deliver(self) -> list[int]:
        """Deliver every webhook that waits; those taken are not delivered again."""
        answers = []
        for identity, text, _ in self.store.webhooks_due(100):
            answers.append(await self.webhook(text.encode()))
            if answers[-1] < 300:
                self.store.webhook_done(identity)
        return answers

    async def webhook(self, body: bytes, *, secret: str = WEBHOOK_SECRET, age: int = 0) -> int:
        signature = webhooks.sign(secret, body, int(time()) - age)
        async with self.client() as gateway:
            answer = await gateway.post(
                "/billing/v1/webhooks/paysim",
                content=body,
                headers={"paysim-signature": signature},
            )
        return answer.status_code

    async def checkout(self, registration_id: str, key: str | None = None) -> httpx.Response:
        async with self.client(token(registration_id)) as learner:
            return await learner.post(
                f"/billing/v1/registrations/{registration_id}/checkout",
                headers={"Idempotency-Key": key or uuid.uuid4().hex},
            )

    async def pays(self, registration_id: str, card: str = GOOD, *, deliver: bool = True) -> None:
        """Open the checkout, put a card in, and let billing hear of it."""
        answer = await self.checkout(registration_id)
        assert answer.status_code == 200, answer.text
        await self.shop.post(answer.json()["checkout_url"], data={"card": card})
        if deliver:
            await self.rests()

    # --- what it says and knows -------------------------------------------------------------------

    async def types(self, registration_id: str | None = None) -> list[str]:
        """The types of what was said, in order, without tasks."""
        async with self.db.acquire() as con:
            rows = await con.fetch("SELECT headers, payload FROM outbox ORDER BY id")
        return [
            header(row["headers"], "ce_type").removesuffix(".v1")
            for row in rows
            if registration_id in {None, json.loads(row["payload"]).get("registration_id")}
        ]

    async def view(self, registration_id: str) -> Any:
        answer = await self.http.get(f"/billing/v1/registrations/{registration_id}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def balances(self, registration_id: str) -> dict[str, int]:
        """Account → signed minor units, without those that are even."""
        found = (await self.view(registration_id))["balances"]
        return {account: amount for account, amount in found.items() if amount}

    async def quote(self, registration_id: str, at: str | None = None) -> httpx.Response:
        return await self.http.get(
            f"/billing/v1/registrations/{registration_id}/cancellation-quote",
            params={"at": at} if at else {},
        )

    async def goodwill(self, registration_id: str, key: str | None = None, **body: Any) -> Any:
        return await self.http.post(
            f"/billing/v1/registrations/{registration_id}/refunds",
            json={"reason": "a kindness"} | body,
            headers={"Idempotency-Key": key or uuid.uuid4().hex},
        )

    def totals(self) -> tuple[int, int]:
        """(captured, refunded) as the simulator has it."""
        from stack.paysim.rules import totals

        found = totals(self.store)
        return found["captured"], found["refunded"]

    async def broken_invariants(self) -> list[str]:
        """The names of the invariants of money and credits that do not hold."""
        async with self.db.acquire() as con:
            outside = Outside({"billing": con}, bootstrap="", simulator="", simulator_key="")
            return [check.__name__ for check in INVARIANTS if [one async for one in check(outside)]]


def token(registration_id: str, version: int = 1) -> str:
    return mint(SECRET, PERSONAL, registration_id, version)


def person_of(registration_id: str) -> str:
    return f"person-of-{registration_id}"


def of(event: type[Event], registration_id: str, **changes: Any) -> Any:
    about = {"registration_id": registration_id, "person_id": person_of(registration_id)}
    return event.model_validate(event.example | about | changes)


def requested(registration_id: str, **changes: Any) -> Any:
    return of(RegistrationRequested, registration_id, **changes)


def confirmed(registration_id: str, **changes: Any) -> Any:
    return of(RegistrationConfirmed, registration_id, **changes)


def cancelled(registration_id: str, at: str, **changes: Any) -> Any:
    return of(RegistrationCancelled, registration_id, requested_at=at, **changes)


def course(version: int = 1, **changes: Any) -> CoursePublished:
    return CoursePublished.model_validate(reference.COURSE | {"version": version} | changes)


def usd(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "USD"}


@asynccontextmanager
async def world_of(
    database_url: str, directory: Path, *, one_clock: bool = False, **more: Any
) -> AsyncIterator[World]:
    """A world in a database. With one clock the simulator lives in business time, and what takes
    days there takes no time here; else it has the clock on the wall."""
    clock = StillClock("2020-09-14T15:05:00Z")
    simulator = paysim.build(
        PaysimSettings(
            data=directory,
            public_url="http://paysim.test",
            webhook_url="http://unused.test",
            webhook_secret=WEBHOOK_SECRET,
            api_key=API_KEY,
        )
    )
    store = Store(
        directory / "paysim.sqlite",
        durable=False,
        now=(lambda: clock.now().timestamp()) if one_clock else time,
    )
    simulator.state.store = store
    line = Line(simulator)
    service = build(
        Settings(
            database_url=database_url,
            platform_secret=SECRET,
            operator_key_hash=digest_of(OPERATOR),
            public_url="http://holdfast.test",
            role="api",
            gateway_url="http://paysim.test",
            gateway_api_key=API_KEY,
            webhook_secret=WEBHOOK_SECRET,
            **more,
        ),
        http=httpx.AsyncClient(transport=line),
        clock=clock,
    )
    shop = httpx.AsyncClient(transport=httpx.ASGITransport(simulator))
    pages = patch("services.billing.api.checkout.wall", clock.now if one_clock else wall)
    with pages:
        async with _run(service, store, line, shop) as made:
            yield made
    store.close()


@asynccontextmanager
async def _run(
    service: Service, store: Store, line: Line, shop: httpx.AsyncClient
) -> AsyncIterator[World]:
    async with service.app.router.lifespan_context(service.app):
        for db in (service.api_db, service.worker_db):  # a busy machine is no process that stopped
            await db.close()
            db.settings = {"idle_in_transaction_session_timeout": "60000"}
        made = World(service, store, line, shop)
        async with made.http, shop:
            yield made
            await asyncio.sleep(0)


@pytest.fixture
async def world(database: Any, tmp_path: Path) -> AsyncIterator[World]:
    async with world_of(database("billing"), tmp_path) as made:
        yield made
        assert await made.broken_invariants() == []


@pytest.fixture
async def ada(world: World) -> World:
    """Ada has registered for 199.00, paid by card, and is confirmed, on 2020-09-14."""
    await world.hears(course(), requested("ada"))
    await world.pays("ada")
    await world.hears(confirmed("ada"))
    return world


BOTH = {"ada": 19900, "ben": 14900}  # a member pays less


async def order(world: World, **changes: Any) -> None:
    """A group of two, on one invoice."""
    group = {"group_id": "the-group", "group_size": 2}
    orders = [requested(name, price=usd(price), **group, **changes) for name, price in BOTH.items()]
    await world.hears(course(), *orders)


@pytest.fixture
async def both(world: World) -> World:
    """Ada and Ben are on one invoice, paid by one card, and confirmed."""
    await order(world)
    await world.pays("ben")
    await world.hears(confirmed("ada"), confirmed("ben"))
    return world
