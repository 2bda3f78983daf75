"""What needs a human, told to staff: each morning once, and at once what cannot wait."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.notifications.commands.apart import letter
from services.notifications.commands.digest_letter import Desk, digest
from services.notifications.domain.digest import Rhythm
from services.notifications.models import Person
from shared.contracts.registration import (
    PersonRecorded,
    RegistrationConfirmed,
    RegistrationRequested,
)
from shared.contracts.tasks import TaskClosed, TaskOpened
from tests.edges.notifications.conftest import World, course, of, says, well, words
from tests.stage import killed_at

TASK = TaskOpened.example["task_id"]
FREE = (
    of(PersonRecorded, zone="America/New_York"),
    of(RegistrationRequested, hold_expires_at=None, payment_method="free"),
    of(RegistrationConfirmed, basis="free"),
)


class Watched:
    """A connection of which each row that it gave is kept."""

    def __init__(self, con: Any) -> None:
        self.con = con
        self.rows: list[dict[str, Any]] = []

    async def fetch(self, sql: str, *args: Any) -> Any:
        found = await self.con.fetch(sql, *args)
        self.rows += [dict(row) for row in found]
        return found


@pytest.fixture
def more() -> dict[str, Any]:
    return {"staff_addresses": "desk@praxis.example, lead@praxis.example"}


async def letters(world: World, template: str = "staff_digest") -> list[tuple[str, ...]]:
    async with world.db.acquire() as con:
        rows = await con.fetch(
            "SELECT recipient, subject, state, reason FROM messages WHERE template = $1"
            " ORDER BY subject, recipient",
            template,
        )
    return [tuple(row) for row in rows]


def to(world: World, address: str) -> list[str]:
    return [str(m["Subject"]) for m in world.post.mails if str(m["To"]) == address]


async def test_each_morning_each_address_is_told_once_what_is_open(world: World) -> None:
    await world.hears(of(TaskOpened))  # heard on September 14, 11:10 there
    await world.at("2020-09-15T10:59:59+00:00")
    assert world.post.mails == []
    await world.at("2020-09-15T11:00:00+00:00")
    assert to(world, "desk@praxis.example") == ["Staff: 1 task needs you"]
    assert to(world, "lead@praxis.example") == ["Staff: 1 task needs you"]
    assert "refund-failed: The gateway could not give 169.00 USD back." in words(
        world.post.mails[0]
    )
    # another worker, a restart, another look: the same day is the same letter
    async with world.db.acquire() as con:
        await con.execute(
            "INSERT INTO due (kind, ref, due_at, version, payload, attempts, lane)"
            " VALUES ('staff_digest', '2020-09-15', $1, 0, '{}', 0, '')",
            world.clock.time,
        )
    await world.rests()
    assert len(world.post.mails) == 2
    await world.at("2020-09-16T11:00:00+00:00")
    assert len(world.post.mails) == 4
    assert [one[1:3] for one in await letters(world)] == [
        ("2020-09-15", "sent"),
        ("2020-09-15", "sent"),
        ("2020-09-16", "sent"),
        ("2020-09-16", "sent"),
    ]


async def test_a_crash_after_the_mail_server_took_it_asks_a_human_and_sends_no_second(
    world: World,
) -> None:
    await world.hears(of(TaskOpened))
    await world.rests()
    world.clock.time = datetime(2020, 9, 15, 11, tzinfo=UTC)
    await world.sweep.step()
    with killed_at("outside.acted"):
        await world.outside.step()
    assert len(world.post.mails) == 1
    await world.leases_run_out()
    await world.rests()
    # the other was only prepared with it, and goes out; of this one nobody knows
    assert len(world.post.mails) == 2
    assert sorted(one[2:] for one in await letters(world)) == [("failed", "unknown"), ("sent", "")]
    [asked] = await world.said("task.opened.v1")
    assert asked["kind"] == "message-failed"
    assert (await world.resend(asked["about"]["message_id"])).status_code == 202
    await world.rests()
    assert len(world.post.mails) == 3
    assert len(await world.said("task.closed.v1")) == 1


async def test_of_thousands_of_tasks_the_words_are_read_of_those_that_are_told_of(
    world: World,
) -> None:
    async with world.db.acquire() as con:
        await con.execute(
            "INSERT INTO staff_tasks (task_id, service, kind, about, what, urgent, opened_at)"
            " SELECT 't' || n, 'billing', 'refund-failed', '{\"refund_id\": \"f\"}', 'Words of ' || n,"
            " false, $1::timestamptz - n * interval '1 minute' FROM generate_series(1, 3000) n",
            world.clock.time,
        )
        watched = Watched(con)
        rhythm = Rhythm("America/New_York")
        mail = letter("staff_digest", "shown", "2020-09-14", world.clock.time)
        now = world.clock.time
        said = await digest(watched, Desk([], rhythm), mail, Person(person_id=""), now)
    assert (said.told.count, said.told.more) == (3000, 2980)
    assert said.told.tasks[0][1].what == "Words of 3000", "the oldest first"
    assert said.told.tasks[0][1].about == {"refund_id": "f"}
    assert sum("about" in row for row in watched.rows) == 20


async def test_what_was_closed_before_it_was_heard_of_is_not_told(world: World) -> None:
    await world.hears(of(TaskClosed), of(TaskOpened))
    await world.at("2020-09-15T12:00:00+00:00")
    assert world.post.mails == []
    assert await letters(world) == []
    # opened anew it is another task
    again = of(TaskOpened, task_id=str(uuid.uuid4()))
    await world.hears(again, of(TaskOpened), of(TaskClosed), again)
    await world.at("2020-09-16T12:00:00+00:00")
    assert to(world, "desk@praxis.example") == ["Staff: 1 task needs you"]
    await world.hears(of(TaskClosed, task_id=again.task_id))
    await world.at("2020-09-17T12:00:00+00:00")
    assert len(world.post.mails) == 2
    assert [one[2:] for one in await letters(world)][2:] == [
        ("skipped", "nothing needs anybody")
    ] * 2


async def test_who_was_down_until_noon_leaves_that_day_out_and_says_so(world: World) -> None:
    await world.hears(of(TaskOpened))
    await world.rests()
    world.clock.time = datetime(2020, 9, 15, 16, tzinfo=UTC)  # noon there
    await world.rests()
    assert world.post.mails == []
    [one, _] = await letters(world)
    assert one[2:] == (
        "skipped",
        "no worker was there until the morning was over; the next digest says it",
    )
    await world.at("2020-09-16T11:00:00+00:00")
    assert len(world.post.mails) == 2


async def test_sessions_at_hand_are_told_with_who_comes_and_their_join_links(world: World) -> None:
    await world.hears(course(), *FREE)
    await world.at("2020-10-18T11:00:00+00:00")
    world.post.mails.clear()
    await world.at("2020-10-19T11:00:00+00:00")
    [mail] = [m for m in world.post.mails if str(m["To"]) == "desk@praxis.example"]
    assert str(mail["Subject"]) == "Staff: no task needs you today"
    said = words(mail).replace("\r\n", "\n")
    assert "* Session 1 of 4\n* Monday, October 19, 2020, 4:00 – 6:00 PM" in said
    assert "* 1 has a seat\n* Join links: 1 to be sent" in said
    assert "Session 2 of 4" not in said


async def test_what_cannot_wait_is_told_at_once_and_once_an_hour(world: World) -> None:
    await world.hears(course(), *FREE)
    await world.at("2020-10-19T18:59:00+00:00")
    world.post.at_recipient = lambda a: None if "praxis" in a else "550 5.7.1 not like this"
    world.post.mails.clear()
    await world.at("2020-10-19T19:00:00+00:00")  # the join link is refused
    [task] = [t for t in await world.said("task.opened.v1") if t["about"]["template"] == "join_1h"]
    await world.hears(TaskOpened.model_validate(task))
    await world.at("2020-10-19T19:01:59+00:00")
    assert world.post.mails == []
    await world.at("2020-10-19T19:02:00+00:00")
    assert to(world, "lead@praxis.example") == ["Staff, now: 1 task cannot wait"]
    # more of the same hour come together when the next begins
    for minutes in (10, 20):
        world.clock.time = datetime(2020, 10, 19, 19, minutes, tzinfo=UTC)
        another = TaskOpened.model_validate(task | {"task_id": str(uuid.uuid4())})
        await world.hears(another)
        await world.rests()
    await world.at("2020-10-19T19:59:59+00:00")
    assert len(to(world, "lead@praxis.example")) == 1
    await world.at("2020-10-19T20:00:00+00:00")
    assert to(world, "lead@praxis.example")[1:] == ["Staff, now: 3 tasks cannot wait"]


async def test_an_urgent_mail_of_what_was_done_meanwhile_is_left_out(world: World) -> None:
    opened = world.clock.time
    urgent = of(TaskOpened, opened_at=opened, due_at=opened + timedelta(hours=1))
    await world.hears(urgent)
    await world.hears(of(TaskClosed))
    await world.at((opened + timedelta(hours=1)).isoformat())
    assert world.post.mails == []
    assert {one[2] for one in await letters(world, "staff_urgent")} == {"skipped"}


async def test_an_address_of_staff_that_is_refused_is_a_task_and_not_tried_again(
    world: World,
) -> None:
    world.post.at_recipient = says("550 5.1.1 nobody here")
    await world.hears(of(TaskOpened))
    await world.at("2020-09-15T12:00:00+00:00")
    assert {one[2:] for one in await letters(world)} == {("failed", "bounced")}
    world.post.at_recipient = well
    await world.at("2020-09-16T12:00:00+00:00")
    assert world.post.mails == []
    assert {one[2:] for one in (await letters(world))[2:]} == {("failed", "suppressed")}
    assert len(await world.said("task.opened.v1")) == 4


async def test_operators_see_what_it_would_say_now(world: World) -> None:
    shown = (await world.http.get("/notifications/v1/digest")).json()
    # what is said to come next does, though nothing was heard that would have planned it
    assert await world.value("SELECT ref FROM due WHERE kind = 'staff_digest'") == "2020-09-15"
    assert (shown["nothing"], shown["tasks"]) == (True, 0)
    assert shown["subject"] == "Staff: no task needs you today"
    assert shown["next_at"] == "2020-09-15T11:00:00Z"
    await world.hears(of(TaskOpened))
    shown = (await world.http.get("/notifications/v1/digest")).json()
    assert (shown["nothing"], shown["tasks"], shown["overdue"]) == (False, 1, 0)
    text = await world.http.get("/notifications/v1/digest?format=text")
    assert text.text == shown["text"]
    html = await world.http.get("/notifications/v1/digest?format=html")
    assert html.headers["content-type"].startswith("text/html")
    async with world.client() as nobody:
        assert (await nobody.get("/notifications/v1/digest")).status_code == 401


class TestWithoutAddresses:
    """Off, as it is where nobody is named."""

    @pytest.fixture
    def more(self) -> dict[str, Any]:
        return {}

    async def test_nothing_is_planned(self, world: World) -> None:
        await world.hears(of(TaskOpened))
        await world.at("2020-09-16T12:00:00+00:00")
        assert await letters(world) == []
        assert (await world.http.get("/notifications/v1/digest")).json()["next_at"] is None
        assert await world.value("SELECT count(*) FROM due") == 0


class TestWhenNothing:
    """By setting it comes on every chosen day."""

    @pytest.fixture
    def more(self) -> dict[str, Any]:
        return {
            "staff_addresses": "desk@praxis.example",
            "digest_when_nothing": True,
            "digest_days": "wed",
            "digest_hour": 6,
            "staff_zone": "Europe/Berlin",
            "staff_locale": "de-DE",
        }

    async def test_it_says_that_nothing_needs_anybody(self, world: World) -> None:
        await world.hears(of(TaskOpened), of(TaskClosed))
        await world.at("2020-09-17T12:00:00+00:00")
        assert world.post.subjects() == ["Team: Heute wartet keine Aufgabe auf Sie"]
        assert [one[1:3] for one in await letters(world)] == [("2020-09-16", "sent")]


async def test_an_hour_whose_mail_was_not_needed_has_not_had_its_mail(world: World) -> None:
    """Join links that fail at twenty past are not for the next hour, because of some that came
    right at ten past."""
    failed = {"kind": "message-failed", "about": {"message_id": "m1", "template": "join_1h"}}
    await world.hears(of(TaskOpened, **failed, opened_at="2020-09-14T15:10:00Z"))
    await world.rests()
    await world.hears(of(TaskClosed, **failed))
    await world.at("2020-09-14T15:12:00+00:00")
    assert [one[2:] for one in await letters(world, "staff_urgent")] == [
        ("skipped", "nothing needs anybody")
    ] * 2
    await world.at("2020-09-14T15:20:00+00:00")
    await world.hears(
        of(TaskOpened, **failed, task_id=str(uuid.uuid4()), opened_at="2020-09-14T15:20:00Z")
    )
    await world.at("2020-09-14T15:22:00+00:00")
    assert to(world, "desk@praxis.example") == ["Staff, now: 1 task cannot wait"]
    # that was this hour's: what comes now is told when the next begins
    await world.hears(
        of(TaskOpened, **failed, task_id=str(uuid.uuid4()), opened_at="2020-09-14T15:30:00Z")
    )
    await world.at("2020-09-14T15:59:00+00:00")
    assert len(to(world, "desk@praxis.example")) == 1
    await world.at("2020-09-14T16:00:00+00:00")
    assert to(world, "desk@praxis.example")[1:] == ["Staff, now: 2 tasks cannot wait"]


async def test_a_closed_task_is_forgotten_after_ninety_days_and_an_open_one_never(
    world: World,
) -> None:
    await world.hears(of(TaskOpened), of(TaskOpened, task_id="t2"))
    await world.hears(of(TaskClosed, closed_at="2020-09-14T15:10:00Z"))
    await world.at("2020-12-13T15:09:59+00:00")
    assert {row["task_id"] for row in await world.dump("staff_tasks")} == {TASK, "t2"}
    await world.at("2020-12-13T15:10:00+00:00")
    assert {row["task_id"] for row in await world.dump("staff_tasks")} == {"t2"}
