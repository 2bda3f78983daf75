"""What operators do about people: correct, merge and part, erase."""

from __future__ import annotations

from tests.simulation.learners import somebody
from tests.simulation.story import Step
from tests.simulation.world import Learner, World


async def correct_person(world: World, step: Step) -> None:
    """A name or an address was wrong."""
    if learner := somebody(world):
        changed = world.chance.choice(
            [
                {"name": f"{learner.name} Married"},
                {"email": f"new-{learner.name.lower()}@learners.example"},
                {"licenses": [{"state": "NY", "number": "9"}], "profession": "counselor"},
                {"locale": "de-DE"},
            ]
        )
        path = f"/registration/v1/registrations/{learner.registration_id}/attendee"
        await world.ask("registration", "PUT", path, changed, kind="correct a person")


async def erase(world: World, step: Step) -> None:
    """Somebody wants to be forgotten."""
    if learner := somebody(world):
        path = f"/registration/v1/people/{await _person(world, learner)}/erase"
        body = {"reason": "asked-by-mail"}
        await world.ask("registration", "POST", path, body, kind="erase a person")


async def merge(world: World, step: Step) -> None:
    """Two ids are one person; now and then they are two after all."""
    if len(world.learners) > 1:
        one, other = world.chance.sample(world.learners, 2)
        person, into = [await _person(world, learner) for learner in (one, other)]
        verb = world.chance.choices(["merge", "unmerge"], [3, 1])[0]
        body = {"reason": "They told us."} | ({"into": into} if verb == "merge" else {})
        path = f"/registration/v1/people/{person}/{verb}"
        await world.ask("registration", "POST", path, body, kind=f"{verb} people")


async def _person(world: World, learner: Learner) -> str:
    sql = "SELECT person_id FROM registrations WHERE registration_id = $1"
    [row] = await world.actors["registration"].rows(sql, learner.registration_id)
    return str(row[0])
