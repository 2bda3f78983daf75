"""Texts beside mails: to who agreed, once, by day; STOP, receipts, the day's limit, erasure."""

import itertools
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from shared.contracts.attendance import MeetingSwapped
from shared.contracts.registration import (
    PersonRecorded,
    RegistrationCancelled,
    RegistrationConfirmed,
    RegistrationOffered,
    RegistrationRequested,
    RegistrationSubstituted,
    RegistrationWaitlisted,
)
from tests.edges.notifications.conftest import R, World, course, of, sessions, words
from tests.edges.notifications.test_sending import crashed
from tests.edges.notifications.texters import (
    ACCOUNT,
    FROM,
    TOKEN,
    Texters,
    refuses,
    signed,
    taken,
    texters,
)

HERS = "+12025550143"
AGREED = {"phone": HERS, "sms_consent": "sms-1", "sms_consent_at": "2020-09-14T15:00:00Z"}
ADA = of(PersonRecorded, zone="America/New_York", **AGREED)
SEATED = (
    of(RegistrationRequested, hold_expires_at=None, payment_method="free"),
    of(RegistrationConfirmed, basis="free"),
)
AN_HOUR_BEFORE = "2020-10-19T19:00:00Z"


@pytest.fixture
async def provider() -> AsyncIterator[Texters]:
    async with texters() as server:
        yield server


@pytest.fixture
def more(provider: Texters) -> dict[str, Any]:
    return {
        "texts": "twilio",
        "twilio_account": ACCOUNT,
        "twilio_tokens": TOKEN,
        "twilio_from": FROM,
        "twilio_url": provider.url,
        "texts_a_day": 3,
    }


async def begun(world: World, when: str = AN_HOUR_BEFORE, person: Any = ADA) -> None:
    await world.hears(course(), person, *SEATED)
    await world.at(when)


async def texts(world: World, template: str | None = None) -> list[dict[str, Any]]:
    found = await world.http.get("/notifications/v1/messages", params={"channel": "sms"})
    assert found.status_code == 200, found.text
    items: list[dict[str, Any]] = found.json()["items"]
    return [one for one in items if template in (None, one["template"])]


async def text(world: World, template: str = "join_1h") -> dict[str, Any]:
    """The one of the first session, or of the registration."""
    [one] = [one for one in await texts(world, template) if one["subject"] in ("s1", R)]
    return one


def stands(one: dict[str, Any]) -> tuple[str, str | None]:
    return one["status"], one["reason"]


async def receipt(
    world: World, id_: str, status: str, sid: str = f"SM{1:032x}", code: str = "", **more: Any
) -> httpx.Response:
    path = f"/notifications/v1/texts/twilio/receipts/{id_}"
    form = {"MessageSid": sid, "MessageStatus": status, "To": HERS, "ErrorCode": code}
    return await posted(world, path, form, **more)


async def reply(world: World, body: str, sid: str, **more: Any) -> httpx.Response:
    form = {"MessageSid": sid, "From": HERS, "To": FROM, "Body": body}
    return await posted(world, "/notifications/v1/texts/twilio/replies", form, **more)


async def posted(
    world: World, path: str, form: dict[str, str], headers: dict[str, str] | None = None
) -> httpx.Response:
    said = signed(f"http://holdfast.test{path}", form) if headers is None else headers
    client = world.client()
    async with client:
        return await client.post(path, data=form, headers=said)


async def test_a_join_link_goes_by_mail_and_as_a_text_each_once(world: World, provider: Texters):
    await world.hears(course(), ADA, *SEATED)
    await world.at("2020-10-19T18:59:00Z")
    world.post.mails.clear()
    await world.at(AN_HOUR_BEFORE)
    [sent] = provider.texts
    one = await text(world)
    assert sent == {
        "To": HERS,
        "From": FROM,
        "Body": sent["Body"],
        "StatusCallback": "http://holdfast.test/notifications/v1/texts/twilio/receipts/"
        + one["message_id"],
    }
    [mail] = world.post.mails
    link = sent["Body"].partition("Join: ")[2].partition(" ")[0]
    assert link in words(mail)
    assert (one["channel"], one["recipient"], stands(one)) == ("sms", HERS, ("sent", None))
    said = [m for m in await world.said("message.sent.v1") if m["template"] == "join_1h"]
    assert sorted(m["channel"] for m in said) == ["mail", "sms"]
    assert "55501" not in str(said)
    await world.at("2020-10-19T19:30:00Z")
    assert len(provider.texts) == 1


