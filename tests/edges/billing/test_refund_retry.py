"""Refunds that do not go through: tried again by themselves, by staff, or paid by hand."""

from __future__ import annotations

from typing import Any

import pytest

from services.billing.domain.seen import Failure
from shared.contracts.registration import RegistrationSubstituted
from tests.edges.billing.conftest import World, cancelled, of, token, usd
from tests.edges.billing.hand import act, hand_in, tasks
from tests.stage import killed_at

EARLY = "2020-09-20T12:00:00Z"
KEPT = {"cash:gateway": 3000, "fees": -3000}
OWED = {"cash:gateway": 19900, "fees": -3000, "refunds_payable": -16900}


async def refunds(world: World) -> list[tuple[str, str]]:
    """(number, state) of every attempt, in order."""
    shown = (await world.view("ada"))["refunds"]
    return sorted((one["refund_id"].rpartition(":")[2], one["status"]) for one in shown)


async def refund_id(world: World, number: int = 1) -> str:
    payment = (await world.view("ada"))["payments"][0]["payment_id"]
    return f"refund:{payment}:{number}"


async def returned(world: World) -> int:
    return int(await world.value("SELECT returned_minor FROM payments"))


async def fails(world: World, how: Failure) -> str:
    """Ada cancelled, and her refund failed for good; gives its id."""
    hand_in(world).refuses = [how]
    await world.hears(cancelled("ada", EARLY))
    await world.rests()
    return await refund_id(world)


async def came_instead(world: World, at: str) -> None:
    """A colleague came instead of Ada, who had paid, and cancels."""
    ben = {"person_id": "ben"}
    await world.hears(of(RegistrationSubstituted, "ada", **ben, token_version=2))
    await world.hears(cancelled("ada", at, **ben))
    await world.rests()


THEIRS = {"kind": "person", "id": "person-of-ada"}


@pytest.mark.parametrize(
    ("how", "kind"), [("instrument", "refund-by-hand"), ("refused", "refund-failed")]
)
async def test_the_account_is_asked_of_whoever_paid_and_not_of_the_colleague_who_came(
    ada: World, how: Failure, kind: str
) -> None:
    hand_in(ada).refuses = [how]
    await came_instead(ada, EARLY)
    what = (await tasks(ada))[kind]
    assert "whoever paid for" in what
    assert "the learner" not in what
    [failed] = await ada.said("refund.failed")
    assert (failed["person_id"], failed["payer"]) == ("ben", THEIRS)


async def test_facts_and_pages_say_whose_money_goes_back(ada: World) -> None:
    quote = "/billing/v1/registrations/ada/cancellation-quote"
    async with ada.client(token("ada")) as learner:
        assert (await learner.get(quote)).json()["payer"] is None
        assert (await learner.get("/billing/v1/registrations/ada")).json()["payer"] is None
    ben = {"person_id": "ben", "token_version": 2}
    await ada.hears(of(RegistrationSubstituted, "ada", **ben))
    somebody = {"kind": "person", "name": None}
    async with ada.client(token("ada", 2)) as learner:
        assert (await learner.get(quote)).json()["payer"] == somebody
        assert (await learner.get("/billing/v1/registrations/ada")).json()["payer"] == somebody
    await ada.hears(cancelled("ada", EARLY, person_id="ben"))
    await ada.rests()
    said = await ada.said("refund.requested", "refund.settled", "cancellation.settled")
    assert [(one["person_id"], one["payer"]) for one in said] == [("ben", THEIRS)] * 3


# --- the gateway has no money of ours -------------------------------------------------------------


