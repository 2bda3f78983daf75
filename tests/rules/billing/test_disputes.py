"""Disputes by hand: whose part, and who bears the loss."""

from __future__ import annotations

import pytest

from services.billing.domain.disputes import bear_loss, divide_dispute
from services.billing.domain.states import DISPUTE, may


@pytest.mark.parametrize(
    ("amount", "parts", "returned", "shares"),
    [
        (19900, [19900], [0], [19900]),
        (10001, [19900, 19900, 19900], [0, 0, 0], [3334, 3334, 3333]),
        (14900, [5000, 14900], [5000, 0], [0, 14900]),  # of what is left
        (17000, [5000, 14900], [5000, 0], [2100, 14900]),  # then of what was given back
        (19900, [19900], [19900], [19900]),  # all of it was
        (20000, [10000, 9900], [0, 0], [10050, 9950]),  # a bank's own fee on top
        (1, [3, 3], [0, 0], [1, 0]),
        (5000, [0, 5000], [0, 0], [0, 5000]),
    ],
)
def test_a_dispute_is_divided_over_what_is_left(
    amount: int, parts: list[int], returned: list[int], shares: list[int]
) -> None:
    assert divide_dispute(amount, parts, returned, "USD") == shares


@pytest.mark.parametrize("returned", [[0], [0, 0, 0]])
def test_each_part_says_what_of_it_was_given_back(returned: list[int]) -> None:
    with pytest.raises(ValueError, match="zip"):
        divide_dispute(19900, [10000, 9900], returned, "USD")


def test_a_loss_is_borne_by_debts_then_credits_then_what_was_kept_then_us():
    kept = {"deferred_revenue": -300, "revenue": -200, "forfeited": -70, "fees": -30}
    loss = bear_loss(1000, [100, 50], [120, 30], kept, 0, 1000)
    assert (loss.debts, loss.credits) == ((100, 50), (120, 30))
    assert loss.kept == (
        ("deferred_revenue", 300),
        ("revenue", 200),
        ("forfeited", 70),
        ("fees", 30),
    )
    assert loss.beyond == 100


@pytest.mark.parametrize(
    ("amount", "debts", "credits_", "kept"),
    [
        (0, (0, 0), (0,), ()),
        (99, (99, 0), (0,), ()),
        (149, (100, 49), (0,), ()),
        (160, (100, 50), (10,), ()),
        (270, (100, 50), (120,), ()),
        (271, (100, 50), (120,), (("deferred_revenue", 1),)),
    ],
)
def test_nobody_bears_more_than_was_lost(
    amount: int, debts: tuple[int, ...], credits_: tuple[int, ...], kept: tuple[tuple[str, int]]
) -> None:
    loss = bear_loss(amount, [100, 50], [120], {"deferred_revenue": -300}, 0, 300)
    assert (loss.debts, loss.credits, loss.kept, loss.beyond) == (debts, credits_, kept, 0)


def test_what_an_invoice_still_asks_for_was_never_paid_and_bears_nothing():
    loss = bear_loss(300, [], [], {"deferred_revenue": -300, "revenue": -50}, 150, 350)
    assert loss.kept == (("deferred_revenue", 200),)
    assert loss.beyond == 100
    assert bear_loss(10, [], [], {"deferred_revenue": -100}, 100, 100).beyond == 10


def test_what_came_by_another_payment_bears_nothing():
    loss = bear_loss(2500, [], [], {"deferred_revenue": -2500}, 0, 1250)
    assert loss.kept == (("deferred_revenue", 1250),)
    assert loss.beyond == 1250
    assert bear_loss(2500, [1250], [], {"deferred_revenue": -2500}, 0, 1250).beyond == 0
    assert bear_loss(100, [], [], {"deferred_revenue": -100}, 0, -100).beyond == 100


def test_an_account_that_owes_nothing_bears_nothing():
    loss = bear_loss(100, [], [], {"deferred_revenue": 40, "revenue": -60}, 0, 60)
    assert loss.kept == (("revenue", 60),)
    assert loss.beyond == 40


@pytest.mark.parametrize(
    ("state", "to", "goes"),
    [
        ("open", "open", False),
        ("open", "won", True),
        ("open", "lost", True),
        ("won", "open", False),
        ("won", "won", False),
        ("won", "lost", True),
        ("lost", "open", False),
        ("lost", "won", True),
        ("lost", "lost", False),
    ],
)
def test_a_dispute_is_never_opened_again(state: str, to: str, goes: bool) -> None:
    assert may(DISPUTE, state, to) is goes
