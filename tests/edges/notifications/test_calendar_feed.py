"""The calendar that follows a registration: what it shows, to whom, and how little it costs."""

import itertools
from typing import Any

import httpx
import pytest
from icalendar import Calendar, Event

from services.notifications.contents.common import CALENDAR
from shared.contracts.billing import CancellationSettled
from shared.contracts.registration import (
    PersonRecorded,
    RegistrationCancelled,
    RegistrationShareDue,
    RegistrationSubstituted,
    RegistrationWaitlisted,
)
from shared.runtime.tokens import mint
from tests.edges.notifications.conftest import PERSON, R, World, course, of, sessions, token, words
from tests.edges.notifications.test_calendar import BEN, events, moved, off, seated
from tests.edges.notifications.test_story import NEW_YORKER, PAID
from tests.stage import SECRET

PATH = f"/notifications/v1/registrations/{R}/calendar.ics"


def key(version: int = 1, registration_id: str = R) -> str:
    return mint(SECRET, CALENDAR, registration_id, version)


async def get(world: World, t: str | None = None, **headers: str) -> httpx.Response:
    async with world.client() as somebody:
        return await somebody.get(PATH, params={"t": t or key()}, headers=headers)


async def shown(world: World, t: str | None = None) -> list[Event]:
    answer = await get(world, t)
    assert answer.status_code == 200, answer.text
    return list(Calendar.from_ical(answer.content).walk("VEVENT"))


def said(found: list[Event]) -> list[tuple[str, int, str]]:
    return [(f"{e.start:%m-%dT%H:%MZ}", int(e["SEQUENCE"]), str(e["STATUS"])) for e in found]


async def test_it_has_every_session_with_the_uids_of_the_mails(world: World) -> None:
    await seated(world)
    answer = await get(world)
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    calendar = Calendar.from_ical(answer.content)
    assert not calendar.errors
    assert str(calendar["METHOD"]) == "PUBLISH"
    assert "REFRESH-INTERVAL;VALUE=DURATION:PT1H" in answer.text
    assert "X-PUBLISHED-TTL:PT1H" in answer.text
    assert str(calendar["X-WR-CALNAME"]) == course().title
    found = list(calendar.walk("VEVENT"))
    [mail] = [m for m in world.post.mails if list(m.iter_attachments())]
    mailed = [event for _, event in events(mail)]
    for name in ("UID", "DTSTART", "DTEND", "SEQUENCE", "SUMMARY", "LOCATION", "URL", "STATUS"):
        assert [str(e[name]) for e in found] == [str(e[name]) for e in mailed], name
    for event in found:
        assert "ATTENDEE" not in event  # RFC 5546 §3.2.1
        assert str(event["ORGANIZER"]).startswith("mailto:")
        assert event["DTSTAMP"].dt.isoformat() == "2020-09-14T15:07:30+00:00"


async def test_it_does_not_give_away_the_page_by_which_one_could_cancel(world: World) -> None:
    await seated(world)
    text = (await get(world)).text.replace("\r\n ", "")
    assert "/attendance/join/" in text
    assert "/r/" not in text
    assert token() not in text
    async with world.client() as somebody:  # nor does its own token read anything else
        answer = await somebody.get(
            f"/notifications/v1/registrations/{R}/messages", params={"t": key()}
        )
    assert answer.status_code == 401


async def test_it_is_linked_in_the_confirmation_and_the_link_opens_it(world: World) -> None:
    await seated(world)
    [mail] = [m for m in world.post.mails if list(m.iter_attachments())]
    [link] = {
        word.strip("<>:") for word in words(mail).split() if "webcal://holdfast.test/" in word
    }
    assert link == f"webcal://holdfast.test{PATH}?t={key()}"


