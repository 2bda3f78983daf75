"""Links mailed to whom they belong, and made anew where they got into other hands."""

import asyncio

import pytest

from services.registration.api import answers
from shared.dates import parse_instant
from tests.edges.registration.conftest import Stage
from tests.edges.registration.happenings import paid
from tests.edges.registration.test_answers import fits
from tests.edges.registration.test_known import again, link
from tests.edges.registration.test_merging import merge, two
from tests.stage import killed_at


async def ask(stage: Stage, email: str) -> None:
    answer = await stage.public.post("/links", json={"email": email})
    assert (answer.status_code, answer.json()) == (202, {"status": "accepted"})
    await stage.swept()


async def mailed(stage: Stage):
    return [said for type_, said in await stage.spoken() if "link_requested" in type_]


async def test_an_office_of_five_hundred_is_walked_and_all_are_of_one_asking(stage: Stage):
    await stage.publish()
    one = (await stage.register()).json()["registration_id"]
    columns = [
        r["column_name"]
        for r in await stage.fetch(
            "SELECT column_name FROM information_schema.columns WHERE table_name = 'registrations'"
        )
    ]
    own = {"registration_id": "'r' || n", "person_id": "'p' || n", "live_key": "'k' || n"}
    await stage.fetch(
        "INSERT INTO people SELECT 'p' || n, 1, 'N' || n, 'office@x.example', 'office@x.example',"
        " 'UTC', 'en', '', '[]', NULL, NULL, now(), '', '', ''"
        " FROM generate_series(1, 500) n RETURNING 1"
    )
    await stage.fetch(
        f"INSERT INTO registrations ({', '.join(columns)})"
        f" SELECT {', '.join(own.get(c, c) for c in columns)}"
        " FROM registrations, generate_series(1, 500) n WHERE registration_id = $1 RETURNING 1",
        one,
    )
    answer = await stage.public.post("/links", json={"email": "Office@x.example"})
    assert answer.status_code == 202
    assert await mailed(stage) == []  # nothing of it was done while somebody waited
    while await stage.sweep.step():
        stage.clock.time = max(stage.clock.time, parse_instant("2020-09-01T13:00:00Z"))
    said = await mailed(stage)
    assert len({one["registration_id"] for one in said}) == len(said) == 500
    assert len({one["request_id"] for one in said}) == 1
    assert all(one["together"]["number"] == 1 for one in said)  # each of another person
    assert await stage.count("due") == 1  # the hold of the one who registered
    assert "office" not in str(await stage.spoken())


async def test_who_was_erased_is_passed_over_and_so_is_an_unknown_address(stage: Stage):
    await stage.publish()
    await stage.register()
    await stage.fetch("DELETE FROM people RETURNING 1")
    await ask(stage, "ada@learners.example")
    await ask(stage, "eve@learners.example")
    assert await mailed(stage) == []


@pytest.mark.parametrize("email", ["ada@learners.example", "ada@home.example"])
async def test_of_who_was_merged_all_registrations_are_mailed_once(stage: Stage, email: str):
    lovelace, a, king, b = await two(stage)
    await merge(stage, a, b)
    await ask(stage, email)
    said = await mailed(stage)
    assert sorted(one["registration_id"] for one in said) == sorted([lovelace, king])
    # one mail tells of both: to whom they were merged into, and they are two
    assert [one["together"]["number"] for one in said] == [2, 2]
    assert len({one["together"]["person_id"] for one in said}) == 1


async def test_cancelled_ones_are_mailed_too_and_all_courses_of_one_person(stage: Stage):
    await stage.publish()
    await stage.publish("second")
    ada = (await stage.register()).json()["registration_id"]
    new = (await again(stage, link(ada), course_id="second")).json()["registration_id"]
    await stage.act(stage.holder(ada), ada, "cancel")
    await ask(stage, "ada@learners.example")
    assert sorted(one["registration_id"] for one in await mailed(stage)) == sorted([ada, new])


async def test_renewed_links_are_mailed_and_all_earlier_ones_are_dead(stage: Stage):
    await stage.publish()
    ada = (await stage.register()).json()["registration_id"]
    await stage.hears(paid(ada))
    old = (await stage.shown(ada))["links"]
    answer = await stage.act(stage.operator, ada, "links/renew")
    assert answer.status_code == 200
    fits(answers.Renewed, answer.json())
    assert (
        await stage.client(answer.json()["token"]).get(f"/registrations/{ada}")
    ).status_code == 200
    dead = await stage.holder(ada).get(f"/registrations/{ada}")
    assert (dead.status_code, dead.json()["type"]) == (401, "/problems/token-dead")
    new = (await stage.shown(ada))["links"]
    assert not set(old["join"].values()) & set(new["join"].values())
    [said] = await mailed(stage)
    assert (said["registration_id"], said["token_version"]) == (ada, 2)
    assert said["together"] is None
    [done] = await stage.audited("links.renewed")
    assert (done["by"], done["about"]) == ("operator", ada)
    refused = await stage.act(stage.holder(ada, 2), ada, "links/renew")
    assert refused.status_code == 403


async def test_renewed_while_somebody_comes_instead_every_older_link_is_dead(stage: Stage):
    await stage.publish()
    ada = (await stage.register()).json()["registration_id"]
    body = {
        "attendee": {"name": "Bea", "email": "bea@x.example"},
        "disclosure_version": "2020-09-01",
    }
    done = await asyncio.gather(
        stage.act(stage.operator, ada, "links/renew"),
        stage.act(stage.operator, ada, "substitute", body),
    )
    assert [answer.status_code for answer in done] == [200, 200]
    for version, status in ((1, 401), (2, 401), (3, 200)):
        answer = await stage.holder(ada, version).get(f"/registrations/{ada}")
        assert answer.status_code == status


async def test_a_crash_on_the_way_loses_nobody_and_mails_nobody_twice(stage: Stage):
    await stage.publish()
    office = [{"name": f"Person {n}", "email": "office@x.example"} for n in range(5)]
    ids = [(await stage.register(attendee=who)).json()["registration_id"] for who in office]
    await stage.public.post("/links", json={"email": "office@x.example"})
    for point in ("batch.flushed", "batch.committed"):
        for _ in range(3):
            with killed_at(point):
                await stage.sweep.step()
    await stage.swept()
    assert sorted(one["registration_id"] for one in await mailed(stage)) == sorted(ids)
