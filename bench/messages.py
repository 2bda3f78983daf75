"""Mails a second, beside bare aiosmtplib; and the join links of a session from due to the last one.

    python -m bench.messages [--mails 3000] [--rounds 3] [--session 10000 --ms 50 --workers 1]

`--mails`: so many join links are due at once, and one worker of notifications sends them to a sink
on this machine; the rate is that of mails recorded as sent, `message.sent` in the outbox, without
the first fifth. Then bare aiosmtplib sends the same mails over as many connections, twice: the very
same bytes, and written anew of the same words by the standard library. Both ratios are said, the
medians of what each round came to; exit code 1 where the second is less than `--least` per cent.
(The first compares with a program that neither writes nor remembers anything.) What each takes of
processors for a mail is said beside it: other work on the machine changes that least. For these
rounds there is no rate by domain.

`--session`: so many join links, a sink that answers each word after `--ms` milliseconds, and the
rates of the settings (`--rate` for another). The clock runs from when they are due until the sink
has the last one; each must be there once.

Everything is on this machine: an embedded Kafka of its own, and Postgres (`TEST_POSTGRES_URL`
names one that runs). Workers, sink and servers share its cores.
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
from time import time
from typing import Any

import asyncpg

from bench import audience, crew, figures, gathering, ground
from bench.catching import sink, taken
from bench.goals import spec
from bench.machine import Machine, machine
from bench.posting import WARM
from bench.watch import seconds
from services.notifications.settings import Settings
from stack.topics import create_topics

FIRST = 200  # mails before anything is measured
LEAST = 60.0  # per cent of bare aiosmtplib
CONNECTIONS = int(Settings.model_fields["smtp_connections"].default)
BARE = ("bytes", "words")
_SENT = "SELECT count(*) FROM messages WHERE state = 'sent' AND template = 'join_1h'"


async def sent(con: asyncpg.Connection, wanted: int) -> tuple[int, float]:
    """Waits until so many are sent; how many there were then, and when that was."""
    return await gathering.reached(con, _SENT, wanted, "mails")


async def posted(
    admin: str, bootstrap: str, mails: int, file: Path
) -> tuple[float, dict[str, float]]:
    """Mails a second of one worker, and milliseconds of processors for each, by who took them."""
    async with AsyncExitStack() as open_:
        url = await open_.enter_async_context(ground.database(admin, "notifications"))
        ids = await audience.waiting(url, FIRST + mails)
        port = await open_.enter_async_context(sink(0, file))
        told = {"NOTIFICATIONS_SMTP_PORT": str(port), "NOTIFICATIONS_SMTP_RATE": "0"}
        worker = await open_.enter_async_context(
            crew.member("notifications", "worker", url, bootstrap, told)
        )
        con = await asyncpg.connect(url)
        open_.push_async_callback(con.close)
        pids = ground.pids | {"worker": worker.pid} | await gathering.families(con)
        await audience.release(con, ids[:FIRST])
        await sent(con, FIRST)
        before = {name: seconds(pid) for name, pid in pids.items()}
        await audience.release(con, ids[FIRST:])
        there, since = await sent(con, FIRST + int(mails * WARM))
        rate = (FIRST + mails - there) / ((await sent(con, FIRST + mails))[1] - since)
        took = {
            name: round(1000 * (seconds(pid) - before[name]) / mails, 2)
            for name, pid in pids.items()
        }
        found = await taken(port)
        assert (found["mails"], found["distinct"]) == (FIRST + mails, FIRST + mails), found
        return rate, took


async def bare(how: str, file: Path) -> tuple[float, float]:
    """Mails a second of bare aiosmtplib, and milliseconds of processors a mail: `bytes` as they
    are, or written of their `words`."""
    async with sink(0) as port:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bench.posting", how, str(file), str(CONNECTIONS), str(port)),
            cwd=ground.ROOT,
            stdout=asyncio.subprocess.PIPE,
        )
        out, _ = await process.communicate()
    made = json.loads(out)
    return made["mails"] / made["seconds"], round(1000 * made["cpu"] / made["mails"], 2)


async def one_round(admin: str, bootstrap: str, mails: int, file: Path) -> dict[str, Any]:
    """All three, one after the other."""
    ours, took = await posted(admin, bootstrap, mails, file)
    rates = {"messages": round(ours, 1)}
    for how in BARE:
        plain, took[how] = await bare(how, file)
        rates[how] = round(plain, 1)
    sys.stderr.write(f"a second: {rates}; ms: {took}\n")
    return {**rates, "cpu_ms": took}


async def session(admin: str, bootstrap: str, wanted: argparse.Namespace) -> dict[str, Any]:
    """The join links of so many learners, to a server that takes its time."""
    async with AsyncExitStack() as open_:
        url = await open_.enter_async_context(ground.database(admin, "notifications"))
        ids = await audience.waiting(url, wanted.session)
        port = await open_.enter_async_context(sink(wanted.ms))
        told = {
            "NOTIFICATIONS_SMTP_PORT": str(port),
            "NOTIFICATIONS_SMTP_RATE": str(wanted.rate),
            "NOTIFICATIONS_SMTP_PROCESSES": str(wanted.workers),
        }
        for _ in range(wanted.workers):
            worker = crew.member("notifications", "worker", url, bootstrap, told)
            await open_.enter_async_context(worker)
        con = await asyncpg.connect(url)
        open_.push_async_callback(con.close)
        since = time()
        await audience.release(con, ids)
        await sent(con, wanted.session)
        found = await taken(port)
        assert (found["mails"], found["distinct"]) == (wanted.session,) * 2, found
        left = await con.fetchval("SELECT count(*) FROM due WHERE due_at <= now()")
        assert left == 0, f"{left} deadlines are left"
        return {
            "learners": wanted.session,
            "workers": wanted.workers,
            "ms": wanted.ms,
            "rate": wanted.rate,
            "seconds": round(found["last"] - since, 1),
            "first_after": round(found["first"] - since, 2),
            "connections": found["connections"],
            "most_a_second_to_one_domain": found["most_a_second_to_one_domain"],
        }


async def measure(admin: str, bootstrap: str, wanted: argparse.Namespace) -> dict[str, Any]:
    """Everything that was asked for."""
    await create_topics(bootstrap)
    found: dict[str, Any] = {"load_before": round(os.getloadavg()[0], 2)}
    if wanted.mails:
        rounds = []
        for _ in range(wanted.rounds):
            with TemporaryDirectory() as directory:
                file = Path(directory) / "mails"
                rounds.append(await one_round(admin, bootstrap, wanted.mails, file))
        rates = {name: [one[name] for one in rounds] for name in ("messages", *BARE)}
        found["one_worker"] = {
            **{name: round(median(each), 1) for name, each in rates.items()},
            **{f"percent_of_{how}": figures.per_cent(rates["messages"], rates[how])
               for how in BARE},
            "percent_of_cpu": figures.per_cent(
                [one["cpu_ms"]["words"] for one in rounds],
                [one["cpu_ms"]["worker"] for one in rounds],
            ),
            "rounds": rounds,
        }  # fmt: skip
    if wanted.session:
        found["session"] = await session(admin, bootstrap, wanted)
    return found


def main(arguments: list[str] | None = None) -> int:
    """Measure, say it, and judge."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--mails", type=int, default=3_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--session", type=int, default=0)
    parser.add_argument("--ms", type=float, default=50.0)
    parser.add_argument("--workers", type=int, default=1)
    rate = Settings.model_fields["smtp_rate"].default
    parser.add_argument("--rate", type=float, default=rate, help="a second, to each domain")
    parser.add_argument("--least", type=float, default=LEAST, help="per cent of bare aiosmtplib")
    parser.add_argument("--json", action="store_true")
    wanted = figures.parsed(parser, arguments, {"mails": 100, "rounds": 1})
    here = machine(arguments)
    with ExitStack() as stack:
        directory = Path(stack.enter_context(TemporaryDirectory()))
        admin, bootstrap = ground.postgres(stack, directory), ground.kafka(stack, directory)
        found = asyncio.run(measure(admin, bootstrap, wanted))
    print(json.dumps(found) if wanted.json else said(found))
    figures.keep(wanted, figures_of(found, here, wanted))
    one = found.get("one_worker")
    if one is not None and one["percent_of_words"] < wanted.least and not wanted.short:
        sys.stderr.write(f"That is less than {wanted.least} %.\n")
        return 1
    return 0


