"""Staff revoke and supersede: twice, while one is being made, and after the course changed."""

from __future__ import annotations

import pytest

from tests.edges.certificates.facts import (
    BOARDS,
    all_completed,
    attended,
    course,
    person,
    registered,
    settled,
)

WHO, NJ = "Ann Lee", ("counselor", "NJ", "37PC1")
NURSE = "Di Eff"


@pytest.fixture
async def out(world):
    await world.hears(course(), person(WHO, "counselor", NJ), *registered(WHO), *attended(WHO))
    await world.hears(*all_completed())
    await world.swept()
    await world.evaluates(WHO)
    await world.rests()
    return world


async def of_nbcc(world) -> list[dict]:
    return [c for c in (await world.shown(WHO))["certificates"] if c["board"] == "NBCC"]


async def does(world, certificate: dict, what: str, **more) -> int:
    call = f"/certificates/v1/certificates/{certificate['certificate_id']}/{what}"
    return (await world.post(call, {"reason": "Because."} | more)).status_code


async def name_on(world, certificate: dict) -> str:
    call = f"/certificates/v1/certificates/{certificate['certificate_id']}.json"
    return str((await world.http.get(call)).json()["page"]["name"])


async def test_superseded_twice_before_it_is_made_is_one_and_a_corrected_name_stays(out):
    [old] = await of_nbcc(out)
    assert await does(out, old, "supersede", name="Ann Leigh") == 202
    assert await does(out, old, "supersede") == 202
    await out.rests()
    [was, now] = await of_nbcc(out)
    assert (was["status"], was["reason"], now["status"]) == (
        "superseded",
        "name-corrected",
        "valid",
    )
    assert await name_on(out, now) == "Ann Leigh"
    assert await does(out, old, "supersede", name="Ann Ley") == 409, "the newer one is to be"
    assert await does(out, now, "supersede", name="Ann Ley") == 202
    assert await does(out, now, "supersede", name="Ann Lay") == 202
    await out.rests()
    assert await name_on(out, (await of_nbcc(out))[-1]) == "Ann Lay", "the later word holds"
    assert len(await out.said("certificate.superseded")) == 2


async def test_who_is_recorded_anew_meanwhile_is_named_as_recorded(out):
    [old] = await of_nbcc(out)
    await does(out, old, "supersede", name="Ann Leigh")
    await out.hears(person(WHO, "counselor", NJ, version=2, name="Ann Married"))
    await does(out, old, "supersede")
    await out.rests()
    assert await name_on(out, (await of_nbcc(out))[-1]) == "Ann Married"


async def test_revoked_while_its_successor_is_being_made_there_is_none(out):
    [old] = await of_nbcc(out)
    await does(out, old, "supersede", name="Ann Leigh")
    assert await does(out, old, "revoke") == 200
    await out.rests()
    [left] = await of_nbcc(out)
    assert (left["status"], left["reason"]) == ("revoked", "issued-in-error")
    assert await out.rows("SELECT * FROM documents WHERE page->>'name' = 'Ann Leigh'") == []
    assert await out.rows("SELECT * FROM due WHERE kind = 'render'") == []
    assert await does(out, old, "revoke") == 200, "again: the same answer"
    assert await does(out, old, "supersede") == 202, "and staff may still issue it again"
    await out.rests()
    assert [one["status"] for one in await of_nbcc(out)] == ["revoked", "valid"]


async def test_after_its_board_left_the_course_it_can_be_revoked_and_not_made_again(out):
    [old] = await of_nbcc(out)
    boards = [one for one in BOARDS if one["board"] != "NBCC"]
    await out.hears(course(boards=boards, version=2))
    await out.rests()
    assert [one["status"] for one in await of_nbcc(out)] == ["valid"], "nothing is silently revoked"
    assert await does(out, old, "supersede") == 409
    assert await does(out, old, "revoke") == 200
    assert await does(out, old, "supersede") == 409


async def test_after_a_leak_what_has_lost_its_board_is_made_again_as_it_was(out):
    await out.hears(course(boards=[one for one in BOARDS if one["board"] != "NBCC"], version=2))
    await out.rests()
    await out.post("/certificates/v1/keys:rotate", {"compromised_at": "2020-11-01T00:00:00Z"})
    await out.rests()
    old, new = await of_nbcc(out)
    assert (old["status"], new["status"]) == ("superseded", "valid")
    assert (new["credits"], new["supersedes"]) == (8.0, old["certificate_id"])


