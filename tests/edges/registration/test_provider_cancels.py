"""When the provider cancels a course: everybody gets one outcome, once (domain.md §2)."""

import asyncio
import uuid
from typing import Any

import pytest

from services.registration.api import withdrawal_answers as answers
from services.registration.api.course_answers import CoursePage
from services.registration.api.registration_answers import RegistrationAnswer
from services.registration.app import build
from shared.runtime.failpoint import Point
from tests.edges.registration.conftest import Stage, application
from tests.edges.registration.happenings import completed, issued, paid, revoked, voided
from tests.edges.registration.test_answers import fits
from tests.stage import killed_at

REASON = "The instructor is ill."
FREE: dict[str, Any] = {"price": {"amount": 0, "currency": "USD"}, "refund_policy": None}
UNTIL = "2020-10-01T00:00:00Z"
GIVEN = "2020-10-01T00:00:30Z"  # when who said nothing gets what the operator set


async def withdraw(stage: Stage, course_id: str = "attachment", client=None, **body: Any):
    return await (client or stage.operator).post(
        f"/courses/{course_id}/cancel",
        json={"reason": REASON} | body,
        headers={"Idempotency-Key": str(uuid.uuid4())},
    )


async def prefer(stage: Stage, registration_id: str, outcome: str, client=None, **body: Any):
    who = client or stage.holder(registration_id)
    return await stage.act(who, registration_id, "prefer", {"outcome": outcome} | body)


async def confirmed(stage: Stage, name: str) -> str:
    registration_id = (await stage.register(name)).json()["registration_id"]
    await stage.hears(paid(registration_id, f"invoice-of-{name}"))
    return registration_id


async def ends_of(stage: Stage, registration_id: str) -> list[tuple[str, str, str | None]]:
    """Who ended it, from which state, and what for: all that was said of it."""
    return [
        (said["by"], said["was"], said["prefer"])
        for type_, said in await stage.spoken(registration_id)
        if type_ == "registration.cancelled.v1"
    ]


async def status(stage: Stage, registration_id: str) -> str:
    return (await stage.shown(registration_id))["status"]


def slug(answer) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].removeprefix("/problems/")


async def test_a_course_is_cancelled_whole_and_everybody_who_lives_in_it_once(stage: Stage):
    await stage.publish(capacity=4)
    ada, bea = await confirmed(stage, "Ada"), await confirmed(stage, "Bea")
    cleo = (await stage.register("Cleo")).json()["registration_id"]
    dora = (await stage.register("Dora")).json()["registration_id"]
    emma = (await stage.register("Emma")).json()["registration_id"]
    await stage.act(stage.holder(bea), bea, "cancel")  # so Emma is offered her seat
    fay = (await stage.register("Fay")).json()["registration_id"]
    await stage.hears(voided(dora, "invoice-of-Dora"))  # and Fay is offered Dora's
    gwen = (await stage.register("Gwen")).json()["registration_id"]
    states = {ada: "confirmed", bea: "cancelled", cleo: "requested", dora: "expired",
              emma: "offered", fay: "offered", gwen: "waitlisted"}  # fmt: skip
    assert {each: await status(stage, each) for each in states} == states

    await stage.go_to("2020-09-01T13:10:00Z")
    answer = await withdraw(stage)
    assert answer.status_code == 202
    fits(answers.WithdrawnAnswer, answer.json())
    assert answer.json() == {
        "course_id": "attachment",
        "status": "cancelled",
        "cancelled_at": "2020-09-01T13:10:00Z",
        "reason": REASON,
        "choose_until": None,
        "prefer_credit": False,
        "concerned": 5,
    }
    [said] = await stage.said("course.cancelled")
    assert (said["version"], said["status"], said["reason"]) == (2, "cancelled", REASON)
    assert [session["session_id"] for session in said["sessions"]] == ["s1", "s2", "s3", "s4"]

    await stage.swept()
    assert await ends_of(stage, ada) == [("provider", "confirmed", "refund")]
    assert await ends_of(stage, bea) == [("learner", "confirmed", None)]
    assert await ends_of(stage, cleo) == [("provider", "requested", "refund")]
    assert await ends_of(stage, dora) == []
    for each, was in ((emma, "offered"), (fay, "offered"), (gwen, "waitlisted")):
        assert await ends_of(stage, each) == [("provider", was, "refund")]
    assert await status(stage, dora) == "expired"
    assert await stage.seats() == {
        "capacity": 4, "sold": 0, "held": 0, "offered": 0, "waiting": 0,
    }  # fmt: skip
    last = (await stage.shown(ada))["history"][-1]
    assert (last["act"], last["by"], last["why"]) == ("cancel", "system", "course-cancelled")
    assert await stage.rows("SELECT kind FROM due") == []
    [done] = await stage.audited("course.cancelled")
    assert (done["by"], done["about"]) == ("operator", "attachment")


