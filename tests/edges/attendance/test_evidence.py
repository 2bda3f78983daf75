"""Evidence coming in: junk, limits, pages, and that what was kept stays as it was."""

import asyncio
from typing import Any

import asyncpg
import httpx
import pytest

from tests.edges.attendance.conftest import COURSE, World, course, saw, two_of_a_day

CSV = "text/csv; charset=utf-8"
REPORT = f"/attendance/v1/sessions/{COURSE}/s3/report"


async def test_a_bad_line_is_named_and_spoils_no_other(enrolled: World) -> None:
    answer = await enrolled.observe(
        saw("1", "joined", "2020-11-02T21:00:00Z", registration_id="ada"),
        "junk",
        saw("2", "flew", "2020-11-02T21:00:00Z", registration_id="ada"),
        saw("3", "joined", "soon", registration_id="ada"),
        saw("4", "joined", "2020-11-02T21:00:00Z", registration_id="a\x00a"),
        saw("5", "joined", "2020-11-02T21:00:00Z", meeting_id="nobody's", participant_id="p"),
        saw("6", "left", "2020-11-02T22:00:00Z", registration_id="ada"),
    )
    assert (answer["accepted"], answer["duplicates"]) == (2, 0)
    assert [line["index"] for line in answer["refused"]] == [1, 2, 3, 4, 5]
    assert answer["refused"][4]["detail"] == "No session is known for meeting nobody's."
    assert await enrolled.count("observations") == 2


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"\xff\xfe", 400),
        (b"[]", 422),
        (b'{"source": "s"}', 422),
        (b'{"source": "", "observations": []}', 422),
        (b'{"source": "a\\u0000", "observations": []}', 422),
        (b'{"source": "s", "observations": {}}', 422),
        (b'{"source": "s", "observations": [' + b",".join([b"1"] * 1001) + b"]}", 422),
        (b'{"source": "s", "observations": [NaN, 1e999, "\\ud800"]}', 202),
    ],
)
async def test_a_body_that_cannot_be_right_is_answered_clearly(
    enrolled: World, body: bytes, status: int
) -> None:
    answer = await enrolled.http.post(
        "/attendance/v1/observations", content=body, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == status, answer.text
    if status >= 400:
        assert answer.headers["content-type"] == "application/problem+json"


async def test_a_report_as_csv_with_every_cell_quoted(enrolled: World) -> None:
    await enrolled.at("2020-11-02T23:00:00Z")
    lines = '"Participant_ID","registration_id","joined_at","left_at","Nickname"\r\n'
    lines += '"x","ada","2020-11-02T21:00:00Z","2020-11-02T23:00:00Z","Adie"\r\n'
    head = {"Content-Type": CSV}
    answer = await enrolled.http.post(REPORT, content=lines.encode(), headers=head)
    told = answer.json()
    assert (told["accepted"], told["duplicates"], told["refused"]) == (1, 0, [])
    assert told["left_out"] == ["nickname"]  # it may be a person's: said, and not kept
    proof = await enrolled.http.get(f"/attendance/v1/courses/{COURSE}/evidence")
    assert '"kind": "report_line"' in proof.text
    assert "Adie" not in proof.text


async def test_a_report_as_csv(enrolled: World) -> None:
    await enrolled.at("2020-11-02T23:00:00Z")
    text = (
        "\ufeffparticipant_id;registration_id;name;email;joined_at;left_at;status\r\n"
        'z1;ada;"Example; Ada";a@x.example;2020-11-02T21:00:00Z;2020-11-02T22:00:00Z;in_meeting\r\n'
        "z2;ada;Ada;;2020-11-02T22:30:00Z;;In Meeting\r\n"
        "z3;ada;Ada;;2020-11-02T20:00:00Z;2020-11-02T23:00:00Z;in_waiting_room\r\n"
        "z4;;Nobody;;2020-11-02T21:00:00Z;2020-11-02T22:00:00Z;\r\n"
        ";;;;2020-11-02T21:00:00Z;;\r\n"
    )
    answer = await enrolled.http.post(REPORT, content=text.encode(), headers={"Content-Type": CSV})
    assert answer.status_code == 202, answer.text
    assert answer.json()["accepted"] == 4
    assert [line["index"] for line in answer.json()["refused"]] == [4]
    view = await enrolled.view("s3")
    assert [(r["registration_id"], r["seconds"]) for r in view["records"]] == [
        ("ada", 5400),
        ("ben", 0),
    ]
    assert view["unmatched"] == 1


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        (CSV, b"", 422),
        (CSV, b"who;when\r\nada;now\r\n", 422),
        (CSV, b"participant_id,joined_at\r\n\xff,x\r\n", 400),
        (CSV, b'participant_id,joined_at\r\n"open', 400),
        ("application/json", b"{}", 422),
        ("application/json", b'{"intervals": 7}', 422),
        ("application/pdf", b"%PDF", 400),
    ],
)
async def test_a_report_that_cannot_be_read(
    enrolled: World, kind: str, body: bytes, status: int
) -> None:
    answer = await enrolled.http.post(REPORT, content=body, headers={"Content-Type": kind})
    assert answer.status_code == status, answer.text


