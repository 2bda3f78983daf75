"""The ledger's lines, shares of a session, and the state machines; figures by hand."""

import pytest

from services.billing.domain import ledger
from services.billing.domain.decision import Paid
from services.billing.domain.session_share import share_back
from services.billing.domain.states import INVOICE, REFUND, may
from tests.rules.billing.cases import card, credit


def test_lines_that_do_not_balance_are_never_booked() -> None:
    with pytest.raises(ledger.UnbalancedError, match=r"'receivable', 100.*'revenue', -99"):
        ledger.balanced([("receivable", 100), ("revenue", -99)])
    with pytest.raises(ledger.UnbalancedError):
        ledger.balanced([("petty_cash", 100), ("revenue", -100)])


@pytest.mark.parametrize(
    ("gateway", "account"),
    [("bank", "cash:bank"), ("stripe", "cash:gateway"), ("paysim", "cash:gateway")],
)
def test_what_comes_by_no_gateway_stands_apart(gateway: str, account: str) -> None:
    assert ledger.cash_of(gateway) == account


def test_lines_of_zero_are_left_out() -> None:
    moved = ledger.move(1, debit="receivable", credit="revenue")
    assert moved == (("receivable", 1), ("revenue", -1))
    assert ledger.move(0, debit="receivable", credit="revenue") == ()


def test_an_early_cancellation_moves_what_was_deferred_to_refunds_and_fees() -> None:
    lines = ledger.settle(deferred=19900, earned=0, refunds=16900, fee=3000)
    assert dict(lines) == {"deferred_revenue": 19900, "refunds_payable": -16900, "fees": -3000}


def test_a_late_one_makes_it_a_credit_we_owe() -> None:
    lines = ledger.settle(deferred=19900, earned=0, credited=19900)
    assert dict(lines) == {"deferred_revenue": 19900, "credits": -19900}


def test_after_a_session_was_taught_what_was_earned_is_taken_back_last() -> None:
    lines = ledger.settle(deferred=14925, earned=4975, refunds=16900, fee=3000)
    assert dict(lines) == {
        "deferred_revenue": 14925,
        "revenue": 4975,
        "refunds_payable": -16900,
        "fees": -3000,
    }


def test_what_nobody_gets_back_is_forfeited() -> None:
    lines = ledger.settle(deferred=14925, earned=4975, forfeited=14925)
    assert dict(lines) == {"deferred_revenue": 14925, "forfeited": -14925}


def test_of_what_is_forfeited_what_was_earned_already_stays_earned() -> None:
    lines = ledger.settle(deferred=14925, earned=4975, forfeited=19900)
    assert dict(lines) == {"deferred_revenue": 14925, "forfeited": -14925}
    lines = ledger.settle(deferred=14925, earned=4975, refunds=9950, forfeited=9950)
    assert dict(lines) == {
        "deferred_revenue": 14925,
        "refunds_payable": -9950,
        "forfeited": -4975,
    }
    lines = ledger.settle(deferred=14925, earned=4975, refunds=16900, forfeited=3000)
    assert dict(lines) == {"deferred_revenue": 14925, "revenue": 1975, "refunds_payable": -16900}


def test_after_its_end_what_was_kept_is_given_back_before_what_was_earned() -> None:
    owed = {"fees": -3000, "forfeited": -500, "revenue": -4975, "deferred_revenue": -100}
    lines = ledger.draw(8500, owed, ledger.drawn_in(ended=True))
    assert dict(lines) == {
        "fees": 3000,
        "forfeited": 500,
        "revenue": 4975,
        "deferred_revenue": 25,
    }
    before = ledger.draw(200, owed, ledger.drawn_in(ended=False))
    assert dict(before) == {"deferred_revenue": 100, "revenue": 100, "fees": 0}


def test_a_credit_note_lowers_what_is_receivable() -> None:
    lines = ledger.settle(deferred=19900, earned=0, fee=3000, not_due=16900)
    assert dict(lines) == {"deferred_revenue": 19900, "fees": -3000, "receivable": -16900}


def test_more_than_there_is_cannot_be_settled() -> None:
    with pytest.raises(ledger.UnbalancedError, match=r"^151 of 100 deferred and 50 earned$"):
        ledger.settle(deferred=100, earned=50, refunds=151)


