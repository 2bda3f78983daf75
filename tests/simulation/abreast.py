"""Two things at once in one service, each in a transaction of its own: two processes of it, or two
loops of one. The first stops somewhere in its transaction while the second goes as far as it can.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from tests.simulation import certified, classroom, learners, money, operators, people, working
from tests.simulation.gates import COMMIT, DEADLOCK, both
from tests.simulation.memory import another_edge
from tests.simulation.service import Actor
from tests.simulation.story import Step
from tests.simulation.world import World

Work = Callable[[], Awaitable[object]]
# What is asked of a service, each by one request.
REQUESTS: dict[str, tuple[Callable[[World, Step], Awaitable[object]], ...]] = {
    "registration": (
        learners.registers,
        learners.registers,
        learners.cancel,
        learners.substitute,
        learners.transfer,
        learners.accept,
        operators.staff_cancel,
        people.correct_person,
    ),
    "billing": (money.goodwill, money.goodwill_credit, money.bank_payment, working.deliver),
    "attendance": (classroom.observe, classroom.correct, classroom.report),
    "certificates": (certified.evaluate, certified.claim, certified.supersede, certified.revoke),
}


async def abreast(world: World, step: Step) -> None:
    """Two of a service's works at once."""
    able = [(actor, await _works(world, actor)) for actor in world.actors.values()]
    able = [(actor, works) for actor, works in able if len(works) > 1]
    if not able:
        return
    actor, works = world.chance.choice(able)
    first = world.chance.choice([name for name in works if name != "say"])
    second = world.chance.choice([name for name in works if name != first])
    world.alone = False
    try:
        came = await both(
            works[first],
            partial(_otherwise, actor, works[second]),
            _stop(world),
            world.cluster.looker(actor.name),
        )
    finally:
        world.alone = True
        actor.due_known = False
    world.counts[f"abreast: {came}"] += 1
    if came == DEADLOCK:
        world.wrong.append(f"{actor.name}: {first} and {second} have locked each other out")
    world.trace.say(f"   {actor.name}: {first} and {second}, {came}")


async def _otherwise(actor: Actor, work: Work) -> None:
    """The second one: its requests come to another process of the service's."""
    another_edge(actor.service)
    await work()


async def _works(world: World, actor: Actor) -> dict[str, Work]:
    """What the service could do now, by name."""
    if world.is_away(actor):
        return {}
    found: dict[str, Work] = {}
    if parts := working.audible(world, actor):
        few = world.chance.sample(parts, world.chance.randint(1, len(parts)))
        found["hear"] = partial(working.listen, world, actor, few, world.chance.choice([3, 20]))
    inside, outside = await actor.is_due(world.clock.now())
    if inside:
        found["sweep"] = partial(working.do, world, actor, inside=True)
    if outside:
        found["call"] = partial(working.do, world, actor, outside=True)
    if actor.may_say:
        found["say"] = partial(working.say, world, actor)
    for name in ("one request", "another request"):
        if requests := REQUESTS.get(actor.name):
            found[name] = partial(world.chance.choice(requests), world, Step("abreast", 0))
    return found


def _stop(world: World) -> Callable[[str], bool]:
    """Before which statement the first one stops: its first COMMIT, or some other."""
    left = world.chance.choice([None, None, world.chance.randint(1, 12)])

    def stop(statement: str) -> bool:
        nonlocal left
        if left is None:
            return statement == COMMIT
        left -= 1
        return left == 0

    return stop
