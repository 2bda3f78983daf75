"""Money without a gateway: employers' transfers, what goes back of them, and what is nobody's.

Whether the sums are exact is also asked of the invariants, by the fixture, after every test.
"""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from shared.contracts.registration import RegistrationExpired, RegistrationUnseated
from stack.paysim import disputes as bank
from tests.edges.billing.conftest import (
    World,
    cancelled,
    confirmed,
    course,
    of,
    requested,
    token,
    usd,
)
from tests.edges.billing.hand import act, hand_in, tasks
from tests.edges.billing.test_groups import members
from tests.edges.billing.test_transferring import move

EARLY = "2020-09-20T12:00:00Z"
LATE = "2020-10-06T04:01:00Z"
BY_INVOICE = {"payment_method": "invoice", "organisation": "Clinic", "hold_expires_at": None}


@pytest.fixture
async def clinic(world: World) -> World:
    """Ada's seat is confirmed on her employer's open invoice of 199.00."""
    await world.hears(requested("ada", **BY_INVOICE), confirmed("ada", basis="invoice"))
    return world


async def pays(world: World, key: str, who: str = "ada", **more: Any) -> Any:
    invoice = (await world.view(who))["invoice"]["invoice_id"]
    body = {"amount": usd(19900), "reference": "HB-1"} | more
    return await act(world, f"invoices/{invoice}/payments", key, **body)


async def refund_of(world: World, who: str = "ada") -> dict[str, Any]:
    [refund] = (await world.view(who))["refunds"]
    return dict(refund)


async def test_an_employer_s_transfer_pays_the_invoice(clinic: World) -> None:
    await clinic.at("2020-09-30T09:00:00Z")
    answer = await pays(clinic, "k", received_at="2020-09-29T08:00:00Z")
    assert answer.status_code == 201, answer.text
    assert answer.json() == {
        "payment_id": answer.json()["payment_id"],
        "invoice_id": (await clinic.view("ada"))["invoice"]["invoice_id"],
        "amount": usd(19900),
        "tender": "transfer",
        "reference": "HB-1",
        "paid_at": "2020-09-29T08:00:00Z",
    }
    [paid] = await clinic.said("invoice.paid")
    assert paid["paid_at"] == "2020-09-29T08:00:00Z"
    [tender] = paid["tenders"]
    assert (tender["tender"], tender["amount"]) == ("transfer", usd(19900))
    assert await clinic.balances("ada") == {"cash:bank": 19900, "deferred_revenue": -19900}
    assert (await clinic.view("ada"))["invoice"]["status"] == "paid"
    assert "HB-1" not in str(await clinic.told())


async def test_one_reference_is_one_payment(clinic: World) -> None:
    first = await pays(clinic, "k")
    again = await pays(clinic, "another key")
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    assert await clinic.balances("ada") == {"cash:bank": 19900, "deferred_revenue": -19900}
    for changed in ({"amount": usd(100)}, {"tender": "cash"}):
        refused = await pays(clinic, str(changed), **changed)
        assert refused.status_code == 409
        assert refused.json()["type"] == "/problems/reference-used"


async def test_two_who_record_one_transfer_at_once_record_it_once(clinic: World) -> None:
    answers = await asyncio.gather(*(pays(clinic, f"k{n}") for n in range(4)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["payment_id"] for answer in answers}) == 1
    assert await clinic.balances("ada") == {"cash:bank": 19900, "deferred_revenue": -19900}


async def test_in_two_transfers_it_is_paid_with_the_second(clinic: World) -> None:
    assert (await pays(clinic, "a", amount=usd(10000))).status_code == 201
    assert await clinic.said("invoice.paid") == []
    second = await pays(
        clinic, "b", amount={"amount": "99.00", "currency": "USD"}, reference="HB-2"
    )
    assert second.status_code == 201
    assert len(await clinic.said("invoice.paid")) == 1


async def test_a_credit_that_waited_for_the_invoice_is_issued_when_the_transfer_comes(
    clinic: World,
) -> None:
    await clinic.hears(cancelled("ada", LATE))
    assert await clinic.said("credit.issued") == []
    await clinic.at("2020-10-20T09:00:00Z")
    assert (await pays(clinic, "k")).status_code == 201
    [credit] = await clinic.said("credit.issued")
    assert credit["amount"] == usd(19900)
    assert credit["holder"] == {"kind": "organisation", "id": "Clinic"}
    assert credit["expires_on"] == "2021-10-06"
    assert await clinic.balances("ada") == {"cash:bank": 19900, "credits": -19900}


