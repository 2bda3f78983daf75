"""Two ids that are one person: merged and parted by staff, said so that every copy shows it."""

import asyncio
import uuid

from services.registration.api import person_answers
from tests.edges.registration.conftest import Stage, application, service_on
from tests.edges.registration.happenings import paid
from tests.edges.registration.test_answers import fits
from tests.edges.registration.test_known import again, link, people_said
from tests.stage import killed_at

ADA_2 = {"name": "Ada King", "email": "ada@home.example", "zone": "Asia/Tokyo"}


async def person_id(stage: Stage, registration_id: str) -> str:
    found = await stage.fetch(
        "SELECT person_id FROM registrations WHERE registration_id = $1", registration_id
    )
    return found[0]["person_id"]


async def two(stage: Stage) -> tuple[str, str, str, str]:
    """Ada Lovelace in `basics` and Ada King in `attachment`: (registration, person) of each."""
    await stage.publish("basics")
    await stage.publish()
    first = (await stage.register("Ada Lovelace", "basics")).json()["registration_id"]
    second = (await stage.register(attendee=ADA_2)).json()["registration_id"]
    return first, await person_id(stage, first), second, await person_id(stage, second)


async def merge(stage: Stage, who: str, into: str, client=None):
    return await (client or stage.operator).post(
        f"/people/{who}/merge",
        json={"into": into, "reason": "She rang: married name."},
        headers={"Idempotency-Key": str(uuid.uuid4())},
    )


async def unmerge(stage: Stage, who: str):
    return await stage.operator.post(
        f"/people/{who}/unmerge",
        json={"reason": "Two cousins after all."},
        headers={"Idempotency-Key": str(uuid.uuid4())},
    )


def slug(answer) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].removeprefix("/problems/")


async def test_what_is_said_of_the_merged_one_is_the_survivor_s_and_no_row_moves(stage: Stage):
    lovelace, a, king, b = await two(stage)
    answer = await merge(stage, a, b)
    assert (answer.status_code, answer.json()) == (
        200,
        {"person_id": a, "version": 2, "merged_into": b},
    )
    said = (await people_said(stage))[-1]
    assert (said["person_id"], said["version"], said["merged_into"]) == (a, 2, b)
    assert (said["name"], said["email"], said["zone"]) == (
        "Ada King",
        "ada@home.example",
        "Asia/Tokyo",
    )
    assert await person_id(stage, lovelace) == a
    [row] = await stage.fetch("SELECT name, email FROM people WHERE person_id = $1", a)
    assert tuple(row) == ("Ada Lovelace", "ada@learners.example")
    assert (await stage.shown(lovelace))["attendee"]["name"] == "Ada King"
    listed = (await stage.operator.get("/courses/basics/registrations")).json()["items"]
    assert [(one["person_id"], one["name"]) for one in listed] == [(a, "Ada King")]
    assert (await stage.shown(king))["attendee"]["version"] == 1


async def test_it_can_be_taken_back_and_the_old_data_is_said_again(stage: Stage):
    lovelace, a, _, b = await two(stage)
    await merge(stage, a, b)
    answer = await unmerge(stage, a)
    assert (answer.status_code, answer.json()) == (200, {"person_id": a, "version": 3})
    said = (await people_said(stage))[-1]
    assert (said["version"], said["name"], said["merged_into"]) == (3, "Ada Lovelace", None)
    assert (await stage.shown(lovelace))["attendee"]["name"] == "Ada Lovelace"
    assert slug(await unmerge(stage, a)) == (409, "not-merged")
    assert (await merge(stage, b, a)).status_code == 200


async def test_a_chain_is_one_step_and_a_circle_is_refused(stage: Stage):
    _, a, _, b = await two(stage)
    c = await person_id(stage, (await stage.register("Cleo")).json()["registration_id"])
    d = await person_id(stage, (await stage.register("Dora", "basics")).json()["registration_id"])
    assert (await merge(stage, b, c)).status_code == 409  # both live in the course
    await stage.fetch("UPDATE registrations SET state = 'expired', live_key = NULL"
                      " WHERE person_id = $1 RETURNING 1", c)  # fmt: skip
    assert (await merge(stage, b, c)).status_code == 200
    assert (await merge(stage, a, b)).json()["merged_into"] == c
    assert slug(await merge(stage, c, a)) == (409, "merge-cycle")
    assert slug(await merge(stage, c, c)) == (409, "merge-cycle")
    assert (await merge(stage, a, c)).json()["version"] == 2  # said before: nothing more
    assert slug(await merge(stage, a, d)) == (409, "already-merged")
    assert slug(await merge(stage, c, d)) == (409, "same-person-registered")
    await stage.act(stage.operator, (await stage.fetch(
        "SELECT registration_id FROM registrations WHERE person_id = $1", d
    ))[0]["registration_id"], "cancel")  # fmt: skip
    assert (await merge(stage, c, d)).status_code == 200
    flat = await stage.fetch("SELECT person_id, merged_into, version FROM people")
    assert {row["person_id"]: (row["merged_into"], row["version"]) for row in flat} == {
        a: (d, 3),
        b: (d, 3),
        c: (d, 2),
        d: (None, 1),
    }


