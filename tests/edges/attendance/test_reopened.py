"""A session that was completed by its former times before its move was heard (decision 118)."""

import uuid
from typing import Any

import httpx
import pytest

from shared.contracts.event import Event
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
from tests.edges.attendance.test_corrections import interval
from tests.stage import killed_at

ABOUT = {"course_id": COURSE, "session_id": "s3"}
# The third session is 2020-11-02 21:00–23:00Z; it is moved to the next day, same hours.
NEXT_DAY = {
    "starts_at": "2020-11-03T21:00:00Z",
    "ends_at": "2020-11-03T23:00:00Z",
    "date": "2020-11-03",
}


def moved(version: int = 2, schedule_version: int = 2, **changes: Any) -> Event:
    s3 = NEXT_DAY | {"schedule_version": schedule_version} | changes
    return course(version, sessions=sessions(s3=s3))


async def late(world: World) -> None:
    """Attendance was away from noon to one in the morning, and has heard nothing but its clock."""
    await world.at("2020-11-02T12:00:00Z")
    await world.at("2020-11-03T01:00:00Z", sweep=False)


async def of_third(world: World) -> list[tuple[str, int, bool, int, str]]:
    """What was said of each at the third session, in order."""
    return [
        (s["registration_id"], s["seconds"], s["present"], s["evidence_version"], s["by"])
        for s in await world.said("attendance.settled.v1")
        if s["session_id"] == "s3"
    ]


async def completions(world: World) -> list[tuple[str, str, str, int]]:
    """(start, completed at, said at, present) of the third session, in order."""
    return [
        (c["starts_at"], c["completed_at"], c["settled_at"], c["present"])
        for c in await world.said("session.completed.v1")
        if c["session_id"] == "s3"
    ]


async def asked(world: World, kind: str = "moved-after-completed") -> list[dict[str, Any]]:
    told = await world.said("task.opened.v1")
    return [task for task in told if task["kind"] == kind and task["about"] == ABOUT]


async def answered(world: World, kind: str = "moved-after-completed") -> list[str]:
    told = await world.said("task.closed.v1")
    return [t["outcome"] for t in told if t["kind"] == kind and t["about"] == ABOUT]


async def reopen(world: World, key: str | None = None, **body: Any) -> httpx.Response:
    return await world.http.post(
        f"/attendance/v1/sessions/{COURSE}/s3/reopen",
        json=body or {"reason": "It is held on Tuesday."},
        headers={"Idempotency-Key": key or uuid.uuid4().hex},
    )


async def stands(world: World) -> tuple[str, str, str | None]:
    view = await world.view("s3")
    return view["state"], view["starts_at"], view["completed_at"]


PLANNED = ("planned", "2020-11-03T21:00:00Z", None)


# --- nobody was settled as present: by itself ---------------------------------------------------


@pytest.mark.parametrize("heard", ["in time", "before the clock", "after the clock"])
async def test_the_order_of_move_and_clock_makes_no_difference(enrolled: World, heard: str) -> None:
    world = enrolled
    if heard == "in time":
        await world.at("2020-11-02T22:00:00Z")
        await world.hears(moved())
    await late(world)
    if heard == "before the clock":
        await world.hears(moved())
    await world.swept()
    if heard == "after the clock":
        assert (await stands(world))[0] == "completed"
        assert [who[1:3] for who in await of_third(world)] == [(0, False), (0, False)]
        await world.hears(moved())
        await world.swept()
    assert await stands(world) == PLANNED

    await world.at("2020-11-03T20:45:00Z")
    assert (await stands(world))[0] == "open"
    await world.at("2020-11-03T22:00:00Z")
    await world.observe(saw("1", "joined", "2020-11-03T21:00:00Z", registration_id="ada"))
    await world.at("2020-11-03T23:15:00Z")
    settled = await world.settled()
    assert (settled["ada", "s3"][:2], settled["ben", "s3"][:2]) == ((7200, True), (0, False))
    view = await world.view("s3")
    assert (view["state"], view["completed_at"]) == ("completed", "2020-11-03T23:15:00Z")
    assert view["rule"] == {"version": 1, "max_missed_seconds": 900}
    last = (await completions(world))[-1]
    assert last == ("2020-11-03T21:00:00Z", "2020-11-03T23:15:00Z", "2020-11-03T23:15:00Z", 1)
    assert await asked(world) == []
    # Of the former time nothing is asked any more, and nothing of it is due.
    open_ = await world.rows(
        "SELECT kind FROM tasks WHERE scope = $1 AND closed_at IS NULL", f"{COURSE}/s3"
    )
    assert open_ == []
    await world.at("2020-11-06T00:00:00Z")
    assert (await completions(world))[-1] == last
    assert await world.settled() == settled


