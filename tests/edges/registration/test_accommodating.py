"""Somebody needs something to take part: asked, answered, and seen by the two who may."""

import asyncio

from services.registration.api import answers
from services.registration.api.registration_answers import RegistrationAnswer
from tests.edges.registration.conftest import Stage, application
from tests.edges.registration.happenings import paid
from tests.edges.registration.test_answers import fits

NEED = "Captions, please: I am deaf in one ear."


async def asked(stage: Stage, name: str = "Ada") -> str:
    await stage.publish()
    made = await stage.register(name, accommodation=NEED)
    registration_id = made.json()["registration_id"]
    await stage.hears(paid(registration_id))
    await stage.go_to("2020-09-01T13:00:00Z")
    return registration_id


async def tasks(stage: Stage):
    return [
        (type_.removesuffix(".v1"), said)
        for type_, said in await stage.spoken()
        if type_.startswith("task.")
    ]


async def seen(stage: Stage, registration_id: str, version: int = 1):
    answer = await stage.holder(registration_id, version).get(f"/registrations/{registration_id}")
    return answer.json()


async def test_asked_while_registering_staff_are_given_a_task_that_names_ids_only(stage: Stage):
    ada = await asked(stage)
    [(type_, task)] = await tasks(stage)
    assert (type_, task["kind"], task["due_at"]) == (
        "task.opened",
        "accommodation",
        "2020-09-08T13:00:00Z",
    )
    assert task["about"] == {"registration_id": ada, "course_id": "attachment"}
    assert "am deaf" not in str(await stage.spoken())
    assert "am deaf" not in str([dict(r) for r in await stage.fetch("SELECT * FROM history")])
    for shown in (await stage.shown(ada), await seen(stage, ada)):
        fits(RegistrationAnswer, shown)
        assert shown["accommodation"] == {
            "request": NEED,
            "requested_at": "2020-09-01T13:00:00Z",
            "answer": None,
            "answered_at": None,
        }


async def test_the_answer_closes_the_task_and_the_person_reads_it(stage: Stage):
    ada = await asked(stage)
    path = "accommodation/answer"
    early = await stage.act(stage.holder(ada), ada, path, {"answer": "Yes."})
    assert early.status_code == 403
    await stage.go_to("2020-09-02T08:00:00Z")
    answer = await stage.act(stage.operator, ada, path, {"answer": "A captioner is booked."})
    assert answer.status_code == 200
    fits(answers.Asked, answer.json())
    assert [type_ for type_, _ in await tasks(stage)] == ["task.opened", "task.closed"]
    shown = (await seen(stage, ada))["accommodation"]
    assert (shown["answer"], shown["answered_at"]) == (
        "A captioner is booked.",
        "2020-09-02T08:00:00Z",
    )
    assert "captioner" not in str(await stage.spoken())
    [said] = [s for t, s in await stage.spoken() if "accommodation_answered" in t]
    assert (said["registration_id"], said["answered_at"]) == (ada, "2020-09-02T08:00:00Z")
    # answered once more, with no task open: that is said too, as a later answer
    await stage.act(stage.operator, ada, path, {"answer": "Two captioners are."})
    [_, again] = [s for t, s in await stage.spoken() if "accommodation_answered" in t]
    assert again["answer"] > said["answer"]
    [done, _] = await stage.audited("accommodation.answered")
    assert (done["by"], done["about"]) == ("operator", ada)


async def test_asked_later_and_again_one_task_is_open_at_a_time(stage: Stage):
    await stage.publish()
    ada = (await stage.register()).json()["registration_id"]
    assert (await stage.shown(ada))["accommodation"] is None
    nothing = await stage.act(stage.operator, ada, "accommodation/answer", {"answer": "x"})
    assert (nothing.status_code, nothing.json()["type"]) == (409, "/problems/nothing-asked")
    for need in ("Large print.", "And a seat near the door."):
        done = await stage.act(stage.holder(ada), ada, "accommodation", {"request": need})
        assert done.status_code == 200
    assert [type_ for type_, _ in await tasks(stage)] == ["task.opened"]
    assert (await seen(stage, ada))["accommodation"]["request"] == "And a seat near the door."
    await stage.act(stage.operator, ada, "accommodation/answer", {"answer": "Both."})
    await stage.act(stage.holder(ada), ada, "accommodation", {"request": "A ramp."})
    assert [type_ for type_, _ in await tasks(stage)] == [
        "task.opened",
        "task.closed",
        "task.opened",
    ]
    last = (await seen(stage, ada))["accommodation"]
    assert (last["request"], last["answer"]) == ("A ramp.", None)


