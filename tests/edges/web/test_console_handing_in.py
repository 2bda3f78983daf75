"""Reports of a session: handed in, said line by line, listed, withdrawn."""

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
PAGE = f"{SESSION}/reports"
OWNER = f"/attendance/v1/sessions/{COURSE}/s1"
CSV = (
    "participant_id,registration_id,joined_at,left_at\r\n"
    "p-1,r-1,2020-10-19T20:00:00Z,2020-10-19T22:00:00Z\r\n"
    "p-2,,never,\r\n"
)
TAKEN: dict[str, Any] = {
    "accepted": 1, "duplicates": 2, "refused": [{"index": 1, "row": 3, "detail": "joined_at is no time"}],
    "left_out": ["device"], "upload": 2, "outside": 1, "other_meetings": ["99"],
}  # fmt: skip
FIRST = {
    "number": 1, "origin": "report", "zone": None, "lines": 12, "by": "operator",
    "received_at": "2020-10-19T22:10:00Z",
    "withdrawn": {"by": "console:u-9", "at": "2020-10-19T22:20:00Z", "reason": "Of session 2."},
}  # fmt: skip
SECOND = FIRST | {"number": 2, "zone": "America/New_York", "withdrawn": None, "lines": 1}


@pytest.fixture
async def desk(web: Service, owners: Played, tell: Tell, clock: StillClock) -> Service:
    await tell(CoursePublished.model_validate(CoursePublished.example))
    clock.time = datetime(2020, 10, 19, 22, 30, tzinfo=UTC)
    owners.on("GET", OWNER, (200, {"state": "open", "unmatched": 3, "records": []}))
    owners.on("GET", f"{OWNER}/uploads", (200, {"items": [FIRST, SECOND], "next": None}))
    owners.on("POST", f"{OWNER}/report", (202, TAKEN))
    owners.on("POST", f"{OWNER}/uploads/2/withdraw", (200, {"number": 2}))
    return web


def handed(text: str | bytes, name: str = "report.csv") -> dict[str, Any]:
    return {"file": (name, text if isinstance(text, bytes) else text.encode())}


async def test_a_file_is_taken_and_each_line_that_was_not_is_said(
    desk: Service, owners: Played
) -> None:
    async with staff(desk, "coordinator") as client:
        asked = await client.get(PAGE)
        form = {"csrf": csrf(asked.text), "key": "a" * 32, "zone": "America/Chicago"}
        page = await client.post(PAGE, data=form, files=handed("\ufeff" + CSV))
    assert page.status_code == 200, page.text
    said = plain(page.text)
    assert "1 line taken, as number 2. 2 lines known already" in said
    assert "1 line not taken." in said
    assert "Line 3 p-2,,never, joined_at is no time" in said
    assert "1 line is outside the session" in said
    assert "another meeting: 99" in said
    assert "Not kept, for nobody needs it: device." in said
    assert "3 people are not matched" in said
    [sent] = owners.calls(f"{OWNER}/report")
    assert sent.body == CSV.replace("\r\n", "\n")
    assert (sent.query, sent.key) == ({"zone": "America/Chicago"}, "a" * 32)
    assert in_whose_name(sent) == "console:u-17"


async def test_json_is_sent_as_json_without_a_zone(desk: Service, owners: Played) -> None:
    async with staff(desk, "admin") as client:
        form = {"csrf": csrf((await client.get(PAGE)).text), "zone": ""}
        page = await client.post(PAGE, data=form, files=handed('{"intervals": []}', "report.json"))
    assert page.status_code == 200
    [sent] = owners.calls(f"{OWNER}/report")
    assert (sent.body, sent.query) == ({"intervals": []}, {})


@pytest.mark.parametrize(
    ("file", "zone", "told"),
    [
        (b"", "", "Choose a file."),
        (b" \n", "", "Choose a file."),
        (b"\xff\xfea", "", "This is no text in UTF-8."),
        (b"a\x00b", "", "This is no text in UTF-8."),
        (b"x" * 1_900_001, "", "It is larger than 1.9 MB."),
        (CSV.encode(), "Mars/Olympus", "There is no such zone."),
    ],
)
async def test_what_is_no_report_is_not_sent(
    desk: Service, owners: Played, file: bytes, zone: str, told: str
) -> None:
    async with staff(desk, "coordinator") as client:
        form = {"csrf": csrf((await client.get(PAGE)).text), "zone": zone}
        page = await client.post(PAGE, data=form, files=handed(file))
    assert page.status_code == 422
    assert told in plain(page.text)
    assert not owners.calls(f"{OWNER}/report")


