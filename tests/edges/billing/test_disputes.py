"""Disputes: opened, won and lost, before and after whatever else may happen to the money.

Whether the sums are exact is also asked of the invariants, by the fixture, after every test.
"""

from __future__ import annotations

import asyncio
import json
from typing import Literal

import pytest

from services.billing.domain.seen import DisputeSeen
from shared.contracts.registration import RegistrationShareDue, RegistrationUnseated
from shared.runtime.due import Dues
from shared.runtime.failpoint import Point
from shared.runtime.outside import OutsideCalls
from stack.paysim import disputes as bank
from stack.paysim import rules
from tests.edges.billing.conftest import (
    GOOD,
    World,
    cancelled,
    confirmed,
    of,
    requested,
    token,
    usd,
)
from tests.edges.billing.hand import Hand, act, hand_in, tasks
from tests.edges.billing.test_groups import members
from tests.edges.billing.test_transferring import move
from tests.stage import killed_at

EARLY = "2020-09-20T12:00:00Z"
LATE = "2020-10-06T04:01:00Z"


async def payment_of(world: World, who: str = "ada") -> str:
    return str((await world.view(who))["payments"][0]["payment_id"])


async def disputed(world: World, amount: int | None = None, who: str = "ada") -> str:
    """The payer's bank takes the payment back; gives the dispute's id."""
    opened = bank.dispute(world.store, await payment_of(world, who), amount, "fraudulent")
    await world.rests()
    return str(opened["id"])


async def decided(world: World, dispute_id: str, result: str) -> None:
    bank.close(world.store, dispute_id, result)
    await world.rests()


async def balances(world: World, who: str = "ada") -> dict[str, int]:
    return await world.balances(who)


async def states(world: World) -> list[str]:
    return sorted(one["status"] for one in (await world.view("ada"))["refunds"])


async def credit(world: World, who: str = "ada") -> tuple[str, int]:
    [one] = (await world.view(who))["credits"]
    return one["status"], one["balance"]["amount"]


# --- opened, won, lost ----------------------------------------------------------------------------


async def test_what_the_bank_took_is_neither_cash_nor_lost_until_it_decides(ada: World) -> None:
    dispute = await disputed(ada)
    assert await balances(ada) == {"disputes": 19900, "deferred_revenue": -19900}
    [opened] = await ada.said("dispute.opened")
    assert opened["dispute_id"] == dispute
    assert opened["registration_id"] == "ada"
    assert opened["amount"] == usd(19900)
    assert opened["reason"] == "fraudulent"
    assert list(await tasks(ada)) == ["dispute-opened"]
    assert await ada.value("SELECT disputed_minor FROM payment_parts") == 19900


async def test_won_is_as_before(ada: World) -> None:
    dispute = await disputed(ada)
    await decided(ada, dispute, "won")
    assert await balances(ada) == {"cash:gateway": 19900, "deferred_revenue": -19900}
    [closed] = await ada.said("dispute.closed")
    assert (closed["dispute_id"], closed["result"]) == (dispute, "won")
    assert closed["amount"] == usd(19900)
    assert await tasks(ada) == {}
    await ada.hears(cancelled("ada", EARLY))
    await ada.rests()
    assert ada.totals()[1] == 16900


async def test_lost_is_taken_from_what_was_to_be_earned_and_the_seat_stays(ada: World) -> None:
    dispute = await disputed(ada)
    await decided(ada, dispute, "lost")
    assert await balances(ada) == {}
    [closed] = await ada.said("dispute.closed")
    assert closed["result"] == "lost"
    assert list(await tasks(ada)) == ["dispute-lost"]
    assert (await ada.view("ada"))["invoice"]["status"] == "paid"
    assert await ada.said("invoice.voided", "refund.requested", "cancellation.settled") == []
    # Nothing is left to be given back, by whatever way.
    await ada.hears(cancelled("ada", EARLY))
    await ada.rests()
    [settled] = await ada.said("cancellation.settled")
    assert settled["paid"] == usd(0)
    assert (await ada.goodwill("ada", amount=1)).status_code == 409
    assert await ada.said("refund.requested") == []


async def test_a_part_of_a_payment_may_be_lost(ada: World) -> None:
    dispute = await disputed(ada, 5000)
    await decided(ada, dispute, "lost")
    assert await balances(ada) == {"cash:gateway": 14900, "deferred_revenue": -14900}
    await ada.hears(cancelled("ada", EARLY))
    await ada.rests()
    [settled] = await ada.said("cancellation.settled")
    assert (settled["paid"], settled["fee"]) == (usd(14900), usd(3000))
    assert ada.totals()[1] == 11900


async def test_what_was_earned_and_the_fee_are_lost_as_well(ada: World) -> None:
    await ada.hears(cancelled("ada", EARLY))
    await ada.rests()
    dispute = await disputed(ada)  # what is left of it: the fee
    assert await balances(ada) == {"disputes": 3000, "fees": -3000}
    await decided(ada, dispute, "lost")
    assert await balances(ada) == {}


