"""Courses and sessions at the console: who is shown what, and what is done only when it is meant."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from shared.contracts.registration import CoursePublished
from shared.runtime.service import Service
from tests.edges.web.conftest import Tell
from tests.edges.web.owners import COURSE, Asked, Played, paged, problem, usd
from tests.edges.web.staff import csrf, in_whose_name, staff
from tests.edges.web.test_console_today import SEEN, plain

COURSES = "/registration/v1/courses"
OURS = f"{COURSES}/{COURSE}"
HERE = f"/console/courses/{COURSE}"
STATEMENT = f"/billing/v1/courses/{COURSE}/settlement-statement"
SUMMARY: dict[str, Any] = {
    "course_id": COURSE, "version": 3, "status": "published", "title": "Attachment",
    "zone": "America/New_York", "starts_at": "2020-10-19T20:00:00Z",
    "ends_at": "2020-11-09T23:00:00Z", "price": usd(19900),
    "seats": {"capacity": 500, "left": 312, "waiting": 0}, "registration": {"open": True},
}  # fmt: skip
WHOLE = SUMMARY | {"sessions": CoursePublished.example["sessions"]}


def registered(number: int, status: str = "confirmed", **more: Any) -> dict[str, Any]:
    return {
        "registration_id": f"r-{number}", "person_id": f"p-{number}", "status": status,
        "name": f"Learner {number:03}", "email": f"l{number}@learners.example",
        "price": usd(19900), "organisation": None, "requested_at": "2020-09-14T15:04:05Z",
    } | more  # fmt: skip


def everybody(owners: Played, people: list[Any]) -> None:
    """Who is registered, as registration lists them, narrows them and counts them."""

    def narrowed(asked: Asked) -> tuple[int, Any]:
        status = asked.query.get("status")
        return paged([one for one in people if status in (None, one["status"])])(asked)

    owners.on("GET", f"{OURS}/registrations", narrowed)
    counts = Counter(one["status"] for one in people)
    owners.on("GET", f"{OURS}/registrations/counts", (200, {"counts": counts}))


def listed(current: list[Any], over: list[Any]) -> Callable[[Asked], tuple[int, Any]]:
    """Registration's lists of courses: all by their start, those ahead, the last to end first."""
    lists = {"current": current, "open": current, "over": over, "all": [*over[::-1], *current]}
    return lambda asked: paged(lists[asked.query.get("state", "all")])(asked)


@pytest.fixture
async def desk(web: Service, owners: Played, tell: Tell) -> Service:
    await tell(CoursePublished.model_validate(CoursePublished.example))
    over = SUMMARY | {
        "course_id": "old", "title": "An old one", "status": "published",
        "starts_at": "2019-01-07T20:00:00Z", "ends_at": "2019-01-07T22:00:00Z",
        "registration": {"open": False},
    }  # fmt: skip
    owners.on("GET", COURSES, listed([SUMMARY], [over]))
    owners.on("GET", OURS, (200, WHOLE))
    people = [registered(1), registered(2, "requested"), registered(3, "cancelled")]
    everybody(owners, people)
    turnover = {
        "currency": "USD", "collected": usd(39800), "refunded": usd(16900), "redeemed": usd(5000),
        "earned": usd(0), "parts": [], "share_due": usd(0),
    }  # fmt: skip
    owners.on("GET", STATEMENT, (200, {"turnover": [turnover]}))
    return web


async def test_all_courses_are_listed_the_next_first_and_as_a_sheet(desk: Service) -> None:
    async with staff(desk, "viewer") as client:
        page = await client.get("/console/courses")
        said = plain(page.text)
        assert said.index("Attachment") < said.index("An old one")
        assert "To come open 2020-10-19 2020-11-09 500 312 0" in said
        assert "2 courses" in said
        found = plain((await client.get("/console/courses?q=old")).text)
        assert "1 of 2 courses" in found
        assert "Attachment" not in found
        sheet = await client.get("/console/courses?q=old&format=csv")
    assert sheet.headers["content-disposition"] == 'attachment; filename="courses.csv"'
    assert list(csv.reader(io.StringIO(sheet.text))) == [
        ["Course", "State", "Begins", "Ends", "Seats", "Left", "Waiting", "Id"],
        ["An old one", "over", "2019-01-07", "2019-01-07", "500", "312", "0", "old"],
    ]


