"""Seconds attended: hand-written cases, then properties (domain.md §5, §10 invariants 5 and 8)."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.attendance.domain.minutes import Window, attended_seconds, counting, merged
from services.attendance.domain.pairing import Stay
from services.attendance.domain.stays import spans, stays

START = datetime(2020, 10, 19, 20, 0, tzinfo=UTC)
END = datetime(2020, 10, 19, 22, 0, tzinfo=UTC)
SESSION = Window(START, END)


def at(minute: float) -> datetime:
    return START + timedelta(minutes=minute)


def seconds(*moments: tuple[float, str], ends: Sequence[float] = (), until: float = 120) -> int:
    found = stays(
        [(at(minute), kind) for minute, kind in moments], [at(end) for end in ends], at(until)
    )
    return attended_seconds(spans(found), SESSION)


@pytest.mark.parametrize(
    ("what", "moments", "expected"),
    [
        ("from before the start to after the end", [(-5, "joined"), (125, "left")], 7200),
        ("exactly the session", [(0, "joined"), (120, "left")], 7200),
        ("one second late", [(1 / 60, "joined"), (120, "left")], 7199),
        ("one second early", [(0, "joined"), (120 - 1 / 60, "left")], 7199),
        ("a break in between", [(0, "joined"), (30, "left"), (45, "joined"), (120, "left")], 6300),
        ("a missing left", [(0, "joined")], 7200),
        ("a missing left after a reconnect", [(0, "joined"), (30, "left"), (40, "joined")], 6600),
        ("a left whose join is unknown", [(60, "left")], 0),
        ("only before the session", [(-14, "joined"), (-1, "left")], 0),
        ("only after it", [(121, "joined"), (130, "left")], 0),
        ("in and out at one instant", [(10, "joined"), (10, "left")], 0),
        ("out and in at one instant", [(0, "joined"), (10, "left"), (10, "joined")], 7200),
        ("only the waiting room", [(0, "waiting")], 0),
        ("waiting, then let in", [(0, "waiting"), (10, "admitted"), (120, "left")], 6600),
        (
            "let in and said to have joined as well",
            [(0, "waiting"), (10, "admitted"), (10, "joined"), (60, "left")],
            3000,
        ),
        (
            "sent back to the lobby for ten minutes",
            [(0, "joined"), (30, "waiting"), (40, "admitted"), (120, "left")],
            6600,
        ),
        ("left the waiting room without being let in", [(0, "waiting"), (9, "left")], 0),
        (
            "gone for forty minutes, then back by way of the lobby",
            [
                *[(0, "waiting"), (10, "admitted"), (10, "joined"), (60, "left")],
                *[(100, "waiting"), (101, "admitted"), (101, "joined"), (120, "left")],
            ],
            50 * 60 + 19 * 60,
        ),
        (
            "gone for an hour, then in the lobby until the end",
            [(0, "waiting"), (10, "admitted"), (10, "joined"), (60, "left"), (119, "waiting")],
            3000,
        ),
        (
            "two devices, both put into the lobby; a late word of one that left says nothing",
            [(0, "joined"), (5, "joined"), (60, "waiting"), (90, "left"), (95, "left")],
            3600,
        ),
        (
            "put into the lobby, let in again, and a left told twice",
            [(0, "joined"), (10, "waiting"), (20, "admitted"), (30, "left"), (40, "left")],
            20 * 60,
        ),
        (
            "two whole visits around a lobby, a reconnect in the second",
            [
                *[(0, "joined"), (10, "waiting"), (20, "admitted"), (30, "left")],
                *[(60, "joined"), (70, "joined"), (80, "left")],
            ],
            10 * 60 + 10 * 60 + 20 * 60,
        ),
        (
            "two devices under one participant id, one leaves early",
            [(0, "joined"), (5, "joined"), (60, "left"), (120, "left")],
            7200,
        ),
        (
            "the old connection times out after the new one came",
            [(0, "joined"), (10, "joined"), (12, "left"), (120, "left")],
            7200,
        ),
        (
            "a reconnect without a left, then a left",
            [(0, "joined"), (50, "joined"), (100, "left")],
            6000,
        ),
        (
            "a lost left does not bridge the time after the next one",
            [(0, "joined"), (10, "joined"), (20, "left"), (60, "joined"), (70, "left")],
            1800,
        ),
        (
            "an odd number of devices, one left lost",
            [(0, "joined"), (1, "joined"), (2, "joined"), (60, "left"), (90, "left")],
            5400,
        ),
    ],
)
def test_what_counts_of_one_participant(
    what: str, moments: list[tuple[float, str]], expected: int
) -> None:
    assert seconds(*moments) == expected, what


def test_a_missing_left_is_closed_at_the_meetings_end_and_marked_inferred() -> None:
    assert stays([(at(0), "joined")], [at(90)], at(120)) == [Stay(at(0), at(90), inferred=True)]


def test_a_stay_with_a_left_is_not_inferred() -> None:
    assert stays([(at(0), "joined"), (at(90), "left")], [], at(120)) == [Stay(at(0), at(90))]


def test_nobody_stays_across_the_end_of_a_meeting_instance() -> None:
    # The meeting broke down at 60 and was started again; the first "left" never came.
    assert seconds((0, "joined"), (80, "joined"), (120, "left"), ends=(60,)) == 60 * 60 + 40 * 60


def test_while_the_session_runs_an_open_stay_lasts_until_now() -> None:
    assert seconds((0, "joined"), until=30) == 1800


def test_breaks_do_not_count_even_where_they_overlap() -> None:
    window = Window(START, END, ((at(50), at(60)), (at(55), at(65))))
    assert window.seconds == 6300
    assert attended_seconds([(at(0), at(120))], window) == 6300
    assert attended_seconds([(at(50), at(65))], window) == 0
    assert attended_seconds([(at(45), at(58))], window) == 300


@pytest.mark.parametrize(
    ("minutes", "ends"), [(20, 20), (30, 30), (31, 41), (60, 70), (61, 101), (80, 120), (90, 120)]
)
def test_what_was_taught_first_ends_where_so_many_minutes_were_taught(
    minutes: int, ends: int
) -> None:
    window = Window(START, END, ((at(70), at(100)), (at(30), at(40)), (at(32), at(38))))
    assert window.first(minutes * 60) == Window(START, at(ends), window.breaks)
    assert window.first(minutes * 60).seconds == min(minutes, 80) * 60


def test_who_came_for_the_last_ten_minutes_taught_and_stayed_in_the_empty_room_has_ten() -> None:
    assert attended_seconds([(at(50), at(120))], SESSION.first(3600)) == 600


def test_two_devices_count_once() -> None:
    assert attended_seconds([(at(0), at(60)), (at(30), at(90))], SESSION) == 5400


def test_a_part_of_a_second_does_not_count() -> None:
    almost = END - timedelta(microseconds=1)
    assert attended_seconds([(START, almost)], SESSION) == 7199


def test_parts_of_seconds_are_summed_before_they_are_cut() -> None:
    half = timedelta(milliseconds=500)
    assert attended_seconds([(at(0), at(0) + half), (at(1), at(1) + half)], SESSION) == 1


def test_the_same_two_hours_are_7200_seconds_before_and_after_the_clocks_go_back() -> None:
    # 16:00–18:00 New York is 20:00–22:00Z on 2020-10-26 and 21:00–23:00Z on 2020-11-02.
    before = Window(datetime(2020, 10, 26, 20, tzinfo=UTC), datetime(2020, 10, 26, 22, tzinfo=UTC))
    after = Window(datetime(2020, 11, 2, 21, tzinfo=UTC), datetime(2020, 11, 2, 23, tzinfo=UTC))
    assert before.seconds == after.seconds == 7200
    # Somebody who comes an hour early by the old clock attends nothing of the first hour twice.
    assert attended_seconds([(after.starts_at - timedelta(hours=1), after.ends_at)], after) == 7200


def test_a_session_over_the_night_the_clocks_go_back_is_counted_in_instants() -> None:
    # 00:30–03:30 New York on 2020-11-01 is four hours long.
    night = Window(
        datetime(2020, 11, 1, 4, 30, tzinfo=UTC), datetime(2020, 11, 1, 8, 30, tzinfo=UTC)
    )
    assert night.seconds == 14_400


KINDS = st.sampled_from(["joined", "left", "waiting", "admitted"])
MOMENTS = st.lists(st.tuples(st.integers(-30, 150), KINDS), max_size=12)
ENDS = st.lists(st.integers(0, 130), max_size=2)
PLAIN = st.lists(
    st.tuples(st.integers(-30, 150), st.sampled_from(["joined", "left", "admitted"])), max_size=12
)
SPANS = st.lists(st.tuples(st.integers(-60, 180), st.integers(-60, 180)), max_size=12)


@given(MOMENTS, ENDS, st.randoms())
def test_order_changes_nothing_and_the_repetition_of_an_end_neither(moments, ends, random) -> None:
    again = list(moments)
    random.shuffle(again)
    ends_again = [*ends, *ends]
    random.shuffle(ends_again)
    one = stays([(at(m), k) for m, k in moments], [at(e) for e in ends], at(120))
    other = stays([(at(m), k) for m, k in again], [at(e) for e in ends_again], at(120))
    assert one == other


@given(MOMENTS, st.integers(-30, 150), ENDS)
@example([(10, "admitted"), (10, "joined"), (60, "left")], 119, [])
@example(
    [
        *[(0, "joined"), (2, "joined"), (3, "joined"), (4, "left")],
        *[(60, "joined"), (61, "left"), (62, "left")],
    ],
    1,
    [],
)
def test_to_be_put_into_the_lobby_never_adds_a_second(moments, minute, ends) -> None:
    assert seconds(*moments, (minute, "waiting"), ends=ends) <= seconds(*moments, ends=ends)


@given(PLAIN, st.sets(st.integers(-30, 150), max_size=8), ENDS)
def test_to_be_sent_to_the_lobby_and_let_in_again_never_adds_a_second(
    moments, minutes, ends
) -> None:
    present = stays([(at(m), k) for m, k in moments], [at(e) for e in ends], at(120))
    turns = sorted(minutes)
    returns = [
        moment
        for out, back in zip(turns[::2], turns[1::2], strict=False)
        if any(stay.joined_at < at(out) and at(back) < stay.left_at for stay in present)
        for moment in ((out, "waiting"), (back, "admitted"))
    ]
    assert seconds(*moments, *returns, ends=ends) <= seconds(*moments, ends=ends)


@given(MOMENTS, ENDS)
def test_every_stay_has_an_end_not_before_its_beginning(moments, ends) -> None:
    for stay in stays([(at(m), k) for m, k in moments], [at(e) for e in ends], at(120)):
        assert stay.left_at is not None
        assert stay.joined_at <= stay.left_at


@given(SPANS, SPANS)
def test_never_more_than_the_window_less_its_breaks(given_spans, breaks) -> None:
    window = Window(START, END, tuple((at(a), at(b)) for a, b in breaks))
    counted = attended_seconds([(at(a), at(b)) for a, b in given_spans], window)
    assert 0 <= counted <= window.seconds <= 7200


@given(SPANS, SPANS)
def test_more_evidence_never_counts_less(spans, more) -> None:
    few = attended_seconds([(at(a), at(b)) for a, b in spans], SESSION)
    many = attended_seconds([(at(a), at(b)) for a, b in spans + more], SESSION)
    assert many >= few


@given(SPANS)
def test_the_union_covers_each_minute_that_some_span_covers(spans) -> None:
    minutes = {minute for a, b in spans for minute in range(max(a, 0), min(b, 120))}
    assert attended_seconds([(at(a), at(b)) for a, b in spans], SESSION) == 60 * len(minutes)


@given(SPANS)
def test_merged_spans_are_disjoint_and_in_order(spans) -> None:
    union = merged([(at(a), at(b)) for a, b in spans])
    assert all(a < b for a, b in union)
    assert all(one[1] < other[0] for one, other in pairwise(union))


def test_the_times_that_count_add_up_to_the_seconds_that_do() -> None:
    start = datetime(2020, 10, 19, 20, tzinfo=UTC)

    def at(minutes: int) -> datetime:
        return start + timedelta(minutes=minutes)

    window = Window(at(0), at(120), ((at(50), at(60)), (at(55), at(65)), (at(110), at(130))))
    given = [(at(40), at(70)), (at(-20), at(5)), (at(100), at(140)), (at(51), at(64))]
    assert counting(given, window) == [
        (at(0), at(5)), (at(40), at(50)), (at(65), at(70)), (at(100), at(110)),
    ]  # fmt: skip
    assert attended_seconds(given, window) == 30 * 60
    assert counting([], window) == []
    assert counting([(at(-20), at(-5))], window) == []
