"""The end of a history: nothing goes wrong any more, and everything arrives.

Who was away is back, what was lost is found, whoever got no answer asks again, staff do what is
asked of them. Then the weeks go by in which evaluations close and disputes end; where somebody moved
to the other course, that one is held, too; where somebody has a credit, it comes to its end.
"""

from __future__ import annotations

from datetime import timedelta

from stack.paysim.later import everything
from tests.simulation import money, working
from tests.simulation.classroom import bring
from tests.simulation.clockwork import goes_to
from tests.simulation.course import MAIN, OTHER
from tests.simulation.story import Step
from tests.simulation.world import Broken, World

_WEEKS = [timedelta(hours=3), timedelta(days=8)]
_CLOSED = timedelta(days=45)  # after a course: nothing of it is left to do
_YEAR = timedelta(days=367)
_CREDITS = "SELECT FROM credits WHERE balance_minor > 0"
_STEP = Step("round", 0)
_MOST = 400  # rounds until it must be at rest


async def comes_to_rest(world: World) -> None:
    """Until the course is over, and all that follows from it has followed."""
    world.calm = True
    for place in (world.mail.chances, world.platform.chances, world.press.chances):
        place.rough = 0.0
    world.gateway.calms_down()
    for actor in world.actors.values():
        actor.leased = True
    await rests(world)
    for session in world.courses.sessions[MAIN]:
        await goes_to(world, session.ends + timedelta(minutes=3))
        await rests(world)
        if not world.setting.with_platform:
            await bring(world, session)
    for span in _WEEKS:
        await goes_to(world, world.clock.now() + span)
        await rests(world)
    last = max(session.ends for session in world.courses.sessions[MAIN])
    await goes_to(world, last + _CLOSED)
    await rests(world)
    if any(learner.course_id == OTHER for learner in world.learners):
        [session] = world.courses.sessions[OTHER]
        for after in (timedelta(minutes=3), _CLOSED):
            await goes_to(world, session.ends + after)
            await rests(world)
    if await world.actors["billing"].rows(_CREDITS):
        await goes_to(world, world.clock.now() + _YEAR)
        await rests(world)


async def rests(world: World) -> None:
    """At this instant nothing is left to do for anybody."""
    for _ in range(_MOST):
        if not await _round(world):
            return
    raise Broken(f"it never comes to rest at {world.clock.now()}")


async def _staff(world: World) -> bool:
    """Staff see to refunds that came by a bank, and to those that failed."""
    if await world.actors["billing"].rows(money.BY_HAND):
        await money.settle_by_hand(world, _STEP)
        return True
    return await money.retry_refund(world, _STEP)


async def _round(world: World) -> bool:
    moved = False
    while world.unanswered:
        moved = True
        await world.send(world.unanswered.pop(0))
    everything(world.gateway.store)
    for identity, text, _ in world.gateway.store.webhooks_due(1000):
        moved |= await working.webhook(world, identity, text)
    for actor in world.actors.values():
        await actor.frees()
        if actor.may_say:
            moved |= bool(await actor.says())
        if parts := working.audible(world, actor):
            moved = True
            await working.listen(world, actor, parts, 1000)
        moved |= bool(await working.do(world, actor, inside=True, outside=True))
    if not moved:
        return await _staff(world)
    return moved
