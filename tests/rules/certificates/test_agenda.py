"""When each titled hour of a session was taught."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from services.certificates.domain.agenda import Stretch, stretches


def at(text: str) -> datetime:
    hour, _, minute = text.partition(":")
    return datetime(2027, 4, 16, int(hour), int(minute), tzinfo=UTC)


@pytest.mark.parametrize(
    ("window", "breaks", "hours", "expected"),
    [
        ("16:00 18:00", [], 2, ["16:00 17:00 1", "17:00 18:00 2"]),
        (
            "17:00 20:15", ["18:00 18:15"], 3,
            ["17:00 18:00 1", "18:00 18:15 0", "18:15 19:15 2", "19:15 20:15 3"],
        ),
        (  # a break in the midst of an hour
            "9:00 11:30", ["9:30 9:40", "10:50 11:10"], 2,
            [
                "9:00 9:30 1", "9:30 9:40 0", "9:40 10:10 1", "10:10 10:50 2", "10:50 11:10 0",
                "11:10 11:30 2",
            ],
        ),
        (  # told in any order; one at the very end
            "9:00 11:30", ["11:15 11:30", "10:00 10:15"], 2,
            ["9:00 10:00 1", "10:00 10:15 0", "10:15 11:15 2", "11:15 11:30 0"],
        ),
        ("16:00 18:00", [], 3, []),
        ("16:00 17:30", [], 1, []),
        ("16:00 18:00", ["17:00 17:10"], 2, []),
        ("16:00 17:00", [], 0, []),
    ],
)  # fmt: skip
def test_titled_hours_are_sixty_minutes_taught_between_the_breaks(window, breaks, hours, expected):
    start, end = map(at, window.split())
    pauses = [tuple(map(at, one.split())) for one in breaks]
    found = stretches(start, end, pauses, hours)
    told = [one.split() for one in expected]
    assert [*found] == [Stretch(at(a), at(b), int(hour)) for a, b, hour in told]
