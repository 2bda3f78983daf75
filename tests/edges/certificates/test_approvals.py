"""The approvals calendar: staff are asked in time, and no longer than it matters."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from shared.contracts import reference
from shared.contracts.registration import CourseCancelled
from tests.edges.certificates.facts import BOARDS, course, with_board
from tests.stage import killed_at

PATH = "/certificates/v1/approvals"
KIND = "approval-ending"


def ending(until: str, **more: Any) -> list[dict[str, Any]]:
    """Of all boards only NBCC's approval ends while the course goes on."""
    return with_board("NBCC", approved_to=until, **more)


@pytest.fixture
async def summer(world):
    world.clock.time = datetime.fromisoformat("2020-07-01T12:00:00+00:00")
    return world


async def tasks(world: Any) -> list[tuple[str, str]]:
    """(kind, what) of those that are open, in order."""
    opened = [one for one in await world.said("task.opened") if one["kind"] == KIND]
    closed = {one["task_id"] for one in await world.said("task.closed")}
    return [(one["about"]["board"], one["what"]) for one in opened if one["task_id"] not in closed]


async def test_staff_are_asked_90_and_30_days_before_and_not_once_the_course_is_over(summer):
    await summer.hears(course(boards=ending("2020-10-31")))
    await summer.rests()
    assert await tasks(summer) == []
    await summer.at("2020-08-02T03:59:00Z")
    assert await tasks(summer) == [], "it is 1 August in New York"
    await summer.at("2020-08-02T04:00:00Z")
    [first] = await tasks(summer)
    assert first[1] == (
        "The approval of NBCC no. SAMPLE-0000 ends on Saturday, 31 October 2020; 2 sessions are "
        "later and earn nothing under it. Renew it, and publish the course with its new end."
    )
    await summer.at("2020-10-01T04:00:00Z")
    assert len(await tasks(summer)) == 1, "the second takes the first one's place"
    assert len([one for one in await summer.said("task.opened") if one["kind"] == KIND]) == 2
    await summer.at("2020-11-09T23:00:00Z")
    assert len(await tasks(summer)) == 1
    await summer.at("2020-11-10T12:00:00Z")
    assert await tasks(summer) == []
    assert (await summer.said("task.closed"))[-1]["outcome"] == "course over"
    assert await summer.rows("SELECT kind FROM due WHERE kind = 'look_at_approvals'") == []


async def test_an_approval_that_is_renewed_needs_nobody_and_one_that_moved_is_asked_for_anew(
    summer,
):
    await summer.hears(course(boards=ending("2020-09-01")))
    await summer.rests()
    assert len(await tasks(summer)) == 1
    await summer.hears(course(version=2, boards=ending("2020-09-10")))
    await summer.rests()
    [(_, moved)] = await tasks(summer)
    assert "Thursday, 10 September 2020" in moved
    await summer.hears(course(version=3, boards=ending("2022-12-31")))
    await summer.rests()
    assert await tasks(summer) == []
    assert await summer.rows("SELECT kind FROM due WHERE kind = 'look_at_approvals'") == []
    await summer.hears(course(version=2, boards=ending("2020-09-10")))
    await summer.rests()
    assert await tasks(summer) == [], "an older version that comes late moves nothing"


@pytest.mark.parametrize("how", ["dropped", "cancelled"])
async def test_a_board_that_is_dropped_or_a_course_that_is_cancelled_ends_it(summer, how):
    await summer.hears(course(boards=ending("2020-09-01")))
    await summer.rests()
    without = [one for one in BOARDS if one["board"] != "NBCC"]
    change = course(version=2, boards=without)
    if how == "cancelled":
        said = CourseCancelled.example | {"version": 2, "boards": ending("2020-09-01")}
        change = CourseCancelled.model_validate(said)
    await summer.hears(change)
    await summer.rests()
    assert await tasks(summer) == []
    assert (await summer.http.get(PATH)).json()["items"] == []


async def test_a_recording_needs_its_approval_until_the_last_day_it_can_be_watched(summer):
    window = reference.SESSIONS[0] | {
        "delivery": "recorded",
        "starts_at": "2020-07-01T04:00:00Z",
        "ends_at": "2021-07-02T03:59:00Z",
        "date": "2020-07-01",
    }
    boards = [BOARDS[0] | {"formats": ["recorded"], "approved_to": "2021-07-01"}]
    await summer.hears(course(boards=boards, sessions=[window], delivery="recorded"))
    await summer.at("2021-04-02T03:59:00Z")
    assert await tasks(summer) == [], "2021-04-02 has not begun in New York"
    await summer.at("2021-04-02T04:00:00Z")
    assert len(await tasks(summer)) == 1
    [item] = (await summer.http.get(PATH)).json()["items"]
    assert (item["until"], item["needed_until"]) == ("2021-07-01", "2021-07-01")
    assert (item["days_left"], item["warning"], item["sessions_after"]) == (90, 90, [])
    await summer.at("2021-07-02T04:00:00Z")
    assert await tasks(summer) == []


async def test_a_crash_before_the_task_is_kept_asks_once_all_the_same(summer):
    await summer.hears(course(boards=ending("2020-09-01")))
    with killed_at("batch.flushed"):
        await summer.swept()
    assert await tasks(summer) == []
    await summer.rests()
    assert len(await tasks(summer)) == 1


async def test_the_calendar_shows_what_ends_first_by_pages_and_to_operators_only(summer):
    two = [
        one | {"approved_to": {"NBCC": "2020-10-31", "APA": "2020-10-20"}.get(one["board"])}
        for one in BOARDS
    ]
    await summer.hears(course(boards=two))
    await summer.hears(course(course_id="another", boards=ending("2020-10-25")))
    assert (await summer.http.get(PATH)).json() == {"items": [], "next": None}
    everything = (await summer.http.get(PATH, params={"within_days": 200})).json()
    shown = [(i["until"], i["course_id"], i["board"], i["days_left"]) for i in everything["items"]]
    assert shown == [
        ("2020-10-20", reference.COURSE_ID, "APA", 111),
        ("2020-10-25", "another", "NBCC", 116),
        ("2020-10-31", reference.COURSE_ID, "NBCC", 122),
    ]
    assert everything["items"][2] == {
        "course_id": reference.COURSE_ID,
        "title": reference.COURSE["title"],
        "board": "NBCC",
        "holder": "Praxis CET",
        "number": "SAMPLE-0000",
        "until": "2020-10-31",
        "days_left": 122,
        "needed_until": "2020-11-09",
        "sessions_after": ["s3", "s4"],
        "warning": None,
    }
    pages, after = [], ""
    while after is not None:
        query = {"within_days": 200, "limit": 2, "after": after}
        page = (await summer.http.get(PATH, params=query)).json()
        pages.append([one["until"] for one in page["items"]])
        after = page["next"]
    assert pages == [["2020-10-20", "2020-10-25"], ["2020-10-31"]]
    assert (await summer.client().get(PATH)).status_code == 401
    assert (await summer.http.get(PATH, params={"within_days": -1})).status_code == 422


async def test_an_approval_that_ended_stays_on_the_calendar_while_the_course_goes_on(summer):
    await summer.hears(course(boards=ending("2020-06-30")))
    await summer.rests()
    [(_, what)] = await tasks(summer)
    assert what.startswith("The approval of NBCC no. SAMPLE-0000 ended on Tuesday, 30 June 2020;")
    [item] = (await summer.http.get(PATH, params={"within_days": 0})).json()["items"]
    assert (item["days_left"], item["warning"]) == (-1, 30)
