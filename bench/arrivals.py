"""Registrations that arrive at half the top rate: how long they take, beside no database at all.

    python -m bench.arrivals [--requests 4000] [--seconds 30] [--courses 1] [--rounds 3] [--json]

In each round, on a fresh, migrated database: the top rate is measured as `bench.registrations`
does; then so many seconds of registrations arrive at half of it, open loop (`bench/pace.py`), each
on the clock from when it was meant to begin. At the same rate and the same moments the endpoint
that touches no database is asked. What is refused, lost, or takes more than a second is counted and
makes the percentiles no better (`bench/arriving.py`); what the database has is counted, too.

`--rate` names a rate instead. `TEST_POSTGRES_URL` names a server that runs; else an embedded one is
started. Exit code 1 where the median of the rounds' p99 is more than `--most` milliseconds, or
where anything was refused, lost or late.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import asyncpg

from bench import figures, ground
from bench.goals import spec
from bench.machine import Machine, machine
from bench.registrations import WARM, load, publish, serving

Told = dict[str, Any]


async def turn(kind: str, admin: str, wanted: argparse.Namespace, rate: float, seed: int) -> Told:
    """One run on a database of its own; a rate of 0 is half the top rate, measured just before."""
    courses = wanted.courses
    async with ground.database(admin, "registration") as url:
        await publish(url, courses)
        first = int(wanted.requests * WARM)
        async with serving(kind, url) as port:
            await load(port, first, 0, courses)
            top = 0.0
            if not rate:
                top = await load(port, wanted.requests, first, courses)
                first += wanted.requests
                rate = top / 2
            count = max(1, int(rate * wanted.seconds))
            told = await arriving(port, rate, count, first, courses, seed)
        await _counted(url, first, told, kind)
    return told | {"rate": round(rate, 1), "top": round(top, 1)}


async def arriving(port: int, rate: float, count: int, first: int, courses: int, seed: int) -> Told:
    """What the client says, which is a process of its own."""
    words = map(str, (port, rate, count, first, courses, seed))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.arriving", *words),
        cwd=ground.ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await process.communicate()
    if process.returncode:
        raise SystemExit("the client of arrivals ended")
    told: Told = json.loads(out)
    assert told["arrived"] == count, f"{told['arrived']} of {count} were sent"
    return told


async def _counted(url: str, before: int, told: Told, kind: str) -> None:
    """The rows are those that were answered by 201; of what was lost nobody knows."""
    con = await asyncpg.connect(url)
    try:
        rows = await con.fetchval("SELECT count(*) FROM registrations")
    finally:
        await con.close()
    least = 0 if kind == "still" else before + told["made"]
    most = 0 if kind == "still" else least + told["lost"]
    assert least <= rows <= most, f"{kind}: {rows} rows, not {least} to {most}"


async def measure(admin: str, wanted: argparse.Namespace) -> dict[str, Any]:
    """Ours and the still one at the same rate and moments, round by round."""
    rounds: dict[str, list[Told]] = {"ours": [], "still": []}
    for place in range(wanted.rounds):
        ours = await turn("ours", admin, wanted, wanted.rate, place)
        still = await turn("still", admin, wanted, ours["rate"], place)
        for name, told in (("ours", ours), ("still", still)):
            rounds[name].append(told)
            sys.stderr.write(f"round {place + 1}: {name} {json.dumps(told)}\n")
    found: dict[str, Any] = {
        name: {each: round(median(one[each] for one in told), 2) for each in ("p50", "p99")}
        for name, told in rounds.items()
    }
    found["bad"] = [_bad(one) for one in rounds["ours"]]
    return found | {"rates": [one["rate"] for one in rounds["ours"]], "rounds": rounds}


def _bad(told: Told) -> int:
    return int(told["refused"] + told["lost"] + told["late"])


def figures_of(
    found: dict[str, Any], here: Machine, wanted: argparse.Namespace
) -> list[figures.Figure]:
    """p50, p99, and how many were refused, lost or late (the worst round counts)."""
    ours, still = found["rounds"]["ours"], found["rounds"]["still"]
    size = {"seconds": wanted.seconds, "rates": found["rates"], "courses": wanted.courses}
    made = [
        figures.of(
            *(spec(f"arrivals.{name}"), here, size),
            *([one[name] for one in told] for told in (ours, still)),
            short=wanted.short,
        )
        for name in ("p50", "p99")
    ]
    bare = [_bad(one) for one in still]
    refused = spec("arrivals.refused")
    return [*made, figures.of(refused, here, size, found["bad"], bare, short=wanted.short)]


def main(arguments: list[str] | None = None) -> int:
    """Measure, say it, and judge."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--requests", type=int, default=4_000, help="by which the top is measured")
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--courses", type=int, default=1)
    parser.add_argument("--rate", type=float, default=0.0, help="a second, instead of half the top")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--most", type=float, default=100.0, help="milliseconds, of the p99")
    parser.add_argument("--json", action="store_true")
    wanted = figures.parsed(parser, arguments, {"requests": 100, "seconds": 2.0, "rounds": 1})
    here = machine(arguments)
    with ExitStack() as stack:
        directory = Path(stack.enter_context(TemporaryDirectory()))
        admin = ground.postgres(stack, directory)
        found = asyncio.run(measure(admin, wanted))
    if wanted.json:
        print(json.dumps(found))
    else:
        ours, still = found["ours"], found["still"]
        print(
            f"registrations at {found['rates']} a second: p50 {ours['p50']} ms, p99 {ours['p99']} "
            f"ms; no database {still['p50']} and {still['p99']} ms; refused, lost or late in each "
            f"round: {found['bad']}"
        )
    figures.keep(wanted, figures_of(found, here, wanted))
    if wanted.short:
        return 0
    return int(found["ours"]["p99"] > wanted.most or any(found["bad"]))


if __name__ == "__main__":
    raise SystemExit(main())
