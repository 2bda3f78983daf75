"""Corrections: what staff add or rule counts, is kept, and is told; words stay erasable."""

import json
import uuid
from typing import Any

import httpx
import pytest

from cli.invariants.attendance import (
    records_have_their_settlement,
    settlements_have_their_lines,
)
from cli.invariants.registry import Outside
from services.attendance.api import proof
from tests.edges.attendance.conftest import (
    COURSE,
    World,
    confirmed,
    person_of,
    requested,
    saw,
)

PATH = f"/attendance/v1/sessions/{COURSE}/s3/corrections"
HALF = {"joined_at": "2020-11-02T22:00:00Z", "left_at": "2020-11-02T22:30:00Z"}
WHY = "She sat in the room and had lost her line."


async def correct(world: World, who: str = "ada", key: str = "", **said: Any) -> httpx.Response:
    body = {"registration_id": who, "reason": WHY, **said}
    headers = {"Idempotency-Key": key or uuid.uuid4().hex}
    return await world.http.post(PATH, json=body, headers=headers)


async def corrected(world: World, who: str = "ada", **said: Any) -> None:
    answer = await correct(world, who, **said)
    assert answer.status_code == 201, answer.text
    await world.swept()


def interval(registration: str, joined: str, left: str) -> dict[str, Any]:
    return {
        "participant_id": f"r-{registration}-{joined}",
        "registration_id": registration,
        "joined_at": f"2020-11-02T{joined}:00Z",
        "left_at": f"2020-11-02T{left}:00Z",
    }


async def latest(world: World, who: str = "ada") -> tuple[int, bool, int, str, list[str]]:
    said = [
        e
        for e in await world.said("attendance.settled.v1")
        if (e["registration_id"], e["session_id"]) == (who, "s3")
    ]
    last = said[-1]
    named = ("seconds", "present", "evidence_version", "by", "origins")
    return tuple(last[name] for name in named)  # type: ignore[return-value]


@pytest.fixture
async def done(enrolled: World) -> World:
    """Session 3 (21:00–23:00Z) completed: ada was seen for an hour, ben not at all."""
    world = enrolled
    await world.at("2020-11-02T22:30:00Z")
    await world.observe(
        saw("1", "joined", "2020-11-02T21:00:00Z", registration_id="ada"),
        saw("2", "left", "2020-11-02T22:00:00Z", registration_id="ada"),
    )
    await world.at("2020-11-02T23:20:00Z")
    assert await latest(world) == (3600, False, 1, "evidence", ["live"])
    return world


async def test_intervals_stand_beside_what_was_seen(done: World) -> None:
    await corrected(done, intervals=[HALF])
    assert await latest(done) == (5400, False, 2, "evidence", ["live", "correction"])
    # Over the ones that are there: nothing is counted twice.
    await corrected(done, intervals=[HALF | {"joined_at": "2020-11-02T21:30:00Z"}])
    assert (await latest(done))[2] == 2


async def test_intervals_stand_beside_a_report_that_rules(done: World) -> None:
    await done.report("s3", interval("ada", "21:00", "22:20"))
    await done.at("2020-11-02T23:21:00Z")
    assert await latest(done) == (4800, False, 2, "evidence", ["live", "report"])
    await corrected(done, intervals=[HALF])
    assert await latest(done) == (5400, False, 3, "evidence", ["live", "report", "correction"])


async def test_a_ruling_upwards_and_downwards_is_said_and_by_whom(done: World) -> None:
    await corrected(done, seconds=7200)
    assert await latest(done) == (7200, True, 2, "operator", ["live", "correction"])
    await corrected(done, seconds=600)
    assert await latest(done) == (600, False, 3, "operator", ["live", "correction"])
    assert await done.asked() == []
    view = (await done.view("s3"))["records"][0]
    assert (view["seconds"], view["present"]) == (600, False)
    assert (await done.registration("ada"))["s3"]["by"] == "operator"


