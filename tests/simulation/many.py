"""Many histories, in several processes; what came of each may be kept, and a run be gone on with."""

from __future__ import annotations

import json
import multiprocessing
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from queue import Empty
from typing import Any

from tests.conftest import ROOT
from tests.simulation.own import cluster_like
from tests.simulation.run import explained, in_a_loop
from tests.simulation.story import story_of
from tests.simulation.telling import Teller


@dataclass(frozen=True)
class Outcome:
    """What came of a seed; `broken` is its shrunk story for people, or empty."""

    seed: int
    digest: str
    counts: dict[str, int]
    broken: str = ""


def lived(
    admin: str, templates: dict[str, str], seeds: Sequence[int], processes: int
) -> Iterator[Outcome]:
    """Live through the seeds, in so many processes that each have databases of their own on the
    server of `admin`; gives each outcome as it comes. Raises RuntimeError if a process gives up.
    """
    spawn = multiprocessing.get_context("spawn")
    came = spawn.Queue()
    parts = [seeds[n::processes] for n in range(min(processes, len(seeds)))]
    workers = [spawn.Process(target=_work, args=(admin, templates, p, came)) for p in parts]
    for worker in workers:
        worker.start()
    left = len(seeds)
    while left:
        try:
            yield came.get(timeout=5)
            left -= 1
        except Empty:
            if any(worker.exitcode for worker in workers):
                raise RuntimeError("a process has ended before its histories") from None
    for worker in workers:
        worker.join()


def _work(admin: str, templates: dict[str, str], seeds: Sequence[int], came: Any) -> None:
    """One process: its part of the seeds, for as long as somebody is there to be told."""
    whose = multiprocessing.parent_process()

    async def tell(teller: Teller) -> None:
        for seed in seeds:
            if whose is not None and not whose.is_alive():
                return
            history = await teller.tell(story_of(seed))
            broken = await explained(teller, history) if history.wrong else ""
            came.put(Outcome(seed, history.digest, dict(history.counts), broken))

    with cluster_like(admin, templates) as cluster:
        in_a_loop(cluster, tell)


class Kept:
    """A file with a line for each outcome. What another commit came to is not looked at."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._commit = _commit()

    def known(self) -> list[Outcome]:
        """What this commit has come to already; a line that was cut short is none."""
        found = []
        for line in self._path.read_text().splitlines() if self._path.exists() else []:
            try:
                told = json.loads(line)
            except ValueError:
                continue
            if told.pop("commit") == self._commit:
                found.append(Outcome(**told))
        return found

    def keep(self, outcome: Outcome) -> None:
        """One more."""
        with self._path.open("a") as file:
            file.write(f"\n{json.dumps({'commit': self._commit, **asdict(outcome)})}")


def _commit() -> str:
    """The commit that is checked out, and whether anything of it was changed."""
    command = ["git", "describe", "--always", "--abbrev=40", "--dirty"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "no commit"


def summed(outcomes: Sequence[Outcome]) -> Counter[str]:
    """How often everything happened in all of them."""
    counts: Counter[str] = Counter()
    for outcome in outcomes:
        counts.update(outcome.counts)
    return counts


def show(text: str) -> None:
    """The line of progress: always the same one at a terminal, one below the other elsewhere."""
    end = "" if sys.stdout.isatty() else "\n"
    print(f"\r{text} " if not end else text, end=end, flush=True)
