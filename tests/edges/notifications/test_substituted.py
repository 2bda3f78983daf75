"""Somebody else comes instead: the former person is told, and their calendar is cleared."""

from typing import Any

from icalendar import Calendar

from shared.contracts.billing import (
    CancellationSettled,
    InvoicePaid,
    RefundFailed,
    RefundSettled,
)
from shared.contracts.registration import (
    PersonRecorded,
    RegistrationCancelled,
    RegistrationConfirmed,
    RegistrationRequested,
    RegistrationSubstituted,
)
from tests.edges.notifications.conftest import World, course, of, token, words

ADA = of(PersonRecorded)
BEN_ID = "0192a0b0-5c1e-7a10-8f00-00000000a002"
BEN = of(PersonRecorded, person_id=BEN_ID, name="Ben Moss", email="ben@learners.example")
PAID = (of(RegistrationRequested), of(InvoicePaid), of(RegistrationConfirmed))
TOLD = "A colleague takes your place"
WHEN = "2020-10-10T08:00:00Z"


def handed_on() -> Any:
    return of(RegistrationSubstituted)


def sent(world: World, subject: str) -> list[tuple[Any, str]]:
    return [
        (mail, to)
        for mail, to in zip(world.post.mails, world.post.recipients, strict=True)
        if str(mail["Subject"]).startswith(subject)
    ]


def entries(mail: Any) -> list[tuple[str, str, int, str]]:
    """(method, uid, sequence, status) of each calendar entry that is attached."""
    found = []
    for part in mail.walk():
        if part.get_content_type() == "text/calendar" and part.get_filename():
            calendar = Calendar.from_ical(part.get_content())
            [event] = calendar.walk("VEVENT")
            assert part.get_param("method") == calendar["METHOD"]
            one = (calendar["METHOD"], event["UID"], event["SEQUENCE"], event["STATUS"])
            found.append(tuple(map(str, one[:2])) + (int(one[2]), str(one[3])))
    return found  # type: ignore[return-value]


async def test_the_former_person_is_told_and_the_sessions_leave_their_calendar(
    world: World,
) -> None:
    await world.hears(course(), ADA, *PAID)
    await world.at(WHEN)
    [(confirmed, ada)] = sent(world, "You have a seat")
    await world.hears(BEN, handed_on())
    await world.rests()
    [(mail, to)] = sent(world, TOLD)
    assert to == ada == ADA.email
    before, after = entries(confirmed), entries(mail)
    assert [uid for _, uid, _, _ in after] == [uid for _, uid, _, _ in before]
    assert {(m, n, s) for m, _, n, s in before} == {("REQUEST", 0, "CONFIRMED")}
    assert {(m, n, s) for m, _, n, s in after} == {("CANCEL", 1, "CANCELLED")}
    whole = mail.as_string() + words(mail)
    assert "Ben" not in whole
    for secret in (token(1), token(2), "/attendance/join/", "/r/"):
        assert secret not in whole
    [(_, new)] = [one for one in sent(world, "You have a seat") if one[1] != ada]
    assert new == BEN.email


async def test_it_is_told_once_whatever_is_heard_again(world: World) -> None:
    await world.hears(course(), ADA, BEN, *PAID)
    await world.rests()
    again = handed_on()
    await world.hears(again, of(RegistrationConfirmed, token_version=1), again)
    await world.rests()
    await world.hears(course(2), again)
    await world.at("2020-10-12T00:00:00Z")
    assert len(sent(world, TOLD)) == 1


async def test_who_hands_on_an_unpaid_seat_has_nothing_in_the_calendar(world: World) -> None:
    await world.hears(course(), ADA, BEN, PAID[0])
    await world.at(WHEN)
    await world.hears(handed_on())
    await world.rests()
    [(mail, to)] = sent(world, TOLD)
    assert (to, entries(mail)) == (ADA.email, [])


