"""The tax within what is kept: by hand, and after any story."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.billing.domain.ledger import draw, drawn_in, earned, move, settle, with_tax
from services.billing.domain.tax import Tax, tax_lines

VAT = Tax(Decimal(19), "VAT", "DE", Decimal(7))
NY = Tax(Decimal("8.875"), "Sales tax", "US-NY", Decimal(0))


def book(on: dict[str, int], lines) -> dict[str, int]:
    for account, amount in lines:
        on[account] = on.get(account, 0) + amount
    return on


@pytest.mark.parametrize(
    ("on", "lines"),
    [
        # Charged: 199.00 hold 31.77 at 19 %.
        ({"deferred_revenue": -19900}, {"tax": -3177, "deferred_revenue": 3177}),
        ({"deferred_revenue": -16723, "tax": -3177}, {}),
        ({"fees": -2804, "tax:fees": -196}, {}),
        ({"fees": -804, "tax:fees": -196}, {"tax:fees": 131, "fees": -131}),  # 65 of 10.00
        # All went back.
        (
            {"deferred_revenue": 3177, "tax": -3177},
            {"tax": 3177, "deferred_revenue": -3177},
        ),
        # Early: a fee of 30.00 is kept, of which 7 % are 1.96.
        (
            {"deferred_revenue": 3177, "tax": -3177, "fees": -3000},
            {"tax": 3177, "deferred_revenue": -3177, "tax:fees": -196, "fees": 196},
        ),
        # Late, nothing comes back: what is forfeited is taxed as it was.
        (
            {"deferred_revenue": 3177, "tax": -3177, "forfeited": -19900},
            {"deferred_revenue": -3177, "forfeited": 3177},
        ),
        # All is earned, and 50.00 go back: 149.00 hold 23.79.
        (
            {"deferred_revenue": 3177, "revenue": -14900, "tax": -3177},
            {"tax": 798, "deferred_revenue": -3177, "revenue": 2379},
        ),
        # All is forfeited, and 50.00 of it go back.
        (
            {"deferred_revenue": 0, "forfeited": -11723, "tax": -3177},
            {"tax": 798, "forfeited": -798},
        ),
        # All is forfeited, and 50.00 of it went back: what is deferred only holds the tax of before.
        (
            {"deferred_revenue": 100, "forfeited": -11623, "tax": -3177},
            {"tax": 830, "deferred_revenue": -100, "forfeited": -730},
        ),
        ({"forfeited": -11723, "tax": -3177}, {"tax": 798, "forfeited": -798}),
        # All is earned, and 50.00 of it go back.
        (
            {"deferred_revenue": 0, "revenue": -11723, "tax": -3177},
            {"tax": 798, "revenue": -798},
        ),
        # A quarter is earned, and most goes back: what is left is not earned yet.
        (
            {"deferred_revenue": 2158, "revenue": -4181, "tax": -3177},
            {"tax": 2347, "deferred_revenue": -2347},
        ),
    ],
)
def test_the_tax_accounts_hold_the_tax_of_what_is_kept(on, lines):
    assert dict(tax_lines(on, VAT)) == lines


def test_what_is_deferred_bears_its_tax_first_and_then_what_is_earned():
    half = Tax(Decimal(100), fee_percent=Decimal(100))
    assert dict(tax_lines({"deferred_revenue": -10, "revenue": -12}, half)) == {
        "tax": -11,
        "deferred_revenue": 10,
        "revenue": 1,
    }
    assert dict(tax_lines({"deferred_revenue": -200}, half)) == {
        "tax": -100,
        "deferred_revenue": 100,
    }


def test_a_rate_of_nothing_books_nothing():
    assert tax_lines({"deferred_revenue": -19900}, Tax(Decimal(0))) == ()


def test_whole_amounts_have_their_tax_with_them():
    on = {"deferred_revenue": -16723, "tax": -3177, "fees": -2804, "tax:fees": -196, "revenue": -5}
    assert with_tax(on) == {"deferred_revenue": -19900, "fees": -3000, "revenue": -5}
    assert with_tax({"revenue": -5}) == {"revenue": -5}
    assert with_tax({"tax": -5, "tax:fees": -2}) == {"deferred_revenue": -5, "fees": -2}


steps = st.lists(
    st.one_of(
        st.tuples(st.just("earn"), st.integers(1, 4)),
        st.tuples(st.just("share"), st.integers(1, 100)),
        st.tuples(st.just("goodwill"), st.integers(1, 100)),
        st.tuples(st.just("cancel"), st.integers(0, 100), st.integers(0, 100)),
    ),
    max_size=8,
)


@given(
    price=st.integers(1, 10**7),
    tax=st.sampled_from([VAT, NY, Tax(Decimal(0)), Tax(Decimal(100), fee_percent=Decimal(50))]),
    story=steps,
)
def test_after_any_story_tax_is_the_rate_of_what_is_kept(price, tax, story):
    on: dict[str, int] = {}
    book(on, move(price, debit="receivable", credit="deferred_revenue"))
    book(on, tax_lines(on, tax))
    ended = False
    for name, *how in story:
        whole = with_tax(on)
        deferred, already = -whole.get("deferred_revenue", 0), -whole.get("revenue", 0)
        if name == "earn" and not ended:
            held = -on.get("deferred_revenue", 0)
            amount = earned(held, already, [120] * 4, range(how[0]))
            book(on, move(amount, debit="deferred_revenue", credit="revenue"))
        elif name == "share" and not ended:
            part = (deferred + already) * how[0] // 100
            book(on, settle(deferred=deferred, earned=already, refunds=part))
        elif name == "cancel" and not ended:
            total = deferred + already
            fee = min(total, price * how[0] // 300)
            back = (total - fee) * how[1] // 100
            kept = total - fee - back
            lines = settle(deferred=deferred, earned=already, refunds=back, fee=fee, forfeited=kept)
            book(on, lines)
            ended = True
        elif name == "goodwill":
            order = drawn_in(ended=ended)
            most = sum(max(0, -whole.get(account, 0)) for account in order)
            part = most * how[0] // 100
            book(on, [*draw(part, whole, order), ("refunds_payable", -part)])
        book(on, tax_lines(on, tax))
        kept_now = {account: -amount for account, amount in on.items()}
        of_price = [kept_now.get(a, 0) for a in ("deferred_revenue", "revenue", "forfeited", "tax")]
        of_fees = [kept_now.get(a, 0) for a in ("fees", "tax:fees")]
        assert kept_now.get("tax", 0) == tax.of_price(sum(of_price))
        assert kept_now.get("tax:fees", 0) == tax.of_fee(sum(of_fees))
        assert all(part >= 0 for part in of_price + of_fees), on
        assert sum(on.values()) == 0
        assert tax_lines(on, tax) == ()
