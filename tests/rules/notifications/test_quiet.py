"""The hours in which nobody is woken, by the learner's clock and over its changes."""

import pytest

from services.notifications.domain.quiet import Quiet, quiet_until, when_to_send
from services.notifications.domain.story import Held
from services.notifications.domain.texts import Wish
from tests.rules.notifications.stories import at

NIGHT = Quiet(21, 8)
NEW_YORK, BERLIN, LORD_HOWE = "America/New_York", "Europe/Berlin", "Australia/Lord_Howe"


@pytest.mark.parametrize(
    ("now", "zone", "until"),
    [
        ("2020-10-20T00:59:59Z", NEW_YORK, None),  # 20:59:59
        ("2020-10-20T01:00Z", NEW_YORK, "2020-10-20T12:00Z"),  # 21:00
        ("2020-10-20T11:59Z", NEW_YORK, "2020-10-20T12:00Z"),  # 7:59
        ("2020-10-20T12:00Z", NEW_YORK, None),
        # Clocks go back in that night, and 8:00 comes an hour later; forward, an hour sooner.
        ("2020-11-01T01:30Z", NEW_YORK, "2020-11-01T13:00Z"),
        ("2021-03-14T02:30Z", NEW_YORK, "2021-03-14T12:00Z"),
        ("2020-10-24T20:00Z", BERLIN, "2020-10-25T07:00Z"),
        ("2021-03-27T21:00Z", BERLIN, "2021-03-28T06:00Z"),
        ("2020-10-03T12:00Z", LORD_HOWE, "2020-10-03T21:00Z"),  # by half an hour
    ],
)
def test_a_night_ends_at_eight_by_the_clock(now: str, zone: str, until: str | None):
    assert quiet_until(at(now), zone, NIGHT) == (at(until) if until else None)


@pytest.mark.parametrize(
    ("quiet", "now", "until"),
    [
        (Quiet(0, 7), "2020-10-20T03:30Z", None),  # 23:30
        (Quiet(0, 7), "2020-10-20T04:00Z", "2020-10-20T11:00Z"),
        (Quiet(9, 9), "2020-10-20T05:00Z", None),
        (Quiet(22, 0), "2020-10-20T03:30Z", "2020-10-20T04:00Z"),
        # An end that the clocks jump over is moved on by the jump; of one that comes twice the
        # first is meant, and within the second nothing is quiet any more.
        (Quiet(21, 2), "2021-03-14T06:30Z", "2021-03-14T07:00Z"),
        (Quiet(21, 1), "2020-11-01T04:30Z", "2020-11-01T05:00Z"),
        (Quiet(21, 1), "2020-11-01T06:30Z", None),
        (Quiet(21, 2), "2020-11-01T06:30Z", "2020-11-01T07:00Z"),
    ],
)
def test_other_nights(quiet: Quiet, now: str, until: str | None):
    assert quiet_until(at(now), NEW_YORK, quiet) == (at(until) if until else None)


def wish(until: str, *about: tuple[str, str]) -> Wish:
    mail = Held("m", "p1", "offer", "r1", 1, "sent", at("2020-10-20T02:00Z"))
    return Wish(mail, at(until), tuple((at(start), at(end)) for start, end in about))


TEN_TO_NOON = ("2020-10-20T14:00Z", "2020-10-20T16:00Z")  # by New York's clock


@pytest.mark.parametrize(
    ("what", "now", "when"),
    [
        # An offer until noon waits for the morning, one until seven would be over by then.
        (wish("2020-10-20T16:00Z"), "2020-10-20T02:00Z", "2020-10-20T12:00Z"),
        (wish("2020-10-20T11:00Z"), "2020-10-20T02:00Z", None),
        (wish("2020-10-20T16:00Z"), "2020-10-20T12:00Z", "2020-10-20T12:00Z"),
        # A session at ten: nothing before eight.
        (wish("2020-10-20T16:00Z", TEN_TO_NOON), "2020-10-20T02:00Z", "2020-10-20T12:00Z"),
        # One at nine: two hours before it, though that is night; then at once, and while it is on.
        (
            wish("2020-10-20T15:00Z", ("2020-10-20T13:00Z", "2020-10-20T15:00Z")),
            "2020-10-20T02:00Z",
            "2020-10-20T11:00Z",
        ),
        (
            wish("2020-10-20T12:00Z", ("2020-10-20T10:00Z", "2020-10-20T12:00Z")),
            "2020-10-20T08:00Z",
            "2020-10-20T08:00Z",
        ),
        (
            wish("2020-10-20T05:00Z", ("2020-10-20T01:00Z", "2020-10-20T05:00Z")),
            "2020-10-20T04:59Z",
            "2020-10-20T04:59Z",
        ),
    ],
)
def test_at_night_only_what_is_about_to_begin(what: Wish, now: str, when: str | None):
    assert when_to_send(what, at(now), NEW_YORK, NIGHT) == (at(when) if when else None)
