"""Whether a human is asked before a session is settled: a table."""

import pytest

from services.attendance.domain.roll import asks_first


@pytest.mark.parametrize(
    ("expected", "known", "strangers", "asks"),
    [
        (0, 0, 0, False),  # nobody can lose anything
        (0, 0, 9, False),
        (2, 0, 0, True),  # nothing is known
        (2, 0, 1, True),  # the host's own coming
        (1, 1, 9, False),  # nobody is missing
        (10, 1, 1, False),
        (10, 1, 2, True),
        (10, 5, 5, False),
        (10, 4, 9, True),
        (10, 4, 4, False),
        (10_000, 9_000, 1_000, False),
        (10_000, 3, 9_997, True),  # a file by names, beside three who were told of by id
    ],
)
def test_who_may_wait_among_strangers_is_weighed_against_who_is_known(
    expected: int, known: int, strangers: int, asks: bool
) -> None:
    assert asks_first(expected, known, strangers) is asks
