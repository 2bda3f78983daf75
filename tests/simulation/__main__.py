"""python -m tests.simulation SEED [HISTORIES] [--story JSON] [--processes N] [--full]

One history, told line by line; or so many, from the seed on, with progress. What breaks is shrunk
and printed, and how to see it again. Ends with 1 where anything broke, or never happened.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import time
from collections import Counter
from queue import Empty
from typing import Any

from tests.simulation.floors import EVERY, missed
from tests.simulation.own import cluster_like, migrated
from tests.simulation.run import explained, in_a_loop, told
from tests.simulation.story import Story, setting_of, story_of
from tests.simulation.telling import History, Teller

MANY = 200  # histories, from which on all that can happen must have
LONG = 2_000


def main() -> int:
    """The command line."""
    given = argparse.ArgumentParser("tests.simulation", description=__doc__)
    given.add_argument("seed", type=int, nargs="?", default=1)
    given.add_argument("histories", type=int, nargs="?", default=1)
    given.add_argument("--story", help="a (shrunk) story in JSON, to be told again")
    given.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    given.add_argument("--full", action="store_true", help="records and bodies, whole")
    asked = given.parse_args()
    with migrated() as (admin, templates):
        if asked.histories == 1 or asked.story:
            story = Story.of(asked.story) if asked.story else story_of(asked.seed)
            return _one(admin, templates, story, full=asked.full)
        return _many(admin, templates, asked.seed, asked.histories, asked.processes)


def _one(admin: str, templates: dict[str, str], story: Story, *, full: bool) -> int:
    found: list[History] = []

    async def tell(teller: Teller) -> None:
        found.append(await teller.tell(story))

    in_a_loop(cluster_like(admin, templates), tell)
    [history] = found
    print(f"seed {story.seed}: {setting_of(story.seed).shown()}")
    for line in history.trace:
        print(line if full or len(line) <= 160 else f"{line[:159]}…")
    for what, often in sorted(history.counts.items()):
        print(f"  {often:5}  {what}")
    for why in history.wrong:
        print(f"BROKEN  {why}")
    print(f"{len(story.steps)} steps, {len(history.trace)} lines, sha256 {history.digest}")
    return 1 if history.wrong else 0


def _many(admin: str, templates: dict[str, str], seed: int, many: int, processes: int) -> int:
    spawn = multiprocessing.get_context("spawn")
    came = spawn.Queue()
    workers = [
        spawn.Process(
            target=_work, args=(admin, templates, range(seed + n, seed + many, processes), came)
        )
        for n in range(processes)
    ]
    for worker in workers:
        worker.start()
    counts, done, broken, began = Counter[str](), 0, 0, time.monotonic()
    while done < many:
        try:
            kind, what = came.get(timeout=5)
        except Empty:
            if not any(worker.is_alive() for worker in workers):
                print("the processes have ended before their histories", file=sys.stderr)
                return 1
            continue
        if kind == "broken":
            broken += 1
            print(f"\n{what}\n", flush=True)
            continue
        counts += what
        done += 1
        took = time.monotonic() - began
        if done % 10 == 0 or done == many:
            left = took / done * (many - done)
            told_ = f"{done}/{many} histories, {broken} broken, {took / done:.2f} s each"
            print(f"\r{told_}, {left / 60:.1f} min left ", end="", flush=True)
    for worker in workers:
        worker.join()
    return _summed_up(counts, many, broken)


def _summed_up(counts: Counter[str], many: int, broken: int) -> int:
    print()
    for what in (*EVERY, *sorted(counts.keys() - set(EVERY))):
        print(f"  {counts[what]:8}  {what}")
    never = missed(counts, long=many >= LONG) if many >= MANY else []
    print(f"{many} histories, {broken} broken; never happened: {', '.join(never) or 'nothing'}")
    return 1 if broken or never else 0


def _work(admin: str, templates: dict[str, str], seeds: Any, came: Any) -> None:
    """One process: its part of the seeds."""

    async def tell(teller: Teller) -> None:
        broke: list[History] = []

        def each(history: History) -> None:
            if history.wrong:
                broke.append(history)
            came.put(("counts", history.counts))

        for seed in seeds:
            await told(teller, [seed], each)
            for history in broke:
                came.put(("broken", await explained(teller, history)))
            broke.clear()

    in_a_loop(cluster_like(admin, templates), tell)


if __name__ == "__main__":
    sys.exit(main())
