"""Many histories in one process, or in several; what broke is shrunk, told, and can be told again."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

import uvloop

from tests.conftest import _in_memory, own_directory
from tests.simulation.cluster import Cluster
from tests.simulation.shrink import shrunk
from tests.simulation.story import Story
from tests.simulation.surroundings import Surroundings
from tests.simulation.telling import History, Teller

SHOWN = 60  # lines at the end of a history that broke something


def in_a_loop(cluster: Cluster, do: Callable[[Teller], Awaitable[None]]) -> None:
    """Do something with a teller of stories, in an event loop of its own."""

    async def inside() -> None:
        await cluster.open()
        try:
            with own_directory(_in_memory()) as place:
                teller = Teller(Surroundings(cluster, place))
                with _hardly_collecting():
                    await do(teller)
        finally:
            await cluster.close()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(inside())


@contextmanager
def _hardly_collecting() -> Iterator[None]:
    """Applications, rules and templates are garbage at no time: nobody looks through them for any."""
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(20_000, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


async def explained(teller: Teller, history: History) -> str:
    """A history that broke something, for people: what, its shrunk story, how to see it again."""

    async def breaks(story: Story) -> bool:
        return bool((await teller.tell(story)).wrong)

    if not await breaks(history.story):
        return f"seed {history.story.seed} broke: {history.wrong}\nand when told again it did not."
    least = await shrunk(history.story, breaks)
    again = await teller.tell(least)
    width = 240
    lines = [line if len(line) <= width else f"{line[:width]}…" for line in again.trace]
    return "\n".join(
        [
            f"seed {history.story.seed} broke:",
            *(f"  {why[:900]}" for why in history.wrong[:8]),
            f"shrunk to {len(least.steps)} of {len(history.story.steps)} steps it breaks:",
            *(f"  {why[:900]}" for why in again.wrong[:8]),
            *(f"    {line}" for line in lines[-SHOWN:]),
            f"the whole of it:  make simulate SEED={history.story.seed}",
            f"the shrunk story: python -m tests.simulation --story '{least.text()}'",
        ]
    )
