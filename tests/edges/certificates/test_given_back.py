"""Who took a cancelled session's share back: for them it is not made up (domain.md §2)."""

from typing import Any

import pytest

from shared.contracts import reference, registration
from shared.contracts.event import Event
from tests.edges.certificates.facts import (
    about,
    completed,
    course,
    person,
    registered,
    settled,
)

SHARE, CAME, MISSED = "Ada Lang", "Bea Lund", "Cleo Noor"
LATER = {
    "schedule_version": 3,
    "date": "2020-11-16",
    "starts_at": "2020-11-16T21:00:00Z",
    "ends_at": "2020-11-16T23:00:00Z",
}
BACK = course(
    version=3,
    sessions=[s | (LATER if s["session_id"] == "s3" else {}) for s in reference.SESSIONS],
)


def took(who: str) -> Event:
    said = registration.RegistrationShareDue.example | about(who) | {"session_id": "s3"}
    return registration.RegistrationShareDue.model_validate(said)


def at(session: str) -> dict[str, Any]:
    """The make-up date, of the session that has one."""
    return {name: LATER[name] for name in ("starts_at", "ends_at") if session == "s3"}


def of(who: str, *sessions: str) -> list[Event]:
    return [
        person(who, "psychologist"),
        *registered(who),
        *(settled(who, session, **at(session)) for session in sessions),
    ]


def ends() -> list[Event]:
    said = {"completed_at": LATER["ends_at"], "settled_at": LATER["ends_at"]}
    return [completed("s1"), completed("s2"), completed("s4"), completed("s3", **at("s3"), **said)]


async def credits_of(world, who: str) -> dict[str, str]:
    mine = about(who)["registration_id"]
    return {board: c for (reg, board), c in (await world.granted()).items() if reg == mine}


async def test_every_session_is_every_other_one_and_the_hours_are_of_those(world):
    await world.hears(BACK, took(SHARE), *of(SHARE, "s1", "s2", "s4"))
    await world.hears(*of(CAME, "s1", "s2", "s3", "s4"))
    await world.hears(*of(MISSED, "s1", "s2", "s4"), settled(MISSED, "s3", 0, **at("s3")))
    await world.hears(*ends())
    await world.swept()
    for who in (SHARE, CAME, MISSED):
        await world.evaluates(who)
    await world.rests()
    assert await credits_of(world, SHARE) == {"APA": "6.0"}  # all or nothing
    assert await credits_of(world, CAME) == {"APA": "8.0"}
    assert await credits_of(world, MISSED) == {"APA": "0"}


async def test_its_certificate_names_the_sessions_that_were_held_for_them(world):
    await world.hears(BACK, took(SHARE), *of(SHARE, "s1", "s2", "s4"), *ends())
    await world.swept()
    await world.evaluates(SHARE)
    await world.rests()
    [document] = await world.rows("SELECT page FROM documents")
    page = document["page"]
    assert (page["dates"], page["missed"]) == (["19, 26 October 2020", "9 November 2020"], [])
    assert len(page["sessions"]) == 3


@pytest.mark.parametrize("place", range(3))
async def test_in_whatever_order_the_share_is_heard_of(world, place):
    told = [*of(SHARE, "s1", "s2", "s4")[:2], BACK]
    await world.hears(*told[:place], took(SHARE), *told[place:])
    await world.hears(*of(SHARE, "s1", "s2", "s4"), *ends())
    await world.swept()
    await world.evaluates(SHARE)
    await world.rests()
    assert await credits_of(world, SHARE) == {"APA": "6.0"}


async def test_what_was_seen_of_them_on_the_make_up_date_earns_nothing(world):
    """Attendance had not heard of the share yet."""
    for event in (BACK, *of(SHARE, "s1", "s2", "s3", "s4"), took(SHARE), *ends()):
        await world.hears(event)
    await world.swept()
    await world.evaluates(SHARE)
    await world.rests()
    assert await credits_of(world, SHARE) == {"APA": "6.0"}
