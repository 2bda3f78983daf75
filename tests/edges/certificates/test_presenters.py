"""Presenters, from their complimentary seat to the certificate that says what they presented."""

from __future__ import annotations

from shared.money import Money
from tests.edges.certificates.facts import (
    about,
    all_completed,
    attended,
    course,
    person,
    registered,
    substituted,
)

PAT = "Pat Vale"


def seated(who: str, role: str = "presenter"):
    requested, confirmed = registered(who, "free")
    changes = {"price": Money(0, "USD"), "complimentary": bool(role), "role": role}
    if role == "presenter":  # of whom no disclosure is asked
        changes["disclosure"] = None
    return [requested.model_copy(update=changes), confirmed]


async def presenting(world, *seconds: int, who: str = PAT, role: str = "presenter"):
    await world.hears(course(), person(who, "counselor", ("counselor", "NJ", "1")))
    await world.hears(*seated(who, role), *attended(who, *seconds), *all_completed())
    await world.swept()
    await world.rests()


async def test_a_presenter_gets_one_certificate_that_says_so_and_no_award(world):
    await presenting(world, 7200, 0, 7200, 7200)
    [issued] = await world.said("certificate.issued")
    assert (issued["board"], issued["kind"]) == (None, "presenter")
    assert (issued["credits"], issued["unit"]) == ("6.0", "hours")
    assert issued["evidence"] == {"s1": 1, "s2": 1, "s3": 1, "s4": 1}
    assert await world.said("award.granted", "award.withheld") == []
    shown = await world.shown(PAT)
    [certificate] = shown["certificates"]
    assert (certificate["board"], certificate["kind"]) == (None, "presenter")
    assert {award["status"] for award in shown["awards"]} == {"withheld"}


async def test_everything_again_and_in_any_order_is_one_certificate(world):
    mixed = [*all_completed(), *attended(PAT), *reversed(seated(PAT)), course()]
    await world.hears(*mixed, person(PAT, "counselor"))
    await world.swept()
    await world.hears(*reversed(mixed), person(PAT, "counselor"))
    await world.swept()
    await world.rests()
    [issued] = await world.said("certificate.issued")
    assert issued["kind"] == "presenter"


def call(who: str) -> str:
    return f"/certificates/v1/registrations/{about(who)['registration_id']}/presenter"


def named(*sessions: str) -> dict[str, list[str]]:
    return {"sessions": [*sessions]}


async def sessions_of(world) -> dict[str, list[str]]:
    rows = await world.rows("SELECT board, sessions FROM certificates WHERE status = 'valid'")
    return {row["board"]: row["sessions"] for row in rows}


async def test_who_was_at_no_session_gets_it_for_those_that_staff_name(world):
    await presenting(world, 0, 0, 0, 0)
    assert await world.said("certificate.issued") == []
    path, said = call(PAT), named("s4", "s1", "s4")
    assert (await world.post(path, said, PAT)).status_code == 403
    assert (await world.post(path, said, key="k")).status_code == 202
    assert (await world.post(path, said)).status_code == 202
    await world.rests()
    [issued] = await world.said("certificate.issued")
    assert (issued["kind"], issued["credits"]) == ("presenter", "4.0")
    assert await sessions_of(world) == {"presenter": ["s1", "s4"]}
    unkeyed = await world.http.post(path, json=said)
    assert unkeyed.json()["type"] == "/problems/idempotency-key-required"
    assert (await world.post(call("Nobody"), said)).status_code == 404


async def test_staff_name_sessions_that_the_course_holds(world):
    await presenting(world)
    for wrong in (None, {}, {"sessions": "s1"}, {"sessions": [1]}, named("s1", "s9"), named("")):
        answer = await world.post(call(PAT), wrong)
        assert answer.status_code == 422, wrong
    told = (await world.post(call(PAT), named("s1", "s9"))).json()
    assert told["type"] == "/problems/session-unknown"
    assert [one["pointer"] for one in told["errors"]] == ["/sessions/1"]