async def test_what_was_settled_by_the_former_time_is_no_measure(enrolled: World) -> None:
    """Ada looked in for five minutes of the evening on which nobody was taught."""
    world = enrolled
    await world.at("2020-11-02T22:00:00Z")
    await world.observe(
        saw("1", "joined", "2020-11-02T21:00:00Z", registration_id="ada"),
        saw("2", "left", "2020-11-02T21:05:00Z", registration_id="ada"),
    )
    await late(world)
    await world.swept()
    assert ("ada", 300, False, 1, "evidence") in await of_third(world)
    await world.hears(moved(rule={"version": 2, "max_missed_seconds": 600}))
    view = await world.view("s3")
    of_ada = next(one for one in view["records"] if one["registration_id"] == "ada")
    assert (of_ada["seconds"], of_ada["version"], view["rule"]["version"]) == (0, 0, 2)
    await world.at("2020-11-04T00:15:00Z")
    assert (await of_third(world))[2:] == [
        ("ada", 0, False, 2, "evidence"),
        ("ben", 0, False, 2, "evidence"),
    ]
    said = [s for s in await world.said("attendance.settled.v1") if s["session_id"] == "s3"]
    assert {s["session_starts_at"] for s in said[2:]} == {"2020-11-03T21:00:00Z"}
    assert {s["rule"]["version"] for s in said[2:]} == {2}
    assert "attendance-worse" not in {task["kind"] for task in await world.said("task.opened.v1")}


async def test_a_move_that_is_heard_when_its_new_time_is_over_too(enrolled: World) -> None:
    """What came of the new time counts, and everything is said once more, at once."""
    world = enrolled
    await late(world)
    await world.swept()
    await world.at("2020-11-05T09:00:00Z", sweep=False)
    await world.report("s3", interval("ada", "21:00", "23:00") | _on("2020-11-03"))
    await world.hears(moved())
    await world.swept()
    assert (await of_third(world))[2:] == [
        ("ada", 7200, True, 2, "evidence"),
        ("ben", 0, False, 2, "evidence"),
    ]
    assert [c[0] for c in await completions(world)] == [
        "2020-11-02T21:00:00Z",
        "2020-11-03T21:00:00Z",
    ]


def _on(day: str) -> dict[str, str]:
    return {"joined_at": f"{day}T21:00:00Z", "left_at": f"{day}T23:00:00Z"}


async def test_a_walk_that_is_half_done_ends_without_a_word(enrolled: World) -> None:
    world = enrolled
    await late(world)
    while not await world.rows("SELECT 1 FROM due WHERE kind = 'close_session.row'"):
        assert await world.sweep.step()
    # Ada's row is done; then the process is slow, or dies.
    await world.rows(
        "UPDATE due SET due_at = due_at + interval '1 minute' WHERE kind LIKE 'close_session.%'"
        " AND ref NOT LIKE '%/ada' RETURNING 1"
    )
    await world.swept()
    assert await of_third(world) == [("ada", 0, False, 1, "evidence")]
    assert await completions(world) == []
    await world.hears(moved())
    await world.swept()
    assert (await stands(world), await completions(world)) == (PLANNED, [])
    await world.at("2020-11-04T00:15:00Z")
    assert [c[:2] for c in await completions(world)] == [
        ("2020-11-03T21:00:00Z", "2020-11-04T00:00:00Z")
    ]
    assert (await of_third(world))[1:] == [
        ("ada", 0, False, 2, "evidence"),
        ("ben", 0, False, 1, "evidence"),
    ]


