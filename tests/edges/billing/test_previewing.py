"""What an act about money would come to: said and refused as by the act, and nothing of it stays."""

from __future__ import annotations

from typing import Any

import pytest

from services.billing.api.previews import (
    CreditPreview,
    DecisionPreview,
    GoodwillPreview,
    PaymentPreview,
    RefundPreview,
)
from shared.contracts.registration import RegistrationExpired
from tests.edges.billing.conftest import World, cancelled, confirmed, course, of, requested, usd
from tests.edges.billing.hand import act
from tests.edges.billing.test_bank_payments import BY_INVOICE
from tests.edges.billing.test_credit_acts import EVE, code_of, transferable
from tests.edges.billing.test_decisions import slug
from tests.edges.billing.test_refund_retry import fails

SILENT = {"kind": "three_day_workshop"}  # the policy says nothing of it


async def stands(world: World) -> dict[str, list[str]]:
    """All that is in the database."""
    tables = await world.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    return {
        name: sorted(str(tuple(row)) for row in await world.rows(f"SELECT * FROM {name}"))
        for name in sorted(row["tablename"] for row in tables)
    }


async def asked(world: World, path: str, **body: Any) -> Any:
    """A preview, which leaves everything as it was."""
    before = await stands(world)
    answer = await world.http.post(f"/billing/v1/{path}/preview", json=body)
    assert await stands(world) == before, path
    return answer


async def test_goodwill_says_how_it_goes_back_and_what_is_left(ada: World) -> None:
    path = "registrations/ada/refunds"
    told = await asked(ada, path, amount="20.00", reason="the sound was poor")
    assert told.status_code == 200, told.text
    GoodwillPreview.model_validate(told.json())
    card = {"amount": usd(2000), "tender": "card", "paid_at": None}
    assert told.json() == {"amount": usd(2000), "refunds": [card], "left": usd(17900)}
    done = await ada.goodwill("ada", amount="20.00", reason="the sound was poor")
    assert done.status_code == 202
    assert (await asked(ada, path, amount=17900, reason="x")).json()["left"] == usd(0)
    for amount, refused in (("179.01", "refund-too-large"), ("0", "amount-invalid")):
        told = await asked(ada, path, amount=amount, reason="x")
        same = await act(ada, path, amount, amount=amount, reason="x")
        assert told.json()["type"] == f"/problems/{refused}"
        assert (told.status_code, told.json()["detail"]) == (
            same.status_code, same.json()["detail"],
        )  # fmt: skip
    unknown = await asked(ada, "registrations/nobody/refunds", amount=1, reason="x")
    assert slug(unknown) == (404, "registration-unknown")


async def test_a_refund_that_failed_is_tried_again_or_settled_with_why_in_the_audit(
    ada: World,
) -> None:
    failed = await fails(ada, "instrument")
    await ada.at("2020-09-22T09:00:00Z")
    told = await asked(ada, f"refunds/{failed}/retry", reason="they have a new card")
    assert told.json() == {"amount": usd(16900), "tender": "card", "paid_at": None}
    RefundPreview.model_validate(told.json())
    sent = {"reference": "HB-1", "paid_at": "2020-09-22T08:00:00Z", "reason": "they gave an IBAN"}
    told = await asked(ada, f"refunds/{failed}/settle", **sent)
    assert told.json() == {
        "amount": usd(16900), "tender": "transfer", "paid_at": "2020-09-22T08:00:00Z",
    }  # fmt: skip
    later = sent | {"paid_at": "2020-09-23T08:00:00Z"}
    assert slug(await asked(ada, f"refunds/{failed}/settle", **later)) == (422, "paid-at-invalid")
    assert (await act(ada, f"refunds/{failed}/settle", "k", **sent)).status_code == 200
    assert slug(await asked(ada, f"refunds/{failed}/retry")) == (409, "refund-not-open")
    why = "SELECT why FROM audit WHERE act = 'refund.settled-by-hand'"
    assert await ada.value(why) == "HB-1: they gave an IBAN"


async def test_a_retry_keeps_why_and_needs_none(ada: World) -> None:
    failed = await fails(ada, "refused")
    answer = await act(ada, f"refunds/{failed}/retry", "k", reason="the bank was down")
    assert answer.status_code == 202, answer.text
    assert await ada.value("SELECT why FROM audit WHERE act = 'refund.retried'") == (
        "the bank was down"
    )


async def test_a_credit_in_goodwill_says_for_whom_and_until_when(ada: World) -> None:
    told = await asked(ada, "registrations/ada/credits", amount="50.00", reason="a bad day")
    assert told.json() == {"amount": usd(5000), "holder": "person", "expires_on": "2021-09-14"}
    CreditPreview.model_validate(told.json())
    past = {"amount": "50.00", "reason": "x", "expires_on": "2020-01-01"}
    assert slug(await asked(ada, "registrations/ada/credits", **past)) == (
        422, "expires-on-invalid",
    )  # fmt: skip


async def test_a_credit_that_may_be_handed_on_says_what_the_new_holder_has(world: World) -> None:
    given, code = await transferable(world)
    await world.rests()
    told = await asked(world, f"credits/{code}/transfer", to={"kind": "person", "id": EVE})
    assert told.status_code == 200, told.text
    assert told.json()["holder"] == "person"
    assert told.json()["amount"] == (await world.view("giver"))["credits"][0]["balance"]
    assert code == await code_of(world, given), "it is good still"
    none = await asked(world, "credits/nothing/transfer", to={"kind": "person", "id": EVE})
    assert slug(none) == (404, "credit-unknown")


