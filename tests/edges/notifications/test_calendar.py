"""What a learner's calendar is told over time: one entry a session, one UID, SEQUENCE and METHOD
right through all that can happen to it; read back by `icalendar` (RFC 5545, RFC 5546)."""

from collections.abc import Iterator
from datetime import datetime
from email.message import EmailMessage
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar, Event

from shared.contracts.attendance import MeetingSwapped
from shared.contracts.billing import CancellationSettled
from shared.contracts.registration import (
    CourseCancelled,
    PersonRecorded,
    RegistrationCancelled,
    RegistrationConfirmed,
    RegistrationShareDue,
    RegistrationSubstituted,
)
from tests.edges.notifications.conftest import World, course, of, sessions
from tests.edges.notifications.test_story import NEW_YORKER, PAID

BEN_ID = "0192a0b0-5c1e-7a10-8f00-00000000a002"
BEN = of(PersonRecorded, person_id=BEN_ID, name="Ben Moss", email="ben@learners.example")
SECOND = ("2020-10-26T20:00:00Z", "2020-10-26T22:00:00Z")
THURSDAY = ("2020-10-29T20:00:00Z", "2020-10-29T22:00:00Z")


def moved(version: int, to: tuple[str, str] = THURSDAY, **more: Any) -> Any:
    """The course with its second session at another time."""
    changed = {
        "starts_at": to[0],
        "ends_at": to[1],
        "schedule_version": version,
        "date": to[0][:10],
    }
    said = sessions(s2=changed | more)
    return course(version, published_at=f"2020-09-2{version}T12:00:00Z", sessions=said)


def off(version: int) -> Any:
    return moved(version, SECOND, status="cancelled", cancelled_reason="The platform is down.")


def events(mail: EmailMessage) -> Iterator[tuple[str, Event]]:
    """(method, event) of each attached object; the header's METHOD is the object's."""
    for part in mail.iter_attachments():
        calendar = Calendar.from_ical(part.get_content())
        assert not calendar.errors
        assert part.get_param("method") == str(calendar["METHOD"])
        [event] = calendar.walk("VEVENT")
        yield str(calendar["METHOD"]), event


class Client:
    """A calendar as RFC 5546 §3.2 asks: what is older than what it has is nothing to it."""

    def __init__(self) -> None:
        self.entries: dict[str, Event] = {}

    def takes(self, mail: EmailMessage) -> None:
        for method, event in events(mail):
            uid = str(event["UID"])
            known = self.entries.get(uid)
            if known is not None:
                old = (known["SEQUENCE"], known["DTSTAMP"].dt)
                assert (event["SEQUENCE"], event["DTSTAMP"].dt) >= old, "it would be ignored"
            assert (method == "CANCEL") == (str(event["STATUS"]) == "CANCELLED")
            self.entries[uid] = event

    def shows(self) -> list[str]:
        """The starts of what is not cancelled, in order."""
        there = [e for e in self.entries.values() if str(e["STATUS"]) != "CANCELLED"]
        return sorted(e.start.isoformat() for e in there)


def clients(world: World) -> dict[str, Client]:
    """By address, what their calendar made of all mails."""
    found: dict[str, Client] = {}
    for mail, to in zip(world.post.mails, world.post.recipients, strict=True):
        found.setdefault(to, Client()).takes(mail)
    return found


def told(world: World) -> list[tuple[str, str, int, str]]:
    """(to, method, sequence, start) of every object that the last mails carried."""
    return [
        (to.partition("@")[0], method, int(event["SEQUENCE"]), f"{event.start:%m-%dT%H:%MZ}")
        for mail, to in zip(world.post.mails, world.post.recipients, strict=True)
        for method, event in events(mail)
    ]


async def seated(world: World) -> None:
    """Everything that follows is heard four weeks later, before any reminder is due."""
    await world.hears(course(), NEW_YORKER, *PAID)
    await world.at("2020-10-12T12:00:00Z")


async def after(world: World, *heard: Any) -> list[tuple[str, str, int, str]]:
    """What a calendar is told of what is heard now."""
    world.post.mails.clear()
    world.post.recipients.clear()
    await world.hears(*heard)
    await world.rests()
    return told(world)


