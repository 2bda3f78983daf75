"""What a cancellation is judged on, from which start, and when the windows end."""

from datetime import UTC, datetime
from typing import Any

from services.billing.domain.decision import Paid
from services.billing.domain.standing import (
    Bought,
    Schedule,
    Standing,
    judge,
    judged,
    starts_of,
    windows_ahead,
)
from services.billing.domain.windows import Ending, endings
from shared.money import Money
from tests.rules.billing.cases import EARLY, LATE, POLICY, START, card, utc, windows

EARLY_ENDS = utc(2020, 10, 6, 4)  # midnight in New York, the day after the 5th
BOUGHT = Bought(POLICY, "online_course", START, course_version=1)
DUE = Paid("due", 19900)


def standing(*paid: Paid, **more: Any) -> Standing:
    """Ada, who bought the reference course for 199.00 and is confirmed, unless `more` differs."""
    facts: dict[str, Any] = {
        "bought": BOUGHT,
        "course": Schedule(1, START),
        "due": 0,
        "currency": "USD",
        "payment_method": "card",
        "confirmed": True,
    }
    return Standing(paid=paid, **(facts | more))


def ends_of(until: Any, **more: Any) -> datetime | None:
    policy = windows({"until": until, "outcome": "refund"}, **more)
    [found] = endings(policy, START, "online_course", Money(19900, "USD"))
    return found.ends


def test_an_invoice_is_judged_only_where_it_confirmed_the_seat() -> None:
    on_account = standing(due=19900, payment_method="invoice")
    assert judged(on_account) == [DUE]
    assert judged(standing(due=1, payment_method="invoice")) == [Paid("due", 1)]
    assert judged(standing(due=0, payment_method="invoice")) == []
    assert judged(standing(due=19900, payment_method="invoice", confirmed=False)) == []
    assert judged(standing(due=19900, payment_method="card")) == []
    part = standing(card(5000), due=14900, payment_method="invoice")
    assert judged(part) == [card(5000), Paid("due", 14900)]


def test_whoever_waits_for_a_seat_gets_nothing_whenever_they_leave() -> None:
    waiting = standing(bought=None, course=None, confirmed=False, payment_method=None)
    decision = judge(waiting, EARLY)
    assert (decision.outcome, decision.fee, decision.refunds) == ("nothing", 0, ())
    assert windows_ahead(waiting) == []
    held = standing(due=19900, confirmed=False)
    assert judge(held, EARLY).outcome == "nothing"


def test_a_move_counts_from_the_version_after_the_one_that_was_bought() -> None:
    later = utc(2020, 11, 2, 21)
    assert starts_of(standing(course=Schedule(2, later))) == [START, later]
    assert starts_of(standing(course=Schedule(1, later))) == [START]
    assert starts_of(standing(course=Schedule(2, None))) == [START]
    assert starts_of(standing(course=None)) == [START]
    moved = standing(card(19900), course=Schedule(2, later))
    assert judge(moved, LATE).outcome == "refund"
    assert judge(moved, LATE, by_provider=True).fee == 0
    # Fourteen days before 2 November is 19 October, that day included.
    assert windows_ahead(moved)[0].ends == utc(2020, 10, 20, 4)


def test_a_move_to_an_earlier_day_takes_nothing_away() -> None:
    moved = standing(card(19900), course=Schedule(2, utc(2020, 10, 5, 20)))
    assert judge(moved, datetime(2020, 10, 4, tzinfo=UTC)).cash == 16900
    assert windows_ahead(moved)[0].ends == EARLY_ENDS


def test_the_windows_of_the_reference_policy() -> None:
    assert windows_ahead(standing(card(19900))) == [
        Ending("refund", EARLY_ENDS, 3000),
        Ending("credit", START, 0),
        Ending("nothing", None, None),
    ]
    assert windows_ahead(standing(card(2000)))[0].fee == 2000  # at most what was paid


def test_windows_end_where_the_grammar_says() -> None:
    assert ends_of({"days_before_start": 14}) == EARLY_ENDS  # the day named still belongs to it
    excluded = {"days_before_start": 14, "inclusive": False}
    assert ends_of(excluded) == utc(2020, 10, 5, 4)
    assert ends_of({"hours_before_start": 48, "inclusive": False}) == utc(2020, 10, 17, 20)
    assert ends_of({"days_before_start": 0}) == START
    # Monday the 19th: the second business day before it is Thursday the 15th.
    assert ends_of({"business_days_before_start": 2}) == utc(2020, 10, 16, 4)
    on_thursday = ["2020-10-15"]
    two = {"business_days_before_start": 2}
    assert ends_of(two, holidays=on_thursday) == utc(2020, 10, 15, 4)
    assert ends_of("forever") is None


def test_a_window_that_another_covers_is_left_out() -> None:
    policy = windows(
        {"until": "start", "outcome": "credit"},
        {"until": {"days_before_start": 3}, "outcome": "refund"},
        {"until": "forever", "outcome": "nothing"},
        {"until": "forever", "outcome": "refund"},
    )
    found = endings(policy, START, "online_course", Money(19900, "USD"))
    assert [(one.outcome, one.ends) for one in found] == [("credit", START), ("nothing", None)]
