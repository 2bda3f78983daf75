"""The monkey: does faults in an order that follows from the seed, until its time is over.

Each is waited for, with what comes of it: until all is healthy again, or for a while (a mail whose
fate is unknown is only asked about when its lease is over); that is measured to its end. Now and
then two strike at once. None strikes while a supervisor that was killed has a successor that still
starts: whatever dies then is a stack that cannot start, and that is no matter of the services.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.chaos.faults import FAULTS, Fault, NotFired
from tests.chaos.ground import Ground
from tests.chaos.recovery import Recovery

WAITS = 45.0  # seconds for health, before the next one
_TWICE = 0.25  # how often two strike at once
_STARTS_WITHIN = 20.0  # seconds before its time is over: no fault begins later


@dataclass
class Struck:
    """One fault that was done: its evidence, or why there is none; and what became of it."""

    fault: str
    at: float
    evidence: str = ""
    not_fired: str = ""
    together: bool = False
    recovery: Recovery | None = None

    @property
    def seconds(self) -> float | None:
        return self.recovery.seconds if self.recovery else None


@dataclass
class Monkey:
    """`names` are the faults it may do; each once before one comes again."""

    ground: Ground
    seed: int
    names: Sequence[str]
    waits: float = WAITS
    struck: list[Struck] = field(default_factory=list)
    _watching: list[asyncio.Task[None]] = field(default_factory=list)

    async def rage(self, seconds: float, *, each_once: bool = False) -> None:
        """For so long; or until each was done once."""
        chance = random.Random(f"{self.seed}/monkey")
        began = time.monotonic()
        order: list[str] = []
        while True:
            await self.ground.led()
            if not each_once and time.monotonic() - began >= seconds - _STARTS_WITHIN:
                return
            if not order:
                if each_once and self.struck:
                    return
                order = chance.sample(sorted(self.names), len(self.names))
            some = [FAULTS[order.pop()]]
            if order and chance.random() < _TWICE and _may_meet(some[0], FAULTS[order[-1]]):
                some.append(FAULTS[order.pop()])
            await asyncio.gather(
                *(self._strike(one, chance.random(), began, len(some) > 1) for one in some)
            )
            pending = [task for task in self._watching if not task.done()]
            if pending:
                await asyncio.wait(pending, timeout=self.waits)

    async def _strike(self, one: Fault, seed: float, began: float, together: bool) -> None:
        made = Struck(one.name, round(time.monotonic() - began, 1), together=together)
        self.struck.append(made)
        self.ground.remember()
        try:
            made.evidence = await one.do(self.ground, random.Random(seed))
        except NotFired as why:
            made.not_fired = str(why)
        except Exception as why:
            made.not_fired = f"{type(why).__name__}: {why}"
        self.ground.say(
            f"  {made.at:5.0f} s  {one.name}: {made.evidence or 'NOT FIRED: ' + made.not_fired}"
        )
        made.recovery = Recovery(self.ground, one.name)
        self._watching.append(asyncio.create_task(made.recovery.watch()))

    async def recovered(self, seconds: float = 240) -> list[str]:
        """Wait for what is still recovering; what never did, in words."""
        if self._watching:
            await asyncio.wait(self._watching, timeout=seconds)
        for task in self._watching:
            if not task.done():
                task.cancel()
        return [
            f"{one.fault}: still waits for {sorted(one.recovery.wanting)[:4]}"
            for one in self.struck
            if one.recovery and one.recovery.seconds is None
        ]


def _may_meet(one: Fault, other: Fault) -> bool:
    """Two that stop everything are one only; a way and its server are left to themselves."""
    return not (one.hard or other.hard)
