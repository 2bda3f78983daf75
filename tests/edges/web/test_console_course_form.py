"""Publishing from the form and duplicating a course: looked at first, published once, and nothing
that was typed is ever lost."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import httpx
import pytest

from services.registration.domain.as_file import as_file
from services.web.course_file import read_part
from shared.runtime.service import Service
from tests.edges.web.owners import COURSE, Played, problem, usd
from tests.edges.web.staff import csrf, in_whose_name, staff
from tests.edges.web.test_console_courses import HERE, OURS, desk
from tests.edges.web.test_console_today import plain
from tests.rules.registration.test_as_file import EVERYTHING, published

__all__ = ["desk"]
FORM = "/console/publish/form"
NEW = "/registration/v1/courses/ethics-2027"
CHECK = f"{NEW}/check"
COPY = f"{HERE}/duplicate"
TYPED = {
    "title": "Ethics <in> the Evening", "id": "ethics-2027", "kind": "online_course",
    "delivery": "live_online", "zone": "Europe/Berlin", "capacity": "40",
    "price/amount": "49.00", "price/currency": "EUR", "objectives": "One\r\nTwo",
    "provider/name": "Praxis CET", "sessions/0/id": "s1", "sessions/0/date": "2027-03-22",
    "sessions/0/from": "09:00", "sessions/0/to": "11:00",
    "refund_policy": "version: 1\r\nwindows: []", "+": "hold_minutes: 45",
}  # fmt: skip
SAID = {
    "title": "Ethics <in> the Evening", "id": "ethics-2027", "kind": "online_course",
    "delivery": "live_online", "zone": "Europe/Berlin", "capacity": 40,
    "price": {"amount": "49.00", "currency": "EUR"}, "objectives": ["One", "Two"],
    "provider": {"name": "Praxis CET"}, "hold_minutes": 45,
    "sessions": [{"id": "s1", "date": "2027-03-22", "from": "09:00", "to": "11:00"}],
    "refund_policy": {"version": 1, "windows": []},
}  # fmt: skip
LOOKED: dict[str, Any] = {
    "course_id": "ethics-2027", "version": 1, "new": True, "changed": True,
    "in_force": None, "codes_changed": [],
    "sessions": [], "warnings": ["Sessions of this course lie in the past: nobody can register."],
    "course": {
        "title": "Ethics <in> the Evening", "subtitle": "", "price": usd(4900), "capacity": 40,
        "prices": [
            {"price_id": "early", "label": "early bird", "kind": "early", "amount": usd(3900),
             "until": "2027-02-28", "ends_at": "2027-02-28T23:00:00Z", "at_least": 0},
        ],
        "prices_by_code": 2, "opens_at": None, "closes_at": "2027-03-22T08:00:00Z",
        "delivery": "live_online", "location": "", "zone": "Europe/Berlin",
        "provider": {"name": "Praxis CET"}, "joint_sponsor": None, "disclosure": None,
        "instructors": [{"name": "Ada", "credentials": "PhD"}],
        "policy": {"text": "Money back, minus 30.00."},
        "boards": [
            {"board": "NBCC", "hours": "2", "unit": "clock hours", "approved_from": "2027-01-01",
             "approved_to": None, "professions": ["social_worker"]},
        ],
        "sessions": [
            {"session_id": "s1", "title": "", "starts_at": "2027-03-22T08:00:00Z", "status":
             "scheduled", "ends_at": "2027-03-22T10:00:00Z", "instruction_minutes": 120},
        ],
    },
}  # fmt: skip


def fields_of(page: str, action: str = "/console/publish/form") -> dict[str, str]:
    """What a browser would send of a page's form (for a course), pressing no button."""
    form = page[page.index(f'<form method="post" action="{action}"') :]
    form = form[: form.index("</form>")]
    found: dict[str, str] = {}
    for tag in re.findall(r"<input [^>]*>", form):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        assert name, tag
        found[unescape(name[1])] = unescape(value[1]) if value else ""
    for name, text in re.findall(
        r'<textarea [^>]*name="([^"]*)"[^>]*>\n(.*?)</textarea>', form, re.DOTALL
    ):
        found[name] = unescape(text)
    for name, options in re.findall(
        r'<select [^>]*name="([^"]*)"[^>]*>(.*?)</select>', form, re.DOTALL
    ):
        chosen = re.search(r'value="([^"]*)" selected', options)
        first = re.search(r'value="([^"]*)"', options)
        assert first
        found[name] = (chosen or first)[1]
    return found