ALL = ["10-19T20:00Z", "10-26T20:00Z", "11-02T21:00Z", "11-09T21:00Z"]
WAS, NOW = "10-26T20:00Z", "10-29T20:00Z"
# What is heard, one after the other, and what a calendar is told of each.
STORIES: dict[str, list[tuple[list[Any], list[tuple[str, str, int, str]]]]] = {
    "moved, and moved back": [
        ([moved(2)], [("zaneta", "REQUEST", 1, NOW)]),
        ([moved(3, SECOND)], [("zaneta", "REQUEST", 2, WAS)]),
    ],
    "cancelled, made up, cancelled": [
        ([off(2)], [("zaneta", "CANCEL", 1, WAS)]),
        ([moved(3)], [("zaneta", "REQUEST", 2, NOW)]),
        ([off(4)], [("zaneta", "CANCEL", 3, NOW)]),
    ],
    "another room": [
        (
            [moved(2, SECOND, delivery="in_person", location="Hall 2, 5 Main Street")],
            [("zaneta", "REQUEST", 1, WAS)],
        ),
    ],
    "a meeting that is swapped, which their link follows": [([of(MeetingSwapped)], [])],
    "an older course that comes late": [
        ([moved(3)], [("zaneta", "REQUEST", 2, NOW)]),  # moved twice: a feed has shown both
        ([moved(2, ("2020-10-27T20:00:00Z", "2020-10-27T22:00:00Z"))], []),
    ],
    "the learner cancels": [
        (
            [of(RegistrationCancelled), of(CancellationSettled)],
            [("zaneta", "CANCEL", 1, start) for start in ALL],
        ),
    ],
    "the learner cancels, and the money is heard of first": [
        ([of(CancellationSettled)], [("zaneta", "CANCEL", 1, start) for start in ALL]),
        ([of(RegistrationCancelled)], []),
    ],
    "moved, then the learner cancels": [
        ([moved(2)], [("zaneta", "REQUEST", 1, NOW)]),
        (
            [of(RegistrationCancelled), of(CancellationSettled)],
            [
                ("zaneta", "CANCEL", 1, ALL[0]),
                ("zaneta", "CANCEL", 2, NOW),
                ("zaneta", "CANCEL", 1, ALL[2]),
                ("zaneta", "CANCEL", 1, ALL[3]),
            ],
        ),
    ],
    "a session becomes a recording, which is no appointment": [
        (
            [moved(2, ("2020-10-26T20:00:00Z", "2020-12-26T22:00:00Z"), delivery="recorded")],
            [("zaneta", "CANCEL", 1, WAS)],
        ),
    ],
}  # fmt: skip


@pytest.mark.parametrize("name", STORIES)
async def test_a_calendar_is_told(world: World, name: str) -> None:
    await seated(world)
    assert told(world) == [("zaneta", "REQUEST", 0, start) for start in ALL]
    for heard, expected in STORIES[name]:
        assert await after(world, *heard) == expected, name


async def test_of_a_registration_cancelled_midway_what_was_held_stays(world: World) -> None:
    await seated(world)
    await world.at("2020-10-27T12:00:00Z")
    by_staff = {"requested_at": "2020-10-27T12:00:00Z", "by": "operator"}
    heard = (
        of(RegistrationCancelled, **by_staff),
        of(CancellationSettled, settled_at="2020-10-27T12:00:00Z", **by_staff),
    )
    assert await after(world, *heard) == [
        ("zaneta", "CANCEL", 1, "11-02T21:00Z"),
        ("zaneta", "CANCEL", 1, "11-09T21:00Z"),
    ]


async def test_a_mail_that_is_deferred_carries_the_same_when_it_goes(world: World) -> None:
    """The entry is written with the intent: the second try must not take it for told."""
    await seated(world)
    share = of(RegistrationShareDue, session_id="s2")
    settled = of(
        CancellationSettled, cause="share_due", session_id="s2", settled_at="2020-10-12T12:00:00Z"
    )
    await after(world, off(2))
    await after(world, moved(3))  # a make-up date
    world.post.at_recipient = lambda _: "451 come again"
    assert await after(world, share, settled) == []
    world.post.at_recipient = lambda _: None
    await world.at("2020-10-12T14:00:00Z")
    assert told(world) == [("zaneta", "CANCEL", 3, NOW)]


