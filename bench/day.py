"""A session's day: thousands come within minutes, all drop at once and are back, it ends, and the
last certificate is stored; on the whole stack, with the live board open and mail going out.

    python -m bench.day [--learners 10000] [--seconds 300] [--rate 2000] [--each 10]
                        [--rounds 3] [--json]

Each round starts the stack as operators do (`bench/town.py`). Learners register and pay for a
course of one session; the sandbox's clock then goes to an hour before it, where their join links
are due, and from here on everything passes in real time:

* they come within `--seconds`, three observations each, one a request; one of four drops and comes
  back; one of twenty observations is told twice;
* the platform stumbles: of each "left" and "joined", `--rate` observations a second, open loop, in
  lists of `--each`;
* the clock goes to the end; of each "left", at the same rate; an operator completes the session,
  and the time runs until the last certificate is stored.

A console looks at the board every two seconds. How old the oldest event is that its reader has not
handled is looked at each second (`bench/lagging.py`: outboxes and Kafka; mails wait for their turn
and are no part of it). What was answered and what is there in the end is counted.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from contextlib import AsyncExitStack, suppress
from datetime import datetime, timedelta
from statistics import median
from time import monotonic
from typing import Any

from bench import figures, gathering, people
from bench.catching import taken
from bench.goals import spec
from bench.living import LASTS, STARTS, Life
from bench.machine import Machine, machine
from bench.town import again, town
from bench.watching import SESSION, Board
from cli.crowd import sightings
from cli.crowd.lagging import Lag
from cli.crowd.pace import arrive, percentile
from cli.crowd.platform import Platform
from cli.crowd.progress import say
from cli.jump import set_clock
from shared.contracts.services import SERVICES

# Received, confirmed, receipt, a week's, a day's and an hour's reminder, evaluation, certificates.
MAILS = 8
PARTS = ("coming", "peak", "leaving")
_OBSERVED = "SELECT count(*) FROM observations"
_STORED = "SELECT count(*) FROM certificates WHERE status = 'valid' AND sha256 <> ''"


async def lived(wanted: argparse.Namespace, seed: int) -> dict[str, Any]:
    """One day."""
    async with AsyncExitStack() as open_:
        made = await open_.enter_async_context(town())
        many = people.learners(wanted.learners, wanted.learners)
        life = Life(made, many, sessions=(SESSION,), evaluated=False)
        open_.callback(life.lines.close)
        await life.publish()
        await life.register()
        await life.go(STARTS[SESSION] - timedelta(minutes=61))
        looks = {name: await made.look(name) for name in ("attendance", "certificates")}
        watched = {name: await made.look(name) for name in SERVICES}
        for con in (*looks.values(), *watched.values()):
            open_.push_async_callback(con.close)
        lag = await open_.enter_async_context(Lag(watched, made.bootstrap))
        board = Board(life, many[0].course)
        watching = asyncio.create_task(board.watch())
        try:
            found, rows = await _told(life, wanted, seed, board)
            since = monotonic()
            path = f"/attendance/v1/sessions/{many[0].course}/{SESSION}/complete"
            await life.ask("POST", path, made.key, once=many[0].once("complete"), json={})
            due = sum(2 if one.counselor else 1 for one in many)
            _, last = await gathering.reached(looks["certificates"], _STORED, due, "certificates")
        finally:
            watching.cancel()
            with suppress(asyncio.CancelledError):
                await watching
        lag.raise_for_end()
        found |= {
            "certificates": round(last - since, 2),
            "lag": lag.worst,
            "lag_of": lag.where,
            "samples": lag.samples,
            "board_p50": round(1000 * percentile(board.took, 50), 1),
            "board_most": round(1000 * max(board.took), 1),
        }
        await life.go(STARTS[SESSION] + timedelta(days=1))
        there = await looks["attendance"].fetchval(_OBSERVED)
        assert there == rows, f"{there} observations, not {rows}"
        stored = await looks["certificates"].fetchval(_STORED)
        assert stored == due, f"{stored} certificates, not {due}"
        again(made)
        mails = (await taken(made.mail))["distinct"]
        assert mails == MAILS * len(many), f"{mails} mails, not {MAILS * len(many)}"
        return found


async def _told(
    life: Life, wanted: argparse.Namespace, seed: int, board: Board
) -> tuple[dict[str, Any], int]:
    """From the first that comes to the last that has left; and how many observations that is."""
    many, first = life.many, len(sightings.FIRST + sightings.BACK)
    doors = await set_clock(life.town.addresses.clock, STARTS[SESSION] - timedelta(hours=1))
    coming = _platform(life, doors)
    told = sightings.arrival(many, wanted.seconds, seed)

    async def act(number: int, intended: float) -> None:
        said = told[number]
        await coming.tell([(said.one, said.n, said.kind)], intended)

    say(f"{len(many):,} come: {len(told):,} observations in {wanted.seconds:g} s")
    await arrive([said.after for said in told], act)
    say(json.dumps(coming.told()))
    peak = _platform(life, coming.now())
    await peak.burst(sightings.burst(many, sightings.BACK, first), wanted.rate, wanted.each, seed)
    say(json.dumps(peak.told()))
    await board.look()
    inside = board.in_room
    await life.go(STARTS[SESSION] + LASTS)
    leaving = _platform(life, STARTS[SESSION] + LASTS)
    gone = sightings.burst(many, ("left",), first + len(sightings.BACK))
    await leaving.burst(gone, wanted.rate, wanted.each, seed)
    say(json.dumps(leaving.told()))
    parts = {"coming": coming.told(), "peak": peak.told(), "leaving": leaving.told()}
    rows = sightings.distinct(told) + 3 * len(many)
    if not sum(one["refused"] + one["lost"] for one in parts.values()):
        assert inside == len(many), f"{inside} of {len(many)} in the room"
    else:
        rows = sum(one["kept"] for one in parts.values())
    return parts, rows


def _platform(life: Life, now: datetime) -> Platform:
    return Platform(life.door, life.platform, SESSION, now, "bench")


def bad(told: dict[str, Any]) -> int:
    """Observations of a day that were refused, or got no answer."""
    return sum(int(told[part]["refused"] + told[part]["lost"]) for part in PARTS)


async def measure(wanted: argparse.Namespace) -> dict[str, Any]:
    """A day after the other."""
    rounds = []
    for place in range(wanted.rounds):
        say(f"round {place + 1}: {wanted.learners:,} learners")
        rounds.append(await lived(wanted, place))
        say(json.dumps(rounds[-1]))
    return {"rounds": rounds}


def figures_of(
    found: dict[str, Any], here: Machine, wanted: argparse.Namespace
) -> list[figures.Figure]:
    """Refusals and p99 at the peak, the lag, the last certificate, the board."""
    size = {
        "learners": wanted.learners,
        "seconds": wanted.seconds,
        "rate": wanted.rate,
        "each": wanted.each,
    }
    rounds = found["rounds"]
    values = {
        "refused": [bad(one) for one in rounds],
        "p99": [one["peak"]["p99"] for one in rounds],
        "lag": [one["lag"] for one in rounds],
        "certificates": [one["certificates"] for one in rounds],
        "board": [one["board_p50"] for one in rounds],
    }
    return [
        figures.of(spec(f"day.{name}"), here, size, ours, short=wanted.short)
        for name, ours in values.items()
    ]


def main(arguments: list[str] | None = None) -> int:
    """Measure, say it, and judge."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--learners", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=300.0, help="within which they come")
    parser.add_argument("--rate", type=float, default=2_000.0, help="observations a second, then")
    parser.add_argument("--each", type=int, default=10, help="observations of a request, then")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    short = {"learners": 40, "seconds": 20.0, "rate": 100.0, "rounds": 1}
    wanted = figures.parsed(parser, arguments, short)
    here = machine(arguments)
    found = asyncio.run(measure(wanted))
    made = figures_of(found, here, wanted)
    print(json.dumps(found) if wanted.json else said(found))
    figures.keep(wanted, made)
    return int(any(one.met is False for one in made))


def said(found: dict[str, Any]) -> str:
    """The same in words."""
    rounds = found["rounds"]
    peak = {name: median(one["peak"][name] for one in rounds) for name in ("p50", "p99")}
    waited = ", ".join(f"{one['lag']} s ({one['lag_of']})" for one in rounds)
    return (
        f"at the peak p50 {peak['p50']} ms, p99 {peak['p99']} ms; refused or lost in each round: "
        f"{[bad(one) for one in rounds]}; the oldest event that waited: {waited}; the last "
        f"certificate {[one['certificates'] for one in rounds]} s after the end; the board "
        f"{median(one['board_p50'] for one in rounds)} ms, at most "
        f"{max(one['board_most'] for one in rounds)}"
    )


if __name__ == "__main__":
    raise SystemExit(main())
