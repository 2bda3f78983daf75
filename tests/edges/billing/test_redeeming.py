"""Credits are spent at registration: alone, with a card, by the time of the order (domain.md §3).

Whether the sums are exact is also asked of the invariants, by the fixture, after every test.
"""

from itertools import permutations
from typing import Any

import pytest

from tests.edges.billing.conftest import World, requested, usd
from tests.edges.billing.credits import (
    LAST_DAY,
    LAST_MOMENT,
    ORDERED,
    OVER,
    credit,
    credit_of,
    entries,
    gives_up,
    hold_ends,
    of_type,
    order,
    seated,
    share,
)
from tests.stage import killed_at


async def test_a_credit_that_covers_the_price_pays_it_without_a_checkout(world: World) -> None:
    given = await credit_of(world, "giver")
    await world.hears(order("bo", given))
    [issued] = await of_type(world, "invoice.issued", "bo")
    assert (issued["total"], issued["due"]) == (usd(19900), usd(0))
    assert issued["credits_applied"] == [{"credit_id": given, "amount": usd(19900)}]
    assert issued["credits_refused"] == []
    [paid] = await of_type(world, "invoice.paid", "bo")
    assert paid["tenders"] == [
        {
            "tender": "credit",
            "amount": usd(19900),
            "payment_id": None,
            "credit_id": given,
            "credit_expires_on": LAST_DAY,
        }
    ]
    assert paid["paid_at"] == ORDERED
    [redeemed] = await world.said("credit.redeemed")
    assert (redeemed["registration_id"], redeemed["balance"]) == ("bo", usd(0))
    assert await share(world, "bo") == ("paid", 19900)
    assert await credit(world, given) == ("active", 0)
    assert await world.balances("bo") == {"credits": 19900, "deferred_revenue": -19900}
    answer = await world.checkout("bo")
    assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (409, "nothing-to-pay")


async def test_partly_used_the_rest_stays(world: World) -> None:
    given = await credit_of(world, "giver")
    await world.hears(order("bo", given, price=12000))
    assert await credit(world, given) == ("active", 7900)
    await world.hears(order("cy", given, price=5000))
    assert await credit(world, given) == ("active", 2900)
    assert await entries(world, given) == [("redeemed", -12000), ("redeemed", -5000)]


async def test_with_a_card_the_page_asks_for_the_rest_and_each_goes_back_its_way(
    world: World,
) -> None:
    given = await credit_of(world, "giver", 7900)
    await world.hears(order("bo", given))
    [issued] = await of_type(world, "invoice.issued", "bo")
    assert issued["due"] == usd(12000)
    assert await of_type(world, "invoice.paid", "bo") == []
    await world.pays("bo")
    [paid] = await of_type(world, "invoice.paid", "bo")
    assert {(t["tender"], t["amount"]["amount"]) for t in paid["tenders"]} == {
        ("card", 12000),
        ("credit", 7900),
    }
    assert world.totals()[0] == 7900 + 12000
    await world.hears(seated("bo"), gives_up("bo", "2020-11-02T12:00:00Z"))
    await world.rests()
    [settled] = await of_type(world, "cancellation.settled", "bo")
    # §2's table: early, the fee from the credit part first.
    assert [part["amount"] for part in settled["refunds"]] == [usd(12000)]
    assert [part["amount"] for part in settled["restored"]] == [usd(4900)]
    assert await credit(world, given) == ("active", 4900)


async def test_several_are_spent_earliest_end_first_however_they_are_listed(world: World) -> None:
    first = await credit_of(world, "giver", 5000)
    second = await credit_of(world, "other", 5000)
    await world.rows(
        "UPDATE credits SET expires_on = '2021-11-30' WHERE credit_id = $1 RETURNING 1", second
    )
    await world.hears(order("bo", second, first, price=7000))
    assert await credit(world, first) == ("active", 0)
    assert await credit(world, second) == ("active", 3000)


