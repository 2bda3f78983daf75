"""When somebody was there, drawn on their page, with the lines that say so."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from services.web.domain.presence import sat_of
from shared.runtime.service import Service
from tests.edges.web.owners import Played
from tests.edges.web.staff import staff
from tests.edges.web.test_console_people import HERE, R, desk  # noqa: F401
from tests.edges.web.test_console_today import plain

RECORD: dict[str, Any] = {
    "session_id": "s1", "seconds": 5_400, "present": False, "instruction_seconds": 7_200,
    "by": "evidence", "version": 1,
    "evidence": [
        {"source": "live", "joined_at": "2020-10-19T20:00:00Z",
         "left_at": "2020-10-19T21:00:00Z", "inferred": False},
        {"source": "live", "joined_at": "2020-10-19T21:30:00Z",
         "left_at": "2020-10-19T22:00:00Z", "inferred": True},
    ],
}  # fmt: skip


def line(at: str, kind: str, by: str, **more: Any) -> dict[str, Any]:
    return {"participant_id": "p-1", "kind": kind, "at": f"2020-10-19T{at}Z", "until": None,
            "source": "zoom", "by": by, "said_by": None} | more  # fmt: skip


TRACED: dict[str, Any] = {
    "session_id": "s1", "title": "Ties", "starts_at": "2020-10-19T20:00:00Z",
    "ends_at": "2020-10-19T22:00:00Z",
    "breaks": [["2020-10-19T21:10:00Z", "2020-10-19T21:20:00Z"]], "more": False,
    "lines": [
        line("20:00:00", "joined", "own"), line("21:00:00", "left", "participant"),
        line("21:30:00", "breakout_joined", "staff", said_by="console:u-17"),
        line("20:01:00", "interval", "list", until="2020-10-19T20:59:00Z", source="report"),
    ],
}  # fmt: skip


@pytest.fixture
def seen(desk: Service, owners: Played) -> Service:  # noqa: F811
    path = f"/attendance/v1/registrations/{R}"
    owners.on("GET", path, (200, {"sessions": [RECORD]}))
    owners.on("GET", f"{path}/lines", (200, {"sessions": [TRACED]}))
    return desk


async def test_a_session_is_a_strip_with_its_evidence_behind_it(seen: Service) -> None:
    async with staff(seen, "finance") as client:
        page = (await client.get(HERE)).text
    said = plain(page)
    assert "s1 · Ties 2020-10-19 20:00" in said
    assert "90 min of 120 Not present" in said
    assert '<rect class="there" x="0.0%" width="50.0%" height="100%"/>' in page
    assert '<rect class="there" x="75.0%" width="25.0%" height="100%"/>' in page
    assert '<rect class="pause" x="58.33%" width="8.33%" height="100%"/>' in page
    assert "Seen in session s1: 20:00 to 21:00, 21:30 to 22:00. Breaks: 21:10 to 21:20." in page
    assert "not every end was seen" in said
    assert "4 lines of evidence" in said
    for row in (
        "20:00:00 Joined zoom its own registration p-1",
        "21:00:00 Left zoom another line of this participant p-1",
        "21:30:00 Breakout joined zoom matched by console:u-17 p-1",
        "Present report the platform’s list of registrants p-1",
    ):
        assert row in said, said


async def test_while_it_runs_nobody_is_said_to_have_been_absent(
    seen: Service, owners: Played
) -> None:
    running = RECORD | {"version": 0, "state": "open"}
    owners.on("GET", f"/attendance/v1/registrations/{R}", (200, {"sessions": [running]}))
    async with staff(seen, "coordinator") as client:
        said = plain((await client.get(HERE)).text)
    assert "90 min of 120 so far" in said
    assert "Not present" not in said


async def test_of_what_staff_ruled_and_of_what_was_deleted_the_page_says_so(
    seen: Service, owners: Played
) -> None:
    ruled = RECORD | {"by": "operator", "present": True, "seconds": 7_200}
    gone = RECORD | {"session_id": "s2", "seconds": None, "present": None, "evidence": []}
    path = f"/attendance/v1/registrations/{R}"
    owners.on("GET", path, (200, {"sessions": [ruled, gone]}))
    async with staff(seen, "coordinator") as client:
        said = plain((await client.get(HERE)).text)
    assert "120 min of 120 Present as staff ruled, whatever was seen" in said
    assert "Its evidence was kept for its time, and deleted." in said


async def test_the_minutes_are_there_where_the_lines_are_not(seen: Service, owners: Played) -> None:
    del owners.answers["GET", f"/attendance/v1/registrations/{R}/lines"]
    async with staff(seen, "coordinator") as client:
        page = (await client.get(HERE)).text
        assert "90 min of 120 Not present" in plain(page)
        assert "The lines behind it are not shown just now." in page
        assert "<svg role" not in page.split('id="attendance"')[1]
        owners.down = {"attendance"}
        said = plain((await client.get(HERE)).text)
        assert "What was seen is not known just now." in said


async def test_viewers_see_none_of_it(seen: Service, owners: Played) -> None:
    async with staff(seen, "viewer") as client:
        assert (await client.get(HERE)).status_code == 403
    assert owners.asked == []


def test_what_cannot_be_read_is_left_out() -> None:
    odd = {
        "session_id": "s1", "starts_at": "soon", "ends_at": None, "breaks": [None, ["a"], "x"],
        "lines": [None, "x", {"at": "never"}, {"at": 7}, line("20:00:00", "", "")], "more": None,
    }  # fmt: skip
    now = datetime(2020, 10, 20, tzinfo=UTC)
    [sat] = sat_of({"sessions": [RECORD, None, "x"]}, {"sessions": [odd, 7]}, now)
    assert (sat.starts_at, sat.strip, len(sat.lines or ())) == (None, None, 1)
    assert sat_of(None, None, now) == []
    assert sat_of({"sessions": [RECORD]}, None, now)[0].lines is None
