"""Many mails, a mail server that misbehaves on a seed, and workers that die among them."""

import asyncio
import uuid
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any

import pytest

from services.notifications.domain.header_ids import header_id
from services.notifications.mailer import Mailer, Server
from shared.contracts.registration import (
    PersonRecorded,
    RegistrationConfirmed,
    RegistrationRequested,
)
from shared.runtime.failpoint import Point
from shared.runtime.outside import OutsideCalls
from tests.edges.notifications.conftest import World, course, of
from tests.edges.notifications.rough import RoughOffice, rough
from tests.stage import SECRET, killed_at

TEMPLATE = "registration_confirmed"
# Of which nobody could say whether they went out, if everybody died now.
BEGUN = """
SELECT count(*) FROM messages JOIN due ON ref = message_id
WHERE state = 'sending' AND NOT payload ? 'unbegun'
"""


async def seats(world: World, many: int, domains: int = 5) -> list[str]:
    """So many confirmed seats, each with one mail that is due; their addresses."""
    await world.hears(course())
    events: list[Any] = []
    addresses = [f"l{n}@d{n % domains}.example" for n in range(many)]
    for n, address in enumerate(addresses):
        about = {"registration_id": f"r{n}", "person_id": f"p{n}"}
        events += [
            of(PersonRecorded, person_id=f"p{n}", email=address, zone="America/New_York"),
            of(RegistrationRequested, **about, hold_expires_at=None, payment_method="free"),
            of(RegistrationConfirmed, **about, basis="free"),
        ]
    await world.hears(*events, ids=[str(uuid.uuid4()) for _ in events])
    await world.swept()
    return addresses


def posts_to(
    world: World,
    office: RoughOffice,
    connections: int = 6,
    patience: float = 1.5,
    answers: float = 0.25,
) -> None:
    """From now on mails go there; each of its answers is waited for `answers` seconds."""
    world.postman.mailer = Mailer(
        Server(
            "127.0.0.1",
            office.port,
            timeout=answers,
            answer=answers,
            patience=patience,
            connections=connections,
            pause=0.02,
        )
    )


async def outcomes(world: World) -> dict[str, dict[str, Any]]:
    return {
        row["message_id"]: row
        for row in await world.dump("messages")
        if row["template"] == TEMPLATE
    }


async def under_way(world: World) -> int:
    """How many are not through by now."""
    return int(
        await world.value(
            "SELECT count(*) FROM messages WHERE template = $1 AND state IN ('planned', 'sending')",
            TEMPLATE,
        )
    )


@asynccontextmanager
async def workers(world: World, many: int) -> AsyncIterator[list[OutsideCalls]]:
    """Loops of so many workers; they die with the block, like processes: nothing is recorded."""
    calls = [OutsideCalls(world.db, world.clock, world.service.dues) for _ in range(many)]
    tasks = [asyncio.create_task(one.run()) for one in calls]
    try:
        yield calls
    finally:
        acting = [task for one in calls for task in one._running]
        for task in [*tasks, *acting]:
            task.cancel()
        await asyncio.gather(*tasks, *acting, return_exceptions=True)


async def all_through(world: World) -> None:
    """Until nothing is under way, while time goes on by minutes."""
    for _ in range(400):
        if not await under_way(world):
            return
        await asyncio.sleep(0.05)
        world.clock.time += timedelta(minutes=1)
    raise AssertionError(f"{await under_way(world)} are still under way")


