"""Reading lines of evidence: each by itself, personal data left out (interfaces.md §4)."""

import contextlib
from datetime import UTC, datetime
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.attendance.domain.keeping import digest
from services.attendance.domain.lines import read_interval, read_observation
from shared.errors import Malformed

SECRET = "what only this platform knows"

LINE = {
    "id": "z-1",
    "meeting_id": 8800000001,
    "participant_id": "p-1",
    "registration_id": "r-1",
    "name": "Ada Example",
    "kind": "joined",
    "at": "2020-10-19T16:01:02-04:00",
}


def test_a_line_is_read_in_utc_and_kept_without_the_name() -> None:
    line = read_observation(LINE, SECRET)
    assert line.at == datetime(2020, 10, 19, 20, 1, 2, tzinfo=UTC)
    assert line.meeting_id == "8800000001"
    assert line.who.name == "Ada Example"
    assert "name" not in line.body
    assert line.sha256 == digest({k: v for k, v in LINE.items() if k != "name"})


def test_an_address_in_place_of_an_id_is_kept_as_its_hash_only() -> None:
    line = read_observation(
        LINE | {"participant_id": "Ada@example.org", "login": "ada@example.org"}, SECRET
    )
    again = read_observation(LINE | {"participant_id": "ada@example.org "}, SECRET)
    assert line.who.participant_id == again.who.participant_id
    assert line.who.participant_id is not None
    assert line.who.participant_id.startswith("mail:")
    assert line.body["participant_id"] == line.who.participant_id
    assert "@" not in str(line.body)
    # For the human who matches: kept apart from the evidence, and gone when the person is erased.
    assert line.who.email == "Ada@example.org"


@pytest.mark.parametrize("name", ["id", "registration_id"])
def test_an_address_is_no_id_of_a_line_or_a_registration(name: str) -> None:
    with pytest.raises(Malformed, match=f"{name} is an id, not an e-mail address"):
        read_observation(LINE | {name: "ada@example.org"}, SECRET)


def test_the_hash_does_not_depend_on_the_order_of_members() -> None:
    assert (
        read_observation(dict(reversed(LINE.items())), SECRET).sha256
        == read_observation(LINE, SECRET).sha256
    )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"id": ""}, "id is missing."),
        ({"kind": "waved"}, "kind is one of"),
        ({"at": "yesterday"}, "at: An instant is RFC 3339"),
        ({"at": "2020-10-19T20:00:00"}, "at: An instant is RFC 3339"),
        ({"at": 1603137600}, "at: An instant is RFC 3339"),
        ({"meeting_id": None}, "Name course_id with session_id, or meeting_id."),
        ({"meeting_id": None, "session_id": "s1"}, "Name course_id with session_id"),
        ({"participant_id": None, "registration_id": None}, "Name participant_id"),
        ({"participant_id": ["p"]}, "participant_id is text."),
        ({"participant_id": "p" * 201}, "longer than 200"),
        ({"registration_id": "\ud800"}, "JSON and UTF-8"),
        ({"note": ["a", {"b": "\x00"}]}, "no NUL"),
        ({"note": float("nan")}, "JSON and UTF-8"),
        ({"note": "x" * 8001}, "at most 8000"),
    ],
)
def test_what_is_wrong_with_a_line_is_said(change: dict[str, object], said: str) -> None:
    with pytest.raises(Malformed) as wrong:
        read_observation(LINE | change, SECRET)
    assert said in wrong.value.detail


def test_text_that_only_looks_like_an_escape_is_fine() -> None:
    assert read_observation(LINE | {"instance": "\\u0000"}, SECRET).instance == "\\u0000"


def test_the_meetings_own_end_needs_no_participant() -> None:
    line = read_observation(
        {"id": 7, "meeting_id": "m", "kind": "meeting_ended", "at": LINE["at"]}, SECRET
    )
    assert line.observation_id == "7"
    assert line.who.participant_id is None


def test_an_interval_without_its_end_and_one_from_the_lobby() -> None:
    line = {"participant_id": "p", "joined_at": "2020-10-19T20:00:00Z", "left_at": "", "email": "x"}
    read = read_interval(line, SECRET)
    assert read.left_at is None
    assert not read.waiting
    assert read.body == {"participant_id": "p", "joined_at": "2020-10-19T20:00:00Z"}
    assert read_interval(line | {"status": "in_waiting_room"}, SECRET).waiting


@pytest.mark.parametrize(
    "change",
    [{"left_at": "2020-10-19T19:59:59Z"}, {"status": "asleep"}, {"joined_at": None}],
)
def test_an_impossible_interval_is_refused(change: dict[str, object]) -> None:
    line = {"participant_id": "p", "joined_at": "2020-10-19T20:00:00Z"}
    with pytest.raises(Malformed):
        read_interval(line | change, SECRET)


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)


@given(JUNK)
def test_junk_is_refused_as_malformed_and_nothing_else(line) -> None:
    for read in (read_observation, read_interval):
        with pytest.raises(Malformed):
            read(line, SECRET)


@given(st.fixed_dictionaries({}, optional=dict.fromkeys([*LINE, "course_id", "session_id"], JUNK)))
def test_junk_in_any_member_is_read_or_refused(change) -> None:
    for read in (read_observation, read_interval):
        with contextlib.suppress(Malformed):
            assert read(LINE | {"joined_at": LINE["at"]} | change, SECRET).sha256