async def test_names_are_for_whoever_may_see_people(desk: Service, owners: Played) -> None:
    async with staff(desk, "viewer") as client:
        page = await client.get(HERE)
        assert "Learner" not in page.text
        assert "cancelling would do" not in page.text
    assert owners.calls(f"{OURS}/registrations") == []
    async with staff(desk, "finance", word="another") as client:
        said = plain((await client.get(HERE)).text)
        assert "Learner 001 l1@learners.example Confirmed 2020-09-14 15:04 $199.00" in said
        assert "Cancelled 1 Confirmed 1 Requested 1" in said
        assert "cancelling would do" not in said
        narrowed = plain((await client.get(f"{HERE}?state=requested")).text)
        assert "Learner 002" in narrowed
        assert "Learner 001" not in narrowed
    [asked, *_] = owners.calls(f"{OURS}/registrations")
    assert in_whose_name(asked) == "console:u-17"


async def test_a_list_of_many_is_read_to_its_end(desk: Service, owners: Played) -> None:
    everybody(owners, [registered(n) for n in range(230)])
    async with staff(desk, "coordinator") as client:
        said = plain((await client.get(f"{HERE}?sort=-name")).text)
    assert "230 registrations" in said
    assert "Page 1 of 5" in said
    assert said.index("Learner 229") < said.index("Learner 180")
    assert "Learner 179" not in said


async def test_a_course_of_thousands_is_counted_narrowed_and_taken_as_a_file_whole(
    desk: Service, owners: Played
) -> None:
    rows = [registered(n) for n in range(2_900)]
    everybody(owners, [*rows, *(registered(n, "cancelled") for n in range(2_900, 3_000))])
    async with staff(desk, "coordinator") as client:
        said = plain((await client.get(HERE)).text)
        assert "Cancelled 100 Confirmed 2,900" in said
        assert "2,000 registrations; there are more, narrow it down or take the CSV" in said
        gone = plain((await client.get(f"{HERE}?state=cancelled")).text)
        assert "100 registrations" in gone
        assert "Learner 2900" in gone
        assert "Confirmed 2,900" in gone, "of all, whatever is shown"
        sheet = (await client.get(f"{HERE}?format=csv")).text.splitlines()
        part = (await client.get(f"{HERE}?format=csv&state=cancelled&q=2950")).text.splitlines()
    assert len(sheet) == 3_001
    assert [line.split(",")[0] for line in part] == ["Name", "Learner 2950"]


async def test_of_a_file_that_is_not_whole_nothing_is_sent(desk: Service, owners: Played) -> None:
    pages: list[tuple[int, Any]] = [(200, {"items": [registered(1)], "next": "1"}), (503, {})]
    owners.on("GET", f"{OURS}/registrations", lambda _asked: pages.pop(0))
    owners.on("GET", COURSES, (403, problem("forbidden", 403)))
    async with staff(desk, "coordinator") as client:
        for path in (f"{HERE}?format=csv", "/console/courses?format=csv"):
            part = await client.get(path)
            assert part.status_code == 503
            assert part.headers["content-type"].startswith("text/html")


async def test_after_thousands_of_courses_those_ahead_are_still_there(
    desk: Service, owners: Played
) -> None:
    over = [
        SUMMARY | {
            "course_id": f"old-{n}", "title": f"Old {n}", "starts_at": "2019-01-07T20:00:00Z",
            "ends_at": "2019-01-07T22:00:00Z", "registration": {"open": False},
        }
        for n in range(3_000)
    ]  # fmt: skip
    owners.on("GET", COURSES, listed([SUMMARY], over))
    async with staff(desk, "viewer") as client:
        first = plain((await client.get("/console/courses")).text)
        found = plain((await client.get("/console/courses?q=old+2999")).text)
        ahead = plain((await client.get("/console/courses?state=current")).text)
        gone = plain((await client.get("/console/courses?state=over")).text)
        sheet = (await client.get("/console/courses?format=csv")).text.splitlines()
    assert first.index("Attachment") < first.index("Old 0")
    assert "there are more" in first
    assert "1 of 3,001 courses" in found
    assert "1 courses" in ahead
    assert "Old" not in ahead
    assert "Attachment" not in gone
    assert len(sheet) == 3_002