async def test_who_comes_back_is_not_told_that_they_do_not_come(world: World) -> None:
    await world.hears(course(), ADA, BEN, *PAID)
    await world.at(WHEN)
    back = of(
        RegistrationSubstituted,
        person_id=ADA.person_id,
        former_person_id=BEN_ID,
        token_version=3,
    )
    await world.hears(handed_on(), back)
    await world.rests()
    assert [to for _, to in sent(world, TOLD)] == [BEN.email]
    last = [mail for mail, to in sent(world, "You have a seat") if to == ADA.email][-1]
    assert f"/r/{token(3)}" in words(last)


async def test_an_erased_person_is_told_nothing_and_an_unknown_one_later(world: World) -> None:
    await world.hears(course(), BEN, *PAID)
    await world.hears(handed_on())
    await world.rests()
    assert sent(world, TOLD) == []
    await world.hears(ADA)
    await world.at("2020-10-12T00:00:00Z")
    assert [to for _, to in sent(world, TOLD)] == [ADA.email]


async def test_who_is_erased_before_it_went_out_is_written_to_no_more(world: World) -> None:
    await world.hears(course(), BEN, *PAID)
    await world.hears(handed_on())
    await world.forgets(ADA.person_id)
    await world.at("2020-10-12T00:00:00Z")
    assert sent(world, TOLD) == []
    assert (await world.statuses())["substituted"] == ["cancelled"]


CAME = {"person_id": BEN_ID}  # who comes now, as all facts after it say


async def comes_back(world: World, *facts: Any) -> None:
    """Ada paid by card, Ben came instead and cancelled early; then what is said of the refund."""
    await world.hears(course(), ADA, BEN, *PAID)
    await world.at("2020-10-06T05:00:00Z")
    await world.hears(handed_on())
    await world.hears(of(RegistrationCancelled, **CAME), of(CancellationSettled, **CAME))
    await world.hears(*facts)
    await world.rests()


def text_of(mail: Any) -> str:
    return " ".join(words(mail).split())


async def test_what_goes_back_is_told_to_whoever_paid_and_not_as_the_colleague_s(
    world: World,
) -> None:
    await comes_back(world, of(RefundSettled, **CAME))
    [(mail, to)] = sent(world, "Cancelled, $169.00 back to whoever paid")
    assert to == BEN.email
    assert "Whoever paid gets $169.00 back on the card it was paid with" in text_of(mail)
    assert "You'll get" not in text_of(mail)
    [(mail, to)] = sent(world, "$169.00 sent back to you")
    assert to == ADA.email
    assert "on its way back to your card" in text_of(mail)
    assert "a colleague came instead of you" in text_of(mail)
    whole = mail.as_string() + text_of(mail)
    for other in ("Ben", "/r/", "your page", token(1), token(2)):
        assert other not in whole


async def test_a_refund_that_failed_is_told_to_whoever_paid_even_after_it_seemed_to_go_back(
    world: World,
) -> None:
    await comes_back(world, of(RefundSettled, **CAME))
    await world.hears(of(RefundFailed, by_hand=True, **CAME))
    await world.at("2020-10-09T12:00:00Z")
    [(mail, to)] = sent(world, "Your refund of $169.00 did not arrive")
    assert to == ADA.email
    assert "we will ask you for an account in your name" in text_of(mail)
    assert "/r/" not in mail.as_string() + text_of(mail)
    assert [to for _, to in sent(world, "$169.00 sent back")] == [ADA.email]


async def test_heard_before_the_substitution_the_refund_is_told_once_and_to_the_same(
    world: World,
) -> None:
    await world.hears(course(), ADA, BEN, *PAID, of(RefundSettled, **CAME))
    await world.at("2020-10-07T08:00:00Z")
    await world.hears(handed_on(), of(RegistrationCancelled, **CAME))
    await world.rests()
    assert [to for _, to in sent(world, "$169.00 sent back")] == [ADA.email]


async def test_who_paid_and_is_erased_is_written_to_no_more_nor_is_the_colleague_for_them(
    world: World,
) -> None:
    await world.hears(course(), ADA, BEN, *PAID)
    await world.hears(handed_on())
    await world.forgets(ADA.person_id)
    await world.hears(of(RefundSettled, **CAME))
    await world.at("2020-10-12T00:00:00Z")
    assert sent(world, "$169.00 sent back") == []
    assert (await world.statuses())["refund_settled"] == ["cancelled"]
