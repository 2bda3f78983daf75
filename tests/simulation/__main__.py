"""python -m tests.simulation SEED [HISTORIES] [--jobs N] [--keep FILE] [--story JSON] [--full]

One history, told line by line; or so many, from the seed on, with progress. What breaks is shrunk
and printed, and how to see it again. Ends with 1 where anything broke, or never happened.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from pathlib import Path

from tests.simulation.floors import EVERY, missed
from tests.simulation.many import Kept, Outcome, lived, show, summed
from tests.simulation.own import cluster_like, migrated
from tests.simulation.run import in_a_loop
from tests.simulation.story import Story, setting_of, story_of
from tests.simulation.telling import History, Teller

MANY = 200  # histories, from which on all that can happen must have
LONG = 2_000  # from which on what is rare must have, too


def main() -> int:
    """The command line."""
    given = argparse.ArgumentParser("tests.simulation", description=__doc__)
    given.add_argument("seed", type=int, nargs="?", default=1)
    given.add_argument("histories", type=int, nargs="?", default=1)
    given.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes")
    given.add_argument("--keep", type=Path, help="a file of outcomes; what it knows is not redone")
    given.add_argument("--story", help="a (shrunk) story in JSON, to be told again")
    given.add_argument("--full", action="store_true", help="records and bodies, whole")
    asked = given.parse_args()
    with migrated() as (admin, templates):
        if asked.histories == 1 or asked.story:
            story = Story.of(asked.story) if asked.story else story_of(asked.seed)
            return _one(admin, templates, story, full=asked.full)
        seeds = range(asked.seed, asked.seed + asked.histories)
        return _many(admin, templates, seeds, asked.jobs, asked.keep)


def _one(admin: str, templates: dict[str, str], story: Story, *, full: bool) -> int:
    found: list[History] = []

    async def tell(teller: Teller) -> None:
        found.append(await teller.tell(story))

    with cluster_like(admin, templates) as cluster:
        in_a_loop(cluster, tell)
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


def _many(admin: str, templates: dict[str, str], seeds: range, jobs: int, keep: Path | None) -> int:
    kept = Kept(keep) if keep else None
    outcomes = [one for one in kept.known() if one.seed in seeds] if kept else []
    done = {one.seed for one in outcomes}
    left, began = [s for s in seeds if s not in done], time.monotonic()
    for each, outcome in enumerate(lived(admin, templates, left, jobs), 1):
        outcomes.append(outcome)
        if kept:
            kept.keep(outcome)
        if outcome.broken:
            print(f"\n{outcome.broken}\n", flush=True)
        rate = each / (time.monotonic() - began)
        if each % 10 == 0 or each == len(left):
            show(
                f"{len(outcomes)}/{len(seeds)} histories, {sum(bool(one.broken) for one in outcomes)} broken,"
                f" {rate:.2f} a second, {(len(left) - each) / rate / 60:.1f} min left"
            )
    return _summed_up(outcomes)


def _summed_up(outcomes: list[Outcome]) -> int:
    counts: Counter[str] = summed(outcomes)
    print()
    for what in (*EVERY, *sorted(counts.keys() - set(EVERY))):
        print(f"  {counts[what]:8}  {what}")
    broken = sorted(one.seed for one in outcomes if one.broken)
    never = missed(counts, long=len(outcomes) >= LONG) if len(outcomes) >= MANY else []
    print(f"{len(outcomes)} histories, broken: {broken or 'none'}; never: {never or 'nothing'}")
    return 1 if broken or never else 0


if __name__ == "__main__":
    sys.exit(main())
