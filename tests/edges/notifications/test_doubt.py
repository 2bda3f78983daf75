"""What nobody knows of a mail is as little as can be: only what had begun is left to a human."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from importlib import import_module

import pytest

from services.notifications.mailer import Mailer, Server
from shared.contracts.registration import PersonRecorded, RegistrationCancelled
from shared.runtime.failpoint import armed
from shared.runtime.outside import OutsideCalls
from tests.edges.notifications.conftest import World, course, of
from tests.edges.notifications.test_sending import FREE, confirmed, crashed
from tests.stage import killed_at

TEMPLATE = "registration_confirmed"


async def died_before_the_message(world: World) -> None:
    await confirmed(world)
    with killed_at("outside.prepared"):
        await OutsideCalls(world.db, world.clock, world.service.dues).step()
    await world.leases_run_out()


async def test_what_had_not_begun_is_decided_anew_as_if_it_had_not_been_tried(world: World) -> None:
    await died_before_the_message(world)
    await world.hears(of(RegistrationCancelled))
    await world.rests()
    assert (await world.message(TEMPLATE))["status"] == "cancelled"
    assert TEMPLATE not in {m["template"] for m in await world.messages() if m["sent_at"]}
    assert await world.said("task.opened.v1") == []


async def test_what_had_not_begun_goes_out_with_the_first_try_s_count(world: World) -> None:
    await died_before_the_message(world)
    await world.rests()
    sent = await world.message(TEMPLATE)
    assert (sent["status"], sent["attempts"]) == ("sent", 1)
    assert len(world.post.mails) == 1


async def test_what_may_have_gone_out_is_not_called_unwritten(world: World) -> None:
    """Since the crash the address became one that can be none."""
    await confirmed(world)
    await crashed(world)
    await world.leases_run_out()
    await world.rows("UPDATE people SET email = 'not an address' RETURNING 1")
    await world.rests()
    assert (await world.message(TEMPLATE))["reason"] == "unknown"


class Empty:
    """A mailbox that can be asked, and has nothing of it; or has, if `full`."""

    def __init__(self, *, full: bool = False) -> None:
        self.full = full

    async def holds(self, known: str, recipient: str) -> bool | None:
        return self.full


async def a_join_link_in_doubt(world: World) -> str:
    """Its try had begun when the worker died; gives its id."""
    await confirmed(world)
    await world.at("2020-10-19T18:59:00Z")
    world.clock.time += timedelta(minutes=1)
    await world.swept()
    with killed_at("outside.begun"):
        await OutsideCalls(world.db, world.clock, world.service.dues).step()
    [row] = await world.rows("SELECT message_id, template FROM messages WHERE state = 'sending'")
    assert row["template"] == "join_1h"
    await world.leases_run_out()
    return str(row["message_id"])


async def became(world: World, message_id: str) -> tuple[str, str]:
    [row] = await world.rows("SELECT * FROM messages WHERE message_id = $1", message_id)
    return row["state"], row["reason"]


async def test_a_join_link_that_did_not_go_out_is_not_sent_after_its_session(world: World) -> None:
    """The worker came back six hours later, and the mailbox could be asked."""
    world.postman.mailbox = Empty()
    link = await a_join_link_in_doubt(world)
    before = len(world.post.mails)
    world.clock.time += timedelta(hours=6)
    await world.rests()
    assert await became(world, link) == ("skipped", "too late to be of use")
    assert len(world.post.mails) == before
    assert await world.said("task.opened.v1") == []


async def test_in_time_it_is_sent_and_once_it_arrived_it_is_sent_no_more(world: World) -> None:
    world.postman.mailbox = Empty()
    link = await a_join_link_in_doubt(world)
    await world.rests()
    assert await became(world, link) == ("sent", "")


async def test_what_arrived_was_sent_however_late_it_is_looked_up(world: World) -> None:
    world.postman.mailbox = Empty(full=True)
    link = await a_join_link_in_doubt(world)
    before = len(world.post.mails)
    world.clock.time += timedelta(hours=6)
    await world.rests()
    assert await became(world, link) == ("sent", "")
    assert len(world.post.mails) == before


@pytest.mark.parametrize("there", [True, False])
async def test_what_may_have_gone_out_is_looked_for_where_it_went(
    world: World, there: bool
) -> None:
    """Since the crash the address was corrected."""

    class Kept:
        def __init__(self) -> None:
            self.asked: list[str] = []

        async def holds(self, known: str, recipient: str) -> bool | None:
            self.asked.append(recipient)
            return there

    world.postman.mailbox = mailbox = Kept()
    link = await a_join_link_in_doubt(world)
    first = (await world.rows("SELECT email FROM people"))[0]["email"]
    before = len(world.post.mails)
    await world.hears(of(PersonRecorded, version=2, email="right@learners.example"))
    await world.rests()
    assert mailbox.asked[0] == first
    assert await became(world, link) == ("sent", "")
    query = "SELECT recipient FROM messages WHERE message_id = $1"
    went = (await world.rows(query, link))[0]["recipient"]
    assert went == (first if there else "right@learners.example")
    assert len(world.post.mails) - before == (0 if there else 1)


async def test_a_try_that_went_nowhere_names_no_address(world: World) -> None:
    world.post.at_recipient = lambda _address: "451 4.7.1 later"
    await confirmed(world)
    await world.rests()
    [row] = await world.rows("SELECT * FROM messages WHERE template = $1", TEMPLATE)
    assert (row["state"], row["attempts"], row["recipient"]) == ("planned", 1, "")


async def test_what_may_have_gone_out_and_is_true_no_more_is_not_sent(world: World) -> None:
    world.postman.mailbox = Empty()
    link = await a_join_link_in_doubt(world)
    await world.hears(of(RegistrationCancelled))
    await world.rests()
    assert (await became(world, link))[0] == "cancelled"


async def test_of_who_was_erased_nobody_can_look_what_became_of_it(world: World) -> None:
    """It is not said that it was not sent, for it may have been; and nobody is asked to see to it."""
    world.postman.mailbox = Empty(full=True)
    link = await a_join_link_in_doubt(world)
    await world.forgets()
    await world.rests()
    assert await became(world, link) == ("failed", "unknown")
    assert await world.said("task.opened.v1") == []


@pytest.mark.parametrize("lost", [1, 2], ids=["the preparing", "the recording"])
async def test_an_answer_to_a_commit_that_is_lost_leaves_nothing_in_doubt(
    world: World, lost: int
) -> None:
    commits: list[None] = []

    def breaks() -> None:
        commits.append(None)
        if len(commits) == lost:
            raise ConnectionResetError("it was committed, but nobody heard of it")

    await confirmed(world)
    with armed("batch.committed", breaks):
        await OutsideCalls(world.db, world.clock, world.service.dues).step()
    await world.rests()
    assert (await world.message(TEMPLATE))["status"] == "sent"
    assert len(world.post.mails) == 1
    assert len(await world.said("message.sent.v1")) == 1
    assert await world.said("task.opened.v1") == []


async def kinds(world: World) -> dict[str, list[str]]:
    """Of which kinds the deadlines of messages are, by template."""
    found: dict[str, set[str]] = {}
    for row in await world.rows(
        "SELECT template, message_id, kind FROM due JOIN messages ON message_id = ref"
    ):
        found.setdefault(row["template"], set()).add(row["kind"])
    return {template: sorted(of_it) for template, of_it in found.items()}


async def test_what_was_planned_before_there_were_two_kinds_has_one_deadline(world: World) -> None:
    """All were `send` then; what was planned anew since has one of each."""
    await confirmed(world)
    wanted = await kinds(world)
    assert (wanted["reminder_7d"], wanted["join_1h"]) == (["send_later"], ["send"])
    before = await world.count("due")
    await world.rows("UPDATE due SET kind = 'send' WHERE kind = 'send_later' RETURNING 1")
    await world.rows(
        "INSERT INTO due (kind, ref, due_at, version, payload, lane, attempts)"
        " SELECT 'send_later', ref, due.due_at, 0, '{}', '', 0 FROM due JOIN messages"
        " ON message_id = ref WHERE template = 'reminder_1d' RETURNING 1"
    )
    migration = import_module("services.notifications.migrations.versions.0009_one_kind")
    async with world.db.acquire() as con:
        for statement in (migration.TWICE, migration.ONE_KIND):
            await con.execute(statement)
    assert await kinds(world) == wanted
    assert await world.count("due") == before


async def test_every_deadline_of_a_message_is_of_the_kind_of_its_template(world: World) -> None:
    """Also of one that is sent again by hand."""
    await confirmed(world)
    await world.at("2020-10-12T21:00:00Z")
    reminder = await world.message("reminder_7d")
    assert reminder["status"] == "sent"
    assert (await world.resend(reminder["message_id"])).status_code == 202
    assert (await kinds(world))["reminder_7d"] == ["send_later"]


# --- a server that takes its time -----------------------------------------------------------------


@asynccontextmanager
async def slow(seconds: float, answers: float = 0.0) -> AsyncIterator[int]:
    """A server that greets and answers after so long, and after `answers` says that it took a mail;
    it knows no extension. Gives its port."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(seconds)
        writer.write(b"220 here\r\n")
        while line := await reader.readline():
            await asyncio.sleep(seconds)
            if line.startswith(b"DATA"):
                writer.write(b"354 go on\r\n")
                while (await reader.readline()) not in (b".\r\n", b""):
                    pass
                await asyncio.sleep(answers)
            writer.write(b"250 ok\r\n")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


