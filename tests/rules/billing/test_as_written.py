"""domain.md §2, sentence by sentence: each case is named by the words it is of, worked out by hand."""

from datetime import datetime
from typing import Any

import pytest

from services.billing.domain.decision import Paid
from services.billing.domain.session_share import share_back
from services.billing.domain.standing import judge
from shared.contracts import policy as contract
from tests.rules.billing.cases import (
    EARLY,
    LATE,
    POLICY,
    START,
    amounts,
    card,
    credit,
    new_york,
    quote,
    utc,
    windows,
)
from tests.rules.billing.test_standing import standing

AFTER = new_york(2020, 10, 20)
NEXT_YEAR = "2021-10-12"  # a year from LATE
Case = tuple[str, datetime, tuple[Paid, ...], dict[str, Any], tuple[Any, ...]]


def of(kind: str) -> dict[str, Any]:
    return {"kind": kind}


def borne(way: str) -> dict[str, Any]:
    return {"policy": POLICY | {"allocation": way}}


MONEY_LESS_30 = ("refund", 3000, [("card", 16900)], [], None)
MONEY_LESS_50 = ("refund", 5000, [("card", 14900)], [], None)
A_CREDIT = ("credit", 0, [], [], (19900, NEXT_YEAR))
NOTHING = ("nothing", 0, [], [], None)

