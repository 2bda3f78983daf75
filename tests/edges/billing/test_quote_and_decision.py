"""A quote promises what the decision then is: any registration, any moment."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from shared.contracts import reference
from shared.contracts.registration import RegistrationExpired, RegistrationWaitlisted
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

START = datetime(2020, 10, 19, 20, tzinfo=UTC)
ROLL = {"deliveries": ["recorded"], "allocation": "pro_rata"}
POLICIES = [
    reference.POLICY,
    reference.POLICY | ROLL | {"windows": [{"until": "forever", "outcome": "credit", "fee": 999}]},
    reference.POLICY
    | {
        "windows": [
            {"until": {"hours_before_start": 48}, "outcome": "refund", "fee": {"percent": 15}},
            {"until": "forever", "outcome": "nothing"},
        ]
    },
]
# About the start and the ends of windows, in hours; after it was bought in any case.
_hours = st.one_of(
    st.sampled_from([-500, -330, -326, -200, -49, -48, -47, -1, 0, 1, 100, 200]),
    st.integers(-30 * 24, 10 * 24),
)
stories = st.fixed_dictionaries(
    {
        "policy": st.sampled_from(POLICIES),
        "method": st.sampled_from(["card", "card", "invoice"]),
        "price": st.sampled_from([0, 2500, 19900, 19900]),
        "confirmed": st.booleans(),
        "pays": st.sampled_from([True, True, False]),
        "expires": st.booleans(),
        "goodwill": st.sampled_from([0, 0, 1, 1000]),
        "moved": st.one_of(st.none(), _hours),
        "at": _hours,
        "newer": st.sampled_from([None, *POLICIES]),
        "choice": st.sampled_from([None, "snapshot", "newer"]),
    }
)


PAID: dict[str, Any] = {
    "policy": reference.POLICY,
    "method": "card",
    "price": 19900,
    "confirmed": True,
    "pays": True,
    "expires": False,
    "goodwill": 0,
    "moved": None,
    "at": -200,
    "newer": None,
    "choice": None,
}


async def live(world: World, rid: str, story: dict[str, Any]) -> None:
    """A registration that went through `story`, up to the moment before it is cancelled."""
    method = story["method"] if story["price"] else "free"
    basis = {"card": "paid"}.get(method, method)
    about = {"course_id": f"course-of-{rid}"}
    await world.hears(
        requested(
            rid, price=usd(story["price"]), payment_method=method, policy=story["policy"], **about
        )
    )
    if story["confirmed"] and method != "card":
        await world.hears(confirmed(rid, basis=basis, **about))
    if story["pays"] and story["price"]:
        await world.pays(rid)
        if story["goodwill"]:
            await world.goodwill(rid, amount=story["goodwill"])
            await world.rests()
        if story["confirmed"] and method == "card":
            await world.hears(confirmed(rid, basis=basis, **about))
    elif story["expires"] and not story["confirmed"]:
        await world.hears(of(RegistrationExpired, rid, **about))
    if story["moved"] is not None or story["newer"] is not None:
        start = START + timedelta(hours=story["moved"] or 0)
        moved = {"starts_at": start.isoformat(), "ends_at": (start + timedelta(2)).isoformat()}
        sessions = [reference.COURSE["sessions"][0] | moved]
        policy = in_force(story).get("policy_now") or story["policy"]
        await world.hears(course(2, sessions=sessions, policy=policy, **about))


def in_force(story: dict[str, Any]) -> dict[str, Any]:
    """What registration says of the course with the cancellation."""
    if story["newer"] is None:
        return {}
    start = START + timedelta(hours=story["moved"] or 0)
    newer = story["newer"] | {"version": 2}
    return {"course_version": 2, "starts_at_now": start.isoformat(), "policy_now": newer}


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@example(PAID | {"moved": 240})  # late for the start as bought, early for the one it was moved to
@example(PAID | {"moved": -240, "at": -400})
@example(PAID | {"method": "invoice", "pays": False})
@example(PAID | {"method": "invoice", "pays": False, "at": -400})
@example(PAID | {"goodwill": 1000, "at": -400})
@example(PAID | {"newer": POLICIES[1], "at": -48})
@example(PAID | {"newer": POLICIES[2], "at": -200, "choice": "newer"})
@example(PAID | {"newer": POLICIES[2], "at": -200, "choice": "snapshot"})
@example(PAID | {"policy": POLICIES[2], "price": 2500, "confirmed": False, "at": -48})
@example(PAID | {"pays": False, "confirmed": False, "expires": True})
@given(stories)
async def test_what_was_quoted_is_what_is_decided(world: World, story: dict[str, Any]) -> None:
    rid = f"r-{uuid.uuid4().hex[:12]}"
    await live(world, rid, story)
    at = (START + timedelta(hours=story["at"])).isoformat().replace("+00:00", "Z")
    answer = await world.quote(rid, at)
    assert answer.status_code == 200, answer.text
    quote = answer.json()

    was = "confirmed" if story["confirmed"] else "requested"
    chosen = {"policy_choice": story["choice"], **in_force(story)}
    await world.hears(cancelled(rid, at, was=was, course_id=f"course-of-{rid}", **chosen))
    if story["choice"] == "newer" and quote["other"]:
        quote = quote["other"] | {"trace": None}

    said = await world.said("cancellation.settled.v1")
    [settled] = [one for one in said if one["registration_id"] == rid]
    assert settled["policy_version"] == quote["policy_version"]
    if story["choice"] is None:
        assert settled["trace"] == quote["trace"]
    assert (settled["outcome"], settled["fee"]) == (quote["outcome"], quote["fee"])
    money = [one for one in quote["refunds"] if one["tender"] != "due"]
    assert [one["amount"] for one in settled["refunds"]] == [one["amount"] for one in money]
    assert len(settled["restored"]) == len(quote["restored"])
    if quote["windows"]:
        asked = datetime.fromisoformat(at)  # as instants: ".000001Z" sorts before "Z"
        ends = [one["ends"] and datetime.fromisoformat(one["ends"]) for one in quote["windows"]]
        ahead = [
            one
            for one, end in zip(quote["windows"], ends, strict=True)
            if end is None or asked < end
        ]
        assert ahead[0]["outcome"] == quote["outcome"] or story["moved"] is not None


async def test_one_who_waits_is_known_owes_nothing_and_gets_nothing(world: World) -> None:
    await world.hears(of(RegistrationWaitlisted, "ada", token_version=2))
    view = await world.view("ada")
    assert (view["invoice"], view["paid"]) == (None, None)
    async with world.client(token("ada", 2)) as learner:
        path = "/billing/v1/registrations/ada/cancellation-quote"
        answer = await learner.get(path)
        assert answer.status_code == 200
        assert (answer.json()["outcome"], answer.json()["windows"]) == ("nothing", [])
        # Nothing can be paid, and the older link is dead.
        checkout = "/billing/v1/registrations/ada/checkout"
        refused = await learner.post(checkout, headers={"Idempotency-Key": "k"})
        assert refused.status_code == 409
    async with world.client(token("ada", 1)) as former:
        assert (await former.get(path)).status_code == 401
    await world.hears(cancelled("ada", "2020-09-20T12:00:00Z", was="waitlisted"))
    assert await world.said() == []


async def test_one_who_waited_and_took_the_offered_seat_is_charged(world: World) -> None:
    await world.hears(of(RegistrationWaitlisted, "ada"))
    await world.hears(requested("ada"))
    assert (await world.view("ada"))["invoice"]["due"] == usd(19900)
    await world.hears(of(RegistrationWaitlisted, "ada"))  # heard again, late
    assert (await world.view("ada"))["invoice"]["status"] == "open"
