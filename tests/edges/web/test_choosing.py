"""The provider cancels: the learner's page says so, and takes what they want for it."""

from typing import Any

import pytest

from shared.contracts import reference
from shared.contracts.registration import CourseCancelled, CoursePublished
from tests.edges.web.conftest import REGISTRATION, TOKEN
from tests.edges.web.owners import problem, usd
from tests.edges.web.test_mine import mine, words  # noqa: F401

PREFER = f"/registration/v1/registrations/{REGISTRATION}/prefer"
UNTIL = "2020-10-16T03:59:59Z"
OPEN = {"session_id": None, "until": UNTIL, "otherwise": "credit", "open": True, "outcome": None}
SHARE = {"session_id": "s3", "until": UNTIL, "otherwise": None, "open": True, "outcome": None}


def said(*choices: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"choices": list(choices), **more}


@pytest.fixture
async def cancelled(visitor, tell):
    """The reference course's provider cancelled it."""
    await tell(CourseCancelled.model_validate(CourseCancelled.example))
    return visitor


async def test_both_outcomes_are_offered_with_the_end_and_what_comes_otherwise(
    cancelled,
    mine,  # noqa: F811
):
    mine("confirmed", "paid", said=said(OPEN))
    page = await cancelled.get(f"/r/{TOKEN}")
    text = words(page)
    assert "The provider cancelled this course. The instructor is ill." in text
    assert "October 16, 2020, 4:59 AM" in text  # in London, where the learner lives
    assert "If you don’t, you get the credit." in text
    assert page.text.count(f'action="/r/{TOKEN}/prefer"') == 2
    assert "Cancel my registration" not in text
    assert "<script" not in page.text


@pytest.mark.parametrize("outcome", ["refund", "credit"])
async def test_what_is_chosen_is_sent_once_with_the_form_s_key(
    cancelled,
    owners,
    mine,  # noqa: F811
    outcome,
):
    mine("confirmed", "paid", said=said(OPEN))
    owners.on("POST", PREFER, (202, {"status": "cancelled", "outcome": outcome}))
    answer = await cancelled.post(f"/r/{TOKEN}/prefer", data={"key": "a" * 32, "outcome": outcome})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/r/{TOKEN}")
    [asked] = owners.calls(PREFER)
    assert (asked.body, asked.key, asked.token) == ({"outcome": outcome}, "a" * 32, TOKEN)


async def test_a_choice_that_is_refused_says_so(
    cancelled,
    owners,
    mine,  # noqa: F811
):
    mine("confirmed", "paid", said=said(OPEN))
    owners.on("POST", PREFER, (409, problem("choice-ended", 409)))
    answer = await cancelled.post(f"/r/{TOKEN}/prefer", data={"outcome": "credit"})
    assert answer.headers["location"] == f"/r/{TOKEN}?n=prefer-refused"
    page = await cancelled.get(answer.headers["location"])
    assert "This choice could not be taken" in words(page)
    lost = await cancelled.post("/r/junk/prefer", data={"outcome": "credit"})
    assert lost.status_code == 404


async def test_without_a_choice_there_is_nothing_to_do(cancelled, mine):  # noqa: F811
    mine("confirmed", "paid", said=said())
    text = words(await cancelled.get(f"/r/{TOKEN}"))
    assert "You get everything back. You don’t have to do anything." in text
    mine("waitlisted", said=said(position=3))
    assert "Nothing was charged." in words(await cancelled.get(f"/r/{TOKEN}"))
    mine("confirmed", said=said(price=usd(0)))
    assert "Nothing was charged." in words(await cancelled.get(f"/r/{TOKEN}"))


@pytest.mark.parametrize(
    ("state", "invoice", "says"),
    [
        ("requested", "open", "Nothing was charged. If you have paid just now, all of it comes"),
        ("requested", "paid", "You get everything back."),
        ("expired", "void", "Your seat had been released before"),
        ("lapsed", "void", "The offer of a seat had ended before, and nothing was charged."),
        ("confirmed", "open", "The invoice doesn’t have to be paid any more"),
    ],
)
async def test_only_who_paid_is_promised_money(
    cancelled,
    mine,  # noqa: F811
    state,
    invoice,
    says,
):
    mine(state, invoice, said=said())
    text = words(await cancelled.get(f"/r/{TOKEN}"))
    assert says in text
    assert ("You get everything back" in text) == (invoice == "paid")


