"""Mails that come back: the address is not written to again, or noted; nothing is done twice."""

import time
import uuid
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from services.notifications.commands.recording import address_hash
from services.notifications.domain.signature import sign
from services.notifications.domain.verp import return_address
from shared.contracts.registration import PersonRecorded
from tests.edges.notifications.conftest import World, of
from tests.edges.notifications.test_sending import FREE, confirmed
from tests.rules.notifications import returned as mails
from tests.stage import SECRET

ADA = of(PersonRecorded).email
BOUNCES = "/notifications/v1/bounces"


async def sent(world: World, count: int = 1) -> list[str]:
    """Confirmations that went out; their ids."""
    await confirmed(world)
    for _ in range(count - 1):
        about = {"registration_id": str(uuid.uuid4())}
        await world.hears(*(of(type(e), **e.model_dump() | about) for e in FREE))
    await world.rests()
    found = [m for m in await world.dump("messages") if m["template"] == "registration_confirmed"]
    assert [m["state"] for m in found] == ["sent"] * count
    return sorted(m["message_id"] for m in found)


def about(mail: bytes, message_id: str, number: int = 0) -> bytes:
    """A mail of the examples, about one of ours, with an id of its own."""
    named = f"Message-ID: <dsn-{number}@mx.example>\n".encode()
    return named + mails.about(mail, message_id)


async def comes_back(world: World, mail: bytes, **headers: str) -> str:
    answer = await world.asks("POST", BOUNCES, content=mail, headers=headers)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["outcome"])


async def test_a_hard_one_fails_the_mail_keeps_the_address_and_asks_a_human(world: World) -> None:
    [message] = await sent(world)
    assert await comes_back(world, about(mails.POSTFIX, message)) == "hard"
    failed = await world.message("registration_confirmed")
    assert (failed["status"], failed["reason"]) == ("failed", "bounced")
    [said] = await world.said("message.failed")
    assert (said["message_id"], said["reason"]) == (message, "bounced")
    [task] = await world.said("task.opened")
    assert (task["kind"], task["about"]["message_id"]) == ("message-failed", message)
    assert await world.count("suppressions") == 1
    # What falls due later waits for another address, and is asked for once.
    await world.at("2020-10-18T20:00:00Z")
    assert len(world.post.mails) == 1
    assert {task["kind"] for task in await world.said("task.opened")} == {
        "message-failed",
        "mails-waiting",
    }


async def test_copies_and_other_orders_come_to_nothing_more(world: World) -> None:
    [message] = await sent(world)
    hard, delayed = about(mails.POSTFIX, message), about(mails.DELAYED, message, 1)
    assert await comes_back(world, hard) == "hard"
    assert await comes_back(world, b"Received: by another way\n" + hard) == "duplicate"
    assert await comes_back(world, about(mails.QMAIL, message, 2)) == "hard"
    assert await comes_back(world, delayed) == "delayed"
    assert await comes_back(world, about(mails.FULL, message, 3)) == "soft"
    assert (await world.message("registration_confirmed"))["reason"] == "bounced"
    assert len(await world.said("message.failed")) == 1
    assert len(await world.said("task.opened")) == 1


async def test_a_late_copy_does_not_undo_what_a_human_did_since(world: World) -> None:
    [message] = await sent(world)
    await comes_back(world, about(mails.POSTFIX, message))
    assert (await world.resend(message)).status_code == 202
    await world.rests()
    assert (await world.message("registration_confirmed"))["status"] == "sent"
    assert await comes_back(world, about(mails.POSTFIX, message)) == "duplicate"
    assert (await world.message("registration_confirmed"))["status"] == "sent"
    assert await world.count("suppressions") == 0


