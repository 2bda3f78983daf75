"""After completion: better is settled anew, worse goes to a human, nothing is revoked."""

import contextlib
import json
from typing import Any

import asyncpg
import pytest

from services.attendance.commands import settling
from shared.contracts.registration import (
    RegistrationCancelled,
    RegistrationExpired,
    RegistrationTransferred,
)
from shared.runtime import sweep
from shared.runtime.sweep import Sweep
from tests.edges.attendance.conftest import (
    COURSE,
    World,
    confirmed,
    course,
    of,
    requested,
    saw,
    sessions,
)

LEFT = "2020-11-02T22:00:00Z"


@pytest.fixture
async def completed(enrolled: World) -> World:
    """Session 3 completed: ada was there for an hour, ben not at all."""
    world = enrolled
    await world.at("2020-11-02T22:30:00Z")
    await world.observe(
        saw("1", "joined", "2020-11-02T21:00:00Z", registration_id="ada"),
        saw("2", "left", LEFT, registration_id="ada"),
    )
    await world.at("2020-11-02T23:20:00Z")
    assert (await world.settled())["ada", "s3"] == (3600, False, 1)
    return world


async def test_evidence_of_a_session_that_the_course_does_not_have_calls_a_human(
    enrolled: World,
) -> None:
    world = enrolled
    about = {"course_id": COURSE, "session_id": "S3"}
    line = saw("1", "joined", "2020-11-02T21:00:00Z", registration_id="ada", **about)
    assert (await world.observe(line))["accepted"] == 1
    await world.at("2020-11-03T00:00:00Z")
    assert (await world.settled())["ada", "s3"] == (0, False, 1)
    [task] = await world.asked()
    assert task["kind"] == "evidence-of-no-session"
    assert task["about"] == about
    assert "have it sent again" in task["what"]


async def test_evidence_that_came_before_its_course_calls_nobody(world: World) -> None:
    about = {"course_id": COURSE, "session_id": "s3"}
    line = saw("1", "joined", "2020-11-02T21:00:00Z", registration_id="ada", **about)
    await world.observe(line)
    await world.hears(course(), requested("ada"), confirmed("ada"))
    await world.at("2020-11-02T23:20:00Z")
    assert (await world.settled())["ada", "s3"] == (7200, True, 1)
    assert await world.asked() == []


async def test_late_observations_upgrade(completed: World) -> None:
    world = completed
    await world.observe(
        saw("3", "joined", "2020-11-02T22:00:00Z", registration_id="ada"),
        saw("4", "left", "2020-11-02T22:50:00Z", registration_id="ada"),
    )
    await world.at("2020-11-02T23:21:00Z")
    assert (await world.settled())["ada", "s3"] == (6600, True, 2)
    assert (await world.settled())["ben", "s3"] == (0, False, 1)
    assert (await world.registration("ada"))["s3"]["version"] == 2


async def test_a_late_report_upgrades_one_and_asks_a_human_about_the_other(
    completed: World,
) -> None:
    world = completed
    await world.report(
        "s3",
        {
            "participant_id": "x",
            "registration_id": "ben",
            "joined_at": "2020-11-02T21:00:00Z",
            "left_at": "2020-11-02T23:00:00Z",
        },
        {
            "participant_id": "y",
            "registration_id": "ada",
            "joined_at": "2020-11-02T21:00:00Z",
            "left_at": "2020-11-02T21:30:00Z",
        },
    )
    await world.at("2020-11-02T23:21:00Z")
    settled = await world.settled()
    assert settled["ben", "s3"] == (7200, True, 2)
    assert settled["ada", "s3"] == (3600, False, 1)
    [task] = await world.asked()
    assert (task["kind"], task["service"]) == ("attendance-worse", "attendance")
    assert task["about"]["registration_id"] == "ada"
    view = await world.view("s3")
    assert view["findings"] == [
        {"registration_id": "ada", "report_seconds": 1800, "live_seconds": 3600},
        {"registration_id": "ben", "report_seconds": 7200, "live_seconds": 0},
    ]
    assert [r["flagged"] for r in view["records"]] == [True, False]

    # The same again says nothing; a report that mends it closes the task.
    await world.observe(saw("5", "left", LEFT, registration_id="ada", participant_id="late"))
    await world.at("2020-11-02T23:22:00Z")
    assert len(await world.asked()) == 1
    await world.report(
        "s3",
        {
            "participant_id": "y2",
            "registration_id": "ada",
            "joined_at": "2020-11-02T21:30:00Z",
            "left_at": "2020-11-02T22:30:00Z",
        },
    )
    await world.at("2020-11-02T23:23:00Z")
    assert (await world.settled())["ada", "s3"] == (5400, False, 2)
    [closed] = await world.answered()
    assert closed["task_id"] == task["task_id"]


