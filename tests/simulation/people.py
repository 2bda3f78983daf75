"""What operators do about people: correct, merge and part, erase."""

from __future__ import annotations

from tests.simulation.learners import somebody
from tests.simulation.story import Step
from tests.simulation.world import Learner, World

_MERGED = "SELECT person_id FROM people WHERE merged_into IS NOT NULL ORDER BY 1"
_OVER = """
SELECT registration_id FROM registrations
WHERE state IN ('expired', 'lapsed', 'cancelled', 'transferred') ORDER BY 1
"""


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
    """Two ids are one person, mostly where one of the two has ended, for nobody lives twice in a
    course; now and then those who were merged are two after all."""
    merged = await world.actors["registration"].rows(_MERGED)
    if merged and world.chance.random() < 0.5:
        await _said(world, str(world.chance.choice(merged)[0]), "unmerge", {})
        return
    if len(world.learners) < 2:
        return
    over = {str(row[0]) for row in await world.actors["registration"].rows(_OVER)}
    one = somebody(world, [each for each in world.learners if each.registration_id in over])
    assert one is not None
    other = world.chance.choice([each for each in world.learners if each is not one])
    person, into = [await _person(world, learner) for learner in (one, other)]
    await _said(world, person, "merge", {"into": into})


async def _said(world: World, person: str, verb: str, more: dict[str, str]) -> None:
    path = f"/registration/v1/people/{person}/{verb}"
    body = {"reason": "They told us.", **more}
    await world.ask("registration", "POST", path, body, kind=f"{verb} people")


async def _person(world: World, learner: Learner) -> str:
    sql = "SELECT person_id FROM registrations WHERE registration_id = $1"
    [row] = await world.actors["registration"].rows(sql, learner.registration_id)
    return str(row[0])