@pytest.mark.parametrize(
    ("held", "already", "done", "now"),
    [
        (19900, 0, [0], 4975),
        (14925, 4975, [0, 1], 4975),
        (14925, 4975, [0], 0),  # the same session again
        (19900, 0, [0, 1, 2, 3], 19900),
        (5000, 14900, [0, 1, 2, 3], 5000),
        (10001, 0, [0], 2500),  # 2500.25
        (0, 0, [0], 0),
    ],
)
def test_a_session_earns_its_minutes_of_all_minutes(
    held: int, already: int, done: list[int], now: int
) -> None:
    assert ledger.earned(held, already, [120, 120, 120, 120], done) == now


@pytest.mark.parametrize(
    ("minutes", "done", "now"), [([], [], 0), ([0, 0], [0], 0), ([1], [0], 100), ([1, 1], [0], 50)]
)
def test_sessions_without_minutes_earn_nothing(
    minutes: list[int], done: list[int], now: int
) -> None:
    assert ledger.earned(100, 0, minutes, done) == now


def test_three_unequal_sessions_earn_everything_in_the_end() -> None:
    held, already = 10000, 0
    for done in ([0], [0, 1], [0, 1, 2]):
        now = ledger.earned(held, already, [60, 60, 60], done)
        held, already = held - now, already + now
    assert (held, already) == (0, 10000)


def test_drawing_takes_from_the_first_account_first() -> None:
    owed = {"fees": -3000, "revenue": -500}
    assert ledger.draw(3200, owed, ["fees", "revenue"]) == (("fees", 3000), ("revenue", 200))
    with pytest.raises(ledger.UnbalancedError, match=r"^1 more than there is in fees, revenue$"):
        ledger.draw(3501, owed, ["fees", "revenue"])
    none = {"fees": 0, "forfeited": 7, "revenue": -5}
    drawn = ledger.draw(5, none, ["fees", "forfeited", "deferred_revenue", "revenue"])
    assert drawn == (
        ("fees", 0),
        ("forfeited", 0),
        ("deferred_revenue", 0),
        ("revenue", 5),
    )


def test_one_cancelled_session_of_four_gives_a_quarter_back() -> None:
    assert share_back([card(19900)], [120, 120, 120, 120], 2, "USD") == (0, [4975])


def test_the_share_goes_back_to_the_tenders_pro_rata() -> None:
    # A quarter of 199.00 is 49.75; 120.00 of 199.00 of it is 30.00, 79.00 of it is 19.75.
    assert share_back([card(12000), credit(7900)], [1, 1, 1, 1], 0, "USD") == (0, [3000, 1975])


def test_the_shares_of_all_sessions_are_what_was_paid() -> None:
    shares = [share_back([card(10000)], [60, 60, 60], place, "USD") for place in range(3)]
    assert shares == [(0, [3334]), (0, [3333]), (0, [3333])]


@pytest.mark.parametrize(
    ("paid", "due", "noted", "lowered", "back"),
    [
        ([], 19900, 0, 4975, []),  # nothing paid: the invoice asks for less
        ([], 14925, 4975, 4975, []),  # a second session: of the whole again
        ([card(5000)], 14900, 0, 4975, [0]),  # who still owes gets no money
        ([card(15000)], 4900, 0, 4900, [75]),
        ([card(14925)], 0, 4975, 0, [4975]),
    ],
)
def test_what_is_due_is_lowered_before_money_goes_back(
    paid: list[Paid], due: int, noted: int, lowered: int, back: list[int]
) -> None:
    found = share_back(paid, [120, 360], 0, "USD", due=due, noted=noted)
    assert found == (lowered, back)


@pytest.mark.parametrize(
    ("state", "to", "goes"),
    [
        ("open", "paid", True),
        ("open", "void", True),
        ("void", "paid", True),
        ("paid", "void", False),
        ("paid", "paid", False),
        ("void", "void", False),
    ],
)
def test_an_invoice_goes_only_these_ways(state: str, to: str, goes: bool) -> None:
    assert may(INVOICE, state, to) is goes


@pytest.mark.parametrize(
    ("state", "to", "goes"),
    [
        ("requested", "succeeded", True),  # the webhook may be faster than our own record
        ("submitted", "unknown", True),
        ("unknown", "succeeded", True),
        ("succeeded", "failed", True),  # days later
        ("failed", "succeeded", False),
        ("succeeded", "submitted", False),
        ("succeeded", "unknown", False),
    ],
)
def test_a_refund_goes_only_these_ways(state: str, to: str, goes: bool) -> None:
    assert may(REFUND, state, to) is goes
