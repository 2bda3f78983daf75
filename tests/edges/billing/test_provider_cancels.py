"""When the provider cancels: everything back as it was paid, once, and the better of two outcomes.

Whether the sums are exact is also asked of the invariants, by the fixture, after every test.
"""

import uuid
from typing import Any

import pytest

from shared.contracts.attendance import SessionCompleted
from shared.contracts.registration import (
    CourseCancelled,
    RegistrationCompleted,
    RegistrationShareDue,
)
from stack.paysim import rules
from tests.edges.billing.conftest import (
    COURSE,
    GOOD,
    World,
    cancelled,
    confirmed,
    course,
    of,
    requested,
    usd,
)

EARLY, LATE = "2020-09-20T12:00:00Z", "2020-10-10T12:00:00Z"
STARTED = "2020-10-25T12:00:00Z"


def by_provider(name: str, at: str = LATE, **changes: Any) -> Any:
    more = {"by": "provider", "reason": "course-cancelled", "prefer": "refund"} | changes
    return cancelled(name, at, **more)


def better(name: str, at: str = LATE) -> Any:
    """What is said where the learner's own cancellation was only quicker through."""
    return by_provider(name, at, was="cancelled")


async def pays_with_credit(world: World, name: str, spent: int = 7900, rest: int = 12000) -> str:
    """One who paid 79.00 with a credit and 120.00 by card; gives the credit's id."""
    giver = f"giver-of-{name}"
    await world.hears(requested(giver, price=usd(spent)))
    await world.pays(giver)
    await world.hears(confirmed(giver), cancelled(giver, "2020-10-06T12:00:00Z"))
    credit_id = (await world.said("credit.issued.v1"))[-1]["credit_id"]
    await world.hears(requested(name, price=usd(spent + rest)))
    await spends(world, name, credit_id, spent)
    await world.pays(name)
    await world.hears(confirmed(name))
    return str(credit_id)


async def spends(world: World, name: str, credit_id: str, amount: int) -> None:
    """The rows of a credit that was redeemed for a registration."""
    at = world.clock.now()
    await world.rows(
        "INSERT INTO credit_entries (entry_id, credit_id, registration_id, kind, amount_minor,"
        " currency, occurred_at) VALUES ($1, $2, $3, 'redeemed', $4, 'USD', $5)",
        f"spent-by-{name}", credit_id, name, -amount, at,
    )  # fmt: skip
    await world.rows(
        "UPDATE credits SET balance_minor = balance_minor - $2 WHERE credit_id = $1",
        credit_id, amount,
    )  # fmt: skip
    await world.rows(
        "INSERT INTO ledger_transactions VALUES ($1, $2, 'credit-redeemed', $3, $4, $4)",
        f"spent-by-{name}", name, credit_id, at,
    )  # fmt: skip
    await world.rows(
        "INSERT INTO ledger_entries (transaction_id, line, registration_id, account,"
        " amount_minor, currency) VALUES ($1, 1, $2, 'credits', $3, 'USD'),"
        " ($1, 2, $2, 'receivable', $4, 'USD')",
        f"spent-by-{name}", name, amount, -amount,
    )  # fmt: skip
    await world.rows(
        "UPDATE registrations SET invoice_state = 'paid'"
        " WHERE registration_id = $1 AND price_minor <= $2",
        name, amount,
    )  # fmt: skip


async def settled(world: World, name: str) -> list[dict[str, Any]]:
    return [
        fact
        for fact in await world.said("cancellation.settled.v1")
        if fact["registration_id"] == name
    ]


def amounts(parts: list[dict[str, Any]]) -> list[int]:
    return [part["amount"]["amount"] for part in parts]


# --- a whole course -----------------------------------------------------------------------------


async def test_each_tender_gets_back_what_it_gave_without_a_fee(world: World) -> None:
    await world.hears(course())
    credit_id = await pays_with_credit(world, "ada")
    await world.hears(by_provider("ada"))
    await world.rests()
    [fact] = await settled(world, "ada")
    assert (fact["outcome"], fact["fee"], fact["by"]) == ("refund", usd(0), "provider")
    assert amounts(fact["refunds"]) == [12000]
    # 90 days from the 10th of October would end before the credit does: it keeps its end.
    assert [
        (part["credit_id"], part["amount"], part["expires_on"]) for part in fact["restored"]
    ] == [(credit_id, usd(7900), "2021-10-06")]
    assert await world.balances("ada") == {}