async def test_evidence_after_a_ruling_changes_nothing_until_it_is_withdrawn(done: World) -> None:
    await corrected(done, seconds=3000)
    assert (await latest(done))[:3] == (3000, False, 2)
    await done.report("s3", interval("ada", "21:00", "23:00"))  # better
    await done.at("2020-11-02T23:21:00Z")
    await done.report("s3", interval("ben", "21:00", "23:00"))
    await done.at("2020-11-02T23:22:00Z")
    assert (await latest(done))[:3] == (3000, False, 2)
    assert (await latest(done, "ben"))[:3] == (7200, True, 2)
    await corrected(done, withdraw=True)
    assert (await latest(done))[:4] == (7200, True, 3, "operator")


async def test_worse_evidence_after_a_ruling_calls_nobody_and_withdrawing_goes_down(
    done: World,
) -> None:
    await corrected(done, seconds=7200)
    await done.report("s3", interval("ada", "21:00", "21:10"))
    await done.at("2020-11-02T23:21:00Z")
    assert (await latest(done))[:3] == (7200, True, 2)
    assert await done.asked() == []
    await corrected(done, withdraw=True)
    assert (await latest(done))[:4] == (600, False, 3, "operator")
    # From here on the evidence rules again: better is settled by itself.
    await done.report("s3", interval("ada", "21:10", "21:20"))
    await done.at("2020-11-02T23:22:00Z")
    assert (await latest(done))[:4] == (1200, False, 4, "evidence")


async def test_a_ruling_before_completion_counts_when_the_session_is_completed(
    enrolled: World,
) -> None:
    world = enrolled
    await world.at("2020-11-02T22:30:00Z")
    await corrected(world, seconds=7000)
    await corrected(world, "ben", intervals=[HALF])
    shown = [(r["seconds"], r["present"]) for r in (await world.view("s3"))["records"]]
    assert shown == [(7000, True), (1800, False)]
    await world.observe(saw("1", "joined", "2020-11-02T22:20:00Z", registration_id="ada"))
    await world.at("2020-11-02T23:20:00Z")
    assert await latest(world) == (7000, True, 1, "operator", ["live", "correction"])
    assert await latest(world, "ben") == (1800, False, 1, "evidence", ["correction"])


async def flagged(world: World, left: str = "21:30") -> str:
    """A late report says less than was settled; gives the task's id."""
    await world.report("s3", interval("ada", "21:00", left))
    await world.at("2020-11-02T23:21:00Z")
    [task] = await world.asked()
    assert task["kind"] == "attendance-worse"
    return str(task["task_id"])


async def test_a_worse_result_is_accepted_and_its_task_closed(done: World) -> None:
    task = await flagged(done)
    await corrected(done, resolve="accept", flagged_seconds=1800)
    assert (await latest(done))[:4] == (1800, False, 2, "operator")
    assert [e["task_id"] for e in await done.answered()] == [task]
    again = await correct(done, resolve="accept", flagged_seconds=1800)
    assert (again.status_code, again.json()["type"]) == (409, "/problems/nothing-flagged")


async def test_a_worse_result_is_kept_out_until_it_gets_worse_still(done: World) -> None:
    task = await flagged(done)
    await corrected(done, resolve="keep", flagged_seconds=1800)
    assert (await latest(done))[2] == 1
    assert [e["task_id"] for e in await done.answered()] == [task]
    assert not (await done.view("s3"))["records"][0]["flagged"]
    # As bad as before, or a little better: a human has said that it changes nothing.
    await done.report("s3", interval("ada", "21:00", "21:25"), interval("ada", "21:40", "21:45"))
    await done.at("2020-11-02T23:22:00Z")
    assert len(await done.asked()) == 1
    assert (await correct(done, resolve="keep", flagged_seconds=1800)).json()[
        "type"
    ] == "/problems/nothing-flagged"
    # Better than what is settled: upgraded, whatever was kept out before.
    await done.report("s3", interval("ada", "21:30", "22:50"))
    await done.at("2020-11-02T23:23:00Z")
    assert (await latest(done))[:4] == (6600, True, 2, "evidence")


