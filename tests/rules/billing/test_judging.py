"""Who is judged by what: open invoices, the provider's cancellation, shares of sessions; in full."""

from datetime import date, timedelta
from typing import Any

import pytest

from services.billing.domain.decision import Decision, NewCredit, Paid, Restored, Returned, Step
from services.billing.domain.fees import fee_of
from services.billing.domain.seen import pause_after
from services.billing.domain.session_share import due_part, everything_back, share_back
from services.billing.domain.standing import (
    Bought,
    Schedule,
    Standing,
    judge,
    preferred,
    starts_of,
    windows_ahead,
)
from shared.money import Money
from tests.rules.billing.cases import (
    EARLY,
    LATE,
    POLICY,
    START,
    amounts,
    card,
    credit,
    utc,
    windows,
)
from tests.rules.billing.test_standing import standing
from tests.rules.billing.test_traces import BASE, CANCELLED, IN_FIRST, IN_SECOND, trace

ON_ACCOUNT: dict[str, Any] = {"due": 19900, "payment_method": "invoice"}
GONE = utc(2020, 10, 10)


def bought(policy: Any) -> Bought:
    return Bought(policy, "online_course", START, course_version=1)


# --- an employer's invoice (domain.md §2) -----------------------------------------------------


def test_early_on_an_unpaid_invoice_what_is_due_falls_but_for_the_fee() -> None:
    decision = judge(standing(**ON_ACCOUNT), EARLY)
    assert amounts(decision) == ("refund", 3000, [("due", 16900)], [], None)
    assert trace(decision) == [
        ("window", IN_FIRST),
        BASE,
        ("fee", "Fee: 30.00 USD."),
        ("refund", "169.00 USD of the invoice does not have to be paid any more."),
    ]


def test_late_on_an_unpaid_invoice_there_is_a_credit_for_what_is_due() -> None:
    assert amounts(judge(standing(**ON_ACCOUNT), LATE)) == (
        "credit",
        0,
        [],
        [],
        (19900, "2021-10-12"),
    )


def test_a_part_that_was_paid_is_judged_with_what_is_still_due() -> None:
    part = standing(card(5000), due=14900, payment_method="invoice")
    # The fee is borne in the order listed: by the card first.
    assert amounts(judge(part, EARLY))[:3] == ("refund", 3000, [("card", 2000), ("due", 14900)])


def test_never_confirmed_nothing_is_due_and_that_is_all_that_is_said() -> None:
    for nobody in (
        standing(due=19900, confirmed=False),
        standing(due=19900, payment_method="invoice", confirmed=False),
        standing(card(100), bought=None),
        standing(),
    ):
        decision = judge(nobody, EARLY)
        assert decision == Decision(
            "nothing",
            0,
            (),
            (),
            None,
            (Step("nothing-paid", "Nothing was paid: no fee, and nothing to give back."),),
        )


def test_what_is_paid_on_an_invoice_is_no_credit_and_no_debt_twice() -> None:
    assert standing(card(19900), due=0, payment_method="invoice").owed == 0
    assert standing(due=7, payment_method="invoice").owed == 7
    assert standing(due=7).owed == 0


@pytest.mark.parametrize(
    ("paid", "fee", "why"),
    [
        (3001, 3000, "30.00 USD"),
        (3000, 3000, "30.00 USD"),
        (2999, 2999, "30.00 USD, at most what was paid: 29.99 USD"),
    ],
)
def test_a_fee_is_at_most_what_was_paid(paid: int, fee: int, why: str) -> None:
    assert fee_of({"online_course": 3000}, "online_course", Money(paid, "USD")) == (fee, why)


# --- the provider cancels -----------------------------------------------------------------------


def test_the_provider_gives_everything_back_from_the_snapshot_whenever_it_was_moved() -> None:
    for course in (Schedule(1, START), Schedule(2, utc(2021, 1, 1)), None):
        decision = judge(standing(card(19900), course=course), LATE, by_provider=True)
        assert amounts(decision) == ("refund", 0, [("card", 19900)], [], None)


def test_a_credit_instead_is_of_what_was_paid_and_what_is_due_is_not_asked_for() -> None:
    part = standing(card(5000, "p1"), due=14900, payment_method="invoice")
    decision = judge(part, LATE, by_provider=True, override="credit")
    assert amounts(decision) == ("credit", 0, [("due", 14900)], [], (5000, "2021-10-12"))
    assert decision.refunds == (Returned("due", 14900),)
    assert trace(decision) == [
        CANCELLED,
        ("instead", "Instead of that, as it was chosen: credit; without a fee."),
        ("base", "What was actually paid: 50.00 USD."),
        ("fee", "Fee: no fee."),
        ("credit", "A credit of 50.00 USD, until the end of 2021-10-12."),
        ("not-due", "What was still due is not asked for any more."),
    ]


