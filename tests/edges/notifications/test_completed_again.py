"""A session that was completed by its former times, and again by its new ones (decision 118)."""

from typing import Any

import pytest

from shared.contracts.attendance import AttendanceSettled, SessionCompleted
from shared.contracts.billing import InvoicePaid
from shared.contracts.certificates import AwardWithheld
from shared.contracts.registration import (
    PersonRecorded,
    RegistrationConfirmed,
    RegistrationRequested,
)
from tests.edges.notifications.conftest import World, course, of, sessions

PAID = (of(RegistrationRequested), of(InvoicePaid), of(RegistrationConfirmed))
NEW_YORKER = of(PersonRecorded, zone="America/New_York")
LATER = {
    "starts_at": "2020-11-11T21:00:00Z",
    "ends_at": "2020-11-11T23:00:00Z",
    "date": "2020-11-11",
    "schedule_version": 2,
}
FORMER = {"starts_at": "2020-11-09T21:00:00Z", "ends_at": "2020-11-09T23:00:00Z"}


def completed(session: str, at: str, **more: Any) -> Any:
    times = {"completed_at": at, "settled_at": at}
    return of(SessionCompleted, session_id=session, **times | more)


def moved() -> Any:
    return course(2, sessions=sessions(s4=LATER))


def again() -> Any:
    new = {name: LATER[name] for name in FORMER}
    return completed("s4", "2020-11-11T23:15:00Z", **new)


@pytest.mark.parametrize("first", ["the move", "the completion"])
async def test_nobody_rates_a_course_or_hears_what_they_lack_before_it_is_over(
    world: World, first: str
) -> None:
    unmet = [{"condition": "attendance", "detail": "Session 4 was missed."}]
    await world.hears(course(), NEW_YORKER, *PAID, of(AttendanceSettled))
    await world.at("2020-11-09T20:00:00Z")
    heard = [moved(), completed("s4", "2020-11-09T23:15:00Z", **FORMER)]
    await world.hears(*(heard if first == "the move" else reversed(heard)))
    await world.hears(of(AwardWithheld, board="STATE", version=1, unmet=unmet))
    await world.at("2020-11-11T23:00:00Z")
    told = await world.statuses()
    assert {"evaluation_request", "certificate_missing"} & told.keys() == set()

    await world.at("2020-11-11T23:15:00Z")
    await world.hears(again())
    await world.at("2020-11-12T00:00:00Z")
    told = await world.statuses()
    assert (told["evaluation_request"], told["certificate_missing"]) == (["sent"], ["sent"])
    # Said once more with other minutes, or heard late and in whatever order: nothing comes twice.
    await world.hears(
        completed("s4", "2020-11-11T23:15:00Z", settled_at="2020-11-12T09:00:00Z"),
        completed("s4", "2020-11-09T23:15:00Z", **FORMER),
    )
    await world.at("2020-11-13T00:00:00Z")
    told = await world.statuses()
    assert (told["evaluation_request"], told["certificate_missing"]) == (["sent"], ["sent"])


async def test_staff_left_it_as_it_was_and_its_new_end_ends_the_wait(world: World) -> None:
    await world.hears(course(), NEW_YORKER, *PAID, of(AttendanceSettled))
    await world.at("2020-11-09T20:00:00Z")
    await world.hears(moved(), completed("s4", "2020-11-09T23:15:00Z", **FORMER))
    await world.at("2020-11-11T23:15:00Z")
    assert "evaluation_request" not in await world.statuses()
    late = "2020-11-11T23:15:00Z"
    await world.hears(completed("s4", "2020-11-09T23:15:00Z", **FORMER | {"settled_at": late}))
    await world.at("2020-11-12T00:00:00Z")
    assert (await world.statuses())["evaluation_request"] == ["sent"]