async def test_a_credit_that_would_end_soon_runs_ninety_days_from_that_day(world: World) -> None:
    await world.hears(course())
    await pays_with_credit(world, "ada")
    await world.hears(by_provider("ada", "2021-09-01T12:00:00Z"))
    [fact] = await settled(world, "ada")
    assert fact["restored"][0]["expires_on"] == "2021-11-30"


async def test_who_prefers_a_credit_gets_one_for_what_was_money(world: World) -> None:
    await world.hears(course())
    credit_id = await pays_with_credit(world, "ada")
    await world.hears(by_provider("ada", prefer="credit"))
    await world.rests()
    [fact] = await settled(world, "ada")
    assert (fact["outcome"], fact["fee"], fact["refunds"]) == ("credit", usd(0), [])
    assert (fact["credit"]["amount"], fact["credit"]["expires_on"]) == (usd(12000), "2021-10-10")
    assert [(part["credit_id"], part["amount"]) for part in fact["restored"]] == [
        (credit_id, usd(7900))
    ]


async def test_no_fee_of_the_policy_s_is_taken_where_a_credit_is_preferred(world: World) -> None:
    event = requested("ada")
    windows = [{**window, "fee": 3000} for window in event.policy["windows"]]
    policy = event.policy | {"windows": windows}
    await world.hears(course(), event.model_copy(update={"policy": policy}))
    await world.pays("ada")
    await world.hears(confirmed("ada"), by_provider("ada", prefer="credit"))
    [fact] = await settled(world, "ada")
    assert (fact["fee"], fact["credit"]["amount"]) == (usd(0), usd(19900))
    assert [step["rule"] for step in fact["trace"]][:2] == ["provider-cancels", "instead"]


@pytest.mark.parametrize(
    "own", [{"outcome": "credit"}, {"outcome": "nothing"}, {"outcome": "refund", "fee": 3000}]
)
async def test_my_money_back_is_money_whatever_the_policy_s_own_words(
    world: World, own: dict[str, Any]
) -> None:
    event = requested("ada")
    policy = event.policy | {"provider_cancels": own}
    await world.hears(course(), event.model_copy(update={"policy": policy}))
    await world.pays("ada")
    await world.hears(confirmed("ada"))
    body = course(2).model_dump(mode="json") | {"cancelled_at": LATE, "status": "cancelled"}
    await world.hears(CourseCancelled.model_validate(body))
    quoted = (await world.quote("ada")).json()
    assert quoted["refunds"] == [{"tender": "card", "amount": usd(19900)}]
    await world.hears(by_provider("ada"))
    await world.rests()
    [fact] = await settled(world, "ada")
    assert (fact["outcome"], fact["fee"], amounts(fact["refunds"])) == ("refund", usd(0), [19900])


async def test_of_an_unpaid_invoice_nothing_stays_due(world: World) -> None:
    await world.hears(
        requested("ada", payment_method="invoice", organisation="Clinic"),
        confirmed("ada", basis="invoice"),
        by_provider("ada"),
    )
    [fact] = await settled(world, "ada")
    assert (fact["still_due"], fact["fee"], fact["refunds"]) == (None, usd(0), [])
    assert (await world.view("ada"))["invoice"]["status"] == "void"
    assert await world.balances("ada") == {}


async def test_of_an_unpaid_invoice_no_credit_is_given_either(world: World) -> None:
    await world.hears(
        requested("ada", payment_method="invoice", organisation="Clinic"),
        confirmed("ada", basis="invoice"),
        by_provider("ada", prefer="credit"),
    )
    [fact] = await settled(world, "ada")
    assert (fact["still_due"], fact["credit"]) == (None, None)
    assert (await world.view("ada"))["invoice"]["status"] == "void"
    assert await world.said("credit.issued.v1") == []
    assert await world.balances("ada") == {}


