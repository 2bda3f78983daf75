"""The platform's list of registrants: with it participants are known, and the door leads further."""

import json
from typing import Any

import httpx
import pytest

from shared.contracts.partners import KeyIssued
from shared.contracts.registration import RegistrationSubstituted
from shared.runtime.tokens import digest_of
from tests.edges.attendance.conftest import COURSE, World, of, person_of, token
from tests.edges.attendance.test_zoom import said, zoom_says

LIST = f"/attendance/v1/sessions/{COURSE}/s3/registrants"
WAY = "https://zoom.us/w/8800000003?tk=adas-own"
JOIN = "participant_joined"


async def enlist(world: World, *lines: Any) -> dict[str, Any]:
    answer = await world.http.put(LIST, json={"registrants": list(lines)})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def line(registrant: str, registration: str, **more: Any) -> dict[str, Any]:
    return {"registrant_id": registrant, "registration_id": registration, **more}


async def stay(world: World, registrant: str, begins: str, ends: str) -> None:
    """Somebody with this registrant's link comes and goes, in two rooms of the meeting."""
    who = {"registrant_id": registrant, "user_name": "Ada Example", "email": "ada@x.example"}
    await zoom_says(
        world,
        said(JOIN, f"2020-11-02T{begins}:00Z", participant_uuid="C1", user_id="1", **who),
        said(
            "participant_left", f"2020-11-02T{ends}:00Z", participant_uuid="C1", user_id="2", **who
        ),
    )


async def seconds(world: World) -> dict[str, int]:
    return {r["registration_id"]: r["seconds"] for r in (await world.view("s3"))["records"]}


async def test_who_is_on_the_list_is_known_when_they_come(enrolled: World) -> None:
    await enrolled.at("2020-11-02T22:30:00Z")
    assert await enlist(enrolled, line("R1", "ada")) == {
        "accepted": 1,
        "duplicates": 0,
        "refused": [],
        "overruled": [],
    }
    await stay(enrolled, "R1", "21:00", "22:00")
    assert await seconds(enrolled) == {"ada": 3600, "ben": 0}
    assert (await enrolled.view("s3"))["unmatched"] == 0
    [place] = await enrolled.rows("SELECT name, email, state FROM unmatched")
    assert place == {"name": None, "email": None, "state": "matched"}


async def test_a_list_that_comes_later_matches_who_waits(enrolled: World) -> None:
    await enrolled.at("2020-11-02T22:30:00Z")
    await stay(enrolled, "R1", "21:00", "22:00")
    await stay(enrolled, "R2", "21:00", "21:30")
    [*_, waiting] = (await enrolled.http.get("/attendance/v1/unmatched")).json()["items"]
    assert {waiting["registrant_id"]} <= {"R1", "R2"}
    await enlist(enrolled, line("R1", "ada"))
    assert await seconds(enrolled) == {"ada": 3600, "ben": 0}
    [other] = (await enrolled.http.get("/attendance/v1/unmatched")).json()["items"]
    assert (other["registrant_id"], other["name"]) == ("R2", "Ada Example")
    [place] = await enrolled.rows("SELECT name, email FROM unmatched WHERE registrant_id = 'R1'")
    assert place == {"name": None, "email": None}


async def test_a_report_and_the_webhooks_of_a_registrant_are_one_person(enrolled: World) -> None:
    await enrolled.at("2020-11-02T23:00:00Z")
    await stay(enrolled, "R1", "21:00", "22:00")
    await enrolled.report(
        "s3",
        {
            "participant_id": "registrant:R1",
            "registrant_id": "R1",
            "joined_at": "2020-11-02T21:00:00Z",
            "left_at": "2020-11-02T22:30:00Z",
        },
    )
    assert await enrolled.count("unmatched") == 1
    await enlist(enrolled, line("R1", "ada"))
    assert (await seconds(enrolled))["ada"] == 5400


async def test_a_list_after_completion_settles_anew(enrolled: World) -> None:
    await stay(enrolled, "R1", "21:00", "23:00")
    await enrolled.at("2020-11-03T00:00:00Z")
    assert (await enrolled.settled())["ada", "s3"] == (0, False, 1)
    await enlist(enrolled, line("R1", "ada"))
    await enrolled.at("2020-11-03T00:01:00Z")
    assert (await enrolled.settled())["ada", "s3"] == (7200, True, 2)


