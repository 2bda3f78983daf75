"""A session is moved at the console: what follows is read back, and nobody is told before."""

from __future__ import annotations

import html
from collections import Counter
from typing import Any

import httpx
import pytest

from shared.contracts.registration import CoursePublished
from shared.runtime.service import Service
from tests.edges.web.conftest import Tell
from tests.edges.web.owners import COURSE, Played, problem
from tests.edges.web.staff import csrf, in_whose_name, staff
from tests.edges.web.test_console_acts import hidden
from tests.edges.web.test_console_courses import HERE, OURS
from tests.edges.web.test_console_today import plain

MOVE = f"{HERE}/sessions/s1/move"
THEIRS = f"{OURS}/sessions/s1"
WHEN = {"date": "2020-11-03", "from": "10:00", "to": "12:30"}
BEFORE: dict[str, Any] = {
    "status": "scheduled", "zone": "America/New_York", "starts_at": "2020-10-19T20:00:00Z",
    "ends_at": "2020-10-19T22:00:00Z", "breaks": [], "instruction_minutes": 120,
    "registration_closes_at": "2020-10-19T20:00:00Z",
}  # fmt: skip
AFTER = BEFORE | {
    "starts_at": "2020-11-03T15:00:00Z", "ends_at": "2020-11-03T17:30:00Z",
    "breaks": [{"starts_at": "2020-11-03T16:00:00Z", "ends_at": "2020-11-03T16:30:00Z"}],
    "registration_closes_at": "2020-10-26T20:00:00Z",
}  # fmt: skip
OUTSIDE = "NBCC: sessions outside the approval earn nothing: s1. At most 6 of 8 are left."
WEIGHED = {
    "course_id": COURSE, "session_id": "s1", "version": 4, "changed": True,
    "before": BEFORE, "after": AFTER, "warnings": [OUTSIDE],
}  # fmt: skip


@pytest.fixture
async def desk(web: Service, owners: Played, tell: Tell) -> Service:
    await tell(CoursePublished.model_validate(CoursePublished.example))
    states = ("confirmed", "confirmed", "requested", "offered", "waitlisted", "cancelled")
    owners.on("GET", f"{OURS}/registrations/counts", (200, {"counts": Counter(states)}))
    owners.on("POST", f"{THEIRS}/preview", (200, WEIGHED))
    done = {"course_id": COURSE, "version": 4, "sessions": [], "warnings": [OUTSIDE]}
    owners.on("PUT", THEIRS, (200, done))
    return web


async def asked(client: httpx.AsyncClient, **typed: str) -> httpx.Response:
    page = (await client.get(MOVE)).text
    return await client.post(MOVE, data={"csrf": csrf(page)} | WHEN | typed)


def said_of(page: httpx.Response) -> str:
    return plain(page.text).replace("\u202f", " ")


async def test_the_form_has_the_session_as_it_stands(desk: Service) -> None:
    async with staff(desk, "coordinator") as client:
        page = await client.get(MOVE)
    said = said_of(page)
    assert "Monday, October 19, 2020, 4:00 PM – 6:00 PM New York time (EDT)" in said
    for value in ("2020-10-19", "16:00", "18:00"):
        assert f'value="{value}"' in page.text


async def test_both_times_and_warnings_are_read_back_before_anybody_is_told(
    desk: Service, owners: Played
) -> None:
    async with staff(desk, "coordinator") as client:
        page = await asked(client, breaks="11:00 – 11:30")
        said = said_of(page)
        assert page.status_code == 200
        assert "Nothing has been done yet. This is when it would take place." in said
        assert "Day Monday, October 19, 2020 Tuesday, November 3, 2020" in said
        assert "4:00 PM – 6:00 PM 10:00 AM – 12:30 PM" in said
        assert "New York time (EDT) New York time (EST)" in said, "by the provider's clocks"
        assert "Breaks none 11:00 AM – 11:30 AM" in said
        assert OUTSIDE in html.unescape(page.text)
        assert "4 people who have a seat, or are held one, are told by mail" in said
        assert owners.calls(THEIRS) == []
        [weighed] = owners.calls(f"{THEIRS}/preview")
        body = WHEN | {"breaks": [{"from": "11:00", "to": "11:30"}]}
        assert (weighed.body, weighed.key) == (body, None)
        kept = hidden(page.text)
        done = await client.post(MOVE, data=kept | {"sure": "yes"})
    assert done.status_code == 200
    assert "The session is moved" in said_of(done)
    assert OUTSIDE in html.unescape(done.text), "staff read it after the act too"
    [act] = owners.calls(THEIRS)
    assert (act.method, act.body, act.key) == ("PUT", body, kept["key"])
    assert in_whose_name(act) == "console:u-17"


