"""What staff see and do of one person at the console, before the owners of it themselves: a
certificate is found, weighed and superseded, and a strip is drawn from what was really seen."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from services.web.app import build
from services.web.settings import Settings
from shared.runtime.service import Service
from tests.edges.attendance import conftest as room
from tests.edges.certificates import conftest as office
from tests.edges.certificates.conftest import blank_pages  # noqa: F401
from tests.edges.certificates.facts import (
    about,
    all_completed,
    attended,
    course,
    person,
    registered,
    settled,
)
from tests.edges.web.owners import Played
from tests.edges.web.staff import WHO, csrf, staff
from tests.edges.web.test_console_people import WHOLE
from tests.edges.web.test_console_today import plain
from tests.stage import SECRET, Stage, StillClock

ANN, NJ = "Ann Lee", ("counselor", "NJ", "37PC1")
REGISTRATION = about(ANN)["registration_id"]


class Mixed(httpx.AsyncBaseTransport):
    """One owner is there itself, the others are played."""

    def __init__(self, service: Service, played: Played) -> None:
        self.name = service.name
        self.real = httpx.ASGITransport(service.app)
        self.others = played.transport()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        owner = request.url.path.split("/")[1]
        to = self.real if owner == self.name else self.others
        return await to.handle_async_request(request)


@asynccontextmanager
async def console(
    database: Any, stage: Stage, registration_id: str, clock: Any
) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody who runs courses, with that owner behind the pages."""
    played = Played()
    path = f"/registration/v1/registrations/{registration_id}"
    played.on("GET", path, (200, WHOLE | {"registration_id": registration_id}))
    settings = Settings(database_url=database("web"), platform_secret=SECRET, role="api")
    web = build(settings, Mixed(stage.service, played), clock=clock)
    async with (
        web.app.router.lifespan_context(web.app),
        staff(web, "coordinator") as client,
    ):
        yield client


@pytest.fixture
async def certificates(database: Any, blank_pages: None) -> AsyncIterator[office.World]:  # noqa: F811
    clock = StillClock("2020-11-09T23:20:00Z")
    service = office.service_on(database("certificates"), seams={"clock": clock})
    async with service.app.router.lifespan_context(service.app):
        world = office.World(service)
        await world.hears(course(), person(ANN, "counselor", NJ), *registered(ANN))
        await world.hears(*attended(ANN), *all_completed())
        await world.swept()
        await world.evaluates(ANN)
        await world.rests()
        yield world


async def of_nbcc(world: office.World) -> list[dict[str, Any]]:
    return [c for c in (await world.shown(ANN))["certificates"] if c["board"] == "NBCC"]


async def test_a_certificate_is_found_weighed_and_superseded_once(
    database: Any, certificates: office.World
) -> None:
    [old] = await of_nbcc(certificates)
    here = f"/console/registrations/{REGISTRATION}"
    clock = StillClock("2020-11-09T23:20:00Z")
    async with console(database, certificates, REGISTRATION, clock) as client:
        code = old["verify_url"].rsplit("/", 1)[1].lower()
        for printed in (old["number"].replace("-", ""), code):
            sent = await client.get("/console/certificates/find", params={"printed": printed})
            assert sent.headers["location"] == f"{here}#certificates"
        said = plain((await client.get(here)).text)
        assert f"{old['number']} Valid NBCC, 8.0 clock hours" in said
        at = f"/console/certificates/{old['certificate_id']}"
        file = await client.get(f"{at}.pdf")
        assert file.content == b"%PDF-1.7 " + old["number"].encode()
        page = (await client.get(f"{at}/supersede")).text
        assert "Made out to Ann Lee" in plain(page)
        assert "The old one holds until the new one is made." in page
        form = {"csrf": csrf(page), "key": "a" * 32, "reason": "misspelt", "name": "Ann Leigh"}
        for _ in range(2):
            done = await client.post(f"{at}/supersede", data=form)
            assert (done.status_code, done.headers["location"]) == (303, f"{here}#certificates")
        await certificates.rests()
        said = plain((await client.get(here)).text)
        assert "Superseded name corrected" in said
        again = await client.post(f"{at}/supersede", data=form | {"key": "b" * 32})
        assert again.status_code == 409
        assert "Supersede the one that took its place." in again.text
        page = plain((await client.get(f"{at}/revoke")).text)
        assert "This can’t be done. Revoke the one that superseded it." in page
    was, now = await of_nbcc(certificates)
    assert (was["status"], now["status"], now["words"]) == ("superseded", "valid", "misspelt")
    audited = await certificates.rows("SELECT by FROM audit WHERE act = 'certificate.superseded'")
    assert audited == [{"by": f"console:{WHO}"}]


async def test_one_in_question_is_kept_and_then_revoked(
    database: Any, certificates: office.World
) -> None:
    [one] = await of_nbcc(certificates)
    await certificates.hears(settled(ANN, "s4", 0, version=2))
    await certificates.rests()
    clock = StillClock("2020-11-09T23:20:00Z")
    at = f"/console/certificates/{one['certificate_id']}"
    async with console(database, certificates, REGISTRATION, clock) as client:
        page = (await client.get(f"{at}/keep")).text
        assert "By what is known now 6.0 clock hours" in plain(page)
        assert "What was asked about it is answered." in page
        form = {"csrf": csrf(page), "key": "c" * 32, "reason": "she was there"}
        assert (await client.post(f"{at}/keep", data=form)).status_code == 303
        assert "Nothing is asked about it just now" in (await client.get(f"{at}/keep")).text
        form |= {"key": "d" * 32, "reason": "she was not"}
        assert (await client.post(f"{at}/revoke", data=form)).status_code == 303
        said = plain((await client.get(f"/console/registrations/{REGISTRATION}")).text)
        assert "Revoked issued in error NBCC, 8.0 clock hours" in said
        assert "“she was not”" in said
        too_long = form | {"key": "e" * 32, "reason": "x" * 2_001}
        assert (await client.post(f"{at}/revoke", data=too_long)).status_code == 422


@pytest.fixture
async def attendance(database: Any) -> AsyncIterator[room.World]:
    made = room.build(
        room.Settings(
            database_url=database("attendance"),
            platform_secret=SECRET,
            operator_key_hash=room.digest_of(room.OPERATOR),
            role="api",
        ),
        clock=StillClock("2020-09-01T13:00:00Z"),
    )
    async with made.app.router.lifespan_context(made.app):
        world = room.World(made)
        await world.hears(room.course(), room.requested("ada"), room.confirmed("ada"))
        yield world


async def test_a_strip_is_drawn_from_what_was_seen_and_says_by_what_it_is_theirs(
    database: Any, attendance: room.World
) -> None:
    await attendance.at("2020-11-02T23:00:00Z", sweep=False)
    await attendance.observe(
        room.saw("1", "joined", "2020-11-02T21:00:00Z", registration_id="ada"),
        room.saw("2", "left", "2020-11-02T22:00:00Z", participant_id="p-ada"),
    )
    clock = StillClock("2020-11-02T23:00:00Z")
    async with console(database, attendance, "ada", clock) as client:
        page = (await client.get("/console/registrations/ada")).text
    said = plain(page)
    assert "60 min of 120 so far" in said
    assert '<rect class="there" x="0.0%" width="50.0%" height="100%"/>' in page
    assert "21:00:00 Joined sim its own registration p-ada" in said
    assert "22:00:00 Left sim another line of this participant p-ada" in said
    audited = await attendance.rows("SELECT by, about FROM audit WHERE act = 'evidence.read'")
    assert audited == [{"by": f"console:{WHO}", "about": "ada"}]
