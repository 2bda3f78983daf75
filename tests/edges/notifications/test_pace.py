"""Which mails go first, how many a second to whom, and what a server that is away costs."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest

from services.notifications.domain.delivery import HeldBackError
from services.notifications.mailer import Mailer, Server
from services.notifications.pace import Pace
from shared.runtime.outside import OutsideCalls
from tests.edges.notifications.conftest import World
from tests.edges.notifications.rough import rough
from tests.edges.notifications.test_rough import (
    TEMPLATE,
    outcomes,
    posts_to,
    seats,
    under_way,
    workers,
)

# --- at most so many a second -------------------------------------------------------------------


def test_a_second_s_worth_goes_at_once_and_then_one_each_gap() -> None:
    pace = Pace(4.0)
    assert [pace.reserve("a.example", 100.0) for _ in range(6)] == [0, 0, 0, 0, 0.25, 0.5]
    assert pace.reserve("b.example", 100.0) == 0  # another domain's are another's
    assert pace.reserve("a.example", 200.0) == 0
    # in any ten seconds never more than the rate, and what may go at once
    at = [200.0 + pace.reserve("c.example", 200.0) for _ in range(20)]
    assert max(at) == pytest.approx(204.0)


def test_some_domains_have_a_rate_of_their_own_and_nought_is_no_limit() -> None:
    pace = Pace(0.0, {"Slow.example": 1.0})
    assert [pace.reserve("any.example", 5.0) for _ in range(50)] == [0.0] * 50
    assert [pace.reserve("slow.example", 5.0) for _ in range(3)] == [0.0, 1.0, 2.0]


def test_each_of_several_processes_takes_its_part() -> None:
    pace = Pace(10.0, processes=5)
    waits = [pace.reserve("a.example", 100.0) for _ in range(4)]
    assert waits == pytest.approx([0.0, 0.0, 0.5, 1.0])


def held_back(pace: Pace, now: float) -> float:
    with pytest.raises(HeldBackError) as held:
        pace.reserve("a.example", now)
    return held.value.seconds


def test_a_turn_that_is_far_off_is_not_taken() -> None:
    pace = Pace(0.1)
    assert pace.reserve("a.example", 50.0) == 0
    for _ in range(3):  # asking again moves nothing
        held_back(pace, 50.0)
    assert pace.reserve("a.example", 55.0) == pytest.approx(5.0)


def test_those_that_are_held_back_come_back_in_turn_and_within_a_minute() -> None:
    pace = Pace(0.1)
    assert pace.reserve("a.example", 50.0) == 0
    waits = [held_back(pace, 50.0) for _ in range(9)]
    assert waits == pytest.approx([10, 20, 30, 40, 50, 60, 60, 60, 60])
    assert held_back(pace, 51.0) == pytest.approx(60)


async def test_what_is_held_back_waits_without_a_try(world: World) -> None:
    async with rough(1, troubles=("none",)) as office:
        posts_to(world, office)
        world.postman.pace = Pace(0.01)
        await seats(world, 3, domains=1)
        await world.rests()
        rows = (await outcomes(world)).values()
        assert Counter((row["state"], row["attempts"]) for row in rows) == {
            ("sent", 1): 1,
            ("planned", 0): 2,
        }
        due = await world.value("SELECT min(due_at) FROM due WHERE kind = 'send'")
        assert (due - world.clock.time).total_seconds() == pytest.approx(100, abs=10)
        world.postman.pace = Pace()
        await world.at((world.clock.time + timedelta(minutes=3)).isoformat())
        rows = (await outcomes(world)).values()
    assert {(row["state"], row["attempts"]) for row in rows} == {("sent", 1)}


# --- what is urgent, and what can wait -----------------------------------------------------------


async def test_urgent_ones_overtake_those_that_can_wait_and_starve_nobody(world: World) -> None:
    """200 reminders have long been due when 60 confirmations come: by the time that the last of
    these is out, few of those are; but some are."""
    async with rough(1, troubles=("none",), most=10) as office:
        posts_to(world, office, connections=4, patience=60)
        await seats(world, 60)
        # The same rows as if they had been planned as reminders: their letters do not matter here.
        await world.rows(
            "INSERT INTO messages (message_id, dedup_key, registration_id, course_id, person_id,"
            " template, subject, version, state, due_at, covers, reason, attempts, resends,"
            " recipient, subject_line, forced, said, channel, provider_id, delivery)"
            " SELECT 'w' || n || r.registration_id, 'w' || n || r.registration_id,"
            " r.registration_id, r.course_id, r.person_id, 'reminder_7d', 's1', 9 + n, 'planned',"
            " '2020-09-01T00:00:00Z', '[]', '', 0, 0, '', '', true, '{}', 'mail', '', ''"
            " FROM registrations r CROSS JOIN generate_series(1, 4) n RETURNING message_id"
        )
        await world.rows(
            "INSERT INTO due (kind, ref, due_at, version, payload, lane, attempts)"
            " SELECT 'send_later', message_id, due_at, 0, '{}', '', 0 FROM messages"
            " WHERE template = 'reminder_7d' AND version > 9 RETURNING id"
        )
        count = "SELECT count(*) FROM messages WHERE version > 9 AND state <> 'planned'"
        async with workers(world, 1):
            while await under_way(world):
                await asyncio.sleep(0.01)
            later = await world.value(count)
    assert 1 <= later <= 60


async def test_the_kinds_of_deadlines_say_which_is_which(world: World) -> None:
    await seats(world, 1)
    kinds = {
        row["template"]: row["kind"]
        for row in await world.rows(
            "SELECT kind, template FROM due JOIN messages ON message_id = ref"
        )
    }
    assert kinds[TEMPLATE] == kinds["join_1h"] == "send"
    assert kinds["reminder_7d"] == kinds["reminder_1d"] == "send_later"


async def test_a_domain_that_does_not_answer_costs_the_others_nothing(world: World) -> None:
    """Forty mails of one domain are due first, and each takes its server's whole patience."""
    async with rough(1, troubles=("none",), most=10, late=0.2) as office:
        posts_to(world, office, connections=4, patience=60)
        mails = await seats(world, 60, domains=3)
        slow = {mail for mail in mails if mail.endswith("@d0.example")}

        def trouble(address: str) -> str:
            return "late recipient" if address in slow else "none"

        office.trouble = trouble  # type: ignore[method-assign]
        async with workers(world, 1):
            while len(office.keepers.keys() - slow) < 40:
                await asyncio.sleep(0.01)
            assert len(office.keepers.keys() & slow) < 20