async def judged(world: World, office: RoughOffice) -> Counter[str]:
    """Each was sent exactly once; or failed, or is unknown, and somebody is asked. Gives how many
    there are of each."""
    tasks = Counter(task["about"]["message_id"] for task in await world.said("task.opened.v1"))
    facts: Counter[tuple[str, str]] = Counter()
    for name in ("sent", "failed"):
        for fact in await world.said(f"message.{name}.v1"):
            facts[name, fact["message_id"]] += 1
    found: Counter[str] = Counter()
    for id_, row in (await outcomes(world)).items():
        kept = office.kept[header_id(id_, SECRET, "holdfast.example")]
        found[row["reason"] or row["state"]] += 1
        if row["state"] == "sent":
            assert (kept, tasks[id_], facts["sent", id_], facts["failed", id_]) == (1, 0, 1, 0), row
        else:
            assert row["state"] == "failed", row
            assert (tasks[id_], facts["sent", id_], facts["failed", id_]) == (1, 0, 1), row
            assert kept <= (row["reason"] == "unknown"), (kept, row["reason"], row["attempts"])
    return found


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_each_is_sent_once_or_somebody_is_asked(world: World, seed: int) -> None:
    async with rough(seed) as office:
        posts_to(world, office)
        addresses = await seats(world, 60)
        async with workers(world, 2):
            await all_through(world)
            await asyncio.sleep(0.6)  # what was said too late
        found = await judged(world, office)
    assert sum(found.values()) == len(addresses)
    assert max(office.kept.values()) == 1
    assert found["sent"] >= 20
    assert found["unknown"] >= 1
    assert found["bounced"] + found["refused"] >= 1
    assert len(office.happened) >= 10, office.happened  # the test is worth what it meets
    assert office.turned_away >= 1


async def test_what_is_deferred_for_a_while_is_all_sent_once(world: World) -> None:
    """4xx, closed connections and silence before the message itself: nobody needs to be asked."""
    passing = (
        *("none", "450 recipient", "421 recipient", "451 sender", "451 data", "452 taken"),
        *("421 taken", "gone recipient", "gone data", "late recipient"),
    )
    async with rough(7, troubles=passing) as office:
        posts_to(world, office)
        await seats(world, 40)
        async with workers(world, 2):
            await all_through(world)
        assert await judged(world, office) == {"sent": 40}
    assert set(office.keepers.values()) == {1}
    assert office.happened.keys() >= {"gone data", "late recipient", "421 taken"}


async def test_a_worker_that_dies_in_mid_burst_is_followed_by_another(world: World) -> None:
    async with rough(4, troubles=("none",), most=10) as office:
        posts_to(world, office, patience=30, answers=30)  # a busy machine is no slow server
        await seats(world, 80)
        async with workers(world, 1) as [one]:
            while len(office.kept) < 12:
                await asyncio.sleep(0.002)
            assert one._running
        left = Counter(row["state"] for row in (await outcomes(world)).values())
        doubtful = await world.value(BEGUN)
        await world.leases_run_out()
        async with workers(world, 1):
            await all_through(world)
        found = await judged(world, office)
    # Of those whose message itself had begun, nobody knows; all others went out.
    assert found == Counter({"unknown": doubtful, "sent": 80 - doubtful})
    assert doubtful < left["sending"], "some were only prepared"


POINTS: list[tuple[Point, str, int]] = [
    ("outside.claimed", "sent", 1),  # a lease only: as if nothing had been
    ("outside.prepared", "sent", 1),  # the mail itself had not begun
    ("outside.begun", "unknown", 0),  # it may have gone out
    ("outside.acted", "unknown", 1),
    ("outside.recorded", "sent", 1),
]


@pytest.mark.parametrize(("point", "outcome", "kept"), POINTS)
async def test_a_crash_between_two_steps_is_told_apart(
    world: World, point: Point, outcome: str, kept: int
) -> None:
    async with rough(5, troubles=("none",)) as office:
        posts_to(world, office)
        await seats(world, 1)
        with killed_at(point):
            await OutsideCalls(world.db, world.clock, world.service.dues).step()
        await world.leases_run_out()
        await world.rests()
        assert await judged(world, office) == {outcome: 1}
    assert sum(office.kept.values()) == kept


async def test_a_full_server_costs_no_try(world: World) -> None:
    """It lets one in at a time: the others wait for that one to come back, and nobody is deferred."""
    async with rough(6, troubles=("none",), most=1) as office:
        posts_to(world, office, patience=60)
        mails = await seats(world, 24)
        async with workers(world, 1):
            with suppress(TimeoutError):
                async with asyncio.timeout(20):
                    while await under_way(world):
                        await asyncio.sleep(0.02)
        rows = (await outcomes(world)).values()
    assert office.most_inside == 1
    assert office.turned_away >= 1
    assert {(row["state"], row["attempts"]) for row in rows} == {("sent", 1)}
    assert len(rows) == len(mails)
