"""Amounts as people write them: read where they can be read in one way, refused where not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.web.domain.typed_amount import amount_in
from shared.money import Money


@pytest.mark.parametrize(
    ("text", "currency", "amount"),
    [
        ("20", "USD", 2000),
        ("20.5", "USD", 2050),
        ("$20", "USD", 2000),
        ("USD 20.00", "USD", 2000),
        ("20 usd", "USD", 2000),
        ("1,250.00", "USD", 125000),
        ("1,250", "USD", 125000),
        ("1,250,000", "USD", 125000000),
        ("20,50", "EUR", 2050),
        ("1.250,00", "EUR", 125000),
        ("1 250,00", "EUR", 125000),
        ("1 250", "EUR", 125000),
        ("20 €", "EUR", 2000),
        ("1'250.50", "CHF", 125050),
        ("1250", "JPY", 1250),
        ("1,250", "JPY", 1250),
        ("1.250", "BHD", 1250),
    ],
)
def test_an_amount_is_read_as_it_is_written(text: str, currency: str, amount: int) -> None:
    read, faults = amount_in(text, currency)
    assert (read, faults) == (Money(amount, currency), [])


@pytest.mark.parametrize(
    ("text", "currency", "says"),
    [
        ("", "USD", "Say how much."),
        ("0.00", "USD", "It has to be more than zero."),
        ("-20", "USD", "Write it in figures, such as 20.00."),
        ("twenty", "USD", "Write it in figures, such as 20.00."),
        ("1.250", "USD", "That can be read in more than one way. Write it like 20.00."),
        ("1,250", "BHD", "That can be read in more than one way. Write it like 20.000."),
        ("0,500", "USD", "That can be read in more than one way. Write it like 20.00."),
        ("0,500.00", "USD", "That can be read in more than one way. Write it like 20.00."),
        ("0.500,00", "USD", "That can be read in more than one way. Write it like 20.00."),
        ("20.555", "USD", "That can be read in more than one way. Write it like 20.00."),
        ("20.5", "JPY", "JPY has 0 decimals; the amount has 1."),
        ("20 €", "USD", "It is in USD here; other currencies are not changed into it."),
        ("EUR 20", "USD", "It is in USD here; other currencies are not changed into it."),
        ("9999999999999999", "USD", "That amount is too large."),
        ("٢٠", "USD", "Write it in figures, such as 20.00."),
    ],
)
def test_what_is_no_amount_is_told_beside_its_field(text: str, currency: str, says: str) -> None:
    read, faults = amount_in(text, currency)
    assert read is None
    assert [(one.field, one.detail) for one in faults] == [("amount", says)]


@given(st.integers(1, 10**12), st.sampled_from(["USD", "JPY", "BHD"]))
def test_an_amount_that_we_show_is_read_back(amount: int, currency: str) -> None:
    money = Money(amount, currency)
    assert amount_in(money.major, currency) == (money, [])


@given(st.text(max_size=40))
def test_junk_is_an_amount_or_a_fault_and_never_more(text: str) -> None:
    read, faults = amount_in(text.strip(), "USD")
    assert (read is None) is bool(faults)