async def test_what_is_said_of_a_course_that_is_cancelled(stage: Stage):
    await stage.publish()
    await withdraw(stage, choose_until=UNTIL)
    page = (await stage.public.get("/courses/attachment")).json()
    fits(CoursePage, page)
    assert page["status"] == "cancelled"
    assert page["cancelled"] == {
        "at": "2020-09-01T13:00:00Z",
        "reason": REASON,
        "choose_until": UNTIL,
        "prefer_credit": False,
    }
    assert page["registration"]["open"] is False
    [listed] = (await stage.public.get("/courses")).json()["items"]
    assert listed["status"] == "cancelled"


async def test_nobody_joins_a_cancelled_course_and_it_does_not_come_back(stage: Stage):
    await stage.publish(capacity=1)
    ada = await confirmed(stage, "Ada")
    bea = (await stage.register("Bea")).json()["registration_id"]
    await stage.act(stage.holder(ada), ada, "cancel")
    assert await status(stage, bea) == "offered"
    await withdraw(stage)
    assert slug(await stage.register("Cleo")) == (409, "course-cancelled")
    body = {"disclosure_version": "2020-09-01", "payment": {"method": "card"}}
    accepted = await stage.act(stage.holder(bea), bea, "accept-offer", body)
    assert slug(accepted) == (409, "course-cancelled")
    again = await stage.operator.put("/courses/attachment", json={"id": "attachment"})
    assert again.status_code in (409, 422)
    with pytest.raises(AssertionError, match="course-cancelled"):
        await stage.publish(title="Anew")


async def test_nobody_is_put_into_a_cancelled_course_by_staff_either(stage: Stage):
    await stage.publish()
    ada = await confirmed(stage, "Ada")
    await withdraw(stage, choose_until=UNTIL)
    lines = [application("Bea")]
    batch = await stage.operator.post(
        "/courses/attachment/registrations:batch",
        json={"organisation": "Clinic", "registrations": lines},
        headers={"Idempotency-Key": str(uuid.uuid4())},
    )
    assert [line["status"] for line in batch.json()["results"]] == ["refused"]
    body = {k: application("Bea")[k] for k in ("attendee", "disclosure_version")}
    assert slug(await stage.act(stage.operator, ada, "substitute", body)) == (
        409,
        "course-cancelled",
    )
    assert (await stage.shown(ada))["attendee"]["name"] == "Ada"


async def test_cancelled_twice_answers_the_same_and_moves_nothing_twice(stage: Stage):
    await stage.publish()
    ada = await confirmed(stage, "Ada")
    first = await withdraw(stage, choose_until=UNTIL)
    await stage.go_to("2020-09-03T00:00:00Z")
    second = await withdraw(stage, reason="Another reason.", choose_until=None)
    assert (second.status_code, second.json()) == (202, first.json())
    await stage.go_to(GIVEN)
    assert await ends_of(stage, ada) == [("provider", "confirmed", "refund")]
    assert len(await stage.said("course.cancelled")) == 1


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"choose_until": "2020-09-01T13:00:00Z"}, "/choose_until"),
        ({"choose_until": "2020-10-31T13:00:00.000001Z"}, "/choose_until"),  # 60 days
        ({"choose_until": "9999-12-31T23:59:59Z"}, "/choose_until"),
        ({"prefer_credit": True}, "/prefer_credit"),
        ({"reason": ""}, "/reason"),
        ({"reason": None}, "/reason"),
        ({"choose_until": "tomorrow"}, "/choose_until"),
        ({"choose_until": "2020-10-01T00:00:00"}, "/choose_until"),
    ],
)
async def test_junk_cancels_no_course(stage: Stage, body, pointer):
    await stage.publish()
    answer = await withdraw(stage, **body)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert (await stage.public.get("/courses/attachment")).json()["status"] == "published"
    assert await stage.said("course.cancelled") == []