async def test_too_little_balance_is_tried_again_by_itself_and_told_to_nobody(ada: World) -> None:
    hand = hand_in(ada)
    hand.refuses = ["balance"] * 6
    await ada.at(EARLY)
    await ada.hears(cancelled("ada", EARLY))
    await ada.at("2020-09-20T12:59:00Z")
    assert await refunds(ada) == [("1", "failed"), ("2", "requested")]
    assert await ada.balances("ada") == OWED
    assert await returned(ada) == 16900
    # After 1 h, 6 h, 24 h, then daily.
    for instant, tries in (
        ("2020-09-20T13:00:00Z", 2),
        ("2020-09-20T18:59:00Z", 2),
        ("2020-09-20T19:00:00Z", 3),
        ("2020-09-21T18:59:00Z", 3),
        ("2020-09-21T19:00:00Z", 4),
        ("2020-09-22T19:00:00Z", 5),
        ("2020-09-23T19:00:00Z", 6),
        ("2020-09-24T18:59:00Z", 6),
    ):
        await ada.at(instant)
        assert len(hand.asked) == tries, instant
    assert await tasks(ada) == {}
    await ada.at("2020-09-24T19:00:00Z")
    assert len(hand.asked) == len(set(hand.asked)) == 7
    assert ada.totals() == (19900, 16900)
    assert await refunds(ada) == [(str(n), "failed") for n in range(1, 7)] + [("7", "succeeded")]
    assert await ada.said("refund.failed") == []
    [settled] = await ada.said("refund.settled")
    assert (settled["refund_id"], settled["replaces"]) == (hand.asked[-1], hand.asked[-2])
    assert await ada.balances("ada") == KEPT
    assert await returned(ada) == 16900


async def test_after_five_days_without_balance_staff_are_asked_once(ada: World) -> None:
    hand = hand_in(ada)
    hand.always = "balance"
    await ada.at(EARLY)
    await ada.hears(cancelled("ada", EARLY))
    await ada.at("2020-09-25T11:59:00Z")
    assert await tasks(ada) == {}
    await ada.at("2020-09-30T12:00:00Z")
    assert list(await tasks(ada)) == ["refund-stuck"]
    assert len(await ada.said("task.opened")) == 1
    hand.always = ""
    await ada.at("2020-10-01T20:00:00Z")
    assert await tasks(ada) == {}
    assert await ada.balances("ada") == KEPT


async def test_a_crash_while_a_refusal_is_recorded_makes_one_new_attempt(ada: World) -> None:
    hand = hand_in(ada)
    hand.refuses = ["balance", "balance"]
    await ada.hears(cancelled("ada", EARLY))
    with killed_at("batch.flushed"):
        await ada.sweep.step()
        await ada.outside.step()
    with killed_at("outside.acted"):
        await ada.leases_run_out()
        await ada.outside.step()
    await ada.leases_run_out()
    await ada.rests()
    assert await refunds(ada) == [("1", "failed"), ("2", "requested")]
    assert await ada.balances("ada") == OWED


# --- an old card ----------------------------------------------------------------------------------


async def test_an_old_card_is_a_task_with_a_due_date_and_no_retry(ada: World) -> None:
    await fails(ada, "instrument")
    await ada.at("2020-09-25T12:00:00Z")
    assert await refunds(ada) == [("1", "failed")]
    [failed] = await ada.said("refund.failed")
    assert failed["by_hand"] is True
    assert failed["amount"] == usd(16900)
    [task] = await ada.said("task.opened")
    assert task["kind"] == "refund-by-hand"
    assert task["due_at"] > task["opened_at"]
    assert "169.00 USD" in task["what"]
    assert task["about"]["registration_id"] == "ada"
    assert await ada.balances("ada") == OWED


async def test_what_was_sent_by_hand_is_in_the_books_as_the_banks(ada: World) -> None:
    failed = await fails(ada, "instrument")
    await ada.at("2020-09-22T09:00:00Z")
    sent = {"reference": "HB-1", "tender": "transfer", "paid_at": "2020-09-22T08:00:00Z"}
    answer = await act(ada, f"refunds/{failed}/settle", "k", **sent)
    assert answer.status_code == 200, answer.text
    assert answer.json() == {
        "refund_id": failed.replace(":1", ":2"),
        "payment_id": failed.split(":")[1],
        "amount": usd(16900),
        "status": "succeeded",
        "tender": "transfer",
        "replaces": failed,
    }
    await ada.rests()
    assert await refunds(ada) == [("1", "failed"), ("2", "succeeded")]
    assert await ada.balances("ada") == {
        "cash:gateway": 19900,
        "cash:bank": -16900,
        "fees": -3000,
    }
    [settled] = await ada.said("refund.settled")
    assert (settled["tender"], settled["replaces"]) == ("transfer", failed)
    assert settled["settled_at"] == "2020-09-22T08:00:00Z"
    assert "HB-1" not in str(await ada.told())
    assert await tasks(ada) == {}
    assert ada.totals() == (19900, 0)
    assert (await ada.goodwill("ada", amount=3001)).status_code == 409


