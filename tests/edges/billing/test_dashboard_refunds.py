"""Refunds made in the gateway's own dashboard: before, after and while one of ours is under way.

Whether the sums are exact is also asked of the invariants, by the fixture, after every test.
"""

from __future__ import annotations

import json

import pytest

from services.billing.domain.seen import RefundSeen
from shared.runtime.failpoint import Point
from shared.runtime.outside import OutsideCalls
from stack.paysim import disputes as bank
from stack.paysim import rules
from tests.edges.billing.conftest import World, cancelled, confirmed, requested, usd
from tests.edges.billing.hand import Hand, act, hand_in, tasks
from tests.edges.billing.test_groups import members
from tests.stage import killed_at

EARLY = "2020-09-20T12:00:00Z"
LATE = "2020-10-06T04:01:00Z"


async def by_hand(world: World, amount: int, who: str = "ada") -> str:
    """Somebody gives that much back in the dashboard; gives the gateway's id of it."""
    payment = (await world.view(who))["payments"][0]["payment_id"]
    wanted = {"key": "", "payment_id": payment, "amount": amount, "reason": ""}
    made = rules.refund(world.store, wanted | {"key": f"dashboard-{amount}"})
    return str(made["id"])


async def refunds(world: World, who: str = "ada") -> list[tuple[str, str, int]]:
    """(what it is, state, amount) of every row."""
    shown = (await world.view(who))["refunds"]
    found = [(r["refund_id"].split(":")[0], r["status"], r["amount"]["amount"]) for r in shown]
    return sorted(found)


async def test_it_is_in_the_books_and_flagged_and_cancels_nothing(ada: World) -> None:
    made = await by_hand(ada, 5000)
    await ada.rests()
    assert await refunds(ada) == [("dashboard", "succeeded", 5000)]
    [refund] = (await ada.view("ada"))["refunds"]
    assert refund["refund_id"] == f"dashboard:paysim:{made}:1"
    assert refund["cause"] == "dashboard"
    assert await ada.balances("ada") == {"cash:gateway": 14900, "deferred_revenue": -14900}
    [task] = await ada.said("task.opened")
    assert task["kind"] == "dashboard-refund"
    assert "50.00 USD" in task["what"]
    [settled] = await ada.said("refund.settled")
    assert (settled["refund_id"], settled["amount"]) == (refund["refund_id"], usd(5000))
    assert await ada.said("cancellation.settled", "refund.requested", "refund.failed") == []
    assert (await ada.view("ada"))["invoice"]["status"] == "paid"


async def test_it_lowers_the_base_of_a_later_cancellation(ada: World) -> None:
    await by_hand(ada, 5000)
    await ada.rests()
    await ada.hears(cancelled("ada", EARLY))
    await ada.rests()
    [settled] = await ada.said("cancellation.settled")
    assert (settled["paid"], settled["fee"]) == (usd(14900), usd(3000))
    assert ada.totals() == (19900, 5000 + 11900)
    assert await ada.balances("ada") == {"cash:gateway": 3000, "fees": -3000}


async def test_after_a_cancellation_it_comes_out_of_the_fee(ada: World) -> None:
    await ada.hears(cancelled("ada", EARLY))
    await ada.rests()
    await by_hand(ada, 1000)
    await ada.rests()
    assert await ada.balances("ada") == {"cash:gateway": 2000, "fees": -2000}
    assert (await ada.goodwill("ada", amount=2001)).status_code == 409


async def test_of_what_became_a_credit_it_is_our_loss_until_staff_see_to_it(ada: World) -> None:
    await ada.hears(cancelled("ada", LATE))
    await by_hand(ada, 19900)
    await ada.rests()
    assert await ada.balances("ada") == {"credits": -19900, "losses": 19900}
    assert list(await tasks(ada)) == ["dashboard-refund"]


@pytest.mark.parametrize(
    ("made", "given", "kept"), [(19900, 0, 0), (19000, 0, 900), (5000, 11900, 3000)]
)
async def test_staff_take_back_the_credit_of_what_was_given_back_there(
    ada: World, made: int, given: int, kept: int
) -> None:
    """The loss ends with the credit; of what is left of the payment the fee of 30.00 is kept."""
    await ada.hears(cancelled("ada", LATE))
    await by_hand(ada, made)
    await ada.rests()
    decision = {"outcome": "refund", "reason": "they were given it in the dashboard"}
    answer = await act(ada, "registrations/ada/decision", "k", **decision)
    assert answer.status_code == 202, answer.text
    await ada.rests()
    assert ada.totals()[1] == made + given
    left = {"cash:gateway": kept, "fees": -kept}
    assert await ada.balances("ada") == {name: n for name, n in left.items() if n}
    [credit] = (await ada.view("ada"))["credits"]
    assert (credit["status"], credit["balance"]) == ("voided", usd(0))