async def test_before_completion_the_reports_seconds_rule(enrolled: World) -> None:
    world = enrolled
    await world.at("2020-11-02T23:01:00Z")
    await world.observe(saw("1", "joined", "2020-11-02T21:00:00Z", registration_id="ada"))
    await world.report(
        "s3",
        {
            "participant_id": "y",
            "registration_id": "ada",
            "joined_at": "2020-11-02T21:00:00Z",
            "left_at": "2020-11-02T22:40:00Z",
        },
    )
    assert (await world.view("s3"))["records"][0]["seconds"] == 6000
    # The report is in and the end has passed: only its other pages are waited for.
    await world.at("2020-11-02T23:02:00Z")
    view = await world.view("s3")
    assert (view["state"], view["completed_by"]) == ("completed", "report")
    assert (await world.settled())["ada", "s3"] == (6000, False, 1)


async def test_who_is_confirmed_after_completion_is_settled_too(completed: World) -> None:
    world = completed
    await world.observe(saw("9", "joined", "2020-11-02T21:00:00Z", registration_id="cy"))
    assert (await world.view("s3"))["unmatched"] == 1
    await world.hears(requested("cy"), of(RegistrationExpired, "cy"))
    await world.at("2020-11-02T23:30:00Z")
    assert ("cy", "s3") not in await world.settled()
    await world.hears(confirmed("cy"))
    await world.at("2020-11-02T23:31:00Z")
    settled = await world.settled()
    assert settled["cy", "s3"] == (7200, True, 1)
    # ... for every session that is completed, and no other.
    assert settled["cy", "s1"] == (0, False, 1)
    assert ("cy", "s4") not in settled
    assert (await world.view("s3"))["unmatched"] == 0


async def test_who_is_cancelled_is_not_expected_of_sessions_that_start_later(
    enrolled: World,
) -> None:
    world = enrolled
    await world.at("2020-10-27T12:00:00Z")
    await world.hears(
        of(RegistrationCancelled, "ben", requested_at="2020-10-26T21:00:00Z"),
        requested("cy"),
        confirmed("cy"),
        of(RegistrationTransferred, "cy", requested_at="2020-10-01T12:00:00Z"),
    )
    await world.at("2020-11-02T23:15:00Z")
    settled = await world.settled()
    assert ("ben", "s2") in settled  # cancelled while it ran: what was attended of it counts
    assert ("ben", "s3") not in settled
    assert not [key for key in settled if key[0] == "cy"]
    assert (await world.view("s3"))["expected"] == 1


async def test_a_session_cut_short_by_an_operator_is_judged_by_the_time_taught(
    enrolled: World,
) -> None:
    world = enrolled
    await world.at("2020-11-02T22:31:00Z")
    await world.observe(
        saw("1", "joined", "2020-11-02T21:00:00Z", registration_id="ada"),
        saw("2", "joined", "2020-11-02T21:20:00Z", registration_id="ben"),
        saw("3", "meeting_ended", "2020-11-02T22:30:00Z"),
    )
    answer = await world.complete("s3", instruction_minutes=90)
    await world.swept()
    assert answer.status_code == 200
    assert (answer.json()["state"], answer.json()["instruction_minutes"]) == ("completed", 90)
    assert answer.json()["planned_minutes"] == (await world.view("s3"))["planned_minutes"] == 120
    settled = await world.settled()
    assert settled["ada", "s3"] == (5400, True, 1)
    assert settled["ben", "s3"] == (4200, False, 1)
    assert await world.asked() == []
    await world.at("2020-11-02T23:30:00Z")
    assert await world.settled() == settled


async def test_who_sat_in_the_empty_room_after_it_was_cut_short_was_not_taught(
    enrolled: World,
) -> None:
    await enrolled.at("2020-11-02T23:01:00Z")
    await enrolled.observe(saw("1", "joined", "2020-11-02T21:50:00Z", registration_id="ada"))
    assert (await enrolled.complete("s3", instruction_minutes=60)).status_code == 200
    await enrolled.swept()
    assert (await enrolled.settled())["ada", "s3"] == (600, False, 1)
    assert (await enrolled.registration("ada"))["s3"]["seconds"] == 600


