"""The console before the owners themselves: every page, and what is done there, as they answer.

All services of one provider on databases of their own; what one says the others hear by hand.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from services.web.app import build
from services.web.settings import Settings
from shared.runtime.envelope import headers_decoded
from shared.runtime.service import Service
from shared.runtime.tokens import digest_of
from tests.edges.web.staff import WHO, csrf, staff
from tests.edges.web.test_console_course_form import FORM, fields_of
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

    def opens(self, name: str, service: Service) -> None:
        self._to[name] = httpx.ASGITransport(service.app)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        owner = self._to[request.url.path.split("/")[1]]
        # A task of its own, as an owner is a process of its own: whom it takes for the caller is
        # not whom web then writes down.
        return await asyncio.create_task(owner.handle_async_request(request))


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
    door = ByOwner(owners)
    web = build(settings, door, clock=StillClock(NOW))
    door.opens("web", web)
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
        f"/console/courses/{COURSE}/sessions/s1/move": ["You see what follows before anybody"],
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
        "/console/partners/uni": ["What it sees", "No endpoint.", "Lines today 0 of", "No mapping"],
        "/console/partners/uni/deliveries": ["Nothing was sent that fits."],
        "/console/partners/uni/keys/new": ["Make a key"],
        "/console/system": ["Nothing needs a human."],
        "/console/system/services": ["Web Answers not told none"],
        "/console/system/partitions": ["Billing has no worker that knows"],
        "/console/system/invariants": ["Nobody has told of a check yet."],
        "/console/money/invoices": ["2020-000001 Open Record a payment $199.00 $199.00"],
        "/console/money/refunds": ["No refund fits."],
        "/console/money/credits": ["No credit fits."],
        "/console/system/dead-letters": ["None: every event was used."],
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
        seen = await client.post(move, data=form | when)
        assert seen.status_code == 200, seen.text
        done = await client.post(move, data=fields_of(seen.text, move) | {"sure": "yes"})
        assert done.status_code == 303, done.text
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


async def test_a_course_is_duplicated_and_published_by_the_checks_of_its_owner(
    provider: Provider,
) -> None:
    copy = f"/console/courses/{COURSE}/duplicate"
    async with staff(provider.services["web"], "coordinator") as client:
        move = f"/console/courses/{COURSE}/sessions/s2/move"
        form = {"csrf": csrf((await client.get(move)).text), "key": "b" * 32}
        when = {"date": "2020-10-27", "from": "10:00", "to": "12:00"}
        seen = await client.post(move, data=form | when)
        assert seen.status_code == 200, seen.text
        done = await client.post(move, data=fields_of(seen.text, move) | {"sure": "yes"})
        assert done.status_code == 303, done.text
        page = await client.get(f"{copy}?id=attachment-spring-2021&first=2021-03-08")
        form = fields_of(page.text)
        # Too few hours are taught for what the boards approved, and what is no day is none.
        fewer = {name: value for name, value in form.items() if not name.startswith("sessions/3/")}
        wrong = await client.post(FORM, data=fewer | {"sessions/0/date": "2021-02-29"})
        assert wrong.status_code == 422
        said = plain(wrong.text)
        assert "Session 1, day : 2021-02-29 is not on the calendar." in said
        assert "Board 1, hours approved :" in said
        assert fields_of(wrong.text) == fewer | {"sessions/0/date": "2021-02-29"}
        looked = await client.post(FORM, data=form | {"do": "look"})
        assert looked.status_code == 200, plain(looked.text)
        said = plain(looked.text).replace("\u202f", " ")
        assert "as attachment-spring-2021 , version 1. Nothing has been done yet." in said
        assert "Monday, March 8, 2021, 4:00 PM – 6:00 PM" in said
        assert "Tuesday, March 16, 2021, 10:00 AM – 12:00 PM" in said
        assert (await client.get("/console/courses/attachment-spring-2021")).status_code == 404
        done = await client.post(FORM, data=fields_of(looked.text) | {"do": "publish"})
        assert done.headers["location"] == "/console/courses/attachment-spring-2021"
        again = await client.post(FORM, data=fields_of(looked.text) | {"do": "look"})
        assert "Nothing would change." in plain(again.text)
        taken = await client.get(f"{copy}?id=attachment-spring-2021&weeks=1")
        assert "There is a course of this id already" in taken.text
    registration = provider.stages["registration"]
    both = [
        (await registration.http.get(f"/registration/v1/courses/{one}")).json()
        for one in (COURSE, "attachment-spring-2021")
    ]
    # The clocks went forward on March 14: the wall times stayed.
    assert [one["starts_at"] for one in both[1]["sessions"]] == [
        "2021-03-08T21:00:00Z", "2021-03-16T14:00:00Z", "2021-03-22T20:00:00Z",
        "2021-03-29T20:00:00Z",
    ]  # fmt: skip
    moving = {"course_id", "version", "sessions", "starts_at", "ends_at", "registration"}
    assert {k: v for k, v in both[0].items() if k not in moving} == {
        k: v for k, v in both[1].items() if k not in moving
    }
    audit = await registration.rows("SELECT by, act, about FROM audit ORDER BY id")
    said_by = [row["by"] for row in audit if row["about"] == "attachment-spring-2021 1"]
    assert said_by == [f"console:{WHO}"]


async def test_a_partner_s_affairs_are_done_at_the_console_and_audited(provider: Provider) -> None:
    """Its key, its endpoint's secret, and a replay, counted by the owner before it is sent."""
    partners = provider.stages["partners"]
    described = {"name": "A University", "courses": [COURSE], "types": ["course.published.v1"]}
    await partners.http.put("/partners/v1/partners/uni", json=described)
    opened = await partners.http.post(
        "/partners/v1/partners/uni/endpoints", json={"url": "https://8.8.8.8/hooks"}
    )
    assert opened.status_code == 201, opened.text
    place, here = opened.json()["endpoint_id"], "/console/partners/uni"
    range_ = {"endpoint": place, "which": "range", "from": "2020-08-31", "until": "2020-09-03"}
    async with staff(provider.services["web"], "admin") as client:
        page = await client.get(f"{here}/replay", params=range_)
        assert "1 event to https://8.8.8.8/hooks" in plain(page.text)
        form = {"csrf": csrf(page.text)}
        done = await client.post(f"{here}/replay", data=form | range_ | {"key": "a" * 32})
        assert "1 event is sent again" in plain(done.text), done.text
        again = await client.post(f"{here}/replay", data=form | range_ | {"key": "a" * 32})
        assert "1 event is sent again" in plain(again.text), "sent twice, it counts once"
        sent = plain((await client.get(f"{here}/deliveries?endpoint={place}")).text)
        assert "course.published.v1 Waiting 0" in sent
        rotated = await client.post(f"{here}/endpoints/{place}/rotate", data=form)
        assert "whsec_" in rotated.text
        made = await client.post(f"{here}/keys/new", data=form | {"label": "their system"})
        assert "hf_" in made.text
        seen = (await client.get(here)).text
        assert "their system Good" in plain(seen)
        assert "whsec_" not in seen
        key_id = re.search(r"/keys/([^/]+)/revoke\" aria-label=\"Revoke their system", seen)
        assert key_id
        gone = await client.post(f"{here}/keys/{key_id[1]}/revoke", data=form | {"typed": "revoke"})
        assert gone.status_code == 303
        assert "their system Revoked" in plain((await client.get(here)).text)
    audit = await partners.rows("SELECT act FROM audit WHERE by = $1 ORDER BY id", f"console:{WHO}")
    assert [row["act"] for row in audit] == [
        "deliveries.replayed", "endpoint.rotated", "key.issued", "key.revoked",
    ]  # fmt: skip


