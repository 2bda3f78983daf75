"""Refunds: every way in which the call, the crash and the answer can come apart, once each."""

import asyncio
import json
from dataclasses import replace
from typing import Any

import httpx
import pytest

from services.billing.commands.refund import DUE
from shared.runtime.due import Dues
from shared.runtime.failpoint import Point
from shared.runtime.outside import OutsideCalls
from tests.edges.billing.conftest import World, cancelled, requested, usd
from tests.stage import killed_at

EARLY = "2020-09-20T12:00:00Z"


def asks_for_a_refund(request: httpx.Request) -> bool:
    return request.method == "POST" and request.url.path == "/v1/refunds"


def asked(world: World) -> int:
    return world.line.calls.count(("POST", "/v1/refunds"))


async def states(world: World) -> list[str]:
    return [refund["status"] for refund in (await world.view("ada"))["refunds"]]


async def settle(world: World) -> None:
    """Done at the gateway, once, and said once."""
    await world.at("2020-09-21T12:00:00Z")
    assert world.totals() == (19900, 16900)
    assert await states(world) == ["succeeded"]
    assert len(await world.said("refund.settled.v1")) == 1
    assert await world.said("refund.failed.v1") == []
    assert await world.balances("ada") == {"cash:gateway": 3000, "fees": -3000}


async def test_a_refund_has_one_key_and_is_asked_for_once(ada: World) -> None:
    await ada.hears(cancelled("ada", EARLY))
    await settle(ada)
    assert asked(ada) == 1
    payment = (await ada.view("ada"))["payments"][0]["payment_id"]
    assert (await ada.view("ada"))["refunds"][0]["refund_id"] == f"refund:{payment}:1"


async def test_a_time_out_before_the_work_was_done_is_tried_again(ada: World) -> None:
    ada.line.before = asks_for_a_refund
    await ada.hears(cancelled("ada", EARLY))
    await ada.rests()
    assert await states(ada) == ["unknown"]
    assert ada.totals() == (19900, 0)
    ada.line.mend()
    await settle(ada)


async def test_a_time_out_after_the_work_was_done_is_looked_up(ada: World) -> None:
    ada.line.after = asks_for_a_refund
    await ada.hears(cancelled("ada", EARLY))
    await ada.outside.step()
    assert await states(ada) == ["unknown"]
    assert ada.totals() == (19900, 16900)
    ada.line.mend()
    await settle(ada)
    assert asked(ada) == 1


async def test_a_gateway_that_is_away_for_a_day_is_waited_for(ada: World) -> None:
    ada.line.before = lambda _request: True
    await ada.hears(cancelled("ada", EARLY))
    await ada.at("2020-09-20T18:00:00Z")
    assert await states(ada) == ["unknown"]
    ada.line.mend()
    await settle(ada)


async def another_dies(world: World, point: Point) -> None:
    """A process that makes its call dies on the way."""
    with killed_at(point):
        await OutsideCalls(world.db, world.clock, world.service.dues).step()


@pytest.mark.parametrize("point", ["outside.prepared", "outside.acted"])
async def test_a_crash_between_claim_act_and_record_refunds_once(ada: World, point: Point) -> None:
    await ada.hears(cancelled("ada", EARLY))
    await another_dies(ada, point)
    assert await states(ada) == ["submitted"]
    await ada.outside.step()
    assert await states(ada) == ["submitted"]  # its lease still runs
    await ada.leases_run_out()
    await settle(ada)
    assert asked(ada) == 1


async def test_whoever_comes_back_after_its_lease_records_nothing_twice(ada: World) -> None:
    await ada.hears(cancelled("ada", EARLY))
    kind, begun, go = ada.service.dues.outsides[DUE], asyncio.Event(), asyncio.Event()

    async def slow(request: Any) -> Any:
        begun.set()
        await go.wait()
        return await kind.act(request)

    dues = Dues()
    dues.outsides[DUE] = replace(kind, act=slow)
    late = asyncio.create_task(OutsideCalls(ada.db, ada.clock, dues).step())
    await begun.wait()
    await ada.leases_run_out()
    await settle(ada)
    go.set()
    await late
    await settle(ada)


async def test_the_webhook_may_be_faster_than_our_own_record(ada: World) -> None:
    await ada.hears(cancelled("ada", EARLY))
    await another_dies(ada, "outside.acted")
    assert await ada.deliver() == [200]
    look = OutsideCalls(ada.db, ada.clock, ada.service.dues)
    await look.step()
    assert await states(ada) == ["succeeded"]
    # Dropped while it was claimed: it is out of time, kept only for who may still come back.
    left = "SELECT count(*) FROM due WHERE kind = $1 AND due_at < 'infinity'"
    assert await ada.value(left, DUE) == 0
    await settle(ada)


async def test_webhooks_of_a_refund_in_any_order_and_number_change_nothing(ada: World) -> None:
    await ada.hears(cancelled("ada", EARLY))
    await ada.outside.step()
    [body] = ada.pending_webhooks()
    for name in ("evt_a", "evt_b", "evt_c"):
        await ada.webhook(json.dumps(json.loads(body) | {"id": name}).encode())
    await settle(ada)


