"""Events a second through billing's worker, beside bare aiokafka → the same SQL, in the same run.

    python -m bench.pipeline [--events 12000] [--rounds 3] [--least 65] [--json]

Both read `registration.requested` from the same Kafka topic and write the same rows to a fresh,
migrated database: inbox, registration, terms, invoice and its line, ledger, outbox, and the counter
of invoice numbers, 300 events a transaction, offsets after the commit. The bare one reads JSON and
fills tuples; it validates nothing, refuses nothing, plans nothing and can take nothing back. They
take turns; the figure is the median of the rounds, and the ratio that of what each round came to.

`TEST_POSTGRES_URL` and `TEST_KAFKA_BOOTSTRAP_SERVERS` name servers that run; else the embedded
ones are started. Exit code 1 if the worker is slower than `--least` per cent of the bare one.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import uuid
from collections.abc import Awaitable, Callable, Iterable
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from bench import figures, ground
from bench.bare import Seen, bare
from bench.goals import spec
from bench.machine import machine
from services.billing.events import hears_of
from shared.contracts.registration import RegistrationRequested
from shared.runtime import garbage, logs
from shared.runtime.clock import Clock
from shared.runtime.consumer import Consumer
from shared.runtime.database import Database
from shared.runtime.intake import Intake
from shared.runtime.offsets import without_offsets

WARM = 0.2  # of the events come first and are not measured
PARTITIONS = 6


class Meter:
    """Counts events as they are committed, and gives the rate of all but the first."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.seen: set[tuple[int, int]] = set()
        self.done = asyncio.Event()
        self._warm: tuple[int, float] | None = None
        self._end = 0.0

    def __call__(self, records: Iterable[ConsumerRecord]) -> None:
        """These are committed; what comes again counts once."""
        self.seen.update((record.partition, record.offset) for record in records)
        if self._warm is None and len(self.seen) >= self.total * WARM:
            self._warm = (len(self.seen), perf_counter())
        if len(self.seen) >= self.total and not self.done.is_set():
            self._end = perf_counter()
            self.done.set()

    @property
    def rate(self) -> float:
        assert self._warm is not None
        return (self.total - self._warm[0]) / (self._end - self._warm[1])


async def worker(url: str, bootstrap: str, topic: str, group: str, meter: Seen) -> None:
    """Billing's own consumer, handlers and batch runtime."""
    ours = hears_of()
    ours.consumer, ours.topics = group, {topic}
    db = Database("billing", url, size=4)

    class Measured(Intake):
        async def handle(self, records: Any) -> None:
            await super().handle(records)
            meter(records)

    assert await without_offsets(db, bootstrap, ours) is None
    consumer = Consumer(Measured(db, Clock(), ours), bootstrap)
    await consumer.start()
    try:
        await meter.done.wait()
    finally:
        await consumer.stop()
        await db.close()


async def publish(bootstrap: str, topic: str, count: int) -> None:
    """As many registrations as that, all different, over all partitions."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(topic, PARTITIONS, 1)])
    await admin.close()
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, linger_ms=20, max_batch_size=262_144)
    await producer.start()
    sent = []
    for _ in range(count):
        about = {"registration_id": str(uuid.uuid4()), "person_id": str(uuid.uuid4())}
        event = RegistrationRequested.model_validate(RegistrationRequested.example | about)
        headers = [("ce_id", str(uuid.uuid4()).encode()), ("ce_type", event.type.encode())]
        key = event.registration_id.encode()
        sent.append(await producer.send(topic, event.payload(), key=key, headers=headers))
    await asyncio.gather(*sent)
    await producer.stop()
    await coordinated(bootstrap, topic)


async def coordinated(bootstrap: str, topic: str) -> None:
    """A consumer waits until a broker that has just started coordinates groups."""
    waiter = AIOKafkaConsumer(topic, bootstrap_servers=bootstrap, group_id=f"{topic}-waiter")
    await waiter.start()
    await waiter.stop()


Pipeline = Callable[[str, str, str, str, Seen], Awaitable[None]]


async def once(pipeline: Pipeline, admin: str, bootstrap: str, topic: str, count: int) -> float:
    """One run on a database of its own; what it wrote is counted."""
    async with ground.database(admin, "billing") as url:
        meter = Meter(count)
        group = f"bench-{uuid.uuid4().hex[:12]}"
        async with asyncio.timeout(600):
            await pipeline(url, bootstrap, topic, group, meter)
        con = await asyncpg.connect(url)
        try:
            for table, rows in {
                "inbox": count,
                "registrations": count,
                "terms": count,
                "invoices": count,
                "invoice_lines": count,
                "ledger_transactions": count,
                "ledger_entries": 2 * count,
                "outbox": count,
            }.items():
                found = await con.fetchval(f"SELECT count(*) FROM {table}")
                assert found == rows, f"{table}: {found} rows, not {rows}"
        finally:
            await con.close()
        return meter.rate


async def measure(admin: str, bootstrap: str, count: int, rounds: int) -> dict[str, Any]:
    """Rates of both, in events a second, a round after the other."""
    topic = f"bench.registrations-{uuid.uuid4().hex[:12]}"
    await publish(bootstrap, topic, count)
    rates: dict[str, list[float]] = {"worker": [], "bare": []}
    for place in range(rounds):
        turns: list[tuple[str, Pipeline]] = [("worker", worker), ("bare", bare)]
        for name, pipeline in turns if place % 2 == 0 else reversed(turns):
            rates[name].append(await once(pipeline, admin, bootstrap, topic, count))
            sys.stderr.write(f"round {place + 1}: {name} {rates[name][-1]:,.0f} events/s\n")
    return {
        "events": count,
        "rounds": {name: [round(rate) for rate in found] for name, found in rates.items()},
        **{name: round(median(found)) for name, found in rates.items()},
        "percent": figures.per_cent(rates["worker"], rates["bare"]),
    }


def main(arguments: list[str] | None = None) -> int:
    """Measure, say it, and judge."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--events", type=int, default=12_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--least", type=float, default=65.0, help="per cent of the bare pipeline")
    parser.add_argument("--json", action="store_true")
    wanted = figures.parsed(parser, arguments, {"events": 1_500, "rounds": 1})
    here = machine(arguments)
    logs.configure("billing", "WARNING")
    garbage.tune()
    with ExitStack() as stack:
        directory = Path(stack.enter_context(TemporaryDirectory()))
        admin, bootstrap = ground.servers(stack, directory)
        found = asyncio.run(measure(admin, bootstrap, wanted.events, wanted.rounds))
    if wanted.json:
        print(json.dumps(found))
    else:
        print(
            f"registration.requested → invoice, ledger, outbox: {found['worker']:,} events/s "
            f"through billing's worker, {found['bare']:,} with bare aiokafka and the same SQL: "
            f"{found['percent']} %"
        )
    ours, bare_ = found["rounds"]["worker"], found["rounds"]["bare"]
    size = {"events": wanted.events}
    made = figures.of(spec("pipeline.events"), here, size, ours, bare_, short=wanted.short)
    figures.keep(wanted, [made])
    if found["percent"] < wanted.least and not wanted.short:
        sys.stderr.write(f"That is less than {wanted.least} %.\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
