"""What goes out in a round: side by side, or of each subject in order; and what a probe is."""

from datetime import UTC, datetime, timedelta

from services.partners.domain.answers import Outcome
from services.partners.domain.rounds import (
    TESTED,
    Parcel,
    cut,
    probe_of,
    strands_of,
    wake_at,
)
from services.partners.domain.trips import Round, Tried, Trip, moved

NOW = datetime(2020, 10, 19, 16, 0, tzinfo=UTC)
YES, NO = Outcome("", 204), Outcome("answered", 500)


def parcel(position: int, subject: str = "r-1", wait: float | None = None, last: float = 0):
    at = None if wait is None else NOW + timedelta(seconds=wait)
    last_at = None if wait is None else NOW + timedelta(seconds=last)
    return Parcel(position, f"e-{position}", "t", "c", subject, b"{}", at, last_at)


def places(strands) -> list[list[int]]:
    return [[one.position for one in strand] for strand in strands]


def test_without_order_each_goes_by_itself_when_its_time_has_come():
    all_ = [parcel(1, wait=-1), parcel(2, wait=60), parcel(8), parcel(9)]
    assert places(strands_of(all_, NOW, ordered=False)) == [[1], [8], [9]]


def test_in_order_a_subject_goes_as_one_strand_and_stays_while_an_earlier_one_waits():
    all_ = [
        parcel(1, "a", wait=60), parcel(2, "b", wait=-1), parcel(7, "a"), parcel(8, "b"),
        parcel(9, "c"),
    ]  # fmt: skip
    assert places(strands_of(all_, NOW, ordered=True)) == [[2, 8], [9]]


def test_it_wakes_for_the_first_whose_turn_it_is():
    all_ = [parcel(1, "a", wait=60), parcel(2, "a", wait=5), parcel(3, "b", wait=90)]
    assert wake_at(all_, ordered=True) == NOW + timedelta(seconds=60)
    assert wake_at(all_, ordered=False) == NOW + timedelta(seconds=5)
    assert wake_at([parcel(4)], ordered=False) is None


def test_a_round_has_an_end():
    strands = [(parcel(1), parcel(2), parcel(3)), (parcel(4),), (parcel(5),)]
    assert places(cut(strands, 2)) == [[1, 2]]
    assert places(cut(strands, 4)) == [[1, 2, 3], [4]]


def test_a_probe_is_one_whose_time_has_come_or_a_new_one_or_the_one_tried_longest_ago():
    due, later, new = parcel(5, wait=-1, last=-50), parcel(1, wait=9, last=-90), parcel(9)
    assert places(probe_of([later, due, new], NOW, ordered=False)) == [[5]]
    assert places(probe_of([later, new], NOW, ordered=False)) == [[9]]
    assert places(probe_of([parcel(2, wait=9, last=-5), later], NOW, ordered=False)) == [[1]]
    assert probe_of([], NOW, ordered=False) == []


def test_a_dead_endpoint_is_not_probed_with_ever_more_new_ones():
    waiting = [parcel(n, f"r-{n}", wait=9, last=-n) for n in range(1, 21)]
    assert places(probe_of([*waiting[:19], parcel(99)], NOW, ordered=False)) == [[99]]
    assert places(probe_of([*waiting, parcel(99)], NOW, ordered=False)) == [[20]]


def test_a_test_is_the_first_probe():
    test = Parcel(-1, "e", TESTED, "", "endpoint", b"{}", NOW, NOW)
    assert places(probe_of([parcel(5, wait=-1, last=-90), test], NOW, ordered=False)) == [[-1]]


def trip(strands, new=(), through=0, blocked=(), taken=(), refused=()):
    round_ = Round(
        "e", "https://a.example", (1,), 4, 0, strands, new, through, frozenset(blocked), {}, False
    )
    all_ = {one.position: one for one in [*new, *(one for s in strands for one in s)]}
    tries = [Tried(all_[n], YES, 0.0) for n in taken] + [Tried(all_[n], NO, 0.0) for n in refused]
    return round_, Trip(tries)


def test_it_moves_past_all_that_was_tried_and_all_that_is_not_for_it():
    new = [parcel(3), parcel(5)]
    round_, came = trip([(one,) for one in new], new, 9, taken=(3,), refused=(5,))
    assert moved(2, round_, came, ordered=False) == (9, [])


def test_it_stops_before_what_had_no_turn():
    new = [parcel(3), parcel(5), parcel(6)]
    round_, came = trip([(one,) for one in new], new, 9, refused=(3,))
    assert moved(2, round_, came, ordered=False) == (3, [])
    round_, came = trip([(one,) for one in new], new, 9)
    assert moved(2, round_, came, ordered=False) == (2, [])


def test_what_is_passed_over_untried_is_told():
    new = [parcel(3), parcel(5), parcel(6)]
    round_, came = trip([(one,) for one in new], new, 9, taken=(3, 6))
    assert moved(2, round_, came, ordered=False) == (9, [new[1]])


def test_in_order_what_waits_behind_another_of_its_subject_is_passed_over():
    new = [parcel(3, "a"), parcel(4, "b"), parcel(5, "a"), parcel(6, "z")]
    strands = [(new[0], new[2]), (new[1],)]
    round_, came = trip(strands, new, 9, blocked={"z"}, taken=(4,), refused=(3,))
    assert moved(2, round_, came, ordered=True) == (9, [new[2], new[3]])


def test_a_retry_moves_nothing():
    round_, came = trip([(parcel(1, wait=-1),)], (), 7, taken=(1,))
    assert moved(7, round_, came, ordered=False) == (7, [])
