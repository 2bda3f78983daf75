"""The client library against the real service of partners, over HTTP within this process."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from cli.restored import _begins
from examples.receiver.send_in import send_in
from holdfast_client import (
    AsyncHoldfast,
    CursorRefused,
    Holdfast,
    KeyRefused,
    Page,
    Patience,
    SignatureRefused,
    Webhooks,
)
from holdfast_client.models import (
    AttendanceLine,
    Attendee,
    EndpointTested,
    InvoicePaid,
    RegistrationConfirmed,
    RegistrationLine,
)
from services.partners.app import build
from services.partners.settings import Settings
from shared.contracts import billing, reference, registration
from shared.contracts.partners import PartnerAttendanceReported, PartnerRegistrationSubmitted
from shared.runtime.tokens import digest_of
from tests.clients.bridge import Bridge
from tests.edges.partners.receiver import Receiver, receiving
from tests.edges.partners.test_projecting import COURSE, NOW, made
from tests.edges.partners.webhooks import Hooks, staged
from tests.stage import OPERATOR, SECRET, Stage, StillClock

_KEY = "INSERT INTO api_keys (key_id, hash, scopes, version, revoked) VALUES ($1, $2, $3, 1, false)"
REGISTRATION = RegistrationLine(
    id="cohort-7/31",
    course_id=COURSE,
    attendee=Attendee(name="Ada Example", email="ada@learners.example", zone="America/New_York"),
    disclosure_version="2020-09-01",
)
ATTENDANCE = AttendanceLine(
    id="cohort-7/31/s1",
    course_id=COURSE,
    session_id="s1",
    registration_id="r-1",
    joined_at="2020-09-30T20:00:00Z",
    left_at="2020-09-30T22:00:00Z",
)


class Flaky(httpx.AsyncBaseTransport):
    """The service's app; the first answers to what changes something are lost on their way."""

    def __init__(self, stage: Stage, lost: int = 0) -> None:
        self._to = httpx.ASGITransport(stage.service.app, raise_app_exceptions=False)
        self.lost = lost

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await self._to.handle_async_request(request)
        if self.lost and request.method == "POST":
            self.lost -= 1
            raise httpx.ReadError("the line was cut")
        return answer


@pytest.fixture
async def stage(database: Any) -> AsyncIterator[Stage]:
    settings = Settings(
        database_url=database("partners"),
        platform_secret=SECRET,
        operator_key_hash=digest_of(OPERATOR),
        role="api",
    )
    stage = Stage(build(settings, clock=StillClock(NOW)))
    async with stage.service.app.router.lifespan_context(stage.service.app):
        yield stage


@pytest.fixture
async def key(stage: Stage) -> str:
    """The institute's own, which the service has heard of."""
    body = {"name": "Institute", "courses": [COURSE], "types": ["*"], "fields": ["total"]}
    answer = await stage.http.put("/partners/v1/partners/ibh", json=body)
    told = answer.raise_for_status().json()
    async with stage.db.acquire() as con:
        await con.execute(_KEY, told["key_id"], digest_of(told["key"]), ["partner:ibh"])
        await con.execute("DELETE FROM outbox")
    return str(told["key"])


def connected(stage: Stage, key: str, lost: int = 0, secret: str | None = None) -> AsyncHoldfast:
    return AsyncHoldfast(
        "http://partners.test",
        key,
        secret=secret,
        patience=Patience(seconds=20, first=0.01),
        transport=Flaky(stage, lost),
    )


async def pages(holdfast: AsyncHoldfast, **asked: Any) -> list[Page]:
    return [page async for page in holdfast.feed(**asked)]


def subjects(found: list[Page]) -> list[str]:
    return [event.subject for page in found for event in page]


async def test_the_feed_is_walked_to_its_end_and_again_from_any_page(
    stage: Stage, key: str
) -> None:
    paid = [made(billing.InvoicePaid, registration_id=f"r{number}") for number in range(5)]
    await stage.hears(*paid, made(registration.RegistrationConfirmed, registration_id="r0"))
    async with connected(stage, key) as holdfast:
        found = await pages(holdfast, limit=2)
        assert [len(page) for page in found] == [2, 2, 2]
        assert subjects(found) == ["r0", "r1", "r2", "r3", "r4", "r0"]
        assert await pages(holdfast, after=found[-1].next) == []
        # Whoever crashed behind the first page gets the rest again, by the same ids.
        again = await pages(holdfast, after=found[0].next, limit=1_000)
        ids = [event.id for page in found for event in page]
        assert [event.id for page in again for event in page] == ids[2:]
        assert len(set(ids)) == 6
        only = await pages(holdfast, types=["registration.confirmed"])
        assert [event.type for page in only for event in page] == ["registration.confirmed.v1"]
        assert await pages(holdfast, courses=["another"]) == []
    first, last = found[0].items[0], found[2].items[1]
    invoice = first.of(InvoicePaid)
    assert invoice is not None
    assert (invoice.registration_id, invoice.invoice_id) == ("r0", reference.INVOICE_ID)
    assert invoice.total is not None
    assert (invoice.total.amount, invoice.total.currency) == (19900, "USD")
    assert invoice.paid_at is None, "a field that this partner was not given"
    assert isinstance(last.read(), RegistrationConfirmed)


