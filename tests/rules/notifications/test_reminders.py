"""When reminders are due: wall time on calendar days, hours exact, across the clock change."""

import pytest

from services.notifications.domain.course import Session
from services.notifications.domain.reminders import days_before, reminders
from tests.rules.notifications.stories import LONDON, NEW_YORK, SESSIONS, at, course

REFERENCE = [
    # template, session, New York, London
    ("reminder_7d", "s1", "2020-10-12T20:00Z", "2020-10-12T20:00Z"),
    ("reminder_1d", "s1", "2020-10-18T20:00Z", "2020-10-18T20:00Z"),
    ("join_1h", "s1", "2020-10-19T19:00Z", "2020-10-19T19:00Z"),
    # London's clocks went back on the 25th: 20:00 there is 20:00Z, the day before too.
    ("reminder_1d", "s2", "2020-10-25T20:00Z", "2020-10-25T20:00Z"),
    ("join_1h", "s2", "2020-10-26T19:00Z", "2020-10-26T19:00Z"),
    # New York's went back on the 1st of November, before 16:00.
    ("reminder_1d", "s3", "2020-11-01T21:00Z", "2020-11-01T21:00Z"),
    ("join_1h", "s3", "2020-11-02T20:00Z", "2020-11-02T20:00Z"),
    ("reminder_1d", "s4", "2020-11-08T21:00Z", "2020-11-08T21:00Z"),
    ("join_1h", "s4", "2020-11-09T20:00Z", "2020-11-09T20:00Z"),
]


@pytest.mark.parametrize("zone", [NEW_YORK, LONDON])
def test_the_reference_course_reminds_at_the_right_local_time(zone: str) -> None:
    column = 2 if zone == NEW_YORK else 3
    found = reminders(course(), zone, at("2020-09-14T15:07Z"))
    assert [(w.template, w.subject, w.due_at) for w in found] == [
        (row[0], row[1], at(row[column])) for row in REFERENCE
    ]


DAYS = [
    # start, days, zone, reminder
    ("2020-11-02T21:00Z", 7, NEW_YORK, "2020-10-26T20:00Z"),  # 16:00 EST ← 16:00 EDT
    ("2020-11-02T21:00Z", 7, LONDON, "2020-10-26T21:00Z"),  # 21:00 GMT ← 21:00 GMT
    ("2020-10-26T20:00Z", 7, LONDON, "2020-10-19T19:00Z"),  # 20:00 GMT ← 20:00 BST
    ("2020-11-01T21:00Z", 1, NEW_YORK, "2020-10-31T20:00Z"),  # 25 hours before
    ("2021-03-14T20:00Z", 1, NEW_YORK, "2021-03-13T21:00Z"),  # 23 hours before
    ("2021-03-15T06:30Z", 1, NEW_YORK, "2021-03-14T07:30Z"),  # 02:30 does not exist: 03:30
    ("2020-11-02T06:30Z", 1, NEW_YORK, "2020-11-01T05:30Z"),  # 01:30 comes twice: the earlier
    ("2020-10-19T20:00Z", 1, "Asia/Kolkata", "2020-10-18T20:00Z"),
]


@pytest.mark.parametrize(("start", "days", "zone", "reminder"), DAYS)
def test_a_day_before_is_the_same_wall_time_in_the_learners_zone(
    start: str, days: int, zone: str, reminder: str
) -> None:
    assert days_before(at(start), days, zone) == at(reminder)


def test_who_registers_late_gets_only_the_reminders_still_to_come() -> None:
    found = reminders(course(), NEW_YORK, at("2020-10-18T21:00Z"))
    assert [(w.template, w.subject) for w in found][:2] == [
        ("join_1h", "s1"),
        ("reminder_1d", "s2"),
    ]


def test_a_cancelled_session_is_not_reminded_of_and_the_next_one_is_the_first() -> None:
    gone = Session("s1", SESSIONS[0].starts_at, SESSIONS[0].ends_at, version=2, cancelled=True)
    found = reminders(course(sessions=(gone, *SESSIONS[1:])), NEW_YORK, at("2020-09-14T15:07Z"))
    assert (found[0].template, found[0].subject) == ("reminder_7d", "s2")
    assert "s1" not in {wanted.subject for wanted in found}


def test_the_join_link_is_of_use_until_the_session_ends() -> None:
    [last] = [
        w for w in reminders(course(), NEW_YORK, at("2020-11-09T22:30Z")) if w.subject == "s4"
    ]
    assert (last.template, last.use_until) == ("join_1h", at("2020-11-09T23:00Z"))


def test_of_a_recording_there_is_only_the_link_when_it_opens() -> None:
    window = Session("e1", at("2021-02-01T05:00Z"), at("2022-01-01T04:59Z"), recorded=True)
    found = reminders(course(sessions=(window,)), NEW_YORK, at("2021-05-05T12:00Z"))
    assert [(one.template, one.due_at, one.use_until) for one in found] == [
        ("join_1h", at("2021-02-01T05:00Z"), at("2022-01-01T04:59Z"))
    ]
