"""A session moves: who has a place is told once, of the newest date, and the calendar follows."""

import asyncio
import random
import uuid
from email.message import EmailMessage
from typing import Any

import pytest

from shared.contracts import reference
from shared.contracts.billing import CancellationSettled, InvoicePaid
from shared.contracts.registration import (
    CourseCancelled,
    PersonRecorded,
    RegistrationCancelled,
    RegistrationConfirmed,
    RegistrationExpired,
    RegistrationLinkRequested,
    RegistrationOffered,
    RegistrationRequested,
    RegistrationShareDue,
    RegistrationSubstituted,
    RegistrationWaitlisted,
)
from tests.edges.notifications.conftest import World, course, of, says, sessions, token, well, words
from tests.edges.notifications.test_course_cancelled import calendars, off
from tests.edges.notifications.test_sending import FREE, crashed

NEW_YORKER = of(PersonRecorded, zone="America/New_York")
LONDONER = of(PersonRecorded, zone="Europe/London")
PAID = (of(RegistrationRequested), of(InvoicePaid), of(RegistrationConfirmed))
NOW = "2020-10-20T12:00:00Z"


def at(start: str, end: str, **more: Any) -> dict[str, Any]:
    return {"starts_at": start, "ends_at": end, "date": start[:10], **more}


TUESDAY = at("2020-10-27T20:30:00Z", "2020-10-27T22:30:00Z")
WEDNESDAY = at("2020-10-28T20:00:00Z", "2020-10-28T22:00:00Z")
AS_IT_WAS = at("2020-10-26T20:00:00Z", "2020-10-26T22:00:00Z")


def moved(version: int, to: dict[str, Any], when: str = NOW, session: str = "s2") -> Any:
    """The course with one session moved: as many versions of both, for nothing else changed."""
    changed = {session: {"schedule_version": version, **to}}
    return course(version, published_at=when, sessions=sessions(**changed))


async def confirmed(world: World, when: str = NOW, person: Any = NEW_YORKER) -> None:
    await world.hears(course(), person, *PAID)
    await world.at(when)
    world.post.mails.clear()


def told(world: World, start: str = "Moved to") -> list[EmailMessage]:
    return [mail for mail in world.post.mails if str(mail["Subject"]).startswith(start)]


def text_of(mail: EmailMessage) -> str:
    return " ".join(words(mail).split())


async def changes(world: World) -> list[tuple[str, int, str]]:
    return [
        (m["subject"], m["version"], m["status"])
        for m in await world.messages()
        if m["template"] == "session_changed"
    ]


async def reminders(world: World, session: str) -> set[tuple[str, int, str]]:
    return {
        (m["template"], m["version"], m["status"])
        for m in await world.messages()
        if m["template"] in ("reminder_7d", "reminder_1d", "join_1h") and m["subject"] == session
    }


async def test_who_has_a_seat_is_told_both_times_in_both_zones_and_once(world: World) -> None:
    await confirmed(world, person=LONDONER)
    await world.hears(moved(2, TUESDAY))
    await world.rests()
    await world.hears(course(3, title="Another title", sessions=moved(2, TUESDAY).sessions))
    await world.rests()
    [mail] = told(world)
    assert str(mail["Subject"]).startswith("Moved to Tuesday, October 27, 2020, 8:30 PM: ")
    text = text_of(mail)
    assert "8:30 – 10:30 PM, London time (GMT) 4:30 – 6:30 PM, New York time (EDT)" in text
    assert (
        "Instead of: Monday, October 26, 2020, 8:00 – 10:00 PM, London time (GMT)"
        " 4:00 – 6:00 PM, New York time (EDT)"
    ) in text
    assert "you do not have to do anything" in text
    assert f"/r/{token()}#cancelling" in text
    assert "the start that you booked, or the new one where that gives you more" in text
    html = mail.get_body(("html",))
    assert html is not None
    assert "October 27" in html.get_content()
    assert await changes(world) == [("s2", 2, "sent")]


