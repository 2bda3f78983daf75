"""Complimentary seats: presenters, moderators and staff, beside the capacity and for nothing."""

from typing import Any

import pytest

from tests.edges.registration.conftest import Stage, application
from tests.edges.registration.happenings import completed
from tests.edges.registration.test_groups import lines, order, partner_key
from tests.rules.registration.course import course


async def invited(stage: Stage, name: str = "Pat", what: str = "presenter", **more: Any) -> Any:
    given = {"complimentary": what, "disclosure_version": None} | more
    return await stage.register(name, client=stage.operator, **given)


@pytest.mark.parametrize("what", ["presenter", "moderator", "staff"])
async def test_a_complimentary_seat_is_confirmed_for_nothing_and_counts_nowhere(
    stage: Stage, what: str
):
    await stage.publish(capacity=1)
    before = await stage.seats()
    body = (await invited(stage, what=what)).json()
    assert (body["status"], body["price"]["amount"]) == ("confirmed", 0)
    assert await stage.seats() == before
    registration_id = body["registration_id"]
    assert await stage.said_of(registration_id) == ["requested", "confirmed"]
    [requested] = await stage.said("registration.requested")
    assert (requested["complimentary"], requested["price"]["amount"]) == (True, 0)
    assert requested["role"] == what
    [confirmed] = await stage.said("registration.confirmed")
    assert confirmed["basis"] == "free"
    shown = await stage.shown(registration_id)
    assert (shown["complimentary"], shown["role"]) == (True, what)
    assert shown["history"][0]["facts"] == {"complimentary": what}


async def test_a_full_course_has_room_for_them_and_they_take_nobodys_turn(stage: Stage):
    await stage.publish(capacity=1)
    await stage.register("Ada")
    waiting = (await stage.register("Bea")).json()["registration_id"]
    assert (await invited(stage)).json()["status"] == "confirmed"
    assert (await stage.shown(waiting))["position"] == 1
    assert await stage.seats() == {
        "capacity": 1, "sold": 0, "held": 1, "offered": 0, "waiting": 1,
    }  # fmt: skip


async def test_when_they_do_not_come_no_seat_is_free(stage: Stage):
    await stage.publish(capacity=1)
    await stage.register("Ada")
    waiting = (await stage.register("Bea")).json()["registration_id"]
    pat = (await invited(stage)).json()["registration_id"]
    gone = await stage.act(stage.operator, pat, "cancel")
    assert gone.status_code == 202
    assert (await stage.shown(waiting))["status"] == "waitlisted"
    assert (await stage.seats())["held"] == 1


async def test_neither_window_nor_disclosure_is_for_them_until_the_course_is_over(stage: Stage):
    await stage.publish()
    await stage.go_to("2020-11-09T22:59:59Z")
    assert (await invited(stage)).status_code == 201
    outdated = await invited(stage, "Quin", disclosure_version="2019-01-01")
    assert outdated.json()["type"] == "/problems/disclosure-outdated"
    await stage.go_to("2020-11-09T23:00:00Z")
    over = await invited(stage, "Rae")
    assert (over.status_code, over.json()["type"]) == (409, "/problems/registration-closed")


async def test_they_are_completed_as_the_others_are(stage: Stage):
    await stage.publish()
    pat = (await invited(stage)).json()["registration_id"]
    await stage.go_to("2020-11-09T23:15:00Z")
    await stage.hears(*[completed(f"s{number}") for number in range(1, 5)])
    await stage.swept()
    assert (await stage.shown(pat))["status"] == "completed"
    assert (await stage.seats())["sold"] == 0


async def test_a_learner_and_a_partner_may_not_give_one(stage: Stage):
    await stage.publish(joint_sponsor={"name": "IBH", "partner_id": "ibh"})
    partner = await partner_key(stage, "ibh")
    for client in (stage.public, partner):
        refused = await stage.register(client=client, complimentary="presenter")
        assert (refused.status_code, refused.json()["type"]) == (403, "/problems/operator-only")
    line = lines("Ada")[0] | {"complimentary": "staff"}
    [result] = (await order(stage, [line], client=partner)).json()["results"]
    assert (result["status"], result["problem"]["status"]) == ("refused", 403)
    odd = await invited(stage, what="friend")
    assert odd.status_code == 422
    assert await stage.count("registrations") == 0


async def test_in_a_group_they_take_no_seat_and_are_on_no_invoice(stage: Stage):
    await stage.publish(capacity=1)
    presenter = {"attendee": application("Pat")["attendee"], "complimentary": "presenter"}
    answer = await order(stage, [presenter, *lines("Ada", "Bea")])
    assert [one["status"] for one in answer.json()["results"]] == [
        "accepted",
        "accepted",
        "waitlisted",
    ]
    requested = await stage.said("registration.requested")
    assert [(r["price"]["amount"], r["group_size"]) for r in requested] == [(0, 2), (19900, 2)]
    whole = await order(stage, [presenter | {"complimentary": "staff"}], all_or_nothing=True)
    assert whole.json()["results"][0]["status"] == "existing"
    other = {"attendee": application("Quin")["attendee"], "complimentary": "staff"}
    whole = await order(stage, [other], all_or_nothing=True)
    assert whole.json()["results"][0]["status"] == "accepted"


async def test_who_has_one_does_not_hand_it_on_only_staff_do(stage: Stage):
    await stage.publish(capacity=1)
    pat = (await invited(stage)).json()["registration_id"]
    body = {"attendee": application("Quin")["attendee"], "disclosure_version": "2020-09-01"}
    refused = await stage.act(stage.holder(pat), pat, "substitute", body)
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/operator-only")
    assert (await stage.shown(pat))["attendee"]["name"] == "Pat"
    assert (await stage.act(stage.operator, pat, "substitute", body)).status_code == 200
    shown = await stage.shown(pat)
    assert (shown["attendee"]["name"], shown["complimentary"]) == ("Quin", True)
    assert shown["role"] == "presenter"


async def test_who_pays_has_no_role(stage: Stage):
    await stage.publish()
    ada = (await stage.register("Ada")).json()["registration_id"]
    [requested] = await stage.said("registration.requested")
    assert (requested["role"], (await stage.shown(ada))["role"]) == ("", None)


@pytest.mark.parametrize("done", [False, True])
async def test_what_they_are_registered_for_is_not_dropped(stage: Stage, done: bool):
    await stage.publish()
    pat = (await invited(stage)).json()["registration_id"]
    if done:
        await stage.go_to("2020-11-09T23:15:00Z")
        await stage.hears(*[completed(f"s{number}") for number in range(1, 5)])
        await stage.swept()
    fewer = course(sessions=course()["sessions"][:3], boards=course()["boards"][1:], ce_hours=6)
    fewer["boards"] = [board | {"approved_hours": 6} for board in fewer["boards"]]
    refused = await stage.operator.put("/courses/attachment", json=fewer)
    assert [error["detail"] for error in refused.json().get("errors", [])] == [
        "People are registered for s4: cancel it, do not drop it.",
        "People are registered for NBCC's credit: end its approval instead.",
    ]
    if not done:
        await stage.act(stage.operator, pat, "cancel")
        assert (await stage.operator.put("/courses/attachment", json=fewer)).status_code == 200