async def test_who_agreed_to_none_or_no_more_gets_none(world: World, provider: Texters):
    await begun(world, person=of(PersonRecorded, zone="America/New_York"))
    assert await texts(world) == []
    since = AGREED | {"sms_consent_at": "2020-10-19T19:00:01Z"}  # the link had gone by then
    await world.hears(of(PersonRecorded, version=3, **since))
    planned = {one["subject"] for one in await texts(world) if one["status"] == "planned"}
    assert planned == {"s2", "s3", "s4"}
    await world.hears(of(PersonRecorded, version=4))
    await world.at("2020-10-26T19:00:00Z")
    assert provider.texts == []
    assert {stands(one) for one in await texts(world)} == {
        ("cancelled", "they agreed to no texts, or not any more")
    }


async def test_a_colleague_has_agreed_to_nothing(world: World, provider: Texters):
    await world.hears(course(), ADA, *SEATED)
    await world.hears(
        of(PersonRecorded, person_id="p-ben", email="ben@learners.example"),
        of(RegistrationSubstituted, person_id="p-ben", former_person_id=ADA.person_id),
    )
    await world.at(AN_HOUR_BEFORE)
    assert provider.texts == []


async def test_swapped_moved_and_not_held(world: World, provider: Texters):
    await begun(world, "2020-10-19T20:31:00Z")
    await world.hears(
        of(MeetingSwapped, swapped_at="2020-10-19T20:31:00Z", meeting_id="8800000099")
    )
    await world.rests()
    later = {"s1": {"schedule_version": 2, "status": "cancelled", "date": "2020-10-19"}}
    changed = course(2, published_at="2020-10-19T20:32:00Z", sessions=sessions(**later))
    await world.hears(changed)
    await world.at("2020-10-19T20:32:00Z")
    told = [one["Body"] for one in provider.texts]
    assert len(told) == 3
    assert "begins at 4:00 PM. Join: " in told[0]
    assert "goes on in another meeting" in told[1]
    assert "is cancelled. You need not come." in told[2]


async def test_an_offer_waits_for_the_morning_or_is_left_out(world: World, provider: Texters):
    at_night = "2020-09-15T03:00:00Z"  # 23:00 in New York
    until = "2020-09-16T03:00:00Z"
    await world.hears(
        course(), ADA, of(RegistrationRequested), of(RegistrationWaitlisted),
        of(RegistrationOffered, offered_at=at_night, offer_expires_at=until),
    )  # fmt: skip
    await world.at(at_night)
    assert provider.texts == []
    assert (await text(world, "offer"))["due_at"] == "2020-09-15T12:00:00Z"
    await world.at("2020-09-15T11:59:59Z")
    assert provider.texts == []
    await world.at("2020-09-15T12:00:00Z")
    [sent] = provider.texts
    assert "is kept for you until Tue, Sep 15 at 11:00 PM" in sent["Body"]


async def test_what_is_over_by_the_morning_is_left_out(world: World, provider: Texters):
    at_night = "2020-09-15T03:00:00Z"
    await world.hears(
        course(), ADA, of(RegistrationRequested), of(RegistrationWaitlisted),
        of(RegistrationOffered, offered_at=at_night, offer_expires_at="2020-09-15T11:00:00Z"),
    )  # fmt: skip
    await world.at(at_night)
    await world.at("2020-09-15T13:00:00Z")
    assert provider.texts == []
    assert stands(await text(world, "offer")) == (
        "skipped", "at night, and of no use in the morning",
    )  # fmt: skip


async def test_a_process_that_died_after_the_call_asks_a_human_and_sends_no_second(
    world: World, provider: Texters
):
    await world.hears(course(), ADA, *SEATED)
    await world.at("2020-10-19T18:59:00Z")
    world.clock.time = world.clock.time.replace(hour=19, minute=0)
    await crashed(world)
    assert len(provider.texts) == 1
    await world.leases_run_out()
    await world.rests()
    one = await text(world)
    assert stands(one) == ("failed", "unknown")
    [failed] = [m for m in await world.said("message.failed.v1") if m["channel"] == "sms"]
    assert failed["reason"] == "unknown"
    [task] = [t for t in await world.said("task.opened.v1") if "channel" in t["about"]]
    assert (task["kind"], task["about"]["channel"]) == ("message-failed", "sms")
    await world.at("2020-10-19T21:00:00Z")
    assert len(provider.texts) == 1
    # A receipt says that it went out, and nobody needs to look any more.
    assert (await receipt(world, one["message_id"], "delivered")).json() == {"outcome": "taken"}
    one = await text(world)
    assert (stands(one), one["delivery"]) == (("sent", None), "delivered")
    assert [t["task_id"] for t in await world.said("task.closed.v1")] == [task["task_id"]]


