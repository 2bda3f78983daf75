"""A human says that a participant is nobody's: a match is taken back, a gatecrasher dismissed."""

import asyncio
from typing import Any

import httpx
import pytest

from services.attendance.commands.matching import Say, match
from shared.runtime.edge import Edge
from tests.edges.attendance.conftest import COURSE, World, person_of, saw
from tests.edges.attendance.test_registrants import enlist, line

COME, GONE = "2020-11-02T21:00:00Z", "2020-11-02T23:00:00Z"
WHY = "Ada says it was not her."


async def places(world: World, state: str = "open") -> list[dict[str, Any]]:
    answer = await world.http.get(f"/attendance/v1/unmatched?state={state}")
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def say(world: World, place: str, who: str | None, key: str = "") -> httpx.Response:
    return await world.http.post(
        f"/attendance/v1/unmatched/{place}/match",
        json={"registration_id": who, "reason": WHY},
        headers={"Idempotency-Key": key} if key else {},
    )


async def said(world: World, place: str, who: str | None) -> None:
    answer = await say(world, place, who)
    assert answer.status_code == 200, answer.text
    await world.swept()


async def kinds(world: World, what: str = "opened") -> list[str]:
    opened = {t["task_id"]: t["kind"] for t in await world.asked()}
    told = await (world.asked() if what == "opened" else world.answered())
    return [opened[task["task_id"]] for task in told]


@pytest.fixture
async def crashed(enrolled: World) -> World:
    """Session 3 (21:00-23:00Z), in which somebody was whom nobody knows; its end has passed."""
    world = enrolled
    await world.at(GONE)
    named = {"participant_id": "z9", "name": "Z. Example", "email": "Z@x.example"}
    await world.observe(saw("1", "joined", COME, **named), saw("2", "left", GONE, **named))
    return world


async def test_a_wrong_match_is_taken_back_and_who_loses_it_is_put_before_a_human(
    crashed: World,
) -> None:
    world = crashed
    [place] = await places(world)
    await said(world, place["id"], "ada")
    await world.at("2020-11-02T23:15:00Z")
    assert (await world.settled())["ada", "s3"] == (7200, True, 1)
    await said(world, place["id"], None)
    assert (await world.settled())["ada", "s3"] == (7200, True, 1)  # nothing is silently revoked
    [task] = await world.asked()
    assert (task["kind"], task["about"]["registration_id"]) == ("attendance-worse", "ada")
    assert "says 0 seconds attended; 7200 were settled" in task["what"]
    assert (await world.view("s3"))["unmatched"] == 0
    assert await places(world) == []
    [dismissed] = await places(world, "dismissed")
    assert (dismissed["matched_to"], len(dismissed["history"])) == (None, 2)
    # It was Ben: who was dismissed can be matched after all.
    await said(world, place["id"], "ben")
    assert (await world.settled())["ben", "s3"] == (7200, True, 2)
    [matched] = await places(world, "matched")
    assert [entry["registration_id"] for entry in matched["history"]] == ["ada", None, "ben"]


async def test_a_match_that_is_taken_back_counts_again_for_whom_the_lines_name(
    enrolled: World,
) -> None:
    world = enrolled
    await world.at(GONE)
    await world.observe(
        saw("1", "joined", COME, participant_id="z9"),
        saw("2", "joined", COME, participant_id="z9", registration_id="ben"),
        saw("3", "joined", COME, participant_id="z9", registration_id="typo"),
    )
    [place] = await places(world)
    await said(world, place["id"], "ada")
    await world.at("2020-11-02T23:15:00Z")
    settled = await world.settled()
    assert [settled[who, "s3"][0] for who in ("ada", "ben")] == [7200, 0]
    await said(world, place["id"], None)
    assert (await world.settled())["ben", "s3"] == (7200, True, 2)


async def test_who_is_dismissed_does_not_come_back_with_their_next_line(crashed: World) -> None:
    world = crashed
    [place] = await places(world)
    await said(world, place["id"], None)
    again = {"participant_id": "z9", "name": "Z. Example"}
    await world.observe(saw("3", "joined", "2020-11-02T22:00:00Z", **again))
    await world.report("s3", {**again, "joined_at": COME, "left_at": GONE})
    await world.at("2020-11-02T23:15:00Z")
    await world.observe(saw("4", "left", "2020-11-02T22:30:00Z", **again))
    await world.swept()
    assert await places(world) == []
    assert (await world.view("s3"))["unmatched"] == 0
    assert await kinds(world) == []
    assert {found[0] for found in (await world.settled()).values()} == {0}
    [dismissed] = await places(world, "dismissed")
    # By the name a slip can be mended, and by the address erasure finds them.
    assert (dismissed["id"], dismissed["name"]) == (place["id"], "Z. Example")


async def test_a_line_that_names_a_registration_counts_for_it_whoever_was_dismissed(
    crashed: World,
) -> None:
    world = crashed
    [place] = await places(world)
    await said(world, place["id"], None)
    await world.at("2020-11-03T00:00:00Z")
    await world.observe(saw("3", "joined", COME, participant_id="z9", registration_id="ada"))
    await world.swept()
    assert (await world.settled())["ada", "s3"] == (7200, True, 2)


async def test_dismissing_the_last_one_closes_the_task(crashed: World) -> None:
    world = crashed
    await world.at("2020-11-02T23:15:00Z")
    assert await kinds(world) == ["participants-unmatched"]
    [place] = await places(world)
    await said(world, place["id"], None)
    assert await kinds(world, "closed") == ["participants-unmatched"]
    assert await places(world) == []