async def test_it_is_recorded_once_however_often_it_is_heard_of(ada: World) -> None:
    await by_hand(ada, 5000)
    [body] = ada.pending_webhooks()
    for name in "abc":
        await ada.webhook(json.dumps(json.loads(body) | {"id": f"evt_{name}"}).encode())
    await ada.rests()
    await ada.rests()
    assert await refunds(ada) == [("dashboard", "succeeded", 5000)]
    assert await ada.balances("ada") == {"cash:gateway": 14900, "deferred_revenue": -14900}


async def test_two_of_them_are_two(ada: World) -> None:
    await by_hand(ada, 5000)
    await by_hand(ada, 6000)
    await ada.rests()
    assert await ada.balances("ada") == {"cash:gateway": 8900, "deferred_revenue": -8900}
    assert len(await ada.said("task.opened")) == 2


# --- beside one of ours ---------------------------------------------------------------------------


async def test_faster_than_ours_it_pays_what_ours_could_not(ada: World) -> None:
    """Somebody gave 190.00 back by hand, and its webhook is late; then ours, of 169.00, is refused.
    That is why, so it is looked at; nobody is told to send 169.00 once more, nor that it failed."""
    made = await by_hand(ada, 19000)
    held = unheard(ada)
    await ada.hears(cancelled("ada", EARLY))
    await ada.outside.step()
    assert await refunds(ada) == [("refund", "failed", 16900)]
    [task] = await ada.said("task.opened")
    assert task["kind"] == "refund-failed"
    assert f"than was known here ({made})" in task["what"]
    assert "Send nothing by hand" in task["what"]
    for _ in range(2):  # then its webhook comes after all
        await ada.rests()
        assert await refunds(ada) == [
            ("dashboard", "succeeded", 2100),
            ("dashboard", "succeeded", 16900),
            ("refund", "failed", 16900),
        ]
        assert await ada.balances("ada") == {"cash:gateway": 900, "fees": -900}
        assert list(await tasks(ada)) == ["dashboard-refund"]
        for body in held:
            await ada.webhook(body)
    assert await ada.said("refund.failed") == []


def unheard(world: World) -> list[bytes]:
    """What the gateway would say now is held back; gives its webhooks."""
    held = world.pending_webhooks()
    for identity, _, _ in world.store.webhooks_due(100):
        world.store.webhook_done(identity)
    return held


async def test_where_ours_is_refused_for_one_unheard_of_the_rest_is_given_by_itself(
    ada: World,
) -> None:
    await by_hand(ada, 3551)
    unheard(ada)
    await ada.hears(cancelled("ada", EARLY))  # 169.00 are owed, 163.49 are left
    await ada.rests()
    assert await refunds(ada) == [
        ("dashboard", "succeeded", 3551),
        ("refund", "failed", 16900),
        ("refund", "succeeded", 13349),
    ]
    assert ada.totals() == (19900, 16900)
    assert await ada.balances("ada") == {"cash:gateway": 3000, "fees": -3000}
    assert list(await tasks(ada)) == ["dashboard-refund"]


async def test_where_the_one_unheard_of_fails_ours_is_made_after_all(ada: World) -> None:
    hand = hand_in(ada)
    made = await begun(ada, hand, 3551, heard=False)
    await ada.hears(cancelled("ada", EARLY))
    await ada.outside.step()
    await ada.outside.step()  # it is looked at, and is on its way
    assert await refunds(ada) == [("refund", "failed", 16900)]
    assert list(await tasks(ada)) == ["refund-failed"]
    del hand.refunds[made]
    rules.settle(ada.store, made, "failed")
    unheard(ada)
    await ada.at("2020-09-21T12:00:00Z")
    assert await refunds(ada) == [("refund", "failed", 16900), ("refund", "succeeded", 16900)]
    assert ada.totals() == (19900, 16900)
    assert await ada.balances("ada") == {"cash:gateway": 3000, "fees": -3000}
    assert list(await tasks(ada)) == []