async def test_sent_once_more_it_is_the_same_entry(world: World) -> None:
    await seated(world)
    await after(world, moved(2))
    changed = await world.message("session_changed")
    world.post.mails.clear()
    world.post.recipients.clear()
    assert (await world.resend(changed["message_id"])).status_code == 202
    await world.rests()
    assert told(world) == [("zaneta", "REQUEST", 1, NOW)]
    # The confirmation, sent once more, says what holds now, and none of it is older.
    confirmed = await world.message("registration_confirmed")
    assert (await world.resend(confirmed["message_id"])).status_code == 202
    await world.rests()
    assert told(world)[1:] == [
        ("zaneta", "REQUEST", 0, ALL[0]),
        ("zaneta", "REQUEST", 1, NOW),
        ("zaneta", "REQUEST", 0, ALL[2]),
        ("zaneta", "REQUEST", 0, ALL[3]),
    ]


async def test_a_colleague_s_calendar_fills_and_the_former_s_empties_and_back(
    world: World,
) -> None:
    """Ada, then Ben, then Ada again; a session moves for each. No calendar is told anything that
    is older than what it has, and each shows at the end what is theirs."""
    ada = NEW_YORKER
    await seated(world)
    to_ben = of(RegistrationSubstituted)
    await world.hears(BEN, to_ben)
    await world.rests()
    there = clients(world)
    assert there[ada.email].shows() == []
    assert len(there[BEN.email].shows()) == 4
    await world.hears(moved(2))
    await world.rests()
    back = of(
        RegistrationSubstituted,
        person_id=ada.person_id,
        former_person_id=BEN_ID,
        token_version=3,
        substituted_at="2020-10-11T08:00:00Z",
    )
    await world.hears(back)
    await world.rests()
    await world.hears(moved(3, SECOND))
    await world.rests()
    there = clients(world)
    assert there[BEN.email].shows() == []
    assert there[ada.email].shows() == [
        "2020-10-19T20:00:00+00:00",
        "2020-10-26T20:00:00+00:00",
        "2020-11-02T21:00:00+00:00",
        "2020-11-09T21:00:00+00:00",
    ]
    uids = [set(one.entries) for one in there.values()]
    assert uids[0] == uids[1], "one UID for ever, whoever comes"


async def test_a_cancelled_course_and_its_money_empty_the_calendar_once(world: World) -> None:
    await seated(world)
    gone = CourseCancelled.model_validate(
        course(2).model_dump(mode="json")
        | {"status": "cancelled", "reason": "Ill.", "cancelled_at": "2020-09-20T12:00:00Z"}
    )
    await world.hears(gone)
    await world.hears(
        of(RegistrationCancelled, by="provider", reason="course-cancelled"),
        of(CancellationSettled, by="provider"),
    )
    await world.rests()
    [client] = clients(world).values()
    assert client.shows() == []
    assert {int(event["SEQUENCE"]) for event in client.entries.values()} == {1}


# --- what it looks like ----------------------------------------------------------------------------

# By the clock of each place: the second session and the third, the clocks of Europe having gone
# back between (on 25 October), those of New York on 1 November; Sydney's had gone on on 4 October;
# Nepal and, since 2019, São Paulo never change.
LOCAL = {
    "Europe/Berlin": ["19 22:00", "26 21:00", "02 22:00", "09 22:00"],
    "America/New_York": ["19 16:00", "26 16:00", "02 16:00", "09 16:00"],
    "Australia/Sydney": ["20 07:00", "27 07:00", "03 08:00", "10 08:00"],
    "Asia/Kathmandu": ["20 01:45", "27 01:45", "03 02:45", "10 02:45"],
    "America/Sao_Paulo": ["19 17:00", "26 17:00", "02 18:00", "09 18:00"],
}


@pytest.mark.parametrize("zone", LOCAL)
async def test_every_clock_shows_the_right_hour_before_and_after_it_changes(
    world: World, zone: str
) -> None:
    await world.hears(course(), of(PersonRecorded, zone=zone), *PAID)
    await world.rests()
    [mail] = [m for m in world.post.mails if str(m["Subject"]).startswith("You have a seat")]
    shown = [f"{event.start.astimezone(ZoneInfo(zone)):%d %H:%M}" for _, event in events(mail)]
    assert shown == LOCAL[zone]


