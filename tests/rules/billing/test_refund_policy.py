"""domain.md §2, table by table; every figure here was worked out by hand."""

from datetime import UTC, datetime, timedelta

import pytest

from services.billing.domain.decision import PolicyUndefined
from services.billing.domain.refund_policy import decide_for_learner
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

# --- the reference policy ---------------------------------------------------------------------


def test_cancelled_early_the_money_comes_back_less_thirty() -> None:
    assert amounts(quote(EARLY, card(19900))) == ("refund", 3000, [("card", 16900)], [], None)


def test_cancelled_late_there_is_a_credit_for_the_full_amount_and_no_fee() -> None:
    assert amounts(quote(LATE, card(19900))) == ("credit", 0, [], [], (19900, "2021-10-12"))


@pytest.mark.parametrize(
    ("kind", "fee", "back"),
    [
        ("two_day_workshop", 3000, 16900),
        ("online_course", 3000, 16900),
        ("four_day_workshop", 5000, 14900),
    ],
)
def test_the_fee_follows_the_kind_of_product(kind: str, fee: int, back: int) -> None:
    decision = quote(EARLY, card(19900), kind=kind)
    assert amounts(decision) == ("refund", fee, [("card", back)], [], None)


@pytest.mark.parametrize("kind", ["one_day_workshop", "three_day_workshop", "five_day_workshop"])
@pytest.mark.parametrize("moment", [EARLY, LATE, new_york(2020, 12, 1)])
def test_a_kind_that_the_fee_does_not_name_is_a_hole_at_any_time(
    kind: str, moment: datetime
) -> None:
    with pytest.raises(PolicyUndefined) as why:
        quote(moment, card(19900), kind=kind)
    assert why.value.slug == "policy-undefined"
    assert kind in why.value.detail


@pytest.mark.parametrize(
    ("moment", "outcome"),
    [
        (new_york(2020, 10, 5, 23, 59, 0), "refund"),
        (new_york(2020, 10, 5, 23, 59, 59, 999_999), "refund"),
        (new_york(2020, 10, 6, 0, 0, 0), "credit"),
        (new_york(2020, 10, 6, 0, 1, 0), "credit"),
        (utc(2020, 10, 6, 3, 59, 59), "refund"),  # 23:59:59 in New York, the 6th in London
        (utc(2020, 10, 6, 4, 0, 0), "credit"),
        (new_york(2020, 10, 19, 15, 59, 59, 999_999), "credit"),
        (new_york(2020, 10, 19, 16, 0, 0), "nothing"),  # exactly at the start is after it
        (new_york(2020, 10, 19, 16, 0, 0, 1), "nothing"),
        (new_york(2021, 5, 1), "nothing"),
    ],
)
def test_the_windows_end_where_the_policy_zone_says(moment: datetime, outcome: str) -> None:
    assert quote(moment, card(19900)).outcome == outcome


def test_days_are_counted_on_the_calendar_across_the_clock_change() -> None:
    # Start 2020-11-09 16:00 New York (21:00Z). Fourteen days before is 10-26, when New York is
    # still four hours behind: the window ends at 04:00Z on the 27th, 13 days and 17 hours before.
    start = new_york(2020, 11, 9, 16)
    assert quote(utc(2020, 10, 27, 3, 59, 59), card(100_00), starts_at=start).outcome == "refund"
    assert quote(utc(2020, 10, 27, 4, 0, 0), card(100_00), starts_at=start).outcome == "credit"


def test_the_start_date_is_the_start_instant_seen_in_the_policy_zone() -> None:
    # 02:00Z on the 20th is the evening of the 19th in New York: the 5th is still early.
    start = utc(2020, 10, 20, 2)
    assert quote(new_york(2020, 10, 5, 23, 59), card(19900), starts_at=start).outcome == "refund"
    assert quote(new_york(2020, 10, 6, 0, 0), card(19900), starts_at=start).outcome == "credit"


