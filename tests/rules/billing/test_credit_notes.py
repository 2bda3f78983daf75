"""What stands on credit notes follows from the ledger; every expectation is by hand."""

from decimal import Decimal

import pytest

from services.billing.api.invoice_pages import CAUSES
from services.billing.domain.credit_notes import Note, counts, given_back, kept_less, next_note
from services.billing.domain.rollforward import KINDS
from services.billing.domain.tax import Tax, included

PAID = [
    ("t1", "invoice-issued", "receivable", 19900),
    ("t1", "invoice-issued", "deferred_revenue", -19900),
    ("t2", "captured", "cash:gateway", 19900),
    ("t2", "captured", "receivable", -19900),
]
CANCELLED = [
    ("t3", "cancelled", "deferred_revenue", 19900),
    ("t3", "cancelled", "refunds_payable", -16900),
    ("t3", "cancelled", "fees", -3000),
]
SETTLED = [("t4", "refund-settled", "refunds_payable", 16900)]
SETTLED += [("t4", "refund-settled", "cash:gateway", -16900)]
VAT = Tax(Decimal(19), "VAT", "DE", Decimal(0))


def test_what_was_only_paid_and_earned_is_on_no_note():
    earned = [("t5", "revenue-earned", "deferred_revenue", 100)]
    earned += [("t5", "revenue-earned", "revenue", -100)]
    assert given_back([*PAID, *earned]) == {}


def test_a_refund_is_on_a_note_once_however_it_went_on():
    assert given_back([*PAID, *CANCELLED]) == {"refund": 16900}
    assert given_back([*PAID, *CANCELLED, *SETTLED]) == {"refund": 16900}


def test_paid_twice_is_no_matter_of_notes():
    twice = [("t6", "payment-not-due", "receivable", 19900)]
    twice += [("t6", "payment-not-due", "refunds_payable", -19900)]
    assert given_back([*PAID, *twice]) == {}


@pytest.mark.parametrize(
    ("kind", "account", "way"),
    [
        ("transferred", "cash:gateway", "moved"),
        ("transferred", "cash:bank", "moved"),
        ("transferred", "credits", "credit"),
        ("transferred", "refunds_payable", "refund"),
        ("dashboard-refund", "cash:gateway", "refund"),
        ("dashboard-refund", "cash:bank", "refund"),
        ("cancelled", "credits", "credit"),
        ("cancelled", "receivable", "not_due"),
    ],
)
def test_what_became_of_what_is_kept_no_longer(kind, account, way):
    gone = [("t7", kind, "deferred_revenue", 500), ("t7", kind, account, -500)]
    assert given_back([*PAID, *gone]) == {way: 500}


@pytest.mark.parametrize(
    ("kind", "lines", "said"),
    [
        ("cancelled", (("deferred_revenue", 100), ("refunds_payable", -100)), True),
        ("cancelled", (("deferred_revenue", 1), ("refunds_payable", -1)), True),
        ("cancelled", (("deferred_revenue", 100), ("fees", -100)), False),
        ("cancelled", (("deferred_revenue", 100), ("forfeited", -100)), False),
        ("share_due/s1", (("revenue", 100), ("credits", -100)), True),
        ("invoice-voided", (("deferred_revenue", 100), ("receivable", -100)), False),
        ("dispute-lost", (("deferred_revenue", 100), ("disputes", -100)), False),
        ("tax", (("deferred_revenue", 100), ("tax", -100)), False),
        ("refund-settled", (("refunds_payable", 100), ("cash:gateway", -100)), False),
        ("reopened", (("fees", 100), ("deferred_revenue", -100)), False),
        ("goodwill", (("tax:fees", 100), ("refunds_payable", -100)), True),
    ],
)
def test_which_transactions_keep_less(kind, lines, said):
    assert kept_less(kind, lines) is said


def test_the_first_note_is_for_all_that_is_given_and_the_next_for_what_comes_on_top():
    first = next_note(19900, {"refund": 16900}, 3000, [], None)
    assert first == Note(16900, 0, {"refund": 16900})
    later = next_note(19900, {"refund": 16900, "credit": 3000}, 0, [first], None)
    assert later == Note(3000, 0, {"credit": 3000})


