"""When the provider cancels one session of several: the course goes on without it (domain.md §2)."""

import uuid
from typing import Any

from services.registration.api import withdrawal_answers as answers
from tests.edges.registration.conftest import Stage
from tests.edges.registration.happenings import completed
from tests.edges.registration.test_answers import fits
from tests.edges.registration.test_provider_cancels import confirmed, prefer, slug, status, withdraw

REASON = "The platform is down that day."
UNTIL = "2020-10-30T00:00:00Z"
QUARTER = {"session_id": "s3", "minutes": 120, "total_minutes": 480}


async def withdraw_session(stage: Stage, session_id: str = "s3", client=None, **body: Any):
    return await (client or stage.operator).post(
        f"/courses/attachment/sessions/{session_id}/cancel",
        json={"reason": REASON} | body,
        headers={"Idempotency-Key": str(uuid.uuid4())},
    )


async def shares_of(stage: Stage, registration_id: str) -> list[dict[str, Any]]:
    wanted = ("session_id", "minutes", "total_minutes")
    return [
        {name: said[name] for name in wanted}
        for type_, said in await stage.spoken(registration_id)
        if type_ == "registration.share_due.v1"
    ]


async def test_a_session_is_cancelled_in_a_new_version_of_its_course(stage: Stage):
    await stage.publish()
    ada = await confirmed(stage, "Ada")
    answer = await withdraw_session(stage, choose_until=UNTIL)
    assert answer.status_code == 202
    fits(answers.SessionWithdrawnAnswer, answer.json())
    assert answer.json() == {
        "course_id": "attachment",
        "session_id": "s3",
        "status": "cancelled",
        "cancelled_at": "2020-09-01T13:00:00Z",
        "reason": REASON,
        "choose_until": UNTIL,
        "concerned": 1,
    }
    said = (await stage.said("course.published"))[-1]
    third = said["sessions"][2]
    assert (said["version"], said["status"]) == (2, "published")
    assert (third["session_id"], third["status"], third["cancelled_reason"]) == (
        "s3",
        "cancelled",
        REASON,
    )
    assert [each["schedule_version"] for each in said["sessions"]] == [1, 1, 2, 1]
    shown = await stage.shown(ada)
    assert shown["status"] == "confirmed"
    assert sorted(shown["links"]["join"]) == ["s1", "s2", "s4"]
    assert shown["choices"] == [
        {"session_id": "s3", "until": UNTIL, "otherwise": None, "open": True, "outcome": None}
    ]
    again = await withdraw_session(stage, reason="Another.")
    assert again.json() == answer.json()
    assert len(await stage.said("course.published")) == 2


async def test_first_start_last_end_and_the_window_follow(stage: Stage):
    await stage.publish()
    await withdraw_session(stage, "s1")
    await withdraw_session(stage, "s4")
    page = (await stage.public.get("/courses/attachment")).json()
    assert (page["starts_at"], page["ends_at"]) == ("2020-10-26T20:00:00Z", "2020-11-02T23:00:00Z")
    assert page["registration"]["closes_at"] == "2020-10-26T20:00:00Z"


async def test_the_share_is_taken_once_by_who_wants_it(stage: Stage):
    await stage.publish()
    ada, bea = await confirmed(stage, "Ada"), await confirmed(stage, "Bea")
    await withdraw_session(stage, choose_until=UNTIL)
    first = await prefer(stage, ada, "refund")
    assert first.status_code == 202
    fits(answers.ChosenAnswer, first.json())
    assert (first.json()["session_id"], first.json()["status"]) == ("s3", "confirmed")
    assert (await prefer(stage, ada, "refund")).json() == first.json()
    assert (await prefer(stage, ada, "refund", session_id="s3")).json() == first.json()
    await stage.go_to("2020-10-31T00:00:00Z")
    assert (await prefer(stage, ada, "refund")).json() == first.json()
    assert await shares_of(stage, ada) == [QUARTER]
    assert await shares_of(stage, bea) == []
    last = (await stage.shown(ada))["history"][-1]
    assert (last["act"], last["by"], last["facts"]) == ("share", "learner", QUARTER)
    assert (await stage.shown(ada))["choices"][0]["outcome"] == "refund"
    assert slug(await prefer(stage, bea, "refund")) == (409, "choice-ended")


