"""The approvals calendar: which warning stands on which day, and when to look again."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.certificates.domain.approvals import Period, next_look, warning

UNTIL, LAST = date(2021, 12, 31), date(2022, 4, 4)
PERIOD = Period("NBCC", "Praxis CET", "0000", UNTIL, LAST, ("s17", "s18"))


@pytest.mark.parametrize(
    ("today", "stands", "look"),
    [
        (date(2021, 1, 1), None, date(2021, 10, 2)),
        (date(2021, 10, 1), None, date(2021, 10, 2)),
        (date(2021, 10, 2), 90, date(2021, 12, 1)),  # 90 days before
        (date(2021, 11, 30), 90, date(2021, 12, 1)),
        (date(2021, 12, 1), 30, date(2022, 4, 5)),  # 30 days before
        (date(2021, 12, 31), 30, date(2022, 4, 5)),
        (date(2022, 1, 1), 30, date(2022, 4, 5)),  # it is over, and the course is not
        (date(2022, 4, 4), 30, date(2022, 4, 5)),
        (date(2022, 4, 5), None, None),  # the day after the last session
    ],
)
def test_a_warning_stands_from_90_and_from_30_days_before_until_the_course_is_over(
    today, stands, look
):
    assert warning(PERIOD, today) == stands
    assert next_look([PERIOD], today) == look


def test_an_approval_that_outlives_its_course_by_far_is_never_warned_of():
    long = Period("APA", "", "", date(2025, 1, 1), date(2020, 11, 9))
    assert next_look([long], date(2020, 9, 1)) is None
    assert warning(long, date(2020, 11, 9)) is None


def test_a_course_that_ends_between_the_two_warnings_has_only_the_first():
    short = Period("APA", "", "", date(2021, 1, 31), date(2020, 11, 9))
    assert warning(short, date(2020, 11, 3)) == 90
    assert next_look([short], date(2020, 11, 3)) == date(2020, 11, 10)


def test_days_left_are_0_on_the_last_day_and_fewer_afterwards():
    assert [PERIOD.days_left(day) for day in (date(2021, 12, 30), UNTIL, date(2022, 1, 2))] == [
        *(1, 0),
        -2,
    ]


DAYS = st.dates(date(2020, 1, 1), date(2024, 12, 31))


@given(st.lists(st.tuples(DAYS, DAYS), min_size=1, max_size=4), DAYS)
def test_between_two_looks_no_warning_begins_or_ends(ends, today):
    periods = [Period(str(n), "", "", until, last) for n, (until, last) in enumerate(ends)]
    look = next_look(periods, today)
    for later in range(1, 400):
        day = date.fromordinal(today.toordinal() + later)
        if look is not None and day >= look:
            break
        assert [warning(one, day) for one in periods] == [warning(one, today) for one in periods]