async def test_the_end_of_a_former_walk_says_nothing_of_the_new_one(enrolled: World) -> None:
    """Its last deadline was under way when the session was opened again, and came back."""
    world = enrolled
    await late(world)
    await world.swept()
    await world.at("2020-11-05T09:00:00Z", sweep=False)
    await world.hears(moved())
    while (await stands(world))[0] != "completed":
        assert await world.sweep.step()
    await world.rows(
        "INSERT INTO due (kind, ref, due_at, version, payload)"
        " VALUES ('close_session.through', $1, $2, 1, $3) RETURNING id",
        f"{COURSE}/s3",
        world.clock.time,
        ABOUT,
    )
    before = len(await completions(world))
    await world.sweep.step()
    assert len(await completions(world)) == before
    await world.swept()
    assert [c[0] for c in await completions(world)][before:] == ["2020-11-03T21:00:00Z"]


@pytest.mark.parametrize("point", ["batch.flushing", "batch.flushed", "batch.committed"])
async def test_a_crash_while_the_move_is_heard_changes_nothing(enrolled: World, point: Any) -> None:
    world = enrolled
    await late(world)
    await world.swept()
    with killed_at(point):
        await world.hears(moved(), ids=["0192a0b0-0000-7000-8000-000000000118"])
    assert (await stands(world))[0] == ("planned" if point == "batch.committed" else "completed")
    await world.hears(moved(), ids=["0192a0b0-0000-7000-8000-000000000118"])
    await world.hears(moved())
    await world.swept()
    assert await stands(world) == PLANNED
    assert await answered(world, "no-evidence") == ["moved"]
    await world.at("2020-11-04T00:15:00Z")
    assert len(await completions(world)) == 2
    assert (await of_third(world))[2:] == [
        ("ada", 0, False, 2, "evidence"),
        ("ben", 0, False, 2, "evidence"),
    ]


async def test_what_is_no_move_opens_nothing(enrolled: World) -> None:
    world = enrolled
    await late(world)
    await world.swept()
    done = await stands(world)
    same = {"starts_at": "2020-11-02T21:00:00Z", "ends_at": "2020-11-02T23:00:00Z"}
    await world.hears(
        course(2, sessions=sessions(s3={"title": "Another title"})),
        moved(3, 2, **same, date="2020-11-02"),  # there and back, of which only the end is heard
        moved(4, 1),
    )
    await world.swept()
    assert (await stands(world), await asked(world)) == (done, [])


async def test_who_left_before_the_new_time_is_not_expected_then(world: World) -> None:
    from shared.contracts.registration import RegistrationCancelled
    from tests.edges.attendance.conftest import of

    await world.hears(course(), *(f(r) for r in ("ada", "ben") for f in (requested, confirmed)))
    await late(world)
    await world.swept()
    await world.hears(moved())
    await world.hears(of(RegistrationCancelled, "ben", requested_at="2020-11-03T09:00:00Z"))
    await world.at("2020-11-04T00:15:00Z")
    assert (await of_third(world))[2:] == [("ada", 0, False, 2, "evidence")]
    last = [c for c in await world.said("session.completed.v1") if c["session_id"] == "s3"][-1]
    assert last["expected"] == 1


# --- cancelled before, heard after ----------------------------------------------------------------


def cancelled(version: int = 2) -> Event:
    return course(version, sessions=sessions(s3={"status": "cancelled"}))


@pytest.mark.parametrize("heard", ["before the clock", "after the clock"])
async def test_the_order_of_cancellation_and_clock_makes_no_difference(
    enrolled: World, heard: str
) -> None:
    world = enrolled
    await late(world)
    if heard == "before the clock":
        await world.hears(cancelled())
    await world.swept()
    if heard == "after the clock":
        assert (await stands(world))[0] == "completed"
        await world.hears(cancelled())
        await world.swept()
    assert await stands(world) == ("cancelled", "2020-11-02T21:00:00Z", None)
    open_ = await world.rows(
        "SELECT kind FROM tasks WHERE scope = $1 AND closed_at IS NULL", f"{COURSE}/s3"
    )
    assert open_ == []
    said = len(await completions(world))
    await world.at("2020-11-06T00:00:00Z")
    assert len(await completions(world)) == said, "it is not completed again"
    # A later version may bring it back, at another time.
    await world.hears(moved(3, 2, starts_at="2020-11-09T21:00:00Z", ends_at="2020-11-09T23:00:00Z",
                            date="2020-11-09"))  # fmt: skip
    assert await stands(world) == ("planned", "2020-11-09T21:00:00Z", None)