@pytest.mark.parametrize(
    ("paid", "expected"),
    [
        (19900, ("refund", 3000, [("card", 16900)], [], None)),
        (3001, ("refund", 3000, [("card", 1)], [], None)),
        (3000, ("refund", 3000, [], [], None)),
        (2500, ("refund", 2500, [], [], None)),
        (1, ("refund", 1, [], [], None)),
        (0, ("nothing", 0, [], [], None)),
    ],
)
def test_the_fee_is_at_most_what_was_paid(paid: int, expected: tuple) -> None:
    assert amounts(quote(EARLY, card(paid))) == expected


def test_a_small_amount_is_worth_more_late_than_early() -> None:
    assert amounts(quote(EARLY, card(2500))) == ("refund", 2500, [], [], None)
    assert amounts(quote(LATE, card(2500))) == ("credit", 0, [], [], (2500, "2021-10-12"))


def test_nothing_paid_means_no_fee_and_nothing_back() -> None:
    for moment in (EARLY, LATE, new_york(2020, 12, 1)):
        assert amounts(quote(moment)) == ("nothing", 0, [], [], None)


@pytest.mark.parametrize(
    ("currency", "paid", "back"), [("JPY", 19900, 16900), ("KWD", 199_000, 196_000)]
)
def test_a_currency_may_have_no_decimals_or_three(currency: str, paid: int, back: int) -> None:
    decision = quote(EARLY, card(paid), currency=currency)
    assert amounts(decision) == ("refund", 3000, [("card", back)], [], None)


# --- money paid in several ways -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("allocation", "back", "restored"),
    [
        (None, 12000, 4900),
        ("credit_first", 12000, 4900),
        ("card_first", 9000, 7900),
        ("pro_rata", 10191, 6709),
    ],
)
def test_the_fee_is_borne_as_the_policy_allocates_it(
    allocation: str | None, back: int, restored: int
) -> None:
    policy = POLICY | ({"allocation": allocation} if allocation else {})
    decision = quote(EARLY, card(12000), credit(7900), policy=policy)
    expected = ("refund", 3000, [("card", back)], [(restored, "2021-03-31")], None)
    assert amounts(decision) == expected


@pytest.mark.parametrize("allocation", ["credit_first", "card_first", "pro_rata"])
def test_late_the_card_part_becomes_a_credit_and_the_old_one_keeps_its_expiry(
    allocation: str,
) -> None:
    decision = quote(LATE, card(12000), credit(7900), policy=POLICY | {"allocation": allocation})
    assert amounts(decision) == ("credit", 0, [], [(7900, "2021-03-31")], (12000, "2021-10-12"))


def test_all_paid_by_credit_and_late_the_old_credit_comes_back_and_there_is_no_new_one() -> None:
    decision = quote(LATE, credit(19900, "2021-03-31"))
    assert amounts(decision) == ("credit", 0, [], [(19900, "2021-03-31")], None)


def test_what_was_paid_by_credit_never_turns_into_cash() -> None:
    decision = quote(EARLY, credit(19900))
    assert amounts(decision) == ("refund", 3000, [], [(16900, "2021-03-31")], None)


def test_several_credits_bear_the_fee_earliest_expiry_first() -> None:
    decision = quote(EARLY, credit(2000, "2021-12-31"), credit(2000, "2021-01-31"), card(10000))
    assert amounts(decision) == (
        "refund",
        3000,
        [("card", 10000)],
        [(1000, "2021-12-31")],  # the January credit was used up by the fee
        None,
    )


def test_in_pro_rata_a_tie_goes_against_the_earliest_expiring_credit() -> None:
    # A fee of 1 over three parts of 100 each: all remainders are equal.
    policy = windows({"until": "forever", "outcome": "refund", "fee": 1}, allocation="pro_rata")
    paid = (card(100), credit(100, "2021-12-31"), credit(100, "2021-01-31"))
    assert amounts(quote(EARLY, *paid, policy=policy)) == (
        "refund",
        1,
        [("card", 100)],
        [(100, "2021-12-31"), (99, "2021-01-31")],
        None,
    )


def test_in_pro_rata_a_tie_between_cards_goes_against_the_first_listed() -> None:
    policy = windows({"until": "forever", "outcome": "refund", "fee": 1}, allocation="pro_rata")
    decision = quote(EARLY, card(100, "first"), card(100, "second"), policy=policy)
    assert [(part.ref, part.amount) for part in decision.refunds] == [
        ("first", 99),
        ("second", 100),
    ]


