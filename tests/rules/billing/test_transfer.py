"""What a registration brings along that is moved to another course: cases by hand (§4)."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.billing.domain.decision import CREDIT, Paid, PolicyUndefined, Restored, Returned
from services.billing.domain.ledger import CASH, DEFERRED, REFUNDS, settle
from services.billing.domain.share import CREDIT_NOTE, REINSTATED, TRANSFER, WITHDRAWN, share_of
from services.billing.domain.standing import Bought, Schedule, Standing
from services.billing.domain.transfer import Moved, move_value
from tests.rules.billing.cases import EARLY, LATE, POLICY, START, card, credit, utc, windows

YEAR = "2021-10-12"  # the last day of a credit that is asked for on 2020-10-12
OLD = "2021-03-31"


def standing(*paid: Paid, **more: Any) -> Standing:
    policy = more.pop("policy", POLICY)
    facts: dict[str, Any] = {
        "bought": Bought(policy, "online_course", START, course_version=1),
        "course": Schedule(1, START),
        "paid": paid,
        "due": 0,
        "currency": "USD",
        "payment_method": "card",
        "confirmed": True,
    }
    return Standing(**facts | more)


def parts(moved: Moved) -> dict[str, Any]:
    """Only what is not nothing: used and left over by tender, the new credit, what is to pay."""
    found: dict[str, Any] = {
        "used": [(p.tender, p.amount) for p in moved.used],
        "refunds": [(p.tender, p.amount) for p in moved.refunds],
        "restored": [(p.amount, str(p.expires_on)) for p in moved.restored],
        "credit": (moved.credit.amount, str(moved.credit.expires_on)) if moved.credit else None,
        "to_pay": moved.to_pay,
    }
    return {name: value for name, value in found.items() if value}


# When, what was paid, what the other course asks for, what comes of it.
CASES: list[tuple[datetime, tuple[Paid, ...], int, dict[str, Any]]] = [
    # Early: everything, without a fee; what is left over goes back to where it came from.
    (EARLY, (card(19900),), 19900, {"used": [("card", 19900)]}),
    (EARLY, (card(19900),), 14900, {"used": [("card", 14900)], "refunds": [("card", 5000)]}),
    (EARLY, (card(19900),), 24900, {"used": [("card", 19900)], "to_pay": 5000}),
    (EARLY, (card(19900),), 0, {"refunds": [("card", 19900)]}),
    (EARLY, (card(2500),), 19900, {"used": [("card", 2500)], "to_pay": 17400}),
    (EARLY, (credit(19900),), 19900, {"used": [("credit", 19900)]}),
    (EARLY, (credit(19900),), 14900, {"used": [("credit", 14900)], "restored": [(5000, OLD)]}),
    (EARLY, (credit(19900),), 0, {"restored": [(19900, OLD)]}),
    (
        EARLY,
        (card(12000), credit(7900)),
        14900,
        {"used": [("card", 7000), ("credit", 7900)], "refunds": [("card", 5000)]},
    ),
    (
        EARLY,
        (card(12000), credit(7900)),
        5000,
        {"used": [("credit", 5000)], "refunds": [("card", 12000)], "restored": [(2900, OLD)]},
    ),
    (
        EARLY,
        (card(12000), credit(7900)),
        24900,
        {"used": [("card", 12000), ("credit", 7900)], "to_pay": 5000},
    ),
    # Late: a credit of a year, spent on the other course; never money.
    (LATE, (card(19900),), 19900, {"used": [("credit", 19900)]}),
    (LATE, (card(19900),), 14900, {"used": [("credit", 14900)], "credit": (5000, YEAR)}),
    (LATE, (card(19900),), 24900, {"used": [("credit", 19900)], "to_pay": 5000}),
    (LATE, (card(19900),), 0, {"credit": (19900, YEAR)}),
    (LATE, (credit(19900),), 14900, {"used": [("credit", 14900)], "restored": [(5000, OLD)]}),
    (
        LATE,
        (card(12000), credit(7900)),
        14900,
        {"used": [("credit", 7900), ("credit", 7000)], "credit": (5000, YEAR)},
    ),
    (
        LATE,
        (card(12000), credit(7900, "2022-03-31")),
        14900,
        {"used": [("credit", 2900), ("credit", 12000)], "restored": [(5000, "2022-03-31")]},
    ),
    # Nothing was paid, or all of it was given back.
    (EARLY, (), 14900, {"to_pay": 14900}),
    (LATE, (), 0, {}),
]


@pytest.mark.parametrize(("at", "paid", "price", "expected"), CASES)
def test_what_becomes_of_the_value(
    at: datetime, paid: tuple[Paid, ...], price: int, expected: dict[str, Any]
) -> None:
    assert parts(move_value(standing(*paid), at, price)) == expected


def test_the_last_moment_that_is_early_is_the_policy_s() -> None:
    last = datetime.fromisoformat("2020-10-05T23:59:59.999999-04:00")
    first = datetime.fromisoformat("2020-10-06T00:00:00-04:00")
    assert parts(move_value(standing(card(19900)), last, 0)) == {"refunds": [("card", 19900)]}
    assert parts(move_value(standing(card(19900)), first, 0)) == {"credit": (19900, "2021-10-06")}


def test_a_start_that_was_moved_may_only_help() -> None:
    later = Schedule(2, utc(2020, 12, 1, 21))
    moved = move_value(standing(card(19900), course=later), LATE, 14900)
    assert parts(moved) == {"used": [("card", 14900)], "refunds": [("card", 5000)]}
    sooner = Schedule(2, utc(2020, 10, 1, 21))
    moved = move_value(standing(card(19900), course=sooner), EARLY, 14900)
    assert parts(moved) == {"used": [("card", 14900)], "refunds": [("card", 5000)]}


def test_too_little_to_be_given_back_is_worth_all_of_it_when_moved_in_time() -> None:
    """Cancelled early the fee would take all of the 25.00; a later window would give a credit."""
    moved = move_value(standing(card(2500)), EARLY, 2000)
    assert parts(moved) == {"used": [("card", 2000)], "refunds": [("card", 500)]}
    assert moved.value.fee == 0


@pytest.mark.parametrize(
    ("way", "expected"),
    [
        ("credit_first", {"used": [("card", 2100), ("credit", 7900)], "refunds": [("card", 9900)]}),
        ("card_first", {"used": [("card", 10000)], "refunds": [("card", 2000)], "restored": [(7900, OLD)]}),
        (
            "pro_rata",
            {
                "used": [("card", 6030), ("credit", 3970)],
                "refunds": [("card", 5970)],
                "restored": [(3930, OLD)],
            },
        ),
    ],
)  # fmt: skip
def test_money_and_credit_are_used_as_the_policy_has_a_fee_borne(
    way: str, expected: dict[str, Any]
) -> None:
    paid = standing(card(12000), credit(7900), policy=POLICY | {"allocation": way})
    assert parts(move_value(paid, EARLY, 10000)) == expected


def test_a_credit_that_cannot_be_spent_there_goes_back_all_the_same() -> None:
    paid = standing(card(12000), credit(7900, ref="c"))
    moved = move_value(paid, EARLY, 19900, unusable={"c"})
    assert parts(moved) == {"used": [("card", 12000)], "restored": [(7900, OLD)], "to_pay": 7900}
    late = move_value(standing(card(19900)), LATE, 19900, new_unusable=True)
    assert parts(late) == {"credit": (19900, YEAR), "to_pay": 19900}


def test_several_credits_are_spent_by_their_ends() -> None:
    paid = standing(credit(5000, "2021-06-30", "b"), credit(5000, "2021-01-31", "a"))
    for at in (EARLY, LATE):
        moved = move_value(paid, at, 7000)
        assert {p.ref: p.amount for p in moved.used} == {"a": 5000, "b": 2000}
        assert [(p.ref, p.amount) for p in moved.restored] == [("b", 3000)]


def test_what_is_used_keeps_its_end_and_says_where_it_is_from() -> None:
    both = standing(card(12000, "pay-1"), credit(7900, OLD, "cr-1"))
    assert move_value(both, EARLY, 19900).used == (
        Paid("card", 12000, None, "pay-1"),
        Paid("credit", 7900, date.fromisoformat(OLD), "cr-1"),
    )
    assert move_value(both, LATE, 19900).used == (
        Paid("credit", 7900, date.fromisoformat(OLD), "cr-1"),
        Paid("credit", 12000, date.fromisoformat(YEAR), "new"),
    )


def test_what_is_left_over_goes_back_to_the_very_payment_and_credit() -> None:
    both = standing(card(12000, "pay-1"), credit(7900, OLD, "cr-1"))
    assert move_value(both, EARLY, 8000).refunds == (Returned("card", 11900, "pay-1"),)
    assert move_value(both, EARLY, 900).restored == (
        Restored(7000, date.fromisoformat(OLD), "cr-1"),
    )


def test_a_debt_is_nothing_to_take_along() -> None:
    owing = standing(card(5000), due=14900, payment_method="invoice")
    assert parts(move_value(owing, EARLY, 19900)) == {"used": [("card", 5000)], "to_pay": 14900}
    assert parts(move_value(owing, LATE, 19900)) == {"used": [("credit", 5000)], "to_pay": 14900}


def test_where_the_window_gives_nothing_nothing_is_taken_along() -> None:
    strict = windows({"until": "start", "outcome": "nothing"}, {"until": "forever", "outcome": "nothing"})  # fmt: skip
    moved = move_value(standing(card(19900), policy=strict), EARLY, 14900)
    assert parts(moved) == {"to_pay": 14900}


def test_a_hole_of_the_policy_is_said() -> None:
    with pytest.raises(PolicyUndefined):
        move_value(standing(card(1), policy=POLICY | {"windows": []}), EARLY, 1)


paids = st.lists(
    st.one_of(
        st.builds(lambda a: ("card", a), st.integers(1, 50_000)),
        st.builds(lambda a: (CREDIT, a), st.integers(1, 50_000)),
    ),
    max_size=4,
)
AT = st.integers(1, 48 * 24).map(lambda hours: START - timedelta(hours=hours))


@given(
    paids, st.integers(0, 200_000), AT, st.sampled_from(["credit_first", "card_first", "pro_rata"])
)
def test_no_cent_is_lost_or_made_and_credit_never_becomes_money(
    paid: list[tuple[str, int]], price: int, at: datetime, way: str
) -> None:
    given_ = [
        Paid(tender, amount, date(2021, 1, 1 + place) if tender == CREDIT else None, f"r{place}")
        for place, (tender, amount) in enumerate(paid)
    ]
    moved = move_value(standing(*given_, policy=POLICY | {"allocation": way}), at, price)
    left = sum(p.amount for p in (*moved.refunds, *moved.restored))
    left += moved.credit.amount if moved.credit else 0
    used = sum(p.amount for p in moved.used)
    assert used + left == sum(p.amount for p in given_)
    assert used + moved.to_pay == price
    assert moved.to_pay == max(0, price - sum(p.amount for p in given_))
    came = sum(p.amount for p in given_ if p.tender == "card")
    money = moved.money_used + sum(p.amount for p in moved.refunds)
    assert money in (0, came)
    ends = {p.ref: p.credit_expires_on for p in given_}
    assert all(ends[p.ref] == p.expires_on for p in moved.restored)


def test_a_share_that_waits_for_a_transfer_asks_for_the_difference() -> None:
    waits = share_of([("course", 24900), (TRANSFER, -19900)], 0)
    assert (waits.asked, waits.due, waits.state) == (5000, 5000, "open")
    paid = share_of([("course", 24900), (TRANSFER, -19900)], 5000)
    assert (paid.due, paid.state) == (0, "paid")
    lapsed = share_of([("course", 24900), (TRANSFER, -19900), (WITHDRAWN, -5000)], 0)
    assert (lapsed.due, lapsed.state) == (0, "void")
    late = [("course", 24900), (TRANSFER, -19900), (WITHDRAWN, -5000), (REINSTATED, 5000)]
    assert share_of(late, 5000).state == "paid"
    come = share_of([("course", 24900), (TRANSFER, -19900), (TRANSFER, 19900)], 24900)
    assert (come.asked, come.due, come.state) == (24900, 0, "paid")
    short = share_of([("course", 24900), (TRANSFER, -19900), (TRANSFER, 19900)], 22900)
    assert (short.due, short.state) == (2000, "open")


def test_a_share_that_was_moved_away_is_paid_and_asks_for_nothing() -> None:
    gone = share_of([("course", 19900), (TRANSFER, -19900)], 0)
    assert (gone.asked, gone.due, gone.state) == (0, 0, "paid")
    partly = share_of([("course", 19900), (CREDIT_NOTE, 0), (TRANSFER, -14900)], 5000)
    assert (partly.asked, partly.due, partly.state) == (5000, 0, "paid")


def test_what_moves_leaves_the_cash_of_the_old_one() -> None:
    assert settle(deferred=19900, earned=0, refunds=5000, moved={CASH: 14900}) == (
        (DEFERRED, 19900),
        (REFUNDS, -5000),
        (CASH, -14900),
    )


# --- the reasons, word by word --------------------------------------------------------------------


def reasons(moved: Moved) -> list[tuple[str, str]]:
    return [(step.rule, step.because) for step in moved.trace]


def test_early_it_says_that_all_of_it_moves_and_what_goes_back() -> None:
    assert reasons(move_value(standing(card(19900)), EARLY, 14900))[1:] == [
        ("base", "What was actually paid: 199.00 USD."),
        ("no-fee", "Moved in time, it keeps its whole value, without a fee."),
        ("moved", "149.00 USD of it pays for the other course."),
        ("surplus", "50.00 USD goes back to where it came from."),
    ]


def test_late_it_says_what_stays_a_credit_or_is_still_asked_for() -> None:
    left = reasons(move_value(standing(card(19900)), LATE, 14900))
    assert left[-2:] == [
        ("moved", "149.00 USD of it pays for the other course."),
        ("surplus", "50.00 USD stays a credit."),
    ]
    more = reasons(move_value(standing(card(19900)), LATE, 24900))
    assert more[-2:] == [
        ("moved", "199.00 USD of it pays for the other course."),
        ("to-pay", "The other course still asks for 50.00 USD."),
    ]
    even = reasons(move_value(standing(card(19900)), LATE, 19900))
    assert even[-1] == ("moved", "199.00 USD of it pays for the other course.")


def test_of_nothing_it_says_so() -> None:
    for nothing in (standing(), standing(card(100), bought=None)):
        moved = move_value(nothing, EARLY, 100)
        assert reasons(moved) == [
            ("nothing-paid", "Nothing was paid, so there is nothing to take along."),
            ("moved", "0.00 USD of it pays for the other course."),
            ("to-pay", "The other course still asks for 1.00 USD."),
        ]
        assert (moved.value.outcome, moved.value.fee, moved.money_used) == ("nothing", 0, 0)


def test_the_provider_s_own_move_takes_everything_along_without_a_window() -> None:
    moved = move_value(standing(card(12000), credit(7900)), LATE, 19900, by_provider=True)
    assert reasons(moved) == [
        ("no-fee", "Moved in time, it keeps its whole value, without a fee."),
        ("moved", "199.00 USD of it pays for the other course."),
    ]
    assert (moved.money_used, moved.to_pay, moved.policy) == (12000, 0, POLICY)
    assert (moved.value.outcome, moved.value.fee, moved.value.credit) == ("refund", 0, None)


def test_of_what_is_still_due_nothing_moves_by_nobody_s_word() -> None:
    owing = standing(card(5000), due=14900, payment_method="invoice")
    moved = move_value(owing, LATE, 19900)
    assert parts(moved) == {"used": [("credit", 5000)], "to_pay": 14900}
    by_staff = move_value(owing, LATE, 19900, override="credit")
    assert parts(by_staff) == {"used": [("credit", 5000)], "to_pay": 14900}


def test_staff_s_words_for_what_a_move_takes_along() -> None:
    moved = move_value(standing(card(19900)), LATE, 19900, override="refund")
    assert reasons(moved) == [
        ("override", "Staff decided that its value goes along."),
        ("no-fee", "Moved in time, it keeps its whole value, without a fee."),
        ("moved", "199.00 USD of it pays for the other course."),
    ]