async def test_one_that_is_not_needed_is_neither_spent_nor_refused(world: World) -> None:
    first, second = await credit_of(world, "giver"), await credit_of(world, "other")
    await world.hears(order("bo", first, second))
    assert {await credit(world, first), await credit(world, second)} == {
        ("active", 0),
        ("active", 19900),
    }
    assert (await world.view("bo"))["invoice"]["credits_refused"] == []


async def test_a_code_given_twice_is_spent_once(world: World) -> None:
    given = await credit_of(world, "giver", 7900)
    await world.hears(order("bo", given, given))
    assert await entries(world, given) == [("redeemed", -7900)]


async def test_an_order_heard_twice_spends_once(world: World) -> None:
    given = await credit_of(world, "giver")
    await world.hears(order("bo", given, price=5000), ids=["the order"])
    await world.hears(order("bo", given, price=5000), ids=["the order"])
    await world.hears(order("bo", given, price=5000))
    assert await credit(world, given) == ("active", 14900)


# --- refused --------------------------------------------------------------------------------------


async def made(world: World, what: str) -> tuple[str, dict[str, Any]]:
    """A credit that is no good in one way, and what about the order makes it so."""
    if what == "unknown":
        return "unknown:0123456789abcdef", {}
    given = await credit_of(world, "giver")
    if what == "empty":
        await world.hears(order("before", given))
    if what in ("frozen", "voided"):
        await world.rows(
            "UPDATE credits SET state = $2 WHERE credit_id = $1 RETURNING 1", given, what
        )
    changes: dict[str, dict[str, Any]] = {
        "expired": {"at": OVER},
        "same-course": {"course_id": requested("x").course_id},
        "other-currency": {"currency": "EUR"},
        "not-transferable": {"credits_of_others": [given]},
        "not-for-this-product": {"kind": "donation"},
    }
    return given, changes.get(what, {})


@pytest.mark.parametrize(
    "why",
    [
        "unknown",
        "expired",
        "empty",
        "frozen",
        "voided",
        "same-course",
        "other-currency",
        "not-transferable",
        "not-for-this-product",
    ],
)
async def test_a_bad_one_is_named_and_the_order_stands_at_its_price(world: World, why: str) -> None:
    given, changes = await made(world, why)
    before = await credit(world, given) if why != "unknown" else None
    assert await world.hears(order("bo", given, **changes)) == ["done"]
    [issued] = await of_type(world, "invoice.issued", "bo")
    assert issued["credits_refused"] == [{"credit_id": given, "reason": why}]
    assert issued["due"]["amount"] == 19900
    assert (await share(world, "bo")) == ("open", 19900)
    assert (await world.view("bo"))["invoice"]["credits_refused"] == [
        {"credit_id": given, "reason": why}
    ]
    if before is not None:
        assert await credit(world, given) == before


async def test_membership_is_no_learning_product_either(world: World) -> None:
    given = await credit_of(world, "giver")
    await world.hears(order("bo", given, kind="membership"))
    [issued] = await of_type(world, "invoice.issued", "bo")
    assert [each["reason"] for each in issued["credits_refused"]] == ["not-for-this-product"]


async def test_of_a_good_and_a_bad_one_the_good_one_pays(world: World) -> None:
    given = await credit_of(world, "giver", 7900)
    await world.hears(order("bo", "unknown:00", given))
    [issued] = await of_type(world, "invoice.issued", "bo")
    assert issued["due"] == usd(12000)
    assert [each["reason"] for each in issued["credits_refused"]] == ["unknown"]
    await world.pays("bo")
    [paid] = await of_type(world, "invoice.paid", "bo")
    assert paid["credits_refused"] == [{"credit_id": "unknown:00", "reason": "unknown"}]


# --- the time of the order ------------------------------------------------------------------------


