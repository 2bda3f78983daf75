"""A mail server that misbehaves, processes that die, and what operators can do then."""

import asyncio
import uuid
from datetime import timedelta
from email.message import EmailMessage

import pytest

from services.notifications.app import build
from services.notifications.domain.delivery import UndeliveredError
from services.notifications.mailer import Mailbox, Mailer, Server
from services.notifications.settings import Settings
from shared.contracts.registration import (
    PersonRecorded,
    RegistrationCancelled,
    RegistrationConfirmed,
    RegistrationRequested,
)
from shared.runtime.outside import OutsideCalls
from tests.edges.notifications.conftest import World, course, nothing, of, says, well, words
from tests.stage import SECRET, killed_at

FREE = (
    of(RegistrationRequested, hold_expires_at=None, payment_method="free"),
    of(RegistrationConfirmed, basis="free"),
)
PERSON = of(PersonRecorded, zone="America/New_York")


async def confirmed(world: World) -> None:
    """One message that is due: the confirmation of a seat that was free of charge."""
    await world.hears(course(), PERSON, *FREE)


async def test_a_greylisting_server_gets_it_later_and_once(world: World) -> None:
    answers = ["450 4.2.1 come back later"] * 2
    world.post.at_recipient = lambda _: answers.pop() if answers else None
    await confirmed(world)
    await world.rests()
    waiting = await world.message("registration_confirmed")
    assert (waiting["status"], waiting["attempts"]) == ("planned", 1)
    began = world.clock.time
    await world.at((began + timedelta(seconds=59)).isoformat())
    assert (await world.message("registration_confirmed"))["attempts"] == 1
    await world.at((began + timedelta(minutes=6)).isoformat())
    sent = await world.message("registration_confirmed")
    assert (sent["status"], sent["attempts"]) == ("sent", 3)
    assert len(world.post.mails) == 1
    assert await world.said("task.opened.v1") == []


async def test_what_is_heard_meanwhile_does_not_shorten_the_pause(world: World) -> None:
    world.post.at_recipient = says("450 4.2.1 come back later")
    await confirmed(world)
    await world.rests()
    world.post.at_recipient = well
    await world.hears(of(PersonRecorded, version=2))
    await world.rests()
    assert world.post.mails == []


async def test_a_server_that_is_down_for_an_hour_delays_and_loses_nothing(
    world: World, post
) -> None:
    down = {"now": True}
    world.post.at_data = lambda: "421 4.3.2 shutting down" if down["now"] else None
    await confirmed(world)
    began = world.clock.time
    await world.at((began + timedelta(hours=1)).isoformat())
    assert world.post.mails == []
    down["now"] = False
    await world.at((began + timedelta(hours=3)).isoformat())
    assert len(world.post.mails) == 1


async def test_no_server_at_all_is_only_a_delay(world: World) -> None:
    mailer = Mailer(Server("127.0.0.1", 9, timeout=0.5))
    calls = OutsideCalls(world.db, world.clock, world.service.dues)
    world.postman.mailer = mailer
    await confirmed(world)
    await calls.step()
    waiting = await world.message("registration_confirmed")
    assert (waiting["status"], waiting["attempts"]) == ("planned", 1)