async def test_a_server_that_takes_longer_to_greet_than_a_mail_can_wait_gets_it_later(
    world: World,
) -> None:
    """A connection that was dialled in vain for one serves the next."""
    async with slow(0.2) as port:
        world.postman.mailer = Mailer(Server("127.0.0.1", port, timeout=5, patience=0.1))
        await confirmed(world)
        await world.rests()
        assert (await world.message(TEMPLATE))["status"] == "planned"
        await asyncio.sleep(0.6)
        await world.at((world.clock.time + timedelta(minutes=1)).isoformat())
    sent = await world.message(TEMPLATE)
    assert (sent["status"], sent["attempts"]) == ("sent", 2)


async def test_a_server_that_is_slow_at_each_word_gets_it_at_once(world: World) -> None:
    """All words together take longer than a mail waits for a connection."""
    async with slow(0.6, answers=0.6) as port:
        world.postman.mailer = Mailer(
            Server("127.0.0.1", port, timeout=5.0, patience=1.7, answer=5.0)
        )
        await confirmed(world)
        await world.rests()
    sent = await world.message(TEMPLATE)
    assert (sent["status"], sent["attempts"]) == ("sent", 1)


async def test_a_domain_beyond_ascii_needs_no_server_that_knows_such(world: World) -> None:
    async with slow(0.0) as port:
        world.postman.mailer = Mailer(Server("127.0.0.1", port))
        await world.hears(course(), of(PersonRecorded, email="ada@exämple.example"), *FREE)
        await world.rests()
    assert (await world.message(TEMPLATE))["status"] == "sent"
