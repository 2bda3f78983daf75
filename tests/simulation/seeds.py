"""What each file of seeds asks: its histories hold; and of all of them, that everything happened.

Two files, for a file is lived through by one worker: so both halves run at once. Each leaves its
counts where the other finds them, and whichever is the last looks at them all.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

from tests.simulation.cluster import Cluster
from tests.simulation.floors import SURE, missed
from tests.simulation.run import explained, in_a_loop
from tests.simulation.story import story_of
from tests.simulation.telling import Teller

EACH = 100
FILES = 2
STORIES = 3  # that are shrunk and printed; of the others only what broke


def lives_through(cluster: Cluster, seeds: range) -> Counter[str]:
    """All of them. Raises AssertionError with the stories of those that broke something."""
    counts: Counter[str] = Counter()
    broken: list[str] = []

    async def tell(teller: Teller) -> None:
        for seed in seeds:
            history = await teller.tell(story_of(seed))
            counts.update(history.counts)
            if history.wrong and len(broken) < STORIES:
                broken.append(await explained(teller, history))
            elif history.wrong:
                broken.append(f"seed {seed} broke: {history.wrong[0]}")

    in_a_loop(cluster, tell)
    assert not broken, "\n\n".join(broken)
    return counts


def all_happened(beside: Path, first: int, counts: Counter[str]) -> None:
    """The counts of the file that begins at seed `first` go to the others', `beside`. Raises
    AssertionError with what never happened: in this file of what is sure, in all of anything."""
    never = [what for what in SURE if not counts[what]]
    assert not never, f"never happened in {EACH} histories: {', '.join(never)}"
    written = beside / f"{first}.part"
    written.write_text(json.dumps(counts))
    written.rename(beside / f"{first}.json")  # whole, or not there
    everything = [Counter(json.loads(one.read_text())) for one in beside.glob("*.json")]
    if len(everything) == FILES:
        never = missed(sum(everything, Counter()), long=False)
        assert not never, f"never happened in {EACH * FILES} histories: {', '.join(never)}"
