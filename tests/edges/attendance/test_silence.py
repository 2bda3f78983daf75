"""Nothing is known of a session: nobody fails by that in silence. A human is asked, for a while."""

from typing import Any

import pytest

from shared.contracts.registration import CourseCancelled, RegistrationShareDue
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
from tests.edges.attendance.test_corrections import corrected, interval
from tests.edges.attendance.test_uploads import S3, WHOLE, sent, tasks

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


# --- known is who is matched ------------------------------------------------------------------------

NAMES = WHOLE + "Ben,ben@x.example,11/02/2020 16:00,11/02/2020 18:00,120\n"


async def of_third(world: World) -> dict[str, tuple[int, bool, int]]:
    """Registration → what was settled last of the third session."""
    return {who: of for (who, session), of in (await world.settled()).items() if session == "s3"}


async def match(world: World, name: str, registration_id: str) -> None:
    queue = (await world.http.get("/attendance/v1/unmatched")).json()["items"]
    [one] = [one for one in queue if one["name"] == name]
    answer = await world.http.post(
        f"/attendance/v1/unmatched/{one['id']}/match",
        json={"registration_id": registration_id, "reason": "By the address."},
    )
    assert answer.status_code == 200, answer.text


async def test_a_file_of_names_waits_for_the_human_who_matches_them(enrolled: World) -> None:
    await enrolled.at("2020-11-02T23:05:00Z")
    await sent(enrolled, NAMES)
    await enrolled.at("2020-11-02T23:06:00Z")
    assert ((await enrolled.view("s3"))["state"], await of_third(enrolled)) == ("open", {})
    assert {"no-evidence", "participants-unmatched"} <= set(await tasks(enrolled))
    [task] = [t for t in await enrolled.asked() if t["kind"] == "participants-unmatched"]
    assert (task["about"], task["due_at"]) == (ABOUT, "2020-11-03T00:00:00Z")
    await match(enrolled, "Ada", "ada")
    await enrolled.at("2020-11-02T23:59:59Z")
    assert await of_third(enrolled) == {}
    await match(enrolled, "Ben", "ben")
    await enrolled.swept()
    assert await answered(enrolled) == ["done"]
    assert "participants-unmatched" not in await tasks(enrolled)
    await enrolled.at("2020-11-03T00:00:00Z")
    assert await of_third(enrolled) == {"ada": (7200, True, 1), "ben": (7200, True, 1)}
    assert await answered(enrolled) == ["done"]
    assert "participants-unmatched" not in await tasks(enrolled)


async def test_who_has_matched_all_completes_by_hand_and_waits_no_longer(enrolled: World) -> None:
    await enrolled.at("2020-11-02T23:05:00Z")
    await sent(enrolled, NAMES)
    await enrolled.at("2020-11-02T23:06:00Z")
    await match(enrolled, "Ada", "ada")
    await match(enrolled, "Ben", "ben")
    assert (await enrolled.complete("s3")).status_code == 200
    await enrolled.swept()
    assert await of_third(enrolled) == {"ada": (7200, True, 1), "ben": (7200, True, 1)}


async def test_the_hosts_own_coming_tells_of_nobody_who_is_expected(enrolled: World) -> None:
    await enrolled.at("2020-11-02T21:00:00Z")
    await enrolled.observe(saw("h", "joined", "2020-11-02T20:55:00Z", participant_id="the-host"))
    await enrolled.at("2020-11-02T23:15:00Z")
    assert ((await enrolled.view("s3"))["state"], len(await asked(enrolled))) == ("open", 1)
    assert "participants-unmatched" in await tasks(enrolled)


@pytest.mark.parametrize(
    ("known", "strangers", "state"), [(2, 3, "open"), (2, 2, "completed"), (4, 3, "completed")]
)
async def test_where_more_may_wait_than_are_known_it_waits_for_them_too(
    enrolled: World, known: int, strangers: int, state: str
) -> None:
    """Of five."""
    more = ("cleo", "dora", "eve")
    await enrolled.hears(*(f(r) for r in more for f in (requested, confirmed)))
    await enrolled.at("2020-11-02T21:30:00Z")
    people = [("ada", "ben", *more)[n] for n in range(known)]
    seen = [saw(who, "joined", "2020-11-02T21:00:00Z", registration_id=who) for who in people]
    lost = [f"lost-{n}" for n in range(strangers)]
    seen += [saw(who, "joined", "2020-11-02T21:00:00Z", participant_id=who) for who in lost]
    await enrolled.observe(*seen)
    await enrolled.at("2020-11-02T23:15:00Z")
    assert ((await enrolled.view("s3"))["state"], await asked(enrolled)) == (state, [])
    assert "participants-unmatched" in await tasks(enrolled)
    await enrolled.at("2020-11-03T00:00:00Z")
    assert (await enrolled.view("s3"))["state"] == "completed"


async def test_where_nobody_is_expected_any_more_the_question_ends(silent: World) -> None:
    given = [of(RegistrationShareDue, r, session_id="s3", course_id=COURSE) for r in ("ada", "ben")]
    await silent.hears(*given)
    await silent.at("2020-11-03T00:00:00Z")
    assert ((await silent.view("s3"))["state"], await answered(silent)) == ("completed", ["done"])


# --- a report in parts ------------------------------------------------------------------------------


async def test_the_parts_of_a_report_that_comes_late_are_waited_for(silent: World) -> None:
    await silent.at("2020-11-02T23:20:00Z")
    await silent.report("s3", interval("ada", "21:00", "23:00"))
    await silent.at("2020-11-02T23:20:30Z")
    await silent.report("s3", interval("ben", "21:00", "23:00"))
    await silent.at("2020-11-02T23:21:29Z")
    assert await of_third(silent) == {}
    await silent.at("2020-11-02T23:21:30Z")
    assert await of_third(silent) == {"ada": (7200, True, 1), "ben": (7200, True, 1)}


async def test_the_sheets_of_a_room_typed_the_next_morning_are_waited_for(world: World) -> None:
    room = sessions(s3={"delivery": "in_person", "meeting": None, "location": "Room 1"})
    people = [f(r) for r in ("ada", "ben") for f in (requested, confirmed)]
    await world.hears(course(sessions=room), *people)
    for second, who in ((0, "ada"), (20, "ben")):
        await world.at(f"2020-11-03T14:00:{second:02}Z")
        lines = {"registration_id": who, "signed_in": "16:00", "signed_out": "18:00"}
        answer = await world.http.post(f"{S3}/sheet", json={"lines": [lines]})
        assert answer.status_code == 202, answer.text
    await world.at("2020-11-03T14:01:20Z")
    assert await of_third(world) == {"ada": (7200, True, 1), "ben": (7200, True, 1)}


async def test_who_sends_parts_without_end_puts_off_nothing_for_ever(silent: World) -> None:
    for minute, second in ((59, 30), (59, 59)):
        await silent.at(f"2020-11-02T23:{minute}:{second}Z")
        await silent.report("s3", interval("ada", "21:00", f"22:{second}"))
    await silent.at("2020-11-03T00:00:50Z")
    assert await of_third(silent) == {}
    await silent.report("s3", interval("ben", "21:00", "23:00"))
    await silent.at("2020-11-03T00:01:00Z")
    assert (await of_third(silent))["ben"] == (7200, True, 1)