async def test_the_request_counts_from_its_receipt(stage: Stage):
    await stage.publish()
    ada = await confirmed(stage, "Ada")
    await withdraw_session(stage)
    await stage.go_to("2020-09-15T12:59:59.999999Z")  # a fortnight, where nothing else was said
    assert (await prefer(stage, ada, "refund")).status_code == 202
    said = (await stage.spoken(ada))[-1][1]
    assert said["requested_at"] == "2020-09-15T12:59:59.999999Z"
    bea = await confirmed(stage, "Bea")  # for her it was never a part of the course
    assert slug(await prefer(stage, bea, "refund")) == (409, "nothing-to-choose")
    assert (await stage.shown(bea))["choices"] == []


async def test_a_fortnight_later_it_is_over(stage: Stage):
    await stage.publish()
    ada = await confirmed(stage, "Ada")
    await withdraw_session(stage)
    await stage.go_to("2020-09-15T13:00:00Z")
    assert slug(await prefer(stage, ada, "refund")) == (409, "choice-ended")


async def test_for_one_session_there_is_no_credit(stage: Stage):
    await stage.publish()
    ada = await confirmed(stage, "Ada")
    refused = await withdraw_session(stage, prefer_credit=True)
    assert refused.status_code == 422
    assert [error["pointer"] for error in refused.json()["errors"]] == ["/prefer_credit"]
    await withdraw_session(stage)
    answer = await prefer(stage, ada, "credit")
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/outcome"]
    assert await shares_of(stage, ada) == []


async def test_of_several_the_one_that_is_meant_is_named(stage: Stage):
    await stage.publish()
    ada = await confirmed(stage, "Ada")
    await withdraw_session(stage, "s2")
    await withdraw_session(stage, "s3")
    unnamed = await prefer(stage, ada, "refund")
    assert slug(unnamed) == (422, "session-needed")
    assert [error["pointer"] for error in unnamed.json()["errors"]] == ["/session_id"]
    assert (await prefer(stage, ada, "refund", session_id="s3")).status_code == 202
    assert (await prefer(stage, ada, "refund")).json()["session_id"] == "s2"
    # Each share is of the schedule that was paid for, whatever was cancelled since.
    assert await shares_of(stage, ada) == [QUARTER, QUARTER | {"session_id": "s2"}]
    assert slug(await prefer(stage, ada, "refund", session_id="s1")) == (409, "nothing-to-choose")


async def test_who_paid_nothing_takes_nothing_back(stage: Stage):
    await stage.publish(capacity=2)
    held = (await stage.register("Ada")).json()["registration_id"]
    bea = await confirmed(stage, "Bea")
    waits = (await stage.register("Cleo")).json()["registration_id"]
    await withdraw_session(stage)
    await stage.act(stage.holder(bea), bea, "cancel")
    for each in (held, bea, waits):
        assert slug(await prefer(stage, each, "refund")) == (409, "nothing-to-choose")
        assert (await stage.shown(each))["choices"] == []


async def test_the_only_session_left_is_not_cancelled_nor_one_that_was_held(stage: Stage):
    await stage.publish()
    for session_id in ("s2", "s3", "s4"):
        assert (await withdraw_session(stage, session_id)).status_code == 202
    assert slug(await withdraw_session(stage, "s1")) == (409, "last-session")


async def test_a_session_that_was_held_is_not_cancelled(stage: Stage):
    await stage.publish()
    await stage.go_to("2020-10-19T21:59:59Z")
    await stage.hears(completed("s2"))
    assert slug(await withdraw_session(stage, "s2")) == (409, "session-over")
    await stage.go_to("2020-10-19T22:00:00Z")  # its end
    assert slug(await withdraw_session(stage, "s1")) == (409, "session-over")


