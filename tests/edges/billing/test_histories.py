"""At least 2,000 random histories against the hostile simulator (domain.md §10: 1, 2 and 6).

A hundred run abreast; after every round all invariants are asked of all of them. One that fails is
run again alone, by its seed, and its story is printed. Four hundred here; all of them, with
progress, by `make histories`.
"""

import logging
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog

from services.billing.domain.rollforward import KINDS
from shared.contracts import policy as contract
from tests.edges.billing.abreast import Abreast, BrokenError
from tests.edges.billing.conftest import World, world_of
from tests.edges.billing.histories import History
from tests.edges.billing.policies import POLICIES
from tests.edges.billing.reached import FLOORS, WITHOUT, missed

WORLDS, ABREAST = 20, 100
SHORT = 4  # worlds of `make test`; all of them by `make histories`
_LONG = [pytest.mark.extras, pytest.mark.long]
_DRAWN = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\b[0-9A-Z]{4}(-[0-9A-Z]{4}){3}\b")
_counted: dict[int, Counter[str]] = {}
Fresh = Callable[[], AbstractAsyncContextManager[World]]


@pytest.fixture
def _quiet() -> Iterator[None]:
    """Nothing is logged but errors, so that what is printed can be read."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    yield
    structlog.configure(**before)


@pytest.fixture
def fresh(database: Any, tmp_path: Path, _quiet: None) -> Fresh:
    """A world of its own, with one clock for billing and the simulator."""

    def made() -> AbstractAsyncContextManager[World]:
        place = tmp_path / str(len(list(tmp_path.iterdir())))
        return world_of(database("billing"), place, one_clock=True, log_level="ERROR")

    return made


def begins(world_seed: int) -> timedelta:
    """How long after the first moment a world begins: they are spread over the five weeks until the
    course does, the first few of them already."""
    return timedelta(days=(9 + 11 * world_seed) % 36)


async def lives(fresh: Fresh, world_seed: int, numbers: list[int]) -> dict[str, list[str]]:
    """Run these histories of a world; gives the stories of those that broke something."""
    histories = [History(f"{world_seed}/{number}") for number in numbers]
    async with fresh() as world:
        abreast = Abreast(world, str(world_seed), histories, begins(world_seed))
        try:
            await abreast.run()
        except BrokenError as why:
            names = {one.history for one in why.broken} or {""}
            return {name: [*abreast.story(name), str(why)] for name in sorted(names)}
        if len(numbers) == ABREAST:
            _counted[world_seed] = await abreast.reached()
    return {}


@pytest.mark.parametrize(
    "seed",
    [pytest.param(seed, marks=[] if seed < SHORT else _LONG) for seed in range(WORLDS)],
)
@pytest.mark.timeout(600)
async def test_histories_keep_the_invariants(fresh: Fresh, seed: int) -> None:
    broken = await lives(fresh, seed, list(range(ABREAST)))
    for name in filter(None, list(broken)[:3]):
        alone = await lives(fresh, seed, [int(name.rpartition("-")[2])])
        told = alone.get(name) or [*broken[name], "Alone it breaks nothing: it needs the others."]
        print(f"\n{name}\n" + "\n".join(told))
    assert not broken, f"broken by {', '.join(broken) or 'all together'}; their stories are above"
    booked = sum(n for kind, n in _counted[seed].items() if kind in KINDS)
    print(f"world {seed + 1:2} of {WORLDS}: {ABREAST} histories, {booked} transactions booked")


def test_the_histories_go_through_what_they_are_said_to() -> None:
    """Which can only be said of worlds that were lived through, in this process, to their end."""
    assert len(_counted) >= SHORT, "run it together with the worlds, and mend those that broke"
    reached = sum(_counted.values(), Counter[str]())
    print(dict(sorted(reached.items())))
    assert missed(reached, whole=len(_counted) == WORLDS) == {}


def test_what_the_histories_do_not_go_through_is_told() -> None:
    enough = Counter(FLOORS)
    assert missed(enough, whole=True) == {}
    assert missed(enough - Counter({"captured": 1}), whole=True) == {"captured": 999}
    fifth = Counter({what: max(1, least // 5) for what, least in FLOORS.items()})
    assert missed(fifth, whole=False) == {}
    assert missed(fifth - Counter({"captured": 1}), whole=False) == {"captured": 199}


def test_every_kind_of_transaction_has_a_floor_or_is_said_to_have_none() -> None:
    assert KINDS - FLOORS.keys() == WITHOUT


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
        told.append(_numbered(history.story))
    assert told[0] == told[1]


def _numbered(story: list[str]) -> list[str]:
    """With numbers for the ids and codes that a request is given, which are drawn anew."""
    seen: dict[str, str] = {}
    return [
        _DRAWN.sub(lambda found: seen.setdefault(found[0], f"#{len(seen)}"), line) for line in story
    ]


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