async def test_the_calendar_entry_keeps_its_uid_and_moves(world: World) -> None:
    await world.hears(course(), NEW_YORKER, *PAID)
    await world.at(NOW)
    [seat] = told(world, "You have a seat")
    await world.hears(moved(2, TUESDAY))
    await world.rests()
    [mail] = told(world)
    [entry] = calendars(mail)
    assert entry["UID"] == calendars(seat)[1]["UID"]
    assert (entry["METHOD"], entry["SEQUENCE"], entry["DTSTART"], entry["STATUS"]) == (
        "REQUEST",
        "1",
        "20201027T203000Z",
        "CONFIRMED",
    )
    assert 'method="REQUEST"' in entry["part"]
    await world.hears(moved(3, WEDNESDAY))
    await world.rests()
    [entry] = calendars(told(world)[-1])
    assert (entry["SEQUENCE"], entry["DTSTART"]) == ("2", "20201028T200000Z")


async def test_moved_twice_in_quick_succession_only_the_newest_goes_out(world: World) -> None:
    await confirmed(world)
    await world.hears(moved(2, TUESDAY))
    await world.swept()
    assert await changes(world) == [("s2", 2, "planned")]
    await world.hears(moved(3, WEDNESDAY))
    await world.rests()
    [mail] = told(world)
    assert "Wednesday, October 28" in str(mail["Subject"])
    assert "October 27" not in words(mail)
    assert "Instead of: Monday, October 26" in text_of(mail)
    assert sorted(await changes(world)) == [("s2", 2, "cancelled"), ("s2", 3, "sent")]


async def test_the_newest_is_known_before_everybody_was_decided_anew(world: World) -> None:
    """A mail falls due between a second move and its walk over all registrations."""
    await confirmed(world)
    await world.hears(moved(2, TUESDAY))
    await world.swept()
    await world.hears(moved(3, WEDNESDAY))
    async with world.db.acquire() as con:
        await con.execute("DELETE FROM due WHERE kind = 'fan_out'")
    await world.rests()
    assert [str(mail["Subject"])[:32] for mail in told(world)] == [
        "Moved to Wednesday, October 28, "
    ]


async def test_moved_while_a_mail_of_the_first_move_is_under_way_tells_again(world: World) -> None:
    await confirmed(world)
    await world.hears(moved(2, TUESDAY))
    await world.swept()
    world.post.pause = 0.6
    sending = asyncio.create_task(world.rests())
    while not told(world):
        await asyncio.sleep(0.01)
    await world.hears(moved(3, WEDNESDAY))
    await sending
    await world.rests()
    first, second = told(world)
    assert "Tuesday, October 27" in str(first["Subject"])
    assert "Instead of: Tuesday, October 27" in text_of(second)


async def test_moved_back_before_anything_was_sent_is_no_news(world: World) -> None:
    await confirmed(world)
    await world.hears(moved(2, TUESDAY))
    await world.swept()
    await world.hears(moved(3, AS_IT_WAS))
    await world.rests()
    assert told(world) == []
    [change] = [m for m in await world.messages() if m["template"] == "session_changed"]
    assert (change["status"], change["reason"]) == (
        "cancelled",
        "the session changed again, or is as they were told",
    )
    # The reminders are those of the version in force, each once.
    assert await reminders(world, "s2") == {
        ("reminder_1d", 1, "cancelled"),
        ("reminder_1d", 2, "cancelled"),
        ("reminder_1d", 3, "planned"),
        ("join_1h", 1, "cancelled"),
        ("join_1h", 2, "cancelled"),
        ("join_1h", 3, "planned"),
    }


async def test_moved_back_after_it_was_told_is_told(world: World) -> None:
    await confirmed(world)
    await world.hears(moved(2, TUESDAY))
    await world.rests()
    await world.hears(moved(3, AS_IT_WAS))
    await world.rests()
    text = text_of(told(world)[-1])
    assert "is now on Monday, October 26, 2020, 4:00 – 6:00 PM" in text
    assert "Instead of: Tuesday, October 27, 2020, 4:30 – 6:30 PM" in text


