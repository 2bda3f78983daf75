"""A colleague comes instead: until when, in which states, and what becomes of the former person."""

import asyncio
import uuid

import pytest

from shared.runtime.failpoint import Point
from tests.edges.registration.conftest import Stage, application, service_on
from tests.edges.registration.happenings import issued, paid, revoked
from tests.stage import killed_at

BEA = application("Bea Shaw")["attendee"]


async def confirmed(stage: Stage, name: str = "Ada Lovelace", **course):
    await stage.publish(**course)
    registration_id = (await stage.register(name)).json()["registration_id"]
    await stage.hears(paid(registration_id))
    return registration_id


def instead(name: str = "Bea Shaw", disclosure_version: str | None = "2020-09-01"):
    return {
        "attendee": application(name)["attendee"],
        "disclosure_version": disclosure_version,
    }


async def substitute(stage: Stage, registration_id: str, client=None, body=None):
    return await stage.act(
        client or stage.holder(registration_id), registration_id, "substitute", body or instead()
    )


async def refused(stage: Stage, registration_id: str, client=None, body=None):
    answer = await substitute(stage, registration_id, client, body)
    return answer.status_code, answer.json()["type"].removeprefix("/problems/")


async def test_it_is_the_same_registration_and_another_person(stage: Stage):
    ada = await confirmed(stage)
    before = await stage.shown(ada)
    answer = await substitute(stage, ada)
    assert answer.status_code == 200
    body = answer.json()
    assert (body["registration_id"], body["warnings"]) == (ada, [])
    after = (await stage.client(body["token"]).get(f"/registrations/{ada}")).json()
    assert (after["status"], after["attendee"]["name"]) == ("confirmed", "Bea Shaw")
    assert after["attendee"]["person_id"] != before["attendee"]["person_id"]
    for same in ("price", "payment", "policy", "starts_at", "confirmed_at", "requested_at"):
        assert after[same] == before[same]
    assert (await stage.seats())["sold"] == 1
    assert await stage.said_of(ada) == ["requested", "confirmed", "substituted"]
    people = [said for type_, said in await stage.spoken() if type_ == "person.recorded.v1"]
    said = (await stage.spoken(ada))[-1][1]
    assert said["former_person_id"] == people[0]["person_id"]
    assert said["person_id"] == people[1]["person_id"]
    assert (said["token_version"], people[1]["name"]) == (2, "Bea Shaw")
    accepted = {"version": "2020-09-01", "accepted_at": "2020-09-01T13:00:00Z"}
    assert said["disclosure"] == accepted


async def test_the_former_person_s_links_are_dead_and_the_new_one_s_are_good(stage: Stage):
    ada = await confirmed(stage)
    old = (await stage.shown(ada))["links"]
    await substitute(stage, ada)
    new = (await stage.shown(ada))["links"]
    assert new["page"] != old["page"]
    assert not set(new["join"].values()) & set(old["join"].values())
    for call in ("get", "cancel"):
        former = stage.holder(ada, version=1)
        answer = (
            await former.get(f"/registrations/{ada}")
            if call == "get"
            else await stage.act(former, ada, call)
        )
        assert (answer.status_code, answer.json()["type"]) == (401, "/problems/token-dead")
    assert (await stage.act(stage.holder(ada, version=2), ada, "cancel")).status_code == 202


async def test_the_history_says_who_by_ids_only_and_staff_are_audited(stage: Stage):
    ada = await confirmed(stage)
    await substitute(stage, ada)
    await substitute(stage, ada, stage.operator, instead("Cleo Park"))
    entries = [e for e in (await stage.shown(ada))["history"] if e["act"] == "substitute"]
    assert [(e["by"], e["before"], e["status"]) for e in entries] == [
        ("learner", "confirmed", "confirmed"),
        ("operator", "confirmed", "confirmed"),
    ]
    assert entries[0]["facts"]["person_id"] == entries[1]["facts"]["former_person_id"]
    assert "Bea" not in str(entries)
    seen = await stage.holder(ada, version=3).get(f"/registrations/{ada}")
    assert all("facts" not in entry for entry in seen.json()["history"])
    [done] = await stage.audited("registration.substituted")
    assert (done["by"], done["about"]) == ("operator", ada)