async def test_a_human_can_have_it_sent_again_while_it_is_true(world: World, provider: Texters):
    provider.answers = lambda _: "hang up"
    await begun(world)
    one = await text(world)
    assert stands(one) == ("failed", "unknown")
    provider.answers = taken
    assert (await world.resend(one["message_id"])).status_code == 202
    await world.rests()
    assert stands(await text(world)) == ("sent", None)
    assert len(provider.texts) == 2  # the first had arrived: that is why a human is asked
    await world.hears(of(RegistrationCancelled))
    refused = await world.resend(one["message_id"])
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/message-not-wanted")


async def test_a_busy_provider_is_asked_again_later_and_a_late_text_is_left_out(
    world: World, provider: Texters
):
    answers = [refuses(429), refuses(503), refuses(500, 20500)]
    provider.answers = lambda n: answers[n - 1] if n <= 3 else taken(n)
    await begun(world)
    assert (provider.asked, (await text(world))["attempts"]) == (1, 1)
    await world.at("2020-10-19T19:00:59Z")
    assert provider.asked == 1
    await world.at("2020-10-19T19:01:00Z")
    assert provider.asked == 2
    await world.at("2020-10-19T19:06:00Z")
    assert provider.asked == 3
    await world.at("2020-10-19T19:20:59Z")
    assert (provider.asked, provider.texts) == (3, [])
    await world.at("2020-10-19T19:21:00Z")
    assert len(provider.texts) == 1
    assert (await text(world))["attempts"] == 4
    provider.answers = lambda _: refuses(503)
    await world.at("2020-10-26T19:00:00Z")
    await world.at("2020-10-26T23:00:00Z")
    second = next(one for one in await texts(world) if one["subject"] == "s2")
    assert stands(second) == ("skipped", "too late to be of use")


async def test_a_number_that_is_none_is_asked_once_and_a_human_told(
    world: World, provider: Texters
):
    provider.answers = lambda _: refuses(400, 21614)
    await begun(world)
    assert stands(await text(world)) == ("failed", "bounced")
    [task] = await world.said("task.opened.v1")
    assert "takes no texts" in task["what"]
    await world.at("2020-10-26T19:00:00Z")
    assert provider.asked == 1
    second = next(one for one in await texts(world) if one["subject"] == "s2")
    assert stands(second) == ("skipped", "their number takes no texts")
    # Another number is another one.
    fresh = AGREED | {"phone": "+16465550100", "sms_consent_at": "2020-10-27T00:00:00Z"}
    await world.hears(of(PersonRecorded, version=3, **fresh))
    provider.answers = taken
    await world.at("2020-11-02T20:00:00Z")
    assert [one["To"] for one in provider.texts] == ["+16465550100"]
    assert "55501" not in str(await world.dump("suppressions"))


async def test_stop_holds_until_they_start_or_agree_again(world: World, provider: Texters):
    await begun(world)
    assert (await reply(world, "Stop", "SM-a")).text == "<Response/>"
    await world.at("2020-10-26T19:00:00Z")
    assert len(provider.texts) == 1
    second = next(one for one in await texts(world) if one["subject"] == "s2")
    assert stands(second) == ("skipped", "they stopped texts by answering STOP")
    [row] = await world.dump("suppressions")
    path = f"/notifications/v1/suppressions/{row['address_hash']}/lift"
    lifted = await world.http.post(
        path, json={"reason": "they asked"}, headers={"Idempotency-Key": "k" * 20}
    )
    assert (lifted.status_code, lifted.json()["type"]) == (409, "/problems/suppression-theirs")
    # Agreed to anew on the page, after it: that counts.
    again = AGREED | {"sms_consent_at": "2020-10-27T00:00:00Z"}
    await world.hears(of(PersonRecorded, version=3, **again))
    await world.at("2020-11-02T20:00:00Z")
    assert len(provider.texts) == 2