async def test_of_an_invoice_paid_in_part_only_what_was_paid_becomes_a_credit(
    world: World,
) -> None:
    await world.hears(
        requested("ada", payment_method="invoice", organisation="Clinic"),
        confirmed("ada", basis="invoice"),
    )
    invoice_id = (await world.view("ada"))["invoice"]["invoice_id"]
    wanted = {"key": "part", "amount": 5000, "currency": "USD", "reference": invoice_id}
    page = rules.open_checkout(world.store, wanted | {"return_url": "http://x.test"}, "")
    rules.pay(world.store, page["id"], GOOD)
    await world.rests()
    await world.hears(by_provider("ada", prefer="credit"))
    [fact] = await settled(world, "ada")
    assert (fact["still_due"], fact["credit"]["amount"], fact["paid"]) == (
        None,
        usd(5000),
        usd(5000),
    )
    assert await world.balances("ada") == {"cash:gateway": 5000, "credits": -5000}


async def test_of_a_group_s_invoice_each_gets_their_own_part(both: World) -> None:
    await both.hears(by_provider("ada"), by_provider("ben"))
    await both.rests()
    assert amounts((await settled(both, "ada"))[0]["refunds"]) == [19900]
    assert amounts((await settled(both, "ben"))[0]["refunds"]) == [14900]
    assert both.totals() == (34800, 34800)


async def test_what_was_given_back_before_is_not_given_twice(ada: World) -> None:
    given = await ada.goodwill("ada", amount=5000, reason="A bad room.")
    assert given.status_code == 202
    await ada.hears(by_provider("ada"))
    await ada.rests()
    [fact] = await settled(ada, "ada")
    assert (fact["paid"], amounts(fact["refunds"])) == (usd(14900), [14900])
    assert ada.totals() == (19900, 19900)


async def test_a_hold_paid_after_it_was_ended_comes_back_whole(world: World) -> None:
    await world.hears(requested("ada"))
    answer = await world.checkout("ada")
    await world.hears(by_provider("ada", "2020-09-14T15:05:00Z", was="requested"))
    await world.shop.post(answer.json()["checkout_url"], data={"card": "4242424242424242"})
    await world.rests()
    assert world.totals() == (19900, 19900)
    assert await world.balances("ada") == {}


async def test_once_the_course_is_cancelled_the_quote_says_that_everything_comes_back(
    ada: World,
) -> None:
    body = course(2).model_dump(mode="json") | {"cancelled_at": LATE, "status": "cancelled"}
    await ada.at(LATE)
    assert (await ada.quote("ada")).json()["outcome"] == "credit"
    await ada.hears(CourseCancelled.model_validate(body))
    quoted = (await ada.quote("ada")).json()
    assert (quoted["outcome"], quoted["fee"], quoted["windows"]) == ("refund", usd(0), [])
    assert quoted["refunds"] == [{"tender": "card", "amount": usd(19900)}]
    assert ada.totals() == (19900, 0), "no money moves by the course alone"


async def test_the_quote_of_a_cancelled_course_is_dated_as_the_decision_will_be(
    world: World,
) -> None:
    await world.hears(course())
    await pays_with_credit(world, "ada")
    at = "2021-09-01T12:00:00Z"
    body = course(2).model_dump(mode="json") | {"cancelled_at": at, "status": "cancelled"}
    await world.hears(CourseCancelled.model_validate(body))
    await world.at("2021-10-20T12:00:00Z")
    quoted = (await world.quote("ada")).json()
    assert quoted["restored"][0]["expires_on"] == "2021-11-30"  # 90 days from the cancellation
    await world.hears(by_provider("ada", at))
    [fact] = await settled(world, "ada")
    assert fact["restored"][0]["expires_on"] == "2021-11-30"


# --- the better of two --------------------------------------------------------------------------


async def test_early_the_fee_comes_back_too(ada: World) -> None:
    await ada.hears(cancelled("ada", EARLY), better("ada", EARLY))
    await ada.rests()
    first, second = await settled(ada, "ada")
    assert (first["by"], first["fee"], amounts(first["refunds"])) == ("learner", usd(3000), [16900])
    assert (second["by"], second["fee"], amounts(second["refunds"])) == ("provider", usd(0), [3000])
    assert ada.totals() == (19900, 19900)
    assert await ada.balances("ada") == {}


