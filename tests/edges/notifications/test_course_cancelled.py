"""The provider cancels a course, or a session: all in it are told once, whatever was heard first."""

import random
from typing import Any

import pytest

from shared.contracts.billing import CancellationSettled, InvoicePaid
from shared.contracts.registration import (
    CourseCancelled,
    PersonRecorded,
    RegistrationCancelled,
    RegistrationConfirmed,
    RegistrationExpired,
    RegistrationRequested,
    RegistrationWaitlisted,
)
from tests.edges.notifications.conftest import World, course, of, sessions, token, words

NOW = "2020-10-12T14:00:00Z"
WHO = of(PersonRecorded, zone="America/New_York")
PAID = (of(RegistrationRequested), of(InvoicePaid), of(RegistrationConfirmed))


def gone(**changes: Any) -> Any:
    return of(CourseCancelled, **{"choose_until": None, **changes})


def ended(was: str = "confirmed", **changes: Any) -> Any:
    more = {"by": "provider", "reason": "course-cancelled", "prefer": "refund"} | changes
    return of(RegistrationCancelled, requested_at=NOW, was=was, **more)


def usd(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "USD"}


def settled(by: str = "provider", paid: int = 19900, back: int = 19900) -> Any:
    refunds = [{"tender": "card", "amount": usd(back), "refund_id": "r-1"}] if back else []
    outcome = "refund" if back else "nothing"
    about = {"by": by, "outcome": outcome, "requested_at": NOW, "settled_at": NOW}
    return of(CancellationSettled, **about, paid=usd(paid), fee=usd(0), refunds=refunds)


def told(world: World, start: str = "Cancelled:") -> list[str]:
    return [words(mail) for mail in world.post.mails if str(mail["Subject"]).startswith(start)]


async def test_who_paid_is_told_at_once_and_of_the_amounts_once_they_are_decided(
    world: World,
) -> None:
    await world.at(NOW)
    await world.hears(course(), WHO, *PAID, gone())
    await world.rests()
    [text] = told(world)
    assert "The instructor is ill." in text
    assert "You get back everything you paid" in text
    await world.hears(ended(), settled())
    await world.rests()
    assert len(told(world)) == 1
    [amounts] = told(world, "Cancelled, $199.00 back:")
    assert "We had to cancel your registration" in amounts
    statuses = await world.statuses()
    assert statuses["course_cancelled"] == statuses["cancellation_settled"] == ["sent"]
    assert set(statuses["join_1h"]) == {"cancelled"}


async def test_who_may_choose_is_told_until_when_and_where(world: World) -> None:
    await world.at(NOW)
    await world.hears(course(), WHO, *PAID)
    await world.hears(gone(choose_until="2020-10-16T03:59:59Z", prefer_credit=True))
    await world.rests()
    [text] = told(world)
    assert f"http://holdfast.test/r/{token()}#choice" in text
    assert "October 15" in text  # in the learner's zone
    assert "If you do not choose, you get the credit." in " ".join(text.split())


@pytest.mark.parametrize(
    ("heard", "was", "says"),
    [
        ((of(RegistrationWaitlisted),), "waitlisted", "You were on the waiting list."),
        ((of(RegistrationRequested),), "requested", "nothing was charged"),
        (
            (
                of(RegistrationRequested, price=usd(0), payment_method="free"),
                of(RegistrationConfirmed, basis="free"),
            ),
            "confirmed",
            "Nothing was charged",
        ),
        (
            (
                of(RegistrationRequested, payment_method="invoice"),
                of(RegistrationConfirmed, basis="invoice"),
            ),
            "confirmed",
            "does not have to be paid any more",
        ),
    ],
)
async def test_who_paid_nothing_is_told_that_and_gets_no_letter_of_zero(
    world: World, heard: tuple[Any, ...], was: str, says: str
) -> None:
    await world.at(NOW)
    await world.hears(course(), WHO, *heard)
    await world.rests()
    await world.hears(gone(), ended(was))
    if was != "waitlisted":
        await world.hears(settled(paid=0, back=0))
    await world.rests()
    [text] = told(world)
    assert says in " ".join(text.split())
    assert "cancellation_settled" not in await world.statuses()


