"""How time passes: a little, a lot, or from deadline to deadline."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from stack.paysim import rules
from tests.simulation import course as courses
from tests.simulation.story import Step
from tests.simulation.working import round_
from tests.simulation.world import World

LEASE = timedelta(minutes=1)
STOPS = 3  # on the way to somewhere


async def goes_to(world: World, at: datetime) -> None:
    """The clock stands there, or where it stood; leases that ran out on the way have."""
    if at - world.clock.now() >= LEASE:
        for actor in world.actors.values():
            await actor.frees()
    world.clock.time = max(world.clock.now(), at.astimezone(UTC))
    rules.happen(world.gateway.store)


async def next_due(world: World, before: datetime | None = None) -> datetime | None:
    """The next instant at which anything is due, later than now."""
    now, found = world.clock.now(), []
    for actor in world.actors.values():
        due = await actor.due()
        if due is not None and due <= now and not world.is_away(actor):
            due = now + LEASE  # a lease, or what a step left
        if due is not None and due > now:
            found.append(due)
    first = min(found, default=None)
    return first if first is None or before is None or first <= before else None


async def to_next_due(world: World, step: Step) -> None:
    """To the next deadline of anybody."""
    at = await next_due(world, world.clock.now() + timedelta(days=3))
    if at is not None:
        await goes_to(world, at)


async def minutes(world: World, step: Step) -> None:
    await goes_to(world, world.clock.now() + timedelta(minutes=world.chance.randint(1, 50)))


async def hours(world: World, step: Step) -> None:
    await goes_to(world, world.clock.now() + timedelta(hours=world.chance.randint(1, 40)))


async def days(world: World, step: Step) -> None:
    """A day or more, in which those who are punctual are."""
    await until(world, world.clock.now() + timedelta(days=world.chance.choice([1, 2, 3, 7])))


async def to_session(world: World, step: Step) -> None:
    """To the moment when a session opens, has just ended, or it is settled who was there."""
    name, _, when = step.about.partition("/")
    session = world.courses.session(courses.MAIN, name)
    if session is not None:
        at = {
            "open": session.begins - courses.OPENS,
            "end": session.ends,
            "settled": session.ends + timedelta(hours=3),
        }[when]
        await until(world, at)


async def until(world: World, target: datetime) -> None:
    """There, with a round of work at some of the deadlines on the way: those who work at all of
    them would do little else."""
    for left in range(STOPS, 0, -1):
        at = await next_due(world, target)
        if at is None:
            break
        if world.chance.random() < 0.5:
            at = max(at, world.clock.now() + (target - world.clock.now()) / left)
        await goes_to(world, at)
        if world.chance.random() < world.setting.punctual:
            await round_(world, Step("round", 0))
    await goes_to(world, target)