async def test_staff_see_all_disputes_and_a_learner_their_own(ada: World) -> None:
    first, second = await disputed(ada, 5000), await disputed(ada, 4000)
    await decided(ada, first, "won")
    shown = {d["dispute_id"]: d["status"] for d in (await ada.view("ada"))["disputes"]}
    assert shown == {first: "won", second: "open"}
    page = (await ada.http.get("/billing/v1/disputes", params={"limit": 1})).json()
    rest = await ada.http.get("/billing/v1/disputes", params={"after": page["next"]})
    found = [*page["items"], *rest.json()["items"]]
    assert {d["dispute_id"]: d["amount"] for d in found} == {first: usd(5000), second: usd(4000)}
    open_ = (await ada.http.get("/billing/v1/disputes", params={"status": "open"})).json()["items"]
    assert [d["dispute_id"] for d in open_] == [second]
    async with ada.client(token("ada")) as learner:
        assert (await learner.get("/billing/v1/disputes")).status_code == 403
    assert (await ada.http.get("/billing/v1/disputes?status=odd")).status_code == 422


# --- refunds --------------------------------------------------------------------------------------


async def test_a_refund_waits_while_the_bank_has_the_money_and_goes_when_it_is_won(
    ada: World,
) -> None:
    await ada.hears(cancelled("ada", EARLY))  # its refund is requested, and not yet submitted
    dispute = await disputed_before_outside(ada)
    await ada.at("2020-09-26T12:00:00Z")
    assert await states(ada) == ["requested"]
    assert ada.line.calls.count(("POST", "/v1/refunds")) == 0
    due = "SELECT count(*) FROM due WHERE kind = 'submit_refund' AND due_at < 'infinity'"
    assert await ada.value(due) == 1
    await decided(ada, dispute, "won")
    assert await states(ada) == ["succeeded"]
    assert await balances(ada) == {"cash:gateway": 3000, "fees": -3000}
    assert await tasks(ada) == {}


async def disputed_before_outside(world: World, amount: int | None = None, who: str = "ada") -> str:
    """Heard of before the refund that waits to be submitted was."""
    opened = bank.dispute(world.store, await payment_of(world, who), amount, "fraudulent")
    await world.deliver()
    looks = Dues()
    looks.outsides["look_up"] = world.service.dues.outsides["look_up"]
    await OutsideCalls(world.db, world.clock, looks).step()
    await world.rests()
    return str(opened["id"])


async def test_a_refund_that_waits_when_it_is_lost_is_not_owed_any_more(ada: World) -> None:
    await ada.hears(cancelled("ada", EARLY))
    dispute = await disputed_before_outside(ada)
    await decided(ada, dispute, "lost")
    assert await states(ada) == ["failed"]
    assert await balances(ada) == {}
    assert await ada.said("refund.failed") == []
    assert list(await tasks(ada)) == ["dispute-lost"]
    refund = (await ada.view("ada"))["refunds"][0]["refund_id"]
    assert (await act(ada, f"refunds/{refund}/retry", "k")).status_code == 409
    assert await ada.value("SELECT returned_minor FROM payments") == 0


async def test_of_a_refund_that_is_more_than_was_lost_the_rest_still_goes(ada: World) -> None:
    await ada.hears(cancelled("ada", EARLY))
    dispute = await disputed_before_outside(ada, 10000)
    await decided(ada, dispute, "lost")
    assert await states(ada) == ["failed", "succeeded"]
    assert ada.totals()[1] == 6900
    assert await balances(ada) == {"cash:gateway": 3000, "fees": -3000}


async def test_a_refund_that_failed_is_settled_by_a_dispute_that_is_lost(ada: World) -> None:
    hand_in(ada).refuses = ["instrument"]
    await ada.hears(cancelled("ada", EARLY))
    await ada.rests()
    assert list(await tasks(ada)) == ["refund-by-hand"]
    dispute = await disputed(ada)
    refund = (await ada.view("ada"))["refunds"][0]["refund_id"]
    for path, body in (("retry", {}), ("settle", {"reference": "HB"})):
        refused = await act(ada, f"refunds/{refund}/{path}", path, **body)
        assert refused.status_code == 409
        assert refused.json()["type"] == "/problems/dispute-open"
    await decided(ada, dispute, "lost")
    assert await balances(ada) == {}
    assert list(await tasks(ada)) == ["dispute-lost"]


async def test_a_refund_of_unknown_outcome_is_looked_for_and_not_made_again(ada: World) -> None:
    ada.line.before = lambda request: request.url.path == "/v1/refunds"
    await ada.hears(cancelled("ada", EARLY))
    await ada.outside.step()
    assert await states(ada) == ["unknown"]
    ada.line.mend()
    asked = ada.line.calls.count(("POST", "/v1/refunds"))
    dispute = await disputed_before_outside(ada)
    await ada.at("2020-09-22T12:00:00Z")
    assert ada.line.calls.count(("POST", "/v1/refunds")) == asked
    await decided(ada, dispute, "won")
    await ada.at("2020-09-23T12:00:00Z")
    assert await states(ada) == ["succeeded"]