async def test_what_was_held_all_the_same_stays_completed(enrolled: World) -> None:
    world = enrolled
    await world.at("2020-11-02T22:00:00Z")
    await world.observe(saw("1", "joined", "2020-11-02T21:00:00Z", registration_id="ada"))
    await late(world)
    await world.swept()
    await world.hears(cancelled())
    await world.swept()
    assert (await stands(world))[0] == "completed"
    assert ("ada", 7200, True, 1, "evidence") in await of_third(world)


async def test_a_crash_while_the_cancellation_is_heard_changes_nothing(enrolled: World) -> None:
    world = enrolled
    await late(world)
    await world.swept()
    with killed_at("batch.flushing"):
        await world.hears(cancelled(), ids=["0192a0b0-0000-7000-8000-000000000144"])
    assert (await stands(world))[0] == "completed"
    await world.hears(cancelled(), ids=["0192a0b0-0000-7000-8000-000000000144"])
    assert (await stands(world))[0] == "cancelled"


# --- somebody was, or staff completed it: staff are asked -----------------------------------------


@pytest.fixture
async def held(enrolled: World) -> World:
    """Ada was there on Monday, though the course had moved the session to Tuesday."""
    world = enrolled
    await world.at("2020-11-02T22:00:00Z")
    await world.observe(saw("1", "joined", "2020-11-02T21:00:00Z", registration_id="ada"))
    await late(world)
    await world.swept()
    assert ("ada", 7200, True, 1, "evidence") in await of_third(world)
    await world.hears(moved())
    await world.swept()
    return world


async def test_where_somebody_was_present_staff_are_asked_once(held: World) -> None:
    world = held
    assert (await stands(world))[:2] == ("completed", "2020-11-02T21:00:00Z")
    [task] = await asked(world)
    assert task["due_at"] == "2020-11-03T21:00:00Z"
    assert "to 2020-11-03T21:00:00Z until 2020-11-03T23:00:00Z" in task["what"]
    assert "somebody was settled as present" in task["what"]
    assert "session reopen" in task["what"]
    await world.hears(moved(3))
    assert len(await asked(world)) == 1
    # Staff say that it was held by its former time: the same schedule does not ask again.
    closed = await world.http.post(
        f"/attendance/v1/tasks/{task['task_id']}/close",
        json={"reason": "held-on-monday"},
        headers={"Idempotency-Key": "close"},
    )
    assert closed.status_code == 200, closed.text
    await world.hears(moved(4), moved(5, 2, title="Another title"))
    assert len(await asked(world)) == 1
    # Another move is another question.
    later = {"starts_at": "2020-11-04T21:00:00Z", "ends_at": "2020-11-04T23:00:00Z"}
    await world.hears(moved(6, 3, **later, date="2020-11-04"))
    assert [task["due_at"] for task in await asked(world)][1:] == ["2020-11-04T21:00:00Z"]
    assert len(await of_third(world)) == 2


async def test_a_second_move_before_the_answer_asks_of_that_one_alone(held: World) -> None:
    later = {"starts_at": "2020-11-04T21:00:00Z", "ends_at": "2020-11-04T23:00:00Z"}
    await held.hears(moved(3, 3, **later, date="2020-11-04"))
    assert [task["due_at"] for task in await asked(held)] == [
        "2020-11-03T21:00:00Z",
        "2020-11-04T21:00:00Z",
    ]
    assert await answered(held) == ["superseded"]
    assert (await reopen(held)).status_code == 200
    assert (await stands(held))[:2] == ("planned", "2020-11-04T21:00:00Z")


async def test_staff_open_it_again_and_everybody_is_settled_anew(held: World) -> None:
    world = held
    answer = await reopen(world, "once")
    assert answer.status_code == 200, answer.text
    assert (answer.json()["state"], answer.json()["starts_at"]) == PLANNED[:2]
    assert (await reopen(world, "once")).json() == answer.json()
    assert (await reopen(world)).json()["type"].endswith("session-not-moved")
    assert await answered(world) == ["reopened"]
    [audit] = await world.rows("SELECT about, why FROM audit WHERE act = 'session.reopened'")
    assert (audit["about"], audit["why"]) == (f"{COURSE}/s3", "It is held on Tuesday.")
    await world.hears(moved(3))
    await world.at("2020-11-03T22:00:00Z")
    await world.observe(saw("9", "joined", "2020-11-03T21:00:00Z", registration_id="ben"))
    await world.at("2020-11-03T23:15:00Z")
    assert (await of_third(world))[2:] == [
        ("ada", 0, False, 2, "evidence"),
        ("ben", 7200, True, 2, "evidence"),
    ]
    assert [c[1] for c in await completions(world)] == [
        "2020-11-03T01:00:00Z",
        "2020-11-03T23:15:00Z",
    ]
    assert "attendance-worse" not in {task["kind"] for task in await world.said("task.opened.v1")}
    assert len(await asked(world)) == 1


