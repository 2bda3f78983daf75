"""`make brokers`: the whole stack on three brokers; one is killed (-9) under load and started again,
then the next, then the third. What people were told is held against databases and log.

Kafka is elsewhere for the stack (`KAFKA_BOOTSTRAP_SERVERS`), as it is wherever it matters, with
replication 3 and `min.insync.replicas` 2. No service may be started again for it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import time
from collections.abc import Callable
from pathlib import Path
from time import strftime
from typing import Any

from shared.contracts.topics import TOPICS
from stack.profile import ROOT
from tests.chaos import judged, logged, processes
from tests.chaos.audit import findings
from tests.chaos.drain import drained
from tests.chaos.facts import gathered
from tests.chaos.ground import Ground, ground
from tests.chaos.load import Load
from tests.chaos.recovery import Recovery
from tests.chaos.waiting import Waiting
from tests.conftest import own_directory
from tests.three_brokers import Three, three

Say = Callable[[str], None]
ALL = [topic.name for topic in TOPICS]


async def run(away: float, seed: int, at_once: int, say: Say) -> dict[str, Any]:
    """Each broker is away for so many seconds; what came of it, `ok` or not."""
    with own_directory() as home, own_directory() as place:
        async with three(place) as kafka:
            say("  three brokers are ready")
            more = {
                "KAFKA_BOOTSTRAP_SERVERS": kafka.bootstrap,
                "KAFKA_REPLICATION_FACTOR": "3",
            }
            async with ground(home, say, more=more) as made:
                return await _lived(made, kafka, Load(made, seed, at_once), away, say)


async def _lived(made: Ground, kafka: Three, load: Load, away: float, say: Say) -> dict[str, Any]:
    parts = await kafka.described(ALL)
    assert all(len(part["replicas"]) == 3 for part in parts), "each partition on all three"
    before = {one.name: one.pid for one in processes.running(made.home).values()}
    waiting = Waiting(made)
    try:
        await load.prepare()
        load.begin()
        await asyncio.sleep(5)
        killed = [
            await _killed(made, kafka, node, away, waiting, load, say) for node in kafka.by_node
        ]
        await load.end()
        drain = await drained(made)
    finally:
        await waiting.end()
        await load.close()
    after = {one.name: one.pid for one in processes.running(made.home).values()}
    code, told = await made.invariants()
    log = await logged.logged(kafka.bootstrap)
    found = [*findings(load.ledger, await gathered(made)), *logged.findings(load.ledger, log)]
    for one in found[:20]:
        say(f"  {one.kind.upper()} {one.about}: {one.detail}")
    last = told.strip().splitlines()[-1].strip()
    say(f"  {last}; {len(found)} findings; {len(log)} records, {logged.repeated(log)} said again")
    wrong = judged.while_away(killed)
    return {
        "ok": not (found or code or wrong) and before == after,
        "wrong": wrong,
        "load": load.ledger.counts(),
        "no_answer": load.ledger.no_answer,
        "killed": killed,
        "drained": drain,
        "records": len(log),
        "said_again": logged.repeated(log),
        "started_again": sorted(name for name in before if after.get(name) != before[name]),
        "invariants": {"exit": code, "said": last},
        "findings": [f"{one.kind} {one.about}: {one.detail}" for one in found],
    }


async def _killed(
    made: Ground, kafka: Three, node: int, away: float, waiting: Waiting, load: Load, say: Say
) -> dict[str, Any]:
    """One is killed; it is waited for until all goes on without it, and then it is started again,
    until it has all that it missed."""
    led = sum(part["leader"] == node for part in await kafka.described(ALL))
    waiting.begin()
    began, asked = time.monotonic(), load.ledger.counts()["registrations"]
    kafka.kill(node)
    recovery = Recovery(made, f"broker {node} killed (-9)")
    await asyncio.wait_for(recovery.watch(), 600)
    await asyncio.sleep(max(0.0, away - (time.monotonic() - began)))
    while_away = load.ledger.counts()["registrations"] - asked
    assert kafka.running[node].poll() is not None, "it was away all the time"
    kafka.start(node)
    await kafka.in_sync(ALL)
    told = {
        "broker": node,
        "led": led,
        "recovered": recovery.seconds,
        "waited": round(waiting.longest, 1),
        "registered_meanwhile": while_away,
        "in_sync_after": round(time.monotonic() - began, 1),
    }
    say(f"  {told}")
    return told


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.brokers", description=__doc__)
    parser.add_argument("--away", type=float, default=30, help="seconds that each is away")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--at-once", type=int, default=6, help="people at a time")
    parser.add_argument("--out", type=Path, default=ROOT / ".holdfast" / "chaos")
    wanted = parser.parse_args()
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # a broker is away: that is known
    told = asyncio.run(run(wanted.away, wanted.seed, wanted.at_once, _say))
    wanted.out.mkdir(parents=True, exist_ok=True)
    (wanted.out / "brokers.json").write_text(json.dumps(told, indent=1) + "\n")
    print(json.dumps(told, indent=1))
    return 0 if told["ok"] else 1


def _say(line: str) -> None:
    print(f"{strftime('%H:%M:%S')} {line}", flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
