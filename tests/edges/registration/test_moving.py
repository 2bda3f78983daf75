"""A session moved by hand: a new version of the course, and everything that follows (§5)."""

import asyncio
from typing import Any

import pytest

from services.registration.commands.publishing import (
    as_it_stands,
    changing,
    say_changed,
    with_session,
)
from shared.runtime.plans import needs
from tests.edges.registration.conftest import Stage
from tests.edges.registration.happenings import completed, paid
from tests.rules.registration.course import course

PAST, LEFT = "NBCC: sessions outside the approval earn nothing", "At most 6 of 8 are left."
WEDNESDAY = {"date": "2020-10-28", "from": "17:00", "to": "19:00"}
SAME_HOURS = {"from": "16:00", "to": "18:00"}


async def move(stage: Stage, session_id: str, when: Any, course_id: str = "attachment"):
    return await stage.operator.put(f"/courses/{course_id}/sessions/{session_id}", json=when)


async def moved(stage: Stage, session_id: str, **when: Any) -> Any:
    answer = await move(stage, session_id, WEDNESDAY | when)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def refused(stage: Stage, session_id: str, **when: Any) -> list[str]:
    answer = await move(stage, session_id, WEDNESDAY | when)
    assert answer.status_code == 422, answer.text
    return [error["pointer"] for error in answer.json()["errors"]]


async def cancelled(stage: Stage, session_id: str) -> None:
    """As if the provider had cancelled the session."""

    @needs(changing)
    async def cancel(work: Any, course_id: str) -> Any:
        _, document = as_it_stands(work, course_id)
        [old] = [s for s in document["sessions"] if s["session_id"] == session_id]
        version = old["schedule_version"] + 1
        gone = with_session(document, session_id, status="cancelled", schedule_version=version)
        return say_changed(work, course_id, gone, by="operator")

    await stage.edge.run(cancel, "attachment", answer=lambda _: (200, {}))


async def said(stage: Stage) -> dict[str, Any]:
    """The course as it was said last."""
    return (await stage.spoken("attachment"))[-1][1]


async def test_a_moved_session_is_a_new_version_of_the_course_said_whole(stage: Stage):
    await stage.publish()
    answer = await moved(stage, "s2")
    assert (answer["course_id"], answer["version"], answer["warnings"]) == ("attachment", 2, [])
    assert answer["sessions"][1] == {
        "session_id": "s2",
        "starts_at": "2020-10-28T21:00:00Z",
        "ends_at": "2020-10-28T23:00:00Z",
    }
    told = await said(stage)
    assert told["version"] == 2
    assert [s["schedule_version"] for s in told["sessions"]] == [1, 2, 1, 1]
    assert [s["starts_at"] for s in told["sessions"]] == [
        "2020-10-19T20:00:00Z",
        "2020-10-28T21:00:00Z",
        "2020-11-02T21:00:00Z",
        "2020-11-09T21:00:00Z",
    ]
    assert (told["sessions"][1]["wall_from"], told["sessions"][1]["minutes"]) == ("17:00", 120)
    assert told["title"] == course()["title"]
    page = (await stage.public.get("/courses/attachment")).json()
    assert page["sessions"][1]["local"]["date"] == "2020-10-28"
    [_, entry] = await stage.audited("course.published")
    assert (entry["by"], entry["about"]) == ("operator", "attachment 2")


async def test_the_same_move_again_changes_nothing(stage: Stage):
    await stage.publish()
    await moved(stage, "s2")
    again = await moved(stage, "s2")
    assert (again["version"], len(await stage.spoken("attachment"))) == (2, 2)
    # Nor does it once the session is over: it is where it was asked to be.
    await stage.go_to("2020-10-29T00:00:00Z")
    assert (await moved(stage, "s2"))["version"] == 2


async def test_two_moves_at_once_both_happen_one_after_the_other(stage: Stage):
    await stage.publish()
    answers = await asyncio.gather(
        move(stage, "s2", WEDNESDAY),
        move(stage, "s3", WEDNESDAY | {"date": "2020-11-04"}),
        move(stage, "s2", WEDNESDAY),
    )
    assert {answer.status_code for answer in answers} == {200}
    told = await said(stage)
    assert (told["version"], len(await stage.spoken("attachment"))) == (3, 3)
    assert [s["date"] for s in told["sessions"]] == [
        "2020-10-19",
        "2020-10-28",
        "2020-11-04",
        "2020-11-09",
    ]