async def test_a_payment_that_is_settled_by_hand_is_so_once(ada: World) -> None:
    failed = await fails(ada, "instrument")
    first = await act(ada, f"refunds/{failed}/settle", "k", reference="HB-1")
    again = await act(ada, f"refunds/{failed}/settle", "k", reference="HB-1")
    assert first.json() == again.json()
    for path, key in ((f"refunds/{failed}/settle", "other"), (f"refunds/{failed}/retry", "r")):
        body = {"reference": "HB-1"} if path.endswith("settle") else {}
        refused = await act(ada, path, key, **body)
        assert refused.status_code == 409
        assert refused.json()["type"] == "/problems/refund-not-open"


# --- staff try again ------------------------------------------------------------------------------


async def test_staff_try_a_refused_refund_again_by_a_new_key(ada: World) -> None:
    failed = await fails(ada, "refused")
    assert list(await tasks(ada)) == ["refund-failed"]
    answer = await act(ada, f"refunds/{failed}/retry", "k")
    assert answer.status_code == 202, answer.text
    assert answer.json()["replaces"] == failed
    assert answer.json()["status"] == "requested"
    await ada.rests()
    assert ada.totals() == (19900, 16900)
    assert await refunds(ada) == [("1", "failed"), ("2", "succeeded")]
    assert await ada.balances("ada") == KEPT
    assert await tasks(ada) == {}
    assert len(await ada.said("cancellation.settled")) == 1


async def test_a_refund_that_failed_days_later_may_be_tried_again_and_fail_again(
    ada: World,
) -> None:
    from stack.paysim import rules

    hand = hand_in(ada)
    await ada.hears(cancelled("ada", EARLY))
    await ada.rests()
    first = await refund_id(ada)
    made = ada.store.by_key("refund", first)
    assert made is not None
    rules.settle(ada.store, made["id"], "failed")
    await ada.rests()
    hand.refuses = ["refused"]
    assert (await act(ada, f"refunds/{first}/retry", "k")).status_code == 202
    await ada.rests()
    second = await refund_id(ada, 2)
    assert await refunds(ada) == [("1", "failed"), ("2", "failed")]
    assert await ada.balances("ada") == OWED
    assert (await act(ada, f"refunds/{first}/retry", "l")).status_code == 409
    assert (await act(ada, f"refunds/{second}/retry", "m")).status_code == 202
    await ada.rests()
    assert await ada.balances("ada") == KEPT
    assert await returned(ada) == 16900


@pytest.mark.parametrize("act_", ["retry", "settle"])
async def test_a_refund_under_way_or_done_is_left_alone(ada: World, act_: str) -> None:
    body = {"reference": "HB-1"} if act_ == "settle" else {}
    await ada.hears(cancelled("ada", EARLY))
    path = f"refunds/{await refund_id(ada)}/{act_}"
    assert (await act(ada, path, "k", **body)).status_code == 409
    await ada.rests()
    assert (await act(ada, path, "l", **body)).status_code == 409
    assert (await act(ada, f"refunds/none/{act_}", "m", **body)).status_code == 404
    assert ada.totals() == (19900, 16900)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"reference": ""},
        {"reference": "x" * 201},
        {"reference": "a\x00b"},
        {"reference": "HB", "tender": "card"},
        {"reference": "HB", "paid_at": "2030-01-01T00:00:00Z"},
        {"reference": "HB", "paid_at": "2020-09-20"},
        {"reference": "HB", "paid_at": 5},
    ],
)
async def test_settling_that_makes_no_sense_is_refused(ada: World, body: dict[str, Any]) -> None:
    failed = await fails(ada, "instrument")
    answer = await act(ada, f"refunds/{failed}/settle", "k", **body)
    assert answer.status_code == 422, answer.text
    assert await ada.balances("ada") == OWED


