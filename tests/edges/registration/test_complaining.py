"""Somebody complains: kept, due in two weeks, answered, and seen by the two who may."""

import asyncio

import pytest

from services.registration.api.answers import Asked, Complained
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
    fits(Complained, made.json())
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
                "number": told["complaint"],
                "thread": told["complaint"],
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
    fits(Asked, done.json())
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


async def answers(stage: Stage, who: str, words: str, **to: int):
    return await stage.act(stage.operator, who, "complaints/answer", {"answer": words, **to})


async def test_the_last_answer_is_the_one_that_holds(stage: Stage):
    ada = await registered(stage)
    await complains(stage, ada)
    for words in ("We look into it.", "We teach it again."):
        assert (await answers(stage, ada, words)).status_code == 200
    for shown in (await seen(stage, ada), await stage.shown(ada)):
        assert [one["answer"] for one in shown["complaints"]] == ["We teach it again."]
    assert len(await said(stage, "complaint_answered")) == 2
    await complains(stage, ada, "You did not.")
    await answers(stage, ada, "We do on Friday.")
    assert [one["answer"] for one in (await seen(stage, ada))["complaints"]] == [
        "We teach it again.",
        "We do on Friday.",
    ], "what was answered before stays so"


async def test_what_was_written_while_staff_wrote_is_not_answered_unread(stage: Stage):
    ada = await registered(stage)
    await complains(stage, ada)
    [read] = (await stage.shown(ada))["complaints"]
    await complains(stage, ada, "And nobody called back.")
    refused = await answers(stage, ada, "We teach it.", to=read["number"])
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/complained-more")
    assert [one["answer"] for one in (await seen(stage, ada))["complaints"]] == [None, None]
    assert [type_ for type_, _ in await tasks(stage)] == ["task.opened"]
    last = (await stage.shown(ada))["complaints"][-1]["number"]
    assert (await answers(stage, ada, "Both.", to=last)).status_code == 200
    assert [one["answer"] for one in (await seen(stage, ada))["complaints"]] == ["Both.", "Both."]
    unknown = await answers(stage, ada, "What?", to=last + 7)
    assert (unknown.status_code, unknown.json()["type"]) == (409, "/problems/nothing-complained")


async def test_no_day_that_has_passed_is_promised(stage: Stage):
    ada = await registered(stage)
    await complains(stage, ada)
    await stage.go_to("2020-09-20T09:00:00Z")
    late = await complains(stage, ada, "I still wait.")
    assert late.json()["answer_by"] == "2020-10-04T09:00:00Z"
    await stage.go_to("2020-09-25T09:00:00Z")
    again = await complains(stage, ada, "And I still do.")
    assert again.json()["answer_by"] == "2020-10-04T09:00:00Z", "what was promised last holds"
    [first] = [said for type_, said in await tasks(stage) if type_ == "task.opened"]
    assert first["due_at"] == "2020-09-16T09:00:00Z", "and staff are late all the same"


async def test_two_people_of_one_place_are_answered_each_by_themselves(stage: Stage):
    ada = await registered(stage)
    await complains(stage, ada)
    body = {"attendee": application("Bea")["attendee"], "disclosure_version": "2020-09-01"}
    assert (await stage.act(stage.holder(ada), ada, "substitute", body)).status_code == 200
    theirs = await stage.act(
        stage.holder(ada, 2), ada, "complaints", {"complaint": "I got no link."}
    )
    assert theirs.status_code == 200
    first, second = (await stage.shown(ada))["complaints"]
    assert (first["theirs"], second["theirs"]) == (False, True)
    await answers(stage, ada, "Here is your link.", to=second["number"])
    first, second = (await stage.shown(ada))["complaints"]
    assert (first["answer"], second["answer"]) == (None, "Here is your link.")
    assert [type_ for type_, _ in await tasks(stage)] == ["task.opened"], "Ada waits still"
    await answers(stage, ada, "We teach it again.", to=first["number"])
    assert [type_ for type_, _ in await tasks(stage)] == ["task.opened", "task.closed"]
    bea = await seen(stage, ada, version=2)
    assert [one["answer"] for one in bea["complaints"]] == ["Here is your link."]
    assert "teach it again" not in str(bea)


async def test_a_colleague_is_not_even_shown_that_there_was_a_complaint(stage: Stage):
    ada = await registered(stage)
    await complains(stage, ada)
    assert "complained" in [one["act"] for one in (await seen(stage, ada))["history"]]
    body = {"attendee": application("Bea")["attendee"], "disclosure_version": "2020-09-01"}
    await stage.act(stage.holder(ada), ada, "substitute", body)
    await answers(stage, ada, "Sorry.")
    acts = {one["act"] for one in (await seen(stage, ada, version=2))["history"]}
    assert not acts & {"complained", "complaint-answered"}
    assert "complained" in [one["act"] for one in (await stage.shown(ada))["history"]]


async def test_erasing_the_colleague_leaves_the_complaint_of_who_was_here_before(stage: Stage):
    ada = await registered(stage)
    former = (await stage.shown(ada))["attendee"]["person_id"]
    await complains(stage, ada)
    body = {"attendee": application("Bea")["attendee"], "disclosure_version": "2020-09-01"}
    await stage.act(stage.holder(ada), ada, "substitute", body)
    colleague = (await stage.shown(ada))["attendee"]["person_id"]
    await stage.act(stage.holder(ada, 2), ada, "cancel")
    assert (await erase(stage, colleague)).status_code == 200
    [kept] = (await stage.shown(ada))["complaints"]
    assert kept["complaint"] == WRONG
    assert (await answers(stage, ada, "Sorry.")).status_code == 200
    assert (await erase(stage, former)).status_code == 200
    assert (await stage.shown(ada))["complaints"] == []
