"""Staff decide what a cancellation comes to: a hole, or otherwise than the policy; never for less."""

import uuid
from typing import Any

import pytest

from shared.contracts.registration import RegistrationExpired, RegistrationTransferred
from tests.edges.billing.conftest import World, cancelled, confirmed, of, requested, token, usd

EARLY, LATE, STARTED = "2020-10-06T03:59:00Z", "2020-10-06T04:01:00Z", "2020-10-25T12:00:00Z"
UNDECIDED = "cancellation-undecided"


async def decide(world: World, registration_id: str, outcome: Any, **more: Any) -> Any:
    body = {"outcome": outcome, "reason": "a bereavement"} | more.pop("body", {})
    client = more.pop("client", world.http)
    return await client.post(
        f"/billing/v1/registrations/{registration_id}/decision",
        json=body,
        headers={"Idempotency-Key": more.pop("key", None) or uuid.uuid4().hex},
    )


def slug(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].removeprefix("/problems/")


async def decided(world: World, registration_id: str, outcome: str) -> Any:
    answer = await decide(world, registration_id, outcome)
    assert answer.status_code == 202, answer.text
    await world.rests()
    return answer.json()


async def last(world: World) -> Any:
    return (await world.said("cancellation.settled.v1"))[-1]


async def audited(world: World) -> list[tuple[str, str, str]]:
    async with world.db.acquire() as con:
        rows = await con.fetch("SELECT by, about, why FROM audit ORDER BY id")
    return [(row["by"], row["about"], row["why"]) for row in rows]


@pytest.fixture
async def hole(world: World) -> World:
    """Ada paid 199.00 for a kind of which the policy says nothing, and cancelled early."""
    await world.hears(requested("ada", kind="three_day_workshop"))
    await world.pays("ada")
    await world.hears(confirmed("ada"), cancelled("ada", EARLY))
    assert [task["kind"] for task in await world.said("task.opened.v1")] == [UNDECIDED]
    return world


@pytest.mark.parametrize(
    ("outcome", "back", "credit", "books"),
    [
        ("refund", 19900, None, {}),
        ("credit", 0, usd(19900), {"cash:gateway": 19900, "credits": -19900}),
        ("nothing", 0, None, {"cash:gateway": 19900, "forfeited": -19900}),
    ],
)
async def test_staff_decide_where_the_policy_has_a_hole_and_no_fee_is_taken(
    hole: World, outcome: str, back: int, credit: Any, books: dict[str, int]
) -> None:
    answer = await decided(hole, "ada", outcome)
    assert (answer["outcome"], answer["fee"], answer["otherwise"]) == (outcome, usd(0), None)
    settled = await last(hole)
    assert (settled["outcome"], settled["overridden"], settled["otherwise"]) == (
        outcome,
        True,
        None,
    )
    assert (settled["credit"] and settled["credit"]["amount"]) == credit
    assert hole.totals() == (19900, back)
    assert await hole.balances("ada") == books
    [closed] = await hole.said("task.closed.v1")
    assert closed["outcome"] == "decided"
    assert await audited(hole) == [("operator", "ada", f"undecided -> {outcome}: a bereavement")]
    assert (await hole.view("ada"))["outcome"]["outcome"] == outcome


async def test_a_hole_decided_in_the_cancellation_itself_needs_no_task(world: World) -> None:
    await world.hears(requested("ada", kind="three_day_workshop"))
    await world.pays("ada")
    override = {"outcome": "refund"}
    await world.hears(confirmed("ada"), cancelled("ada", EARLY, by="operator", override=override))
    await world.rests()
    assert await world.said("task.opened.v1") == []
    assert world.totals() == (19900, 19900)


@pytest.mark.parametrize(
    ("at", "outcome", "otherwise"),
    [
        (EARLY, "credit", ("refund", 3000, 16900, 0, None)),
        (LATE, "refund", ("credit", 0, 0, 19900, "2021-10-06")),
        (STARTED, "refund", ("nothing", 0, 0, 0, None)),
    ],
)
async def test_what_the_policy_alone_had_given_is_kept_beside_what_staff_decided(
    ada: World, at: str, outcome: str, otherwise: tuple[Any, ...]
) -> None:
    await ada.at(at)
    await ada.hears(cancelled("ada", at, by="operator", override={"outcome": outcome}))
    settled = await last(ada)
    assert (settled["outcome"], settled["otherwise"]) == (outcome, otherwise[0])
    kept = await ada.value("SELECT otherwise FROM settlements WHERE registration_id = 'ada'")
    names = ("outcome", "fee", "cash", "credited", "expires_on")
    import json

    found = json.loads(kept) if isinstance(kept, str) else kept
    assert tuple(found[name] for name in names) == otherwise
    assert (await ada.view("ada"))["outcome"]["otherwise"] == otherwise[0]


