"""What holds for any attendance and any order of the facts."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from services.certificates.domain.awards import Status, decide
from services.certificates.domain.facts import Attended, Mode
from tests.rules.certificates.reference import BOARDS, COURSE, attended, award, facts

seconds = st.integers(0, 7200)
four = st.tuples(seconds, seconds, seconds, seconds)
boards = st.sampled_from([b.board for b in BOARDS])


@given(boards, four)
def test_an_award_is_whole_steps_between_nothing_and_the_approved_hours(board, given_seconds):
    found = award(board, facts(board, *given_seconds))
    assert Decimal(0) <= found.credits <= found.earned or found.status is Status.CLAIMABLE
    assert Decimal(0) <= found.earned <= Decimal(8)
    assert found.earned % Decimal("0.25") == 0


@given(boards, four, st.integers(0, 3), st.integers(1, 7200))
def test_more_attendance_never_gives_less(board, given_seconds, session, more):
    before = award(board, facts(board, *given_seconds))
    better = list(given_seconds)
    better[session] = min(7200, better[session] + more)
    assert award(board, facts(board, *better)).earned >= before.earned


@given(four)
def test_the_modes_stand_in_one_order(given_seconds):
    worth = {}
    for mode in Mode:
        approvals = tuple(replace(b, mode=mode) for b in BOARDS)
        given_facts = facts("NBCC", *given_seconds, course=replace(COURSE, approvals=approvals))
        worth[mode] = award("NBCC", given_facts).earned
    assert worth[Mode.ALL_OR_NOTHING] <= worth[Mode.PER_SESSION] <= worth[Mode.PRO_RATA]
    assert worth[Mode.PRO_RATA] == worth[Mode.CLAIMED]


@given(boards, st.permutations(["s1", "s2", "s3", "s4"]), four)
def test_the_order_in_which_sessions_settle_does_not_matter(board, order, given_seconds):
    whole = attended(*given_seconds)
    turned = {session: whole[session] for session in order}
    minutes = dict.fromkeys(order, 120)
    assert decide(facts(board, attended=turned, taught=minutes)) == decide(
        facts(board, *given_seconds)
    )


@given(boards, st.permutations(list(range(6))))
def test_conditions_may_come_true_in_any_order_and_only_the_last_one_grants(board, order):
    """Each step supplies one missing fact; before the last nothing is granted."""
    supplies = [
        {"confirmed": True},
        {"paid": True},
        {"disclosures": frozenset({"2020-09-01"})},
        {"evaluated": True},
        {"taught": {"s1": 120, "s2": 120, "s3": 120, "s4": 120}},
        {"attended": {s: Attended(7200, True) for s in ("s1", "s2", "s3", "s4")}},
    ]
    now = facts(
        board,
        confirmed=False,
        paid=False,
        disclosures=frozenset(),
        evaluated=False,
        taught={},
        attended={},
    )
    wanted = next(b for b in BOARDS if b.board == board).requires_evaluation
    for place, index in enumerate(order):
        now = replace(now, **supplies[index])
        rest = [supplies[i] for i in order[place + 1 :]]
        if any(wanted or "evaluated" not in missing for missing in rest):
            assert award(board, now).status is Status.WITHHELD
    assert award(board, now).credits == Decimal(8)