async def test_across_the_clock_change_each_time_is_in_the_offset_of_its_day(world: World) -> None:
    await confirmed(world)
    to = at("2020-11-02T21:00:00Z", "2020-11-02T23:00:00Z")
    away = {"s3": {"starts_at": "2020-11-04T21:00:00Z", "ends_at": "2020-11-04T23:00:00Z"}}
    before = sessions(**away)
    await world.hears(
        course(2, published_at=NOW, sessions=[s | _moved_to(s, "s2", to) for s in before])
    )
    await world.at("2020-11-02T20:00:00Z")
    text = text_of(told(world)[0])
    assert "Monday, November 2, 2020 4:00 – 6:00 PM, New York time (EST)" in text
    assert "Monday, October 26, 2020, 4:00 – 6:00 PM, New York time (EDT)" in text
    sent = {(m["template"], m["sent_at"]) for m in await world.messages() if m["subject"] == "s2"}
    assert {
        ("reminder_1d", "2020-11-01T21:00:00Z"),
        ("join_1h", "2020-11-02T20:00:00Z"),
    } <= sent


def _moved_to(session: dict[str, Any], about: str, to: dict[str, Any]) -> dict[str, Any]:
    return {**to, "schedule_version": 2} if session["session_id"] == about else {}


# --- who is told ----------------------------------------------------------------------------------


async def test_who_confirmed_after_the_move_has_the_right_date_and_no_mail_of_it(
    world: World,
) -> None:
    await world.hears(course(), moved(2, TUESDAY, "2020-09-02T08:00:00Z"), NEW_YORKER, *PAID)
    await world.rests()
    [seat] = told(world, "You have a seat")
    assert "Tuesday, October 27, 2020" in words(seat)
    assert await changes(world) == []


async def test_moved_before_the_confirmation_is_out_that_one_says_it(world: World) -> None:
    await world.hears(course(), NEW_YORKER, *PAID)
    await world.hears(moved(2, TUESDAY, "2020-09-14T15:09:00Z"))
    await world.rests()
    [seat] = told(world, "You have a seat")
    assert "Tuesday, October 27, 2020" in words(seat)
    assert "Monday, October 26, 2020" not in words(seat)
    assert await changes(world) == []


async def test_a_held_seat_is_told_in_its_own_words_without_a_calendar(world: World) -> None:
    await world.hears(course(), NEW_YORKER, of(RegistrationRequested))
    await world.rests()
    await world.hears(moved(2, TUESDAY, "2020-09-14T15:11:00Z"))
    await world.at("2020-09-14T15:12:00Z")
    [mail] = told(world)
    text = text_of(mail)
    assert "The seat that is held for you until Monday, September 14, 2020, 11:34 AM" in text
    assert "nothing is charged" in text
    assert "/attendance/join/" not in text
    assert calendars(mail) == []
    await world.hears(of(InvoicePaid), of(RegistrationConfirmed))
    await world.rests()
    [seat] = told(world, "You have a seat")
    # Its first word to the calendar: the new time, as number 1, for a feed has shown the old as 0.
    moved_one = calendars(seat)[1]
    assert (moved_one["SEQUENCE"], moved_one["DTSTART"]) == ("1", "20201027T203000Z")
    assert len(told(world)) == 1


async def test_who_is_offered_a_seat_is_told_of_the_date_that_the_offer_named(
    world: World,
) -> None:
    offered = of(
        RegistrationOffered,
        offered_at="2020-09-14T15:09:00Z",
        offer_expires_at="2020-09-16T15:09:00Z",
    )
    await world.hears(course(), NEW_YORKER, of(RegistrationWaitlisted), offered)
    await world.rests()
    later = at("2020-10-20T20:00:00Z", "2020-10-20T22:00:00Z")
    await world.hears(moved(2, later, "2020-09-14T15:10:00Z", "s1"))
    await world.rests()
    [mail] = told(world)
    assert "accept it if it suits you" in text_of(mail)
    assert "Instead of: Monday, October 19" in text_of(mail)
    assert calendars(mail) == []


