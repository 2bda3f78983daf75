"""A course's policy and start change between purchase and cancellation, heard in any order (§2)."""

import itertools
import uuid
from typing import Any

import pytest

from shared.contracts import reference
from shared.contracts.registration import RegistrationTransferred
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

LATE = "2020-10-12T12:00:00Z"
MOVED = [
    session | {"starts_at": "2020-11-19T20:00:00Z", "ends_at": "2020-11-19T22:00:00Z"}
    for session in reference.COURSE["sessions"]
]
FREE_OF_FEE = {
    "windows": [{"until": "start", "outcome": "credit"}, {"until": "forever", "outcome": "nothing"}]
}
NO_END: dict[str, Any] = reference.POLICY | FREE_OF_FEE | {"version": 2}  # late: without an end
HALF: dict[str, Any] = reference.POLICY | {
    "version": 2,
    "windows": [
        {"until": "start", "outcome": "refund", "fee": {"percent": 50}},
        {"until": "forever", "outcome": "nothing"},
    ],
}


def in_force(policy: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """What registration says of the course with a cancellation, after its second version."""
    facts = {"course_version": 2, "starts_at_now": "2020-10-19T20:00:00Z", "policy_now": policy}
    return facts | more


async def settled_of(world: World, registration_id: str) -> Any:
    said = await world.said("cancellation.settled.v1")
    [settled] = [one for one in said if one["registration_id"] == registration_id]
    return settled


async def test_the_start_it_was_moved_to_counts_in_whatever_order_that_is_heard(
    world: World,
) -> None:
    outcomes = []
    for order in itertools.permutations(["requested", "moved", "cancelled"]):
        rid = f"ada-{'-'.join(order)}"
        about = {"course_id": f"course-of-{rid}"}
        now = {"course_version": 2, "starts_at_now": MOVED[0]["starts_at"]}
        events = {
            "requested": requested(rid, **about),
            "moved": course(2, sessions=MOVED, **about),
            "cancelled": cancelled(rid, LATE, **about, **now),
        }
        await world.hears(course(**about))
        for name in order:
            await world.hears(events[name])
            if name == "requested" and order.index("cancelled") > order.index("requested"):
                await world.pays(rid)
                await world.hears(confirmed(rid, **about))
        settled = await settled_of(world, rid)
        if settled["paid"] == usd(19900):
            outcomes.append((settled["outcome"], settled["fee"], settled["trace"][0]["rule"]))
    assert outcomes == [("refund", usd(3000), "moved")] * 3


async def test_a_move_that_was_heard_but_came_after_the_cancellation_changes_nothing(
    ada: World,
) -> None:
    await ada.hears(course(2, sessions=MOVED))
    then = {"course_version": 1, "starts_at_now": "2020-10-19T20:00:00Z"}
    await ada.hears(cancelled("ada", LATE, **then))
    settled = await settled_of(ada, "ada")
    assert (settled["outcome"], settled["trace"][0]["rule"]) == ("credit", "window")


async def test_of_facts_that_say_nothing_of_the_course_the_copy_counts(ada: World) -> None:
    await ada.hears(course(2, sessions=MOVED), cancelled("ada", LATE))
    assert (await settled_of(ada, "ada"))["outcome"] == "refund"


async def test_a_kinder_policy_holds_by_itself_as_it_was_quoted(ada: World) -> None:
    await ada.hears(course(2, policy=NO_END))
    await ada.at(LATE)
    quote = (await ada.quote("ada")).json()
    assert quote["policy_version"] == 2
    assert quote["other"] is None
    assert quote["credit"] == {"amount": usd(19900), "expires_on": None}
    assert [one["outcome"] for one in quote["windows"]] == ["credit", "nothing"]
    await ada.hears(cancelled("ada", LATE, **in_force(NO_END)))
    settled = await settled_of(ada, "ada")
    assert settled["trace"] == quote["trace"]
    assert settled["trace"][0]["rule"] == "policy"
    assert (settled["policy_version"], settled["credit"]["expires_on"]) == (2, None)


async def test_a_policy_in_force_that_is_not_heard_yet_decides_all_the_same(ada: World) -> None:
    await ada.hears(cancelled("ada", LATE, **in_force(NO_END)), course(2, policy=NO_END))
    assert (await settled_of(ada, "ada"))["policy_version"] == 2


async def test_one_that_came_only_after_the_cancellation_decides_nothing(ada: World) -> None:
    then = {"course_version": 1, "starts_at_now": "2020-10-19T20:00:00Z"}
    await ada.hears(course(2, policy=NO_END), cancelled("ada", LATE, **then))
    assert (await settled_of(ada, "ada"))["policy_version"] == 1


@pytest.mark.parametrize(
    ("choice", "version", "gives"),
    [
        (None, 1, ("credit", [], usd(19900))),
        ("snapshot", 1, ("credit", [], usd(19900))),
        ("newer", 2, ("refund", [usd(9950)], None)),
    ],
)
async def test_where_it_is_a_choice_the_quote_shows_both_and_the_snapshot_is_the_default(
    ada: World, choice: str | None, version: int, gives: tuple[str, list[Any], Any]
) -> None:
    await ada.hears(course(2, policy=HALF))
    await ada.at(LATE)
    quote = (await ada.quote("ada")).json()
    assert (quote["policy_version"], quote["outcome"]) == (1, "credit")
    other = quote["other"]
    assert (other["policy_version"], other["outcome"], other["fee"]) == (2, "refund", usd(9950))
    assert other["refunds"] == [{"tender": "card", "amount": usd(9950)}]
    assert [one["outcome"] for one in other["windows"]] == ["refund", "nothing"]
    assert set(other) == set(quote) - {"other", "payer"}  # which is the same of both

    await ada.hears(cancelled("ada", LATE, **in_force(HALF, policy_choice=choice)))
    await ada.rests()
    settled = await settled_of(ada, "ada")
    assert settled["policy_version"] == version
    credit = settled["credit"] and settled["credit"]["amount"]
    refunds = [part["amount"] for part in settled["refunds"]]
    assert (settled["outcome"], refunds, credit) == gives
    assert settled["trace"][0]["rule"] == "policy"
    # It stays so, whatever is heard again.
    await ada.hears(cancelled("ada", LATE, **in_force(HALF, policy_choice="newer")))
    await ada.hears(course(3, policy=NO_END | {"version": 3}))
    assert len(await ada.said("cancellation.settled.v1")) == 1


async def test_when_the_provider_cancels_no_newer_policy_is_asked(ada: World) -> None:
    await ada.hears(course(2, policy=HALF))
    event = cancelled("ada", LATE, by="provider", **in_force(HALF, policy_choice="newer"))
    await ada.hears(event)
    settled = await settled_of(ada, "ada")
    assert (settled["outcome"], settled["fee"], settled["policy_version"]) == (
        "refund",
        usd(0),
        1,
    )


async def test_a_move_to_another_course_goes_by_the_policy_that_was_chosen(ada: World) -> None:
    to = {"course_id": "grief", "transferred_from": "ada"}
    await ada.hears(requested("new", **to, transferred_price=usd(19900)))
    await ada.hears(confirmed("new", basis="transfer", course_id="grief"))
    free = HALF | {"windows": [{"until": "forever", "outcome": "refund"}]}
    event = of(
        RegistrationTransferred,
        "ada",
        to_registration_id="new",
        to_course_id="grief",
        requested_at=LATE,
        **in_force(free, policy_choice="newer"),
    )
    await ada.hears(event)
    settled = await settled_of(ada, "ada")
    assert (settled["cause"], settled["outcome"], settled["policy_version"]) == (
        "transferred",
        "refund",
        2,
    )
    assert settled["moved"] == usd(19900)
    assert await ada.said("credit.issued.v1") == []


async def test_the_learners_own_token_sees_the_choice_too(ada: World) -> None:
    await ada.hears(course(2, policy=HALF))
    async with ada.client(token("ada")) as learner:
        path = "/billing/v1/registrations/ada/cancellation-quote"
        answer = await learner.get(path, params={"at": LATE})
    assert answer.json()["other"]["policy_version"] == 2


async def test_the_same_fact_twice_is_one_outcome(ada: World) -> None:
    event = cancelled("ada", LATE, **in_force(HALF, policy_choice="newer"))
    same = str(uuid.uuid4())
    await ada.hears(event, event, ids=[same, same])
    await ada.hears(event)
    await ada.rests()
    assert ada.totals() == (19900, 9950)
