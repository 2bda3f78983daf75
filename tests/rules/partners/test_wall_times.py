"""How partners write days and times, and what is no time at all."""

from datetime import UTC, date, datetime

import pytest

from services.partners.domain.wall_times import DAYS, FORMATS, day_in, instant_in
from shared.dates import AmbiguousTime, BadTime, NonexistentTime, UnknownZone

BERLIN = "Europe/Berlin"
EIGHT = datetime(2027, 3, 9, 19, 5, tzinfo=UTC)  # 20:05 in Berlin, in winter


def test_the_list_is_short_and_closed():
    assert DAYS == ("YYYY-MM-DD", "YYYYMMDD", "DD.MM.YYYY", "DD/MM/YYYY", "MM/DD/YYYY")
    assert len(FORMATS) == 2 + 5 * 3 + 2
    assert len(set(FORMATS)) == len(FORMATS)


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("rfc3339", "2027-03-09T20:05:00+01:00"),
        ("unix", "1804619100"),
        ("YYYY-MM-DD HH:mm", "2027-03-09 20:05"),
        ("YYYY-MM-DDTHH:mm", "2027-03-09T20:05"),
        ("YYYY-MM-DDTHH:mm:ss", "2027-03-09T20:05:00"),
        ("YYYYMMDD HH:mm", "20270309 20:05"),
        ("DD.MM.YYYY HH:mm", "09.03.2027 20:05"),
        ("DD.MM.YYYY HH:mm", "9.3.2027 20:05"),
        ("DD.MM.YYYY HH:mm:ss", "9.3.2027 20:05:00"),
        ("DD/MM/YYYY HH:mm", "09/03/2027 20:05"),
        ("MM/DD/YYYY HH:mm", "03/09/2027 20:05"),
        ("MM/DD/YYYY hh:mm AM", "3/9/2027 8:05 PM"),
        ("YYYY-MM-DD hh:mm AM", "2027-03-09 08:05pm"),
    ],
)
def test_each_is_read_in_its_one_way(form, text):
    assert instant_in(text, form, BERLIN, None) == EIGHT


def test_noon_and_midnight_of_a_clock_of_twelve():
    noon = instant_in("2027-03-09 12:30 PM", "YYYY-MM-DD hh:mm AM", "UTC", None)
    night = instant_in("2027-03-09 12:30 am", "YYYY-MM-DD hh:mm AM", "UTC", None)
    assert (noon.hour, night.hour) == (12, 0)


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("YYYY-MM-DD HH:mm", "09.03.2027 20:05"),
        ("YYYY-MM-DD HH:mm", "2027-3-9 20:05"),
        ("YYYY-MM-DD HH:mm", "2027-02-29 20:05"),
        ("YYYY-MM-DD HH:mm", "2027-03-09 24:00"),
        ("YYYY-MM-DD HH:mm", "2027-03-09 20:05 x"),
        ("YYYY-MM-DD HH:mm", "2027-03-09  20:05"),
        ("MM/DD/YYYY HH:mm", "13/09/2027 20:05"),
        ("DD/MM/YYYY HH:mm", "00/09/2027 20:05"),
        ("YYYY-MM-DD hh:mm AM", "2027-03-09 13:05 PM"),
        ("YYYY-MM-DD hh:mm AM", "2027-03-09 00:05 AM"),
        ("rfc3339", "2027-03-09T20:05:00"),
        ("rfc3339", "2027-03-09"),
        ("unix", "-1"),
        ("unix", "1804619100.5"),
        ("unix", "9" * 12),
        ("YYYY-MM-DD HH:mm", "\u0662\u0660\u0662\u0667-03-09 20:05"),
    ],
)
def test_what_is_not_written_so_is_refused(form, text):
    with pytest.raises(BadTime):
        instant_in(text, form, BERLIN, None)


def test_a_wall_time_that_is_none_or_comes_twice():
    form = "DD.MM.YYYY HH:mm"
    with pytest.raises(NonexistentTime):  # the clocks go from 2:00 to 3:00
        instant_in("28.03.2027 02:30", form, BERLIN, None)
    with pytest.raises(NonexistentTime):
        instant_in("28.03.2027 02:30", form, BERLIN, 1)
    with pytest.raises(AmbiguousTime):  # they show 2:30 twice
        instant_in("31.10.2027 02:30", form, BERLIN, None)
    assert instant_in("31.10.2027 02:30", form, BERLIN, 0).hour == 0
    assert instant_in("31.10.2027 02:30", form, BERLIN, 1).hour == 1
    with pytest.raises(UnknownZone):
        instant_in("28.03.2027 12:30", form, "Europe/Bonn", None)


def test_days():
    assert day_in("3.2.1980", "DD.MM.YYYY") == date(1980, 2, 3)
    assert day_in("03/02/1980", "MM/DD/YYYY") == date(1980, 3, 2)
    for text in ("1980-02-30", "1980-02", "x"):
        with pytest.raises(BadTime):
            day_in(text, "YYYY-MM-DD")