@pytest.mark.parametrize(
    "end",
    [
        of(RegistrationCancelled, by="learner", requested_at="2020-10-06T03:59:00Z"),
        of(RegistrationExpired),
    ],
)
async def test_who_had_left_before_hears_nothing_of_it(world: World, end: Any) -> None:
    await world.at(NOW)
    await world.hears(course(), WHO, of(RegistrationRequested), end, gone())
    await world.rests()
    assert "course_cancelled" not in await world.statuses()


async def test_whatever_is_heard_first_each_is_told_once(world: World) -> None:
    await world.at(NOW)
    facts = [WHO, *PAID, gone(), ended(), settled()]
    # Order within one registration's topic is given; others may come whenever.
    for seed in range(6):
        await world.forget_everything()
        world.post.mails.clear()
        rest = [course(), WHO, gone(), settled(), of(InvoicePaid)]
        random.Random(seed).shuffle(rest)
        order = rest[:2] + [PAID[0], PAID[2], ended()] + rest[2:]
        await world.hears(*order)
        await world.rests()
        await world.hears(*facts)
        await world.rests()
        assert len(told(world)) == 1, seed
        assert len(told(world, "Cancelled, $199.00 back:")) == 1, seed


@pytest.mark.parametrize(
    ("mailed", "says"),
    [
        ("before the payment", "If you have paid just now, all of it comes back to you."),
        ("after it", "You get back everything you paid"),
    ],
)
async def test_who_pays_while_the_course_is_cancelled_is_given_no_seat_and_no_choice(
    world: World, mailed: str, says: str
) -> None:
    await world.at(NOW)
    hold = {"requested_at": "2020-10-12T13:50:00Z", "hold_expires_at": "2020-10-12T14:20:00Z"}
    until = {"choose_until": "2020-10-16T03:59:59Z", "prefer_credit": True}
    confirmed = of(RegistrationConfirmed, confirmed_at="2020-10-12T14:00:01Z")
    await world.hears(course(), WHO, of(RegistrationRequested, **hold), gone(**until))
    if mailed == "before the payment":
        await world.at("2020-10-12T14:00:01Z")
    await world.hears(of(InvoicePaid, paid_at="2020-10-12T14:00:01Z"), confirmed)
    await world.rests()
    [text] = told(world)
    assert "Choose" not in text
    assert says in " ".join(text.split())
    statuses = await world.statuses()
    assert "sent" not in statuses.get("registration_confirmed", [])
    assert "sent" not in statuses.get("registration_received", [])


async def test_the_better_outcome_is_told_beside_the_one_that_was_told_before(
    world: World,
) -> None:
    await world.at(NOW)
    await world.hears(course(), WHO, *PAID)
    await world.hears(of(RegistrationCancelled, requested_at=NOW), settled("learner", back=16900))
    await world.rests()
    await world.hears(gone(), ended("cancelled"), settled(paid=3000, back=3000))
    await world.rests()
    assert len(told(world, "Cancelled, $169.00 back:")) == 1
    [text] = told(world, "Cancelled, $30.00 back:")
    assert "just before we had to cancel it ourselves" in " ".join(text.split())
    assert (await world.statuses())["cancellation_settled"] == ["sent", "sent"]


# --- calendars, and one session of several ------------------------------------------------------


def calendars(mail: Any) -> list[dict[str, str]]:
    """What the attached calendars say: their method, and some of each event."""
    found = []
    for part in mail.iter_attachments():
        lines = str(part.get_content()).replace("\r\n ", "").splitlines()
        said = dict(line.split(":", 1) for line in lines if ":" in line)
        named = ("METHOD", "UID", "SEQUENCE", "DTSTART", "STATUS")
        found.append({name: said[name] for name in named} | {"part": part["Content-Type"]})
    return found


def mail_of(world: World, start: str) -> Any:
    [mail] = [m for m in world.post.mails if str(m["Subject"]).startswith(start)]
    return mail