async def test_ordered_in_its_last_second_and_heard_after_the_sweep_it_is_spent(
    world: World,
) -> None:
    given = await credit_of(world, "giver")
    await world.at(OVER)
    await world.rests()
    assert await credit(world, given) == ("expired", 0)
    assert await world.balances("giver") == {"cash:gateway": 19900, "breakage": -19900}
    await world.hears(order("bo", given, price=12000, at=LAST_MOMENT))
    assert await share(world, "bo") == ("paid", 12000)
    assert await credit(world, given) == ("expired", 0)
    assert await entries(world, given) == [
        ("expired", -19900),
        ("expired", 12000),
        ("redeemed", -12000),
    ]
    rows = await world.rows("SELECT * FROM credit_entries WHERE kind = 'expired'")
    [took] = [row for row in rows if row["amount_minor"] < 0]
    [back] = [row for row in rows if row["amount_minor"] > 0]
    assert back["corrects"] == took["entry_id"]
    assert await world.balances("giver") == {
        "cash:gateway": 19900,
        "breakage": -7900,
        "credits": -12000,
    }
    # What of it was taken before can be spent only once.
    await world.hears(order("cy", given, at=LAST_MOMENT))
    assert await share(world, "cy") == ("open", 19900)
    [issued] = await of_type(world, "invoice.issued", "cy")
    assert issued["due"] == usd(12000)


async def test_a_second_later_it_is_refused(world: World) -> None:
    given = await credit_of(world, "giver")
    await world.at(OVER)
    await world.hears(order("bo", given, at=OVER))
    [issued] = await of_type(world, "invoice.issued", "bo")
    assert issued["credits_refused"] == [{"credit_id": given, "reason": "expired"}]


# --- an order that comes to nothing ---------------------------------------------------------------

HOLD = "2020-11-01T12:30:00Z"


async def test_where_the_hold_ends_what_was_spent_goes_back_whole(world: World) -> None:
    given = await credit_of(world, "giver", 7900)
    await world.hears(order("bo", given))
    await world.hears(hold_ends("bo", HOLD))
    assert await share(world, "bo") == ("void", 19900)
    assert await credit(world, given) == ("active", 7900)
    [restored] = await world.said("credit.restored")
    assert (restored["amount"], restored["expires_on"]) == (usd(7900), LAST_DAY)
    rows = await world.rows("SELECT * FROM credit_entries WHERE registration_id = 'bo'")
    by_kind = {row["kind"]: row for row in rows}
    assert by_kind["restored"]["corrects"] == by_kind["redeemed"]["entry_id"]
    assert await world.balances("bo") == {}
    [voided] = await of_type(world, "invoice.voided", "bo")
    assert voided["reason"] == "hold-ended"


async def test_cancelled_before_the_rest_was_paid_there_is_no_fee(world: World) -> None:
    given = await credit_of(world, "giver", 7900)
    await world.hears(order("bo", given), gives_up("bo", "2020-11-01T12:10:00Z", was="requested"))
    [settled] = await of_type(world, "cancellation.settled", "bo")
    assert (settled["outcome"], settled["fee"]) == ("nothing", usd(0))
    assert await credit(world, given) == ("active", 7900)
    assert await share(world, "bo") == ("void", 19900)


@pytest.mark.parametrize("places", list(permutations(range(3))))
async def test_in_whatever_order_it_is_heard_the_credit_is_back_once(
    world: World, places: tuple[int, ...]
) -> None:
    given = await credit_of(world, "giver", 7900)
    story = [
        order("bo", given),
        hold_ends("bo", HOLD),
        gives_up("bo", "2020-11-01T12:10:00Z", was="requested"),
    ]
    for place in places:
        await world.hears(story[place])
    assert await credit(world, given) == ("active", 7900)
    assert await entries(world, given) == [("redeemed", -7900), ("restored", 7900)]
    assert (await share(world, "bo"))[0] == "void"


async def test_paid_after_that_with_the_credit_that_is_still_there_it_is_paid(
    world: World,
) -> None:
    """The page asked for 120.00 beside the credit: like a card alone, heard of after the hold."""
    given = await credit_of(world, "giver", 7900)
    await world.hears(order("bo", given))
    await world.pays("bo", deliver=False)
    await world.hears(hold_ends("bo", HOLD))
    assert await credit(world, given) == ("active", 7900)
    await world.rests()
    assert await share(world, "bo") == ("paid", 19900)
    [paid] = await of_type(world, "invoice.paid", "bo")
    assert {(t["tender"], t["amount"]["amount"]) for t in paid["tenders"]} == {
        ("card", 12000),
        ("credit", 7900),
    }
    assert world.totals() == (7900 + 12000, 0)
    assert await credit(world, given) == ("active", 0)
    assert await entries(world, given) == [
        ("redeemed", -7900),
        ("redeemed", -7900),
        ("restored", 7900),
    ]
    assert await world.balances("bo") == {
        "cash:gateway": 12000,
        "credits": 7900,
        "deferred_revenue": -19900,
    }