async def send(client: httpx.AsyncClient, do: str = "", **fields: str) -> httpx.Response:
    token = csrf((await client.get(FORM)).text)
    return await client.post(FORM, data={"csrf": token, "do": do, **fields})


def kept(page: str, typed: dict[str, str]) -> None:
    shown = {name: value.replace("\r\n", "\n") for name, value in fields_of(page).items()}
    assert {name: shown.get(name) for name in typed} == {
        name: value.replace("\r\n", "\n") for name, value in typed.items()
    }


async def test_it_is_looked_at_and_then_published_as_the_file_would_be(
    desk: Service, owners: Played
) -> None:
    owners.on("POST", CHECK, (200, LOOKED))
    owners.on("PUT", NEW, (201, {"course_id": "ethics-2027", "version": 1, "warnings": []}))
    async with staff(desk, "coordinator") as client:
        assert f'href="{FORM}"' in (await client.get("/console/courses")).text
        page = await send(client, "look", **TYPED)
        assert page.status_code == 200, plain(page.text)
        said = plain(page.text).replace("\u202f", " ")
        assert "as ethics-2027 , version 1. Nothing has been done yet." in said
        assert "Monday, March 22, 2027, 9:00 AM – 11:00 AM" in said
        assert "Early bird $39.00, until" in said
        assert "NBCC 2 clock hours 2027-01-01 – … social worker" in said
        assert "Money back, minus 30.00." in said
        assert "Sessions of this course lie in the past" in said
        assert [asked.method for asked in owners.asked if asked.path == NEW] == []
        form = fields_of(page.text)
        again = await client.post(FORM, data=form | {"do": "edit"})
        kept(again.text, TYPED)
        done = await client.post(FORM, data=form | {"do": "publish"})
    assert (done.status_code, done.headers["location"]) == (303, "/console/courses/ethics-2027")
    looked, _ = owners.calls(CHECK)  # and again as it is published
    [_, put] = owners.calls(NEW)
    assert looked.body == put.body == SAID
    assert (put.method, put.key) == ("PUT", form["key"])
    assert {in_whose_name(looked), in_whose_name(put)} == {"console:u-17"}


async def test_every_fault_stands_beside_its_field_and_nothing_typed_is_lost(
    desk: Service, owners: Played
) -> None:
    faults = [
        {"pointer": "/title", "detail": "Too plain."},
        {"pointer": "/sessions/1/from", "detail": "Clocks skip it."},
        {"pointer": "/sessions/1/breaks/0", "detail": "A break lies within its session."},
        {"pointer": "/sessions", "detail": "They overlap."},
        {"pointer": "/prices/0", "detail": "When is it given?"},
        {"pointer": "/provider", "detail": "An object is needed here."},
        {"pointer": "/refund_policy/windows", "detail": "There are none."},
        {"pointer": "/tax/rates", "detail": "At least one rate."},
        {"pointer": "/recording_of", "detail": "There is no such course."},
    ]
    owners.on("POST", CHECK, (422, problem("course-invalid", 422, "Not a course.", faults)))
    typed = TYPED | {
        "sessions/4/id": "", "sessions/7/from": "02:30",  # the second that says anything
        "sessions/7/+": "breaks:\r\n  - {from: x}", "prices/2/id": "early",
        "+": "hold_minutes: 45\r\ntax: {}\r\nrecording_of: none",
    }  # fmt: skip
    async with staff(desk, "admin") as client:
        page = await send(client, "look", **typed)
    assert page.status_code == 422
    said = plain(page.text)
    assert "9 things are to be mended. Nothing was published." in said
    order = ("title", "sessions", "sessions/7/from", "sessions/7/+", "refund_policy", "prices/2")
    linked = re.findall(r'<li><a href="#([^"]*)"', page.text)
    assert linked == [*order, "provider/name", "+", "+"]
    for name, line in (
        ("title", "Title : Too plain."),
        ("sessions/7/from", "Session 2, from : Clocks skip it."),
        ("sessions/7/+", "Session 2, everything else , line 2: A break lies within"),
        ("sessions", "Sessions : They overlap."),
        ("prices/2", "Price 1 : When is it given?"),
        ("provider/name", "Provider : An object is needed here."),
        ("refund_policy", "Refund policy , line 2: There are none."),
        ("+", "Everything else , line 2: At least one rate."),
        ("+", "Everything else , line 3: There is no such course."),
    ):
        assert line in said
        assert f'href="#{name}"' in page.text
        assert f'id="{name}"' in page.text
    assert 'id="title-error-1">Too plain.' in page.text
    assert 'aria-invalid="true" aria-describedby="title-error-1"' in page.text
    kept(page.text, typed)


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("refund_policy", "a: [", "It is neither YAML nor JSON"),
        ("sessions/0/+", "- a", "Names with their values are needed here"),
        ("+", "just words", "Names with their values are needed here"),
        ("+", "a: 1\ntitle: x", "Line 2: `title` has a field of its own"),
        ("+", "a: &a 1\nb: *a", "Line 2: A course file has no aliases"),
    ],
)
async def test_what_a_box_cannot_hold_is_told_without_asking_anybody(
    desk: Service, owners: Played, name: str, text: str, why: str
) -> None:
    async with staff(desk, "admin") as client:
        for do in ("look", "publish", ""):
            page = await send(client, do, **TYPED | {name: text})
            assert page.status_code == 422
            assert why in plain(page.text)
            kept(page.text, TYPED | {name: text})
    assert not owners.asked


