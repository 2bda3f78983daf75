"""Somebody's attendance of a session: drawn by its sources, weighed, corrected, and listed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from shared.contracts.registration import CoursePublished
from shared.runtime.service import Service
from tests.edges.web.conftest import Tell
from tests.edges.web.owners import COURSE, Played, problem
from tests.edges.web.staff import csrf, in_whose_name, staff
from tests.edges.web.test_console_acts import hidden
from tests.edges.web.test_console_people import HERE, OURS, WHOLE, R
from tests.edges.web.test_console_today import plain
from tests.stage import StillClock

PAGE = f"{HERE}/attendance/s1"
OWNER = f"/attendance/v1/sessions/{COURSE}/s1/corrections"
# New York, 16:00 to 18:00; one who came at the start, left at 17:00, and came again at 17:30.
RECORD: dict[str, Any] = {
    "course_id": COURSE, "session_id": "s1", "state": "completed", "seconds": 5_400,
    "present": False, "by": "evidence", "instruction_seconds": 7_200, "flagged_seconds": None,
    "rule": {"version": 1, "max_missed_seconds": 900}, "version": 1,
    "evidence": [
        {"source": "report", "joined_at": "2020-10-19T20:00:00Z",
         "left_at": "2020-10-19T21:00:00Z", "inferred": False},
        {"source": "live", "joined_at": "2020-10-19T19:50:00Z",
         "left_at": "2020-10-19T22:00:00Z", "inferred": True},
        {"source": "correction", "joined_at": "2020-10-19T21:30:00Z",
         "left_at": "2020-10-19T22:00:00Z", "inferred": False},
    ],
    "counted": [
        {"from": "2020-10-19T20:00:00Z", "until": "2020-10-19T21:00:00Z"},
        {"from": "2020-10-19T21:30:00Z", "until": "2020-10-19T22:00:00Z"},
    ],
}  # fmt: skip
RULED = {
    "registration_id": R, "number": 2, "kind": "ruling", "seconds": 5_400, "lines": [],
    "by": "console:u-9", "at": "2020-10-20T09:00:00Z", "reason": "The line was down.",
}  # fmt: skip
WEIGHED: dict[str, Any] = {
    "before": {"seconds": 5_400, "present": False}, "after": {"seconds": 6_300, "present": True},
    "instruction_seconds": 7_200, "settled": True, "ruled": False, "waits": False,
    "after_number": 2,
}  # fmt: skip
WHY = {"reason": "She sat in the room."}


@pytest.fixture
async def desk(web: Service, owners: Played, tell: Tell, clock: StillClock) -> Service:
    await tell(CoursePublished.model_validate(CoursePublished.example))
    clock.time = datetime(2020, 10, 20, 12, 0, tzinfo=UTC)
    owners.on("GET", OURS, (200, WHOLE))
    owners.on("GET", f"/attendance/v1/registrations/{R}", (200, {"sessions": [RECORD]}))
    owners.on("GET", OWNER, (200, {"items": [], "next": None}))
    owners.on("POST", f"{OWNER}/preview", (200, WEIGHED))
    owners.on("POST", OWNER, (201, RULED))
    return web


async def test_evidence_is_drawn_by_source_in_the_session_s_zone(desk: Service) -> None:
    async with staff(desk, "coordinator") as client:
        page = (await client.get(PAGE)).text
    said = plain(page).replace("\u202f", " ")
    assert "90 min of 120 min Not present" in said
    assert "Present is who misses at most 15 min." in said
    assert "The report 4:00 PM to 5:00 PM" in said
    assert "Seen while it ran; the report counts instead 3:50 PM to 6:00 PM" in said
    assert "(not every end was seen)" in said
    assert "Added by staff 5:30 PM to 6:00 PM" in said
    assert "What the evidence comes to 4:00 PM to 5:00 PM, 5:30 PM to 6:00 PM" in said
    # From 15:45 to 18:15 the picture is 150 minutes wide: the hours begin at a tenth of it.
    assert '<rect class="hours" x="10.0%" width="80.0%" height="160"/>' in page
    assert '<rect class="there" x="10.0%" width="40.0%" y="60" height="14"/>' in page
    assert '<rect class="aside" x="3.33%" width="86.67%" y="20" height="14"/>' in page
    assert '<rect class="counts" x="70.0%" width="20.0%" y="140" height="14"/>' in page
    assert 'aria-label="Ada Lovelace: seen while it ran;' in page
    assert "<script" not in page.partition("<main")[2]


async def test_times_are_added_once_it_was_seen_what_they_come_to(
    desk: Service, owners: Played
) -> None:
    async with staff(desk, "coordinator") as client:
        form = {"csrf": csrf((await client.get(PAGE)).text), "way": "seen",
                "seen": "17:00 to 17:15\n17:30-18:00", **WHY}  # fmt: skip
        seen = await client.post(PAGE, data=form)
        assert seen.status_code == 200, seen.text
        said = plain(seen.text).replace("\u202f", " ")
        assert "what it would come to at once" in said
        assert "Counts 90 min 105 min By the rule Not present Present" in said
        # What was read, not what was typed.
        day = "Monday, October 19, 2020,"
        for begun, ended in (("5:00", "5:15"), ("5:30", "6:00")):
            assert (
                f"Added: {day} {begun} PM, New York time (EDT), to {day} {ended} PM, New York time"
            ) in said
        assert owners.calls(OWNER)[-1].method == "GET", "nothing is done yet"
        sure = hidden(seen.text) | {"sure": "yes"}
        done = await client.post(PAGE, data=sure)
        assert done.headers["location"] == f"{PAGE}?done=corrected"
        await client.post(PAGE, data=sure)
    first, again = [one for one in owners.calls(OWNER) if one.method == "POST"]
    assert first.body == {
        "registration_id": R, "reason": "She sat in the room.", "after": 2,
        "intervals": [
            {"joined_at": "2020-10-19T21:00:00Z", "left_at": "2020-10-19T21:15:00Z"},
            {"joined_at": "2020-10-19T21:30:00Z", "left_at": "2020-10-19T22:00:00Z"},
        ],
    }  # fmt: skip
    assert first.key
    assert first.key == again.key
    assert in_whose_name(first) == "console:u-17"


@pytest.mark.parametrize(
    ("typed", "body"),
    [
        ({"way": "ruled", "counted": "90"}, {"seconds": 5_400}),
        ({"way": "ruled", "counted": "90:30"}, {"seconds": 5_430}),
        ({"way": "withdraw"}, {"withdraw": True}),
        ({"way": "accept", "flagged": "600"}, {"resolve": "accept", "flagged_seconds": 600}),
        ({"way": "keep", "flagged": "600"}, {"resolve": "keep", "flagged_seconds": 600}),
    ],
)
async def test_whatever_the_owner_takes_may_be_said(
    desk: Service, owners: Played, typed: dict[str, str], body: dict[str, Any]
) -> None:
    async with staff(desk, "admin") as client:
        token = {"csrf": csrf((await client.get(PAGE)).text)}
        seen = await client.post(PAGE, data=token | typed | WHY)
        assert seen.status_code == 200, seen.text
        done = await client.post(PAGE, data=hidden(seen.text) | {"sure": "yes"})
    assert done.status_code == 303
    assert owners.calls(OWNER)[-1].body == {"registration_id": R, **WHY, **body, "after": 2}
    assert owners.calls(f"{OWNER}/preview")[-1].body == {"registration_id": R, **WHY, **body}


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({}, "Choose what is to count."),
        ({"way": "everything"}, "Choose what is to count."),
        ({"way": "seen"}, "Say from when to when"),
        ({"way": "seen", "seen": "16:00\n17:00 to 17:10"}, "Line 1, “16:00”: Say from when"),
        ({"way": "seen", "seen": "17:00 to 16:00"}, "it ends before it begins"),
        ({"way": "seen", "seen": "25:00 to 26:00"}, "25:00 is not on the clock."),
        ({"way": "seen", "seen": ";".join(["16:00-16:01"] * 51)}, "Say at most 50 times"),
        ({"way": "ruled", "counted": "an hour"}, "Say the minutes as a number"),
        ({"way": "ruled", "counted": "-1"}, "Say the minutes as a number"),
        ({"way": "accept", "flagged": "x"}, "Choose what is to count."),
    ],
)
async def test_what_is_no_correction_is_said_beside_its_field_and_nothing_typed_is_lost(
    desk: Service, owners: Played, typed: dict[str, str], told: str
) -> None:
    async with staff(desk, "coordinator") as client:
        token = {"csrf": csrf((await client.get(PAGE)).text)}
        page = await client.post(PAGE, data=token | typed | WHY)
    assert page.status_code == 422
    assert told in plain(page.text)
    assert 'value="She sat in the room."' in page.text
    assert not owners.calls(f"{OWNER}/preview")


async def test_what_another_of_staff_said_meanwhile_is_looked_at_before_it_is_said_again(
    desk: Service, owners: Played
) -> None:
    told = "This attendance was corrected meanwhile: look at it again before you say this."
    owners.on("POST", OWNER, (409, problem("corrected-meanwhile", 409, told)))
    async with staff(desk, "coordinator") as client:
        token = {"csrf": csrf((await client.get(PAGE)).text)}
        form = token | WHY | {"way": "ruled", "counted": "90"}
        seen = await client.post(PAGE, data=form)
        page = await client.post(PAGE, data=hidden(seen.text) | {"sure": "yes"})
        assert page.status_code == 409
        assert told in plain(page.text)
        assert 'name="counted" value="90"' in page.text
        # From there it is weighed anew, over what stands by then.
        owners.on("POST", f"{OWNER}/preview", (200, WEIGHED | {"after_number": 3}))
        anew = await client.post(PAGE, data=form | {"after": "2"})
        assert hidden(anew.text)["after"] == "3"
    assert "after" not in owners.calls(f"{OWNER}/preview")[-1].body


async def test_only_the_session_of_the_page_is_asked_for(desk: Service, owners: Played) -> None:
    async with staff(desk, "coordinator") as client:
        assert (await client.get(PAGE)).status_code == 200
    [asked] = owners.calls(f"/attendance/v1/registrations/{R}")
    assert asked.query == {"session_id": "s1"}


async def test_without_a_reason_nothing_is_asked(desk: Service, owners: Played) -> None:
    async with staff(desk, "coordinator") as client:
        token = {"csrf": csrf((await client.get(PAGE)).text)}
        page = await client.post(PAGE, data=token | {"way": "ruled", "counted": "90"})
    assert page.status_code == 422
    assert "Say why, please." in plain(page.text)


async def test_the_owner_s_refusal_names_the_line(desk: Service, owners: Played) -> None:
    errors = [{"pointer": "/intervals/1", "detail": "is outside the session, or within its breaks"}]
    owners.on("POST", f"{OWNER}/preview", (422, problem("invalid", 422, "No.", errors)))
    async with staff(desk, "coordinator") as client:
        token = {"csrf": csrf((await client.get(PAGE)).text)}
        form = token | WHY | {"way": "seen", "seen": "16:00-16:10\n18:30-18:40"}
        page = await client.post(PAGE, data=form)
    assert page.status_code == 422
    assert "Line 2 is outside the session, or within its breaks." in plain(page.text)
    assert "16:00-16:10\n18:30-18:40</textarea>" in page.text


async def test_what_was_corrected_is_listed_and_a_ruling_that_holds_may_be_taken_back(
    desk: Service, owners: Played
) -> None:
    added = RULED | {"number": 1, "kind": "evidence", "seconds": None, "lines": ["a", "b"],
                     "reason": None}  # fmt: skip
    owners.on("GET", OWNER, (200, {"items": [added, RULED], "next": None}))
    async with staff(desk, "coordinator") as client:
        first = await client.get(PAGE)
        back = RULED | {"number": 3, "kind": "withdrawn", "seconds": None}
        owners.on("GET", OWNER, (200, {"items": [added, RULED, back], "next": None}))
        then = await client.get(f"{PAGE}?done=corrected")
    said = plain(first.text)
    assert "Times added: 2 erased console:u-9" in said
    assert "Minutes ruled: 90 min Holds The line was down. console:u-9" in said
    assert "Take the ruling back: 90 min" in said
    assert owners.calls(OWNER)[0].query["registration_id"] == R
    assert "Take the ruling back" not in plain(then.text)
    assert "Corrected. Where the session is completed" in plain(then.text)


async def test_a_worse_result_that_waits_is_accepted_or_kept_out(
    desk: Service, owners: Played
) -> None:
    flagged = RECORD | {"flagged_seconds": 600}
    owners.on("GET", f"/attendance/v1/registrations/{R}", (200, {"sessions": [flagged]}))
    async with staff(desk, "coordinator") as client:
        page = await client.get(PAGE)
    said = plain(page.text)
    assert "The evidence now says less: 10 min." in said
    assert "Accept the less: 10 min" in said
    assert '<input type="hidden" name="flagged" value="600">' in page.text


async def test_before_it_has_begun_nothing_is_offered(desk: Service, clock: StillClock) -> None:
    clock.time = datetime(2020, 10, 19, 19, 59, tzinfo=UTC)
    async with staff(desk, "coordinator") as client:
        page = await client.get(PAGE)
    assert "Nothing can be corrected before the session has begun." in plain(page.text)
    assert 'name="way"' not in page.text


async def test_attendance_away_keeps_what_was_typed(desk: Service, owners: Played) -> None:
    async with staff(desk, "coordinator") as client:
        token = {"csrf": csrf((await client.get(PAGE)).text)}
        owners.down.add("attendance")
        assert (await client.get(PAGE)).status_code == 200
        page = await client.post(PAGE, data=token | WHY | {"way": "ruled", "counted": "90"})
    assert page.status_code == 503
    assert "Minutes that count" in plain(page.text)
    assert 'name="counted" value="90"' in page.text


async def test_a_session_that_is_none_is_missing(desk: Service) -> None:
    async with staff(desk, "coordinator") as client:
        assert (await client.get(f"{HERE}/attendance/s9")).status_code == 404


async def test_more_than_was_taught_is_said_in_minutes(desk: Service, owners: Played) -> None:
    errors = [{"pointer": "/seconds", "detail": "the session has 7200 seconds"}]
    owners.on("POST", f"{OWNER}/preview", (422, problem("invalid", 422, "No.", errors)))
    async with staff(desk, "coordinator") as client:
        token = {"csrf": csrf((await client.get(PAGE)).text)}
        page = await client.post(PAGE, data=token | WHY | {"way": "ruled", "counted": "121"})
    assert "Nobody attends more than was taught: say fewer minutes." in plain(page.text)


@pytest.mark.parametrize("role", ["finance", "viewer"])
async def test_only_who_runs_courses_may(desk: Service, role: str) -> None:
    async with staff(desk, role) as client:
        assert (await client.get(PAGE)).status_code == 403