async def test_what_comes_late_of_a_first_try_is_not_about_the_address_of_the_second(
    world: World,
) -> None:
    [message] = await sent(world)
    await world.hears(of(PersonRecorded, version=2, email="right@learners.example"))
    assert (await world.resend(message)).status_code == 202
    await world.rests()
    late = about(mails.POSTFIX, message).replace(b"ada@learners.example", ADA.encode())
    assert await comes_back(world, late) == "hard"
    assert (await world.message("registration_confirmed"))["status"] == "sent"
    assert [row["address_hash"] for row in await world.dump("suppressions")] == [address_hash(ADA)]
    # One that names nobody may be about either: noted, and no more.
    unnamed = about(mails.POSTFIX, message, 1).replace(b"ada@learners.example", b"undisclosed")
    assert await comes_back(world, unnamed) == "soft"
    assert await world.count("suppressions") == 1
    # What names the second's is about that.
    again = about(mails.POSTFIX, message, 2).replace(b"ada@", b"right@")
    assert await comes_back(world, again) == "hard"
    assert (await world.message("registration_confirmed"))["reason"] == "bounced"
    assert await world.count("suppressions") == 2


async def test_a_corrected_address_troubles_nobody_any_more(world: World) -> None:
    for number, message in enumerate(await sent(world, 3)):
        await comes_back(world, about(mails.FULL, message, number))
    [task] = await world.said("task.opened")
    await world.hears(of(PersonRecorded, version=2, name="Another name"))
    assert await world.said("task.closed") == []
    await world.hears(of(PersonRecorded, version=3, email="right@learners.example"))
    [closed] = await world.said("task.closed")
    assert closed["task_id"] == task["task_id"]


@pytest.mark.parametrize("whom", [b"a\x00b@learners.example", b"\\ud800@learners.example"])
async def test_an_address_that_cannot_be_kept_stops_nothing(world: World, whom: bytes) -> None:
    [message] = await sent(world)
    mail = about(mails.POSTFIX, message).replace(b"ada@learners.example", whom)
    assert await comes_back(world, mail) == "hard"
    escaped = b"\nContent-Type: text/plain; charset=unicode_escape\n\n"
    words = mails.QMAIL.replace(b"ada@learners.example", whom).replace(b"\n\n", escaped, 1)
    assert await comes_back(world, words) == "unknown"


async def test_of_what_anybody_may_write_about_a_mail_one_is_kept(world: World) -> None:
    await sent(world)
    forged = mails.POSTFIX.replace(b"ada@learners.example", ADA.encode())
    said = [
        await comes_back(world, b"Message-ID: <f%d@x.example>\n" % number + forged)
        for number in range(4)
    ]
    assert said == ["soft", *["duplicate"] * 3]
    assert await world.count("bounces") == 1


async def test_soft_ones_are_noted_and_the_third_mail_asks_a_human(world: World) -> None:
    ids = await sent(world, 3)
    for number, message in enumerate(ids):
        assert await world.said("task.opened") == []
        assert await comes_back(world, about(mails.FULL, message, number)) == "soft"
        assert await comes_back(world, about(mails.POLICY, message, 10 + number)) == "soft"
    [task] = await world.said("task.opened")
    assert task["kind"] == "address-troubled"
    assert ADA not in str(task)
    noted = await world.message("registration_confirmed")
    assert noted["status"] == "sent"
    assert noted["reason"].startswith("it came back (5.")
    assert await world.count("suppressions") == 0
    assert await world.said("message.failed") == []


async def test_a_join_link_that_came_back_softly_is_for_a_human_at_once(world: World) -> None:
    await sent(world)
    await world.at("2020-10-19T19:00:00Z")
    link = (await world.message("join_1h", "s1"))["message_id"]
    forged = mails.FULL.replace(b"ada@learners.example", ADA.encode())
    assert await comes_back(world, about(forged, "lost", 1)) == "soft"
    assert await world.said("task.opened") == []  # anybody can write that
    assert await comes_back(world, about(mails.FULL, link)) == "soft"
    [task] = await world.said("task.opened")
    assert (task["kind"], task["about"]["template"]) == ("message-failed", "join_1h")
    assert (await world.resend(link)).status_code == 202
    await world.rests()
    assert [closed["kind"] for closed in await world.said("task.closed")] == ["message-failed"]