async def test_nobody_answers_and_its_new_end_is_said_all_the_same(held: World) -> None:
    """Others wait for its end by the course's own schedule; nothing is settled by that."""
    world = held
    # Staff may still say how much was taught: that takes the rest away from nobody.
    assert (await world.complete("s3", instruction_minutes=110)).status_code == 200
    await world.at("2020-11-03T23:14:59Z")
    before = await completions(world)
    await world.at("2020-11-03T23:15:00Z")
    [again] = (await completions(world))[len(before) :]
    assert again == (
        "2020-11-02T21:00:00Z",
        "2020-11-03T01:00:00Z",
        "2020-11-03T23:15:00Z",
        1,
    )
    assert await answered(world) == []
    await world.at("2020-11-06T00:00:00Z")
    assert len(await completions(world)) == len(before) + 1


@pytest.mark.parametrize("minutes", [None, 60], ids=["as planned", "cut short"])
async def test_what_staff_completed_by_hand_is_asked_about(
    enrolled: World, minutes: int | None
) -> None:
    world = enrolled
    await world.at("2020-11-02T22:30:00Z")
    body: dict[str, Any] = {"early": True} if minutes is None else {"instruction_minutes": minutes}
    assert (await world.complete("s3", **body)).status_code == 200
    await world.swept()
    await world.hears(moved())
    assert (await stands(world))[0] == "completed"
    [task] = await asked(world)
    assert "staff completed it" in task["what"]
    assert (await reopen(world)).status_code == 200
    view = await world.view("s3")
    assert (view["state"], view["instruction_minutes"], view["completed_by"]) == (
        "planned",
        120,
        None,
    )


async def test_it_is_moved_back_or_cancelled_and_nobody_is_asked_any_more(held: World) -> None:
    back = {"starts_at": "2020-11-02T21:00:00Z", "ends_at": "2020-11-02T23:00:00Z"}
    await held.hears(moved(3, 3, **back, date="2020-11-02"))
    assert await answered(held) == ["moved-back"]
    assert (await reopen(held)).status_code == 409
    await held.hears(moved(4, 4))
    assert len(await asked(held)) == 2
    gone = sessions(s3=NEXT_DAY | {"schedule_version": 5, "status": "cancelled"})
    await held.hears(course(5, sessions=gone))
    assert await answered(held) == ["moved-back", "cancelled"]
    assert (await reopen(held)).status_code == 409
    said = len(await completions(held))
    await held.at("2020-11-06T00:00:00Z")
    assert (len(await completions(held)), (await stands(held))[0]) == (said, "completed")


async def test_a_cancelled_course_asks_no_more(held: World) -> None:
    cancelled = CourseCancelled.example | {
        "course_id": COURSE,
        "version": 3,
        "sessions": sessions(s3=NEXT_DAY | {"schedule_version": 2}),
        "cancelled_at": "2020-11-03T10:00:00Z",
    }
    await held.hears(CourseCancelled.model_validate(cancelled))
    assert await answered(held) == ["cancelled"]


async def test_only_what_was_moved_is_opened_again(enrolled: World) -> None:
    world = enrolled
    unknown = await world.http.post(
        f"/attendance/v1/sessions/{COURSE}/s9/reopen",
        json={"reason": "x"},
        headers={"Idempotency-Key": "unknown"},
    )
    assert (unknown.status_code, unknown.json()["type"][-15:]) == (404, "session-unknown")
    assert (await reopen(world, reason="")).status_code == 422
    assert (await reopen(world)).status_code == 409
    await world.at("2020-11-03T01:00:00Z")
    answer = await reopen(world)
    assert (answer.status_code, answer.json()["type"][-17:]) == (409, "session-not-moved")
    assert await world.rows("SELECT 1 FROM audit WHERE act = 'session.reopened'") == []
