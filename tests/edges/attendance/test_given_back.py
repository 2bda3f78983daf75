"""Who took the share of a cancelled session back is not expected on its make-up date (domain.md §2)."""

from shared.contracts.registration import RegistrationShareDue
from tests.edges.attendance.conftest import (
    World,
    confirmed,
    course,
    of,
    requested,
    sessions,
    token,
)
from tests.edges.attendance.test_door import HTML, join

OFF = course(2, sessions=sessions(s3={"status": "cancelled", "schedule_version": 2}))
LATER = {
    "schedule_version": 3,
    "date": "2020-11-16",
    "starts_at": "2020-11-16T21:00:00Z",
    "ends_at": "2020-11-16T23:00:00Z",
}
BACK = course(3, sessions=sessions(s3=LATER))
SHARE = of(RegistrationShareDue, "ada", session_id="s3")


def whole(participant: str) -> dict[str, str]:
    return {
        "participant_id": f"p-{participant}",
        "registration_id": participant,
        "joined_at": "2020-11-16T21:00:00Z",
        "left_at": "2020-11-16T23:00:00Z",
    }


async def held(world: World) -> None:
    """The make-up date, at which both were seen."""
    await world.at("2020-11-16T23:00:00Z")
    await world.report("s3", whole("ada"), whole("ben"))
    await world.at("2020-11-17T00:00:00Z")


async def test_only_who_kept_the_session_is_expected_and_settled(enrolled: World) -> None:
    world = enrolled
    await world.hears(OFF, SHARE, SHARE, BACK)
    await held(world)
    third = {key: found for key, found in (await world.settled()).items() if key[1] == "s3"}
    assert third == {("ben", "s3"): (7200, True, 1)}
    done = [one for one in await world.said("session.completed") if one["session_id"] == "s3"]
    assert [(one["expected"], one["present"]) for one in done] == [(1, 1)]


async def test_the_door_of_the_make_up_date_is_closed_to_them_and_says_why(
    enrolled: World,
) -> None:
    world = enrolled
    await world.hears(OFF, SHARE, BACK)
    await world.at("2020-11-16T20:50:00Z")
    refused = await join(world, token("ada", "s3"))
    assert (refused.status_code, refused.json()["type"]) == (410, "/problems/join-link-dead")
    page = await join(world, token("ada", "s3"), **HTML)
    assert "You took your share of this session back" in page.text
    assert (await join(world, token("ben", "s3"))).status_code == 303


async def test_the_other_sessions_are_theirs_as_before(enrolled: World) -> None:
    world = enrolled
    await world.hears(OFF, SHARE)
    await world.at("2020-10-26T19:50:00Z")
    assert (await join(world, token("ada", "s2"))).status_code == 303


async def test_a_share_that_is_heard_of_before_the_seat_is_kept(world: World) -> None:
    await world.hears(SHARE, OFF, *(f(r) for r in ("ada", "ben") for f in (requested, confirmed)))
    await world.hears(BACK)
    await held(world)
    assert ("ada", "s3") not in await world.settled()
    assert ("ben", "s3") in await world.settled()