async def test_an_event_that_is_said_twice_has_one_id(stage: Stage, key: str) -> None:
    given = str(uuid.uuid4())
    await stage.hears(made(billing.InvoicePaid), ids=[given])
    await stage.hears(made(billing.InvoicePaid), ids=[given])
    async with connected(stage, key) as holdfast:
        [page] = await pages(holdfast)
        assert [event.id for event in page] == [given]
        [same] = await pages(holdfast)
        assert same == page


async def test_who_follows_is_told_of_what_comes_later(stage: Stage, key: str) -> None:
    await stage.hears(made(billing.InvoicePaid, registration_id="r1"))
    async with connected(stage, key) as holdfast:
        walk = holdfast.feed(follow=True, wait=1)
        assert subjects([await anext(walk)]) == ["r1"]
        assert subjects([await anext(walk)]) == []
        await stage.hears(made(billing.InvoicePaid, registration_id="r2"))
        assert subjects([await anext(walk)]) == ["r2"]
        await walk.aclose()


async def test_a_cursor_that_is_none_and_one_that_leads_back_are_told_apart(
    stage: Stage, key: str
) -> None:
    async with connected(stage, key) as holdfast:
        for wrong in ("latest", "", "eyJ"):
            with pytest.raises(CursorRefused, match="/problems/cursor-unknown") as why:
                await pages(holdfast, after=wrong)
            assert why.value.status == 400
            assert [pointer for pointer, _ in why.value.errors] == ["/after"]
        await stage.hears(*(made(billing.InvoicePaid, registration_id=f"r{n}") for n in range(4)))
        [early] = await pages(holdfast)
        await stage.hears(made(billing.InvoicePaid, registration_id="r4"))
        late = (await pages(holdfast))[-1]
        # The database is of an earlier day now, and hears in another order what it had lost.
        await stage.rows("DELETE FROM occurrences WHERE position > 4 RETURNING 1")
        await stage.rows("UPDATE heads SET position = 4 RETURNING 1")
        await _begins(stage.service)  # as `bin/holdfast restored partners` does
        await stage.hears(*(made(billing.InvoicePaid, registration_id=f"r{n}") for n in (5, 4)))
        [back] = await pages(holdfast, after=late.next)
        assert (back.rewound, subjects([back])) == (True, ["r5", "r4"])
        assert await pages(holdfast, after=back.next) == []
        # Whoever stood before the backup is led nowhere.
        [on] = await pages(holdfast, after=early.next)
        assert (on.rewound, subjects([on])) == (False, ["r5", "r4"])
        [whole] = await pages(holdfast)
        assert whole.rewound is False


async def test_a_key_of_nobody_is_told_as_such(stage: Stage, key: str) -> None:
    async with connected(stage, "hf_live_of-nobody") as nobody:
        with pytest.raises(KeyRefused, match="/problems/key-invalid"):
            await pages(nobody)
        with pytest.raises(KeyRefused):
            await nobody.send([REGISTRATION], "part-1")


async def test_lines_are_taken_once_however_often_they_are_sent(stage: Stage, key: str) -> None:
    async with connected(stage, key, lost=2) as holdfast:
        first = await holdfast.send([REGISTRATION, ATTENDANCE], "part-1")
        assert [(one.id, one.status) for one in first] == [
            ("cohort-7/31", "accepted"),
            ("cohort-7/31/s1", "accepted"),
        ], "the answer of the try that was lost"
        # The same again, after a crash that forgot that it was sent; and in another request.
        assert await holdfast.send([REGISTRATION, ATTENDANCE], "part-1") == first
        other = await holdfast.send([ATTENDANCE, REGISTRATION], "part-2")
        assert [one.duplicate for one in other] == [True, True]
        assert [one.detail for one in other] == ["", ""], "it is the very same line"
    rows = await stage.rows("SELECT item_id FROM inbound_items ORDER BY item_id")
    assert [row["item_id"] for row in rows] == ["cohort-7/31", "cohort-7/31/s1"]
    assert [(kind, data["item_id"]) for kind, _, data in await stage.told()] == [
        (PartnerRegistrationSubmitted.type, "cohort-7/31"),
        (PartnerAttendanceReported.type, "cohort-7/31/s1"),
    ]


