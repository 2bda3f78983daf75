"""Somebody complains: kept, due in two weeks, answered, and seen by the two who may."""

import asyncio

import pytest

from services.registration.api import answers
from services.registration.api.registration_answers import RegistrationAnswer
from tests.edges.registration.conftest import Stage, application
from tests.edges.registration.happenings import paid
from tests.edges.registration.test_accommodating import seen, tasks
from tests.edges.registration.test_answers import fits
from tests.edges.registration.test_erasing import erase

WRONG = "The second session was cut off after an hour. Teach the rest, or give that part back."


async def registered(stage: Stage) -> str:
    await stage.publish()
    made = (await stage.register("Ada")).json()["registration_id"]
    await stage.hears(paid(made))
    await stage.go_to("2020-09-02T09:00:00Z")
    return str(made)


async def complains(stage: Stage, who: str, words: str = WRONG):
    return await stage.act(stage.holder(who), who, "complaints", {"complaint": words})


async def said(stage: Stage, what: str):
    return [said for type_, said in await stage.spoken() if type_ == f"registration.{what}.v1"]


async def test_a_complaint_is_kept_and_an_answer_promised_in_two_weeks(stage: Stage):
    ada = await registered(stage)
    assert (await stage.shown(ada))["complaints"] == []
    made = await complains(stage, ada)
    assert made.status_code == 200
    fits(answers.Complained, made.json())
    assert made.json() == {
        "registration_id": ada,
        "status": "confirmed",
        "answer_by": "2020-09-16T09:00:00Z",
    }
    [(type_, task)] = await tasks(stage)
    assert (type_, task["kind"], task["due_at"]) == (
        "task.opened",
        "complaint",
        "2020-09-16T09:00:00Z",
    )
    assert task["about"] == {"registration_id": ada, "course_id": "attachment"}
    [told] = await said(stage, "complained")
    assert (told["complained_at"], told["answer_by"]) == (
        "2020-09-02T09:00:00Z",
        "2020-09-16T09:00:00Z",
    )
    assert "cut off" not in str(await stage.spoken())
    assert "cut off" not in str([dict(r) for r in await stage.fetch("SELECT * FROM history")])
    for shown in (await stage.shown(ada), await seen(stage, ada)):
        fits(RegistrationAnswer, shown)
        assert shown["complaints"] == [
            {
                "complaint": WRONG,
                "complained_at": "2020-09-02T09:00:00Z",
                "answer_by": "2020-09-16T09:00:00Z",
                "answer": None,
                "answered_at": None,
                "theirs": True,
            }
        ]


async def test_what_is_written_before_the_answer_is_answered_with_the_first(stage: Stage):
    ada = await registered(stage)
    await complains(stage, ada)
    await stage.go_to("2020-09-10T09:00:00Z")
    more = await complains(stage, ada, "And nobody called back.")
    assert more.json()["answer_by"] == "2020-09-16T09:00:00Z", "the first promise holds for both"
    assert [type_ for type_, _ in await tasks(stage)] == ["task.opened"]
    await stage.go_to("2020-09-11T09:00:00Z")
    done = await stage.act(stage.operator, ada, "complaints/answer", {"answer": "We teach it."})
    assert done.status_code == 200
    fits(answers.Asked, done.json())
    assert [type_ for type_, _ in await tasks(stage)] == ["task.opened", "task.closed"]
    assert [
        (one["complaint"], one["answer"], one["answered_at"])
        for one in (await seen(stage, ada))["complaints"]
    ] == [
        (WRONG, "We teach it.", "2020-09-11T09:00:00Z"),
        ("And nobody called back.", "We teach it.", "2020-09-11T09:00:00Z"),
    ]
    [told] = await said(stage, "complaint_answered")
    person = (await stage.shown(ada))["attendee"]["person_id"]
    assert (told["complained_by"], told["answered_at"]) == (person, "2020-09-11T09:00:00Z")
    assert "teach it" not in str(await stage.spoken())
    [done] = await stage.audited("complaint.answered")
    assert (done["by"], done["about"]) == ("operator", ada)
    # again after the answer: a task and a promise of its own
    await stage.go_to("2020-09-20T09:00:00Z")
    again = await complains(stage, ada, "You did not.")
    assert again.json()["answer_by"] == "2020-10-04T09:00:00Z"
    assert [type_ for type_, _ in await tasks(stage)][2:] == ["task.opened"]
    assert (await seen(stage, ada))["complaints"][-1]["answer"] is None


