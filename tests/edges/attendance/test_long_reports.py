"""Zoom's CSV of a session of ten thousand, who come and go: in parts, each line once."""

import time
from resource import RUSAGE_SELF, getrusage
from typing import Any

import httpx
import pytest

from cli import parts
from cli.parts import of_csv
from services.attendance.api import bodies
from tests.edges.attendance.conftest import COURSE, World

REPORT = f"/attendance/v1/sessions/{COURSE}/s3/report?zone=UTC"
HEAD = (
    'Meeting ID,Topic\r\n880 0000 0003,"Supervision\r\n(two lines)"\r\n\r\n'
    "Name (Original Name),User Email,Join Time,Leave Time,Duration (Minutes),Guest,In Waiting Room\r\n"
)
SOON = 7  # which line cannot be read


def export(many: int) -> bytes:
    """So many lines of half as many people; every name goes over two lines of the file."""
    lines = []
    for n in range(many):
        joined = "soon" if n == SOON else f"11/02/2020 09:{n % 60:02}:00 PM"
        who = f'"Person {n // 2}\n(guest)",p{n // 2}@x.example'
        lines.append(f"{who},{joined},11/02/2020 10:{n % 60:02}:{n % 2:02} PM,60,Yes,No\r\n")
    return (HEAD + "".join(lines)).encode()


async def sent(world: World, content: bytes, cut: list[parts.Part]) -> dict[str, Any]:
    """What the answers come to, with the rows of the file."""
    told: dict[str, Any] = {"accepted": 0, "duplicates": 0, "rows": []}
    for part in cut:
        answer = await post(world, part.content)
        assert answer.status_code == 202, answer.text
        for name in ("accepted", "duplicates"):
            told[name] += answer.json()[name]
        told["rows"] += [part.row(one["row"], one["index"]) for one in answer.json()["refused"]]
    return told


async def post(world: World, content: bytes) -> httpx.Response:
    return await world.http.post(
        REPORT, content=content, headers={"Content-Type": "text/csv"}, timeout=120
    )


async def long_report(world: World, many: int) -> list[float]:
    """Sent, broken off in the middle, and sent again whole; gives seconds a part."""
    content = export(many)
    cut = list(of_csv(content))
    assert len(cut) >= 5
    await world.at("2020-11-02T22:59:59Z")  # after all that it tells
    half = await sent(world, content, cut[:2])
    took = []
    for part in cut[2:]:
        since = time.monotonic()
        await sent(world, content, [part])
        took.append(time.monotonic() - since)
    again = await sent(world, content, cut)
    assert await world.count("report_lines") == many - 1
    assert (again["accepted"], again["duplicates"]) == (0, many - 1)
    # Three rows about the meeting and its header stand before the first.
    assert half["rows"] == again["rows"] == [5 + SOON]
    # Of a cell with line breaks the spreadsheet makes one row; the file has many more lines.
    assert content.count(b"\n") > many * 2
    return took


async def test_a_report_of_five_parts(enrolled: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "LINES", 250)
    await long_report(enrolled, 1_200)
    assert await enrolled.count("unmatched") == 600


@pytest.mark.extras
@pytest.mark.long
async def test_a_report_of_twenty_five_thousand_lines(enrolled: World) -> None:
    before = getrusage(RUSAGE_SELF).ru_maxrss
    took = await long_report(enrolled, 25_000)
    grown = (getrusage(RUSAGE_SELF).ru_maxrss - before) / 1000
    print(f"\n{max(took):.1f} s for a part of {parts.LINES:,}, {grown:.0f} MB more at most")
    assert grown < 150  # by the size of a part, beside the report itself that stands in this test


async def test_what_is_too_long_for_one_request_says_what_to_do(
    enrolled: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "MOST_LINES", 100)
    answer = await post(enrolled, export(101))
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/report-too-long")
    for said in ("at most 100 lines", "has 101", "Nothing of it was kept", "in parts", "import"):
        assert said in answer.json()["detail"]
    assert await enrolled.count("report_lines") == 0
    assert (await post(enrolled, export(100))).status_code == 202
    large = await post(enrolled, HEAD.encode() + b"x" * 2_000_000)
    assert (large.status_code, large.json()["type"]) == (413, "/problems/body-too-large")
    assert "in parts" in large.json()["detail"]


def test_parts_fit_what_attendance_takes() -> None:
    assert parts.LINES + 1 <= bodies.MOST_LINES
    assert parts.BYTES * 2 <= 2_000_000