async def test_a_corrected_line_counts_for_the_other_and_a_humans_word_stands(
    enrolled: World,
) -> None:
    await enrolled.at("2020-11-02T22:30:00Z")
    await enlist(enrolled, line("R1", "ada"))
    await stay(enrolled, "R1", "21:00", "22:00")
    await enlist(enrolled, line("R1", "ben"))
    assert await seconds(enrolled) == {"ada": 0, "ben": 3600}
    [place] = await enrolled.rows("SELECT id FROM unmatched")
    matched = {"registration_id": "ada", "reason": "She was on camera."}
    answer = await enrolled.http.post(f"/attendance/v1/unmatched/{place['id']}/match", json=matched)
    assert answer.status_code == 200
    told = await enlist(enrolled, line("R1", "ben", join_url=WAY))
    assert (told["accepted"], told["overruled"]) == (1, ["R1"])
    assert await seconds(enrolled) == {"ada": 3600, "ben": 0}


async def test_a_list_says_whose_place_a_human_dismissed(enrolled: World) -> None:
    await enrolled.at("2020-11-02T22:30:00Z")
    await stay(enrolled, "R1", "21:00", "22:00")
    [place] = await enrolled.rows("SELECT id FROM unmatched")
    path = f"/attendance/v1/unmatched/{place['id']}/match"
    nobody = {"registration_id": None, "reason": "A gatecrasher."}
    assert (await enrolled.http.post(path, json=nobody)).status_code == 200
    both = [line("R1", "ada"), line("R2", "ben")]
    told = await enlist(enrolled, *both)
    assert (told["accepted"], told["refused"], told["overruled"]) == (2, [], ["R1"])
    assert await seconds(enrolled) == {"ada": 0, "ben": 0}
    assert (await enlist(enrolled, *both))["overruled"] == ["R1"]
    matched = {"registration_id": "ada", "reason": "It was her."}
    assert (await enrolled.http.post(path, json=matched)).status_code == 200
    assert (await enlist(enrolled, *both))["overruled"] == []
    assert await seconds(enrolled) == {"ada": 3600, "ben": 0}


async def test_the_same_list_again_changes_nothing(enrolled: World) -> None:
    lines = [line("R1", "ada", join_url=WAY), line("R2", "ben")]
    assert (await enlist(enrolled, *lines))["accepted"] == 2
    again = await enlist(enrolled, *lines, line("R1", "ada", join_url=WAY))
    assert again == {"accepted": 0, "duplicates": 2, "refused": [], "overruled": []}
    assert await enrolled.count("audit") == 1


async def test_a_bad_line_is_named_and_spoils_no_other(enrolled: World) -> None:
    answer = await enlist(
        enrolled,
        line("R1", "ada"),
        "junk",
        line("R2", "nobody"),
        line("R3", "ada", join_url="javascript:alert(1)"),
        line("R4", "ada", join_url=7),
        line("R1", "ben"),
        {"registrant_id": "R5"},
        line("a@x.example", "ada"),
        line("R6\x00", "ada"),
    )
    assert (answer["accepted"], answer["duplicates"]) == (1, 0)
    assert [each["index"] for each in answer["refused"]] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert await enrolled.count("registrants") == 1


async def test_a_list_as_a_sheet(enrolled: World) -> None:
    sheet = f"Registrant_ID;registration_id;join_url\r\nR1;ada;{WAY}\r\nR2;ben;\r\n"
    head = {"Content-Type": "text/csv"}
    answer = await enrolled.http.put(LIST, content=sheet.encode(), headers=head)
    assert answer.json() == {"accepted": 2, "duplicates": 0, "refused": [], "overruled": []}
    answer = await enrolled.http.put(LIST, content=b"a;b\r\n1;2\r\n", headers=head)
    assert answer.status_code == 422
    unknown = LIST.replace("s3", "s9")
    assert (await enrolled.http.put(unknown, json={"registrants": []})).status_code == 404


