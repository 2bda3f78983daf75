"""Today: what the board shows to whom, what it costs the owners, and what its stream says."""

from __future__ import annotations

import asyncio
import json
import re
from datetime import timedelta
from typing import Any

import pytest
from babel import Locale

from services.web.api import console_today
from services.web.api.console_today import Screens, changes
from services.web.board import Board
from services.web.staff import Desk
from shared.contracts.registration import CourseCancelled, CoursePublished
from shared.runtime.clock import wall
from shared.runtime.database import Reader
from shared.runtime.service import Service
from tests.edges.web.conftest import Tell
from tests.edges.web.owners import COURSE, Played
from tests.edges.web.staff import WHO, in_whose_name, staff
from tests.stage import SECRET, StillClock

OWNERS = ("registration", "billing", "attendance", "certificates", "notifications", "partners")
SESSION = f"/attendance/v1/sessions/{COURSE}/s1"
US = Locale("en", "US")
CALM = {
    "quiet": True, "works": True, "due": {"overdue": 0, "next": None}, "outbox": 0, "lag": 0,
    "in_flight": 0, "clock": "2020-10-19T20:30:00Z",
}  # fmt: skip
SEEN: dict[str, Any] = {
    "state": "open", "expected": 340, "in_room": 312, "in_waiting_room": 4, "unmatched": 2,
    "present": 0, "flagged": 0, "reports": {}, "last_observed_at": "2020-10-19T20:29:40Z",
    "completes_at": "2020-10-19T22:15:00Z",
    "curve": [
        {"at": "2020-10-19T19:45:00Z", "in_room": 0},
        {"at": "2020-10-19T20:00:00Z", "in_room": 120},
        {"at": "2020-10-19T20:30:00Z", "in_room": 312},
    ],
}  # fmt: skip
TASK = {
    "task_id": "t-1", "service": "billing", "kind": "refund-failed", "what": "Ask.", "about": {},
    "number": 1, "opened_at": "2020-10-18T20:30:00Z", "due_at": "2020-10-19T08:00:00Z",
    "closed_at": None,
}  # fmt: skip
MAIL = {
    "as_of": "2020-10-19T20:30:00Z", "soon": 12, "late": 3, "late_since": "2020-10-19T20:10:00Z",
    "waiting": 0, "failed": 1,
    "last_hour": {"sent": 640, "sending": 0, "skipped": 0, "cancelled": 0, "failed": 0},
}  # fmt: skip


@pytest.fixture
def clock() -> StillClock:
    return StillClock("2020-10-19T20:30:00Z")  # half an hour into the first session


@pytest.fixture
async def day(web: Service, owners: Played, tell: Tell) -> Service:
    """A web service on the first session day, every owner in good health."""
    for name in OWNERS:
        owners.on("GET", f"/{name}/health/quiet", (200, CALM))
        owners.on("GET", f"/{name}/v1/tasks", (200, {"items": [], "next": None}))
    for name in (*OWNERS, "web"):
        owners.on("GET", f"/{name}/v1/dead-letters", (200, {"items": [], "next": None}))
    owners.on("GET", "/billing/v1/tasks", (200, {"items": [TASK], "next": None}))
    owners.on("GET", "/notifications/v1/outlook", (200, MAIL))
    owners.on("GET", SESSION, (200, SEEN))
    await tell(CoursePublished.model_validate(CoursePublished.example))
    return web


