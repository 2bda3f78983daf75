"""Whole stories: learners from registration to stored certificate, all services on, at two sizes.

    python -m bench.story [--learners 10000] [--beside 1000] [--course 10000]
                          [--rounds 3] [--json]

Each round starts the stack as operators do (`bench/town.py`: supervisor, seven services, front
door, Postgres, Kafka, simulator) and lives through the reference course with `--beside` learners,
then anew with `--learners`: they register and pay through the front door, the sandbox's clock goes
from deadline to deadline through reminders and four sessions, a platform tells who came, all
evaluate, certificates are made and told of by mail. Courses have `--course` seats each.

What a learner costs of processors is counted of each process, from the first registration until
nobody has anything left to do, the client apart. (Services that wait look around, too, and few
learners pay for that more than many; what a story takes above that is said beside it.) The most
memory of each process is sampled (PSS, and what is its own); bytes on disk are those of each
database and of Kafka's logs. The figures are of `--learners` beside `--beside`. In the end
certificates, mails, outboxes and dead letters are counted.

The course's days pass by the sandbox's clock. 100,000 learners take some hours, and 30 GB of disk.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from statistics import median
from time import monotonic
from typing import Any

from bench import figures, people
from bench.catching import taken
from bench.gathering import said_of
from bench.goals import spec
from bench.living import STARTS, Life
from bench.machine import Machine, machine
from bench.town import Town, again, town
from bench.watch import Watch, seconds
from cli.crowd.progress import say
from shared.contracts.services import SERVICES

IDLE = 10.0  # seconds in which nobody does anything, for what is spent all the same
EVERY = 2.0  # seconds between two looks at memory
SERVERS = ("postgres", "kafka")
# Received, confirmed, receipt, the week's reminder, a day's and an hour's of four sessions, the
# evaluation, the certificates (who has two has both in one mail).
MAILS = 14
_DONE = """
SELECT (SELECT count(*) FROM certificates c JOIN document_files f USING (certificate_id)
        WHERE c.status = 'valid' AND c.sha256 <> '' AND f.pdf <> '' AND f.jwt <> '') AS stored,
       (SELECT count(*) FROM certificates) AS made
"""


async def lived(count: int, wanted: argparse.Namespace) -> dict[str, Any]:
    """One story, and what it took."""
    async with town({"NOTIFICATIONS_SMTP_RATE": "0"}) as made:
        life = Life(made, people.learners(count, wanted.course))
        await life.publish()
        watch = Watch()
        watching = asyncio.create_task(_watch(watch, made))
        idle = _taken(made)
        await asyncio.sleep(IDLE)
        disk, before = await made.bytes_on_disk(), _taken(made)
        idle_a_second = sum(before[name] - one for name, one in idle.items()) / IDLE
        began = monotonic()
        try:
            await life.register()
            for session in STARTS:
                await life.hold(session)
            await life.evaluate()
            await life.quiet()
            took = monotonic() - began
            await _stored(made, count)
            await life.go(STARTS["s4"] + timedelta(days=1))
        finally:
            watching.cancel()
            with suppress(asyncio.CancelledError):
                await watching
            life.lines.close()
        lasted = monotonic() - began
        spent = {name: one - before[name] for name, one in _taken(made).items()}
        again(made)
        grown = {name: size - disk[name] for name, size in (await made.bytes_on_disk()).items()}
        return {
            "learners": count,
            "seconds": round(took, 1),
            "learners_a_second": round(count / took, 2),
            "cpu_ms": {name: round(1000 * one / count, 3) for name, one in spent.items()},
            "cpu_ms_all": round(1000 * sum(spent.values()) / count, 3),
            "cpu_ms_above_idle": round(
                1000 * (sum(spent.values()) - idle_a_second * lasted) / count, 3
            ),
            "idle_cpu_ms_a_second": round(1000 * idle_a_second, 1),
            "bytes": {name: round(one / count) for name, one in grown.items()},
            "bytes_all": round(sum(grown.values()) / count),
            "memory_mib": {n: {"pss": p, "rss": r} for n, (p, r) in watch.most.items()},
            "own_mib": dict(watch.own),
            **await _came(made, count),
        }


async def _came(made: Town, count: int) -> dict[str, int]:
    """What there is in the end, held against what there must be."""
    due = await _stored(made, count)
    mails = (await taken(made.mail))["distinct"]
    owed = MAILS * count + people.missing(count)  # what is missing is said in one more
    assert mails == owed, f"{mails} mails, not {owed}"
    for name in SERVICES:
        con = await made.look(name)
        try:
            left = await con.fetchval("SELECT count(*) FROM outbox")
        finally:
            await con.close()
        assert left == 0, f"{name}: {left} rows were never said"
    dead = await said_of(made.bootstrap, [f"{name}.dead-letters" for name in SERVICES])
    assert dead == 0, f"{dead} dead letters"
    return {"certificates": due, "mails": mails}


async def _stored(made: Town, count: int) -> int:
    """How many certificates there are, each whole: as many as are due."""
    con = await made.look("certificates")
    try:
        found = dict(await con.fetchrow(_DONE))
    finally:
        await con.close()
    due = people.due(count)
    assert found == {"stored": due, "made": due}, f"{found}, not {due} certificates"
    return due


async def _watch(watch: Watch, made: Town) -> None:
    alone = {name: pid for name, pid in made.pids.items() if name != "postgres"}
    while True:
        await asyncio.to_thread(watch.look, alone, {"postgres": made.pids["postgres"]})
        await asyncio.sleep(EVERY)


def _taken(made: Town) -> dict[str, float]:
    """Seconds of processors until now, but for the supervisor's: it has all others below it."""
    return {name: seconds(pid) for name, pid in made.pids.items() if name != "supervisor"}


