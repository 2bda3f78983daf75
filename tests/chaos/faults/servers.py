"""Kafka and Postgres: killed, restarted, stopped for a while; and single sessions of Postgres."""

import asyncio
import random
import signal

import asyncpg
import psutil

from shared.contracts.services import SERVICES
from stack.state import Running, started_at
from tests.chaos.faults import NotFired, fault
from tests.chaos.ground import Ground
from tests.chaos.processes import ends, one_of, stands


@fault("Kafka killed (-9)", hard=True)
async def kafka_killed(ground: Ground, chance: random.Random) -> str:
    return await ends(await one_of(ground.home, "kafka"), signal.SIGKILL)


@fault("Kafka restarted", hard=True)
async def kafka_restarted(ground: Ground, chance: random.Random) -> str:
    return await ends(await one_of(ground.home, "kafka"), signal.SIGTERM, 60)


@fault("Kafka stopped for a while", hard=True)
async def kafka_stopped(ground: Ground, chance: random.Random) -> str:
    """Longer than the sessions of all its members."""
    return await stands(await one_of(ground.home, "kafka"), 8 + 8 * chance.random())


@fault("Postgres killed (-9)", hard=True)
async def postgres_killed(ground: Ground, chance: random.Random) -> str:
    return await ends(await one_of(ground.home, "postgres"), signal.SIGKILL)


@fault("Postgres restarted", hard=True)
async def postgres_restarted(ground: Ground, chance: random.Random) -> str:
    return await ends(await one_of(ground.home, "postgres"), signal.SIGINT, 60)


@fault("backend of Postgres killed (-9)", hard=True)
async def backend_killed(ground: Ground, chance: random.Random) -> str:
    """One session's process: Postgres then ends all sessions, and recovers."""
    server = await one_of(ground.home, "postgres")
    victims = [one for one in psutil.Process(server.pid).children() if _serves(one)]
    if not victims:
        raise NotFired("no session of a service was open")
    victim = chance.choice(victims)
    there = Running("backend", victim.pid, started_at(victim.pid) or 0.0)
    return f"{' '.join(victim.cmdline()[:1])[:60]}: {await ends(there, signal.SIGKILL)}"


@fault("sessions of Postgres ended")
async def sessions_ended(ground: Ground, chance: random.Random) -> str:
    """All of one service's, again and again, as a failover or an administrator does."""
    service, ended = chance.choice(SERVICES), 0
    con = await asyncpg.connect(ground.database("postgres"))
    try:
        for _ in range(4):
            ended += await con.fetchval(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                "WHERE datname = $1 AND pid <> pg_backend_pid()",
                service,
            )
            await asyncio.sleep(0.3 + chance.random())
    finally:
        await con.close()
    if not ended:
        raise NotFired(f"{service} had no session that could be ended")
    return f"{ended} sessions of {service}"


def _serves(one: psutil.Process) -> bool:
    try:
        words = " ".join(one.cmdline())
    except psutil.Error:
        return False
    return any(f"postgres: {service} {service} " in words for service in SERVICES)