async def test_a_refund_under_way_when_it_was_lost_is_no_debt_when_it_fails(ada: World) -> None:
    ada.line.before = lambda request: request.url.path == "/v1/refunds"
    await ada.hears(cancelled("ada", EARLY))
    await ada.outside.step()
    dispute = await disputed(ada)
    await decided(ada, dispute, "lost")
    assert await balances(ada) == {"refunds_payable": -16900, "losses": 16900}
    ada.line.mend()
    await ada.at("2020-09-22T12:00:00Z")
    assert await states(ada) == ["failed"]
    assert await balances(ada) == {}
    assert await ada.said("refund.failed") == []


async def test_a_refund_of_unknown_outcome_is_not_made_after_the_bank_gave_the_money(
    ada: World,
) -> None:
    """50.00 of goodwill, of which the gateway says nothing; the bank gives 100.00 back."""
    ada.line.before = lambda request: request.url.path == "/v1/refunds"
    await ada.goodwill("ada", amount=5000)
    await ada.outside.step()
    dispute = await disputed(ada, 10000)
    await decided(ada, dispute, "lost")
    assert await states(ada) == ["unknown"]
    ada.line.mend()
    asked = ada.line.calls.count(("POST", "/v1/refunds"))
    await ada.at("2020-09-22T12:00:00Z")
    assert ada.line.calls.count(("POST", "/v1/refunds")) == asked
    assert await states(ada) == ["failed"]
    assert await ada.value("SELECT returned_minor FROM payments") == 0
    # The 50.00 that were owed are in the bank's 100.00; the rest of it was to be earned.
    assert await balances(ada) == {"cash:gateway": 9900, "deferred_revenue": -9900}
    assert await ada.said("refund.failed") == []
    assert list(await tasks(ada)) == ["dispute-lost"]


async def test_a_refund_whose_answer_was_lost_is_found_after_the_bank_gave_the_money(
    ada: World,
) -> None:
    ada.line.after = lambda request: request.url.path == "/v1/refunds"
    await ada.goodwill("ada", amount=5000)
    await ada.outside.step()
    dispute = await disputed(ada, 10000)
    await decided(ada, dispute, "lost")
    ada.line.mend()
    await ada.at("2020-09-22T12:00:00Z")
    assert await states(ada) == ["succeeded"]
    assert await balances(ada) == {"cash:gateway": 4900, "deferred_revenue": -4900}


async def test_a_refund_of_unknown_outcome_is_made_when_lost_was_won_after_all(ada: World) -> None:
    hand = hand_in(ada)
    ada.line.before = lambda request: request.url.path == "/v1/refunds"
    await ada.goodwill("ada", amount=5000)
    await ada.outside.step()
    hears_of(hand, "lost", await payment_of(ada), 10000)
    await hooks(ada)
    hears_of(hand, "won", await payment_of(ada), 10000)
    await hooks(ada)
    ada.line.mend()
    await ada.at("2020-09-22T12:00:00Z")
    assert await states(ada) == ["succeeded"]
    assert await balances(ada) == {"cash:gateway": 14900, "deferred_revenue": -14900}


async def test_what_had_been_refunded_before_is_our_loss(ada: World) -> None:
    """The bank may take what we gave back already."""
    hand = hand_in(ada)
    await ada.hears(cancelled("ada", EARLY))
    await ada.rests()
    hears_of(hand, "lost", await payment_of(ada), amount=19900)
    await hooks(ada)
    assert await balances(ada) == {"cash:gateway": -16900, "losses": 16900}


async def test_what_came_by_transfer_is_not_lost_with_more_than_was_asked_of_the_card(
    world: World,
) -> None:
    """100.00 by transfer, then 199.00 by a card whose page was open since before: 100.00 of them
    are too much and on their way back when the bank takes all 199.00. The seat is gone by then, and
    the transfer goes back whole."""
    await world.hears(requested("ada"))
    page = (await world.checkout("ada")).json()["checkout_url"]
    invoice = (await world.view("ada"))["invoice"]["invoice_id"]
    body = {"amount": usd(10000), "reference": "HB-1"}
    assert (await act(world, f"invoices/{invoice}/payments", "k", **body)).status_code == 201
    world.line.before = lambda request: request.url.path == "/v1/refunds"
    await world.shop.post(page, data={"card": GOOD})
    await world.rests()
    [paid] = await world.said("invoice.paid")
    [card] = [one["payment_id"] for one in paid["tenders"] if one["tender"] == "card"]
    opened = bank.dispute(world.store, card, None, "fraudulent")
    await world.rests()
    await decided(world, str(opened["id"]), "lost")
    assert await balances(world) == {
        "cash:bank": 10000,
        "deferred_revenue": -10000,
        "losses": 10000,
        "refunds_payable": -10000,
    }
    world.line.mend()
    await world.at("2020-09-22T12:00:00Z")
    assert await balances(world) == {"cash:bank": 10000, "deferred_revenue": -10000}
    ended = {"invoice_id": invoice, "requested_at": "2020-09-22T12:00:00Z"}
    await world.hears(of(RegistrationUnseated, "ada", **ended))
    await world.rests()
    assert await balances(world) == {"cash:bank": 10000, "refunds_payable": -10000}
    assert "refund-by-hand" in await tasks(world)


