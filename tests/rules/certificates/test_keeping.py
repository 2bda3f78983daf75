"""Until when evidence is kept: the longest of the boards, in calendar years of the course's zone."""

from __future__ import annotations

from datetime import datetime

import pytest

from services.certificates.domain.keeping import kept_until

NEW_YORK = "America/New_York"


def boards(*years):
    return [{"board": str(n), **({"keep_years": y} if y else {})} for n, y in enumerate(years)]


@pytest.mark.parametrize(
    ("ended", "zone", "years", "until"),
    [
        ("2020-11-09T23:00:00+00:00", NEW_YORK, (), "2027-11-10T05:00:00+00:00"),
        ("2020-11-09T23:00:00+00:00", NEW_YORK, (7,), "2027-11-10T05:00:00+00:00"),
        ("2020-11-09T23:00:00+00:00", NEW_YORK, (3, 6), "2026-11-10T05:00:00+00:00"),
        ("2020-11-09T23:00:00+00:00", NEW_YORK, (3, 10, 6), "2030-11-10T05:00:00+00:00"),
        ("2020-11-09T23:00:00+00:00", NEW_YORK, (3, None), "2027-11-10T05:00:00+00:00"),
        ("2020-11-10T03:00:00+00:00", NEW_YORK, (1,), "2021-11-10T05:00:00+00:00"),
        ("2020-11-10T03:00:00+00:00", "UTC", (1,), "2021-11-11T00:00:00+00:00"),
        ("2020-02-29T12:00:00+00:00", "UTC", (1,), "2021-03-01T00:00:00+00:00"),
        ("2020-02-29T12:00:00+00:00", "UTC", (4,), "2024-03-01T00:00:00+00:00"),
    ],
)
def test_the_longest_of_the_boards_years_after_the_day_of_the_end(ended, zone, years, until):
    found = kept_until(datetime.fromisoformat(ended), zone, boards(*years))
    assert found == datetime.fromisoformat(until)