@pytest.mark.parametrize(
    "end",
    [
        (of(RegistrationWaitlisted),),
        (of(RegistrationRequested), of(RegistrationExpired)),
        (*PAID, of(RegistrationCancelled, requested_at="2020-09-14T15:09:00Z")),
    ],
)
async def test_who_has_no_place_is_not_told(world: World, end: tuple[Any, ...]) -> None:
    await world.hears(course(), NEW_YORKER, *end[:1])
    await world.rests()
    await world.hears(*end[1:])
    await world.rests()
    await world.hears(moved(2, TUESDAY, "2020-09-14T15:10:00Z"))
    await world.rests()
    assert await changes(world) == []


async def test_who_cancels_before_it_is_out_gets_none(world: World) -> None:
    await confirmed(world)
    await world.hears(moved(2, TUESDAY))
    await world.swept()
    await world.hears(of(RegistrationCancelled))
    await world.rests()
    assert told(world) == []
    assert await changes(world) == [("s2", 2, "cancelled")]


async def test_of_a_course_that_is_cancelled_meanwhile_only_that_is_told(world: World) -> None:
    await confirmed(world)
    await world.hears(moved(2, TUESDAY))
    await world.swept()
    await world.hears(of(CourseCancelled, version=3, choose_until=None))
    await world.rests()
    assert told(world) == []
    assert len(told(world, "Cancelled:")) == 1


async def test_a_colleague_was_told_the_new_date_with_their_confirmation(world: World) -> None:
    await confirmed(world)
    new = of(RegistrationSubstituted).person_id
    ben = of(PersonRecorded, person_id=new, name="Ben", email="ben@learners.example")
    await world.hears(moved(2, TUESDAY))
    await world.rests()
    await world.hears(ben, of(RegistrationSubstituted))
    await world.rests()
    assert len(told(world)) == 1
    [seat] = told(world, "You have a seat")
    assert "October 27" in words(seat)
    await world.hears(moved(3, WEDNESDAY))
    await world.rests()
    assert len(told(world)) == 2
    assert world.post.recipients[-1] == "ben@learners.example"
    assert "Instead of: Tuesday, October 27" in text_of(told(world)[-1])


async def test_a_free_seat_is_told_without_a_word_of_money(world: World) -> None:
    nothing = {"amount": 0, "currency": "USD"}
    free = of(RegistrationRequested, price=nothing, payment_method="free", hold_expires_at=None)
    await world.hears(course(), NEW_YORKER, free, of(RegistrationConfirmed, basis="free"))
    await world.at(NOW)
    await world.hears(moved(2, TUESDAY))
    await world.rests()
    text = text_of(told(world)[0])
    assert "and somebody else gets the seat" in text
    assert "to the cent" not in text


# --- what counts as changed -----------------------------------------------------------------------

HALL = {"delivery": "in_person", "location": "Hall 1, Albany", "meeting": None}


async def test_another_room_is_told_and_the_calendar_has_it(world: World) -> None:
    before = course(sessions=sessions(s2=HALL))
    await world.hears(before, NEW_YORKER, *PAID)
    await world.at(NOW)
    await world.hears(moved(2, HALL | {"location": "Hall 2, Albany"}))
    await world.rests()
    [mail] = told(world, "Another place on Monday, October 26, 2020: ")
    text = text_of(mail)
    assert "its time stays" in text
    assert "Place before: Hall 1, Albany" in text
    [entry] = calendars(mail)
    assert (entry["SEQUENCE"], entry["DTSTART"]) == ("1", "20201026T200000Z")
    [part] = list(mail.iter_attachments())
    assert "LOCATION:Hall 2\\, Albany" in str(part.get_content())


