"""Dead letters at the console: of all services, shown with contents, tried again or dropped."""

from __future__ import annotations

import re
from typing import Any

import pytest

from services.web.domain.board import SERVICES
from shared.runtime.service import Service
from tests.edges.web.owners import Played, paged, problem
from tests.edges.web.staff import csrf, in_whose_name, staff
from tests.edges.web.test_console_today import plain
from tests.runtime.test_batch import rows

LIST = "/console/system/dead-letters"
PAGE = f"{LIST}/billing/ev-1"
OWNER = "/billing/v1/dead-letters"
KEY = "d" * 32
LETTER: dict[str, Any] = {
    "event_id": "ev-1", "service": "billing", "consumer": "billing", "state": "open",
    "type": "registration.confirmed.v1", "key": "r-1", "topic": "registration.registrations",
    "partition": 3, "offset": 41, "reason": "value-unreadable", "error": "price: missing",
    "attempts": 0, "missing": None, "died_at": "2020-09-14T10:00:00Z",
}  # fmt: skip
WHOLE = LETTER | {
    "headers": [["ce_id", "ev-1"], ["odd", None]],
    "value": '{"name": "<i>Ada</i>"}',
    "cut": 7,
}


@pytest.fixture
async def desk(web: Service, owners: Played) -> Service:
    for name in SERVICES:
        owners.on("GET", f"/{name}/v1/dead-letters", (200, {"items": [], "next": None}))
    owners.on("GET", OWNER, (200, {"items": [LETTER], "next": None}))
    owners.on("GET", f"{OWNER}/ev-1", (200, WHOLE))
    return web


async def test_letters_of_all_services_stand_in_one_list(desk: Service, owners: Played) -> None:
    later = LETTER | {"event_id": "ev-2", "service": "web", "died_at": "2020-09-14T11:00:00Z"}
    owners.on("GET", "/web/v1/dead-letters", (200, {"items": [later], "next": None}))
    owners.on("GET", "/attendance/v1/dead-letters", (500, {}))
    async with staff(desk, "admin") as client:
        said = plain((await client.get(LIST)).text)
        assert said.index("Web Open value unreadable") < said.index("Billing Open value unreadable")
        assert "registration.registrations/3@41" in said
        assert "Attendance does not answer" in said
        only = plain((await client.get(f"{LIST}?service=billing")).text)
        assert "1 dead letters" in only
        cut = await client.get(f"{LIST}?format=csv")
        assert (cut.status_code, "a file would be cut" in cut.text) == (503, True)
        owners.on("GET", "/attendance/v1/dead-letters", (200, {"items": [], "next": None}))
        sheet = (await client.get(f"{LIST}?format=csv")).text
        junk = await client.get(f"{LIST}?service=nobody&page=x&sort=%00")
    assert junk.status_code in (200, 400)
    assert sheet.splitlines()[2] == (
        "registration.confirmed.v1,billing,open,value unreadable,price: missing,2020-09-14 10:00,0,"
        "registration.registrations/3@41,r-1,ev-1"
    )


async def test_a_file_has_all_letters_however_many(desk: Service, owners: Played) -> None:
    many = paged([LETTER | {"event_id": f"ev-{number:04}"} for number in range(1_201)])
    owners.on("GET", OWNER, many)
    async with staff(desk, "admin") as client:
        assert "500 dead letters; there are more" in plain((await client.get(LIST)).text)
        sheet = (await client.get(f"{LIST}?format=csv")).text.splitlines()
    assert len(sheet) == 1 + 1_201
    assert {line.rpartition(",")[2] for line in sheet[1:]} == {f"ev-{n:04}" for n in range(1_201)}


async def test_who_looks_at_contents_is_kept(desk: Service) -> None:
    async with staff(desk, "admin") as client:
        page = (await client.get(PAGE)).text
    assert "&lt;i&gt;Ada" in page
    assert "<i>Ada" not in page
    assert "7 more characters" in page
    kept = await rows(desk.api_db, "select by, act, about from audit where act like '%-read'")
    assert kept == [("console:u-17", "console.dead-letter-read", "billing ev-1")]


