"""What a process says of itself is true: ready, quiet, lag, its clock; and it forgets in time."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import httpx
import pytest

from shared.runtime import idempotency, inbox, letters, migrate
from shared.runtime import worker as worker_module
from shared.runtime.clock import Clock, SandboxClock, clock_of, wall
from shared.runtime.consumer import Consumer
from shared.runtime.database import Database
from shared.runtime.due import Dues
from shared.runtime.health import still_to_do
from shared.runtime.hears import Hears
from shared.runtime.intake import Intake
from shared.runtime.offsets import without_offsets
from shared.runtime.plans import needs
from shared.runtime.service import Service
from shared.runtime.settings import ServiceSettings
from shared.runtime.work import Work
from shared.runtime.worker import Worker
from tests.conftest import ROOT, _execute, _name, _url_of, run
from tests.runtime import toy
from tests.runtime.test_batch import Ask, put, rows
from tests.runtime.test_consume import consuming, feed_each, hears, ours, record, send, wait_for
from tests.runtime.test_due import START, never

__all__ = ["ours"]
SECRET = "a-secret-of-the-platform"


def service(url: str, kafka: str, heard: Hears, **more: Any) -> Service:
    settings = ServiceSettings(
        database_url=url, kafka_bootstrap_servers=kafka, platform_secret=SECRET, **more
    )
    return Service("toy", settings, base=toy.Base, hears=heard, dues=toy.make_dues(never))


async def test_lag_counts_records_in_hand_and_those_that_a_dead_worker_left(
    db: Database, toy_kafka: str, ours: str
) -> None:
    go, begun = asyncio.Event(), asyncio.Event()

    @needs(lambda e: [(toy.Account, e.account_id)])
    async def waits(work: Work, event: toy.AccountFed) -> None:
        begun.set()
        await go.wait()

    group = hears(f"toy-{ours}", waits)
    async with consuming(db, toy_kafka, group) as consumer:
        await send(toy_kafka, ours, record(f"{ours}a"), partition=0)
        await asyncio.wait_for(begun.wait(), 20)
        assert await consumer.lag() == 1
        assert not consumer.idle.is_set()
        go.set()

        async def handled() -> bool:
            return await consumer.lag() == 0

        await wait_for(handled)
    await send(toy_kafka, ours, record(f"{ours}a"), partition=3)
    nobody = Consumer(Intake(db, Clock(), group), toy_kafka)
    assert await nobody.lag() == 1, "owned by nobody, yet it is still to be done"
    await nobody.stop()


async def test_quiet_is_not_said_while_a_record_comes_round(
    db: Database, toy_url: str, toy_kafka: str, ours: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An outbox row is sent between the look at Kafka and the look at the outbox."""
    made = service(toy_url, toy_kafka, hears(f"toy-{ours}", feed_each))
    lags = iter([0, 1])

    async def lag() -> int:
        return next(lags)

    monkeypatch.setattr(made, "lag", lag)
    said = await still_to_do(made)
    assert (said["quiet"], said["lag"]) == (False, 1)
    await made.api_db.close()


async def test_a_dead_consumer_is_told_from_a_live_one_and_started_anew(
    db: Database, toy_url: str, toy_kafka: str, ours: str
) -> None:
    group = hears(f"toy-{ours}", feed_each)
    worker = Worker(db, Clock(), group, Dues(), toy_url, toy_kafka)
    worker.start()

    async def well() -> bool:
        return worker.ills() == []

    await wait_for(well)
    first = worker.consumer
    assert first is not None
    tasks = list(first._subscriber.tasks)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert first.ended == "its task is done"
    assert any("ended" in ill for ill in first.ills())
    await send(toy_kafka, ours, record(f"{ours}a"))

    async def again() -> bool:
        return worker.consumer not in (None, first) and worker.ills() == []

    await wait_for(again, seconds=60)

    async def fed() -> bool:
        return await rows(db, f"select balance from accounts where id = '{ours}a'") == [(1,)]

    await wait_for(fed)
    await worker.stop()