async def test_late_the_credit_is_taken_back_and_the_money_given(ada: World) -> None:
    await ada.hears(cancelled("ada", LATE))
    await ada.hears(better("ada"))
    await ada.rests()
    [voided] = await ada.said("credit.voided.v1")
    assert (voided["amount"], voided["balance"], voided["reason"]) == (
        usd(19900),
        usd(0),
        "better-outcome",
    )
    assert ada.totals() == (19900, 19900)
    assert await ada.balances("ada") == {}
    [credit] = (await ada.view("ada"))["credits"]
    assert (credit["balance"], credit["status"]) == (usd(0), "voided")
    assert (await ada.view("ada"))["outcome"]["outcome"] == "refund"


async def test_what_was_spent_of_that_credit_meanwhile_stays_spent(ada: World) -> None:
    await ada.hears(cancelled("ada", LATE))
    [issued] = await ada.said("credit.issued.v1")
    await ada.hears(requested("ben", price=usd(5000)))
    await spends(ada, "ben", issued["credit_id"], 5000)
    await ada.hears(better("ada"))
    await ada.rests()
    assert amounts((await settled(ada, "ada"))[-1]["refunds"]) == [14900]
    assert ada.totals() == (19900, 14900)
    [voided] = await ada.said("credit.voided.v1")
    assert voided["amount"] == usd(14900)


async def test_after_the_start_too(ada: World) -> None:
    await ada.at(STARTED)
    await ada.hears(cancelled("ada", STARTED, by="operator"), better("ada", STARTED))
    await ada.rests()
    assert [fact["outcome"] for fact in await settled(ada, "ada")] == ["nothing", "refund"]
    assert ada.totals() == (19900, 19900)
    assert await ada.balances("ada") == {}


@pytest.mark.parametrize("at", [EARLY, LATE])
async def test_of_an_unpaid_invoice_nothing_stays_due_after_all(world: World, at: str) -> None:
    await world.hears(
        requested("ada", payment_method="invoice", organisation="Clinic"),
        confirmed("ada", basis="invoice"),
        cancelled("ada", at),
    )
    [first] = await settled(world, "ada")
    assert first["still_due"] == usd(3000 if at == EARLY else 19900)
    await world.hears(better("ada", at))
    second = (await settled(world, "ada"))[-1]
    assert (second["still_due"], second["credit"]) == (None, None)
    assert (await world.view("ada"))["invoice"]["status"] == "void"
    assert await world.balances("ada") == {}
    assert await world.said("credit.issued.v1") == []


async def test_a_credit_that_was_restored_runs_as_long_as_the_provider_s(world: World) -> None:
    await world.hears(course())
    credit_id = await pays_with_credit(world, "ada")
    late = "2021-09-01T12:00:00Z"
    staff = {"by": "operator", "override": {"outcome": "credit"}}
    await world.hears(cancelled("ada", late, **staff))
    [first] = await settled(world, "ada")
    assert first["restored"][0]["expires_on"] == "2021-10-06"
    await world.hears(better("ada", late))
    await world.rests()
    ends = [f["expires_on"] for f in await world.said("credit.restored.v1")]
    assert ends == ["2021-10-06", "2021-11-30"]
    row = await world.value("SELECT balance_minor FROM credits WHERE credit_id = $1", credit_id)
    assert row == 7900, "only its end moved"


async def test_where_nothing_had_been_paid_nothing_comes_of_it(world: World) -> None:
    await world.hears(
        requested("ada"), cancelled("ada", EARLY, was="requested"), better("ada", EARLY)
    )
    assert {fact["outcome"] for fact in await settled(world, "ada")} == {"nothing"}
    assert await world.balances("ada") == {}


async def test_said_again_or_by_the_learner_afterwards_it_changes_nothing(ada: World) -> None:
    await ada.hears(cancelled("ada", LATE), better("ada"))
    await ada.hears(better("ada"), cancelled("ada", LATE), cancelled("ada", EARLY))
    await ada.rests()
    assert len(await settled(ada, "ada")) == 2
    assert ada.totals() == (19900, 19900)


async def test_all_in_one_batch_comes_out_the_same(world: World) -> None:
    await world.hears(course(), requested("ada"))
    await world.pays("ada")
    ids = [str(uuid.uuid4()) for _ in range(3)]
    facts = [confirmed("ada"), cancelled("ada", LATE), better("ada")]
    await world.hears(*facts, ids=ids)
    await world.hears(*facts, ids=ids)
    await world.rests()
    assert world.totals() == (19900, 19900)
    assert await world.balances("ada") == {}