# --- when a credit ends -----------------------------------------------------------------------


def credit_policy(expires: dict | None) -> dict:
    window = {"until": "forever", "outcome": "credit"}
    return windows(window | ({"expires": expires} if expires else {}))


@pytest.mark.parametrize(
    ("expires", "last_day"),
    [
        ({"years": 1, "from": "issue"}, "2021-10-06"),
        ({"years": 2}, "2022-10-06"),
        ({"months": 6, "from": "issue"}, "2021-04-06"),
        ({"days": 90, "from": "issue"}, "2021-01-04"),
        ({"years": 1, "from": "original_session"}, "2021-10-19"),
        ({"days": 0, "from": "original_session"}, "2020-10-19"),
        ({"years": 1, "from": "year_end"}, "2021-12-31"),
        ({"days": 0, "from": "year_end"}, "2020-12-31"),
        ({"years": 7978}, "9998-10-06"),
        ({"years": 9000}, None),  # further than a calendar goes
        ({"days": 10**12}, None),
        (None, None),
    ],
)
def test_a_credit_ends_where_the_policy_says(expires: dict | None, last_day: str | None) -> None:
    decision = quote(new_york(2020, 10, 6, 0, 1), card(100), policy=credit_policy(expires))
    assert amounts(decision)[4] == (100, last_day)


def test_a_year_from_the_29th_of_february_ends_on_the_28th() -> None:
    policy = credit_policy({"years": 1, "from": "issue"})
    decision = quote(
        new_york(2024, 2, 29, 23, 59), card(100), policy=policy, starts_at=new_york(2024, 3, 4)
    )
    assert amounts(decision)[4] == (100, "2025-02-28")


def test_four_years_from_the_29th_of_february_end_on_a_29th() -> None:
    policy = credit_policy({"years": 4, "from": "issue"})
    decision = quote(
        new_york(2024, 2, 29), card(100), policy=policy, starts_at=new_york(2024, 3, 4)
    )
    assert amounts(decision)[4] == (100, "2028-02-29")


def test_a_month_from_the_31st_ends_on_the_months_last_day() -> None:
    policy = credit_policy({"months": 1, "from": "issue"})
    decision = quote(
        new_york(2021, 1, 31), card(100), policy=policy, starts_at=new_york(2021, 3, 4)
    )
    assert amounts(decision)[4] == (100, "2021-02-28")


def test_the_day_of_issue_is_that_of_the_policy_zone() -> None:
    # 03:59Z on the 13th is still the 12th in New York.
    assert amounts(quote(utc(2020, 10, 13, 3, 59), card(100)))[4] == (100, "2021-10-12")


def test_an_expired_credit_is_restored_expired() -> None:
    decision = quote(LATE, credit(7900, "2020-10-01"))
    assert amounts(decision)[3] == [(7900, "2020-10-01")]


# --- the provider cancels ----------------------------------------------------------------------


@pytest.mark.parametrize("moment", [EARLY, LATE, new_york(2020, 10, 20)])
def test_when_the_provider_cancels_everything_comes_back_without_a_fee(moment: datetime) -> None:
    decision = quote(moment, card(12000), credit(7900, "2022-03-31"), by_provider=True)
    expected = ("refund", 0, [("card", 12000)], [(7900, "2022-03-31")], None)
    assert amounts(decision) == expected


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("2020-10-01", "2021-01-10"),  # expired: 90 days from the 12th of October
        ("2021-01-09", "2021-01-10"),
        ("2021-01-10", "2021-01-10"),
        ("2021-01-11", "2021-01-11"),
        (None, None),
    ],
)
def test_when_the_provider_cancels_a_restored_credit_has_at_least_90_days(
    old: str | None, new: str | None
) -> None:
    decision = quote(LATE, credit(7900, old), by_provider=True)
    assert amounts(decision)[3] == [(7900, new)]


def test_a_hole_does_not_matter_when_the_provider_cancels() -> None:
    decision = quote(LATE, card(19900), kind="three_day_workshop", by_provider=True)
    assert amounts(decision) == ("refund", 0, [("card", 19900)], [], None)