async def test_soft_ones_of_long_ago_do_not_count(world: World) -> None:
    ids = await sent(world, 3)
    for number, message in enumerate(ids):
        await comes_back(world, about(mails.FULL, message, number))
        world.clock.time += timedelta(days=20)
    assert await world.said("task.opened") == []


async def test_who_names_an_address_alone_changes_nothing(world: World) -> None:
    await sent(world)
    forged = mails.POSTFIX.replace(b"ada@learners.example", ADA.encode())
    outcome = await comes_back(world, b"Message-ID: <f@x.example>\n" + forged)
    assert outcome == "soft"
    assert await world.count("suppressions") == 0
    assert (await world.message("registration_confirmed"))["status"] == "sent"
    complaint = mails.COMPLAINT.replace(b"ada@learners.example", ADA.encode())
    assert await comes_back(world, complaint) == "unknown"
    assert await world.count("unsubscribed") == 0


async def test_what_is_about_nothing_of_ours_is_counted_and_not_kept(world: World) -> None:
    await sent(world)
    assert await comes_back(world, mails.POSTFIX) == "unknown"
    assert await comes_back(world, mails.ABSENT) == "other"
    for junk in mails.JUNK:
        assert await comes_back(world, junk) == "other"
    assert await world.count("bounces") == 0


async def test_a_message_s_id_is_no_proof_for_facts_say_it(world: World) -> None:
    [message] = await sent(world)
    named = f"<{message}@{mails.DOMAIN}>".encode()
    forged = mails.POSTFIX.replace(mails.OURS.encode(), named)
    forged = forged.replace(b"ada@learners.example", ADA.encode())
    assert await comes_back(world, forged) == "soft"
    assert await world.count("suppressions") == 0
    assert (await world.message("registration_confirmed"))["status"] == "sent"


async def test_the_address_of_return_says_which_mail_it_was(world: World) -> None:
    sender = world.postman.sender
    world.postman.sender = replace(sender, returns="bounces@holdfast.example")
    await sent(world)
    [envelope] = world.post.senders
    lost = mails.POSTFIX.replace(mails.ID.encode(), b"lost")
    assert await comes_back(world, b"Delivered-To: " + envelope.encode() + b"\n" + lost) == "hard"
    wrong = return_address("bounces@x.example", "another secret", mails.OTHER_ID)
    assert await comes_back(world, b"Delivered-To: " + wrong.encode() + b"\n" + lost) == "unknown"


async def test_a_mail_on_its_way_that_comes_back_is_not_called_sent(world: World) -> None:
    [message] = await sent(world)
    await world.rows("UPDATE messages SET state = 'sending' RETURNING 1")
    assert await comes_back(world, about(mails.POSTFIX, message)) == "hard"
    assert (await world.message("registration_confirmed"))["reason"] == "bounced"


async def test_of_who_was_erased_nothing_is_known(world: World) -> None:
    [message] = await sent(world)
    await world.forgets()
    assert await comes_back(world, about(mails.POSTFIX, message)) == "unknown"
    assert await world.count("suppressions") == await world.count("bounces") == 0


async def test_a_complaint_ends_what_can_be_missed_and_nothing_else(world: World) -> None:
    [message] = await sent(world)
    assert await comes_back(world, about(mails.COMPLAINT, message)) == "complaint"
    streams = [row["stream"] for row in await world.dump("unsubscribed")]
    assert streams == ["credits", "evaluations"]
    assert await world.count("suppressions") == 0
    await world.at("2020-10-18T20:00:00Z")
    assert len(world.post.mails) > 1  # reminders and join links come all the same


