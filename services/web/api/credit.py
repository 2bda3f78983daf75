"""What certificates says of a registration, as its page shows it: credit, papers, what is left."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.web.domain import awards, evaluation_form, post_test
from shared.contracts.course import Course
from shared.dates import parse_instant

_LONGEST = 200
_GOING = ("confirmed", "completed")
_OVER = frozenset({"none", "declined", "elsewhere"})


def credit_of(
    course: Course, state: str, said: dict[str, Any], now: datetime, query: Mapping[str, str]
) -> dict[str, Any]:
    """The names that the page's part about credit knows; `said` is empty where nobody could say."""
    lines, others = awards.lines_of(said)
    joined = said.get("participation") or {}
    return {
        "lines": [line for line in lines if line.state != "elsewhere"],
        "not_serving": [line for line in lines if line.state == "elsewhere"],
        "others": others,
        # Whether anything may still come of what is left to do.
        "awaited": not lines or any(line.state not in _OVER for line in lines),
        "certificates": said.get("certificates") or [],
        "participation": joined,
        "joined_lacks": awards.lacks_of(joined),
        "steps": {board.board: board.step for board in course.boards},
        "marks_duplicates": _marks_duplicates(course),
        "claimed": _claimed(query),
        "evaluation": _evaluation(course, state, said, now),
        "post_test": post_test.stands(said.get("post_test"), going=state in _GOING),
        "post_test_opens": _opens(said),
    }


def _evaluation(course: Course, state: str, said: dict[str, Any], now: datetime) -> str:
    """`open`, `done`, `closed`, or empty where there is nothing to evaluate, or not yet."""
    if not said:  # nobody says what is missing
        return ""
    if said.get("evaluated_at") or said.get("evaluated"):
        return "done"
    asked = said.get("evaluation")
    if isinstance(asked, dict):
        closes_at = parse_instant(str(asked["closes_at"])) if asked.get("closes_at") else None
        how = evaluation_form.stands(bool(asked.get("open")), None, closes_at, now)
        return "" if how == "coming" else how
    if course.evaluation is None or "evaluation" in said or state not in _GOING:
        return ""
    begun = any(s.starts_at <= now for s in course.sessions if s.status != "cancelled")
    return "open" if begun else ""


def _opens(said: dict[str, Any]) -> datetime | None:
    at = (said.get("post_test") or {}).get("opens_at")
    return parse_instant(str(at)) if at else None


def _marks_duplicates(course: Course) -> set[str | None]:
    """The boards whose duplicates say that they are; None for certificates of no board."""
    if course.layout and course.layout.mark_duplicates:
        return {None, *(board.board for board in course.boards)}
    return {b.board for b in course.boards if b.layout and b.layout.mark_duplicates}


def _claimed(query: Mapping[str, str]) -> dict[str, str]:
    """What was claimed and refused, to be typed anew: it comes back in the address."""
    return {name: query.get(name, "")[:_LONGEST] for name in ("board", "credits")}