async def test_what_an_earlier_loss_took_of_the_surplus_was_never_the_registration_s(
    world: World,
) -> None:
    """99.00 by transfer, then 199.00 by a card: 99.00 of them are owed back, and the gateway
    refuses. A dispute about 99.00 settles that; one about the other 100.00 takes what the card
    brought."""
    await world.hears(requested("ada"))
    page = (await world.checkout("ada")).json()["checkout_url"]
    invoice = (await world.view("ada"))["invoice"]["invoice_id"]
    body = {"amount": usd(9900), "reference": "HB-1"}
    assert (await act(world, f"invoices/{invoice}/payments", "k", **body)).status_code == 201
    hand = hand_in(world)
    hand.refuses = ["instrument"]
    await world.shop.post(page, data={"card": GOOD})
    await world.rests()
    [paid] = await world.said("invoice.paid")
    [card] = [one["payment_id"] for one in paid["tenders"] if one["tender"] == "card"]
    for number, amount, kept in ((1, 9900, 19900), (2, 10000, 9900)):
        hand.disputes[f"dp_{number}"] = DisputeSeen(f"dp_{number}", card, amount, "USD", "lost")
        hook = {"id": f"evt_{number}", "type": "dispute.updated", "data": {"id": f"dp_{number}"}}
        hand.hooks.append(json.dumps(hook).encode())
        await hooks(world)
        found = await balances(world)
        assert (found["deferred_revenue"], found.get("losses", 0)) == (-kept, 0)


async def sent_back(world: World) -> None:
    """The refund that went through comes back: the card was closed, say."""
    refund = (await world.view("ada"))["refunds"][0]["refund_id"]
    made = world.store.by_key("refund", refund)
    assert made is not None
    rules.settle(world.store, made["id"], "failed")
    await world.rests()


async def test_a_refund_that_is_sent_back_is_owed_where_another_part_was_lost(ada: World) -> None:
    """A credit in goodwill is a loss as well, but none of that dispute."""
    given = {"amount": 5000, "reason": "a kindness"}
    assert (await act(ada, "registrations/ada/credits", "k", **given)).status_code == 201
    await ada.hears(cancelled("ada", EARLY))
    await ada.rests()
    await decided(ada, await disputed(ada), "lost")  # what is left of it: the fee of 30.00
    await sent_back(ada)
    assert await balances(ada) == {
        "cash:gateway": 16900,
        "refunds_payable": -16900,
        "losses": 5000,
        "credits": -5000,
    }
    assert "refund-failed" in await tasks(ada)


async def test_a_refund_that_is_sent_back_after_a_loss_is_owed_again_when_it_is_won_after_all(
    ada: World,
) -> None:
    hand = hand_in(ada)
    await ada.hears(cancelled("ada", EARLY))
    await ada.rests()
    hears_of(hand, "lost", await payment_of(ada))
    await hooks(ada)
    await sent_back(ada)
    assert await balances(ada) == {}
    hears_of(hand, "won", await payment_of(ada))
    await hooks(ada)
    await ada.at("2020-09-14T15:06:00Z")  # looked at twice before it is believed
    assert await states(ada) == ["failed", "succeeded"]
    assert await balances(ada) == {"cash:gateway": 3000, "fees": -3000}


async def test_goodwill_waits_for_the_bank(ada: World) -> None:
    await disputed(ada, 5000)
    refused = await ada.goodwill("ada", amount=100)
    assert refused.status_code == 409
    assert refused.json()["type"] == "/problems/dispute-open"


# --- decisions meanwhile --------------------------------------------------------------------------


async def test_cancelled_while_in_dispute_is_decided_again_when_it_is_won(ada: World) -> None:
    dispute = await disputed(ada)
    await ada.hears(cancelled("ada", EARLY))
    await ada.rests()
    assert [s["paid"] for s in await ada.said("cancellation.settled")] == [usd(0)]
    assert await ada.said("refund.requested") == []
    await decided(ada, dispute, "won")
    assert [s["paid"] for s in await ada.said("cancellation.settled")] == [usd(0), usd(19900)]
    assert ada.totals()[1] == 16900
    assert await balances(ada) == {"cash:gateway": 3000, "fees": -3000}