def test_a_credit_instead_of_nothing_but_a_debt_is_no_credit() -> None:
    decision = judge(standing(**ON_ACCOUNT), LATE, by_provider=True, override="credit")
    assert amounts(decision) == ("refund", 0, [("due", 19900)], [], None)
    assert trace(decision)[0] == ("provider-cancels", "The provider cancelled.")


def test_without_a_choice_a_debt_falls_too() -> None:
    part = standing(card(5000), due=14900, payment_method="invoice")
    assert amounts(judge(part, LATE, by_provider=True)) == (
        "refund",
        0,
        [("card", 5000), ("due", 14900)],
        [],
        None,
    )
    paid = judge(standing(card(5000)), LATE, by_provider=True, override="credit")
    assert amounts(paid) == ("credit", 0, [], [], (5000, "2021-10-12"))


@pytest.mark.parametrize(
    ("own", "prefer", "wanted"),
    [
        (None, None, None),
        (None, "refund", None),
        (None, "credit", "credit"),
        ({"outcome": "refund"}, "refund", None),
        ({"outcome": "refund", "fee": 0}, "refund", None),
        ({"fee": 500}, "refund", "refund"),
        ({"outcome": "credit"}, "refund", "refund"),
        ({"outcome": "nothing"}, "refund", "refund"),
        ({"outcome": "credit"}, "credit", "credit"),
        ({"outcome": "credit"}, None, None),
        ({"outcome": "credit", "fee": 500}, "whatever", None),
    ],
)
def test_money_that_is_wanted_back_is_all_of_it(
    own: dict[str, Any] | None, prefer: str | None, wanted: str | None
) -> None:
    policy = POLICY | ({"provider_cancels": own} if own else {})
    assert preferred(standing(bought=bought(policy)), prefer) == wanted


def test_who_has_bought_nothing_prefers_only_a_credit() -> None:
    assert preferred(standing(bought=None), "refund") is None
    assert preferred(standing(bought=None), "credit") == "credit"
    assert standing(bought=None).policy == {}
    assert standing().policy == POLICY


def test_once_the_provider_cancelled_theirs_is_the_moment_that_counts() -> None:
    gone = standing(course=Schedule(2, START, cancelled=True, cancelled_at=GONE))
    assert (gone.withdrawn, gone.counts_from(LATE)) == (True, GONE)
    unknown = standing(course=Schedule(2, START, cancelled=True))
    assert (unknown.withdrawn, unknown.counts_from(LATE)) == (True, LATE)
    there = standing(course=Schedule(2, START, cancelled_at=GONE))
    assert (there.withdrawn, there.counts_from(LATE)) == (False, LATE)
    nowhere = standing(course=None)
    assert (nowhere.withdrawn, nowhere.counts_from(LATE)) == (False, LATE)
    assert windows_ahead(standing(card(19900), course=Schedule(2, START, cancelled=True))) == []


def test_staff_s_word_rules_whichever_start_there_is() -> None:
    moved = standing(card(19900), course=Schedule(2, utc(2020, 12, 1)))
    decision = judge(moved, LATE, override="nothing")
    assert amounts(decision) == ("nothing", 0, [], [], None)
    assert trace(decision)[0][0] == "override"


def test_windows_ahead_are_for_all_that_is_judged() -> None:
    # Of 20.00 that is due the fee is 20.00; of 20.00 paid and 20.00 due it is all of 30.00.
    assert windows_ahead(standing(due=2000, payment_method="invoice"))[0].fee == 2000
    both = standing(card(2000), due=2000, payment_method="invoice")
    assert windows_ahead(both)[0].fee == 3000
    assert windows_ahead(standing(card(100), bought=None)) == []
    assert windows_ahead(standing()) == []


def test_starts_are_the_bought_one_first() -> None:
    assert starts_of(standing(bought=None)) == []
    assert starts_of(standing(course=Schedule(0, utc(2021, 1, 1)))) == [START]


def test_in_a_policy_of_another_zone_the_last_moment_is_its_own() -> None:
    policy = windows(
        {"until": {"days_before_start": 1}, "outcome": "refund"},
        {"until": "forever", "outcome": "nothing"},
        zone="Asia/Kathmandu",
    )
    # 20:00Z on the 19th is 01:45 on the 20th there: the 19th is the last day, until 18:15Z.
    at = utc(2020, 10, 19, 18, 14, 59)
    decision = judge(standing(card(100), bought=bought(policy)), at)
    assert trace(decision)[0] == (
        "window",
        (
            "Received 2020-10-19 23:59:59 Asia/Kathmandu; window 1 of the policy runs until 1 days "
            "before the start, that day included, that is 2020-10-19 23:59:59 Asia/Kathmandu."
        ),
    )
    late = judge(standing(card(100), bought=bought(policy)), at + timedelta(seconds=1))
    assert late.outcome == "nothing"
    assert IN_SECOND.endswith("2020-10-19 15:59:59 America/New_York.")