async def measure(wanted: argparse.Namespace) -> dict[str, Any]:
    """Both sizes, a round after the other."""
    rounds = []
    for place in range(wanted.rounds):
        pair = {}
        for name, count in (("bare", wanted.beside), ("ours", wanted.learners)):
            say(f"round {place + 1}: {count:,} learners")
            pair[name] = await lived(count, wanted)
            say(json.dumps(pair[name]))
        rounds.append(pair)
    return {"course": wanted.course, "rounds": rounds}


def largest(told: dict[str, Any]) -> int:
    """The most memory that one process of a service had, in MiB of PSS."""
    return max(int(told["memory_mib"][name]["pss"]) for name in SERVICES)


def figures_of(
    found: dict[str, Any], here: Machine, wanted: argparse.Namespace
) -> list[figures.Figure]:
    """Learners a second, processors, memory and disk, of the large story beside the small."""
    size = {"learners": wanted.learners, "beside": wanted.beside}
    values: dict[str, Callable[[dict[str, Any]], float]] = {
        "rate": lambda told: told["learners_a_second"],
        "cpu": lambda told: told["cpu_ms_all"],
        "memory": largest,
        "disk": lambda told: told["bytes_all"] / 1000,
    }
    return [
        figures.of(
            *(spec(f"story.{name}"), here, size),
            *([value(one[which]) for one in found["rounds"]] for which in ("ours", "bare")),
            short=wanted.short,
        )
        for name, value in values.items()
    ]


def main(arguments: list[str] | None = None) -> int:
    """Measure, say it, and judge."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--learners", type=int, default=10_000)
    parser.add_argument("--beside", type=int, default=1_000, help="learners of the small story")
    parser.add_argument("--course", type=int, default=10_000, help="learners of each course")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    wanted = figures.parsed(parser, arguments, {"learners": 40, "beside": 20, "rounds": 1})
    here = machine(arguments)
    found = asyncio.run(measure(wanted))
    made = figures_of(found, here, wanted)
    print(json.dumps(found) if wanted.json else said(found))
    figures.keep(wanted, made)
    return int(any(one.met is False for one in made))


def said(found: dict[str, Any]) -> str:
    """The same in words."""
    lines = []
    for which in ("bare", "ours"):
        told = [one[which] for one in found["rounds"]]
        spent = {n: median(one["cpu_ms"][n] for one in told) for n in told[0]["cpu_ms"]}
        lines.append(
            f"{told[0]['learners']:,} learners: {median(t['learners_a_second'] for t in told):.1f} "
            f"a second; {median(t['cpu_ms_all'] for t in told):.0f} ms of processors each, "
            f"{median(t['cpu_ms_above_idle'] for t in told):.0f} above idle "
            f"({', '.join(f'{name} {ms:.1f}' for name, ms in spent.items())}); "
            f"{median(t['bytes_all'] for t in told) / 1000:.0f} kB each; the largest service "
            f"{max(map(largest, told))} MiB; {told[0]['certificates']:,} certificates"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    raise SystemExit(main())
