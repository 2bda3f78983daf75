"""The end: the session is completed, and certificates are waited for until the last is stored."""

from __future__ import annotations

import asyncio
import csv
import io
from time import monotonic

from cli.crowd.door import Door, NoGoodAnswerError
from cli.rehearsal.found import Found
from cli.rehearsal.plan import SESSION
from cli.rehearsal.watch import Watch

STILL = 120.0  # seconds without one more: then no more are waited for
EVERY = 2.0  # seconds between two looks, and never more than a tenth of the time goes to looking


async def ended(door: Door, key: str, course: str, found: Found, watch: Watch) -> None:
    """Complete it as staff do, and fill in what came of it. Raises NoGoodAnswerError."""
    path = f"/attendance/v1/sessions/{course}/{SESSION}"
    await door.ask("POST", f"{path}/complete", key, once=f"{course}-complete", json={})
    since = moved = monotonic()
    found.certificates = 0
    while found.certificates < found.registered and monotonic() - moved < STILL:
        began = monotonic()
        there = await _stored(door, key, course)
        took = monotonic() - began
        if there > found.certificates:
            found.certificates, moved = there, monotonic()
        else:
            await asyncio.sleep(max(EVERY, 9 * took))
    if found.certificates:
        found.certifying = moved - since
    found.present = (await door.ask("GET", f"{path}?records=false", key))["present"]
    found.quiet, found.waiting = await _quiet(watch)


async def _stored(door: Door, key: str, course: str) -> int:
    """Certificates of the course that hold, by its roster."""
    try:
        text = await door.ask("GET", f"/certificates/v1/courses/{course}/roster", key)
    except NoGoodAnswerError as why:
        if why.status != 404:
            raise
        return 0  # certificates has not heard of the course yet
    return sum(row["status"] == "valid" for row in csv.DictReader(io.StringIO(text or "")))


async def _quiet(watch: Watch) -> tuple[bool | None, str]:
    """Whether nothing is left to do; and what is, where that does not change for long. None: all
    that can be seen is done, and of whom nothing can be seen for as long, is named."""
    seen, moved = "", monotonic()
    while monotonic() - moved < STILL:
        waits = await watch.quiet()
        if not waits and not watch.blind:
            return True, ""
        if waits != seen:
            seen, moved = waits, monotonic()
        await asyncio.sleep(EVERY)
    if not seen and watch.blind:
        return None, ", ".join(sorted(watch.blind))
    return False, seen
