"""Which act is allowed in which state: the whole table, written by hand (domain.md §4)."""

import pytest

from services.registration.domain.transitions import LIVE, STATES, TABLE, move
from shared.errors import Conflict

# Rows: states. Columns: acts. A state: goes there. "." stays. A slug: refused.
ACTS = (
    "confirm", "void", "expire", "offer", "accept", "lapse", "cancel", "complete", "substitute",
    "transfer",
)  # fmt: skip
EXPECTED = """
requested   confirmed expired expired .       no-offer                 .      cancelled                .         requested                not-confirmed
waitlisted  .         .       .       offered no-offer                 .      cancelled                .         no-seat-yet              not-confirmed
offered     .         .       .       .       requested                lapsed cancelled                .         no-seat-yet              not-confirmed
confirmed   .         .       .       .       no-offer                 .      cancelled                completed confirmed                transferred
expired     confirmed .       .       .       registration-ended       .      registration-ended       .         registration-ended       registration-ended
lapsed      .         .       .       .       offer-ended              .      registration-ended       .         registration-ended       registration-ended
cancelled   .         .       .       .       registration-ended       .      .                        .         registration-ended       registration-ended
transferred .         .       .       .       registration-transferred .      registration-transferred .         registration-transferred registration-transferred
completed   .         .       .       .       already-completed        .      already-completed        .         already-completed        already-completed
"""
CASES = [
    (state, act, outcome)
    for state, *outcomes in (line.split() for line in EXPECTED.strip().splitlines())
    for act, outcome in zip(ACTS, outcomes, strict=True)
]


@pytest.mark.parametrize(("state", "act", "outcome"), CASES)
def test_an_act_goes_stays_or_is_refused(state, act, outcome):
    if outcome == ".":
        assert move(state, act) is None
    elif outcome in STATES:
        assert move(state, act) == outcome
    else:
        with pytest.raises(Conflict) as refused:
            move(state, act)
        assert refused.value.slug == outcome


def test_the_table_above_knows_every_act_and_state():
    assert set(ACTS) == set(TABLE)
    assert {state for state, _, _ in CASES} == set(STATES)


def test_events_and_deadlines_are_never_refused():
    refused = {act for state, act, outcome in CASES if outcome not in STATES and outcome != "."}
    assert refused == {"accept", "cancel", "substitute", "transfer"}


def test_who_has_or_waits_for_a_seat_lives():
    assert {"requested", "waitlisted", "offered", "confirmed", "completed"} == LIVE
