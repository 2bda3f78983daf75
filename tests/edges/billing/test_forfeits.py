"""What is kept of a cancellation because nothing goes back: apart from what was earned."""

from typing import Any

import pytest

from tests.edges.billing.conftest import World, cancelled, usd
from tests.edges.billing.test_provider_cancels import better, was_held

AFTER = "2020-10-25T12:00:00Z"


@pytest.fixture
async def forfeited(ada: World) -> World:
    """Ada's first session of four was held; she is cancelled after the start."""
    await ada.at(AFTER)
    await ada.hears(was_held("s1"))
    await ada.rests()
    await ada.hears(cancelled("ada", AFTER, by="operator"))
    return ada


async def test_what_was_earned_before_stays_earned_and_only_the_rest_is_forfeited(
    forfeited: World,
) -> None:
    assert await forfeited.balances("ada") == {
        "cash:gateway": 19900,
        "revenue": -4975,
        "forfeited": -14925,
    }


async def test_what_was_forfeited_goes_back_where_the_provider_cancelled_as_well(
    forfeited: World,
) -> None:
    await forfeited.hears(better("ada", AFTER))
    await forfeited.rests()
    assert forfeited.totals() == (19900, 19900)
    assert await forfeited.balances("ada") == {}


async def test_staff_give_back_what_was_forfeited_before_what_was_earned(
    forfeited: World,
) -> None:
    answer: Any = await forfeited.goodwill("ada", amount=usd(15000))
    assert answer.status_code == 202
    await forfeited.rests()
    assert await forfeited.balances("ada") == {"cash:gateway": 4900, "revenue": -4900}
    assert (await forfeited.goodwill("ada", amount=usd(4901))).status_code == 409
