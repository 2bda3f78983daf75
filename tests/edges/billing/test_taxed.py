"""Courses with tax: within the price, apart in the books, on the invoice and on credit notes."""

import itertools
import random
from decimal import Decimal
from typing import Any

import pytest

from services.billing.domain.tax import Tax
from shared.contracts.attendance import SessionCompleted
from shared.contracts.registration import (
    RegistrationCompleted,
    RegistrationExpired,
    RegistrationShareDue,
    RegistrationTransferred,
)
from tests.edges.billing.conftest import (
    COURSE,
    World,
    cancelled,
    confirmed,
    course,
    of,
    requested,
    usd,
)
from tests.edges.billing.credits import credit_of, gives_up, hold_ends, order, seated
from tests.edges.billing.test_invoice_files import on_invoice, person, text

VAT = {"place": "DE", "percent": "19", "label": "VAT", "fee_percent": "0"}
EARLY, LATE = "2020-09-20T12:00:00Z", "2020-10-10T12:00:00Z"
PATH = "/billing/v1/registrations/ada"


def taxed(name: str = "ada", **changes: Any) -> Any:
    return requested(name, **({"tax": VAT} | changes))


@pytest.fixture
async def ada(world: World) -> World:
    """Ada paid 199.00, of which 31.77 are VAT."""
    await world.hears(course(), person("ada"), taxed())
    await world.pays("ada")
    await world.hears(confirmed("ada"))
    return world


async def test_the_tax_is_within_the_price_and_a_line_of_its_own(ada: World):
    [issued] = await ada.said("invoice.issued")
    assert [(line["kind"], line["amount"]["amount"]) for line in issued["lines"]] == [
        ("course", 16723),
        ("tax", 3177),
    ]
    assert issued["lines"][1]["description"] == "VAT 19% (DE)"
    assert (issued["total"], issued["due"]) == (usd(19900), usd(19900))
    [paid] = await ada.said("invoice.paid")
    assert [line["amount"]["amount"] for line in paid["lines"]] == [16723, 3177]
    assert await ada.balances("ada") == {
        "cash:gateway": 19900,
        "deferred_revenue": -16723,
        "tax": -3177,
    }
    said = await text(ada, f"{PATH}/invoice.pdf")
    for words in ("NET AMOUNT, USD", "Net 167.23", "VAT 19% (DE) 31.77", "Total USD 199.00"):
        assert words in said, words


async def test_without_tax_nothing_of_it_is_booked(world: World):
    await world.hears(course(), requested("ada"))
    assert await world.value("SELECT count(*) FROM ledger_transactions") == 1
    assert await world.value("SELECT count(*) FROM invoice_lines") == 1


async def test_a_rate_of_nothing_is_said_nowhere(world: World):
    await world.hears(course(), taxed(tax=VAT | {"percent": "0"}))
    assert await world.value("SELECT count(*) FROM ledger_transactions") == 1
    assert await world.value("SELECT count(*) FROM invoice_lines") == 1


@pytest.mark.parametrize(
    ("price", "percent", "tax"),
    [
        (usd(19900), "7", 1302),
        (usd(19900), "8.875", 1622),
        ({"amount": 19900, "currency": "JPY"}, "10", 1809),
        ({"amount": 100_001, "currency": "KWD"}, "5", 4762),
    ],
)
async def test_rates_and_currencies(world: World, price: Any, percent: str, tax: int):
    await world.hears(course(), taxed(price=price, tax=VAT | {"percent": percent}))
    assert (await world.balances("ada"))["tax"] == -tax


