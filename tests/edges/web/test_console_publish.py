"""Publishing from a file, moving and cancelling a session: shown first, done once, faults in place."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

from shared.runtime.service import Service
from tests.edges.web.owners import COURSE, Played, problem
from tests.edges.web.staff import csrf, in_whose_name, staff
from tests.edges.web.test_console_courses import HERE, OURS, desk
from tests.edges.web.test_console_today import plain

__all__ = ["desk"]
NEW = "/registration/v1/courses/ethics-2027"
FILE = """\
id: ethics-2027
title: Ethics
sessions:
  - id: s1
    date: 2027-02-30
    from: "16:00"
    to: "18:00"
"""


async def send(client: httpx.AsyncClient, file: str, **fields: str) -> httpx.Response:
    token = csrf((await client.get("/console/publish")).text)
    data = {"csrf": token, "key": "5" * 32, **fields}
    return await client.post("/console/publish", data=data, files={"file": ("c.yaml", file)})


async def test_a_new_course_is_published_from_a_file(desk: Service, owners: Played) -> None:
    owners.on("PUT", NEW, (201, {"course_id": "ethics-2027", "version": 1, "warnings": []}))
    async with staff(desk, "coordinator") as client:
        assert "/console/publish" in (await client.get("/console/courses")).text
        done = await send(client, "\ufeff" + FILE)
        assert (done.status_code, done.headers["location"]) == (303, "/console/courses/ethics-2027")
    [asked] = owners.calls(NEW)[1:]
    assert asked.body["sessions"][0]["date"] == "2027-02-30"
    assert (asked.method, asked.key) == ("PUT", "5" * 32)
    assert in_whose_name(asked) == "console:u-17"


async def test_every_fault_stands_at_its_line_and_nothing_typed_is_lost(
    desk: Service, owners: Played
) -> None:
    faults = [
        {"pointer": "/policy", "detail": "is missing"},
        {"pointer": "/sessions/0/date", "detail": "There is no such day."},
    ]
    owners.on("PUT", NEW, (422, problem("course-invalid", 422, "Not a course.", faults)))
    async with staff(desk, "admin") as client:
        page = await send(client, "", text=FILE.replace("\n", "\r\n"))
    assert page.status_code == 422
    said = plain(page.text)
    assert "2 things are to be mended. Nothing was published." in said
    assert "Line 1 id: ethics-2027 is missing" in said
    assert "Line 5 date: 2027-02-30 There is no such day." in said
    assert "id: ethics-2027\ntitle: Ethics" in page.text
    assert "5" * 32 not in page.text, "another try is another request"


async def test_what_is_no_course_file_is_told_without_asking_anybody(
    desk: Service, owners: Played
) -> None:
    async with staff(desk, "admin") as client:
        page = await send(client, "id: x\nsessions: [")
    assert page.status_code == 422
    assert "Line 2 sessions: [ It is neither YAML nor JSON" in plain(page.text)
    assert not owners.asked


async def test_a_course_that_is_there_is_replaced_only_by_who_was_told_so(
    desk: Service, owners: Played
) -> None:
    text = FILE.replace("ethics-2027", COURSE)
    warnings = [{"detail": "Two learners cannot come then."}]
    owners.on("PUT", OURS, (200, {"course_id": COURSE, "version": 4, "warnings": warnings}))
    async with staff(desk, "admin") as client:
        page = await send(client, text)
        assert "This course is there already: Attachment , version 3." in plain(page.text)
        assert f'name="over" value="{COURSE} 3"' in page.text
        stale = await send(client, text, over=f"{COURSE} 2")
        assert "version 3" in stale.text
        assert [asked.method for asked in owners.calls(OURS)] == ["GET", "GET"]
        done = await send(client, text, over=f"{COURSE} 3")
    assert "Two learners cannot come then." in done.text
    assert owners.calls(OURS)[-1].method == "PUT"


async def test_only_who_runs_courses_and_with_a_form_of_theirs(
    desk: Service, owners: Played
) -> None:
    async with staff(desk, "finance") as client:
        token = csrf((await client.get("/console/courses")).text)
        assert (await client.get("/console/publish")).status_code == 403
        for csrf_token in (token, ""):
            data = {"csrf": csrf_token}
            sent = await client.post("/console/publish", data=data, files={"file": ("c", FILE)})
            assert sent.status_code == 403
        for what in ("move", "cancel"):
            assert (await client.get(f"{HERE}/sessions/s1/{what}")).status_code == 403
    async with staff(desk, "admin", word="another") as client:
        data = {"csrf": token}
        sent = await client.post("/console/publish", data=data, files={"file": ("c", FILE)})
        assert sent.status_code == 403
    assert not owners.calls(NEW)


# --- a session ------------------------------------------------------------------------------------
async def filled(client: httpx.AsyncClient, what: str) -> tuple[str, dict[str, str]]:
    page = (await client.get(f"{HERE}/sessions/s1/{what}")).text
    key = re.search(r'name="key" value="([0-9a-f]{32})"', page)
    assert key
    return page, {"csrf": csrf(page), "key": key[1]}


@pytest.mark.parametrize(
    ("refused", "said"),
    [
        (
            (409, problem("last-session", 409, "It is the only one left.")),
            "It is the only one left.",
        ),
        (
            (422, problem("x", 422, "", [{"pointer": "/date", "detail": "No such day."}])),
            "No such day.",
        ),
    ],
    ids=["by-a-rule", "by-its-form"],
)
async def test_what_is_refused_is_told_with_what_was_typed_under_a_new_key(
    desk: Service, owners: Played, refused: Any, said: str
) -> None:
    owners.on("POST", f"{OURS}/sessions/s1/cancel", refused)
    async with staff(desk, "coordinator") as client:
        _, form = await filled(client, "cancel")
        page = await client.post(f"{HERE}/sessions/s1/cancel", data=form | {"reason": "Snow"})
    assert page.status_code == refused[0]
    assert said in page.text
    assert 'value="Snow"' in page.text
    assert form["key"] not in page.text


async def test_a_session_is_cancelled_with_a_reason_once_it_is_meant(
    desk: Service, owners: Played
) -> None:
    path = f"{OURS}/sessions/s1/cancel"
    owners.on("POST", path, (202, {"status": "cancelled"}))
    async with staff(desk, "coordinator") as client:
        page, form = await filled(client, "cancel")
        said = plain(page)
        assert "told by mail, with your reason" in said
        # A quarter of what came in and stayed, and of what was paid with credits: 2 of 8 hours.
        assert "About $57.25 , of $229.00 that came in and did not go back yet" in said
        assert "$12.50 of what was paid with credits" in said
        assert "120 of 480" in said
        to = f"{HERE}/sessions/s1/cancel"
        assert (await client.post(to, data=form | {"reason": " "})).status_code == 422
        assert owners.calls(path) == []
        assert (await client.post(to, data=form | {"reason": "Snow"})).headers["location"] == HERE
        assert (await client.get(f"{HERE}/sessions/none/cancel")).status_code == 404
        assert (await client.get(f"{HERE}/sessions/s1/burn")).status_code >= 400
    [asked] = owners.calls(path)
    assert asked.body == {"reason": "Snow"}
