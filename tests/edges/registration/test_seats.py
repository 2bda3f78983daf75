"""Holds end, seats go on to those who wait, offers die at their end (domain.md §4)."""

import asyncio

from shared.contracts.billing import CreditIssued
from shared.runtime.tokens import code_of
from tests.edges.registration.conftest import SECRET, Stage
from tests.edges.registration.happenings import made, paid
from tests.rules.registration.course import course


async def queue(stage: Stage, *names: str) -> list[str]:
    return [(await stage.register(name)).json()["registration_id"] for name in names]


async def accept(stage: Stage, registration_id: str, **changes):
    body = {"disclosure_version": "2020-09-01", "payment": {"method": "card"}} | changes
    return await stage.act(stage.holder(registration_id), registration_id, "accept-offer", body)


async def test_a_hold_that_ends_frees_its_seat_for_the_first_in_line_at_once(stage: Stage):
    await stage.publish(capacity=1)
    ada, bea, cleo = await queue(stage, "Ada", "Bea", "Cleo")
    await stage.go_to("2020-09-01T13:29:59Z")
    assert (await stage.shown(ada))["status"] == "requested"
    await stage.go_to("2020-09-01T13:30:00Z")
    assert [(await stage.shown(r))["status"] for r in (ada, bea, cleo)] == [
        "expired",
        "offered",
        "waitlisted",
    ]
    assert (await stage.shown(bea))["offer_expires_at"] == "2020-09-02T13:30:00Z"
    assert await stage.said_of(bea) == ["waitlisted", "offered"]
    assert (await stage.spoken(ada))[-1][1]["reason"] == "hold-ended"
    assert await stage.seats() == {
        "capacity": 1, "sold": 0, "held": 0, "offered": 1, "waiting": 1,
    }  # fmt: skip


async def test_an_offer_is_accepted_and_paid(stage: Stage):
    await stage.publish(capacity=1)
    ada, bea = await queue(stage, "Ada", "Bea")
    await stage.act(stage.holder(ada), ada, "cancel")
    answer = await accept(stage, bea)
    assert answer.status_code == 200
    assert answer.json()["status"] == "requested"
    assert answer.json()["hold_expires_at"] == "2020-09-01T13:30:00Z"
    assert await stage.hears(paid(bea)) == ["done"]
    assert await stage.said_of(bea) == ["waitlisted", "offered", "requested", "confirmed"]
    assert (await stage.seats())["sold"] == 1
    await stage.go_to("2020-09-05T00:00:00Z")
    assert (await stage.shown(bea))["status"] == "confirmed"


async def test_credits_named_when_an_offer_is_accepted_are_asked_for(stage: Stage):
    await stage.publish(capacity=1)
    await stage.hears(made(CreditIssued, credit_id="credit-1"))
    ada, bea = await queue(stage, "Ada", "Bea")
    await stage.act(stage.holder(ada), ada, "cancel")
    codes = [code_of(SECRET, "credit", "credit-1").lower(), "NO-SUCH-CODE"]
    answer = await accept(stage, bea, payment={"method": "card", "credit_codes": codes})
    assert answer.status_code == 200
    [requested] = [said for type_, said in await stage.spoken(bea) if "requested" in type_]
    known, unknown = requested["credit_ids"]
    assert known == "credit-1"
    assert unknown.startswith("unknown:")


async def test_an_offer_that_ended_is_dead_even_before_anybody_noticed(stage: Stage):
    await stage.publish(capacity=1)
    ada, bea, cleo = await queue(stage, "Ada", "Bea", "Cleo")
    await stage.act(stage.holder(ada), ada, "cancel")
    stage.clock.time = stage.clock.time.replace(day=2)  # to the second, and no sweep ran yet
    late = await accept(stage, bea)
    assert (late.status_code, late.json()["type"]) == (409, "/problems/offer-ended")
    await stage.go_to("2020-09-02T13:00:00Z")
    assert [(await stage.shown(r))["status"] for r in (bea, cleo)] == ["lapsed", "offered"]
    later = await accept(stage, bea)
    assert (later.status_code, later.json()["type"]) == (409, "/problems/offer-ended")
    assert await stage.said_of(bea) == ["waitlisted", "offered", "lapsed"]


async def test_without_an_offer_there_is_nothing_to_accept(stage: Stage):
    await stage.publish(capacity=1)
    ada, bea = await queue(stage, "Ada", "Bea")
    for registration_id in (ada, bea):
        answer = await accept(stage, registration_id)
        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/no-offer")


