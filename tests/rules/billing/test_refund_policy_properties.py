"""Invariant 6 and exactness, for any policy, payment and moment (domain.md §10)."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.billing.domain.decision import Decision, Paid
from services.billing.domain.newer import rule
from services.billing.domain.refund_policy import decide
from services.billing.domain.standing import Bought, Schedule, Standing
from shared.contracts import policy as contract

START = datetime(2024, 3, 20, 15, 0, tzinfo=UTC)
KINDS = ["online_course", "two_day_workshop"]

fixed = st.integers(0, 30_000)
percent = st.builds(lambda n: {"percent": n}, st.integers(0, 100))
one_fee = st.one_of(st.none(), fixed, percent)
by_kind = st.fixed_dictionaries({kind: st.one_of(fixed, percent) for kind in KINDS})
fees = st.one_of(one_fee, by_kind)
units = st.sampled_from(["days_before_start", "business_days_before_start", "hours_before_start"])
expires = st.one_of(
    st.none(),
    st.builds(
        lambda unit, n, origin: {unit: n, "from": origin},
        st.sampled_from(["years", "months", "days"]),
        st.integers(0, 100),
        st.sampled_from(["issue", "original_session", "year_end"]),
    ),
)
outcomes = st.sampled_from(["refund", "credit", "nothing"])


@st.composite
def policies(draw: st.DrawFn) -> dict[str, Any]:
    """Documents that publishing would accept."""
    unit = draw(units)
    counts = sorted(draw(st.sets(st.integers(1, 60), max_size=3)), reverse=True)
    ends: list[Any] = [{unit: n, "inclusive": draw(st.booleans())} for n in counts]
    ends += ["start"] if draw(st.booleans()) else []
    made = []
    for until in [*ends, "forever"]:
        window = {"until": until, "outcome": draw(outcomes), "fee": draw(fees)}
        window["expires"] = draw(expires)
        made.append({name: value for name, value in window.items() if value is not None})
    return {
        "version": 1,
        "zone": draw(st.sampled_from(["America/New_York", "Asia/Kathmandu", "Pacific/Apia"])),
        "windows": made,
        "allocation": draw(st.sampled_from(["credit_first", "card_first", "pro_rata"])),
        "holidays": ["2024-03-18"],
    }


tenders = st.one_of(
    st.builds(lambda amount: Paid("card", amount), st.integers(0, 50_000)),
    st.builds(
        lambda amount, days: Paid("credit", amount, date(2024, 1, 1) + timedelta(days=days)),
        st.integers(0, 50_000),
        st.integers(0, 900),
    ),
)
paid_lists = st.lists(tenders, max_size=5)
moments = st.timedeltas(timedelta(days=-120), timedelta(days=60)).map(lambda gap: START + gap)


def ask(document: dict[str, Any], paid: list[Paid], at: datetime, **more: Any) -> Decision:
    facts: dict[str, Any] = {"kind": "online_course", "starts_at": START, "currency": "USD"}
    facts |= more
    return decide(document, paid=paid, requested_at=at, **facts)


@given(policies(), paid_lists, moments, st.booleans())
def test_nothing_is_lost_or_made_up(
    document: dict[str, Any], paid: list[Paid], at: datetime, by_provider: bool
) -> None:
    decision = ask(document, paid, at, by_provider=by_provider)
    total = sum(part.amount for part in paid)
    given_back = decision.cash + decision.credited
    assert 0 <= decision.fee <= total
    if decision.outcome == "nothing":
        assert given_back == 0
        assert decision.fee == 0
    else:
        assert given_back + decision.fee == total


@given(policies(), paid_lists, moments)
def test_credit_never_turns_into_cash_nor_lasts_longer(
    document: dict[str, Any], paid: list[Paid], at: datetime
) -> None:
    decision = ask(document, paid, at)
    by_card = sum(part.amount for part in paid if part.tender == "card")
    by_credit = sum(part.amount for part in paid if part.tender == "credit")
    new = decision.credit.amount if decision.credit else 0
    assert decision.cash + new <= by_card
    assert sum(part.amount for part in decision.restored) <= by_credit
    ends = [part.credit_expires_on for part in paid if part.tender == "credit"]
    assert all(part.expires_on in ends for part in decision.restored)
    assert all(part.amount > 0 for part in decision.refunds)
    assert all(part.amount > 0 for part in decision.restored)


@given(policies(), paid_lists, moments)
def test_the_same_case_gives_the_same_answer(
    document: dict[str, Any], paid: list[Paid], at: datetime
) -> None:
    assert ask(document, paid, at) == ask(document, list(paid), at)


@given(policies(), st.integers(0, 50_000), moments, moments)
def test_a_later_request_never_gives_more_cash(
    document: dict[str, Any], amount: int, one: datetime, other: datetime
) -> None:
    policy, _ = contract.examine(document, paid=amount)
    if policy is None:
        return  # refused when published, and when quoted
    earlier, later = min(one, other), max(one, other)
    paid = [Paid("card", amount)]
    assert ask(document, paid, later).cash <= ask(document, paid, earlier).cash


@given(st.lists(st.integers(0, 20_000), min_size=1, max_size=4), st.integers(0, 40_000))
def test_each_part_bears_at_most_itself(amounts: list[int], fee: int) -> None:
    document = {
        "version": 1,
        "zone": "UTC",
        "allocation": "pro_rata",
        "windows": [{"until": "forever", "outcome": "refund", "fee": fee}],
    }
    paid = [Paid("card", amount, ref=str(place)) for place, amount in enumerate(amounts)]
    decision = ask(document, paid, START)
    for part in decision.refunds:
        assert 0 < part.amount <= amounts[int(part.ref)]


# --- a newer policy beside the snapshot -----------------------------------------------------------


def bought(document: dict[str, Any], newer: dict[str, Any] | None, paid: list[Paid]) -> Standing:
    snapshot = Bought(document, "online_course", START, course_version=1)
    now = Schedule(2, START)
    return Standing(snapshot, now, paid, 0, "USD", "card", confirmed=True, newer=newer)


@given(policies(), policies(), paid_lists, moments, st.sampled_from([None, "snapshot", "newer"]))
def test_of_two_policies_one_rules_always_the_same_and_the_learner_loses_nothing_unasked(
    document: dict[str, Any], newer: dict[str, Any], paid: list[Paid], at: datetime, choice: Any
) -> None:
    newer = newer | {"version": 2}
    ruled = rule(bought(document, newer, paid), at, choice=choice)
    assert ruled == rule(bought(document, newer, list(paid)), at, choice=choice)
    alone = rule(bought(document, None, paid), at).decision
    total = sum(part.amount for part in paid)
    assert 0 <= ruled.decision.cash + ruled.decision.credited + ruled.decision.fee <= total
    if ruled.other is None:  # no choice: no less of anything than as it was bought
        assert ruled.decision.cash >= alone.cash
        assert ruled.decision.credited >= alone.credited
    elif choice != "newer":
        assert ruled.version == 1
    if ruled.version == 1:
        assert replace(ruled.decision, trace=()) == replace(alone, trace=())


@given(policies(), policies(), st.integers(0, 50_000), moments, moments)
def test_with_a_newer_policy_too_a_later_request_never_gives_more_cash_unasked(
    document: dict[str, Any], newer: dict[str, Any], amount: int, one: datetime, other: datetime
) -> None:
    """By itself. Who chooses between the two may choose the money that they did not choose before.

    A policy that holds by itself late may have been only a choice early; then the early quote
    showed as much money, in the other one.
    """
    for each in (document, newer):
        if contract.examine(each, paid=amount)[0] is None:
            return
    standing = bought(document, newer | {"version": 2}, [Paid("card", amount)])
    earlier, later = rule(standing, min(one, other)), rule(standing, max(one, other))
    offered = max(each.decision.cash for each in (earlier, earlier.other) if each)
    assert later.decision.cash <= offered