async def test_a_decision_says_what_it_would_come_to(world: World) -> None:
    await world.hears(course(), requested("ada", kind="three_day_workshop"))
    await world.pays("ada")
    await world.hears(confirmed("ada"), cancelled("ada", "2020-10-06T03:59:00Z"))
    await world.rests()
    path, body = "registrations/ada/decision", {"outcome": "refund", "reason": "a bereavement"}
    told = await asked(world, path, **body)
    assert told.status_code == 200, told.text
    assert (told.json()["outcome"], told.json()["fee"]) == ("refund", usd(0))
    done = await act(world, path, "k", **body)
    assert done.status_code == 202
    assert done.json()["refunds"] == told.json()["refunds"]
    assert slug(await asked(world, path, **body)) == (409, "already-decided")


@pytest.mark.parametrize(
    ("kind", "outcome", "fee", "still_due", "not_due"),
    [
        # The policy gave a credit that waits; as money back, all but the fee of 30.00 is let go.
        ({}, "refund", 3000, 3000, 16900),
        # The policy is silent: a credit is issued once the whole invoice is paid.
        (SILENT, "credit", 0, 19900, 0),
        (SILENT, "refund", 0, 0, 19900),
    ],
)
async def test_a_decision_on_an_employer_s_unpaid_invoice_says_what_stays_due(
    world: World, kind: dict[str, str], outcome: str, fee: int, still_due: int, not_due: int
) -> None:
    await world.hears(requested("ada", **kind, **BY_INVOICE), confirmed("ada", basis="invoice"))
    await world.hears(cancelled("ada", "2020-10-06T04:01:00Z"))
    await world.rests()
    path, body = "registrations/ada/decision", {"outcome": outcome, "reason": "a bereavement"}
    told = await asked(world, path, **body)
    assert told.status_code == 200, told.text
    said = DecisionPreview.model_validate(told.json()).model_dump(mode="json")
    assert (said["outcome"], said["fee"], said["refunds"], said["credit"]) == (
        outcome, usd(fee), [], None,
    )  # fmt: skip
    assert said["still_due"] == (usd(still_due) if still_due else None)
    assert said["not_due"] == usd(not_due)
    done = await act(world, path, "k", **body)
    assert done.status_code == 202
    assert done.json() | {"not_due": usd(not_due)} == told.json()
    assert (await world.view("ada"))["invoice"]["to_pay"] == usd(still_due)


async def test_a_payment_that_is_somebody_s_is_not_given_back_as_nobody_s(ada: World) -> None:
    payment = (await ada.view("ada"))["payments"][0]["payment_id"]
    told = await asked(ada, f"payments/{payment}/give-back", reason="x")
    assert slug(told) == (409, "payment-in-use")
    none = await asked(ada, "payments/nothing/give-back", reason="x")
    assert slug(none) == (404, "payment-unknown")


async def test_a_transfer_is_said_to_be_known_where_it_was_recorded(world: World) -> None:
    await world.hears(requested("ada", **BY_INVOICE), confirmed("ada", basis="invoice"))
    invoice = (await world.view("ada"))["invoice"]["invoice_id"]
    path, body = f"invoices/{invoice}/payments", {"amount": usd(19900), "reference": "HB-1"}
    told = await asked(world, path, **body)
    assert told.status_code == 200, told.text
    PaymentPreview.model_validate(told.json())
    assert (told.json()["amount"], told.json()["known"]) == (usd(19900), False)
    assert (await act(world, path, "k", **body)).status_code == 201
    assert (await asked(world, path, **body)).json()["known"] is True
    other = body | {"amount": usd(100)}
    assert slug(await asked(world, path, **other)) == (409, "reference-used")
    euros = {"amount": {"amount": 1, "currency": "EUR"}, "reference": "HB-2"}
    assert slug(await asked(world, path, **euros)) == (422, "currencies-mixed")


async def test_a_transfer_says_what_it_pays_and_what_is_for_nobody(world: World) -> None:
    await world.hears(requested("ada", **BY_INVOICE), confirmed("ada", basis="invoice"))
    invoice = (await world.view("ada"))["invoice"]["invoice_id"]
    path = f"invoices/{invoice}/payments"
    for amount, left, back in ((6000, 13900, 0), (19900, 0, 0), (20000, 0, 100)):
        told = await asked(world, path, amount=usd(amount), reference="HB-1")
        assert (told.json()["left"], told.json()["back"]) == (usd(left), usd(back)), amount
    part = {"amount": usd(6000), "reference": "HB-1"}
    assert (await act(world, path, "k", **part)).status_code == 201
    told = await asked(world, path, **part)
    assert (told.json()["left"], told.json()["back"]) == (usd(13900), usd(0))


async def test_a_transfer_for_an_order_whose_hold_ended_pays_it_again_whole_or_not_at_all(
    world: World,
) -> None:
    await world.hears(requested("ada"))
    expired = of(RegistrationExpired, "ada", reason="hold-expired")
    await world.hears(expired)
    await world.rests()
    shown = (await world.view("ada"))["invoice"]
    assert (shown["status"], shown["to_pay"]) == ("void", usd(0))
    path = f"invoices/{shown['invoice_id']}/payments"
    for amount, back in ((19900, 0), (10000, 10000), (20000, 100)):
        told = await asked(world, path, amount=usd(amount), reference="HB-1")
        assert told.status_code == 200, told.text
        assert (told.json()["left"], told.json()["back"]) == (usd(0), usd(back)), amount
    whole = {"amount": usd(19900), "reference": "HB-1"}
    assert (await act(world, path, "k", **whole)).status_code == 201
    await world.rests()
    assert (await world.view("ada"))["refunds"] == [], "nothing of it goes back"
    assert (await world.view("ada"))["invoice"]["status"] == "paid"