async def test_only_the_mail_server_and_operators_hand_in(world: World) -> None:
    [message] = await sent(world)
    mail, now = about(mails.POSTFIX, message), str(int(time.time()))
    world.service.app.state.bounce_secrets = ("old", "new")
    good = f"t={now},v1={sign('new', now, mail)}"
    bad = [
        {},
        {"holdfast-signature": ""},
        {"holdfast-signature": "x" * 100},
        {"holdfast-signature": f"t={now},v1={sign('other', now, mail)}"},
        {"holdfast-signature": f"t={now},v1={sign('', now, mail)}"},
        {"holdfast-signature": f"t=1,v1={sign('new', '1', mail)}"},
        {"holdfast-signature": f"t={now},v1={sign('new', now, mail + b' ')}"},
        {"authorization": "Bearer hf_test_nobody"},
    ]
    async with world.client() as http:
        for headers in bad:
            answer = await http.post(BOUNCES, content=mail, headers=headers)
            assert answer.status_code == 401, headers
    assert await world.count("bounces") == 0
    world.http.headers.pop("authorization")
    assert await comes_back(world, mail, **{"holdfast-signature": good}) == "hard"


async def test_what_is_too_long_is_refused_and_says_what_to_do(world: World) -> None:
    answer = await world.http.post(BOUNCES, content=b"x" * 1_000_001)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/mail-too-long")


async def test_lists_and_looks_up_what_is_not_written_to(world: World) -> None:
    [message] = await sent(world)
    await comes_back(world, about(mails.POSTFIX, message))
    await world.at("2020-10-18T20:00:00Z")
    listed = (await world.http.get("/notifications/v1/suppressions")).json()
    [item] = listed["items"]
    assert listed["next"] is None
    assert (item["reason"], item["code"]) == ("bounced", 550)
    assert item["waiting"] > 1
    assert ADA not in str(listed)
    own = f"/notifications/v1/suppressions/{item['address_hash']}"
    assert (await world.http.get(own)).json() == item
    assert (await world.http.get("/notifications/v1/suppressions/none")).status_code == 404
    path = "/notifications/v1/suppressions:lookup"
    found = await world.http.post(path, json={"address": f"  {ADA.upper()} "})
    assert found.json() == item
    assert (await world.http.post(path, json={"address": "x@y.example"})).status_code == 404


async def lifted(world: World, hashed: str, key: str = "") -> httpx.Response:
    return await world.http.post(
        f"/notifications/v1/suppressions/{hashed}/lift",
        json={"reason": "she emptied it"},
        headers={"Idempotency-Key": key or uuid.uuid4().hex},
    )


async def test_lifting_lets_out_what_is_still_of_use_and_is_kept(world: World) -> None:
    [message] = await sent(world)
    await comes_back(world, about(mails.POSTFIX, message))
    await world.at("2020-10-18T20:00:00Z")
    before = len(world.post.mails)
    [row] = await world.dump("suppressions")
    answer = await lifted(world, row["address_hash"])
    assert (answer.status_code, answer.json()["lifted"]) == (200, True)
    await world.rests()
    assert await world.count("suppressions") == 0
    again = await world.statuses()
    assert "planned" in again["join_1h"]
    await world.at("2020-10-19T15:00:00Z")
    assert len(world.post.mails) > before
    [audit] = await world.rows("SELECT act, about, why FROM audit WHERE act LIKE 'suppression%'")
    assert audit == {
        "act": "suppression.lifted",
        "about": row["address_hash"],
        "why": "she emptied it",
    }
    assert (await lifted(world, row["address_hash"])).status_code == 404


async def test_lifting_leaves_alone_who_has_another_address_by_now(world: World) -> None:
    [message] = await sent(world)
    await comes_back(world, about(mails.POSTFIX, message))
    [row] = await world.dump("suppressions")
    await world.hears(of(PersonRecorded, version=9, email="other@learners.example"))
    before = await world.dump("messages")
    assert (await lifted(world, row["address_hash"])).status_code == 200
    assert await world.dump("messages") == before


@pytest.fixture(autouse=True)
def _ours(world: World) -> None:
    assert world.postman.sender.address.endswith("@holdfast.example")
    assert world.postman.sender.secret == SECRET