async def test_a_moved_start_takes_the_closing_of_registration_along(stage: Stage):
    await stage.publish()
    await moved(stage, "s1", date="2020-10-21")
    page = (await stage.public.get("/courses/attachment")).json()
    assert page["starts_at"] == page["registration"]["closes_at"] == "2020-10-21T21:00:00Z"
    await moved(stage, "s4", date="2020-10-14")  # now the last one is the first
    page = (await stage.public.get("/courses/attachment")).json()
    assert page["starts_at"] == page["registration"]["closes_at"] == "2020-10-14T21:00:00Z"
    assert page["ends_at"] == "2020-11-02T23:00:00Z"
    assert [s["session_id"] for s in page["sessions"]] == ["s4", "s1", "s2", "s3"]


async def test_a_closing_that_was_asked_for_stays_but_never_lies_behind_the_start(stage: Stage):
    await stage.publish(registration={"closes_at": "2020-10-18T00:00:00Z"})
    await moved(stage, "s1", date="2020-10-21")
    assert (await said(stage))["registration_closes_at"] == "2020-10-18T00:00:00Z"
    await moved(stage, "s1", date="2020-10-14")
    assert (await said(stage))["registration_closes_at"] == "2020-10-14T21:00:00Z"
    await moved(stage, "s1", date="2020-10-21")
    assert (await said(stage))["registration_closes_at"] == "2020-10-18T00:00:00Z"


async def test_who_was_registered_keeps_the_start_they_bought_and_a_new_one_has_the_new(
    stage: Stage,
):
    await stage.publish()
    ada = (await stage.register()).json()["registration_id"]
    await moved(stage, "s1", date="2020-10-12")
    bea = (await stage.register("Bea")).json()["registration_id"]
    assert (await stage.shown(ada))["starts_at"] == "2020-10-19T20:00:00Z"
    assert (await stage.shown(bea))["starts_at"] == "2020-10-12T21:00:00Z"
    [requested] = [d for t, d in await stage.spoken(bea) if t == "registration.requested.v1"]
    assert requested["starts_at"] == requested["schedule"][0]["starts_at"] == "2020-10-12T21:00:00Z"
    # The move came nearer: until the start that ada bought she may still cancel.
    await stage.hears(paid(ada), paid(bea, "inv-2"))
    await stage.go_to("2020-10-13T00:00:00Z")
    assert (await stage.act(stage.holder(ada), ada, "cancel")).status_code == 202
    late = await stage.act(stage.holder(bea), bea, "cancel")
    assert (late.status_code, late.json()["type"]) == (409, "/problems/already-started")


@pytest.mark.parametrize(
    ("when", "pointers"),
    [
        ({"date": "2021-03-14", "from": "02:30", "to": "04:00"}, ["/from"]),
        ({"date": "2020-11-01", "from": "01:30", "to": "03:30"}, ["/from"]),
        ({"date": "2020-11-31"}, ["/date"]),
        ({"date": "soon", "from": "x", "to": "y"}, ["/date", "/from", "/to"]),
        ({"from": None, "to": None}, ["/from", "/to"]),
        ({"to": "16:00"}, ["/to"]),
        ({"to_date": "2020-11-30"}, ["/to"]),
        ({"zone": "Mars/Olympus"}, ["/zone"]),
        ({"fold": 2}, ["/fold"]),
        ({"date": "2020-11-02"}, ["/from"]),  # s3 is taught until 18:00
        ({"date": "2020-08-31"}, ["/date"]),  # the day before today
        ({"to": "18:30"}, ["/to", "/to", "/to"]),  # three boards approved eight hours
        ({"date": "x\x00"}, ["/date"]),
        ({"date": 7}, ["/date"]),
        ({"breaks": [{"from": "16:00", "to": "17:30"}]}, ["/breaks/0"]),
    ],
)
async def test_where_a_session_cannot_be_it_is_not_moved(stage: Stage, when, pointers):
    await stage.publish()
    assert await refused(stage, "s2", **when) == pointers
    assert len(await stage.spoken("attachment")) == 1


