"""The feed: what a partner may see, behind a cursor that never leads past anything."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from cli.restored import _begins
from services.partners.app import build
from services.partners.commands import reading
from services.partners.domain.visibility import view_of
from services.partners.settings import Settings
from shared.contracts import reference
from shared.contracts.billing import InvoicePaid
from shared.contracts.registration import (
    CoursePublished,
    PersonRecorded,
    RegistrationConfirmed,
    RegistrationRequested,
)
from shared.runtime.tokens import digest_of
from tests.edges.partners.test_projecting import COURSE, NOW, OTHER, PERSON, made
from tests.stage import OPERATOR, SECRET, Stage, StillClock

_KEY = "INSERT INTO api_keys (key_id, hash, scopes, version, revoked) VALUES ($1, $2, $3, 1, false)"
CONFIRMED, PAID = "registration.confirmed.v1", "invoice.paid.v1"
IDS = {"registration_id": reference.REGISTRATION_ID, "course_id": COURSE, "person_id": PERSON}


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


async def describe(stage: Stage, partner_id: str = "ibh", **lists: list[str]) -> Any:
    """A partner as it shall be; a client with its key where it is a new one."""
    body = {"name": "Institute", "courses": [COURSE], "types": [CONFIRMED, PAID], "fields": []}
    answer = await stage.http.put(f"/partners/v1/partners/{partner_id}", json=body | lists)
    told = answer.raise_for_status().json()
    if answer.status_code == 201:
        scope = [f"partner:{partner_id}"]
        async with stage.db.acquire() as con:
            await con.execute(_KEY, told["key_id"], digest_of(told["key"]), scope)
        return stage.client(told["key"])
    return None


async def read(own: httpx.AsyncClient, **asked: Any) -> tuple[list[dict[str, Any]], str]:
    answer = await own.get("/partners/v1/feed", params=asked)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert set(body) == {"items", "next", "rewound"}
    return body["items"], body["next"]


def types(items: list[dict[str, Any]]) -> list[str]:
    return [one["type"].removesuffix(".v1") for one in items]


async def test_a_partner_reads_from_the_beginning_what_it_may_see_and_nothing_else(
    stage: Stage,
) -> None:
    await stage.hears(
        made(CoursePublished), made(PersonRecorded), made(RegistrationRequested), made(InvoicePaid)
    )
    await stage.hears(made(RegistrationConfirmed, course_id=OTHER))
    own = await describe(stage, fields=["total", f"{PAID}/number"])
    await stage.hears(made(RegistrationConfirmed))
    items, after = await read(own)
    assert [(one["type"], one["data"]) for one in items] == [
        (
            PAID,
            IDS
            | {
                "invoice_id": reference.INVOICE_ID,
                "number": "2020-000001",
                "total": {"amount": 19900, "currency": "USD"},
            },
        ),
        (CONFIRMED, IDS),
    ]
    assert await read(own, after=after) == ([], after)
    await stage.hears(made(InvoicePaid))
    items, _ = await read(own, after=after)
    assert types(items) == ["invoice.paid"]


async def test_events_are_cloud_events_with_the_ids_they_were_said_with(stage: Stage) -> None:
    own = await describe(stage)
    given = "0192a0b0-5c1e-7a10-8f00-0000000000aa"
    await stage.hears(made(InvoicePaid), ids=[given])
    [event], _ = await read(own)
    assert event.pop("data") == IDS | {"invoice_id": reference.INVOICE_ID}
    assert event == {
        "specversion": "1.0",
        "id": given,
        "source": "/billing",
        "type": PAID,
        "subject": reference.REGISTRATION_ID,
        "time": NOW,
        "datacontenttype": "application/json",
    }


async def test_pages_follow_one_another_without_a_gap_or_a_repetition(stage: Stage) -> None:
    own = await describe(stage, courses=[COURSE, OTHER])
    for number in range(7):
        course_id = COURSE if number % 2 else OTHER
        await stage.hears(
            made(InvoicePaid, course_id=course_id, registration_id=f"r{number}"),
            made(CoursePublished, course_id=course_id),
        )
    read_on, after = [], None
    for _ in range(5):
        items, after = await read(own, limit=2, **({"after": after} if after else {}))
        read_on += [one["subject"] for one in items]
    assert read_on == [f"r{number}" for number in range(7)]


async def test_pages_of_large_events_are_shorter_and_never_empty(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A description of 20,000 like letters is small as it is kept, and large as it is said."""
    monkeypatch.setattr(reading, "BYTES", 60_000)
    own = await describe(stage, types=["course.published", PAID], fields=["description"])
    large = made(CoursePublished, description="a" * 20_000)
    for number in range(4):
        await stage.hears(large, made(InvoicePaid, registration_id=f"r{number}"))
    pages, after = [], None
    while not pages or pages[-1]:
        items, after = await read(own, limit=1_000, **({"after": after} if after else {}))
        pages.append(types(items))
    course, paid = "course.published", "invoice.paid"
    assert pages == [[course, paid, course, paid, course], [paid, course, paid], []]
    monkeypatch.setattr(reading, "BYTES", 1)
    ones, after = [], None
    for _ in range(8):
        items, after = await read(own, **({"after": after} if after else {}))
        ones += types(items)
    assert ones == [course, paid] * 4
    assert await read(own, after=after) == ([], after)


