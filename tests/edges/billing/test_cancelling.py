"""Cancelling: decided from the snapshot, paid back at the gateway, booked, and said."""

import itertools
import uuid
from datetime import datetime
from typing import Any

import pytest

from shared.contracts.registration import (
    RegistrationCancelled,
    RegistrationShareDue,
    RegistrationUnseated,
)
from tests.edges.billing.conftest import (
    COURSE,
    World,
    cancelled,
    confirmed,
    course,
    of,
    requested,
    token,
    usd,
)

EARLY = "2020-10-06T03:59:00Z"  # 23:59 on the 5th in New York
LATE = "2020-10-06T04:01:00Z"  # 00:01 on the 6th


async def test_before_midnight_169_come_back_and_30_are_kept(ada: World) -> None:
    await ada.at(EARLY)
    quoted = (await ada.quote("ada")).json()
    assert (quoted["outcome"], quoted["fee"]) == ("refund", usd(3000))
    assert quoted["refunds"] == [{"tender": "card", "amount": usd(16900)}]

    await ada.hears(cancelled("ada", EARLY))
    await ada.rests()

    [settled] = await ada.said("cancellation.settled.v1")
    assert settled["outcome"] == "refund"
    assert settled["paid"] == usd(19900)
    assert settled["fee"] == usd(3000)
    assert [part["amount"] for part in settled["refunds"]] == [usd(16900)]
    assert settled["credit"] is None
    assert [step["rule"] for step in settled["trace"]] == ["window", "base", "fee", "refund"]
    assert settled["trace"] == quoted["trace"]
    assert (await ada.types("ada"))[-3:] == [
        "refund.requested",
        "cancellation.settled",
        "refund.settled",
    ]
    assert ada.totals() == (19900, 16900)
    assert await ada.balances("ada") == {"cash:gateway": 3000, "fees": -3000}


async def test_after_midnight_a_credit_of_199_runs_for_a_year(ada: World) -> None:
    await ada.at(LATE)
    await ada.hears(cancelled("ada", LATE))
    await ada.rests()

    [settled] = await ada.said("cancellation.settled.v1")
    assert settled["outcome"] == "credit"
    assert settled["refunds"] == []
    assert settled["credit"]["amount"] == usd(19900)
    assert settled["credit"]["expires_on"] == "2021-10-06"
    [issued] = await ada.said("credit.issued.v1")
    assert issued["holder"] == {"kind": "person", "id": "person-of-ada"}
    assert issued["expires_at"] == "2021-10-07T03:59:59.999999Z"
    assert issued["terms"]["not_for_course_id"] == "attachment-effectiveness-2020"
    assert ada.totals() == (19900, 0)
    assert await ada.balances("ada") == {"cash:gateway": 19900, "credits": -19900}


async def test_a_credit_whose_terms_name_no_end_has_none(world: World) -> None:
    event = requested("ada")
    endless = {"until": "forever", "outcome": "credit", "of": "paid"}
    policy = event.policy | {"windows": [event.policy["windows"][0], endless]}
    await world.hears(course(), event.model_copy(update={"policy": policy}))
    await world.pays("ada")
    await world.hears(confirmed("ada"), cancelled("ada", LATE))
    [issued] = await world.said("credit.issued.v1")
    assert issued["expires_on"] is None
    assert issued["expires_at"] is None
    [settled] = await world.said("cancellation.settled.v1")
    assert settled["credit"]["expires_on"] is None
    await world.rests()
    [credit] = (await world.view("ada"))["credits"]
    assert credit["expires_on"] is None
    found = await world.http.get(f"/billing/v1/credits/{credit['code']}")
    assert found.json()["expires_on"] is None


async def test_a_movement_keeps_when_it_happened_and_when_it_was_written_down(ada: World) -> None:
    await ada.at("2020-10-20T12:00:00Z")
    await ada.hears(cancelled("ada", EARLY))
    sql = "SELECT {} FROM ledger_transactions WHERE kind = 'cancelled'"
    assert await ada.value(sql.format("occurred_at")) == datetime.fromisoformat(EARLY)
    written = datetime.fromisoformat("2020-10-20T12:00:00Z")
    assert await ada.value(sql.format("booked_at")) == written


async def test_the_code_of_a_credit_opens_it_and_no_other_code_does(ada: World) -> None:
    await ada.hears(cancelled("ada", LATE))
    await ada.rests()
    [credit] = (await ada.view("ada"))["credits"]
    async with ada.client() as anybody:
        found = await anybody.get(f"/billing/v1/credits/{credit['code'].lower()}")
        assert found.status_code == 200
        assert found.json()["balance"] == usd(19900)
        assert found.json()["expires_on"] == "2021-10-06"
        assert found.json()["status"] == "active"
        assert (await anybody.get("/billing/v1/credits/AAAA-BBBB-CCCC")).status_code == 404
        assert (await anybody.get("/billing/v1/credits/%00")).status_code == 400


