"""When the provider cancels: who gets what, until when one may choose (domain.md §2)."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from services.registration.domain.transitions import STATES
from services.registration.domain.withdrawal import (
    NothingToChoose,
    agreed_before,
    choice_end,
    fate,
    has_paid,
    is_over,
    share_end,
    share_of,
    share_until,
    the_one,
)
from shared.errors import Invalid

NOW = datetime(2020, 10, 12, 14, 0, tzinfo=UTC)
TICK = timedelta(microseconds=1)


def fate_of(state: str, **known: Any) -> str:
    usual: dict[str, Any] = {
        "paid": True,
        "choosing": False,
        "settled": False,
        "asked_at": None,
        "cancelled_at": NOW,
    }
    return fate(state, **usual | known)


@pytest.mark.parametrize("state", STATES)
def test_who_lives_ends_and_who_had_ended_is_left_alone(state):
    lives = state in ("requested", "waitlisted", "offered", "confirmed")
    assert fate_of(state, asked_at=NOW - TICK) == ("cancel" if lives else "leave")


@pytest.mark.parametrize("state", STATES)
def test_a_choice_is_for_who_is_confirmed_and_paid(state):
    assert (fate_of(state, choosing=True) == "choose") == (state == "confirmed")
    assert fate_of("confirmed", choosing=True, paid=False) == "cancel"


@pytest.mark.parametrize("state", STATES)
def test_who_has_had_the_outcome_has_it_once(state):
    assert fate_of(state, settled=True, choosing=True, asked_at=NOW) == "leave"


@pytest.mark.parametrize(
    ("asked_at", "found"), [(NOW - TICK, "leave"), (NOW, "better"), (NOW + TICK, "better")]
)
def test_of_two_cancellations_the_better_holds_unless_the_learner_s_was_before(asked_at, found):
    assert fate_of("cancelled", asked_at=asked_at) == found


@pytest.mark.parametrize(
    ("method", "basis", "price", "complimentary", "paid"),
    [
        ("card", "paid", 19900, False, True),
        ("invoice", "invoice", 19900, False, True),
        ("card", "transfer", 19900, False, True),
        ("card", "a word that comes later", 19900, False, True),
        ("card", "credit", 19900, False, False),
        ("free", "free", 0, False, False),
        ("card", "paid", 0, False, False),
        ("invoice", "invoice", 19900, True, False),
    ],
)
def test_there_is_a_choice_where_money_came_or_is_asked_for(
    method, basis, price, complimentary, paid
):
    assert has_paid(method, basis, price, complimentary=complimentary) is paid


def test_a_choice_ends_after_now_and_within_sixty_days():
    assert choice_end(None, False, NOW) is None
    assert choice_end(NOW + TICK, True, NOW) == NOW + TICK
    longest = NOW + timedelta(days=60)
    assert choice_end(longest, False, NOW) == longest
    for wrong in (NOW, NOW - TICK, longest + TICK):
        with pytest.raises(Invalid):
            choice_end(wrong, False, NOW)
    with pytest.raises(Invalid):
        choice_end(None, True, NOW)


def test_who_chose_in_time_is_not_overtaken_by_the_end():
    end = NOW + timedelta(seconds=30)
    assert (is_over(NOW, NOW), is_over(NOW, end - TICK), is_over(NOW, end)) == (False, False, True)
    assert is_over(None, NOW)


def test_the_share_of_a_session_has_a_fortnight_where_nothing_is_said():
    assert share_end(None, False, NOW) == NOW + timedelta(days=14)
    assert share_end(NOW + TICK, False, NOW) == NOW + TICK
    with pytest.raises(Invalid):
        share_end(NOW + TICK, True, NOW)


def test_a_share_is_minutes_of_the_schedule_that_was_paid_for():
    schedule = [{"session_id": "s1", "minutes": 120}, {"session_id": "s2", "minutes": 60}]
    assert share_of(schedule, "s2") == (60, 180)
    assert share_of(schedule, "s3") is None
    assert share_of([], "s1") is None
    assert share_of([{"session_id": "s1", "minutes": 0}], "s1") is None


def test_a_share_may_be_taken_beside_a_make_up_date_until_that_begins():
    assert share_until(NOW, None) == NOW
    assert share_until(NOW, NOW + TICK) == NOW
    assert share_until(NOW, NOW - TICK) == NOW - TICK
    assert share_until(None, NOW) is None


def test_only_who_was_to_have_the_session_has_a_share_of_it():
    def agreed(**session: Any) -> bool:
        return agreed_before([{"session_id": "s1"}, {"session_id": "s2"} | session], "s2", 3)

    assert agreed()  # a session that never moved is of the first version
    assert agreed(schedule_version=2)
    assert not agreed(schedule_version=3, status="cancelled")  # cancelled when they came
    assert not agreed(schedule_version=2, status="cancelled")  # nor the time before
    assert not agreed(schedule_version=4)  # its make-up date
    assert not agreed_before([], "s2", 3)


def gone(session_id: str, until: datetime | None = NOW + TICK) -> Any:
    return SimpleNamespace(session_id=session_id, choose_until=until)


def test_which_session_is_meant():
    two = [gone("s2"), gone("s3")]
    assert the_one(two, "s3", {}, NOW).session_id == "s3"
    assert the_one(two[:1], None, {}, NOW).session_id == "s2"
    assert the_one(two, None, {"s2": 1}, NOW).session_id == "s3"
    assert the_one([gone("s2", NOW), gone("s3")], None, {}, NOW).session_id == "s3"
    for named, chosen in ((None, {}), (None, {"s2": 1, "s3": 1})):
        with pytest.raises(Invalid, match="session-needed"):
            the_one(two, named, chosen, NOW)
    for none, named in (([], None), (two, "s4")):
        with pytest.raises(NothingToChoose):
            the_one(none, named, {}, NOW)
