"""Order across topics must not matter: any shuffle of the same facts ends in the same state."""

import random
from typing import Any

import pytest

from shared.contracts.partners import PartnerAttendanceReported
from shared.contracts.registration import CourseCancelled, RegistrationCancelled
from tests.edges.attendance.conftest import (
    COURSE,
    World,
    confirmed,
    course,
    of,
    requested,
    saw,
)


def told(item: str, registration_id: str | None, **changes) -> PartnerAttendanceReported:
    return PartnerAttendanceReported.model_validate(
        PartnerAttendanceReported.example
        | {
            "item_id": item,
            "session_id": "s3",
            "registration_id": registration_id,
            "joined_at": "2020-11-02T21:00:00Z",
            "left_at": "2020-11-02T23:00:00Z",
        }
        | changes
    )


def named(id_: str, kind: str, at: str, **more):
    return saw(id_, kind, at, course_id=COURSE, session_id="s3", **more)


@pytest.mark.parametrize("seed", range(6))
async def test_any_order_of_topics_ends_in_the_same_settlement(world: World, seed: int) -> None:
    """Each list keeps its order, as a topic keeps it for a key; how they interleave is chance."""
    pick = random.Random(seed)
    queues: list[list[tuple[str, Any]]] = [
        [("hears", course()), ("hears", course(2))],
        [("hears", requested("ada")), ("hears", confirmed("ada"))],
        [("hears", requested("ben")), ("hears", confirmed("ben"))],
        [("hears", requested("cy")), ("hears", confirmed("cy"))],
        [("hears", told("i1", "cy"))],
        [("observe", named("1", "joined", "2020-11-02T21:00:00Z", registration_id="ada"))],
        [("observe", named("2", "left", "2020-11-02T22:50:00Z", registration_id="ada"))],
        [("observe", named("3", "joined", "2020-11-02T21:30:00Z", registration_id="ben"))],
        [("sweep", None), ("sweep", None), ("sweep", None)],
    ]
    world.clock.time = world.clock.time.replace(month=11, day=3)
    while any(queues):
        verb, what = pick.choice([queue for queue in queues if queue]).pop(0)
        if verb == "hears":
            await world.hears(what)
        elif verb == "observe":
            await world.observe(what)
        else:
            await world.swept()
    await world.at("2020-11-03T13:00:10Z")
    settled = {key: value[:2] for key, value in (await world.settled()).items()}
    assert settled["ada", "s3"] == (6600, True)
    assert settled["ben", "s3"] == (5400, False)
    assert settled["cy", "s3"] == (7200, True)
    assert settled["ada", "s1"] == (0, False)
    assert len(settled) == 9
    view = await world.view("s3")
    assert (view["expected"], view["present"], view["unmatched"]) == (3, 2, 0)
    # A human may have been called while a registration was not known; by now all has come right.
    opened = [task["task_id"] for task in await world.asked()]
    assert [task["task_id"] for task in await world.answered()] == opened


async def test_evidence_of_an_unknown_course_waits_for_it(world: World) -> None:
    world.clock.time = world.clock.time.replace(month=11, day=2, hour=21)
    answer = await world.observe(
        named("1", "joined", "2020-11-02T21:00:00Z", registration_id="ada"),
        saw("2", "joined", "2020-11-02T21:00:00Z", registration_id="ada"),
    )
    # With its session named it is kept; a meeting that nobody knows says nothing.
    assert answer["accepted"] == 1
    assert answer["refused"] == [
        {"index": 1, "detail": "No session is known for meeting 8800000003."}
    ]
    view = await world.view("s3")
    assert (view["state"], view["unmatched"], view["records"]) == ("stub", 1, [])
    await world.hears(requested("ada"), confirmed("ada"), course())
    await world.at("2020-11-02T23:15:00Z")
    assert (await world.settled())["ada", "s3"] == (7200, True, 1)
    # The platform repeats what was refused once the course is known.
    again = saw("2", "left", "2020-11-02T21:00:00Z", registration_id="ada")
    assert (await world.observe(again))["accepted"] == 1


async def test_a_repeated_event_and_an_older_version_change_nothing(world: World) -> None:
    first, second = course(1), course(2, title="A better title")
    ids = ["0192a0b0-5c1e-7a10-8f00-0000000000a1", "0192a0b0-5c1e-7a10-8f00-0000000000a2"]
    await world.hears(second, first, ids=ids)
    await world.hears(second, first, second, ids=[ids[0], ids[1], ids[0]])
    async with world.db.acquire() as con:
        assert await con.fetchval("SELECT title FROM courses") == "A better title"
        assert await con.fetchval("SELECT count(*) FROM inbox") == 2
        # doors, completions, looks for meetings, and how long evidence is kept
        assert await con.fetchval("SELECT count(*) FROM due") == 13


async def test_a_cancelled_course_has_nothing_due_but_the_end_of_its_evidence(world: World) -> None:
    await world.hears(course())
    await world.hears(
        CourseCancelled.model_validate(CourseCancelled.example | {"version": 3}), course(2)
    )
    async with world.db.acquire() as con:
        assert await con.fetchval("SELECT array_agg(kind) FROM due") == ["expire_evidence"]
    assert (await world.view("s1"))["state"] == "cancelled"


async def test_a_partners_person_without_a_registration_waits_for_a_human(world: World) -> None:
    await world.hears(course())
    await world.hears(
        told("i1", None, attendee={"name": "Ada Example", "email": "ada@learners.example"})
    )
    [waiting] = (await world.http.get("/attendance/v1/unmatched")).json()["items"]
    assert (waiting["name"], waiting["session_id"]) == ("Ada Example", "s3")
    assert waiting["evidence"] == [
        {
            "kind": "interval",
            "at": "2020-11-02T21:00:00Z",
            "until": "2020-11-02T23:00:00Z",
            "source": "partner",
        }
    ]


async def test_a_cancellation_heard_before_its_registration_still_ends_it(world: World) -> None:
    await world.hears(course())
    await world.hears(of(RegistrationCancelled, "ada"))
    await world.hears(requested("ada"), confirmed("ada"))
    await world.at("2020-10-19T22:15:00Z")
    assert await world.settled() == {}


async def test_what_had_ended_when_its_course_was_cancelled_is_still_settled(
    enrolled: World,
) -> None:
    await enrolled.at("2020-10-19T22:05:00Z")  # after the first session, before its report
    gone = CourseCancelled.example | {"version": 3, "cancelled_at": "2020-10-19T22:05:00Z"}
    await enrolled.hears(CourseCancelled.model_validate(gone))
    await enrolled.at("2020-11-10T00:00:00Z")
    states = [(await enrolled.view(each))["state"] for each in ("s1", "s2", "s3", "s4")]
    assert states == ["completed", "cancelled", "cancelled", "cancelled"]