async def test_a_correction_of_the_survivor_is_said_of_all_their_ids(stage: Stage):
    lovelace, a, king, b = await two(stage)
    await merge(stage, a, b)
    before = len(await people_said(stage))
    path = f"/registrations/{lovelace}/attendee"
    mended = await stage.operator.put(path, json={"name": "Ada Byron"})
    assert (mended.status_code, mended.json()["name"]) == (200, "Ada Byron")
    said = (await people_said(stage))[before:]
    assert [(one["person_id"], one["name"], one["version"]) for one in said] == [
        (b, "Ada Byron", 2),
        (a, "Ada Byron", 3),
    ]
    learner = await stage.holder(king).put(
        f"/registrations/{king}/attendee", json={"zone": "Europe/Paris"}
    )
    assert learner.status_code == 200
    assert {one["zone"] for one in (await people_said(stage))[-2:]} == {"Europe/Paris"}
    await unmerge(stage, a)
    assert (await stage.shown(lovelace))["attendee"]["name"] == "Ada Lovelace"
    assert (await stage.shown(king))["attendee"]["name"] == "Ada Byron"


async def test_two_who_both_live_in_a_course_are_not_merged(stage: Stage):
    await stage.publish()
    ada, bea = [(await stage.register(n)).json()["registration_id"] for n in ("Ada", "Bea")]
    a, b = await person_id(stage, ada), await person_id(stage, bea)
    refused = await merge(stage, a, b)
    assert slug(refused) == (409, "same-person-registered")
    assert refused.json()["courses"] == ["attachment"]
    await stage.act(stage.holder(ada), ada, "cancel")
    assert (await merge(stage, a, b)).status_code == 200


async def test_by_either_name_they_are_the_same_person_in_a_course(stage: Stage):
    _, a, king, b = await two(stage)
    assert (await merge(stage, a, b)).status_code == 200
    by_old_name = await stage.register("ADA  Lovelace", attendee=application()["attendee"])
    assert (by_old_name.status_code, by_old_name.json()["registration_id"]) == (200, king)
    by_new_name = await stage.register(course_id="basics", attendee=ADA_2)
    assert by_new_name.status_code == 200
    body = {"attendee": application()["attendee"], "disclosure_version": "2020-09-01"}
    dora = (await stage.register("Dora")).json()["registration_id"]
    assert slug(await stage.act(stage.holder(dora), dora, "substitute", body)) == (
        409,
        "same-person-registered",
    )
    await unmerge(stage, a)
    assert (await stage.register(attendee=application()["attendee"])).status_code == 201


async def test_a_link_of_either_makes_the_survivor_come_again(stage: Stage):
    lovelace, a, _, b = await two(stage)
    await merge(stage, a, b)
    await stage.publish("third")
    third = (await again(stage, link(lovelace), course_id="third")).json()["registration_id"]
    assert (await stage.shown(third))["attendee"]["person_id"] == b
    assert await person_id(stage, third) == a  # whose it is should they be parted again


async def test_one_who_was_erased_or_never_was_is_merged_with_nobody(stage: Stage):
    _, a, _, b = await two(stage)
    assert slug(await merge(stage, a, "nobody")) == (404, "person-unknown")
    assert slug(await merge(stage, "nobody", a)) == (404, "person-unknown")
    await stage.fetch("DELETE FROM people WHERE person_id = $1 RETURNING 1", b)
    assert slug(await merge(stage, a, b)) == (409, "person-erased")
    assert slug(await merge(stage, b, a)) == (409, "person-erased")


async def test_more_ids_than_one_person_can_have_are_refused(stage: Stage):
    _, a, _, b = await two(stage)
    await stage.fetch(
        "INSERT INTO people SELECT 'p' || n, 1, 'x', 'x@x.example', 'x@x.example', 'UTC', 'en', '',"
        " '[]', NULL, $1, now(), '', '', '' FROM generate_series(1, 50) n RETURNING 1",
        b,
    )
    assert slug(await merge(stage, a, b)) == (409, "too-many-merged")


async def test_staff_only_and_what_they_write_stays_beside_the_person(stage: Stage):
    lovelace, a, _, b = await two(stage)
    assert slug(await merge(stage, a, b, stage.public)) == (401, "key-required")
    assert slug(await merge(stage, a, b, stage.holder(lovelace)))[0] == 403
    await merge(stage, a, b)
    await unmerge(stage, a)
    assert "cousins" not in str(await stage.spoken())
    assert "rang" not in str(await stage.spoken())
    for act in ("merged", "unmerged"):
        [done] = await stage.audited(f"person.{act}")
        assert (done["by"], done["about"], done["why"]) == ("operator", f"{a} {b}", "same-person")
    whole = (await stage.operator.get(f"/people/{a}")).json()
    fits(person_answers.PersonWhole, whole)
    assert [(c["act"], c["other"], c["reason"]) for c in whole["changes"]] == [
        ("merged", b, "She rang: married name."),
        ("unmerged", b, "Two cousins after all."),
    ]


