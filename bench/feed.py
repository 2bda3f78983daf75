"""How long a partner takes to catch up with everything, beside bare asyncpg, in the same run.

    python -m bench.feed [--events 100000] [--courses 20] [--rounds 3] [--most 60] [--json]

A fresh, migrated database has that many events of that many courses which the partner may see, and
as many of others', one after the other. Ours is the feed as it is served, from the first page to
the last, 1,000 events a page, with the fields filtered, read by a client that reads the JSON. The
bare one selects the same rows in pages from a table that has nothing else, and knows neither
partners nor fields. They take turns; the figures are medians of the rounds.

`TEST_POSTGRES_URL` names a server that runs; else an embedded one is started. Exit code 1 if ours
takes longer than `--most` seconds, or reads another number of events.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import uuid
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import asyncpg
import httpx

from bench import figures, ground
from bench.goals import spec
from bench.machine import machine
from services.partners.app import build
from services.partners.settings import Settings
from shared.contracts.billing import InvoicePaid
from shared.contracts.registration import RegistrationConfirmed, RegistrationRequested
from shared.runtime import garbage, logs
from shared.runtime.database import prepare
from shared.runtime.service import Service
from shared.runtime.tokens import digest_of

PAGE = 1_000
KEY = "hf_bench_operator"
SAMPLES = (RegistrationRequested, RegistrationConfirmed, InvoicePaid)
FIELDS = ["price", "requested_at", "confirmed_at", "total", "number", "lines", "schedule"]
_COLUMNS = (
    *("position", "event_id", "type", "course_id", "subject", "source", "said_at", "of_person"),
    "data",
)
_BARE = """
SELECT position, event_id, type, course_id, subject, source, said_at, data::text AS data
FROM only_seen WHERE position > $1 ORDER BY position LIMIT $2
"""


async def fill(url: str, events: int, courses: list[str]) -> None:
    """What the partner sees and what it does not, in turn; the first alone for the bare one."""
    con = await asyncpg.connect(url)
    await prepare(con)
    said = await con.fetchval("SELECT now()")
    samples = [(e.type, f"/{e.topic.split('.')[0]}", e.example) for e in SAMPLES]
    rows = []
    for number in range(events * 2):
        kind, source, data = samples[number // 2 % len(samples)]
        ours = number % 2 == 0
        course = courses[number // 2 % len(courses)] if ours else f"another-{number % 97}"
        subject = str(uuid.uuid4())
        told = data | {"registration_id": subject, "course_id": course}
        rows.append(
            (number + 1, str(uuid.uuid4()), kind, course, subject, source, said, None, told)
        )
    await con.copy_records_to_table("occurrences", records=rows, columns=_COLUMNS)
    await con.execute(
        "INSERT INTO heads VALUES ('occurrences', $1, $2)", len(rows), [["00000000", 0]]
    )
    await con.execute("CREATE TABLE only_seen (LIKE occurrences INCLUDING ALL)")
    await con.execute(
        "INSERT INTO only_seen SELECT * FROM occurrences WHERE course_id = ANY($1)", courses
    )
    await con.execute("ANALYZE")
    await con.close()


async def ours(service: Service) -> tuple[int, float]:
    """Events read, and seconds."""
    transport = httpx.ASGITransport(service.app)
    key = {"Authorization": f"Bearer {KEY}"}
    asked: dict[str, Any] = {"partner_id": "bench", "limit": PAGE}
    seen, began = 0, perf_counter()
    async with httpx.AsyncClient(transport=transport, base_url="http://b", headers=key) as client:
        while True:
            answer = await client.get("/partners/v1/feed", params=asked)
            page = json.loads(answer.raise_for_status().content)
            seen += len(page["items"])
            if len(page["items"]) < PAGE:
                return seen, perf_counter() - began
            asked["after"] = page["next"]


async def bare(url: str) -> tuple[int, float]:
    """Events read, and seconds."""
    con = await asyncpg.connect(url)
    seen, last, began = 0, 0, perf_counter()
    while True:
        rows = await con.fetch(_BARE, last, PAGE)
        read = [dict(row) | {"data": json.loads(row["data"])} for row in rows]
        seen += len(read)
        if len(read) < PAGE:
            await con.close()
            return seen, perf_counter() - began
        last = read[-1]["position"]


async def measure(admin: str, events: int, courses: int, rounds: int) -> dict[str, Any]:
    """What each took, round by round, and the medians."""
    own = [f"course-{number}" for number in range(courses)]
    async with ground.database(admin, "partners") as url:
        await fill(url, events, own)
        hashed = digest_of(KEY)
        service = build(
            Settings(
                database_url=url,
                platform_secret="a secret of the benchmark",
                operator_key_hash=hashed,
                role="api",
            )
        )
        took: dict[str, list[float]] = {"ours": [], "bare": []}
        async with service.app.router.lifespan_context(service.app):
            transport = httpx.ASGITransport(service.app)
            key = {"Authorization": f"Bearer {KEY}"}
            body = {"name": "Bench", "courses": own, "types": ["*"], "fields": FIELDS}
            async with httpx.AsyncClient(
                transport=transport, base_url="http://b", headers=key
            ) as client:
                made = await client.put("/partners/v1/partners/bench", json=body)
                made.raise_for_status()
            for _ in range(rounds):
                for name, read in (("bare", bare(url)), ("ours", ours(service))):
                    seen, seconds = await read
                    if seen != events:
                        raise SystemExit(f"{name} read {seen} of {events} events")
                    took[name].append(seconds)
    return {
        "events": events,
        "courses": courses,
        "seconds": round(median(took["ours"]), 2),
        "bare_seconds": round(median(took["bare"]), 2),
        "percent_of_bare": figures.per_cent(took["bare"], took["ours"]),
        "rounds": {name: [round(one, 3) for one in each] for name, each in took.items()},
    }


def main(arguments: list[str] | None = None) -> int:
    """The command line."""
    asked = argparse.ArgumentParser(prog="python -m bench.feed")
    asked.add_argument("--events", type=int, default=100_000)
    asked.add_argument("--courses", type=int, default=20)
    asked.add_argument("--rounds", type=int, default=3)
    asked.add_argument("--most", type=float, default=60, help="seconds that catching up may take")
    asked.add_argument("--json", action="store_true")
    told = figures.parsed(asked, arguments, {"events": 1_000, "courses": 5, "rounds": 1})
    here = machine(arguments)
    logs.configure("bench", "WARNING")
    garbage.tune()
    with ExitStack() as stack:
        directory = Path(stack.enter_context(TemporaryDirectory(prefix="holdfast-bench-")))
        admin = ground.postgres(stack, directory)
        came = asyncio.run(measure(admin, told.events, told.courses, told.rounds))
    if told.json:
        sys.stdout.write(f"{json.dumps(came)}\n")
    else:
        sys.stdout.write(
            f"{came['events']} events of {came['courses']} courses: {came['seconds']} s; bare "
            f"asyncpg {came['bare_seconds']} s ({came['percent_of_bare']} % of it)\n"
        )
    size, took = {"events": told.events, "courses": told.courses}, came["rounds"]
    made = figures.of(
        spec("feed.catch_up"), here, size, took["ours"], took["bare"], short=told.short
    )
    figures.keep(told, [made])
    return int(came["seconds"] > told.most and not told.short)


if __name__ == "__main__":
    raise SystemExit(main())
