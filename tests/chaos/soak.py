"""`make soak MINUTES=60`: a steady load for long, and what each process takes of memory meanwhile.

Memory is PSS in MB (10⁶ bytes), sampled; a line is laid through what each process has of its own (no
file that others map, too), after a quarter of the time, when all is warm. A process of ours fails
where that line rises by more than `MOST_GROWN` until the end. Kafka and Postgres fill what their settings give them, however long that takes: they fail
above `CEILINGS`.
"""

import argparse
import asyncio
import json
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from statistics import linear_regression
from time import strftime
from typing import Any

from cli.memory import pss_mb
from stack.profile import ROOT
from tests.chaos import processes
from tests.chaos.audit import findings
from tests.chaos.drain import drained
from tests.chaos.facts import gathered
from tests.chaos.ground import Ground, ground
from tests.chaos.load import Load
from tests.conftest import own_directory

EVERY, SAID_EVERY = 10.0, 60.0  # seconds
MOST_GROWN = 20.0  # MB; a process of ours takes 90 to 160
CEILINGS = {"kafka": 560.0, "postgres": 450.0}  # MB: heap 320 and the JVM; buffers and sessions
Samples = dict[str, list[tuple[float, float]]]  # process → (seconds, MB)


def grown(samples: Sequence[tuple[float, float]]) -> float:
    """MB by which a line through all but the first quarter of the time rises, by least squares."""
    warm = [one for one in samples if one[0] >= samples[-1][0] / 4]
    at, taken = zip(*warm, strict=True)
    return linear_regression(at, taken).slope * (at[-1] - at[0])


def judged(samples: Samples, own: Samples) -> list[dict[str, Any]]:
    """Each process: its memory at the beginning, at the end and at most, by how much what is its
    own grows; `ok` or not."""
    told = []
    for name, mine in sorted(samples.items()):
        most = max(taken for _, taken in mine)
        rises = grown(own[name])
        ok = most <= CEILINGS[name] if name in CEILINGS else rises <= MOST_GROWN
        told.append(
            {
                "process": name,
                "first": round(mine[0][1], 1),
                "last": round(mine[-1][1], 1),
                "most": round(most, 1),
                "grown": round(rises, 1),
                "ok": ok,
            }
        )
    return told


async def soaked(made: Ground, load: Load, seconds: float) -> tuple[Samples, Samples]:
    """Samples of all processes, one each few seconds: all that they take, and what is their own.
    Raises where one was started again."""
    samples: Samples = defaultdict(list)
    own: Samples = defaultdict(list)
    before = {one.name: one.pid for one in processes.running(made.home).values()}
    began = said = time.monotonic()
    load.begin()
    while (passed := time.monotonic() - began) < seconds:
        now = {one.name: one.pid for one in processes.running(made.home).values()}
        if now != before:
            raise SystemExit(f"not the same processes any more: {before} and {now}")
        for name, pid in now.items():
            samples[name].append((passed, await asyncio.to_thread(pss_mb, pid)))
            own[name].append((passed, await asyncio.to_thread(pss_mb, pid, own=True)))
        if time.monotonic() - said >= SAID_EVERY:
            said = time.monotonic()
            whole = sum(mine[-1][1] for mine in samples.values())
            made.say(f"  {passed / 60:.0f} min: {whole:.0f} MB in all, {load.ledger.counts()}")
        await asyncio.sleep(EVERY)
    await load.end()
    return samples, own


async def run(minutes: float, seed: int, out: Path) -> int:
    """0 where nothing grows, and nothing was lost. What was sampled is said before the audit, which
    takes its time after an hour."""
    with own_directory() as home:
        async with ground(home, _say) as made:
            load = Load(made, seed, at_once=3)
            try:
                await load.prepare()
                told = judged(*await soaked(made, load, 60 * minutes))
                _tell(told, minutes, load, out)
                await drained(made)
            finally:
                await load.close()
            found = findings(load.ledger, await gathered(made))
    print(f"\n{minutes:g} minutes: {load.ledger.counts()}; {len(found)} findings")
    return 0 if all(one["ok"] for one in told) and not found else 1


def _tell(told: Sequence[dict[str, Any]], minutes: float, load: Load, out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    whole = {"minutes": minutes, "load": load.ledger.counts(), "processes": told}
    (out / "soak.json").write_text(json.dumps(whole, indent=1) + "\n")
    print("| process | first MB | last MB | most MB | MB grown | |\n|---|---:|---:|---:|---:|---|")
    for one in told:
        figures = " | ".join(str(one[name]) for name in ("first", "last", "most", "grown"))
        print(f"| {one['process']} | {figures} | {'' if one['ok'] else 'GROWS'} |", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.soak")
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=ROOT / ".holdfast" / "chaos")
    wanted = parser.parse_args()
    return asyncio.run(run(wanted.minutes, wanted.seed, wanted.out))


def _say(line: str) -> None:
    print(f"{strftime('%H:%M:%S')} {line}", flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