async def test_the_former_person_may_register_anew(stage: Stage):
    ada = await confirmed(stage)
    await substitute(stage, ada)
    again = await stage.register("Ada Lovelace")
    assert again.status_code == 201
    assert again.json()["registration_id"] != ada
    assert (await stage.register("Bea Shaw")).json()["registration_id"] == ada


async def test_who_lives_in_the_course_already_cannot_come_instead(stage: Stage):
    ada = await confirmed(stage)
    await stage.register("Bea Shaw")
    shouted = instead() | {"attendee": BEA | {"name": "BEA  SHAW"}}
    assert await refused(stage, ada, body=shouted) == (409, "same-person-registered")
    assert await refused(stage, ada, body=instead("Ada Lovelace")) == (
        409,
        "same-person-registered",
    )


async def test_an_outdated_disclosure_is_refused_with_the_current_one(stage: Stage):
    ada = await confirmed(stage)
    await stage.publish(disclosure={"version": "2020-09-15"})
    old = await substitute(stage, ada)
    assert (old.status_code, old.json()["type"], old.json()["current"]) == (
        409,
        "/problems/disclosure-outdated",
        "2020-09-15",
    )
    assert (await stage.shown(ada))["attendee"]["name"] == "Ada Lovelace"
    new = await substitute(stage, ada, body=instead(disclosure_version="2020-09-15"))
    assert new.status_code == 200
    assert (await stage.shown(ada))["disclosure"]["accepted"] == "2020-09-15"


async def test_exactly_at_the_start_it_is_too_late_for_everybody(stage: Stage):
    ada = await confirmed(stage)
    await stage.go_to("2020-10-19T19:59:59Z")
    assert (await substitute(stage, ada)).status_code == 200
    await stage.go_to("2020-10-19T20:00:00Z")
    late = stage.holder(ada, version=2)
    assert await refused(stage, ada, late, instead("Cleo Park")) == (409, "already-started")
    assert await refused(stage, ada, stage.operator, instead("Cleo Park")) == (
        409,
        "already-started",
    )


async def test_a_certificate_is_named_before_the_start_and_once_revoked_no_more(stage: Stage):
    ada = await confirmed(stage)
    await stage.hears(issued(ada))
    assert await refused(stage, ada) == (409, "certificate-issued")
    await stage.go_to("2020-12-01T00:00:00Z")
    assert await refused(stage, ada) == (409, "certificate-issued")
    await stage.hears(revoked(ada))
    assert await refused(stage, ada) == (409, "already-started")


async def test_a_seat_that_is_held_is_handed_on_with_its_hold_and_the_page_is_mailed(
    stage: Stage,
):
    await stage.publish()
    ada = (await stage.register("Ada")).json()["registration_id"]
    await substitute(stage, ada)
    assert await stage.said_of(ada) == ["requested", "substituted", "link_requested"]
    linked, told = [said for _, said in (await stage.spoken(ada))[-2:]]
    assert (told["person_id"], told["token_version"]) == (linked["person_id"], 2)
    assert (await stage.shown(ada))["hold_expires_at"] == "2020-09-01T13:30:00Z"
    await stage.go_to("2020-09-01T13:30:00Z")
    assert (await stage.shown(ada))["status"] == "expired"


async def test_who_waits_was_offered_or_has_left_hands_on_nothing(stage: Stage):
    ada = await confirmed(stage, capacity=1)
    line = [(await stage.register(n)).json()["registration_id"] for n in ("Cleo", "Dora")]
    assert await refused(stage, line[0]) == (409, "no-seat-yet")
    await stage.act(stage.holder(ada), ada, "cancel")
    assert (await stage.shown(line[0]))["status"] == "offered"
    assert await refused(stage, line[0]) == (409, "no-seat-yet")
    assert await refused(stage, ada) == (409, "registration-ended")
    await stage.go_to("2020-09-03T00:00:00Z")
    assert await refused(stage, line[0]) == (409, "registration-ended")


async def test_strangers_and_nonsense_get_nowhere(stage: Stage):
    ada = await confirmed(stage)
    bea = (await stage.register("Bea")).json()["registration_id"]
    assert await refused(stage, ada, stage.public) == (401, "token-required")
    assert await refused(stage, ada, stage.holder(bea)) == (403, "token-of-another")
    assert await refused(stage, ada, stage.holder(ada, version=9)) == (425, "not-known-yet")
    assert await refused(stage, "nobody", stage.operator) == (404, "registration-unknown")
    odd = instead() | {"attendee": {"name": " ", "email": "nowhere"}}
    answer = await substitute(stage, ada, body=odd)
    assert answer.status_code == 422
    pointers = [error["pointer"] for error in answer.json()["errors"]]
    assert pointers == ["/attendee/name", "/attendee/email"]
    keyless = await stage.holder(ada).post(f"/registrations/{ada}/substitute", json=instead())
    assert keyless.json()["type"] == "/problems/idempotency-key-required"