async def test_what_is_wrong_is_said_also_where_attendance_is_away(
    desk: Service, owners: Played
) -> None:
    """A browser gives no file back: nobody is told that it was kept, where it was not sent."""
    async with staff(desk, "coordinator") as client:
        form = {"csrf": csrf((await client.get(PAGE)).text), "zone": "Mars/Olympus"}
        owners.down.add("attendance")
        page = await client.post(PAGE, data=form, files=handed(CSV))
    assert page.status_code == 422
    said = plain(page.text)
    assert "There is no such zone." in said
    assert "Attendance does not say just now what was handed in." in said
    assert 'name="zone" value="Mars/Olympus"' in page.text


async def test_what_the_owner_refused_is_said_also_where_the_list_is_away(
    desk: Service, owners: Played
) -> None:
    said = "The first row names the columns; joined_at is needed."
    owners.on("POST", f"{OWNER}/report", (422, problem("invalid", 422, said)))
    async with staff(desk, "coordinator") as client:
        form = {"csrf": csrf((await client.get(PAGE)).text)}
        owners.on("GET", f"{OWNER}/uploads", (503, problem("unavailable", 503)))
        page = await client.post(PAGE, data=form, files=handed("a,b\n1,2\n"))
        assert "Hand it in" not in plain((await client.get(PAGE)).text)
    assert page.status_code == 422
    assert said in plain(page.text)


async def test_what_the_owner_refuses_stands_beside_the_file(desk: Service, owners: Played) -> None:
    said = "The first row names the columns; joined_at is needed."
    owners.on("POST", f"{OWNER}/report", (422, problem("invalid", 422, said)))
    async with staff(desk, "coordinator") as client:
        form = {"csrf": csrf((await client.get(PAGE)).text)}
        page = await client.post(PAGE, data=form, files=handed("a,b\n1,2\n"))
    assert page.status_code == 422
    assert said in plain(page.text)


async def test_without_an_answer_the_same_file_is_kept_to_be_sent_as_the_same_request(
    desk: Service, owners: Played
) -> None:
    async with staff(desk, "coordinator") as client:
        form = {"csrf": csrf((await client.get(PAGE)).text), "key": "b" * 32}
        owners.down.add("attendance")
        page = await client.post(PAGE, data=form, files=handed("a,b\r\n1,2\r\n"))
        assert page.status_code == 503
        assert 'enctype="multipart/form-data"' in page.text
        kept = hidden(page.text)
        assert (kept["text"], kept["key"]) == ("a,b\n1,2\n", "b" * 32)
        owners.down.clear()
        # A browser sends each end of a line as two characters.
        fields = {name: (None, value.replace("\n", "\r\n")) for name, value in kept.items()}
        again = await client.post(PAGE, files=fields)
    assert again.status_code == 200, again.text
    sent = owners.calls(f"{OWNER}/report")[-1]
    assert (sent.body, sent.key) == ("a,b\n1,2\n", "b" * 32)


async def test_what_was_handed_in_is_listed_and_one_is_withdrawn_once(
    desk: Service, owners: Played
) -> None:
    async with staff(desk, "coordinator") as client:
        page = await client.get(PAGE)
        said = plain(page.text)
        assert "Withdrawn Of session 2." in said
        assert f"{PAGE}/1/withdraw" not in page.text
        asked = await client.get(f"{PAGE}/2/withdraw")
        form = hidden(asked.text)
        nothing = await client.post(f"{PAGE}/2/withdraw", data=form)
        assert nothing.status_code == 422
        assert not owners.calls(f"{OWNER}/uploads/2/withdraw")
        why = {"reason": "Of another session"}
        done = await client.post(f"{PAGE}/2/withdraw", data=form | why)
        assert done.headers["location"] == f"{PAGE}?done=withdrawn"
        await client.post(f"{PAGE}/2/withdraw", data=form | why)
        gone = plain((await client.get(f"{PAGE}/1/withdraw")).text)
        assert "Number 1 is withdrawn" in gone
        assert (await client.get(f"{PAGE}/7/withdraw")).status_code == 404
    first, again = owners.calls(f"{OWNER}/uploads/2/withdraw")
    assert (first.body, first.key) == (why, again.key)
    assert in_whose_name(first) == "console:u-17"


async def test_for_whom_it_is_not_and_where_nothing_was_handed_in(
    desk: Service, owners: Played
) -> None:
    owners.on("GET", f"{OWNER}/uploads", (200, {"items": [], "next": None}))
    async with staff(desk, "finance") as client:
        assert (await client.get(PAGE)).status_code == 403
    async with staff(desk, "coordinator", word="another word") as client:
        assert "Nothing yet." in plain((await client.get(PAGE)).text)
        assert (await client.get(PAGE.replace("s1", "s9"))).status_code == 404
