"""From the outbox to a consumer's commit at a fixed rate, open loop: how long each took.

Rows of registration's outbox are written and committed one by one as they arrive
(`bench/pace.py`); the relay takes them to Kafka; billing's consumer, a process of its own, hears
`registration.requested`, writes invoice, ledger and outbox, and commits. The clock runs from when a
row was meant to be written. `woken`: the relay is in the process that writes, and is woken after
each commit, as where one process has both roles; `apart`: it is in another one and finds the rows
by looking. `bare`: the same events go to Kafka without an outbox, and bare aiokafka writes the same
SQL.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

import asyncpg
from aiokafka import AIOKafkaProducer

from bench import ground, outbox
from bench.pipeline import coordinated
from cli.crowd.pace import arrive, moments
from shared.contracts.registration import RegistrationRequested
from shared.runtime.database import Database
from shared.runtime.envelope import Entry
from shared.runtime.flush import write_outbox
from shared.runtime.relay import Relay

WARM = 100  # events before anything is measured
PATIENCE = 120.0  # seconds that the last one may take
KINDS = ("woken", "apart", "bare")
Say = Callable[[Entry], Awaitable[None]]


async def delays(
    kind: str, urls: Mapping[str, str], bootstrap: str, rate: float, seconds: float, seed: int
) -> list[float]:
    """Milliseconds of each event that arrived, in order of arrival; each is committed, once. The
    databases are fresh: of billing, and but for `bare` of registration."""
    count = max(1, int(rate * seconds))
    async with AsyncExitStack() as open_:
        name = await open_.enter_async_context(outbox.topic(bootstrap, "delay"))
        await coordinated(bootstrap, name)
        how = "bare" if kind == "bare" else "worker"
        words = (how, urls["billing"], bootstrap, name, str(WARM), str(WARM + count))
        hearing = await open_.enter_async_context(part(*words))
        say = await open_.enter_async_context(saying(kind, urls, bootstrap))
        said = outbox.entries(RegistrationRequested, "registration", name, WARM + count)
        for entry in said[:WARM]:
            await say(entry)
        async with asyncio.timeout(PATIENCE):
            assert await _line(hearing) == "warm\n"
        intended: dict[str, float] = {}

        async def one(number: int, at: float) -> None:
            intended[str((said[WARM + number].key or b"").decode())] = at
            await say(said[WARM + number])

        await arrive(moments(rate, count, seed), one)
        async with asyncio.timeout(PATIENCE):
            heard: dict[str, float] = json.loads(await _line(hearing))
        outbox.require(await outbox.arrived(bootstrap, name), said)
        await _written(urls["billing"], WARM + count)
    return [1000 * (heard[key] - at) for key, at in intended.items()]


@asynccontextmanager
async def saying(kind: str, urls: Mapping[str, str], bootstrap: str) -> AsyncIterator[Say]:
    """What is done for each that arrives."""
    async with AsyncExitStack() as open_:
        if kind == "bare":
            producer = AIOKafkaProducer(
                bootstrap_servers=bootstrap, acks="all", enable_idempotence=True
            )
            await producer.start()
            open_.push_async_callback(producer.stop)
            yield _sending(producer)
            return
        url = urls["registration"]
        db = Database("registration", url, size=8)
        open_.push_async_callback(db.close)
        if kind == "apart":
            await open_.enter_async_context(part("relay", url, bootstrap))
            yield _writing(db, lambda: None)
            return
        relay = Relay(url, bootstrap, "registration")
        running = asyncio.create_task(relay.run())
        open_.push_async_callback(relay.stop)
        open_.push_async_callback(asyncio.wait, [running])
        open_.callback(running.cancel)
        yield _writing(db, relay.wake.set)


def _writing(db: Database, committed: Callable[[], None]) -> Say:
    async def say(entry: Entry) -> None:
        async with db.acquire() as con, con.transaction():
            await write_outbox(con, [entry])
        committed()

    return say


def _sending(producer: AIOKafkaProducer) -> Say:
    async def say(entry: Entry) -> None:
        assert isinstance(entry.headers, dict)
        headers = [(name, value.encode()) for name, value in entry.headers.items()]
        await producer.send_and_wait(entry.topic, entry.payload, key=entry.key, headers=headers)

    return say


@asynccontextmanager
async def part(*words: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """A process of `bench.hearing`; it is ended with the block."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.hearing", *words),
        cwd=ground.ROOT,
        stdout=asyncio.subprocess.PIPE,
        limit=2**26,  # of a line: it tells everything in one
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _line(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    line = await process.stdout.readline()
    if not line:
        raise SystemExit(f"whoever hears has ended: {await process.wait()}")
    return line.decode()


async def _written(url: str, wanted: int) -> None:
    con = await asyncpg.connect(url)
    try:
        found = await con.fetchval("SELECT count(*) FROM invoices")
    finally:
        await con.close()
    assert found == wanted, f"{found} invoices of {wanted}"