async def test_an_operator_may_say_afterwards_that_it_was_cut_short(enrolled: World) -> None:
    world = enrolled
    await world.at("2020-11-02T22:31:00Z")
    await world.observe(
        saw("1", "joined", "2020-11-02T21:00:00Z", registration_id="ada"),
        saw("3", "meeting_ended", "2020-11-02T22:30:00Z"),
    )
    await world.at("2020-11-02T23:15:00Z")
    assert (await world.settled())["ada", "s3"] == (5400, False, 1)
    [task] = await world.asked()
    assert task["kind"] == "meeting-ended-early"
    await world.at("2020-11-02T23:20:00Z")
    answer = await world.complete("s3", instruction_minutes=90)
    await world.swept()
    assert answer.status_code == 200
    assert (await world.settled())["ada", "s3"] == (5400, True, 2)
    assert [e["task_id"] for e in await world.answered()] == [task["task_id"]]
    before, now = (await world.said("session.completed.v1"))[-2:]
    assert (before["instruction_minutes"], now["instruction_minutes"]) == (120, 90)
    # It was completed when it was; which of the two holds is told by when they were settled.
    assert before["completed_at"] == now["completed_at"] == before["settled_at"]
    assert now["settled_at"] == "2020-11-02T23:20:00Z"
    # Taking it back would take "present" back: a human decides.
    assert (await world.complete("s3", instruction_minutes=120)).status_code == 200
    await world.swept()
    assert (await world.settled())["ada", "s3"] == (5400, True, 2)
    assert (await world.asked())[-1]["kind"] == "attendance-worse"


async def test_cut_afterwards_nobody_attended_more_than_they_were_seen_of_what_was_taught(
    enrolled: World,
) -> None:
    """Ada came half an hour late, Ben five minutes; then staff say that an hour was taught."""
    world = enrolled
    await world.at("2020-11-02T22:31:00Z")
    await world.observe(
        saw("1", "joined", "2020-11-02T21:30:00Z", registration_id="ada"),
        saw("2", "joined", "2020-11-02T21:05:00Z", registration_id="ben"),
        saw("3", "meeting_ended", "2020-11-02T23:00:00Z"),
    )
    await world.at("2020-11-02T23:15:00Z")
    settled = await world.settled()
    assert (settled["ada", "s3"], settled["ben", "s3"]) == ((5400, False, 1), (6900, True, 1))
    assert (await world.complete("s3", instruction_minutes=60)).status_code == 200
    await world.swept()
    settled = await world.settled()
    assert (settled["ada", "s3"], settled["ben", "s3"]) == ((1800, False, 2), (3300, True, 2))
    assert await world.asked() == [], "staff said so: there is nothing to ask them"
    # Of twenty minutes Ben missed five, and may miss ten; Ada was there for none of them.
    assert (await world.complete("s3", instruction_minutes=20)).status_code == 200
    await world.swept()
    settled = await world.settled()
    assert (settled["ada", "s3"], settled["ben", "s3"]) == ((0, False, 3), (900, True, 3))
    # It was a slip: what was seen is still there.
    assert (await world.complete("s3", instruction_minutes=120)).status_code == 200
    await world.swept()
    settled = await world.settled()
    assert (settled["ada", "s3"], settled["ben", "s3"]) == ((5400, False, 4), (6900, True, 4))
    assert await world.asked() == []


async def test_who_missed_too_much_of_what_is_left_is_not_present_any_more(enrolled: World) -> None:
    world = enrolled
    await world.at("2020-11-02T22:31:00Z")
    await world.observe(
        saw("1", "joined", "2020-11-02T21:14:00Z", registration_id="ada"),
        saw("3", "meeting_ended", "2020-11-02T23:00:00Z"),
    )
    await world.at("2020-11-02T23:15:00Z")
    assert (await world.settled())["ada", "s3"] == (6360, True, 1)
    await world.complete("s3", instruction_minutes=20)
    await world.swept()
    assert (await world.settled())["ada", "s3"] == (360, False, 2)
    assert await world.asked() == []


async def test_completing_twice_is_answered_the_same_and_said_once(enrolled: World) -> None:
    world = enrolled
    await world.at("2020-11-02T23:01:00Z")
    first, second = await world.complete("s3"), await world.complete("s3")
    assert first.json() == second.json()
    await world.at("2020-11-02T23:30:00Z")
    said = [e["session_id"] for e in await world.said("session.completed.v1")]
    assert said == ["s1", "s2", "s3"]