async def test_a_credit_becomes_money_less_the_fee_and_is_void(ada: World) -> None:
    await ada.hears(cancelled("ada", LATE))
    answer = await decided(ada, "ada", "refund")
    assert (answer["outcome"], answer["fee"], answer["credit"]) == ("refund", usd(3000), None)
    assert [part["amount"] for part in answer["refunds"]] == [usd(16900)]
    assert answer["otherwise"] == {
        "outcome": "credit",
        "fee": 0,
        "cash": 0,
        "credited": 19900,
        "expires_on": "2021-10-06",
    }
    first, second = await ada.said("cancellation.settled.v1")
    assert (first["outcome"], first["overridden"]) == ("credit", False)
    assert (second["outcome"], second["overridden"], second["otherwise"]) == (
        "refund",
        True,
        "credit",
    )
    [voided] = await ada.said("credit.voided.v1")
    assert (voided["amount"], voided["balance"]) == (usd(19900), usd(0))
    assert ada.totals() == (19900, 16900)
    assert await ada.balances("ada") == {"cash:gateway": 3000, "fees": -3000}
    assert await audited(ada) == [("operator", "ada", "credit -> refund: a bereavement")]


async def test_what_was_forfeited_becomes_a_credit_and_then_money(ada: World) -> None:
    await ada.at(STARTED)
    await ada.hears(cancelled("ada", STARTED, by="operator"))
    assert (await ada.balances("ada"))["forfeited"] == -19900
    answer = await decided(ada, "ada", "credit")
    assert answer["credit"]["amount"] == usd(19900)
    assert answer["credit"]["expires_on"] == "2021-10-25"  # a year from the request
    assert await ada.balances("ada") == {"cash:gateway": 19900, "credits": -19900}
    answer = await decided(ada, "ada", "refund")
    assert ada.totals() == (19900, 16900)
    # What the policy alone had given stays what it was at first.
    assert answer["otherwise"]["outcome"] == "nothing"
    assert [why for *_, why in await audited(ada)] == [
        "nothing -> credit: a bereavement",
        "credit -> refund: a bereavement",
    ]


@pytest.mark.parametrize(
    ("at", "outcome"), [(EARLY, "credit"), (EARLY, "nothing"), (LATE, "nothing")]
)
async def test_what_was_given_is_never_taken_back(ada: World, at: str, outcome: str) -> None:
    await ada.hears(cancelled("ada", at))
    await ada.rests()
    before = (await ada.view("ada"), ada.totals(), await ada.types())
    assert slug(await decide(ada, "ada", outcome)) == (409, "less-than-given")
    assert (await ada.view("ada"), ada.totals(), await ada.types()) == before
    assert await audited(ada) == []


async def test_a_small_credit_that_the_fee_would_take_up_stays(world: World) -> None:
    await world.hears(requested("ada", price=usd(2500)))
    await world.pays("ada")
    await world.hears(confirmed("ada"), cancelled("ada", LATE))
    assert slug(await decide(world, "ada", "refund")) == (409, "less-than-given")
    assert await world.balances("ada") == {"cash:gateway": 2500, "credits": -2500}
    assert await world.said("credit.voided.v1") == []


async def test_the_same_outcome_again_is_no_decision(ada: World) -> None:
    await ada.hears(cancelled("ada", EARLY))
    assert slug(await decide(ada, "ada", "refund")) == (409, "already-decided")


async def test_a_fee_that_took_up_everything_may_become_a_credit(world: World) -> None:
    await world.hears(requested("ada", price=usd(2500)))
    await world.pays("ada")
    await world.hears(confirmed("ada"), cancelled("ada", EARLY))
    assert await world.balances("ada") == {"cash:gateway": 2500, "fees": -2500}
    answer = await decided(world, "ada", "credit")
    assert answer["credit"]["amount"] == usd(2500)
    assert await world.balances("ada") == {"cash:gateway": 2500, "credits": -2500}