async def test_the_same_key_substitutes_once_and_another_finds_a_dead_link(stage: Stage):
    ada = await confirmed(stage)
    key = {"Idempotency-Key": str(uuid.uuid4())}
    path = f"/registrations/{ada}/substitute"
    first, second = [
        await stage.holder(ada).post(path, json=instead(), headers=key) for _ in range(2)
    ]
    assert first.json() == second.json()
    assert second.headers["Idempotent-Replayed"] == "true"
    assert (await stage.said_of(ada)).count("substituted") == 1
    assert await refused(stage, ada, body=instead("Cleo Park")) == (401, "token-dead")


@pytest.mark.parametrize("verbs", [("substitute", "cancel"), ("cancel", "substitute")])
async def test_with_a_cancellation_in_one_batch_one_of_them_happens(stage: Stage, verbs):
    ada = await confirmed(stage)
    bodies = {"substitute": instead(), "cancel": {}}
    first, second = await asyncio.gather(
        *(stage.act(stage.holder(ada), ada, verb, bodies[verb]) for verb in verbs)
    )
    assert first.status_code in (200, 202)
    said = (await stage.said_of(ada))[2:]
    if verbs[0] == "substitute":
        assert (second.status_code, said) == (401, ["substituted"])
    else:
        assert second.json()["type"] == "/problems/registration-ended"
        assert said == ["cancelled"]
    assert (await stage.seats())["sold"] == (1 if verbs[0] == "substitute" else 0)


async def test_of_many_who_would_come_instead_at_once_one_does(stage: Stage):
    ada = await confirmed(stage)
    names = [f"Person{n} Shaw" for n in range(8)]
    answers = await asyncio.gather(*(substitute(stage, ada, body=instead(name)) for name in names))
    assert sorted(a.status_code for a in answers) == [200, *[401] * 7]
    assert (await stage.said_of(ada)).count("substituted") == 1


async def test_one_colleague_cannot_come_for_two_at_once(stage: Stage):
    ada = await confirmed(stage)
    bea = (await stage.register("Dora")).json()["registration_id"]
    answers = await asyncio.gather(
        *(substitute(stage, one, body=instead("Cleo Park")) for one in (ada, bea))
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]


@pytest.mark.parametrize(("point", "made"), [("batch.flushed", False), ("batch.committed", True)])
async def test_one_whose_process_dies_is_made_once_by_the_repeat(
    stage: Stage, point: Point, made: bool
):
    ada = await confirmed(stage)
    crashed, anew = [Stage(service_on(stage.db.url, stage.clock)) for _ in range(2)]
    path = f"/registrations/{ada}/substitute"
    sent = {"json": instead(), "headers": {"Idempotency-Key": "instead"}}
    with killed_at(point):
        await crashed.asks("POST", path, **sent)
    again = await anew.asks("POST", path, **sent)
    assert again.status_code == 200
    assert ("Idempotent-Replayed" in again.headers) is made
    assert (await stage.said_of(ada)).count("substituted") == 1
    assert await stage.count("people") == 2
    mine = await stage.client(again.json()["token"]).get(f"/registrations/{ada}")
    assert mine.json()["attendee"]["name"] == "Bea Shaw"
    for each in (crashed, anew):
        await each.service.api_db.close()


async def test_what_the_former_person_stated_does_not_stand_beside_the_new_one(stage: Stage):
    member = {"id": "member", "amount": 15900, "when": {"statement": "Your member number"}}
    await stage.publish(prices=[member])
    asked = {"id": "member", "statement": "M-1"}
    ada = (await stage.register("Ada Lovelace", price=asked)).json()["registration_id"]
    await stage.hears(paid(ada))
    assert (await substitute(stage, ada)).status_code == 200
    [listed] = (await stage.operator.get("/courses/attachment/registrations")).json()["items"]
    assert (listed["name"], listed["price_id"], listed["statement"]) == ("Bea Shaw", "member", None)
