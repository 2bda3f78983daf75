"""Who is erased leaves nothing personal in any table, whatever was done with their mails before."""

import asyncio

from services.notifications.letters import source_of
from services.notifications.models import Base
from tests.edges.notifications.conftest import World, course, says, well
from tests.edges.notifications.test_returned import about, comes_back
from tests.edges.notifications.test_story import NEW_YORKER, PAID
from tests.rules.notifications import returned as mails

PERSONAL = ("zaneta", "Žaneta", "Łuczyńska", "learners.example")


async def everything(world: World) -> dict[str, str]:
    """Each table of the service, the runtime's included, as text."""
    found = {}
    async with world.db.acquire() as con:
        for table in Base.metadata.sorted_tables:
            rows = await con.fetch(f"SELECT t::text AS row FROM {table.name} t")
            found[table.name] = "\n".join(row["row"] for row in rows)
    return found


async def left(world: World) -> set[str]:
    """The tables in which something personal stands."""
    found = await everything(world)
    return {name for name, text in found.items() if any(one in text for one in PERSONAL)}


async def greeted(world: World) -> None:
    """The provider's own confirmation has the reader's name in its subject."""
    path = "/notifications/v1/templates/registration_confirmed"
    own = source_of("registration_confirmed").replace(
        "{% block subject %}", "{% block subject %}{{ name }}: "
    )
    answer = await world.http.put(path, json={"source": own, "version": 0, "reason": "greeting"})
    assert answer.status_code == 200, answer.text


async def test_an_erased_person_is_in_no_table_any_more(world: World) -> None:
    await greeted(world)
    await world.hears(course(), NEW_YORKER, *PAID)
    await world.rests()
    sent = await world.message("registration_confirmed")
    assert sent["subject_line"].startswith("Žaneta")
    again = await world.resend(sent["message_id"])
    assert again.status_code == 202
    assert again.json()["message_id"] == sent["message_id"]
    await world.rests()
    assert await comes_back(world, about(mails.FULL, sent["message_id"])) == "soft"
    assert await world.count("bounces") == 1
    assert await left(world) >= {"people", "messages"}
    await world.forgets()
    await world.rests()
    # what was said on topics goes to where it is read; the tombstone there is not ours
    assert await left(world) - {"outbox"} == set()
    assert await world.count("bounces") == 0
    assert {one["subject_line"] for one in await world.messages()} == {None}


async def test_tasks_about_their_mails_end_with_them(world: World) -> None:
    world.post.at_recipient = says("550 5.7.1 no")
    await world.hears(course(), NEW_YORKER, *PAID)
    await world.rests()
    opened = await world.said("task.opened.v1")
    assert {one["kind"] for one in opened} == {"message-failed"}
    world.post.at_recipient = well
    await world.forgets()
    await world.rests()
    closed = {one["task_id"] for one in await world.said("task.closed.v1")}
    assert closed == {one["task_id"] for one in opened}


async def test_what_came_back_to_a_colleague_at_the_same_address_stays(world: World) -> None:
    await world.hears(course(), NEW_YORKER, *PAID)
    await world.rests()
    sent = await world.message("registration_confirmed")
    assert await comes_back(world, about(mails.FULL, sent["message_id"])) == "soft"
    await world.rows("UPDATE bounces SET message_id = 'of-a-colleague' RETURNING 1")
    await world.forgets()
    await world.rests()
    assert await world.count("bounces") == 1


async def test_whoever_is_erased_while_a_mail_is_under_way_leaves_no_subject(world: World) -> None:
    await greeted(world)
    await world.hears(course(), NEW_YORKER, *PAID)
    world.post.pause = 0.6
    sending = asyncio.create_task(world.rests())
    while not world.post.mails:  # the server has it, and has not answered yet
        await asyncio.sleep(0.01)
    await world.forgets()
    await sending
    rows = await world.dump("messages")
    assert "sent" in {row["state"] for row in rows}
    assert {(row["recipient"], row["subject_line"]) for row in rows} == {("", "")}
