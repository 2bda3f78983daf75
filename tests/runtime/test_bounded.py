"""Nothing grows without a bound: past it who asks is told when to come again, and nothing is lost.

Each test fails where its bound is taken away.
"""

import asyncio
import hashlib
import uuid
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import httpx
import pytest

from shared.runtime import backlog, bodies
from shared.runtime import edge as edge_module
from shared.runtime import relay as relay_module
from shared.runtime.backlog import BackedUpError
from shared.runtime.due import Dues
from shared.runtime.hears import Hears
from shared.runtime.service import Service
from shared.runtime.settings import ServiceSettings
from tests.runtime import toy
from tests.runtime.test_edge import router
from tests.stage import OPERATOR, SECRET, Shelf, Stage, StillClock

FEED = "/toy/v1/accounts/{}/feed"


def hears() -> Hears:
    made = Hears("toy")
    made(toy.AccountFed)(toy.fed)
    return made


@pytest.fixture
async def stage(toy_url: str) -> AsyncIterator[Stage]:
    """The toy, its loops stepped by hand, what it says handed to a shelf."""

    async def world(request: Any) -> str:
        return "called"

    dues: Dues = toy.make_dues(world)
    service = Service(
        "toy",
        ServiceSettings(
            database_url=toy_url,
            platform_secret=SECRET,
            operator_key_hash=hashlib.sha256(OPERATOR.encode()).hexdigest(),
        ),
        base=toy.Base,
        routers=[router],
        hears=hears(),
        dues=dues,
        clock=StillClock("2020-09-14T12:00:00Z"),
        producer=Shelf(),
    )
    made = Stage(service)
    async with made.http:
        yield made
    await service.worker.relay.stop()
    for db in (service.api_db, service.worker_db):
        await db.close()


def feed(stage: Stage, account: str, **more: Any) -> Any:
    headers = {"Idempotency-Key": f"feed {account}", "Content-Type": "application/json"}
    return stage.http.post(FEED.format(account), headers=headers, **{"json": {"amount": 1}} | more)


def comes_again(answer: httpx.Response, slug: str) -> None:
    assert answer.status_code == 503, answer.text
    assert answer.json()["type"] == f"/problems/{slug}"
    assert int(answer.headers["retry-after"]) > 0


async def waiting(stage: Stage, many: int) -> None:
    """Until so many requests wait at the edge."""
    while stage.edge.in_flight < many:
        await asyncio.sleep(0)


async def test_more_requests_than_the_queue_takes_are_asked_to_come_again(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(edge_module, "QUEUE", 2)
    first = [asyncio.create_task(feed(stage, name)) for name in ("ada", "ben")]
    await waiting(stage, 2)
    comes_again(await feed(stage, "eve"), "busy")
    await stage.edge.step()
    assert [(await one).status_code for one in first] == [201, 201]
    assert (await stage.stepped(feed(stage, "eve"))).status_code == 201


async def test_while_the_outbox_is_full_nothing_is_taken_on_and_everything_is_read(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backlog, "MOST", 2)
    for name in ("ada", "ben"):
        assert (await stage.stepped(feed(stage, name))).status_code == 201
    plan = (
        "INSERT INTO due (kind, ref, due_at, version, payload)"
        " VALUES ($1, 'ada', '2020-09-14', 0, '{}') RETURNING id"
    )
    for kind in ("grow", "call"):
        await stage.rows(plan, kind)
    await stage.service.backlog.look(stage.db.acquire)
    comes_again(await feed(stage, "eve"), "events-waiting")
    delivery = stage.intake.deliver(
        [stage.said_by_others(toy.AccountFed(account_id="ada", amount=5))]
    )
    with pytest.raises(BackedUpError):
        await stage.intake.step(delivery)
    with pytest.raises(BackedUpError):
        await stage.sweep.step()
    assert await stage.outside.step() == 0
    reading = await stage.http.get(
        "/toy/v1/accounts/ada", headers={"Authorization": f"Bearer {OPERATOR}"}
    )
    assert (reading.status_code, reading.json()) == (200, {"balance": 1})
    assert "wait for Kafka" in str(await stage.service.ills())
    while await stage.relay.step():  # Kafka takes them
        pass
    await stage.service.backlog.look(stage.db.acquire)
    assert await stage.intake.step(delivery) == 0
    await stage.rests()
    assert await stage.value("SELECT balance FROM accounts WHERE id = 'ada'") == 7, "1 + 5 + 1"
    assert (await stage.stepped(feed(stage, "eve"))).status_code == 201


async def test_what_the_outbox_holds_is_looked_at_again_and_again(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backlog, "MOST", 1)
    monkeypatch.setattr(backlog, "EVERY", 0.01)
    following = asyncio.create_task(stage.service.backlog.follow(stage.db.acquire))
    await stage.stepped(feed(stage, "ada"))
    while not stage.service.backlog.full:
        await asyncio.sleep(0.01)
    await stage.rows("DELETE FROM outbox RETURNING id")
    while stage.service.backlog.full:
        await asyncio.sleep(0.01)
    following.cancel()


async def test_more_requests_at_once_than_there_is_room_for_are_asked_to_come_again(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "AT_ONCE", 1)
    first = asyncio.create_task(feed(stage, "ada"))
    await waiting(stage, 1)
    comes_again(await feed(stage, "ben"), "busy")
    assert (await stage.http.get("/toy/health/live")).status_code == 200, "it can be watched"
    await stage.edge.step()
    assert (await first).status_code == 201
    assert (await stage.stepped(feed(stage, "ben"))).status_code == 201, "there is room again"


async def test_bodies_together_have_a_bound(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "TOGETHER", 1_000)
    large = b'{"amount": 1, "more": "' + b"x" * 600 + b'"}'
    first = asyncio.create_task(feed(stage, "ada", json=None, content=large))
    await waiting(stage, 1)
    comes_again(await feed(stage, "ben", json=None, content=large), "busy")
    await stage.edge.step()
    assert (await first).status_code == 201


async def heard(parts: list[bytes], *, slow: bool = False) -> list[str]:
    """What an app gets of a body that declares no length."""

    async def receive() -> Any:
        if slow and not parts:
            await asyncio.sleep(3600)
        body = parts.pop(0)
        return {"type": "http.request", "body": body, "more_body": True}

    with bodies.Room().taken() as body:
        limited = body.limited(receive)
        got = []
        while not got or got[-1] != "http.disconnect":
            got.append((await limited())["type"])
    return got


async def test_a_body_that_never_ends_is_hung_up_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "LARGEST", 25)
    got = await heard([b"x" * 10 for _ in range(100)])
    assert got == ["http.request", "http.request", "http.disconnect"]