STORIES: dict[str, tuple[list[Any], list[tuple[str, int, str]]]] = {
    "a seat": ([], [
        ("10-19T20:00Z", 0, "CONFIRMED"), ("10-26T20:00Z", 0, "CONFIRMED"),
        ("11-02T21:00Z", 0, "CONFIRMED"), ("11-09T21:00Z", 0, "CONFIRMED"),
    ]),
    "a session moved": ([moved(2)], [
        ("10-19T20:00Z", 0, "CONFIRMED"), ("10-29T20:00Z", 1, "CONFIRMED"),
        ("11-02T21:00Z", 0, "CONFIRMED"), ("11-09T21:00Z", 0, "CONFIRMED"),
    ]),
    "a session cancelled": ([off(2)], [
        ("10-19T20:00Z", 0, "CONFIRMED"), ("10-26T20:00Z", 1, "CANCELLED"),
        ("11-02T21:00Z", 0, "CONFIRMED"), ("11-09T21:00Z", 0, "CONFIRMED"),
    ]),
    "a make-up date whose share was taken": (
        [off(2), of(RegistrationShareDue, session_id="s2"), moved(3)],
        [
            ("10-19T20:00Z", 0, "CONFIRMED"), ("10-29T20:00Z", 2, "CANCELLED"),
            ("11-02T21:00Z", 0, "CONFIRMED"), ("11-09T21:00Z", 0, "CONFIRMED"),
        ],
    ),
    "cancelled": ([of(RegistrationCancelled), of(CancellationSettled)], [
        ("10-19T20:00Z", 1, "CANCELLED"), ("10-26T20:00Z", 1, "CANCELLED"),
        ("11-02T21:00Z", 1, "CANCELLED"), ("11-09T21:00Z", 1, "CANCELLED"),
    ]),
}  # fmt: skip


@pytest.mark.parametrize("name", STORIES)
@pytest.mark.parametrize("mailed", [False, True])
async def test_it_shows_what_is_so_whether_the_mail_is_out_or_not(
    world: World, name: str, *, mailed: bool
) -> None:
    await seated(world)
    heard, expected = STORIES[name]
    for event in heard:
        await world.hears(event)
        if mailed:
            await world.rests()
    assert said(await shown(world)) == expected
    if name == "cancelled":
        text = (await get(world)).text
        assert "/attendance/join/" not in text, "the join links are dead"


async def test_a_seat_that_is_not_theirs_yet_is_tentative_and_keeps_nobody_busy(
    world: World,
) -> None:
    await world.hears(course(), NEW_YORKER, PAID[0])
    found = await shown(world)
    assert {(str(e["STATUS"]), str(e["TRANSP"])) for e in found} == {("TENTATIVE", "TRANSPARENT")}
    assert not any("URL" in e for e in found)
    await world.hears(of(RegistrationWaitlisted))
    assert {str(e["STATUS"]) for e in await shown(world)} == {"TENTATIVE"}


async def test_the_same_is_not_sent_again_until_something_changes(world: World) -> None:
    await seated(world)
    first = await get(world)
    tag = first.headers["etag"]
    assert first.headers["cache-control"] == "private, max-age=300"
    for asked in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = await get(world, **{"If-None-Match": asked})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    await world.at("2020-10-12T13:00:00Z")  # time alone changes nothing
    assert (await get(world, **{"If-None-Match": tag})).status_code == 304
    await world.hears(moved(2))
    changed = await get(world, **{"If-None-Match": tag})
    assert (changed.status_code, changed.headers["etag"] != tag) == (200, True)
    async with world.client() as somebody:
        head = await somebody.head(PATH, params={"t": key()})
    assert (head.status_code, head.headers["etag"]) == (200, changed.headers["etag"])


async def test_after_a_colleague_came_the_old_link_is_gone_for_good(world: World) -> None:
    await seated(world)
    await world.hears(BEN, of(RegistrationSubstituted))
    for old in (key(1), token(1)):
        answer = await get(world, old)
        assert (answer.status_code, answer.json()["type"]) == (410, "/problems/token-dead")
        assert answer.headers["content-type"] == "application/problem+json"
    for new in (key(2), token(2)):
        assert len(await shown(world, new)) == 4


async def sequences(world: World, version: int, *, mailed: bool) -> list[int]:
    if mailed:
        await world.rests()
    return [int(event["SEQUENCE"]) for event in await shown(world, key(version))]


