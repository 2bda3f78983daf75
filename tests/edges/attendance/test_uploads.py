"""Uploads: a file that was the wrong one is withdrawn as a whole, and may come again."""

import asyncio
import json
from typing import Any

import httpx
import pytest

from cli.invariants.attendance import (
    records_have_their_settlement,
    settlements_have_their_lines,
)
from cli.invariants.registry import Outside
from tests.edges.attendance.conftest import COURSE, World, course, sessions
from tests.edges.attendance.test_corrections import interval, latest

S3 = f"/attendance/v1/sessions/{COURSE}/s3"  # 16:00–18:00 New York, 21:00–23:00Z
HEAD = "Name (original name),Email,Join time,Leave time,Duration (minutes)\n"
WHOLE = f"{HEAD}Ada,ada@x.example,11/02/2020 16:00,11/02/2020 18:00,120\n"
WHY = "Exported with another zone."
CSV = {"Content-Type": "text/csv"}


async def sent(world: World, text: str, what: str = "report", **params: str) -> dict[str, Any]:
    answer = await world.http.post(f"{S3}/{what}", content=text, headers=CSV, params=params)
    assert answer.status_code == 202, answer.text
    return dict(answer.json())


async def withdraw(world: World, number: Any, **body: Any) -> httpx.Response:
    answer = await world.http.post(f"{S3}/uploads/{number}/withdraw", json={"reason": WHY} | body)
    await world.swept()
    return answer


async def listed(world: World) -> list[dict[str, Any]]:
    return list((await world.http.get(f"{S3}/uploads")).json()["items"])


async def tasks(world: World) -> list[str]:
    rows = await world.rows("SELECT kind FROM tasks WHERE closed_at IS NULL ORDER BY kind")
    return [row["kind"] for row in rows]


async def matched(world: World) -> None:
    """A human says that whoever waits is ada."""
    queue = (await world.http.get("/attendance/v1/unmatched")).json()["items"]
    for one in queue:
        answer = await world.http.post(
            f"/attendance/v1/unmatched/{one['id']}/match",
            json={"registration_id": "ada", "reason": "By her address."},
        )
        assert answer.status_code == 200, answer.text
    await world.swept()


@pytest.fixture
async def over(enrolled: World) -> World:
    """The third session's end has passed; nobody was seen."""
    await enrolled.at("2020-11-02T23:05:00Z")
    return enrolled


async def test_a_report_in_the_wrong_zone_is_withdrawn_and_the_same_bytes_count_in_the_right_one(
    over: World,
) -> None:
    world = over
    first = await sent(world, WHOLE, zone="America/Halifax")  # an hour early, as it reads
    assert (first["accepted"], first["upload"]) == (1, 1)
    await matched(world)
    await world.at("2020-11-02T23:20:00Z")
    assert await latest(world) == (3600, False, 1, "evidence", ["report"])

    answer = await withdraw(world, 1)
    assert answer.status_code == 200, answer.text
    assert answer.json()["reason"] == WHY
    # Worse than what was settled: a human decides, and nothing was revoked.
    assert "attendance-worse" in await tasks(world)
    assert await latest(world) == (3600, False, 1, "evidence", ["report"])
    [ada] = [r for r in (await world.view("s3"))["records"] if r["registration_id"] == "ada"]
    assert (ada["seconds"], ada["flagged"]) == (3600, True)
    assert (await world.registration("ada"))["s3"]["evidence"] == []

    again = await sent(world, WHOLE, zone="America/New_York")
    assert (again["accepted"], again["duplicates"], again["upload"]) == (1, 0, 2)
    await world.swept()
    assert await latest(world) == (7200, True, 2, "evidence", ["report"])
    assert "attendance-worse" not in await tasks(world)
    # Nobody had to match her once more: her id is the same.
    assert (await world.http.get("/attendance/v1/unmatched")).json()["items"] == []

    one, two = await listed(world)
    assert (one["zone"], one["origin"], one["lines"]) == ("America/Halifax", "report", 1)
    assert one["withdrawn"]["reason"] == WHY
    assert (two["zone"], two["withdrawn"]) == ("America/New_York", None)
    stream = (await world.http.get(f"/attendance/v1/courses/{COURSE}/evidence")).text
    told = [json.loads(line) for line in stream.splitlines()]
    kinds = [line["kind"] for line in told]
    counted = [kinds.count(kind) for kind in ("report_line", "upload", "withdrawal")]
    assert counted == [2, 2, 1]
    assert [line["number"] for line in told if line["kind"] == "withdrawal"] == [1]
    assert WHY not in stream
    assert [r["about"] for r in await world.rows(
        "SELECT about FROM audit WHERE act = 'upload.withdrawn'"
    )] == [f"{COURSE}/s3/1"]  # fmt: skip
    async with world.db.acquire() as con:
        outside = Outside({"attendance": con}, "", "", "")
        for holds in (records_have_their_settlement, settlements_have_their_lines):
            assert [found async for found in holds(outside)] == []


