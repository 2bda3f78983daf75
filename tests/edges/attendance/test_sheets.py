"""Sheets over HTTP: printed with names, signed, read back, and counted beside the other reports."""

import re
from typing import Any

import httpx
import pytest

from shared.contracts.registration import PersonRecorded
from tests.edges.attendance.conftest import (
    COURSE,
    World,
    course,
    person_of,
    saw,
    sessions,
)
from tests.edges.attendance.test_corrections import interval, latest

SHEET = f"/attendance/v1/sessions/{COURSE}/s3/sheet"  # 16:00–18:00 New York, 21:00–23:00Z


async def signed(world: World, *lines: dict[str, Any]) -> dict[str, Any]:
    answer = await world.http.post(SHEET, json={"lines": list(lines)})
    assert answer.status_code == 202, answer.text
    return dict(answer.json())


async def sent(world: World, text: str, path: str = SHEET) -> httpx.Response:
    return await world.http.post(
        path, content=text.encode(), headers={"Content-Type": "text/csv; charset=utf-8"}
    )


def person(registration: str, name: str) -> PersonRecorded:
    about = {"person_id": person_of(registration), "name": name}
    return PersonRecorded.model_validate(PersonRecorded.example | about)


@pytest.fixture
async def over(enrolled: World) -> World:
    """The third session's end has passed; nobody was seen."""
    await enrolled.hears(person("ada", "Ada Example"), person("ben", "=Ben <b>"))
    await enrolled.at("2020-11-02T23:05:00Z")
    return enrolled


async def test_the_printed_sheet_reads_back_when_it_is_filled_in(over: World) -> None:
    world = over
    blank = await world.http.get(SHEET, params={"format": "csv"})
    assert blank.headers["content-type"].startswith("text/csv")
    assert blank.headers["cache-control"] == "no-store"
    empty = (await sent(world, blank.text)).json()
    assert empty == {
        "accepted": 0, "duplicates": 0, "blank": 2, "refused": [], "left_out": [], "upload": None,
        "outside": 0, "other_meetings": [],
    }  # fmt: skip
    filled = blank.text.replace("Ada Example,ada,,", "Ada Example,ada,16:02,17:58")
    assert (await sent(world, filled)).json()["accepted"] == 1
    assert (await sent(world, filled.replace(",", ";"))).json()["duplicates"] == 1
    await world.at("2020-11-02T23:20:00Z")
    assert await latest(world) == (6960, True, 1, "evidence", ["sheet"])
    assert await latest(world, "ben") == (0, False, 1, "evidence", [])


async def test_who_did_not_sign_out_stayed_to_the_end_as_far_as_is_known(over: World) -> None:
    await signed(over, {"registration_id": "ada", "signed_in": "16:30"})
    await over.at("2020-11-02T23:20:00Z")
    assert (await latest(over))[0] == 5400
    [event] = [
        e
        for e in await over.said("attendance.settled.v1")
        if (e["session_id"], e["registration_id"]) == ("s3", "ada")
    ]
    assert event["inferred"] is True


async def test_a_sheet_and_a_report_of_one_person_are_united_and_no_finding(over: World) -> None:
    """An hour in the room, then half an hour on the way home."""
    await over.observe(
        saw("1", "joined", "2020-11-02T22:10:00Z", registration_id="ada"),
        saw("2", "left", "2020-11-02T22:40:00Z", registration_id="ada"),
    )
    await signed(over, {"registration_id": "ada", "signed_in": "16:00", "signed_out": "17:00"})
    assert (await over.view("s3"))["records"][0]["seconds"] == 5400
    await over.report("s3", interval("ada", "22:10", "22:40"))
    view = await over.view("s3")
    assert view["records"][0]["seconds"] == 5400
    assert view["findings"] == []
    await over.at("2020-11-02T23:20:00Z")
    assert await latest(over) == (5400, False, 1, "evidence", ["live", "report", "sheet"])