async def test_who_cancelled_may_complain_and_the_task_outlives_it(stage: Stage):
    ada = await registered(stage)
    await complains(stage, ada)
    await stage.act(stage.holder(ada), ada, "cancel")
    assert [type_ for type_, said in await tasks(stage) if said["kind"] == "complaint"] == [
        "task.opened"
    ]
    late = await complains(stage, ada, "And the fee is wrong.")
    assert (late.status_code, late.json()["status"]) == (200, "cancelled")
    done = await stage.act(stage.operator, ada, "complaints/answer", {"answer": "It is not."})
    assert done.status_code == 200
    assert (await stage.shown(ada))["status"] == "cancelled"


async def test_only_staff_answer_and_only_where_somebody_complained(stage: Stage):
    ada = await registered(stage)
    nothing = await stage.act(stage.operator, ada, "complaints/answer", {"answer": "x"})
    assert (nothing.status_code, nothing.json()["type"]) == (409, "/problems/nothing-complained")
    await complains(stage, ada)
    theirs = await stage.act(stage.holder(ada), ada, "complaints/answer", {"answer": "Right."})
    assert theirs.status_code == 403
    unknown = await stage.act(stage.operator, "nobody", "complaints", {"complaint": "x"})
    assert (unknown.status_code, unknown.json()["type"]) == (404, "/problems/registration-unknown")
    phoned = await stage.act(stage.operator, ada, "complaints", {"complaint": "By telephone."})
    assert phoned.status_code == 200, "staff write down what was said to them"
    assert (await stage.shown(ada))["history"][-1]["by"] == "operator"


async def test_a_colleague_never_sees_it_and_staff_know_whose_it_is(stage: Stage):
    ada = await registered(stage)
    former = (await stage.shown(ada))["attendee"]["person_id"]
    await complains(stage, ada)
    body = {"attendee": application("Bea")["attendee"], "disclosure_version": "2020-09-01"}
    assert (await stage.act(stage.holder(ada), ada, "substitute", body)).status_code == 200
    colleague = await seen(stage, ada, version=2)
    assert colleague["complaints"] == []
    assert "cut off" not in str(colleague)
    [kept] = (await stage.shown(ada))["complaints"]
    assert (kept["complaint"], kept["theirs"]) == (WRONG, False)
    await stage.act(stage.operator, ada, "complaints/answer", {"answer": "Sorry."})
    [told] = await said(stage, "complaint_answered")
    assert told["complained_by"] == former
    assert told["person_id"] != former
    assert (await seen(stage, ada, version=2))["complaints"] == []


async def test_of_who_is_erased_nothing_is_left_to_answer(stage: Stage):
    ada = await registered(stage)
    person = (await stage.shown(ada))["attendee"]["person_id"]
    await complains(stage, ada)
    await stage.act(stage.holder(ada), ada, "cancel")
    erased = await erase(stage, person)
    assert erased.status_code == 200, erased.text
    assert (await stage.shown(ada))["complaints"] == []
    assert "cut off" not in str([dict(r) for r in await stage.fetch("SELECT * FROM words")])
    nothing = await stage.act(stage.operator, ada, "complaints/answer", {"answer": "x"})
    assert nothing.json()["type"] == "/problems/nothing-complained"


async def test_twice_with_one_key_is_one_complaint_and_at_once_all_are_kept(stage: Stage):
    ada = await registered(stage)
    path = f"/registrations/{ada}/complaints"
    for _ in range(2):
        made = await stage.holder(ada).post(
            path, json={"complaint": WRONG}, headers={"Idempotency-Key": "same"}
        )
        assert made.status_code == 200
    assert len((await seen(stage, ada))["complaints"]) == 1
    done = await asyncio.gather(
        complains(stage, ada, "One."),
        complains(stage, ada, "Two."),
        stage.act(stage.operator, ada, "complaints/answer", {"answer": "Yes."}),
    )
    assert [answer.status_code for answer in done] == [200, 200, 200]
    assert {one["complaint"] for one in (await seen(stage, ada))["complaints"]} == {
        WRONG,
        "One.",
        "Two.",
    }


@pytest.mark.parametrize("body", [{}, {"complaint": ""}, {"complaint": "x" * 5_001}])
async def test_nonsense_is_refused(stage: Stage, body: dict[str, str]):
    ada = await registered(stage)
    odd = await stage.act(stage.holder(ada), ada, "complaints", body)
    assert odd.status_code == 422
    assert (await stage.act(stage.public, ada, "complaints", {"complaint": "x"})).status_code == 401
    longest = await complains(stage, ada, "x" * 5_000)
    assert longest.status_code == 200
