"""One invoice for two registrations: paid once, and each goes its own way afterwards.

Ada is charged 199.00 and Ben, a member, 149.00. Whether the sums are exact is also asked of the
invariants, by the fixture, after every test.
"""

from typing import Any

import asyncpg
import pytest

from services.billing.commands.group_orders import invoice_of
from shared.contracts.attendance import SessionCompleted
from shared.contracts.registration import RegistrationExpired
from stack.paysim import rules
from tests.edges.billing.conftest import (
    BOTH,
    COURSE,
    DECLINED,
    GOOD,
    World,
    cancelled,
    confirmed,
    of,
    order,
    usd,
)

EARLY, LATE = "2020-09-20T12:00:00Z", "2020-10-10T12:00:00Z"
INVOICE = invoice_of("the-group")


async def pay_page(world: World, amount: int, key: str, card: str = GOOD) -> None:
    """A payment for the invoice that was not asked for by a page of ours."""
    wanted = {"key": key, "amount": amount, "currency": "USD", "reference": INVOICE}
    page = rules.open_checkout(world.store, wanted | {"return_url": "http://x.test"}, "")
    rules.pay(world.store, page["id"], card)
    await world.rests()


async def by_name(world: World, type_: str, what: str) -> dict[str, Any]:
    return {fact["registration_id"]: fact[what] for fact in await world.said(type_)}


async def test_it_is_one_invoice_and_each_is_told_their_share(world: World) -> None:
    await order(world)
    issued = await world.said("invoice.issued.v1")
    assert [(i["registration_id"], i["invoice_id"], i["number"]) for i in issued] == [
        ("ada", INVOICE, "2020-000001"),
        ("ben", INVOICE, "2020-000001"),
    ]
    for fact, amount in zip(issued, [19900, 14900], strict=True):
        assert fact["total"] == fact["due"] == fact["lines"][0]["amount"] == usd(amount)
    invoice = (await world.view("ben"))["invoice"]
    assert (invoice["total"], invoice["status"]) == (usd(14900), "open")
    assert await world.balances("ada") == {"receivable": 19900, "deferred_revenue": -19900}
    assert await world.balances("ben") == {"receivable": 14900, "deferred_revenue": -14900}


async def test_one_page_asks_for_all_of_it_and_leads_to_nobodys_link(world: World) -> None:
    await order(world)
    first, second = await world.checkout("ada"), await world.checkout("ben")
    assert first.json() == second.json()
    assert await world.value("SELECT array_agg(invoice_id) FROM checkouts") == [INVOICE]
    [page] = world.store.all("checkout")
    assert (page["amount"], page["reference"]) == (34800, INVOICE)
    assert page["return_url"] == "http://holdfast.test/"


async def test_paid_once_it_is_paid_for_both(world: World) -> None:
    await order(world)
    await world.pays("ben")
    assert world.totals() == (34800, 0)
    assert await by_name(world, "invoice.paid.v1", "invoice_id") == {"ada": INVOICE, "ben": INVOICE}
    assert await by_name(world, "invoice.paid.v1", "total") == {
        "ada": usd(19900),
        "ben": usd(14900),
    }
    for paid in await world.said("invoice.paid.v1"):
        [line], [tender] = paid["lines"], paid["tenders"]
        assert line["amount"] == tender["amount"] == paid["total"]
    for name, amount in BOTH.items():
        view = await world.view(name)
        assert view["invoice"]["status"] == "paid"
        assert [(p["amount"], p["status"]) for p in view["payments"]] == [
            (usd(amount), "succeeded")
        ]
        assert await world.balances(name) == {"cash:gateway": amount, "deferred_revenue": -amount}
    assert (await world.checkout("ada")).json()["type"] == "/problems/nothing-to-pay"


async def test_one_cancels_early_and_the_other_late_each_on_what_they_were_charged(
    both: World,
) -> None:
    await both.hears(cancelled("ada", EARLY))
    await both.rests()
    assert both.totals() == (34800, 16900)
    assert await both.balances("ada") == {"cash:gateway": 3000, "fees": -3000}
    assert await both.balances("ben") == {"cash:gateway": 14900, "deferred_revenue": -14900}
    await both.hears(cancelled("ben", LATE))
    await both.rests()
    assert both.totals() == (34800, 16900)
    [refund] = await both.said("refund.settled.v1")
    assert (refund["registration_id"], refund["amount"]) == ("ada", usd(16900))
    [credit] = await both.said("credit.issued.v1")
    assert (credit["registration_id"], credit["amount"]) == ("ben", usd(14900))
    assert await both.balances("ben") == {"cash:gateway": 14900, "credits": -14900}
    assert await both.value("SELECT returned_minor FROM payments") == 16900
    assert (await both.view("ben"))["refunds"] == []


