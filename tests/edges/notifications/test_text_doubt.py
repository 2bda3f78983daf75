"""A text never goes twice, nor to who took their word back, whatever dies, is late or is forged."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from services.notifications.commands.text_desk import TextDesk, count_back
from services.notifications.models import TextCount
from shared.contracts.registration import (
    PersonRecorded,
    RegistrationConfirmed,
    RegistrationRequested,
)
from shared.runtime.outside import OutsideCalls
from tests.edges.notifications.conftest import World, course, of, sessions
from tests.edges.notifications.test_returned import about, comes_back
from tests.edges.notifications.test_texts import (
    ADA,
    AGREED,
    AN_HOUR_BEFORE,
    SEATED,
    begun,
    more,
    receipt,
    reply,
    stands,
    text,
    texts,
)
from tests.edges.notifications.texters import Reply, Texters, refuses, taken, texters
from tests.rules.notifications import returned as mails
from tests.stage import killed_at

__all__ = ["more"]


@pytest.fixture
async def provider() -> AsyncIterator[Texters]:
    async with texters() as server:
        yield server


async def died_before_the_call(world: World) -> None:
    await world.hears(course(), ADA, *SEATED)
    await world.at("2020-10-19T18:59:00Z")
    world.clock.time = world.clock.time.replace(hour=19, minute=0)
    with killed_at("outside.prepared"):
        await OutsideCalls(world.db, world.clock, world.service.dues).step()
    await world.leases_run_out()


async def test_what_had_not_begun_goes_out_by_itself(world: World, provider: Texters):
    await died_before_the_call(world)
    assert provider.asked == 0
    await world.rests()
    one = await text(world)
    assert (stands(one), one["attempts"], len(provider.texts)) == (("sent", None), 1, 1)
    assert await world.said("task.opened.v1") == []


async def test_who_takes_it_back_meanwhile_gets_none(world: World, provider: Texters):
    await died_before_the_call(world)
    await world.hears(of(PersonRecorded, version=4, zone="America/New_York"))
    await world.rests()
    one = await text(world)
    assert stands(one) == ("cancelled", "they agreed to no texts, or not any more")
    assert one["recipient"] is None
    assert provider.asked == 0


async def test_a_receipt_of_what_the_provider_said_it_had_not_taken(
    world: World, provider: Texters
):
    provider.answers = lambda _: refuses(500, 20500)
    await begun(world)
    one = await text(world)
    assert (one["status"], one["attempts"]) == ("planned", 1)
    assert (await receipt(world, one["message_id"], "delivered")).json() == {"outcome": "taken"}
    provider.answers = taken
    await world.at("2020-10-19T19:30:00Z")
    assert stands(await text(world)) == ("sent", None)
    assert (provider.asked, provider.texts) == (1, [])


async def test_a_receipt_before_anything_was_asked_is_of_nothing(world: World, provider: Texters):
    await world.hears(course(), ADA, *SEATED)
    await world.at("2020-10-19T18:59:00Z")
    one = await text(world)
    assert (await receipt(world, one["message_id"], "delivered")).json() == {"outcome": "unknown"}
    await world.at(AN_HOUR_BEFORE)
    assert len(provider.texts) == 1


async def test_no_late_receipt_makes_of_a_stop_what_staff_may_lift(world: World, provider: Texters):
    await begun(world)
    await reply(world, "STOP", "SM-1")
    late = await receipt(world, (await text(world))["message_id"], "undelivered", code="30006")
    assert late.json() == {"outcome": "taken"}
    assert [one["reason"] for one in await world.dump("suppressions")] == ["stopped"]


async def test_two_workers_keep_one_limit(world: World, provider: Texters):
    await world.hears(course(), ADA)
    for n in range(12):
        whose = {"registration_id": f"r{n}", "person_id": f"p{n}"}
        await world.hears(
            of(PersonRecorded, person_id=f"p{n}", email=f"p{n}@x.example", **AGREED),
            of(RegistrationRequested, hold_expires_at=None, payment_method="free", **whose),
            of(RegistrationConfirmed, basis="free", **whose),
        )
    await world.at("2020-10-19T18:59:00Z")
    world.clock.time = world.clock.time.replace(hour=19, minute=0)
    first, second = (OutsideCalls(world.db, world.clock, world.service.dues) for _ in range(2))
    await asyncio.gather(first.step(), second.step())
    await world.rests()
    assert len(provider.texts) == 3
    joins = [one for one in await texts(world, "join_1h") if one["subject"] == "s1"]
    assert sorted(one["status"] for one in joins) == ["sent"] * 3 + ["skipped"] * 9
    assert [one["texts"] for one in await world.dump("text_counts")] == [3]


async def test_a_mail_that_came_back_says_nothing_of_a_text(world: World, provider: Texters):
    await begun(world)
    one = await text(world)
    assert await comes_back(world, about(mails.POSTFIX, one["message_id"])) == "unknown"
    assert await text(world) == one
    assert await world.dump("suppressions") == []


async def test_what_was_not_taken_is_taken_off_the_day_that_counted_it(
    world: World, provider: Texters
):
    def over_midnight(_asked: int) -> Reply:
        world.clock.time = datetime(2020, 10, 20, 0, 0, 5, tzinfo=UTC)
        return refuses(400, 21211)

    late = {"starts_at": "2020-10-20T00:59:30Z", "ends_at": "2020-10-20T02:00:00Z"}
    provider.answers = over_midnight
    await world.hears(course(sessions=sessions(s1=late)), ADA, *SEATED)
    await world.at("2020-10-19T23:59:30Z")
    assert stands(await text(world)) == ("failed", "bounced")
    [counted] = await world.dump("text_counts")
    assert (counted["day"], counted["texts"]) == (date(2020, 10, 19), 0)


@pytest.mark.parametrize(("counted", "left"), [("2020-10-19", 4), ("2020-10-20", 3)])
def test_what_was_counted_yesterday_is_not_taken_off_today(counted: str, left: int):
    today = TextCount(provider="twilio", day=date(2020, 10, 20), texts=4)
    rows = {"twilio": today}
    work: Any = SimpleNamespace(
        get=lambda _, key: rows[key], put=lambda row: rows.update(twilio=row)
    )
    at = datetime.fromisoformat(f"{counted}T23:59:59").replace(tzinfo=UTC)
    count_back(work, TextDesk(provider="twilio"), at)
    assert rows["twilio"].texts == left