async def test_what_is_large_as_it_is_kept_is_not_read_with_all_else(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "BYTES", 45_000)
    own = await describe(stage, types=["course.published"])
    for seed in range(3):
        letters = random.Random(seed).choices("abcdefghijklmnopqrstuvwxyz", k=25_000)
        await stage.hears(made(CoursePublished, description="".join(letters)))
    view = view_of([COURSE], ["*"], [])
    sizes = []
    async with stage.db.acquire() as con:

        async def fetch(*asked: Any) -> Any:
            rows = await con.fetch(*asked)
            sizes.append(len(rows))
            return rows

        seen = await reading.read_behind(fetch, view, 0, 1_000)
    assert (len(seen.occurrences), seen.more) == (2, True)
    assert sizes == [1, 2], "the third was left where it is"
    items, _ = await read(own)
    assert len(items) == 2


async def test_an_allow_list_that_was_narrowed_holds_at_once_for_what_was_said_before_too(
    stage: Stage,
) -> None:
    own = await describe(stage, courses=[COURSE, OTHER], fields=["total"])
    await stage.hears(made(InvoicePaid), made(InvoicePaid, course_id=OTHER))
    items, _ = await read(own)
    assert [set(one["data"]) - set(IDS) for one in items] == [{"invoice_id", "total"}] * 2
    await describe(stage, courses=[COURSE], fields=[])
    items, _ = await read(own)
    assert [(one["data"]["course_id"], "total" in one["data"]) for one in items] == [
        (COURSE, False)
    ]
    await describe(stage, courses=[COURSE], types=[CONFIRMED])
    assert (await read(own))[0] == []
    await describe(stage, courses=[])
    assert (await read(own))[0] == []


async def test_a_course_that_is_given_later_is_read_from_its_beginning_by_asking_for_it(
    stage: Stage,
) -> None:
    own = await describe(stage)
    await stage.hears(made(InvoicePaid, course_id=OTHER), made(InvoicePaid))
    _, after = await read(own)
    await describe(stage, courses=[COURSE, OTHER])
    assert (await read(own, after=after))[0] == []
    items, _ = await read(own, courses=OTHER)
    assert [one["data"]["course_id"] for one in items] == [OTHER]


