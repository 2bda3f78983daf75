"""A story of two services, driven step by step without Kafka and without waiting.

python -m tests.runtime.steps <database> <database> <seed>   (prints its history)
"""

import asyncio
import hashlib
import sys
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any

import httpx
from fastapi import APIRouter, Response

from shared.runtime.due import Dues
from shared.runtime.edge import EdgeDep, RequiredOnce
from shared.runtime.hears import Hears
from shared.runtime.plans import needs
from shared.runtime.rows import replace
from shared.runtime.service import Service
from shared.runtime.settings import ServiceSettings
from shared.runtime.work import Work
from tests.runtime import toy
from tests.stage import OPERATOR, Ids, Shelf, Stage, StillClock

router = APIRouter()
_HELD = """
SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database
WHERE l.locktype = 'advisory' AND d.datname = current_database()
"""
NOON = "2020-09-14T12:00:00Z"
LATER = "2020-09-14T13:00:00Z"


@router.post("/toy/v1/accounts/{account_id}/feed", status_code=201)
async def feed(account_id: str, amount: int, edge: EdgeDep, once: RequiredOnce) -> Response:
    """Feed an account, and note who it was for."""

    @needs(lambda c: [(toy.Account, c.account_id), (toy.Link, account_id)])
    async def and_link(work: Work, c: toy.Feed) -> toy.Account:
        made = await toy.feed(work, c)
        if work.get(toy.Link, account_id) is None:
            work.put(toy.Link(id=account_id, account_id=work.new_id("link")))
        work.audit("account.fed", account_id)
        return made

    return await edge.run(
        and_link,
        toy.Feed(account_id, amount),
        once=once,
        answer=lambda account: (201, {"balance": account.balance}),
    )


def second_hears() -> Hears:
    """What the second service does when it hears of the first: in an hour it grows by as much."""
    hears = Hears("second")

    @hears(toy.AccountGrown)
    @needs(lambda e: [(toy.Account, e.account_id)])
    async def grown(work: Work, event: toy.AccountGrown) -> None:
        account = work.get(toy.Account, event.account_id)
        if account is None:
            place = work.new_id("account")
            account = toy.Account(id=event.account_id, bank_id=place, at=work.now)
        work.put(replace(account, notes=[*account.notes, event.balance]))
        ref = f"{event.account_id}/{event.balance}"
        at = work.now.replace(hour=work.now.hour + 1)
        work.plan_due("grow", ref, at, payload={"account": event.account_id})

    return hears


