"""Each meeting that stood for a session has a report of its own, whenever it came to it."""

from typing import Any

import pytest

from services.attendance.domain import pages
from tests.edges.attendance.conftest import (
    ADA,
    ADAS,
    BEN,
    BENS,
    COURSE,
    MEETING,
    A,
    Connected,
    course,
    third,
)
from tests.edges.attendance.fake_zoom import Run, row
from tests.edges.attendance.test_corrections import interval
from tests.edges.attendance.test_fetching import step
from tests.edges.attendance.test_zoom import said, zoom_says
from tests.stage import killed_at

OTHER, A2 = "8800000099", "Cc3Q=="
FIRST_HALF = [
    row("21:00:00", "22:00:00", customer_key=ADAS, user_id="1"),
    row("21:00:00", "22:00:00", customer_key=BENS, user_id="2"),
]
SECOND_HALF = [row("22:00:00", "23:00:00", customer_key=ADAS, user_id="1")]
NOT_FETCHED = "report-not-fetched"


async def swap(connected: Connected, meeting: str) -> None:
    answer = await connected.world.http.put(
        f"/attendance/v1/sessions/{COURSE}/s3/meeting",
        json={"meeting_id": meeting, "url": f"https://zoom.us/j/{meeting}"},
        headers={"Idempotency-Key": f"swap-{meeting}-{connected.world.clock.time}"},
    )
    assert answer.status_code == 200, answer.text


async def swapped(connected: Connected) -> None:
    """At ten: everybody was in the first meeting, Ada goes on in the other."""
    connected.zoom.runs[A] = Run(MEETING, "2020-11-02T20:55:00Z", FIRST_HALF)
    connected.zoom.runs[A2] = Run(OTHER, "2020-11-02T21:58:00Z", SECOND_HALF)
    await connected.world.at("2020-11-02T22:00:00Z")
    await swap(connected, OTHER)


async def meetings(connected: Connected) -> dict[str, tuple[str, str | None]]:
    return {
        m["meeting_id"]: (m["state"], m["trouble"]) for m in (await connected.report())["meetings"]
    }


async def asked_for(connected: Connected) -> list[str]:
    """The meetings whose report a human is asked for now."""
    done = {task["task_id"] for task in await connected.world.said("task.closed")}
    opened = await connected.world.asked()
    wanted = [t for t in opened if t["kind"] == NOT_FETCHED and t["task_id"] not in done]
    assert all(t["about"]["meeting_id"] in t["what"] for t in wanted)
    return [t["about"]["meeting_id"] for t in wanted]


async def seconds(connected: Connected) -> dict[str, int]:
    return {who: of[0] for who, of in (await connected.settled()).items()}


async def test_the_reports_of_both_meetings_of_a_swap_are_fetched(connected: Connected) -> None:
    await swapped(connected)
    await connected.world.at("2020-11-02T22:30:00Z")
    assert await meetings(connected) == {MEETING: ("planned", None), OTHER: ("planned", None)}
    await connected.world.at("2020-11-02T23:04:00Z")
    assert await meetings(connected) == {MEETING: ("done", None), OTHER: ("done", None)}
    report = await connected.report()
    assert (report["state"], report["lines"], report["pages"]) == ("done", 3, 2)
    assert await seconds(connected) == {ADA: 7200, BEN: 3600}
    [done] = [e for e in await connected.world.said("session.completed") if e["session_id"] == "s3"]
    assert done["by"] == "report"


async def test_a_meeting_from_before_the_swap_that_is_not_to_be_had_calls_a_human(
    connected: Connected,
) -> None:
    await swapped(connected)
    connected.zoom.not_ready.add(A)
    connected.zoom.unlisted.add(A)
    await connected.world.at("2020-11-02T23:50:00Z")
    assert await meetings(connected) == {MEETING: ("waiting", "not-ready"), OTHER: ("done", None)}
    assert (await connected.world.view("s3"))["state"] == "open"  # the other half may come yet
    await connected.world.at("2020-11-03T00:01:00Z")
    assert await seconds(connected) == {ADA: 3600, BEN: 0}
    assert await asked_for(connected) == []
    await connected.world.at("2020-11-03T23:30:00Z")
    assert await meetings(connected) == {MEETING: ("given_up", "not-ready"), OTHER: ("done", None)}
    report = await connected.report()
    assert (report["state"], report["trouble"]) == ("given_up", "not-ready")
    assert await asked_for(connected) == [MEETING]
    connected.zoom.not_ready.clear()
    connected.zoom.unlisted.clear()
    assert (await connected.fetch()).status_code == 202
    await connected.world.at("2020-11-03T23:31:00Z")
    assert await seconds(connected) == {ADA: 7200, BEN: 3600}
    assert await asked_for(connected) == []


