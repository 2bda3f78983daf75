"""Where somebody, a registration or a course is: at its owner, and at the console."""

from __future__ import annotations

from services.web.owners import segment


def registration_path(registration_id: str) -> str:
    """Where registration has it."""
    return f"/registration/v1/registrations/{segment(registration_id)}"


def billing_path(registration_id: str) -> str:
    """Where billing has what was paid for it."""
    return f"/billing/v1/registrations/{segment(registration_id)}"


def course_path(course_id: str) -> str:
    """Where registration has a course."""
    return f"/registration/v1/courses/{segment(course_id)}"


def person_path(person_id: str) -> str:
    """Where registration has a person."""
    return f"/registration/v1/people/{segment(person_id)}"


def person_page(person_id: str, done: str = "") -> str:
    """Their page; `done` is what has just been done with them."""
    path = f"/console/people/{segment(person_id)}"
    return f"{path}?done={done}" if done else path


def page_of(registration_id: str, done: str = "") -> str:
    """Its page; `done` is what has just been done with it."""
    path = f"/console/registrations/{segment(registration_id)}"
    return f"{path}?done={done}" if done else path


def reports_page(course_id: str, number: int | str = "") -> str:
    """The page of a course's reports to boards, or of one of them."""
    path = f"/console/courses/{segment(course_id)}/reports"
    return f"{path}/{number}" if number else path


def session_page(course_id: str, session_id: str, done: str = "") -> str:
    """The page of a session; `done` is what has just been done with it."""
    path = f"/console/courses/{segment(course_id)}/sessions/{segment(session_id)}"
    return f"{path}?done={done}" if done else path


def session_path(course_id: str, session_id: str) -> str:
    """Where attendance has a session."""
    return f"/attendance/v1/sessions/{segment(course_id)}/{segment(session_id)}"


def attended_page(registration_id: str, session_id: str, done: str = "") -> str:
    """Where somebody's attendance of a session is shown, and corrected."""
    path = f"{page_of(registration_id)}/attendance/{segment(session_id)}"
    return f"{path}?done={done}" if done else path