def off(at: str, version: int = 2, **changed: dict[str, Any]) -> Any:
    reason = "The platform is down that day."
    gone = {"status": "cancelled", "schedule_version": version, "cancelled_reason": reason}
    said = sessions(**{"s3": gone, **changed})
    return course(version, published_at=at, sessions=said)


async def test_a_cancelled_course_is_taken_out_of_calendars(world: World) -> None:
    await world.hears(course(), WHO, *PAID)
    await world.rests()
    told_first = calendars(mail_of(world, "You have a seat"))
    await world.at("2020-10-26T22:05:00Z")
    await world.hears(gone(cancelled_at="2020-10-26T22:05:00Z"))
    await world.rests()
    taken = calendars(mail_of(world, "Cancelled:"))
    # The first two sessions were held.
    assert [one["DTSTART"] for one in taken] == ["20201102T210000Z", "20201109T210000Z"]
    assert {(one["METHOD"], one["SEQUENCE"], one["STATUS"]) for one in taken} == {
        ("CANCEL", "1", "CANCELLED")
    }
    assert all('method="CANCEL"' in one["part"] for one in taken)
    assert [one["UID"] for one in taken] == [one["UID"] for one in told_first[2:]]


async def test_of_one_cancelled_session_who_has_a_seat_is_told_with_their_share(
    world: World,
) -> None:
    await world.hears(course(), WHO, *PAID)
    await world.at("2020-10-30T12:00:00Z")
    await world.hears(off("2020-10-30T12:00:00Z"))
    await world.rests()
    mail = mail_of(world, "Not held: the session on Monday, November 2")
    text = " ".join(words(mail).split())
    assert "The platform is down that day." in text
    assert "take your share of this session back" in text
    [entry] = calendars(mail)
    assert (entry["METHOD"], entry["SEQUENCE"], entry["DTSTART"]) == (
        "CANCEL",
        "1",
        "20201102T210000Z",
    )
    # The course changes in something else: that is no news of the session.
    later = off("2020-10-30T13:00:00Z").model_dump(mode="json") | {"version": 3}
    await world.hears(type(off("2020-10-30T13:00:00Z")).model_validate(later))
    await world.at("2020-11-10T12:00:00Z")
    assert (await world.statuses())["session_cancelled"] == ["sent"]


async def test_who_held_a_seat_by_then_is_told_once_it_is_theirs(world: World) -> None:
    hold = {"requested_at": "2020-09-14T15:04:05Z", "hold_expires_at": "2020-09-14T15:34:05Z"}
    await world.at("2020-09-14T15:10:00Z")
    await world.hears(course(), WHO, of(RegistrationRequested, **hold))
    await world.hears(off("2020-09-14T15:09:00Z"))
    await world.rests()
    assert "session_cancelled" not in await world.statuses()
    confirmed = of(RegistrationConfirmed, confirmed_at="2020-09-14T15:12:00Z")
    await world.hears(of(InvoicePaid, paid_at="2020-09-14T15:12:00Z"), confirmed)
    await world.at("2020-09-14T15:13:00Z")
    await world.rests()
    assert (await world.statuses())["session_cancelled"] == ["sent"]


async def test_who_registered_afterwards_is_not_told_of_it(world: World) -> None:
    await world.hears(course(), off("2020-09-01T12:00:00Z"), WHO, *PAID)
    await world.rests()
    assert "session_cancelled" not in await world.statuses()


async def test_brought_back_before_it_was_told_nobody_is_told(world: World) -> None:
    await world.hears(course(), WHO, *PAID)
    await world.rests()
    await world.hears(off("2020-09-15T12:00:00Z"))
    back = {"schedule_version": 3, "date": "2020-11-16", "starts_at": "2020-11-16T21:00:00Z",
            "ends_at": "2020-11-16T23:00:00Z"}  # fmt: skip
    await world.swept()
    await world.hears(course(3, published_at="2020-09-15T12:00:01Z", sessions=sessions(s3=back)))
    await world.rests()
    assert (await world.statuses()).get("session_cancelled") == ["cancelled"]
