"""What is sent once more: by itself once an address is mended, or because a human asks for it."""

from typing import Any

import pytest

from shared.contracts import reference
from shared.contracts.attendance import SessionCompleted
from shared.contracts.billing import InvoicePaid, PaymentFailed
from shared.contracts.certificates import AwardGranted, AwardWithheld
from shared.contracts.event import Event
from shared.contracts.registration import (
    PersonRecorded,
    RegistrationCancelled,
    RegistrationConfirmed,
    RegistrationExpired,
    RegistrationLapsed,
    RegistrationOffered,
    RegistrationRequested,
    RegistrationSubstituted,
    RegistrationWaitlisted,
)
from tests.edges.notifications.conftest import World, course, of, says, well, words
from tests.edges.notifications.test_substituted import BEN

PERSON = of(PersonRecorded, zone="America/New_York")
MENDED = of(PersonRecorded, version=2, zone="America/New_York", email="right@learners.example")
FREE = (
    of(RegistrationRequested, hold_expires_at=None, payment_method="free"),
    of(RegistrationConfirmed, basis="free"),
)


async def refused(world: World, answer: Any) -> None:
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/message-not-wanted")


# --- waiting for an address ------------------------------------------------------------------------


async def test_once_a_mistyped_address_is_mended_what_waited_goes_out(world: World) -> None:
    world.post.at_recipient = says("550 5.1.1 no such user")
    await world.hears(course(), PERSON, of(RegistrationRequested))
    await world.rests()
    await world.hears(of(RegistrationConfirmed), of(InvoicePaid))
    await world.rests()
    waiting = await world.statuses()
    assert waiting["registration_confirmed"] == waiting["receipt"] == ["failed"]
    bounced, wait = await world.said("task.opened.v1")
    assert bounced["kind"] == "message-failed"
    assert wait["kind"] == "mails-waiting"
    assert wait["about"]["registration_id"] == reference.REGISTRATION_ID
    assert wait["about"]["template"] in ("registration_confirmed", "receipt")
    assert "zaneta" not in str(wait)
    world.post.at_recipient = well
    await world.hears(MENDED)
    await world.rests()
    assert sorted(world.post.subjects()) == [
        "Receipt 2020-000001: $199.00 for Improving Treatment Effectiveness with Attachment Theory",
        "You have a seat: Improving Treatment Effectiveness with Attachment Theory",
    ]
    assert set(world.post.recipients) == {"right@learners.example"}
    [closed] = await world.said("task.closed.v1")
    assert closed["task_id"] == wait["task_id"]
    # the one that bounced is a human's: it may be of no use beside the others
    assert (await world.resend(bounced["about"]["message_id"])).status_code == 202
    await world.rests()
    assert world.post.subjects()[-1].startswith("We have your registration")


async def test_every_registration_of_a_refused_address_asks_a_human_once(world: World) -> None:
    world.post.at_recipient = says("550 5.1.1 no such user")
    await world.hears(course(), PERSON, *FREE)
    await world.rests()
    second = [of(type(e), **e.model_dump() | {"registration_id": "r2"}) for e in FREE]
    await world.hears(*second)
    await world.at("2020-10-20T00:00:00Z")
    asked = [t for t in await world.said("task.opened.v1") if t["kind"] == "mails-waiting"]
    assert {t["about"]["registration_id"] for t in asked} == {reference.REGISTRATION_ID, "r2"}
    assert len(asked) == 2


async def test_what_waited_too_long_is_skipped_and_what_is_over_stays_unsent(world: World) -> None:
    world.post.at_recipient = says("550 5.1.1 no such user")
    await world.hears(course(), PERSON, *FREE)
    await world.at("2020-10-25T00:00:00Z")
    assert (await world.message("reminder_7d"))["reason"] == "suppressed"
    world.post.at_recipient = well
    await world.hears(MENDED)
    await world.rests()
    assert world.post.mails == []
    late = await world.message("reminder_7d")
    assert (late["status"], late["reason"]) == ("skipped", "too late to be of use")
    await world.at("2020-10-26T00:00:00Z")
    assert world.post.recipients == ["right@learners.example"]  # the reminder of the second session


