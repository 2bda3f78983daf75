"""The policy in force beside the one that was bought: which holds, and when the learner chooses (§2)."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from services.billing.domain.decision import Decision, NewCredit, Paid, Restored, Returned
from services.billing.domain.newer import better, rule, under
from services.billing.domain.standing import Bought, Schedule, Standing
from services.billing.domain.transfer import move_value
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

ENDS = date(2021, 10, 12)
LONGER, SHORTER = date(2021, 12, 31), date(2021, 10, 11)


def gives(
    cash: int = 0, new: int = 0, until: date | None = ENDS, *restored: tuple[int, date | None]
) -> Decision:
    return Decision(
        "refund",
        0,
        (Returned("card", cash),) if cash else (),
        tuple(Restored(amount, end) for amount, end in restored),
        NewCredit(new, until) if new else None,
        (),
    )


@pytest.mark.parametrize(
    ("snapshot", "newer", "verdict"),
    [
        # each no worse, and something better: the newer one applies by itself
        (gives(100), gives(101), "newer"),
        (gives(0, 100), gives(0, 101), "newer"),
        (gives(0, 100), gives(0, 100, LONGER), "newer"),
        (gives(0, 100), gives(0, 100, None), "newer"),
        (gives(0, 100), gives(1, 100), "newer"),
        (gives(0, 0), gives(0, 1), "newer"),
        (gives(100, 100, ENDS), gives(101, 101, LONGER), "newer"),
        (gives(0, 0, None, (70, ENDS)), gives(0, 0, None, (79, ENDS)), "newer"),
        # the same, or worse in everything that differs: the snapshot
        (gives(100), gives(100), "snapshot"),
        (gives(0, 100), gives(0, 100), "snapshot"),
        (gives(0, 100, None), gives(0, 100, None), "snapshot"),
        (gives(), gives(), "snapshot"),
        (gives(100), gives(99), "snapshot"),
        (gives(0, 100), gives(0, 99), "snapshot"),
        (gives(0, 100), gives(0, 100, SHORTER), "snapshot"),
        (gives(0, 100, None), gives(0, 100, LONGER), "snapshot"),
        (gives(1, 100), gives(0, 100), "snapshot"),
        # one thing better, another worse: the learner chooses
        (gives(0, 199), gives(169), "choice"),
        (gives(169), gives(0, 199), "choice"),
        (gives(0, 100), gives(0, 101, SHORTER), "choice"),
        (gives(0, 100), gives(0, 99, LONGER), "choice"),
        (gives(1, 100), gives(2, 100, SHORTER), "choice"),
        (gives(2, 100), gives(1, 100, LONGER), "choice"),
        # as much credit in sum, but more of it on the part that ends sooner
        (gives(0, 100, LONGER, (50, ENDS)), gives(0, 50, LONGER, (100, ENDS)), "snapshot"),
        (gives(0, 50, LONGER, (100, ENDS)), gives(0, 100, LONGER, (50, ENDS)), "newer"),
        (gives(0, 50, LONGER, (100, ENDS)), gives(0, 60, LONGER, (80, ENDS)), "choice"),
    ],
)
def test_a_newer_policy_applies_by_itself_only_where_cash_credit_and_expiry_are_no_worse(
    snapshot: Decision, newer: Decision, verdict: str
) -> None:
    assert better(snapshot, newer) == verdict


# --- the whole rule ---------------------------------------------------------------------------

KINDER = (
    POLICY
    | {  # ten days, and no fee
        "version": 2,
        "windows": [
            {"until": {"days_before_start": 10}, "outcome": "refund"},
            *POLICY["windows"][1:],
        ],
    }
)
HARDER = POLICY | {
    "version": "3b",
    "windows": [
        {"until": {"days_before_start": 30}, "outcome": "refund", "fee": 6000},
        {"until": "start", "outcome": "credit", "expires": {"months": 3}},
        {"until": "forever", "outcome": "nothing"},
    ],
}
MONEY_ONLY = windows(
    {"until": "start", "outcome": "refund", "fee": {"percent": 50}},
    {"until": "forever", "outcome": "nothing"},
    version=2,
)
BY = "under which it was bought"


def standing(*paid: Paid, newer: dict[str, Any] | None, **more: Any) -> Standing:
    facts: dict[str, Any] = {
        "bought": Bought(POLICY, "online_course", START, course_version=1),
        "course": Schedule(2, START),
        "due": 0,
        "currency": "USD",
        "payment_method": "card",
        "confirmed": True,
    }
    return Standing(paid=paid or (card(19900),), newer=newer, **(facts | more))


def said(ruled: Any) -> tuple[str, str]:
    step = ruled.decision.trace[0]
    return step.rule, step.because


def test_without_a_newer_policy_nothing_is_said_of_one() -> None:
    ruled = rule(standing(newer=None), EARLY)
    assert amounts(ruled.decision) == ("refund", 3000, [("card", 16900)], [], None)
    assert (ruled.version, ruled.other) == (1, None)
    assert [step.rule for step in ruled.decision.trace] == ["window", "base", "fee", "refund"]


def test_a_kinder_policy_holds_by_itself_and_the_trace_says_so() -> None:
    ruled = rule(standing(newer=KINDER), EARLY)
    assert amounts(ruled.decision) == ("refund", 0, [("card", 19900)], [], None)
    assert (ruled.version, ruled.policy, ruled.other) == (2, KINDER, None)
    assert said(ruled) == (
        "policy",
        (
            "The policy now in force, version 2, gives no less of anything than version 1, under which "
            "it was bought, and so it holds."
        ),
    )
    assert [step.rule for step in ruled.decision.trace[1:]] == ["window", "base", "fee", "refund"]


def test_a_harder_policy_takes_nothing_from_who_bought_under_a_kinder_one() -> None:
    for moment, expected in (
        (utc(2020, 9, 10), ("refund", 3000, [("card", 16900)], [], None)),
        (LATE, ("credit", 0, [], [], (19900, "2021-10-12"))),
    ):
        ruled = rule(standing(newer=HARDER), moment, choice="newer")
        assert amounts(ruled.decision) == expected
        assert (ruled.version, ruled.other) == (1, None)
        assert said(ruled) == (
            "policy",
            (
                "Version 1 of the policy, under which it was bought, holds: version 3b, now in force, "
                "gives nothing that is better."
            ),
        )


@pytest.mark.parametrize(
    ("choice", "version", "words"),
    [
        (None, 1, "where nothing is chosen, version 1 holds."),
        ("snapshot", 1, "version 1 was chosen."),
        ("newer", 2, "version 2 was chosen."),
    ],
)
def test_where_some_is_better_and_some_is_worse_the_learner_chooses_the_snapshot_by_default(
    choice: str | None, version: int, words: str
) -> None:
    # Late: a credit of 199.00 as bought, half of the money by the policy in force.
    ruled = rule(standing(newer=MONEY_ONLY), LATE, choice=choice)
    bought = ("credit", 0, [], [], (19900, "2021-10-12"))
    now = ("refund", 9950, [("card", 9950)], [], None)
    assert amounts(ruled.decision) == (bought if version == 1 else now)
    assert ruled.version == version
    assert ruled.other is not None
    assert amounts(ruled.other.decision) == (now if version == 1 else bought)
    assert ruled.other.version == 3 - version
    assert ruled.other.other is None
    assert ruled.other.decision.trace[0].rule == "window"
    assert said(ruled) == (
        "policy",
        (
            "The learner may choose between version 1 of the policy, under which it was bought, and "
            f"version 2, now in force: {words}"
        ),
    )


def test_what_was_chosen_while_it_was_a_choice_takes_nothing_away_later() -> None:
    # Early the policy in force gives half, as bought all but thirty: that is no choice.
    ruled = rule(standing(newer=MONEY_ONLY), EARLY, choice="newer")
    assert amounts(ruled.decision) == ("refund", 3000, [("card", 16900)], [], None)
    assert ruled.version == 1
    # And who chose the snapshot gets what is better in everything all the same.
    ruled = rule(standing(newer=KINDER), EARLY, choice="snapshot")
    assert (ruled.version, ruled.decision.fee) == (2, 0)


def test_a_newer_policy_that_has_a_hole_here_says_nothing() -> None:
    hole = POLICY | {
        "version": 2,
        "windows": [
            {"until": "forever", "outcome": "refund", "fee": {"two_day_workshop": 0}},
        ],
    }
    ruled = rule(standing(newer=hole), LATE)
    assert amounts(ruled.decision) == ("credit", 0, [], [], (19900, "2021-10-12"))
    assert (ruled.version, ruled.other, ruled.decision.trace[0].rule) == (1, None, "window")


def test_where_nothing_was_paid_nothing_is_said_of_policies() -> None:
    for nothing in (
        standing(card(0), newer=KINDER),
        standing(newer=KINDER, bought=None),
    ):
        ruled = rule(nothing, EARLY)
        assert amounts(ruled.decision) == ("nothing", 0, [], [], None)
        assert [step.rule for step in ruled.decision.trace][-1] == "nothing-paid"
        assert "policy" not in [step.rule for step in ruled.decision.trace]
    assert rule(standing(newer=KINDER, bought=None), EARLY).version is None


def test_as_if_bought_under_the_policy_in_force_there_is_no_newer_one() -> None:
    by_it = under(standing(newer=KINDER), KINDER)
    assert (by_it.policy, by_it.newer) == (KINDER, None)
    assert by_it.bought == Bought(KINDER, "online_course", START, course_version=1)


def test_a_start_moved_later_helps_under_either_policy() -> None:
    later = utc(2020, 11, 2, 21)
    ruled = rule(standing(newer=MONEY_ONLY, course=Schedule(2, later)), LATE, choice="newer")
    # For the 2nd of November the 12th of October is early: 169.00 as bought, and no choice.
    assert amounts(ruled.decision) == ("refund", 3000, [("card", 16900)], [], None)
    assert [step.rule for step in ruled.decision.trace][:2] == ["policy", "moved"]


def test_what_was_paid_by_credit_keeps_its_end_under_either_policy() -> None:
    paid = (card(12000), credit(7900))
    ruled = rule(standing(*paid, newer=MONEY_ONLY), LATE, choice="newer")
    # Half of 199.00 is a fee of 99.50: 79.00 from the credit first, 20.50 from the card.
    assert amounts(ruled.decision) == ("refund", 9950, [("card", 9950)], [], None)
    assert ruled.other is not None
    assert amounts(ruled.other.decision)[3:] == ([(7900, "2021-03-31")], (12000, "2021-10-12"))


# --- moving to another course -------------------------------------------------------------------


def test_what_is_moved_is_moved_by_whichever_policy_holds() -> None:
    # On the 8th all of it moves as money by the policy in force, and as a credit by the one bought.
    at = datetime(2020, 10, 8, 12, tzinfo=UTC)
    moved = move_value(standing(newer=KINDER), at, 14900, choice="newer")
    assert [(part.tender, part.amount) for part in moved.used] == [("card", 14900)]
    assert [(part.tender, part.amount) for part in moved.refunds] == [("card", 5000)]
    assert moved.policy == KINDER
    moved = move_value(standing(newer=KINDER), at, 14900)
    assert [(part.tender, part.amount) for part in moved.used] == [("credit", 14900)]
    assert moved.policy == POLICY
    assert next(step.rule for step in moved.trace) == "policy"
    # The policy that ruled also says in which order the tenders are used.
    card_first = POLICY | {"version": 2, "allocation": "card_first"}
    longer = card_first | {"windows": [{"until": "forever", "outcome": "refund"}]}
    both = standing(card(12000), credit(7900), newer=longer)
    moved = move_value(both, LATE, 14900, choice="newer")
    assert [(part.tender, part.amount) for part in moved.used] == [
        ("card", 12000),
        ("credit", 2900),
    ]


def test_a_policy_in_force_that_gives_no_more_moves_what_the_snapshot_gives() -> None:
    moved = move_value(standing(newer=HARDER), LATE, 14900, choice="newer")
    assert [(part.tender, part.amount) for part in moved.used] == [("credit", 14900)]
    assert moved.credit == NewCredit(5000, ENDS, "another_learning_product")
    assert moved.policy == POLICY


@pytest.mark.parametrize(
    ("outcome", "used", "rules"),
    [
        ("refund", [("card", 14900)], ["override", "no-fee", "moved", "surplus"]),
        ("credit", [("credit", 14900)], ["override", "base", "fee", "credit", "moved", "surplus"]),
        ("nothing", [], ["override", "base", "nothing", "moved", "to-pay"]),
    ],
)
def test_staff_say_what_a_move_takes_along(outcome: Any, used: list, rules: list[str]) -> None:
    after = datetime(2020, 12, 1, tzinfo=UTC)
    moved = move_value(standing(newer=KINDER), after, 14900, override=outcome)
    assert [(part.tender, part.amount) for part in moved.used] == used
    assert [step.rule for step in moved.trace] == rules