async def test_a_meeting_that_is_swapped_is_no_news(world: World) -> None:
    await confirmed(world)
    other = {"meeting": {"id": "999", "url": "https://meet.example/999"}}
    await world.hears(course(2, published_at=NOW, sessions=sessions(s2=other)))
    await world.rests()
    assert await changes(world) == []


async def test_a_make_up_date_is_said_as_such_and_goes_back_into_the_calendar(
    world: World,
) -> None:
    await confirmed(world)
    await world.hears(off(NOW))
    await world.rests()
    assert len(told(world, "Not held:")) == 1
    back = at("2020-11-16T21:00:00Z", "2020-11-16T23:00:00Z")
    await world.hears(moved(3, back, session="s3"))
    await world.rests()
    [mail] = told(world, "Make-up date Monday, November 16, 2020, 4:00 PM: ")
    text = text_of(mail)
    assert "was cancelled. This is its make-up date." in text
    assert "Was to be: Monday, November 2, 2020, 4:00 – 6:00 PM, New York time (EST)" in text
    [entry] = calendars(mail)
    assert (entry["METHOD"], entry["SEQUENCE"], entry["DTSTART"]) == (
        "REQUEST",
        "2",
        "20201116T210000Z",
    )
    assert ("join_1h", 3, "planned") in await reminders(world, "s3")


SHARE = of(RegistrationShareDue, session_id="s3")
SETTLED = of(CancellationSettled, cause="share_due", session_id="s3", by="provider")
MADE_UP = at("2020-11-16T21:00:00Z", "2020-11-16T23:00:00Z")


async def test_the_make_up_date_says_that_the_share_may_be_taken_instead(world: World) -> None:
    await confirmed(world)
    await world.hears(off(NOW))
    await world.rests()
    assert "also once there is a date" in text_of(told(world, "Not held:")[0])
    await world.hears(moved(3, MADE_UP, session="s3"))
    await world.rests()
    [mail] = told(world, "Make-up date")
    assert "you may take your share of this session back instead" in text_of(mail)
    assert f"/r/{token()}#sessions" in text_of(mail)


async def test_of_a_make_up_date_whoever_took_the_share_hears_nothing(world: World) -> None:
    await confirmed(world)
    await world.hears(off(NOW), SHARE, SETTLED)
    await world.rests()
    before = len(world.post.mails)
    await world.hears(moved(3, MADE_UP, session="s3"))
    await world.rests()
    assert await changes(world) == []
    assert [
        m["status"] for m in await world.messages() if m["template"] == "session_cancelled"
    ] == ["sent"]
    await world.at("2020-11-18T12:00:00Z")
    subjects = [str(mail["Subject"]) for mail in world.post.mails[before:]]
    assert not [each for each in subjects if "November 16" in each]
    assert all(status == "cancelled" for _, _, status in await reminders(world, "s3"))


async def test_a_share_that_is_taken_beside_the_make_up_date_takes_it_out_of_the_calendar(
    world: World,
) -> None:
    await confirmed(world)
    await world.hears(off(NOW))
    await world.rests()
    await world.hears(moved(3, MADE_UP, session="s3"))
    await world.rests()
    world.post.mails.clear()
    await world.hears(SHARE, SETTLED)
    await world.rests()
    [mail] = world.post.mails
    assert "a make-up date, if there is one, is not for you" in text_of(mail)
    [entry] = calendars(mail)
    assert (entry["METHOD"], entry["SEQUENCE"], entry["DTSTART"]) == (
        "CANCEL",
        "3",
        "20201116T210000Z",
    )
    assert {status for _, _, status in await reminders(world, "s3")} == {"cancelled"}
    # Nor is there a word of it where it moves again.
    await world.hears(moved(4, at("2020-11-17T21:00:00Z", "2020-11-17T23:00:00Z"), session="s3"))
    await world.rests()
    assert len(world.post.mails) == 1


