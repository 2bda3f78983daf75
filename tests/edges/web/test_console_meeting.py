"""The meeting of a session is swapped: said before, done once, refused where it is over."""

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
from tests.edges.web.test_console_today import plain
from tests.stage import StillClock

SESSION = f"/console/courses/{COURSE}/sessions/s1"
PAGE = f"{SESSION}/meeting"
OWNER = f"/attendance/v1/sessions/{COURSE}/s1"
STANDS = {"meeting_id": "841", "url": "https://zoom.example/j/841"}
LIVE: dict[str, Any] = {
    "state": "open", "expected": 340, "in_room": 314, "unmatched": 0, "present": 0,
    "meeting": STANDS, "records": [],
}  # fmt: skip
OTHER = {"meeting": "819", "url": "https://zoom.example/j/819?pwd=x"}


@pytest.fixture
async def desk(web: Service, owners: Played, tell: Tell, clock: StillClock) -> Service:
    await tell(CoursePublished.model_validate(CoursePublished.example))
    clock.time = datetime(2020, 10, 19, 20, 30, tzinfo=UTC)
    owners.on("GET", OWNER, (200, LIVE))
    owners.on("PUT", f"{OWNER}/meeting", (200, LIVE))
    return web


async def test_what_follows_is_said_before_and_it_is_swapped_once(
    desk: Service, owners: Played
) -> None:
    async with staff(desk, "coordinator") as client:
        asked = await client.get(PAGE)
        assert 'value="841"' in asked.text
        assert "Now it is 841, at https://zoom.example/j/841 ." in plain(asked.text)
        seen = await client.post(PAGE, data={"csrf": csrf(asked.text), **OTHER})
        assert seen.status_code == 200
        said = plain(seen.text)
        assert "Every join link of this session leads there from then on" in said
        assert "340 people are expected" in said
        assert "314 are in the room." in said
        assert not owners.calls(f"{OWNER}/meeting")
        sure = hidden(seen.text) | {"sure": "yes"}
        done = await client.post(PAGE, data=sure)
        assert done.headers["location"] == f"{SESSION}?done=swapped"
        await client.post(PAGE, data=sure)
        back = plain((await client.get(done.headers["location"])).text)
        assert "The meeting is swapped: every join link leads there now." in back
    first, again = owners.calls(f"{OWNER}/meeting")
    assert first.body == {"meeting_id": "819", "url": "https://zoom.example/j/819?pwd=x"}
    assert first.key == again.key
    assert in_whose_name(first) == "console:u-17"


async def test_the_same_meeting_at_another_address_is_told_to_nobody(desk: Service) -> None:
    async with staff(desk, "coordinator") as client:
        form = {"csrf": csrf((await client.get(PAGE)).text), "meeting": "841", "url": OTHER["url"]}
        said = plain((await client.post(PAGE, data=form)).text)
    assert "nobody is told, and nobody counts as having left" in said


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"meeting": "", "url": "https://z.example"}, "Say by which id the platform knows"),
        ({"meeting": "x" * 201, "url": "https://z.example"}, "at most 200 letters"),
        ({"meeting": "8", "url": "javascript:alert(1)"}, "Say its whole address"),
        ({"meeting": "8", "url": "zoom.example/j/8"}, "Say its whole address"),
        ({"meeting": "8", "url": "https://z.example/a b"}, "Say its whole address"),
        (
            {"meeting": "841", "url": STANDS["url"]},
            "That meeting stands behind the join links already.",
        ),
    ],
)
async def test_what_is_no_meeting_is_said_and_what_was_typed_kept(
    desk: Service, owners: Played, typed: dict[str, str], told: str
) -> None:
    async with staff(desk, "coordinator") as client:
        token = {"csrf": csrf((await client.get(PAGE)).text)}
        page = await client.post(PAGE, data=token | typed)
        # Nor is it done where somebody sends it as if it had been seen.
        if "stands behind" not in told:
            await client.post(PAGE, data=token | typed | {"sure": "yes"})
    assert page.status_code == 422
    assert told in plain(page.text)
    assert f'value="{typed["url"]}"' in page.text
    assert not owners.calls(f"{OWNER}/meeting")


async def test_of_a_session_that_is_over_nothing_is_offered_and_the_owner_refuses(
    desk: Service, owners: Played
) -> None:
    refused = problem("session-over", 409, "This session is completed.")
    owners.on("PUT", f"{OWNER}/meeting", (409, refused))
    async with staff(desk, "coordinator") as client:
        seen = await client.post(PAGE, data={"csrf": csrf((await client.get(PAGE)).text), **OTHER})
        owners.on("GET", OWNER, (200, LIVE | {"state": "completed"}))
        done = await client.post(PAGE, data=hidden(seen.text) | {"sure": "yes"})
    assert done.status_code == 409
    assert "This session is completed." in plain(done.text)
    assert 'name="meeting"' not in done.text


async def test_attendance_away_keeps_what_was_sent_as_the_same_request(
    desk: Service, owners: Played
) -> None:
    async with staff(desk, "coordinator") as client:
        seen = await client.post(PAGE, data={"csrf": csrf((await client.get(PAGE)).text), **OTHER})
        owners.down.add("attendance")
        page = await client.post(PAGE, data=hidden(seen.text) | {"sure": "yes"})
    assert page.status_code == 503
    assert "Whether it was done is not known." in plain(page.text)
    kept = hidden(page.text)
    assert (kept["meeting"], kept["key"]) == ("819", hidden(seen.text)["key"])


async def test_without_a_meeting_and_for_whom_it_is_not(desk: Service, owners: Played) -> None:
    owners.on("GET", OWNER, (200, LIVE | {"meeting": None}))
    async with staff(desk, "coordinator") as client:
        assert "None is known yet" in plain((await client.get(PAGE)).text)
        elsewhere = PAGE.replace("s1", "s9")
        assert (await client.get(elsewhere)).status_code == 404
    async with staff(desk, "finance", word="another word") as client:
        assert (await client.get(PAGE)).status_code == 403
