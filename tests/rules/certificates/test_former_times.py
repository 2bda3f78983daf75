"""What is said of a session by times that it does not have any more (decision 118)."""

from typing import Any

import pytest

from services.certificates.commands.knowledge import facts_of, is_over
from services.certificates.models import Course, Registration
from shared.contracts import reference
from shared.contracts.attendance import SessionCompleted
from shared.contracts.registration import CoursePublished

MOVED = {"starts_at": "2020-10-20T20:00:00Z", "ends_at": "2020-10-20T22:00:00Z"}
FORMER, NEW = "2020-10-19T22:00:00Z", "2020-10-20T22:00:00Z"


def course(**taught: str) -> Course:
    """The first session alone, moved from the 19th to the 20th, and what was said of it."""
    sessions = [reference.SESSIONS[0] | MOVED]
    published = CoursePublished.model_validate(reference.COURSE | {"sessions": sessions})
    document = published.model_dump(mode="json")
    said = {"s1": {"minutes": 120, "at": "2020-10-19T22:15:00Z", **taught}}
    return Course(course_id=reference.COURSE_ID, version=2, document=document, taught=said)


def registration(**attended: str) -> Registration:
    one = {"seconds": 7200, "present": True, "version": 1, **attended}
    return Registration(registration_id="r", course_id="c", person_id="p", attended={"s1": one})


@pytest.mark.parametrize(
    ("taught", "over"),
    [
        ({}, True),  # kept by an earlier release
        ({"ends_at": FORMER}, False),
        ({"ends_at": FORMER, "at": "2020-10-20T21:59:59Z"}, False),
        ({"ends_at": FORMER, "at": NEW}, True),  # said once more, for nobody opened it again
        ({"ends_at": NEW, "at": "2020-10-20T21:00:00Z"}, True),  # by staff, early
    ],
    ids=["before this release", "former", "a second too soon", "said again", "early"],
)
def test_a_completion_by_former_times_is_none(taught: dict[str, str], over: bool) -> None:
    known = course(**taught)
    assert is_over(known) is over
    assert facts_of(registration(), known, None, ()).taught == ({"s1": 120} if over else {})


@pytest.mark.parametrize(
    ("attended", "counts"),
    [({}, True), ({"ends_at": FORMER}, False), ({"ends_at": NEW}, True)],
    ids=["before this release", "former", "new"],
)
def test_attendance_counts_by_the_times_of_the_completion(
    attended: dict[str, str], counts: bool
) -> None:
    known = course(ends_at=NEW, at="2020-10-20T22:15:00Z")
    found = facts_of(registration(**attended), known, None, ()).attended
    assert found.keys() == ({"s1"} if counts else set())


@pytest.mark.parametrize(
    ("said", "reaches"),
    [
        ({}, "2020-10-19T22:15:00+00:00"),
        ({"settled_at": None, "completed_at": "2020-10-19T21:00:00Z"}, "2020-10-19T22:00:00+00:00"),
        ({"settled_at": "2020-10-20T22:15:00Z"}, "2020-10-20T22:15:00+00:00"),
    ],
    ids=["by the clock", "early", "once more"],
)
def test_a_completion_reaches_to_its_end_or_to_when_it_was_said(
    said: dict[str, Any], reaches: str
) -> None:
    event = SessionCompleted.model_validate(SessionCompleted.example | said)
    assert event.reaches.isoformat() == reaches
