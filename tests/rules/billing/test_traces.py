"""Whole decisions, with every word of their reasons: what learners and staff read, and keep.

The amounts are those of domain.md §2, worked out by hand; the words are what the rules say of them.
"""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from services.billing.domain.decision import Decision, PolicyUndefined
from services.billing.domain.refund_policy import decide_for_learner, runs_on
from services.billing.domain.windows import endings, in_words
from shared.money import Money
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

AFTER = new_york(2020, 10, 20)
IN_FIRST = (
    "Received 2020-09-20 12:00:00 America/New_York; window 1 of the policy runs until 14 days "
    "before the start, that day included, that is 2020-10-05 23:59:59 America/New_York."
)
IN_SECOND = (
    "Received 2020-10-12 12:00:00 America/New_York; window 2 of the policy runs until the start, "
    "that is 2020-10-19 15:59:59 America/New_York."
)
IN_THIRD = "Received 2020-10-20 12:00:00 America/New_York; window 3 of the policy runs at any time."
BASE = ("base", "What was actually paid: 199.00 USD.")
KEEPS = ("restored", "What was paid by credit goes back to it; keeps its expiry.")
NOTHING_PAID = ("nothing-paid", "Nothing was paid: no fee, and nothing to give back.")
CANCELLED = ("provider-cancels", "The provider cancelled: everything back, no fee.")


def trace(decision: Decision) -> list[tuple[str, str]]:
    return [(step.rule, step.because) for step in decision.trace]


def test_early_by_card() -> None:
    assert trace(quote(EARLY, card(19900))) == [
        ("window", IN_FIRST),
        BASE,
        ("fee", "Fee: 30.00 USD."),
        ("refund", "169.00 USD goes back to card."),
    ]


def test_late_by_card() -> None:
    assert trace(quote(LATE, card(19900))) == [
        ("window", IN_SECOND),
        BASE,
        ("fee", "Fee: no fee."),
        ("credit", "A credit of 199.00 USD, until the end of 2021-10-12."),
    ]


def test_after_the_start() -> None:
    assert trace(quote(AFTER, card(19900))) == [
        ("window", IN_THIRD),
        BASE,
        ("nothing", "In this window nothing is given back."),
    ]


def test_each_step_has_its_figures_beside_its_words() -> None:
    """For whoever says them in another language: amounts, moments and days, and nothing in words."""

    def usd(amount: int) -> dict[str, Any]:
        return {"amount": amount, "currency": "USD"}

    early = quote(EARLY, card(12000), credit(7900))
    assert [(step.rule, step.values) for step in early.trace] == [
        (
            "window",
            {
                "received": "2020-09-20T16:00:00Z",
                "outcome": "refund",
                "ends": "2020-10-06T03:59:59.999999Z",
            },
        ),
        ("base", {"paid": usd(19900)}),
        ("fee", {"fee": usd(3000), "paid": usd(19900)}),
        ("allocation", {"way": "credit_first"}),
        ("restored", {"runs_on": False}),
        ("refund", {"amount": usd(12000), "tender": "card"}),
    ]
    late = quote(LATE, card(19900))
    assert late.trace[0].values["ends"] == "2020-10-19T19:59:59.999999Z"
    assert late.trace[-1].values == {"amount": usd(19900), "until": "2021-10-12"}
    assert "ends" not in quote(AFTER, card(19900)).trace[0].values


def test_less_paid_than_the_fee() -> None:
    decision = quote(EARLY, card(2500))
    assert amounts(decision) == ("refund", 2500, [], [], None)
    assert trace(decision) == [
        ("window", IN_FIRST),
        ("base", "What was actually paid: 25.00 USD."),
        ("fee", "Fee: 30.00 USD, at most what was paid: 25.00 USD."),
    ]


def test_nothing_paid() -> None:
    for decision in (quote(EARLY), quote(EARLY, card(0))):
        assert amounts(decision) == ("nothing", 0, [], [], None)
        assert trace(decision) == [("window", IN_FIRST), NOTHING_PAID]


@pytest.mark.parametrize(
    ("way", "words", "last"),
    [
        (None, "credit first", "120.00 USD goes back to card."),
        ("credit_first", "credit first", "120.00 USD goes back to card."),
        ("card_first", "card first", "90.00 USD goes back to card."),
        ("pro_rata", "pro rata", "101.91 USD goes back to card."),
    ],
)
def test_early_by_card_and_credit(way: str | None, words: str, last: str) -> None:
    decision = quote(EARLY, card(12000), credit(7900), policy=POLICY | {"allocation": way})
    assert trace(decision) == [
        ("window", IN_FIRST),
        BASE,
        ("fee", "Fee: 30.00 USD."),
        ("allocation", f"The fee is borne {words}."),
        KEEPS,
        ("refund", last),
    ]