async def test_a_report_of_an_unknown_session_is_refused(enrolled: World) -> None:
    answer = await enrolled.http.post(
        f"/attendance/v1/sessions/{COURSE}/s9/report", json={"intervals": []}
    )
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/session-unknown")


async def test_a_line_of_the_future_is_refused_and_only_that(enrolled: World) -> None:
    def line(joined: str, left: str | None) -> dict[str, Any]:
        at = {"joined_at": f"2020-11-02T{joined}Z"}
        more = {"left_at": f"2020-11-02T{left}Z"} if left else {}
        return {"participant_id": "z", "registration_id": "ada", **at, **more}

    await enrolled.at("2020-11-02T22:00:00Z")
    told = await enrolled.report(
        "s3",
        line("21:00:00", "22:01:00"),  # a clock that is a minute fast
        line("21:00:00", "22:01:01"),
        line("21:00:00", None),
        line("22:30:00", None),
    )
    assert (told["accepted"], told["duplicates"]) == (2, 0)
    assert told["refused"] == [
        {"index": 1, "detail": "left_at is in the future."},
        {"index": 3, "detail": "joined_at is in the future."},
    ]
    # The same line is taken once it has come to pass.
    await enrolled.at("2020-11-02T22:02:00Z")
    assert (await enrolled.report("s3", line("21:00:00", "22:01:01")))["accepted"] == 1


async def test_the_same_page_twice_is_one_page(enrolled: World) -> None:
    await enrolled.at("2020-11-02T23:00:00Z")
    line = {"participant_id": "z", "joined_at": "2020-11-02T21:00:00Z", "registration_id": "ada"}
    assert (await enrolled.report("s3", line, line))["duplicates"] == 1
    again = await enrolled.report("s3", line)
    assert (again["accepted"], again["duplicates"]) == (0, 1)


async def test_what_was_kept_can_be_neither_changed_nor_deleted(enrolled: World) -> None:
    await enrolled.at("2020-11-02T23:00:00Z")
    world = enrolled
    await world.observe(saw("1", "joined", "2020-11-02T21:00:00Z", registration_id="ada"))
    await world.report(
        "s3", {"participant_id": "z", "joined_at": "2020-11-02T21:00:00Z", "registration_id": "ada"}
    )
    async with world.db.acquire() as con:
        for table in ("observations", "report_lines"):
            for statement in (f"UPDATE {table} SET sha256 = ''", f"DELETE FROM {table}"):
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await con.execute(statement)
    # The same id with another content does not replace the first.
    other = saw("1", "left", "2020-11-02T21:00:00Z", registration_id="ada")
    assert (await world.observe(other))["duplicates"] == 1
    async with world.db.acquire() as con:
        assert await con.fetchval("SELECT kind FROM observations") == "joined"


async def test_an_idempotency_key_repeats_the_first_answer(enrolled: World) -> None:
    body = {
        "source": "sim",
        "observations": [saw("1", "joined", "2020-11-02T21:00:00Z", registration_id="ada")],
    }
    headers = {"Idempotency-Key": "page-1"}
    first = await enrolled.http.post("/attendance/v1/observations", json=body, headers=headers)
    again = await enrolled.http.post("/attendance/v1/observations", json=body, headers=headers)
    assert first.json()["accepted"] == again.json()["accepted"] == 1
    assert again.headers["idempotent-replayed"] == "true"


async def test_the_same_line_in_many_requests_at_once_is_kept_once(enrolled: World) -> None:
    line = saw("1", "joined", "2020-11-02T21:00:00Z", registration_id="ada")
    answers = await asyncio.gather(*(enrolled.observe(line) for _ in range(40)))
    assert sum(answer["accepted"] for answer in answers) == 1
    assert sum(answer["duplicates"] for answer in answers) == 39


