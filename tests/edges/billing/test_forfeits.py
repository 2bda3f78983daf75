"""What is kept because nothing goes back, apart from what was earned; and what corrects what."""

from typing import Any

import pytest

from stack.paysim import rules
from tests.edges.billing.conftest import World, cancelled, course, usd
from tests.edges.billing.test_provider_cancels import better, pays_with_credit, was_held

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


async def corrections(world: World) -> list[tuple[str, str]]:
    """(kind, kind of what it corrects) of every entry that says that it corrects another."""
    found = await world.rows(
        "SELECT t.kind, c.kind AS corrected FROM ledger_transactions t"
        " JOIN ledger_transactions c ON c.transaction_id = t.corrects ORDER BY t.kind"
    )
    return [(row["kind"], row["corrected"]) for row in found]


async def test_what_holds_again_what_was_kept_names_the_decision_that_it_corrects(
    forfeited: World,
) -> None:
    await forfeited.hears(better("ada", AFTER))
    assert await corrections(forfeited) == [("reopened", "cancelled")]


async def test_a_refund_that_comes_back_names_the_entry_of_its_success(ada: World) -> None:
    await ada.goodwill("ada", amount=500)
    await ada.rests()
    [refund] = (await ada.view("ada"))["refunds"]
    made = ada.store.by_key("refund", refund["refund_id"])
    assert made is not None
    rules.settle(ada.store, made["id"], "failed")
    await ada.rests()
    assert await corrections(ada) == [("refund-returned", "refund-settled")]


async def test_what_goes_back_to_a_spent_credit_is_booked_apart_from_what_is_issued(
    world: World,
) -> None:
    await world.hears(course())
    await pays_with_credit(world, "ada")
    await world.hears(cancelled("ada", "2020-10-06T12:00:00Z"))
    found = [
        (line["kind"], line["account"], line["amount"])
        for line in (await world.view("ada"))["ledger"]
        if line["kind"] in ("credit-restored", "cancelled")
    ]
    assert sorted(found) == [
        ("cancelled", "credits", -12000),
        ("cancelled", "deferred_revenue", 12000),
        ("credit-restored", "credits", -7900),
        ("credit-restored", "deferred_revenue", 7900),
    ]