def test_late_by_card_and_credit_no_fee_is_borne_by_anybody() -> None:
    assert trace(quote(LATE, card(12000), credit(7900))) == [
        ("window", IN_SECOND),
        BASE,
        ("fee", "Fee: no fee."),
        KEEPS,
        ("credit", "A credit of 120.00 USD, until the end of 2021-10-12."),
    ]


def test_a_credit_without_an_end() -> None:
    policy = windows({"until": "forever", "outcome": "credit", "fee": {"percent": "12.5"}})
    decision = quote(LATE, card(19900), policy=policy)
    assert amounts(decision) == ("credit", 2488, [], [], (17412, None))
    assert trace(decision) == [
        (
            "window",
            (
                "Received 2020-10-12 12:00:00 America/New_York; window 1 of the policy runs at any "
                "time."
            ),
        ),
        BASE,
        ("fee", "Fee: 12.5 per cent of 199.00 USD."),
        ("credit", "A credit of 174.12 USD, without an expiry."),
    ]


def test_several_cards_each_get_back_what_came_by_them_in_order() -> None:
    decision = quote(EARLY, card(10000, "first"), card(9900, "second"), card(0, "third"))
    assert [(r.tender, r.amount, r.ref) for r in decision.refunds] == [
        ("card", 7000, "first"),
        ("card", 9900, "second"),
    ]
    assert trace(decision)[-3:] == [
        ("allocation", "The fee is borne credit first."),
        ("refund", "70.00 USD goes back to card."),
        ("refund", "99.00 USD goes back to card."),
    ]


# --- the provider, and staff ------------------------------------------------------------------


def test_the_provider_cancels() -> None:
    assert trace(quote(LATE, card(12000), credit(7900, "2020-12-31"), by_provider=True)) == [
        ("provider-cancels", "The provider cancelled."),
        BASE,
        ("fee", "Fee: no fee."),
        (
            "restored",
            "What was paid by credit goes back to it; the provider cancelled, so it runs on.",
        ),
        ("refund", "120.00 USD goes back to card."),
    ]


def test_the_provider_cancels_and_a_credit_was_chosen() -> None:
    decision = quote(LATE, card(19900), by_provider=True, override="credit")
    assert amounts(decision) == ("credit", 0, [], [], (19900, "2021-10-12"))
    assert trace(decision) == [
        CANCELLED,
        ("instead", "Instead of that, as it was chosen: credit; without a fee."),
        BASE,
        ("fee", "Fee: no fee."),
        ("credit", "A credit of 199.00 USD, until the end of 2021-10-12."),
    ]
    # No fee even where that window has one: the money is all that was paid.
    assert quote(LATE, card(19900), by_provider=True, override="refund").fee == 0


@pytest.mark.parametrize(
    ("at", "outcome", "fee", "rest"),
    [
        (AFTER, "refund", 3000, [("refund", "169.00 USD goes back to card.")]),
        (
            EARLY,
            "credit",
            0,
            [("credit", "A credit of 199.00 USD, until the end of 2021-09-20.")],
        ),
    ],
)
def test_staff_decide_otherwise(at: datetime, outcome: Any, fee: int, rest: list) -> None:
    decision = quote(at, card(19900), override=outcome)
    why = "Fee: 30.00 USD." if fee else "Fee: no fee."
    assert decision.fee == fee
    assert trace(decision) == [
        ("override", f"Staff decided otherwise than the policy: {outcome}."),
        BASE,
        ("fee", why),
        *rest,
    ]


def test_staff_decide_that_nothing_is_given() -> None:
    decision = quote(EARLY, card(19900), override="nothing")
    assert amounts(decision) == ("nothing", 0, [], [], None)
    assert trace(decision) == [
        ("override", "Staff decided otherwise than the policy: nothing."),
        BASE,
        ("nothing", "In this window nothing is given back."),
    ]


def test_staff_decide_an_outcome_that_the_policy_has_no_window_for() -> None:
    policy = windows({"until": "forever", "outcome": "nothing"})
    assert amounts(quote(LATE, card(100), override="refund", policy=policy)) == (
        "refund",
        0,
        [("card", 100)],
        [],
        None,
    )
    decision = quote(LATE, card(100), override="credit", policy=policy)
    assert amounts(decision) == ("credit", 0, [], [], (100, None))


def test_staff_decide_where_the_policy_names_no_fee_for_the_kind() -> None:
    decision = quote(EARLY, card(19900), override="refund", kind="three_day_workshop")
    assert amounts(decision) == ("refund", 0, [("card", 19900)], [], None)
    assert trace(decision) == [
        ("override", "Staff decided otherwise than the policy: refund."),
        ("hole", "The policy names no fee for the kind 'three_day_workshop', so none is taken."),
        BASE,
        ("fee", "Fee: no fee."),
        ("refund", "199.00 USD goes back to card."),
    ]
    # The window of another outcome names no kind, so there is no hole in it.
    decision = quote(EARLY, card(19900), override="credit", kind="three_day_workshop")
    assert [step.rule for step in decision.trace] == ["override", "base", "fee", "credit"]