async def test_the_receipt_counts_however_late_it_is_heard(ada: World) -> None:
    await ada.at("2020-10-20T12:00:00Z")
    await ada.hears(cancelled("ada", EARLY))
    [settled] = await ada.said("cancellation.settled.v1")
    assert settled["outcome"] == "refund"


async def test_hearing_of_it_twice_settles_it_once(ada: World) -> None:
    id_ = str(uuid.uuid4())
    await ada.hears(cancelled("ada", EARLY), ids=[id_])
    await ada.hears(cancelled("ada", EARLY), ids=[id_])
    await ada.hears(cancelled("ada", LATE))  # another event, the same cancellation
    await ada.rests()
    assert len(await ada.said("cancellation.settled.v1")) == 1
    assert ada.totals() == (19900, 16900)


@pytest.mark.parametrize(
    "order", list(itertools.permutations(["requested", "confirmed", "cancelled"]))
)
async def test_the_order_of_facts_does_not_matter(world: World, order: tuple[str, ...]) -> None:
    facts = {
        "requested": requested("ada"),
        "confirmed": confirmed("ada"),
        "cancelled": cancelled("ada", "2020-09-20T12:00:00Z", was="requested"),
    }
    for fact in order:
        await world.hears(facts[fact])
    assert (await world.view("ada"))["invoice"]["status"] == "void"
    [settled] = await world.said("cancellation.settled.v1")
    assert (settled["outcome"], settled["paid"], settled["fee"]) == ("nothing", usd(0), usd(0))
    assert len(await world.said("invoice.issued.v1")) == 1
    assert len(await world.said("invoice.voided.v1")) == 1
    assert await world.balances("ada") == {}


async def test_all_facts_of_one_batch_come_out_as_they_do_one_by_one(world: World) -> None:
    await world.hears(cancelled("ada", EARLY, was="requested"), confirmed("ada"), requested("ada"))
    assert (await world.view("ada"))["invoice"]["status"] == "void"
    assert len(await world.said("cancellation.settled.v1")) == 1


async def test_a_payment_made_before_but_heard_after_is_judged_by_the_policy(world: World) -> None:
    await world.hears(requested("ada"))
    await world.pays("ada", deliver=False)
    [body] = world.pending_webhooks()
    assert await world.webhook(body) == 200  # stored at 15:05 on the 14th, not yet looked up
    await world.hears(cancelled("ada", "2020-09-14T15:05:01Z", was="requested"))
    await world.rests()
    first, second = await world.said("cancellation.settled.v1")
    assert first["outcome"] == "nothing"
    assert (second["outcome"], second["fee"], second["paid"]) == (
        "refund",
        usd(3000),
        usd(19900),
    )
    assert world.totals() == (19900, 16900)


async def test_a_payment_made_after_the_cancellation_goes_back_whole(world: World) -> None:
    await world.hears(requested("ada"))
    answer = await world.checkout("ada")
    await world.hears(cancelled("ada", "2020-09-14T15:05:00Z", was="requested"))
    await world.at("2020-09-14T15:06:00Z")
    await world.shop.post(answer.json()["checkout_url"], data={"card": "4242424242424242"})
    await world.rests()
    assert world.totals() == (19900, 19900)
    assert await world.said("invoice.paid.v1") == []
    [settled] = await world.said("cancellation.settled.v1")
    assert settled["outcome"] == "nothing"
    [refund] = await world.said("refund.requested.v1")
    assert (refund["amount"], refund["cause"]) == (usd(19900), "surplus")
    assert await world.balances("ada") == {}


async def test_staff_may_decide_otherwise(ada: World) -> None:
    override = {"outcome": "refund"}
    event = cancelled("ada", "2020-10-25T12:00:00Z", by="operator", override=override)
    await ada.at("2020-10-25T12:00:00Z")
    await ada.hears(event)
    await ada.rests()
    [settled] = await ada.said("cancellation.settled.v1")
    assert settled["overridden"] is True
    assert settled["outcome"] == "refund"
    assert ada.totals() == (19900, 16900)