async def test_whose_links_are_made_anew_is_sent_the_sessions_that_are_theirs(
    world: World,
) -> None:
    await confirmed(world)
    await world.hears(off(NOW), SHARE, SETTLED, moved(3, MADE_UP, session="s3"))
    await world.rests()
    world.post.mails.clear()
    await world.hears(of(RegistrationLinkRequested, token_version=2))
    await world.rests()
    [mail] = told(world, "You have a seat")
    assert "November 16" not in text_of(mail)
    assert "November 9" in text_of(mail)
    assert "20201116T210000Z" not in [entry["DTSTART"] for entry in calendars(mail)]


FIFTH = reference.SESSIONS[3] | {
    "session_id": "s5",
    "date": "2020-11-16",
    "starts_at": "2020-11-16T21:00:00Z",
    "ends_at": "2020-11-16T23:00:00Z",
    "schedule_version": 1,
}


def with_a_fifth(version: int = 2, **more: Any) -> Any:
    return course(version, published_at=NOW, sessions=[*sessions(), FIFTH | more])


async def test_a_session_that_is_added_is_told_once_and_goes_into_the_calendar(
    world: World,
) -> None:
    await confirmed(world)
    await world.hears(with_a_fifth())
    await world.rests()
    await world.hears(course(3, title="Another title", sessions=with_a_fifth().sessions))
    await world.rests()
    [mail] = told(world, "New session")
    assert str(mail["Subject"]).startswith("New session Monday, November 16, 2020, 4:00 PM: ")
    text = text_of(mail)
    assert "has a session more than when we wrote to you" in text
    assert "Instead of" not in text
    assert "no longer holds" not in text
    [entry] = calendars(mail)
    assert (entry["METHOD"], entry["SEQUENCE"], entry["DTSTART"]) == (
        "REQUEST",
        "0",
        "20201116T210000Z",
    )
    assert await changes(world) == [("s5", 1, "sent")]
    assert ("join_1h", 1, "planned") in await reminders(world, "s5")
    moved_on = at("2020-11-17T21:00:00Z", "2020-11-17T23:00:00Z")
    await world.hears(with_a_fifth(4, schedule_version=2, **moved_on))
    await world.rests()
    [mail] = told(world, "Moved to Tuesday, November 17")
    assert [entry["SEQUENCE"] for entry in calendars(mail)] == ["1"]


async def test_who_is_confirmed_with_the_added_session_reads_it_there(world: World) -> None:
    await world.hears(course(), with_a_fifth(), NEW_YORKER, *PAID)
    await world.at(NOW)
    assert await changes(world) == []
    [seat] = told(world, "You have a seat")
    assert len(calendars(seat)) == 5


async def test_an_added_session_that_is_cancelled_before_it_was_told_is_no_news(
    world: World,
) -> None:
    await confirmed(world)
    await world.hears(with_a_fifth())
    await world.swept()
    await world.hears(with_a_fifth(3, status="cancelled", schedule_version=2))
    await world.rests()
    assert world.post.mails == []
    assert [status for _, _, status in await changes(world)] == ["cancelled"]


async def test_cancelled_again_before_its_make_up_date_was_told_is_no_news(world: World) -> None:
    await confirmed(world)
    await world.hears(off(NOW))
    await world.rests()
    back = at("2020-11-16T21:00:00Z", "2020-11-16T23:00:00Z")
    await world.hears(moved(3, back, session="s3"))
    await world.swept()
    again = {"status": "cancelled", "schedule_version": 4}
    await world.hears(course(4, published_at=NOW, sessions=sessions(s3=again)))
    await world.rests()
    assert told(world, "Make-up") == []
    assert len(told(world, "Not held:")) == 1


# --- reminders ------------------------------------------------------------------------------------