async def test_what_came_by_a_bank_goes_back_by_a_human(clinic: World) -> None:
    await pays(clinic, "k")
    await clinic.hears(cancelled("ada", EARLY))
    await clinic.at("2020-09-25T12:00:00Z")
    refund = await refund_of(clinic)
    assert (refund["status"], refund["tender"], refund["amount"]) == (
        "requested",
        "transfer",
        usd(16900),
    )
    [(kind, what)] = (await tasks(clinic)).items()
    assert kind == "refund-by-hand"
    assert "169.00 USD came by a bank transfer" in what
    assert "to the account that it came from" in what
    assert "learner" not in what  # it was the clinic that paid
    assert clinic.line.calls == []
    assert await clinic.said("refund.failed") == []
    retried = await act(clinic, f"refunds/{refund['refund_id']}/retry", "r")
    assert retried.status_code == 409
    sent = await act(clinic, f"refunds/{refund['refund_id']}/settle", "s", reference="OUT-1")
    assert sent.status_code == 200, sent.text
    assert (sent.json()["refund_id"], sent.json()["status"]) == (refund["refund_id"], "succeeded")
    assert await clinic.balances("ada") == {"cash:bank": 3000, "fees": -3000}
    assert await tasks(clinic) == {}
    assert len(await clinic.said("refund.settled")) == 1


async def test_facts_of_what_goes_back_name_the_organisation_that_has_it(clinic: World) -> None:
    await pays(clinic, "k")
    await clinic.hears(cancelled("ada", EARLY))
    await clinic.rests()
    refund = await refund_of(clinic)
    await act(clinic, f"refunds/{refund['refund_id']}/settle", "s", reference="OUT-1")
    said = await clinic.said("refund.requested", "refund.settled", "cancellation.settled")
    theirs = {"kind": "organisation", "id": "Clinic"}
    assert [one["payer"] for one in said] == [theirs] * 3
    async with clinic.client(token("ada")) as learner:
        shown = (await learner.get("/billing/v1/registrations/ada")).json()
    assert shown["payer"] == {"kind": "organisation", "name": "Clinic"}


async def test_what_came_by_a_bank_is_bank_money_of_the_course_it_is_moved_to(
    clinic: World,
) -> None:
    await pays(clinic, "k")
    await move(clinic, "new", EARLY, price=19900)
    assert await clinic.balances("ada") == {}
    assert await clinic.balances("new") == {"cash:bank": 19900, "deferred_revenue": -19900}


async def test_more_than_is_due_goes_back_by_a_bank_again(clinic: World) -> None:
    assert (await pays(clinic, "k", amount=usd(20000))).status_code == 201
    await clinic.rests()
    assert (await refund_of(clinic))["amount"] == usd(100)
    assert list(await tasks(clinic)) == ["refund-by-hand"]


async def test_one_transfer_pays_for_all_of_a_group(world: World) -> None:
    trio = members(3)
    await world.hears(*trio[:2])
    early = await pays(world, "k", "m000", amount=usd(59700))
    assert early.status_code == 425
    await world.hears(trio[2], *(confirmed(f"m{n:03}", basis="invoice") for n in range(3)))
    assert (await pays(world, "l", "m000", amount=usd(59700))).status_code == 201
    assert len(await world.said("invoice.paid")) == 3


@pytest.mark.parametrize(
    "changed",
    [
        {"amount": usd(0)},
        {"amount": usd(-1)},
        {"amount": {"amount": 19900, "currency": "EUR"}},
        {"amount": {"amount": 1.5, "currency": "USD"}},
        {"amount": {"amount": 10**30, "currency": "USD"}},
        {"amount": 19900},
        {"amount": None},
        {"reference": ""},
        {"reference": " padded "},
        {"reference": "a\x00b"},
        {"reference": "x" * 201},
        {"tender": "card"},
        {"tender": "credit"},
        {"received_at": "2020-09-14T15:04:00Z"},  # before the invoice was
        {"received_at": "2030-01-01T00:00:00Z"},
        {"received_at": "yesterday"},
    ],
)
async def test_a_transfer_that_makes_no_sense_is_refused(
    clinic: World, changed: dict[str, Any]
) -> None:
    answer = await pays(clinic, "k", **changed)
    assert answer.status_code == 422, answer.text
    assert await clinic.count("payments") == 0