async def test_paid_after_that_where_the_credit_was_spent_elsewhere_it_goes_back(
    world: World,
) -> None:
    given = await credit_of(world, "giver", 7900)
    await world.hears(order("bo", given))
    await world.pays("bo", deliver=False)
    await world.hears(hold_ends("bo", HOLD), order("cy", given, price=100))
    await world.rests()
    assert (await share(world, "bo"))[0] == "void"
    assert world.totals() == (7900 + 12000, 12000)
    assert await credit(world, given) == ("active", 7800)


@pytest.mark.parametrize(("heard", "state"), [(LAST_MOMENT, "paid"), (OVER, "void")])
async def test_paid_too_late_the_credit_must_still_be_good_then(
    world: World, heard: str, state: str
) -> None:
    given = await credit_of(world, "giver", 7900)
    await world.hears(order("bo", given))
    await world.pays("bo", deliver=False)
    await world.hears(hold_ends("bo", HOLD))
    world.clock.time = world.clock.time.fromisoformat(heard)
    await world.rests()  # heard of then, and so it was paid then
    assert (await share(world, "bo"))[0] == state


@pytest.mark.parametrize("first", ["paid", "cancelled"])
async def test_paid_and_then_cancelled_the_fee_does_not_depend_on_what_is_heard_first(
    world: World, first: str
) -> None:
    given = await credit_of(world, "giver", 7900)
    await world.hears(order("bo", given))
    await world.pays("bo", deliver=first == "paid")
    await world.hears(gives_up("bo", "2020-11-01T12:10:00Z", was="requested"))
    await world.rests()
    settled = (await of_type(world, "cancellation.settled", "bo"))[-1]
    assert (settled["paid"], settled["fee"]) == (usd(19900), usd(3000))
    assert world.totals() == (7900 + 12000, 12000)
    assert await credit(world, given) == ("active", 4900)


async def test_paid_in_full_and_cancelled_the_policy_decides(world: World) -> None:
    given = await credit_of(world, "giver")
    await world.hears(order("bo", given), gives_up("bo", "2020-11-01T12:10:00Z", was="requested"))
    [settled] = await of_type(world, "cancellation.settled", "bo")
    assert settled["fee"] == usd(3000)
    assert await credit(world, given) == ("active", 16900)


PROVIDER_AT = "2021-10-01T12:00:00Z"  # 90 days from then is after the credit's own end


@pytest.mark.parametrize("amount", [7900, 19900])
async def test_where_the_provider_cancels_it_runs_on_paid_in_full_or_not(
    world: World, amount: int
) -> None:
    given = await credit_of(world, "giver", amount)
    await world.at(PROVIDER_AT)
    await world.hears(order("bo", given, at="2021-10-01T11:00:00Z"))
    await world.hears(gives_up("bo", PROVIDER_AT, by="provider", was="requested"))
    assert await credit(world, given) == ("active", amount)
    [restored] = await world.said("credit.restored")
    assert restored["expires_on"] == "2021-12-30"


@pytest.mark.parametrize("first", ["learner", "provider"])
async def test_whoever_cancelled_first_nothing_of_it_is_lost_to_its_end(
    world: World, first: str
) -> None:
    """Spent in its last moment; what the learner's own cancellation gave back ended at once."""
    at = "2021-10-10T12:00:00Z"
    given = await credit_of(world, "giver")
    await world.at(at)
    await world.hears(order("bo", given, at=LAST_MOMENT), seated("bo"))
    if first == "learner":
        await world.hears(gives_up("bo", at))
        assert await credit(world, given) == ("expired", 0)
    await world.hears(gives_up("bo", at, by="provider"))
    assert await credit(world, given) == ("active", 19900)
    [row] = await world.rows("SELECT expires_on FROM credits WHERE credit_id = $1", given)
    assert str(row["expires_on"]) == "2022-01-08"
    assert await world.balances("giver") == {"cash:gateway": 19900, "credits": -19900}
    assert await world.balances("bo") == {}


