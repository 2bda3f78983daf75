"""Deliveries a second, to 100 endpoints and where 20 of them never answer, beside bare httpx.

    python -m bench.webhooks [--events 100] [--rounds 3] [--least 90]

One worker of partners delivers so many events to each of 100 endpoints on this machine; then the
same where 20 of them are dead: they take the request and never answer. The rate is that of what is
recorded as delivered. Then bare httpx posts as many of the same bodies, as many at once, by a
client an endpoint; it neither signs nor remembers anything. The figures are medians of the rounds.
Exit code 1 where the rate with dead ones is less than `--least` per cent of that without. Postgres
(`TEST_POSTGRES_URL` names one that runs), the worker and whoever is told share the cores.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import asyncpg

from bench import figures, gathering, ground
from bench.goals import spec
from bench.machine import Machine, machine
from services.partners.commands.pumps import DELIVER

ENDPOINTS = 100
DEAD = 20
_DATA = {
    "registration_id": "0192a0b0-5c1e-7a10-8f00-000000000001",
    "course_id": "course-a",
    "state": "confirmed",
    "price": {"amount": 16900, "currency": "USD"},
    "note": "x" * 400,
}
_PARTNER = """
INSERT INTO partners (partner_id, name, courses, former, types, fields, version, created_at,
  updated_at)
VALUES ('ibh', 'Institute', '["course-a"]', '[]', '["*"]', '["registration.confirmed/*"]', 1,
  now(), now())
"""
_ENDPOINT = """
INSERT INTO endpoints (endpoint_id, partner_id, url, types, courses, ordered, concurrency, state,
  reason, position, failures, pause, apart, tests, secret_version, version, created_at, updated_at)
VALUES ($1, 'ibh', $2, '[]', '[]', false, 4, 'active', '', 0, 0, 0, false, 0, 1, 1,
  now() - interval '1 hour', now() - interval '1 hour')
"""
_OCCURRENCES = """
INSERT INTO occurrences (position, event_id, type, course_id, subject, source, said_at, data)
SELECT n, 'event-' || n, 'registration.confirmed.v1', 'course-a', 'of-' || n, '/registration',
  now(), $2::jsonb FROM generate_series(1, $1::int) AS n
"""
_RECORDED = "SELECT count(*) FROM deliveries WHERE status = 'delivered'"
_PLAN = """
INSERT INTO due (kind, ref, due_at, version, payload)
SELECT $1, endpoint_id, now(), 1, '{}' FROM endpoints
"""


@asynccontextmanager
async def part(*arguments: str) -> AsyncIterator[str]:
    """A part in a process of its own, and what it says first."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.hooks", *arguments),
        cwd=ground.ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        yield (await process.stdout.readline()).decode().strip()
    finally:
        process.kill()
        await process.wait()


async def delivered(admin: str, events: int, dead: int) -> float:
    """Deliveries a second to those that take them."""
    async with AsyncExitStack() as open_:
        url = await open_.enter_async_context(ground.database(admin, "partners"))
        port = await open_.enter_async_context(part("sink"))
        con = await asyncpg.connect(url)
        open_.push_async_callback(con.close)
        await con.execute(_PARTNER)
        for n in range(ENDPOINTS):
            kind = "dead" if n < dead else "well"
            await con.execute(_ENDPOINT, f"endpoint-{n:03}", f"http://127.0.0.1:{port}/{kind}/{n}")
        await con.execute(_OCCURRENCES, events, json.dumps(_DATA))
        await con.execute("INSERT INTO heads VALUES ('occurrences', $1, '[]')", events)
        await open_.enter_async_context(part("worker", url))
        wanted, since = events * (ENDPOINTS - dead), perf_counter()
        await con.execute(_PLAN, DELIVER)
        there, at = await gathering.reached(con, _RECORDED, wanted, "deliveries")
        return there / (at - since)


async def bare(count: int) -> float:
    """Requests a second of bare httpx."""
    event = {"specversion": "1.0", "id": "event-1", "data": _DATA}
    async with part("sink") as port:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bench.hooks", "bare", port, str(count)),
            cwd=ground.ROOT,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        out, _ = await process.communicate(json.dumps(event).encode() + b"\n")
    return count / float(json.loads(out)["seconds"])


async def measure(admin: str, events: int, rounds: int) -> dict[str, Any]:
    """All three, one after the other, so often; the medians, and those of the ratios."""
    found = []
    for _ in range(rounds):
        one = {
            "all_well": round(await delivered(admin, events, 0), 1),
            "some_dead": round(await delivered(admin, events, DEAD), 1),
            "bare": round(await bare(events * ENDPOINTS), 1),
        }
        sys.stderr.write(f"a second: {one}\n")
        found.append(one)
    rates = {name: [one[name] for one in found] for name in found[0]}
    return {
        **{name: round(median(each), 1) for name, each in rates.items()},
        "percent_with_dead": figures.per_cent(rates["some_dead"], rates["all_well"]),
        "percent_of_bare": figures.per_cent(rates["all_well"], rates["bare"]),
        "load_after": round(os.getloadavg()[0], 2),
        "rounds": found,
    }


def figures_of(
    found: dict[str, Any], here: Machine, wanted: argparse.Namespace
) -> list[figures.Figure]:
    """With dead ones beside without, and those beside bare httpx."""
    size = {"events": wanted.events, "endpoints": ENDPOINTS, "dead": DEAD}
    rates = {name: [one[name] for one in found["rounds"]] for name in found["rounds"][0]}
    return [
        figures.of(spec(name), here, size, rates[ours], rates[other], short=wanted.short)
        for name, ours, other in (
            ("webhooks.dead", "some_dead", "all_well"),
            ("webhooks.bare", "all_well", "bare"),
        )
    ]


def main(arguments: list[str] | None = None) -> int:
    """Measure, say it, and judge."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--events", type=int, default=100, help="to each endpoint")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--least", type=float, default=90.0, help="per cent, with dead ones")
    parser.add_argument("--json", action="store_true", help="as it is anyway")
    wanted = figures.parsed(parser, arguments, {"events": 5, "rounds": 1})
    here = machine(arguments)
    with ExitStack() as stack:
        directory = Path(stack.enter_context(TemporaryDirectory()))
        admin = ground.postgres(stack, directory)
        found = asyncio.run(measure(admin, wanted.events, wanted.rounds))
    print(json.dumps(found))
    figures.keep(wanted, figures_of(found, here, wanted))
    if found["percent_with_dead"] < wanted.least and not wanted.short:
        sys.stderr.write(f"That is less than {wanted.least} %.\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