def test_of_hours_the_last_moment_is_the_one_that_is_named() -> None:
    policy = windows(
        {"until": {"hours_before_start": 48}, "outcome": "refund"},
        {"until": "forever", "outcome": "nothing"},
    )
    decision = judge(standing(card(100), bought=bought(policy)), utc(2020, 10, 17, 19))
    assert trace(decision)[0] == (
        "window",
        (
            "Received 2020-10-17 15:00:00 America/New_York; window 1 of the policy runs until 48 hours "
            "before the start, that moment included, that is 2020-10-17 16:00:00 America/New_York."
        ),
    )


@pytest.mark.parametrize(
    ("own", "only_for", "anyone"),
    [
        ({}, "", False),
        ({"for": None, "transferable": None}, "", False),
        ({"for": "another_learning_product"}, "another_learning_product", False),
        ({"transferable": True}, "", True),
        ({"transferable": False}, "", False),
    ],
)
def test_a_credit_has_the_terms_of_the_window_that_gives_it(
    own: dict[str, Any], only_for: str, anyone: bool
) -> None:
    policy = windows({"until": "forever", "outcome": "credit", "expires": {"years": 1}, **own})
    given = judge(standing(card(100), bought=bought(policy)), LATE).credit
    assert given == NewCredit(100, date(2021, 10, 12), only_for, anyone)
    assert given.terms == {"only_for": only_for, "transferable": anyone}


# --- one session of several (domain.md §2) ------------------------------------------------------


@pytest.mark.parametrize(
    ("paid", "minutes", "place", "more", "expected"),
    [
        # 199.00 for four sessions of the same length: 49.75 each.
        ([card(19900)], [120] * 4, 2, {}, (0, [4975])),
        # By minutes: 90 of 480.
        ([card(19200)], [90, 150, 120, 120], 0, {}, (0, [3600])),
        # The shares of all sessions are exact in sum: of 1.00 over three, 0.34 and twice 0.33.
        ([card(100)], [60, 60, 60], 0, {}, (0, [34])),
        ([card(100)], [60, 60, 60], 1, {}, (0, [33])),
        ([card(100)], [60, 60, 60], 2, {}, (0, [33])),
        # Tenders pro rata, in the order of what was paid: 30.00 and 19.75 of 49.75.
        ([card(12000), credit(7900)], [120] * 4, 0, {}, (0, [3000, 1975])),
        ([credit(7900), card(12000)], [120] * 4, 0, {}, (0, [1975, 3000])),
        # What is due is lowered first: nobody gets money back who owes some.
        ([], [120] * 4, 0, {"due": 19900}, (4975, [])),
        ([card(15000)], [120] * 4, 0, {"due": 4900}, (4900, [75])),
        ([card(14900)], [120] * 4, 0, {"due": 5000}, (4975, [0])),
        # What was noted as not due for other sessions is of the whole too.
        ([card(14925)], [120] * 4, 1, {"noted": 4975}, (0, [4975])),
        ([card(10000)], [120] * 4, 1, {"due": 4925, "noted": 4975}, (4925, [50])),
        ([], [120] * 4, 1, {}, (0, [])),
    ],
)
def test_a_session_s_share_is_its_minutes_of_all_that_was_charged(
    paid: list[Paid], minutes: list[int], place: int, more: dict[str, int], expected: Any
) -> None:
    assert share_back(paid, minutes, place, "USD", **more) == expected


def test_of_a_tie_between_tenders_the_credit_that_ends_first_gives_back_more() -> None:
    parts = [card(100), credit(100, "2021-12-31"), credit(100, "2021-01-31")]
    # A half of 3.01 each way would be 0.34, 0.33, 0.33 of 1.00: the first cent from January's.
    assert share_back(parts, [1, 2], 0, "USD") == (0, [33, 33, 34])


def test_everything_back_goes_to_where_it_came_from() -> None:
    why = Step("unseated", "No seat was left.")
    parts = [card(12000, "p1"), credit(7900, "2021-03-31", "c1"), card(0, "p2"), credit(0)]
    assert everything_back(parts, why) == Decision(
        "refund",
        0,
        (Returned("card", 12000, "p1"),),
        (Restored(7900, date(2021, 3, 31), "c1"),),
        None,
        (why,),
    )


def test_what_an_invoice_asks_less_for_is_a_part_of_its_own() -> None:
    assert due_part(4975) == [Paid("due", 4975)]
    assert due_part(0) == []


# --- asking a gateway again -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tries", "seconds"), [(0, 1), (1, 2), (2, 4), (3, 8), (9, 512), (10, 600), (10_000, 600)]
)
def test_a_gateway_is_asked_again_after_a_pause_that_doubles_up_to_ten_minutes(
    tries: int, seconds: int
) -> None:
    assert pause_after(tries) == timedelta(seconds=seconds)


def test_a_standing_has_no_newer_policy_unless_there_is_one() -> None:
    assert Standing(None, None, [], 0, "USD", None, confirmed=False).newer is None