async def test_a_letter_is_tried_again_in_the_name_of_who_is_signed_in(
    desk: Service, owners: Played
) -> None:
    path = f"{OWNER}/ev-1/replay"
    owners.on("POST", path, (202, LETTER | {"state": "ordered"}))
    async with staff(desk, "admin") as client:
        form = {"csrf": csrf((await client.get(PAGE)).text), "key": KEY}
        done = await client.post(f"{PAGE}/replay", data=form)
        assert (done.status_code, done.headers["location"]) == (303, f"{LIST}?done=replay")
        assert "handed to its service" in (await client.get(f"{LIST}?done=replay")).text
        owners.on("POST", path, (409, problem("dead-letter-ordered", 409, "It is asked for.")))
        twice = await client.post(f"{PAGE}/replay", data=form)
        assert (twice.status_code, "It is asked for." in twice.text) == (409, True)
        owners.on("POST", path, (503, {}))
        away = await client.post(f"{PAGE}/replay", data=form)
        assert (away.status_code, f'value="{KEY}"' in away.text) == (503, True), "the same request"
    asked = owners.calls(path)[0]
    assert (asked.key, in_whose_name(asked)) == (KEY, "console:u-17")


async def test_a_letter_is_dropped_with_a_reason_that_names_nobody(
    desk: Service, owners: Played
) -> None:
    path = f"{OWNER}/ev-1/drop"
    owners.on("POST", path, (200, LETTER | {"state": "dropped"}))
    async with staff(desk, "admin") as client:
        form = {"csrf": csrf((await client.get(PAGE)).text), "key": KEY}
        for reason in ("", "Ada’s", "x" * 61):
            wrong = await client.post(f"{PAGE}/drop", data=form | {"reason": reason})
            assert wrong.status_code == 422
        assert not owners.calls(path)
        done = await client.post(f"{PAGE}/drop", data=form | {"reason": "Sent twice"})
        assert done.headers["location"] == f"{LIST}?done=drop"
    assert owners.calls(path)[0].body == {"reason": "sent-twice"}


async def test_what_is_sent_again_after_no_answer_is_the_same_deed_and_no_other(
    desk: Service, owners: Played
) -> None:
    async with staff(desk, "admin") as client:
        form = {"csrf": csrf((await client.get(PAGE)).text), "key": KEY, "reason": "sent twice"}
        for what in ("replay", "drop"):
            owners.on("POST", f"{OWNER}/ev-1/{what}", (503, {}))
            away = await client.post(f"{PAGE}/{what}", data=form)
            assert away.status_code == 503
            field = r'action="[^"]+/(replay|drop)".*?name="key" value="(\w+)"'
            assert re.findall(field, away.text, re.DOTALL) == [(what, KEY)]
        owners.down = {"billing"}
        away = await client.post(f"{PAGE}/drop", data=form)
        assert away.status_code == 503
        assert "Billing did not answer. Send it again: it counts once." in away.text
        assert all(f'name="{name}" value="{value}"' in away.text for name, value in form.items())
        owners.down = set()
        owners.on("GET", f"{OWNER}/ev-1", (404, problem("dead-letter-unknown", 404)))
        gone = await client.post(f"{PAGE}/drop", data=form)
        assert (gone.status_code, "Send it again" in gone.text) == (503, True), "perhaps by this"


@pytest.mark.parametrize("change", [{"state": "ordered"}, {"missing": "value"}, {"consumer": "x"}])
async def test_what_cannot_be_tried_again_has_no_button_for_it(
    desk: Service, owners: Played, change: dict[str, str]
) -> None:
    owners.on("GET", f"{OWNER}/ev-1", (200, WHOLE | change))
    async with staff(desk, "admin") as client:
        page = (await client.get(PAGE)).text
    assert "Try it again" not in page
    assert "Drop it" in page


async def test_unknown_letters_and_owners_are_nowhere(desk: Service, owners: Played) -> None:
    async with staff(desk, "admin") as client:
        token = csrf((await client.get(PAGE)).text)
        for path in (f"{LIST}/billing/x", f"{LIST}/nobody/ev-1", f"{LIST}/billing/%F0%9F%8C%8D"):
            assert (await client.get(path)).status_code == 404
        sent = await client.post(f"{LIST}/nobody/ev-1/replay", data={"csrf": token})
        assert sent.status_code == 404
        owners.down = {"billing"}
        assert "Billing is away" in (await client.get(PAGE)).text


@pytest.mark.parametrize("role", ["viewer", "coordinator", "finance"])
async def test_letters_are_an_admin_s(desk: Service, owners: Played, role: str) -> None:
    async with staff(desk, role) as client:
        page = (await client.get("/console/system")).text
        assert f'href="{LIST}"' not in page
        before = len(owners.asked)
        for path in (LIST, PAGE):
            assert (await client.get(path)).status_code == 403
        for what in ("replay", "drop"):
            sent = await client.post(f"{PAGE}/{what}", data={"csrf": csrf(page), "reason": "x"})
            assert sent.status_code == 403
    assert len(owners.asked) == before
