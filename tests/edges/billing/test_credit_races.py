"""One credit and many orders: over several processes, and through a chain of bookings.

Whether the sums are exact is also asked of the invariants, by the fixture, after every test.
"""

import asyncio
import random
from contextlib import AsyncExitStack
from datetime import datetime, timedelta

import httpx
import pytest

from services.billing.app import build
from shared.dates import rfc3339
from tests.edges.billing.conftest import World
from tests.edges.billing.credits import (
    LAST_DAY,
    ORDERED,
    OVER,
    credit,
    credit_of,
    entries,
    gives_up,
    hold_ends,
    order,
    seated,
    share,
)
from tests.stage import Stage

ORDERS = 30


async def processes(world: World, hold: AsyncExitStack, count: int = 2) -> list[Stage]:
    """As many more processes of billing, on the same database."""
    made: list[Stage] = [world]
    for _ in range(count):
        http = httpx.AsyncClient(transport=world.line)
        service = build(world.service.settings, http=http, clock=world.clock)
        await hold.enter_async_context(service.app.router.lifespan_context(service.app))
        made.append(Stage(service))
    return made


async def test_thirty_orders_in_three_processes_spend_a_credit_once(world: World) -> None:
    given = await credit_of(world, "giver")
    names = [f"o{place:02}" for place in range(ORDERS)]
    async with AsyncExitStack() as hold:
        stages = await processes(world, hold)

        async def some(place: int) -> None:
            for name in names[place :: len(stages)]:
                assert await stages[place].hears(order(name, given, price=3000)) == ["done"]

        await asyncio.gather(*[some(place) for place in range(len(stages))])
    # 199.00 pay six seats of 30.00 and 19.00 of a seventh; the others are told that it is empty.
    assert await credit(world, given) == ("active", 0)
    shares = [await share(world, name) for name in names]
    assert sorted(state for state, _ in shares) == ["open"] * 24 + ["paid"] * 6
    assert sorted(amount for _, amount in await entries(world, given)) == [-3000] * 6 + [-1900]
    refused = [f["credits_refused"] for f in await world.said("invoice.issued")]
    assert sum(each == [{"credit_id": given, "reason": "empty"}] for each in refused) == 23


async def test_two_batches_that_name_the_same_credits_in_other_orders_do_not_lock_each_other(
    world: World,
) -> None:
    first, second = await credit_of(world, "giver", 6000), await credit_of(world, "other", 6000)
    here = [order(f"a{n}", first, second, price=1000) for n in range(10)]
    there = [order(f"b{n}", second, first, price=1000) for n in range(10)]
    async with AsyncExitStack() as hold:
        one, two = await processes(world, hold, 1)
        done = await asyncio.gather(one.hears(*here), two.hears(*there))
    assert done == [["done"] * 10] * 2
    left = [await credit(world, each) for each in (first, second)]
    assert left == [("active", 0), ("active", 0)]


async def test_an_end_and_an_order_at_the_same_time_spend_it_or_end_it(world: World) -> None:
    given = await credit_of(world, "giver")
    world.clock.time = datetime.fromisoformat(OVER)
    async with AsyncExitStack() as hold:
        _, other = await processes(world, hold, 1)
        await asyncio.gather(
            other.swept(), world.hears(order("bo", given, price=12000, at=ORDERED))
        )
        await world.rests()
    assert await credit(world, given) == ("expired", 0)
    assert await share(world, "bo") == ("paid", 12000)
    assert sum(amount for _, amount in await entries(world, given)) == -19900


@pytest.mark.parametrize("seed", range(4))
async def test_no_chain_of_twenty_bookings_and_cancellations_lengthens_an_end(
    world: World, seed: int
) -> None:
    """Early or late, confirmed or only held, by the learner: what comes back has the old end, and
    no more is left than there was."""
    chance = random.Random(seed)
    given = await credit_of(world, "giver")
    now, left = datetime.fromisoformat(ORDERED), 19900
    for turn in range(20):
        now += timedelta(days=chance.randint(1, 20))
        asked, name = rfc3339(now), f"turn{turn:02}"
        early = now + timedelta(days=60) if chance.random() < 0.3 else now + timedelta(days=5)
        price = chance.randint(1, left) if left else 5000
        booked = order(name, given, price=price, at=asked, starts_at=rfc3339(early))
        await world.at(asked)
        await world.hears(booked)
        if chance.random() < 0.3 and price == left:
            await world.hears(hold_ends(name, asked))
        elif left:
            await world.hears(seated(name))
        await world.hears(gives_up(name, rfc3339(now + timedelta(hours=1))))
        [row] = await world.rows("SELECT * FROM credits WHERE credit_id = $1", given)
        assert str(row["expires_on"]) == LAST_DAY
        assert row["balance_minor"] <= left
        left = row["balance_minor"]
    assert await world.count("credits") == 1
    ends = {fact["expires_on"] for fact in await world.said("credit.restored")}
    assert ends == {LAST_DAY}
    await world.at("2022-02-01T00:00:00Z")
    await world.rests()
    assert await credit(world, given) == ("expired", 0)
