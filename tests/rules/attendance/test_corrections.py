"""What holds of what staff said, and which results only a human may settle: two tables."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.attendance.domain.corrections import (
    Correction,
    Kind,
    accepted_since,
    check_intervals,
    check_seconds,
    decided,
    in_force,
    needs_a_human,
    only_less_taught,
    ruled_since,
    upheld,
)
from services.attendance.domain.minutes import Window
from services.attendance.domain.presence import Change, PresenceRule, Standing
from shared.errors import Invalid

START = datetime(2020, 11, 2, 21, 0, tzinfo=UTC)
WINDOW = Window(
    START,
    START + timedelta(hours=2),
    ((START + timedelta(minutes=60), START + timedelta(minutes=75)),),
)


def said(words: str) -> list[Correction]:
    """`r5` is a ruling of five seconds, `w` its end, `e` evidence, `a`, `k` a result accepted, kept out."""
    kinds = {
        "r": Kind.RULING,
        "w": Kind.WITHDRAWN,
        "e": Kind.EVIDENCE,
        "a": Kind.ACCEPTED,
        "k": Kind.KEPT,
    }
    return [
        Correction(number, kinds[word[0]], int(word[1:]) if word[1:] else None)
        for number, word in enumerate(words.split(), 1)
    ]


@pytest.mark.parametrize(
    ("words", "seconds", "number"),
    [
        ("", None, 0),
        ("e", None, 0),
        ("k9", None, 0),
        ("r5", 5, 1),
        ("r0", 0, 1),
        ("r5 r7", 7, 2),
        ("r5 e k3", 5, 1),
        ("r5 w", None, 2),
        ("w", None, 1),
        ("r5 w r7", 7, 3),
        ("r5 w w", None, 3),
        ("a4", None, 1),
        ("r5 a4", 5, 2),
        ("r5 w a4 e", None, 3),
    ],
)
def test_the_latest_ruling_holds_until_it_is_withdrawn(
    words: str, seconds: int | None, number: int
) -> None:
    for order in (said(words), said(words)[::-1]):
        ruling = in_force(order)
        assert (ruling.seconds if ruling else None, decided(order)) == (seconds, number)


WORSE = {"by_staff": False, "anew": False, "seconds": 100, "kept": None}


@pytest.mark.parametrize(
    ("change", "case", "asked"),
    [
        (Change.WORSE, {}, True),
        (Change.BETTER, {}, False),
        (Change.SAME, {}, False),
        (Change.WORSE, {"by_staff": True}, False),
        # Less was taught, or worse was accepted, and the evidence says less than that leaves.
        (Change.WORSE, {"anew": True}, True),
        (Change.SAME, {"anew": True}, False),
        # A human kept 100 seconds out before.
        (Change.WORSE, {"kept": 100}, False),
        (Change.WORSE, {"kept": 99}, False),
        (Change.WORSE, {"kept": 101}, True),
        (Change.WORSE, {"kept": 100, "anew": True}, True),
    ],
)
def test_what_is_worse_is_settled_by_a_human_or_not_at_all(
    change: Change, case: dict[str, Any], asked: bool
) -> None:
    assert needs_a_human(change, **(WORSE | case)) is asked


@pytest.mark.parametrize(
    ("settled", "taught", "words", "left"),
    [
        (Standing(7200, True), 3600, "", Standing(3600, True)),
        (Standing(4200, False), 3600, "", Standing(3600, False)),
        (Standing(3000, False), 3600, "", Standing(3000, False)),
        (Standing(3600, True), 7200, "", Standing(3600, True)),
        (Standing(7200, True), 7200, "a6300", Standing(6300, True)),
        (Standing(7200, True), 7200, "a6299", Standing(6299, False)),
        (Standing(4200, False), 3600, "a3600", Standing(3600, False)),
        (Standing(3600, True), 7200, "a3600", Standing(3600, False)),
        (Standing(3000, False), 7200, "a2000 e", Standing(2000, False)),
        (Standing(3000, False), 7200, "a2000 a1000", Standing(1000, False)),
    ],
)
def test_less_that_was_taught_takes_no_presence_and_what_was_accepted_may(
    settled: Standing, taught: int, words: str, left: Standing
) -> None:
    accepted = accepted_since(said(words), 0)
    assert upheld(settled, taught, PresenceRule(), accepted) == left


@pytest.mark.parametrize(
    ("settled", "said_before", "only"),
    [
        (Standing(7200, False), Standing(7200, False), True),
        (Standing(7200, False), Standing(7199, False), False),  # a part was withdrawn, say
        (Standing(7200, True), Standing(7200, True), True),
        (Standing(7200, True), Standing(7200, False), False),
        (Standing(3600, False), Standing(7200, True), True),
        (Standing(0, False), Standing(0, False), True),
    ],
)
def test_what_is_worse_by_less_that_was_taught_alone_is_staffs_word(
    settled: Standing, said_before: Standing, only: bool
) -> None:
    assert only_less_taught(settled, said_before) is only


def test_what_was_weighed_is_not_weighed_again() -> None:
    words = said("r5 a4 k3 a2 e")
    assert [accepted_since(words, n) for n in (0, 2, 4)] == [words[3], words[3], None]
    assert [ruled_since(words, n) for n in (0, 1)] == [True, False]


def at(minute: float) -> datetime:
    return START + timedelta(minutes=minute)


def test_intervals_that_say_something_are_taken_and_all_faults_are_told_at_once() -> None:
    good = (at(-10), at(5))
    assert check_intervals([good], WINDOW, at(300)) == (good,)
    with pytest.raises(Invalid) as refused:
        check_intervals(
            [good, (at(5), at(5)), (at(121), at(130)), (at(60), at(75)), (at(80), at(301))],
            WINDOW,
            at(300),
        )
    assert [fault["pointer"] for fault in refused.value.errors] == [
        "/intervals/1/left_at",
        "/intervals/2",
        "/intervals/3",
        "/intervals/4/left_at",
    ]


def test_nobody_is_given_more_than_was_taught() -> None:
    assert check_seconds(6300, 6300) == 6300
    with pytest.raises(Invalid):
        check_seconds(6301, 6300)