async def test_what_staff_would_decide_is_quoted_for_them_and_for_nobody_else(ada: World) -> None:
    path = "/billing/v1/registrations/ada/cancellation-quote"
    await ada.at("2020-10-25T12:00:00Z")
    quoted = {}
    for wanted in ("refund", "credit", "nothing"):
        answer = await ada.http.get(path, params={"override": wanted})
        assert answer.status_code == 200
        quoted[wanted] = answer.json()
    assert (quoted["refund"]["fee"], quoted["refund"]["refunds"]) == (
        usd(3000), [{"tender": "card", "amount": usd(16900)}],
    )  # fmt: skip
    assert quoted["credit"]["credit"]["amount"] == usd(19900)
    assert (quoted["nothing"]["refunds"], quoted["nothing"]["credit"]) == ([], None)
    assert (await ada.quote("ada")).json()["outcome"] == "nothing", "by the policy"
    assert (await ada.http.get(path, params={"override": "all"})).status_code == 422
    async with ada.client(token("ada")) as learner:
        refused = await learner.get(path, params={"override": "refund"})
        assert refused.status_code == 403
    await ada.hears(
        cancelled("ada", "2020-10-25T12:00:00Z", by="operator", override={"outcome": "refund"})
    )
    [settled] = await ada.said("cancellation.settled.v1")
    assert settled["fee"] == quoted["refund"]["fee"], "as it was quoted"


async def test_after_the_start_nothing_comes_back_and_what_was_paid_is_forfeited(
    ada: World,
) -> None:
    await ada.at("2020-10-25T12:00:00Z")
    await ada.hears(cancelled("ada", "2020-10-25T12:00:00Z", by="operator"))
    [settled] = await ada.said("cancellation.settled.v1")
    assert settled["outcome"] == "nothing"
    assert await ada.balances("ada") == {"cash:gateway": 19900, "forfeited": -19900}


async def test_when_the_provider_cancels_everything_comes_back(ada: World) -> None:
    await ada.at("2020-10-12T14:00:00Z")
    await ada.hears(cancelled("ada", "2020-10-12T14:00:00Z", by="provider"))
    await ada.rests()
    [settled] = await ada.said("cancellation.settled.v1")
    assert (settled["outcome"], settled["fee"]) == ("refund", usd(0))
    assert ada.totals() == (19900, 19900)


async def test_when_the_provider_cancels_the_learner_may_prefer_a_credit(ada: World) -> None:
    event = cancelled("ada", "2020-10-12T14:00:00Z", by="provider", prefer="credit")
    await ada.hears(event)
    [settled] = await ada.said("cancellation.settled.v1")
    assert settled["credit"]["amount"] == usd(19900)
    assert settled["credit"]["expires_on"] == "2021-10-12"


async def test_a_start_moved_later_helps_the_learner(ada: World) -> None:
    moved = [
        session | {"starts_at": "2020-11-19T20:00:00Z", "ends_at": "2020-11-19T22:00:00Z"}
        for session in course().model_dump(mode="json")["sessions"]
    ]
    await ada.hears(course(2, sessions=moved))
    await ada.hears(cancelled("ada", "2020-10-12T14:00:00Z"))
    [settled] = await ada.said("cancellation.settled.v1")
    assert settled["outcome"] == "refund"
    assert settled["trace"][0]["rule"] == "moved"


async def test_a_hole_in_the_policy_becomes_a_task_and_nothing_is_moved(world: World) -> None:
    await world.hears(requested("ada", kind="three_day_workshop"))
    await world.pays("ada")
    await world.hears(cancelled("ada", EARLY))
    await world.hears(confirmed("ada"))
    assert await world.said("cancellation.settled.v1") == []
    [task] = await world.said("task.opened.v1")
    assert task["kind"] == "cancellation-undecided"
    assert world.totals() == (19900, 0)
    assert (await world.quote("ada")).status_code == 409


async def test_a_seat_lost_after_paying_gives_everything_back_without_fee(world: World) -> None:
    await world.hears(requested("ada"))
    await world.pays("ada")
    [invoice] = await world.said("invoice.issued.v1")
    event = of(
        RegistrationUnseated,
        "ada",
        invoice_id=invoice["invoice_id"],
        requested_at="2020-09-14T15:40:00Z",
    )
    await world.hears(event)
    await world.rests()
    [settled] = await world.said("cancellation.settled.v1")
    assert (settled["cause"], settled["outcome"], settled["fee"]) == (
        "unseated",
        "refund",
        usd(0),
    )
    assert world.totals() == (19900, 19900)
    assert await world.balances("ada") == {}


async def test_one_session_of_four_cancelled_gives_a_quarter_back(ada: World) -> None:
    event = of(RegistrationShareDue, "ada", session_id="s3", minutes=120, total_minutes=480)
    await ada.hears(event)
    await ada.rests()
    [settled] = await ada.said("cancellation.settled.v1")
    assert (settled["cause"], settled["session_id"]) == ("share_due", "s3")
    assert [part["amount"] for part in settled["refunds"]] == [usd(4975)]
    # It lowers the base of a later cancellation: 149.25 less 30.00.
    await ada.hears(cancelled("ada", EARLY))
    await ada.rests()
    assert ada.totals() == (19900, 4975 + 11925)