async def test_two_who_cancel_at_once_get_two_refunds_of_the_one_payment(both: World) -> None:
    await both.hears(cancelled("ada", EARLY), cancelled("ben", EARLY))
    await both.rests()
    payment = (await both.view("ada"))["payments"][0]["payment_id"]
    for name, number, amount in (("ada", 1, 16900), ("ben", 2, 11900)):
        [refund] = (await both.view(name))["refunds"]
        assert refund["refund_id"] == f"refund:{payment}:{number}"
        assert (refund["amount"], refund["status"]) == (usd(amount), "succeeded")
        assert await both.balances(name) == {"cash:gateway": 3000, "fees": -3000}
    assert both.totals() == (34800, 28800)


async def test_the_quote_of_each_is_on_their_own_share(both: World) -> None:
    for name, refund in {"ada": 16900, "ben": 11900}.items():
        quote = (await both.quote(name, EARLY)).json()
        assert quote["refunds"] == [{"tender": "card", "amount": usd(refund)}]


async def test_when_one_hold_ends_the_page_asks_for_the_others_share(world: World) -> None:
    await order(world)
    await world.hears(of(RegistrationExpired, "ada"))
    [voided] = await world.said("invoice.voided.v1")
    assert (voided["registration_id"], voided["total"]) == ("ada", usd(19900))
    assert await world.balances("ada") == {}
    assert (await world.checkout("ada")).status_code == 409
    await world.pays("ben")
    assert world.totals() == (14900, 0)
    assert await by_name(world, "invoice.paid.v1", "total") == {"ben": usd(14900)}
    assert (await world.view("ada"))["invoice"]["status"] == "void"
    assert (await world.view("ada"))["payments"] == []


async def test_an_old_page_paid_after_one_hold_ended_pays_for_both_all_the_same(
    world: World,
) -> None:
    await order(world)
    page = (await world.checkout("ben")).json()["checkout_url"]
    await world.hears(of(RegistrationExpired, "ada"))
    await world.shop.post(page, data={"card": GOOD})
    await world.rests()
    assert world.totals() == (34800, 0)
    assert await by_name(world, "invoice.paid.v1", "total") == {
        "ada": usd(19900),
        "ben": usd(14900),
    }
    assert await world.balances("ada") == {"cash:gateway": 19900, "deferred_revenue": -19900}


async def test_an_old_page_paid_after_one_cancelled_gives_that_share_back(world: World) -> None:
    await order(world)
    page = (await world.checkout("ben")).json()["checkout_url"]
    await world.hears(cancelled("ada", "2020-09-14T15:06:00Z", was="requested"))
    await world.at("2020-09-14T15:10:00Z")
    await world.shop.post(page, data={"card": GOOD})
    await world.rests()
    assert world.totals() == (34800, 19900)
    assert await by_name(world, "invoice.paid.v1", "total") == {"ben": usd(14900)}
    [refund] = await world.said("refund.requested.v1")
    assert (refund["registration_id"], refund["cause"]) == ("ada", "surplus")
    assert await world.balances("ada") == {}
    assert await world.balances("ben") == {"cash:gateway": 14900, "deferred_revenue": -14900}


async def test_paid_twice_the_second_payment_goes_back_whole(both: World) -> None:
    await pay_page(both, 34800, "again")
    assert both.totals() == (69600, 34800)
    assert len(await both.said("invoice.paid.v1")) == 2
    [refund] = await both.said("refund.requested.v1")
    assert (refund["cause"], refund["amount"]) == ("surplus", usd(34800))
    for name, amount in BOTH.items():
        assert await both.balances(name) == {"cash:gateway": amount, "deferred_revenue": -amount}
    # What is left is still judged as one payment.
    await both.hears(cancelled("ada", EARLY))
    await both.rests()
    assert both.totals() == (69600, 34800 + 16900)


async def test_too_little_is_shared_out_to_the_cent_and_the_rest_completes_it(
    world: World,
) -> None:
    await order(world)
    await pay_page(world, 10001, "part")
    # 10001 × 199 ÷ 348 = 5718.96…, 10001 × 149 ÷ 348 = 4282.03…
    for name, part in {"ada": 5719, "ben": 4282}.items():
        [payment] = (await world.view(name))["payments"]
        assert payment["amount"] == usd(part)
    assert await world.said("invoice.paid.v1") == []
    await world.at("2020-09-14T15:10:00Z")
    await world.pays("ada")
    assert world.totals() == (34800, 0)
    tenders = await by_name(world, "invoice.paid.v1", "tenders")
    for name, parts in {"ada": [5719, 14181], "ben": [4282, 10618]}.items():
        assert [tender["amount"] for tender in tenders[name]] == [usd(part) for part in parts]
    await world.hears(cancelled("ben", EARLY))  # the fee is taken from the first part
    await world.rests()
    assert sorted(r["amount"]["amount"] for r in (await world.view("ben"))["refunds"]) == [
        1282,
        10618,
    ]