# --- a server that is away ------------------------------------------------------------------------


async def test_a_server_down_for_an_hour_has_everything_a_few_minutes_later(world: World) -> None:
    """Tries that found no server make no pause longer: a join link an hour late is none."""
    began = world.clock.time
    async with rough(1, troubles=("none",)) as office:
        world.postman.mailer = Mailer(Server("127.0.0.1", 9, timeout=0.5, pause=0.0))
        await seats(world, 5)
        await world.at((began + timedelta(hours=1)).isoformat())
        rows = (await outcomes(world)).values()
        assert {row["state"] for row in rows} == {"planned"}
        assert min(row["attempts"] for row in rows) >= 10
        posts_to(world, office)
        await world.at((began + timedelta(hours=1, minutes=5)).isoformat())
        rows = (await outcomes(world)).values()
        assert {row["state"] for row in rows} == {"sent"}
    assert sum(office.kept.values()) == 5


async def test_a_server_away_for_two_days_is_for_a_human(world: World) -> None:
    began = world.clock.time
    world.postman.mailer = Mailer(Server("127.0.0.1", 9, timeout=0.5, pause=0.0))
    await seats(world, 1)
    for later in (timedelta(), timedelta(hours=3), timedelta(days=1, hours=23)):
        world.clock.time = began + later
        await world.rests()
    assert await world.said("task.opened.v1") == []
    world.clock.time = began + timedelta(days=2)
    await world.rests()
    [row] = (await outcomes(world)).values()
    assert (row["state"], row["reason"]) == ("failed", "gave-up")
    assert len(await world.said("task.opened.v1")) == 1


async def test_greylisting_after_an_outage_has_its_whole_patience(world: World) -> None:
    """The tries in vain are the server's; the recipient's own pauses begin with the first."""
    began = world.clock.time
    async with rough(1, troubles=("450 recipient",)) as office:
        world.postman.mailer = Mailer(Server("127.0.0.1", 9, timeout=0.5, pause=0.0))
        await seats(world, 1)
        await world.at((began + timedelta(hours=3)).isoformat())
        posts_to(world, office)
        await world.at((began + timedelta(hours=10)).isoformat())
        [row] = (await outcomes(world)).values()
    assert row["state"] == "sent"
    assert sum(office.kept.values()) == 1


async def test_what_can_do_nobody_any_good_when_it_is_back_is_skipped_with_a_reason(
    world: World,
) -> None:
    async with rough(1, troubles=("none",)) as office:
        posts_to(world, office)
        await seats(world, 1)
        await world.rests()
        row = await world.rows(
            "SELECT m.message_id, m.due_at FROM messages m WHERE template = 'reminder_1d'"
            " ORDER BY due_at LIMIT 1"
        )
        world.postman.mailer = Mailer(Server("127.0.0.1", 9, timeout=0.5, pause=0.0))
        for later in (0, 11, 13):
            world.clock.time = row[0]["due_at"] + timedelta(hours=later)
            await world.rests()
        told = await world.rows(
            "SELECT state, reason FROM messages WHERE message_id = $1", row[0]["message_id"]
        )
    assert told == [{"state": "skipped", "reason": "too late to be of use"}]


async def test_claims_hop_through_all_lanes_there_can_be(world: World) -> None:
    """4,096 lanes, each with something planned: a claim still takes a moment only."""
    await world.rows(
        "INSERT INTO due (kind, ref, due_at, version, payload, lane, attempts)"
        " SELECT 'send', 'x' || n, '2021-01-01', 0, '{}', lpad(to_hex(n), 3, '0'), 0"
        " FROM generate_series(0, 4095) n RETURNING id"
    )
    await world.rows("ANALYZE")
    calls = OutsideCalls(world.db, world.clock, world.service.dues)
    await calls.step()
    loop = asyncio.get_running_loop()
    took = []
    for _ in range(3):
        since = loop.time()
        await calls.step()
        took.append(loop.time() - since)
    print("a claim through 4,096 lanes:", min(took))
    assert min(took) < 0.5
