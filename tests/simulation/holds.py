"""What must be true at the end of a history, whatever happened in it.

The invariants 1 to 5 and 9 of domain.md §10 by the very checks of `bin/holdfast invariants`; nothing is stuck,
dead or left to say; every service's copies are what their owners say; cancellations came to what the
policy says, and whoever was to hear of something did; and a replay of all that was ever said changes
nothing (7).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

from cli.invariants import run as _checks  # registers all of them
from cli.invariants.registry import Outside
from stack.paysim import rules
from stack.paysim.store import public
from tests.simulation.agreed import disagreements
from tests.simulation.copies import differences
from tests.simulation.judged import misjudged
from tests.simulation.letters import unheard
from tests.simulation.working import listen
from tests.simulation.world import World

REPLAYED = 3  # of so many histories one is replayed at its end, for it takes a while
_STUCK = "SELECT kind, ref, due_at, attempts FROM due WHERE due_at <= $1 ORDER BY due_at, kind, ref"


class Inside(Outside):
    """What the checks look at, without Kafka and HTTP."""

    def __init__(self, world: World) -> None:
        super().__init__(world.cluster.pools, "the log", "the simulator", "its key", "the mailbox")
        object.__setattr__(self, "_world", world)

    @property
    def world(self) -> World:
        found: World = self._world  # type: ignore[attr-defined]
        return found

    def hears(self, service: str) -> Any:
        return self.world.actors[service].service.hears

    async def records(self, topics: Sequence[str]) -> AsyncIterator[Any]:
        for record in self.world.log.records(topics):
            yield record

    async def gateway(self, what: str) -> Any:
        store = self.world.gateway.store
        if what == "totals":
            return rules.totals(store)
        return {"items": [public(one) for one in store.all("refund")]}

    async def arrived(self) -> list[str]:
        return self.world.mail.arrived


async def broken(world: World) -> list[str]:
    """What does not hold, each as a sentence."""
    found = list(world.wrong)
    for one in await _checks.check_all(Inside(world)):
        assert not one["missing"], one
        found += [f"{one['number']} {one['says']}: {f}" for f in one["findings"]]
    found += [line async for line in _stuck(world)]
    for look in (disagreements, differences, misjudged, unheard):
        found += await look(world)
    # What inboxes forgot after 45 days is heard anew, and nothing promises that it changes nothing.
    if not found and world.seed % REPLAYED == 0 and not world.forgot:
        found += await _replayed(world)
    return found


async def _stuck(world: World) -> AsyncIterator[str]:
    """Nothing that is due is left, nothing waits to be heard or told, nobody gave up."""
    for actor in world.actors.values():
        for row in await actor.rows(_STUCK, world.clock.now()):
            yield f"{actor.name} is stuck with {dict(row)}"
        for topic, part in world.log.waiting(actor.name, actor.hears()):
            yield f"{actor.name} never heard the end of {topic}/{part}"
        if actor.intake.halted:
            yield f"{actor.name} has halted"
    for left in world.log.records([f"{name}.dead-letters" for name in world.actors]):
        yield f"a dead letter: {left}"
    if world.gateway.store.pending():
        yield "the gateway has something left to say or do"


async def _replayed(world: World) -> list[str]:
    """Everybody is given again all that is in the log: nothing changes, nobody is called."""
    before, found = await world.dump(), []
    kept = [f"= {line}" for line in before]
    arrived, said = len(world.mail.arrived), len(world.trace.lines)
    for actor in world.actors.values():
        heard = dict.fromkeys(world.log.read_by(actor.name), 10000)
        for part in heard:
            world.log.back(actor.name, part, 10_000_000)
        if heard:
            await listen(world, actor, list(heard), 10_000)
        if await actor.says():
            found.append(f"{actor.name} says something new when all is replayed")
    world.trace.lines[said:] = kept
    if len(world.mail.arrived) != arrived:
        found.append("a replay sent mails")
    after = await world.dump()
    return found + [f"a replay changes {line}" for line in sorted(set(after) ^ set(before))[:5]]