async def test_a_file_in_parts_beside_a_fetch_that_waits_is_waited_for(
    connected: Connected,
) -> None:
    connected.runs(A=FIRST_HALF)
    connected.zoom.not_ready.add(A)
    world = connected.world
    for second, who in ((0, ADA), (40, BEN)):  # the grace is over since a quarter of an hour
        await world.at(f"2020-11-02T23:30:{second:02}Z")
        await world.report("s3", interval(who, "21:00", "23:00"))
    await world.at("2020-11-02T23:31:39Z")
    assert await connected.settled() == {}
    await world.at("2020-11-02T23:31:40Z")
    assert await connected.settled() == {ADA: (7200, True, 1), BEN: (7200, True, 1)}


async def test_a_meeting_that_is_refused_keeps_the_other_from_nothing(connected: Connected) -> None:
    await swapped(connected)
    for _ in range(100):
        connected.zoom.trouble(f"/{MEETING}/instances", 400, {"code": 300})
    await connected.world.at("2020-11-02T23:05:00Z")
    assert await meetings(connected) == {MEETING: ("waiting", "refused"), OTHER: ("done", None)}
    assert await asked_for(connected) == [MEETING]
    connected.zoom.troubles.clear()
    await connected.world.at("2020-11-03T01:10:00Z")
    assert await seconds(connected) == {ADA: 7200, BEN: 3600}
    assert await asked_for(connected) == []


@pytest.mark.parametrize("point", ["outside.claimed", "outside.prepared", "outside.acted"])
async def test_a_crash_between_the_pages_of_two_meetings_loses_and_doubles_nothing(
    connected: Connected, point: Any
) -> None:
    await swapped(connected)
    connected.zoom.page_size = 1
    await connected.world.at("2020-11-02T23:01:00Z")
    connected.world.clock.time = connected.world.clock.time.replace(minute=2)
    await connected.world.swept()
    await connected.world.outside.step()
    with killed_at(point):
        await connected.world.outside.step()
    await connected.world.leases_run_out()
    await connected.world.at("2020-11-02T23:30:00Z")
    assert (await connected.report())["lines"] == 3
    assert await seconds(connected) == {ADA: 7200, BEN: 3600}


async def test_there_and_back_both_are_asked_for(connected: Connected) -> None:
    await swapped(connected)
    await connected.world.at("2020-11-02T22:10:00Z")
    await swap(connected, MEETING)
    connected.zoom.unlisted.add(A2)
    await connected.world.at("2020-11-03T23:30:00Z")
    assert await asked_for(connected) == [OTHER]
    assert (await meetings(connected))[MEETING] == ("done", None)


@pytest.mark.parametrize("held", [False, True])
async def test_a_meeting_that_was_replaced_before_the_session_is_asked_for_and_not_missed(
    connected: Connected, held: bool
) -> None:
    """Whoever stayed in it is counted; if nobody was in it nobody is called."""
    connected.zoom.runs[A2] = Run(OTHER, "2020-11-02T20:58:00Z", FIRST_HALF[:1] + SECOND_HALF)
    if held:
        connected.zoom.runs[A] = Run(MEETING, "2020-11-02T20:50:00Z", FIRST_HALF[1:])
    await connected.world.at("2020-11-02T20:50:00Z")
    await swap(connected, OTHER)
    await connected.world.at("2020-11-02T23:05:00Z")
    assert await meetings(connected) == {MEETING: ("done", None), OTHER: ("done", None)}
    assert await seconds(connected) == {ADA: 7200, BEN: 3600 if held else 0}
    await connected.world.at("2020-11-04T12:00:00Z")
    assert await asked_for(connected) == []


async def test_a_replaced_meeting_in_which_somebody_was_seen_is_missed(
    connected: Connected,
) -> None:
    connected.zoom.runs[A2] = Run(OTHER, "2020-11-02T20:58:00Z", SECOND_HALF)
    await connected.world.at("2020-11-02T20:50:00Z")
    await zoom_says(connected.world, said("started", "2020-11-02T20:50:00Z", A))
    await swap(connected, OTHER)
    await connected.world.at("2020-11-03T23:30:00Z")
    assert await asked_for(connected) == [MEETING]


LATE = {"meeting": {"id": OTHER, "url": f"https://zoom.us/j/{OTHER}"}}
ROOM = {"meeting": {"id": "room-4", "url": "https://rooms.example/4"}}


