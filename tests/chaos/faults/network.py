"""The ways to Kafka and Postgres: cut, slow, silent, refused. The proxy counts what it did."""

import asyncio
import random

from tests.chaos.faults import NotFired, fault
from tests.chaos.ground import Ground
from tests.runtime.proxy import Proxy


def _way(ground: Ground, chance: random.Random) -> tuple[str, Proxy]:
    return chance.choice([("Kafka", ground.kafka), ("Postgres", ground.postgres)])


@fault("connections cut")
async def cut(ground: Ground, chance: random.Random) -> str:
    name, proxy = _way(ground, chance)
    before = proxy.cuts
    for _ in range(4):
        proxy.cut()
        await asyncio.sleep(0.5 + chance.random())
    return _evidence(name, proxy.cuts - before, "connections reset")


@fault("connections slow")
async def slow(ground: Ground, chance: random.Random) -> str:
    name, proxy = _way(ground, chance)
    before = proxy.slowed
    proxy.slow(0.05 + 0.25 * chance.random())
    try:
        await asyncio.sleep(8 + 4 * chance.random())
    finally:
        proxy.heal()
    return _evidence(name, proxy.slowed - before, "bytes came late")


@fault("connections silent")
async def silent(ground: Ground, chance: random.Random) -> str:
    """A black hole: what is sent is never answered, and nobody says why."""
    name, proxy = _way(ground, chance)
    before = proxy.held
    proxy.swallow()
    try:
        await asyncio.sleep(6 + 8 * chance.random())
    finally:
        held = proxy.held - before
        proxy.heal()
    return _evidence(name, held, "bytes held back")


@fault("connections refused", hard=True)
async def refused(ground: Ground, chance: random.Random) -> str:
    """As if nobody was there, for longer than a restart takes."""
    name, proxy = _way(ground, chance)
    before = proxy.cuts + proxy.refused
    proxy.refuse()
    try:
        await asyncio.sleep(8 + 8 * chance.random())
    finally:
        proxy.heal()
    return _evidence(name, proxy.cuts + proxy.refused - before, "connections refused or reset")


def _evidence(name: str, count: int, what: str) -> str:
    if count <= 0:
        raise NotFired(f"{name}: no {what}")
    return f"{name}: {count} {what}"
