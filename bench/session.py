"""A session of many: from completion at attendance to the last `certificate.issued` on Kafka."""

from __future__ import annotations

import asyncio
import sys
from contextlib import AsyncExitStack
from time import perf_counter
from typing import Any

import asyncpg

from bench import cohort, crew, gathering, ground
from bench.watch import Watch

SHOW = 5.0  # seconds between two lines of progress


async def measured(admin: str, bootstrap: str, count: int, processes: int) -> dict[str, Any]:
    """From a session's completion at attendance to the last `certificate.issued` on Kafka."""
    watch, many = Watch(), cohort.learners(count)
    async with AsyncExitStack() as open_:
        urls = {
            name: await open_.enter_async_context(ground.database(admin, name))
            for name in ("attendance", "certificates")
        }
        await cohort.known_to_attendance(urls["attendance"], many)
        await cohort.known_to_certificates(urls["certificates"], many, taught_all=False)
        room = await open_.enter_async_context(
            crew.member("attendance", "all", urls["attendance"], bootstrap)
        )
        pids = {"attendance": room.pid}
        for place in range(processes):
            worker = crew.member("certificates", "worker", urls["certificates"], bootstrap)
            pids[f"certificates {place + 1}"] = (await open_.enter_async_context(worker)).pid
        looks = {name: await asyncpg.connect(url) for name, url in urls.items()}
        for con in looks.values():
            open_.push_async_callback(con.close)
        issued = gathering.Issued(bootstrap, {one.registration_id for one in many})
        await open_.enter_async_context(issued)
        families = await gathering.families(looks["certificates"])
        ref = f"v1/sessions/{cohort.LAST_REF}/complete"
        since = perf_counter()
        status, said = await asyncio.to_thread(room.ask, ref, b"{}", **{"idempotency-key": "end"})
        assert status == 200, said
        times: dict[str, float] = {}
        moved, shown = since, since - SHOW
        while True:
            seen = await gathering.progress(looks, issued)
            now = perf_counter()
            for name, done in seen.items():
                if done >= count:
                    times.setdefault(name, round(now - since, 1))
            watch.look(pids, families)
            told = ", ".join(f"{name} {done:,}" for name, done in seen.items())
            if now - shown >= SHOW:
                sys.stderr.write(f"{now - since:6.1f} s: {told}\n")
                shown = now
            if issued.complete and await gathering.at_rest(looks):
                break
            if issued.moved > moved:
                moved = issued.moved
            if now - max(moved, since) > gathering.STILL:
                raise SystemExit(f"no certificate for {gathering.STILL:.0f} s")
            await asyncio.sleep(0.5)
        await gathering.whole(looks["certificates"], count)
        size = {
            name: await con.fetchval("SELECT pg_database_size(current_database())") // 2**20
            for name, con in looks.items()
        }
        return {
            "learners": count,
            "processes": processes,
            "seconds": round(issued.moved - since, 1),
            "times": times,
            "memory_mib": {n: {"pss": p, "rss": r} for n, (p, r) in watch.most.items()},
            "database_mib": size,
        }
