"""How everybody of a course stands with each board: what they hold, or lack, and why."""

from __future__ import annotations

from typing import Any

import pytest

from tests.edges.certificates.facts import COURSE, about, person
from tests.edges.certificates.test_reports import ADA, BEA, CY, DOT, story

PATH = f"/certificates/v1/courses/{COURSE}/standings"


@pytest.fixture
async def told(world):
    await story(world)
    return world


async def standings(world: Any, query: str = "") -> list[dict[str, Any]]:
    answer = await world.http.get(f"{PATH}?{query}")
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def states(world: Any, query: str = "board=ANCC") -> dict[str | None, str]:
    return {one["name"]: one["state"] for one in await standings(world, query)}


async def test_everybody_stands_with_what_they_hold_or_lack(told) -> None:
    found = {one["name"]: one for one in await standings(told, "board=ANCC")}
    assert {name: one["state"] for name, one in found.items()} == {
        ADA: "valid", BEA: "valid", CY: "valid", DOT: "lacking",
    }  # fmt: skip
    dot, bea = found[DOT], found[BEA]
    assert [lack["condition"] for lack in dot["unmet"]] == ["evaluation"]
    assert "evaluation is not handed in" in dot["unmet"][0]["detail"]
    assert (dot["certificate"], dot["registration_id"]) == (None, about(DOT)["registration_id"])
    assert (bea["credits"], bea["unit"], bea["unmet"]) == (6.0, "contact hours", [])
    assert bea["certificate"]["status"] == "valid"


async def test_a_revoked_one_and_one_in_question_are_told_as_such(told) -> None:
    [ada] = [one for one in await standings(told, "board=ANCC") if one["name"] == ADA]
    where = f"/certificates/v1/certificates/{ada['certificate']['certificate_id']}"
    assert (await told.post(f"{where}/revoke", {"reason": "in error"})).status_code == 200
    await told.hears(person(BEA, "counselor", ("counselor", "GA", "9"), version=2))
    await told.rests()
    assert await states(told) == {
        ADA: "revoked", BEA: "in_question", CY: "valid", DOT: "lacking",
    }  # fmt: skip
    assert await states(told, "board=ANCC&state=revoked") == {ADA: "revoked"}
    assert await states(told, "board=ANCC&state=in_question") == {BEA: "in_question"}


async def test_a_board_that_was_declined_is_no_lack(told) -> None:
    path = f"/certificates/v1/registrations/{about(DOT)['registration_id']}/declines"
    answer = await told.post(path, {"board": "ANCC", "declined": True})
    assert answer.status_code == 200, answer.text
    assert (await states(told))[DOT] == "declined"


async def test_of_who_was_erased_only_what_was_issued_is_left(told) -> None:
    await told.forgets(ADA)
    await told.forgets(DOT)
    found = await standings(told, "board=ANCC")
    ids = {one["registration_id"]: one["name"] for one in found}
    assert ids[about(ADA)["registration_id"]] is None
    assert about(DOT)["registration_id"] not in ids


async def test_once_its_evidence_has_ended_only_what_was_issued_stands(told) -> None:
    path = f"/certificates/v1/courses/{COURSE}/reports"
    assert (await states(told))[DOT] == "lacking"
    await told.at("2040-01-01T00:00:00Z")
    assert await states(told) == {ADA: "valid", BEA: "valid", CY: "valid"}
    every = await standings(told)
    assert all(one["certificate"] for one in every), "nobody lacks what nobody knows"
    for call in ("/preview", ""):
        answer = await told.post(f"{path}{call}", {"board": "ANCC"})
        assert (answer.status_code, answer.json()["type"]) == (410, "/problems/evidence-ended")


async def test_whom_a_board_served_once_keeps_a_withheld_award(told) -> None:
    await told.hears(person(DOT, "physician", version=2))
    await told.rests()
    [dot] = [one for one in await standings(told, "board=ANCC") if one["name"] == DOT]
    assert (dot["state"], dot["certificate"]) == ("lacking", None)
    assert dot["unmet"]


async def test_pages_lose_nobody_and_repeat_nobody(told) -> None:
    every = await standings(told)
    found, after = [], ""
    while True:
        body = (await told.http.get(f"{PATH}?limit=1&after={after}")).json()
        found += body["items"]
        after = body["next"]
        if after is None:
            break
    assert found == every
    assert len({(one["registration_id"], one["board"]) for one in every}) == len(every)


async def test_junk_is_refused_and_strangers_are_not_told(told) -> None:
    for junk in ("state=good", "limit=0", "after=nonsense", "board=" + "x" * 201):
        assert (await told.http.get(f"{PATH}?{junk}")).status_code == 422, junk
    unknown = "/certificates/v1/courses/none/standings"
    assert (await told.http.get(unknown)).status_code == 404
    assert (await told.learner(ADA).get(PATH)).status_code == 403
    audited = await told.rows("SELECT act, about FROM audit WHERE act = 'standings.read'")
    assert audited == [], "what was refused was not read"
    await standings(told)
    audited = await told.rows("SELECT act, about FROM audit WHERE act = 'standings.read'")
    assert [(one["act"], one["about"]) for one in audited] == [("standings.read", COURSE)]


async def test_what_a_report_would_hold_is_told_before_it_is_made(told) -> None:
    path = f"/certificates/v1/courses/{COURSE}/reports"
    before = {
        "board": "ANCC", "format": "cebroker", "reported_as": [],
        "ready": 2, "changed": 0, "sent": 0, "held": {"license_number": 1, "withheld": 1},
    }  # fmt: skip
    for _ in range(2):
        answer = await told.post(f"{path}/preview", {"board": "ANCC"})
        assert (answer.status_code, answer.json()) == (200, before), "and nothing is done by it"
    assert (await told.post(path, {"board": "ANCC"})).status_code == 201
    after = (await told.post(f"{path}/preview", {"board": "ANCC"})).json()
    assert after == before | {"ready": 0, "sent": 2}
    plain = (await told.post(f"{path}/preview", {"board": "ANCC", "format": "csv"})).json()
    assert plain["reported_as"] == ["cebroker"], "state is by format"
    assert (plain["ready"], plain["sent"]) == (2, 0)
    for junk in ({}, {"board": ""}, {"board": "ANCC", "format": "xls"}, {"board": 1}):
        assert (await told.post(f"{path}/preview", junk)).status_code == 422, junk
    assert (await told.post(f"{path}/preview", {"board": "None"})).status_code == 404
    theirs = await told.learner(ADA).post(f"{path}/preview", json={"board": "ANCC"})
    assert theirs.status_code == 403