async def test_rows_come_and_go_by_a_button_each_with_all_that_was_typed(desk: Service) -> None:
    async with staff(desk, "admin") as client:
        page = await send(client, "add sessions", **TYPED)
        assert page.status_code == 200
        more = {"sessions/1/id": "s2", "sessions/1/date": "2027-03-29", "sessions/1/from": "09:00"}
        kept(page.text, TYPED | more)
        assert 'id="sessions/1"' in page.text
        page = await send(client, "drop sessions/0", **TYPED | more)
        kept(page.text, more | {"title": TYPED["title"], "+": TYPED["+"]})
        assert 'id="sessions/0"' not in page.text
        for rows in ("instructors", "boards", "prices"):
            assert f'id="{rows}/0"' in (await send(client, f"add {rows}", **TYPED)).text
        for odd in ("add", "add nothing", "drop", "drop sessions", "drop x/1"):
            kept((await send(client, odd, **TYPED)).text, TYPED)
        many = {f"sessions/{n}/{name}": "x" for n in range(400) for name in ("id", "date", "from")}
        kept((await send(client, "edit", **TYPED | many)).text, many)


async def test_a_course_that_is_there_is_replaced_only_by_who_was_told_so(
    desk: Service, owners: Played
) -> None:
    there = {"course_id": "ethics-2027", "version": 3, "title": "Ethics"}
    owners.on("GET", NEW, (200, there))
    owners.on("POST", CHECK, (200, LOOKED | {"new": False, "version": 4, "in_force": 3}))
    owners.on("PUT", NEW, (200, there | {"version": 4, "warnings": []}))
    async with staff(desk, "admin") as client:
        untold = await send(client, "publish", **TYPED)
        assert "This course is there already." in plain(untold.text)
        assert fields_of(untold.text)["over"] == "ethics-2027 3"
        stale = await send(client, "publish", over="ethics-2027 2", **TYPED)
        assert "This course is there already." in plain(stale.text)
        assert "PUT" not in [asked.method for asked in owners.asked]
        done = await client.post(FORM, data=fields_of(untold.text) | {"do": "publish"})
        assert done.status_code == 303
        in_force = {"new": False, "version": 3, "in_force": 3}
        owners.on("POST", CHECK, (200, LOOKED | in_force | {"changed": False}))
        same = await send(client, "look", **TYPED)
        assert "Nothing would change." in plain(same.text)
        assert 'value="publish"' not in same.text
        codes = [
            {"price_id": "spring", "label": "spring", "what": "code"},
            {"price_id": "team", "label": "friends of IBH", "what": "uses"},
            {"price_id": "may", "label": "may", "what": "new"},
            {"price_id": "old", "label": "old", "what": "ended"},
        ]
        ended = {"codes_changed": codes, "warnings": ["The code of the price old ends."]}
        owners.on("POST", CHECK, (200, LOOKED | in_force | ended))
        leaked = await send(client, "look", **TYPED)
    said = plain(leaked.text)
    assert "says just this, but for the codes of its prices" in said
    assert "Spring: it has another code. The one before is no good any more" in said
    assert "Friends of IBH: its code may be used another number of times." in said
    assert "May: it has a code from now on." in said
    assert said.count("The code of the price old ends.") == 1
    assert "Old:" not in said
    assert ">Change the codes</button>" in leaked.text
    assert fields_of(leaked.text)["over"] == "ethics-2027 3"


