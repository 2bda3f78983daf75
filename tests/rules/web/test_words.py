"""How money, days and times read, by the reader's locale and zone."""

from datetime import UTC, datetime, timedelta

import pytest

from services.web.domain.zones import choices, known, same_clock
from services.web.words import (
    clock,
    day,
    days,
    english_of,
    hours,
    lasting,
    locale_of,
    moment,
    money,
    months,
    place,
    place_name,
    span,
)
from shared.money import Money

AMERICAN, BRITISH = locale_of(None), locale_of("en-GB,en;q=0.8")
START, END = datetime(2020, 10, 19, 20, tzinfo=UTC), datetime(2020, 10, 19, 22, tzinfo=UTC)


def plain(text: str) -> str:
    return text.replace("\u202f", " ")


def test_days_and_hours_follow_the_reader():
    assert day(START, "America/New_York", AMERICAN) == "Monday, October 19, 2020"
    assert day(START, "America/New_York", BRITISH) == "Monday, 19 October 2020"
    assert plain(clock(START, "America/New_York", AMERICAN)) == "4:00 PM"
    assert clock(START, "Europe/London", BRITISH) == "21:00"
    assert plain(moment(START, "America/New_York", AMERICAN)) == (
        "Monday, October 19, 2020, 4:00 PM, New York time (EDT)"
    )


def test_a_language_that_is_not_ours_is_answered_in_american_english():
    for asked in ("fr-FR,fr;q=0.9", "*", "", "xx-junk;;;", "en"):
        assert str(locale_of(asked)) == "en_US", asked


def test_a_language_of_ours_is_answered_in_it_with_the_place_that_the_browser_names():
    assert str(locale_of("fr-FR,de-AT;q=0.8,en;q=0.5")) == "de_AT"
    assert str(locale_of("es")) == "es"
    assert str(locale_of("de", "en-US,de-CH;q=0.5")) == "de_CH"  # German was chosen on the page
    assert str(locale_of("en", "de-DE,en-GB;q=0.5")) == "en_GB"
    assert str(locale_of("en", "de-DE")) == "en_US"


def test_what_is_english_alone_is_answered_in_the_readers_english():
    assert str(english_of("de-DE,en-GB;q=0.5")) == "en_GB"
    assert str(english_of("es-MX")) == "en_US"


def test_a_place_and_its_clock_are_said_in_the_readers_language():
    german = locale_of("de-DE")
    assert plain(moment(START, "America/New_York", german)) == (
        "Montag, 19. Oktober 2020, 16:00, Zeit in New York (EDT)"
    )
    last = datetime(2020, 11, 9, 21, tzinfo=UTC)
    assert days(START, last, "UTC", german) == "19. Oktober – 9. November 2020"
    assert days(START, last, "UTC", locale_of("es")) == "19 de octubre – 9 de noviembre de 2020"
    assert months(german)[2] == "März"
    assert place_name("DE", locale_of("es")) == "Alemania"


def test_a_session_over_midnight_names_the_second_day():
    assert plain(span(START, END, "Europe/Berlin", AMERICAN)) == (
        "10:00 PM – Tuesday, October 20, 2020, 12:00 AM"
    )


def test_days_of_a_course_are_told_as_briefly_as_can_be():
    last = datetime(2020, 11, 9, 21, tzinfo=UTC)
    assert days(START, last, "America/New_York", AMERICAN) == "October 19 – November 9, 2020"
    assert days(START, last, "America/New_York", BRITISH) == "19 October – 9 November 2020"
    assert days(START, END, "America/New_York", AMERICAN) == "Monday, October 19, 2020"
    next_year = datetime(2021, 1, 4, 21, tzinfo=UTC)
    assert days(START, next_year, "America/New_York", AMERICAN) == (
        "October 19, 2020 – January 4, 2021"
    )


def test_zones_read_as_places():
    assert place(START, "America/New_York") == "New York time (EDT)"
    assert place(START, "America/Sao_Paulo") == "Sao Paulo time (UTC−03:00)"
    assert place(START, "UTC") == "UTC"


def test_money_and_hours_are_exact():
    assert money(Money(19900, "USD"), AMERICAN) == "$199.00"
    assert money(Money(5, "JPY"), AMERICAN) == "¥5"
    assert [hours(h) for h in ("8.0", "6.75", "7.50", 6.0, 0)] == ["8", "6.75", "7.5", "6", "0"]


def test_a_zone_is_taken_only_where_the_tz_database_has_it():
    assert known(None, "Mars/Olympus", "Europe/Kyiv", "UTC") == "Europe/Kyiv"
    assert known("../../etc/passwd", "") is None
    assert same_clock(START, "America/New_York", "America/Toronto")
    assert not same_clock(START, "America/New_York", "UTC")
    assert choices("Asia/Kathmandu")[0] == ("", ("Asia/Kathmandu",))


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (-5, "a few seconds"),
        (9.9, "a few seconds"),
        (59, "50 s"),
        (60, "1 min"),
        (3_599, "59 min"),
        (3_600, "1 h"),
        (7_500, "2 h 5 min"),
        (86_399, "23 h 59 min"),
        (86_400, "1 day"),
        (200_000, "2 days"),
    ],
)
def test_how_long_something_lasts(seconds, said):
    assert lasting(timedelta(seconds=seconds)) == said