async def test_what_staff_leave_as_it_is_is_asked_about_no_more_until_it_gets_worse(out):
    [old] = await of_nbcc(out)
    await out.hears(settled(WHO, "s4", 0, version=2))
    await out.rests()
    [one, other] = [c for c in (await out.shown(WHO))["certificates"] if c["status"] == "valid"]
    assert await does(out, one, "keep") == 200
    assert await open_tasks(out) == ["certificate-in-question"], "the other is still in question"
    assert await does(out, other, "keep") == 200
    assert await does(out, other, "keep") == 200, "again: the same answer"
    assert await open_tasks(out) == []
    await out.hears(settled(WHO, "s4", 0, version=3))
    await out.rests()
    assert await open_tasks(out) == []
    await out.hears(settled(WHO, "s3", 0, version=2))
    await out.rests()
    assert await open_tasks(out) == ["certificate-in-question"]
    await out.hears(settled(WHO, "s3", 7200, version=3), settled(WHO, "s4", 7200, version=4))
    await out.rests()
    assert await open_tasks(out) == []
    await out.hears(settled(WHO, "s4", 0, version=5))
    await out.rests()
    assert await open_tasks(out) == ["certificate-in-question"], "what was left is over"
    assert await does(out, old, "revoke") == 200
    assert await does(out, old, "keep") == 409
    audited = await out.rows("SELECT count(*) AS n FROM audit WHERE act = 'certificate.kept'")
    assert audited == [{"n": 3}]


async def open_tasks(world) -> list[str]:
    return [
        one["kind"] for one in await world.rows("SELECT kind FROM tasks WHERE closed_at IS NULL")
    ]


async def test_a_participation_that_is_revoked_is_not_made_again(out):
    await out.hears(course(boards=[BOARDS[0]], version=2))
    await out.hears(person(NURSE, "nurse"), *registered(NURSE), *attended(NURSE))
    await out.rests()
    [given] = (await out.shown(NURSE))["certificates"]
    assert (given["kind"], given["board"]) == ("participation", None)
    assert await does(out, given, "revoke") == 200
    await out.hears(*attended(NURSE))
    await out.rests()
    [left] = (await out.shown(NURSE))["certificates"]
    assert left["status"] == "revoked"
    assert await does(out, given, "supersede", name="Di Effe") == 202
    await out.rests()
    assert [one["status"] for one in (await out.shown(NURSE))["certificates"]] == [
        "revoked",
        "valid",
    ]


async def test_a_revoked_one_is_not_issued_again_beside_one_that_holds(out):
    [old] = await of_nbcc(out)
    assert await does(out, old, "revoke") == 200
    assert await does(out, old, "supersede") == 202
    assert await does(out, old, "supersede", name="Ann Leigh") == 202, "while it is being made"
    await out.rests()
    path = f"/certificates/v1/certificates/{old['certificate_id']}/supersede"
    answer = await out.post(path, {"reason": "Because.", "name": "Ann Ley"})
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/already-superseded")
    [_, now] = await of_nbcc(out)
    assert now["number"] in answer.json()["detail"], "which one is to be superseded"
    await out.rests()
    assert [one["status"] for one in await of_nbcc(out)] == ["revoked", "valid"]
    assert await name_on(out, now) == "Ann Leigh"


async def less_is_known(out, *, kept: bool) -> dict:
    await out.hears(settled(WHO, "s4", 0, version=2))
    await out.rests()
    [old] = await of_nbcc(out)
    if kept:
        for one in (await out.shown(WHO))["certificates"]:
            assert await does(out, one, "keep") == 200
    return old


async def asked(out) -> int:
    return len(
        await out.rows(
            "SELECT * FROM tasks WHERE kind = 'certificate-in-question' AND closed_at IS NULL"
        )
    )


@pytest.mark.parametrize("kept", [True, False])
async def test_a_name_corrected_takes_no_credit_away_and_answers_no_question(out, kept):
    old = await less_is_known(out, kept=kept)
    assert await does(out, old, "supersede", name="Ann Leigh") == 202
    await out.rests()
    now = (await of_nbcc(out))[-1]
    assert (now["status"], now["credits"]) == ("valid", 8.0)
    assert await name_on(out, now) == "Ann Leigh"
    assert await asked(out) == (0 if kept else 1)


async def test_without_a_name_it_says_what_the_facts_give_though_it_was_kept(out):
    old = await less_is_known(out, kept=True)
    assert await does(out, old, "supersede") == 202
    await out.rests()
    assert (await of_nbcc(out))[-1]["credits"] == 6.0


async def test_a_name_corrected_on_what_is_being_lowered_leaves_it_lower(out):
    old = await less_is_known(out, kept=False)
    assert await does(out, old, "supersede") == 202
    assert await does(out, old, "supersede", name="Ann Leigh") == 202
    await out.rests()
    now = (await of_nbcc(out))[-1]
    assert (now["credits"], await name_on(out, now)) == (6.0, "Ann Leigh")
