"""From lines to registrations: who is who, and which evidence rules (domain.md §5)."""

from datetime import UTC, datetime, timedelta
from itertools import count

from hypothesis import given
from hypothesis import strategies as st

from services.attendance.domain.evidence import Attended, Interval, Matching, Sighting, in_room
from services.attendance.domain.minutes import Window
from services.attendance.domain.tally import tally

START = datetime(2020, 11, 2, 21, 0, tzinfo=UTC)
END = datetime(2020, 11, 2, 23, 0, tzinfo=UTC)
WINDOW = Window(START, END)
_hashes = count()


def at(minute: float) -> datetime:
    return START + timedelta(minutes=minute)


def saw(minute, kind, participant=None, registration=None, meeting="m") -> Sighting:
    return Sighting(at(minute), kind, f"h{next(_hashes)}", meeting, participant, registration)


def told(joined, left, participant="p", registration=None, *, waiting=False) -> Interval:
    left_at = None if left is None else at(left)
    return Interval(at(joined), left_at, f"h{next(_hashes)}", participant, registration, waiting)


def attended(sightings=(), intervals=(), known=("ada", "ben"), by_hand=None) -> dict[str, Attended]:
    return tally(WINDOW, sightings, intervals, Matching(known, by_hand or {}), END)


def test_two_devices_of_one_registration_are_united() -> None:
    found = attended(
        [
            saw(0, "joined", "phone", "ada"),
            saw(40, "left", "phone", "ada"),
            saw(30, "joined", "laptop", "ada"),
            saw(100, "left", "laptop", "ada"),
        ]
    )
    assert found["ada"].seconds == 6000


def test_a_line_without_a_registration_belongs_to_its_participants() -> None:
    found = attended([saw(0, "joined", "p1", "ada"), saw(60, "left", "p1")])
    assert found["ada"].seconds == 3600
    assert not found["ada"].live[0].inferred


def test_an_unknown_registration_counts_for_nobody() -> None:
    assert attended([saw(0, "joined", "p1", "stranger")]) == {}


def test_who_came_the_evening_before_and_was_not_seen_to_leave_is_not_there() -> None:
    """From that evening the session was moved; nobody stays in a room for half a day."""
    assert attended([saw(-24 * 60, "joined", "p1", "ada")])["ada"].seconds == 0
    assert attended(intervals=[told(-24 * 60, None, "p1", "ada")])["ada"].seconds == 0
    again = [saw(60, "joined", "p1", "ada"), saw(120, "left", "p1", "ada")]
    assert attended([saw(-24 * 60, "joined", "p1", "ada"), *again])["ada"].seconds == 3600
    before = told(-24 * 60, None, "p1", "ada")
    assert attended(again, [before])["ada"].seconds == 3600
    # Within half a day it may be one long day in one room.
    assert attended([saw(-12 * 60, "joined", "p1", "ada")])["ada"].seconds == 7200
    assert attended([saw(-12 * 60 - 1, "joined", "p1", "ada")])["ada"].seconds == 0


def test_a_name_is_never_enough() -> None:
    assert attended([saw(0, "joined", "Ada Example")]) == {}


def test_what_a_human_matched_counts() -> None:
    sightings = [saw(0, "joined", "p9", "typo"), saw(120, "left", "p9")]
    assert attended(sightings, by_hand={"p9": "ben"})["ben"].seconds == 7200


def test_a_participant_named_as_two_registrations_lends_its_nameless_lines_to_neither() -> None:
    found = attended(
        [
            saw(0, "joined", "shared", "ada"),
            saw(10, "joined", "shared", "ben"),
            saw(20, "left", "shared"),
        ]
    )
    assert found["ada"].live[0].inferred
    assert found["ben"].live[0].inferred


def test_a_swapped_meeting_adds_its_evidence_to_the_first() -> None:
    found = attended(
        [
            saw(0, "joined", "p1", "ada", "first"),
            saw(50, "meeting_ended", meeting="first"),
            saw(60, "joined", "p1", "ada", "second"),
            saw(120, "left", "p1", "ada", "second"),
        ]
    )
    assert found["ada"].seconds == 50 * 60 + 60 * 60


def test_the_end_of_one_meeting_closes_nobody_in_the_other() -> None:
    found = attended(
        [
            saw(0, "joined", "p1", "ada", "second"),
            saw(50, "meeting_ended", meeting="first"),
        ]
    )
    assert found["ada"].seconds == 7200


def test_the_reports_seconds_rule_and_a_minutes_difference_is_a_finding() -> None:
    seen = [saw(0, "joined", "p1", "ada"), saw(120, "left", "p1", "ada")]
    found = attended(seen, [told(0, 118, "p1", "ada")])["ada"]
    assert (found.seconds, found.live_seconds, found.finding) == (7080, 7200, True)
    found = attended(seen, [told(0, 119, "p1", "ada")])["ada"]
    assert (found.seconds, found.finding) == (7140, False)


def test_who_is_not_in_the_report_keeps_what_was_seen() -> None:
    found = attended([saw(0, "joined", "p1", "ada")], [told(0, 120, "p2", "ben")])
    assert found["ada"].seconds == 7200
    assert found["ben"].seconds == 7200


def test_pages_and_instances_of_a_report_are_united() -> None:
    lines = [told(0, 30, "p1", "ada"), told(20, 60, "p2", "ada"), told(90, 120, "p3", "ada")]
    assert attended([], lines)["ada"].seconds == 90 * 60


def test_the_reports_lobby_lines_do_not_count_but_say_that_it_spoke() -> None:
    found = attended([saw(0, "joined", "p1", "ada")], [told(0, 120, "p1", "ada", waiting=True)])[
        "ada"
    ]
    assert found.seconds == 0
    assert found.finding


def test_a_reports_missing_left_is_closed_at_the_sessions_end() -> None:
    found = attended([], [told(30, None, "p1", "ada")])["ada"]
    assert found.seconds == 5400
    assert found.reported[0].inferred


def test_who_is_in_the_room_now() -> None:
    now = at(45)
    sightings = [
        saw(0, "joined", "p1", "ada"),
        saw(0, "joined", "p2", "ben"),
        saw(30, "left", "p2", "ben"),
    ]
    found = tally(WINDOW, sightings, [], Matching(("ada", "ben"), {}), now)
    assert in_room(found["ada"], now)
    assert not in_room(found["ben"], now)


def test_the_digest_names_exactly_the_lines_a_result_rests_on() -> None:
    one, two = saw(0, "joined", "p1", "ada"), saw(9, "left", "p1", "ada")
    other = saw(1, "joined", "p2", "ben")
    assert attended([one, two])["ada"].digest == attended([two, one, one, other])["ada"].digest
    assert attended([one])["ada"].digest != attended([one, two])["ada"].digest


LINES = st.lists(
    st.tuples(
        st.integers(-10, 130),
        st.sampled_from(["joined", "left", "waiting", "admitted", "meeting_ended"]),
        st.sampled_from(["p1", "p2"]),
        st.sampled_from(["ada", "ben", None]),
        st.sampled_from(["m1", "m2"]),
    ),
    max_size=14,
)


@given(LINES, st.randoms())
def test_order_and_duplication_of_observations_are_irrelevant(lines, random) -> None:
    sightings = [saw(*line) for line in lines]
    again = sightings + [random.choice(sightings) for _ in range(4) if sightings]
    random.shuffle(again)
    assert attended(sightings) == attended(again)


@given(LINES)
def test_nobody_attends_more_than_the_session(lines) -> None:
    for found in attended([saw(*line) for line in lines]).values():
        assert 0 <= found.seconds <= 7200