async def test_more_than_is_left_with_none_unheard_of_is_for_staff(ada: World) -> None:
    hand_in(ada).refuses = ["over"]
    await ada.hears(cancelled("ada", EARLY))
    await ada.rests()
    [failed] = await ada.said("refund.failed")
    assert (failed["by_hand"], list(await tasks(ada))) == (False, ["refund-failed"])
    assert "Try it again, or ask" in (await tasks(ada))["refund-failed"]


async def test_what_staff_were_asked_about_is_not_tried_again_by_itself(ada: World) -> None:
    """They may have sent the money: that another one, made later, fails is no reason."""
    hand = hand_in(ada)
    hand.refuses = ["over"]
    await ada.hears(cancelled("ada", EARLY))
    await ada.rests()
    made = await begun(ada, hand, 100)
    del hand.refunds[made]
    rules.settle(ada.store, made, "failed")
    await ada.at("2020-09-22T12:00:00Z")
    assert await refunds(ada) == [("refund", "failed", 16900)]
    assert "Try it again, or ask" in (await tasks(ada))["refund-failed"]


async def test_of_a_group_what_only_another_knows_is_no_reason_and_staff_are_asked(
    world: World,
) -> None:
    hand = await group(world)
    hand.refuses = ["instrument"]
    await world.hears(cancelled("m001", EARLY))
    await world.rests()
    await by_hand(world, 16900, "m001")
    await world.rests()
    assert list(await tasks(world)) == ["dashboard-refund"]
    hand.refuses = ["over"]
    await world.hears(cancelled("m002", EARLY))
    await world.rests()
    assert [failed["registration_id"] for failed in await world.said("refund.failed")] == [
        "m001",
        "m002",
    ]
    assert "Try it again, or ask" in (await tasks(world))["refund-failed"]


async def test_of_a_group_what_paid_another_s_debt_meanwhile_leaves_ours_to_be_tried(
    world: World,
) -> None:
    """Both are refused; what was unheard of pays one debt, and the other is tried again."""
    hand = await group(world)
    await by_hand(world, 16900, "m001")
    unheard(world)
    hand.refuses = ["over", "over"]
    await world.hears(cancelled("m001", EARLY), cancelled("m002", EARLY))
    await world.rests()
    found = await refunds(world, "m001"), await refunds(world, "m002")
    assert sorted(found) == [
        [("dashboard", "succeeded", 16900), ("refund", "failed", 16900)],
        [("refund", "failed", 16900), ("refund", "succeeded", 16900)],
    ]
    assert await world.said("refund.failed") == []
    assert list(await tasks(world)) == ["dashboard-refund"]


async def group(world: World) -> Hand:
    """Three who were paid for by one card, all confirmed."""
    await world.hears(*members(3, payment_method="card"))
    await world.pays("m000")
    await world.hears(*(confirmed(f"m{n:03}") for n in range(3)))
    return hand_in(world)


async def test_where_a_dispute_unheard_of_left_too_little_staff_are_told_to_look_for_one(
    ada: World,
) -> None:
    """Sent by hand it would go back twice: by us, and by the payer's bank."""
    payment = (await ada.view("ada"))["payments"][0]["payment_id"]
    bank.dispute(ada.store, payment, None, "fraudulent")
    unheard(ada)
    await ada.hears(cancelled("ada", EARLY))
    await ada.rests()
    assert "whether the payer disputes it" in (await tasks(ada))["refund-failed"]


async def test_while_ours_is_under_way_it_waits_for_what_becomes_of_that(ada: World) -> None:
    ada.line.before = lambda request: request.method == "POST"
    await ada.hears(cancelled("ada", EARLY))
    await ada.outside.step()  # ours is unknown
    await by_hand(ada, 16900)
    await ada.deliver()
    await ada.at("2020-09-14T15:10:00Z")
    assert await refunds(ada) == [("refund", "unknown", 16900)]
    ada.line.mend()
    await ada.at("2020-09-14T19:00:00Z")
    assert await refunds(ada) == [
        ("dashboard", "succeeded", 16900),
        ("refund", "failed", 16900),
    ]
    assert ada.totals() == (19900, 16900)
    assert await ada.balances("ada") == {"cash:gateway": 3000, "fees": -3000}
    assert list(await tasks(ada)) == ["dashboard-refund"]