async def test_cancelling_shows_whom_and_how_much_before_anything_is_done(
    desk: Service, owners: Played
) -> None:
    async with staff(desk, "coordinator") as client:
        said = plain((await client.get(f"{HERE}/cancel")).text)
    assert "Nothing has been done yet." in said
    assert "1 who hold a seat and did not pay yet" in said
    assert "1 who are confirmed" in said
    assert "$229.00 came in and did not go back yet; $50.00 was paid with credits" in said
    assert [asked.method for asked in owners.asked] == ["GET"] * len(owners.asked)


async def test_it_is_done_once_with_a_reason_and_the_course_s_id_typed(
    desk: Service, owners: Played
) -> None:
    owners.on("POST", f"{OURS}/cancel", (202, {"status": "cancelled"}))
    async with staff(desk, "coordinator") as client:
        page = (await client.get(f"{HERE}/cancel")).text
        key = re.search(r'name="key" value="([0-9a-f]{32})"', page)
        assert key
        form = {
            "csrf": csrf(page),
            "key": key[1],
            "reason": "The presenter is ill",
            "typed": COURSE,
        }
        for wrong in ({"reason": " "}, {"typed": "another"}):
            answer = await client.post(f"{HERE}/cancel", data=form | wrong)
            assert answer.status_code == 422
            assert key[1] in answer.text
        assert owners.calls(f"{OURS}/cancel") == []
        done = await client.post(f"{HERE}/cancel", data=form)
        again = await client.post(f"{HERE}/cancel", data=form)
    assert (done.status_code, done.headers["location"]) == (303, HERE)
    assert again.status_code == 303
    first, second = owners.calls(f"{OURS}/cancel")
    assert first.body == {"reason": "The presenter is ill"}
    assert in_whose_name(first) == "console:u-17"
    assert first.key == second.key == key[1], "sent twice, it counts once"


async def test_who_may_not_cancels_nothing_and_nobody_else_s_form_does(
    desk: Service, owners: Played
) -> None:
    form = {"reason": "so", "typed": COURSE}
    async with staff(desk, "finance") as client:
        token = csrf((await client.get(HERE)).text)
        assert (await client.get(f"{HERE}/cancel")).status_code == 403
        sent = await client.post(f"{HERE}/cancel", data=form | {"csrf": token})
        assert sent.status_code == 403
    async with staff(desk, "admin", word="another") as client:
        for other in ("", token):
            sent = await client.post(f"{HERE}/cancel", data=form | {"csrf": other})
            assert sent.status_code == 403
    assert owners.calls(f"{OURS}/cancel") == []


@pytest.mark.parametrize(
    ("answer", "status", "said"),
    [
        ((409, problem("already-over", 409, "It is over.")), 409, "It is over."),
        (None, 503, "Registration did not answer. Send it again: it counts once."),
    ],
    ids=["refused", "away"],
)
async def test_what_did_not_go_through_is_told_and_nothing_typed_is_lost(
    desk: Service, owners: Played, answer: Any, status: int, said: str
) -> None:
    owners.on("POST", f"{OURS}/cancel", answer or (503, {}))
    async with staff(desk, "admin") as client:
        token = csrf((await client.get(f"{HERE}/cancel")).text)
        form = {"csrf": token, "key": "0" * 32, "reason": "The hall burnt", "typed": COURSE}
        page = await client.post(f"{HERE}/cancel", data=form)
    assert page.status_code == status
    assert said in page.text
    assert "The hall burnt" in page.text
    assert ("0" * 32 in page.text) == (status == 503), "another try after a refusal is another"


@pytest.mark.parametrize("status", [403, 503], ids=["refused", "away"])
async def test_where_nobody_says_who_is_registered_it_is_not_said_that_nobody_is(
    desk: Service, owners: Played, status: int
) -> None:
    async with staff(desk, "admin") as client:
        form = {"csrf": csrf((await client.get(f"{HERE}/cancel")).text), "key": "0" * 32}
        owners.on("GET", f"{OURS}/registrations/counts", (status, problem("no", status)))
        page = await client.get(f"{HERE}/cancel")
        assert "Registration is away" in page.text
        assert "Nobody is registered" not in page.text
        kept = await client.post(f"{HERE}/cancel", data=form | {"reason": "Snow", "typed": "x"})
    assert 'name="reason" value="Snow"' in kept.text
    assert owners.calls(f"{OURS}/cancel") == []


