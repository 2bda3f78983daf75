"""Approvals and partners at the console, as their owners say."""

from __future__ import annotations

from typing import Any

import pytest

from shared.runtime.service import Service
from tests.edges.web.owners import Played, problem
from tests.edges.web.staff import csrf, in_whose_name, staff
from tests.edges.web.test_console_today import plain

APPROVAL = {
    "course_id": "c-1", "title": "Attachment", "board": "APA", "holder": "Praxis", "number": "17",
    "until": "2020-09-20", "days_left": 6, "needed_until": "2020-11-09",
    "sessions_after": ["s1", "s2"], "warning": "x",
}  # fmt: skip
PARTNER = {"partner_id": "uni", "name": "A University", "courses": ["c-1"], "types": []}
PLACE: dict[str, Any] = {
    "endpoint_id": "e-1", "url": "https://hooks.uni.example/in", "state": "disabled",
    "reason": "failing-for-days", "circuit": "open", "failures": 412,
    "last_success_at": "2020-09-08T10:00:00Z",
}  # fmt: skip
PLACES = "/partners/v1/partners/uni/endpoints"
ENABLE = "/console/partners/uni/endpoints/e-1/enable"


async def test_approvals_that_end_are_listed_for_everybody_of_staff(
    web: Service, owners: Played
) -> None:
    path = "/certificates/v1/approvals"
    owners.on("GET", path, (200, {"items": [APPROVAL], "next": None}))
    async with staff(web, "viewer") as client:
        said = plain((await client.get("/console/certificates")).text)
        assert "APA Attachment 2020-09-20 6 2 Praxis 17" in said
        await client.get("/console/certificates?within=365")
        await client.get("/console/certificates?within=soon")
        sheet = (await client.get("/console/certificates?format=csv")).text
    assert sheet.splitlines()[1] == "APA,Attachment,2020-09-20,6,2,Praxis,17,c-1"
    assert [asked.query["within_days"] for asked in owners.calls(path)] == ["90", "365", "90", "90"]


@pytest.fixture
async def desk(web: Service, owners: Played) -> Service:
    owners.on("GET", "/partners/v1/partners", (200, {"items": [PARTNER], "next": None}))
    owners.on("GET", PLACES, (200, {"items": [PLACE]}))
    return web


async def test_a_partner_s_endpoint_that_was_given_up_is_told_again_by_an_admin(
    desk: Service, owners: Played
) -> None:
    owners.on("POST", f"{PLACES}/e-1/enable", (200, PLACE))
    async with staff(desk, "admin") as client:
        page = (await client.get("/console/partners")).text
        said = plain(page)
        assert "A University uni Sees c-1 · no kind of event" in said
        assert "https://hooks.uni.example/in Disabled failing for days 2020-09-08 10:00 412" in said
        form = {"csrf": csrf(page), "key": "d" * 32}
        done = await client.post(ENABLE, data=form)
        assert done.headers["location"] == "/console/partners"
        owners.on("POST", f"{PLACES}/e-1/enable", (409, problem("x", 409, "It was removed.")))
        page = await client.post(ENABLE, data=form)
        assert page.status_code == 409
        assert "It was removed." in page.text
    asked = owners.calls(f"{PLACES}/e-1/enable")[0]
    assert (asked.key, in_whose_name(asked)) == ("d" * 32, "console:u-17")


@pytest.mark.parametrize("role", ["viewer", "coordinator", "finance"])
async def test_partners_are_an_admin_s(desk: Service, owners: Played, role: str) -> None:
    async with staff(desk, role) as client:
        page = await client.get("/console/system")
        assert "/console/partners" not in page.text
        assert (await client.get("/console/partners")).status_code == 403
        sent = await client.post(ENABLE, data={"csrf": csrf(page.text)})
        assert sent.status_code == 403
    assert not [asked for asked in owners.asked if asked.method == "POST"]


async def test_a_partner_without_endpoints_or_with_unknown_ones_is_shown(
    desk: Service, owners: Played
) -> None:
    owners.on("GET", PLACES, (200, {"items": []}))
    async with staff(desk, "admin") as client:
        assert "It has no endpoint" in (await client.get("/console/partners")).text
        owners.on("GET", PLACES, (500, {}))
        page = await client.get("/console/partners")
        assert "Its endpoints are not known just now." in page.text
        owners.down = {"partners"}
        assert "Partners is away" in (await client.get("/console/partners")).text
