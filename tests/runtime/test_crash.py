"""Real processes, killed, stopped and cut off: each event has exactly one effect, in order.

The toy service runs as it would in production, and dies at points of `failpoint.POINTS`. At the
end of each story the same must hold: every account was fed once by every event, in the order in
which they were said; the inbox has one row an event; what it said stands in Kafka, each id once if
repeats are dropped, in order; nothing is left in the outbox, among the deadlines, or to be heard.
"""

import asyncio
import contextlib
import json
import multiprocessing
import os
import signal
import sys
import uuid
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import httpx
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from shared.runtime.offsets import committed
from stack import ports
from tests.runtime import toy, toy_service
from tests.runtime.proxy import Proxy

KEYS = 5
EVENTS = 200
SECRET = "a-secret-of-the-platform"
# Real processes, but forked from one that has imported everything: to import takes seconds.
nursery = multiprocessing.get_context("forkserver")
nursery.set_forkserver_preload(["tests.runtime.toy_service"])
Process = multiprocessing.process.BaseProcess


@dataclass
class Story:
    """A database, a topic and a group of their own, and the processes that work on them."""

    url: str
    kafka: str
    name: str
    log: Path
    said: list[tuple[str, str, int]] = field(default_factory=list)  # (id, account, n)
    processes: list[Process] = field(default_factory=list)

    @property
    def topic(self) -> str:
        return f"toy.accounts-{self.name}"

    def start(self, **more: str) -> tuple[Process, str]:
        """A process, and its address."""
        port = ports.free_port()
        env = {
            "TOY_DATABASE_URL": self.url,
            "TOY_PORT": str(port),
            "TOY_TOPIC": self.topic,
            "KAFKA_BOOTSTRAP_SERVERS": self.kafka,
            "KAFKA_SESSION_TIMEOUT_MS": "6000",
            "PLATFORM_SECRET": SECRET,
            **more,
        }
        process = nursery.Process(target=toy_service.forked, args=(env, str(self.log)))
        process.start()
        self.processes.append(process)
        return process, f"http://127.0.0.1:{port}/toy"

    async def say(self, first: int = 0, count: int = EVENTS, *, pause: float = 0) -> None:
        """Events `first` to `first + count`, to the accounts in turn."""
        producer = AIOKafkaProducer(bootstrap_servers=self.kafka, acks="all")
        await producer.start()
        try:
            for n in range(first, first + count):
                account, event_id = f"{self.name}-{n % KEYS}", str(uuid.uuid4())
                self.said.append((event_id, account, n))
                headers = {"ce_id": event_id, "ce_type": toy.AccountFed.type}
                sending = producer.send(
                    self.topic,
                    json.dumps({"account_id": account, "amount": 1, "n": n}).encode(),
                    key=account.encode(),
                    headers=[(k, v.encode()) for k, v in headers.items()],
                )
                future = await sending
                if pause and n % 10 == 0:
                    await asyncio.sleep(pause)
            await future
        finally:
            await producer.stop()

    async def fetch(self, statement: str, *args: Any) -> list[tuple[Any, ...]]:
        con = await asyncpg.connect(self.url)
        try:
            await con.set_type_codec(
                "jsonb", encoder=json.dumps, decoder=json.loads, schema="pg_catalog"
            )
            return [tuple(row) for row in await con.fetch(statement, *args)]
        finally:
            await con.close()

    async def holds(self) -> None:
        """What must hold at the end of every story."""
        ids = {event_id for event_id, _, _ in self.said}
        inbox = await self.fetch("select event_id::text, outcome from inbox")
        assert len(inbox) == len(ids)
        assert {event_id for event_id, _ in inbox} == ids
        assert {outcome for _, outcome in inbox} == {"done"}
        wanted: dict[str, list[int]] = {}
        for _, account, n in self.said:
            wanted.setdefault(account, []).append(n)
        accounts = dict(await self.fetch("select id, notes from accounts where id like '%-_'"))
        fed = {a: [note[1] for note in notes if note != "called"] for a, notes in accounts.items()}
        assert fed == wanted
        assert await self.fetch("select count(*) from outbox") == [(0,)]
        left = await self.fetch("select kind from due where kind <> 'runtime.hears'")
        assert left == [], "nothing but the note of what is heard"
        heard = await self.grown()
        first_times = list(dict.fromkeys(heard))
        assert len({event_id for event_id, _, _ in first_times}) == len(first_times)
        for account, all_of_it in wanted.items():
            balances = [balance for _, a, balance in first_times if a == account]
            assert balances == list(range(1, len(all_of_it) + 1))

    async def grown(self) -> list[tuple[str, str, int]]:
        """(id, account, balance) of what the service said, with every repeat, in order."""
        consumer = AIOKafkaConsumer(bootstrap_servers=self.kafka, auto_offset_reset="earliest")
        await consumer.start()
        try:
            parts = [TopicPartition("toy.grown", number) for number in range(6)]
            consumer.assign(parts)
            ends = await consumer.end_offsets(parts)
            found = []
            while any([await consumer.position(tp) < ends[tp] for tp in parts]):
                for records in (await consumer.getmany(timeout_ms=200)).values():
                    for r in records:
                        if r.key.decode().startswith(f"{self.name}-"):
                            event_id = dict(r.headers)["ce_id"].decode()
                            balance = json.loads(r.value)["balance"]
                            found.append((event_id, r.key.decode(), balance))
            return found
        finally:
            await consumer.stop()

    async def end(self) -> None:
        for process in self.processes:
            if process.is_alive():
                process.kill()
                process.join()