async def test_answers_count_once_in_whatever_order_they_come(world: World, provider: Texters):
    await begun(world)
    for body, sid in (("START", "SM-1"), ("stop", "SM-2"), ("START", "SM-1"), ("stop", "SM-2")):
        assert (await reply(world, body, sid)).status_code == 200
    assert [one["reason"] for one in await world.dump("suppressions")] == ["stopped"]
    assert (await reply(world, "I will be late", "SM-3")).status_code == 200
    assert len(await world.dump("suppressions")) == 1
    assert (await reply(world, "UNSTOP", "SM-4")).status_code == 200
    assert await world.dump("suppressions") == []
    assert "late" not in str(await world.dump("text_replies"))
    assert HERS not in str(await world.dump("text_replies"))


async def test_the_provider_says_that_they_stopped(world: World, provider: Texters):
    provider.answers = lambda _: refuses(400, 21610)
    await begun(world)
    assert stands(await text(world)) == ("skipped", "they stopped texts by answering STOP")
    assert await world.said("task.opened.v1") == []
    assert [one["reason"] for one in await world.dump("suppressions")] == ["stopped"]


RECEIPTS = (("sent", ""), ("undelivered", "30003"), ("undelivered", "30003"), ("delivered", ""))


async def test_receipts_late_twice_and_in_any_order(world: World, provider: Texters):
    await begun(world)
    id_ = (await text(world))["message_id"]
    for order in sorted(set(itertools.permutations(RECEIPTS))):
        for status, code in order:
            assert (await receipt(world, id_, status, code=code)).status_code == 200
        end = next(status for status, _ in order if status != "sent")
        one = await text(world)
        why = "it was not delivered (30003)" if end == "undelivered" else None
        assert (one["delivery"], stands(one)) == (end, ("sent", why)), order
        await world.rows("UPDATE messages SET delivery = '', reason = '' RETURNING 1")
    assert await world.said("task.opened.v1") == []


async def test_a_receipt_that_there_is_no_such_number(world: World, provider: Texters):
    await begun(world)
    id_ = (await text(world))["message_id"]
    for _ in range(2):
        assert (await receipt(world, id_, "undelivered", code="30006")).status_code == 200
    assert stands(await text(world)) == ("failed", "bounced")
    assert len(await world.said("task.opened.v1")) == 1
    assert [one["reason"] for one in await world.dump("suppressions")] == ["bounced"]


async def test_what_nobody_signed_changes_nothing(world: World, provider: Texters):
    await begun(world)
    one = await text(world)
    path = f"/notifications/v1/texts/twilio/receipts/{one['message_id']}"
    form = {"MessageSid": f"SM{1:032x}", "MessageStatus": "undelivered", "ErrorCode": "30006"}
    good = signed(f"http://holdfast.test{path}", form)
    forged: list[dict[str, str]] = [
        {"Content-Type": good["Content-Type"]},
        good | {"X-Twilio-Signature": ""},
        good | {"X-Twilio-Signature": "AAAA"},
        signed(f"http://holdfast.test{path}", form, token="another"),
        signed(f"http://elsewhere.test{path}", form),
        signed(f"http://holdfast.test{path}", form | {"ErrorCode": "30003"}),
    ]
    for headers in forged:
        answer = await posted(world, path, form, headers)
        assert (answer.status_code, answer.json()["type"]) == (401, "/problems/signature-invalid")
    assert (await reply(world, "STOP", "SM-1", headers=forged[0])).status_code == 401
    assert await text(world) == one
    assert await world.dump("suppressions") == []
    assert await world.dump("text_replies") == []


JUNK = (
    {},
    {"MessageStatus": "delivered"},
    {"MessageSid": "x", "MessageStatus": "no such word"},
    {"MessageSid": "x" * 5_000, "MessageStatus": "delivered", "ErrorCode": "9" * 50},
    {"MessageSid": "\x00", "MessageStatus": "failed\x00", "ErrorCode": "-1"},
    {"MessageSid": "SM\u0664", "MessageStatus": "DELIVERED", "ErrorCode": "\u0664"},
    {"Body": "STOP"},
    {"From": "+1", "Body": "STOP"},
)


