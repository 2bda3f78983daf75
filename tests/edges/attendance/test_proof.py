"""What was decided leads back to all it was decided from: lines, matches, the registrants' list."""

import json
from typing import Any

import pytest

from cli.invariants.attendance import records_have_their_settlement, settlements_have_their_lines
from cli.invariants.registry import Outside
from tests.edges.attendance.conftest import COURSE, World, confirmed, requested, saw
from tests.edges.attendance.test_nobody import WHY, places, said
from tests.edges.attendance.test_registrants import WAY, enlist, line

COME, GONE = "2020-11-02T21:00:00Z", "2020-11-02T23:00:00Z"


async def stream(world: World) -> list[dict[str, Any]]:
    answer = await world.http.get(f"/attendance/v1/courses/{COURSE}/evidence")
    assert answer.status_code == 200
    for hidden in (WHY, WAY, "Example"):
        assert hidden not in answer.text
    return [json.loads(each) for each in answer.text.splitlines()]


async def findings(world: World) -> list[tuple[str, str]]:
    async with world.db.acquire() as con:
        outside = Outside({"attendance": con}, "", "", "")
        return [
            (one.about, one.detail)
            for check in (records_have_their_settlement, settlements_have_their_lines)
            async for one in check(outside)
        ]


@pytest.fixture
async def told(enrolled: World) -> World:
    """Session 3: ada by her own line, ben by the list, cy by a human, who first said dee."""
    world = enrolled
    for who in ("cy", "dee"):
        await world.hears(requested(who), confirmed(who))
    await enlist(world, line("R1", "ben", join_url=WAY))
    await world.at(GONE)
    await world.observe(
        saw("1", "joined", COME, registration_id="ada"),
        saw("2", "joined", COME, participant_id="zb", registrant_id="R1", name="B. Example"),
        saw("3", "joined", COME, participant_id="zc", name="C. Example"),
    )
    [place] = await places(world)
    await said(world, place["id"], "dee")
    await world.at("2020-11-02T23:20:00Z")
    await said(world, place["id"], "cy")
    answer = await world.http.post(
        f"/attendance/v1/sessions/{COURSE}/s3/corrections",
        json={"registration_id": "dee", "reason": WHY, "resolve": "accept", "flagged_seconds": 0},
        headers={"Idempotency-Key": "k"},
    )
    assert answer.status_code == 201, answer.text
    await world.swept()
    return world


async def test_every_version_leads_back_to_who_said_whose_the_participant_is(told: World) -> None:
    lines = [each for each in await stream(told) if each.get("session_id") == "s3"]
    matches = {f"{m['unmatched_id']}/{m['number']}": m for m in lines if m["kind"] == "match"}
    settled = [each for each in lines if each["kind"] == "settlement"]
    rests_on = {
        (s["registration_id"], s["evidence_version"]): (
            s["seconds"],
            [
                (m["participant_id"], m["registration_id"], m["registrant_id"], m["by"])
                for m in (matches[ref] for ref in s["matches"])
            ],
        )
        for s in settled
    }
    assert rests_on == {
        ("ada", 1): (7200, []),
        ("ben", 1): (7200, [("zb", "ben", "R1", "registrants")]),
        ("cy", 1): (0, []),
        ("cy", 2): (7200, [("zc", "cy", None, "operator")]),
        ("dee", 1): (7200, [("zc", "dee", None, "operator")]),
        # What was taken from her was by the word that it was somebody else.
        ("dee", 2): (0, [("zc", "cy", None, "operator")]),
    }
    [registrant] = [each for each in lines if each["kind"] == "registrant"]
    assert (registrant["registrant_id"], registrant["registration_id"]) == ("R1", "ben")
    assert "join_url" not in registrant
    assert list(dict.fromkeys(each["kind"] for each in lines)) == [
        "session",
        "observation",
        "registrant",
        "match",
        "correction",
        "settlement",
    ]
    assert await findings(told) == []


async def test_a_match_that_is_not_there_is_found(told: World) -> None:
    async with told.db.acquire() as con, con.transaction():
        await con.execute("SET LOCAL holdfast.retention = 'on'")
        await con.execute("DELETE FROM matches WHERE registration_id = 'ben'")
    assert await findings(told) == [
        (f"{COURSE}/s3", "1 matches are gone"),
        (f"{COURSE}/s3", "1 lines counted for whom nothing names"),
    ]


async def test_a_version_that_does_not_say_by_whose_word_it_counts_is_found(told: World) -> None:
    async with told.db.acquire() as con:
        await con.execute(
            "INSERT INTO settlements SELECT (jsonb_populate_record(s, jsonb_build_object("
            "'evidence_version', 9, 'matches', '[]'::jsonb))).* FROM settlements s"
            " WHERE registration_id IN ('ada', 'cy') AND session_id = 's3' AND seconds > 0"
        )
    # Ada's needs nobody's word: her line names her.
    assert await findings(told) == [(f"{COURSE}/s3", "1 lines counted for whom nothing names")]


async def test_less_that_was_taught_rests_on_the_same_words(told: World) -> None:
    world = told
    matched = await places(world, "matched")
    [place] = [each for each in matched if each["participant_id"] == "zc"]
    await said(world, place["id"], None)  # worse for cy: a human decides
    await world.complete("s3", instruction_minutes=60)
    await world.swept()
    rows = await world.rows(
        "SELECT matches FROM settlements WHERE registration_id = 'cy' AND session_id = 's3'"
        " ORDER BY evidence_version"
    )
    assert [row["matches"] for row in rows] == [[], [f"{place['id']}/2"], [f"{place['id']}/2"]]
    assert await findings(world) == []