async def test_the_same_word_again_is_one_word(crashed: World) -> None:
    world = crashed
    [place] = await places(world)
    first = await say(world, place["id"], None, "k1")
    assert first.json()["state"] == "dismissed"
    again = await say(world, place["id"], None, "k1")
    assert again.headers["Idempotent-Replayed"] == "true"
    unkeyed = await say(world, place["id"], None)
    assert first.json() == again.json() == unkeyed.json()
    assert WHY not in first.text
    other = await say(world, place["id"], "ada", "k1")
    assert other.json()["type"] == "/problems/idempotency-key-reused"
    assert await world.count("matches") == 1
    audit = await world.rows("SELECT by, about, why FROM audit WHERE act LIKE 'participant.%'")
    assert audit == [{"by": "operator", "about": place["id"], "why": "nobody"}]
    await say(world, place["id"], "ada")
    await say(world, place["id"], None)
    audit = await world.rows("SELECT about, why FROM audit WHERE act = 'participant.dismissed'")
    assert audit[1:] == [{"about": f"{place['id']} ada", "why": "undone"}]


async def test_nobody_is_said_and_not_left_out(crashed: World) -> None:
    [place] = await places(crashed)
    path = f"/attendance/v1/unmatched/{place['id']}/match"
    assert (await crashed.http.post(path, json={"reason": WHY})).status_code == 422
    assert (await crashed.http.post(path, json={"registration_id": None})).status_code == 422
    assert (await say(crashed, "who", None)).json()["type"] == "/problems/unmatched-unknown"
    assert (await crashed.http.get("/attendance/v1/unmatched?state=x")).status_code == 422


async def test_a_dismissal_and_a_match_at_once_come_one_after_the_other(crashed: World) -> None:
    world = crashed
    [place] = await places(world)
    await world.at("2020-11-03T00:00:00Z")
    edges = [Edge(world.db, world.clock) for _ in range(2)]
    for _ in range(5):
        asking = [
            asyncio.create_task(
                edge.run(match, Say(place["id"], who, WHY, "me"), answer=lambda _: (200, {}))
            )
            for edge, who in zip(edges, (None, "ada"), strict=True)
        ]
        await asyncio.sleep(0)
        await asyncio.gather(*(edge.step() for edge in edges))
        assert [(await one).status_code for one in asking] == [200, 200]
    await world.swept()
    [row] = await world.rows("SELECT state, registration_id, history FROM unmatched")
    matches = await world.rows("SELECT number, registration_id FROM matches ORDER BY number")
    assert [m["registration_id"] for m in matches] == [
        entry["registration_id"] for entry in row["history"]
    ]
    assert [m["number"] for m in matches] == list(range(1, len(matches) + 1))
    assert 6 <= len(matches) <= 10  # the first of a round may say what was said last
    assert row["registration_id"] == matches[-1]["registration_id"]
    acts = await world.rows("SELECT act FROM audit WHERE act LIKE 'participant.%'")
    assert len(acts) == len(matches)
    flagged = (await world.view("s3"))["records"][0]["flagged"]
    assert (await world.settled())["ada", "s3"][0] == 7200 or row["state"] == "dismissed"
    assert flagged == (row["state"] == "dismissed" and (await world.settled())["ada", "s3"][0] > 0)


async def test_a_list_does_not_bring_back_whom_a_human_dismissed(enrolled: World) -> None:
    world = enrolled
    await world.at(GONE)
    await enlist(world, line("R1", "ada"))
    who = {"participant_id": "z9", "registrant_id": "R1"}
    await world.observe(saw("1", "joined", COME, **who))
    [place] = await places(world, "matched")
    assert [entry["by"] for entry in place["history"]] == ["registrants"]
    await said(world, place["id"], None)
    await enlist(world, line("R1", "ben"))
    await world.observe(saw("2", "left", GONE, **who))
    assert [item["id"] for item in await places(world, "dismissed")] == [place["id"]]
    await world.at("2020-11-02T23:15:00Z")
    assert {found[0] for found in (await world.settled()).values()} == {0}


async def test_a_human_who_says_what_the_list_said_has_the_last_word(enrolled: World) -> None:
    world = enrolled
    await world.at(GONE)
    await enlist(world, line("R1", "ada"))
    await world.observe(saw("1", "joined", COME, participant_id="z9", registrant_id="R1"))
    [place] = await places(world, "matched")
    await said(world, place["id"], "ada")
    await enlist(world, line("R1", "ben"))
    [place] = await places(world, "matched")
    assert place["matched_to"] == "ada"


async def test_erasure_reaches_the_words_of_a_match_that_was_taken_back(crashed: World) -> None:
    world = crashed
    [place] = await places(world)
    await said(world, place["id"], "ada")
    await said(world, place["id"], None)
    await world.forgets(person_of("ada"))
    [kept] = await world.rows("SELECT history FROM unmatched")
    assert [entry["reason"] for entry in kept["history"]] == ["", ""]
    # And of somebody erased no words are kept when it is said again.
    await said(world, place["id"], "ada")
    await said(world, place["id"], None)
    assert WHY not in str(await world.rows("SELECT * FROM unmatched"))
    assert f"{COURSE}" in str(await world.rows("SELECT * FROM matches"))