# --- one session of several -----------------------------------------------------------------------


def share(name: str, session_id: str = "s3", at: str = EARLY) -> Any:
    minutes = {"minutes": 120, "total_minutes": 480}
    return of(RegistrationShareDue, name, session_id=session_id, requested_at=at, **minutes)


async def test_the_share_is_of_each_tender_pro_rata_the_credit_s_to_its_credit(
    world: World,
) -> None:
    await world.hears(course())
    credit_id = await pays_with_credit(world, "ada")
    await world.hears(share("ada"), share("ada"))  # told twice, it is given once
    await world.rests()
    [fact] = await settled(world, "ada")
    assert (fact["cause"], fact["session_id"], fact["fee"]) == ("share_due", "s3", usd(0))
    # A quarter of 79.00 and of 120.00, 49.75 in all.
    assert amounts(fact["refunds"]) == [3000]
    assert [(part["credit_id"], part["amount"]) for part in fact["restored"]] == [
        (credit_id, usd(1975))
    ]


async def test_two_shares_then_the_rest_is_the_base_of_the_cancellation(ada: World) -> None:
    await ada.hears(share("ada"), share("ada", "s2"))
    await ada.hears(cancelled("ada", EARLY))
    await ada.rests()
    assert [amounts(fact["refunds"]) for fact in await settled(ada, "ada")] == [
        [4975],
        [4975],
        [6950],  # 199.00 less two shares of 49.75, less the fee of 30.00
    ]


async def test_a_share_taken_before_the_course_was_cancelled_is_not_given_twice(
    ada: World,
) -> None:
    await ada.hears(share("ada"), by_provider("ada"))
    await ada.rests()
    assert ada.totals() == (19900, 19900)
    assert await ada.balances("ada") == {}


async def on_invoice(world: World, paid: int = 0) -> None:
    """Ada is confirmed on an employer's invoice of 199.00, of which so much is paid."""
    await world.hears(
        course(),
        requested("ada", payment_method="invoice", organisation="Clinic"),
        confirmed("ada", basis="invoice"),
    )
    if paid:
        await pays_part(world, paid)


async def pays_part(world: World, amount: int) -> None:
    invoice_id = (await world.view("ada"))["invoice"]["invoice_id"]
    wanted = {"key": f"part-{amount}", "amount": amount, "currency": "USD", "reference": invoice_id}
    page = rules.open_checkout(world.store, wanted | {"return_url": "http://x.test"}, "")
    rules.pay(world.store, page["id"], GOOD)
    await world.rests()


async def invoice(world: World) -> tuple[str, int]:
    """Its state, and what it asks for in all."""
    shown = (await world.view("ada"))["invoice"]
    return shown["status"], shown["due"]["amount"]


async def test_an_unpaid_invoice_asks_for_the_share_less_from_then_on(world: World) -> None:
    await on_invoice(world)
    await world.hears(share("ada"), share("ada", "s2"))
    first, second = await settled(world, "ada")
    assert (first["still_due"], first["refunds"], first["paid"]) == (usd(14925), [], usd(0))
    assert second["still_due"] == usd(9950)  # of the whole again: 49.75, not a quarter of the rest
    assert await invoice(world) == ("open", 9950)
    await world.pays("ada")
    await world.rests()
    assert world.totals() == (9950, 0)
    assert await invoice(world) == ("paid", 9950)
    [told] = await world.said("invoice.paid.v1")
    assert told["total"] == usd(9950)


async def test_a_page_opened_before_the_share_was_taken_gives_it_back(world: World) -> None:
    await on_invoice(world)
    answer = await world.checkout("ada")
    await world.hears(share("ada"))
    await world.shop.post(answer.json()["checkout_url"], data={"card": GOOD})
    await world.rests()
    assert world.totals() == (19900, 4975)
    assert await invoice(world) == ("paid", 14925)


async def test_a_share_taken_before_a_late_cancellation_is_no_part_of_its_credit(
    world: World,
) -> None:
    await on_invoice(world)
    await world.hears(share("ada"), cancelled("ada", LATE))
    await world.pays("ada")
    await world.rests()
    [credit] = await world.said("credit.issued.v1")
    assert credit["amount"] == usd(14925)
    assert world.totals() == (14925, 0)
    assert await invoice(world) == ("paid", 14925)


