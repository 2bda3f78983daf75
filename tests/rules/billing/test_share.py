"""Shares of an invoice, and how a payment is divided over them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.billing.domain.share import Claim, apply, divide, share_of


@pytest.mark.parametrize(
    ("lines", "paid", "state", "due"),
    [
        ([("course", 19900)], 0, "open", 19900),
        ([("course", 19900), ("discount", -1900), ("tax", 1260)], 0, "open", 19260),
        ([("course", 19900)], 19900, "paid", 0),
        ([("course", 19900)], 900, "open", 19000),
        ([("course", 19900), ("credit_note", -16900)], 0, "open", 3000),
        ([("course", 19900), ("credit_note", -16900)], 3000, "paid", 0),
        ([("course", 19900), ("credit_note", -19900)], 0, "void", 0),
        ([("course", 19900), ("withdrawn", -19900)], 0, "void", 0),
        ([("course", 19900), ("withdrawn", -19900), ("reinstated", 19900)], 19900, "paid", 0),
    ],
)
def test_a_share_is_what_its_lines_and_payments_make_it(
    lines: list[tuple[str, int]], paid: int, state: str, due: int
) -> None:
    share = share_of(lines, paid)
    assert (share.state, share.due) == (state, due)


def test_what_was_withdrawn_still_says_what_it_asked_for() -> None:
    share = share_of([("course", 19900), ("credit_note", -900), ("withdrawn", -19000)], 0)
    assert (share.charged, share.asked, share.withdrawn) == (19900, 19000, 19000)


@pytest.mark.parametrize(
    ("amount", "claims", "applied"),
    [
        (34800, [Claim(19900), Claim(14900)], [19900, 14900]),
        (40000, [Claim(19900), Claim(14900)], [19900, 14900]),
        (10001, [Claim(19900), Claim(14900)], [5719, 4282]),
        (100, [Claim(5), Claim(5), Claim(5000)], [0, 0, 100]),
        (1, [Claim(100), Claim(100)], [1, 0]),  # a tie goes to the first
        (14900, [Claim(0, 19900), Claim(14900)], [0, 14900]),
        (34800, [Claim(0, 19900), Claim(14900)], [19900, 14900]),
        (34799, [Claim(0, 19900), Claim(14900)], [0, 14900]),  # nobody is half back
        (20000, [Claim(0, 19900), Claim(0, 100)], [19900, 100]),
        (20000, [Claim(0, 19900), Claim(0, 101)], [19900, 0]),
        (20000, [Claim(0, 19900), Claim(0, 101), Claim(0, 100)], [19900, 0, 100]),
        (0, [Claim(19900), Claim(0, 100)], [0, 0]),
        (0, [Claim(0), Claim(0)], [0, 0]),
        (0, [], []),
        (500, [Claim(0), Claim(0)], [0, 0]),
    ],
)
def test_what_is_due_comes_first_then_what_can_be_taken_up_whole(
    amount: int, claims: list[Claim], applied: list[int]
) -> None:
    assert apply(amount, claims, "USD") == applied


@pytest.mark.parametrize(
    ("amount", "applied", "parts"),
    [
        (34800, [19900, 14900], [19900, 14900]),
        (34800, [0, 14900], [19900, 14900]),  # with whoever it was not taken for
        (34800, [14900, 0, 0], [14900, 19900, 0]),
        (69600, [19900, 14900], [54700, 14900]),
        (500, [0, 0], [500, 0]),
    ],
)
def test_the_parts_are_the_whole_payment(amount: int, applied: list[int], parts: list[int]) -> None:
    assert divide(amount, applied) == parts


_AMOUNT = st.integers(0, 10**9)


@given(
    amount=st.integers(1, 10**12),
    claims=st.lists(st.one_of(st.builds(Claim, _AMOUNT), st.builds(Claim, st.just(0), _AMOUNT))),
)
def test_nobody_gets_more_than_they_owe_and_nothing_is_lost(
    amount: int, claims: list[Claim]
) -> None:
    claims = claims or [Claim(0)]
    applied = apply(amount, claims, "USD")
    for part, claim in zip(applied, claims, strict=True):
        assert 0 <= part <= claim.due + claim.withdrawn
    assert sum(applied) <= amount
    if amount <= sum(claim.due for claim in claims):
        assert sum(applied) == amount
    parts = divide(amount, applied)
    assert sum(parts) == amount
    assert all(part >= given for part, given in zip(parts, applied, strict=True))
