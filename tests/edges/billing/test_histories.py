"""At least 2,000 random histories against the hostile simulator (domain.md §10: 1, 2 and 6).

A hundred run abreast; after every round all invariants are asked of all of them. One that fails is
run again alone, by its seed, and its story is printed.
"""

from collections import Counter
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
# What the histories are said to go through: so often at least, over all of them.
FLOORS = {
    "captured": 1_000,
    "revenue-earned": 400,
    "cancelled": 300,
    "share_due": 100,
    "transferred": 50,
    "unseated": 5,
    "reopened": 5,
    "goodwill": 50,
    "refund-returned": 20,
    "dashboard-refund": 5,
    "dispute-opened": 50,
    "dispute-won": 10,
    "dispute-lost": 20,
    "tax": 1_000,
    "taxed": 1_000,
    "credit-goodwill": 500,
    "credit-redeemed": 300,
    "credit-restored": 20,
    "credit-released": 10,
    "credit-expired": 300,
    "credit refused: empty": 50,
    "credit refused: unknown": 20,
    "credit refused: not-transferable": 20,
    "paid by transfer": 300,
    "newer policy, nothing": 5,
    "newer policy, snapshot": 5,
    "newer policy, newer": 5,
    "month closed": 400,
}
_counted: dict[int, Counter[str]] = {}
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
        if len(numbers) == ABREAST:
            _counted[world_seed] = await abreast.reached()
    return {}


@pytest.mark.parametrize("seed", range(WORLDS))
async def test_histories_keep_the_invariants(fresh: Fresh, seed: int) -> None:
    broken = await lives(fresh, seed, list(range(ABREAST)))
    for name in filter(None, list(broken)[:3]):
        alone = await lives(fresh, seed, [int(name.rpartition("-")[2])])
        told = alone.get(name) or [*broken[name], "Alone it breaks nothing: it needs the others."]
        print(f"\n{name}\n" + "\n".join(told))
    assert not broken, f"broken by {', '.join(broken) or 'all together'}; their stories are above"


def test_the_histories_go_through_what_they_are_said_to() -> None:
    """Which is nothing without them: where some were not run, or broke, there is nothing to say."""
    if len(_counted) < WORLDS:
        pytest.skip("not all worlds were lived through")
    reached = sum(_counted.values(), Counter[str]())
    assert {what: reached[what] for what, least in FLOORS.items() if reached[what] < least} == {}


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
