"""A session day, from the door's opening to what is settled, in the week the clocks went back."""

from tests.edges.attendance.conftest import COURSE, World, saw


async def test_the_third_session_is_opened_attended_completed_and_settled(enrolled: World) -> None:
    world = enrolled
    # 2020-11-02, after the clocks went back: 16:00 New York is 21:00Z, no more 20:00Z.
    await world.at("2020-11-02T20:44:59Z")
    assert (await world.view("s3"))["state"] == "planned"
    await world.at("2020-11-02T20:45:00Z")
    assert (await world.view("s3"))["state"] == "open"

    answer = await world.observe(
        saw("1", "joined", "2020-11-02T20:50:00Z", registration_id="ada"),
        saw("2", "joined", "2020-11-02T21:30:00Z", registration_id="ben"),
        saw("3", "left", "2020-11-02T22:00:00Z", registration_id="ben"),
    )
    assert answer == {"accepted": 3, "duplicates": 0, "refused": [], "left_out": []}

    await world.at("2020-11-02T22:30:00Z")
    view = await world.view("s3")
    assert (view["expected"], view["in_room"], view["unmatched"]) == (2, 1, 0)
    assert [(r["registration_id"], r["seconds"]) for r in view["records"]] == [
        ("ada", 5400),
        ("ben", 1800),
    ]

    await world.at("2020-11-02T23:14:59Z")
    assert (await world.view("s3"))["state"] == "open"
    await world.at("2020-11-02T23:15:00Z")
    view = await world.view("s3")
    assert (view["state"], view["expected"], view["present"]) == ("completed", 2, 1)

    settled = await world.settled()
    assert settled["ada", "s3"] == (7200, True, 1)
    assert settled["ben", "s3"] == (1800, False, 1)
    [completed] = [e for e in await world.said("session.completed.v1") if e["session_id"] == "s3"]
    assert completed["completed_at"] == "2020-11-02T23:15:00Z"
    assert completed["instruction_minutes"] == 120
    assert completed["rule"] == {"version": 1, "max_missed_seconds": 900}
    assert (completed["expected"], completed["present"], completed["last"]) == (2, 1, False)
    [ada] = [
        e
        for e in await world.said("attendance.settled.v1")
        if e["registration_id"] == "ada" and e["session_id"] == "s3"
    ]
    assert ada["inferred"] is True
    assert ada["person_id"] == "person-of-ada"
    assert ada["instruction_seconds"] == 7200

    await world.at("2020-11-10T00:00:00Z")  # nobody was seen: it waits an hour
    last = (await world.said("session.completed.v1"))[-1]
    assert (last["session_id"], last["last"]) == ("s4", True)
    assert len(await world.settled()) == 8
    assert len(await world.said("session.opened.v1")) == 4


async def test_duplicates_reordering_devices_and_reconnects_change_nothing(enrolled: World) -> None:
    world = enrolled
    await world.at("2020-11-02T22:00:00Z")
    phone = {"registration_id": "ada", "participant_id": "phone"}
    laptop = {"registration_id": "ada", "participant_id": "laptop"}
    lines = [
        saw("a", "joined", "2020-11-02T21:00:00Z", **phone),
        saw("b", "left", "2020-11-02T21:40:00Z", **phone),
        saw("c", "joined", "2020-11-02T21:30:00Z", **laptop),
        saw("d", "left", "2020-11-02T21:50:00Z", **laptop),
        saw("e", "joined", "2020-11-02T22:00:00Z", **laptop),
        saw("f", "waiting", "2020-11-02T20:50:00Z", **phone),
    ]
    assert await world.observe(*reversed(lines), lines[0]) == {
        "accepted": 6,
        "duplicates": 1,
        "refused": [],
        "left_out": [],
    }
    assert (await world.observe(*lines))["duplicates"] == 6
    assert (await world.observe(*lines, source="another"))["accepted"] == 6
    await world.at("2020-11-02T23:15:00Z")
    # 21:00–21:50 and 22:00–23:00, the last "left" missing
    assert (await world.settled())["ada", "s3"] == (110 * 60, True, 1)


async def test_evidence_of_a_registration_is_shown_with_rule_and_version(enrolled: World) -> None:
    world = enrolled
    await world.at("2020-11-02T21:30:00Z")
    await world.observe(saw("1", "joined", "2020-11-02T21:10:00Z", registration_id="ada"))
    running = (await world.registration("ada"))["s3"]
    assert (running["seconds"], running["present"], running["version"]) == (1200, False, 0)
    await world.at("2020-11-02T23:15:00Z")
    done = (await world.registration("ada"))["s3"]
    assert (done["course_id"], done["seconds"], done["present"]) == (COURSE, 6600, True)
    assert done["rule"] == {"version": 1, "max_missed_seconds": 900}
    assert done["version"] == 1
    assert done["evidence"] == [
        {
            "source": "live",
            "joined_at": "2020-11-02T21:10:00Z",
            "left_at": "2020-11-02T23:00:00Z",
            "inferred": True,
        }
    ]
    assert list(await world.registration("ben")) == ["s1", "s2", "s3", "s4"]
