"""The same requests, and the runtime's rounds, on databases that hold 10,000 registrations and a
million.

    python -m bench.growth [--rows 1000000] [--beside 10000] [--seed 200] [--services a,b,…]
                           [--times 100] [--rounds 3] [--json]

The stack is started as operators do (`bench/town.py`), and `--seed` learners live through the
reference course. What a service wrote of them is then multiplied by SQL within its database
(`bench/multiplied.py`: ids, persons and courses of each copy are its own; files of certificates are
left out) until there are `--beside` registrations, and everything is measured; then until there are
`--rows`, and measured again, `--rounds` times each:

* every GET that OpenAPI has and rows can be found for (not the export of all books), about rows
  anywhere in the tables, and two requests that write: the p50 of `--times`. Services run as they
  do; the clock stands still but for its ticking. The figure is of the one that became slower most;
* a round of the inbox (300 new events, taken back), of the sweep (a look at what is due), and of
  the relay (300 rows written, read and deleted, taken back): medians;
* retention: a tenth of the inbox is made 50 days old, and one round forgets it; rows a second,
  beside those that the inbox takes.

One service after the other, and what was multiplied is taken away again: a million registrations
are up to 30 GB in one of them.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from statistics import median
from time import perf_counter
from typing import Any
from uuid import uuid4

import asyncpg

from bench import figures, multiplied, people, reading, rounds
from bench.goals import spec
from bench.living import STARTS, Life
from bench.machine import Machine, machine
from bench.people import Learner
from bench.town import town
from cli.crowd.lines import request
from cli.crowd.progress import Progress, say
from cli.crowd.sightings import sighting
from shared.contracts.services import SERVICES

OWNERS = tuple(name for name in SERVICES if name != "web")
NEW = "growth"  # a course that is still to come; not multiplied
YEAR = 2021
ENDED = max(STARTS.values()) + timedelta(days=1)  # by the sandbox's clock


async def grown(wanted: argparse.Namespace) -> dict[str, Any]:
    """One service after the other at both sizes: each figure as a list of its rounds."""
    found: dict[str, Any] = {
        **{which: {"asked": {}, "rounds": {}} for which in ("bare", "ours")},
        "retention": {},
        "bytes": {},
    }
    async with town({"NOTIFICATIONS_SMTP_RATE": "0"}) as made:
        life = Life(made, people.learners(wanted.seed, wanted.seed))
        await life.through()
        looks = {name: await made.look(name) for name in wanted.services.split(",")}
        try:
            # Before anybody hears of the new course: of that there is one, however many copies.
            plans = {name: await multiplied.seeded(con) for name, con in looks.items()}
            await _publish(life)
            for name, con in looks.items():
                await _one(life, con, name, plans[name], wanted, found)
        finally:
            life.lines.close()
            for con in looks.values():
                await con.close()
    return found


async def _one(
    life: Life,
    con: asyncpg.Connection,
    service: str,
    plans: list[multiplied.Plan],
    wanted: argparse.Namespace,
    found: dict[str, Any],
) -> None:
    there = 1
    for which, rows in (("bare", wanted.beside), ("ours", wanted.rows)):
        copies = max(1, rows // wanted.seed)
        await _grow(con, service, plans, there, copies - 1)
        there = max(there, copies)
        told = await _measured(life, con, service, wanted)
        say(json.dumps(told))
        for part, values in told.items():
            found[which][part] |= values
    found["retention"][service] = await rounds.forgotten(con, service, wanted.times)
    found["bytes"][service] = (await life.town.bytes_on_disk())[service]
    await multiplied.shrunk(con, plans)  # the next one needs the disk


async def _grow(
    con: asyncpg.Connection, service: str, plans: list[multiplied.Plan], first: int, last: int
) -> None:
    if last < first:
        return
    rows = sum(plan.rows for plan in plans) * (last - first + 1)
    progress = Progress(f"rows of {service}", rows)
    await multiplied.multiply(con, plans, first, last, progress.did)
    await con.execute("VACUUM ANALYZE", timeout=3_600)


async def _publish(life: Life) -> None:
    whole = people.course(NEW, 100_000, tuple(STARTS), year=YEAR)
    path = f"/registration/v1/courses/{NEW}"
    await life.ask("PUT", path, life.town.key, json=whole)
    await life.quiet()


async def _measured(
    life: Life, con: asyncpg.Connection, service: str, wanted: argparse.Namespace
) -> dict[str, dict[str, list[float]]]:
    """{"asked": path → ms a round, "rounds": what → ms a round}."""
    asked: dict[str, list[float]] = {}
    costs: dict[str, list[float]] = {}
    for seed in range(wanted.rounds):
        for path, addresses in (await reading.asked(life, con, service, seed)).items():
            took = await reading.timed(life, addresses, wanted.times)
            if took is not None:
                asked.setdefault(f"GET {path}", []).append(took)
        for what, took in (await rounds.costs(con, service, ENDED, wanted.times)).items():
            costs.setdefault(f"{service}: {what}", []).append(took)
        for what, act in _writes(life).items():
            if what.startswith(f"POST /{service}/"):
                asked.setdefault(what, []).append(await _middle(wanted.times, act))
    return {"asked": asked, "rounds": costs}


def _writes(life: Life) -> dict[str, Callable[[], Awaitable[None]]]:
    async def register() -> None:
        one = Learner(uuid4().int % 10**12, NEW)
        path = f"/registration/v1/courses/{NEW}/registrations"
        await life.ask("POST", path, once=one.once("register"), json=one.body(life.disclosure))

    async def observe() -> None:
        told = sighting(life.many[0], "s1", uuid4().int % 10**12, "joined", STARTS["s1"])
        body = json.dumps({"source": "growth", "observations": [told]}).encode()
        key = f"Bearer {life.platform}"
        words = request("POST", "/attendance/v1/observations", body, authorization=key)
        answer = await life.lines.ask(words)
        assert answer.status == 202, answer.body[:300]

    return {
        "POST /registration/v1/courses/{course_id}/registrations": register,
        "POST /attendance/v1/observations": observe,
    }


async def _middle(times: int, act: Callable[[], Awaitable[None]]) -> float:
    took = []
    for _ in range(times):
        since = perf_counter()
        await act()
        took.append(1000 * (perf_counter() - since))
    return round(median(took), 3)


def slowest(found: dict[str, Any], part: str) -> tuple[str, float]:
    """What became slower most, of what there is at both sizes; and how many times, by medians.
    Raises ValueError where there is nothing."""
    small, large = found["bare"][part], found["ours"][part]
    times = {
        name: median(large[name]) / median(small[name])
        for name in small.keys() & large.keys()
        if len(small[name]) == len(large[name])
    }
    name = max(sorted(times), key=lambda one: times[one])
    return name, times[name]


def figures_of(
    found: dict[str, Any], here: Machine, wanted: argparse.Namespace
) -> list[figures.Figure]:
    """What became slower most of requests and of rounds, and the slowest retention."""
    made = []
    for name, part in (("asked", "asked"), ("rounds", "rounds")):
        which, _ = slowest(found, part)
        size = {"rows": wanted.rows, "beside": wanted.beside, "of": which}
        pair = (found[side][part][which] for side in ("ours", "bare"))
        made.append(figures.of(spec(f"growth.{name}"), here, size, *pair, short=wanted.short))
    told = found["retention"]
    which = min(sorted(told), key=lambda one: told[one]["forgotten"] / told[one]["taken"])
    size = {"rows": wanted.rows, "of": which}
    forgotten, taken = ([told[which][name]] * wanted.rounds for name in ("forgotten", "taken"))
    retention = spec("growth.retention")
    return [*made, figures.of(retention, here, size, forgotten, taken, short=wanted.short)]


def main(arguments: list[str] | None = None) -> int:
    """Measure, say it, and judge."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--rows", type=int, default=1_000_000, help="registrations, in the end")
    parser.add_argument("--beside", type=int, default=10_000, help="registrations, at first")
    parser.add_argument("--seed", type=int, default=200, help="learners who live through it")
    parser.add_argument("--services", default="registration,billing,attendance,certificates")
    parser.add_argument("--times", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    short = {"rows": 400, "beside": 40, "seed": 20, "times": 3, "rounds": 1}
    wanted = figures.parsed(parser, arguments, short)
    if not set(wanted.services.split(",")) <= set(OWNERS):
        parser.error(f"--services are of {', '.join(OWNERS)}")
    here = machine(arguments)
    found = asyncio.run(grown(wanted))
    made = figures_of(found, here, wanted)
    print(json.dumps(found) if wanted.json else said(found))
    figures.keep(wanted, made)
    return int(any(one.met is False for one in made))


def said(found: dict[str, Any]) -> str:
    """The same in words."""
    lines = [
        f"{len(found['ours'][part])} of {part}: {name} became slower most, {times:.2f} times"
        for part in ("asked", "rounds")
        for name, times in [slowest(found, part)]
    ]
    lines += [
        f"{name} forgets {told['forgotten']:,.0f} rows/s, and takes {told['taken']:,.0f}"
        for name, told in found["retention"].items()
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    raise SystemExit(main())
