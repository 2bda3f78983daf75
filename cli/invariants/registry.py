"""The invariants of domain.md §10 as checks from outside: each reads what services wrote.

A check is an async function of `Outside` that yields findings; none means it holds. It says what
it needs, so that nothing is called true of what could not be looked at.
"""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg
import httpx
from aiokafka import ConsumerRecord

from cli.built import hears_of
from cli.kafka import read_all
from cli.mailbox import listed
from shared.runtime.hears import Hears

# What a check may need beside the databases of services, which it names by the service.
KAFKA, GATEWAY, MAILBOX = "Kafka", "the payment simulator", "the mailbox"
_SETTINGS = {
    KAFKA: "KAFKA_BOOTSTRAP_SERVERS",
    GATEWAY: "PAYSIM_API_KEY",
    MAILBOX: "HOLDFAST_MAILBOX_URL",
}


@dataclass(frozen=True)
class Finding:
    """What is wrong: the id of the thing, and a sentence with the figures."""

    about: str
    detail: str


@dataclass(frozen=True)
class Outside:
    """What a check may look at: databases by service, Kafka, the simulator and its key, mail.

    An empty text, or a service that is not among the databases, cannot be looked at.
    """

    databases: Mapping[str, "asyncpg.Connection[asyncpg.Record]"]
    bootstrap: str
    simulator: str
    simulator_key: str
    mailbox: str = ""

    async def rows(self, service: str, sql: str, *values: Any) -> list[Any]:
        """Rows of a service's database."""
        return list(await self.databases[service].fetch(sql, *values))

    def hears(self, service: str) -> Hears:
        """What a service hears: asked of the service itself."""
        return hears_of(service)

    def records(self, topics: Sequence[str]) -> AsyncIterator[ConsumerRecord]:
        """Every record of these topics."""
        return read_all(self.bootstrap, topics)

    async def gateway(self, what: str) -> Any:
        """What the simulator says of its `totals`, its `refunds`."""
        headers = {"Authorization": f"Bearer {self.simulator_key}"}
        async with httpx.AsyncClient(headers=headers, timeout=10, trust_env=False) as client:
            return (await client.get(f"{self.simulator}/v1/{what}")).raise_for_status().json()

    async def arrived(self) -> list[str]:
        """The Message-ID of every mail that is in the mailbox."""
        async with httpx.AsyncClient(timeout=30, trust_env=False) as client:
            return [mail.message_id for mail in await listed(client, self.mailbox)]

    def missing(self, needs: Iterable[str]) -> list[str]:
        """What of it cannot be looked at, each with the setting that names it."""
        there = {
            KAFKA: bool(self.bootstrap),
            GATEWAY: bool(self.simulator and self.simulator_key),
            MAILBOX: bool(self.mailbox),
        }
        return [
            f"{need} ({_SETTINGS[need]})"
            if need in _SETTINGS
            else f"the database of {need} ({need.upper()}_DATABASE_URL)"
            for need in needs
            if not there.get(need, need in self.databases)
        ]


Check = Callable[[Outside], AsyncIterator[Finding]]


@dataclass(frozen=True)
class Invariant:
    """`number` is the one of domain.md §10."""

    number: int
    says: str
    needs: tuple[str, ...]
    check: Check


INVARIANTS: list[Invariant] = []


def invariant(number: int, says: str, *needs: str) -> Callable[[Check], Check]:
    """Register a check under its number, with the sentence it stands for and what it looks at."""

    def register(check: Check) -> Check:
        INVARIANTS.append(Invariant(number, says, needs, check))
        return check

    return register