async def test_a_line_that_is_refused_says_where_and_spoils_no_other(
    stage: Stage, key: str
) -> None:
    unknown = {"id": "b", "type": "seating", "course_id": COURSE}
    foreign = ATTENDANCE.model_copy(update={"id": "c", "course_id": "another"})
    nobody = {"id": "d", "type": "registration", "course_id": COURSE, "attendee": {"name": "Ada"}}
    async with connected(stage, key) as holdfast:
        results = await holdfast.send([REGISTRATION, unknown, foreign, nobody], "part-1")
        assert [one.status for one in results] == ["accepted", "refused", "refused", "refused"]
        assert results[1].detail == "type: use registration or attendance."
        assert results[2].detail == "course_id: this is not one of your courses."
        assert results[3].detail.startswith("attendee/email: ")
        assert [one.pointer for one in results] == [None, "/type", "/course_id", "/attendee/email"]
        assert [one.pointer for one in results[3].errors] == ["/attendee/email"]
        mended = {**nobody, "attendee": {"name": "Ada", "email": "ada@learners.example"}}
        [result] = await holdfast.send([mended], "part-2")
        assert result.accepted


async def test_a_registration_that_is_sent_in_twice_is_a_duplicate(stage: Stage, key: str) -> None:
    """By the example, as who waits has it."""
    line = (COURSE, "cohort-7/31", "Wanda Example", "wanda@learners.example", "2027-01-04")
    with Holdfast("http://partners.test", key, transport=Bridge(stage)) as holdfast:
        first = await asyncio.to_thread(send_in, holdfast, *line)
        again = await asyncio.to_thread(send_in, holdfast, *line)
        other = await asyncio.to_thread(send_in, holdfast, "another", "cohort-7/32", *line[2:])
    assert [one.status for one in (first, again, other)] == ["accepted", "duplicate", "refused"]
    [(kind, _, data)] = await stage.told()
    assert (kind, data["item_id"]) == (PartnerRegistrationSubmitted.type, "cohort-7/31")
    assert data["attendee"]["email"] == "wanda@learners.example"


async def test_what_is_sent_is_signed_where_there_is_a_secret(stage: Stage, key: str) -> None:
    inbound = "/partners/v1/partners/ibh/inbound"
    made = (await stage.asks("POST", f"{inbound}/secret")).json()
    assert (await stage.asks("PATCH", inbound, json={"signed": True})).status_code == 200
    async with connected(stage, key, lost=1, secret=made["secret"]) as holdfast:
        [first] = await holdfast.send([REGISTRATION], "part-1")
        assert first.accepted
        assert [page async for page in holdfast.feed()] == [], "the feed is asked by key alone"
    foreign = "whsec_" + "Zm9yZWlnbi1zZWNyZXQtb2YtMjQtYnl0"
    for secret, why in ((None, "signature-missing"), (foreign, "signature-wrong")):
        async with connected(stage, key, secret=secret) as holdfast:
            with pytest.raises(SignatureRefused, match=f"/problems/{why}"):
                await holdfast.send([ATTENDANCE], "part-2")
    assert [data["item_id"] for _, _, data in await stage.told()] == ["cohort-7/31"]


@pytest.fixture
async def hooks(database: Any) -> AsyncIterator[Hooks]:
    async with staged(database("partners")) as stage:
        yield stage


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as there:
        yield there


async def test_what_the_service_sends_is_verified_also_while_its_secret_is_replaced(
    hooks: Hooks, receiver: Receiver
) -> None:
    await hooks.describes()
    endpoint = await hooks.opens(receiver)
    await hooks.happens("event-1")
    await hooks.rests()
    rotated = (await hooks.does("rotate", endpoint)).json()
    await hooks.happens("event-2")
    await hooks.rests()
    assert (await hooks.does("test", endpoint)).status_code == 202
    await hooks.rests()
    first, second, test = receiver.heard
    old, new = endpoint["secret"], rotated["secret"]
    assert old != new
    for secrets in ((old,), (old, new)):
        assert Webhooks(*secrets).event(first.headers, first.body).id == "event-1"
    for secrets in ((old,), (new,), (new, old)):
        assert Webhooks(*secrets).event(second.headers, second.body).id == "event-2"
    told = Webhooks(new).event(test.headers, test.body)
    tested = told.of(EndpointTested)
    assert tested is not None
    assert tested.endpoint_id == endpoint["endpoint_id"]
    event = Webhooks(old).event(first.headers, first.body)
    assert (event.type, event.subject) == ("registration.confirmed.v1", "of-event-1")
    assert event.data == {"registration_id": "of-event-1", "state": "confirmed"}
