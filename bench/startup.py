"""How long a worker takes until it is ready, and the command line until it has answered `--help`.

    python -m bench.startup [--services registration,billing,…] [--times 3] [--rounds 3] [--json]

A worker of each service is started on a fresh, migrated database and a Kafka that has its topics;
the time runs from the process's start until its health says ready (it has its partitions), asked
every few milliseconds. Beside it stands a Python that imports FastStream for Kafka, SQLAlchemy and
FastAPI and ends. `bin/holdfast --help` is timed from start to end, beside a Python that does
nothing. Of each round it is the median of `--times`, of workers that of the slowest service; the
first of each is not counted, for it reads files that no one has read before.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from bench import crew, figures, ground
from bench.goals import spec
from bench.machine import Machine, machine
from bench.manning import NEEDS
from cli.crowd.progress import say
from shared.contracts.services import SERVICES
from stack.topics import create_topics

BARE = "import faststream.kafka, sqlalchemy.ext.asyncio, fastapi"


async def ran(*words: str) -> float:
    """Seconds of a command, from start to end. Raises SystemExit where it fails."""
    since = perf_counter()
    process = await asyncio.create_subprocess_exec(
        *words, cwd=ground.ROOT, stdout=asyncio.subprocess.DEVNULL
    )
    if await process.wait():
        raise SystemExit(f"{' '.join(words)} ended with {process.returncode}")
    return perf_counter() - since


async def ready(service: str, url: str, bootstrap: str) -> float:
    """Seconds until a worker of a service is ready; it is ended then."""
    since = perf_counter()
    async with crew.member(service, "worker", url, bootstrap, NEEDS, every=0.01):
        return perf_counter() - since


async def middle(times: int, act: Callable[[], Awaitable[float]]) -> float:
    """The median of so many, in milliseconds, after one that does not count."""
    await act()
    return round(1000 * median([await act() for _ in range(times)]), 1)


async def one_round(
    urls: dict[str, str], bootstrap: str, services: Sequence[str], times: int
) -> dict[str, Any]:
    """All of it, one after the other."""

    async def worker(name: str) -> float:
        return await middle(times, lambda: ready(name, urls[name], bootstrap))

    workers = {name: await worker(name) for name in services}
    holdfast = str(ground.ROOT / "bin" / "holdfast")
    found = {
        "workers": workers,
        "worker": max(workers.values()),
        "imports": await middle(times, lambda: ran(sys.executable, "-c", BARE)),
        "help": await middle(times, lambda: ran(holdfast, "--help")),
        "python": await middle(times, lambda: ran(sys.executable, "-c", "pass")),
    }
    say(json.dumps(found))
    return found


async def measure(admin: str, bootstrap: str, wanted: argparse.Namespace) -> dict[str, Any]:
    """So many rounds."""
    await create_topics(bootstrap)
    services = wanted.services.split(",")
    async with ground.databases(admin, services) as urls:
        rounds = [
            await one_round(urls, bootstrap, services, wanted.times) for _ in range(wanted.rounds)
        ]
    return {"rounds": rounds}


def figures_of(
    found: dict[str, Any], here: Machine, wanted: argparse.Namespace
) -> list[figures.Figure]:
    """The slowest worker beside the imports, `--help` beside Python."""
    size = {"services": wanted.services.count(",") + 1, "times": wanted.times}
    return [
        figures.of(
            *(spec(f"startup.{name}"), here, size),
            *([one[which] for one in found["rounds"]] for which in (name, bare)),
            short=wanted.short,
        )
        for name, bare in (("worker", "imports"), ("help", "python"))
    ]


def main(arguments: list[str] | None = None) -> int:
    """Measure, say it, and judge."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--services", default=",".join(SERVICES))
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    short = {"services": "billing", "times": 1, "rounds": 1}
    wanted = figures.parsed(parser, arguments, short)
    here = machine(arguments)
    with ExitStack() as stack:
        directory = Path(stack.enter_context(TemporaryDirectory()))
        admin, bootstrap = ground.servers(stack, directory)
        found = asyncio.run(measure(admin, bootstrap, wanted))
    made = figures_of(found, here, wanted)
    print(json.dumps(found) if wanted.json else said(found))
    figures.keep(wanted, made)
    return int(any(one.met is False for one in made))


def said(found: dict[str, Any]) -> str:
    """The same in words."""
    rounds = found["rounds"]
    middles = {
        name: median(one[name] for one in rounds)
        for name in ("worker", "imports", "help", "python")
    }
    return (
        f"the slowest worker is ready after {middles['worker']:.0f} ms, imports alone take "
        f"{middles['imports']:.0f}; `holdfast --help` {middles['help']:.0f} ms, Python alone "
        f"{middles['python']:.0f}"
    )


if __name__ == "__main__":
    raise SystemExit(main())
