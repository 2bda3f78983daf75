"""Processes that are killed, or stand still for longer than Kafka waits for them."""

import asyncio
import random
import signal

from shared.contracts.services import SERVICES
from stack import state
from tests.chaos.faults import NotFired, fault
from tests.chaos.ground import Ground
from tests.chaos.processes import ends, one_of, running, stands

SESSION_SECONDS = 6.0  # what the embedded stack tells Kafka (`stack.given`)


@fault("service killed (-9)")
async def service_killed(ground: Ground, chance: random.Random) -> str:
    """API, worker, relay and sweep of one service at once: they are one process here."""
    return await ends(await one_of(ground.home, chance.choice(SERVICES)), signal.SIGKILL)


@fault("worker killed (-9)")
async def worker_killed(ground: Ground, chance: random.Random) -> str:
    """A worker that shares its group with another; where there is none, whatever is there."""
    names = [name for name in ground.watched() if name.endswith(" worker")] or list(SERVICES)
    return await ends(await one_of(ground.home, chance.choice(names)), signal.SIGKILL)


@fault("killed again while it starts (-9)")
async def killed_again(ground: Ground, chance: random.Random) -> str:
    """Three deaths in a row, each as soon as it is there again."""
    name, told = chance.choice(SERVICES), []
    for _ in range(3):
        told.append(await ends(await one_of(ground.home, name), signal.SIGKILL))
        await asyncio.sleep(chance.random())
    return "; ".join(told)


@fault("service stands still, longer than its session")
async def service_stands(ground: Ground, chance: random.Random) -> str:
    seconds = SESSION_SECONDS + 2 + 4 * chance.random()
    return await stands(await one_of(ground.home, chance.choice(SERVICES)), seconds)


@fault("edge killed (-9)")
async def edge_killed(ground: Ground, chance: random.Random) -> str:
    """The gateway, the mail server, the clock or the front door."""
    name = chance.choice(("paysim", "mailbox", "clock", "front door"))
    return await ends(await one_of(ground.home, name), signal.SIGKILL)


@fault("supervisor killed (-9)", hard=True)
async def supervisor_killed(ground: Ground, chance: random.Random) -> str:
    """Its processes go on without it; the next one ends them, and starts them all."""
    ground.remember()
    before, boss = running(ground.home), ground.boss
    assert boss is not None
    if boss.poll() is not None:
        raise NotFired("the supervisor had ended by itself")
    boss.kill()
    boss.wait()
    await asyncio.sleep(2 * chance.random())
    left = [one for one in before.values() if state.alive(one)]
    if len(left) < len(before) - 1:
        raise NotFired(f"of {len(before)} processes {len(left)} outlived their supervisor")
    ground.supervise()
    while any(map(state.alive, left)):
        if ground.boss.poll() is not None:
            raise NotFired(f"no other supervisor starts: {ground.log()}")
        await asyncio.sleep(0.1)
    return f"supervisor pid {boss.pid} SIGKILL, {len(left)} processes left to the next one"