async def test_an_offer_asks_for_the_disclosure_of_its_day(stage: Stage):
    await stage.publish(capacity=1)
    ada, bea = await queue(stage, "Ada", "Bea")
    await stage.act(stage.holder(ada), ada, "cancel")
    await stage.publish(capacity=1, disclosure={"version": "2020-09-02"})
    outdated = await accept(stage, bea)
    assert outdated.json()["type"] == "/problems/disclosure-outdated"
    assert (await accept(stage, bea, disclosure_version="2020-09-02")).status_code == 200


async def test_no_offer_is_made_once_registration_has_closed(stage: Stage):
    await stage.publish(capacity=1)
    ada, bea = await queue(stage, "Ada", "Bea")
    await stage.hears(paid(ada))
    await stage.go_to("2020-10-19T20:00:00Z")
    gone = {"override": {"outcome": "nothing", "reason": "No-show by agreement."}}
    assert (await stage.act(stage.operator, ada, "cancel", gone)).status_code == 202
    assert (await stage.shown(bea))["status"] == "waitlisted"
    assert (await stage.seats())["offered"] == 0


async def test_an_offer_ends_with_registration_at_the_latest(stage: Stage):
    await stage.publish(capacity=1)
    ada, bea = await queue(stage, "Ada", "Bea")
    await stage.hears(paid(ada))
    await stage.go_to("2020-10-19T10:00:00Z")
    await stage.act(stage.holder(ada), ada, "cancel")
    assert (await stage.shown(bea))["offer_expires_at"] == "2020-10-19T20:00:00Z"


async def test_a_capacity_raised_by_two_makes_two_offers_and_lowered_throws_nobody_out(
    stage: Stage,
):
    await stage.publish(capacity=1)
    await queue(stage, "Ada", "Bea", "Cleo", "Dora")
    await stage.publish(capacity=3)
    assert await stage.seats() == {
        "capacity": 3, "sold": 0, "held": 1, "offered": 2, "waiting": 1,
    }  # fmt: skip
    lowered = await stage.operator.put("/courses/attachment", json=course(capacity=1))
    assert lowered.json()["warnings"] == [
        "More seats are taken than the new capacity: nobody loses one."
    ]
    assert (await stage.seats())["offered"] == 2


async def test_who_waits_comes_before_a_newcomer(stage: Stage):
    await stage.publish(capacity=1)
    ada, bea = await queue(stage, "Ada", "Bea")
    await stage.act(stage.holder(ada), ada, "cancel")
    await stage.act(stage.holder(bea), bea, "cancel")  # the offer is given back
    assert (await stage.seats())["offered"] == 0
    assert (await stage.register("Cleo")).json()["status"] == "requested"


async def test_many_at_once_for_few_seats_get_just_those(stage: Stage):
    await stage.publish(capacity=3)
    answers = await asyncio.gather(*(stage.register(f"Person{n} Of Many") for n in range(40)))
    statuses = [answer.json()["status"] for answer in answers]
    assert (statuses.count("requested"), statuses.count("waitlisted")) == (3, 37)
    places = sorted(a.json()["position"] for a in answers if "position" in a.json())
    assert places == list(range(1, 38))
    assert await stage.seats() == {
        "capacity": 3, "sold": 0, "held": 3, "offered": 0, "waiting": 37,
    }  # fmt: skip


async def test_many_cancellations_at_once_free_each_seat_once(stage: Stage):
    await stage.publish(capacity=5)
    seated = await queue(stage, *(f"Seated{n} Person" for n in range(5)))
    waiting = await queue(stage, *(f"Waiting{n} Person" for n in range(7)))
    await asyncio.gather(
        *(stage.act(stage.holder(r), r, "cancel") for r in seated for _ in range(3))
    )
    statuses = [(await stage.shown(r))["status"] for r in waiting]
    assert statuses == ["offered"] * 5 + ["waitlisted"] * 2
    assert await stage.seats() == {
        "capacity": 5, "sold": 0, "held": 0, "offered": 5, "waiting": 2,
    }  # fmt: skip


async def test_the_same_person_many_times_at_once_is_registered_once(stage: Stage):
    await stage.publish()
    answers = await asyncio.gather(*(stage.register("Ada Lovelace") for _ in range(20)))
    assert sorted(answer.status_code for answer in answers) == [200] * 19 + [201]
    assert len({answer.json()["registration_id"] for answer in answers}) == 1
    assert (await stage.seats())["held"] == 1