async def test_the_sessions_that_fell_with_the_course_are_shown_as_cancelled(
    visitor,
    tell,
    mine,  # noqa: F811
):
    at = "2020-10-20T00:00:00Z"  # the first session was held the evening before
    await tell(CourseCancelled.model_validate(CourseCancelled.example | {"cancelled_at": at}))
    mine("confirmed", "paid", said=said())
    page = await visitor.get(f"/r/{TOKEN}")
    assert page.text.count('<span class="state bad">Cancelled</span>') == 3
    assert "You can join here" not in words(page)


async def test_the_course_s_page_says_that_it_is_cancelled_and_why(cancelled):
    page = await cancelled.get("/courses/attachment-effectiveness-2020")
    text = words(page)
    assert "This course is cancelled. The instructor is ill." in text
    assert 'id="register"' not in page.text


async def test_the_share_of_a_cancelled_session_is_taken_back_by_a_form(
    visitor,
    tell,
    owners,
    mine,  # noqa: F811
):
    sessions = [
        session | ({"status": "cancelled"} if session["session_id"] == "s3" else {})
        for session in reference.SESSIONS
    ]
    course = reference.COURSE | {"version": 2, "sessions": sessions}
    await tell(CoursePublished.model_validate(course))
    mine("confirmed", "paid", said=said(SHARE))
    page = await visitor.get(f"/r/{TOKEN}")
    assert "You may take your share of this session back until" in words(page)
    assert page.text.count('name="session_id" value="s3"') == 1
    owners.on("POST", PREFER, (202, {"status": "confirmed", "outcome": "refund"}))
    form = {"key": "b" * 32, "outcome": "refund", "session_id": "s3"}
    assert (await visitor.post(f"/r/{TOKEN}/prefer", data=form)).status_code == 303
    assert owners.calls(PREFER)[0].body == {"outcome": "refund", "session_id": "s3"}
    mine("confirmed", "paid", said=said(SHARE | {"open": False, "outcome": "refund"}))
    text = words(await visitor.get(f"/r/{TOKEN}"))
    assert "You took your share of this session back." in text
    mine("confirmed", "paid", said=said(SHARE | {"open": False}))
    assert "share" not in words(await visitor.get(f"/r/{TOKEN}"))


async def test_beside_a_make_up_date_there_is_the_one_or_the_other(
    visitor,
    tell,
    owners,
    mine,  # noqa: F811
):
    await tell(CoursePublished.model_validate(reference.COURSE | {"version": 3}))
    mine("confirmed", "paid", said=said(SHARE))
    page = await visitor.get(f"/r/{TOKEN}")
    assert "If you can’t come, you may take your share of it back instead, until" in words(page)
    assert page.text.count('name="session_id" value="s3"') == 1
    assert "Cancelled" not in words(page)
    mine("confirmed", "paid", said=said(SHARE | {"open": False, "outcome": "refund"}))
    page = await visitor.get(f"/r/{TOKEN}")
    assert "You took your share of this session back. Its make-up date is for the others." in words(
        page
    )
    assert 'name="session_id"' not in page.text
    # Who took neither in time comes, and reads no word of a share.
    mine("confirmed", "paid", said=said(SHARE | {"open": False}))
    text = words(await visitor.get(f"/r/{TOKEN}"))
    assert "share" not in text
    assert "Cancelled" not in text


async def test_the_next_session_is_none_that_was_given_back(visitor, tell, mine):  # noqa: F811
    await tell(CoursePublished.model_validate(reference.COURSE | {"version": 3}))
    first = SHARE | {"session_id": "s1", "open": False, "outcome": "refund"}
    mine("confirmed", "paid", said=said(first))
    text = words(await visitor.get(f"/r/{TOKEN}"))
    assert "Next: Monday, October 26, 2020" in text
