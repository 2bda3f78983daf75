"""What an invoice and a credit note say, row by row; no layout."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from services.billing.domain.documents import (
    ERASED,
    Document,
    Item,
    Row,
    Seller,
    amount_of,
    day_words,
    moment_words,
    page_of,
    paid_row,
)

NOON = datetime(2020, 9, 14, 12, tzinfo=UTC)
NIGHT = datetime(2020, 9, 15, 3, 59, tzinfo=UTC)  # still the 14th in New York
SELLER = Seller(
    "Center", "America/New_York", " 1 Main St \n\nNew York", "a@b.example", "US-1", "IBAN 1\nBIC 2"
)


def document(**changes: Any) -> Document:
    facts: dict[str, Any] = {
        "kind": "Invoice",
        "number": "2020-17",
        "issued_at": NIGHT,
        "seller": SELLER,
        "buyer": ("Ada Example", "Clinic"),
        "currency": "USD",
        "facts": (("Order", "7"), ("Group", "")),
        "items": (Item("Course", 19900),),
    }
    return Document(**facts | changes)


def test_an_invoice_says_who_sold_what_to_whom() -> None:
    assert page_of(document()) == {
        "lang": "en",
        "kind": "Invoice",
        "number": "2020-17",
        "issued": [2020, 9, 14],
        "seller": {
            "name": "Center",
            "lines": ["1 Main St", "New York", "a@b.example"],
            "tax_id": "US-1",
        },
        "buyer": ["Ada Example", "Clinic"],
        "facts": [["Order", "7"]],
        "currency": "USD",
        "of": "Amount",
        "items": [["Course", "", "199.00"]],
        "attendees": False,
        "summed": [],
        "total": ["Total", "199.00"],
        "settled": [],
        "left": None,
        "bank": [],
        "notes": [],
    }


def test_tax_payments_and_what_is_left_are_rows_below() -> None:
    page = page_of(
        document(
            items=(Item("Course", 16000, "Ada"), Item("Course", -1000, "Bea")),
            taxes=(Row("Tax 19%", 2850), Row("Tax 0%", 0)),
            settled=(Row("Paid", -7850),),
            left=Row("Still to be paid", 10000),
            notes=("A note.",),
        )
    )
    assert page["of"] == "Net amount"
    assert page["items"] == [["Course", "Ada", "160.00"], ["Course", "Bea", "−10.00"]]
    assert page["attendees"] is True
    assert page["summed"] == [["Net", "150.00"], ["Tax 19%", "28.50"], ["Tax 0%", "0.00"]]
    assert page["total"] == ["Total", "178.50"]
    assert page["settled"] == [["Paid", "−78.50"]]
    assert page["left"] == ["Still to be paid", "100.00"]
    assert page["bank"] == ["IBAN 1", "BIC 2"]
    assert page["notes"] == ["A note."]


def test_where_nothing_is_left_nobody_is_told_where_to_pay() -> None:
    for left in (0, -1):
        assert page_of(document(left=Row("Left", left)))["bank"] == []
    assert page_of(document(left=Row("Left", 1)))["bank"] == ["IBAN 1", "BIC 2"]


@pytest.mark.parametrize(
    ("minor", "currency", "said"),
    [
        (0, "USD", "0.00"),
        (1, "USD", "0.01"),
        (123_450, "USD", "1,234.50"),
        (-123_450, "USD", "−1,234.50"),
        (1_234_567, "JPY", "1,234,567"),
        (1_234_567, "KWD", "1,234.567"),
    ],
)
def test_amounts_are_grouped_and_a_minus_is_a_minus(minor: int, currency: str, said: str) -> None:
    assert amount_of(minor, currency) == said


def test_days_in_words() -> None:
    names = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ]
    for month, name in enumerate(names, 1):
        assert day_words(date(2020, month, 9)) == f"9 {name} 2020"
    assert moment_words(NIGHT, "America/New_York") == "14 September 2020"
    assert moment_words(NIGHT, "UTC") == "15 September 2020"


@pytest.mark.parametrize(
    ("tender", "words"),
    [
        ("card", "card"),
        ("credit", "credit"),
        ("transfer", "bank transfer"),
        ("cash", "cash"),
        ("shells", "shells"),
    ],
)
def test_what_was_paid_is_taken_off_and_says_how_and_when(tender: str, words: str) -> None:
    on = f"Paid by {words} on 14 September 2020"
    assert paid_row(tender, 500, NOON, "America/New_York") == Row(on, -500)
    assert paid_row(tender, 500, None, "America/New_York") == Row(f"Paid by {words}", -500)


def test_a_seller_as_it_was_kept() -> None:
    kept = {"name": "Center", "zone": "UTC", "address": None, "tax_id": 7, "other": "left out"}
    assert Seller.of(kept) == Seller("Center", "UTC", "", "", "7", "")
    assert Seller.of({}) == Seller("", "", "", "", "", "")
    assert ERASED == "Name erased"
