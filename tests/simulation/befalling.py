"""What befalls machines, beside dying: events given again, Kafka compacting, days of silence."""

from __future__ import annotations

from datetime import timedelta

from shared.runtime import deadlines, idempotency, inbox
from tests.simulation.story import Step
from tests.simulation.working import someone
from tests.simulation.world import World


async def again(world: World, step: Step) -> None:
    """A group's offsets are not committed: it is given again what it has handled."""
    if actor := someone(world):
        parts = world.log.read_by(actor.name)
        for part in world.chance.sample(parts, min(len(parts), 3)):
            back = world.log.back(actor.name, part, world.chance.randint(1, 8))
            world.counts["an offset went back"] += back > 0


async def compact(world: World, step: Step) -> None:
    """Kafka compacts."""
    world.counts["compacted away"] += world.log.compact()


async def forget(world: World, step: Step) -> None:
    """The retention of every service."""
    for actor in world.actors.values():
        async with world.cluster.pools[actor.name].acquire() as con:
            await deadlines.forget(con)
            await idempotency.forget(con)
            world.forgot += await inbox.forget(con)


async def away(world: World, step: Step) -> None:
    """A service goes away for a while; nothing of it runs."""
    if world.chance.random() < world.setting.rough * 3 and (actor := someone(world)):
        actor.away_until = world.clock.now() + _while(world)
        await actor.dies()
        world.counts["a service went away"] += 1


async def deaf(world: World, step: Step) -> None:
    """A topic does not reach a service for a while."""
    if world.chance.random() < world.setting.rough * 5 and (actor := someone(world)):
        topic = world.chance.choice(list(actor.hears()))
        actor.deaf[topic] = world.clock.now() + _while(world)
        world.counts["a topic was delayed"] += 1


async def retry(world: World, step: Step) -> None:
    """Somebody who got no answer asks again, with the same key."""
    if world.unanswered:
        world.counts["a request was sent again"] += 1
        await world.send(world.unanswered.pop(world.chance.randrange(len(world.unanswered))))


def _while(world: World) -> timedelta:
    return timedelta(hours=world.chance.choice([1, 6, 30, 24 * 5, 24 * 11]))
