"""The invariants of domain.md §10 as checks from outside: each reads what services wrote.

A check is an async function of `Outside` that yields findings; none means it holds.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import asyncpg


@dataclass(frozen=True)
class Finding:
    """What is wrong: the id of the thing, and a sentence with the figures."""

    about: str
    detail: str


@dataclass(frozen=True)
class Outside:
    """What a check may look at: databases by service, Kafka, the simulator and its key, mail."""

    databases: Mapping[str, "asyncpg.Connection[asyncpg.Record]"]
    bootstrap: str
    simulator: str
    simulator_key: str
    mailbox: str = ""

    async def rows(self, service: str, sql: str, *values: Any) -> list[Any]:
        """Rows of a service's database; none where that service is not here."""
        con = self.databases.get(service)
        return list(await con.fetch(sql, *values)) if con else []


Check = Callable[[Outside], AsyncIterator[Finding]]


@dataclass(frozen=True)
class Invariant:
    """`number` is the one of domain.md §10."""

    number: int
    says: str
    check: Check


INVARIANTS: list[Invariant] = []


def invariant(number: int, says: str) -> Callable[[Check], Check]:
    """Register a check under its number, with the sentence it stands for."""

    def register(check: Check) -> Check:
        INVARIANTS.append(Invariant(number, says, check))
        return check

    return register