async def test_what_was_spent_of_the_credit_is_not_given_twice(ada: World) -> None:
    from tests.edges.billing.test_provider_cancels import spends

    await ada.hears(cancelled("ada", LATE))
    [issued] = await ada.said("credit.issued.v1")
    await ada.hears(requested("bea", price=usd(7900)))
    await spends(ada, "bea", issued["credit_id"], 7900)
    answer = await decided(ada, "ada", "refund")
    # 120.00 are left of it: less the fee of 30.00 that is 90.00.
    assert [part["amount"] for part in answer["refunds"]] == [usd(9000)]
    assert ada.totals() == (19900, 9000)


async def test_a_credit_that_waits_for_an_employer_becomes_a_smaller_invoice(world: World) -> None:
    await world.hears(
        requested("ada", payment_method="invoice", organisation="Clinic"),
        confirmed("ada", basis="invoice"),
        cancelled("ada", LATE),
    )
    answer = await decided(world, "ada", "refund")
    assert (answer["fee"], answer["refunds"]) == (usd(3000), [])
    assert (await last(world))["still_due"] == usd(3000)
    assert (await world.view("ada"))["invoice"]["due"] == usd(3000)
    await world.pays("ada")
    assert await world.said("credit.issued.v1") == []  # nothing waits any more
    assert world.totals() == (3000, 0)


async def test_the_same_key_is_one_decision(ada: World) -> None:
    await ada.hears(cancelled("ada", LATE))
    first = await decide(ada, "ada", "refund", key="one")
    again = await decide(ada, "ada", "refund", key="one")
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    await ada.rests()
    assert ada.totals() == (19900, 16900)
    assert len(await ada.said("cancellation.settled.v1")) == 2


async def test_the_provider_s_own_cancellation_is_still_the_better_one(ada: World) -> None:
    await ada.hears(cancelled("ada", LATE))
    await decided(ada, "ada", "refund")
    await ada.hears(cancelled("ada", LATE, by="provider", was="cancelled", prefer="refund"))
    await ada.rests()
    assert ada.totals() == (19900, 19900)  # the fee as well
    assert await ada.balances("ada") == {}


async def test_who_may_decide_and_what(ada: World) -> None:
    async with ada.client(token("ada")) as learner, ada.client() as nobody:
        assert (await decide(ada, "ada", "refund", client=learner)).status_code == 403
        assert (await decide(ada, "ada", "refund", client=nobody)).status_code == 401
    assert slug(await decide(ada, "nobody", "refund")) == (404, "registration-unknown")
    assert slug(await decide(ada, "ada", "refund")) == (409, "not-cancelled")
    path = "/billing/v1/registrations/ada/decision"
    body = {"outcome": "refund", "reason": "x"}
    assert (await ada.http.post(path, json=body)).status_code == 400  # without a key
    for odd in ({"outcome": "all"}, {"reason": ""}, {"reason": "x" * 2_001}, {"outcome": None}):
        assert (await decide(ada, "ada", "refund", body=odd)).status_code == 422


async def test_what_is_not_known_yet_is_decided_later(world: World) -> None:
    await world.hears(cancelled("ghost", EARLY))
    assert slug(await decide(world, "ghost", "refund")) == (425, "not-known-yet")
    await world.hears(requested("ada"), of(RegistrationExpired, "ada"))
    assert slug(await decide(world, "ada", "refund")) == (409, "not-cancelled")


async def test_a_move_that_the_policy_leaves_open_is_decided_and_carried_out(world: World) -> None:
    await world.hears(requested("ada", kind="three_day_workshop"))
    await world.pays("ada")
    await world.hears(confirmed("ada"))
    to = {"course_id": "grief", "transferred_from": "ada"}
    await world.hears(requested("new", **to, transferred_price=usd(19900)))
    await world.hears(confirmed("new", basis="transfer", course_id="grief"))
    event = of(
        RegistrationTransferred,
        "ada",
        to_registration_id="new",
        to_course_id="grief",
        requested_at=LATE,
    )
    await world.hears(event)
    assert [task["kind"] for task in await world.said("task.opened.v1")] == [UNDECIDED]
    answer = await decided(world, "ada", "refund")
    assert (answer["outcome"], answer["fee"]) == ("refund", usd(0))
    assert (await last(world))["moved"] == usd(19900)
    assert (await world.view("new"))["paid"] == usd(19900)
    assert len(await world.said("task.closed.v1")) >= 1
    again = await decide(world, "ada", "credit")
    assert slug(again) == (409, "registration-transferred")
