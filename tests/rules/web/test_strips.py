"""A strip of a session: drawn as it was, whatever the order, the doubles and the junk."""

import itertools
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from services.web.domain.strips import strip_of

START, END = datetime(2020, 10, 19, 20, tzinfo=UTC), datetime(2020, 10, 19, 22, tzinfo=UTC)
BREAK = (datetime(2020, 10, 19, 20, 55, tzinfo=UTC), datetime(2020, 10, 19, 21, 5, tzinfo=UTC))
NOW = datetime(2020, 10, 19, 21, 30, tzinfo=UTC)


def stay(joined: str, left: str | None, source: str = "live", **more):
    def at(clock):
        return f"2020-10-19T{clock}:00Z"

    return {"source": source, "joined_at": at(joined), "left_at": left and at(left), **more}


def drawn(*stays, breaks=()):
    strip = strip_of(stays, START, END, breaks, NOW)
    return strip and [(one.x, one.width) for one in strip.present]


def test_a_stay_is_placed_in_per_cent_of_the_session_and_clipped_to_it():
    assert drawn(stay("20:00", "21:00")) == [(0.0, 50.0)]
    assert drawn(stay("19:30", "20:30"), stay("21:30", "23:00")) == [(0.0, 25.0), (75.0, 25.0)]
    assert drawn(stay("18:00", "19:59"), stay("22:00", "23:00")) is None


def test_two_devices_at_once_are_one_person():
    assert drawn(stay("20:00", "20:40"), stay("20:30", "21:00")) == [(0.0, 50.0)]
    assert drawn(stay("20:00", "20:30"), stay("20:30", "21:00")) == [(0.0, 50.0)]


def test_the_report_is_drawn_instead_of_the_live_view():
    live, report = stay("20:00", "22:00"), stay("20:30", "21:30", "report")
    assert drawn(live, report) == [(25.0, 50.0)]


def test_what_staff_corrected_is_drawn_beside_whichever_counts():
    correction = stay("20:00", "20:30", "correction")
    assert drawn(stay("21:00", "22:00"), correction) == [(0.0, 25.0), (50.0, 50.0)]
    report = stay("21:30", "22:00", "report")
    assert drawn(stay("20:30", "22:00"), report, correction) == [(0.0, 25.0), (75.0, 25.0)]


def test_a_stay_that_goes_on_lasts_until_now_and_says_that_its_end_was_not_seen():
    strip = strip_of([stay("21:00", None)], START, END, (), NOW)
    assert [(one.x, one.width) for one in strip.present] == [(50.0, 25.0)]
    assert strip.inferred
    closed = strip_of([stay("21:00", "22:00", inferred=True)], START, END, (), NOW)
    assert closed.inferred
    assert not strip_of([stay("21:00", "22:00")], START, END, (), NOW).inferred


def test_breaks_have_their_place_too():
    [pause] = strip_of([stay("20:00", "22:00")], START, END, [BREAK], NOW).breaks
    assert (pause.x, pause.width) == (45.83, 8.33)


def test_what_cannot_be_read_is_left_out():
    junk = [None, 7, {}, {"joined_at": "yesterday"}, stay("20:00", "21:00") | {"left_at": "soon"}]
    assert drawn(*junk) is None
    assert drawn(*junk, stay("20:00", "21:00")) == [(0.0, 50.0)]


@given(st.lists(st.tuples(st.integers(0, 119), st.integers(0, 119)), min_size=1), st.randoms())
def test_order_and_doubles_change_nothing_and_no_stretch_touches_another(spans, pick):
    stays = [
        stay(f"{20 + min(pair) // 60}:{min(pair) % 60:02}", f"{20 + max(pair) // 60}:{max(pair) % 60:02}")
        for pair in spans
    ]  # fmt: skip
    once = drawn(*stays)
    shuffled = [*stays, *stays]
    pick.shuffle(shuffled)
    assert drawn(*shuffled) == once
    ends = [(x, x + width) for x, width in once or ()]
    assert all(end < start for (_, end), (start, _) in itertools.pairwise(ends))
