"""What of a course is a joint sponsor's: the boards whose approval it holds, and whom these serve.

A board is of the body that its approval names as holder (domain.md §6); the course's joint sponsor
is a partner where the course names one. Courses are as `course.published` has them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from shared.errors import Forbidden
from shared.states import state_code

YES, STATE_MISSING, NO = "yes", "state_missing", "no"


class CourseOfAnother(Forbidden):
    """The course is not the partner's, or it is not the course's joint sponsor."""

    slug = "course-of-another"


class TypeNotGiven(Forbidden):
    """What is asked for is made of events that the partner is not given."""

    slug = "type-not-given"


def sponsor_of(course: Mapping[str, Any]) -> str | None:
    """The id of the partner that is the course's joint sponsor."""
    sponsor = course.get("joint_sponsor") or {}
    found: str | None = sponsor.get("partner_id")
    return found


def boards_of_sponsor(course: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Those whose approval its joint sponsor holds, in the course's order."""
    sponsor = course.get("joint_sponsor") or {}
    name = _plain(sponsor.get("name", ""))
    return [board for board in course.get("boards", ()) if name and _plain(board["holder"]) == name]


def served(board: Mapping[str, Any], person: Mapping[str, Any]) -> str:
    """`yes` by at least one licence, or, for a board without states, by the declared profession;
    `state_missing` where a licence of the profession has no state that is known."""
    declared = person.get("profession") or ""
    held = [
        (one.get("profession") or declared, state_code(one.get("state")))
        for one in person.get("licenses") or ()
    ]
    professions, states = board.get("professions") or (), board.get("states")
    if not states:
        named = {declared, *(profession for profession, _ in held)}
        return YES if not professions or named & set(professions) else NO
    fits = [state for profession, state in held if not professions or profession in professions]
    if any(state and _in(state, states) for state in fits):
        return YES
    unsaid = not held and (not professions or declared in professions)
    return STATE_MISSING if unsaid or None in fits else NO


def _in(state: str, states: Mapping[str, Sequence[str]]) -> bool:
    return state in states["in"] if states.get("in") else state not in (states.get("not") or ())


def _plain(name: str) -> str:
    return " ".join(name.split()).casefold()