@pytest.mark.parametrize(
    ("at", "how"),
    [
        ("2020-11-02T20:50:00Z", "swap"),  # the door is open
        ("2020-11-02T21:30:00Z", "swap"),
        ("2020-11-02T23:05:00Z", "swap"),  # after the end, and before it is complete
        ("2020-10-20T12:00:00Z", "course"),
        ("2020-11-02T21:30:00Z", "course"),
        ("2020-11-02T23:05:00Z", "course"),
        ("2020-11-03T12:00:00Z", "course"),  # long complete
    ],
)
async def test_a_session_that_gets_its_meeting_late_is_fetched_by_itself(
    connected: Connected, at: str, how: str
) -> None:
    await connected.world.hears(course(2, sessions=third(**ROOM)))
    connected.zoom.runs[A2] = Run(OTHER, "2020-11-02T20:58:00Z", FIRST_HALF + SECOND_HALF)
    await connected.world.at(at)
    # The reference course's own meeting was replaced weeks before: nobody was in it, and that there
    # is no report of it is no report.
    assert ((await connected.world.view("s3"))["state"] == "completed") is (at[8:10] == "03")
    assert OTHER not in "".join(connected.zoom.asked)
    if how == "swap":
        await swap(connected, OTHER)
    else:
        await connected.world.hears(course(3, sessions=third(**LATE)))
        await connected.world.hears(course(3, sessions=third(**LATE)))  # again: nothing more
    await connected.world.at("2020-11-03T12:10:00Z")
    assert (await meetings(connected))[OTHER] == ("done", None)
    assert await seconds(connected) == {ADA: 7200, BEN: 3600}
    calls = connected.zoom.calls(f"/{OTHER}/instances")
    assert calls <= 2
    await connected.world.at("2020-11-06T12:00:00Z")
    assert connected.zoom.calls(f"/{OTHER}/instances") == calls
    assert await asked_for(connected) == []


async def test_a_course_that_is_heard_of_after_its_session_is_fetched(connected: Connected) -> None:
    connected.zoom.runs[A2] = Run(OTHER, "2020-11-02T20:58:00Z", FIRST_HALF + SECOND_HALF)
    await connected.world.hears(course(2, sessions=third(status="cancelled")))
    await connected.world.at("2020-11-03T12:00:00Z")
    assert connected.zoom.asked == []
    await connected.world.hears(course(3, sessions=third(**LATE)))
    await connected.world.at("2020-11-03T12:30:00Z")
    assert await seconds(connected) == {ADA: 7200, BEN: 3600}


async def test_a_session_that_is_cancelled_and_held_after_all_is_fetched(
    connected: Connected,
) -> None:
    connected.zoom.runs[A] = Run(MEETING, "2020-11-02T20:58:00Z", FIRST_HALF)
    await connected.world.at("2020-11-02T20:50:00Z")
    await connected.world.hears(course(2, sessions=third(status="cancelled")))
    await connected.world.at("2020-11-03T01:00:00Z")
    assert connected.zoom.asked == []
    await connected.world.hears(course(3, sessions=third()))
    await connected.world.at("2020-11-03T01:30:00Z")
    assert await seconds(connected) == {ADA: 3600, BEN: 3600}


async def test_a_meeting_that_the_course_names_once_more_is_the_one_that_is_missed(
    connected: Connected,
) -> None:
    """Another was named for a day, weeks before: what stands since is the first one again."""
    await connected.world.at("2020-10-20T12:00:00Z")
    await connected.world.hears(course(2, sessions=third(**LATE)))
    await connected.world.at("2020-10-21T12:00:00Z")
    await connected.world.hears(course(3, sessions=third()))
    await connected.world.hears(course(4, sessions=third(title="A better title")))
    await connected.world.at("2020-11-04T12:00:00Z")
    assert await asked_for(connected) == [MEETING]
    assert (await meetings(connected))[OTHER] == ("done", None)


# --- the second look -------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/oauth/token", "/instances"])
async def test_a_second_look_that_is_refused_takes_nothing_back(
    connected: Connected, path: str
) -> None:
    connected.zoom.runs[A] = Run(MEETING, "2020-11-02T20:55:00Z", FIRST_HALF)
    await connected.world.at("2020-11-03T00:30:00Z")
    connected.zoom.forget_tokens()
    for _ in range(9):
        connected.zoom.trouble(path, 400, {"code": 4711})
    await connected.world.at("2020-11-05T00:00:00Z")
    assert (len(connected.zoom.troubles), await asked_for(connected)) == (8, [])
    assert await meetings(connected) == {MEETING: ("done", None)}


async def test_a_second_look_by_hand_that_is_refused_calls_nobody_for_what_is_there(
    connected: Connected,
) -> None:
    connected.zoom.runs[A] = Run(MEETING, "2020-11-02T20:55:00Z", FIRST_HALF)
    await connected.world.at("2020-11-03T03:00:00Z")
    for path in ("/instances", "/participants"):
        connected.zoom.troubles.clear()
        for _ in range(99):
            connected.zoom.trouble(path, 400, {"code": 4711})
        await connected.fetch()
        await connected.world.at(f"2020-11-0{4 if path == '/instances' else 6}T12:00:00Z")
        assert await meetings(connected) == {MEETING: ("given_up", "refused")}
        assert await asked_for(connected) == []