def test_the_provider_s_own_words_for_it() -> None:
    own = {"provider_cancels": {"outcome": "refund", "fee": 500}}
    decision = quote(LATE, card(19900), policy=POLICY | own, by_provider=True)
    assert amounts(decision) == ("refund", 500, [("card", 19400)], [], None)
    own = {"provider_cancels": {"fee": {"percent": 1}}}
    assert quote(LATE, card(19900), policy=POLICY | own, by_provider=True).fee == 199
    own = {"provider_cancels": {"outcome": "nothing"}}
    assert quote(LATE, card(19900), policy=POLICY | own, by_provider=True).outcome == "nothing"


@pytest.mark.parametrize(
    ("days", "old", "until"),
    [
        (None, "2020-10-01", "2021-01-10"),
        (0, "2020-10-01", "2020-10-12"),
        (1, "2020-10-13", "2020-10-13"),
        (1, "2020-10-12", "2020-10-13"),
        (120, "2020-10-12", "2021-02-09"),
        (90, None, None),
        (10**9, "2020-10-12", None),  # further than a calendar goes
        (2_914_347, "2020-10-12", "9999-12-29"),  # the last day of which any zone can say an end
        (2_914_348, "2020-10-12", None),
    ],
)
def test_how_long_a_restored_credit_runs_on(
    days: int | None, old: str | None, until: str | None
) -> None:
    own = {} if days is None else {"provider_cancels": {"restored_days": days}}
    was = date.fromisoformat(old) if old else None
    found = runs_on(POLICY | own, was, LATE)
    assert (found.isoformat() if found else None) == until


def test_the_day_from_which_a_credit_runs_on_is_that_of_the_policy_zone() -> None:
    # 03:59Z on the 13th is the 12th in New York: 90 days later is the 10th of January.
    assert runs_on(POLICY, date(2020, 10, 1), utc(2020, 10, 13, 3, 59)) == date(2021, 1, 10)


# --- a start that was moved -------------------------------------------------------------------

MOVED = ("moved", "The provider moved the start, which may only help the learner.")


def moved(*starts: datetime, at: datetime, **more: Any) -> Decision:
    facts: dict[str, Any] = {
        "kind": "online_course",
        "paid": [card(19900)],
        "currency": "USD",
        "requested_at": at,
    }
    return decide_for_learner(more.pop("policy", POLICY), list(starts), **(facts | more))


def test_of_two_starts_the_one_with_more_cash_counts_then_more_credit_then_a_longer_one() -> None:
    later = new_york(2020, 11, 2, 16)
    assert amounts(moved(START, later, at=LATE)) == ("refund", 3000, [("card", 16900)], [], None)
    assert trace(moved(START, later, at=LATE))[0] == MOVED
    assert trace(moved(START, later, at=EARLY))[0] == ("window", IN_FIRST)  # the same by both
    # After the first start there is a credit for the one it was moved to.
    assert moved(START, later, at=AFTER).outcome == "credit"
    # Moved to an earlier day it is the start that was bought.
    earlier = new_york(2020, 10, 5, 16)
    assert trace(moved(START, earlier, at=LATE)) == trace(moved(START, at=LATE))
    # A credit from the original session lasts longer from the later one.
    policy = windows(
        {
            "until": "forever",
            "outcome": "credit",
            "expires": {"days": 1, "from": "original_session"},
        }
    )
    found = moved(START, later, at=LATE, policy=policy)
    assert amounts(found)[4] == (19900, "2020-11-03")
    assert trace(found)[0] == MOVED


def test_a_credit_without_an_end_is_worth_most() -> None:
    policy = windows(
        {
            "until": {"days_before_start": 14},
            "outcome": "credit",
            "expires": {"years": 1, "from": "issue"},
        },
        {"until": "forever", "outcome": "credit"},
    )
    later = new_york(2020, 11, 2, 16)
    assert amounts(moved(later, START, at=LATE, policy=policy))[4] == (19900, None)
    assert amounts(moved(START, later, at=LATE, policy=policy))[4] == (19900, None)


# --- windows in words, and what is refused ----------------------------------------------------


