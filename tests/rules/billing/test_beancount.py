"""The ledger as a beancount file, line by line; and what a sponsor's share comes to."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from services.billing.domain import beancount, ledger
from services.billing.domain.sponsor_share import Due, Turnover, share_due
from shared.money import Money


def test_a_transaction_says_what_it_is_about_with_exact_amounts() -> None:
    lines = [("cash:gateway", 19900, "USD"), ("receivable", -19900, "USD")]
    meta = {"registration": 'ada "x" \\', "corrects": ""}
    assert beancount.transaction(date(2020, 9, 14), "captured", lines, meta) == [
        '2020-09-14 * "captured"',
        '  registration: "ada \\"x\\" \\\\"',
        "  Assets:Cash:Gateway  199.00 USD",
        "  Assets:Receivable  -199.00 USD",
        "",
    ]


def test_currencies_have_their_own_decimals() -> None:
    lines = [("fees", -5, "KWD"), ("fees", -20000, "JPY")]
    told = beancount.transaction(date(2020, 9, 14), "x", lines, {})
    assert told[1:3] == ["  Income:Fees  -0.005 KWD", "  Income:Fees  -20000 JPY"]


def test_every_account_of_the_ledger_is_opened() -> None:
    opened = beancount.head("Holdfast")
    assert opened[:2] == ['option "title" "Holdfast"', ""]
    assert opened[-1] == ""
    assert len(opened) == len(ledger.ACCOUNTS) + 3
    for account in ledger.ACCOUNTS:
        assert f"1970-01-01 open {beancount.account_of(account)}" in opened


def test_what_must_stand_at_the_end_is_asserted_on_the_day_after() -> None:
    balances = {("fees", "USD"): -3000, ("cash:bank", "USD"): 0}
    assert beancount.assertions(date(2020, 12, 31), balances) == [
        "2021-01-01 balance Assets:Cash:Bank  0.00 USD",
        "2021-01-01 balance Income:Fees  -30.00 USD",
    ]


def test_line_breaks_do_not_break_a_file() -> None:
    assert beancount.transaction(date(2020, 1, 1), "a\n2020-01-02 * b", [], {})[0] == (
        '2020-01-01 * "a 2020-01-02 * b"'
    )


TURNOVER = Turnover("USD", collected=100_000, refunded=20_000, redeemed=7_900, earned=49_751)


@pytest.mark.parametrize(
    ("share", "parts"),
    [
        ({}, []),
        (
            {"percent": "30", "of": "earned"},
            [("percent_of_earned", 14925, None, "30", 49751)],  # 149.253
        ),
        (
            {"percent": "12.5", "of": "collected"},
            [("percent_of_collected", 10000, None, "12.5", 80000)],
        ),
        (
            {"per_attendee": {"amount": 500, "currency": "USD"}},
            [("per_attendee", 3500, 7, None, None)],
        ),
        (
            {
                "percent": Decimal("10.00"),
                "per_attendee": {"amount": 500, "currency": "EUR"},
                "per_certificate": {"amount": 150, "currency": "USD"},
            },
            [
                ("percent_of_earned", 4975, None, "10", 49751),
                ("per_certificate", 1800, 12, None, None),
            ],
        ),
    ],
)
def test_a_share_is_the_sum_of_what_was_agreed(share: dict[str, Any], parts: list[Any]) -> None:
    expected = [
        Due(what, Money(amount, "USD"), count, percent, Money(of, "USD") if of else None)
        for what, amount, count, percent, of in parts
    ]
    assert share_due(share, TURNOVER, attendees=7, certificates=12) == expected