@pytest.mark.parametrize("act_", ["retry", "settle"])
async def test_trying_again_and_settling_are_for_staff(ada: World, act_: str) -> None:
    failed = await fails(ada, "refused")
    path, headers = f"/billing/v1/refunds/{failed}/{act_}", {"Idempotency-Key": "k"}
    async with ada.client(token("ada")) as learner:
        answer = await learner.post(path, json={"reference": "HB"}, headers=headers)
        assert answer.status_code == 403
    async with ada.client() as nobody:
        answer = await nobody.post(path, json={"reference": "HB"}, headers=headers)
        assert answer.status_code == 401
    body = {"json": {"reference": "HB"}} if act_ == "settle" else {}
    assert (await ada.http.post(path, **body)).status_code == 400  # no key
    encoded = path.replace(":", "%3A")
    answer = await ada.http.post(encoded, headers=headers, **body)
    assert answer.status_code in {200, 202}


# --- nobody knows ---------------------------------------------------------------------------------


async def test_an_outcome_that_is_unknown_for_three_days_is_asked_about_once(ada: World) -> None:
    ada.line.before = lambda request: request.url.path.startswith("/v1/refunds")
    await ada.at(EARLY)
    await ada.hears(cancelled("ada", EARLY))
    await ada.at("2020-09-23T11:40:00Z")
    assert await tasks(ada) == {}
    await ada.at("2020-09-23T15:00:00Z")
    assert list(await tasks(ada)) == ["refund-stuck"]
    assert len(await ada.said("task.opened")) == 1
    ada.line.mend()
    await ada.at("2020-09-23T16:00:00Z")
    assert await tasks(ada) == {}
    assert await ada.balances("ada") == KEPT


async def test_a_bank_that_takes_more_than_three_days_is_asked_about(world: World) -> None:
    from stack.paysim import rules
    from tests.edges.billing.conftest import confirmed, requested

    await world.hears(requested("ada"))
    await world.pays("ada", "4000000000007726")
    await world.hears(confirmed("ada"))  # a payment without a seat would be a finding by night
    await world.at(EARLY)
    await world.hears(cancelled("ada", EARLY))
    await world.at("2020-09-23T11:00:00Z")
    assert await tasks(world) == {}
    await world.at("2020-09-23T18:00:00Z")
    assert list(await tasks(world)) == ["refund-stuck"]
    made = world.store.by_key("refund", await refund_id(world))
    assert made is not None
    rules.settle(world.store, made["id"], "succeeded")
    await world.rests()
    assert await tasks(world) == {}


# --- the simulator itself -------------------------------------------------------------------------


async def test_the_simulator_s_balance_runs_dry_for_days_and_one_refund_is_made(ada: World) -> None:
    from stack.paysim import balance

    balance.limit(ada.store, "USD", 0)
    await ada.at(EARLY)
    await ada.hears(cancelled("ada", EARLY))
    await ada.at("2020-09-24T12:00:00Z")
    assert {state for _, state in await refunds(ada)} == {"failed", "requested"}
    balance.limit(ada.store, "USD", None)
    await ada.at("2020-09-25T20:00:00Z")
    assert ada.totals() == (19900, 16900)
    assert len(await ada.said("refund.settled")) == 1
    assert await ada.said("refund.failed") == []
    assert await ada.balances("ada") == KEPT


async def test_the_simulator_s_card_has_gone(ada: World) -> None:
    from stack.paysim import refunds as theirs

    theirs.card_ends(ada.store, "4242")
    await ada.hears(cancelled("ada", EARLY))
    await ada.at("2020-09-25T20:00:00Z")
    assert await refunds(ada) == [("1", "failed")]
    assert list(await tasks(ada)) == ["refund-by-hand"]
    [failed] = await ada.said("refund.failed")
    assert failed["by_hand"] is True
