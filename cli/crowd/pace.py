"""Open loop: what arrives does so at its time, whether or not what came before is done.

How long something took is counted from when it was meant to begin. Whoever waits for an answer
before the next request measures only what a slow server lets him ask.
"""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import Awaitable, Callable, Sequence
from time import monotonic

SOON = 0.2  # seconds until the first may come


def moments(rate: float, count: int, seed: int) -> list[float]:
    """Seconds from the start: one within each slot of 1/`rate` seconds, anywhere in it, so that no
    loop that looks every so often is always met at the same place. The same seed gives the same."""
    chance = random.Random(seed)
    return [(number + chance.random()) / rate for number in range(count)]


async def arrive(after: Sequence[float], act: Callable[[int, float], Awaitable[None]]) -> None:
    """Begin `act(number, intended)` each at its moment, intended as `monotonic()` counts; returns
    when all are done. Raises what one of them raised."""
    began = monotonic() + SOON
    async with asyncio.TaskGroup() as group:
        for number, wait in enumerate(after):
            intended = began + wait
            # also where we are behind: those that have begun must come on
            await asyncio.sleep(max(0.0, intended - monotonic()))
            group.create_task(_begun(act, number, intended))


async def _begun(
    act: Callable[[int, float], Awaitable[None]], number: int, intended: float
) -> None:
    await act(number, intended)


def percentile(values: Sequence[float], per_cent: float) -> float:
    """The smallest value that so many per cent of them do not exceed. Raises ValueError where there
    is none."""
    if not values:
        raise ValueError("of nothing")
    return sorted(values)[max(0, math.ceil(len(values) * per_cent / 100) - 1)]