async def test_worse_evidence_is_not_settled_because_less_was_taught_at_the_same_time(
    done: World,
) -> None:
    await flagged(done, "21:10")
    await done.complete("s3", instruction_minutes=118)
    await done.swept()
    assert (await latest(done))[:4] == (3600, False, 2, "evidence")
    # Less than was settled is left of an hour, and still not the ten minutes.
    await done.complete("s3", instruction_minutes=50)
    await done.swept()
    assert (await latest(done))[:4] == (3000, False, 3, "evidence")
    assert (await done.view("s3"))["records"][0]["flagged"]
    first, second = await done.asked()
    assert "says 600 seconds attended; 3000 were settled" in second["what"]
    assert [e["task_id"] for e in await done.answered()] == [first["task_id"]]
    async with done.db.acquire() as con:
        outside = Outside({"attendance": con}, "", "", "")
        for check in (records_have_their_settlement, settlements_have_their_lines):
            assert [one async for one in check(outside)] == []


async def test_only_the_result_that_was_seen_is_accepted(enrolled: World) -> None:
    world = enrolled
    await world.at("2020-11-02T22:30:00Z")
    await world.observe(saw("1", "joined", "2020-11-02T21:00:00Z", registration_id="ada"))
    await world.at("2020-11-02T23:20:00Z")
    for id_, ended, now in (("2", "22:30", "23:25"), ("3", "21:10", "23:30")):
        await world.observe(saw(id_, "meeting_ended", f"2020-11-02T{ended}:00Z"))
        await world.at(f"2020-11-02T{now}:00Z")
    said = [t for t in await world.asked() if t["kind"] == "attendance-worse"]
    shown = [t["what"].partition(" seconds")[0] for t in said]
    assert shown == ["The evidence now says 5400", "The evidence now says 600"]
    closed = {t["task_id"] for t in await world.answered()}
    assert [t["task_id"] in closed for t in said] == [True, False]
    for resolve in ("accept", "keep"):
        answer = await correct(world, resolve=resolve, flagged_seconds=5400)
        problem = answer.json()
        assert (answer.status_code, problem["type"]) == (409, "/problems/flagged-otherwise")
        assert problem["flagged_seconds"] == 600
    await corrected(world, resolve="accept", flagged_seconds=600)
    assert (await latest(world))[:4] == (600, False, 2, "operator")


async def test_better_evidence_after_a_worse_result_was_accepted_is_settled(done: World) -> None:
    """A report's first page came alone, and was worse; then the second."""
    await flagged(done, "21:10")
    await corrected(done, resolve="accept", flagged_seconds=600)
    assert (await latest(done))[:4] == (600, False, 2, "operator")
    await done.report("s3", interval("ada", "21:10", "23:00"))
    await done.at("2020-11-02T23:22:00Z")
    assert (await latest(done))[:4] == (7200, True, 3, "evidence")
    rows = await done.rows(
        "SELECT correction FROM settlements WHERE registration_id = 'ada' AND session_id = 's3'"
        " ORDER BY evidence_version"
    )
    assert [row["correction"] for row in rows] == [None, 1, None]


