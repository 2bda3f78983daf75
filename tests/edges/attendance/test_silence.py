"""Nothing is known of a session: nobody fails by that in silence. A human is asked, for a while."""

from typing import Any

import pytest

from shared.contracts.registration import CourseCancelled
from tests.edges.attendance.conftest import (
    COURSE,
    World,
    confirmed,
    course,
    requested,
    saw,
    sessions,
)
from tests.edges.attendance.test_corrections import corrected, interval

ABOUT = {"course_id": COURSE, "session_id": "s3"}


async def asked(world: World) -> list[dict[str, Any]]:
    """The tasks about the third session of which nothing is known."""
    told = await world.said("task.opened.v1")
    return [t for t in told if t["kind"] == "no-evidence" and t["about"] == ABOUT]


async def answered(world: World) -> list[str]:
    told = await world.said("task.closed.v1")
    return [t["outcome"] for t in told if t["kind"] == "no-evidence" and t["about"] == ABOUT]


@pytest.fixture
async def silent(enrolled: World) -> World:
    """The third session is over since a quarter of an hour, and nobody was seen in it."""
    await enrolled.at("2020-11-02T23:14:59Z")
    assert await asked(enrolled) == []
    await enrolled.at("2020-11-02T23:15:00Z")
    return enrolled


async def test_a_human_is_asked_and_completion_waits_for_an_hour(silent: World) -> None:
    [task] = await asked(silent)
    assert task["due_at"] == "2020-11-03T00:00:00Z"
    assert task["what"].startswith("2 people are expected at this session, and nothing is known")
    assert "attendance import" in task["what"]
    await silent.at("2020-11-02T23:59:59Z")
    assert (await silent.view("s3"))["state"] == "open"
    await silent.at("2020-11-03T00:00:00Z")
    # It goes on all the same, so that nothing waits for ever; but the question stands.
    view = await silent.view("s3")
    assert (view["state"], view["completed_by"]) == ("completed", "grace")
    assert (await silent.settled())["ada", "s3"] == (0, False, 1)
    assert len(await asked(silent)) == 1
    assert await answered(silent) == []


async def test_a_report_that_is_brought_meanwhile_ends_the_wait_and_the_question(
    silent: World,
) -> None:
    await silent.at("2020-11-02T23:20:00Z")
    await silent.report("s3", interval("ada", "21:00", "23:00"))
    await silent.at("2020-11-02T23:21:00Z")
    assert (await silent.settled())["ada", "s3"] == (7200, True, 1)
    assert (await silent.settled())["ben", "s3"] == (0, False, 1)
    assert await answered(silent) == ["done"]


async def test_where_nobody_was_seen_a_report_differs_from_nothing(silent: World) -> None:
    await silent.at("2020-11-02T23:20:00Z")
    await silent.report("s3", interval("ada", "21:00", "23:00"), interval("ben", "21:00", "22:00"))
    await silent.at("2020-11-02T23:21:00Z")
    assert (await silent.view("s3"))["findings"] == []
    # One who was seen makes it a session of which something was told while it ran.
    await silent.observe(saw("1", "joined", "2020-11-02T22:00:00Z", registration_id="ada"))
    await silent.at("2020-11-02T23:22:00Z")
    of_whom = [one["registration_id"] for one in (await silent.view("s3"))["findings"]]
    assert of_whom == ["ada", "ben"]


async def test_a_file_that_is_withdrawn_as_the_wrong_one_is_no_answer(silent: World) -> None:
    path = f"/attendance/v1/sessions/{COURSE}/s3"
    lines = {"intervals": [interval("ada", "21:00", "23:00")]}
    sent = await silent.http.post(f"{path}/report", json=lines)
    withdrawn = await silent.http.post(
        f"{path}/uploads/{sent.json()['upload']}/withdraw",
        json={"reason": "Another course's."},
        headers={"Idempotency-Key": "withdraw"},
    )
    assert withdrawn.status_code == 200, withdrawn.text
    await silent.at("2020-11-02T23:59:00Z")
    assert ((await silent.view("s3"))["state"], await answered(silent)) == ("open", [])


async def test_what_comes_after_completion_upgrades_and_ends_the_question(silent: World) -> None:
    await silent.at("2020-11-03T09:00:00Z")
    await silent.report("s3", interval("ada", "21:00", "23:00"))
    await silent.at("2020-11-03T09:01:00Z")
    assert (await silent.settled())["ada", "s3"] == (7200, True, 2)
    assert await answered(silent) == ["done"]


