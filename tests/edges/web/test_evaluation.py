"""The evaluation's page: what certificates asks, how it stands, and nothing entered is lost."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.edges.web.conftest import TOKEN
from tests.edges.web.owners import problem
from tests.edges.web.test_mine import OF_CERTIFICATES, OF_REGISTRATION, key_in, mine, words

__all__ = ["mine"]
PAGE = f"/r/{TOKEN}/evaluation"
QUESTIONS = [
    {"question_id": "o1", "kind": "rating", "text": "Describe it.", "objective": 1, "scale": 3},
    {"question_id": "pace", "kind": "choice", "text": "The pace?", "choices": ["Slow", "Fast"]},
    {"question_id": "more", "kind": "text", "text": "Anything else?", "required": False},
]
CLOSES = "2020-12-09T23:00:00Z"
FILLED = {"q-o1": "3", "q-pace": "Fast", "q-more": "More <b>breaks</b>"}


@pytest.fixture
def asked(mine, clock):
    """What certificates says of the evaluation."""
    clock.time = datetime(2020, 11, 10, tzinfo=UTC)

    def says(**more: Any) -> None:
        block = {"version": 2, "open": True, "closes_at": CLOSES, "submitted_at": None}
        mine("completed", "paid", certified={"evaluation": block | {"questions": QUESTIONS} | more})

    says()
    return says


async def test_the_questions_are_those_that_certificates_asks(visitor, owners, asked):
    page = await visitor.get(PAGE)
    said = words(page)
    assert page.text.count('type="radio" id="q-o1-') == 3
    assert "How well did the course reach each objective? Describe it." in said
    assert "Anything else? (if you like)" in said
    assert "What you answered is kept without." in said
    assert "You can hand it in until Wednesday, December 9, 2020, 11:00 PM, London time" in said
    owners.on("POST", f"{OF_CERTIFICATES}/evaluation", (201, {}))
    key = key_in(page)
    form = FILLED | {"key": key, "version": "2", "q-stranger": "x"}
    assert 'name="version" value="2"' in page.text
    answer = await visitor.post(PAGE, data=form)
    assert answer.headers["location"] == f"/r/{TOKEN}?n=evaluated#certificates"
    [sent] = owners.calls(f"{OF_CERTIFICATES}/evaluation")
    assert sent.body == {
        "answers": {"o1": 3, "pace": "Fast", "more": "More <b>breaks</b>"},
        "version": 2,
    }
    assert (sent.key, sent.token) == (key, TOKEN)


def is_kept(page) -> bool:
    return all(
        kept in page.text
        for kept in (
            'name="q-o1" value="3" checked',
            'name="q-pace" value="Fast" checked',
            "More &lt;b&gt;breaks&lt;/b&gt;</textarea>",
        )
    )


async def test_what_is_missing_stands_beside_its_question_and_the_rest_is_kept(visitor, asked):
    page = await visitor.post(PAGE, data={"q-o1": "4", "q-pace": "Slow", "q-more": "x" * 4001})
    assert page.status_code == 422
    assert "Please check 2 answers." in words(page)
    assert 'id="error-o1">Choose one answer.' in page.text
    assert 'id="error-more">Please say it in at most 4,000 characters.' in page.text
    assert 'aria-describedby="error-o1"' in page.text
    assert 'name="q-pace" value="Slow" checked' in page.text
    assert "x" * 4001 in page.text


async def test_a_refusal_is_told_and_keeps_what_was_entered(visitor, owners, asked):
    for status, slug, detail, says in [
        (409, "evaluation-closed", "The evaluation closed.", "The evaluation closed."),
        (422, "invalid", "An answer does not fit.", "An answer does not fit."),
        (401, "token-dead", "", "Your evaluation could not be taken."),
    ]:
        refused = (status, problem(slug, status, detail))
        owners.on("POST", f"{OF_CERTIFICATES}/evaluation", refused)
        page = await visitor.post(PAGE, data=FILLED)
        assert page.status_code == status
        assert says in words(page)
        assert is_kept(page)


async def test_closed_between_opening_and_sending_keeps_what_was_entered(visitor, owners, asked):
    """Certificates says no questions any more then; the course's stand in for them."""
    asked(open=False, closes_at="2020-11-09T23:00:00Z", questions=[])
    page = await visitor.post(PAGE, data={"q-objective-1": "4", "q-comment": "Good"})
    assert page.status_code == 409
    assert "What you entered stands below, so that you can keep it." in words(page)
    assert 'name="q-objective-1" value="4" checked' in page.text
    assert ">Good</textarea>" in page.text
    assert "Send the evaluation" not in page.text
    assert owners.calls(f"{OF_CERTIFICATES}/evaluation") == []