def plain(html: str) -> str:
    """The words of a page, each once apart."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


async def test_the_session_of_the_day_is_shown_as_its_owners_say(day: Service) -> None:
    async with staff(day, "viewer") as client:
        page = await client.get("/console")
    assert page.status_code == 200
    said = plain(page.text)
    assert "1 session today, 312 in the room now, 2 not matched." in said
    assert "session 1 of 4" in said
    assert "4:00 PM – 6:00 PM" in said.replace("\u202f", " ")
    assert "In the room 312 Registered 340 Unmatched 2 In the lobby 4" in said
    assert "On now" in said
    assert "Platform’s last word 20 s ago" in said
    assert "Completes in 1 h 45 min" in said
    assert "312 of 340 registered are in the room; at most 312 were in at once." in page.text
    assert "Sent in the last hour 640 Due within the hour 12 Late 3 since 20 min" in said
    assert "Open tasks 1 Overdue 1 Late Oldest 1 day ago" in said
    assert said.count("Up to date") == 7
    assert "Monday, October 19, 2020" in said


async def test_it_is_asked_in_the_board_s_name_and_for_counts_alone(
    day: Service, owners: Played
) -> None:
    async with staff(day, "viewer") as client:
        await client.get("/console")
    assert {in_whose_name(asked) for asked in owners.asked} == {"console:board"}
    assert len(owners.calls(SESSION)) == 1


async def test_twenty_consoles_cost_the_owners_what_one_does(day: Service, owners: Played) -> None:
    async with staff(day, "viewer") as client:
        await asyncio.gather(*(client.get("/console") for _ in range(20)))
    counted = {asked.path: len(owners.calls(asked.path)) for asked in owners.asked}
    assert set(counted.values()) == {1}
    assert (
        len(counted) == 6 + 6 + 7 + 3
    )  # healths, tasks, letters; the course, its session, outlook


async def test_an_owner_that_is_away_is_named_and_the_rest_is_shown(
    day: Service, owners: Played
) -> None:
    owners.down = {"attendance", "notifications"}
    async with staff(day, "viewer") as client:
        page = await client.get("/console")
    said = plain(page.text)
    assert page.status_code == 200
    assert "Attendance does not answer just now" in said
    assert "Notifications does not answer just now" in said
    assert "In the room – Registered –" in said
    assert "Attendance Away" in said
    assert "Billing Up to date" in said
    assert "Platform silent" not in said  # nobody knows


async def test_what_stands_behind_says_since_when(day: Service, owners: Played) -> None:
    behind = CALM | {"lag": 4_200, "due": {"overdue": 7, "next": None}}
    owners.on("GET", "/billing/health/quiet", (200, behind))
    owners.on("GET", "/partners/health/quiet", (200, CALM | {"works": False}))
    async with staff(day, "viewer") as client:
        said = plain((await client.get("/console")).text)
    assert "Billing Behind for a few seconds 4,200 0 7" in said
    assert "Partners Up to date – 0 0" in said  # its workers are other processes


async def test_what_went_wrong_today_is_told_with_where_it_is_mended_and_else_nothing(
    day: Service, owners: Played
) -> None:
    board = day.app.state.screens.board
    async with staff(day, "viewer") as client:
        page = (await client.get("/console")).text
        assert "What came up today" not in page, "nothing did"
        today = TASK | {"task_id": "t-2", "opened_at": "2020-10-19T20:00:00Z"}
        owners.on("GET", "/billing/v1/tasks", (200, {"items": [TASK, today], "next": None}))
        died = {"event_id": "e-1", "died_at": wall().strftime("%Y-%m-%dT%H:%M:%SZ")}
        old = {"event_id": "e-2", "died_at": "2020-10-01T20:00:00Z"}
        owners.on("GET", "/web/v1/dead-letters", (200, {"items": [died, old], "next": None}))
        owners.down = {"partners"}
        board._lists._known = None
        page = (await client.get("/console")).text
        said = plain(page)
        assert "What came up today 1 dead letter web Look at it 1 refund failed billing" in said
        assert "Partners did not say what came up there today." in said
        assert 'href="/console/system/dead-letters?service=web"' in page
        assert 'href="/console/system/tasks/billing/t-2"' in page


async def test_a_day_without_sessions_names_the_next(
    day: Service, clock: StillClock, tell: Tell
) -> None:
    clock.time += timedelta(days=2)
    async with staff(day, "viewer") as client:
        said = plain((await client.get("/console")).text)
        assert "No session today. The next is Improving Treatment Effectiveness" in said
        assert "Monday, October 26, 2020" in said
        off = CourseCancelled.example | {"course_id": COURSE, "version": 2}
        await tell(CourseCancelled.model_validate(CoursePublished.example | off))
    clock.time += timedelta(days=400)
    async with staff(day, "viewer", word="another") as client:
        await asyncio.sleep(0)
        day.app.state.screens.board._sessions._known = None
        said = plain((await client.get("/console")).text)
    assert "When a course with sessions to come is published" in said


async def test_who_is_not_signed_in_sees_no_board_and_no_stream(day: Service) -> None:
    async with staff(day, "viewer") as client:
        client.cookies.clear()
        for path in ("/console", "/console/live"):
            answer = await client.get(path)
            assert (answer.status_code, answer.headers["location"]) == (303, "/console/sign-in")


class Watched:
    """The stream of somebody who watches, on a board whose time is moved by hand."""

    def __init__(self, web: Service, owners: Played, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(console_today, "SESSIONS_EVERY", 0.01)
        self.web, self.time = web, 0.0
        state = web.app.state
        desk = Desk(state.owners, SECRET, "console:board")

        async def own() -> dict[str, Any]:
            return CALM

        board = Board(desk, Reader(web.api_db), web.edge.now, own, lambda: self.time)
        self.screens = Screens(board, state.pages)
        self.ending = asyncio.Event()

    def stream(self, seen: int | None = None, digest: str = "") -> Any:
        reader = Reader(self.web.api_db)
        return changes(self.screens, US, seen, reader, digest, self.ending)

    async def next(self, stream: Any) -> tuple[str, int, Any]:
        """(event, number, data) of the next event that is one."""
        while True:
            async with asyncio.timeout(5):
                text = await anext(stream)
            lines = dict(line.split(": ", 1) for line in text.strip().split("\n") if ": " in line)
            if "event" in lines:
                return lines["event"], int(lines.get("id", 0)), json.loads(lines["data"])


@pytest.fixture
def watched(day: Service, owners: Played, monkeypatch: pytest.MonkeyPatch) -> Watched:
    return Watched(day, owners, monkeypatch)


async def test_a_stream_says_the_whole_then_the_parts_that_change_and_resumes(
    watched: Watched, owners: Played
) -> None:
    stream = watched.stream()
    kind, first, whole = await watched.next(stream)
    assert kind == "whole"
    assert "312" in whole["html"]
    owners.on("GET", SESSION, (200, SEEN | {"in_room": 313}))
    watched.time += 3.1
    kind, second, said = await watched.next(stream)
    assert (kind, set(said["parts"])) == ("parts", {"title", f"session-{COURSE}-s1"})
    assert "313" in said["parts"]["title"]
    assert second > first
    await stream.aclose()
    resumed = watched.stream(first)
    assert await watched.next(resumed) == (kind, second, said)
    await resumed.aclose()
    from_before = watched.stream(17)
    assert (await watched.next(from_before))[0] == "whole"
    await from_before.aclose()
    assert watched.screens.watching == 0


async def test_a_session_more_is_the_whole_board_anew(watched: Watched, tell: Tell) -> None:
    stream = watched.stream()
    await watched.next(stream)
    another = CoursePublished.example | {"course_id": "another"}
    await tell(CoursePublished.model_validate(another))
    watched.time += 3.1
    kind, _, said = await watched.next(stream)
    assert kind == "whole"
    assert "part-session-another-s1" in said["html"]
    await stream.aclose()


async def test_a_stream_ends_with_its_session_and_with_the_process(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(console_today, "HEARTBEAT", 0.05)
    over = watched.stream(digest="signed out since")
    kinds = [(await watched.next(over))[0]]
    kinds.append((await watched.next(over))[0])
    assert kinds == ["whole", "over"]
    with pytest.raises(StopAsyncIteration):
        await anext(over)
    stops = watched.stream()
    await watched.next(stops)
    watched.ending.set()
    with pytest.raises(StopAsyncIteration):
        await watched.next(stops)


async def test_too_many_streams_are_told_to_come_again(day: Service) -> None:
    day.app.state.screens.watching = console_today.MOST
    async with staff(day, "viewer") as client:
        answer = await client.get("/console/live")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")


async def test_the_name_of_whoever_is_signed_in_is_not_the_board_s(day: Service) -> None:
    """The board is written once for all: nothing of one reader may stand in it."""
    async with staff(day, "admin") as client:
        page = (await client.get("/console")).text
    board = page[page.index('id="board"') : page.index("<dialog")]
    assert "csrf" not in board
    assert WHO not in board