async def test_ready_says_so_when_kafka_does_not_answer(
    toy_url: str, toy_kafka: str, ours: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = service(toy_url, toy_kafka, hears(f"toy-{ours}", feed_each))
    await made.start()

    async def well() -> bool:
        return await made.ills() == []

    await wait_for(well, seconds=60)
    assert made.worker.consumer is not None

    async def unknown() -> None:
        return None

    monkeypatch.setattr(made.worker.consumer, "lag", unknown)
    assert await made.ills() == ["Kafka does not say how far the consumer is behind"]
    await made.stop()


async def test_metrics_are_served_while_the_database_is_away(toy_url: str, toy_kafka: str) -> None:
    made = service(toy_url.rsplit("/", 1)[0] + "/nowhere", toy_kafka, Hears("toy"), role="api")
    transport = httpx.ASGITransport(made.app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://toy") as client:
        answer = await client.get("/toy/metrics")
        assert answer.status_code == 200
        assert "\nservice_ready 0.0\n" in answer.text
        assert "outbox_pending" not in answer.text, "it is not known"
        away = await client.get("/toy/health/quiet")
        assert away.status_code == 503
        assert away.headers["retry-after"]


# --- the clock of a sandbox -----------------------------------------------------------------------


class TestClock:
    """The sandbox's clock, answered from memory."""

    __test__ = False

    def __init__(self) -> None:
        self.body: Any = None
        self.client = httpx.AsyncClient(transport=httpx.MockTransport(self._answer))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        return httpx.Response(503) if self.body is None else httpx.Response(200, json=self.body)

    def set(self, at: datetime, revision: int) -> None:
        self.body = {"now": at.isoformat(), "revision": revision}


@pytest.fixture
async def sandbox() -> AsyncIterator[tuple[TestClock, SandboxClock]]:
    there = TestClock()
    clock = SandboxClock("http://clock.test/", every=0.02)
    clock._client = there.client
    yield there, clock
    await there.client.aclose()


async def test_a_clock_that_was_never_heard_makes_unready_and_says_why(
    toy_url: str, toy_kafka: str
) -> None:
    made = service(
        toy_url,
        toy_kafka,
        Hears("toy"),
        role="api",
        sandbox=True,
        sandbox_clock_url="http://127.0.0.1:1/",
    )
    assert await made.ills() == ["the sandbox clock has not been heard yet"]
    await made.api_db.close()
    with pytest.raises(ValueError, match="SANDBOX_CLOCK_URL"):
        clock_of(sandbox=True, url="")


async def test_a_jump_of_the_clock_wakes_the_sweep_at_once(
    db: Database, toy_url: str, sandbox: tuple[TestClock, SandboxClock]
) -> None:
    there, clock = sandbox
    there.set(START, 1)
    worker = Worker(db, clock, Hears("toy"), toy.make_dues(never), toy_url, "127.0.0.1:1")
    woken: list[bool] = []

    def wake() -> None:
        worker.wake()
        woken.append(worker.sweep.wake.is_set())

    following = asyncio.create_task(clock.follow(wake))

    async def heard() -> bool:
        return bool(woken)

    await wait_for(heard)

    async def planning(work: Work, _: None) -> None:
        work.plan_due("grow", "a", START + timedelta(days=30))

    await put(db, Ask(planning, None))
    assert await worker.sweep.step() == 0
    worker.sweep.wake.clear()
    there.set(START + timedelta(days=30), 2)

    async def jumped() -> bool:
        return worker.sweep.wake.is_set()

    await wait_for(jumped)
    assert woken == [True, True]
    assert await worker.sweep.step() == 1
    following.cancel()


@pytest.mark.parametrize(
    "nonsense", [[], {"now": "soon", "revision": 1}, {"now": "2020-01-01T00:00:00", "revision": 9}]
)
async def test_nonsense_from_the_clock_does_not_end_the_listening(
    sandbox: tuple[TestClock, SandboxClock], nonsense: Any
) -> None:
    there, clock = sandbox
    there.body = nonsense
    following = asyncio.create_task(clock.follow(lambda: None))
    await asyncio.sleep(0.1)
    assert not following.done()
    there.set(START, 10)

    async def heard() -> bool:
        return clock._known and clock.now() >= START

    await wait_for(heard)
    following.cancel()


# --- what is forgotten, and what is migrated --------------------------------------------------------


async def test_the_inbox_is_kept_45_days_and_answers_three(db: Database) -> None:
    for days in (0, 44, 46, 400):
        await rows(
            db,
            "insert into inbox (consumer, event_id, outcome, received_at) values"
            f" ('toy', gen_random_uuid(), 'done', now() - interval '{days} days') returning 1",
        )
        await rows(
            db,
            "insert into idempotency_keys (scope, fingerprint, status, body, created_at) values"
            f" ('{days}', '', 200, '1', now() - interval '{days} days') returning 1",
        )
    async with db.acquire() as con:
        assert await inbox.forget(con, most=1) == 2
        assert await idempotency.forget(con, most=1) == 3
    age = "extract(day from now() - received_at)::int"
    assert await rows(db, f"select {age} from inbox order by 1") == [(0,), (44,)]
    assert await rows(db, "select scope from idempotency_keys") == [("0",)]


async def test_what_cannot_be_forgotten_now_is_forgotten_later(
    toy_url: str, toy_kafka: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_module, "HOUR", 0.05)
    tries = 0

    async def forget(con: Any) -> None:
        nonlocal tries
        tries += 1
        raise asyncpg.QueryCanceledError

    forgotten = []

    async def behind(con: Any) -> None:
        forgotten.append(con)

    monkeypatch.setattr(idempotency, "forget", forget)
    monkeypatch.setattr(letters, "forget", behind)
    db = Database("toy", toy_url)
    worker = Worker(db, Clock(), Hears("toy"), Dues(), toy_url, toy_kafka)
    task = asyncio.create_task(worker._forget())

    async def again() -> bool:
        return tries > 1

    await wait_for(again)
    task.cancel()
    assert forgotten, "what comes behind it does not wait"
    await db.close()


def test_migrations_run_as_a_step_of_their_own_and_twice_is_once(
    postgres_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    name = _name("migrate")
    run(_execute(postgres_url, f"create database {name}"))
    url = _url_of(postgres_url, name)
    command = [sys.executable, "-m", "shared.runtime.migrate", "upgrade", "billing", url]
    try:
        other = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE)
        assert migrate.main(["upgrade", "billing", url]) == 0
        _, errors = other.communicate(timeout=120)
        assert other.returncode == 0, errors.decode()
        assert migrate.main(["check", "billing", url]) == 0
    finally:
        run(_execute(postgres_url, f"drop database {name} with (force)"))
    assert migrate.main(["upgrade"]) == 2
    assert "upgrade billing" in capsys.readouterr().err


async def test_a_group_that_begins_for_the_first_time_begins_at_the_start_even_beside_another(
    db: Database, toy_kafka: str, ours: str
) -> None:
    group = hears(f"toy-{ours}", feed_each)
    await send(toy_kafka, ours, *(record(f"{ours}{n}", n=n) for n in range(12)))
    async with consuming(db, toy_kafka, group) as first:

        async def handled() -> bool:
            return await first.lag() == 0

        await wait_for(handled)
        assert await without_offsets(db, toy_kafka, group) is None
    assert await rows(db, "select count(*) from inbox") == [(12,)]
    assert wall().tzinfo is UTC


async def test_a_loop_that_has_died_is_seen_and_does_not_keep_the_others_from_draining(
    db: Database, toy_url: str, toy_kafka: str
) -> None:
    worker = Worker(db, Clock(), Hears("toy"), Dues(), toy_url, toy_kafka)

    async def dies() -> None:
        raise ZeroDivisionError

    worker.sweep.run = dies  # type: ignore[method-assign]
    worker.start()
    await asyncio.sleep(0.05)
    assert "the sweep loop has ended" in worker.ills()
    await put(db, Ask(toy.feed, toy.Feed("a", 1)))
    await worker.stop()
    assert await rows(db, "select 1 from outbox") == []


async def test_stopping_ends_also_while_everything_is_being_woken(
    db: Database, toy_url: str, toy_kafka: str
) -> None:
    """`asyncio.wait_for` lost a cancellation that came together with what it waited for."""
    for _ in range(5):
        worker = Worker(db, Clock(), Hears("toy"), toy.make_dues(never), toy_url, toy_kafka)
        worker.start()
        await asyncio.sleep(0.1)
        for loop in (worker.sweep, worker.outside, worker.relay):
            loop.wake.set()
        async with asyncio.timeout(30):
            await worker.stop()


async def test_a_loop_that_swallows_its_cancellation_is_asked_again() -> None:
    swallowed = 0

    async def stubborn() -> None:
        nonlocal swallowed
        while swallowed < 2:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                swallowed += 1

    task = asyncio.create_task(stubborn())
    await asyncio.sleep(0)
    async with asyncio.timeout(30):
        await worker_module._cancel(task)
    assert task.done()