async def test_signed_junk_is_borne(world: World, provider: Texters):
    await begun(world)
    one = await text(world)
    receipts = "/notifications/v1/texts/twilio/receipts"
    for form in JUNK:
        for path in (f"{receipts}/{one['message_id']}", f"{receipts}/no-such-message"):
            answer = await posted(world, path, form)
            assert answer.json() == {"outcome": "unknown"}, form
        answer = await posted(world, "/notifications/v1/texts/twilio/replies", form)
        assert (answer.status_code, answer.text) == (200, "<Response/>")
    assert await text(world) == one
    assert await world.dump("suppressions") == []
    path = f"{receipts}/{one['message_id']}"
    headers = signed(f"http://holdfast.test{path}", {})
    async with world.client() as client:
        answer = await client.post(path, content=b"\xff\xfe", headers=headers)
        assert (answer.status_code, answer.json()["type"]) == (422, "/problems/form-unreadable")
        answer = await client.post(path, content=b"a" * 70_000, headers=headers)
        assert answer.status_code == 422


async def test_of_a_mail_no_receipt_says_anything(world: World, provider: Texters):
    await begun(world)
    [mail] = [one for one in await world.messages() if one["template"] == "registration_confirmed"]
    assert (await receipt(world, mail["message_id"], "failed", code="30006")).json() == {
        "outcome": "unknown"
    }


async def test_the_day_has_a_limit_and_a_human_hears_of_it_once(world: World, provider: Texters):
    await world.hears(course(), ADA, *SEATED)
    for n in range(4):
        about = {"registration_id": f"r{n}", "person_id": f"p{n}"}
        await world.hears(
            of(PersonRecorded, person_id=f"p{n}", email=f"p{n}@x.example", **AGREED),
            of(RegistrationRequested, hold_expires_at=None, payment_method="free", **about),
            of(RegistrationConfirmed, basis="free", **about),
        )
    await world.at(AN_HOUR_BEFORE)
    assert len(provider.texts) == 3
    joins = [one for one in await texts(world, "join_1h") if one["subject"] == "s1"]
    assert sorted(map(stands, joins), key=str) == sorted(
        [("sent", None)] * 3 + [("skipped", "the day's limit of texts was reached")] * 2, key=str
    )
    [task] = await world.said("task.opened.v1")
    assert task["kind"] == "texts-capped"
    joins = [m for m in await world.said("message.sent.v1") if m["template"] == "join_1h"]
    assert [m["channel"] for m in joins].count("mail") == 5
    await world.at("2020-10-26T19:00:00Z")
    assert len(provider.texts) == 6
    assert len(await world.said("task.closed.v1")) == 1


async def test_nothing_of_the_number_stays_of_who_is_erased(world: World, provider: Texters):
    await begun(world)
    id_ = (await text(world))["message_id"]
    await world.forgets()
    for table in ("people", "messages", "suppressions", "due", "outbox", "text_counts"):
        assert HERS not in str(await world.dump(table)), table
    assert (await receipt(world, id_, "undelivered", code="30006")).status_code == 200
    assert await world.dump("suppressions") == []
    await world.at("2020-10-26T19:00:00Z")
    assert len(provider.texts) == 1
    gone = [one for one in await texts(world) if one["status"] != "failed"]
    assert {stands(one) for one in gone} == {("cancelled", "the person's record was erased")}


async def test_staff_see_the_words_without_what_opens_something(world: World, provider: Texters):
    await begun(world)
    one = await text(world)
    shown = (await world.http.get(f"/notifications/v1/messages/{one['message_id']}")).json()
    assert shown["letter"]["text"].startswith("Praxis CET: ")
    link = provider.texts[0]["Body"].partition("Join: ")[2].partition(" ")[0]
    assert link not in shown["letter"]["text"]
    digest = (await world.http.get("/notifications/v1/digest")).json()
    assert digest["text"].count("failed") == 0


async def test_no_number_is_ever_logged(world: World, provider: Texters, capsys: Any):
    answers = [refuses(400, 21211), refuses(500), taken(3)]
    provider.answers = lambda n: answers[n - 1]
    await begun(world)
    await reply(world, "STOP", "SM-1")
    await receipt(world, (await text(world))["message_id"], "failed", code="30006")
    said = capsys.readouterr()
    assert "http.answered" in said.out
    assert "55501" not in said.out + said.err