async def test_a_word_of_staff_ends_the_question(silent: World) -> None:
    await silent.at("2020-11-03T09:00:00Z")
    await corrected(silent, "ada", seconds=7200)
    await silent.at("2020-11-03T09:01:00Z")
    assert (await silent.settled())["ada", "s3"] == (7200, True, 2)
    assert await answered(silent) == ["done"]


@pytest.mark.parametrize("when", ["2020-11-02T23:20:00Z", "2020-11-03T09:00:00Z"])
async def test_who_completes_it_by_hand_says_that_nobody_came(silent: World, when: str) -> None:
    await silent.at(when)
    assert (await silent.complete("s3")).status_code == 200
    await silent.swept()
    assert (await silent.settled())["ada", "s3"] == (0, False, 1)
    assert await answered(silent) == ["completed-by-hand"]
    await silent.at("2020-11-04T00:00:00Z")
    assert len(await asked(silent)) == 1


async def test_an_empty_report_is_no_answer_yet(silent: World) -> None:
    await silent.report("s3")
    await silent.at("2020-11-02T23:59:00Z")
    assert ((await silent.view("s3"))["state"], await answered(silent)) == ("open", [])


async def test_that_the_meeting_ran_says_nothing_of_who_was_in_it(enrolled: World) -> None:
    await enrolled.at("2020-11-02T23:01:00Z")
    await enrolled.observe(
        saw("1", "meeting_started", "2020-11-02T20:55:00Z"),
        saw("2", "meeting_ended", "2020-11-02T23:00:00Z"),
    )
    await enrolled.at("2020-11-02T23:15:00Z")
    assert len(await asked(enrolled)) == 1


async def test_where_somebody_was_seen_nobody_is_asked(enrolled: World) -> None:
    await enrolled.at("2020-11-02T23:01:00Z")
    await enrolled.observe(saw("1", "joined", "2020-11-02T21:00:00Z", registration_id="ada"))
    await enrolled.at("2020-11-02T23:15:00Z")
    assert (await enrolled.view("s3"))["state"] == "completed"
    assert await asked(enrolled) == []


async def test_a_session_that_expects_nobody_is_completed_by_its_grace(world: World) -> None:
    await world.hears(course(), requested("ada"))
    await world.at("2020-11-02T23:15:00Z")
    assert (await world.view("s3"))["state"] == "completed"
    assert await asked(world) == []


async def test_a_room_waits_for_a_day_for_its_sheet(world: World) -> None:
    room = sessions(s3={"delivery": "in_person", "meeting": None, "location": "Room 1"})
    await world.hears(course(sessions=room), requested("ada"), confirmed("ada"))
    await world.at("2020-11-03T14:00:00Z")
    assert (await world.view("s3"))["state"] == "open"
    [task] = await asked(world)
    assert task["due_at"] == "2020-11-03T23:00:00Z"
    sheet = {"lines": [{"registration_id": "ada", "signed_in": "16:00", "signed_out": "18:00"}]}
    path = f"/attendance/v1/sessions/{COURSE}/s3/sheet"
    assert (await world.http.post(path, json=sheet)).status_code == 202
    await world.at("2020-11-03T14:01:00Z")
    assert (await world.settled())["ada", "s3"] == (7200, True, 1)
    assert await answered(world) == ["done"]


async def test_a_session_that_is_moved_or_cancelled_after_all_asks_nothing(silent: World) -> None:
    moved = {"starts_at": "2020-11-04T21:00:00Z", "ends_at": "2020-11-04T23:00:00Z"}
    await silent.at("2020-11-02T23:30:00Z")
    await silent.hears(course(2, sessions=sessions(s3=moved | {"schedule_version": 2})))
    assert await answered(silent) == ["moved"]
    await silent.at("2020-11-04T23:15:00Z")
    assert len(await asked(silent)) == 2
    cancelled = CourseCancelled.example | {
        "course_id": COURSE,
        "version": 3,
        "sessions": sessions(s3=moved | {"schedule_version": 2}),
        "cancelled_at": "2020-11-04T20:00:00Z",
    }
    await silent.hears(CourseCancelled.model_validate(cancelled))
    assert await answered(silent) == ["moved", "cancelled"]