async def test_cancelled_early_on_an_unpaid_invoice_the_fee_stays_due(world: World) -> None:
    await world.hears(
        requested("ada", payment_method="invoice", organisation="Clinic"),
        confirmed("ada", basis="invoice"),
    )
    await world.hears(cancelled("ada", EARLY))
    [settled] = await world.said("cancellation.settled.v1")
    assert settled["paid"] == usd(0)
    assert settled["fee"] == usd(3000)
    assert settled["still_due"] == usd(3000)
    assert settled["refunds"] == []
    assert await world.balances("ada") == {"receivable": 3000, "fees": -3000}
    await world.pays("ada")
    assert world.totals() == (3000, 0)
    assert await world.balances("ada") == {"cash:gateway": 3000, "fees": -3000}
    assert len(await world.said("cancellation.settled.v1")) == 1
    [paid] = await world.said("invoice.paid.v1")
    assert paid["total"] == usd(3000)  # what was asked for in the end, and lines that add up to it
    assert [(line["kind"], line["amount"]) for line in paid["lines"]] == [
        ("course", usd(19900)),
        ("credit_note", usd(-16900)),
    ]


async def test_cancelled_late_on_an_unpaid_invoice_the_credit_waits_for_the_money(
    world: World,
) -> None:
    await world.hears(
        requested("ada", payment_method="invoice", organisation="Clinic"),
        confirmed("ada", basis="invoice"),
    )
    await world.hears(cancelled("ada", LATE))
    [settled] = await world.said("cancellation.settled.v1")
    assert (settled["outcome"], settled["credit"]) == ("credit", None)
    assert settled["still_due"] == usd(19900)
    assert await world.said("credit.issued.v1") == []
    await world.at("2020-12-01T12:00:00Z")
    await world.pays("ada")
    [issued] = await world.said("credit.issued.v1")
    assert issued["amount"] == usd(19900)
    assert issued["expires_on"] == "2021-10-06"  # the year runs from the cancellation
    assert issued["holder"] == {"kind": "organisation", "id": "Clinic"}
    assert await world.balances("ada") == {"cash:gateway": 19900, "credits": -19900}


async def test_a_cancelled_free_registration_settles_with_nothing(world: World) -> None:
    free = requested("ada", price=usd(0), payment_method="free", kind="three_day_workshop")
    await world.hears(free, confirmed("ada", basis="free"), cancelled("ada", EARLY))
    [settled] = await world.said("cancellation.settled.v1")
    assert settled["outcome"] == "nothing"
    assert (await world.view("ada"))["invoice"] is None


async def test_the_quote_is_for_the_holder_of_the_token_only(ada: World) -> None:
    path = "/billing/v1/registrations/ada/cancellation-quote"
    expected = {token("ada"): 200, token("ben"): 403, token("ada", 2): 425, "junk": 401, "": 401}
    for bearer, status in expected.items():
        async with ada.client(bearer) as learner:
            assert (await learner.get(path)).status_code == status, bearer


@pytest.mark.parametrize("at", ["yesterday", "2020-10-05", "9999-12-31T23:59:59Z", ""])
async def test_a_quote_for_a_strange_moment_is_an_answer_and_not_a_failure(
    ada: World, at: str
) -> None:
    answer = await ada.quote("ada", at)
    assert answer.status_code in {200, 422}


async def test_a_quote_shows_every_later_day(ada: World) -> None:
    expected: dict[str, Any] = {
        "2020-10-06T03:59:59Z": "refund",
        "2020-10-06T04:00:00Z": "credit",
        "2020-10-19T19:59:59+00:00": "credit",
        "2020-10-19T20:00:00Z": "nothing",
    }
    for at, outcome in expected.items():
        assert (await ada.quote("ada", at)).json()["outcome"] == outcome


async def test_an_event_of_a_registration_never_heard_of_waits_as_a_stub(world: World) -> None:
    await world.hears(of(RegistrationCancelled, "ghost", requested_at=EARLY))
    assert await world.said() == []
    assert (await world.view("ghost"))["invoice"] is None


async def test_a_cancellation_that_crosses_a_payment_is_its_one_outcome(world: World) -> None:
    await world.hears(requested("ada"))
    await world.pays("ada")  # registration has not heard of it when the learner cancels
    await world.hears(cancelled("ada", EARLY))
    about = {"registration_id": "ada", "course_id": COURSE, "person_id": "person-ada"}
    [paid] = await world.said("invoice.paid.v1")
    unseated = RegistrationUnseated(
        **about, invoice_id=paid["invoice_id"], requested_at=paid["paid_at"]
    )
    await world.hears(unseated)
    await world.rests()
    [settled] = await world.said("cancellation.settled.v1")
    assert (settled["refunds"][0]["amount"], settled["fee"]) == (usd(16900), usd(3000))
    assert world.totals() == (19900, 16900)
    assert (
        await world.value("SELECT count(*) FROM outbox WHERE topic = 'billing.dead-letters'") == 0
    )
