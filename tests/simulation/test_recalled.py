"""Registration, with nothing left of its database: what it had said, heard again by itself, is what it
knew of courses, people, registrations and seats, whatever had happened to them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from cli.restored import in_order
from shared.runtime.clock import walled
from shared.runtime.intake import Intake
from tests.simulation import operators
from tests.simulation.cluster import Cluster
from tests.simulation.rest import comes_to_rest
from tests.simulation.run import in_a_loop
from tests.simulation.service import Actor
from tests.simulation.story import Step, story_of
from tests.simulation.telling import ACTS, Teller
from tests.simulation.world import World

pytestmark = pytest.mark.timeout(600)
_KNOWN = {
    "registrations": "SELECT registration_id, course_id, person_id, state, seat, token_version,"
    " disclosure_version FROM registrations ORDER BY 1",
    "seats": "SELECT course_id, capacity, sold, held, offered, waiting FROM seats ORDER BY 1",
    "people": "SELECT person_id, version, name, email FROM people ORDER BY 1",
    "courses": "SELECT course_id, version, status FROM courses ORDER BY 1",
    "submissions": "SELECT partner_id, item_id, registration_id, outcome FROM submissions"
    " ORDER BY 1, 2",
}
_ALL = (
    "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
)


async def known(actor: Actor) -> dict[str, list[Any]]:
    return {name: [tuple(row) for row in await actor.rows(sql)] for name, sql in _KNOWN.items()}


async def forgets_all(world: World) -> None:
    con = world.cluster._emptying["registration"][0]
    for table in world.cluster._tables["registration"]:
        await con.execute(f"DELETE FROM {table}")


async def recalls(world: World, actor: Actor) -> Sequence[Any]:
    """As `bin/holdfast restored` does; gives what came of each."""
    hears = actor.service.recalls
    intake = Intake(actor.intake.db, world.clock, hears)
    delivery = intake.deliver(in_order(hears, list(world.log.records(sorted(hears.topics)))))
    while delivery.left:
        await intake.step(delivery)
    return delivery.outcomes


async def lives_and_forgets(teller: Teller, seed: int) -> None:
    world = World(seed, teller.around)
    with walled(world.clock.now):
        await world.begin()
        try:
            story = story_of(seed)
            world.step(Step("open", 0))
            await operators.open_shop(world)
            for step in story.steps:
                world.step(step)
                await ACTS[step.kind](world, step)
            world.step(Step("rest", 1))
            await comes_to_rest(world)
            actor = world.actors["registration"]
            before = await known(actor)
            assert before["registrations"]
            await forgets_all(world)
            outcomes = await recalls(world, actor)
            assert "dead" not in outcomes, "and what was said twice counts once"
            assert await known(actor) == before, f"seed {seed}"
            assert set(await recalls(world, actor)) == {None}, "again changes nothing"
        finally:
            world.end()


@pytest.mark.parametrize("seed", [9, 21])
def test_what_it_had_said_is_what_it_knew(cluster: Cluster, seed: int) -> None:
    async def tell(teller: Teller) -> None:
        await lives_and_forgets(teller, seed)

    in_a_loop(cluster, tell)
