"""What the OpenAPI document says of an answer is what is answered: no less, and no more."""

from typing import Any

import pytest
from pydantic import BaseModel

from services.registration.api import answers, course_answers, list_answers
from services.registration.api.registration_answers import RegistrationAnswer
from tests.edges.registration.conftest import Stage


def fits(shape: type[BaseModel], answer: Any) -> None:
    """A field that is not declared would be lost on the way, one that is missing be refused."""
    read = shape.model_validate(answer, strict=True)
    assert read.model_dump(exclude_unset=True, by_alias=True) == answer


async def test_registering_answers_as_declared(stage: Stage):
    await stage.publish(capacity=1)
    held, again = await stage.register("Ada"), await stage.register("Ada")
    in_line, in_line_again = await stage.register("Bea"), await stage.register("Bea")
    assert [r.status_code for r in (held, again, in_line, in_line_again)] == [201, 200, 201, 200]
    assert "hold_expires_at" in held.json()
    assert "position" in in_line.json()
    for new in (held, in_line):
        fits(answers.Registered, new.json())
    for known in (again, in_line_again):
        fits(answers.RegisteredBefore, known.json())


async def test_a_registration_is_shown_and_cancelled_as_declared(stage: Stage):
    await stage.publish(price={"amount": 0, "currency": "USD"}, refund_policy=None)
    made = (await stage.register(payment={"method": "free"})).json()
    fits(answers.Registered, made)
    registration_id = made["registration_id"]
    holder = stage.holder(registration_id)
    fits(RegistrationAnswer, await stage.shown(registration_id))
    asked = {"reason": "moved away", "override": {"outcome": "nothing", "reason": "as agreed"}}
    cancelled = await stage.act(stage.operator, registration_id, "cancel", asked)
    assert cancelled.status_code == 202
    fits(answers.CancelAnswer, cancelled.json())
    for reader in (stage.operator, holder):
        shown = (await reader.get(f"/registrations/{registration_id}")).json()
        assert shown["status"] == "cancelled"
        fits(RegistrationAnswer, shown)


async def test_a_correction_and_an_acknowledgement_are_answered_as_declared(stage: Stage):
    await stage.publish()
    registration_id = (await stage.register()).json()["registration_id"]
    path = f"/registrations/{registration_id}/attendee"
    corrected = await stage.operator.put(path, json={"name": "Ada King"})
    assert corrected.status_code == 200
    fits(answers.Corrected, corrected.json())
    holder = stage.holder(registration_id)
    body = {"disclosure_version": "2020-09-01"}
    accepted = await stage.act(holder, registration_id, "disclosure", body)
    assert accepted.status_code == 200
    fits(answers.Acknowledged, accepted.json())


@pytest.mark.parametrize("asked", [{}, {"profession": "counselor", "state": "NY"}])
async def test_a_course_is_published_and_shown_as_declared(stage: Stage, asked: dict[str, str]):
    fits(course_answers.PublishedAnswer, await stage.publish())
    page = (await stage.public.get("/courses/attachment", params=asked)).json()
    assert ("eligibility" in page) == bool(asked)
    fits(course_answers.CoursePage, page)
    await stage.publish("later")
    listed = (await stage.public.get("/courses", params={"limit": 1})).json()
    assert listed["next"] is not None
    fits(course_answers.CourseList, listed)


async def test_an_accepted_offer_and_the_lists_of_a_course_are_answered_as_declared(stage: Stage):
    await stage.publish(capacity=1)
    ada, bea, _, _ = [
        (await stage.register(name)).json()["registration_id"]
        for name in ("Ada", "Bea", "Cleo", "Dora")
    ]
    await stage.act(stage.holder(ada), ada, "cancel")
    body = {"disclosure_version": "2020-09-01", "payment": {"method": "card"}}
    accepted = await stage.act(stage.holder(bea), bea, "accept-offer", body)
    assert accepted.json()["hold_expires_at"] == "2020-09-01T13:30:00Z"
    fits(answers.Deal, accepted.json())
    for path, shape in (
        ("registrations", list_answers.RegistrationList),
        ("waitlist", list_answers.WaitingList),
    ):
        for limit, more in ((1, True), (50, False)):
            listed = await stage.operator.get(f"/courses/attachment/{path}?limit={limit}")
            assert (listed.json()["next"] is not None) == more
            fits(shape, listed.json())