async def test_names_and_titles_of_any_script_are_read_back_as_they_were(world: World) -> None:
    title = "Ärger, Wut; und \\ „Grenzen“ – 怒りと境界 🙂 " + "längere Überschrift, " * 8
    name = 'Žaneta "Žana" Łuczyńska-O\'Neil 李, PhD: MFT; x^n'
    who = of(PersonRecorded, name=name, email="žaneta+ce@learners.example")
    await world.hears(course(title=title), who, *PAID)
    await world.rests()
    [mail] = [m for m in world.post.mails if list(m.iter_attachments())]
    for part in mail.iter_attachments():
        raw = part.get_content()
        assert all(len(line.encode()) <= 75 for line in raw.split("\r\n"))
        [event] = Calendar.from_ical(raw).walk("VEVENT")
        assert str(event["SUMMARY"]).endswith(" ".join(title.split()))
        assert event["ATTENDEE"].params["CN"] == name
        assert str(event["ATTENDEE"]) == "mailto:%C5%BEaneta+ce@learners.example"
        assert event["DTSTAMP"].dt == datetime.fromisoformat("2020-09-14T15:10:00Z")
        assert str(event["LOCATION"]) == str(event["URL"])
        assert "/attendance/join/1." in str(event["URL"])
        assert not event.walk("VALARM")


async def test_the_words_are_the_reader_s(world: World) -> None:
    await world.hears(course(), of(PersonRecorded, locale="de-AT", zone="Europe/Vienna"), *PAID)
    await world.rests()
    [mail] = [m for m in world.post.mails if list(m.iter_attachments())]
    _, event = next(events(mail))
    assert str(event["SUMMARY"]).startswith("Sitzung 1 von 4: ")
    assert "Ihr persönlicher Zugangslink" in str(event["DESCRIPTION"])
    await world.at("2020-10-12T12:00:00Z")
    [(*_, start)] = await after(world, off(2))
    assert start == WAS
    _, gone = next(events(world.post.mails[0]))
    assert str(gone["SUMMARY"]).startswith("Abgesagt: ")


async def test_who_has_no_seat_yet_has_nothing_in_the_calendar(world: World) -> None:
    await world.hears(course(), NEW_YORKER, PAID[0])
    await world.rests()
    assert told(world) == []
    assert await after(world, moved(2)) == []
    paid_late = of(RegistrationConfirmed)
    assert len(await after(world, PAID[1], paid_late)) == 4
    # A feed, if they followed one, has shown the first time of the second session as 0.
    assert [sequence for _, _, sequence, _ in told(world)] == [0, 1, 0, 0]


@pytest.mark.parametrize("first", ["substituted", "registration_confirmed"])
async def test_an_office_that_shares_a_mailbox_keeps_the_entry_of_whoever_comes(
    world: World, first: str
) -> None:
    """Both mails are about one UID: whichever goes first, what takes the entry out of the former
    person's calendar is older than what puts it into their colleague's."""
    office = {"email": NEW_YORKER.email}
    await seated(world)
    world.post.mails.clear()
    world.post.recipients.clear()
    wording = {"substituted": "A colleague", "registration_confirmed": "You have a seat"}[first]
    held_back = [True]

    def later() -> str | None:
        return "451 come again" if held_back[0] else None

    world.post.at_subject = lambda subject: None if subject.startswith(wording) else later()
    await world.hears(of(PersonRecorded, person_id=BEN_ID, name="Ben Moss", **office))
    await world.hears(of(RegistrationSubstituted))
    await world.rests()
    held_back[0] = False
    await world.at("2020-10-12T14:00:00Z")
    sent = {(method, sequence) for _, method, sequence, _ in told(world)}
    assert sent == {("CANCEL", 1), ("REQUEST", 2)}
    assert str(world.post.mails[0]["Subject"]).startswith(wording)
    # Of two with one UID a calendar keeps the one with the higher number (RFC 5546 §2.1.4).
    newest = max(told(world), key=lambda one: one[2])
    assert newest[1] == "REQUEST"
    assert await after(world, moved(2)) == [("zaneta", "REQUEST", 3, NOW)]