def test_a_policy_may_say_what_happens_when_the_provider_cancels() -> None:
    own = {"outcome": "credit", "expires": {"years": 2, "from": "issue"}, "restored_days": 10}
    policy = POLICY | {"provider_cancels": own}
    decision = quote(LATE, card(12000), credit(7900, "2020-10-15"), policy=policy, by_provider=True)
    assert amounts(decision) == ("credit", 0, [], [(7900, "2020-10-22")], (12000, "2022-10-12"))


# --- staff decide otherwise -------------------------------------------------------------------


def test_an_override_applies_the_terms_of_that_outcome_whenever_it_comes() -> None:
    after = new_york(2020, 10, 20)
    assert amounts(quote(after, card(19900), override="refund"))[:3] == (
        "refund",
        3000,
        [("card", 16900)],
    )
    assert amounts(quote(after, card(19900), override="credit"))[4] == (19900, "2021-10-20")
    assert amounts(quote(EARLY, card(19900), override="nothing"))[0] == "nothing"


# --- the provider moves the start ---------------------------------------------------------------


def moved(requested_at: datetime, later: datetime, amount: int = 19900) -> tuple:
    decision = decide_for_learner(
        POLICY,
        [START, later],
        kind="online_course",
        paid=[card(amount)],
        currency="USD",
        requested_at=requested_at,
    )
    return amounts(decision)


def test_a_later_start_gives_the_learner_more_time() -> None:
    assert moved(LATE, START + timedelta(days=7))[:3] == ("refund", 3000, [("card", 16900)])


def test_an_earlier_start_takes_no_time_away() -> None:
    earlier = START - timedelta(days=7)
    assert moved(new_york(2020, 10, 5), earlier)[0] == "refund"
    assert moved(new_york(2020, 10, 13), earlier)[0] == "credit"


def test_a_move_never_turns_a_credit_into_less() -> None:
    # 25.00 late is a credit of 25.00; early, all of it is fee.
    assert moved(LATE, START + timedelta(days=7), 2500)[4] == (2500, "2021-10-12")


# --- windows of other shapes --------------------------------------------------------------------


def outcome_at(moment: datetime, until: dict, **more: object) -> str:
    policy = windows(
        {"until": until, "outcome": "refund"}, {"until": "forever", "outcome": "nothing"}, **more
    )
    return quote(moment, card(100), policy=policy).outcome


def test_a_day_that_is_not_included_ends_the_window_as_it_begins() -> None:
    until = {"days_before_start": 14, "inclusive": False}
    assert outcome_at(new_york(2020, 10, 4, 23, 59, 59), until) == "refund"
    assert outcome_at(new_york(2020, 10, 5, 0, 0, 0), until) == "nothing"


def test_a_cut_off_of_no_days_means_until_the_start() -> None:
    for unit in ("days", "business_days", "hours"):
        until = {f"{unit}_before_start": 0}
        assert outcome_at(new_york(2020, 10, 19, 15, 59, 59), until) == "refund"
        assert outcome_at(START, until) == "nothing"


def test_hours_are_exact_and_ignore_the_calendar() -> None:
    until = {"hours_before_start": 48, "inclusive": False}
    assert outcome_at(new_york(2020, 10, 17, 15, 59, 59), until) == "refund"
    assert outcome_at(new_york(2020, 10, 17, 16, 0, 0), until) == "nothing"
    inclusive = {"hours_before_start": 48}
    assert outcome_at(new_york(2020, 10, 17, 16, 0, 0), inclusive) == "refund"
    assert outcome_at(new_york(2020, 10, 17, 16, 0, 0, 1), inclusive) == "nothing"


def test_hours_across_the_clock_change_are_hours() -> None:
    # Start Monday 2020-11-02 16:00 EST is 21:00Z; 48 hours before is 17:00 EDT on Saturday.
    policy = windows(
        {"until": {"hours_before_start": 48, "inclusive": False}, "outcome": "refund"},
        {"until": "forever", "outcome": "nothing"},
    )
    start = new_york(2020, 11, 2, 16)
    asked = {"policy": policy, "starts_at": start}
    assert quote(new_york(2020, 10, 31, 16, 59, 59), card(1), **asked).outcome == "refund"
    assert quote(new_york(2020, 10, 31, 17, 0, 0), card(1), **asked).outcome == "nothing"


