"""One, two and three workers of a service on its topics: how much faster, and what a change costs.

    python -m bench.scaling [--service billing] [--events 20000] [--rate 200] [--most 3]
                            [--session-ms 6000] [--assignor range|sticky]
                            [--rounds 3] [--json]

Speed-up: on a fresh database and a Kafka of its own so many workers are ready, and events are said
in one burst; the rate is that of inbox rows, without the first fifth. All share this machine with
Postgres and Kafka, so that more workers than idle processors bring little. Workers come one after
the other, as replicas do, and how many partitions of the topic each then has is said: who has none
brings nothing. `--assignor` deals them out by another one of aiokafka's.

A change: one worker, and `--rate` events a second, open loop. A second one joins; later it leaves
in order (SIGTERM). How long each event waited is the time from its saying to its handling; of those
said from the start of the change until all is calm again the longest is the pause. Once as the
services are, and once with static membership (`KAFKA_GROUP_INSTANCE_ID`), where one who leaves says
so to nobody and its partitions wait for `--session-ms`. Events that came to a worker again and were
dropped are counted; in the end each event has been handled once.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import asyncpg

from bench import figures, gathering, ground
from bench.goals import spec
from bench.machine import Machine, machine
from bench.manning import HEARING, Shift, Talk, handled, shares, waited
from bench.stationed import ASSIGNORS
from cli.crowd.pace import percentile
from cli.crowd.progress import say
from stack.topics import create_topics

# Before anything is measured: what nobody has yet, as the counter of a year's invoices, is made by
# one worker; two that make it at once fall back to one event a transaction, for 300 events.
FIRST = 20
WARM = 0.2  # of the events come first and are not measured
CALM = 4.0  # seconds beside a change; what is static waits for the session's end, too
_HANDLED = "SELECT count(*) FROM inbox"


@asynccontextmanager
async def shift(
    admin: str, wanted: argparse.Namespace, *, still: bool = False
) -> AsyncIterator[tuple[Shift, Talk, asyncpg.Connection]]:
    """Nobody yet, on a fresh database and a Kafka of its own."""
    with ExitStack() as stack:
        directory = Path(stack.enter_context(TemporaryDirectory()))
        bootstrap = await asyncio.to_thread(ground.kafka, stack, directory)
        await create_topics(bootstrap)
        async with ground.database(admin, wanted.service) as url:
            con = await asyncpg.connect(url)
            made = Shift(wanted.service, url, bootstrap, still, wanted.session_ms, wanted.assignor)
            try:
                yield made, Talk(bootstrap), con
            finally:
                await made.end()
                await con.close()


async def speed(admin: str, wanted: argparse.Namespace, workers: int) -> tuple[float, list[int]]:
    """Events a second of so many workers, who came one after the other; and how many partitions of
    the topic each has."""
    async with shift(admin, wanted) as (made, talk, con):
        for _ in range(workers):
            await made.come()
        held = await shares(made.bootstrap, wanted.service)
        await talk.burst(FIRST)
        await gathering.reached(con, _HANDLED, FIRST, "events")
        await talk.burst(wanted.events)
        least, all_ = FIRST + int(wanted.events * WARM), FIRST + wanted.events
        first, since = await gathering.reached(con, _HANDLED, least, "events")
        last, until = await gathering.reached(con, _HANDLED, all_, "events")
        assert last == all_, f"{last} handled, {all_} said"
        assert until > since, f"{wanted.events} events are too few to measure"
        return round((last - first) / (until - since), 1), held


async def changes(admin: str, wanted: argparse.Namespace, *, still: bool) -> dict[str, Any]:
    """A second worker comes and goes under load: what events waited meanwhile."""
    calm = CALM + (wanted.session_ms / 1000 if still else 0.0)
    async with shift(admin, wanted, still=still) as (made, talk, con):
        await made.come()
        held: list[list[int]] = []
        over = asyncio.Event()
        talking = asyncio.create_task(_talk(talk, wanted.rate, over))
        try:
            await asyncio.sleep(CALM)
            marks = [datetime.now(UTC)]
            for change in (made.come, made.go):
                await change()
                await asyncio.sleep(calm)
                marks.append(datetime.now(UTC))
                held.append(await shares(made.bootstrap, wanted.service))
        finally:
            over.set()
            await talking
        await gathering.reached(con, _HANDLED, len(talk.said), "events")
        done, twice = await handled(con), await made.seen_twice()
        assert len(done) == len(talk.said), f"{len(done)} handled, {len(talk.said)} said"
        begun = min(talk.said.values())
        up, down = (waited(talk.said, done, *marks[n : n + 2]) for n in (0, 1))
        return {
            "calm_p50": round(percentile(waited(talk.said, done, begun, marks[0]), 50), 3),
            "up": round(max(up), 2),
            "down": round(max(down), 2),
            "twice": twice,
            "shares": held,
            "events": len(done),
        }


async def _talk(talk: Talk, rate: float, over: asyncio.Event) -> None:
    """Second by second, until it is over."""
    seed = 0
    while not over.is_set():
        await talk.steady(rate, 1.0, seed)
        seed += 1


async def one_round(admin: str, wanted: argparse.Namespace) -> dict[str, Any]:
    """All of it, one after the other."""
    found: dict[str, Any] = {"speed": {}, "shares": {}}
    for workers in range(1, wanted.most + 1):
        rate, held = await speed(admin, wanted, workers)
        found["speed"][str(workers)], found["shares"][str(workers)] = rate, held
        say(f"workers {workers}: {rate:,} events/s; partitions of the topic: {held}")
    for name, still in (("dynamic", False), ("static", True)):
        found[name] = await changes(admin, wanted, still=still)
        say(f"{name}: {json.dumps(found[name])}")
    return found


async def measure(admin: str, wanted: argparse.Namespace) -> dict[str, Any]:
    """So many rounds."""
    rounds = [await one_round(admin, wanted) for _ in range(wanted.rounds)]
    return {"service": wanted.service, "rounds": rounds}


def figures_of(
    found: dict[str, Any], here: Machine, wanted: argparse.Namespace
) -> list[figures.Figure]:
    """More workers beside one; a change as the services are beside static membership."""
    rounds = found["rounds"]
    size = {"service": wanted.service, "events": wanted.events}
    size |= {"assignor": wanted.assignor} if wanted.assignor else {}
    made = [
        figures.of(
            *(spec(f"scaling.{name}"), here, size),
            *([one["speed"][workers] for one in rounds] for workers in (many, "1")),
            short=wanted.short,
        )
        for name, many in (("two", "2"), ("three", "3"))
        if int(many) <= wanted.most
    ]
    size = {"service": wanted.service, "rate": wanted.rate, "session_ms": wanted.session_ms}
    return made + [
        figures.of(
            *(spec(f"scaling.{name}"), here, size),
            *([one[kind][name] for one in rounds] for kind in ("dynamic", "static")),
            short=wanted.short,
        )
        for name in ("up", "down", "twice")
    ]


def main(arguments: list[str] | None = None) -> int:
    """Measure, and say it; what it comes to is judged by nobody: no goal is set."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--service", choices=HEARING, default="billing")
    parser.add_argument("--events", type=int, default=20_000)
    parser.add_argument("--rate", type=float, default=200.0, help="events a second, in a change")
    parser.add_argument("--most", type=int, choices=(1, 2, 3), default=3, help="workers")
    parser.add_argument("--session-ms", type=int, default=6_000, help="as Kafka waits for a member")
    parser.add_argument(
        "--assignor", choices=("", *ASSIGNORS), default="", help="in place of the services' own"
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    short = {"events": 1_500, "rate": 20.0, "most": 2, "rounds": 1}
    wanted = figures.parsed(parser, arguments, short)
    here = machine(arguments)
    with ExitStack() as stack:
        directory = Path(stack.enter_context(TemporaryDirectory()))
        admin = ground.postgres(stack, directory)
        found = asyncio.run(measure(admin, wanted))
    figures.keep(wanted, figures_of(found, here, wanted))
    print(json.dumps(found) if wanted.json else said(found))
    return 0


def said(found: dict[str, Any]) -> str:
    """The same in words."""
    rounds = found["rounds"]
    speeds = {n: median(one["speed"][n] for one in rounds) for n in rounds[0]["speed"]}
    lines = [
        f"{found['service']}: "
        + ", ".join(f"workers {n}: {rate:,.0f} events/s" for n, rate in speeds.items())
    ]
    for kind in ("dynamic", "static"):
        told = {n: median(one[kind][n] for one in rounds) for n in ("up", "down", "twice")}
        lines.append(
            f"{kind} members: an event waits {told['up']:.1f} s at most as one joins, "
            f"{told['down']:.1f} as one leaves; {told['twice']:.0f} came twice"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    raise SystemExit(main())