async def test_only_an_operator_cancels_a_course_and_only_one_that_there_is(stage: Stage):
    await stage.publish()
    ada = await confirmed(stage, "Ada")
    assert (await withdraw(stage, client=stage.public)).status_code == 401
    assert (await withdraw(stage, client=stage.holder(ada))).status_code == 403
    assert slug(await withdraw(stage, "no-such")) == (404, "course-unknown")
    bare = await stage.operator.post("/courses/attachment/cancel", json={"reason": REASON})
    assert slug(bare) == (400, "idempotency-key-required")


async def test_a_course_that_was_held_is_not_cancelled_and_none_with_a_certificate(stage: Stage):
    await stage.publish()
    ada = await confirmed(stage, "Ada")
    await stage.hears(issued(ada, course_id="attachment"))
    await stage.go_to("2020-11-09T23:00:00Z")  # the last session's end
    assert slug(await withdraw(stage)) == (409, "certificate-issued")
    await stage.hears(revoked(ada))
    assert slug(await withdraw(stage)) == (409, "course-over")
    assert await status(stage, ada) == "confirmed"


async def test_a_course_half_way_through_can_still_be_cancelled(stage: Stage):
    await stage.publish()
    ada = await confirmed(stage, "Ada")
    await stage.hears(completed("s1"), completed("s2"))
    await stage.go_to("2020-11-09T22:59:59Z")
    assert (await withdraw(stage)).status_code == 202
    # What attendance says late completes nobody of a cancelled course.
    await stage.hears(completed("s3"), completed("s4"))
    await stage.swept()
    assert await ends_of(stage, ada) == [("provider", "confirmed", "refund")]


async def test_a_certificate_that_came_meanwhile_is_left_to_staff(stage: Stage):
    await stage.publish()
    ada = await confirmed(stage, "Ada")
    await withdraw(stage)
    await stage.hears(issued(ada))
    await stage.swept()
    assert await status(stage, ada) == "confirmed"
    [task] = await stage.said("task.opened")
    assert (task["kind"], task["about"]["registration_id"]) == ("withdrawal-blocked", ada)
    await stage.hears(revoked(ada))
    await stage.act(stage.operator, ada, "cancel")
    assert await ends_of(stage, ada) == [("provider", "confirmed", "refund")]


# --- money that comes meanwhile -------------------------------------------------------------------


async def test_a_hold_paid_while_its_course_is_cancelled_is_confirmed_then_given_back(stage: Stage):
    await stage.publish()
    ada = (await stage.register("Ada")).json()["registration_id"]
    await withdraw(stage)
    await stage.hears(paid(ada))  # the walk has not come here yet
    await stage.swept()
    assert await stage.said_of(ada) == ["requested", "confirmed", "cancelled"]
    assert await ends_of(stage, ada) == [("provider", "confirmed", "refund")]


@pytest.mark.parametrize("swept_at", ["2020-09-01T13:00:01Z", GIVEN])
async def test_a_hold_paid_while_its_course_is_cancelled_comes_back_and_is_not_asked(
    stage: Stage, swept_at: str
):
    await stage.publish()
    ada = (await stage.register("Ada")).json()["registration_id"]
    await withdraw(stage, choose_until=UNTIL, prefer_credit=True)
    await stage.go_to_without_sweeping("2020-09-01T13:00:00.000001Z")
    await stage.hears(paid(ada))  # the walk has not come here yet
    assert (await stage.shown(ada))["choices"] == []
    assert slug(await prefer(stage, ada, "credit")) == (409, "nothing-to-choose")
    await stage.go_to(swept_at)
    assert await stage.said_of(ada) == ["requested", "confirmed", "cancelled"]
    assert await ends_of(stage, ada) == [("provider", "confirmed", "refund")]