async def test_the_last_session_is_cancelled_after_the_others_and_the_course_is_over(stage: Stage):
    await stage.publish()
    ada = await confirmed(stage, "Ada")
    await stage.hears(*(completed(f"s{n}") for n in (1, 2, 3)))
    await stage.go_to("2020-11-03T12:00:00Z")
    assert (await stage.shown(ada))["status"] == "confirmed"
    assert (await withdraw_session(stage, "s4")).status_code == 202
    await stage.go_to("2020-11-03T12:01:00Z")
    assert (await stage.shown(ada))["status"] == "completed"


async def test_who_may_and_what_there_is(stage: Stage):
    await stage.publish()
    ada = await confirmed(stage, "Ada")
    assert (await withdraw_session(stage, client=stage.public)).status_code == 401
    assert (await withdraw_session(stage, client=stage.holder(ada))).status_code == 403
    assert slug(await withdraw_session(stage, "s9")) == (404, "session-unknown")
    await withdraw(stage)
    assert slug(await withdraw_session(stage, "s3")) == (409, "course-cancelled")
    assert slug(await prefer(stage, ada, "refund", session_id="s3")) == (409, "nothing-to-choose")


async def test_staff_are_asked_to_check_approvals_that_are_not_filled_any_more(stage: Stage):
    await stage.publish()
    await withdraw_session(stage)
    [task] = await stage.said("task.opened")
    assert (task["kind"], task["about"]) == (
        "approval-check",
        {"course_id": "attachment", "session_id": "s3"},
    )
    assert REASON not in task["what"]


async def test_without_a_board_or_with_hours_to_spare_nobody_is_asked(stage: Stage):
    await stage.publish(boards=[])
    await withdraw_session(stage)
    assert await stage.said("task.opened") == []


async def test_the_course_completes_with_those_that_were_held(stage: Stage):
    await stage.publish()
    ada = await confirmed(stage, "Ada")
    await stage.hears(completed("s1"), completed("s2"), completed("s3"))
    await stage.go_to("2020-11-08T00:00:00Z")
    assert await status(stage, ada) == "confirmed"
    await withdraw_session(stage, "s4")
    await stage.swept()
    assert await status(stage, ada) == "completed"
    # The share may still be taken: the course was shorter than what was paid for.
    assert (await prefer(stage, ada, "refund")).status_code == 202
    assert await shares_of(stage, ada) == [QUARTER | {"session_id": "s4"}]


MADE_UP = {"date": "2020-09-10", "from": "16:00", "to": "18:00"}  # 20:00Z, within the fortnight


async def made_up(stage: Stage, when: dict[str, str]) -> None:
    back = await stage.operator.put("/courses/attachment/sessions/s3", json=when)
    assert back.status_code == 200, back.text


async def test_a_make_up_date_or_the_share_is_the_learner_s_choice(stage: Stage):
    await stage.publish()
    ada, bea, cleo = [await confirmed(stage, name) for name in ("Ada", "Bea", "Cleo")]
    await withdraw_session(stage, choose_until=UNTIL)
    assert (await prefer(stage, ada, "refund")).status_code == 202  # before there is a date
    await made_up(stage, {"date": "2020-11-16", "from": "16:00", "to": "18:00"})
    offered = {"session_id": "s3", "until": UNTIL, "otherwise": None, "open": True, "outcome": None}
    assert (await stage.shown(bea))["choices"] == [offered]
    assert sorted((await stage.shown(bea))["links"]["join"]) == ["s1", "s2", "s3", "s4"]
    await stage.go_to("2020-10-29T23:59:59.999999Z")
    assert (await prefer(stage, bea, "refund")).status_code == 202  # there is one
    assert sorted((await stage.shown(bea))["links"]["join"]) == ["s1", "s2", "s4"]
    assert await shares_of(stage, ada) == await shares_of(stage, bea) == [QUARTER]
    await stage.go_to(UNTIL)
    assert slug(await prefer(stage, cleo, "refund")) == (409, "choice-ended")
    assert (await stage.shown(cleo))["choices"] == [offered | {"open": False}]
    assert await shares_of(stage, cleo) == []
    assert "s3" in (await stage.shown(cleo))["links"]["join"]