async def test_who_was_erased_is_gone_from_the_feed_and_every_partner_is_told(stage: Stage) -> None:
    own = await describe(stage, types=["person.recorded"], fields=["person.recorded/*"])
    other = await describe(stage, "praxis", types=[])
    strange = await describe(stage, "strange", courses=[OTHER], types=["*"])
    await stage.hears(made(PersonRecorded), made(RegistrationRequested))
    items, after = await read(own)
    assert items[0]["data"]["email"] == reference.PERSON["email"]
    await stage.forgets(PERSON)
    for reader in (own, other):
        items, _ = await read(reader)
        assert [(one["type"], one["data"]) for one in items] == [
            ("person.erased.v1", {"person_id": PERSON})
        ]
    assert types((await read(own, after=after))[0]) == ["person.erased"]
    assert (await read(strange))[0] == []


async def test_who_lost_a_course_is_told_who_of_it_is_erased_and_nothing_else(
    stage: Stage,
) -> None:
    """It has what it was told of them, and must delete it (GDPR, article 19)."""
    own = await describe(stage, types=["*"], fields=["person.recorded/*"])
    await stage.hears(made(PersonRecorded), made(RegistrationRequested))
    _, after = await read(own)
    await describe(stage, courses=[OTHER], types=["*"], fields=["person.recorded/*"])
    await describe(stage, courses=[], types=["*"])
    await stage.hears(made(PersonRecorded, version=2), made(InvoicePaid))
    assert (await read(own))[0] == []
    await stage.forgets(PERSON)
    for asked in ({}, {"after": after}, {"courses": COURSE}):
        items, _ = await read(own, **asked)
        assert [(one["type"], one["data"]) for one in items] == [
            ("person.erased.v1", {"person_id": PERSON})
        ]
    assert (await read(own, courses=OTHER))[0] == []
    await describe(stage, types=[PAID], fields=[])
    assert types((await read(own))[0]) == ["invoice.paid", "person.erased"]


async def test_who_begins_at_an_instant_is_told_who_people_are_all_the_same(stage: Stage) -> None:
    """A person is recorded once, perhaps long before they come to a course."""
    own = await describe(stage, types=["*"])
    await stage.hears(made(PersonRecorded), made(InvoicePaid))
    stage.clock.time = stage.clock.time.replace(hour=15)
    await stage.hears(made(RegistrationRequested))
    items, _ = await read(own, since="2020-10-01T15:00:00Z")
    assert types(items) == ["person.recorded", "registration.requested"]


async def test_a_reader_may_want_less(stage: Stage) -> None:
    own = await describe(stage, courses=[COURSE, OTHER])
    early, late = made(InvoicePaid), made(RegistrationConfirmed, course_id=OTHER)
    await stage.hears(early)
    stage.clock.time = stage.clock.time.replace(hour=15)
    await stage.hears(late, made(InvoicePaid, course_id=OTHER))
    assert types((await read(own, types=CONFIRMED))[0]) == ["registration.confirmed"]
    assert types((await read(own, types="invoice.paid,registration.confirmed"))[0]) == [
        "invoice.paid",
        "registration.confirmed",
        "invoice.paid",
    ]
    assert types((await read(own, courses=COURSE))[0]) == ["invoice.paid"]
    assert types((await read(own, courses="another"))[0]) == []
    assert types((await read(own, since="2020-10-01T15:00:00Z"))[0]) == [
        "registration.confirmed",
        "invoice.paid",
    ]
    both = {"types": "invoice.paid", "courses": f"{OTHER},{COURSE}", "since": "2020-10-01T13:00Z"}
    assert len((await read(own, **both))[0]) == 1


WRONG = {
    "no cursor": ({"after": "latest"}, 400, "/problems/cursor-unknown"),
    "an empty cursor": ({"after": ""}, 400, "/problems/cursor-unknown"),
    "too many": ({"limit": "1001"}, 422, None),
    "none": ({"limit": "0"}, 422, None),
    "too long": ({"wait": "31"}, 422, None),
    "no moment": ({"since": "yesterday"}, 422, None),
    "no type": ({"types": "invoice.payd"}, 422, "/problems/types-unknown"),
    "a key is no type": ({"types": "key.issued.v1"}, 422, "/problems/types-unknown"),
    "another's": ({"partner_id": "praxis"}, 403, "/problems/partner-another"),
}