async def test_people_are_found_by_address_page_by_page_and_the_reading_is_audited(stage: Stage):
    await stage.publish()
    office = [{"name": n, "email": "office@x.example"} for n in ("Ada", "Bea", "Cleo")]
    for who in office:
        await stage.register(attendee=who)
    params = {"email": "OFFICE@x.example", "limit": 2}
    first = (await stage.operator.get("/people", params=params)).json()
    fits(person_answers.PersonList, first)
    assert [one["name"] for one in first["items"]] == ["Ada", "Bea"]
    assert [r["status"] for r in first["items"][0]["registrations"]] == ["requested"]
    rest = await stage.operator.get("/people", params=params | {"after": first["next"]})
    assert ([one["name"] for one in rest.json()["items"]], rest.json()["next"]) == (["Cleo"], None)
    read = await stage.audited("people.searched")
    ids = [one["person_id"] for one in first["items"]]
    assert [(one["by"], one["about"]) for one in read[:2]] == [("operator", each) for each in ids]
    assert "office" not in str([tuple(r) for r in read])
    assert (await stage.public.get("/people", params=params)).status_code == 401
    nobody = await stage.operator.get("/people", params={"email": "eve@x.example"})
    assert nobody.json() == {"items": [], "next": None}
    assert (await stage.operator.get("/people/nobody")).status_code == 404
    [one] = [await stage.operator.get(f"/people/{ids[0]}")]
    assert (one.json()["name"], one.json()["merged"]) == ("Ada", [])
    assert len(await stage.audited("person.read")) == 1


async def test_both_ways_at_once_one_of_them_holds(stage: Stage):
    _, a, _, b = await two(stage)
    answers = await asyncio.gather(merge(stage, a, b), merge(stage, b, a))
    assert sorted(answer.status_code for answer in answers) == [200, 409]


async def test_merged_with_the_answer_declared(stage: Stage):
    _, a, _, b = await two(stage)
    fits(person_answers.Merged, (await merge(stage, a, b)).json())
    merged = (await stage.operator.get(f"/people/{a}")).json()
    fits(person_answers.PersonWhole, merged)
    assert merged["known_as"] == {"name": "Ada King", "email": "ada@home.example"}
    assert (await stage.operator.get(f"/people/{b}")).json()["merged"] == [a]
    fits(person_answers.Parted, (await unmerge(stage, a)).json())


async def test_a_crash_leaves_two_or_one_and_never_half(stage: Stage):
    _, a, _, b = await two(stage)
    crashed = Stage(service_on(stage.db.url, stage.clock))
    sent = {"json": {"into": b, "reason": "Rang."}, "headers": {"Idempotency-Key": "merge"}}
    with killed_at("batch.flushed"):
        await crashed.asks("POST", f"/people/{a}/merge", **sent)
    await crashed.service.api_db.close()
    assert len(await people_said(stage)) == 2
    assert (await stage.operator.get(f"/people/{a}")).json()["merged_into"] is None
    assert (await merge(stage, a, b)).json()["version"] == 2
    assert len(await people_said(stage)) == 3


async def parted_again(stage: Stage, a: str, moved: str) -> None:
    """Lovelace and King are two after all: each has their own registration in `grief`."""
    assert await person_id(stage, moved) == a
    assert (await unmerge(stage, a)).status_code == 200
    king = await stage.register(course_id="grief", attendee=ADA_2)
    assert king.status_code == 201, king.text
    lovelace = await stage.register("Ada Lovelace", "grief")
    assert (lovelace.status_code, lovelace.json()["registration_id"]) == (200, moved)


async def test_parted_after_a_transfer_each_lives_once_in_the_course(stage: Stage):
    lovelace, a, _, b = await two(stage)
    await stage.publish("grief")
    await stage.hears(paid(lovelace))
    await merge(stage, a, b)
    to = {"course_id": "grief", "disclosure_version": "2020-09-01"}
    answer = await stage.act(stage.holder(lovelace), lovelace, "transfer", to)
    assert answer.status_code == 200, answer.text
    moved = answer.json()["registration_id"]
    for attendee in (application("Ada Lovelace")["attendee"], ADA_2):  # merged they are one
        known = await stage.register(course_id="grief", attendee=attendee)
        assert (known.status_code, known.json()["registration_id"]) == (200, moved)
    await parted_again(stage, a, moved)


async def test_parted_after_a_link_made_a_registration_it_is_whose_link_that_was(stage: Stage):
    lovelace, a, _, b = await two(stage)
    await stage.publish("grief")
    await merge(stage, a, b)
    answer = await again(stage, link(lovelace), course_id="grief")
    assert answer.status_code == 201, answer.text
    new = answer.json()["registration_id"]
    assert (await stage.shown(new))["attendee"]["name"] == "Ada King"
    for attendee in (application("Ada Lovelace")["attendee"], ADA_2):
        known = await stage.register(course_id="grief", attendee=attendee)
        assert (known.status_code, known.json()["registration_id"]) == (200, new)
    await parted_again(stage, a, new)
    assert (await stage.shown(new))["attendee"]["name"] == "Ada Lovelace"