async def test_what_cannot_be_corrected_is_refused_and_leaves_nothing(done: World) -> None:
    world = done
    await world.hears(requested("cy"))
    for said, status, slug in (
        ({"who": "nobody", "seconds": 1}, 404, "registration-unknown"),
        ({"who": "cy", "seconds": 1}, 409, "registration-not-expected"),
        ({"withdraw": True}, 409, "nothing-ruled"),
        ({"resolve": "keep", "flagged_seconds": 1}, 409, "nothing-flagged"),
        ({"resolve": "keep"}, 422, "invalid"),
        ({"resolve": "accept"}, 422, "invalid"),
        ({"seconds": 1, "flagged_seconds": 1}, 422, "invalid"),
        ({"seconds": 7201}, 422, "invalid"),
        ({"seconds": -1}, 422, "invalid"),
        ({"seconds": 1.5}, 422, "invalid"),
        ({}, 422, "invalid"),
        ({"seconds": 1, "withdraw": True}, 422, "invalid"),
        ({"intervals": []}, 422, "invalid"),
        ({"intervals": [HALF | {"left_at": HALF["joined_at"]}]}, 422, "invalid"),
        ({"intervals": [HALF | {"left_at": "2020-11-03T09:00:00Z"}]}, 422, "invalid"),
        (
            {
                "intervals": [
                    {"joined_at": "2020-11-02T19:00:00Z", "left_at": "2020-11-02T20:59:00Z"}
                ]
            },
            422,
            "invalid",
        ),
        ({"intervals": [HALF | {"joined_at": "2020-11-02T22:00:00"}]}, 422, "invalid"),
    ):
        answer = await correct(world, said.pop("who", "ada"), **said)  # type: ignore[arg-type]
        assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{slug}"), said
    without = await world.http.post(PATH, json={})
    assert without.json()["type"] == "/problems/idempotency-key-required"
    early = PATH.replace("s3", "s4")
    body = {"registration_id": "ada", "reason": "x", "seconds": 1}
    answer = await world.http.post(early, json=body, headers={"Idempotency-Key": "e"})
    assert answer.json()["type"] == "/problems/session-not-started"
    assert await world.count("corrections") == 0
    assert (await latest(world))[2] == 1


async def test_the_same_request_twice_is_one_correction(done: World) -> None:
    first = await correct(done, key="once", seconds=7200)
    again = await correct(done, key="once", seconds=7200)
    assert first.json() == again.json()
    assert await done.count("corrections") == 1
    assert WHY not in first.text


async def test_reasons_are_listed_and_erased_and_never_said(done: World) -> None:
    await corrected(done, seconds=7200)
    await corrected(done, intervals=[HALF])
    await corrected(done, "ben", seconds=5)
    page = (await done.http.get(PATH, params={"limit": 2})).json()
    assert [(i["registration_id"], i["number"], i["kind"]) for i in page["items"]] == [
        ("ada", 1, "ruling"),
        ("ada", 2, "evidence"),
    ]
    assert page["items"][0]["reason"] == WHY
    rest = (await done.http.get(PATH, params={"after": page["next"]})).json()
    assert [i["registration_id"] for i in rest["items"]] == ["ben"]
    assert rest["next"] is None
    assert all(WHY.encode() not in payload for _, payload in await done.outbox())
    assert WHY not in json.dumps(await done.rows("SELECT act, about, why FROM audit"))
    await done.forgets(person_of("ada"))
    listed = (await done.http.get(PATH)).json()["items"]
    assert [i["reason"] for i in listed] == [None, None, WHY]
    assert (await latest(done))[:4] == (7200, True, 2, "operator")