async def test_a_dead_letter_is_seen_tried_again_and_dropped_at_the_console(
    provider: Provider,
) -> None:
    billing = provider.stages["billing"]
    unread = billing.record("registration.registrations", "r-1", b"{}", "registration.confirmed.v1")
    assert await billing.takes([unread]) == ["dead"]
    [row] = await billing.rows("SELECT event_id FROM dead_letters")
    page = f"/console/system/dead-letters/billing/{row['event_id']}"
    async with staff(provider.services["web"], "admin") as client:
        listed = plain((await client.get("/console/system/dead-letters")).text)
        assert "registration.confirmed.v1 Billing Open value unreadable" in listed
        form = {"csrf": csrf((await client.get(page)).text)}
        assert (await client.post(f"{page}/replay", data=form)).status_code == 303
        [order] = [
            record_of(said["topic"], said["key"], said["payload"], headers, 7)
            for said in await billing.rows("SELECT topic, key, payload, headers FROM outbox")
            if ("hf_replay", b"1") in (headers := headers_decoded(said["headers"]))
        ]
        assert await billing.takes([order]) == ["dead"], "its cause is not mended"
        assert "Try it again" in (await client.get(page)).text
        dropped = await client.post(f"{page}/drop", data=form | {"reason": "sent by a test"})
        assert dropped.status_code == 303
        assert (
            "None: every event was used." in (await client.get("/console/system/dead-letters")).text
        )
    audit = await billing.rows("SELECT by, act, why FROM audit WHERE act LIKE 'dead-letter.%'")
    assert [(row["by"], row["act"], row["why"]) for row in audit] == [
        (f"console:{WHO}", "dead-letter.read", ""),
        (f"console:{WHO}", "dead-letter.ordered", ""),
        (f"console:{WHO}", "dead-letter.read", ""),
        (f"console:{WHO}", "dead-letter.dropped", "sent-by-a-test"),
    ]