async def test_a_thousand_lines_cost_a_handful_of_statements(
    enrolled: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hot path is set-wise: 10,000 people join within five minutes."""
    statements: list[str] = []
    for name in ("fetch", "execute"):
        plain = getattr(asyncpg.Connection, name)

        async def counted(con, statement, *args, plain=plain, **more):
            statements.append(statement)
            return await plain(con, statement, *args, **more)

        monkeypatch.setattr(asyncpg.Connection, name, counted)
    many = [
        saw(f"m{n}", "joined", "2020-11-02T21:00:00Z", registration_id=f"r{n}") for n in range(1000)
    ]
    assert (await enrolled.observe(*many))["accepted"] == 1000
    assert 0 < len(statements) <= 16


EXPORT = (
    "Meeting ID,Topic,Start Time\n880 0000 0003,Supervision,11/02/2020 03:55:00 PM\n\n"
    "Name (Original Name),User Email,Join Time,Leave Time,Duration (Minutes),Guest\n"
    "Ada Example,ada@x.example,11/02/2020 04:00:00 PM,11/02/2020 06:00:00 PM,120,No\n"
    "Ben,,30/11/2020 10:00,11/02/2020 06:00:00 PM,1,Yes\n"
    "Ben,,11/02/2020 05:00:00 PM,11/02/2020 06:00:00 PM,60,Yes\n"
)


async def export(world: World, zone: str = "", text: str = EXPORT) -> httpx.Response:
    query = {"zone": zone} if zone else None
    head = {"Content-Type": CSV}
    return await world.http.post(REPORT, params=query, content=text.encode(), headers=head)


async def test_zooms_own_export_is_taken_in_the_courses_zone(enrolled: World) -> None:
    await enrolled.at("2020-11-02T23:00:00Z")
    answer = (await export(enrolled)).json()
    assert (answer["accepted"], answer["duplicates"]) == (2, 0)
    [refused] = answer["refused"]
    assert refused["index"] == 1
    assert "month comes first" in refused["detail"]
    assert (await export(enrolled)).json()["duplicates"] == 2
    queue = (await enrolled.http.get("/attendance/v1/unmatched")).json()["items"]
    assert sorted(each["name"] for each in queue) == ["Ada Example", "Ben"]
    [ada] = [each for each in queue if each["email"]]
    assert [(e["at"], e["until"]) for e in ada["evidence"]] == [
        ("2020-11-02T21:00:00Z", "2020-11-02T23:00:00Z")
    ]
    matched = {"registration_id": "ada", "reason": "Her address."}
    path = f"/attendance/v1/unmatched/{ada['id']}/match"
    assert (await enrolled.http.post(path, json=matched)).status_code == 200
    assert (await enrolled.registration("ada"))["s3"]["seconds"] == 7200


async def test_the_zone_of_an_export_can_be_said(enrolled: World) -> None:
    await enrolled.at("2020-11-02T23:00:00Z")
    text = EXPORT.replace("04:00:00 PM", "09:00:00 PM").replace("06:00:00 PM", "11:00:00 PM")
    assert (await export(enrolled, "UTC", text)).json()["accepted"] == 2
    [line] = await enrolled.rows("SELECT joined_at FROM report_lines ORDER BY joined_at LIMIT 1")
    assert line["joined_at"].isoformat() == "2020-11-02T17:00:00+00:00"
    wrong = await export(enrolled, "Mars/Olympus")
    assert (wrong.status_code, wrong.json()["type"]) == (422, "/problems/zone-unknown")
    assert (await export(enrolled, "x" * 65)).status_code == 422


async def test_an_export_of_a_course_that_is_not_known_needs_its_zone(world: World) -> None:
    answer = await export(world)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/zone-unknown")
    assert (await export(world, "UTC")).status_code == 404


async def test_who_comes_in_the_break_came_for_the_session_after_it(enrolled: World) -> None:
    await enrolled.hears(course(2, sessions=two_of_a_day()))
    await enrolled.at("2020-11-03T01:14:00Z")
    await enrolled.observe(
        saw("1", "joined", "2020-11-02T23:05:00Z", registration_id="ada"),
        saw("2", "left", "2020-11-03T01:15:00Z", registration_id="ada"),
    )
    await enrolled.at("2020-11-03T03:14:00Z")
    assert (await enrolled.settled())["ada", "s4"][0] == 7200