async def test_recording_money_is_for_staff(clinic: World) -> None:
    invoice = (await clinic.view("ada"))["invoice"]["invoice_id"]
    path, body = (
        f"/billing/v1/invoices/{invoice}/payments",
        {"amount": usd(1), "reference": "x"},
    )
    headers = {"Idempotency-Key": "k"}
    async with clinic.client(token("ada")) as learner:
        assert (await learner.post(path, json=body, headers=headers)).status_code == 403
        back = await learner.post(
            "/billing/v1/payments/x/give-back", json={"reason": "me"}, headers=headers
        )
        assert back.status_code == 403
    async with clinic.client() as nobody:
        assert (await nobody.post(path, json=body, headers=headers)).status_code == 401
    assert (await clinic.http.post(path, json=body)).status_code == 400
    unknown = await act(clinic, "invoices/none/payments", "n", **body)
    assert unknown.status_code == 404


# --- what is nobody's -----------------------------------------------------------------------------


async def nobody_s(world: World) -> str:
    """Somebody paid on a page that billing never heard of."""
    from stack.paysim import rules

    page = {
        "key": "unknown",
        "amount": 5000,
        "currency": "USD",
        "reference": "no-invoice",
        "return_url": "http://shop.test",
    }
    made = rules.open_checkout(world.store, page, "http://paysim.test")
    payment = rules.pay(world.store, made["id"], "4242424242424242")
    await world.rests()
    await world.at("2020-09-14T18:00:00Z")
    return str(payment["id"])


async def test_a_payment_without_an_invoice_can_be_given_back(world: World) -> None:
    payment = await nobody_s(world)
    assert list(await tasks(world)) == ["payment-unknown"]
    answer = await act(world, f"payments/{payment}/give-back", "k", reason="not ours")
    assert answer.status_code == 202, answer.text
    assert answer.json()["amount"] == usd(5000)
    await world.rests()
    assert world.totals() == (5000, 5000)
    assert await tasks(world) == {}
    assert await world.value("SELECT state FROM refunds") == "succeeded"
    assert await world.value("SELECT sum(amount_minor) FROM ledger_entries") == 0
    again = await act(world, f"payments/{payment}/give-back", "l", reason="not ours")
    assert again.status_code == 409
    assert again.json()["type"] == "/problems/payment-in-use"
    assert await world.types() == ["task.opened", "task.closed"]


async def test_what_is_nobody_s_may_need_a_hand_too(world: World) -> None:
    payment = await nobody_s(world)
    hand_in(world).refuses = ["balance", "instrument"]
    await act(world, f"payments/{payment}/give-back", "k", reason="not ours")
    await world.at("2020-09-14T20:00:00Z")
    [(kind, what)] = (await tasks(world)).items()
    assert kind == "refund-by-hand"
    assert "Ask whoever paid for a bank account" in what
    sent = await act(world, f"refunds/refund:{payment}:2/settle", "s", reference="OUT-1")
    assert sent.status_code == 200, sent.text
    assert await tasks(world) == {}


async def test_what_is_nobody_s_may_be_disputed(world: World) -> None:
    payment = await nobody_s(world)
    opened = bank.dispute(world.store, payment, None, "fraudulent")
    await world.rests()
    await world.at("2020-09-15T18:00:00Z")
    assert sorted(await tasks(world)) == ["dispute-unknown", "payment-unknown", "reconciliation"]
    await act(world, f"payments/{payment}/give-back", "k", reason="not ours")
    await world.at("2020-09-17T18:00:00Z")
    # The gateway refused, for the bank has the money; the dispute was taken up at the next look.
    assert sorted(await tasks(world)) == ["dispute-opened", "refund-failed"]
    bank.close(world.store, opened["id"], "lost")
    await world.rests()
    assert list(await tasks(world)) == ["dispute-lost"]
    assert await world.value("SELECT failure FROM refunds") == "lost"