async def test_moved_after_the_week_before_was_said_the_week_before_is_said_anew(
    world: World,
) -> None:
    await confirmed(world, "2020-10-13T12:00:00Z")
    assert ("reminder_7d", 1, "sent") in await reminders(world, "s1")
    # s1 on the day after s2 would come first: all four a month later.
    month = {
        s["session_id"]: {
            "starts_at": s["starts_at"].replace("2020-11", "2020-12").replace("2020-10", "2020-11"),
            "ends_at": s["ends_at"].replace("2020-11", "2020-12").replace("2020-10", "2020-11"),
            "schedule_version": 2,
        }
        for s in sessions()
    }
    later = course(2, published_at="2020-10-13T12:00:00Z", sessions=sessions(**month))
    await world.hears(later)
    await world.at("2020-11-19T19:00:00Z")
    assert await reminders(world, "s1") == {
        ("reminder_7d", 1, "sent"),
        ("reminder_1d", 1, "cancelled"),
        ("join_1h", 1, "cancelled"),
        ("reminder_7d", 2, "sent"),
        ("reminder_1d", 2, "sent"),
        ("join_1h", 2, "sent"),
    }
    anew = [m for m in await world.messages() if m["template"] == "reminder_7d"]
    assert [m["sent_at"] for m in anew] == ["2020-10-12T20:00:00Z", "2020-11-12T20:00:00Z"]
    assert len(told(world)) == 4  # each session is one thing to know


async def test_moved_to_within_a_reminders_time_the_mail_of_the_move_is_the_reminder(
    world: World,
) -> None:
    await confirmed(world, "2020-10-26T19:30:00Z")  # an hour before was said half an hour ago
    soon = at("2020-10-26T20:15:00Z", "2020-10-26T22:15:00Z")
    await world.hears(moved(2, soon, "2020-10-26T19:30:00Z"))
    await world.rests()
    [mail] = world.post.mails
    assert str(mail["Subject"]).startswith("Moved to Monday, October 26, 2020, 4:15 PM")
    assert "/attendance/join/" in words(mail)
    assert await reminders(world, "s2") == {("reminder_1d", 1, "sent"), ("join_1h", 1, "sent")}


async def test_moved_away_and_back_within_an_hour_nobody_is_reminded_twice(world: World) -> None:
    await confirmed(world, "2020-10-12T20:30:00Z")
    away = at("2020-10-20T20:00:00Z", "2020-10-20T22:00:00Z")
    home = at("2020-10-19T20:00:00Z", "2020-10-19T22:00:00Z")
    await world.hears(moved(2, away, "2020-10-12T20:30:00Z", "s1"))
    await world.swept()
    await world.hears(moved(3, home, "2020-10-12T20:30:00Z", "s1"))
    await world.rests()
    assert world.post.mails == []
    assert ("reminder_7d", 1, "sent") in await reminders(world, "s1")


# --- what may go wrong ----------------------------------------------------------------------------


async def test_a_change_that_the_server_defers_is_told_of_the_newest_date(world: World) -> None:
    await confirmed(world)
    world.post.at_recipient = says("451 later")
    await world.hears(moved(2, TUESDAY))
    await world.rests()
    assert await changes(world) == [("s2", 2, "planned")]
    await world.hears(moved(3, WEDNESDAY))
    world.post.at_recipient = well
    await world.at("2020-10-20T12:05:00Z")
    [mail] = told(world)
    assert "Wednesday, October 28" in str(mail["Subject"])
    assert "Instead of: Monday, October 26" in text_of(mail)  # of Tuesday they never heard


