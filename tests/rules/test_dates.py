"""Days, wall times and instants, over clock changes, leap years and odd calendars."""

from datetime import UTC, date, datetime, time, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.dates import (
    AmbiguousTime,
    BadTime,
    NonexistentTime,
    UnknownZone,
    add_months,
    add_years,
    business_days_before,
    day_of,
    end_of_day,
    instant_of,
    is_business_day,
    parse_day,
    parse_instant,
    parse_wall,
    rfc3339,
    start_of_day,
    utc,
    zone_of,
)

NEW_YORK = "America/New_York"
NAIVE = datetime(2020, 10, 5, tzinfo=UTC).replace(tzinfo=None)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2020-10-19", "2020-10-19T20:00:00Z"),
        ("2020-10-26", "2020-10-26T20:00:00Z"),
        ("2020-11-02", "2020-11-02T21:00:00Z"),
        ("2020-11-09", "2020-11-09T21:00:00Z"),
    ],
)
def test_four_in_the_afternoon_in_new_york_over_the_clock_change(day, expected):
    assert rfc3339(instant_of(parse_day(day), time(16), NEW_YORK)) == expected


@pytest.mark.parametrize(
    ("day", "wall", "zone"),
    [
        (date(2021, 3, 14), time(2, 0), NEW_YORK),
        (date(2021, 3, 14), time(2, 59, 59), NEW_YORK),
        (date(2021, 3, 28), time(1, 30), "Europe/London"),
        (date(2011, 12, 30), time(12), "Pacific/Apia"),
        (date(2018, 11, 4), time(0, 30), "America/Sao_Paulo"),
    ],
)
def test_a_wall_time_that_the_clocks_jump_over_is_refused(day, wall, zone):
    for fold in (None, 0, 1):
        with pytest.raises(NonexistentTime) as refused:
            instant_of(day, wall, zone, fold)
    assert refused.value.slug == "wall-time-nonexistent"


def test_a_wall_time_that_comes_twice_needs_a_choice():
    twice = (date(2020, 11, 1), time(1, 30), NEW_YORK)
    with pytest.raises(AmbiguousTime) as refused:
        instant_of(*twice)
    assert refused.value.slug == "wall-time-ambiguous"
    assert rfc3339(instant_of(*twice, fold=0)) == "2020-11-01T05:30:00Z"
    assert rfc3339(instant_of(*twice, fold=1)) == "2020-11-01T06:30:00Z"


def test_the_edges_of_a_clock_change_are_plain_times():
    assert rfc3339(instant_of(date(2021, 3, 14), time(3), NEW_YORK)) == "2021-03-14T07:00:00Z"
    assert rfc3339(instant_of(date(2020, 11, 1), time(2), NEW_YORK)) == "2020-11-01T07:00:00Z"
    assert rfc3339(instant_of(date(2020, 11, 1), time(0, 59), NEW_YORK)) == "2020-11-01T04:59:00Z"


def test_a_choice_where_none_is_needed_changes_nothing():
    plain = instant_of(date(2020, 10, 19), time(16), NEW_YORK)
    assert instant_of(date(2020, 10, 19), time(16), NEW_YORK, fold=1) == plain


@pytest.mark.parametrize(
    ("day", "zone", "first", "last"),
    [
        ("2020-10-05", NEW_YORK, "2020-10-05T04:00:00Z", "2020-10-06T03:59:59.999999Z"),
        ("2020-11-01", NEW_YORK, "2020-11-01T04:00:00Z", "2020-11-02T04:59:59.999999Z"),
        ("2021-03-14", NEW_YORK, "2021-03-14T05:00:00Z", "2021-03-15T03:59:59.999999Z"),
        ("2020-10-05", "UTC", "2020-10-05T00:00:00Z", "2020-10-05T23:59:59.999999Z"),
        ("2020-10-05", "Asia/Kolkata", "2020-10-04T18:30:00Z", "2020-10-05T18:29:59.999999Z"),
        # Clocks went from midnight to one o'clock: the day began at 01:00.
        ("2018-11-04", "America/Sao_Paulo", "2018-11-04T03:00:00Z", "2018-11-05T01:59:59.999999Z"),
    ],
)
def test_a_day_of_a_zone_has_a_first_and_a_last_moment(day, zone, first, last):
    assert rfc3339(start_of_day(parse_day(day), zone)) == first
    assert rfc3339(end_of_day(parse_day(day), zone)) == last
    assert day_of(parse_instant(first), zone) == parse_day(day)
    assert day_of(parse_instant(last), zone) == parse_day(day)


@given(
    st.dates(date(1990, 1, 1), date(2100, 1, 1)),
    st.sampled_from([NEW_YORK, "Europe/London", "Asia/Kolkata", "Australia/Lord_Howe", "UTC"]),
)
def test_days_of_a_zone_follow_one_another_without_gap_or_overlap(day, zone):
    tick = timedelta(microseconds=1)
    assert end_of_day(day, zone) + tick == start_of_day(day + timedelta(days=1), zone)
    assert day_of(end_of_day(day, zone), zone) == day
    assert day_of(start_of_day(day, zone), zone) == day