async def test_what_cannot_be_completed_is_refused(enrolled: World) -> None:
    world = enrolled
    await world.at("2020-11-02T20:59:00Z")
    assert (await world.complete("s3")).json()["type"] == "/problems/session-not-started"
    assert (await world.complete("s9")).status_code == 404
    await world.at("2020-11-02T21:59:00Z")
    longer = await world.complete("s3", instruction_minutes=121)
    assert longer.status_code == 422
    assert longer.json()["errors"] == [
        {
            "pointer": "/instruction_minutes",
            "detail": "the session has 120 minutes: say from 1 to 120",
        }
    ]
    assert (await world.complete("s3", instruction_minutes=0)).status_code == 422
    without = await world.http.post("/attendance/v1/sessions/x/s3/complete", json={})
    assert without.json()["type"] == "/problems/idempotency-key-required"


async def test_before_its_planned_end_the_minutes_are_said_or_that_it_is_meant(
    enrolled: World,
) -> None:
    world = enrolled
    await world.at("2020-11-02T22:59:59Z")
    await world.observe(saw("1", "joined", "2020-11-02T21:00:00Z", registration_id="ada"))
    refused = await world.complete("s3")
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/session-not-over")
    assert "instruction_minutes" in refused.json()["detail"]
    assert (await world.complete("s3", early=False)).status_code == 409
    assert (await world.complete("s3", early="yes")).status_code == 422
    assert (await world.view("s3"))["state"] == "open"
    assert (await world.complete("s3", early=True)).json()["instruction_minutes"] == 120
    await world.swept()
    assert (await world.settled())["ada", "s3"] == (7199, True, 1)
    assert (await world.complete("s3")).status_code == 200  # again: the same answer
    # What is still to come is looked at when it has come.
    await world.at("2020-11-02T23:20:00Z")
    assert (await world.settled())["ada", "s3"] == (7200, True, 2)


async def test_with_the_minutes_it_is_completed_before_its_planned_end(enrolled: World) -> None:
    await enrolled.at("2020-11-02T22:31:00Z")
    assert (await enrolled.complete("s3", instruction_minutes=90)).status_code == 200
    await enrolled.at("2020-11-02T23:00:00Z")
    assert (await enrolled.complete("s2")).status_code == 200


