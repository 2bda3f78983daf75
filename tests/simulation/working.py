"""What machines do in a step: the loops of services, and what befalls them.

A service may be killed in any of it, be away for days, hear nothing of a topic for days, or be given
again what it has handled; a relay may lose Kafka between any two rows.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from aiokafka.errors import KafkaError

from shared.runtime.failpoint import POINTS
from stack.paysim import rules, webhooks
from tests.simulation.gateway import WEBHOOK_SECRET
from tests.simulation.log import Part, Trouble
from tests.simulation.service import Actor, Killed
from tests.simulation.story import Step
from tests.simulation.world import World

_BATCH = ("batch.claimed", "batch.flushing", "batch.flushed", "batch.committed")
_RELAY = ("relay.read", "relay.sent", "relay.deleted")
_HEAR = (*_BATCH, "intake.handled")
_SWEEP = ("sweep.taken", *_BATCH)
_CALLING = tuple(point for point in POINTS if point.startswith("outside."))
_CALL = (*_CALLING, *_CALLING, *_BATCH)


def someone(world: World) -> Actor | None:
    """A service that is there."""
    there = [actor for actor in world.actors.values() if not world.is_away(actor)]
    return world.chance.choice(there) if there else None


async def relay(world: World, step: Step) -> None:
    """A service says some of what it has to say, perhaps not getting through."""
    saying = [a for a in world.actors.values() if a.may_say and not world.is_away(a)]
    if saying:
        await say(world, world.chance.choice(saying), some=True)


async def say(world: World, actor: Actor, *, some: bool = False) -> int:
    """One round of a relay; gives how many rows were acknowledged."""
    chance = world.chance
    actor.hand.trouble = Trouble(most=chance.choice([1, 2, 5, None]) if some else None)
    if not world.calm and chance.random() < world.setting.rough / 2:
        lost = chance.choice([0, 0, 1, 3])
        cut = chance.random() < 0.2
        actor.hand.trouble = Trouble(0 if cut else None, lost, chance.random() < 0.5)
        world.counts["kafka: away, or an acknowledgement lost"] += 1
    try:
        with actor.doomed(world.doom(_RELAY)):
            return await actor.says()
    except Killed as why:
        await world.killed(actor, why)
    except KafkaError:
        world.trace.say(f"   {actor.name} does not reach Kafka")
    finally:
        actor.hand.trouble = Trouble()  # where there was nothing to say, nothing went wrong
    return 0


def audible(world: World, actor: Actor) -> list[Part]:
    """The partitions of which a service could hear something now."""
    now = world.clock.now()
    actor.deaf = {t: until for t, until in actor.deaf.items() if until > now and not world.calm}
    parts = world.log.waiting(actor.name, actor.hears())
    return [part for part in parts if part[0] not in actor.deaf]


async def hear(world: World, step: Step) -> None:
    """A service hears some of what it has not heard yet."""
    lagging = [
        (actor, parts)
        for actor in world.actors.values()
        if not world.is_away(actor) and (parts := audible(world, actor))
    ]
    if lagging:
        actor, parts = world.chance.choice(lagging)
        few = world.chance.sample(parts, world.chance.randint(1, len(parts)))
        await listen(world, actor, few, world.chance.choice([1, 3, 20]))


async def listen(world: World, actor: Actor, parts: list[Part], most: int) -> None:
    """One delivery: at most so many of each partition, each in its order, among them anyhow."""
    pulled = {part: world.log.next_of(actor.name, part, most) for part in parts}
    ends = {part: records[-1].offset + 1 for part, records in pulled.items() if records}
    left = {part: list(records) for part, records in pulled.items() if records}
    records = []
    while left:
        part = world.chance.choice(list(left))
        records.append(left[part].pop(0))
        if not left[part]:
            del left[part]
    try:
        with actor.doomed(world.doom(_HEAR)):
            outcomes = await actor.takes(records)
    except Killed as why:
        await world.killed(actor, why)
        return
    for part, end in ends.items():
        world.log.commit(actor.name, part, end)
    if not world.calm:
        world.counts["an event was heard twice"] += outcomes.count(None)
    told = "".join({"done": "d", "dead": "X", None: "-"}[one] for one in outcomes)
    world.trace.say(f"   {actor.name} hears {len(records)}: {told}")


async def sweep(world: World, step: Step) -> None:
    """A service does what is due inside."""
    if actor := someone(world):
        await do(world, actor, inside=True)


async def call(world: World, step: Step) -> None:
    """A service calls whom it has to call outside."""
    if actor := someone(world):
        await do(world, actor, outside=True)


async def do(world: World, actor: Actor, *, inside: bool = False, outside: bool = False) -> int:
    """What is due of a service, inside, outside, or both; gives how much that was."""
    done, now = 0, world.clock.now()
    if inside and (await actor.is_due(now))[0]:
        done += await _act(world, actor, "sweeps", _SWEEP, actor.sweeps)
    if outside and (await actor.is_due(now))[1]:
        together = world.chance.random() < 0.8
        done += await _act(world, actor, "calls", _CALL, partial(actor.calls, now, together))
    return done


async def _act(
    world: World,
    actor: Actor,
    what: str,
    points: tuple[Any, ...],
    loop: Callable[[], Awaitable[int]],
) -> int:
    try:
        with actor.doomed(world.doom(points)):
            done = await loop()
    except Killed as why:
        await world.killed(actor, why)
        return 1
    if done:
        world.trace.say(f"   {actor.name} {what} {done}")
    return done


async def round_(world: World, step: Step) -> None:
    """Everybody does something of everything, in some order."""
    actors = list(world.actors.values())
    world.chance.shuffle(actors)
    for actor in actors:
        if world.is_away(actor):
            continue
        if actor.may_say:
            await say(world, actor)
        if parts := audible(world, actor):
            await listen(world, actor, parts, 100)
        await do(world, actor, inside=True, outside=True)


async def hands_on(world: World, speaker: str, hearer: str) -> None:
    """One service does what it can, and another hears of it."""
    said, heard = world.actors[speaker], world.actors[hearer]
    if not world.is_away(said):
        await do(world, said, inside=True, outside=True)
        if said.may_say:
            await say(world, said)
    if not world.is_away(heard) and (parts := audible(world, heard)):
        await listen(world, heard, parts, 100)


async def deliver(world: World, step: Step) -> None:
    """The gateway delivers some of its webhooks, in its order or in another."""
    rules.happen(world.gateway.store)
    due = world.gateway.store.webhooks_due(100)
    for identity, text, _ in world.chance.sample(due, world.chance.randint(0, len(due))):
        await webhook(world, identity, text)


async def deliver_all(world: World) -> None:
    """The gateway delivers what it has to tell by now."""
    for identity, text, _ in world.gateway.store.webhooks_due(100):
        await webhook(world, identity, text)


async def webhook(world: World, identity: str, text: str) -> bool:
    """One webhook; what is not answered with 2xx comes again."""
    billing, body = world.actors["billing"], text.encode()
    if world.is_away(billing):
        return False
    signature = webhooks.sign(WEBHOOK_SECRET, body, int(world.clock.tick()))
    path, headers = "/billing/v1/webhooks/paysim", {"paysim-signature": signature}
    try:
        with billing.doomed(world.doom((*_BATCH, "edge.committed"))):
            answer = await billing.asked("POST", path, headers, body)
    except Killed as why:
        await world.killed(billing, why)
        return False
    world.trace.say(f"   webhook {identity} {answer.status}")
    if not answer.good:
        world.wrong.append(f"webhook {text}: {answer}")
    world.gateway.store.webhook_done(identity)
    return True