@pytest.mark.parametrize(("result", "given"), [("won", 4975), ("lost", 4900)])
async def test_a_share_that_too_little_is_left_for_waits_for_the_bank(
    ada: World, result: str, given: int
) -> None:
    """A quarter of 199.00, of which the bank has 150.00."""
    dispute = await disputed(ada, 15000)
    await ada.hears(of(RegistrationShareDue, "ada"))
    await ada.rests()
    assert await ada.said("cancellation.settled", "refund.requested") == []
    await decided(ada, dispute, result)
    assert ada.totals()[1] == given
    [settled] = await ada.said("cancellation.settled")
    assert [part["amount"] for part in settled["refunds"]] == [usd(given)]
    left = (19900 if result == "won" else 4900) - given
    expected = {"cash:gateway": left, "deferred_revenue": -left}
    assert await balances(ada) == {name: n for name, n in expected.items() if n}


TAUGHT = "2020-10-20T12:00:00Z"  # after the start, when the policy gives nothing


async def test_a_share_that_waits_is_given_of_what_is_left_before_the_end_is_decided(
    ada: World,
) -> None:
    """The bank has 150.00; of the other 49.00 the share of 49.75 takes all, and nothing is left
    for the cancellation to forfeit."""
    dispute = await disputed(ada, 15000)
    await ada.hears(of(RegistrationShareDue, "ada", requested_at="2020-10-19T12:00:00Z"))
    await ada.at(TAUGHT)
    await ada.hears(cancelled("ada", TAUGHT))
    await ada.at("2020-10-20T13:00:00Z")
    assert [s["cause"] for s in await ada.said("cancellation.settled")] == [
        "share_due",
        "cancelled",
    ]
    assert ada.totals()[1] == 0, "nothing of a payment in dispute is submitted"
    await decided(ada, dispute, "won")
    assert ada.totals()[1] == 4900
    assert await balances(ada) == {"cash:gateway": 15000, "forfeited": -15000}
    assert list(await tasks(ada)) == ["dispute-won"], "0.75 of the share are owed to her"


@pytest.mark.parametrize("result", ["won", "lost"])
async def test_a_share_that_waits_comes_before_what_was_decided_on_nothing(
    ada: World, result: str
) -> None:
    """The bank has all of it: a quarter of 199.00 goes back when it is won, the rest is kept."""
    dispute = await disputed(ada)
    await ada.hears(of(RegistrationShareDue, "ada", requested_at="2020-10-19T12:00:00Z"))
    await ada.at(TAUGHT)
    await ada.hears(cancelled("ada", TAUGHT))
    await ada.rests()
    await decided(ada, dispute, result)
    if result == "lost":
        assert (ada.totals()[1], await balances(ada)) == (0, {})
        return
    settled = await ada.said("cancellation.settled")
    assert [(s["cause"], s["paid"]) for s in settled] == [
        ("cancelled", usd(0)),
        ("share_due", usd(19900)),
        ("cancelled", usd(14925)),
    ]
    assert ada.totals()[1] == 4975
    assert await balances(ada) == {"cash:gateway": 14925, "forfeited": -14925}


async def test_a_share_that_waits_comes_before_the_value_that_is_moved(ada: World) -> None:
    """Three quarters of 199.00 go along to a seat of 199.00, and 49.75 are still due there."""
    dispute = await disputed(ada)
    await ada.hears(of(RegistrationShareDue, "ada", requested_at="2020-09-15T12:00:00Z"))
    await move(ada, "new", EARLY, price=19900)
    await decided(ada, dispute, "won")
    assert ada.totals()[1] == 4975
    assert await balances(ada) == {}
    assert await balances(ada, "new") == {
        "cash:gateway": 14925,
        "receivable": 4975,
        "deferred_revenue": -19900,
    }
    assert list(await tasks(ada)) == ["transfer-unpaid"]


async def test_decided_without_a_part_of_it_staff_give_the_part_back(ada: World) -> None:
    await ada.at(EARLY)
    dispute = await disputed(ada, 5000)
    await ada.at("2020-09-20T12:05:00Z")
    await ada.hears(cancelled("ada", "2020-09-20T12:05:00Z"))
    await ada.at("2020-09-22T12:00:00Z")
    assert ada.totals()[1] == 0
    await decided(ada, dispute, "won")
    assert ada.totals()[1] == 11900
    assert list(await tasks(ada)) == ["dispute-won"]
    assert await balances(ada) == {
        "cash:gateway": 8000,
        "fees": -3000,
        "deferred_revenue": -5000,
    }
    assert (await ada.goodwill("ada", amount=5000)).status_code == 202
    await ada.rests()
    assert ada.totals()[1] == 16900


async def test_moved_while_in_dispute_its_value_moves_when_it_is_won(ada: World) -> None:
    dispute = await disputed(ada)
    await move(ada, "new", EARLY, price=14900)
    assert (await ada.view("new"))["invoice"]["status"] == "open"
    await decided(ada, dispute, "won")
    assert (await ada.view("new"))["invoice"]["status"] == "paid"
    assert ada.totals()[1] == 5000  # what the other course does not cost
    assert await balances(ada) == {}
    assert await balances(ada, "new") == {"cash:gateway": 14900, "deferred_revenue": -14900}
    assert await tasks(ada) == {}