async def test_a_payment_of_somebody_s_is_not_given_back_that_way(ada: World) -> None:
    payment = (await ada.view("ada"))["payments"][0]["payment_id"]
    refused = await act(ada, f"payments/{payment}/give-back", "k", reason="not ours")
    assert refused.status_code == 409
    unknown = await act(ada, "payments/none/give-back", "l", reason="not ours")
    assert unknown.status_code == 404
    assert await ada.count("refunds") == 0


# --- a part of what an order costs ----------------------------------------------------------------


@pytest.fixture
async def half(world: World) -> World:
    """Ada's seat is held for 199.00 by card; of that 100.00 came by a bank."""
    await world.hears(requested("ada"))
    assert (await pays(world, "half", amount=usd(10000))).status_code == 201
    return world


async def closed(world: World) -> tuple[str, dict[str, Any]]:
    """The state of Ada's invoice, and what a page to pay it says."""
    answer = await world.checkout("ada")
    invoice = (await world.view("ada"))["invoice"]
    return invoice["status"], answer.json().get("type", answer.json())


async def noted(world: World) -> list[int]:
    await world.rests()
    return [n["amount_minor"] for n in await world.rows("SELECT * FROM credit_notes ORDER BY 1")]


NOTHING = ("paid", "/problems/nothing-to-pay")


async def test_cancelled_half_paid_the_rest_is_not_asked_for_any_more(half: World) -> None:
    """Of the 100.00 a fee of 30.00 is kept; of the invoice of 199.00 all else is noted."""
    await half.hears(cancelled("ada", EARLY, was="requested"))
    expected = {"cash:bank": 10000, "fees": -3000, "refunds_payable": -7000}
    assert await half.balances("ada") == expected
    assert await closed(half) == NOTHING
    assert await noted(half) == [16900]
    assert await half.said("invoice.voided") == []
    assert (await half.view("ada"))["invoice"]["due"] == usd(10000)


@pytest.mark.parametrize("received", ["2020-09-14T15:05:00Z", "2020-09-21T12:00:00Z"])
async def test_the_other_half_after_that_goes_back_whenever_it_was_made(
    half: World, received: str
) -> None:
    """It was decided on the 100.00: nobody decides about another 99.00, and nothing of it stays."""
    await half.hears(cancelled("ada", EARLY, was="requested"))
    await half.at("2020-09-22T12:00:00Z")
    late = await pays(half, "late", amount=usd(9900), reference="HB-2", received_at=received)
    assert late.status_code == 201
    assert await half.balances("ada") == {
        "cash:bank": 19900,
        "fees": -3000,
        "refunds_payable": -7000 - 9900,
    }
    assert await half.said("invoice.paid") == []
    assert await noted(half) == [16900]


async def test_where_the_provider_cancels_as_well_the_fee_goes_back_and_the_rest_stays_noted(
    half: World,
) -> None:
    await half.hears(cancelled("ada", EARLY, was="requested"))
    await half.hears(cancelled("ada", EARLY, was="requested", by="provider", prefer="refund"))
    assert await half.balances("ada") == {"cash:bank": 10000, "refunds_payable": -10000}
    assert await closed(half) == NOTHING
    assert await noted(half) == [19900]


async def test_after_the_hold_the_other_half_is_taken_and_pays_it(half: World) -> None:
    await half.at("2020-09-14T16:00:00Z")
    await half.hears(of(RegistrationExpired, "ada"))
    assert (await half.view("ada"))["invoice"]["status"] == "open"
    await half.at("2020-09-15T16:00:00Z")
    await pays(half, "late", amount=usd(9900), reference="HB-2")
    assert len(await half.said("invoice.paid")) == 1
    await half.hears(confirmed("ada"))
    assert await half.balances("ada") == {"cash:bank": 19900, "deferred_revenue": -19900}
    assert await noted(half) == []


async def test_after_the_hold_and_no_seat_left_all_goes_back(half: World) -> None:
    await half.hears(of(RegistrationExpired, "ada"))
    await pays(half, "late", amount=usd(9900), reference="HB-2")
    await half.hears(of(RegistrationUnseated, "ada"))
    assert await half.balances("ada") == {"cash:bank": 19900, "refunds_payable": -19900}
    assert await noted(half) == [19900]