def figures_of(
    found: dict[str, Any], here: Machine, wanted: argparse.Namespace
) -> list[figures.Figure]:
    """One beside each of the two bare ones."""
    rounds = found.get("one_worker", {}).get("rounds", [])
    ours, size = [one["messages"] for one in rounds], {"mails": wanted.mails}
    return [
        figures.of(
            *(spec(f"messages.{how}"), here, size, ours, [one[how] for one in rounds]),
            short=wanted.short,
        )
        for how in BARE
        if rounds
    ]


def said(found: dict[str, Any]) -> str:
    """The same in words."""
    lines = []
    if "one_worker" in found:
        one = found["one_worker"]
        lines.append(
            f"messages/s, one worker: due → message.sent {one['messages']}; bare aiosmtplib, "
            f"written of the same words {one['words']}: {one['percent_of_words']} %, by processor "
            f"time of the worker {one['percent_of_cpu']} %; the very same bytes {one['bytes']}: "
            f"{one['percent_of_bytes']} %"
        )
    if "session" in found:
        one = found["session"]
        lines.append(
            f"{one['learners']:,} join links, workers: {one['workers']}; the server answers in "
            f"{one['ms']} ms, at most {one['rate']} a second to each domain: the last one is there "
            f"after {one['seconds']} s, the first after {one['first_after']} s; over "
            f"{one['connections']} connections, at most {one['most_a_second_to_one_domain']} "
            "within one second to one domain"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    raise SystemExit(main())
