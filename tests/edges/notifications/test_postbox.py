"""The mailbox that mails come back to: each mail is taken once, whoever else reads it."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from services.notifications.app import build
from services.notifications.commands.looking import AWAY, LOOK
from services.notifications.settings import Settings
from shared.runtime.tokens import digest_of
from tests.edges.notifications.conftest import PostOffice, World
from tests.edges.notifications.test_returned import about, sent
from tests.rules.notifications import returned as mails
from tests.stage import OPERATOR, SECRET, StillClock, killed_at


class Imap:
    """An IMAP server with one folder: as little of RFC 3501 as a reader asks for."""

    def __init__(self) -> None:
        self.mails: dict[int, bytes] = {}
        self.validity = 7
        self.asked: list[str] = []
        self.refuses = ""
        self.word = "NO"
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"* OK here\r\n")
        while line := (await reader.readline()).decode():
            tag, _, asked = line.strip().partition(" ")
            self.asked.append(asked)
            if self.refuses and asked.startswith(self.refuses):
                writer.write(f"{tag} {self.word} not so\r\n".encode())
                continue
            writer.write(self.answer(asked) + f"{tag} OK done\r\n".encode())
        writer.close()

    def answer(self, asked: str) -> bytes:
        if asked == "CAPABILITY":
            return b"* CAPABILITY IMAP4rev1\r\n"
        if asked.startswith("EXAMINE"):
            there = f"* {len(self.mails)} EXISTS\r\n* OK [UIDVALIDITY {self.validity}] so\r\n"
            return there.encode()
        if found := re.fullmatch(r"UID SEARCH UID (\d+):\*", asked):
            # The last is always in n:*, as the RFC says.
            after = [uid for uid in self.mails if uid >= int(found[1])] or list(self.mails)[-1:]
            return f"* SEARCH {' '.join(map(str, after))}\r\n".encode()
        if found := re.fullmatch(r"UID FETCH (\d+) \(BODY\.PEEK\[\]<0\.(\d+)>\)", asked):
            raw = self.mails[int(found[1])][: int(found[2])]
            head = f"* 1 FETCH (UID {found[1]} BODY[]<0> {{{len(raw)}}}\r\n".encode()
            return head + raw + b")\r\n"
        return b""


@pytest.fixture
async def imap() -> AsyncIterator[Imap]:
    box = Imap()
    server = await asyncio.start_server(box.serve, "127.0.0.1", 0)
    box.port = server.sockets[0].getsockname()[1]
    yield box
    server.close()


@pytest.fixture
async def world(database: Any, post: PostOffice, imap: Imap) -> AsyncIterator[World]:
    settings = Settings(
        database_url=database("notifications"),
        platform_secret=SECRET,
        operator_key_hash=digest_of(OPERATOR),
        public_url="http://holdfast.test",
        role="api",
        smtp_port=post.port,
        smtp_timeout=1.0,
        smtp_answer=1.0,
        imap_host="127.0.0.1",
        imap_port=imap.port,
        imap_tls=False,
        imap_username="bounces",
        imap_password="secret",
    )
    service = build(settings, clock=StillClock("2020-09-14T15:10:00Z"))
    async with service.app.router.lifespan_context(service.app):
        made = World(service, post)
        async with made.http:
            yield made


async def later(world: World, minutes: int = 5) -> None:
    """What is due by then, looks at the mailbox among it."""
    await world.at((world.clock.time + timedelta(minutes=minutes)).isoformat())


async def test_what_comes_back_is_taken_once(world: World, imap: Imap) -> None:
    [message] = await sent(world)
    imap.mails = {3: about(mails.FULL, message), 9: about(mails.POSTFIX, message, 1)}
    await later(world)
    assert (await world.message("registration_confirmed"))["reason"] == "bounced"
    await later(world, 30)
    fetched = [asked for asked in imap.asked if "FETCH" in asked]
    assert [asked.split()[2] for asked in fetched] == ["3", "9"]
    assert not [asked for asked in imap.asked if re.match("SELECT|STORE|EXPUNGE|COPY", asked)]
    imap.mails[10] = about(mails.DELAYED, message, 2)
    await later(world)
    assert sorted(row["kind"] for row in await world.dump("bounces")) == ["delayed", "hard", "soft"]
    [box] = await world.dump("post_boxes")
    assert (box["validity"], box["uid"], box["away_since"]) == (7, 10, None)


async def test_nothing_is_looked_for_before_anything_was_sent(world: World, imap: Imap) -> None:
    await later(world, 30)
    assert imap.asked == []


async def test_more_than_a_look_takes_is_read_at_once(world: World, imap: Imap) -> None:
    [message] = await sent(world)
    imap.mails = {n: about(mails.ABSENT, message, n) for n in range(1, 120)}
    imap.mails[120] = about(mails.POSTFIX, message)
    await later(world)
    assert (await world.message("registration_confirmed"))["reason"] == "bounced"


async def test_a_mailbox_that_was_made_anew_is_read_anew_and_counts_nothing_twice(
    world: World, imap: Imap
) -> None:
    [message] = await sent(world)
    imap.mails = {3: about(mails.FULL, message)}
    await later(world)
    imap.validity, imap.mails = 8, {1: imap.mails[3], 2: about(mails.DELAYED, message, 2)}
    await later(world)
    assert sorted(row["kind"] for row in await world.dump("bounces")) == ["delayed", "soft"]


async def test_what_died_between_reading_and_writing_is_read_again(
    world: World, imap: Imap
) -> None:
    [message] = await sent(world)
    imap.mails = {3: about(mails.POSTFIX, message)}
    world.clock.time += timedelta(minutes=5)
    with killed_at("outside.acted"):
        await world.outside.step()
    assert await world.count("bounces") == 0
    await world.leases_run_out()
    await world.rests()
    assert await world.count("bounces") == 1
    assert len(await world.said("message.failed")) == 1


@pytest.mark.parametrize("step", ["LOGIN", "EXAMINE", "UID SEARCH", "UID FETCH"])
async def test_one_that_is_away_loses_nothing_and_after_an_hour_asks_a_human(
    world: World, imap: Imap, step: str
) -> None:
    [message] = await sent(world)
    imap.mails, imap.refuses = {3: about(mails.POSTFIX, message)}, step
    await later(world, 40)
    assert await world.said("task.opened") == []
    await later(world, 40)
    [task] = await world.said("task.opened")
    assert task["kind"] == AWAY
    imap.refuses = ""
    await later(world, 10)
    assert [closed["kind"] for closed in await world.said("task.closed")] == [AWAY]
    assert (await world.message("registration_confirmed"))["reason"] == "bounced"


@pytest.mark.parametrize("word", ["NO", "BAD"])
async def test_one_mail_that_the_server_does_not_give_out_keeps_no_other_from_being_read(
    world: World, imap: Imap, word: str
) -> None:
    [message] = await sent(world)
    imap.mails = {3: b"no mail at all", 9: about(mails.POSTFIX, message)}
    imap.refuses, imap.word = "UID FETCH 3 ", word
    await later(world)
    assert (await world.message("registration_confirmed"))["reason"] == "bounced"
    [box] = await world.dump("post_boxes")
    assert (box["uid"], box["away_since"]) == (9, None)


@pytest.mark.parametrize("host", ["", "imap.example"])
def test_it_is_off_until_a_mailbox_is_named(host: str) -> None:
    settings = Settings(
        database_url="postgresql://nobody@127.0.0.1:1/nothing",
        platform_secret=SECRET,
        operator_key_hash=digest_of(OPERATOR),
        imap_host=host,
    )
    assert (LOOK in build(settings).dues.outsides) == bool(host)