@pytest.mark.parametrize("mailed", [False, True])
async def test_the_sequence_never_steps_back_whatever_happens_and_whatever_is_mailed(
    world: World, *, mailed: bool
) -> None:
    """Moved and moved back, handed on, cancelled, made up: polled after each."""
    await seated(world)
    seen = [await sequences(world, 1, mailed=mailed)]
    for heard, version in (
        ([moved(2)], 1),
        ([moved(3, ("2020-10-26T20:00:00Z", "2020-10-26T22:00:00Z"))], 1),
        ([BEN, of(RegistrationSubstituted)], 2),
        ([off(4)], 2),
        ([moved(5)], 2),
        ([of(RegistrationCancelled, person_id=BEN.person_id)], 2),
        ([of(CancellationSettled, person_id=BEN.person_id)], 2),
    ):
        await world.hears(*heard)
        seen.append(await sequences(world, version, mailed=mailed))
    for before, now in itertools.pairwise(seen):
        assert all(old <= new for old, new in zip(before, now, strict=True)), seen
    assert [one[1] for one in seen[:3]] == [0, 1, 2], "each change of the second session shows"


async def test_a_make_up_date_of_a_seat_that_is_held_is_not_older_than_what_it_replaces(
    world: World,
) -> None:
    await world.hears(course(), NEW_YORKER, PAID[0])
    seen = [await sequences(world, 1, mailed=True)]
    for heard in (off(2), moved(3)):
        await world.hears(heard)
        seen.append(await sequences(world, 1, mailed=True))
    assert [one[1] for one in seen] == [0, 2, 2]


async def test_whose_link_it_is_not_sees_nothing(world: World) -> None:
    await seated(world)
    async with world.client() as somebody:
        assert (await somebody.get(PATH)).status_code == 401
    assert (await get(world, "junk")).status_code == 401
    assert (await get(world, key(1, "another"))).status_code == 403
    assert (await get(world, key(9))).status_code == 425, "not known yet"
    unknown = "/notifications/v1/registrations/unknown/calendar.ics"
    async with world.client() as somebody:
        early = await somebody.get(unknown, params={"t": key(1, "unknown")})
    assert (early.status_code, "retry-after" in early.headers) == (425, True)
    assert (await world.http.get(unknown)).status_code == 404
    assert (await world.http.get(PATH)).status_code == 200, "operators see it"
    await world.forgets(PERSON)
    assert (await get(world)).status_code == 410


async def test_of_recordings_there_is_nothing_to_follow(world: World) -> None:
    only = sessions(**{f"s{n}": {"delivery": "recorded"} for n in (1, 2, 3, 4)})
    await world.hears(course(sessions=only), NEW_YORKER, *PAID)
    await world.rests()
    answer = await get(world)
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/nothing-to-follow")
    assert not any("webcal:" in words(mail) for mail in world.post.mails)


async def test_it_speaks_the_reader_s_language_and_folds_every_script(world: World) -> None:
    title = "Ärger; Wut, 怒り\\\\🙂 " * 9
    body = off(2).model_dump(mode="json") | {"title": title}
    await world.hears(course().model_validate(body), of(PersonRecorded, locale="es-MX"), *PAID)
    answer = await get(world)
    assert all(len(line) <= 75 for line in answer.content.split(b"\r\n"))
    named = [str(e["SUMMARY"]) for e in Calendar.from_ical(answer.content).walk("VEVENT")]
    plain = " ".join(title.split())
    assert named == [
        f"Sesión 1 de 3: {plain}",
        f"Cancelado: {plain}",
        f"Sesión 2 de 3: {plain}",
        f"Sesión 3 de 3: {plain}",
    ]


async def test_ten_thousand_that_ask_every_hour_cost_four_reads_by_key_each(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """2.8 requests a second; none scans a table, whatever it is asked."""
    await seated(world)
    asked: list[str] = []
    acquire = world.db.acquire

    def counted() -> Any:
        asked.append("read")
        return acquire()

    monkeypatch.setattr(world.db, "acquire", counted)
    answer = await get(world)
    assert answer.status_code == 200
    assert len(asked) == 4
    asked.clear()
    assert (await get(world, **{"If-None-Match": answer.headers["etag"]})).status_code == 304
    assert len(asked) == 4