async def test_a_sheet_is_withdrawn_and_the_same_bytes_count_again(over: World) -> None:
    sheet = "registration_id,signed_in,signed_out,Phone\nada,16:00,18:00,555\n"
    first = await sent(over, sheet, "sheet")
    assert (first["accepted"], first["upload"], first["left_out"]) == (1, 1, ["phone"])
    same = await sent(over, sheet, "sheet")
    assert (same["accepted"], same["duplicates"], same["upload"]) == (0, 1, 1)
    await withdraw(over, 1)
    again = await sent(over, sheet, "sheet")
    assert (again["accepted"], again["duplicates"], again["upload"]) == (1, 0, 2)
    await over.at("2020-11-02T23:20:00Z")
    assert await latest(over) == (7200, True, 1, "evidence", ["sheet"])


async def test_a_sheet_counts_in_the_zone_in_which_it_was_read_last(over: World) -> None:
    async def seconds() -> int:
        return int((await over.registration("ada"))["s3"]["seconds"])

    sheet = "registration_id,signed_in,signed_out\nada,15:30,16:50\n"
    assert (await sent(over, sheet, "sheet"))["accepted"] == 1
    assert await seconds() == 3000  # 20:30–21:50Z
    await in_zone(over, 2, "America/Chicago")
    again = await sent(over, sheet, "sheet")
    assert (again["accepted"], again["duplicates"], again["upload"]) == (1, 0, 2)
    assert [each["lines"] for each in await listed(over)] == [1, 1]
    assert await seconds() == 4800  # 21:30–22:50Z, and not both
    await in_zone(over, 3, "America/New_York")  # it was right at first
    assert (await sent(over, sheet, "sheet"))["upload"] == 3
    assert await seconds() == 3000
    for number in (3, 1):
        await withdraw(over, number)
        assert await seconds() == 4800
    await over.at("2020-11-03T00:20:00Z")
    assert (await latest(over))[0] == 4800
    assert (await sent(over, sheet, "sheet"))["upload"] == 4
    await over.swept()
    assert "attendance-worse" in await tasks(over)
    await withdraw(over, 2)
    assert await seconds() == 4800  # settled: a human decides


async def in_zone(world: World, version: int, zone: str) -> None:
    changed = [each | {"zone": zone} for each in sessions()]
    await world.hears(course(version, zone=zone, sessions=changed))


async def test_what_another_upload_brought_too_goes_on_counting(over: World) -> None:
    page = {"intervals": [interval("ada", "21:00", "22:00")]}
    both = {"intervals": [*page["intervals"], interval("ada", "22:00", "23:00")]}
    one, two = [(await over.http.post(f"{S3}/report", json=body)).json() for body in (page, both)]
    assert (one["accepted"], one["upload"]) == (1, 1)
    assert (two["accepted"], two["duplicates"], two["upload"]) == (1, 1, 2)
    assert (await over.view("s3"))["reports"]["report"]["lines"] == 2
    await withdraw(over, 1)
    await over.at("2020-11-02T23:20:00Z")
    assert (await latest(over))[0] == 7200
    await withdraw(over, 2)
    assert (await over.registration("ada"))["s3"]["evidence"] == []


async def test_withdrawn_once_is_withdrawn_and_another_is_not_touched(over: World) -> None:
    await over.report("s3", interval("ada", "21:00", "23:00"))
    first = (await withdraw(over, 1)).json()
    await over.at("2020-11-02T23:06:00Z")
    assert (await withdraw(over, 1, reason="Again, in other words.")).json() == first
    assert len(await over.rows("SELECT FROM withdrawals")) == 1
    unknown = await withdraw(over, 2)
    assert (unknown.status_code, unknown.json()["type"]) == (404, "/problems/upload-unknown")
    assert (await withdraw(over, 1, reason="")).status_code == 422
    assert (await withdraw(over, "x")).status_code == 422
    nowhere = await over.http.get(f"/attendance/v1/sessions/{COURSE}/s9/uploads")
    assert nowhere.status_code == 404


