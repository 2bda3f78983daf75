"""Course files that something happened to: read without a crash, used only where nothing is wrong,
and every fault said at a place that the file has."""

import json
import re
from copy import deepcopy
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.registration.domain.as_file import as_file
from services.registration.domain.course_file import read_course
from services.registration.domain.moving import moved, read_move
from services.registration.domain.reading import Faults
from services.registration.domain.schedule import (
    first_start,
    last_end,
    latest_closing,
    overlaps,
)
from services.registration.domain.terms import fingerprint, terms_of
from services.registration.domain.versions import carry_over
from shared.contracts.registration import CoursePublished
from shared.dates import parse_instant
from tests.rules.registration.course import course

NOW = datetime(2020, 9, 1, tzinfo=UTC)
EXAMPLES = sorted((Path(__file__).parents[3] / "examples").glob("*.yaml"))
POINTER = re.compile(r"(/([^~/]|~[01])*)*")
JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=6),
    st.sampled_from(
        [
            "", "~/", "\x00", "\ud800", "2021-02-30", "0001-01-01", "9999-12-31", "24:00", "02:30",
            "2021-03-14", "2020-11-01", "Mars/Olympus", "../../etc", "s1", "x" * 101, "x" * 3_000,
            "1e400", "NaN", "0.00001", -1, 0, 2**63, [], {}, [[]], [None], {"": 1}, {"a/b~c": None},
            {"from": "x"}, {"not": []}, [{"id": "s1"}], "recorded", "mixed", "America/New_York",
        ]
    ),
    st.recursive(
        st.none() | st.integers() | st.text(max_size=4),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
        max_leaves=6,
    ),
)  # fmt: skip


@cache
def files() -> list[dict[str, Any]]:
    return [course(), *(yaml.safe_load(path.read_text()) for path in EXAMPLES)]


def places(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a document, but for itself."""
    inside: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        inside = list(value.items())
    elif isinstance(value, list):
        inside = list(enumerate(value))
    return [place for name, one in inside for place in ((*at, name), *places(one, (*at, name)))]


@st.composite
def broken(draw: st.DrawFn) -> dict[str, Any]:
    """A course file of which some is replaced, gone, doubled or renamed."""
    file = deepcopy(draw(st.sampled_from(files())))
    for _ in range(draw(st.integers(1, 4))):
        found = places(file)
        if not found:
            break
        *path, last = draw(st.sampled_from(found))
        inside: Any = file
        for name in path:
            inside = inside[name]
        what = draw(st.sampled_from(["replace", "replace", "remove", "double", "add"]))
        if what == "remove":
            del inside[last]
        elif what == "double" and isinstance(inside, list):
            inside.append(deepcopy(inside[last]))
        elif what == "add" and isinstance(inside, dict):
            inside[draw(st.text(max_size=5))] = deepcopy(draw(JUNK))
        else:
            inside[last] = deepcopy(draw(JUNK))
    return file


def resolves(pointer: str, body: Any) -> bool:
    """Whether it is a JSON pointer to something in the document, or to what is missing in it."""
    if POINTER.fullmatch(pointer) is None:
        return False
    steps = [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]
    for place, step in enumerate(steps):
        if isinstance(body, dict):
            if step not in body:
                return place == len(steps) - 1
            body = body[step]
        elif isinstance(body, list) and step.isdigit() and int(step) < len(body):
            body = body[int(step)]
        else:
            return False
    return True


def is_usable(document: dict[str, Any]) -> None:
    """What no fault was found with can be kept, said and registered for."""
    whole = carry_over(document | {"policy": {}}, None)
    said = CoursePublished(**whole, version=1, published_at=NOW)
    assert CoursePublished.read(said.payload()) == said
    assert json.loads(json.dumps(terms_of(whole), allow_nan=False)) == terms_of(whole)
    assert len(fingerprint(whole)) == 64
    sessions = whole["sessions"]
    assert sessions
    assert len({session["session_id"] for session in sessions}) == len(sessions)
    assert first_start(sessions) < last_end(sessions)
    assert overlaps(sessions) == []
    assert parse_instant(whole["registration_closes_at"]) <= latest_closing(sessions)
    for session in sessions:
        assert session["starts_at"] < session["ends_at"]
        assert 0 <= session["instruction_minutes"] <= session["minutes"]
    # Published anew as it stands it has no other version of anything.
    assert carry_over(document | {"policy": {}}, whole) == whole
    # And written as a file again it is the same course, but for codes, which nobody keeps.
    again, faults = read_course(whole["course_id"], as_file(whole), NOW)
    assert faults.errors == []
    assert carry_over(again | {"policy": {}}, None) == whole | {"code_prices": []}


def said_rightly(faults: Faults, body: Any) -> None:
    assert [e["pointer"] for e in faults.errors if not resolves(e["pointer"], body)] == []
    assert all(error["detail"] for error in faults.errors)


@settings(max_examples=400, deadline=None)
@given(broken())
def test_a_broken_file_is_usable_or_has_faults_at_places_that_it_has(body):
    course_id = body.get("id") if isinstance(body.get("id"), str) else "attachment"
    document, faults = read_course(course_id, body, NOW)
    said_rightly(faults, body)
    if not faults.errors:
        is_usable(document)


def test_the_files_themselves_are_usable():
    for body in files():
        document, faults = read_course(body["id"], body, NOW)
        assert faults.errors == []
        is_usable(document)


@settings(deadline=None)
@given(JUNK)
@example({"sessions": [{"id": "s1"}] * 3, "series": [{}, 7, {"first": "2020-10-19"}]})
@example({"board_defaults": {"approved": {"from": "x"}}, "boards": [{}, {}]})
def test_junk_is_never_a_course_and_never_a_crash(body):
    _, faults = read_course("attachment", body, NOW)
    assert faults.errors
    said_rightly(faults, body)


MOVES = st.dictionaries(
    st.sampled_from(["date", "from", "to", "to_date", "fold", "zone", "breaks", "minutes", "id"]),
    JUNK | st.sampled_from(["2020-10-28", "17:00", "19:00", "Europe/London"]),
)


@settings(deadline=None)
@given(MOVES, st.sampled_from([0, -1]))
@example({"date": "2020-10-28", "from": "17:00", "to": "19:00"}, 0)
def test_whatever_a_move_says_the_session_is_somewhere_or_the_faults_say_why(given_, place):
    recorded = {
        "id": "e1", "date": "2021-02-01", "to_date": "2021-06-30", "minutes": 120,
        "delivery": "recorded",
    }  # fmt: skip
    file = course(delivery="mixed", sessions=[*course()["sessions"], recorded], boards=None)
    document, _ = read_course("attachment", file, NOW)
    old = carry_over(document, None)["sessions"][place]
    when, faults = read_move(given_, old)
    said_rightly(faults, given_)
    if not faults.errors:
        after = moved(old, when)
        assert after["starts_at"] < after["ends_at"]
        assert moved(after, when) == after
        assert after["schedule_version"] - old["schedule_version"] == (after != old)