async def test_attendance_is_kept_in_order_at_the_console_and_audited(provider: Provider) -> None:
    """A meeting swapped, a report handed in and withdrawn, minutes ruled: under who did it."""
    attendance = provider.stages["attendance"]
    answer = await provider.stages["registration"].http.post(
        f"/registration/v1/courses/{COURSE}/registrations",
        json=LEARNER | {"payment": {"method": "invoice"}, "organisation": "A clinic"},
        headers={"Idempotency-Key": "one"},
    )
    assert answer.json()["status"] == "confirmed", answer.text
    await provider.talk()
    one = str(answer.json()["registration_id"])
    for stage in (attendance, provider.stages["web"]):
        stage.clock.time = datetime(2020, 10, 19, 22, 5, tzinfo=UTC)
    session = f"/console/courses/{COURSE}/sessions/s1"
    person = f"/console/registrations/{one}/attendance/s1"
    report = (
        "participant_id,registration_id,joined_at,left_at\n"
        f"p-1,{one},2020-10-19T20:00:00Z,2020-10-19T21:30:00Z\n"
        "p-2,,2020-10-19T20:00:00Z,2020-10-19T21:30:00Z\n"
        "p-3,,yesterday,\n"
    )
    async with staff(provider.services["web"], "coordinator") as client:
        form = {"csrf": csrf((await client.get(f"{session}/meeting")).text)}
        other = {"meeting": "819", "url": "https://zoom.example/j/819"}
        seen = await client.post(f"{session}/meeting", data=form | other)
        assert "Every join link of this session leads there" in plain(seen.text), seen.text
        sure = fields_of(seen.text, f"{session}/meeting") | {"sure": "yes"}
        assert (await client.post(f"{session}/meeting", data=sure)).status_code == 303
        taken = await client.post(
            f"{session}/reports", data=form | {"key": "a" * 32}, files={"file": report.encode()}
        )
        said = plain(taken.text)
        assert "2 lines taken, as number 1. 1 line not taken." in said
        assert "Line 4 p-3,,yesterday," in said
        assert "1 person is not matched" in said
        assert "90 min of 120 min so far" in plain((await client.get(person)).text)
        typed = {"way": "ruled", "counted": "110", "reason": "Her line was down."}
        seen = await client.post(person, data=form | typed)
        assert "Counts 90 min 110 min By the rule Not present Present" in plain(seen.text)
        done = await client.post(person, data=fields_of(seen.text, person) | {"sure": "yes"})
        assert done.headers["location"] == f"{person}?done=corrected", done.text
        listed = plain((await client.get(person)).text)
        assert "Minutes ruled: 110 min Holds Her line was down." in listed
        away = f"{session}/reports/1/withdraw"
        asked = await client.get(away)
        done = await client.post(
            away, data=fields_of(asked.text, away) | {"reason": "Of session 2"}
        )
        assert done.status_code == 303
        assert "Nothing was seen within the session." in plain((await client.get(person)).text)
    audit = await attendance.rows(
        "SELECT act FROM audit WHERE by = $1 ORDER BY id", f"console:{WHO}"
    )
    acts = [row["act"] for row in audit if not row["act"].endswith(".read")]
    assert acts == [
        "meeting.swapped", "attendance.weighed", "attendance.corrected", "upload.withdrawn",
    ]  # fmt: skip