async def test_a_hold_paid_after_it_was_ended_is_billing_s_affair_alone(stage: Stage):
    await stage.publish()
    ada = (await stage.register("Ada")).json()["registration_id"]
    await withdraw(stage)
    await stage.swept()
    await stage.hears(paid(ada))
    assert await stage.said_of(ada) == ["requested", "cancelled"]


async def test_an_expired_hold_paid_after_the_course_was_cancelled_gets_no_seat(stage: Stage):
    await stage.publish()
    ada = (await stage.register("Ada")).json()["registration_id"]
    await stage.go_to("2020-09-01T13:30:00Z")
    await withdraw(stage)
    await stage.swept()
    await stage.hears(paid(ada))
    assert await stage.said_of(ada) == ["requested", "expired", "unseated"]
    assert (await stage.seats())["sold"] == 0


async def test_a_hold_that_ends_in_a_cancelled_course_offers_nobody_its_seat(stage: Stage):
    await stage.publish(capacity=1)
    ada = (await stage.register("Ada")).json()["registration_id"]
    bea = (await stage.register("Bea")).json()["registration_id"]
    await stage.fetch("UPDATE due SET due_at = '2020-09-01T12:00:00Z'")
    await stage.fetch("UPDATE registrations SET hold_expires_at = '2020-09-01T12:00:00Z'"
                      " WHERE state = 'requested'")  # fmt: skip
    await withdraw(stage)
    await stage.swept()  # the hold's end comes before the walk
    assert await stage.said_of(ada) == ["requested", "expired"]
    assert await stage.said_of(bea) == ["waitlisted", "cancelled"]


# --- learners who cancel at the same time -----------------------------------------------------------


async def test_who_cancels_after_their_course_was_cancelled_gets_everything_back(stage: Stage):
    await stage.publish()
    ada = await confirmed(stage, "Ada")
    await withdraw(stage)
    await stage.go_to_without_sweeping("2020-10-10T00:00:00Z")  # late: it would be a credit
    answer = await stage.act(stage.holder(ada), ada, "cancel", {"reason": "So I go."})
    assert answer.json() == {"status": "cancelled", "requested_at": "2020-09-01T13:00:00Z"}
    await stage.swept()
    assert await ends_of(stage, ada) == [("provider", "confirmed", "refund")]
    assert [row["said"] for row in await stage.rows("SELECT said FROM words")] == [
        {"reason": "So I go."}
    ]


async def test_after_the_start_too_and_with_a_request_that_arrived_before(stage: Stage):
    await stage.publish()
    ada, bea = await confirmed(stage, "Ada"), await confirmed(stage, "Bea")
    await stage.go_to("2020-10-20T00:00:00Z")
    await withdraw(stage)
    assert (await stage.act(stage.holder(ada), ada, "cancel")).status_code == 202
    arrived = {"received_at": "2020-10-19T23:00:00Z", "evidence": "inbox/4711"}
    assert (await stage.act(stage.operator, bea, "cancel", arrived)).status_code == 202
    await stage.swept()
    for each in (ada, bea):
        assert await ends_of(stage, each) == [("provider", "confirmed", "refund")]


async def test_staff_may_override_in_a_cancelled_course_too(stage: Stage):
    await stage.publish()
    ada = await confirmed(stage, "Ada")
    await withdraw(stage)
    body = {"override": {"outcome": "nothing", "reason": "Paid by the provider itself."}}
    await stage.act(stage.operator, ada, "cancel", body)
    said = (await stage.spoken(ada))[-1][1]
    assert (said["by"], said["override"]) == ("provider", {"outcome": "nothing"})


