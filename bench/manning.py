"""Events at a rate while workers of a service come and go: how long each waited, and what came
twice."""

from __future__ import annotations

import asyncio
import re
import uuid
from collections.abc import Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime

import asyncpg
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment

from bench import crew
from cli.crowd.pace import moments
from shared.contracts.registration import RegistrationRequested

# All of these hear of registrations, whatever else they know.
HEARING = ("attendance", "billing", "certificates", "notifications")
# What a service must be told beside what all are (`crew.member`).
NEEDS = {
    "BILLING_GATEWAY_URL": "http://127.0.0.1:9",
    "BILLING_GATEWAY_API_KEY": "a key of the benchmark",
    "BILLING_WEBHOOK_SECRET": "another secret of the benchmark",
    "NOTIFICATIONS_SMTP_HOST": "127.0.0.1",
    "NOTIFICATIONS_SMTP_PORT": "9",
}
_TWICE = re.compile(r"^inbox_duplicates_total (\S+)$", re.MULTILINE)


@dataclass
class Talk:
    """Registrations of people whom nobody knows; by event id when each was said."""

    bootstrap: str
    said: dict[str, datetime] = field(default_factory=dict)

    async def burst(self, count: int) -> None:
        """So many, at once."""
        await self._say([0.0] * count)

    async def steady(self, rate: float, seconds: float, seed: int) -> None:
        """So many a second, open loop."""
        await self._say(moments(rate, int(rate * seconds), seed))

    async def _say(self, after: Iterable[float]) -> None:
        producer = AIOKafkaProducer(
            bootstrap_servers=self.bootstrap, linger_ms=2, max_batch_size=262_144
        )
        await producer.start()
        loop = asyncio.get_running_loop()
        began, sent = loop.time(), []
        try:
            for wait in after:
                if (left := began + wait - loop.time()) > 0:
                    await asyncio.sleep(left)
                about = {"registration_id": str(uuid.uuid4()), "person_id": str(uuid.uuid4())}
                event = RegistrationRequested.model_validate(RegistrationRequested.example | about)
                name = str(uuid.uuid4())
                headers = [("ce_id", name.encode()), ("ce_type", event.type.encode())]
                self.said[name] = datetime.now(UTC)
                key = event.key_of().encode()
                topic = event.topic_of()
                sent.append(await producer.send(topic, event.payload(), key=key, headers=headers))
            await asyncio.gather(*sent)
        finally:
            await producer.stop()


@dataclass
class Shift:
    """The workers of a service that are there; `still`: as static members of their group. An
    `assignor` of `bench.stationed`, or "" for the service's own."""

    service: str
    url: str
    bootstrap: str
    still: bool
    session_ms: int
    assignor: str = ""
    twice: float = 0.0  # events that came again, of those who have left
    _there: list[tuple[crew.Member, AsyncExitStack]] = field(default_factory=list)
    _number: int = 0

    async def come(self) -> None:
        """One more, ready."""
        told = NEEDS | {
            "KAFKA_SESSION_TIMEOUT_MS": str(self.session_ms),
            "KAFKA_GROUP_INSTANCE_ID": f"{self.service}-{self._number}" if self.still else "",
            "BENCH_ASSIGNOR": self.assignor,
        }
        module = f"bench.stationed {self.service}" if self.assignor else "services.{name}.app"
        open_ = AsyncExitStack()
        made = await open_.enter_async_context(
            crew.member(
                self.service, "worker", self.url, self.bootstrap, told, every=0.05, module=module
            )
        )
        self._number += 1
        self._there.append((made, open_))

    async def go(self) -> None:
        """The last one leaves, in order."""
        made, open_ = self._there.pop()
        self.twice += await _twice(made)
        await open_.aclose()

    async def seen_twice(self) -> int:
        """How many events came to somebody who had to drop them."""
        return round(self.twice + sum([await _twice(made) for made, _ in self._there]))

    async def end(self) -> None:
        """All of them leave."""
        while self._there:
            await self.go()


async def _twice(made: crew.Member) -> float:
    status, told = await asyncio.to_thread(made.ask, "metrics")
    assert status == 200, told[:200]
    found = _TWICE.search(told.decode())
    return float(found[1]) if found else 0.0


async def shares(bootstrap: str, group: str) -> list[int]:
    """How many partitions of what is said here each member of the group has, most first."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        [told] = await admin.describe_consumer_groups([group])
    finally:
        await admin.close()
    found = []
    for _, _, _, _, _, members, *_ in told.groups:
        for member in members:
            given = dict(ConsumerProtocolMemberAssignment.decode(member[4]).assignment)
            found.append(len(given.get(RegistrationRequested.topic, ())))
    return sorted(found, reverse=True)


async def handled(con: asyncpg.Connection) -> dict[str, datetime]:
    """Event → when it was handled."""
    rows = await con.fetch("SELECT event_id::text AS id, received_at FROM inbox")
    return {row["id"]: row["received_at"] for row in rows}


def waited(
    said: dict[str, datetime], done: dict[str, datetime], since: datetime, until: datetime
) -> list[float]:
    """Seconds that each event waited that was said in that time. Raises AssertionError where one
    was never handled."""
    missing = said.keys() - done.keys()
    assert not missing, f"{len(missing)} of {len(said)} were never handled"
    return [(done[name] - at).total_seconds() for name, at in said.items() if since <= at <= until]