async def test_of_a_debt_that_it_pays_in_part_the_rest_is_tried_again(ada: World) -> None:
    hand_in(ada).refuses = ["refused"]
    await ada.hears(cancelled("ada", EARLY))
    await ada.rests()
    await by_hand(ada, 10000)
    await ada.rests()
    assert await refunds(ada) == [
        ("dashboard", "succeeded", 10000),
        ("refund", "failed", 16900),
        ("refund", "succeeded", 6900),
    ]
    assert ada.totals() == (19900, 16900)
    assert await ada.balances("ada") == {"cash:gateway": 3000, "fees": -3000}
    assert list(await tasks(ada)) == ["dashboard-refund"]


async def test_what_we_still_owe_and_wait_to_give_is_paid_by_it(ada: World) -> None:
    """50.00 of goodwill are tried again in an hour; staff do not wait for it."""
    hand = hand_in(ada)
    hand.refuses = ["balance"]
    assert (await ada.goodwill("ada", amount=5000)).status_code == 202
    await ada.rests()
    assert await refunds(ada) == [("refund", "failed", 5000), ("refund", "requested", 5000)]
    await by_hand(ada, 5000)
    await ada.rests()
    await ada.at("2020-09-17T12:00:00Z")
    assert len(hand.asked) == 1
    assert ada.totals() == (19900, 5000)
    assert await refunds(ada) == [
        ("dashboard", "succeeded", 5000),
        ("refund", "failed", 5000),
        ("refund", "failed", 5000),
    ]
    assert await ada.balances("ada") == {"cash:gateway": 14900, "deferred_revenue": -14900}
    assert await ada.value("SELECT returned_minor FROM payments") == 5000
    assert list(await tasks(ada)) == ["dashboard-refund"]


async def test_of_what_we_wait_to_give_the_rest_is_still_given(ada: World) -> None:
    hand_in(ada).refuses = ["balance"]
    await ada.goodwill("ada", amount=5000)
    await ada.rests()
    await by_hand(ada, 2000)
    await ada.rests()
    assert ada.totals() == (19900, 5000)
    assert await ada.balances("ada") == {"cash:gateway": 14900, "deferred_revenue": -14900}
    assert await ada.value("SELECT returned_minor FROM payments") == 5000


async def unknown_for_days(ada: World) -> None:
    """50.00 of goodwill that the gateway says nothing of, until staff are asked to look there."""
    ada.line.before = lambda request: request.url.path.startswith("/v1/refunds")
    await ada.goodwill("ada", amount=5000)
    await ada.at("2020-09-17T15:30:00Z")
    assert await refunds(ada) == [("refund", "unknown", 5000)]
    assert list(await tasks(ada)) == ["refund-stuck"]


async def test_one_that_staff_make_for_ours_of_unknown_outcome_is_not_made_twice(
    ada: World,
) -> None:
    await unknown_for_days(ada)
    ada.line.before = lambda request: request.method == "POST"
    await by_hand(ada, 5000)  # staff look there, and see none
    await ada.deliver()
    await ada.outside.step()
    ada.line.mend()
    await ada.at("2020-09-19T12:00:00Z")
    assert ada.totals() == (19900, 5000)
    assert await refunds(ada) == [("dashboard", "succeeded", 5000), ("refund", "failed", 5000)]
    assert await ada.balances("ada") == {"cash:gateway": 14900, "deferred_revenue": -14900}
    assert await ada.value("SELECT returned_minor FROM payments") == 5000
    assert list(await tasks(ada)) == ["dashboard-refund"]


async def test_where_ours_of_unknown_outcome_was_made_both_are_in_the_books(ada: World) -> None:
    ada.line.after = lambda request: request.url.path.startswith("/v1/refunds")
    await ada.goodwill("ada", amount=5000)
    await ada.outside.step()
    await by_hand(ada, 4000)
    await ada.outside.step()
    ada.line.mend()
    await ada.at("2020-09-15T12:00:00Z")
    assert ada.totals() == (19900, 9000)
    assert await refunds(ada) == [("dashboard", "succeeded", 4000), ("refund", "succeeded", 5000)]
    assert await ada.balances("ada") == {"cash:gateway": 10900, "deferred_revenue": -10900}