@pytest.mark.parametrize(("fold", "starts_at"), [(0, "05:30"), (1, "06:30")])
async def test_a_wall_time_that_comes_twice_needs_a_choice(stage: Stage, fold, starts_at):
    await stage.publish(boards=None)
    twice = {"date": "2020-11-01", "from": "01:30", "to": "03:00", "fold": fold}
    answer = await moved(stage, "s3", **twice)
    assert answer["sessions"][2]["starts_at"] == f"2020-11-01T{starts_at}:00Z"


async def test_a_session_may_move_to_another_zone_and_over_midnight(stage: Stage):
    await stage.publish()
    late = {"from": "23:00", "to_date": "2020-10-29", "to": "01:00", "zone": "Europe/London"}
    answer = await moved(stage, "s2", **late)
    assert answer["sessions"][1] == {
        "session_id": "s2",
        "starts_at": "2020-10-28T23:00:00Z",
        "ends_at": "2020-10-29T01:00:00Z",
    }
    assert (await said(stage))["sessions"][1]["zone"] == "Europe/London"
    # The course's own zone and the other sessions' stay.
    assert (await said(stage))["sessions"][2]["zone"] == "America/New_York"


async def test_breaks_keep_their_distance_from_the_start(stage: Stage):
    sessions = course()["sessions"]
    sessions[1] |= {"breaks": [{"from": "17:00", "to": "17:15"}]}
    await stage.publish(sessions=sessions, boards=None)
    await moved(stage, "s2")
    told = (await said(stage))["sessions"][1]
    assert told["breaks"] == [
        {"starts_at": "2020-10-28T22:00:00Z", "ends_at": "2020-10-28T22:15:00Z"}
    ]
    assert told["instruction_minutes"] == 105
    assert await refused(stage, "s2", to="18:10") == ["/breaks"]
    await moved(stage, "s2", to="18:10", breaks=[])
    assert (await said(stage))["sessions"][1]["instruction_minutes"] == 70


async def test_what_was_held_is_not_moved_any_more(stage: Stage):
    await stage.publish()
    await stage.hears(completed("s2"))  # by an operator, say, before its time
    early = await move(stage, "s2", WEDNESDAY)
    assert (early.status_code, early.json()["type"]) == (409, "/problems/session-over")
    await stage.go_to("2020-10-19T21:59:59Z")
    running = WEDNESDAY | {"date": "2020-10-21"}
    assert (await move(stage, "s1", running)).status_code == 200  # broken off: it is to be repeated
    await stage.go_to("2020-10-21T23:00:00Z")
    over = await move(stage, "s1", WEDNESDAY)
    assert (over.status_code, over.json()["type"]) == (409, "/problems/session-over")


FORMER = {
    "starts_at": "2020-11-09T21:00:00Z",
    "ends_at": "2020-11-09T23:00:00Z",
    "completed_at": "2020-11-09T23:15:00Z",
}


async def completed_meanwhile(stage: Stage) -> str:
    """The last session was moved by two days, and completed by its former times; gives who is
    confirmed."""
    await stage.publish()
    ada = (await stage.register()).json()["registration_id"]
    await stage.hears(paid(ada), *(completed(f"s{n}") for n in (1, 2, 3)))
    await stage.go_to("2020-11-09T22:00:00Z")
    await moved(stage, "s4", date="2020-11-11", **SAME_HOURS)
    await stage.hears(completed("s4", **FORMER, settled_at=FORMER["completed_at"]))
    return ada


async def test_a_session_completed_by_its_former_times_was_not_held(stage: Stage):
    """Attendance had not heard of the move yet (decision 118)."""
    ada = await completed_meanwhile(stage)
    await stage.go_to("2020-11-10T00:00:00Z")
    assert (await stage.shown(ada))["status"] == "confirmed"
    # It may still be moved once more, for it is to come.
    await moved(stage, "s4", date="2020-11-12", **SAME_HOURS)
    await stage.go_to("2020-11-12T23:15:00Z")
    new = {"starts_at": "2020-11-12T21:00:00Z", "ends_at": "2020-11-12T23:00:00Z"}
    at = "2020-11-12T23:15:00Z"
    for _ in range(2):
        await stage.hears(completed("s4", **new, completed_at=at, settled_at=at))
        await stage.go_to("2020-11-12T23:20:00Z")
    assert (await stage.shown(ada))["status"] == "completed"
    assert (await stage.said_of(ada)).count("completed") == 1
    [said_so] = [data for type_, data in await stage.spoken(ada) if "completed" in type_]
    assert said_so["completed_at"] == at