async def test_with_the_only_upload_gone_the_session_waits_for_its_report_again(
    over: World,
) -> None:
    await over.report("s3", interval("ada", "21:00", "23:00"))  # complete within a minute, by this
    await withdraw(over, 1)
    await over.at("2020-11-02T23:14:00Z")
    assert (await over.view("s3"))["state"] == "open"
    await over.report("s3", interval("ada", "21:00", "22:30"))
    await over.at("2020-11-02T23:16:00Z")
    assert await latest(over) == (5400, False, 1, "evidence", ["report"])


async def test_pages_that_come_at_once_have_a_number_each(over: World) -> None:
    lines = [interval("ada", f"21:{n:02}", "22:00") for n in range(8)]
    told = await asyncio.gather(*(over.report("s3", line) for line in lines))
    assert sorted(each["upload"] for each in told) == list(range(1, 9))
    page = (await over.http.get(f"{S3}/uploads", params={"limit": 5})).json()
    rest = (await over.http.get(f"{S3}/uploads", params={"after": page["next"]})).json()
    assert [u["number"] for u in page["items"] + rest["items"]] == list(range(1, 9))
    assert rest["next"] is None


async def test_what_cannot_be_read_is_no_upload(over: World) -> None:
    told = await over.report("s3", {"participant_id": "p"})
    assert (told["accepted"], told["upload"], len(told["refused"])) == (0, None, 1)
    assert await listed(over) == []


async def test_whoever_only_a_withdrawn_file_named_waits_for_nobody(over: World) -> None:
    await sent(over, WHOLE)
    await over.at("2020-11-02T23:20:00Z")
    assert (await over.view("s3"))["unmatched"] == 1
    assert "participants-unmatched" in await tasks(over)
    await withdraw(over, 1)
    assert (await over.view("s3"))["unmatched"] == 0
    assert (await over.http.get("/attendance/v1/unmatched")).json()["items"] == []
    assert "participants-unmatched" not in await tasks(over)
    # In the session that it was of it counts, and waits there.
    s4 = S3.replace("/s3", "/s4")
    await over.at("2020-11-09T23:05:00Z")
    text = WHOLE.replace("11/02", "11/09")
    answer = await over.http.post(f"{s4}/report", content=text, headers=CSV)
    assert (answer.json()["accepted"], answer.json()["upload"]) == (1, 1)


async def test_the_long_page_may_come_again(over: World) -> None:
    """Each of its lines is looked up: by an index, however many there are by then."""
    lines = [interval("ada", "21:00", "22:00") | {"participant_id": f"p-{n}"} for n in range(3_000)]
    first, again = await over.report("s3", *lines), await over.report("s3", *lines)
    assert (first["accepted"], again["accepted"], again["duplicates"]) == (3_000, 0, 3_000)
    assert (first["upload"], again["upload"]) == (1, 1)


async def test_a_file_that_is_another_sessions_says_so_and_is_kept(over: World) -> None:
    """Nobody's presence comes of it by itself; whoever sent it is told what speaks against it."""
    good = await sent(over, "Meeting ID,Topic\n880 000 0003,Supervision\n\n" + WHOLE)
    assert (good["outside"], good["other_meetings"]) == (0, [])
    other = "Meeting ID,Topic\n999 9999 9999,Another\n\n" + WHOLE.replace("ada@", "eve@")
    told = await sent(over, other)
    assert (told["accepted"], told["outside"]) == (1, 0)
    assert told["other_meetings"] == ["99999999999"]
    month = await sent(over, WHOLE.replace("11/02/2020", "10/02/2020"))
    assert (month["accepted"], month["outside"], month["other_meetings"]) == (1, 1, [])


async def test_the_same_bytes_read_in_another_zone_are_another_request(over: World) -> None:
    async def again(zone: str) -> httpx.Response:
        headers = {**CSV, "Idempotency-Key": "once"}
        return await over.http.post(f"{S3}/report?zone={zone}", content=WHOLE, headers=headers)

    first = await again("America/Halifax")
    assert first.status_code == 202, first.text
    same = await again("America/Halifax")
    assert (same.json(), same.headers["idempotent-replayed"]) == (first.json(), "true")
    other = await again("America/New_York")
    assert (other.status_code, other.json()["type"]) == (422, "/problems/idempotency-key-reused")
    assert [one["zone"] for one in await listed(over)] == ["America/Halifax"]