async def test_a_learner_who_presented_one_session_taught_no_more_and_has_no_hour_twice(world):
    await presenting(world, who="Ada Quill", role="")
    assert (await world.post(call("Ada Quill"), named("s1"))).status_code == 202
    await world.evaluates("Ada Quill")
    await world.rests()
    issued = await world.said("certificate.issued")
    assert sorted((e["board"] or "", e["kind"], e["credits"]) for e in issued) == [
        ("", "presenter", "2.0"),
        ("NBCC", "completion", "6.0"),
    ]
    assert await sessions_of(world) == {"NBCC": ["s2", "s3", "s4"], "presenter": ["s1"]}
    assert await world.said("certificate.superseded") == []


async def test_what_staff_said_of_teaching_is_taken_back_and_the_credit_is_given(world):
    await presenting(world, who="Ada Quill", role="")
    await world.post(call("Ada Quill"), named("s1", "s2"))
    taken_back = await world.post(call("Ada Quill"), named())
    assert (taken_back.status_code, taken_back.json()["status"]) == (202, "withdrawn")
    await world.evaluates("Ada Quill")
    await world.rests()
    issued = await world.said("certificate.issued")
    assert sorted((e["board"], e["kind"], e["credits"]) for e in issued) == [
        ("NBCC", "completion", "8.0"),
        ("STATE", "completion", "8.0"),
    ]


async def test_a_certificate_of_teaching_that_is_out_is_left_to_staff(world):
    await presenting(world, who="Ada Quill", role="")
    await world.evaluates("Ada Quill")
    await world.rests()
    await world.post(call("Ada Quill"), named("s1"))
    await world.rests()
    held = "SELECT board FROM awards WHERE held ORDER BY board"
    assert [one["board"] for one in await world.rows(held)] == ["NBCC", "STATE"]
    await world.post(call("Ada Quill"), named("s2"))
    await world.rests()
    assert [one["board"] for one in await world.rows(held)] == ["NBCC", "STATE", "presenter"]
    assert (await sessions_of(world))["presenter"] == ["s1"]
    await world.post(call("Ada Quill"), named())
    await world.rests()
    assert [one["board"] for one in await world.rows(held)] == ["presenter"]
    assert await world.rows("SELECT kind FROM tasks WHERE closed_at IS NULL") == [
        {"kind": "certificate-in-question"}
    ]


async def test_a_colleague_who_comes_instead_has_the_role_too(world):
    await world.hears(course(), person("Quin Ash", "nurse"), *seated(PAT))
    await world.hears(substituted(PAT, "Quin Ash"), *attended("Quin Ash"))
    later = [e.model_copy(update=about(PAT) | {"person_id": about("Quin Ash")["person_id"]})
             for e in attended(PAT)]  # fmt: skip
    await world.hears(*later, *all_completed())
    await world.swept()
    await world.rests()
    [issued] = [
        e for e in await world.said("certificate.issued")
        if e["registration_id"] == about(PAT)["registration_id"]
    ]  # fmt: skip
    assert (issued["kind"], issued["person_id"]) == ("presenter", about("Quin Ash")["person_id"])


async def test_a_moderator_is_a_learner(world):
    await world.hears(course(), person("Mod Erin", "nurse"))
    await world.hears(*seated("Mod Erin", "moderator"), *attended("Mod Erin"), *all_completed())
    await world.swept()
    await world.evaluates("Mod Erin")
    await world.rests()
    [issued] = await world.said("certificate.issued")
    assert (issued["board"], issued["kind"]) == ("ANCC", "completion")


async def test_a_presenters_certificate_verifies_without_a_board(world):
    await presenting(world)
    [shown] = (await world.shown(PAT))["certificates"]
    code = shown["verify_url"].rpartition("/")[2]
    said = (await world.http.get(f"/certificates/verify/{code}")).json()
    assert (said["status"], said["board"], said["kind"]) == ("valid", None, "presenter")