async def test_a_cancelled_registration_needs_nobody_and_takes_no_request(stage: Stage):
    ada = await asked(stage)
    await stage.act(stage.holder(ada), ada, "cancel")
    assert [(t, said.get("outcome")) for t, said in await tasks(stage)] == [
        ("task.opened", None),
        ("task.closed", "cancelled"),
    ]
    late = await stage.act(stage.holder(ada), ada, "accommodation", {"request": "x"})
    assert (late.status_code, late.json()["type"]) == (409, "/problems/registration-ended")


async def test_who_asked_and_left_before_anybody_looked_makes_no_task(stage: Stage):
    await stage.publish()
    ada = (await stage.register(accommodation=NEED)).json()["registration_id"]
    await stage.act(stage.holder(ada), ada, "cancel")
    await stage.go_to("2020-09-02T13:00:00Z")
    assert await tasks(stage) == []


async def test_a_course_that_is_cancelled_closes_it_too(stage: Stage):
    ada = await asked(stage)
    await stage.operator.post(
        "/courses/attachment/cancel", json={"reason": "Ill."}, headers={"Idempotency-Key": "k"}
    )
    await stage.go_to("2020-09-03T00:00:00Z")
    assert (await stage.shown(ada))["status"] == "cancelled"
    assert [type_ for type_, _ in await tasks(stage)] == ["task.opened", "task.closed"]


async def test_a_colleague_who_comes_instead_never_sees_it(stage: Stage):
    ada = await asked(stage)
    await stage.act(stage.operator, ada, "accommodation/answer", {"answer": "A captioner."})
    await stage.act(stage.holder(ada), ada, "accommodation", {"request": "Still deaf."})
    body = {"attendee": application("Bea")["attendee"], "disclosure_version": "2020-09-01"}
    assert (await stage.act(stage.holder(ada), ada, "substitute", body)).status_code == 200
    for shown in (await seen(stage, ada, version=2), await stage.shown(ada)):
        assert shown["accommodation"] is None
    text = str(await seen(stage, ada, version=2))
    assert "Still deaf" not in text
    assert "am deaf" not in text
    assert "captioner" not in text
    assert (await tasks(stage))[-1][1]["outcome"] == "substituted"
    nothing = await stage.act(stage.operator, ada, "accommodation/answer", {"answer": "x"})
    assert nothing.json()["type"] == "/problems/nothing-asked"


async def test_who_is_moved_to_another_course_is_answered_for_that_one(stage: Stage):
    ada = await asked(stage)
    await stage.publish("second")
    body = {"course_id": "second", "disclosure_version": "2020-09-01"}
    moved = await stage.act(stage.holder(ada), ada, "transfer", body)
    assert moved.status_code == 200, moved.text
    await stage.swept()
    new = moved.json()["registration_id"]
    assert (await seen(stage, new))["accommodation"]["request"] == NEED
    assert [(t, said["about"]["course_id"]) for t, said in await tasks(stage)] == [
        ("task.opened", "attachment"),
        ("task.closed", "attachment"),
        ("task.opened", "second"),
    ]


async def test_asked_and_answered_and_cancelled_at_once(stage: Stage):
    ada = await asked(stage)
    done = await asyncio.gather(
        stage.act(stage.holder(ada), ada, "accommodation", {"request": "A ramp."}),
        stage.act(stage.operator, ada, "accommodation/answer", {"answer": "Yes."}),
        stage.act(stage.holder(ada), ada, "cancel"),
    )
    assert all(answer.status_code in (200, 202) for answer in done)
    assert [type_ for type_, _ in await tasks(stage)] == ["task.opened", "task.closed"]


async def test_nonsense_is_refused(stage: Stage):
    ada = await asked(stage)
    for body in ({}, {"request": ""}, {"request": "x" * 2001}, {"request": "\x00"}):
        odd = await stage.act(stage.holder(ada), ada, "accommodation", body)
        assert odd.status_code == 422
    assert (
        await stage.act(stage.public, ada, "accommodation", {"request": "x"})
    ).status_code == 401