CHOICE = {"choose_day": "2020-10-02", "choose_wall": "17:00", "prefer": "credit"}


async def test_a_credit_instead_of_money_is_offered_once_it_is_seen_what_that_means(
    desk: Service, owners: Played
) -> None:
    owners.on("POST", f"{OURS}/cancel", (202, {"status": "cancelled"}))
    async with staff(desk, "coordinator") as client:
        page = (await client.get(f"{HERE}/cancel")).text
        assert 'id="choice-said"' not in page
        form = {"csrf": csrf(page), "key": "0" * 32, "reason": "Snow"} | CHOICE
        look = await client.post(f"{HERE}/cancel", data=form | {"look": "1"})
        assert look.status_code == 200
        said = plain(look.text).replace("\u202f", " ")
        assert "Who is confirmed, one person, and paid may choose" in said
        assert "until Friday, October 2, 2020, 5:00 PM, New York time (EDT)" in said
        assert "Who says nothing gets a credit then." in said
        assert "0" * 32 in look.text
        assert owners.calls(f"{OURS}/cancel") == []
        for prefer in ("credit", ""):
            sent = form | {"prefer": prefer, "typed": COURSE}
            assert (await client.post(f"{HERE}/cancel", data=sent)).status_code == 303
    assert [asked.body for asked in owners.calls(f"{OURS}/cancel")] == [
        {"reason": "Snow", "choose_until": "2020-10-02T21:00:00Z", "prefer_credit": True},
        {"reason": "Snow", "choose_until": "2020-10-02T21:00:00Z", "prefer_credit": False},
    ]


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        ({"choose_day": "", "choose_wall": ""}, "Say until when they may choose"),
        ({"choose_wall": ""}, "Nothing has been done yet."),
        ({"choose_day": "2 October"}, "Nothing has been done yet."),
        ({"choose_day": "2020-09-14", "choose_wall": "11:04"}, "ends after now"),
        ({"choose_day": "2020-11-13", "choose_wall": "11:00"}, "within 60 days"),
    ],
    ids=["no-time", "half-a-time", "no-day", "now", "too-late"],
)
async def test_a_time_to_choose_that_cannot_be_cancels_nothing_and_keeps_what_was_typed(
    desk: Service, owners: Played, choice: dict[str, str], said: str
) -> None:
    async with staff(desk, "coordinator") as client:
        form = {"csrf": csrf((await client.get(f"{HERE}/cancel")).text), "key": "0" * 32}
        typed = CHOICE | choice | {"reason": "Snow", "typed": COURSE}
        page = await client.post(f"{HERE}/cancel", data=form | typed)
    assert page.status_code == 422
    assert said in page.text
    assert f'name="choose_day" value="{typed["choose_day"]}"' in page.text
    assert '<option value="credit" selected>' in page.text
    assert "Snow" in page.text
    assert owners.calls(f"{OURS}/cancel") == []


async def test_how_far_a_cancelled_course_is_gone_through(desk: Service, owners: Played) -> None:
    owners.on("GET", OURS, (200, WHOLE | {"status": "cancelled"}))
    gone = {
        "reason": "The presenter is ill", "concerned": 12, "done": 9, "choosing": 0, "left": 3,
        "choose_until": None,
    }  # fmt: skip
    owners.on("GET", f"{OURS}/cancellation", (200, gone))
    async with staff(desk, "admin") as client:
        said = plain((await client.get(HERE)).text)
        back = await client.get(f"{HERE}/cancel")
    assert "9 of 12 registrations have ended; 3 are still to come" in said
    assert back.headers["location"] == HERE


# --- a session --------------------------------------------------------------------------------------
SESSION = f"/attendance/v1/sessions/{COURSE}/s1"
THERE = f"{HERE}/sessions/s1"
RECORDS = [
    {"registration_id": "r-1", "seconds": 3_660, "present": True, "in_room": True,
     "waiting": False, "version": 0, "flagged": False, "doubts": []},
    {"registration_id": "r-2", "seconds": 0, "present": False, "in_room": False,
     "waiting": False, "version": 1, "flagged": True, "doubts": ["two-at-once"]},
]  # fmt: skip
UNMATCHED = "/attendance/v1/unmatched"
STRANGER = {
    "id": "u-1", "course_id": COURSE, "session_id": "s1", "state": "open", "matched_to": None, "name": "Lerner One", "email": None, "first_seen_at": "2020-10-19T20:05:00Z",
    "hints": [{"registration_id": "r-2", "because": "the same e-mail address"}], "evidence": [],
}  # fmt: skip