async def test_it_was_held_by_its_former_times_after_all(stage: Stage):
    """Staff left it so, and attendance says it again when the new time is over (decision 118)."""
    ada = await completed_meanwhile(stage)
    await stage.go_to("2020-11-11T23:15:00Z")
    assert (await stage.shown(ada))["status"] == "confirmed"
    late = "2020-11-11T23:15:00Z"
    await stage.hears(completed("s4", **FORMER, settled_at=late))
    await stage.go_to("2020-11-11T23:20:00Z")
    assert (await stage.shown(ada))["status"] == "completed"


async def test_outside_of_a_board_s_approval_it_earns_nothing_and_that_is_said(stage: Stage):
    boards = course()["boards"]
    boards[0] |= {"approved": {"from": "2020-01-01", "to": "2020-11-10"}}
    await stage.publish(boards=boards)
    answer = await moved(stage, "s4", date="2020-11-11")
    assert answer["warnings"] == [f"{PAST}: s4. {LEFT}"]


async def test_the_file_that_one_has_does_not_move_a_session_back_unseen(stage: Stage):
    await stage.publish()
    await moved(stage, "s2")
    again = await stage.publish(subtitle="With a better subtitle")
    assert again["sessions"][1]["starts_at"] == "2020-10-28T21:00:00Z"
    assert again["warnings"] == [
        "s2 was moved to 2020-10-28 17:00 since: the file's 2020-10-26 is older, and not followed."
    ]
    told = await said(stage)
    assert (told["subtitle"], told["sessions"][1]["schedule_version"]) == (
        "With a better subtitle",
        2,
    )
    # A file that was brought up to date says it without a warning, and moves nobody.
    sessions = course()["sessions"]
    sessions[1] |= WEDNESDAY
    newer = await stage.publish(sessions=sessions)
    assert newer["warnings"] == []
    assert (await said(stage))["sessions"][1]["schedule_version"] == 2
    # And one that says something else is followed.
    sessions[1] |= {"date": "2020-10-29"}
    other = await stage.publish(sessions=sessions)
    assert other["sessions"][1]["starts_at"] == "2020-10-29T21:00:00Z"
    assert (await said(stage))["sessions"][1]["schedule_version"] == 3


async def test_a_session_moved_into_another_s_new_time_stops_the_file(stage: Stage):
    await stage.publish()
    await moved(stage, "s2")
    sessions = course()["sessions"]
    sessions[2] |= WEDNESDAY
    answer = await stage.operator.put("/courses/attachment", json=course(sessions=sessions))
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/sessions"]


async def test_a_session_that_was_cancelled_gets_a_make_up_date(stage: Stage):
    await stage.publish()
    await cancelled(stage, "s4")
    page = (await stage.public.get("/courses/attachment")).json()
    assert page["ends_at"] == "2020-11-02T23:00:00Z"
    assert [s["status"] for s in page["sessions"]] == ["scheduled"] * 3 + ["cancelled"]
    unchanged = await stage.publish(subtitle="Mended")
    assert unchanged["warnings"] == [
        "s4 was cancelled since: it stays so, for the file gives it no other time."
    ]
    assert (await said(stage))["sessions"][3]["status"] == "cancelled"
    await stage.go_to("2020-11-12T00:00:00Z")  # its old time is over: that is no time it was held
    await moved(stage, "s4", date="2020-11-16")
    told = (await said(stage))["sessions"][3]
    assert (told["status"], told["schedule_version"]) == ("scheduled", 3)
    page = (await stage.public.get("/courses/attachment")).json()
    assert page["ends_at"] == "2020-11-17T00:00:00Z"


async def test_a_make_up_date_ends_the_call_for_somebody_to_check_the_approvals(stage: Stage):
    await stage.publish()
    for session_id in ("s3", "s4"):
        gone = await stage.operator.post(
            f"/courses/attachment/sessions/{session_id}/cancel",
            json={"reason": "The instructor is ill."},
            headers={"Idempotency-Key": session_id},
        )
        assert gone.status_code in (200, 202), gone.text
    for session_id, day, tasks in (("s4", "16", [None]), ("s3", "18", [None, "done"])):
        await moved(stage, session_id, date=f"2020-11-{day}")
        said_of_it = [data for type_, data in await stage.spoken() if type_.startswith("task.")]
        assert [task.get("outcome") for task in said_of_it] == tasks