async def test_who_cancelled_meanwhile_is_not_told_of_a_seat(world: World) -> None:
    world.post.at_recipient = says("550 5.1.1 no such user")
    await world.hears(course(), PERSON, of(RegistrationRequested))
    await world.rests()
    await world.hears(of(RegistrationConfirmed))
    await world.rests()
    await world.hears(of(RegistrationCancelled))
    world.post.at_recipient = well
    await world.hears(MENDED)
    await world.rests()
    assert world.post.mails == []
    over = await world.message("registration_confirmed")
    assert (over["status"], over["reason"]) == (
        "cancelled",
        "it waited for another address until it was of no use",
    )


async def test_a_person_said_again_with_the_same_address_wakes_nothing(world: World) -> None:
    world.post.at_recipient = says("550 5.1.1 no such user")
    await world.hears(course(), PERSON, of(RegistrationRequested))
    await world.rests()
    await world.hears(of(RegistrationConfirmed))
    await world.rests()
    await world.hears(of(PersonRecorded, version=2, zone="Europe/London"))
    await world.rests()
    assert (await world.message("registration_confirmed"))["reason"] == "suppressed"


async def test_an_address_that_works_after_all_gets_what_waited_for_it(world: World) -> None:
    world.post.at_recipient = says("550 5.1.1 no such user")
    await world.hears(course(), PERSON, of(RegistrationRequested))
    await world.rests()
    await world.hears(of(RegistrationConfirmed))
    await world.rests()
    world.post.at_recipient = well
    bounced = await world.message("registration_received")
    assert (await world.resend(bounced["message_id"])).status_code == 202
    await world.rests()
    assert {s.split(":")[0] for s in world.post.subjects()} == {
        "We have your registration",
        "You have a seat",
    }


# --- what a human asks for -------------------------------------------------------------------------


async def test_no_seat_is_confirmed_again_to_who_gave_it_up(world: World) -> None:
    await world.hears(course(), PERSON, *FREE)
    await world.rests()
    sent = await world.message("registration_confirmed")
    await world.hears(of(RegistrationCancelled))
    await world.rests()
    answer = await world.resend(sent["message_id"])
    await refused(world, answer)
    assert answer.json()["detail"] == "What it says is over: the registration was cancelled."
    assert len(world.post.mails) == 1


@pytest.mark.parametrize(
    ("template", "then"),
    [("registration_confirmed", None), ("join_1h", "2020-10-19T19:10:00Z")],
)
async def test_a_repeat_that_has_to_wait_ends_with_the_registration(
    world: World, template: str, then: str | None
) -> None:
    await world.hears(course(), PERSON, *FREE)
    await world.at(then or "2020-09-15T12:00:00Z")
    world.post.mails.clear()
    [one] = [
        m for m in await world.messages() if (m["template"], m["status"]) == (template, "sent")
    ]
    world.post.at_recipient = says("451 4.7.1 greylisted")
    assert (await world.resend(one["message_id"])).status_code == 202
    await world.rests()
    await world.hears(of(RegistrationCancelled))
    world.post.at_recipient = well
    await world.at("2020-09-15T12:10:00Z" if then is None else "2020-10-19T19:20:00Z")
    assert world.post.mails == []
    [over] = [m for m in await world.messages() if m["message_id"] == one["message_id"]]
    assert (over["status"], over["reason"]) == ("cancelled", "the registration was cancelled")


@pytest.mark.parametrize("template", ["registration_confirmed", "join_1h"])
async def test_a_repeat_that_has_to_wait_does_not_go_to_whose_place_a_colleague_took(
    world: World, template: str
) -> None:
    await world.hears(course(), PERSON, *FREE)
    await world.at("2020-10-19T19:10:00Z")
    sent = [m for m in await world.messages() if m["status"] == "sent"]
    [one] = [m for m in sent if m["template"] == template]
    world.post.mails.clear()
    world.post.recipients.clear()
    world.post.at_recipient = says("451 4.7.1 greylisted")
    assert (await world.resend(one["message_id"])).status_code == 202
    await world.rests()
    await world.hears(BEN, of(RegistrationSubstituted))
    world.post.at_recipient = well
    await world.at("2020-10-19T19:20:00Z")
    theirs = zip(world.post.mails, world.post.recipients, strict=True)
    assert [str(mail["Subject"])[:12] for mail, to in theirs if to == PERSON.email] == [
        "A colleague "
    ]
    [over] = [m for m in await world.messages() if m["message_id"] == one["message_id"]]
    assert (over["status"], over["reason"]) == ("cancelled", "somebody else comes instead")


