"""What each file of seeds asks: its histories hold, and what is sure to happen happened in them.

Two files, for a file is lived through by one worker: so both halves run at once.
"""

from __future__ import annotations

from collections import Counter

from tests.simulation.cluster import Cluster
from tests.simulation.floors import SURE
from tests.simulation.run import explained, in_a_loop
from tests.simulation.story import story_of
from tests.simulation.telling import Teller

EACH = 20
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


def all_happened(counts: Counter[str]) -> None:
    """Raises AssertionError with what never did, of what so many are sure to come by."""
    never = [what for what in SURE if not counts[what]]
    assert not never, f"never happened in {EACH} histories: {', '.join(never)}"