async def test_once_the_make_up_date_has_begun_the_share_is_over(stage: Stage):
    await stage.publish()
    ada, bea = await confirmed(stage, "Ada"), await confirmed(stage, "Bea")
    await withdraw_session(stage, choose_until=UNTIL)
    await made_up(stage, MADE_UP)
    [choice] = (await stage.shown(ada))["choices"]
    assert (choice["until"], choice["open"]) == ("2020-09-10T20:00:00Z", True)
    await stage.go_to("2020-09-10T19:59:59.999999Z")
    assert (await prefer(stage, ada, "refund")).status_code == 202
    await stage.go_to("2020-09-10T20:00:00Z")
    assert slug(await prefer(stage, bea, "refund")) == (409, "choice-ended")
    assert (await prefer(stage, ada, "refund")).status_code == 202  # the same again
    assert await shares_of(stage, ada) == [QUARTER]


async def test_who_registered_with_the_make_up_date_has_no_share_to_take(stage: Stage):
    await stage.publish()
    await confirmed(stage, "Ada")
    await withdraw_session(stage, choose_until=UNTIL)
    bea = await confirmed(stage, "Bea")  # while it was cancelled
    await made_up(stage, MADE_UP)
    cleo = await confirmed(stage, "Cleo")  # for the make-up date
    for each in (bea, cleo):
        assert (await stage.shown(each))["choices"] == []
        assert slug(await prefer(stage, each, "refund")) == (409, "nothing-to-choose")
    # That is cancelled too: it was Cleo's, and Bea's it never was.
    await withdraw_session(stage, reason="Once more.")
    assert (await prefer(stage, cleo, "refund")).status_code == 202
    assert slug(await prefer(stage, bea, "refund")) == (409, "nothing-to-choose")
    assert await shares_of(stage, cleo) == [QUARTER]


async def test_a_session_brought_back_after_the_share_was_taken_is_not_theirs_again(stage: Stage):
    await stage.publish()
    ada, bea = await confirmed(stage, "Ada"), await confirmed(stage, "Bea")
    await withdraw_session(stage)
    first = await prefer(stage, ada, "refund")
    moved = {"date": "2020-11-16", "from": "16:00", "to": "18:00"}
    back = await stage.operator.put("/courses/attachment/sessions/s3", json=moved)
    assert back.status_code == 200, back.text
    # The one or the other: of the make-up date who took the share has none.
    assert sorted((await stage.shown(ada))["links"]["join"]) == ["s1", "s2", "s4"]
    assert sorted((await stage.shown(bea))["links"]["join"]) == ["s1", "s2", "s3", "s4"]
    # Cancelled once more: who has the share does not get it twice, the others may.
    again = await withdraw_session(stage, reason="Once more.")
    assert again.json()["reason"] == "Once more."
    assert (await prefer(stage, ada, "refund")).json() == first.json()
    assert (await prefer(stage, bea, "refund")).status_code == 202
    assert await shares_of(stage, ada) == await shares_of(stage, bea) == [QUARTER]


async def test_completed_by_who_had_not_heard_it_still_gets_a_make_up_date(stage: Stage):
    """Attendance was away: its clock completed what had been cancelled (decision 118)."""
    await stage.publish()
    ada = await confirmed(stage, "Ada")
    await withdraw_session(stage, "s4")
    await stage.hears(*(completed(session) for session in ("s1", "s2", "s3", "s4")))
    assert [
        row["session_id"]
        for row in await stage.fetch("SELECT * FROM sessions_completed ORDER BY 2")
    ] == [
        "s1",
        "s2",
        "s3",
    ]
    make_up = {"date": "2020-12-01", "from": "16:00", "to": "18:00"}
    answer = await stage.operator.put(
        "/courses/attachment/sessions/s4",
        json=make_up,
        headers={"Idempotency-Key": str(uuid.uuid4())},
    )
    assert answer.status_code == 200, answer.text
    said = (await stage.said("course.published"))[-1]["sessions"][3]
    assert (said["status"], said["starts_at"]) == ("scheduled", "2020-12-01T21:00:00Z")
    await stage.go_to("2020-11-20T00:00:00Z")
    assert await status(stage, ada) == "confirmed"
