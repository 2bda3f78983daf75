"""The end: no fault and no load any more, until nothing is left to do anywhere.

First as it is; then the clock goes on for two days, stop by stop, because what failed is tried
again by business time.
"""

import asyncio
import time
from typing import Any

import httpx

from tests.chaos.ground import Ground, answer

QUEUES = ("outbox", "lag", "overdue", "in_flight")
PATIENCE = 240.0  # seconds in which nothing gets less
_SAY_EVERY = 3.0


async def drained(ground: Ground) -> float:
    """Seconds until all were quiet. Raises `SystemExit` where nothing moves any more."""
    began = time.monotonic()
    await _quiet(ground)
    code, told = await ground.holdfast("clock", "advance", "2d")
    if code:
        raise SystemExit(f"the clock does not go on: {told}")
    ground.say(f"  {told.strip()}")
    await _quiet(ground)
    return round(time.monotonic() - began, 1)


async def _quiet(ground: Ground) -> None:
    calm, moved, said, before = 0, time.monotonic(), 0.0, ""
    async with httpx.AsyncClient(timeout=10, trust_env=False) as client:
        while calm < 2:
            left = await _left(client, ground)
            calm = 0 if left else calm + 1
            picture = str(sorted(left.items()))
            if picture != before:
                moved, before = time.monotonic(), picture
            if left and time.monotonic() - said > _SAY_EVERY:
                said = time.monotonic()
                ground.say(f"  left: {', '.join(f'{k} {v}' for k, v in sorted(left.items()))}")
            if time.monotonic() - moved > PATIENCE:
                raise SystemExit(f"nothing moves any more: {picture}")
            await asyncio.sleep(0.3)


async def _left(client: httpx.AsyncClient, ground: Ground) -> dict[str, Any]:
    """What is still to be done, by process and queue; empty where nothing is."""
    left: dict[str, Any] = {}
    watched = ground.watched()
    asked = [answer(client, f"{url}/health/quiet") for url in watched.values()]
    for name, told in zip(watched, await asyncio.gather(*asked), strict=True):
        if told is None:
            left[name] = "away"
        elif not told["quiet"]:
            counts = {what: _value(told, what) for what in QUEUES}
            left |= {f"{name} {what}": n for what, n in counts.items() if n != 0}
            left.setdefault(name, "not quiet")
    simulator = await answer(client, f"{ground.url('paysim')}/quiet")
    if simulator is None or simulator["pending_webhooks"]:
        left["webhooks"] = simulator["pending_webhooks"] if simulator else "away"
    return left


def _value(told: dict[str, Any], what: str) -> Any:
    """Of `/health/quiet`."""
    return told["due"]["overdue"] if what == "overdue" else told[what]