async def test_after_the_hold_staff_give_the_half_back_and_the_rest_is_not_asked_for(
    half: World,
) -> None:
    await half.hears(of(RegistrationExpired, "ada"))
    assert (await half.goodwill("ada", amount=4000)).status_code == 202
    assert (await half.view("ada"))["invoice"]["status"] == "open", "the rest may still come"
    assert (await half.goodwill("ada", amount=6000)).status_code == 202
    assert await half.balances("ada") == {"cash:bank": 10000, "refunds_payable": -10000}
    assert await closed(half) == NOTHING
    assert await noted(half) == [19900]
    assert await half.broken_invariants() == [], "a later payment would hide what is kept wrongly"
    for status, found in (("open", []), ("paid", ["ada"])):
        listed = await half.http.get("/billing/v1/invoices", params={"status": status})
        assert [one["registration_id"] for one in listed.json()["items"]] == found
    await pays(half, "late", amount=usd(9900), reference="HB-2")
    assert await half.balances("ada") == {"cash:bank": 19900, "refunds_payable": -19900}


async def test_half_paid_by_an_employer_what_is_due_stays_due(clinic: World) -> None:
    await pays(clinic, "half", amount=usd(10000))
    await clinic.hears(cancelled("ada", LATE))
    assert (await clinic.view("ada"))["invoice"]["status"] == "open"
    assert (await clinic.balances("ada"))["receivable"] == 9900


async def test_of_a_group_only_the_share_of_whoever_cancelled_is_noted(world: World) -> None:
    """150.00 of 300.00 for three of 100.00 each: each has paid 50.00. One cancels; the rest of the
    other two is still due, and what is paid pays those."""
    await world.hears(*members(3, price=usd(10000), payment_method="card"))
    await pays(world, "half", who="m000", amount=usd(15000))
    await world.hears(cancelled("m000", EARLY, was="requested"))
    views = [(await world.view(who))["invoice"] for who in ("m000", "m001", "m002")]
    assert [(one["status"], one["due"]) for one in views] == [
        ("paid", usd(5000)),
        ("open", usd(10000)),
        ("open", usd(10000)),
    ]
    await world.at("2020-09-21T12:00:00Z")
    await pays(world, "rest", who="m000", amount=usd(15000), reference="HB-2")
    assert [p["registration_id"] for p in await world.said("invoice.paid")] == ["m001", "m002"]
    assert await world.balances("m000") == {
        "cash:bank": 10000,
        "fees": -3000,
        "refunds_payable": -2000 - 5000,
    }
    assert await world.balances("m001") == {"cash:bank": 10000, "deferred_revenue": -10000}


@pytest.mark.parametrize("first", ["the hold's end", "the cancellation"])
async def test_a_credit_beside_the_half_is_released_and_all_the_rest_is_noted(
    world: World, first: str
) -> None:
    """199.00 by a credit of 99.00, of the other 100.00 came 50.00: no fee on what goes back to the
    credit, 30.00 of the 50.00."""
    await world.hears(requested("giver"), course())
    await world.pays("giver")
    await world.hears(confirmed("giver"))
    body = {"amount": usd(9900), "reason": "a kindness", "expires_on": "2021-09-14"}
    made = await act(world, "registrations/giver/credits", "credit", **body)
    assert made.status_code == 201, made.text
    given = made.json()["credit_id"]
    await world.hears(requested("ada", credit_ids=[given], course_id="another"))
    await pays(world, "half", amount=usd(5000))
    about = {"course_id": "another"}
    facts = [
        of(RegistrationExpired, "ada", **about),
        cancelled("ada", EARLY, **about, was="requested"),
    ]
    for fact in facts if first == "the hold's end" else facts[1:]:
        await world.hears(fact)
    assert await world.balances("ada") == {
        "cash:bank": 5000,
        "fees": -3000,
        "refunds_payable": -2000,
    }
    assert await closed(world) == NOTHING
    await world.at("2020-09-22T12:00:00Z")
    await pays(
        world, "late", amount=usd(5000), reference="HB-2", received_at="2020-09-14T15:05:00Z"
    )
    assert (await world.balances("ada"))["refunds_payable"] == -7000
    assert await world.value("SELECT balance_minor FROM credits") == 9900
