"""How an endpoint fares: its answers, retries, circuit and end, as domain.md §8 has them."""

from datetime import UTC, datetime, timedelta

import pytest

from services.partners.domain.answers import Outcome, outcome_of, rest_of
from services.partners.domain.endpoints import Health, Trial, after_round, end_of, tried

NOW = datetime(2020, 10, 19, 16, 0, tzinfo=UTC)
YES, NO = Outcome("", 204), Outcome("answered", 500)


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (200, ""), (201, ""), (204, ""), (299, ""),
        (301, "redirected"), (302, "redirected"), (304, "redirected"), (308, "redirected"),
        (400, "answered"), (401, "answered"), (404, "answered"), (422, "answered"),
        (410, "gone"), (429, "too-many-requests"), (500, "answered"), (503, "answered"),
        (199, "answered"), (600, "answered"),
    ],
)  # fmt: skip
def test_2xx_alone_is_success(status: int, reason: str) -> None:
    assert outcome_of(status, None, NOW) == Outcome(reason, status)
    assert outcome_of(status, None, NOW).taken is (reason == "")


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120), (" 7 ", 7), ("0", 0), ("86400", 86_400), ("86401", 86_400),
        ("9" * 400, 86_400), ("-5", 0), ("1.5", 0), ("soon", 0), ("", 0), (None, 0), ("²", 0),
        ("Mon, 19 Oct 2020 16:05:00 GMT", 300), ("Mon, 19 Oct 2020 15:00:00 GMT", 0),
        ("Mon, 19 Oct 2099 16:05:00 GMT", 86_400), ("Mon, 19 Oct 2020 16:01:00 -0000", 60),
        ("Mon, 99 Oct 2020 16:01:00 GMT", 0),
        (f"Mon, {'9' * 40} Oct 2020 16:01:00 GMT", 0),
        (f"Mon, 19 Oct 2020 16:01:00 +{'9' * 25}", 0),
    ],
)  # fmt: skip
def test_retry_after_is_seconds_or_a_date_within_a_day(header: str | None, seconds: int) -> None:
    assert rest_of(header, NOW) == seconds


def test_only_429_and_503_ask_for_a_rest() -> None:
    asked = {status: outcome_of(status, "60", NOW).rest for status in (200, 302, 429, 500, 503)}
    assert asked == {200: 0, 302: 0, 429: 60, 500: 0, 503: 60}


def test_a_delivery_is_tried_ten_times_over_three_days_and_then_parked() -> None:
    waits, at, attempts = [], NOW, 0
    while True:
        trial = tried(attempts, at, NO, at)
        attempts = trial.attempts
        if trial.next_at is None:
            break
        assert trial.status == "waiting"
        waits.append((trial.next_at - at).total_seconds())
        at = trial.next_at
    hour = 3600
    assert waits == [
        5, 300, 1800, 2 * hour, 5 * hour, 10 * hour, 14 * hour, 20 * hour, 24 * hour
    ]  # fmt: skip
    assert trial == Trial("parked", 10, None)
    assert timedelta(days=3) < at - NOW < timedelta(days=3, hours=4)


def test_one_that_is_taken_is_delivered_whenever_that_is() -> None:
    assert tried(0, NOW, YES, NOW) == Trial("delivered", 1, None)
    assert tried(9, after(900), YES, NOW) == Trial("delivered", 10, None)


def test_a_probe_ahead_of_its_time_is_none_of_its_tries() -> None:
    assert tried(3, after(60), NO, NOW) == Trial("waiting", 3, after(60))
    assert tried(9, after(1), NO, NOW) == Trial("waiting", 9, after(1))


def test_an_endpoint_that_asks_for_a_longer_rest_gets_it() -> None:
    asked = Outcome("too-many-requests", 429, 600)
    assert tried(0, NOW, asked, NOW).next_at == after(600)
    assert tried(2, NOW, asked, NOW).next_at == after(1800)
    assert after_round(Health(), [asked], NOW) == Health(1, NOW, after(600), 0)


def test_ten_failures_in_a_row_open_the_circuit() -> None:
    nine = after_round(Health(), [NO] * 9, NOW)
    assert (nine.failures, nine.open, nine.held(NOW)) == (9, False, False)
    ten = after_round(nine, [NO], NOW)
    assert ten == Health(10, NOW, after(30), 30)
    assert ten.open
    assert ten.held(after(29))
    assert not ten.held(after(30))


def test_its_probes_are_further_and_further_apart_up_to_a_quarter_of_an_hour() -> None:
    health, pauses = after_round(Health(), [NO] * 10, NOW), []
    for _ in range(8):
        pauses.append(health.pause)
        assert health.held_until is not None
        health = after_round(health, [NO], health.held_until)
    assert pauses == [30, 60, 120, 240, 480, 900, 900, 900]
    assert health.failing_since == NOW


def test_one_success_closes_it() -> None:
    health = after_round(after_round(Health(), [NO] * 12, NOW), [YES], after(30))
    assert health == Health(0, None, None, 0)
    assert after_round(Health(9, NOW), [YES, NO], after(5)) == Health(1, after(5), None, 0)


def test_it_is_given_up_after_five_days_without_a_success_and_at_once_for_410() -> None:
    assert end_of(Health(50, NOW), [NO], after(5 * 86_400 - 1)) == ""
    assert end_of(Health(50, NOW), [NO], after(5 * 86_400)) == "failing"
    assert end_of(Health(0, None), [YES], after(9 * 86_400)) == ""
    assert end_of(Health(1, NOW), [Outcome("gone", 410)], NOW) == "gone"