def test_business_days_leave_out_weekends_and_holidays() -> None:
    # Start Monday 2020-10-19. Three business days before: Fri 16, Thu 15, Wed 14.
    until = {"business_days_before_start": 3}
    assert outcome_at(new_york(2020, 10, 14, 23, 59, 59), until) == "refund"
    assert outcome_at(new_york(2020, 10, 15, 0, 0, 0), until) == "nothing"
    # With the 15th a holiday: Fri 16, Wed 14, Tue 13.
    holiday = {"holidays": ["2020-10-15"]}
    assert outcome_at(new_york(2020, 10, 13, 23, 59, 59), until, **holiday) == "refund"
    assert outcome_at(new_york(2020, 10, 14, 0, 0, 0), until, **holiday) == "nothing"


def test_a_window_longer_than_the_calendar_is_never_open() -> None:
    start = datetime(1, 1, 10, 12, tzinfo=UTC)
    policy = windows(
        {"until": {"days_before_start": 30}, "outcome": "refund"},
        {"until": "forever", "outcome": "nothing"},
    )
    decision = quote(datetime(1, 1, 2, tzinfo=UTC), card(100), policy=policy, starts_at=start)
    assert decision.outcome == "nothing"


def test_a_policy_without_an_end_has_a_hole_there() -> None:
    policy = windows({"until": "start", "outcome": "refund"})
    assert quote(LATE, card(100), policy=policy).outcome == "refund"
    with pytest.raises(PolicyUndefined):
        quote(START, card(100), policy=policy)


@pytest.mark.parametrize(
    "policy",
    [
        {},
        {"zone": "America/New_York"},
        {"zone": "America/New_York", "windows": []},
        {"zone": "America/New_York", "windows": [{"until": "forever"}]},
        {"zone": "America/New_York", "windows": [{"until": {}, "outcome": "refund"}]},
    ],
)
def test_a_document_that_says_too_little_is_undefined(policy: dict) -> None:
    with pytest.raises(PolicyUndefined):
        quote(LATE, card(100), policy=policy)


# --- fees of other shapes ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fee", "paid", "taken"),
    [
        (None, 19900, 0),
        (0, 19900, 0),
        (2500, 19900, 2500),
        ({"percent": 10}, 19900, 1990),
        ({"percent": 10}, 15, 2),  # 1.5: half up
        ({"percent": 10}, 14, 1),
        ({"percent": "12.5"}, 100, 13),  # 12.5: half up
        ({"percent": 100}, 19900, 19900),
        ({"percent": 0}, 19900, 0),
        ({"online_course": {"percent": 25}, "two_day_workshop": 1}, 19900, 4975),
        ({"online_course": 700}, 19900, 700),
    ],
)
def test_a_fee_is_fixed_or_per_cent_or_by_kind(fee: object, paid: int, taken: int) -> None:
    policy = windows({"until": "forever", "outcome": "refund", "fee": fee})
    decision = quote(EARLY, card(paid), policy=policy)
    assert decision.fee == taken
    assert decision.cash == paid - taken


# --- the trace ---------------------------------------------------------------------------------


def test_the_trace_says_rule_by_rule_why_with_the_values() -> None:
    decision = quote(new_york(2020, 10, 5, 23, 59), card(12000), credit(7900))
    assert [(step.rule, step.because) for step in decision.trace] == [
        (
            "window",
            (
                "Received 2020-10-05 23:59:00 America/New_York; window 1 of the policy runs until "
                "14 days before the start, that day included, that is 2020-10-05 23:59:59 "
                "America/New_York."
            ),
        ),
        ("base", "What was actually paid: 199.00 USD."),
        ("fee", "Fee: 30.00 USD."),
        ("allocation", "The fee is borne credit first."),
        ("restored", "What was paid by credit goes back to it; keeps its expiry."),
        ("refund", "120.00 USD goes back to card."),
    ]