async def test_an_owner_that_is_away_loses_nothing_and_is_asked_again_once(
    desk: Service, owners: Played
) -> None:
    owners.on("POST", CHECK, (200, LOOKED))
    owners.on("PUT", NEW, (503, {}))
    async with staff(desk, "admin") as client:
        form = fields_of((await send(client, "look", **TYPED)).text)
        away = await client.post(FORM, data=form | {"do": "publish"})
        assert away.status_code == 503
        assert "Whether it was done is not known." in plain(away.text)
        again = fields_of(away.text)
        assert again == form | {"do": "publish", "unsure": form["key"]}, "the same request"
        owners.on("PUT", NEW, (409, problem("course-cancelled", 409, "It was cancelled.")))
        refused = await client.post(FORM, data=again)
        assert (refused.status_code, "It was cancelled." in refused.text) == (409, True)
        kept(refused.text, TYPED)
        owners.down = {"registration"}
        page = await send(client, "look", **TYPED)
    assert page.status_code == 503
    assert "Nothing was published. Nothing you typed is lost." in plain(page.text)
    kept(page.text, TYPED)


async def test_what_can_be_no_id_is_told_with_all_other_faults(
    desk: Service, owners: Played
) -> None:
    errors = [{"pointer": "/id", "detail": "An id is letters and digits."}]
    path = "/registration/v1/courses/-/check"
    owners.on("POST", path, (422, problem("course-invalid", 422, "", errors)))
    async with staff(desk, "admin") as client:
        for odd in ("", "a/b", "x y", "../x", "x" * 101):
            page = await send(client, "look", **TYPED | {"id": odd})
            assert (page.status_code, "Id : An id is letters" in plain(page.text)) == (422, True)
            kept(page.text, {"id": odd})
        page = await send(client, "publish", **TYPED | {"id": ""})
        assert page.status_code == 422
    assert [asked.path for asked in owners.asked] == [path] * 6
    assert all("id" not in asked.body for asked in owners.asked)


async def test_only_who_runs_courses_and_with_a_form_of_theirs(
    desk: Service, owners: Played
) -> None:
    async with staff(desk, "finance") as client:
        token = csrf((await client.get("/console/courses")).text)
        assert (await client.get(FORM)).status_code == 403
        assert (await client.get(f"{COPY}?id=x&weeks=1")).status_code == 403
        assert (await client.post(FORM, data={"csrf": token})).status_code == 403
        assert "/duplicate" not in (await client.get(HERE)).text
    async with staff(desk, "admin", word="another") as client:
        assert (await client.post(FORM, data={"csrf": token, **TYPED})).status_code == 403
    assert not owners.calls(CHECK)


# --- a copy -----------------------------------------------------------------------------------------
WHOLE = as_file(published(EVERYTHING | {"id": COURSE}))
TOLD = {
    "course_id": COURSE, "version": 3, "status": "published", "file": WHOLE,
    "prices_left_out": ["spring"], "sessions_cancelled": ["night"],
}  # fmt: skip


