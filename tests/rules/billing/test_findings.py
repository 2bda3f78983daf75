"""What does not agree, one thing at a time: both sides by hand, and what is found of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest

from services.billing.domain.finding_words import WORDS
from services.billing.domain.findings import (
    CreditSides,
    DisputeSides,
    Finding,
    PaidOut,
    PaymentSides,
    RefundSides,
    RegistrationSides,
    Series,
    Stuck,
    of_credit,
    of_dispute,
    of_payment,
    of_payout,
    of_refund,
    of_registration,
    of_series,
    of_stuck,
)

Told = tuple[str, int | None]


def told(found: Iterable[Finding], key: str, look: str = "", currency: str = "USD") -> list[Told]:
    """(kind, amount) of each; about what it is, in which currency, and that a look at `look`, and
    only there, may heal it, is asked here."""
    known = list(found)
    assert [(each.about, each.currency) for each in known] == [(key, currency)] * len(known)
    looks = [each.look for each in known]
    assert looks == [(look, key) if look else None] * len(known)
    return [(each.kind, each.amount) for each in known]


@pytest.mark.parametrize(
    ("here", "there", "divided", "kinds"),
    [
        (19900, 19900, 19900, []),
        (19900, None, 19900, [("payment-unknown-there", 19900)]),
        (19900, 20000, 19900, [("amount-differs", 100)]),
        (19900, 19800, 19900, [("amount-differs", -100)]),
        (19900, 0, 19900, [("amount-differs", -19900)]),
        (0, 0, 0, []),
        (19900, 19900, None, [("payment-of-nobody", 19900)]),
        (19900, 100, None, [("amount-differs", -19800), ("payment-of-nobody", 19900)]),
        (19900, None, None, [("payment-unknown-there", 19900), ("payment-of-nobody", 19900)]),
    ],
)
def test_a_payment_is_known_on_both_sides_by_one_amount_and_is_somebodys(
    here: int, there: int | None, divided: int | None, kinds: list[Told]
) -> None:
    assert told(of_payment(PaymentSides("pay-1", "USD", here, there, divided)), "pay-1") == kinds


@pytest.mark.parametrize("there", [19900, 0])
def test_a_payment_that_is_not_known_here_is_looked_up_and_nothing_else_is_said_of_it(
    there: int,
) -> None:
    found = of_payment(PaymentSides("pay-1", "EUR", None, there, None))
    expected = [("payment-unknown-here", there)]
    assert told(found, "pay-1", look="payment", currency="EUR") == expected


REFUND = RefundSides("re-1", "USD", known=True, given=100, moved=True, there=100, pending=False)


@pytest.mark.parametrize(
    ("known", "given", "moved", "there", "kinds"),
    [
        (True, 100, True, 100, []),
        (True, 0, True, 0, []),  # it failed on both sides
        (False, 0, True, 100, [("refund-unknown-here", 100)]),
        (False, 0, True, 0, []),  # it failed there, and nobody here asked for it
        (True, 100, False, 0, [("refund-unknown-there", 100)]),
        (True, 0, False, 0, []),  # never made, and known not to be
        (True, 0, True, 100, [("refund-state-differs", 100)]),
        (True, 100, True, 0, [("refund-state-differs", -100)]),
    ],
)
def test_a_refund_went_through_on_both_sides_or_on_none(
    known: bool, given: int, moved: bool, there: int, kinds: list[Told]
) -> None:
    sides = replace(REFUND, known=known, given=given, moved=moved, there=there)
    assert told(of_refund(sides), "re-1", look="refund") == kinds
    assert told(of_refund(replace(sides, pending=True)), "re-1") == []


@pytest.mark.parametrize(("there", "difference"), [(120, 20), (1, -99)])
def test_a_refund_of_another_amount_is_not_healed_by_a_look(there: int, difference: int) -> None:
    found = told(of_refund(replace(REFUND, there=there)), "re-1")
    assert found == [("amount-differs", difference)]


@pytest.mark.parametrize(
    ("here", "there", "kinds"),
    [
        (100, 100, []),
        (0, 0, []),  # won, and known to be
        (100, None, [("dispute-unknown-there", 100)]),
        (0, None, [("dispute-unknown-there", 0)]),
        (None, 100, [("dispute-unknown", 100)]),
        (None, 0, [("dispute-unknown", 0)]),
        (100, 0, [("dispute-differs", -100)]),
        (0, 100, [("dispute-differs", 100)]),
        (100, 130, [("dispute-differs", 30)]),
    ],
)
def test_a_dispute_took_what_is_known_to_be_taken(
    here: int | None, there: int | None, kinds: list[Told]
) -> None:
    sides = DisputeSides("dp-1", "USD", here, there)
    assert told(of_dispute(sides), "dp-1", look="dispute") == kinds
    assert told(of_dispute(replace(sides, moving=True)), "dp-1") == []


AGREES = RegistrationSides(
    key="ada",
    currency="USD",
    cash_booked=19900,
    cash_moved=19900,
    credits_booked=5000,
    credits_moved=5000,
    due=0,
    paid=24900,
    basis="paid",
    confirmed=True,
    ended=False,
    expired=False,
    undecided=False,
    settled=True,
)


@pytest.mark.parametrize(
    ("change", "kinds"),
    [
        ({}, []),
        ({"cash_booked": 19800}, [("cash-differs", -100)]),
        ({"cash_moved": 19800}, [("cash-differs", 100)]),
        ({"credits_booked": 5100}, [("credit-ledger-differs", 100)]),
        ({"credits_moved": 5100}, [("credit-ledger-differs", -100)]),
        (
            {"cash_booked": 0, "credits_booked": 0},
            [("cash-differs", -19900), ("credit-ledger-differs", -5000)],
        ),
        ({"undecided": True}, [("cancelled-not-settled", 24900)]),
        ({"undecided": True, "ended": True}, [("cancelled-not-settled", 24900)]),
        ({"confirmed": False}, [("paid-not-confirmed", 24900)]),
        ({"confirmed": False, "expired": True}, [("expired-with-money", 24900)]),
        ({"confirmed": False, "expired": True, "due": 100}, [("expired-with-money", 24900)]),
        ({"confirmed": False, "expired": True, "due": 100, "ended": True}, []),
        ({"confirmed": False, "expired": True, "due": 100, "paid": 0}, []),
        ({"confirmed": True, "expired": True}, []),
        ({"confirmed": False, "ended": True}, []),
        ({"confirmed": False, "paid": 0}, []),  # nothing was paid, and nothing is had
        ({"confirmed": False, "due": 100}, []),  # not all of it is paid yet
        ({"due": 100}, [("confirmed-not-paid", 100)]),
        ({"due": 100, "basis": "credit"}, [("confirmed-not-paid", 100)]),
        ({"due": 100, "basis": "invoice"}, []),  # an employer pays later
        ({"due": 100, "basis": "free"}, []),
        ({"due": 100, "basis": None}, []),
        ({"due": 100, "ended": True}, []),
    ],
)
def test_a_registration_is_booked_as_it_moved_and_had_as_it_is_paid(
    change: dict[str, object], kinds: list[Told]
) -> None:
    found = of_registration(replace(AGREES, **change))  # type: ignore[arg-type]
    assert told(found, "ada") == kinds


@pytest.mark.parametrize(
    "change",
    [
        {"undecided": True},
        {"confirmed": False},
        {"confirmed": False, "expired": True},
        {"due": 100},
    ],
)
def test_what_may_still_be_on_its_way_is_not_found(change: dict[str, object]) -> None:
    sides = replace(AGREES, settled=False, **change)  # type: ignore[arg-type]
    assert told(of_registration(sides), "ada") == []
    booked = replace(sides, cash_booked=0)
    assert told(of_registration(booked), "ada") == [("cash-differs", -19900)]


@pytest.mark.parametrize(
    ("balance", "entries", "overdue", "kinds"),
    [
        (5000, 5000, False, []),
        (5000, 4000, False, [("credit-balance-differs", 1000)]),
        (4000, 5000, False, [("credit-balance-differs", -1000)]),
        (5000, 5000, True, [("credit-overdue", 5000)]),
        (5000, 0, True, [("credit-balance-differs", 5000), ("credit-overdue", 5000)]),
    ],
)
def test_a_credits_balance_is_what_moved_on_it_until_its_end(
    balance: int, entries: int, overdue: bool, kinds: list[Told]
) -> None:
    assert told(of_credit(CreditSides("cr-1", "USD", balance, entries, overdue)), "cr-1") == kinds


@pytest.mark.parametrize(("last", "there", "gap"), [(0, 0, 0), (7, 7, 0), (7, 6, 1), (6, 7, 1)])
def test_a_series_of_numbers_has_as_many_as_its_last_one_says(
    last: int, there: int, gap: int
) -> None:
    found = told(of_series(Series("HF-2020-", last, there)), "HF-2020-", currency="")
    assert found == [("number-gap", None)] * gap


def test_a_refund_that_is_stuck_is_told_by_its_amount() -> None:
    assert told(of_stuck(Stuck("re-1", "JPY", 700)), "re-1", currency="JPY") == [
        ("refund-stuck", 700)
    ]


@pytest.mark.parametrize(
    ("total", "there", "kinds"),
    [
        (100, 100, []),
        (90, 100, []),
        (101, 100, [("payout-differs", 1)]),
        (1, 0, [("payout-differs", 1)]),
        (0, -50, []),  # the gateway gave more than it took, and paid nothing out
        (10, -50, [("payout-differs", 60)]),
    ],
)
def test_no_more_is_paid_out_than_there_was(total: int, there: int, kinds: list[Told]) -> None:
    assert told(of_payout(PaidOut("po-1", "USD", total, there)), "po-1") == kinds


@pytest.mark.parametrize("kind", WORDS)
def test_each_finding_says_its_cause_and_what_to_do_next(kind: str) -> None:
    cause, next_step = WORDS[kind]
    finding = Finding(kind, "x", None, "USD")
    assert (finding.cause, finding.next_step) == (cause, next_step)
    assert next_step.endswith(".")
    assert cause is None or cause.endswith(".")