async def test_a_second_look_for_which_zoom_is_too_busy_is_made_later(connected: Connected) -> None:
    connected.zoom.runs[A] = Run(MEETING, "2020-11-02T20:55:00Z", FIRST_HALF)
    await connected.world.at("2020-11-03T00:30:00Z")
    late = [row("22:00:00", "23:00:00", customer_key=BENS, user_id="7")]
    connected.zoom.runs["Dd4"] = Run(MEETING, "2020-11-02T22:00:00Z", late)
    for status in (503, 429, 500):
        connected.zoom.trouble("/instances", status)
    await connected.world.at("2020-11-03T03:00:00Z")
    assert connected.zoom.troubles == []
    assert await seconds(connected) == {ADA: 3600, BEN: 7200}
    assert await meetings(connected) == {MEETING: ("done", None)}


async def test_a_run_that_only_the_second_look_finds_is_missed_where_it_is_refused(
    connected: Connected,
) -> None:
    connected.zoom.runs[A] = Run(MEETING, "2020-11-02T20:55:00Z", FIRST_HALF)
    await connected.world.at("2020-11-03T00:30:00Z")
    connected.zoom.runs["Dd4"] = Run(MEETING, "2020-11-02T22:00:00Z", SECOND_HALF)
    for _ in range(99):
        connected.zoom.trouble("/participants", 403)
    await connected.world.at("2020-11-03T02:00:00Z")
    assert await asked_for(connected) == [MEETING]


# --- pages -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("fault", "most"), [("same", 6), ("new", 33), ("empty", 36)])
async def test_pages_that_come_again_are_stopped_and_a_human_is_told(
    connected: Connected, fault: str, most: int
) -> None:
    later = Run(MEETING, "2020-11-02T22:00:00Z", SECOND_HALF)
    connected.zoom.runs = {A: Run(MEETING, "2020-11-02T20:55:00Z", FIRST_HALF), "Dd4": later}
    connected.zoom.faulty[A] = fault
    await connected.world.at("2020-11-03T04:00:00Z")
    assert await meetings(connected) == {MEETING: ("given_up", "endless")}
    assert connected.zoom.calls("/%252Fa") <= most
    assert await asked_for(connected) == [MEETING]
    [task] = [t for t in await connected.world.said("task.opened") if t["kind"] == NOT_FETCHED]
    assert "Its pages do not end" in task["what"]
    # What was told counts, and the other run was fetched.
    assert await seconds(connected) == {ADA: 7200, BEN: 3600}


@pytest.mark.parametrize("fault", ["same", "new", "empty", "early"])
async def test_pages_that_were_wrong_while_the_report_was_made_come_right(
    connected: Connected, fault: str
) -> None:
    connected.zoom.runs[A] = Run(MEETING, "2020-11-02T20:55:00Z", FIRST_HALF + SECOND_HALF)
    connected.zoom.faulty[A] = fault
    await connected.world.at("2020-11-02T23:03:00Z")
    assert (await connected.report())["state"] == "waiting"
    connected.zoom.faulty.clear()
    await connected.world.at("2020-11-02T23:59:00Z")
    assert await seconds(connected) == {ADA: 7200, BEN: 3600}
    assert await meetings(connected) == {MEETING: ("done", None)}
    assert await asked_for(connected) == []


async def test_an_end_of_pages_that_comes_too_early_calls_a_human(connected: Connected) -> None:
    connected.zoom.runs[A] = Run(MEETING, "2020-11-02T20:55:00Z", FIRST_HALF + SECOND_HALF)
    connected.zoom.faulty[A] = "early"
    await connected.world.at("2020-11-03T04:00:00Z")
    assert await meetings(connected) == {MEETING: ("given_up", pages.MISSING)}
    assert connected.zoom.calls("/participants") == 3
    assert await asked_for(connected) == [MEETING]
    assert await seconds(connected) == {ADA: 3600, BEN: 3600}


async def test_a_page_that_is_asked_for_before_a_crash_is_no_repetition(
    connected: Connected,
) -> None:
    """The platform gives the same token for the same page: asked for twice it was told once."""
    connected.zoom.runs[A] = Run(MEETING, "2020-11-02T20:55:00Z", FIRST_HALF + SECOND_HALF)
    connected.zoom.page_size = 1
    await connected.world.at("2020-11-02T23:01:00Z")
    connected.world.clock.time = connected.world.clock.time.replace(minute=2)
    await connected.world.swept()
    await step(connected, 2)
    for _ in range(3):
        with killed_at("outside.acted"):
            await connected.world.outside.step()
        await connected.world.leases_run_out()
    await connected.world.at("2020-11-02T23:30:00Z")
    assert await meetings(connected) == {MEETING: ("done", None)}
    assert (await connected.report())["lines"] == 3