async def test_moved_and_paid_anew_while_in_dispute_the_first_payment_goes_back_when_it_is_won(
    ada: World,
) -> None:
    dispute = await disputed(ada)
    await move(ada, "new", EARLY, price=14900)
    await ada.pays("new")
    await decided(ada, dispute, "won")
    assert ada.totals() == (19900 + 14900, 19900)
    assert await balances(ada) == {}
    assert await balances(ada, "new") == {"cash:gateway": 14900, "deferred_revenue": -14900}


async def test_moved_and_cancelled_while_in_dispute_is_decided_on_its_value_when_it_is_won(
    ada: World,
) -> None:
    dispute = await disputed(ada)
    await move(ada, "new", EARLY, price=19900)
    about = {"course_id": "course-of-new"}
    await ada.hears(cancelled("new", "2020-09-22T12:00:00Z", **about))
    await decided(ada, dispute, "won")
    assert ada.totals()[1] == 16900  # early, less the fee of 30.00
    assert await balances(ada) == {}
    assert await balances(ada, "new") == {"cash:gateway": 3000, "fees": -3000}
    assert await tasks(ada) == {}


# --- credits --------------------------------------------------------------------------------------


async def test_a_credit_that_came_out_of_it_is_frozen_and_good_again_when_won(ada: World) -> None:
    await ada.hears(cancelled("ada", LATE))
    dispute = await disputed(ada)
    assert await credit(ada) == ("frozen", 19900)
    assert await balances(ada) == {"disputes": 19900, "credits": -19900}
    await decided(ada, dispute, "won")
    assert await credit(ada) == ("active", 19900)
    assert await balances(ada) == {"cash:gateway": 19900, "credits": -19900}


@pytest.mark.parametrize("first", [0, 1])
async def test_a_credit_stays_frozen_until_the_last_dispute_about_it_is_decided(
    ada: World, first: int
) -> None:
    await ada.hears(cancelled("ada", LATE))
    both = [await disputed(ada, 5000), await disputed(ada, 4000)]
    await decided(ada, both[first], "won")
    assert await credit(ada) == ("frozen", 19900)
    await decided(ada, both[1 - first], "lost")
    assert await credit(ada) == ("active", 19900 - (4000, 5000)[first])


async def test_a_credit_that_is_not_all_lost_stays_frozen_while_there_is_another_dispute(
    ada: World,
) -> None:
    await ada.hears(cancelled("ada", LATE))
    first, second = await disputed(ada, 5000), await disputed(ada, 4000)
    await decided(ada, first, "lost")
    assert await credit(ada) == ("frozen", 14900)
    await decided(ada, second, "won")
    assert await credit(ada) == ("active", 14900)


async def test_a_credit_is_taken_back_when_it_is_lost(ada: World) -> None:
    await ada.hears(cancelled("ada", LATE))
    dispute = await disputed(ada)
    await decided(ada, dispute, "lost")
    assert await credit(ada) == ("voided", 0)
    [voided] = await ada.said("credit.voided")
    assert (voided["amount"], voided["reason"]) == (usd(19900), "dispute-lost")
    assert await balances(ada) == {}


async def test_no_more_of_a_credit_is_taken_back_than_was_lost(ada: World) -> None:
    await ada.hears(cancelled("ada", LATE))
    dispute = await disputed(ada, 5000)
    await decided(ada, dispute, "lost")
    assert await credit(ada) == ("active", 14900)
    assert await balances(ada) == {"cash:gateway": 14900, "credits": -14900}


@pytest.mark.parametrize(("price", "left", "loss"), [(14900, 5000, 14900), (19900, 0, 19900)])
async def test_what_was_spent_of_a_credit_is_our_loss(
    ada: World, price: int, left: int, loss: int
) -> None:
    await move(ada, "new", "2020-10-06T12:00:00Z", price=price)  # late: by a credit, spent at once
    dispute = await disputed(ada)
    [found] = (await ada.view("ada"))["credits"]
    assert found["balance"]["amount"] == left
    await decided(ada, dispute, "lost")
    [found] = (await ada.view("ada"))["credits"]
    assert found["balance"]["amount"] == 0
    assert (await balances(ada))["losses"] == loss
    assert (await ada.view("new"))["invoice"]["status"] == "paid"


async def test_a_loss_that_was_lowered_since_is_taken_back_as_far_as_it_stands(ada: World) -> None:
    """149.00 of a credit of 199.00 were spent and lost to us; 119.00 of them came back to it, and
    were taken back. Won after all, 30.00 of that loss stand, and the rest is kept."""
    await move(ada, "new", "2020-10-06T12:00:00Z", price=14900)
    dispute = await disputed(ada)
    await decided(ada, dispute, "lost")
    assert await balances(ada) == {"losses": 14900, "credits": -14900}
    about = {"course_id": "course-of-new"}
    await ada.hears(cancelled("new", "2020-12-01T12:00:00Z", **about))
    await ada.rests()
    assert await balances(ada) == {"losses": 3000, "credits": -3000}
    await decided(ada, dispute, "won")
    await ada.at("2020-12-02T12:00:00Z")
    assert await balances(ada) == {
        "cash:gateway": 19900,
        "credits": -3000,
        "forfeited": -16900,
    }


