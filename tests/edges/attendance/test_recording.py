"""A recording: watched in parts, at any time within its window, counted against its length (§1)."""

from tests.edges.attendance.conftest import World, confirmed, course, requested, saw, sessions

WINDOW = {
    "starts_at": "2021-02-01T05:00:00Z",
    "ends_at": "2021-03-01T04:59:00Z",
    "minutes": 180,
    "instruction_minutes": 180,
    "breaks": [],
    "delivery": "recorded",
}
RECORDING = [{**sessions()[2], **WINDOW}]  # its meeting is the one that `saw` names


async def watched(world: World, *parts: tuple[str, str], who: str = "ada") -> None:
    for number, (since, until) in enumerate(parts):
        await world.observe(
            saw(f"{who}-{number}-in", "joined", since, registration_id=who),
            saw(f"{who}-{number}-out", "left", until, registration_id=who),
        )


async def test_who_has_seen_its_length_but_fifteen_minutes_was_present(world: World) -> None:
    await world.hears(course(sessions=RECORDING))
    await world.hears(*(f(r) for r in ("ada", "ben") for f in (requested, confirmed)))
    await world.at("2021-02-10T12:00:00Z")
    await watched(
        world,
        ("2021-02-10T10:00:00Z", "2021-02-10T12:00:00Z"),  # two hours,
        ("2021-02-10T11:30:00Z", "2021-02-10T12:00:00Z"),  # of which half an hour twice at once,
        ("2021-02-09T10:00:00Z", "2021-02-09T10:45:00Z"),  # and three quarters the day before
    )
    await watched(world, ("2021-02-10T10:00:00Z", "2021-02-10T12:44:59Z"), who="ben")
    view = await world.registration("ada")
    assert view["s3"]["seconds"] == 9_900
    await world.at("2021-03-01T05:30:00Z")
    assert await world.settled() == {
        ("ada", "s3"): (9_900, True, 1),
        ("ben", "s3"): (9_899, False, 1),
    }
    [completed] = await world.said("session.completed.v1")
    assert completed["instruction_minutes"] == 180


async def test_more_than_its_length_counts_as_its_length(world: World) -> None:
    await world.hears(course(sessions=RECORDING), requested("ada"), confirmed("ada"))
    await world.at("2021-02-11T12:00:00Z")
    await watched(
        world,
        ("2021-02-10T10:00:00Z", "2021-02-10T14:00:00Z"),
        ("2021-02-11T08:00:00Z", "2021-02-11T09:00:00Z"),
    )
    await world.at("2021-03-01T05:30:00Z")
    assert await world.settled() == {("ada", "s3"): (10_800, True, 1)}
    assert not [t for t in await world.asked() if t["kind"] == "ended-early"]


async def test_a_recording_that_becomes_a_live_session_is_counted_as_one(world: World) -> None:
    await world.hears(course(sessions=RECORDING), requested("ada"), confirmed("ada"))
    live = RECORDING[0] | {
        "delivery": "live_online",
        "schedule_version": 2,
        "starts_at": "2021-02-10T10:00:00Z",
        "ends_at": "2021-02-10T14:00:00Z",
        "minutes": 240,
        "instruction_minutes": 240,
    }
    await world.hears(course(2, sessions=[live]))
    await world.at("2021-02-10T13:00:00Z")
    await watched(world, ("2021-02-10T10:00:00Z", "2021-02-10T13:00:00Z"))
    await world.at("2021-02-10T14:20:00Z")
    assert await world.settled() == {("ada", "s3"): (10_800, False, 1)}


async def test_opened_once_and_never_seen_to_be_left_is_nothing_watched(world: World) -> None:
    await world.hears(course(sessions=RECORDING), requested("ada"), confirmed("ada"))
    await world.at("2021-02-10T12:00:00Z")
    await world.observe(saw("1", "joined", "2021-02-10T10:00:00Z", registration_id="ada"))
    assert (await world.registration("ada"))["s3"]["seconds"] == 0
    await world.observe(saw("2", "left", "2021-02-10T11:00:00Z", registration_id="ada"))
    assert (await world.registration("ada"))["s3"]["seconds"] == 3_600
    await world.at("2021-02-12T12:00:00Z")
    await world.observe(saw("3", "joined", "2021-02-12T10:00:00Z", registration_id="ada"))
    await world.at("2021-03-01T05:30:00Z")
    assert await world.settled() == {("ada", "s3"): (3_600, False, 1)}