async def test_a_course_is_completed_when_its_moved_last_session_is(stage: Stage):
    await stage.publish()
    ada = (await stage.register()).json()["registration_id"]
    await stage.hears(paid(ada), *(completed(f"s{n}") for n in (1, 2, 3)))
    await stage.go_to("2020-11-05T00:00:00Z")
    await moved(stage, "s4", date="2020-11-18")
    await stage.go_to("2020-11-10T12:00:00Z")
    assert (await stage.shown(ada))["status"] == "confirmed"
    await cancelled(stage, "s4")  # then the third was the last
    await moved(stage, "s4", date="2020-11-25")  # and then it was not
    await stage.go_to("2020-11-20T00:00:00Z")
    assert (await stage.shown(ada))["status"] == "confirmed"
    await stage.hears(completed("s4"))
    await stage.go_to("2020-11-26T00:00:00Z")
    assert (await stage.shown(ada))["status"] == "completed"


async def test_a_course_whose_last_session_falls_is_completed_at_once(stage: Stage):
    await stage.publish()
    ada = (await stage.register()).json()["registration_id"]
    await stage.hears(paid(ada), *(completed(f"s{n}") for n in (1, 2, 3)))
    await stage.go_to("2020-11-05T00:00:00Z")
    await cancelled(stage, "s4")
    await stage.go_to("2020-11-05T00:00:01Z")
    assert (await stage.shown(ada))["status"] == "completed"


async def test_only_an_operator_moves_and_only_what_is_there(stage: Stage):
    await stage.publish()
    path = "/courses/attachment/sessions/s2"
    assert (await stage.public.put(path, json=WEDNESDAY)).status_code == 401
    assert (await stage.holder("somebody").put(path, json=WEDNESDAY)).status_code == 403
    nowhere = await move(stage, "s2", WEDNESDAY, course_id="nowhere")
    assert (nowhere.status_code, nowhere.json()["type"]) == (404, "/problems/course-unknown")
    missing = await move(stage, "s9", WEDNESDAY)
    assert (missing.status_code, missing.json()["type"]) == (404, "/problems/session-unknown")
    assert (await move(stage, "s2", ["2020-10-28"])).status_code == 422


def approved(hours: int) -> list[dict[str, Any]]:
    return [board | {"approved_hours": hours} for board in course()["boards"]]


async def test_a_file_does_not_approve_more_than_is_taught_since_a_session_was_cut(stage: Stage):
    await stage.publish(boards=approved(6))
    await moved(stage, "s4", date="2020-11-09", **{"from": "16:00", "to": "17:00"})
    file = course(boards=approved(8))  # whose s4 is two hours still, and not followed
    answer = await stage.operator.put("/courses/attachment", json=file)
    assert answer.status_code == 422
    boards = len(file["boards"])
    assert answer.json()["errors"] == [
        {
            "pointer": f"/boards/{place}/approved_hours",
            "detail": "8 approved, but 420 minutes of instruction give at most 7.",
        }
        for place in range(boards)
    ]
    assert (await said(stage))["boards"][0]["approved_hours"] == "6"
    seven = await stage.publish(boards=approved(7))
    assert seven["warnings"] == [
        "s4 was moved to 2020-11-09 16:00 since: the file's 2020-11-09 is older, and not followed."
    ]
    # A cancelled session is taught, until staff have checked the approvals: a title can be mended.
    await cancelled(stage, "s3")
    assert (await stage.publish(boards=approved(7), title="Mended"))["version"] > seven["version"]


async def test_a_file_is_warned_of_the_days_that_hold_not_of_its_own(stage: Stage):
    boards = course()["boards"]
    boards[0] |= {"approved": {"from": "2020-01-01", "to": "2020-11-10"}}
    await stage.publish(boards=boards)
    await moved(stage, "s4", date="2020-11-11")
    older = (
        "s4 was moved to 2020-11-11 17:00 since: the file's 2020-11-09 is older, and not followed."
    )
    again = await stage.publish(boards=boards, title="Mended")
    assert again["warnings"] == [f"{PAST}: s4. {LEFT}", older]
    boards[0] |= {"approved": {"from": "2020-01-01", "to": "2020-10-30"}}
    await moved(stage, "s4", date="2020-10-28")
    ended = await stage.publish(boards=boards)
    assert ended["warnings"][0] == f"{PAST}: s3. {LEFT}"