async def test_who_cancelled_at_the_same_instant_gets_the_better_outcome(stage: Stage):
    await stage.publish()
    ada, bea = await confirmed(stage, "Ada"), await confirmed(stage, "Bea")
    await stage.go_to("2020-10-10T00:00:00Z")
    await stage.act(stage.holder(ada), ada, "cancel")
    await stage.go_to("2020-10-10T00:00:00.000001Z")
    await stage.act(stage.holder(bea), bea, "cancel")
    await withdraw(stage)
    await stage.swept()
    assert await ends_of(stage, ada) == [("learner", "confirmed", None)]
    assert await ends_of(stage, bea) == [
        ("learner", "confirmed", None),
        ("provider", "cancelled", "refund"),
    ]
    assert (await stage.seats())["sold"] == 0


# --- with a choice ------------------------------------------------------------------------------------


async def test_until_they_have_chosen_they_stay_and_are_asked(stage: Stage):
    await stage.publish()
    ada = await confirmed(stage, "Ada")
    answer = await withdraw(stage, choose_until=UNTIL, prefer_credit=True)
    assert answer.json()["choose_until"] == UNTIL
    await stage.swept()
    shown = await stage.shown(ada)
    fits(RegistrationAnswer, shown)
    assert (shown["status"], shown["course_status"]) == ("confirmed", "cancelled")
    assert shown["choices"] == [
        {"session_id": None, "until": UNTIL, "otherwise": "credit", "open": True, "outcome": None}
    ]
    assert shown["links"]["join"] == {}
    assert await ends_of(stage, ada) == []

    chosen = await prefer(stage, ada, "refund")
    assert chosen.status_code == 202
    fits(answers.ChosenAnswer, chosen.json())
    assert chosen.json() == {
        "registration_id": ada,
        "status": "cancelled",
        "session_id": None,
        "outcome": "refund",
        "chosen_at": "2020-09-01T13:00:00Z",
    }
    assert await ends_of(stage, ada) == [("provider", "confirmed", "refund")]
    assert (await stage.shown(ada))["choices"][0] == {
        "session_id": None, "until": UNTIL, "otherwise": "credit", "open": False,
        "outcome": "refund",
    }  # fmt: skip
    assert (await prefer(stage, ada, "refund")).json() == chosen.json()
    assert slug(await prefer(stage, ada, "credit")) == (409, "already-chosen")
    await stage.go_to("2020-10-02T00:00:00Z")
    assert (await prefer(stage, ada, "refund")).json() == chosen.json()
    assert len(await ends_of(stage, ada)) == 1


@pytest.mark.parametrize(("prefers", "outcome"), [(False, "refund"), (True, "credit")])
async def test_who_says_nothing_gets_what_the_operator_set(stage: Stage, prefers, outcome):
    await stage.publish()
    ada = await confirmed(stage, "Ada")
    await withdraw(stage, choose_until=UNTIL, prefer_credit=prefers)
    await stage.go_to("2020-09-30T23:59:59Z")
    assert await ends_of(stage, ada) == []
    await stage.go_to(GIVEN)
    assert await ends_of(stage, ada) == [("provider", "confirmed", outcome)]
    for wanted in ("refund", "credit"):
        assert slug(await prefer(stage, ada, wanted)) == (409, "choice-ended")


async def test_exactly_at_its_end_the_choice_has_ended_though_nothing_was_given_yet(stage: Stage):
    await stage.publish()
    ada = await confirmed(stage, "Ada")
    await withdraw(stage, choose_until=UNTIL)
    await stage.swept()
    await stage.go_to_without_sweeping(UNTIL)
    assert slug(await prefer(stage, ada, "credit")) == (409, "choice-ended")
    assert await ends_of(stage, ada) == []


@pytest.mark.parametrize("walked", [True, False])
async def test_a_choice_received_in_time_holds_though_the_deadline_was_quicker(
    stage: Stage, walked: bool
):
    await stage.publish()
    ada = await confirmed(stage, "Ada")
    await withdraw(stage, choose_until=UNTIL, prefer_credit=True)
    if walked:
        await stage.swept()
    await stage.go_to("2020-10-01T00:00:29.999999Z")
    assert await ends_of(stage, ada) == []
    assert slug(await prefer(stage, ada, "refund")) == (409, "choice-ended")
    await stage.go_to_without_sweeping("2020-09-30T23:59:59.999999Z")  # when it was received
    assert (await prefer(stage, ada, "refund")).status_code == 202
    await stage.go_to(GIVEN)
    assert await ends_of(stage, ada) == [("provider", "confirmed", "refund")]


