"""The console before the owners themselves: every page, and what is done there, as they answer.

All services of one provider on databases of their own; what one says the others hear by hand.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest

from services.web.app import build
from services.web.settings import Settings
from shared.runtime.envelope import headers_decoded
from shared.runtime.service import Service
from shared.runtime.tokens import digest_of
from tests.edges.web.staff import WHO, csrf, staff
from tests.edges.web.test_console_today import plain
from tests.rules.registration.course import course
from tests.security.test_doors import service_on
from tests.stage import OPERATOR, SECRET, Stage, StillClock, record_of

OWNERS = ["registration", "billing", "attendance", "certificates", "notifications", "partners"]
NOW = "2020-09-01T13:00:00Z"
COURSE = "attachment-effectiveness-2020"
LEARNER = {
    "attendee": {
        "name": "Ada Lovelace", "email": "ada@learners.example", "profession": "counselor",
        "licenses": [{"state": "NY", "number": "1"}], "zone": "Europe/London", "locale": "en-GB",
    },
    "disclosure_version": "2020-09-01",
    "payment": {"method": "card"},
}  # fmt: skip


class ByOwner(httpx.AsyncBaseTransport):
    """The front door: the first part of a path is the service."""

    def __init__(self, services: dict[str, Service]) -> None:
        self._to = {name: httpx.ASGITransport(one.app) for name, one in services.items()}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return await self._to[request.url.path.split("/")[1]].handle_async_request(request)


class Provider:
    """All services, and what they say to one another."""

    def __init__(self, services: dict[str, Service]) -> None:
        self.services = services
        self.stages = {name: Stage(service) for name, service in services.items()}
        self._offset = 0

    async def talk(self) -> None:
        """Everything that was said is heard, until nobody says anything more."""
        said = True
        while said:
            said = False
            for name, stage in self.stages.items():
                rows = await stage.rows(
                    "DELETE FROM outbox RETURNING id, topic, key, payload, headers"
                )
                for row in sorted(rows, key=lambda one: one["id"]):
                    said = True
                    await self._heard(name, row)

    async def _heard(self, speaker: str, row: dict[str, Any]) -> None:
        self._offset += 1
        headers = list(headers_decoded(row["headers"]))
        record = record_of(row["topic"], row["key"], row["payload"], headers, self._offset)
        for name, stage in self.stages.items():
            if name != speaker and row["topic"] in stage.service.hears.topics:
                await stage.takes([record])


@pytest.fixture
async def provider(database: Any) -> AsyncIterator[Provider]:
    owners = {name: service_on(name, database(name)) for name in OWNERS}
    settings = Settings(
        database_url=database("web"),
        platform_secret=SECRET,
        operator_key_hash=digest_of(OPERATOR),
        role="api",
    )
    web = build(settings, ByOwner(owners), clock=StillClock(NOW))
    async with AsyncExitStack() as opened:
        for service in (*owners.values(), web):
            await opened.enter_async_context(service.app.router.lifespan_context(service.app))
        made = Provider({**owners, "web": web})
        published = await made.stages["registration"].http.put(
            f"/registration/v1/courses/{COURSE}", json=course(id=COURSE)
        )
        assert published.status_code == 201, published.text
        await made.talk()
        yield made


async def registered(provider: Provider) -> str:
    answer = await provider.stages["registration"].http.post(
        f"/registration/v1/courses/{COURSE}/registrations",
        json=LEARNER,
        headers={"Idempotency-Key": "one", "Authorization": ""},
    )
    assert answer.status_code == 201, answer.text
    await provider.talk()
    return str(answer.json()["registration_id"])


async def test_every_page_shows_what_the_owners_say(provider: Provider) -> None:
    one = await registered(provider)
    made = await provider.stages["partners"].http.put(
        "/partners/v1/partners/uni", json={"name": "A University"}
    )
    assert made.status_code == 201, made.text
    sees = {
        "/console": ["No session today. The next is Improving Treatment", "Registration Up to date"],
        "/console/courses": ["Improving Treatment Effectiveness", "To come open 2020-10-19"],
        f"/console/courses/{COURSE}": ["Ada Lovelace ada@learners.example Requested", "$199.00"],
        f"/console/courses/{COURSE}/cancel": ["1 who hold a seat and did not pay yet"],
        f"/console/courses/{COURSE}/sessions/s1": ["Session 1 of 4", "Later today"],
        f"/console/courses/{COURSE}/sessions/s1/move": ["told by mail with a new calendar entry"],
        f"/console/courses/{COURSE}/sessions/s1/complete": ["Certificates go out to whoever"],
        "/console/people?q=ada@learners.example": ["Ada Lovelace", f"{COURSE} Requested"],
        "/console/people?q=LOVEL%20ad": ["Ada Lovelace", f"{COURSE} Requested"],
        f"/console/registrations/{one}": [
            "now requested by learner registration", "Invoice 2020-000001 $199.00", "billing",
            "registration received", "Paid, not given back $0.00",
        ],
        f"/console/registrations/{one}/cancel": ["Nothing was paid", "What follows"],
        "/console/money": ["Nothing was ever compared", "Books of 2020-09 still open"],
        "/console/messages?state=planned": ["Registration received Planned", COURSE],
        "/console/certificates?within=365": ["No approval ends in that time"],
        "/console/partners": ["A University uni", "It has no endpoint"],
        "/console/system": ["Nothing needs a human."],
    }  # fmt: skip
    async with staff(provider.services["web"], "admin") as client:
        for path, words in sees.items():
            page = await client.get(path)
            assert page.status_code == 200, (path, page.text)
            said = plain(page.text)
            assert [word for word in words if word not in said] == [], (path, said)
            assert "does not answer" not in said, path
            assert "is away" not in said, path


async def test_an_invoice_s_number_leads_to_whose_it_is(provider: Provider) -> None:
    one = await registered(provider)
    async with staff(provider.services["web"], "finance") as client:
        sent = await client.get("/console/people?q=2020-000001")
        assert sent.headers["location"] == f"/console/registrations/{one}"
        nobody = plain((await client.get("/console/people?q=2020-000002")).text)
    assert "Nobody has this name, and nothing has this number or id." in nobody


async def test_what_is_done_at_the_console_stands_in_the_owner_s_audit_with_who_did_it(
    provider: Provider,
) -> None:
    one = await registered(provider)
    here = f"/console/registrations/{one}"
    async with staff(provider.services["web"], "coordinator") as client:
        form = {"csrf": csrf((await client.get(f"{here}/cancel")).text), "key": "a" * 32}
        done = await client.post(f"{here}/cancel", data=form | {"reason": "asked by phone"})
        assert done.status_code == 303, done.text
        await provider.talk()
        said = plain((await client.get(here)).text)
        assert f"by console:{WHO}" in said
        move = f"/console/courses/{COURSE}/sessions/s2/move"
        form = {"csrf": csrf((await client.get(move)).text), "key": "b" * 32}
        when = {"date": "2020-10-27", "from": "16:00", "to": "18:00"}
        assert (await client.post(move, data=form | when)).status_code == 303
        off = f"/console/courses/{COURSE}/cancel"
        form = {"csrf": csrf((await client.get(off)).text), "key": "c" * 32}
        done = await client.post(off, data=form | {"reason": "Ill", "typed": COURSE})
        assert done.status_code == 303, done.text
        said = plain((await client.get(f"/console/courses/{COURSE}")).text)
        assert "Cancelled: Ill" in said
    audit = await provider.stages["registration"].rows("SELECT by, act FROM audit ORDER BY id")
    by = {row["act"]: row["by"] for row in audit}
    assert by["course.cancelled"] == f"console:{WHO}"
    assert by["course.published"] in {"operator", f"console:{WHO}"}
    web = await provider.stages["web"].rows(
        "SELECT DISTINCT by, act FROM audit WHERE act LIKE '%-read'"
    )
    assert {(row["by"], row["act"]) for row in web} == {
        (f"console:{WHO}", "console.registration-read"),
        (f"console:{WHO}", "console.course-people-read"),
    }
