"""What is left of a rehearsal that was broken off is taken away: its course is cancelled, and with
it everybody's seat."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from cli import say
from cli.crowd.door import Door, NoGoodAnswerError
from cli.here import Here
from cli.say import AWAY, REFUSED

CLEAN = "bin/holdfast rehearse --clean"
LEAVING = 20.0  # seconds that are tried to cancel what is left
_OVER = ("course-over", "certificate-issued", "certificate-stands")


@dataclass(frozen=True)
class Left:
    """What came of it, and the exit code where the course could not be cancelled, else 0."""

    said: str
    code: int = 0


async def taken_away(stack: Here, *names: str) -> list[Left]:
    """Cancel what is left of these, and say so, each before and after."""
    door = Door(stack.door, 1, LEAVING)
    told = []
    try:
        for name in names:
            say.step(f"{name} is to be cancelled.")
            told.append(await withdraw(door, stack.key, name))
            say.step(told[-1].said)
    finally:
        door.close()
    return told


async def withdraw(door: Door, key: str, name: str) -> Left:
    """Cancel the course, and say what came of it; raises nothing."""
    path = f"/registration/v1/courses/{quote(name, safe='')}/cancel"
    try:
        told = await door.ask(
            "POST", path, key, once=f"{name}-withdrawn", json={"reason": "A rehearsal ended."}
        )
    except NoGoodAnswerError as why:
        if why.status == 404:
            return Left("Nothing had been published.")
        if why.status == 409 and any(slug in str(why) for slug in _OVER):
            return Left(f"{name} was over already: it ends by itself, and its certificates stay.")
        code = AWAY if why.status in {0, 502, 503, 504} else REFUSED
        return Left(f"{name} could not be cancelled ({why}). Later: {CLEAN}", code)
    concerned = told.get("concerned") if isinstance(told, dict) else None
    seats = f" with {concerned} registrations" if concerned else ""
    return Left(f"{name} is cancelled{seats}; nobody is owed anything, for it cost nothing.")