async def through_the_door(world: World, who: str) -> httpx.Response:
    async with world.client() as browser:
        return await browser.get(f"/attendance/join/{token(who, 's3')}")


async def test_the_door_leads_each_their_own_way(enrolled: World) -> None:
    await enlist(enrolled, line("R1", "ada", join_url=WAY))
    await enrolled.at("2020-11-02T20:50:00Z")
    assert (await through_the_door(enrolled, "ada")).headers["location"] == WAY
    assert "registration_id=ben" in (await through_the_door(enrolled, "ben")).headers["location"]


async def test_after_a_swap_nobody_is_led_into_the_meeting_before(enrolled: World) -> None:
    await enlist(enrolled, line("R1", "ada", join_url=WAY))
    await enrolled.at("2020-11-02T21:10:00Z")
    other = {"meeting_id": "8800000099", "url": "https://zoom.us/j/8800000099"}
    swapped = await enrolled.http.put(f"/attendance/v1/sessions/{COURSE}/s3/meeting", json=other)
    assert swapped.status_code == 200
    led = (await through_the_door(enrolled, "ada")).headers["location"]
    assert led == "https://zoom.us/j/8800000099?registration_id=ada"


async def test_whoever_is_erased_leaves_no_way_in(enrolled: World) -> None:
    await enlist(enrolled, line("R1", "ada", join_url=WAY))
    await enrolled.forgets(person_of("ada"))
    [kept] = await enrolled.rows("SELECT registration_id, join_url FROM registrants")
    assert kept == {"registration_id": "ada", "join_url": None}
    audits = await enrolled.rows("SELECT * FROM audit")
    assert WAY not in json.dumps(audits, default=str)


@pytest.mark.parametrize(("scope", "status"), [("platform", 200), ("reader", 403)])
async def test_who_may_bring_a_list(enrolled: World, scope: str, status: int) -> None:
    key = {"key_id": "k1", "hash": digest_of("hf_test_key"), "scopes": [scope]}
    await enrolled.hears(KeyIssued.model_validate(KeyIssued.example | key))
    async with enrolled.client("hf_test_key") as caller:
        answer = await caller.put(LIST, json={"registrants": []})
    assert answer.status_code == status


def substituted() -> Any:
    return of(
        RegistrationSubstituted,
        "ada",
        person_id="the-colleague",
        former_person_id=person_of("ada"),
        token_version=2,
    )


async def test_a_colleague_is_not_led_in_by_the_formers_own_way(enrolled: World) -> None:
    world = enrolled
    await enlist(world, line("R1", "ada", join_url=WAY))
    await world.hears(substituted(), substituted())
    await world.at("2020-11-02T21:10:00Z")
    answer = await world.http.get(f"/attendance/join/{token('ada', 's3', 2)}")
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("https://")
    assert answer.headers["location"] != WAY
    assert await world.rows("SELECT join_url FROM registrants") == [{"join_url": None}]


async def test_who_comes_by_the_formers_way_is_a_stranger_whatever_an_old_list_says(
    enrolled: World,
) -> None:
    world = enrolled
    await enlist(world, line("R1", "ada", join_url=WAY))
    await world.hears(substituted())
    again = await enlist(world, line("R1", "ada", join_url=WAY), line("R2", "ada"))
    assert (again["accepted"], [r["index"] for r in again["refused"]]) == (1, [0])
    assert "a colleague comes" in again["refused"][0]["detail"]
    await world.at("2020-11-02T22:30:00Z")
    await stay(world, "R1", "21:00", "22:00")
    assert await seconds(world) == {"ada": 0, "ben": 0}
    assert (await world.view("s3"))["unmatched"] == 1
    await stay(world, "R2", "21:00", "21:30")
    assert await seconds(world) == {"ada": 1800, "ben": 0}


async def test_what_the_former_attended_stays_attended(enrolled: World) -> None:
    world = enrolled
    await enlist(world, line("R1", "ada", join_url=WAY))
    await world.at("2020-11-02T22:30:00Z")
    await stay(world, "R1", "21:00", "21:30")
    await world.hears(substituted())
    assert await seconds(world) == {"ada": 1800, "ben": 0}
    assert await world.rows("SELECT join_url FROM registrants") == [{"join_url": None}]