async def test_a_body_that_does_not_arrive_is_hung_up_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "PATIENCE", 0.05)
    assert await heard([b"x"], slow=True) == ["http.request", "http.disconnect"]


async def dripping(beats: asyncio.Event) -> AsyncIterator[bytes]:
    """A body of which something has come, and the rest is kept for as long as one is waited for."""
    yield b'{"amount": '
    beats.set()
    await asyncio.sleep(3600)


@pytest.mark.parametrize(("bound", "at"), [("AT_ONCE", 3), ("TOGETHER", 33)])
async def test_who_keeps_their_bodies_back_keeps_nobody_out(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, bound: str, at: int
) -> None:
    """As many as there is room for send a part and wait: the longest of them goes for a newcomer,
    but none that has only just begun."""
    monkeypatch.setattr(bodies, bound, at)
    monkeypatch.setattr(bodies, "GRACE", 3600.0)
    slow = []
    for n in range(3):
        beats = asyncio.Event()
        slow.append(asyncio.create_task(feed(stage, f"s{n}", json=None, content=dripping(beats))))
        await beats.wait()
        await asyncio.sleep(0)
    comes_again(await feed(stage, "ada"), "busy")
    monkeypatch.setattr(bodies, "GRACE", 0.0)
    assert (await stage.stepped(feed(stage, "ada"))).status_code == 201
    done, _ = await asyncio.wait(slow, timeout=10, return_when=asyncio.FIRST_COMPLETED)
    assert slow[0] in done, "the one that was waited for the longest"
    assert slow[2] not in done, "no more than had to"
    for one in slow:
        one.cancel()
    await asyncio.gather(*slow, return_exceptions=True)


async def test_a_relay_holds_no_more_than_so_many_bytes_and_loses_none(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay_module, "BYTES", 250)
    for n in range(7):
        await stage.rows(
            "INSERT INTO outbox (event_id, shard, topic, key, payload, headers)"
            " VALUES ($1, 3, 'toy.grown', $2, $3, '[]') RETURNING id",
            str(uuid.uuid4()),
            b"%d" % n,
            None if n == 2 else b"x" * 100,  # the end of a key has no value
        )
    rounds = [await stage.relay.step() for _ in range(4)]
    assert rounds == [4, 3, 0, 0]
    shelf: Any = stage.relay._producer
    assert [record.key for record in shelf.records] == [b"%d" % n for n in range(7)]


async def test_every_statement_and_every_wait_for_a_lock_has_an_end(stage: Stage) -> None:
    relay = await stage.relay._connection()
    async with stage.service.api_db.acquire() as api, stage.service.worker_db.acquire() as worker:
        for con in (api, worker, relay):
            for setting in ("statement_timeout", "lock_timeout"):
                assert await con.fetchval(f"SHOW {setting}") not in {"0", ""}, setting


async def test_a_service_holds_no_more_connections_than_it_may(stage: Stage) -> None:
    mine = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'holdfast-toy'"
    taken = 0

    async def hold(db: Any) -> None:
        nonlocal taken
        async with db.acquire() as con:
            await con.fetchval("SELECT 1")
            taken += 1
            await asyncio.sleep(3600)

    service = stage.service
    holding = [asyncio.create_task(hold(db)) for db in (service.api_db, service.worker_db) * 20]
    while taken < 10:
        await asyncio.sleep(0.01)
    con = await asyncpg.connect(service.settings.database_url)
    try:
        assert await con.fetchval(mine) == 10
    finally:
        await con.close()
    for task in holding:
        task.cancel()
    await asyncio.gather(*holding, return_exceptions=True)