async def test_a_credit_that_is_over_by_then_goes_back_and_ends(world: World) -> None:
    given = await credit_of(world, "giver", 7900)
    await world.hears(order("bo", given, at=LAST_MOMENT))
    await world.at(OVER)
    await world.hears(hold_ends("bo", OVER))
    assert await credit(world, given) == ("expired", 0)
    assert await entries(world, given) == [
        ("expired", -7900),
        ("redeemed", -7900),
        ("restored", 7900),
    ]
    [expired] = await world.said("credit.expired")
    assert (expired["amount"], expired["registration_id"]) == (usd(7900), "giver")


async def test_a_crash_in_the_middle_spends_nothing_or_all_of_it(world: World) -> None:
    given = await credit_of(world, "giver")
    with killed_at("batch.flushed"):
        await world.hears(order("bo", given), ids=["the order"])
    assert await credit(world, given) == ("active", 19900)
    await world.hears(order("bo", given), ids=["the order"])
    assert await credit(world, given) == ("active", 0)
    assert await share(world, "bo") == ("paid", 19900)


# --- groups, transfers ----------------------------------------------------------------------------


async def test_in_a_group_each_spends_their_own_and_one_page_asks_for_the_rest(
    world: World,
) -> None:
    mine, ours = await credit_of(world, "giver", 7900), await credit_of(world, "other")
    group = {"group_id": "g1", "group_size": 3, "organisation": "A Clinic"}
    about = {"course_id": "course-of-all", **group}
    await world.hears(
        order("bo", mine, **about), order("cy", ours, **about), order("di", ours, **about)
    )
    assert [await share(world, name) for name in ("bo", "cy", "di")] == [
        ("open", 19900),
        ("paid", 19900),
        ("open", 19900),
    ]
    assert [f["registration_id"] for f in await world.said("invoice.paid")][-1] == "cy"
    [refused] = (await world.view("di"))["invoice"]["credits_refused"]
    assert refused == {"credit_id": ours, "reason": "empty"}
    await world.pays("bo")
    assert world.totals()[0] == 7900 + 19900 + 12000 + 19900
    assert {await share(world, name) for name in ("bo", "cy", "di")} == {("paid", 19900)}


async def test_in_a_group_whose_hold_ends_only_unpaid_ones_get_their_credit_back(
    world: World,
) -> None:
    mine, ours = await credit_of(world, "giver", 7900), await credit_of(world, "other")
    about = {"course_id": "course-of-all", "group_id": "g1", "group_size": 2}
    await world.hears(order("bo", mine, **about), order("cy", ours, **about))
    await world.hears(hold_ends("bo", HOLD))
    assert await credit(world, mine) == ("active", 7900)
    assert await credit(world, ours) == ("active", 0)
    assert (await share(world, "bo"))[0] == "void"
    assert (await share(world, "cy"))[0] == "paid"


async def test_on_an_employer_s_invoice_the_rest_stays_due_and_is_judged_with_the_credit(
    world: World,
) -> None:
    given = await credit_of(world, "giver", 7900)
    later = {"payment_method": "invoice", "hold_expires_at": None, "organisation": "A Clinic"}
    await world.hears(order("bo", given, **later), seated("bo", basis="invoice"))
    await world.hears(gives_up("bo", "2020-11-02T12:00:00Z"))
    [settled] = await of_type(world, "cancellation.settled", "bo")
    # Early: the fee of 30.00 from the credit first; 120.00 are not asked for any more.
    assert (settled["fee"], settled["still_due"]) == (usd(3000), None)
    assert await credit(world, given) == ("active", 4900)
    assert (await share(world, "bo"))[1] == 7900