async def test_one_bad_line_spoils_no_other_and_the_unknown_wait_for_a_human(over: World) -> None:
    receipt = await signed(
        over,
        {"registration_id": "ada", "signed_in": "16:02", "signed_out": "17:58"},
        {"registration_id": "ben", "signed_in": "quarter past"},
        {"registration_id": "ben", "signed_in": "16:10", "signed_out": "16:05"},
        {"name": "Cy Stranger", "email": "cy@x.example", "signed_in": "16:00"},
        {"name": "Cy Stranger", "email": "cy@x.example", "signed_in": "16:00"},
        {"name": "Nobody", "signed_in": "", "signed_out": ""},
        "junk",  # type: ignore[arg-type]
    )
    assert (receipt["accepted"], receipt["duplicates"], receipt["blank"]) == (2, 1, 1)
    assert [line["index"] for line in receipt["refused"]] == [1, 2, 6]
    [waiting] = (await over.http.get("/attendance/v1/unmatched")).json()["items"]
    assert (waiting["name"], waiting["email"]) == ("Cy Stranger", "cy@x.example")
    kept = await over.rows("SELECT body::text FROM report_lines")
    assert "Stranger" not in str(kept)
    answer = await over.http.post(
        f"/attendance/v1/unmatched/{waiting['id']}/match",
        json={"registration_id": "ben", "reason": "He signs so."},
    )
    assert answer.status_code == 200
    await over.at("2020-11-02T23:20:00Z")
    assert (await latest(over, "ben"))[0] == 7200


async def test_a_late_sheet_upgrades_what_was_settled(over: World) -> None:
    await over.at("2020-11-03T00:00:00Z")
    assert (await latest(over))[:3] == (0, False, 1)
    await signed(over, {"registration_id": "ada", "signed_in": "16:00", "signed_out": "18:00"})
    await over.at("2020-11-03T09:00:00Z")
    assert await latest(over) == (7200, True, 2, "evidence", ["sheet"])


async def test_where_there_is_no_meeting_the_sheet_is_the_report(world: World) -> None:
    from tests.edges.attendance.conftest import confirmed, requested

    room = {"meeting": None, "delivery": "in_person"}
    await world.hears(course(sessions=sessions(s3=room)), requested("ada"), confirmed("ada"))
    await world.at("2020-11-02T23:01:00Z")
    await signed(world, {"registration_id": "ada", "signed_in": "16:00", "signed_out": "18:00"})
    await world.at("2020-11-02T23:02:00Z")
    assert (await world.view("s3"))["completed_by"] == "report"


async def test_the_page_to_print_shows_names_to_operators_only_and_nothing_else(
    over: World,
) -> None:
    page = await over.http.get(SHEET)
    assert page.headers["content-type"].startswith("text/html")
    assert "Ada Example" in page.text
    assert "=Ben &lt;b&gt;" in page.text
    assert "16:00 to 18:00 EST" in page.text
    assert "learners.example" not in page.text
    assert "counter(page)" in page.text
    order = re.findall(r'<td dir="auto">([^<]*)', page.text)
    assert order == ["=Ben &lt;b&gt;", "Ada Example"]
    printed = await over.rows("SELECT about, why FROM audit WHERE act = 'sheet.printed'")
    assert printed == [{"about": f"{COURSE}/s3", "why": "2 names"}]
    for method in ("GET", "POST"):
        answer = await over.client().request(method, SHEET)
        assert answer.status_code == 401


async def test_what_has_no_sheet_is_refused(over: World) -> None:
    nowhere = SHEET.replace("s3", "s9")
    assert (await over.http.get(nowhere)).status_code == 404
    ahead = SHEET.replace("s3", "s4")
    line = "registration_id,signed_in\nada,16:00\n"
    assert (await sent(over, line, ahead)).json()["type"] == "/problems/session-not-started"
    assert (await sent(over, "a,b\n")).json()["type"] == "/problems/sheet-invalid"
    many = "registration_id,signed_in\n" + "ada,16:00\n" * 2001
    assert (await sent(over, many)).json()["type"] == "/problems/sheet-invalid"
    junk = await over.http.post(SHEET, content=b"{", headers={"Content-Type": "application/json"})
    assert junk.status_code == 400
    odd = await over.http.get(SHEET, params={"format": "pdf"})
    assert odd.status_code == 422