async def test_sessions_earn_what_is_not_tax(ada: World):
    for place, session in enumerate(["s1", "s2", "s3", "s4"], 1):
        about = {"course_id": COURSE, "session_id": session, "completed_at": "2020-10-19T22:15:00Z"}
        await ada.hears(SessionCompleted.model_validate(SessionCompleted.example | about))
        await ada.rests()
        assert (await ada.balances("ada"))["revenue"] == -(16723 * place // 4)
    assert await ada.balances("ada") == {"cash:gateway": 19900, "revenue": -16723, "tax": -3177}


async def test_early_the_tax_goes_back_and_the_fee_has_a_rate_of_its_own(ada: World):
    await ada.hears(cancelled("ada", EARLY))
    await ada.rests()
    assert await ada.balances("ada") == {"cash:gateway": 3000, "fees": -3000}
    [note] = (await ada.view("ada"))["credit_notes"]
    assert (note["amount"], note["tax"]) == (usd(16900), usd(3177))
    said = await text(ada, note["pdf"])
    for words in ("Net 137.23", "VAT 19% (DE) 31.77", "Total USD 169.00"):
        assert words in said, words


async def test_a_taxed_fee(world: World):
    await world.hears(course(), taxed(tax=VAT | {"fee_percent": "19"}))
    await world.pays("ada")
    await world.hears(confirmed("ada"), cancelled("ada", EARLY))
    await world.rests()
    assert await world.balances("ada") == {
        "cash:gateway": 3000,
        "fees": -2521,
        "tax:fees": -479,
    }
    [note] = (await world.view("ada"))["credit_notes"]
    assert note["tax"] == usd(2698)


async def test_late_the_tax_goes_with_the_credit(ada: World):
    await ada.hears(cancelled("ada", LATE))
    await ada.rests()
    assert await ada.balances("ada") == {"cash:gateway": 19900, "credits": -19900}


async def test_what_is_forfeited_is_taxed_as_it_was(ada: World):
    await ada.hears(cancelled("ada", "2020-10-20T12:00:00Z"))
    await ada.rests()
    assert await ada.balances("ada") == {
        "cash:gateway": 19900,
        "forfeited": -16723,
        "tax": -3177,
    }


async def test_a_share_takes_its_tax_along(ada: World):
    share = {"session_id": "s1", "minutes": 120, "total_minutes": 480, "requested_at": EARLY}
    await ada.hears(of(RegistrationShareDue, "ada", **share))
    await ada.rests()
    # 149.25 are kept, with 23.83 of VAT.
    assert await ada.balances("ada") == {
        "cash:gateway": 14925,
        "deferred_revenue": -12542,
        "tax": -2383,
    }
    [note] = (await ada.view("ada"))["credit_notes"]
    assert (note["amount"], note["tax"]) == (usd(4975), usd(794))


async def test_a_hold_that_ended_owes_no_tax(world: World):
    await world.hears(course(), taxed(), of(RegistrationExpired, "ada"))
    assert await world.balances("ada") == {}


async def test_paid_all_the_same_it_owes_it_again(world: World):
    await world.hears(course(), taxed())
    answer = await world.checkout("ada")
    await world.hears(of(RegistrationExpired, "ada"))
    await world.shop.post(answer.json()["checkout_url"], data={"card": "4242424242424242"})
    await world.rests()
    assert (await world.balances("ada"))["tax"] == -3177


async def test_who_is_moved_owes_the_tax_of_the_new_course_only(ada: World):
    moved = {"transferred_from": "ada", "transferred_price": usd(19900), "course_id": "other"}
    await ada.hears(taxed("new", person_id="person-of-ada", tax=VAT | {"percent": "7"}, **moved))
    facts = {"to_registration_id": "new", "to_course_id": "other", "requested_at": EARLY}
    await ada.hears(of(RegistrationTransferred, "ada", **facts), confirmed("new"))
    await ada.rests()
    assert await ada.balances("ada") == {}
    assert await ada.balances("new") == {
        "cash:gateway": 19900,
        "deferred_revenue": -18598,
        "tax": -1302,
    }


async def test_an_employers_invoice_lowered_owes_the_tax_of_what_is_left(world: World):
    tax = VAT | {"fee_percent": "19"}
    await world.hears(course(), person("ada"), on_invoice("ada", tax=tax))
    await world.hears(confirmed("ada", basis="invoice"), cancelled("ada", EARLY))
    await world.rests()
    assert await world.balances("ada") == {
        "receivable": 3000,
        "fees": -2521,
        "tax:fees": -479,
    }


async def test_goodwill_takes_its_tax_along(ada: World):
    await ada.goodwill("ada", amount=usd(5000))
    await ada.rests()
    assert (await ada.balances("ada"))["tax"] == -2379
    answer = await ada.goodwill("ada", amount=usd(14901))
    assert answer.status_code == 409
    assert answer.json()["left"] == usd(14900)
    assert (await ada.goodwill("ada", amount=usd(14900))).status_code == 202
    await ada.rests()
    assert await ada.balances("ada") == {}


@pytest.mark.parametrize("seed", range(12))
async def test_after_any_story_the_tax_is_that_of_what_is_kept(world: World, seed: int):
    chance = random.Random(seed)
    tax = VAT | {"percent": chance.choice(["7", "19", "8.875"]), "fee_percent": "19"}
    await world.hears(course(), taxed(tax=tax, payment_method="invoice", hold_expires_at=None))
    for name, _ in zip(chance.choices(range(8), k=6), itertools.count(), strict=False):
        at = f"2020-{chance.choice(['09-2', '10-1'])}{chance.randint(0, 8)}T12:00:00Z"
        if name == 0:
            await world.hears(confirmed("ada", basis="invoice"))
        elif name == 1:
            await world.checkout("ada")
            if (await world.view("ada"))["invoice"]["status"] == "open":
                await world.pays("ada")
        elif name == 2:
            share = {"session_id": chance.choice(["s1", "s2"]), "requested_at": at}
            await world.hears(
                of(RegistrationShareDue, "ada", minutes=120, total_minutes=480, **share)
            )
        elif name == 3:
            await world.hears(cancelled("ada", at, by=chance.choice(["learner", "provider"])))
        elif name == 4:
            await world.goodwill("ada", amount=usd(chance.randint(1, 5000)))
        elif name == 5:
            about = {"session_id": "s3", "completed_at": "2020-10-19T22:15:00Z"}
            await world.hears(SessionCompleted.model_validate(SessionCompleted.example | about))
        elif name == 6:
            await world.hears(of(RegistrationCompleted, "ada"))
        else:
            await world.hears(of(RegistrationExpired, "ada"))
        await world.rests()
        on = {account: -amount for account, amount in (await world.balances("ada")).items()}
        rate = Tax(Decimal(tax["percent"]), fee_percent=Decimal(19))
        price = sum(on.get(a, 0) for a in ("deferred_revenue", "revenue", "forfeited", "tax"))
        fees = on.get("fees", 0) + on.get("tax:fees", 0)
        assert on.get("tax", 0) == rate.of_price(price), (seed, name)
        assert on.get("tax:fees", 0) == rate.of_fee(fees), (seed, name)
        notes = (await world.view("ada"))["credit_notes"]
        lines = await world.rows("SELECT kind, amount_minor FROM invoice_lines")
        withdrawn = sum(
            r["amount_minor"] for r in lines if r["kind"] in ("withdrawn", "reinstated")
        )
        noted = sum(note["amount"]["amount"] for note in notes)
        assert 19900 + withdrawn - noted == price + fees, (seed, name)
        if not withdrawn:
            noted_tax = sum(note["tax"]["amount"] for note in notes)
            assert rate.of_price(19900) - noted_tax == on.get("tax", 0) + on.get("tax:fees", 0)


async def test_what_a_bank_takes_for_good_takes_its_tax_along(world: World) -> None:
    """Lost while the seat is kept, before and after a part of it was given back by hand."""
    from stack.paysim import disputes, rules

    await world.hears(course(), taxed(tax=VAT))
    await world.pays("ada")
    payment = (await world.view("ada"))["payments"][0]["payment_id"]
    wanted = {"key": "by-hand", "payment_id": payment, "amount": 5000, "reason": ""}
    rules.refund(world.store, wanted)
    await world.rests()
    found = await world.balances("ada")
    assert (found["cash:gateway"], sum(found.values())) == (14900, 0)
    opened = disputes.dispute(world.store, payment, None, "fraudulent")
    await world.rests()
    disputes.close(world.store, opened["id"], "lost")
    await world.rests()
    assert await world.balances("ada") == {}


async def test_what_a_credit_pays_is_taxed_where_it_is_spent_and_no_more_when_it_is_back(
    world: World,
):
    given = await credit_of(world, "giver", tax=VAT)
    assert await world.balances("giver") == {"cash:gateway": 19900, "credits": -19900}
    await world.hears(order("bo", given, tax=VAT | {"percent": "7"}))
    assert await world.balances("bo") == {
        "credits": 19900,
        "deferred_revenue": -18598,
        "tax": -1302,
    }
    await world.hears(seated("bo"), gives_up("bo", "2022-06-10T12:00:00Z", by="provider"))
    await world.rests()
    assert await world.balances("bo") == {}
    [note] = (await world.view("bo"))["credit_notes"]
    assert (note["amount"], note["tax"]) == (usd(19900), usd(1302))


async def test_a_credit_that_comes_back_with_the_hold_leaves_no_tax_and_no_note(world: World):
    given = await credit_of(world, "giver", amount=5000)
    await world.hears(order("bo", given, tax=VAT))
    assert (await world.balances("bo"))["tax"] == -3177
    await world.hears(hold_ends("bo", "2020-11-01T12:30:00Z"))
    await world.rests()
    assert await world.balances("bo") == {}
    assert (await world.view("bo"))["credit_notes"] == []