async def until(condition: Any, seconds: float = 90) -> Any:
    async with asyncio.timeout(seconds):
        while not (got := await condition()):
            await asyncio.sleep(0.1)
        return got


async def answers(address: str, path: str, what: Any) -> bool:
    with contextlib.suppress(httpx.HTTPError):
        async with httpx.AsyncClient(timeout=10) as client:
            answer = await client.get(f"{address}{path}")
            return bool(answer.status_code == 200 and what(answer.json()))
    return False


async def quiet(address: str) -> None:
    """Until the process says that nothing is left to do."""
    await until(lambda: answers(address, "/health/quiet", lambda body: body["quiet"]))


async def ready(address: str) -> None:
    await until(lambda: answers(address, "/health/ready", lambda _: True))


async def dead(process: Process) -> int:
    async with asyncio.timeout(90):
        while process.exitcode is None:
            await asyncio.sleep(0.05)
    return process.exitcode


def send(process: Process, number: int) -> None:
    assert process.pid is not None
    os.kill(process.pid, number)


async def begin(postgres_url: str, kafka: str, log: Path) -> Story:
    name = uuid.uuid4().hex[:8]
    url = urlunsplit(urlsplit(postgres_url)._replace(path=f"/test_toy_{name}"))
    con = await asyncpg.connect(postgres_url)
    try:
        await con.execute(f"create database test_toy_{name}")
    finally:
        await con.close()
    await toy.create(url)
    story = Story(url, kafka, name, log / f"{name}.log")
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(story.topic, 4, 1)])
    finally:
        await admin.close()
    return story


@contextlib.asynccontextmanager
async def stories(
    postgres_url: str, kafka: str, log: Path, count: int = 1
) -> AsyncIterator[Sequence[Story]]:
    made = [await begin(postgres_url, kafka, log) for _ in range(count)]
    try:
        yield made
    except BaseException:
        for story in made:
            sys.stderr.write(f"--- {story.log}\n{story.log.read_text()[-6_000:]}\n")
        raise
    finally:
        con = await asyncpg.connect(postgres_url)
        try:
            for story in made:
                await story.end()
                await con.execute(f"drop database test_toy_{story.name} with (force)")
        finally:
            await con.close()


POINTS = (
    "in the handler",
    "intake.handled",
    "relay.sent",
    "outside.acted",
    "edge.committed",
)


async def killed_at(story: Story, point: str) -> None:
    process, address = story.start(TOY_DIE_AT=point)
    await story.say()
    if point == "edge.committed":
        await ready(address)
        with pytest.raises(httpx.HTTPError):
            await request(address)
    assert await dead(process) == -signal.SIGKILL
    if point == "outside.acted":  # rather than waiting for the lease to run out
        await story.fetch("update due set lease_until = now() - interval '1 second'")
    _, address = story.start()
    if point == "edge.committed":
        await ready(address)
        answer = await request(address)
        assert answer.json() == {"balance": 7}
        assert answer.headers["idempotent-replayed"] == "true"
        assert await story.fetch("select balance from accounts where id = 'web'") == [(7,)]
    await quiet(address)
    await story.holds()
    called = await story.fetch("select notes from accounts where id = $1", f"{story.name}-4")
    assert called[0][0].count("called") == 1


