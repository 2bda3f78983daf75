"""Answers that fit a form, and until when they are taken."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from services.certificates.domain.evaluation import (
    EvaluationClosed,
    EvaluationNotOpen,
    Question,
    check_answers,
    check_window,
    closing,
    form_id,
)
from shared.errors import Invalid

START = datetime(2020, 10, 19, 20, tzinfo=UTC)
END = datetime(2020, 11, 9, 23, tzinfo=UTC)
FORM = [
    Question("objective-1"),
    Question("pace", "choice", choices=("slow", "right", "fast")),
    Question("comment", "text"),
]


def test_it_is_open_for_30_days_to_the_second():
    until = closing(END, 30)
    assert until == datetime(2020, 12, 9, 23, tzinfo=UTC)
    check_window(START, until, until, 30)
    check_window(None, None, END, 30)
    with pytest.raises(EvaluationClosed, match="30 days"):
        check_window(START, until, until + timedelta(seconds=1), 30)


def test_what_has_not_begun_cannot_be_evaluated():
    with pytest.raises(EvaluationNotOpen):
        check_window(START, END, START - timedelta(seconds=1), 30)
    check_window(START, END, START, 30)


def test_a_form_may_close_earlier():
    with pytest.raises(EvaluationClosed, match="7 days"):
        check_window(START, closing(END, 7), END + timedelta(days=8), 7)


def test_staff_open_it_longer_and_never_shorten_it():
    day = timedelta(days=1)
    assert closing(END, 30, END + 40 * day, None) == END + 40 * day
    assert closing(END, 30, END + 40 * day, END + 50 * day) == END + 50 * day
    assert closing(END, 30, END + 2 * day) == END + 30 * day
    assert closing(None, 30, END) is None, "no session is planned: nobody is late"
    with pytest.raises(EvaluationClosed, match="was open longer"):
        check_window(START, END + 40 * day, END + 41 * day, None)


def test_another_wording_is_another_form_whatever_its_version_says():
    one = [{"question_id": "a", "text": "Well?", "scale": 5}]
    assert form_id(1, one) == form_id(1, [{"scale": 5, "text": "Well?", "question_id": "a"}])
    others = [form_id(2, one), form_id(1, []), form_id(1, [{**one[0], "text": "Good?"}])]
    assert len({form_id(1, one), *others}) == 4


def test_answers_that_fit_are_taken():
    check_answers(FORM, {"objective-1": 5, "pace": "right", "comment": "Kind.", "extra": None})
    check_answers([], {"anything": 3})


@pytest.mark.parametrize(
    ("answer", "pointer"),
    [
        ({"objective-1": 0}, "/answers/objective-1"),
        ({"objective-1": 6}, "/answers/objective-1"),
        ({"objective-1": True}, "/answers/objective-1"),
        ({"objective-1": "5"}, "/answers/objective-1"),
        ({"pace": "furious"}, "/answers/pace"),
        ({"comment": "x" * 5001}, "/answers/comment"),
        ({"a/b~c": [1]}, "/answers/a~1b~0c"),
    ],
)
def test_answers_that_do_not_fit_are_named(answer, pointer):
    with pytest.raises(Invalid) as refused:
        check_answers(FORM, answer)
    assert [one["pointer"] for one in refused.value.errors] == [pointer]


def test_a_question_that_asks_for_an_answer_gets_one_or_there_is_no_evaluation():
    form = [Question("objective-1", required=True), Question("why", "text", required=True)]
    check_answers(form, {"objective-1": 1, "why": "Because."})
    for answers in ({"x": None}, {"objective-1": None, "why": "  "}):
        with pytest.raises(Invalid) as refused:
            check_answers([*form, *FORM[1:]], answers)
        assert [(one["pointer"], one["detail"]) for one in refused.value.errors] == [
            ("/answers/objective-1", "This needs an answer."),
            ("/answers/why", "This needs an answer."),
        ]


def test_every_fault_is_told_at_once():
    with pytest.raises(Invalid) as refused:
        check_answers(FORM, {"objective-1": 9, "pace": "furious", "comment": "fine"})
    assert len(refused.value.errors) == 2


def test_no_answers_are_no_evaluation():
    with pytest.raises(Invalid):
        check_answers(FORM, {})