async def test_a_course_is_duplicated_into_the_form_with_its_days_moved_and_its_times_kept(
    desk: Service, owners: Played
) -> None:
    owners.on("GET", f"{OURS}/file", (200, TOLD))
    owners.on("POST", "/registration/v1/courses/again-2027/check", (200, LOOKED))
    async with staff(desk, "coordinator") as client:
        assert f'href="{COPY}"' in (await client.get(HERE)).text
        first = plain((await client.get(COPY)).text)
        assert "4 sessions, the first on Monday, October 19, 2020" in first
        page = await client.get(f"{COPY}?id=again-2027&first=2021-03-08&weeks=")
        assert page.status_code == 200
        said = plain(page.text)
        assert "All days are 20 weeks later; times are as clocks show them." in said
        assert "codes are not kept: spring." in said
        assert "Cancelled in the original, planned in this one: night." in said
        assert "Links to meetings are those of the original." in said
        form = fields_of(page.text)
        assert (form["id"], form["copied"], form["price/amount"]) == (
            "again-2027",
            COURSE,
            "199.00",
        )
        assert (await client.post(FORM, data=form | {"do": "look"})).status_code == 200
    [looked] = owners.calls("/registration/v1/courses/again-2027/check")
    days = [(s["date"], s.get("to_date"), s["from"], s["to"]) for s in looked.body["sessions"]]
    assert days == [
        ("2021-03-08", None, "09:00", "17:00"),
        ("2021-03-20", "2021-03-21", "20:00", "01:30"),
        ("2021-03-25", None, "16:00", "18:00"),
        ("2021-03-30", "2021-05-20", "00:00", "23:59"),
    ]
    # Noon in New York, before the clocks went forward and after.
    assert looked.body["registration"]["closes_at"] == "2021-03-08T13:00:00Z"
    assert looked.body["prices"][1]["when"] == {"until": "2021-02-07T17:00:00Z"}
    moving = ("id", "sessions", "registration", "prices", "price", "boards", "ce_hours")
    assert {k: v for k, v in looked.body.items() if k not in moving} == {
        k: v for k, v in WHOLE.items() if k not in moving
    }
    assert looked.body["ce_hours"] == 8
    assert looked.body["boards"][0]["layout"] == WHOLE["boards"][0]["layout"]
    assert all(asked.method != "PUT" for asked in owners.asked)


@pytest.mark.parametrize(
    ("asked", "field", "why"),
    [
        ("id=&weeks=1", "id", "Give the new course an id."),
        ("id=x&weeks=&first=", "first", "Say on which day its first session is"),
        ("id=x&weeks=1&first=2021-01-01", "weeks", "one of the two"),
        ("id=x&weeks=1.5", "weeks", "Weeks are a whole number"),
        ("id=x&weeks=1041", "weeks", "Weeks are a whole number"),
        ("id=x&first=2021-02-30", "first", "2021-02-30 is not on the calendar."),
        ("id=x&first=9999-12-31", "first", "That is beyond the calendar."),
        (f"id={COURSE}&weeks=1", "id", "There is a course of this id already: Attachment."),
    ],
)
async def test_what_a_copy_lacks_is_told_beside_its_field(
    desk: Service, owners: Played, asked: str, field: str, why: str
) -> None:
    owners.on("GET", f"{OURS}/file", (200, TOLD))
    async with staff(desk, "admin") as client:
        page = await client.get(f"{COPY}?{asked}")
    assert page.status_code == 422
    assert re.search(rf'id="{field}-error">[^<]*{re.escape(why)}', page.text)
    for part in asked.split("&"):
        name, _, value = part.partition("=")
        assert f'id="{name}" name="{name}" value="{value}"' in page.text


async def test_a_copy_of_nothing_and_of_what_cannot_be_asked(desk: Service, owners: Played) -> None:
    async with staff(desk, "admin") as client:
        assert (await client.get("/console/courses/none/duplicate")).status_code == 404
        owners.down = {"registration"}
        assert "Registration is away" in (await client.get(COPY)).text


async def test_the_preview_has_the_same_course_as_a_file(desk: Service, owners: Played) -> None:
    owners.on("POST", CHECK, (200, LOOKED))
    async with staff(desk, "admin") as client:
        page = (await send(client, "look", **TYPED)).text
    shown = re.search(r'<pre class="raw"[^>]*>(.*?)</pre>', page, re.DOTALL)
    assert shown
    assert read_part(unescape(shown[1]))[0] == SAID


