"""Present, and what late evidence does to it (domain.md §5, §6; interfaces.md §10)."""

import pytest

from services.attendance.domain.presence import (
    Change,
    LongerThanScheduled,
    PresenceRule,
    Standing,
    standing,
    taught_seconds,
    weigh,
)

RULE = PresenceRule()


@pytest.mark.parametrize(
    ("attended", "present"),
    [(7200, True), (7199, True), (6300, True), (6299, False), (5400, False), (0, False)],
)
def test_at_most_fifteen_minutes_of_two_hours_may_be_missed(attended: int, present: bool) -> None:
    assert standing(attended, 7200, RULE) == Standing(attended, present)


def test_a_stricter_rule_is_stricter() -> None:
    assert not standing(7199, 7200, PresenceRule(2, max_missed_seconds=0)).present
    assert standing(7200, 7200, PresenceRule(2, max_missed_seconds=0)).present


def test_a_session_cut_short_is_judged_by_the_time_taught() -> None:
    # Ended after 90 of 120 minutes: 75 minutes suffice, and more than was taught never counts.
    taught = taught_seconds(7200, 90)
    assert taught == 5400
    assert standing(4500, taught, RULE) == Standing(4500, True)
    assert standing(4499, taught, RULE) == Standing(4499, False)
    assert standing(7200, taught, RULE) == Standing(5400, True)


def test_nobody_is_present_who_was_never_seen() -> None:
    assert not standing(0, 600, RULE).present


@pytest.mark.parametrize(
    ("attended", "taught", "present"),
    [(1, 900, False), (449, 900, False), (450, 900, True), (899, 1800, False), (900, 1800, True)],
)
def test_a_second_of_a_quarter_of_an_hour_is_no_presence(
    attended: int, taught: int, present: bool
) -> None:
    assert standing(attended, taught, RULE).present is present


@pytest.mark.parametrize("minutes", [0, -1, 121])
def test_a_session_is_never_longer_than_announced(minutes: int) -> None:
    with pytest.raises(LongerThanScheduled):
        taught_seconds(7200, minutes)


@pytest.mark.parametrize(
    ("settled", "new", "change"),
    [
        (None, Standing(0, False), Change.FIRST),
        (Standing(6000, False), Standing(6000, False), Change.SAME),
        (Standing(6000, False), Standing(6100, False), Change.BETTER),
        (Standing(6000, False), Standing(6300, True), Change.BETTER),
        (Standing(6400, True), Standing(7200, True), Change.BETTER),
        (Standing(7200, True), Standing(6400, True), Change.WORSE),
        (Standing(7200, True), Standing(600, False), Change.WORSE),
        (Standing(5400, False), Standing(5000, True), Change.BETTER),
    ],
)
def test_what_new_evidence_does(settled: Standing | None, new: Standing, change: Change) -> None:
    assert weigh(settled, new) is change
