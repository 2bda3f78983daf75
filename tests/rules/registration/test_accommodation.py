"""By when somebody who needs something to take part is answered."""

import pytest

from services.registration.domain.accommodation import answer_due
from shared.dates import parse_instant

START = parse_instant("2020-10-19T20:00:00Z")


@pytest.mark.parametrize(
    ("asked", "due"),
    [
        ("2020-09-01T13:00:00Z", "2020-09-08T13:00:00Z"),
        ("2020-10-10T00:00:00Z", "2020-10-16T20:00:00Z"),
        ("2020-10-18T00:00:00Z", "2020-10-18T00:00:00Z"),
        ("2020-10-25T00:00:00Z", "2020-10-25T00:00:00Z"),
    ],
)
def test_within_a_week_and_three_days_before_the_start_and_never_before_it_was_asked(asked, due):
    assert answer_due(parse_instant(asked), START) == parse_instant(due)
