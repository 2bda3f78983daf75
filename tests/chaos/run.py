"""One run: a stack, a load, a monkey; then rest, and what must be true of it."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tests.chaos import sessions, small_disk
from tests.chaos.audit import findings
from tests.chaos.drain import drained
from tests.chaos.facts import gathered
from tests.chaos.ground import Ground, ground
from tests.chaos.load import Load
from tests.chaos.monkey import WAITS, Monkey
from tests.conftest import own_directory

Say = Callable[[str], None]


@dataclass(frozen=True)
class Wanted:
    """What a run is to be. `once`: each fault once, however long that takes."""

    seed: int
    minutes: float
    faults: Sequence[str]
    workers: Sequence[str] = ()
    previous: str = ""
    once: bool = False
    at_once: int = 8
    waits: float = WAITS  # seconds for health between two faults, at most
    small_disk: bool = True
    keep: Path | None = None  # where logs and ledger of a run go that failed


async def run(wanted: Wanted, say: Say) -> dict[str, Any]:
    """What came out, as `report.py` takes it. Whatever happens, nothing of it is left running."""
    with ExitStack() as opened:
        home = opened.enter_context(own_directory())
        if wanted.small_disk:
            small_disk.make(home / "data" / "postgres")
            opened.callback(small_disk.drop, home / "data" / "postgres")
        began = time.monotonic()
        async with ground(home, say, wanted.workers, wanted.previous) as made:
            say(f"  the stack is ready after {time.monotonic() - began:.0f} s")
            good = False
            try:
                told = await _lived(made, wanted, say)
                good = told["ok"]
            finally:
                if not good and wanted.keep is not None:
                    _keep(home, wanted.keep / f"seed-{wanted.seed}")
        told["seconds"] = round(time.monotonic() - began)
        return told


async def _lived(made: Ground, wanted: Wanted, say: Say) -> dict[str, Any]:
    load = Load(made, wanted.seed, wanted.at_once)
    monkey = Monkey(made, wanted.seed, wanted.faults, wanted.waits)
    try:
        await load.prepare()
        load.begin()
        began = time.monotonic()
        raging = asyncio.create_task(monkey.rage(60 * wanted.minutes, each_once=wanted.once))
        await asyncio.wait([raging], timeout=60 * wanted.minutes * 0.4)
        if raging.done():
            raging.result()  # it may have found that nobody leads the stack any more
        still = await sessions.held(load)
        say(
            f"{time.monotonic() - began:8.0f} s  the session was held: for {still:.0f} s nobody came"
        )
        evaluating = asyncio.create_task(sessions.evaluated(load))
        await raging
        lasted = time.monotonic() - began
        say("  no more faults; everyone gets an answer")
        await asyncio.gather(load.end(), evaluating)
        never = await monkey.recovered()
        say(f"  told with success: {load.ledger.counts()}")
        drain = await drained(made)
    finally:
        await load.close()
        load.ledger.save(made.home / "ledger.json")
    code, invariants = await made.holdfast("invariants")
    found = findings(load.ledger, await gathered(made))
    for one in found[:20]:
        say(f"  {one.kind.upper()} {one.about}: {one.detail}")
    say(f"  {invariants.strip().splitlines()[-1].strip()}; {len(found)} findings")
    not_fired = [f"{one.fault}: {one.not_fired}" for one in monkey.struck if one.not_fired]
    return {
        "seed": wanted.seed,
        "minutes": wanted.minutes,
        "lasted": round(lasted),
        "ok": not (found or not_fired or never or code),
        "load": load.ledger.counts(),
        "no_answer": load.ledger.no_answer,
        "refused": sorted({why for one in load.ledger.entries.values() for why in one.refused}),
        "faults": [
            {
                "fault": one.fault,
                "at": one.at,
                "evidence": one.evidence,
                "together": one.together,
                "recovered": one.seconds,
            }
            for one in monkey.struck
        ],
        "not_fired": not_fired,
        "never_recovered": never,
        "drained": drain,
        "invariants": {"exit": code, "said": invariants.strip().splitlines()[-12:]},
        "findings": [asdict(one) for one in found],
    }


def _keep(home: Path, to: Path) -> None:
    """Logs, ledger and the supervisor's words, where somebody can read them afterwards."""
    to.mkdir(parents=True, exist_ok=True)
    for file in (
        home / "ledger.json",
        home / "supervisor.log",
        *(home / "data" / "logs").iterdir(),
    ):
        if file.exists():
            (to / file.name).write_bytes(file.read_bytes())


def save(told: Sequence[dict[str, Any]], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(list(told), indent=1) + "\n")
