"""The same person across courses: known by a link of theirs, never by what somebody types."""

import asyncio

import pytest

from shared.runtime.tokens import PERSONAL, mint
from tests.edges.registration.conftest import SECRET, Stage, application
from tests.edges.registration.happenings import issued


def link(registration_id: str, version: int = 1) -> str:
    return mint(SECRET, PERSONAL, registration_id, version)


async def earlier(stage: Stage, name: str = "Ada Lovelace", **attendee) -> str:
    await stage.publish("basics")
    body = {"attendee": application(name)["attendee"] | attendee}
    return (await stage.register(name, "basics", **body)).json()["registration_id"]


async def again(stage: Stage, known_by: str, **changes):
    return await stage.register(**{"attendee": None, "known_by": known_by} | changes)


async def person_of(stage: Stage, registration_id: str):
    return (await stage.shown(registration_id))["attendee"]


async def people_said(stage: Stage):
    return [said for type_, said in await stage.spoken() if type_ == "person.recorded.v1"]


@pytest.mark.parametrize("form", ["{}", "http://front.test/r/{}", " http://front.test/r/{}/ "])
async def test_a_link_of_theirs_makes_no_new_person(stage: Stage, form):
    ada = await earlier(stage)
    await stage.publish()
    answer = await again(stage, form.format(link(ada)))
    assert answer.status_code == 201
    new = answer.json()["registration_id"]
    assert await person_of(stage, new) == await person_of(stage, ada)
    assert len(await people_said(stage)) == 1
    assert (await stage.register("Ada Lovelace")).json()["registration_id"] == new


async def test_what_is_recorded_rules_over_what_is_typed(stage: Stage):
    ada = await earlier(stage, profession="counselor", licenses=[])
    await stage.publish()
    typed = {
        "name": "Mallory",
        "email": "mallory@elsewhere.example",
        "profession": "physician",
        "licenses": [{"state": "NY", "number": "000123"}],
        "zone": "Asia/Tokyo",
        "locale": "ja",
    }
    answer = await again(stage, link(ada), attendee=typed)
    assert answer.status_code == 201
    person = await person_of(stage, answer.json()["registration_id"])
    assert (person["name"], person["email"]) == ("Ada Lovelace", "ada@learners.example")
    assert (person["profession"], person["zone"], person["locale"]) == (
        "counselor",
        "Asia/Tokyo",
        "ja",
    )
    assert person["licenses"] == [{"profession": "", "state": "NY", "number": "000123"}]
    assert "mallory" not in str(await stage.spoken()).lower()
    assert [said["version"] for said in await people_said(stage)] == [1, 2]


async def test_the_boards_told_are_those_of_the_recorded_profession(stage: Stage):
    ada = await earlier(stage, profession="educator", licenses=[])
    await stage.publish()
    known = (await again(stage, link(ada))).json()
    typed = (await stage.register("Bea", attendee=application("Bea")["attendee"])).json()
    assert known["boards"] != typed["boards"]


async def test_a_dead_forged_or_foreign_link_is_named_and_nothing_is_made(stage: Stage):
    ada = await earlier(stage)
    await stage.publish()
    body = {"attendee": application("Bea")["attendee"], "disclosure_version": "2020-09-01"}
    assert (await stage.act(stage.holder(ada), ada, "substitute", body)).status_code == 200
    for bad in (link(ada, 1), link(ada, 3), link("nobody"), "x", "", f"2.t{ada}.AAAA"):
        answer = await again(stage, bad)
        assert (answer.status_code, answer.json()["type"]) == (422, "/problems/known-by-invalid")
        assert [error["pointer"] for error in answer.json()["errors"]] == ["/known_by"]
        assert "Ada" not in answer.text
        assert "Bea" not in answer.text
    assert (await stage.seats())["held"] == 0
    assert (await again(stage, link(ada, 2))).status_code == 201