@pytest.mark.parametrize(
    ("until", "words"),
    [
        ("start", "until the start"),
        ("forever", "at any time"),
        ({"days_before_start": 14}, "until 14 days before the start, that day included"),
        (
            {"days_before_start": 14, "inclusive": True},
            "until 14 days before the start, that day included",
        ),
        (
            {"days_before_start": 1, "inclusive": False},
            "until 1 days before the start, that day excluded",
        ),
        (
            {"business_days_before_start": 3},
            "until 3 business days before the start, that day included",
        ),
        ({"hours_before_start": 48}, "until 48 hours before the start, that moment included"),
        (
            {"hours_before_start": 48, "inclusive": False},
            "until 48 hours before the start, that moment excluded",
        ),
        ({"days_before_start": 0}, "until the start"),
        ({"hours_before_start": 0}, "until the start"),
        (
            {"days_before_start": 0, "inclusive": False},
            "until 0 days before the start, that day excluded",
        ),
        ("whenever", "whenever"),
    ],
)
def test_windows_in_words(until: Any, words: str) -> None:
    assert in_words(until) == words


def test_a_cut_off_of_one_day_is_no_cut_off_of_none() -> None:
    policy = windows(
        {"until": {"days_before_start": 1}, "outcome": "refund"},
        {"until": "forever", "outcome": "nothing"},
    )
    # The day before the start, all of it; not the day of the start.
    assert quote(new_york(2020, 10, 18, 23, 59, 59), card(100), policy=policy).outcome == "refund"
    assert quote(new_york(2020, 10, 19, 0, 0, 0), card(100), policy=policy).outcome == "nothing"


def test_a_cut_off_of_no_days_that_day_excluded_ends_with_the_day_before() -> None:
    policy = windows(
        {"until": {"days_before_start": 0, "inclusive": False}, "outcome": "refund"},
        {"until": "forever", "outcome": "nothing"},
    )
    assert quote(new_york(2020, 10, 18, 23, 59, 59), card(100), policy=policy).outcome == "refund"
    assert quote(new_york(2020, 10, 19, 0, 0, 0), card(100), policy=policy).outcome == "nothing"


def test_a_holiday_may_be_a_day_already() -> None:
    until = {"until": {"business_days_before_start": 3}, "outcome": "refund"}
    last = {"until": "forever", "outcome": "nothing"}
    policy = windows(until, last, holidays=[date(2020, 10, 15), "2020-10-14"])
    # Friday the 16th, Tuesday the 13th, Monday the 12th.
    assert quote(new_york(2020, 10, 12, 23, 59, 59), card(1), policy=policy).outcome == "refund"
    assert quote(new_york(2020, 10, 13, 0, 0, 0), card(1), policy=policy).outcome == "nothing"


def test_a_window_longer_than_the_calendar_says_never() -> None:
    policy = windows(
        {"until": {"days_before_start": 30}, "outcome": "refund"},
        {"until": "forever", "outcome": "nothing"},
    )
    start = datetime(1, 1, 10, 12, tzinfo=UTC)
    found = endings(policy, start, "online_course", Money(100, "USD"))
    assert [(one.outcome, one.ends) for one in found] == [("nothing", None)]


def test_of_two_windows_that_end_together_the_second_is_never_reached() -> None:
    policy = windows(
        {"until": {"days_before_start": 0}, "outcome": "credit", "fee": 7},
        {"until": "start", "outcome": "refund"},
        {"until": "forever", "outcome": "nothing"},
    )
    found = endings(policy, START, "online_course", Money(100, "USD"))
    assert [(one.outcome, one.fee) for one in found] == [("credit", 7), ("nothing", None)]


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        ({}, "The policy names no zone in which its days are counted."),
        ({"zone": ""}, "The policy names no zone in which its days are counted."),
        ({"zone": "UTC"}, "The policy has no windows."),
        ({"zone": "UTC", "windows": []}, "The policy has no windows."),
        (
            windows({"until": "start", "outcome": "refund"}),
            "The policy has no window for a request at this time.",
        ),
        (windows({"until": "forever"}), "A window of the policy has no outcome."),
        (
            windows({"until": {}, "outcome": "refund"}),
            "A window of the policy does not say how long it runs.",
        ),
        (
            windows({"until": 14, "outcome": "refund"}),
            "A window of the policy does not say how long it runs.",
        ),
        (
            windows({"until": "forever", "outcome": "refund", "fee": {"two_day_workshop": 1}}),
            "The policy names no fee for the kind 'online_course'.",
        ),
    ],
)
def test_a_hole_says_what_is_missing(policy: dict[str, Any], words: str) -> None:
    with pytest.raises(PolicyUndefined) as why:
        quote(AFTER, card(100), policy=policy)
    assert why.value.detail == words
    assert why.value.slug == "policy-undefined"


def test_a_hole_for_a_kind_names_it_apart() -> None:
    with pytest.raises(PolicyUndefined) as why:
        quote(EARLY, card(100), kind="five_day_workshop")
    assert why.value.facts == {"product_kind": "five_day_workshop"}
