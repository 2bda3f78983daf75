"""At least 2,000 random histories against the hostile simulator (domain.md §10: 1, 2 and 6).

A hundred run abreast; after every round all invariants are asked of all of them. One that fails is
run again alone, by its seed, and its story is printed.
"""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest

from shared.contracts import policy as contract
from tests.edges.billing.abreast import Abreast, BrokenError
from tests.edges.billing.conftest import World, world_of
from tests.edges.billing.histories import History
from tests.edges.billing.policies import POLICIES

WORLDS, ABREAST = 20, 100
Fresh = Callable[[], AbstractAsyncContextManager[World]]


@pytest.fixture
def fresh(database: Any, tmp_path: Path) -> Fresh:
    """A world of its own, with one clock for billing and the simulator."""

    def made() -> AbstractAsyncContextManager[World]:
        place = tmp_path / str(len(list(tmp_path.iterdir())))
        return world_of(database("billing"), place, one_clock=True, log_level="ERROR")

    return made


async def lives(fresh: Fresh, world_seed: int, numbers: list[int]) -> dict[str, list[str]]:
    """Run these histories of a world; gives the stories of those that broke something."""
    histories = [History(f"{world_seed}/{number}") for number in numbers]
    async with fresh() as world:
        abreast = Abreast(world, str(world_seed), histories)
        try:
            await abreast.run()
        except BrokenError as why:
            names = {one.history for one in why.broken} or {""}
            return {name: [*abreast.story(name), str(why)] for name in sorted(names)}
    return {}


@pytest.mark.parametrize("seed", range(WORLDS))
async def test_histories_keep_the_invariants(fresh: Fresh, seed: int) -> None:
    broken = await lives(fresh, seed, list(range(ABREAST)))
    for name in filter(None, list(broken)[:3]):
        alone = await lives(fresh, seed, [int(name.rpartition("-")[2])])
        told = alone.get(name) or [*broken[name], "Alone it breaks nothing: it needs the others."]
        print(f"\n{name}\n" + "\n".join(told))
    assert not broken, f"broken by {', '.join(broken) or 'all together'}; their stories are above"


@pytest.mark.parametrize("place", range(len(POLICIES)))
def test_the_policies_of_histories_are_such_as_publishing_accepts(place: int) -> None:
    _, policy = POLICIES[place]
    assert contract.examine(policy)[1] == []


async def test_a_history_is_the_same_again_for_the_same_seed(fresh: Fresh) -> None:
    told = []
    for _ in range(2):
        history = History("again/1")
        async with fresh() as world:
            await Abreast(world, "again", [history]).run()
        told.append(history.story)
    assert told[0] == told[1]


async def test_what_breaks_the_books_is_seen_and_names_its_history(fresh: Fresh) -> None:
    histories = [History(f"planted/{number}") for number in range(3)]
    async with fresh() as world:
        abreast = Abreast(world, "planted", histories)
        await abreast.run()
        paid = await world.value("SELECT min(registration_id) FROM payment_parts")
        await world.rows(
            "UPDATE payment_parts SET amount_minor = amount_minor + 1"
            " WHERE registration_id = $1 RETURNING 1",
            paid,
        )
        with pytest.raises(BrokenError) as why:
            await abreast.holds()
    assert {one.history for one in why.value.broken} == {paid.partition(".")[0]}