async def test_a_refund_that_fails_days_later_opens_the_debt_again(ada: World) -> None:
    from stack.paysim import rules

    await ada.hears(cancelled("ada", EARLY))
    await settle(ada)
    [refund] = (await ada.view("ada"))["refunds"]
    made = ada.store.by_key("refund", refund["refund_id"])
    assert made is not None
    await ada.at("2020-09-25T12:00:00Z")
    rules.settle(ada.store, made["id"], "failed")
    await ada.rests()
    assert await states(ada) == ["failed"]
    [failed] = await ada.said("refund.failed.v1")
    assert failed["amount"] == usd(16900)
    [task] = await ada.said("task.opened.v1")
    assert task["kind"] == "refund-failed"
    assert await ada.balances("ada") == {
        "cash:gateway": 19900,
        "fees": -3000,
        "refunds_payable": -16900,
    }
    # The debt is a refund still owed, so it is not there to be given as goodwill as well.
    answer = await ada.goodwill("ada", amount=3001)
    assert answer.status_code == 409


async def test_a_refund_that_the_bank_takes_its_time_with_is_pending_until_it_is_done(
    world: World,
) -> None:
    from stack.paysim import rules

    await world.hears(requested("ada"))
    await world.pays("ada", "4000000000007726")
    await world.hears(cancelled("ada", EARLY))
    await world.rests()
    assert await states(world) == ["submitted"]
    [refund] = (await world.view("ada"))["refunds"]
    made = world.store.by_key("refund", refund["refund_id"])
    assert made is not None
    await world.at("2020-09-21T11:00:00Z")
    assert await states(world) == ["submitted"]
    rules.settle(world.store, made["id"], "succeeded")
    await world.rests()
    await settle(world)


# --- goodwill ------------------------------------------------------------------------------------


async def test_goodwill_gives_back_what_the_fee_took(ada: World) -> None:
    await ada.hears(cancelled("ada", EARLY))
    await ada.rests()
    answer = await ada.goodwill("ada", amount=usd(3000))
    assert answer.status_code == 202
    assert answer.json()["amount"] == usd(3000)
    await ada.rests()
    assert ada.totals() == (19900, 19900)
    assert await ada.balances("ada") == {}
    causes = [refund["cause"] for refund in (await ada.view("ada"))["refunds"]]
    assert sorted(causes) == ["cancelled", "goodwill"]


@pytest.mark.parametrize(
    "amount", [10000, "100.00", usd(10000), {"amount": "100.00", "currency": "USD"}]
)
async def test_goodwill_before_a_cancellation_lowers_its_base(ada: World, amount: Any) -> None:
    assert (await ada.goodwill("ada", amount=amount)).status_code == 202
    await ada.hears(cancelled("ada", EARLY))
    await ada.rests()
    [settled] = await ada.said("cancellation.settled.v1")
    assert (settled["paid"], settled["fee"]) == (usd(9900), usd(3000))
    assert ada.totals() == (19900, 10000 + 6900)


async def test_goodwill_is_at_most_what_is_left(ada: World) -> None:
    assert (await ada.goodwill("ada", amount=19901)).status_code == 409
    assert (await ada.goodwill("ada", amount=10000)).status_code == 202
    refused = await ada.goodwill("ada", amount=9901)
    assert refused.status_code == 409
    assert refused.json()["type"] == "/problems/refund-too-large"
    assert refused.json()["left"] == usd(9900)
    await ada.rests()
    assert ada.totals() == (19900, 10000)


async def test_goodwill_never_pays_a_credit_out_in_cash(ada: World) -> None:
    await ada.hears(cancelled("ada", "2020-10-06T04:01:00Z"))
    assert (await ada.goodwill("ada", amount=1)).status_code == 409


async def test_goodwill_asked_twice_with_one_key_is_given_once(ada: World) -> None:
    first = await ada.goodwill("ada", key="k", amount=500)
    second = await ada.goodwill("ada", key="k", amount=500)
    other = await ada.goodwill("ada", key="k", amount=501)
    assert first.json() == second.json()
    assert other.status_code == 422
    await ada.rests()
    assert ada.totals() == (19900, 500)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"amount": 0}, 422),
        ({"amount": -5}, 422),
        ({"amount": 1.5}, 422),
        ({"amount": "1.234"}, 422),
        ({"amount": True}, 422),
        ({"amount": None}, 422),
        ({"amount": {"amount": 5, "currency": "EUR"}}, 422),
        ({"amount": 5, "reason": ""}, 422),
        ({"amount": 10**30}, 422),
    ],
)
async def test_goodwill_that_makes_no_sense_is_refused(ada: World, body: dict, status: int) -> None:
    assert (await ada.goodwill("ada", **body)).status_code == status


async def test_goodwill_is_for_staff(ada: World) -> None:
    from tests.edges.billing.conftest import token

    path = "/billing/v1/registrations/ada/refunds"
    headers = {"Idempotency-Key": "k"}
    body = {"amount": 5, "reason": "please"}
    async with ada.client(token("ada")) as learner:
        assert (await learner.post(path, json=body, headers=headers)).status_code == 403
    async with ada.client() as nobody:
        assert (await nobody.post(path, json=body, headers=headers)).status_code == 401
    unknown = await ada.goodwill("ghost", amount=5)
    assert unknown.status_code == 404