@pytest.fixture
async def room(desk: Service, owners: Played) -> Service:
    owners.on("GET", SESSION, (200, SEEN | {"records": RECORDS}))
    owners.on("GET", UNMATCHED, (200, {"items": [STRANGER], "next": None}))
    owners.on("GET", f"{UNMATCHED}/u-1", (200, STRANGER))
    return desk


@pytest.mark.parametrize("answer", [(503, {}), (403, {})], ids=["away", "refused"])
async def test_a_file_that_would_lack_names_is_not_made_and_the_page_says_that_they_are_missing(
    room: Service, owners: Played, answer: tuple[int, Any]
) -> None:
    owners.on("GET", f"{OURS}/registrations", answer)
    async with staff(room, "coordinator") as client:
        cut = await client.get(f"{THERE}?format=csv")
        assert cut.status_code == 503
        assert cut.headers["content-type"].startswith("text/html")
        assert "a file would lack the names. Take it once it does." in plain(cut.text)
        for path in (THERE, f"{THERE}?sort=name", f"{THERE}?q=learner"):
            page = await client.get(path)
            assert page.status_code == 200
            assert "so their registrations stand here by number" in plain(page.text)
            assert "a file would lack" not in page.text
        assert "r-1" in (await client.get(THERE)).text
        one = plain((await client.get(f"{THERE}/unmatched/u-1")).text)
        assert "who some of them are, so their registrations stand here by number" in one
    # for whom no names are there is a column that says so, whether registration answers or not
    async with staff(room, "viewer", word="another") as client:
        sheet = await client.get(f"{THERE}?format=csv")
        assert sheet.status_code == 200
        assert sheet.text.splitlines()[0].startswith("Registration,")
        assert "does not say just now" not in (await client.get(THERE)).text


async def test_a_session_says_who_was_there_and_who_is_not_known(room: Service) -> None:
    async with staff(room, "coordinator") as client:
        page = await client.get(THERE)
        said = plain(page.text)
        assert "Learner 001 61 Present in the room" in said
        assert "Learner 002 0 Absent evidence now says less, two at once" in said
        assert "Lerner One , since" in said
        assert "Learner 002: the same e-mail address" in page.text
        sheet = (await client.get(f"{THERE}?format=csv")).text.splitlines()
    assert sheet[1] == "Learner 001,61,present,in the room,,r-1"
    async with staff(room, "viewer", word="another") as client:
        page = await client.get(THERE)
        assert "Learner" not in page.text
        assert "Lerner One" not in page.text
        assert "r-1" in page.text
        assert (await client.get(f"{HERE}/sessions/none")).status_code == 404


# --- tasks ------------------------------------------------------------------------------------------
TASK = {
    "task_id": "t-1", "service": "billing", "kind": "refund-failed", "what": "Ask for an account.",
    "about": {"refund_id": "f-1"}, "number": 1, "opened_at": "2020-09-10T09:00:00Z",
    "due_at": "2020-09-12T09:00:00Z", "closed_at": None,
}  # fmt: skip
CLOSE = "/console/system/tasks/billing/t-1"


@pytest.fixture
async def tasks(web: Service, owners: Played) -> Service:
    for name in ("registration", "attendance", "certificates", "partners"):
        owners.on("GET", f"/{name}/v1/tasks", (200, {"items": [], "next": None}))
    later = TASK | {
        "task_id": "t-2", "opened_at": "2020-09-11T09:00:00Z", "due_at": None, "what": None,
    }  # fmt: skip
    owners.on("GET", "/billing/v1/tasks", (200, {"items": [later, TASK], "next": None}))
    owners.on("GET", "/billing/v1/tasks/t-1", (200, TASK))
    owners.down = {"notifications"}
    return web


async def test_tasks_of_all_services_stand_in_one_list_the_oldest_first(tasks: Service) -> None:
    async with staff(tasks, "viewer") as client:
        page = await client.get("/console/system")
        said = plain(page.text)
        assert "Ask for an account. Billing 2020-09-10 09:00 2020-09-12 09:00 refund_id f-1" in said
        assert said.index("Ask for an account.") < said.index("Refund failed Billing")
        assert "Notifications does not answer; its tasks are not among these." in said
        shown = await client.get(CLOSE)
        assert "Close it" not in shown.text
        token = csrf(shown.text)
        sent = await client.post(CLOSE, data={"csrf": token, "reason": "done"})
        assert sent.status_code == 403
        for nowhere in ("/console/system/tasks/billing/none", "/console/system/tasks/web/t-1"):
            assert (await client.get(nowhere)).status_code == 404


