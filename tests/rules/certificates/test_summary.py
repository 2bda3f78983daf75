"""What evaluations come to: counts, means by hand, and nobody told by their answers."""

from __future__ import annotations

from decimal import Decimal

import pytest

from services.certificates.domain.evaluation import Question
from services.certificates.domain.summary import Answered, Told, told_of

RATING = Question("objective-1")
PACE = Question("pace", "choice", choices=("slow", "right", "fast"))
COMMENT = Question("comment", "text")


def answered(name: str, *answers) -> list[Answered]:
    return [Answered(f"k{n}", {name: answer}) for n, answer in enumerate(answers)]


@pytest.mark.parametrize(
    ("ratings", "mean", "counts"),
    [
        ((5, 5, 4), "4.67", (0, 0, 0, 1, 2)),
        ((1, 1, 2), "1.33", (2, 1, 0, 0, 0)),
        ((1, 2, 2, 2, 2, 2, 2, 2), "1.88", (1, 7, 0, 0, 0)),  # 1.875: half up
        ((3, 3, 3), "3.00", (0, 0, 3, 0, 0)),
    ],
)
def test_ratings_have_a_mean_and_how_often_each_was_given(ratings, mean, counts):
    [told] = told_of([RATING], answered("objective-1", *ratings))
    assert told.mean == Decimal(mean)
    assert told.distribution == [(str(n), count) for n, count in enumerate(counts, 1)]


def test_what_fewer_than_three_answered_is_counted_and_not_broken_down():
    some = answered("objective-1", 5, 1, None, None, None)
    assert told_of([RATING], some) == [Told("objective-1", 2)]
    assert told_of([PACE], answered("pace", "slow", "fast")) == [Told("pace", 2)]
    assert told_of([COMMENT], answered("comment", "Mine.", "")) == [Told("comment", 1)]
    assert told_of([RATING, PACE], []) == [Told("objective-1", 0), Told("pace", 0)]


def test_choices_are_counted_in_the_forms_order_those_of_nobody_too():
    [told] = told_of([PACE], answered("pace", "fast", "right", "fast"))
    assert told == Told("pace", 3, None, [("slow", 0), ("right", 1), ("fast", 2)])


def test_a_text_is_told_where_three_could_have_written_it_though_one_did():
    [told] = told_of([COMMENT], answered("comment", None, " Kind. ", ""))
    assert told == Told("comment", 1, texts=["Kind."])


def test_texts_of_one_person_do_not_stand_at_one_place_and_their_order_says_nothing():
    questions = [Question(f"q{n}", "text") for n in range(8)]
    people = [
        Answered(f"key-{who}", {q.question_id: str(who) for q in questions}) for who in range(9)
    ]
    told = [tuple(one.texts or ()) for one in told_of(questions, people)]
    assert all(sorted(texts) == [str(who) for who in range(9)] for texts in told)
    assert len(set(told)) == 8, "another order for each question"
    assert told == [tuple(one.texts or ()) for one in told_of(questions, people[::-1])]


@pytest.mark.parametrize("junk", [0, 6, True, "5", 4.5, None, [5]])
def test_junk_among_ratings_counts_for_nothing(junk):
    [told] = told_of([RATING], answered("objective-1", 4, junk, 4, 4))
    assert (told.n, told.mean) == (3, Decimal("4.00"))


def test_a_choice_that_is_not_offered_counts_for_nothing():
    [told] = told_of([PACE], answered("pace", "slow", "warp", 3, "slow", "slow"))
    assert (told.n, told.distribution) == (3, [("slow", 3), ("right", 0), ("fast", 0)])