async def test_a_crash_at_each_step_of_completion_resumes_and_says_everything_once(
    enrolled: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = enrolled
    for n in range(5):
        await world.hears(requested(f"r{n}"), confirmed(f"r{n}"))
    small_pages(world, 2)
    await world.at("2020-11-02T23:14:00Z")
    await world.observe(saw("1", "joined", "2020-11-02T21:00:00Z", registration_id="ada"))
    world.clock.time = world.clock.time.replace(minute=16)
    before, take, crashes = len(await world.outbox()), sweep.take, 0

    async def crash(work: Any, units: Any) -> list[bool]:
        nonlocal crashes
        taken = await take(work, units)
        crashes += 1
        if crashes % 2:
            raise asyncpg.ConnectionDoesNotExistError("the database went away")
        return taken

    monkeypatch.setattr(sweep, "take", crash)
    while await world.count("due WHERE due_at < '2020-11-03'"):
        with contextlib.suppress(asyncpg.ConnectionDoesNotExistError):
            await world.swept()
    assert crashes > 8
    said = [json.loads(payload) for _, payload in (await world.outbox())[before:]]
    who = ["ada", "ben", "r0", "r1", "r2", "r3", "r4"]
    assert sorted(event["registration_id"] for event in said[:-1]) == who
    assert (said[-1]["session_id"], said[-1]["expected"], said[-1]["present"]) == ("s3", 7, 1)


async def test_a_session_is_completed_although_one_registration_cannot_be_settled(
    enrolled: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = enrolled
    attended_of, bad = settling.attended_of, {"ben"}

    def fails(work: Any, session: Any, registration_id: str) -> Any:
        if registration_id in bad:
            raise ZeroDivisionError("a defect")
        return attended_of(work, session, registration_id)

    await world.at("2020-11-02T23:14:00Z")
    await world.observe(saw("1", "joined", "2020-11-02T21:00:00Z", registration_id="ada"))
    monkeypatch.setattr(settling, "attended_of", fails)
    world.clock.time = world.clock.time.replace(minute=16)
    await world.swept()
    assert ("ada", "s3") in await world.settled()
    assert ("ben", "s3") not in await world.settled()
    assert (await world.said("session.completed.v1"))[-1]["session_id"] == "s3"
    bad.clear()
    async with world.db.acquire() as con:
        assert await con.fetchval("SELECT ref FROM due WHERE attempts > 0") == f"{COURSE}/s3/ben"
        await con.execute("UPDATE due SET lease_until = now() WHERE attempts > 0")
    await world.swept()
    assert (await world.settled())["ben", "s3"] == (0, False, 1)


async def test_late_lines_do_not_put_off_that_a_session_is_completed(enrolled: World) -> None:
    world = enrolled
    for n in range(5):
        await world.hears(requested(f"r{n}"), confirmed(f"r{n}"))
    small_pages(world, 2)
    await world.at("2020-11-02T22:59:00Z")
    await world.observe(saw("l", "joined", "2020-11-02T22:00:00Z", registration_id="r4"))
    await world.at("2020-11-02T23:15:00Z", sweep=False)
    one = Sweep(world.db, world.clock, world.service.dues)
    for n in range(10):
        await one.step()
        line = saw(f"l{n}", "joined", f"2020-11-02T22:4{n}:00Z", registration_id="r3")
        await world.observe(line)
    assert (await world.said("session.completed.v1"))[-1]["session_id"] == "s3"
    await world.swept()
    settled = await world.settled()
    assert settled["r3", "s3"][:2] == (1200, False)
    assert {key[0] for key in settled if key[1] == "s3"} == {
        "ada",
        "ben",
        *(f"r{n}" for n in range(5)),
    }


async def test_what_is_settled_is_what_a_look_at_everybody_says(enrolled: World) -> None:
    """Settling reads each registration's own lines; the session's page tallies all lines at once."""
    world = enrolled
    for name in ("cy", "dee"):
        await world.hears(requested(name), confirmed(name))
    await world.at("2020-11-02T20:50:00Z")
    await world.observe(
        saw("1", "joined", "2020-11-02T21:00:00Z", registration_id="ada", participant_id="p1"),
        saw("2", "left", "2020-11-02T21:30:00Z", participant_id="p1"),
        saw("3", "joined", "2020-11-02T21:10:00Z", registration_id="ben", participant_id="p2"),
        saw("4", "left", "2020-11-02T21:20:00Z", registration_id="cy", participant_id="p2"),
        saw("5", "joined", "2020-11-02T21:40:00Z", registration_id="cy", participant_id="p3"),
        saw("6", "joined", "2020-11-02T21:05:00Z", participant_id="who"),
        saw("7", "left", "2020-11-02T22:05:00Z", participant_id="who"),
        saw("8", "joined", "2020-11-02T22:10:00Z", registration_id="gone", participant_id="p1"),
        saw("9", "meeting_ended", "2020-11-02T22:50:00Z"),
    )
    queue = (await world.http.get("/attendance/v1/unmatched")).json()["items"]
    [who] = [each["id"] for each in queue if each["participant_id"] == "who"]
    answer = await world.http.post(
        f"/attendance/v1/unmatched/{who}/match", json={"registration_id": "dee", "reason": "seen"}
    )
    assert answer.status_code == 200
    await world.at("2020-11-02T23:05:00Z")
    looked = {r["registration_id"]: r["seconds"] for r in (await world.view("s3"))["records"]}
    await world.at("2020-11-02T23:20:00Z")
    settled = {key[0]: found[0] for key, found in (await world.settled()).items() if key[1] == "s3"}
    assert settled == looked
    assert settled == {"ada": 1800, "ben": 6000, "cy": 4200, "dee": 3600}


def small_pages(world: World, size: int) -> None:
    for kind in ("close_session", "settle_session"):
        object.__setattr__(world.service.dues.insides[kind], "size", size)


async def test_a_moved_session_takes_its_deadlines_with_it(enrolled: World) -> None:
    world = enrolled
    await world.at("2020-11-02T20:50:00Z")
    assert (await world.view("s3"))["state"] == "open"
    later = {
        "date": "2020-11-03",
        "starts_at": "2020-11-03T21:00:00Z",
        "ends_at": "2020-11-03T23:00:00Z",
        "schedule_version": 2,
        "rule": {"version": 2, "max_missed_seconds": 600},
    }
    await world.hears(course(2, sessions=sessions(s3=later)))
    await world.at("2020-11-03T20:44:00Z")
    view = await world.view("s3")
    assert (view["state"], view["rule"]["version"]) == ("planned", 2)
    assert not [e for e in await world.said("session.completed.v1") if e["session_id"] == "s3"]
    await world.at("2020-11-04T00:00:00Z")
    assert (await world.view("s3"))["state"] == "completed"
    opened = [e for e in await world.said("session.opened.v1") if e["session_id"] == "s3"]
    assert [e["opened_at"] for e in opened] == ["2020-11-02T20:45:00Z", "2020-11-03T20:45:00Z"]


async def test_the_rule_is_stamped_when_a_session_is_scheduled(enrolled: World) -> None:
    world = enrolled
    stricter = {"rule": {"version": 2, "max_missed_seconds": 0}}
    await world.hears(course(2, sessions=sessions(s3=stricter)))
    assert (await world.view("s3"))["rule"] == {"version": 1, "max_missed_seconds": 900}


async def test_a_cancelled_session_is_neither_opened_nor_completed(enrolled: World) -> None:
    world = enrolled
    await world.hears(course(2, sessions=sessions(s3={"status": "cancelled"})))
    await world.at("2020-11-10T00:00:00Z")
    assert (await world.view("s3"))["state"] == "cancelled"
    assert not [key for key in await world.settled() if key[1] == "s3"]
    assert (await world.said("session.completed.v1"))[-1]["last"] is True
    assert (await world.complete("s3")).json()["type"] == "/problems/session-cancelled"


async def test_when_the_last_session_is_cancelled_after_the_others_no_last_is_said(
    enrolled: World,
) -> None:
    """`last` is a hint, by what was known: whoever needs the course's end looks at its sessions
    (registration: test_session_cancelled.py, certificates: test_afterwards.py)."""
    await enrolled.at("2020-11-03T00:00:00Z")
    await enrolled.hears(course(2, sessions=sessions(s4={"status": "cancelled"})))
    await enrolled.at("2020-11-10T00:00:00Z")
    said = [(e["session_id"], e["last"]) for e in await enrolled.said("session.completed.v1")]
    assert said == [("s1", False), ("s2", False), ("s3", False)]


async def test_breaks_count_neither_as_taught_nor_as_attended(enrolled: World) -> None:
    world = enrolled
    pause = {
        "breaks": [{"starts_at": "2020-11-02T22:00:00Z", "ends_at": "2020-11-02T22:15:00Z"}],
        "schedule_version": 2,
    }
    await world.hears(course(2, sessions=sessions(s3=pause)))
    await world.at("2020-11-02T21:30:00Z")
    await world.observe(saw("1", "joined", "2020-11-02T21:00:00Z", registration_id="ada"))
    await world.at("2020-11-02T23:15:00Z")
    assert (await world.settled())["ada", "s3"] == (6300, True, 1)
    assert (await world.said("session.completed.v1"))[-1]["instruction_minutes"] == 105


async def test_who_never_came_to_the_meeting_that_took_the_place_of_a_failed_one_left_by_then(
    enrolled: World,
) -> None:
    """The failed meeting tells neither that they left nor that it ended."""
    await enrolled.at("2020-11-02T21:35:00Z")
    await enrolled.observe(
        saw("1", "joined", "2020-11-02T21:00:00Z", registration_id="ada"),
        saw("2", "joined", "2020-11-02T21:00:00Z", registration_id="ben"),
    )
    answer = await enrolled.http.put(
        f"/attendance/v1/sessions/{COURSE}/s3/meeting",
        json={"meeting_id": "other", "url": "https://zoom.us/j/99"},
    )
    assert answer.status_code == 200, answer.text
    back = {"registration_id": "ben", "meeting_id": "other"}
    await enrolled.observe(saw("3", "joined", "2020-11-02T21:40:00Z", **back))
    await enrolled.at("2020-11-02T23:01:00Z")
    await enrolled.observe(saw("4", "left", "2020-11-02T22:00:00Z", **back))
    assert (await enrolled.registration("ada"))["s3"]["seconds"] == 35 * 60
    await enrolled.at("2020-11-03T02:00:00Z")
    settled = await enrolled.settled()
    assert settled["ada", "s3"] == (35 * 60, False, 1)
    assert settled["ben", "s3"] == ((35 + 20) * 60, False, 1)