@pytest.mark.parametrize(
    ("day", "years", "expected"),
    [
        (date(2020, 10, 6), 1, date(2021, 10, 6)),
        (date(2020, 2, 29), 1, date(2021, 2, 28)),
        (date(2020, 2, 29), 4, date(2024, 2, 29)),
        (date(2021, 2, 28), 3, date(2024, 2, 28)),
        (date(2020, 12, 31), 1, date(2021, 12, 31)),
    ],
)
def test_a_year_later_is_the_same_day_and_leap_day_becomes_the_28th(day, years, expected):
    assert add_years(day, years) == expected


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2020, 1, 31), 1, date(2020, 2, 29)),
        (date(2021, 1, 31), 1, date(2021, 2, 28)),
        (date(2020, 11, 30), 3, date(2021, 2, 28)),
        (date(2020, 12, 15), 1, date(2021, 1, 15)),
        (date(2020, 3, 31), -1, date(2020, 2, 29)),
        (date(2020, 1, 15), 0, date(2020, 1, 15)),
    ],
)
def test_months_later_is_the_same_day_or_the_months_last(day, months, expected):
    assert add_months(day, months) == expected


@pytest.mark.parametrize(
    ("count", "holidays", "expected"),
    [
        (0, (), date(2020, 10, 19)),
        (1, (), date(2020, 10, 16)),
        (5, (), date(2020, 10, 12)),
        (5, (date(2020, 10, 12),), date(2020, 10, 9)),
        (6, (), date(2020, 10, 9)),
        (10, (), date(2020, 10, 5)),
    ],
)
def test_business_days_are_monday_to_friday_less_the_holidays(count, holidays, expected):
    assert business_days_before(date(2020, 10, 19), count, holidays) == expected


def test_a_holiday_and_a_saturday_are_no_business_days():
    assert is_business_day(date(2020, 10, 16))
    assert not is_business_day(date(2020, 10, 17))
    assert not is_business_day(date(2020, 10, 16), {date(2020, 10, 16)})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2020-10-05T23:59:59.999999Z", "2020-10-05T23:59:59.999999Z"),
        ("2020-10-05T23:59:00-04:00", "2020-10-06T03:59:00Z"),
        ("2020-10-05t23:59:00z", "2020-10-05T23:59:00Z"),
        ("2020-10-05 23:59:00+05:30", "2020-10-05T18:29:00Z"),
        ("2020-10-05T23:59:00.5Z", "2020-10-05T23:59:00.500000Z"),
        ("2020-10-05T23:59:00.1234567Z", "2020-10-05T23:59:00.123456Z"),
    ],
)
def test_instants_are_read_with_any_offset_and_written_with_z(text, expected):
    assert rfc3339(parse_instant(text)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "2020-10-05T23:59:00",
        "2020-10-05",
        "2020-02-30T00:00:00Z",
        "2020-10-05T24:00:00Z",
        "2020-10-05T23:59:60Z",
        "2020-10-05T23:59Z",
        "20201005T235900Z",
        "0001-01-01T00:00:00+23:59",
        "2020-10-05T23:59:00+25:00",
        "2020-10-05T23:59:00Z\n",
        "٢٠٢٠-10-05T23:59:00Z",
        "now",
        "",
        None,
        1601942340,
        [],
    ],
)
def test_what_is_no_instant_is_refused(text):
    with pytest.raises(BadTime):
        parse_instant(text)


@given(
    st.datetimes(NAIVE.replace(year=1900), NAIVE.replace(year=2200)),
    st.integers(-14 * 60, 14 * 60),
)
def test_an_instant_survives_being_written_and_read(moment, minutes):
    aware = moment.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    assert parse_instant(rfc3339(aware)) == aware


def test_a_naive_time_is_no_instant():
    with pytest.raises(BadTime):
        utc(NAIVE)
    with pytest.raises(BadTime):
        rfc3339(NAIVE)
    assert utc(datetime(2020, 10, 5, tzinfo=UTC)) == datetime(2020, 10, 5, tzinfo=UTC)


def test_days_and_wall_times_are_read_from_their_one_form():
    assert parse_day("2020-10-19") == date(2020, 10, 19)
    assert parse_wall("16:00") == time(16)
    assert parse_wall("16:00:30") == time(16, 0, 30)


@pytest.mark.parametrize("text", ["2020-2-3", "20201019", "2020-02-30", "", None, date(2020, 1, 1)])
def test_what_is_no_day_is_refused(text):
    with pytest.raises(BadTime):
        parse_day(text)


@pytest.mark.parametrize("text", ["4pm", "16", "24:00", "16:60", "16:00Z", "", None, 16])
def test_what_is_no_wall_time_is_refused(text):
    with pytest.raises(BadTime):
        parse_wall(text)


@pytest.mark.parametrize("name", [NEW_YORK, "UTC", "Europe/London", "Etc/GMT+5"])
def test_zones_are_those_of_the_tz_database(name):
    assert zone_of(name).key == name


@pytest.mark.parametrize(
    "name",
    ["Mars/Olympus", "", None, 5, "../../etc/passwd", "/etc/localtime", "America", "a\x00b", "é"]
    + ["x" * 100],
)
def test_what_is_no_zone_is_refused(name):
    with pytest.raises(UnknownZone) as refused:
        zone_of(name)
    assert refused.value.slug == "zone-unknown"