async def test_on_an_employers_invoice_each_share_is_judged_by_itself(world: World) -> None:
    await order(world, payment_method="invoice", organisation="Clinic", hold_expires_at=None)
    await world.hears(confirmed("ada", basis="invoice"), confirmed("ben", basis="invoice"))
    await world.hears(cancelled("ada", EARLY), cancelled("ben", LATE))
    assert await by_name(world, "cancellation.settled.v1", "still_due") == {
        "ada": usd(3000),  # a credit note for the rest: the fee stays due
        "ben": usd(14900),
    }
    assert (await world.view("ada"))["invoice"]["due"] == usd(3000)
    assert await world.said("credit.issued.v1") == []
    await world.at("2020-10-12T12:00:00Z")
    await world.pays("ada")
    assert world.totals() == (17900, 0)
    assert len(await world.said("invoice.paid.v1")) == 2
    [credit] = await world.said("credit.issued.v1")
    assert (credit["registration_id"], credit["amount"]) == ("ben", usd(14900))
    assert credit["holder"] == {"kind": "organisation", "id": "Clinic"}
    assert await world.balances("ada") == {"cash:gateway": 3000, "fees": -3000}
    assert await world.balances("ben") == {"cash:gateway": 14900, "credits": -14900}


async def test_goodwill_is_at_most_their_own_part_though_the_payment_brought_more(
    both: World,
) -> None:
    refused = await both.goodwill("ben", amount=14901)
    assert (refused.status_code, refused.json()["left"]) == (409, usd(14900))
    assert (await both.goodwill("ben", amount=14900)).status_code == 202
    assert (await both.goodwill("ben", amount=1)).status_code == 409
    await both.rests()
    assert both.totals() == (34800, 14900)
    assert await both.balances("ada") == {"cash:gateway": 19900, "deferred_revenue": -19900}


async def test_a_refund_that_failed_is_owed_and_takes_nothing_from_the_other(both: World) -> None:
    await both.hears(cancelled("ada", EARLY))
    await both.rests()
    [refund] = (await both.view("ada"))["refunds"]
    made = both.store.by_key("refund", refund["refund_id"])
    assert made is not None
    rules.settle(both.store, made["id"], "failed")
    await both.rests()
    assert await both.value("SELECT returned_minor FROM payments") == 0
    assert (await both.goodwill("ada", amount=3001)).status_code == 409
    await both.hears(cancelled("ben", EARLY))
    await both.rests()
    assert await both.balances("ada") == {
        "cash:gateway": 19900,
        "fees": -3000,
        "refunds_payable": -16900,
    }
    assert await both.balances("ben") == {"cash:gateway": 3000, "fees": -3000}


async def test_the_database_lets_no_payment_give_back_more_than_it_brought(both: World) -> None:
    with pytest.raises(asyncpg.CheckViolationError):
        await both.value("UPDATE payments SET returned_minor = 34801")


async def test_a_declined_card_is_said_to_both_with_their_shares(world: World) -> None:
    await order(world)
    await world.pays("ada", DECLINED)
    assert await by_name(world, "payment.failed.v1", "amount") == {
        "ada": usd(19900),
        "ben": usd(14900),
    }
    assert await world.balances("ben") == {"receivable": 14900, "deferred_revenue": -14900}


async def test_a_session_that_is_held_earns_its_quarter_of_each_share(both: World) -> None:
    about = {"course_id": COURSE, "session_id": "s1", "completed_at": "2020-10-19T22:15:00Z"}
    await both.hears(SessionCompleted.model_validate(SessionCompleted.example | about))
    await both.rests()
    assert (await both.balances("ada"))["revenue"] == -4975
    assert (await both.balances("ben"))["revenue"] == -3725


async def test_a_payment_heard_of_before_its_invoice_is_taken_once_that_is_there(
    world: World,
) -> None:
    await pay_page(world, 34800, "early")
    [task] = await world.said("task.opened.v1")
    assert task["kind"] == "payment-unknown"
    assert world.totals() == (34800, 0)
    await order(world)
    await world.at("2020-09-14T15:20:00Z")
    assert len(await world.said("invoice.paid.v1")) == 2
    assert len(await world.said("task.closed.v1")) == 1


async def test_a_payment_whose_invoice_never_comes_is_not_asked_about_for_ever(
    world: World,
) -> None:
    await pay_page(world, 34800, "stray")
    await world.at("2020-09-14T18:00:00Z")
    assert await world.value("SELECT count(*) FROM due WHERE kind = 'look_up'") == 0
    assert len(await world.said("task.opened.v1")) == 1