def test_nothing_new_is_no_note_and_less_than_before_is_none_either():
    first = Note(16900, 0, {"refund": 16900})
    assert next_note(19900, {"refund": 16900}, 3000, [first], None) is None
    assert next_note(19900, {"refund": 16800}, 3000, [first], None) is None
    assert next_note(19900, {}, 0, [], None) is None
    assert next_note(19900, {"refund": 16901}, 0, [first], None) == Note(1, 0, {"refund": 1})


def test_what_was_credited_and_is_refunded_instead_is_on_the_note_there_is():
    first = Note(19900, 0, {"credit": 19900})
    assert next_note(19900, {"credit": 0, "refund": 19900}, 0, [first], None) is None


def test_the_tax_of_a_note_is_that_of_the_price_less_that_of_what_is_left():
    # 199.00 hold 31.77 of VAT at 19 %; the fee of 30.00 has none, so all of it is credited.
    assert next_note(19900, {"refund": 16900}, 3000, [], VAT) == Note(
        16900, 3177, {"refund": 16900}
    )
    taxed = Tax(Decimal(19), "VAT", "DE", Decimal(19))
    # 30.00 hold 4.79: 31.77 - 4.79.
    assert next_note(19900, {"refund": 16900}, 3000, [], taxed) == Note(
        16900, 2698, {"refund": 16900}
    )


def test_the_taxes_of_notes_add_up_to_the_tax_of_the_invoice():
    known, total = [], 0
    for part in (3333, 3333, 3334, 9900):
        total += part
        note = next_note(19900, {"refund": total}, 0, known, VAT)
        known.append(note)
    assert [note.amount for note in known] == [3333, 3333, 3334, 9900]
    # 31.77 less that of what is left: 165.67 hold 26.45, 132.34 hold 21.13, 99.00 hold 15.81.
    assert [note.tax for note in known] == [532, 532, 532, 1581]
    assert sum(note.tax for note in known) == 3177


def test_of_all_that_was_given_all_the_tax_goes_back_and_no_more():
    half = Tax(Decimal(100))
    assert next_note(200, {"refund": 200}, 0, [], half) == Note(200, 100, {"refund": 200})
    assert next_note(200, {"refund": 300}, 0, [], half) == Note(300, 100, {"refund": 300})


@pytest.mark.parametrize(
    ("gross", "percent", "tax"),
    [
        (19900, "0", 0),
        (19900, "7", 1302),  # 13.0186...
        (19900, "19", 3177),  # 31.7731...
        (19900, "8.875", 1622),  # 16.2217...
        (3000, "19", 479),  # 4.7899...
        (1000, "10", 91),  # JPY: 90.909...
        (119, "19", 19),
        (3, "100", 2),  # 1.5, half up
        (-19900, "19", -3177),
        (0, "19", 0),
        (10**15, "25", 2 * 10**14),
    ],
)
def test_the_tax_within_a_price(gross, percent, tax):
    assert included(gross, Decimal(percent)) == tax


def test_a_rate_in_words():
    assert VAT.words == "VAT 19% (DE)"
    assert Tax(Decimal("8.875"), "Sales tax").words == "Sales tax 8.875%"
    assert Tax(Decimal("10.00"), "GST").words == "GST 10%"
    assert Tax.of(None) is None
    kept = {"percent": "19", "label": "VAT", "place": "DE", "fee_percent": "0"}
    assert Tax.of(kept) == VAT
    assert Tax.of({"percent": "7"}) == Tax(Decimal(7), "Tax", "", Decimal(0))
    assert Tax.of({"percent": 7.5, "label": None, "place": None}) == Tax(Decimal("7.5"))
    whole = {"percent": "7", "label": "GST", "place": "AU", "fee_percent": "10"}
    assert Tax.of(whole) == Tax(Decimal(7), "GST", "AU", Decimal(10))


KEEPS_AS_MUCH = {  # these move nothing that is kept, or only add to it
    "captured",
    "payment-not-due",
    "moved-in",
    "refund-settled",
    "refund-returned",
    "credit-goodwill",
    "credit-redeemed",
    "credit-released",
    "credit-expired",
    "credit-unexpired",
    "credit-revoked",
}


def test_every_kind_by_which_less_is_kept_has_its_words_on_the_note() -> None:
    noted = {kind for kind in KINDS if counts(kind)} - KEEPS_AS_MUCH
    assert noted - set(CAUSES) == set()
    assert set(CAUSES) - KINDS == set(), "no transaction is of that kind"
    assert CAUSES["dashboard-refund"] == "Refund"