class World:
    """What is outside: does what it is asked, and knows how often."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def __call__(self, request: Any, begin: Any) -> str:
        await begin()
        self.asked.append(request["ref"])
        return f"done {request['ref']}"


def second_dues(world: World) -> Dues:
    """Its deadlines: `grow` inside, then `call` outside."""
    dues = Dues()

    def account_of(due: Any) -> Any:
        return [(toy.Account, due.payload["account"])]

    @dues.inside("grow")
    @needs(account_of)
    async def grow(work: Work, due: Any) -> None:
        account = work.get(toy.Account, due.payload["account"])
        assert account is not None
        work.put(replace(account, balance=account.balance + 1))
        work.emit(toy.AccountGrown(account_id=account.id, balance=account.balance + 1))
        work.plan_due("call", due.ref, work.now, payload=due.payload)

    @needs(account_of)
    async def prepare(work: Work, due: Any) -> dict[str, Any]:
        return {"ref": due.ref}

    @needs(lambda recorded: account_of(recorded.due))
    async def record(work: Work, recorded: Any) -> None:
        account = work.get(toy.Account, recorded.due.payload["account"])
        assert account is not None
        assert recorded.error is None
        work.put(replace(account, notes=[*account.notes, recorded.result]))
        work.emit(toy.AccountGrown(account_id=account.id, balance=0))

    dues.outside("call", prepare=prepare, act=world, record=record, begun_seconds=60)
    return dues


class Story:
    """Both services, and what went between them; a step is a word of the story."""

    def __init__(self, urls: Sequence[str], seed: str) -> None:
        self.urls = urls
        self.ids = Ids(seed)
        self.world = World()
        self.clock = StillClock(NOON)
        self.first_says, self.second_says = Shelf(), Shelf()
        self.log: list[Any] = []  # what the second service has heard
        self.unheard: list[Any] = []  # and what it has not: offsets that are not committed
        self.first, self.second = self.begin()

    def begin(self) -> tuple[Stage, Stage]:
        """Two fresh processes: nothing is left of earlier ones but databases, Kafka, the world."""
        return (
            self.service(self.urls[0], self.first_says, routers=[router]),
            self.service(
                self.urls[1], self.second_says, hears=second_hears(), dues=second_dues(self.world)
            ),
        )

    def service(self, url: str, says: Shelf, **rooms: Any) -> Stage:
        settings = ServiceSettings(
            database_url=url,
            platform_secret="a-secret-of-the-platform",
            operator_key_hash=hashlib.sha256(OPERATOR.encode()).hexdigest(),
        )
        seams: Any = {"clock": self.clock, "new_id": self.ids, "producer": says}
        return Stage(Service("toy", settings, base=toy.Base, **rooms, **seams))

    async def end(self) -> None:
        for stage in (self.first, self.second):
            await stage.relay.stop()
            await stage.service.api_db.close()
            await stage.service.worker_db.close()

    async def restart(self) -> None:
        """After the death of both processes: what they held is free as soon as Postgres has
        noticed, and their leases have run out."""
        await self.end()
        self.first, self.second = self.begin()
        for stage in (self.first, self.second):
            while await stage.value(_HELD):
                pass
        await self.second.leases_run_out()

    # --- the steps --------------------------------------------------------------------------------

    async def ask(self, account: str, amount: int) -> httpx.Response:
        return await self.first.asks(
            "POST",
            f"/toy/v1/accounts/{account}/feed",
            params={"amount": amount},
            headers={"Idempotency-Key": f"feed {account} {amount}"},
        )

    async def feed(self, account: str, amount: int) -> None:
        answer = await self.ask(account, amount)
        assert answer.status_code == 201, answer.text

    async def relay(self) -> None:
        while await self.first.relay.step() + await self.second.relay.step():
            pass

    async def hear(self) -> None:
        self.unheard += self.first_says.take()
        delivery = self.second.intake.deliver(self.unheard)
        while await self.second.intake.step(delivery):
            pass
        self.log += self.unheard
        self.unheard = []

    async def sweep(self) -> None:
        self.clock.time = StillClock(LATER).time
        while await self.second.sweep.step():
            pass

    async def call(self) -> None:
        while await self.second.outside.step():
            pass

    def steps(self) -> list[Callable[[], Awaitable[None]]]:
        """The whole story, in order."""
        feeding = [("ada", 1), ("ben", 2), ("ada", 3)]
        requests = [partial(self.feed, account, amount) for account, amount in feeding]
        return [*requests, self.relay, self.hear, self.sweep, self.call, self.relay]

    # --- what came of it --------------------------------------------------------------------------

    def said(self) -> list[Any]:
        """Every record that Kafka was ever given, in order, a repeated one each time."""
        return [*self.log, *self.unheard, *self.first_says.records, *self.second_says.records]

    async def history(self) -> list[Any]:
        """All that business has, and all that was said: rows, ids, payloads, headers, in order."""
        said = [
            (record.topic, record.offset, record.key, record.value, record.headers)
            for record in self.said()
        ]
        rows = []
        for stage in (self.first, self.second):
            for table in ("accounts", "links", "audit", "due", "outbox"):
                found = await stage.rows(f"SELECT t::text FROM {table} t ORDER BY 1")
                rows += [(table, row["t"]) for row in found]
            rows += await stage.rows("SELECT event_id::text, outcome FROM inbox ORDER BY 1")
            rows += await stage.rows("SELECT scope, status, body FROM idempotency_keys ORDER BY 1")
        return [said, rows, self.world.asked]


async def main(first: str, second: str, seed: str) -> None:
    """The history, as text."""
    story = Story([first, second], seed)
    for step in story.steps():
        await step()
    print(repr(await story.history()))
    await story.end()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