THE_TABLE: list[Case] = [
    ("2-day workshop, early: money back minus 30.00", EARLY, (card(19900),), of("two_day_workshop"), MONEY_LESS_30),
    ("online course, early: money back minus 30.00", EARLY, (card(19900),), of("online_course"), MONEY_LESS_30),
    ("4-day workshop, early: money back minus 50.00", EARLY, (card(19900),), of("four_day_workshop"), MONEY_LESS_50),
    ("2-day workshop, later: a credit for the same amount", LATE, (card(19900),), of("two_day_workshop"), A_CREDIT),
    ("online course, later: a credit for the same amount", LATE, (card(19900),), of("online_course"), A_CREDIT),
    ("4-day workshop, later: same", LATE, (card(19900),), of("four_day_workshop"), A_CREDIT),
]  # fmt: skip
SEVERAL_WAYS: list[Case] = [
    (
        "early, fee from the credit part first: card 120.00, credit restored 49.00",
        EARLY, (card(12000), credit(7900)), borne("credit_first"),
        ("refund", 3000, [("card", 12000)], [(4900, "2021-03-31")], None),
    ),
    (
        "early, fee from the card part first: card 90.00, credit 79.00",
        EARLY, (card(12000), credit(7900)), borne("card_first"),
        ("refund", 3000, [("card", 9000)], [(7900, "2021-03-31")], None),
    ),
    (
        "early, pro rata by largest remainder: card 101.91, credit 67.09",
        EARLY, (card(12000), credit(7900)), borne("pro_rata"),
        ("refund", 3000, [("card", 10191)], [(6709, "2021-03-31")], None),
    ),
    (
        "late: new credit 120.00 with a new expiry, old credit 79.00 with its old one",
        LATE, (card(12000), credit(7900)), {},
        ("credit", 0, [], [(7900, "2021-03-31")], (12000, NEXT_YEAR)),
    ),
    (
        "the default is the credit part first",
        EARLY, (card(12000), credit(7900)), {"policy": {k: v for k, v in POLICY.items() if k != "allocation"}},
        ("refund", 3000, [("card", 12000)], [(4900, "2021-03-31")], None),
    ),
    (
        "what was paid by credit never turns into cash, early: less the fee it goes back to it",
        EARLY, (credit(19900),), {},
        ("refund", 3000, [], [(16900, "2021-03-31")], None),
    ),
    (
        "what was paid by credit never turns into cash, late: all of it goes back to it",
        LATE, (credit(19900),), {},
        ("credit", 0, [], [(19900, "2021-03-31")], None),
    ),
    (
        "an expired credit is restored expired",
        LATE, (card(12000), credit(7900, "2020-10-01")), {},
        ("credit", 0, [], [(7900, "2020-10-01")], (12000, NEXT_YEAR)),
    ),
    (
        "unless the provider cancelled: then it runs 90 days from that day",
        LATE, (card(12000), credit(7900, "2020-10-01")), {"by_provider": True},
        ("refund", 0, [("card", 12000)], [(7900, "2021-01-10")], None),
    ),
    (
        "every restored credit runs until the later of its old expiry and 90 days",
        LATE, (credit(5000, "2020-12-31"), credit(2900, "2021-03-31"), card(12000)), {"by_provider": True},
        ("refund", 0, [("card", 12000)], [(5000, "2021-01-10"), (2900, "2021-03-31")], None),
    ),
    (
        "several credits bear the fee earliest expiry first",
        EARLY, (credit(2000, "2021-12-31"), credit(2000, "2021-01-31"), card(15900)), {},
        ("refund", 3000, [("card", 15900)], [(1000, "2021-12-31")], None),
    ),
]  # fmt: skip
SINGLE_CASES: list[Case] = [
    ("paid 199.00 early: 169.00 and fee 30.00", EARLY, (card(19900),), {}, MONEY_LESS_30),
    ("paid 25.00 early: 0.00 and fee 25.00", EARLY, (card(2500),), {}, ("refund", 2500, [], [], None)),
    ("25.00 paid: credit 25.00 late", LATE, (card(2500),), {}, ("credit", 0, [], [], (2500, NEXT_YEAR))),
    ("paid 0: nothing, early", EARLY, (), {}, NOTHING),
    ("paid 0: nothing, late", LATE, (card(0),), {}, NOTHING),
    ("paid 0: nothing, the provider", LATE, (), {"by_provider": True}, NOTHING),
    (
        "a currency with 0 decimals works",
        EARLY, (card(19900),), {"currency": "JPY"}, ("refund", 3000, [("card", 16900)], [], None),
    ),
    (
        "a currency with 3 decimals works",
        EARLY, (card(199_000),), {"currency": "KWD"}, ("refund", 3000, [("card", 196_000)], [], None),
    ),
    ("after the first session started, and for no-shows: nothing", AFTER, (card(19900),), {}, NOTHING),
    ("exactly at the start it is after it", START, (card(19900),), {}, NOTHING),
    (
        "the last moment before the start it may still be asked for",
        new_york(2020, 10, 19, 15, 59, 59, 999_999), (card(19900),), {},
        ("credit", 0, [], [], (19900, "2021-10-19")),
    ),
    (
        "received until 2020-10-05 23:59:59.999999 New York counts as early",
        new_york(2020, 10, 5, 23, 59, 59, 999_999), (card(19900),), {}, MONEY_LESS_30,
    ),
    (
        "and a moment later does not",
        new_york(2020, 10, 6), (card(19900),), {}, ("credit", 0, [], [], (19900, "2021-10-06")),
    ),
    (
        "the learner's own zone never decides: the 6th in London is the 5th in New York",
        utc(2020, 10, 6, 3, 59, 59), (card(19900),), {}, MONEY_LESS_30,
    ),
    (
        "when the provider cancels the whole course: everything back, no fee",
        AFTER, (card(12000), credit(7900, "2022-03-31")), {"by_provider": True},
        ("refund", 0, [("card", 12000)], [(7900, "2022-03-31")], None),
    ),
    (
        "a cut-off of 0 days means until the start, not no limit",
        START, (card(100),),
        {"policy": windows({"until": {"days_before_start": 0}, "outcome": "refund"}, {"until": "forever", "outcome": "nothing"})},
        NOTHING,
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("moment", "paid", "more", "expected"),
    [pytest.param(*case[1:], id=case[0]) for case in THE_TABLE + SEVERAL_WAYS + SINGLE_CASES],
)
def test_as_written(
    moment: datetime, paid: tuple[Paid, ...], more: dict[str, Any], expected: tuple[Any, ...]
) -> None:
    assert amounts(quote(moment, *paid, **more)) == expected


@pytest.mark.parametrize("kind", ["one_day_workshop", "three_day_workshop", "five_day_workshop"])
def test_1_3_and_5_day_workshops_are_not_defined_and_publishing_names_the_hole(kind: str) -> None:
    with pytest.raises(contract.PolicyUndefined) as why:
        contract.require_defined(contract.read(POLICY), kind, "live_online", "/refund_policy")
    [fault] = why.value.errors
    assert fault["pointer"] == "/refund_policy/windows/0/fee"
    assert f"it has a hole for {kind}" in fault["detail"]


def test_the_policy_covers_live_and_live_online_a_recorded_only_course_is_a_hole() -> None:
    read = contract.read(POLICY)
    for delivery in ("in_person", "live_online", "mixed"):
        contract.require_defined(read, "online_course", delivery)
    with pytest.raises(contract.PolicyUndefined) as why:
        contract.require_defined(read, "online_course", "recorded", "/refund_policy")
    [fault] = why.value.errors
    assert fault["pointer"] == "/refund_policy/deliveries"


def test_a_declared_four_day_workshop_pays_50_whatever_its_delivery() -> None:
    for delivery in ("in_person", "live_online", "mixed"):
        contract.require_defined(contract.read(POLICY), "four_day_workshop", delivery)
    assert amounts(quote(EARLY, card(19900), kind="four_day_workshop")) == MONEY_LESS_50


def test_the_share_of_one_of_four_sessions_is_49_75_and_lowers_the_base() -> None:
    assert share_back([card(19900)], [120] * 4, 2, "USD") == (0, [4975])
    # 149.25 are left: early that is 119.25, late a credit of 149.25.
    assert amounts(quote(EARLY, card(14925)))[:3] == ("refund", 3000, [("card", 11925)])
    assert amounts(quote(LATE, card(14925)))[4] == (14925, NEXT_YEAR)


def test_confirmed_on_an_employers_unpaid_invoice_it_is_judged_on_the_amount_due() -> None:
    due = standing(due=19900, payment_method="invoice")
    assert amounts(judge(due, EARLY)) == ("refund", 3000, [("due", 16900)], [], None)
    assert amounts(judge(due, LATE)) == A_CREDIT
    never = standing(due=19900, payment_method="invoice", confirmed=False)
    assert amounts(judge(never, EARLY)) == NOTHING


def test_a_policy_that_would_give_more_cash_for_a_later_request_is_refused_naming_the_windows() -> (
    None
):
    document = windows(
        {"until": {"days_before_start": 14}, "outcome": "refund", "fee": 3000},
        {"until": "forever", "outcome": "refund", "fee": 2000},
    )
    with pytest.raises(contract.PolicyInvalid) as why:
        contract.read(document)
    [fault] = why.value.errors
    assert "Window 2 would give more cash than window 1" in fault["detail"]
    # For an amount that both fees take up there is nothing to refuse in a quote.
    assert contract.read(document, paid=2000).version == 1


def test_early_can_be_worth_less_than_late_that_is_the_policy_as_written() -> None:
    assert contract.read(POLICY).version == 1
    early, late = quote(EARLY, card(2500)), quote(LATE, card(2500))
    assert (early.cash, early.credited, late.cash, late.credited) == (0, 0, 0, 2500)


def test_a_year_from_the_29th_of_february_is_the_28th() -> None:
    decision = quote(new_york(2024, 2, 29), card(19900), starts_at=new_york(2024, 3, 4))
    assert amounts(decision)[4] == (19900, "2025-02-28")