async def test_one_that_is_beside_ours_and_fails_leaves_ours_to_be_made(ada: World) -> None:
    ada.line.before = lambda request: request.method == "POST"
    await ada.goodwill("ada", amount=5000)
    await ada.outside.step()
    made = await by_hand(ada, 5000)
    await ada.deliver()
    await ada.outside.step()
    ada.line.mend()
    rules.settle(ada.store, made, "failed")
    await ada.at("2020-09-17T12:00:00Z")
    assert ada.totals() == (19900, 5000)
    assert await refunds(ada) == [("refund", "succeeded", 5000)]


async def test_one_that_comes_back_is_owed_like_any_other(ada: World) -> None:
    made = await by_hand(ada, 5000)
    await ada.rests()
    rules.settle(ada.store, made, "failed")
    await ada.rests()
    assert await refunds(ada) == [("dashboard", "failed", 5000)]
    assert await ada.balances("ada") == {
        "cash:gateway": 19900,
        "deferred_revenue": -14900,
        "refunds_payable": -5000,
    }
    assert sorted(await tasks(ada)) == ["dashboard-refund", "refund-failed"]


# --- one that the bank takes its time with --------------------------------------------------------


async def begun(world: World, hand: Hand, amount: int, *, heard: bool = True) -> str:
    """Somebody gives that much back in the dashboard, and its bank takes days."""
    made = await by_hand(world, amount)
    payment = (await world.view("ada"))["payments"][0]["payment_id"]
    hand.refunds[made] = RefundSeen(made, "pending", payment, amount)
    if not heard:
        unheard(world)
    await world.deliver()
    await world.outside.step()
    return made


async def test_while_it_is_on_its_way_what_we_wait_to_give_is_not_given(ada: World) -> None:
    """50.00 of goodwill are tried again in an hour; staff make them meanwhile."""
    hand = hand_in(ada)
    hand.refuses = ["balance"]
    await ada.goodwill("ada", amount=5000)
    await ada.rests()
    made = await begun(ada, hand, 5000)
    await ada.at("2020-09-17T12:00:00Z")
    assert await refunds(ada) == [("refund", "failed", 5000), ("refund", "requested", 5000)]
    del hand.refunds[made]
    await ada.at("2020-09-17T14:00:00Z")
    assert len(hand.asked) == 1
    assert ada.totals() == (19900, 5000)
    assert await refunds(ada) == [
        ("dashboard", "succeeded", 5000),
        ("refund", "failed", 5000),
        ("refund", "failed", 5000),
    ]
    assert await ada.balances("ada") == {"cash:gateway": 14900, "deferred_revenue": -14900}


async def test_while_it_is_on_its_way_for_days_ours_of_unknown_outcome_is_not_made(
    ada: World,
) -> None:
    hand = hand_in(ada)
    ada.line.before = lambda request: request.url.path == "/v1/refunds"
    await ada.goodwill("ada", amount=5000)
    await ada.outside.step()
    made = await begun(ada, hand, 5000)
    ada.line.mend()
    await ada.at("2020-09-18T12:00:00Z")
    assert await refunds(ada) == [("refund", "requested", 5000)]
    del hand.refunds[made]
    await ada.at("2020-09-18T14:00:00Z")
    assert len(hand.asked) == 1
    assert ada.totals() == (19900, 5000)
    assert await refunds(ada) == [("dashboard", "succeeded", 5000), ("refund", "failed", 5000)]
    assert await ada.balances("ada") == {"cash:gateway": 14900, "deferred_revenue": -14900}


async def test_where_it_fails_after_days_ours_is_given_within_one(ada: World) -> None:
    hand = hand_in(ada)
    hand.refuses = ["balance"]
    await ada.goodwill("ada", amount=5000)
    await ada.rests()
    made = await begun(ada, hand, 5000)
    await ada.at("2020-09-17T12:00:00Z")
    del hand.refunds[made]
    rules.settle(ada.store, made, "failed")
    await ada.at("2020-09-18T13:30:00Z")
    assert ada.totals() == (19900, 5000)
    assert await refunds(ada) == [("refund", "failed", 5000), ("refund", "succeeded", 5000)]


