"""What a partner sends in from its own system: who is registered there, and who attended."""

from __future__ import annotations

from typing import Any

from shared.dates import rfc3339
from tests.simulation.course import MAIN
from tests.simulation.learners import NAMES, attendee, somebody
from tests.simulation.story import Step
from tests.simulation.world import World

PARTNER = "ibh"


async def inbound(world: World, step: Step) -> None:
    """A partner sends somebody in from its own system."""
    name = world.chance.choice(NAMES)
    item = {
        "id": f"item-{world.chance.randint(1, 4)}",
        "type": "registration",
        "course_id": MAIN,
        "attendee": attendee(world, f"{name}o"),
        "disclosure_version": world.courses.version(MAIN),
    }
    await _send(world, item, "inbound")


async def reported(world: World, step: Step) -> None:
    """It sends in that somebody was at a session, of one that it may name again."""
    if not (learner := somebody(world)):
        return
    session = world.chance.choice(world.courses.sessions[MAIN])
    if session.ends > world.clock.now():
        return
    item = {
        "id": f"stay-{world.chance.randint(1, 6)}",
        "type": "attendance",
        "course_id": MAIN,
        "session_id": session.session_id,
        "registration_id": learner.registration_id,
        "joined_at": rfc3339(session.begins),
        "left_at": rfc3339(session.ends),
    }
    await _send(world, item, "reported attendance")


async def _send(world: World, item: dict[str, Any], kind: str) -> None:
    body = {"partner_id": PARTNER, "items": [item]}
    await world.ask("partners", "POST", "/partners/v1/inbound", body, kind=kind)
