"""What documents say, word by word, and when invoices are reminded of; by hand."""

from datetime import UTC, date, datetime

import pytest

from services.billing.domain.documents import (
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
from services.billing.domain.reminders import LAST, OVERDUE, level_at, next_at
from shared.dates import parse_instant as at

SELLER = Seller(
    "Praxis CET",
    "America/New_York",
    "1 Example Street\n Example City \n\n",
    "office@praxis.example",
    "12-3456789",
    "Example Bank\nIBAN 1",
)
ISSUED = datetime(2020, 9, 15, 3, 59, tzinfo=UTC)  # in New York it is still the 14th
INVOICE = Document(
    kind="Invoice",
    number="2020-000001",
    issued_at=ISSUED,
    seller=SELLER,
    buyer=["Clinic"],
    currency="USD",
    facts=[("Attendee", "Ada"), ("Course dates", "")],
    items=[Item("A course", 16723), Item("Another", 100, "Ben")],
    taxes=[Row("VAT 19% (DE)", 3177)],
    settled=[Row("Paid by card", -5000)],
    left=Row("To pay", 15000),
    notes=["A note."],
)


def test_a_whole_invoice_word_by_word():
    assert page_of(INVOICE) == {
        "lang": "en",
        "kind": "Invoice",
        "number": "2020-000001",
        "issued": [2020, 9, 14],
        "seller": {
            "name": "Praxis CET",
            "lines": ["1 Example Street", "Example City", "office@praxis.example"],
            "tax_id": "12-3456789",
        },
        "buyer": ["Clinic"],
        "facts": [["Attendee", "Ada"]],
        "currency": "USD",
        "of": "Net amount",
        "items": [["A course", "", "167.23"], ["Another", "Ben", "1.00"]],
        "attendees": True,
        "summed": [["Net", "168.23"], ["VAT 19% (DE)", "31.77"]],
        "total": ["Total", "200.00"],
        "settled": [["Paid by card", "−50.00"]],
        "left": ["To pay", "150.00"],
        "bank": ["Example Bank", "IBAN 1"],
        "notes": ["A note."],
    }


def test_without_tax_there_is_no_net_and_without_a_rest_no_bank():
    plain = Document("Invoice", "1", ISSUED, SELLER, ["Ada"], "USD", [], [Item("A course", 100)])
    page = page_of(plain)
    assert (page["of"], page["summed"], page["total"]) == ("Amount", [], ["Total", "1.00"])
    assert (page["attendees"], page["left"], page["bank"]) == (False, None, [])
    assert (page["settled"], page["notes"]) == ([], [])
    paid = Document(
        "Invoice", "1", ISSUED, SELLER, ["Ada"], "USD", [], [Item("A", 1)], left=Row("Left", 0)
    )
    assert (page_of(paid)["left"], page_of(paid)["bank"]) == (["Left", "0.00"], [])
    owed = Document(
        "Invoice", "1", ISSUED, SELLER, ["Ada"], "USD", [], [Item("A", 1)], left=Row("Left", 1)
    )
    assert page_of(owed)["bank"] == ["Example Bank", "IBAN 1"]


def test_a_seller_is_read_as_it_is_kept_with_what_is_not_said_empty():
    assert Seller.of({"name": "A", "zone": "UTC", "bank": None, "more": 1}) == Seller("A", "UTC")


@pytest.mark.parametrize(
    ("minor", "currency", "said"),
    [
        (19900, "USD", "199.00"),
        (123450, "USD", "1,234.50"),
        (-123450, "USD", "−1,234.50"),
        (5, "USD", "0.05"),
        (-5, "USD", "−0.05"),
        (0, "USD", "0.00"),
        (1234567, "JPY", "1,234,567"),
        (1234567, "KWD", "1,234.567"),
    ],
)
def test_amounts_have_the_decimals_of_their_currency(minor, currency, said):
    assert amount_of(minor, currency) == said


def test_days_are_those_of_the_zone():
    assert day_words(date(2020, 1, 1)) == "1 January 2020"
    assert day_words(date(2020, 12, 31)) == "31 December 2020"
    assert moment_words(ISSUED, "America/New_York") == "14 September 2020"
    assert moment_words(ISSUED, "UTC") == "15 September 2020"


@pytest.mark.parametrize(
    ("month", "name"),
    list(
        enumerate(
            ["January", "February", "March", "April", "May", "June", "July"]
            + ["August", "September", "October", "November", "December"],
            1,
        )
    ),
)
def test_months_by_name(month, name):
    assert day_words(date(2021, month, 9)) == f"9 {name} 2021"


@pytest.mark.parametrize(
    ("tender", "words"),
    [
        ("card", "card"),
        ("credit", "credit"),
        ("transfer", "bank transfer"),
        ("cash", "cash"),
        ("cheque", "cheque"),
    ],
)
def test_how_it_was_paid(tender, words):
    said = f"Paid by {words} on 15 September 2020"
    assert paid_row(tender, 100, ISSUED, "UTC") == Row(said, -100)
    assert paid_row(tender, 100, None, "UTC") == Row(f"Paid by {words}", -100)


DUE = at("2020-10-14T15:04:05Z")


@pytest.mark.parametrize(
    ("now", "level", "following"),
    [
        ("2020-10-07T15:04:04Z", 0, "2020-10-07T15:04:05Z"),
        ("2020-10-07T15:04:05Z", 1, "2020-10-15T15:04:05Z"),
        ("2020-10-15T15:04:04Z", 1, "2020-10-15T15:04:05Z"),
        ("2020-10-15T15:04:05Z", 2, "2020-10-28T15:04:05Z"),
        ("2020-10-28T15:04:05Z", 3, None),
        ("2021-10-28T15:04:05Z", 3, None),
    ],
)
def test_the_steps_of_reminders(now, level, following):
    assert level_at(DUE, at(now)) == level
    assert next_at(DUE, at(now)) == (at(following) if following else None)


def test_overdue_is_the_second_step_and_the_third_is_the_last():
    assert (OVERDUE, LAST) == (2, 3)