async def test_a_share_is_not_forfeited_with_the_rest(world: World) -> None:
    await on_invoice(world)
    staff = {"by": "operator", "override": {"outcome": "nothing"}}
    await world.hears(share("ada"), cancelled("ada", LATE, **staff))
    await world.pays("ada")
    await world.rests()
    assert await invoice(world) == ("paid", 14925)
    assert world.totals() == (14925, 0)
    assert await world.balances("ada") == {"cash:gateway": 14925, "forfeited": -14925}


@pytest.mark.parametrize(
    ("paid", "back", "state", "asks"),
    [
        (5000, [], "open", 14925),
        (14925, [], "paid", 14925),  # what was still due was the share
        (15000, [75], "paid", 15000),
        (19900, [4975], "paid", 19900),
    ],
)
async def test_the_share_of_an_invoice_paid_in_part_is_of_the_whole(
    world: World, paid: int, back: list[int], state: str, asks: int
) -> None:
    await on_invoice(world, paid)
    await world.hears(share("ada"), share("ada"))
    await world.rests()
    [fact] = await settled(world, "ada")
    assert (amounts(fact["refunds"]), fact["paid"]) == (back, usd(paid))
    assert await invoice(world) == (state, asks)
    # Certificates wait for this: an invoice of which the rest need not be paid is paid.
    assert len(await world.said("invoice.paid.v1")) == (state == "paid")
    if state == "open":
        await world.pays("ada")
        assert world.totals() == (14925, 0)


async def test_the_share_of_a_member_lowers_theirs_alone(both: World) -> None:
    await both.hears(share("ada"))
    await both.rests()
    assert amounts((await settled(both, "ada"))[0]["refunds"]) == [4975]
    assert both.totals() == (34800, 4975)
    assert await settled(both, "ben") == []


@pytest.mark.parametrize(
    ("at", "ends"), [("2021-09-01T12:00:00Z", "2021-11-30"), (EARLY, "2021-10-06")]
)
async def test_the_credit_s_part_of_a_share_can_be_used_for_ninety_days(
    world: World, at: str, ends: str
) -> None:
    await world.hears(course())
    credit_id = await pays_with_credit(world, "ada")
    await world.hears(share("ada", at=at))
    [fact] = await settled(world, "ada")
    [part] = fact["restored"]
    assert (part["credit_id"], part["amount"], part["expires_on"]) == (credit_id, usd(1975), ends)
    [said] = await world.said("credit.restored.v1")
    assert said["expires_on"] == ends


def was_held(session_id: str) -> SessionCompleted:
    example = SessionCompleted.example | {"course_id": COURSE, "session_id": session_id}
    return SessionCompleted.model_validate(example)


async def earned(world: World) -> tuple[int, int]:
    """What is earned with Ada, and what is still deferred."""
    found = await world.balances("ada")
    return -found.get("revenue", 0), -found.get("deferred_revenue", 0)


async def test_what_was_cancelled_and_not_taken_back_is_earned_when_the_course_is_over(
    ada: World,
) -> None:
    for session_id, so_far in (("s1", 4975), ("s2", 9950), ("s4", 14925)):
        await ada.hears(was_held(session_id))
        await ada.rests()
        assert await earned(ada) == (so_far, 19900 - so_far)
    over = of(RegistrationCompleted, "ada")
    await ada.hears(over, over)
    assert await earned(ada) == (19900, 0)


async def test_a_session_whose_share_was_taken_back_is_none_of_those_that_earn(
    ada: World,
) -> None:
    await ada.hears(was_held("s1"))
    await ada.rests()
    await ada.hears(share("ada"))
    # 149.25 for three sessions that are held: 49.75 each.
    for session_id, so_far in (("s2", 9950), ("s3", 9950), ("s4", 14925)):
        await ada.hears(was_held(session_id))
        await ada.rests()
        assert await earned(ada) == (so_far, 14925 - so_far)


async def test_a_share_taken_once_all_is_earned_takes_it_from_revenue(ada: World) -> None:
    await ada.hears(was_held("s1"), of(RegistrationCompleted, "ada"), share("ada"))
    await ada.rests()
    assert await earned(ada) == (14925, 0)
    assert ada.totals() == (19900, 4975)