async def request(address: str) -> httpx.Response:
    async with httpx.AsyncClient(timeout=20) as client:
        return await client.post(
            f"{address}/v1/accounts/web/feed", json={"amount": 7}, headers={"Idempotency-Key": "k"}
        )


async def test_a_process_killed_between_any_two_steps_loses_and_doubles_nothing(
    postgres_url: str, toy_kafka: str, tmp_path: Path
) -> None:
    async with stories(postgres_url, toy_kafka, tmp_path, len(POINTS)) as made:
        await asyncio.gather(
            *(killed_at(story, point) for story, point in zip(made, POINTS, strict=True))
        )


async def test_a_process_stopped_inside_its_transaction_blocks_nobody_and_spoils_nothing(
    postgres_url: str, toy_kafka: str, tmp_path: Path
) -> None:
    async with stories(postgres_url, toy_kafka, tmp_path) as [story]:
        zombie, first = story.start(TOY_SLOW="1")
        await ready(first)
        await story.say(0, 60)

        async def in_transaction() -> Any:
            return await story.fetch(
                "select 1 from pg_stat_activity where state = 'idle in transaction'"
                " and datname = current_database()"
            )

        await until(in_transaction)
        send(zombie, signal.SIGSTOP)
        _, second = story.start()
        await story.say(60, 60)
        await until(lambda: answers(second, "/health/quiet", lambda body: body["lag"] == 0))
        assert len(await story.fetch("select 1 from inbox")) == 120, "all by the other one"
        send(zombie, signal.SIGCONT)
        await story.say(120, 80)
        await quiet(second)
        await ready(first)
        await quiet(first)
        await story.holds()


async def test_a_process_that_is_asked_to_stop_finishes_what_it_has_in_hand(
    postgres_url: str, toy_kafka: str, tmp_path: Path
) -> None:
    async with stories(postgres_url, toy_kafka, tmp_path) as [story]:
        process, address = story.start(TOY_SLOW="1")
        await ready(address)
        await story.say()
        await until(lambda: answers(address, "/health/quiet", lambda body: body["in_flight"]))
        send(process, signal.SIGTERM)
        assert await dead(process) in (0, -signal.SIGTERM)  # uvicorn raises the signal again
        [(handled,)] = await story.fetch("select count(*) from inbox")
        offsets = await committed(story.kafka, story.topic)
        asked = [at for place, at in offsets.items() if not place.topic.endswith(".dead-letters")]
        assert sum(asked) == handled, "nothing that was handled will come again"
        assert await story.fetch("select count(*) from outbox") == [(0,)], "all that was said went"
        _, address = story.start()
        await quiet(address)
        await story.holds()


async def test_a_database_and_a_kafka_that_come_and_go_cost_nothing(
    postgres_url: str, toy_kafka: str, tmp_path: Path
) -> None:
    postgres = urlsplit(postgres_url)
    host, _, port = toy_kafka.rpartition(":")
    async with (
        stories(postgres_url, toy_kafka, tmp_path) as [story],
        Proxy(str(postgres.hostname), int(postgres.port or 5432)) as to_postgres,
        Proxy(host, int(port)) as to_kafka,
    ):
        by_proxy = postgres._replace(
            netloc=postgres.netloc.replace(f":{postgres.port}", f":{to_postgres.port}"),
            path=f"/test_toy_{story.name}",
        )
        _, address = story.start(
            TOY_DATABASE_URL=urlunsplit(by_proxy), TOY_KAFKA_PROXY=str(to_kafka.port)
        )
        await ready(address)
        saying = asyncio.create_task(story.say(0, 1000, pause=0.1))
        for proxy in (to_postgres, to_kafka):
            await asyncio.sleep(1)
            proxy.cut()
            await asyncio.sleep(0.5)
            proxy.refuse()
            await asyncio.sleep(1)
            proxy.heal()
            proxy.swallow()
            await asyncio.sleep(2)
            proxy.heal()
        for _ in range(10):
            await asyncio.sleep(0.2)
            await story.fetch(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where datname = current_database() and pid <> pg_backend_pid()"
            )
        await saying
        await quiet(address)
        await story.holds()
        await ready(address)