async def test_at_the_end_of_the_choice_too_a_certificate_is_left_to_staff(stage: Stage):
    await stage.publish()
    ada = await confirmed(stage, "Ada")
    await withdraw(stage, choose_until=UNTIL)
    await stage.swept()
    await stage.hears(issued(ada))
    await stage.go_to(GIVEN)
    assert (await status(stage, ada), await ends_of(stage, ada)) == ("confirmed", [])
    [task] = await stage.said("task.opened")
    assert (task["kind"], task["about"]["registration_id"]) == ("withdrawal-blocked", ada)
    await stage.hears(revoked(ada))
    await stage.act(stage.operator, ada, "cancel")
    assert await ends_of(stage, ada) == [("provider", "confirmed", "refund")]
    assert len(await stage.said("task.closed")) == 1


async def test_one_may_choose_before_the_walk_has_come_by_and_is_then_left_alone(stage: Stage):
    await stage.publish()
    ada = await confirmed(stage, "Ada")
    await withdraw(stage, choose_until=UNTIL)
    assert (await prefer(stage, ada, "credit", stage.operator)).status_code == 202
    await stage.go_to("2020-10-02T00:00:00Z")
    assert await ends_of(stage, ada) == [("provider", "confirmed", "credit")]


async def test_who_has_paid_nothing_has_nothing_to_choose(stage: Stage):
    await stage.publish(capacity=2, invoice_allowed=True)
    invoice = {"method": "invoice"}
    held = (await stage.register("Ada")).json()["registration_id"]
    due = (await stage.register("Bea", payment=invoice)).json()["registration_id"]
    waits = (await stage.register("Cleo")).json()["registration_id"]
    await withdraw(stage, choose_until=UNTIL, prefer_credit=True)
    await stage.swept()
    for each in (held, waits):
        assert [(by, prefers) for by, _, prefers in await ends_of(stage, each)] == [
            ("provider", "refund")
        ]
        assert (await stage.shown(each))["choices"] == []
        assert slug(await prefer(stage, each, "credit")) == (409, "nothing-to-choose")
    # On an employer's invoice there is something: it may be paid already.
    assert await ends_of(stage, due) == []
    assert (await stage.shown(due))["choices"][0]["open"] is True


async def test_what_was_paid_by_credits_alone_goes_back_to_them_at_once(stage: Stage):
    await stage.publish()
    ada = (await stage.register("Ada")).json()["registration_id"]
    tender = {"tender": "credit", "amount": {"amount": 19900, "currency": "USD"}}
    await stage.hears(paid(ada, tenders=[tender]))
    await withdraw(stage, choose_until=UNTIL)
    await stage.swept()
    assert await ends_of(stage, ada) == [("provider", "confirmed", "refund")]


async def test_a_free_course_has_nothing_to_choose_either(stage: Stage):
    await stage.publish(**FREE)
    ada = (await stage.register("Ada", payment={"method": "free"})).json()["registration_id"]
    await withdraw(stage, choose_until=UNTIL)
    await stage.swept()
    assert await ends_of(stage, ada) == [("provider", "confirmed", "refund")]


async def test_who_cancels_instead_of_choosing_wants_the_money(stage: Stage):
    await stage.publish()
    ada = await confirmed(stage, "Ada")
    await withdraw(stage, choose_until=UNTIL, prefer_credit=True)
    await stage.swept()
    await stage.act(stage.holder(ada), ada, "cancel")
    assert await ends_of(stage, ada) == [("provider", "confirmed", "refund")]
    assert slug(await prefer(stage, ada, "credit")) == (409, "already-chosen")
    await stage.go_to("2020-10-02T00:00:00Z")
    assert len(await ends_of(stage, ada)) == 1


async def test_there_is_nothing_to_choose_where_nobody_offered_it(stage: Stage):
    await stage.publish()
    ada, bea = await confirmed(stage, "Ada"), await confirmed(stage, "Bea")
    assert slug(await prefer(stage, ada, "refund")) == (409, "nothing-to-choose")
    await stage.act(stage.holder(bea), bea, "cancel")
    await stage.go_to("2020-09-02T00:00:00Z")
    await withdraw(stage)
    await stage.swept()
    for each in (ada, bea):
        assert slug(await prefer(stage, each, "credit")) == (409, "nothing-to-choose")