def test_only_what_is_on_the_list_is_kept_and_the_rest_is_said() -> None:
    extra = {
        "Nickname": "Ada",
        "said": "Good morning from Ada",
        "screenName": ["Ada"],
        "Ada Example": 1,
        "object": {"participant": {"login": "ada"}},
        "instance": "i-1",
        "connection": "c-1",
        "registrant_id": "g-1",
        "user_name": "Ada Example",
        "user_email": "ada@example.org",
        "zoom": {"id": "8"},
    }
    read = read_observation(LINE | extra, SECRET)
    assert read.body == {
        **{k: v for k, v in LINE.items() if k != "name"},
        "instance": "i-1",
        "connection": "c-1",
        "registrant_id": "g-1",
    }
    # Names and addresses wait in the queue for a human: they are not lost, and not said.
    assert read.left_out == ("(other)", "Nickname", "object", "said", "screenName", "zoom")


def test_what_is_kept_is_one_value_and_no_text_of_any_length() -> None:
    line = LINE | {"instance": ["Ada"], "connection": None}
    with pytest.raises(Malformed, match="instance is text"):
        read_observation(line, SECRET)
    of_zoom = {"id": {"Ada": 1}, "uuid": "x" * 201, "type": 2, "topic": "Ada's day", "duration": 60}
    read = read_observation(LINE | {"zoom": of_zoom}, SECRET, "zoom")
    assert read.body["zoom"] == {"type": 2, "duration": 60}
    assert read.left_out == ("zoom.id", "zoom.topic", "zoom.uuid")


@pytest.mark.parametrize(
    ("source", "kept", "left_out"),
    [
        (None, set(), ("bo_mtg_id", "guest", "minutes")),
        ("zoom", {"bo_mtg_id", "source"}, ("guest", "minutes")),
        ("zoom-csv", {"guest", "minutes", "source"}, ("bo_mtg_id",)),
        ("another", set(), ("bo_mtg_id", "guest", "minutes", "source")),
        (["zoom"], set(), ("bo_mtg_id", "guest", "minutes", "source")),
    ],
)
def test_each_source_of_reports_has_its_list(
    source: object, kept: set[str], left_out: tuple[str, ...]
) -> None:
    line = {"participant_id": "p", "joined_at": "2020-10-19T20:00:00Z", "name": "Ada"}
    line |= {"bo_mtg_id": "27423744", "guest": "yes", "minutes": "60"}
    read = read_interval(line | {"source": source}, SECRET)
    assert set(read.body) == {"participant_id", "joined_at"} | kept
    assert read.left_out == left_out


def test_two_lines_that_differ_in_what_is_left_out_are_one() -> None:
    line = {"participant_id": "p", "joined_at": "2020-10-19T20:00:00Z"}
    assert read_interval(line | {"x": 1}, SECRET).sha256 == read_interval(line, SECRET).sha256


def test_an_address_has_the_same_id_whichever_way_it_came_and_nobody_else_can_make_it() -> None:
    told = read_observation(LINE | {"participant_id": "ada@example.org"}, SECRET)
    reported = read_interval(
        {"participant_id": " Ada@Example.org", "joined_at": "2020-10-19T20:00:00Z"}, SECRET
    )
    elsewhere = read_observation(LINE | {"participant_id": "ada@example.org"}, "another platform")
    assert told.who.participant_id == reported.who.participant_id
    assert told.who.participant_id != elsewhere.who.participant_id
    plain = sha256(b"ada@example.org").hexdigest()
    assert plain not in str(told.who.participant_id)


def test_zooms_words_name_nobody_whoever_tells_them() -> None:
    key = "0123456789abcdef0123456789abcdef"
    line = {"id": "1", "kind": "left", "at": "2020-10-19T20:00:00Z", "participant_id": "p"}
    line |= {"course_id": "c", "session_id": "s"}
    named = {"customer_key": "Ada Lovelace", "leave_reason": "Ada Lovelace left the meeting."}
    read = read_observation(line | {"zoom": {"participant": named}}, SECRET, "zoom")
    assert read.body["zoom"] == {"participant": {"leave_reason": "left"}}
    assert read.left_out == ("zoom.participant.customer_key",)
    ours = {"customer_key": key, "leave_reason": "from-breakout-room"}
    assert read_observation(line | {"zoom": {"participant": ours}}, SECRET, "zoom").body[
        "zoom"
    ] == {"participant": ours}

    told = {"participant_id": "p", "joined_at": "2020-10-19T20:00:00Z", "source": "zoom"}
    more = {"customer_key": "Ada Lovelace", "bo_mtg_id": "Ada's room"}
    interval = read_interval(told | more, SECRET)
    assert (interval.body, interval.left_out) == (told, ("bo_mtg_id", "customer_key"))
    kept = {"customer_key": key, "bo_mtg_id": "Ro1xQ/Zq=="}
    assert read_interval(told | kept, SECRET).body == told | kept


@pytest.mark.parametrize("field", ["meeting_id", "instance"])
def test_an_address_is_no_id(field: str) -> None:
    line = {"id": "1", "kind": "joined", "at": "2020-10-19T20:00:00Z", "participant_id": "p"}
    line |= {"course_id": "c", "session_id": "s", field: "ada@x.example"}
    with pytest.raises(Malformed, match=field):
        read_observation(line, SECRET, "zoom")