async def test_beside_it_what_a_bank_has_settled_is_still_not_made(ada: World) -> None:
    """50.00 of goodwill, of which the gateway says nothing; the bank gives 100.00 back. Of those
    are the 50.00, so that what staff give as well is another 50.00."""
    hand = hand_in(ada)
    ada.line.before = lambda request: request.url.path == "/v1/refunds"
    await ada.goodwill("ada", amount=5000)
    await ada.outside.step()
    payment = (await ada.view("ada"))["payments"][0]["payment_id"]
    opened = bank.dispute(ada.store, payment, 10000, "fraudulent")
    await ada.rests()
    bank.close(ada.store, opened["id"], "lost")
    await ada.rests()
    made = await begun(ada, hand, 5000)
    ada.line.mend()
    await ada.at("2020-09-18T12:00:00Z")
    assert len(hand.asked) == 1
    assert await refunds(ada) == [("refund", "failed", 5000)]
    del hand.refunds[made]
    await ada.at("2020-09-18T14:00:00Z")
    assert await refunds(ada) == [("dashboard", "succeeded", 5000), ("refund", "failed", 5000)]
    assert await ada.balances("ada") == {"cash:gateway": 4900, "deferred_revenue": -4900}


async def test_looks_that_fail_now_and_then_while_it_is_on_its_way_are_not_added_up(
    ada: World,
) -> None:
    hand = hand_in(ada)
    made = await begun(ada, hand, 5000)
    for day in (15, 16, 17):
        await ada.at(f"2020-09-{day}T12:00:00Z")
        pending = hand.refunds.pop(made)
        ada.line.before = lambda request: request.url.path.endswith(made)
        await ada.at(f"2020-09-{day}T13:30:00Z")
        hand.refunds[made] = pending
    assert "look-up-failing" not in await tasks(ada)


# --- groups, odd cases, crashes -------------------------------------------------------------------


async def test_of_a_group_each_bears_it_by_what_is_left_of_its_part(world: World) -> None:
    await world.hears(*members(3, payment_method="card"))
    await world.pays("m000")
    await world.hears(*(confirmed(f"m{n:03}") for n in range(3)))
    await world.hears(cancelled("m001", EARLY))
    await world.rests()  # 169.00 of m001's part went back
    await by_hand(world, 10000, "m000")
    await world.rests()
    # 199.00, 30.00 and 199.00 are left: 46.50 (4649.53), 7.00 (700.93), 46.50 (4649.53).
    assert await refunds(world, "m000") == [("dashboard", "succeeded", 4650)]
    assert ("dashboard", "succeeded", 701) in await refunds(world, "m001")
    assert await refunds(world, "m002") == [("dashboard", "succeeded", 4649)]
    assert world.totals() == (59700, 26900)


async def test_one_of_a_payment_that_nobody_knows_becomes_a_task(world: World) -> None:
    page = {
        "key": "unknown",
        "amount": 5000,
        "currency": "USD",
        "reference": "no-invoice",
        "return_url": "http://shop.test",
    }
    opened = rules.open_checkout(world.store, page, "http://paysim.test")
    payment = rules.pay(world.store, opened["id"], "4242424242424242")
    wanted = {"key": "by-hand", "payment_id": payment["id"], "amount": 5000, "reason": ""}
    rules.refund(world.store, wanted)
    await world.rests()
    await world.at("2020-09-14T18:00:00Z")
    assert sorted(await tasks(world)) == ["payment-unknown", "refund-unknown"]


async def test_it_may_be_heard_of_before_the_payment_is(world: World) -> None:
    await world.hears(requested("ada"))
    await world.pays("ada", deliver=False)
    [paid] = world.pending_webhooks()
    payment = json.loads(paid)["data"]["id"]
    wanted = {"key": "by-hand", "payment_id": payment, "amount": 5000, "reason": ""}
    rules.refund(world.store, wanted)
    [_, told] = world.pending_webhooks()
    await world.webhook(told)
    await world.outside.step()
    assert (await world.view("ada"))["refunds"] == []
    await world.rests()
    await world.at("2020-09-14T15:10:00Z")
    assert await refunds(world) == [("dashboard", "succeeded", 5000)]
    assert await world.balances("ada") == {"cash:gateway": 14900, "deferred_revenue": -14900}


@pytest.mark.parametrize("point", ["outside.prepared", "outside.acted", "batch.flushed"])
async def test_a_crash_anywhere_records_it_once(ada: World, point: Point) -> None:
    await by_hand(ada, 5000)
    await ada.deliver()
    with killed_at(point):
        await OutsideCalls(ada.db, ada.clock, ada.service.dues).step()
    await ada.leases_run_out()
    await ada.rests()
    assert await refunds(ada) == [("dashboard", "succeeded", 5000)]
    assert len(await ada.said("refund.settled")) == 1