# --- a file, looked at ------------------------------------------------------------------------------
async def test_a_file_is_looked_at_too_before_it_is_published(
    desk: Service, owners: Played
) -> None:
    owners.on("POST", CHECK, (200, LOOKED))
    owners.on("PUT", NEW, (201, {"course_id": "ethics-2027", "version": 1, "warnings": []}))
    file = "id: ethics-2027\ntitle: Ethics\n"
    async with staff(desk, "coordinator") as client:
        page = (await client.get("/console/publish")).text
        assert f'href="{FORM}"' in page
        form: dict[str, Any] = {"csrf": csrf(page), "key": "5" * 32}
        empty = {"file": ("", b"", "application/octet-stream")}
        looked = await client.post(
            "/console/publish", data=form | {"text": file, "do": "look"}, files=empty
        )
        assert "Nothing has been done yet." in plain(looked.text)
        assert 'action="/console/publish" enctype="multipart/form-data"' in looked.text
        text = re.search(r'name="text" value="([^"]*)"', looked.text)
        assert text
        form |= {"text": unescape(text[1])}
        back = await client.post("/console/publish", data=form | {"do": "edit"}, files=empty)
        assert f">{file}</textarea>" in back.text
        assert "PUT" not in [asked.method for asked in owners.asked]
        done = await client.post("/console/publish", data=form | {"do": "publish"}, files=empty)
        assert done.status_code == 303
        faults = [{"pointer": "/title", "detail": "Too plain."}]
        owners.on("POST", CHECK, (422, problem("course-invalid", 422, "", faults)))
        wrong = await client.post("/console/publish", data=form | {"do": "look"}, files=empty)
        assert "Line 2 title: Ethics Too plain." in plain(wrong.text)
        owners.down = {"registration"}
        away = await client.post("/console/publish", data=form | {"do": "look"}, files=empty)
        assert away.status_code == 503
        assert "Nothing was published. Nothing you typed is lost." in plain(away.text)
        assert "to be mended" not in away.text
        assert f">{file}</textarea>" in away.text
        unsent = await client.post("/console/publish", data=form, files=empty)
        assert unsent.status_code == 503
        assert "Nothing was done." in unsent.text, "it could not even be looked at"
        assert 'name="unsure"' not in unsent.text
        owners.down = set()
        owners.on("POST", CHECK, (200, LOOKED))
        owners.on("PUT", NEW, (503, {}))
        unsure = await client.post("/console/publish", data=form, files=empty)
    assert unsure.status_code == 503
    assert "Whether it was done is not known." in plain(unsure.text)
    assert "Nothing was published" not in plain(unsure.text)
    assert 'action="/console/publish" enctype="multipart/form-data"' in unsure.text
    assert "<textarea" not in unsure.text, "other words would be another request"
    assert owners.calls(NEW)[-1].body == {"id": "ethics-2027", "title": "Ethics"}


# --- published, but nobody heard of it ------------------------------------------------------------
THERE = {"course_id": "ethics-2027", "version": 1, "title": "Ethics"}
UNCHANGED = LOOKED | {"new": False, "in_force": 1, "changed": False}


async def by_form(client: httpx.AsyncClient) -> tuple[str, dict[str, str]]:
    page = await send(client, "look", **TYPED)
    return FORM, fields_of(page.text) | {"do": "publish"}


async def by_file(client: httpx.AsyncClient) -> tuple[str, dict[str, str]]:
    token = csrf((await client.get("/console/publish")).text)
    text = "id: ethics-2027\ntitle: Ethics\n"
    return "/console/publish", {"csrf": token, "key": "5" * 32, "text": text}


async def press(client: httpx.AsyncClient, to: str, form: dict[str, str]) -> httpx.Response:
    if to == FORM:
        return await client.post(to, data=form)
    return await client.post(to, files={name: (None, text) for name, text in form.items()})


def kept_in(page: str) -> dict[str, str]:
    """The fields of a page with one form, all of them hidden."""
    found = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', page)
    return {unescape(name): unescape(value) for name, value in found}


@pytest.mark.parametrize("begin", [by_form, by_file])
async def test_what_was_published_while_its_answer_was_lost_is_done_when_sent_again(
    desk: Service, owners: Played, begin: Any
) -> None:
    owners.on("POST", CHECK, (200, LOOKED))
    owners.on("PUT", NEW, (503, {}))
    async with staff(desk, "admin") as client:
        to, form = await begin(client)
        away = await press(client, to, form)
        assert away.status_code == 503
        owners.on("GET", NEW, (200, THERE))  # it was published
        owners.on("POST", CHECK, (503, {}))
        again = await press(client, to, kept_in(away.text))
        assert again.status_code == 503
        assert "Whether it was done is not known." in plain(again.text)
        assert "Nothing" not in again.text
        owners.on("POST", CHECK, (200, UNCHANGED))
        owners.on("PUT", NEW, (201, THERE | {"warnings": ["Odd."]}))
        done = await press(client, to, kept_in(again.text))
    assert "Odd." in done.text
    puts = [asked for asked in owners.calls(NEW) if asked.method == "PUT"]
    assert [asked.key for asked in puts] == [form["key"]] * 2, "the first answer, once more"
    assert puts[0].body == puts[1].body