async def test_a_choice_is_one_s_own(stage: Stage):
    await stage.publish()
    ada, bea = await confirmed(stage, "Ada"), await confirmed(stage, "Bea")
    await withdraw(stage, choose_until=UNTIL)
    for who, expected in ((stage.public, 401), (stage.holder(bea), 403)):
        assert (await prefer(stage, ada, "refund", who)).status_code == expected
    assert (await prefer(stage, "nobody", "refund", stage.operator)).status_code == 404
    assert (await prefer(stage, ada, "nothing")).status_code == 422
    assert await ends_of(stage, ada) == []


# --- many, crashes, two at once -----------------------------------------------------------------------


async def test_an_operator_sees_how_far_it_is(stage: Stage):
    await stage.publish()
    nobody = await stage.operator.get("/courses/attachment/cancellation")
    assert slug(nobody) == (404, "not-cancelled")
    await confirmed(stage, "Ada")
    await stage.register("Bea")

    async def progress() -> tuple[int, int, int, int]:
        shown = (await stage.operator.get("/courses/attachment/cancellation")).json()
        fits(answers.WithdrawalAnswer, shown)
        return shown["concerned"], shown["done"], shown["choosing"], shown["left"]

    await withdraw(stage, choose_until=UNTIL)
    assert await progress() == (2, 0, 0, 2)
    await stage.swept()
    assert await progress() == (2, 1, 1, 0)
    await stage.go_to(GIVEN)
    assert await progress() == (2, 2, 0, 0)
    assert (await stage.public.get("/courses/attachment/cancellation")).status_code == 401


CRASHES: list[Point] = ["sweep.taken", "batch.flushing", "batch.flushed", "batch.committed"]


@pytest.mark.parametrize("point", CRASHES)
async def test_interrupted_anywhere_and_started_again_nobody_is_told_twice(stage: Stage, point):
    await stage.publish(capacity=30)
    everybody = [await confirmed(stage, f"Learner{n}") for n in range(6)]
    await withdraw(stage)
    for _ in range(2):  # in the page of the course, in its rows (or in the page again)
        with killed_at(point):
            await stage.sweep.step()
    assert (await withdraw(stage)).status_code == 202
    await stage.swept()
    for each in everybody:
        assert await ends_of(stage, each) == [("provider", "confirmed", "refund")]
    assert await stage.rows("SELECT kind FROM due") == []


async def test_two_instances_and_the_learners_at_once_give_each_one_outcome(stage: Stage):
    await stage.publish(capacity=40)
    everybody = [await confirmed(stage, f"Learner{n}") for n in range(30)]
    other = build(stage.service.settings, clock=stage.clock)
    await stage.go_to("2020-10-10T00:00:00Z")
    async with other.app.router.lifespan_context(other.app):
        second = Stage(other)

        async def leave(place: int, registration_id: str):
            await asyncio.sleep(0.003 * place)
            on = stage if place % 2 else second
            return await on.act(on.holder(registration_id), registration_id, "cancel")

        async def carry_out(on: Stage):
            for _ in range(60):
                await on.sweep.step()
                await asyncio.sleep(0.002)

        done = await asyncio.gather(
            withdraw(second),
            withdraw(stage),
            *(leave(n, each) for n, each in enumerate(everybody[:20])),
            carry_out(stage),
            carry_out(second),
        )
        assert [answer.status_code for answer in done[:22]] == [202] * 22
        await stage.swept()
    for each in everybody:
        ends = await ends_of(stage, each)
        # All at one instant of the clock: whoever was quicker, everybody gets everything back.
        assert ends[-1][0] == "provider", ends
        assert [by for by, _, _ in ends].count("provider") == 1
        assert await status(stage, each) == "cancelled"
    assert len(await stage.said("course.cancelled")) == 1
    assert (await stage.seats())["sold"] == 0