async def test_a_server_that_hangs_before_the_message_is_only_a_delay(world: World) -> None:
    """16 are due, 4 may be under way; not one of them may be called one that may have gone out."""

    async def silent(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await hung_up.wait()
        writer.close()

    hung_up = asyncio.Event()
    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    world.postman.mailer = Mailer(Server("127.0.0.1", port, timeout=60, patience=0.3))
    ids = [str(uuid.uuid4()) for _ in range(16)]
    await world.hears(course(), PERSON)
    await world.hears(
        *(of(type(e), **e.model_dump() | {"registration_id": i}) for i in ids for e in FREE)
    )
    await world.rests()
    hung_up.set()
    server.close()
    found = [m for m in await world.dump("messages") if m["template"] == "registration_confirmed"]
    assert [(m["state"], m["attempts"]) for m in found] == [("planned", 1)] * 16
    assert await world.said("task.opened.v1") == []


async def test_who_waits_for_a_slow_server_s_connection_is_not_called_unknown(world: World) -> None:
    world.post.pause = 0.4
    mailer = Mailer(Server("127.0.0.1", world.post.port, timeout=5, patience=0.2, connections=1))
    world.postman.mailer = mailer
    mails = [EmailMessage() for _ in range(2)]
    first, second = await asyncio.gather(
        *(mailer.send(mail, "a@x.example", "b@x.example", nothing) for mail in mails),
        return_exceptions=True,
    )
    assert first is None
    assert isinstance(second, UndeliveredError)
    assert second.verdict.again
    assert len(world.post.mails) == 1
    world.post.pause = 0.0
    await mailer.send(mails[1], "a@x.example", "b@x.example", nothing)
    assert len(world.post.mails) == 2


@pytest.mark.parametrize(
    ("patience", "step", "answer", "lease", "begun"),
    # By hand: (5 mailbox + 5 reset + 4 commits + 6 turn + patience + 3 steps) / 0.8, rounded up;
    # (the same 14 + answer) / 0.8.
    [(10.0, 10.0, 120.0, 75, 168), (5.0, 5.0, 20.0, 50, 43), (0.2, 0.1, 1.0, 26, 19)],
)
def test_a_mail_has_its_time_within_the_lease_and_a_dead_worker_s_waits_no_longer(
    patience: float, step: float, answer: float, lease: int, begun: int
) -> None:
    told = {"smtp_patience": patience, "smtp_timeout": step, "smtp_answer": answer}
    made = build(
        Settings(database_url="postgresql://x@127.0.0.1/x", platform_secret=SECRET, **told)
    )
    for name in ("send", "send_later", "send_apart"):
        kind = made.dues.outsides[name]
        assert (kind.lease_seconds, kind.begun_seconds) == (lease, begun)


def test_no_mail_may_take_longer_than_by_default() -> None:
    for name in ("smtp_patience", "smtp_timeout", "smtp_answer"):
        field = Settings.model_fields[name]
        assert [one.le for one in field.metadata if hasattr(one, "le")] == [field.default]


async def test_an_address_that_does_not_exist_is_suppressed_and_a_human_is_asked(
    world: World,
) -> None:
    world.post.at_recipient = says("550 5.1.1 no such user")
    await confirmed(world)
    await world.rests()
    failed = await world.message("registration_confirmed")
    assert (failed["status"], failed["reason"]) == ("failed", "bounced")
    [task] = await world.said("task.opened.v1")
    assert task["kind"] == "message-failed"
    assert task["about"]["message_id"] == failed["message_id"]
    [event] = await world.said("message.failed.v1")
    assert event["reason"] == "bounced"
    [kept] = await world.dump("suppressions")
    assert kept["code"] == 550
    assert "zaneta" not in str(kept) + str(task) + str(event)
    # the next message is not even tried
    world.post.at_recipient = well
    await world.at("2020-10-12T21:00:00Z")
    reminder = await world.message("reminder_7d")
    assert (reminder["status"], reminder["reason"]) == ("failed", "suppressed")
    [_, waiting] = await world.said("task.opened.v1")
    assert (waiting["kind"], waiting["about"]["template"]) == ("mails-waiting", "reminder_7d")
    # the operator mends the address: what waited goes out, and what bounced once it is asked for
    await world.hears(of(PersonRecorded, version=2, email="zaneta.l@learners.example"))
    assert (await world.resend(failed["message_id"])).status_code == 202
    await world.rests()
    assert world.post.recipients == ["zaneta.l@learners.example"] * 2
    closed = await world.said("task.closed.v1")
    assert {one["task_id"] for one in closed} == {task["task_id"], waiting["task_id"]}


async def test_a_mail_refused_for_what_it_is_does_not_condemn_the_address(world: World) -> None:
    world.post.at_data = lambda: "554 5.7.1 looks like spam"
    await confirmed(world)
    await world.rests()
    assert (await world.message("registration_confirmed"))["reason"] == "refused"
    assert await world.dump("suppressions") == []


async def test_a_server_that_never_answers_leaves_it_to_a_human(world: World) -> None:
    world.post.pause = 1.5  # it takes the mail, but says so too late
    await confirmed(world)
    await world.rests()
    unknown = await world.message("registration_confirmed")
    assert (unknown["status"], unknown["reason"]) == ("failed", "unknown")
    assert len(world.post.mails) == 1
    [task] = await world.said("task.opened.v1")
    assert "may or may not have gone out" in task["what"]
    await world.at("2020-10-01T00:00:00Z")
    assert len(world.post.mails) == 1  # never a second time by itself


async def crashed(world: World) -> None:
    """A process that died after the mail server took it, and before that was recorded."""
    with killed_at("outside.acted"):
        await OutsideCalls(world.db, world.clock, world.service.dues).step()


async def test_a_crash_after_the_mail_server_took_it_is_told_apart_and_never_sends_twice(
    world: World,
) -> None:
    await confirmed(world)
    await crashed(world)
    assert len(world.post.mails) == 1
    [row] = [m for m in await world.dump("messages") if m["template"] == "registration_confirmed"]
    assert row["state"] == "sending"
    assert (await world.message("registration_confirmed"))["status"] == "planned"
    await world.leases_run_out()
    await world.rests()
    unknown = await world.message("registration_confirmed")
    assert (unknown["status"], unknown["reason"]) == ("failed", "unknown")
    assert len(world.post.mails) == 1
    # a human looked, and has it sent: the same Message-ID, so that the reader knows a copy for one
    assert (await world.resend(unknown["message_id"])).status_code == 202
    await world.rests()
    first, second = world.post.mails
    assert first["Message-ID"] == second["Message-ID"]
    assert (await world.message("registration_confirmed"))["status"] == "sent"


async def test_a_mail_whose_fate_is_open_keeps_the_service_from_being_quiet(world: World) -> None:
    async def overdue() -> int:
        answer = (await world.http.get("/notifications/health/quiet")).json()
        assert answer["quiet"] is False or answer["due"]["overdue"] == 0
        return int(answer["due"]["overdue"])

    await confirmed(world)
    await crashed(world)
    # Nobody may touch it until the lease of the dead process has run out, and yet it is to be done.
    await world.rests()
    assert await overdue() == 1
    await world.leases_run_out()
    await world.rests()
    assert await overdue() == 0


async def test_sending_again_is_kept_with_who_did_it_and_closes_the_task_once_it_is_sent(
    world: World,
) -> None:
    world.post.at_data = lambda: "554 5.7.1 looks like spam"
    await confirmed(world)
    await world.rests()
    failed = await world.message("registration_confirmed")
    [opened] = await world.said("task.opened.v1")
    await world.resend(failed["message_id"])
    await world.rests()
    assert await world.said("task.closed.v1") == []
    assert len(await world.said("task.opened.v1")) == 1  # it is open still: nobody is asked twice
    world.post.at_data = lambda: None
    await world.resend(failed["message_id"])
    await world.rests()
    [closed] = await world.said("task.closed.v1")
    assert closed["task_id"] == opened["task_id"]
    looked, *kept = await world.dump("audit")
    assert (looked["by"], looked["act"]) == ("operator", "messages.read")  # to find which failed
    assert [(one["by"], one["act"], one["about"]) for one in kept] == [
        ("operator", "message.resent", failed["message_id"])
    ] * 2


class Shelf(Mailbox):
    """A mailbox that can be asked, as a sandbox has."""

    def __init__(self, holds: bool | None) -> None:
        super().__init__("")
        self.answer = holds

    async def holds(self, message_id: str, recipient: str) -> bool | None:
        return self.answer


@pytest.mark.parametrize(("arrived", "mails"), [(True, 1), (False, 2)])
async def test_where_a_mailbox_can_be_asked_a_crash_needs_no_human(
    world: World, arrived: bool, mails: int
) -> None:
    await confirmed(world)
    await crashed(world)
    world.postman.mailbox = Shelf(arrived)
    await world.leases_run_out()
    await world.rests()
    assert (await world.message("registration_confirmed"))["status"] == "sent"
    assert len(world.post.mails) == mails
    assert await world.said("task.opened.v1") == []


async def test_two_processes_that_look_at_once_send_it_once(world: World) -> None:
    await confirmed(world)
    calls = [OutsideCalls(world.db, world.clock, world.service.dues) for _ in range(3)]
    await asyncio.gather(*(one.step() for one in calls))
    assert len(world.post.mails) == 1


async def test_a_message_not_wanted_any_more_when_its_turn_comes_is_not_sent(world: World) -> None:
    await confirmed(world)
    await world.hears(of(RegistrationCancelled))
    await world.rests()
    assert world.post.mails == []
    assert (await world.message("registration_confirmed"))["status"] == "cancelled"


async def test_a_connection_that_the_server_closed_is_replaced_unseen(world: World) -> None:
    await confirmed(world)
    await world.rests()
    postman = world.postman
    [kept] = postman.mailer._open._idle
    kept.client.close()
    await asyncio.sleep(0)
    await world.at("2020-10-12T20:00:00Z")
    reminder = await world.message("reminder_7d")
    assert (reminder["status"], reminder["attempts"]) == ("sent", 1)


async def test_an_address_that_can_be_none_is_a_defect_for_a_human(world: World) -> None:
    await world.hears(course(), of(PersonRecorded, email="not an address"), *FREE)
    await world.rests()
    failed = await world.message("registration_confirmed")
    assert (failed["status"], failed["reason"]) == ("failed", "defect")
    assert len(await world.said("task.opened.v1")) == 1


async def test_names_beyond_ascii_arrive_whole(world: World) -> None:
    name = "Žaneta Łuczyńska-O'Neil 李"
    await world.hears(course(), of(PersonRecorded, name=name), *FREE)
    await world.rests()
    [mail] = world.post.mails
    assert str(mail["To"]) == f"{name} <zaneta@learners.example>"
    assert name in words(mail)


# --- operators --------------------------------------------------------------------------------------


async def test_sending_again_is_refused_where_it_makes_no_sense(world: World) -> None:
    await confirmed(world)
    await world.rests()
    planned = await world.message("join_1h", "s1")
    answer = await world.resend(planned["message_id"])
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/message-underway")
    assert (await world.resend("no-such-message")).status_code == 404
    await world.hears(of(RegistrationCancelled))
    answer = await world.resend(planned["message_id"])
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/message-not-wanted")
    path = f"/notifications/v1/messages/{planned['message_id']}/resend"
    assert (await world.http.post(path)).status_code == 400
    async with world.client() as nobody:
        answer = await nobody.post(path, headers={"Idempotency-Key": "k"})
        assert answer.status_code == 401


async def test_sending_again_with_the_same_key_sends_once(world: World) -> None:
    await confirmed(world)
    await world.rests()
    sent = await world.message("registration_confirmed")
    key = uuid.uuid4().hex
    first = await world.resend(sent["message_id"], key)
    await world.rests()
    again = await world.resend(sent["message_id"], key)
    await world.rests()
    assert (first.status_code, again.status_code) == (202, 202)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert len(world.post.mails) == 2


@pytest.mark.parametrize("form", ["html", "text", "json", "eml"])
async def test_operators_can_look_at_a_template(world: World, form: str) -> None:
    path = f"/notifications/v1/templates/join_1h/preview?format={form}&zone=Europe/Warsaw"
    answer = await world.http.get(path)
    assert answer.status_code == 200
    assert "Warsaw time" in answer.text
    async with world.client() as nobody:
        assert (await nobody.get(path)).status_code == 401


async def test_a_template_or_zone_that_is_not_there_is_said(world: World) -> None:
    assert (await world.http.get("/notifications/v1/templates/x/preview")).status_code == 404
    path = "/notifications/v1/templates/join_1h/preview?zone=Mars/Olympus"
    assert (await world.http.get(path)).status_code == 422
    names = (await world.http.get("/notifications/v1/templates")).json()["items"]
    assert "join_1h" in {one["name"] for one in names}


async def test_whoever_is_erased_while_a_mail_is_under_way_leaves_no_address(world: World) -> None:
    await confirmed(world)
    world.post.pause = 0.6
    sending = asyncio.create_task(world.rests())
    while not world.post.mails:  # the server has it, and has not answered yet
        await asyncio.sleep(0.01)
    await world.forgets()
    await sending
    [row] = [m for m in await world.dump("messages") if m["template"] == "registration_confirmed"]
    assert (row["state"], row["recipient"]) == ("sent", "")


async def test_an_address_in_letters_of_its_own_gets_its_mail(world: World) -> None:
    await world.hears(course(), of(PersonRecorded, email="ünï@exämple.example"), *FREE)
    await world.rests()
    assert (await world.message("registration_confirmed"))["status"] == "sent"
    assert set(world.post.recipients) == {"ünï@exämple.example"}