async def test_every_version_leads_back_to_the_lines_it_rests_on(
    done: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await corrected(done, intervals=[HALF])
    await corrected(done, seconds=7200)
    stream = await done.http.get(f"/attendance/v1/courses/{COURSE}/evidence")
    assert stream.headers["content-type"].startswith("application/x-ndjson")
    lines = [json.loads(line) for line in stream.text.splitlines()]
    of_s3 = [line for line in lines if line["session_id"] == "s3"]
    hashes = {line["sha256"] for line in of_s3 if line["kind"] in ("observation", "report_line")}
    settled = [
        line for line in of_s3 if line["kind"] == "settlement" and line["registration_id"] == "ada"
    ]
    assert [(s["evidence_version"], s["seconds"], s["by"]) for s in settled] == [
        (1, 3600, "evidence"),
        (2, 5400, "evidence"),
        (3, 7200, "operator"),
    ]
    assert [len(s["lines"]) for s in settled] == [2, 3, 3]
    assert settled[2]["correction"] == 2
    assert set(settled[2]["lines"]) == hashes
    assert WHY not in stream.text
    assert "meeting_url" not in stream.text
    assert [line["kind"] for line in lines].count("session") == 4
    # Page by page it is the same, however small a page is.
    monkeypatch.setattr(proof, "PAGE", 1)
    again = await done.http.get(f"/attendance/v1/courses/{COURSE}/evidence")
    assert again.text == stream.text
    unknown = await done.http.get("/attendance/v1/courses/nowhere/evidence")
    assert unknown.json()["type"] == "/problems/course-unknown"


async def test_whose_reasons_were_shown_to_whom_is_kept(done: World) -> None:
    read = "SELECT by, act, about FROM audit WHERE act LIKE '%.read' ORDER BY id"
    assert (await done.http.get(PATH)).json()["items"] == []
    assert await done.rows(read) == []
    for who, seconds in (("ada", 3000), ("ada", 3100), ("ben", 60)):
        await corrected(done, who, seconds=seconds)
    assert len((await done.http.get(PATH)).json()["items"]) == 3
    assert len((await done.http.get(f"{PATH}?registration_id=ben")).json()["items"]) == 1
    shown = {"by": "operator", "act": "corrections.read"}
    ada, ben = (f"{COURSE}/s3/{who}" for who in ("ada", "ben"))
    assert await done.rows(read) == [shown | {"about": each} for each in (ada, ben, ben)]


async def test_a_page_of_two_hundred_corrections_is_read(done: World) -> None:
    ids = [f"registration-with-a-long-id-{n:03}" for n in range(200)]
    await done.hears(*(f(r) for r in ids for f in (requested, confirmed)))
    for each in ids:
        await corrected(done, each, seconds=60)
    answer = await done.http.get(f"{PATH}?limit=200")
    assert (answer.status_code, len(answer.json()["items"])) == (200, 200)
    kept = await done.rows("SELECT about FROM audit WHERE act = 'corrections.read' ORDER BY id")
    assert [row["about"] for row in kept] == [f"{COURSE}/s3/{each}" for each in ids]


async def test_the_invariants_notice_what_does_not_lead_back(done: World) -> None:
    await corrected(done, intervals=[HALF])
    async with done.db.acquire() as con:
        outside = Outside({"attendance": con}, "", "", "")
        checks = (records_have_their_settlement, settlements_have_their_lines)
        assert [[one async for one in check(outside)] for check in checks] == [[], []]
        await con.execute("UPDATE records SET seconds = 9 WHERE registration_id = 'ada'")
        await con.execute(
            "INSERT INTO settlements SELECT (jsonb_populate_record(s, jsonb_build_object("
            "'evidence_version', 9, 'lines', '[\"gone\"]'::jsonb))).* FROM settlements s"
            " WHERE registration_id = 'ben' AND session_id = 's3'"
        )
        found = [[one async for one in check(outside)] for check in checks]
    assert [(one.about, one.detail) for one in found[0]] == [
        ("ada/s1", "version 1 is 9 seconds, kept: 0"),
        ("ada/s2", "version 1 is 9 seconds, kept: 0"),
        ("ada/s3", "version 2 is 9 seconds, kept: 5400"),
    ]
    assert [(one.about, one.detail) for one in found[1]] == [(f"{COURSE}/s3", "1 lines are gone")]


async def test_a_correction_that_meets_completion_is_not_lost(enrolled: World) -> None:
    """Kept a moment before the session is completed, or between that and settling: it counts."""
    world = enrolled
    await world.hears(requested("cy"), confirmed("cy"))
    await world.at("2020-11-02T23:01:00Z")
    assert (await correct(world, seconds=7000)).status_code == 201
    assert (await world.complete("s3")).status_code == 200
    assert (await correct(world, "ben", seconds=6900)).status_code == 201
    await world.swept()
    settled = await world.settled()
    assert settled["ada", "s3"] == (7000, True, 1)
    assert settled["ben", "s3"] == (6900, True, 1)
    assert settled["cy", "s3"] == (0, False, 1)


async def test_a_settlement_names_the_line_that_ended_the_stay(enrolled: World) -> None:
    await enrolled.at("2020-11-02T22:30:00Z")
    await enrolled.observe(saw("1", "joined", "2020-11-02T21:00:00Z", registration_id="ada"))
    await enrolled.at("2020-11-02T23:20:00Z")
    await enrolled.observe(saw("2", "meeting_ended", "2020-11-02T22:00:00Z"))
    await enrolled.at("2020-11-02T23:25:00Z")
    await corrected(enrolled, resolve="accept", flagged_seconds=3600)
    first, second = await enrolled.rows(
        "SELECT seconds, evidence_sha256, lines FROM settlements"
        " WHERE registration_id = 'ada' AND session_id = 's3' ORDER BY evidence_version"
    )
    [end] = await enrolled.rows("SELECT sha256 FROM observations WHERE kind = 'meeting_ended'")
    assert (first["seconds"], second["seconds"]) == (7200, 3600)
    assert end["sha256"] in second["lines"]
    assert end["sha256"] not in first["lines"]
    assert first["evidence_sha256"] != second["evidence_sha256"]


async def weighed(world: World, who: str = "ada", **said: Any) -> httpx.Response:
    return await world.http.post(
        f"{PATH}/preview", json={"registration_id": who, "reason": WHY, **said}
    )


def stands(seconds: int, *, present: bool) -> dict[str, Any]:
    return {"seconds": seconds, "present": present}


async def test_what_a_correction_would_come_to_is_said_and_nothing_is_kept(done: World) -> None:
    hour = stands(3600, present=False)
    first = (await weighed(done, intervals=[HALF])).json()
    assert first == {
        "before": hour, "after": stands(5400, present=False), "instruction_seconds": 7200,
        "settled": True, "ruled": False, "waits": False, "after_number": 0,
    }  # fmt: skip
    # Over the hour in which she was seen nothing is counted twice.
    over = [HALF | {"joined_at": "2020-11-02T21:30:00Z"}]
    assert (await weighed(done, intervals=over)).json()["after"] == stands(5400, present=False)
    ruled = (await weighed(done, seconds=6300)).json()
    assert (ruled["after"], ruled["ruled"]) == (stands(6300, present=True), True)
    assert (await weighed(done, seconds=6299)).json()["after"] == stands(6299, present=False)
    assert await latest(done) == (3600, False, 1, "evidence", ["live"])
    assert (await done.http.get(PATH)).json()["items"] == []


async def test_intervals_beside_a_ruling_change_nothing_and_taking_it_back_does(
    done: World,
) -> None:
    await corrected(done, seconds=600)
    beside = (await weighed(done, intervals=[HALF])).json()
    assert (beside["before"], beside["after"]) == (stands(600, present=False),) * 2
    assert beside["ruled"] is True
    back = (await weighed(done, withdraw=True)).json()
    assert (back["after"], back["ruled"]) == (stands(3600, present=False), False)
    await corrected(done, withdraw=True)
    assert (await latest(done))[:2] == (3600, False)


async def test_a_worse_result_that_waits_is_weighed_as_it_is_decided(done: World) -> None:
    await done.report("s3", interval("ada", "21:00", "21:10"))
    await done.at("2020-11-02T23:21:00Z")
    session = (await done.registration("ada"))["s3"]
    assert (session["seconds"], session["flagged_seconds"]) == (3600, 600)
    accept = (await weighed(done, resolve="accept", flagged_seconds=600)).json()
    assert accept["after"] == stands(600, present=False)
    keep = (await weighed(done, resolve="keep", flagged_seconds=600)).json()
    assert keep["after"] == stands(3600, present=False)
    # Half an hour beside those ten minutes is still less than what is settled.
    more = (await weighed(done, intervals=[HALF])).json()
    assert (more["after"], more["waits"]) == (stands(3600, present=False), True)
    await corrected(done, resolve="accept", flagged_seconds=600)
    assert (await latest(done))[:2] == (600, False)


@pytest.mark.parametrize(
    ("who", "said", "code", "slug"),
    [
        ("nobody", {"seconds": 60}, 404, "registration-unknown"),
        ("ada", {"withdraw": True}, 409, "nothing-ruled"),
        ("ada", {"seconds": 7201}, 422, "invalid"),
        ("ada", {"intervals": [HALF | {"left_at": "2020-11-03T00:30:00Z"}]}, 422, "invalid"),
        ("ada", {"resolve": "keep", "flagged_seconds": 1}, 409, "nothing-flagged"),
        ("ada", {}, 422, "invalid"),
    ],
)
async def test_what_a_correction_refuses_its_preview_does(
    done: World, who: str, said: dict[str, Any], code: int, slug: str
) -> None:
    answer = await weighed(done, who, **said)
    assert (answer.status_code, answer.json()["type"]) == (code, f"/problems/{slug}")


async def test_what_was_weighed_is_said_only_over_what_it_was_weighed_over(done: World) -> None:
    after = (await weighed(done, seconds=7000)).json()["after_number"]
    assert after == 0
    await corrected(done, seconds=600, after=after)
    # A second of staff weighed theirs before: what it would come to is another thing now.
    for said in ({"seconds": 7000}, {"intervals": [HALF]}, {"withdraw": True}):
        late = await correct(done, after=after, **said)
        assert (late.status_code, late.json()["type"]) == (409, "/problems/corrected-meanwhile")
        assert late.json()["after_number"] == 1
        again = await weighed(done, after=after, **said)
        assert again.json()["type"] == "/problems/corrected-meanwhile"
    assert (await latest(done))[:3] == (600, False, 2)
    back = (await weighed(done, withdraw=True)).json()["after_number"]
    assert back == 1
    key = uuid.uuid4().hex
    assert (await correct(done, key=key, withdraw=True, after=back)).status_code == 201
    # The same request again is the same correction, though it is not the last any more.
    await corrected(done, seconds=601)
    assert (await correct(done, key=key, withdraw=True, after=back)).status_code == 201
    # Of another registration nothing was said, and who says no number says it over anything.
    await corrected(done, "ben", seconds=60, after=0)
    await corrected(done, seconds=602)
    junk: tuple[Any, ...] = (-1, "1", 1.5, 2**40)
    for bad in junk:
        assert (await correct(done, seconds=60, after=bad)).status_code == 422


async def test_evidence_no_worse_than_what_was_kept_out_is_weighed_as_it_is_settled(
    done: World,
) -> None:
    await flagged(done)
    await corrected(done, resolve="keep", flagged_seconds=1800)
    # Five minutes beside the half hour: less than the hour, more than what was kept out.
    more = {"joined_at": "2020-11-02T21:40:00Z", "left_at": "2020-11-02T21:45:00Z"}
    it = (await weighed(done, intervals=[more])).json()
    assert (it["before"], it["after"]) == (stands(3600, present=False),) * 2
    assert it["waits"] is False
    await corrected(done, intervals=[more])
    assert (await latest(done))[:3] == (3600, False, 1)
    assert not (await done.view("s3"))["records"][0]["flagged"]
    assert len(await done.asked()) == 1


async def test_one_session_of_a_registration_is_asked_for(done: World) -> None:
    path = "/attendance/v1/registrations/ada"
    whole = (await done.http.get(path)).json()
    one = (await done.http.get(path, params={"session_id": "s3"})).json()
    assert [session["session_id"] for session in one["sessions"]] == ["s3"]
    assert one["sessions"][0] in whole["sessions"]
    assert len(whole["sessions"]) > 1
    none = await done.http.get(path, params={"session_id": "of another course"})
    assert (none.status_code, none.json()["sessions"]) == (200, [])
    for bad, code in (("x" * 201, 422), ("a\0b", 400)):
        assert (await done.http.get(path, params={"session_id": bad})).status_code == code