async def test_handed_in_twice_it_is_in_once(visitor, owners, asked):
    asked(open=False, submitted_at="2020-11-09T23:20:00Z", questions=[])
    page = await visitor.post(PAGE, data=FILLED)
    assert (page.status_code, "Your evaluation is in since" in words(page)) == (200, True)
    assert owners.calls(f"{OF_CERTIFICATES}/evaluation") == []


async def test_a_form_that_changed_meanwhile_is_taken_as_it_was_filled_in(visitor, owners, asked):
    owners.on("POST", f"{OF_CERTIFICATES}/evaluation", (201, {}))
    form = {"version": "1", "q-old": "4", "q-said": " Fine. ", "q-empty": " "}
    answer = await visitor.post(PAGE, data=form)
    assert answer.status_code == 303
    [sent] = owners.calls(f"{OF_CERTIFICATES}/evaluation")
    assert sent.body == {"answers": {"old": 4, "said": "Fine."}, "version": 1}


async def test_where_it_cannot_be_handed_in_the_page_says_why_and_asks_nothing(visitor, asked):
    for block, says in [
        ({"open": False, "closes_at": "2020-11-09T23:00:00Z"}, "The evaluation closed on Monday"),
        ({"open": False}, "can be evaluated once its first session has begun"),
        ({"open": False, "submitted_at": "2020-11-09T23:20:00Z"}, "in since Monday, November 9"),
    ]:
        asked(**block)
        page = await visitor.get(PAGE)
        assert page.status_code == 200
        assert says in words(page)
        assert "<form" not in page.text


async def test_who_is_not_asked_finds_no_form_that_nobody_would_take(visitor, owners, mine):
    mine("cancelled", "paid", certified={"evaluation": None})
    page = await visitor.get(PAGE)
    assert (page.status_code, "<form" in page.text) == (200, False)
    assert "This registration is not asked to evaluate the course" in words(page)
    assert (await visitor.post(PAGE, data={"q-objective-1": "4"})).status_code == 409
    assert owners.calls(f"{OF_CERTIFICATES}/evaluation") == []
    mine("cancelled", certified={"evaluation": None, "evaluated_at": "2020-11-09T23:20:00Z"})
    assert "Your evaluation is in since" in words(await visitor.get(PAGE))


async def test_one_that_staff_opened_again_is_open_until_the_new_day(visitor, asked, clock):
    clock.time = datetime(2021, 1, 10, tzinfo=UTC)
    asked(open=True, closes_at="2021-01-20T12:00:00Z")
    assert "until Wednesday, January 20, 2021, 12:00 PM" in words(await visitor.get(PAGE))
    assert "Evaluate the course" in words(await visitor.get(f"/r/{TOKEN}"))


async def test_while_certificates_is_away_nothing_that_was_entered_is_lost(visitor, owners, asked):
    owners.down.add("certificates")
    empty = await visitor.get(PAGE)
    assert (empty.status_code, empty.headers["retry-after"]) == (503, "30")
    assert "Certificates can’t be reached just now" in words(empty)
    # The course's own questions stand in for those that cannot be asked for.
    form = {"q-objective-1": "4", "q-comment": "Good"}
    page = await visitor.post(PAGE, data=form | {"key": "0" * 32})
    assert page.status_code == 503
    assert "Nothing you entered is lost" in words(page)
    assert 'name="q-objective-1" value="4" checked' in page.text
    assert ">Good</textarea>" in page.text
    assert key_in(page) == "0" * 32, "pressed again, it counts once"


async def test_a_form_that_cannot_be_read_is_no_failure(visitor, asked):
    for questions in [None, ["x", {}, {"question_id": ""}], [{"question_id": "a"}]]:
        asked(questions=questions)
        assert (await visitor.get(PAGE)).status_code == 200


async def test_a_link_or_a_registration_that_is_none_has_no_evaluation(visitor, owners, asked):
    assert (await visitor.get(f"/r/{TOKEN[:-2]}xx/evaluation")).status_code == 404
    owners.on("GET", OF_REGISTRATION, (401, problem("token-dead", 401)))
    assert (await visitor.get(PAGE)).status_code == 410
    owners.down.add("registration")
    assert (await visitor.post(PAGE, data=FILLED)).status_code == 503