async def test_nobody_named_and_no_link_is_a_fault_of_the_request(stage: Stage):
    await stage.publish()
    answer = await stage.register(attendee=None)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/attendee"]


async def test_who_is_erased_is_known_no_more(stage: Stage):
    ada = await earlier(stage)
    await stage.publish()
    await stage.fetch("DELETE FROM people RETURNING person_id")
    answer = await again(stage, link(ada))
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/known-by-invalid")


async def test_the_link_shows_the_prerequisite_as_well(stage: Stage):
    ada = await earlier(stage)
    await stage.publish(prerequisites=["basics"])
    refused = await again(stage, link(ada))
    assert refused.json()["type"] == "/problems/prerequisite-missing"
    assert [error["pointer"] for error in refused.json()["errors"]] == ["/prerequisites"]
    await stage.hears(issued(ada, course_id="basics"))
    assert (await again(stage, link(ada))).status_code == 201


async def test_without_a_link_the_same_name_and_address_is_a_new_person_elsewhere(stage: Stage):
    ada = await earlier(stage)
    await stage.publish()
    other = (await stage.register("Ada Lovelace")).json()["registration_id"]
    assert (await person_of(stage, ada))["person_id"] != (await person_of(stage, other))[
        "person_id"
    ]


async def test_two_who_share_an_address_are_two_and_one_with_two_addresses_is_two(stage: Stage):
    await stage.publish()
    shared = "office@learners.example"
    people = [
        {"name": "Ada Lovelace", "email": shared},
        {"name": "Charles Babbage", "email": shared},
        {"name": "Ada Lovelace", "email": "ada@home.example"},
    ]
    ids = [(await stage.register(attendee=who)).json()["registration_id"] for who in people]
    assert len(set(ids)) == 3
    assert len({(await person_of(stage, one))["person_id"] for one in ids}) == 3
    again_ = await stage.register(attendee=people[1] | {"email": shared.upper()})
    assert (again_.status_code, again_.json()["registration_id"]) == (200, ids[1])


async def test_a_name_mended_counts_in_all_their_courses(stage: Stage):
    ada = await earlier(stage)
    await stage.publish()
    new = (await again(stage, link(ada))).json()["registration_id"]
    path = f"/registrations/{ada}/attendee"
    assert (await stage.operator.put(path, json={"name": "Ada King"})).status_code == 200
    king = {"name": "Ada King", "email": "ada@learners.example"}
    assert (await stage.register(attendee=king)).json()["registration_id"] == new
    assert (await stage.register("Ada Lovelace")).status_code == 201


async def test_a_correction_is_refused_that_would_make_them_live_twice_anywhere(stage: Stage):
    ada = await earlier(stage)
    await stage.publish()
    await again(stage, link(ada))
    await stage.register("Bea Shaw")
    both = {"name": "Bea Shaw", "email": "bea@learners.example"}
    answer = await stage.operator.put(f"/registrations/{ada}/attendee", json=both)
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/same-person-registered")
    assert (await person_of(stage, ada))["name"] == "Ada Lovelace"


async def test_known_twice_at_once_they_live_once(stage: Stage):
    ada = await earlier(stage)
    await stage.publish()
    answers = await asyncio.gather(*(again(stage, link(ada)) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [200] * 5 + [201]
    assert len({answer.json()["registration_id"] for answer in answers}) == 1


async def test_a_group_names_everybody(stage: Stage):
    ada = await earlier(stage)
    await stage.publish()
    lines = [application("Bea"), {**application("Cleo"), "known_by": link(ada)}]
    answer = await stage.operator.post(
        "/courses/attachment/registrations:batch",
        json={"payment": {"method": "card"}, "registrations": lines},
        headers={"Idempotency-Key": "group"},
    )
    results = answer.json()["results"]
    assert [line["status"] for line in results] == ["accepted", "refused"]
    [error] = results[1]["problem"]["errors"]
    assert error["pointer"] == "/registrations/1/known_by"
