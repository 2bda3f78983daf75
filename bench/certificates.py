"""Certificates a second, beside bare Typst; and a session of many from its end to its last one.

    python -m bench.certificates [--pages 1500] [--processes 1 2] [--rounds 3] [--learners 0]

`--pages`: so many learners' `attendance.settled` on Kafka, consumed by workers of certificates; the
rate is that of certificates stored, PDF and JWT, without the first fifth. Some come before that, so
that all processes are warm. Then bare Typst makes the very pages that were stored, QR codes
included, in as many processes with as many threads. The ratio is the median of what each round came
to; exit code 1 where it is less than `--least` per cent. What bare Typst computes for a page, in
per cent of what workers, Postgres and Kafka compute for it, is said beside it: other work on the
machine changes that least.

`--learners`: so many in a room. An operator completes the session at attendance; the clock runs
until the last `certificate.issued` is on Kafka, and all is at rest. The most memory of each process
and the size of the databases are said.

Everything is on this machine: an embedded Kafka of its own, and Postgres (`TEST_POSTGRES_URL`
names one that runs). Clients, services and servers share its cores, so the ratio says more than
the rates.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import asyncpg

from bench import cohort, crew, figures, gathering, ground, session
from bench.goals import spec
from bench.machine import Machine, machine
from bench.watch import seconds
from services.certificates.settings import Settings
from stack.topics import create_topics

FIRST = 64  # certificates a worker, before anything is measured: bare Typst is warm by then, too
WARM = 0.2  # of the certificates come first and are not in the rate
THREADS = Settings.model_fields["render_threads"].default
_VALID = "SELECT count(*) FROM certificates WHERE status = 'valid'"
LEAST = 70.0  # per cent of bare Typst


async def pressed(
    admin: str, bootstrap: str, pages: int, processes: int, to: Path
) -> tuple[float, dict[str, float]]:
    """Certificates a second of so many workers, and milliseconds of processors for each, by who
    took them; their pages are written to a file."""
    async with AsyncExitStack() as open_:
        url = await open_.enter_async_context(ground.database(admin, "certificates"))
        first = FIRST * processes
        many = cohort.learners(first + pages)
        await cohort.known_to_certificates(url, many, taught_all=True)
        pids = dict(ground.pids)
        for place in range(processes):
            worker = crew.member("certificates", "worker", url, bootstrap)
            pids[f"worker {place + 1}"] = (await open_.enter_async_context(worker)).pid
        con = await asyncpg.connect(url)
        open_.push_async_callback(con.close)
        pids |= await gathering.families(con)
        await gathering.say(bootstrap, [cohort.settled(one) for one in many[:first]])
        await _stored(con, first)
        before = {name: seconds(pid) for name, pid in pids.items()}
        await gathering.say(bootstrap, [cohort.settled(one) for one in many[first:]])
        rate = await _rate(con, first, pages)
        took = {
            name: round(1000 * (seconds(pid) - before[name]) / pages, 2)
            for name, pid in pids.items()
        }
        await gathering.whole(con, first + pages)
        rows = await con.fetch("SELECT page::text FROM documents")
        _write(to, [row["page"] for row in rows])
        return rate, took


def _write(to: Path, pages: list[str]) -> None:
    to.write_text("".join(f"{page}\n" for page in pages))


async def _rate(con: asyncpg.Connection, first: int, pages: int) -> float:
    """Until all are stored; from when the first fifth was."""
    stored, since = await _stored(con, first + int(pages * WARM))
    return (first + pages - stored) / ((await _stored(con, first + pages))[1] - since)


async def _stored(con: asyncpg.Connection, wanted: int) -> tuple[int, float]:
    return await gathering.reached(con, _VALID, wanted, "certificates")


async def bare(file: Path, processes: int) -> tuple[float, float]:
    """Pages a second of bare Typst, and milliseconds of processors a page: the same pages, in as
    many processes as there were workers."""
    parts = _dealt(file, processes)
    running = [await _typesetter(part) for part in parts]
    for process in running:
        assert process.stdout is not None
        assert await process.stdout.readline() == b"ready\n"
    since = perf_counter()
    answers = await asyncio.gather(*(process.communicate(b"go\n") for process in running))
    made = [json.loads(out) for out, _ in answers]
    pages = sum(one["pages"] for one in made)
    assert perf_counter() - since >= max(one["seconds"] for one in made)
    rate = pages / max(one["seconds"] for one in made)
    return rate, round(1000 * sum(one["cpu"] for one in made) / pages, 2)


async def _typesetter(part: Path) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.typesetting", str(part), str(THREADS)),
        cwd=ground.ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )


def _dealt(file: Path, among: int) -> list[Path]:
    lines = file.read_text().splitlines(keepends=True)
    parts = [file.with_suffix(f".{place}") for place in range(among)]
    for place, part in enumerate(parts):
        part.write_text("".join(lines[place::among]))
    return parts


async def one_round(
    admin: str, bootstrap: str, pages: int, processes: int, file: Path
) -> dict[str, Any]:
    """Both, one after the other."""
    ours, took = await pressed(admin, bootstrap, pages, processes, file)
    plain, took["bare Typst"] = await bare(file, processes)
    needed = took["bare Typst"]
    share = round(100 * needed / (sum(took.values()) - needed), 1)
    sys.stderr.write(f"workers {processes}: {ours:.1f} and {plain:.1f} a second; ms: {took}\n")
    rates = {"certificates": round(ours, 1), "bare": round(plain, 1)}
    return {**rates, "cpu_ms": took, "percent_of_cpu": share}


async def measure(admin: str, bootstrap: str, wanted: argparse.Namespace) -> dict[str, Any]:
    """Everything that was asked for."""
    await create_topics(bootstrap)
    found: dict[str, Any] = {"load_before": round(os.getloadavg()[0], 2)}
    with TemporaryDirectory() as directory:
        for processes in wanted.processes if wanted.pages else ():
            rounds = [
                await one_round(admin, bootstrap, wanted.pages, processes, Path(directory) / "p")
                for _ in range(wanted.rounds)
            ]
            ours, plain = ([one[name] for one in rounds] for name in ("certificates", "bare"))
            found[f"processes_{processes}"] = {
                "certificates": round(median(ours), 1),
                "bare": round(median(plain), 1),
                "percent": figures.per_cent(ours, plain),
                "percent_of_cpu": median(one["percent_of_cpu"] for one in rounds),
                "rounds": rounds,
            }
    if wanted.learners:
        found["session"] = await session.measured(
            admin, bootstrap, wanted.learners, max(wanted.processes)
        )
    return found


def main(arguments: list[str] | None = None) -> int:
    """Measure, say it, and judge."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--pages", type=int, default=1_500)
    parser.add_argument("--processes", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--learners", type=int, default=0)
    parser.add_argument("--least", type=float, default=LEAST, help="per cent of bare Typst")
    parser.add_argument("--json", action="store_true")
    wanted = figures.parsed(parser, arguments, {"pages": 100, "processes": [1], "rounds": 1})
    here = machine(arguments)
    with ExitStack() as stack:
        directory = Path(stack.enter_context(TemporaryDirectory()))
        admin, bootstrap = ground.postgres(stack, directory), ground.kafka(stack, directory)
        found = asyncio.run(measure(admin, bootstrap, wanted))
    if wanted.json:
        print(json.dumps(found))
    else:
        _say(found)
    figures.keep(wanted, figures_of(found, here, wanted))
    rates = [found[f"processes_{n}"]["percent"] for n in wanted.processes if wanted.pages]
    if rates and max(rates) < wanted.least and not wanted.short:
        sys.stderr.write(f"That is less than {wanted.least} %.\n")
        return 1
    return 0


def figures_of(
    found: dict[str, Any], here: Machine, wanted: argparse.Namespace
) -> list[figures.Figure]:
    """Of one worker, and of two."""
    made = []
    for processes, name in ((1, "certificates.one"), (2, "certificates.two")):
        if f"processes_{processes}" in found:
            rounds = found[f"processes_{processes}"]["rounds"]
            ours, plain = ([one[name] for one in rounds] for name in ("certificates", "bare"))
            size = {"pages": wanted.pages, "workers": processes}
            made.append(figures.of(spec(name), here, size, ours, plain, short=wanted.short))
    return made


def _say(found: dict[str, Any]) -> None:
    for name, one in found.items():
        if name.startswith("processes_"):
            print(
                f"certificates/s, workers: {name[10:]}; event → PDF and JWT stored "
                f"{one['certificates']}, bare Typst {one['bare']}: {one['percent']} %; of what all "
                f"processes computed, rendering was {one['percent_of_cpu']} %"
            )
    if "session" in found:
        one = found["session"]
        memory = ", ".join(
            f"{name} {most['pss']} MiB PSS ({most['rss']} RSS)"
            for name, most in one["memory_mib"].items()
        )
        sizes = ", ".join(f"{name} {size} MiB" for name, size in one["database_mib"].items())
        print(
            f"{one['learners']:,} learners, workers: {one['processes']}; completion → last "
            f"certificate on Kafka {one['seconds']} s ({one['times']}). At most {memory}. "
            f"Databases: {sizes}"
        )


if __name__ == "__main__":
    raise SystemExit(main())