async def test_a_change_that_bounced_goes_to_the_new_address_as_it_is_by_then(
    world: World,
) -> None:
    await confirmed(world)
    world.post.at_recipient = says("550 5.1.1 nobody here")
    await world.hears(moved(2, TUESDAY))
    await world.rests()
    assert await changes(world) == [("s2", 2, "failed")]
    world.post.at_recipient = well
    await world.hears(moved(3, WEDNESDAY))
    await world.rests()  # not even tried: the address is dead
    await world.hears(of(PersonRecorded, version=2, email="new@learners.example"))
    await world.rests()
    assert world.post.recipients[-1] == "new@learners.example"
    assert "Instead of: Monday, October 26" in text_of(told(world)[-1])
    assert sorted(await changes(world)) == [("s2", 2, "failed"), ("s2", 3, "sent")]


async def test_a_crash_while_it_goes_out_tells_nobody_twice_and_counts_as_told(
    world: World,
) -> None:
    await confirmed(world)
    await world.hears(moved(2, TUESDAY))
    await world.swept()
    await crashed(world)
    await world.leases_run_out()
    await world.rests()
    assert await changes(world) == [("s2", 2, "failed")]  # it may have arrived: a human looks
    assert len(told(world)) == 1
    await world.hears(moved(3, AS_IT_WAS))
    await world.rests()
    assert "Instead of: Tuesday, October 27" in text_of(told(world)[-1])
    assert [c["SEQUENCE"] for c in calendars(told(world)[-1])] == ["2"]


async def test_staff_may_send_it_again_while_it_holds(world: World) -> None:
    await confirmed(world)
    await world.hears(moved(2, TUESDAY))
    await world.rests()
    first = await world.message("session_changed")
    assert (await world.resend(first["message_id"])).status_code == 202
    await world.rests()
    one, two = told(world)
    assert words(one) == words(two)
    assert [c["SEQUENCE"] for c in calendars(two)] == ["1"]
    await world.hears(moved(3, WEDNESDAY))
    await world.rests()
    answer = await world.resend(first["message_id"])
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/message-not-wanted")


async def test_whatever_the_order_and_however_often_it_is_heard_one_mail_goes_out(
    world: World,
) -> None:
    await world.at(NOW)
    for seed in range(6):
        await world.forget_everything()
        world.post.mails.clear()
        await world.hears(course(), NEW_YORKER, *PAID, ids=[str(uuid.uuid4()) for _ in range(5)])
        await world.rests()
        dice = random.Random(seed)
        # Versions of one course may be heard again, and an older one late.
        said = [moved(2, TUESDAY), moved(3, WEDNESDAY), *[PAID[1], NEW_YORKER] * 2]
        order = said + dice.choices(said, k=4)
        dice.shuffle(order)
        await world.hears(*order, ids=[str(uuid.uuid4()) for _ in order])
        await world.rests()
        last = told(world)[-1]
        assert "Wednesday, October 28" in str(last["Subject"]), seed
        assert len(told(world)) == 1, seed


@pytest.mark.parametrize(
    "answer",
    ["451 4.7.1 greylisted", "554 5.7.1 refused for what it says"],
    ids=["later", "refused"],
)
async def test_who_was_told_before_hears_of_a_move_though_a_repeat_did_not_go_out(
    world: World, answer: str
) -> None:
    await world.hears(course(), NEW_YORKER, *FREE)  # the confirmation alone told them of sessions
    await world.at(NOW)
    world.post.mails.clear()
    seat = await world.message("registration_confirmed")
    world.post.at_recipient = says(answer)
    assert (await world.resend(seat["message_id"])).status_code == 202
    await world.rests()
    world.post.at_recipient = well
    await world.hears(moved(2, TUESDAY))
    await world.rests()
    assert len(told(world)) == 1


async def test_a_repeat_that_went_out_tells_how_it_is_since(world: World) -> None:
    await confirmed(world)
    await world.hears(moved(2, TUESDAY))
    await world.rests()
    seat = await world.message("registration_confirmed")
    assert (await world.resend(seat["message_id"])).status_code == 202
    await world.rests()
    [row] = [m for m in await world.dump("messages") if m["message_id"] == seat["message_id"]]
    assert row["said"]["s2"]["starts_at"] == "2020-10-27T20:30:00Z"