@pytest.mark.parametrize("begin", [by_form, by_file])
async def test_a_version_of_somebody_else_meanwhile_is_told_and_not_taken_the_place_of(
    desk: Service, owners: Played, begin: Any
) -> None:
    owners.on("POST", CHECK, (200, LOOKED))
    owners.on("PUT", NEW, (503, {}))
    async with staff(desk, "admin") as client:
        to, form = await begin(client)
        away = await press(client, to, form)
        owners.on("GET", NEW, (200, THERE | {"version": 2}))
        owners.on("POST", CHECK, (200, LOOKED | {"new": False, "in_force": 2, "version": 3}))
        other = await press(client, to, kept_in(away.text))
        said = plain(other.text)
        assert "Version 2 is in force now, and is not what you sent." in said
        assert "Whether that was published before it is not known." in said
        assert "Nothing has been done yet" not in said
        assert len([asked for asked in owners.calls(NEW) if asked.method == "PUT"]) == 1
        assert f'name="key" value="{form["key"]}"' not in other.text
        assert f'name="unsure" value="{form["key"]}"' in other.text, "nobody answered that"
        # They mean it, and somebody is quicker once more.
        owners.on("GET", NEW, (200, THERE | {"version": 3}))
        owners.on("POST", CHECK, (200, LOOKED | {"new": False, "in_force": 3, "version": 4}))
        form = kept_in(other.text) | {"do": "publish"}
        if to != FORM:
            form["text"] = "id: ethics-2027\ntitle: Ethics\n"
        stale = await press(client, to, form)
        said = plain(stale.text)
        assert "Version 3 is in force now, not version 2 that you looked at." in said
        assert "Whether it was published is not known." in said, "nobody answered the first"
        assert 'name="over" value="ethics-2027 3"' in stale.text
    assert len([asked for asked in owners.calls(NEW) if asked.method == "PUT"]) == 1


@pytest.mark.parametrize("begin", [by_form, by_file])
async def test_what_a_page_a_second_old_does_not_show_is_not_taken_the_place_of(
    desk: Service, owners: Played, begin: Any
) -> None:
    """The course's page says version 1 still, and the codes are in no version at all."""
    there = LOOKED | {"new": False, "in_force": 1, "version": 2, "codes_mark": "aa"}
    owners.on("GET", NEW, (200, THERE))
    owners.on("POST", CHECK, (200, there))
    async with staff(desk, "admin") as client:
        to, form = await begin(client)
        form |= {"over": "ethics-2027 1 aa", "do": "publish"}
        quicker = there | {"in_force": 2, "version": 3}
        owners.on("POST", CHECK, (200, quicker))
        stale = await press(client, to, form)
        said = plain(stale.text)
        assert "Version 2 is in force now, not version 1 that you looked at." in said
        codes = [{"price_id": "spring", "label": "spring", "what": "code"}]
        leaked = there | {"version": 1, "codes_changed": codes, "codes_mark": "bb"}
        owners.on("POST", CHECK, (200, leaked))
        page = await press(client, to, form)
        said = plain(page.text)
        assert "The codes of its prices are others now than when you looked." in said
        assert "Nothing was published." in said
        assert "Spring: it has another code." in said
        assert 'name="over" value="ethics-2027 1 bb"' in page.text
        assert "PUT" not in [asked.method for asked in owners.asked]
        owners.on("PUT", NEW, (200, THERE | {"warnings": []}))
        done = await press(client, to, form | {"over": "ethics-2027 1 bb"})
    assert done.status_code == 303, "they were told, and mean it"
    assert [asked.method for asked in owners.calls(NEW)].count("PUT") == 1


async def test_where_nobody_says_what_is_in_force_nothing_takes_its_place(
    desk: Service, owners: Played
) -> None:
    owners.on("GET", NEW, (429, problem("too-many-requests", 429, "Wait a minute.")))
    async with staff(desk, "admin") as client:
        to, form = await by_file(client)
        page = await press(client, to, form)
    assert (page.status_code, "Wait a minute." in page.text) == (429, True)
    assert [asked.method for asked in owners.calls(NEW)] == ["GET"]
