"""A series: days counted on the calendar, the wall time stays whatever the clocks do (§5)."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registration.domain.course_file import read_course
from tests.rules.registration.course import course

BEFORE = datetime(2020, 9, 1, tzinfo=UTC)


def read(series, zone="America/New_York", **changes):
    file = course(sessions=None, boards=None, zone=zone, series=series, **changes)
    return read_course("attachment", file, BEFORE)


def weekly(**changes):
    made = {
        "first": "2020-10-19",
        "every": {"weeks": 1},
        "count": 4,
        "from": "16:00",
        "to": "18:00",
    } | changes
    return {name: value for name, value in made.items() if value is not None}


def starts(zone="America/New_York", **changes):
    document, found = read(weekly(**changes), zone)
    assert found.errors == []
    return [session["starts_at"] for session in document["sessions"]]


def days(**changes):
    document, found = read(weekly(**changes))
    assert found.errors == []
    return [session["date"] for session in document["sessions"]]


def faults(**changes):
    _, found = read(weekly(**changes))
    return [error["pointer"] for error in found.errors]


def test_the_reference_course_s_sessions_can_be_said_as_a_series():
    document, found = read(weekly())
    assert (found.errors, found.warnings) == ([], [])
    assert [(s["session_id"], s["starts_at"], s["ends_at"]) for s in document["sessions"]] == [
        ("s1", "2020-10-19T20:00:00Z", "2020-10-19T22:00:00Z"),
        ("s2", "2020-10-26T20:00:00Z", "2020-10-26T22:00:00Z"),
        ("s3", "2020-11-02T21:00:00Z", "2020-11-02T23:00:00Z"),
        ("s4", "2020-11-09T21:00:00Z", "2020-11-09T23:00:00Z"),
    ]
    assert {(s["wall_from"], s["wall_to"], s["minutes"]) for s in document["sessions"]} == {
        ("16:00", "18:00", 120)
    }


@pytest.mark.parametrize(
    ("zone", "first", "instants"),
    [
        # Back on 2020-11-01 and forward on 2021-03-14.
        ("America/New_York", "2020-10-25", ["10-25T20:00:00Z", "11-01T21:00:00Z"]),
        ("America/New_York", "2021-03-07", ["03-07T21:00:00Z", "03-14T20:00:00Z"]),
        # Back on 2020-10-25 and forward on 2021-03-28.
        ("Europe/London", "2020-10-18", ["10-18T15:00:00Z", "10-25T16:00:00Z"]),
        ("Europe/London", "2021-03-21", ["03-21T16:00:00Z", "03-28T15:00:00Z"]),
        # Half an hour, the other way round: forward on 2020-10-04, back on 2021-04-04.
        ("Australia/Lord_Howe", "2020-09-27", ["09-27T05:30:00Z", "10-04T05:00:00Z"]),
        ("Australia/Lord_Howe", "2021-03-28", ["03-28T05:00:00Z", "04-04T05:30:00Z"]),
        # Never.
        ("Asia/Kolkata", "2020-10-25", ["10-25T10:30:00Z", "11-01T10:30:00Z"]),
        ("UTC", "2021-03-28", ["03-28T16:00:00Z", "04-04T16:00:00Z"]),
    ],
)
def test_the_wall_time_stays_on_both_sides_of_a_clock_change(zone, first, instants):
    found = starts(zone, first=first, count=2)
    assert found == [f"{first[:4]}-{instant}" for instant in instants]


@pytest.mark.parametrize(
    ("zone", "first", "wall", "detail"),
    [
        ("America/New_York", "2021-03-07", "02:30",
         "02:30 on 2021-03-14 does not exist in America/New_York."),
        ("Europe/Berlin", "2021-03-21", "02:30",
         "02:30 on 2021-03-28 does not exist in Europe/Berlin."),
        ("Australia/Lord_Howe", "2020-09-27", "02:15",
         "02:15 on 2020-10-04 does not exist in Australia/Lord_Howe."),
    ],
)  # fmt: skip
def test_a_wall_time_that_one_of_the_days_does_not_have_is_named(zone, first, wall, detail):
    _, found = read(weekly(first=first, **{"from": wall, "to": "05:00"}), zone)
    assert found.errors == [{"pointer": "/series/from", "detail": detail}]


@pytest.mark.parametrize(
    ("zone", "first", "wall", "day", "instants"),
    [
        ("America/New_York", "2020-10-25", "01:30", "2020-11-01",
         ("2020-11-01T05:30:00Z", "2020-11-01T06:30:00Z")),
        ("Australia/Lord_Howe", "2021-03-28", "01:45", "2021-04-04",
         ("2021-04-03T14:45:00Z", "2021-04-03T15:15:00Z")),
    ],
)  # fmt: skip
def test_a_wall_time_that_one_of_the_days_has_twice_needs_a_choice(
    zone, first, wall, day, instants
):
    series = weekly(first=first, count=2, **{"from": wall, "to": "05:00"})
    _, found = read(series, zone)
    assert found.errors == [
        {
            "pointer": "/series/from",
            "detail": f"{wall} on {day} comes twice in {zone}; say fold 0 or 1.",
        }
    ]
    for fold in (0, 1):
        document, found = read(series | {"fold": fold}, zone)
        assert found.errors == []
        assert document["sessions"][1]["starts_at"] == instants[fold]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"every": {"days": 3}, "count": 3}, ["2020-10-19", "2020-10-22", "2020-10-25"]),
        ({"every": {"weeks": 2}, "count": 3}, ["2020-10-19", "2020-11-02", "2020-11-16"]),
        ({"until": "2020-11-02", "count": None}, ["2020-10-19", "2020-10-26", "2020-11-02"]),
        ({"until": "2020-11-01", "count": None}, ["2020-10-19", "2020-10-26"]),
        ({"weekdays": ["thursday", "monday"]}, ["2020-10-19", "2020-10-22", "2020-10-26", "2020-10-29"]),
        # Weeks are counted from Monday on, so the Thursday of the first week is in its week.
        ({"first": "2020-10-22", "weekdays": ["monday", "thursday"], "every": {"weeks": 2}, "count": 3},
         ["2020-10-22", "2020-11-02", "2020-11-05"]),
        # A skipped day does not count: the series goes on for as many as were asked for.
        ({"skip": ["2020-10-26"]}, ["2020-10-19", "2020-11-02", "2020-11-09", "2020-11-16"]),
        ({"skip": ["2020-10-26"], "until": "2020-11-09", "count": None},
         ["2020-10-19", "2020-11-02", "2020-11-09"]),
        ({"every": {"months": 1}, "count": 3}, ["2020-10-19", "2020-11-19", "2020-12-19"]),
        ({"every": {"months": 6}, "count": 3}, ["2020-10-19", "2021-04-19", "2021-10-19"]),
        ({"first": "2020-10-13", "every": {"months": 1}, "weekdays": ["second tuesday"], "count": 4},
         ["2020-10-13", "2020-11-10", "2020-12-08", "2021-01-12"]),
        ({"first": "2020-10-30", "every": {"months": 1}, "weekdays": ["last friday"], "count": 3},
         ["2020-10-30", "2020-11-27", "2020-12-25"]),
        ({"first": "2020-10-05", "every": {"months": 1}, "weekdays": ["third monday", "first monday"]},
         ["2020-10-05", "2020-10-19", "2020-11-02", "2020-11-16"]),
    ],
)  # fmt: skip
def test_the_days_are_those_of_the_calendar(changes, expected):
    assert days(**changes) == expected


def test_a_month_without_the_day_has_it_on_its_last_and_says_so():
    document, found = read(weekly(first="2020-12-31", every={"months": 1}, count=5))
    assert [s["date"] for s in document["sessions"]] == [
        "2020-12-31",
        "2021-01-31",
        "2021-02-28",
        "2021-03-31",
        "2021-04-30",
    ]
    assert found.errors == []
    assert found.warnings == [
        "/series/first: 2021-02-28 stands for day 31.",
        "/series/first: 2021-04-30 stands for day 31.",
    ]


def test_a_programme_of_eighteen_months_is_one_series_with_what_is_each_session_s_own():
    document, found = read(
        weekly(
            first="2020-10-13",
            every={"months": 1},
            weekdays=["second tuesday"],
            count=18,
            delivery="live_online",
            homework="Read the next chapter.",
            each=[{"title": "Beginning"}, {"title": "Going on", "homework": "Write a page."}, {}],
        )
    )
    assert (found.errors, found.warnings) == ([], [])
    sessions = document["sessions"]
    assert [s["session_id"] for s in sessions] == [f"s{n}" for n in range(1, 19)]
    assert (sessions[0]["date"], sessions[17]["date"]) == ("2020-10-13", "2022-03-08")
    assert [(s["title"], s["homework"]) for s in sessions[:3]] == [
        ("Beginning", "Read the next chapter."),
        ("Going on", "Write a page."),
        ("", "Read the next chapter."),
    ]


def test_a_series_stands_beside_sessions_and_other_series():
    opening = {"id": "opening", "date": "2020-10-12", "from": "09:00", "to": "12:00"}
    both = [weekly(count=2), weekly(first="2020-10-20", count=2, ids="homework-")]
    document, found = read_course(
        "attachment", course(sessions=[opening], boards=None, series=both), BEFORE
    )
    assert found.errors == []
    assert [s["session_id"] for s in document["sessions"]] == [
        "opening",
        "s1",
        "homework-1",
        "s2",
        "homework-2",
    ]


def test_two_series_of_the_same_ids_or_days_are_refused_where_they_stand():
    _, found = read([weekly(), weekly(first="2020-10-20")])
    assert [error["pointer"] for error in found.errors] == ["/series"] * 4
    assert found.errors[0]["detail"] == "The session s1 is there 2 times."
    _, found = read([weekly(count=1), weekly(count=1, ids="t", **{"from": "17:00", "to": "19:00"})])
    assert found.errors == [
        {"pointer": "/series", "detail": "t1 begins before s1 has ended."}
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "pointers"),
    [
        ({"first": None}, ["/series/first"]),
        ({"first": "2020-02-30"}, ["/series/first"]),
        ({"first": "0001-01-03"}, ["/series/first"]),
        ({"every": None}, ["/series/every"]),
        ({"every": "week"}, ["/series/every"]),
        ({"every": {}}, ["/series/every"]),
        ({"every": {"weeks": 1, "days": 1}}, ["/series/every"]),
        ({"every": {"years": 1}}, ["/series/every"]),
        ({"every": {"weeks": 0}}, ["/series/every/weeks"]),
        ({"every": {"days": 1}, "weekdays": ["monday"]}, ["/series/weekdays"]),
        ({"weekdays": ["mon"]}, ["/series/weekdays/0"]),
        ({"weekdays": ["tuesday"]}, ["/series/first"]),
        ({"every": {"months": 1}, "weekdays": ["monday"]}, ["/series/weekdays/0", "/series/first"]),
        ({"every": {"months": 1}, "weekdays": [7]}, ["/series/weekdays/0", "/series/first"]),
        ({"count": None}, ["/series/count"]),
        ({"until": "2020-12-31"}, ["/series/count"]),
        ({"count": 401}, ["/series/count"]),
        ({"count": None, "until": "2020-10-18"}, ["/series/until"]),
        ({"count": None, "until": "soon"}, ["/series/until"]),
        ({"every": {"days": 1}, "count": None, "until": "2022-10-19"}, ["/series/until"]),
        ({"every": {"months": 24}, "count": 120}, ["/series/count"]),
        ({"count": None, "until": "2020-10-19", "skip": ["2020-10-19"]}, ["/series/skip"]),
        ({"skip": ["26 October"]}, ["/series/skip/0"]),
        ({"from": "4 pm"}, ["/series/from"]),
        ({"to": "15:00"}, ["/series/to"]),
        ({"meeting": {"id": "1", "url": "nowhere"}}, ["/series/meeting/url"]),
        ({"each": [{}, {"title": 7}]}, ["/series/each/1/title"]),
        ({"each": [{"from": "x"}]}, ["/series/each/0/from"]),
        ({"each": [{}] * 5}, ["/series/each"]),
        ({"each": [7]}, ["/series/each/0"]),
        ({"ids": "a b"}, ["/series/ids"]),
    ],
)
def test_what_is_wrong_with_a_series_is_said_once_and_where(changes, pointers):
    assert list(dict.fromkeys(faults(**changes))) == pointers
    assert len(faults(**changes)) == len(pointers)


def test_slips_of_the_pen_in_a_series_are_warned_of():
    _, found = read(weekly(skip=["2020-10-27"], date="2020-10-19", each=[{"tile": "x"}]))
    assert found.errors == []
    assert found.warnings == [
        "/series/date is not read by anybody.",
        "/series/skip: 2020-10-27 is no day of the series.",
        "/series/each/0/tile is not read by anybody.",
    ]


@given(
    st.dates(date(2015, 1, 1), date(2030, 12, 31)),
    st.sampled_from(["days", "weeks", "months"]),
    st.integers(1, 12),
    st.integers(1, 30),
    st.sampled_from(["America/New_York", "Europe/London", "Australia/Lord_Howe", "Asia/Kolkata"]),
)
def test_whatever_the_rhythm_there_are_as_many_as_asked_for_at_the_asked_wall_time(
    first, unit, step, number, zone
):
    series = weekly(first=first.isoformat(), every={unit: step}, count=number)
    document, found = read(series, zone)
    assert found.errors == []
    assert [s["session_id"] for s in document["sessions"]] == [
        f"s{n}" for n in range(1, number + 1)
    ]
    assert {s["wall_from"] for s in document["sessions"]} == {"16:00"}
    assert {s["minutes"] for s in document["sessions"]} == {120}
    assert document["sessions"][0]["date"] == first.isoformat()
