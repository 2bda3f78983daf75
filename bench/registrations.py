"""Registrations a second through HTTP: one hot course, and a thousand, beside two bare endpoints.

    python -m bench.registrations [--requests 6000] [--courses 1000] [--rounds 3] [--json]

`ours` is the service in the role `api`; `apart` writes the same rows by hand with a transaction a
request; `still` has the same shape and touches no database. Each is a process of its own, in turn,
on a fresh, migrated database; 64 connections of one client that is a process too. The figures are
medians of the rounds, the ratios those of what each round came to. The client, the server and
Postgres share the machine, so the ratios say more than the rates.

`TEST_POSTGRES_URL` names a server that runs; else an embedded one is started. Exit code 1 where
the hot course is slower than 70 % of `still`, than three times `apart`, or than 80 % of the rate
over all courses.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import urllib.error
import urllib.request
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import asyncpg
import yaml

from bench import figures, ground
from bench.crew import READY
from bench.goals import spec
from bench.machine import Machine, machine
from shared.runtime.tokens import digest_of
from stack import ports

CONNECTIONS = 64
KEY = "hf_live_operator-of-the-benchmark"
WARM = 0.2  # as many requests come first and are not measured
LEAST = {"of_still": 70.0, "of_apart": 300.0, "of_spread": 80.0}  # per cent, of the hot course


def course() -> dict[str, Any]:
    """The reference course in a year that is still to come, with room for everybody."""
    said = yaml.safe_load((ground.ROOT / "examples/attachment-effectiveness-2020.yaml").read_text())
    told = json.dumps(said).replace('"2020-1', '"2090-1').replace('"2022-12-31"', '"2099-12-31"')
    read: dict[str, Any] = json.loads(told)
    return read | {"id": "bench-0", "capacity": 1_000_000}


@asynccontextmanager
async def serving(kind: str, url: str) -> AsyncIterator[int]:
    """The port of a server of that kind, which ends with the block."""
    port = ports.free_port()
    told = {
        "REGISTRATION_DATABASE_URL": url,
        "REGISTRATION_PORT": str(port),
        "HOLDFAST_ROLE": "api",
        "PLATFORM_SECRET": "a secret of the benchmark",
        "OPERATOR_KEY_HASH": digest_of(KEY),
        "LOG_LEVEL": "WARNING",
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.seating", kind), cwd=ground.ROOT, env=os.environ | told
    )
    try:
        async with asyncio.timeout(READY):
            while not await asyncio.to_thread(_ready, port):
                if process.returncode is not None:
                    raise SystemExit(f"the server of {kind} ended")
                await asyncio.sleep(0.1)
        yield port
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


def _ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/registration/health/live"):
            return True
    except OSError:
        return False


async def publish(url: str, courses: int) -> None:
    """The first course through the service, the others as copies of its rows."""
    async with serving("ours", url) as port:
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}/registration/v1/courses/bench-0",
            json.dumps(course()).encode(),
            {"authorization": f"Bearer {KEY}", "content-type": "application/json"},
            method="PUT",
        )
        try:
            await asyncio.to_thread(lambda: urllib.request.urlopen(request).read())
        except urllib.error.HTTPError as why:
            raise SystemExit(why.read().decode()) from None
    con = await asyncpg.connect(url)
    try:
        for table in ("courses", "seats", "course_versions"):
            names = await con.fetchval(
                "SELECT string_agg(quote_ident(column_name), ', ') FROM information_schema.columns "
                "WHERE table_name = $1 AND column_name <> 'course_id'",
                table,
            )
            await con.execute(
                f"INSERT INTO {table} (course_id, {names}) SELECT 'bench-' || n, {names} "
                f"FROM {table}, generate_series(1, {courses - 1}) n"
            )
        await con.execute("ANALYZE")
    finally:
        await con.close()


async def load(port: int, requests: int, first: int, courses: int) -> float:
    """Requests a second of one client; whatever is not answered with 201 ends the benchmark."""
    numbers = map(str, (port, requests, CONNECTIONS, first, courses))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.load", *numbers),
        cwd=ground.ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await process.communicate()
    if process.returncode:
        raise SystemExit("a request failed")
    return float(out)


async def turn(kind: str, admin: str, requests: int, courses: int, all_courses: int) -> float:
    """One run on a database of its own; what it wrote is counted."""
    async with ground.database(admin, "registration") as url:
        await publish(url, all_courses)
        warm = int(requests * WARM)
        async with serving(kind, url) as port:
            await load(port, warm, 0, courses)
            rate = await load(port, requests, warm, courses)
        con = await asyncpg.connect(url)
        try:
            held = await con.fetchval("SELECT sum(held) FROM seats")
            made = await con.fetchval("SELECT count(*) FROM registrations")
        finally:
            await con.close()
        wanted = 0 if kind == "still" else requests + warm
        assert held == made == wanted, f"{kind}: {held} seats and {made} rows, not {wanted}"
        return rate


async def measure(admin: str, requests: int, courses: int, rounds: int) -> dict[str, Any]:
    """All rates, and the hot course in per cent of the others."""
    turns = [
        ("hot", "ours", 1),
        ("spread", "ours", courses),
        ("apart", "apart", 1),
        ("still", "still", 1),
    ]
    rates: dict[str, list[float]] = defaultdict(list)
    for place in range(rounds):
        for name, kind, over in turns if place % 2 == 0 else reversed(turns):
            count = requests // 3 if name == "apart" else requests
            rates[name].append(await turn(kind, admin, count, over, courses))
            sys.stderr.write(f"round {place + 1}: {name} {rates[name][-1]:,.0f} requests/s\n")
    others = ("still", "apart", "spread")
    return {
        **{name: round(median(found)) for name, found in rates.items()},
        "rounds": {name: [round(rate) for rate in found] for name, found in rates.items()},
        **{f"of_{name}": figures.per_cent(rates["hot"], rates[name]) for name in others},
    }


def figures_of(
    found: dict[str, Any], here: Machine, wanted: argparse.Namespace
) -> list[figures.Figure]:
    """One of the hot course beside each of the others, and one of all courses."""
    rounds, size = found["rounds"], {"requests": wanted.requests, "courses": wanted.courses}
    return [
        figures.of(spec(name), here, size, rounds[ours], rounds[other], short=wanted.short)
        for name, ours, other in (
            ("registrations.hot", "hot", "still"),
            ("registrations.spread", "spread", "still"),
            ("registrations.apart", "hot", "apart"),
            ("registrations.evenly", "hot", "spread"),
        )
    ]


def main(arguments: list[str] | None = None) -> int:
    """Measure, say it, and judge."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--requests", type=int, default=6_000)
    parser.add_argument("--courses", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    wanted = figures.parsed(parser, arguments, {"requests": 300, "courses": 20, "rounds": 1})
    here = machine(arguments)
    with ExitStack() as stack:
        directory = Path(stack.enter_context(TemporaryDirectory()))
        admin = ground.postgres(stack, directory)
        found = asyncio.run(measure(admin, wanted.requests, wanted.courses, wanted.rounds))
    if wanted.json:
        print(json.dumps(found))
    else:
        print(
            f"registrations/s, {CONNECTIONS} connections: one course {found['hot']:,}, "
            f"{wanted.courses:,} courses {found['spread']:,}; a transaction a request "
            f"{found['apart']:,}; no database {found['still']:,}. The hot course: "
            f"{found['of_still']} % of no database, {found['of_apart']} % of a transaction a "
            f"request, {found['of_spread']} % of many courses"
        )
    figures.keep(wanted, figures_of(found, here, wanted))
    low = [f"{name} {found[name]} < {least}" for name, least in LEAST.items()
           if found[name] < least and not wanted.short]  # fmt: skip
    if low:
        sys.stderr.write(f"Less than wanted: {', '.join(low)}.\n")
    return 1 if low else 0


if __name__ == "__main__":
    raise SystemExit(main())
