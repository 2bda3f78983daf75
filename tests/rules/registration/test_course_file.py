"""A course file: what it becomes, and every fault it may have, all at once (domain.md §1, §5)."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registration.domain.course_file import read_course
from services.registration.domain.terms import fingerprint, terms_of
from services.registration.domain.versions import carry_over, removed
from shared.contracts.registration import CoursePublished
from tests.rules.registration.course import course

BEFORE = datetime(2020, 9, 1, tzinfo=UTC)


def read(now=BEFORE, **changes):
    return read_course("attachment", course(**changes), now)


def faults(**changes):
    return [error["pointer"] for error in read(**changes)[1].errors]


def session(**changes):
    made = {"id": "s1", "date": "2020-10-19", "from": "16:00", "to": "18:00"} | changes
    return {name: value for name, value in made.items() if value is not None}


def board(**changes):
    made = {
        "board": "NBCC",
        "unit": "clock hours",
        "mode": "PER_SESSION",
        "professions": ["counselor"],
        "approved_hours": 2,
    } | changes
    return {name: value for name, value in made.items() if value is not None}


def test_the_reference_course_has_no_fault_and_its_instants_follow_the_clock_change():
    document, found = read()
    assert found.errors == []
    assert found.warnings == []
    assert [(s["session_id"], s["starts_at"], s["ends_at"]) for s in document["sessions"]] == [
        ("s1", "2020-10-19T20:00:00Z", "2020-10-19T22:00:00Z"),
        ("s2", "2020-10-26T20:00:00Z", "2020-10-26T22:00:00Z"),
        ("s3", "2020-11-02T21:00:00Z", "2020-11-02T23:00:00Z"),
        ("s4", "2020-11-09T21:00:00Z", "2020-11-09T23:00:00Z"),
    ]
    assert document["registration_closes_at"] == "2020-10-19T20:00:00Z"


def test_it_is_said_as_the_contract_has_it_with_board_defaults_merged_in():
    document, _ = read()
    said = CoursePublished(**document, version=1, published_at=BEFORE)
    nbcc, nysed, state = said.boards
    assert (nbcc.board, nbcc.approved_hours, nbcc.step) == ("NBCC", Decimal(8), Decimal("0.25"))
    assert nbcc.states is None
    assert nysed.states == {"in": ("NY",)}
    assert state.states == {"not": ("NY",)}
    assert (str(nbcc.approved_from), str(nbcc.approved_to)) == ("2020-01-01", "2022-12-31")
    assert said.evaluation is not None
    assert [q.question_id for q in said.evaluation.questions] == ["objective-1", "objective-2"]


def test_objectives_may_be_a_number_and_a_price_a_decimal_string():
    document, found = read(objectives=7, price={"amount": "199.00", "currency": "USD"})
    assert len(document["objectives"]) == 7
    assert document["price"] == {"amount": 19900, "currency": "USD"}
    assert found.errors == []
    assert found.warnings == ["The learning objectives are counted, but not written."]


def test_a_course_in_the_past_is_published_with_a_warning():
    _, found = read(now=datetime(2020, 12, 1, tzinfo=UTC))
    assert found.errors == []
    assert found.warnings == ["Sessions of this course lie in the past: nobody can register."]


@pytest.mark.parametrize(
    ("changes", "pointers"),
    [
        ({"title": None}, ["/title"]),
        ({"title": "a\x00b"}, ["/title"]),
        ({"kind": "online_course", "delivery": "in_person"}, ["/kind"]),
        ({"id": "another"}, ["/id"]),
        ({"price": {"amount": 199.0, "currency": "USD"}}, ["/price/amount"]),
        ({"price": {"amount": -1, "currency": "USD"}}, ["/price/amount"]),
        ({"price": {"amount": 1, "currency": "XXX"}}, ["/price/currency"]),
        ({"price": {"amount": "1.005", "currency": "USD"}}, ["/price/amount"]),
        ({"capacity": 0}, ["/capacity"]),
        ({"capacity": True}, ["/capacity"]),
        ({"capacity": "500"}, ["/capacity"]),
        ({"provider": None}, ["/provider"]),
        ({"provider": "Praxis"}, ["/provider"]),
        ({"disclosure": {"text": "no version"}}, ["/disclosure/version"]),
        ({"sessions": None, "boards": None}, ["/sessions"]),
        ({"sessions": [], "boards": None}, ["/sessions"]),
        ({"sessions": "s1", "boards": None}, ["/sessions"]),
        ({"registration": {"opens_at": "soon"}}, ["/registration/opens_at"]),
        ({"registration": {"closes_at": "2020-10-19T20:00:01Z"}}, ["/registration/closes_at"]),
        (
            {"registration": {"opens_at": "2020-09-03T00:00:00Z", "closes_at": "2020-09-02T00:00:00Z"}},
            ["/registration/closes_at"],
        ),
        ({"evaluation": {"questions": [{"id": "q", "kind": "choice", "text": "?"}]}},
         ["/evaluation/questions/0/choices"]),
    ],
)  # fmt: skip
def test_a_fault_is_said_where_it_is(changes, pointers):
    assert faults(**changes) == pointers


@pytest.mark.parametrize(
    ("sessions", "pointers"),
    [
        # The clocks go forward on 2021-03-14 at 02:00 in New York: 02:30 does not exist.
        ([session(date="2021-03-14", **{"from": "02:30", "to": "04:00"})], ["/sessions/0/from"]),
        # They go back on 2020-11-01 at 02:00: 01:30 comes twice.
        ([session(date="2020-11-01", **{"from": "01:30", "to": "03:00"})], ["/sessions/0/from"]),
        ([session(date="2020-02-30")], ["/sessions/0/date"]),
        ([session(date=None)], ["/sessions/0/date"]),
        ([session(**{"from": "25:00"})], ["/sessions/0/from"]),
        ([session(**{"from": "4 pm", "to": 18})], ["/sessions/0/from", "/sessions/0/to"]),
        ([session(to="15:00")], ["/sessions/0/to"]),
        ([session(to="16:00")], ["/sessions/0/to"]),
        ([session(zone="EST5")], ["/sessions/0/zone"]),
        ([session(id="")], ["/sessions/0/id"]),
        ([session(meeting={"id": "1", "url": "javascript:1"})], ["/sessions/0/meeting/url"]),
        ([session(meeting={"id": "1", "url": "https://[bad"})], ["/sessions/0/meeting/url"]),
        ([session(meeting={"id": "1", "url": "https:///1"})], ["/sessions/0/meeting/url"]),
        ([session(breaks=[{"from": "15:00", "to": "16:30"}])], ["/sessions/0/breaks/0"]),
        ([session(), session(date="2020-10-20")], ["/sessions"]),
        ([session(), session(id="s2", **{"from": "17:59", "to": "19:00"})], ["/sessions"]),
        ([7], ["/sessions/0"]),
    ],
)
def test_a_session_that_cannot_be_is_refused(sessions, pointers):
    assert faults(sessions=sessions, boards=None) == pointers


@pytest.mark.parametrize(("fold", "starts_at"), [(0, "05:30"), (1, "06:30")])
def test_a_wall_time_that_comes_twice_needs_a_choice(fold, starts_at):
    twice = session(date="2020-11-01", fold=fold, **{"from": "01:30", "to": "03:00"})
    document, found = read(sessions=[twice], boards=None)
    assert found.errors == []
    assert document["sessions"][0]["starts_at"] == f"2020-11-01T{starts_at}:00Z"


def test_breaks_shorten_what_is_taught_and_what_may_be_approved():
    paused = session(breaks=[{"from": "17:00", "to": "17:15"}])
    document, found = read(sessions=[paused], boards=[board(approved_hours=1.75)])
    assert found.errors == []
    assert document["sessions"][0]["minutes"] == 120
    assert document["sessions"][0]["instruction_minutes"] == 105
    assert faults(sessions=[paused], boards=[board(approved_hours=2)]) == [
        "/boards/0/approved_hours"
    ]


@pytest.mark.parametrize(
    ("changes", "pointers"),
    [
        ({"mode": None}, ["/boards/0/mode"]),
        ({"mode": "SOMETIMES"}, ["/boards/0/mode"]),
        ({"unit": None}, ["/boards/0/unit"]),
        ({"professions": None}, ["/boards/0/professions"]),
        ({"professions": []}, ["/boards/0/professions"]),
        ({"approved_hours": 2.25}, ["/boards/0/approved_hours"]),
        ({"approved_hours": 2, "minutes_per_unit": 61}, ["/boards/0/approved_hours"]),
        ({"approved_hours": "two"}, ["/boards/0/approved_hours"]),
        ({"states": "NY"}, ["/boards/0/states"]),
        ({"states": {"except": ["NY"]}}, ["/boards/0/states"]),
        ({"states": []}, ["/boards/0/states"]),
        ({"states": ["New York"]}, ["/boards/0/states/0"]),
        ({"states": {"not": ["NJ", "N.Y."]}}, ["/boards/0/states/not/1"]),
        ({"step": 0}, ["/boards/0/step"]),
        ({"rounding": "sideways"}, ["/boards/0/rounding"]),
        ({"formats": ["telepathy"]}, ["/boards/0/formats/0"]),
        ({"post_test": {"pass_percent": 101}}, ["/boards/0/post_test/pass_percent"]),
        ({"post_test": {"pass_percent": 80, "attempts": 0}}, ["/boards/0/post_test/attempts"]),
        ({"post_test": {"pass_percent": 80, "formats": ["recorded", "telepathy"]}},
         ["/boards/0/post_test/formats/1"]),
        ({"approved": {"from": "2020-11-01", "to": "2020-10-01"}}, None),
        ({"approved": {"from": "2021-01-01", "to": "2022-01-01"}}, ["/boards/0/approved"]),
        ({"categories": [{"session": "s9", "category": "ethics", "hours": 1}]},
         ["/boards/0/categories/0/session"]),
        ({"categories": [{"session": "s1", "category": "ethics", "hours": 1.5},
                         {"session": "s1", "category": "law", "hours": 0.75}]},
         ["/boards/0/categories/1/hours"]),
        ({"categories": [{"session": "s1", "category": "ethics", "hours": 2.5}, "law"]},
         ["/boards/0/categories/1", "/boards/0/categories/0/hours"]),
    ],
)  # fmt: skip
def test_a_board_without_a_rule_that_holds_is_refused(changes, pointers):
    found = faults(sessions=[session()], board_defaults=None, boards=[board(**changes)])
    assert found == (pointers or ["/boards/0/approved/to", "/boards/0/approved"])


@pytest.mark.parametrize(
    ("said", "read_as"),
    [
        (None, None),
        (
            {"pass_percent": 80},
            {"version": 1, "pass_percent": 80, "attempts": None, "formats": []},
        ),
        (
            {"version": 3, "pass_percent": 75, "attempts": 2, "formats": ["recorded"]},
            {"version": 3, "pass_percent": 75, "attempts": 2, "formats": ["recorded"]},
        ),
    ],
)
def test_a_boards_post_test_says_its_mark_its_attempts_and_the_formats_that_need_it(said, read_as):
    course, _ = read(boards=[board(post_test=said)])
    assert course["boards"][0]["post_test"] == read_as


def test_all_faults_are_said_at_once():
    assert faults(
        title="",
        zone="America/New_York",
        sessions=[session(), session(**{"from": "x"}), "no"],
        boards=[board(), board(), board(board="B", mode=None)],
        capacity=-1,
    ) == [
        "/sessions/1/from",
        "/sessions/2",
        "/sessions",
        "/boards/2/mode",
        "/boards",
        "/title",
        "/capacity",
    ]


def test_a_slip_of_the_pen_is_warned_of():
    _, found = read(capcity=5)
    assert found.warnings == ["/capcity is not read by anybody."]


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(
                st.sampled_from([*course(), "id", "date", "from", "to", "board", "mode", "states"]),
                inner,
                max_size=8,
            )
        ),
        max_leaves=30,
    )
)
def test_whatever_is_sent_is_answered_with_faults_and_never_with_a_crash(body):
    _, found = read_course("attachment", body, BEFORE)
    assert found.errors


def test_the_same_content_has_one_fingerprint_however_it_is_ordered():
    document, _ = read()
    turned = dict(reversed(list(document.items())))
    assert fingerprint(turned) == fingerprint(document)
    assert fingerprint(read(capacity=501)[0]) != fingerprint(document)


def test_what_changed_in_a_course_gets_a_new_version_and_nothing_else_does():
    old, _ = read()
    moved = course()["sessions"]
    moved[1] |= {"from": "17:00", "to": "19:00"}
    moved[2] |= {"max_missed_seconds": 600}
    boards = course()["boards"]
    boards[0] |= {"approved_hours": 7}
    new = carry_over(read(sessions=moved, boards=boards)[0], old)
    assert [s.get("schedule_version", 1) for s in new["sessions"]] == [1, 2, 1, 1]
    assert [s["rule"]["version"] for s in new["sessions"]] == [1, 1, 2, 1]
    assert [b["rule_version"] for b in new["boards"]] == [2, 1, 1]
    again = carry_over(read(sessions=moved, boards=boards)[0], new)
    assert [s["schedule_version"] for s in again["sessions"]] == [1, 2, 1, 1]
    assert [b["rule_version"] for b in again["boards"]] == [2, 1, 1]


def test_a_session_of_a_mixed_course_that_names_only_a_room_takes_place_in_it():
    sessions = course()["sessions"]
    sessions[0] |= {"location": "Room 2"}
    sessions[1] |= {"location": "Room 2"}
    sessions[1].pop("meeting")
    document, _ = read(delivery="mixed", sessions=sessions)
    assert [s["delivery"] for s in document["sessions"]] == [
        "live_online",
        "in_person",
        "live_online",
        "live_online",
    ]


def test_a_meeting_set_or_swapped_moves_nobody():
    old, _ = read()
    sessions = course()["sessions"]
    sessions[0] |= {"meeting": {"id": "999", "url": "https://meet.example/999"}}
    new = carry_over(read(sessions=sessions)[0], old)
    assert new["sessions"][0]["meeting"]["id"] == "999"
    assert [s.get("schedule_version", 1) for s in new["sessions"]] == [1, 1, 1, 1]
    sessions[0] |= {"location": "Room 2"}
    again = carry_over(read(sessions=sessions)[0], new)
    assert [s.get("schedule_version", 1) for s in again["sessions"]] == [2, 1, 1, 1]


def test_another_room_of_the_course_moves_the_sessions_that_are_held_in_it():
    sessions = course()["sessions"]
    for session in sessions:
        session.pop("meeting")
    sessions[0] |= {"location": "Room 2"}
    there = {"delivery": "in_person", "sessions": sessions}
    old = carry_over(read(**there, location="Hall 1")[0], None)
    new = carry_over(read(**there, location="Hall 2")[0], old)
    assert [s["schedule_version"] for s in new["sessions"]] == [1, 2, 2, 2]
    again = carry_over(read(**there, location="Hall 2")[0], new)
    assert [s["schedule_version"] for s in again["sessions"]] == [1, 2, 2, 2]
    online, _ = read(location="Hall 1")
    elsewhere = carry_over(read(location="Hall 2")[0], carry_over(online, None))
    assert [s["schedule_version"] for s in elsewhere["sessions"]] == [1, 1, 1, 1]


def test_a_session_that_is_no_longer_in_the_file_is_noticed():
    old, _ = read()
    new, _ = read(sessions=course()["sessions"][:3], board_defaults={"approved_hours": 6})
    assert removed(new, old) == ["s4"]


def test_prerequisites_are_carried_and_a_new_registration_is_told_of_them():
    document, found = read(prerequisites=["basics-2020", "tutors-2020"])
    assert (found.errors, found.warnings) == ([], [])
    said = CoursePublished(**document, version=1, published_at=BEFORE)
    assert said.prerequisites == ("basics-2020", "tutors-2020")
    assert terms_of(document | {"policy": {}})["prerequisites"] == ["basics-2020", "tutors-2020"]
    assert read()[0]["prerequisites"] == []


@pytest.mark.parametrize(
    ("changes", "pointers"),
    [
        ({"prerequisites": ["attachment"]}, ["/prerequisites/0"]),
        ({"prerequisites": ["basics", "basics"]}, ["/prerequisites"]),
        ({"prerequisites": ["no slug", 7, None]},
         ["/prerequisites/0", "/prerequisites/1", "/prerequisites/2"]),
        ({"prerequisites": "basics"}, ["/prerequisites"]),
        ({"prerequisites": [f"c{n}" for n in range(21)]}, ["/prerequisites"]),
        ({"recording_of": "live-2020"}, ["/recording_of"]),  # the course is live itself
        ({"recording_of": 7}, ["/recording_of", "/recording_of"]),
    ],
)  # fmt: skip
def test_what_it_says_of_other_courses_has_to_be_possible(changes, pointers):
    assert faults(**changes) == pointers


def recording(**changes):
    made = {
        "id": "e1",
        "date": "2021-02-01",
        "to_date": "2021-06-30",
        "minutes": 120,
        "meeting": {"id": "e1", "url": "https://video.example/e1"},
    } | changes
    return {name: value for name, value in made.items() if value is not None}


def recorded(sessions=None, **changes):
    known = {
        "kind": "recorded_course",
        "delivery": "recorded",
        "sessions": sessions or [recording()],
        "board_defaults": None,
        "boards": [board(formats=["recorded"])],
    }
    return read(**(known | changes))


def test_a_recording_has_a_window_and_a_length_and_is_sold_until_the_window_ends():
    document, found = recorded(recording_of="attachment-live", now=BEFORE)
    assert (found.errors, found.warnings) == ([], [])
    [session] = document["sessions"]
    assert (session["starts_at"], session["ends_at"]) == (
        "2021-02-01T05:00:00Z",
        "2021-07-01T03:59:00Z",
    )
    assert (session["minutes"], session["instruction_minutes"]) == (120, 120)
    assert document["recording_of"] == "attachment-live"
    assert document["registration_closes_at"] == "2021-07-01T03:59:00Z"
    assert recorded(now=datetime(2021, 6, 1, tzinfo=UTC))[1].warnings == []
    assert recorded(now=datetime(2021, 7, 2, tzinfo=UTC))[1].warnings == [
        "Sessions of this course lie in the past: nobody can register."
    ]


@pytest.mark.parametrize(
    ("boards", "pointers"),
    [
        ([board(formats=["live_online"])], ["/boards/0/formats"]),
        ([board()], ["/boards/0/formats"]),  # what says nothing of recordings covers none
        ([board(formats=["mixed"])], ["/boards/0/formats"]),
        ([board(formats=["recorded"], approved={"to": "2021-05-31"})], ["/boards/0/approved"]),
        ([board(formats=["recorded"], approved={"to": "2021-07-01"})], []),
        ([board(formats=["recorded"], approved_hours=2.25)], ["/boards/0/approved_hours"]),
        ([], []),
    ],
)
def test_a_recording_never_lives_on_a_live_course_s_approval(boards, pointers):
    assert [error["pointer"] for error in recorded(boards=boards)[1].errors] == pointers


@pytest.mark.parametrize(
    ("changes", "pointers"),
    [
        ({"minutes": None}, ["/sessions/0/minutes"]),
        ({"minutes": 0}, ["/sessions/0/minutes"]),
        ({"minutes": 2_000, "to_date": None}, ["/sessions/0/minutes"]),  # a day has 1,439
        ({"to_date": "2021-01-31"}, ["/sessions/0/to"]),
        ({"to_date": "2031-03-01"}, ["/sessions/0/to"]),
        ({"from": "x"}, ["/sessions/0/from"]),
    ],
)
def test_a_recording_that_cannot_be_is_refused(changes, pointers):
    found = recorded([recording(**changes)], boards=[])[1].errors
    assert [error["pointer"] for error in found] == pointers


def test_windows_of_recordings_may_overlap_one_another_and_live_sessions():
    sessions = [recording(), recording(id="e2"), recording(id="e3", to_date="2021-02-02")]
    assert recorded(sessions, boards=[])[1].errors == []
    live = session(id="s1", date="2021-03-01")
    mixed = read(delivery="mixed", sessions=[recording(delivery="recorded"), live], boards=None)
    assert mixed[1].errors == []
    assert mixed[0]["registration_closes_at"] == "2021-02-01T05:00:00Z"


def test_a_session_of_another_format_than_the_course_is_pointed_out():
    found = read(sessions=[session(), recording(delivery="recorded")], boards=None)[1]
    assert found.warnings == [
        "The course is live_online, some of its sessions recorded: that is mixed."
    ]


def until_the_third(mode: str) -> dict[str, Any]:
    """The last of four sessions is on the day after the approval's end."""
    return {"mode": mode, "approved": {"from": "2020-01-01", "to": "2020-11-08"}}


def test_a_board_of_all_or_nothing_is_not_published_past_its_approval():
    said = course()
    said["boards"][0] |= until_the_third("ALL_OR_NOTHING")
    _, found = read(boards=said["boards"])
    assert [fault["pointer"] for fault in found.errors] == ["/boards/0/approved"]
    assert found.errors[0]["detail"].startswith("s4 outside the approval")


def test_a_board_that_counts_what_it_approved_says_how_much_of_it_is_left():
    said = course()
    said["boards"][0] |= until_the_third("PER_SESSION")
    _, found = read(boards=said["boards"])
    assert found.errors == []
    assert found.warnings == [
        "NBCC: sessions outside the approval earn nothing: s4. At most 6 of 8 are left."
    ]
