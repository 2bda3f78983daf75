"""Seats are never given twice: tables by hand, then any order of things (domain.md §10, 3)."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from services.registration.domain.seats import (
    NoSeat,
    Tally,
    join_queue,
    leave_queue,
    move,
    offers_due,
    place,
)


@pytest.mark.parametrize(
    ("tally", "wish", "seat"),
    [
        (Tally(1), "hold", "held"),
        (Tally(1), "buy", "sold"),
        (Tally(1, sold=1), "buy", "none"),
        (Tally(1, held=1), "buy", "none"),
        (Tally(1, offered=1), "hold", "none"),
        (Tally(3, sold=1, held=1, offered=1), "hold", "none"),
        (Tally(4, sold=1, held=1, offered=1), "hold", "held"),
        (Tally(2, sold=5), "buy", "none"),
        (Tally(9, sold=1, waiting=1), "buy", "none"),
    ],
)
def test_a_newcomer_gets_a_free_seat_unless_somebody_waits(tally, wish, seat):
    assert place(tally, wish) == seat


def test_a_seat_changes_its_kind_without_being_counted_twice():
    full = Tally(2, sold=1, held=1)
    assert move(full, "held", "sold") == Tally(2, sold=2)
    assert move(full, "sold", "none") == Tally(2, held=1)
    assert move(full, "none", "none") == full


def test_a_seat_cannot_be_given_where_none_is_free():
    with pytest.raises(NoSeat):
        move(Tally(1, sold=1), "none", "held")


def test_a_capacity_below_what_is_sold_throws_nobody_out_and_gives_nothing():
    lowered = Tally(1, sold=3, waiting=2)
    assert lowered.free == 0
    assert offers_due(lowered, closed=False) == 0
    assert move(lowered, "sold", "none") == Tally(1, sold=2, waiting=2)


@pytest.mark.parametrize(
    ("tally", "closed", "offers"),
    [
        (Tally(5, sold=3, waiting=9), False, 2),
        (Tally(5, sold=3, waiting=1), False, 1),
        (Tally(5, sold=3, waiting=9), True, 0),
        (Tally(5, sold=5, waiting=9), False, 0),
        (Tally(5, sold=1, waiting=0), False, 0),
    ],
)
def test_as_many_offers_are_due_as_seats_are_free_and_people_wait(tally, closed, offers):
    assert offers_due(tally, closed=closed) == offers


class Course(RuleBasedStateMachine):
    """Everything that may happen to seats, in any order; the model is a list of what each has."""

    def __init__(self) -> None:
        super().__init__()
        self.tally = Tally(3)
        self.seats: list[str] = []
        self.waiting = 0
        self.most = 3

    @rule(wish=st.sampled_from(["hold", "buy"]))
    def register(self, wish):
        seat = place(self.tally, wish)
        if seat == "none":
            self.tally, self.waiting = join_queue(self.tally), self.waiting + 1
        else:
            self.tally = move(self.tally, "none", seat)
            self.seats.append(seat)

    @precondition(lambda self: self.seats)
    @rule(data=st.data(), after=st.sampled_from(["none", "held", "sold"]))
    def change(self, data, after):
        at = data.draw(st.integers(0, len(self.seats) - 1))
        self.tally = move(self.tally, self.seats[at], after)
        self.seats[at] = after
        self.seats = [seat for seat in self.seats if seat != "none"]

    @rule(closed=st.booleans())
    def offer(self, closed):
        for _ in range(offers_due(self.tally, closed=closed)):
            self.tally = move(leave_queue(self.tally), "none", "offered")
            self.seats.append("offered")
            self.waiting -= 1

    @rule(capacity=st.integers(0, 6))
    def resize(self, capacity):
        before = self.tally
        self.tally = Tally(capacity, before.sold, before.held, before.offered, before.waiting)
        self.most = max(capacity, len(self.seats))

    @invariant()
    def nobody_has_a_seat_that_is_not_there(self):
        assert len(self.seats) <= self.most
        assert self.tally.sold == self.seats.count("sold")
        assert self.tally.held == self.seats.count("held")
        assert self.tally.offered == self.seats.count("offered")
        assert self.tally.waiting == self.waiting >= 0


TestCourse = Course.TestCase
TestCourse.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