async def test_a_task_is_closed_with_a_word_that_names_nobody(
    tasks: Service, owners: Played
) -> None:
    owners.on("POST", "/billing/v1/tasks/t-1/close", (200, TASK))
    async with staff(tasks, "finance") as client:
        form = {"csrf": csrf((await client.get(CLOSE)).text), "key": "2" * 32}
        for wrong in ("", "Ada's phone", "x" * 61, "done; twice"):
            answer = await client.post(CLOSE, data=form | {"reason": wrong})
            assert answer.status_code == 422
        done = await client.post(CLOSE, data=form | {"reason": " Done by  phone "})
        assert (done.status_code, done.headers["location"]) == (303, "/console/system")
    [asked] = owners.calls("/billing/v1/tasks/t-1/close")
    assert (asked.body, asked.key) == ({"reason": "done-by-phone"}, "2" * 32)
    assert in_whose_name(asked) == "console:u-17"


async def test_one_task_is_asked_for_by_its_id_however_many_there_are(
    tasks: Service, owners: Played
) -> None:
    async with staff(tasks, "finance") as client:
        page = await client.get(CLOSE)
        assert "Ask for an account." in page.text
        assert owners.calls("/billing/v1/tasks") == []
        owners.on("POST", "/billing/v1/tasks/t-1/close", (409, problem("task-closed", 409)))
        owners.on("GET", "/billing/v1/tasks/t-1", (503, {}))
        form = {"csrf": csrf(page.text), "key": "2" * 32, "reason": "done by phone"}
        kept = await client.post(CLOSE, data=form)
    assert kept.status_code == 503
    assert 'name="reason" value="done by phone"' in kept.text


# --- completing a session ---------------------------------------------------------------------------
COMPLETE = f"{THERE}/complete"


async def test_a_session_is_completed_by_hand_once_it_is_seen_what_that_means(
    room: Service, owners: Played, clock: Any
) -> None:
    clock.time = datetime(2020, 10, 19, 21, 0, tzinfo=UTC)  # an hour before its end
    owners.on("POST", f"{SESSION}/complete", (200, {"state": "completed"}))
    async with staff(room, "coordinator") as client:
        assert f'href="{COMPLETE}"' in (await client.get(THERE)).text
        page = (await client.get(COMPLETE)).text
        said = plain(page)
        assert "It is not over yet. 312 are in the room" in said
        assert "340 are registered" in said
        assert "2 are not matched yet." in said
        form = {"csrf": csrf(page), "key": "9" * 32}
        for typed in ("an hour", "0", "-5", "1.5", "99999"):
            answer = await client.post(COMPLETE, data=form | {"minutes": typed})
            assert answer.status_code == 422
        assert owners.calls(f"{SESSION}/complete") == []
        done = await client.post(COMPLETE, data=form | {"minutes": " 60 "})
        assert done.headers["location"] == THERE
        await client.post(COMPLETE, data=form | {"minutes": ""})
    bodies = [asked.body for asked in owners.calls(f"{SESSION}/complete")]
    assert bodies == [{"instruction_minutes": 60}, {"early": True}]
    assert in_whose_name(owners.calls(f"{SESSION}/complete")[0]) == "console:u-17"


async def test_what_attendance_refuses_is_told_and_who_may_not_does_not(
    room: Service, owners: Played
) -> None:
    refused = (409, problem("too-early", 409, "It has not begun."))
    owners.on("POST", f"{SESSION}/complete", refused)
    async with staff(room, "coordinator") as client:
        token = csrf((await client.get(COMPLETE)).text)
        page = await client.post(COMPLETE, data={"csrf": token, "minutes": "60"})
        assert page.status_code == 409
        assert "It has not begun." in page.text
        assert 'value="60"' in page.text
        assert (await client.get(f"{HERE}/sessions/none/complete")).status_code == 404
    async with staff(room, "finance", word="another") as client:
        assert (await client.get(COMPLETE)).status_code == 403
