"""When credits end: from which day it is counted, and where calendars end."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from services.billing.domain.expiry import expires_on, restored_until

ISSUED, SESSION = date(2020, 10, 12), date(2020, 10, 19)


@pytest.mark.parametrize(
    ("expires", "last"),
    [
        (None, None),
        ({"years": 1}, date(2021, 10, 12)),
        ({"years": 1, "from": "issue"}, date(2021, 10, 12)),
        ({"years": 1, "from": "original_session"}, date(2021, 10, 19)),
        ({"years": 1, "from": "year_end"}, date(2021, 12, 31)),
        ({"months": 3, "from": None}, date(2021, 1, 12)),
        ({"months": 2, "from": "year_end"}, date(2021, 2, 28)),
        ({"days": 90}, date(2021, 1, 10)),
        ({"days": 0, "from": "original_session"}, SESSION),
        ({"from": "year_end"}, date(2020, 12, 31)),
        ({}, ISSUED),
    ],
)
def test_a_credit_ends_so_long_after_the_day_that_is_named(
    expires: dict[str, Any] | None, last: date | None
) -> None:
    assert expires_on(expires, ISSUED, SESSION) == last


@pytest.mark.parametrize(
    ("days", "last"),
    [(9, date(9999, 12, 29)), (10, None), (11, None), (12, None), (10**9, None)],
)
def test_what_no_zone_can_say_any_more_is_no_end(days: int, last: date | None) -> None:
    issued = date(9999, 12, 20)
    assert expires_on({"days": days}, issued, SESSION) == last
    assert restored_until(date(2020, 1, 1), issued, days) == last


@pytest.mark.parametrize("expires", [{"years": 8000}, {"months": 96000}])
def test_years_beyond_the_calendar_are_no_end_either(expires: dict[str, Any]) -> None:
    assert expires_on(expires, ISSUED, SESSION) is None


@pytest.mark.parametrize(
    ("original", "days", "last"),
    [
        (date(2020, 12, 1), None, date(2020, 12, 1)),
        (None, 90, None),
        (None, None, None),
        (date(2020, 12, 1), 90, date(2021, 1, 10)),
        (date(2021, 1, 9), 90, date(2021, 1, 10)),
        (date(2021, 1, 11), 90, date(2021, 1, 11)),
        (date(2020, 12, 1), 0, date(2020, 12, 1)),
    ],
)
def test_a_restored_credit_keeps_its_end_or_runs_at_least_so_long(
    original: date | None, days: int | None, last: date | None
) -> None:
    assert restored_until(original, ISSUED, days) == last
