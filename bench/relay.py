"""The relay: rows a second beside a bare producer, and how long until a consumer has committed.

    python -m bench.relay [--rows 40000] [--rate 100] [--seconds 30] [--rounds 3] [--json]

Rows a second: an outbox of billing full of `invoice.issued`; the relay's own loop takes it to
Kafka, then a bare producer reads, sends and deletes the same rows in the same batches
(`bench/relaying.py`). Then events arrive at a fixed rate, open loop, and the clock runs from when
each was meant to be written to the outbox until billing has committed what comes of it
(`bench/delay.py`): with the relay in the process that writes, with the relay apart, and bare. The
figures are medians of the rounds. What arrives on Kafka is counted: each once.

`TEST_POSTGRES_URL` and `TEST_KAFKA_BOOTSTRAP_SERVERS` name servers that run; else embedded ones are
started. Exit code 1 where the relay is slower than `--least` per cent of the bare producer, or the
p50 and p99 with the relay in the same process more than 15 and 40 ms.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import uvloop

from bench import figures, ground
from bench.delay import KINDS, delays
from bench.goals import spec
from bench.machine import Machine, machine
from bench.relaying import TAKING, rows_a_second
from cli.crowd.pace import percentile
from shared.runtime import garbage, logs

MOST = {"p50": 15.0, "p99": 40.0}  # milliseconds, of `woken`


async def measure(admin: str, bootstrap: str, wanted: argparse.Namespace) -> dict[str, Any]:
    """Rates, and percentiles in milliseconds, of all kinds, round by round."""
    rounds: dict[str, list[float]] = defaultdict(list)
    for place in range(wanted.rounds):
        turn = 1 if place % 2 == 0 else -1
        for kind in list(TAKING)[::turn] if wanted.rows else ():
            async with ground.database(admin, "billing") as url:
                rate = await rows_a_second(kind, url, bootstrap, wanted.rows)
            rounds[f"{kind}_rows"].append(round(rate))
            sys.stderr.write(f"round {place + 1}: {kind} {rate:,.0f} rows/s\n")
        for kind in KINDS[::turn] if wanted.seconds else ():
            rate, seconds = wanted.rate, wanted.seconds
            async with AsyncExitStack() as open_:
                urls = {
                    name: await open_.enter_async_context(ground.database(admin, name))
                    for name in ("billing", "registration")
                }
                took = await delays(kind, urls, bootstrap, rate, seconds, place)
            for name, per_cent in (("p50", 50), ("p99", 99)):
                rounds[f"{kind}_{name}"].append(round(percentile(took, per_cent), 2))
            told = ", ".join(f"{name} {rounds[f'{kind}_{name}'][-1]} ms" for name in MOST)
            sys.stderr.write(
                f"round {place + 1}: {kind}, {len(took)} at {rate:g} a second: {told}, "
                f"the longest {max(took):.1f} ms\n"
            )
    found: dict[str, Any] = {name: round(median(each), 2) for name, each in rounds.items()}
    if wanted.rows:
        found["percent"] = figures.per_cent(rounds["relay_rows"], rounds["bare_rows"])
    return found | {"rounds": dict(rounds)}


def figures_of(
    found: dict[str, Any], here: Machine, wanted: argparse.Namespace
) -> list[figures.Figure]:
    """Rows a second; p50 and p99 of both places of the relay."""
    rounds, made = found["rounds"], []
    if wanted.rows:
        rates = rounds["relay_rows"], rounds["bare_rows"]
        size = {"rows": wanted.rows}
        made.append(figures.of(spec("relay.rows"), here, size, *rates, short=wanted.short))
    for name, of in (
        *(("relay.p50", "woken_p50"), ("relay.p99", "woken_p99")),
        *(("relay.apart_p50", "apart_p50"), ("relay.apart_p99", "apart_p99")),
    ):
        if of in rounds:
            both = rounds[of], rounds[f"bare_{of.rpartition('_')[2]}"]
            size = {"rate": wanted.rate, "seconds": wanted.seconds}
            made.append(figures.of(spec(name), here, size, *both, short=wanted.short))
    return made


def main(arguments: list[str] | None = None) -> int:
    """Measure, say it, and judge."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--rows", type=int, default=40_000, help="0: none")
    parser.add_argument("--rate", type=float, default=100.0, help="a second")
    parser.add_argument("--seconds", type=float, default=30.0, help="0: none")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--least", type=float, default=70.0, help="per cent of the bare producer")
    parser.add_argument("--json", action="store_true")
    wanted = figures.parsed(parser, arguments, {"rows": 3_000, "seconds": 3.0, "rounds": 1})
    here = machine(arguments)
    logs.configure("billing", "WARNING")
    garbage.tune()
    with ExitStack() as stack:
        directory = Path(stack.enter_context(TemporaryDirectory()))
        admin, bootstrap = ground.servers(stack, directory)
        found = uvloop.run(measure(admin, bootstrap, wanted))
    print(json.dumps(found) if wanted.json else said(found))
    figures.keep(wanted, figures_of(found, here, wanted))
    if wanted.short:
        return 0
    slow = found.get("percent", wanted.least) < wanted.least
    late = any(found.get(f"woken_{name}", 0) > most for name, most in MOST.items())
    return int(slow or late)


def said(found: dict[str, Any]) -> str:
    """The same in words."""
    lines = []
    if "percent" in found:
        lines.append(
            f"rows/s: the relay {found['relay_rows']:,.0f}, a bare producer "
            f"{found['bare_rows']:,.0f}: {found['percent']} %"
        )
    lines += [
        f"outbox → commit, {kind}: p50 {found[f'{kind}_p50']} ms, p99 {found[f'{kind}_p99']} ms"
        for kind in KINDS
        if f"{kind}_p50" in found
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    raise SystemExit(main())