@pytest.mark.parametrize(("asked", "status", "problem"), WRONG.values(), ids=WRONG.keys())
async def test_what_cannot_be_asked_is_refused_with_a_reason(
    stage: Stage, asked: dict[str, str], status: int, problem: str | None
) -> None:
    own = await describe(stage)
    answer = await own.get("/partners/v1/feed", params=asked)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    if problem:
        assert answer.json()["type"] == problem


async def test_only_partners_and_staff_read(stage: Stage) -> None:
    await describe(stage)
    assert (await stage.client().get("/partners/v1/feed")).status_code == 401
    assert (await stage.http.get("/partners/v1/feed")).status_code == 422
    unknown = await stage.http.get("/partners/v1/feed", params={"partner_id": "nobody"})
    assert unknown.status_code == 404


async def test_staff_see_what_the_partner_sees_and_that_they_read_of_people_is_kept(
    stage: Stage,
) -> None:
    own = await describe(stage, types=["person.recorded", PAID], fields=["email"])
    await stage.hears(made(PersonRecorded), made(RegistrationRequested), made(InvoicePaid))
    assert await read(stage.http, partner_id="ibh") == await read(own)
    assert types((await read(stage.http, partner_id="ibh", types=PAID))[0]) == ["invoice.paid"]
    audit = "SELECT act, about FROM audit WHERE act = 'feed.read'"
    assert await stage.rows(audit) == [{"act": "feed.read", "about": f"ibh {PERSON}"}]


async def test_who_waits_is_answered_as_soon_as_there_is_something_for_them(stage: Stage) -> None:
    own = await describe(stage)
    other = await describe(stage, "praxis", courses=[OTHER])
    await stage.hears(made(CoursePublished))
    _, after = await read(own)
    waiting = asyncio.create_task(read(own, after=after, wait=30))
    idle = asyncio.create_task(read(other, wait=2))
    await asyncio.sleep(0.3)
    assert not waiting.done()
    await stage.hears(made(CoursePublished))  # new, but not for them
    await asyncio.sleep(0.6)
    assert not waiting.done()
    await stage.hears(made(InvoicePaid))
    async with asyncio.timeout(20):
        assert types((await waiting)[0]) == ["invoice.paid"]
        items, after = await idle
    assert items == []
    await stage.hears(made(InvoicePaid, course_id=OTHER))
    assert types((await read(other, after=after))[0]) == ["invoice.paid"]


async def test_after_a_restore_a_cursor_leads_back_to_the_backup_and_never_past_anything(
    stage: Stage,
) -> None:
    own = await describe(stage)
    await stage.hears(*(made(InvoicePaid, registration_id=f"r{n}") for n in range(4)))
    items, early = await read(own, limit=2)
    backup = [await stage.rows(f"SELECT * FROM {table}") for table in ("heads", "occurrences")]
    await stage.hears(*(made(InvoicePaid, registration_id=f"r{n}") for n in (4, 5, 6)))
    _, late = await read(own)
    # The database is of an earlier day now: what it lost is heard again in another order.
    await stage.rows("DELETE FROM occurrences WHERE position > 4 RETURNING 1")
    await stage.rows("UPDATE heads SET position = 4 RETURNING 1")
    assert [await stage.rows(f"SELECT * FROM {t}") for t in ("heads", "occurrences")] == backup
    assert await read(own, after=late) == ([], late), "nothing is passed before it is healed"
    await _begins(stage.service)  # as `bin/holdfast restored partners` does
    await stage.hears(*(made(InvoicePaid, registration_id=f"r{n}") for n in (6, 7, 5, 4)))
    items, after = await read(own, after=late)
    assert [one["subject"] for one in items] == ["r6", "r7", "r5", "r4"]
    items, _ = await read(own, after=early)
    assert [one["subject"] for one in items] == ["r2", "r3", "r6", "r7", "r5", "r4"]
    assert (await read(own, after=after))[0] == []