# --- moved, and groups ----------------------------------------------------------------------------


async def test_where_the_money_was_moved_the_dispute_is_moved_too(ada: World) -> None:
    await move(ada, "new", EARLY, price=14900)  # 50.00 goes back to the card
    opened = bank.dispute(ada.store, await payment_of(ada, "new"), None, "fraudulent")
    await ada.rests()
    told = [(d["registration_id"], d["amount"]) for d in await ada.said("dispute.opened")]
    assert told == [("new", usd(14900))]
    assert await balances(ada, "new") == {"disputes": 14900, "deferred_revenue": -14900}
    await decided(ada, opened["id"], "lost")
    assert await balances(ada, "new") == {}
    assert await balances(ada) == {}


async def test_each_of_a_group_bears_its_part(world: World) -> None:
    trio = members(3, payment_method="card")
    await world.hears(*trio)
    await world.pays("m000")
    await world.hears(*(confirmed(f"m{n:03}") for n in range(3)))
    await world.hears(cancelled("m001", EARLY))
    dispute = await disputed_before_outside(world, 10001, "m000")
    told = {d["registration_id"]: d["amount"]["amount"] for d in await world.said("dispute.opened")}
    assert told == {"m000": 3334, "m001": 3334, "m002": 3333}
    await decided(world, dispute, "lost")
    assert await world.balances("m000") == {
        "cash:gateway": 19900 - 3334,
        "deferred_revenue": 3334 - 19900,
    }
    # m001 was owed 169.00; of that the bank gave 33.34 back itself.
    assert world.totals()[1] == 16900 - 3334
    assert await world.balances("m001") == {"cash:gateway": 3000, "fees": -3000}
    closed = {(d["registration_id"], d["result"]) for d in await world.said("dispute.closed")}
    assert closed == {("m000", "lost"), ("m001", "lost"), ("m002", "lost")}


# --- order, duplicates, crashes -------------------------------------------------------------------


def hears_of(
    hand: Hand, status: Literal["open", "won", "lost"], payment: str, amount: int = 19900
) -> None:
    """What the gateway says when asked, and a webhook that tells to ask."""
    hand.disputes["dp_1"] = DisputeSeen("dp_1", payment, amount, "USD", status)
    hook = {"id": f"evt_{status}", "type": "dispute.updated", "data": {"id": "dp_1"}}
    hand.hooks.append(json.dumps(hook).encode())


async def hooks(world: World) -> None:
    """Deliver them."""
    hand = world.service.app.state.gateways["paysim"]
    while hand.hooks:
        assert await world.webhook(hand.hooks.pop(0)) == 200
    await world.rests()


async def test_a_dispute_that_is_heard_of_when_it_is_lost_was_opened_before(ada: World) -> None:
    hears_of(hand_in(ada), "lost", await payment_of(ada))
    await hooks(ada)
    assert [d["dispute_id"] for d in await ada.said("dispute.opened")] == ["dp_1"]
    assert [d["result"] for d in await ada.said("dispute.closed")] == ["lost"]
    assert await balances(ada) == {}
    assert list(await tasks(ada)) == ["dispute-lost"]


async def test_webhooks_in_any_number_and_order_change_nothing(ada: World) -> None:
    dispute = await disputed(ada)
    bank.close(ada.store, dispute, "lost")
    [body] = ada.pending_webhooks()
    for name, type_ in (("a", "dispute.closed"), ("b", "dispute.opened"), ("c", "dispute.x")):
        hook = json.loads(body) | {"id": f"evt_{name}", "type": type_}
        await ada.webhook(json.dumps(hook).encode())
    await ada.rests()
    assert len(await ada.said("dispute.opened")) == len(await ada.said("dispute.closed")) == 1
    assert await balances(ada) == {}


async def test_a_look_that_comes_back_late_opens_nothing_again(ada: World) -> None:
    hand, payment = hand_in(ada), await payment_of(ada)
    hears_of(hand, "won", payment)
    await hooks(ada)
    hears_of(hand, "open", payment)
    await hooks(ada)
    assert await balances(ada) == {"cash:gateway": 19900, "deferred_revenue": -19900}
    assert len(await ada.said("dispute.closed")) == 1


async def test_an_old_look_that_comes_back_last_overturns_nothing(ada: World) -> None:
    hand, payment = hand_in(ada), await payment_of(ada)
    hears_of(hand, "lost", payment)
    await hooks(ada)
    hears_of(hand, "won", payment)
    assert await ada.webhook(hand.hooks.pop()) == 200
    await ada.outside.step()  # says won
    hears_of(hand, "lost", payment)
    await ada.at("2020-09-14T15:10:00Z")
    assert [d["result"] for d in await ada.said("dispute.closed")] == ["lost"]
    assert await balances(ada) == {}