async def test_a_repeat_that_has_to_wait_goes_while_it_is_of_use_and_no_longer(
    world: World,
) -> None:
    await world.hears(course(), PERSON, *FREE)
    await world.at("2020-10-13T19:50:00Z")
    sent = await world.message("reminder_7d")  # of use until 20:00 UTC
    world.post.mails.clear()
    world.post.at_recipient = says("451 4.7.1 greylisted")
    assert (await world.resend(sent["message_id"])).status_code == 202
    await world.at("2020-10-13T19:58:00Z")
    world.post.at_recipient = well
    await world.at("2020-10-13T20:30:00Z")
    assert world.post.mails == []
    late = await world.message("reminder_7d")
    assert (late["status"], late["reason"]) == ("skipped", "too late to be of use")


async def test_a_receipt_is_a_record_and_goes_out_whatever_became_of_the_seat(world: World) -> None:
    await world.hears(course(), PERSON, of(RegistrationRequested), of(InvoicePaid))
    await world.rests()
    await world.hears(of(RegistrationCancelled))
    receipt = await world.message("receipt")
    assert (await world.resend(receipt["message_id"])).status_code == 202
    await world.rests()
    assert world.post.subjects()[-1] == world.post.subjects()[-2]


@pytest.mark.parametrize(
    ("heard", "template", "ended"),
    [
        ([of(RegistrationWaitlisted), of(RegistrationOffered)], "offer", of(RegistrationLapsed)),
        ([of(RegistrationRequested), of(PaymentFailed)], "payment_failed", of(RegistrationExpired)),
    ],
)
async def test_what_ended_is_not_offered_again(
    world: World, heard: list[Event], template: str, ended: Event
) -> None:
    world.clock.time = world.clock.time.fromisoformat("2020-09-14T15:06:00Z")
    await world.hears(course(), PERSON, *heard)
    await world.rests()
    sent = await world.message(template)
    await world.hears(ended)
    await refused(world, await world.resend(sent["message_id"]))


async def test_a_reminder_is_not_sent_again_when_it_is_of_no_use(world: World) -> None:
    await world.hears(course(), PERSON, *FREE)
    await world.at("2020-10-19T19:30:00Z")
    sent = await world.message("join_1h", "s1")
    assert (await world.resend(sent["message_id"])).status_code == 202
    await world.at("2020-10-19T22:00:01Z")
    answer = await world.resend(sent["message_id"])
    await refused(world, answer)
    assert answer.json()["detail"] == "It is too late to be of use."


async def test_of_what_was_missing_only_what_still_is_is_told_again(world: World) -> None:
    unmet = [{"condition": "paid", "detail": "The invoice is not paid."}]
    await world.hears(course(), PERSON, *FREE)
    await world.at("2020-11-09T23:15:00Z")
    await world.hears(
        *(
            of(SessionCompleted, session_id=s["session_id"], settled_at="2020-11-09T23:15:00Z")
            for s in reference.SESSIONS
        ),
        of(AwardWithheld, board="STATE", version=1, unmet=unmet),
        of(AwardWithheld, board="NBCC", version=1, unmet=unmet),
    )
    await world.at("2020-11-10T00:00:00Z")
    sent = await world.message("certificate_missing")
    assert sent["status"] == "sent"
    await world.hears(of(AwardGranted, board="NBCC", version=2))
    assert (await world.resend(sent["message_id"])).status_code == 202
    await world.rests()
    again = world.post.mails[-1]
    assert str(again["Subject"]).startswith("What your certificate still needs")
    assert "Your STATE certificate waits" in words(again)
    await world.hears(of(AwardGranted, board="STATE", version=2))
    answer = await world.resend(sent["message_id"])
    await refused(world, answer)
    assert answer.json()["detail"] == "What it says is over: nothing is missing any more."