async def test_where_nothing_is_odd_it_goes_on_to_the_course(desk: Service, owners: Played) -> None:
    owners.on("PUT", THEIRS, (200, {"course_id": COURSE, "version": 4, "warnings": []}))
    async with staff(desk, "coordinator") as client:
        kept = hidden((await asked(client)).text)
        done = await client.post(MOVE, data=kept | {"sure": "yes"})
    assert (done.status_code, done.headers["location"]) == (303, HERE)


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ({"to_date": "2020-11-04"}, {"to_date": "2020-11-04"}),
        ({"fold": "1"}, {"fold": 1}),
        ({"fold": "7"}, {}),
        ({"no_breaks": "yes"}, {"breaks": []}),
        (
            {"breaks": "9:45-10:00\r\n12:00 to 12:15, "},
            {"breaks": [{"from": "09:45", "to": "10:00"}, {"from": "12:00", "to": "12:15"}]},
        ),
    ],
)
async def test_what_else_a_move_may_say(
    desk: Service, owners: Played, typed: dict[str, str], sent: dict[str, Any]
) -> None:
    async with staff(desk, "coordinator") as client:
        assert (await asked(client, **typed)).status_code == 200
    [weighed] = owners.calls(f"{THEIRS}/preview")
    assert weighed.body == WHEN | sent


@pytest.mark.parametrize(
    ("typed", "field", "said"),
    [
        ({"date": " "}, "date", "Say the day."),
        ({"breaks": "after lunch"}, "breaks", "Write each break like 12:00 to 12:30, one a line."),
    ],
)
async def test_what_is_lacking_is_said_beside_it_and_nothing_is_asked(
    desk: Service, owners: Played, typed: dict[str, str], field: str, said: str
) -> None:
    async with staff(desk, "coordinator") as client:
        page = await asked(client, **typed)
    assert page.status_code == 422
    assert f'id="{field}-error">{said}' in page.text
    assert 'value="10:00"' in page.text
    assert owners.calls(f"{THEIRS}/preview") == []


async def test_what_the_owner_refuses_stands_beside_its_field(
    desk: Service, owners: Played
) -> None:
    faults = [
        {"pointer": "/from", "detail": "s2 begins before s1 has ended."},
        {"pointer": "/breaks/0", "detail": "A break lies within its session."},
    ]
    refused = problem("session-invalid", 422, "It cannot be moved there.", faults)
    owners.on("POST", f"{THEIRS}/preview", (422, refused))
    async with staff(desk, "coordinator") as client:
        page = await asked(client, breaks="20:00 to 20:30")
    assert page.status_code == 422
    assert 'id="from-error">s2 begins before s1 has ended.' in page.text
    assert 'id="breaks-error">A break lies within its session.' in page.text
    assert "20:00 to 20:30" in page.text, "nothing typed is lost"


async def test_other_breaks_alone_mail_nobody_and_the_same_is_no_move(
    desk: Service, owners: Played
) -> None:
    apart = WEIGHED | {"after": BEFORE | {"breaks": AFTER["breaks"]}, "warnings": []}
    owners.on("POST", f"{THEIRS}/preview", (200, apart))
    async with staff(desk, "coordinator") as client:
        assert "nobody is told by mail" in said_of(await asked(client))
        same = WEIGHED | {"after": BEFORE, "changed": False, "warnings": []}
        owners.on("POST", f"{THEIRS}/preview", (200, same))
        page = await asked(client)
    assert page.status_code == 422
    assert "The session is at that time already. Nothing would change." in said_of(page)


async def test_where_registration_is_away_before_it_was_seen_nothing_was_done(
    desk: Service, owners: Played
) -> None:
    owners.on("POST", f"{THEIRS}/preview", (503, {}))
    async with staff(desk, "coordinator") as client:
        page = await asked(client)
        assert page.status_code == 503
        assert "Registration did not answer. Nothing was done." in page.text
        owners.on("POST", f"{THEIRS}/preview", (200, WEIGHED))
        kept = hidden((await client.post(MOVE, data=hidden(page.text))).text)
        back = await client.post(MOVE, data=kept | {"change": "1"})
        assert 'value="2020-11-03"' in back.text
        assert (await client.get(f"{HERE}/sessions/none/move")).status_code == 404
        lost = await client.post(f"{HERE}/sessions/none/move", data=kept)
        assert lost.status_code == 404
    assert owners.calls(THEIRS) == []