async def test_a_bank_may_change_its_mind_both_ways(ada: World) -> None:
    await ada.hears(cancelled("ada", EARLY))
    dispute = await disputed_before_outside(ada)
    await decided(ada, dispute, "lost")
    assert await balances(ada) == {}
    await decided(ada, dispute, "won")
    assert await balances(ada) == {}
    await ada.at("2020-09-14T15:06:00Z")  # looked at twice before it is believed
    assert await balances(ada) == {"cash:gateway": 3000, "fees": -3000}
    assert await states(ada) == ["failed", "succeeded"]  # owed again, and given back
    assert list(await tasks(ada)) == ["dispute-won"]


async def test_won_and_lost_after_all_is_lost(ada: World) -> None:
    dispute = await disputed(ada)
    await decided(ada, dispute, "won")
    await decided(ada, dispute, "lost")
    await ada.at("2020-09-14T15:06:00Z")
    assert await balances(ada) == {}
    assert [d["result"] for d in await ada.said("dispute.closed")] == ["won", "lost"]
    assert await ada.value("SELECT disputed_minor FROM payment_parts") == 19900


async def test_a_dispute_is_heard_of_before_its_payment(world: World) -> None:
    await world.hears(requested("ada"))
    await world.pays("ada", GOOD, deliver=False)
    [paid] = world.pending_webhooks()
    payment = json.loads(paid)["data"]["id"]
    bank.dispute(world.store, payment, None, "fraudulent")
    for body in world.pending_webhooks()[1:]:
        await world.webhook(body)
    await world.outside.step()
    assert await world.said("dispute.opened") == []
    await world.at("2020-09-14T15:06:00Z")
    # The payment was looked up because of it, without any webhook of its own.
    assert await balances(world) == {"disputes": 19900, "deferred_revenue": -19900}
    assert len(await world.said("invoice.paid")) == 1


async def test_a_dispute_of_a_payment_that_is_nobody_s_becomes_a_task(world: World) -> None:
    hears_of(hand_in(world), "open", "pay_of_nobody")
    await hooks(world)
    await world.at("2020-09-15T15:05:00Z")
    assert "dispute-unknown" in await tasks(world)
    left = "SELECT count(*) FROM due WHERE kind = 'look_up' AND ref LIKE '%evt_open'"
    assert await world.value(left) == 1  # and is looked at once a day


async def test_days_on_which_a_payment_is_not_known_are_no_looks_that_failed(world: World) -> None:
    hand = hand_in(world)
    hears_of(hand, "open", "pay_of_nobody")
    await hooks(world)
    await world.at("2020-10-05T12:00:00Z")
    seen = hand.disputes.pop("dp_1")
    world.line.before = lambda request: request.url.path.endswith("dp_1")
    await world.at("2020-10-05T16:05:00Z")
    hand.disputes["dp_1"] = seen
    await world.at("2020-10-06T16:05:00Z")
    assert "look-up-failing" not in {task["kind"] for task in await world.said("task.opened")}


@pytest.mark.parametrize("point", ["outside.prepared", "outside.acted", "batch.flushed"])
@pytest.mark.parametrize("result", ["open", "lost", "won"])
async def test_a_crash_anywhere_books_a_dispute_once(ada: World, point: Point, result: str) -> None:
    await ada.hears(cancelled("ada", LATE))
    await ada.rests()
    dispute = await disputed(ada) if result != "open" else ""
    if result == "open":
        bank.dispute(ada.store, await payment_of(ada), None, "fraudulent")
    else:
        bank.close(ada.store, dispute, result)
    await ada.deliver()
    with killed_at(point):
        await OutsideCalls(ada.db, ada.clock, ada.service.dues).step()
    await ada.leases_run_out()
    await ada.rests()
    expected: dict[str, dict[str, int]] = {
        "open": {"disputes": 19900, "credits": -19900},
        "won": {"cash:gateway": 19900, "credits": -19900},
        "lost": {},
    }
    assert await balances(ada) == expected[result]
    assert len(await ada.said("dispute.opened")) == 1
    assert len(await ada.said("dispute.closed")) == (0 if result == "open" else 1)


async def test_two_processes_hear_of_one_dispute_at_once(ada: World) -> None:
    opened = bank.dispute(ada.store, await payment_of(ada), None, "fraudulent")
    [body] = ada.pending_webhooks()
    for name in "abcd":
        await ada.webhook(json.dumps(json.loads(body) | {"id": f"evt_{name}"}).encode())
    others = [OutsideCalls(ada.db, ada.clock, ada.service.dues) for _ in range(3)]
    await asyncio.gather(*(other.step() for other in others))
    await ada.rests()
    assert [d["dispute_id"] for d in await ada.said("dispute.opened")] == [opened["id"]]
    assert await balances(ada) == {"disputes": 19900, "deferred_revenue": -19900}
