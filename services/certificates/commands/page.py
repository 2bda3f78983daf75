"""What a certificate's page says: a snapshot of words, made once, rendered by `render.py`.

Everything a board wants to read (`boards-and-platforms` §1.1) is here, from the course's own data.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from services.certificates.commands.given import Given
from services.certificates.commands.look import (
    TEMPLATE,
    filled,
    layout_of,
    look_of,
    signatory_of,
)
from services.certificates.commands.session_lines import (
    days_in_words,
    less_than_whole,
    session_line,
)
from services.certificates.domain.words import day_in_words, plain
from shared.contracts.boards import Board, Layout
from shared.contracts.course import Course, Session
from shared.contracts.registration import License
from shared.dates import day_of

_DELIVERY = {
    "in_person": "Live, in person",
    "live_online": "Live interactive webinar (online, synchronous)",
    "recorded": "Recorded (online, asynchronous)",
    "mixed": "Mixed: live in person and live online",
}


def page_of(given: Given) -> dict[str, Any]:
    """The page as its template reads it (`render.py`)."""
    course, board = given.course, given.board
    held = [session for session in course.sessions if session.status != "cancelled"]
    shown = [s for s in held if s.session_id in given.sessions] if given.presents else held
    issued = day_of(given.issued_at, course.zone)
    layout = layout_of(course, board, issued)
    return {
        "template": TEMPLATE,
        "layout": look_of(layout),
        "duplicate": "",
        "lang": _language(course.language),
        "heading": _heading(given, layout),
        "verb": _verb(given),
        "title": course.approved_title or course.title,
        "activity": f"Activity no. {course.activity_number}" if course.activity_number else "",
        "name": " ".join(given.name.split()),
        "license": "" if given.presents else license_line(given.license),
        "credits": "" if given.presents else plain(given.credits),
        "unit": board.unit if board else "hours",
        "credits_note": _credits_note(given, layout),
        "sessions": [session_line(one, given, layout.show_times) for one in shown],
        "dates": days_in_words([session.date for session in shown]),
        "missed_label": "Not credited" if board else "Not counted",
        **less_than_whole(shown, given),
        "delivery": _delivery(course, held),
        "instructors": [
            ", ".join(part for part in (one.name, one.credentials) if part)
            for one in course.instructors
        ],
        "completed": day_in_words(max((s.date for s in held), default=issued)),
        "required": "" if given.presents else _required(board, given.tested),
        "provider": {
            "name": course.provider.name,
            "lines": _lines(course.provider.name, course.provider.address, course.provider.contact),
        },
        "sponsor": _sponsor(course),
        "board_line": _board_line(board),
        "statements": _statements(given),
        "not_authorised": course.not_authorised,
        "signatory": signatory_of(layout, course),
        **of_its_own(given.number, given.verify_url, issued, given.supersedes),
    }


def of_its_own(number: str, verify_url: str, issued: date, supersedes: str) -> dict[str, Any]:
    """What no two pages share that say the same; `supersedes` is a number, or empty."""
    return {
        "supersedes": f"Supersedes certificate {supersedes}." if supersedes else "",
        "number": number,
        "issued": [issued.year, issued.month, issued.day],
        "issued_words": day_in_words(issued).partition(", ")[2],
        "verify_url": verify_url,
        "verify_words": _address(verify_url),
    }


def license_line(held: License | None) -> str:
    """`Social worker · licence 123, NY`, or `… · licensed in NY` where its number is not known;
    empty where no profession was given."""
    if held is None or not held.profession:
        return ""
    profession = held.profession.replace("_", " ").capitalize()
    if held.profession in {"mft", "hr"}:
        profession = held.profession.upper()
    if not held.number:  # a state by itself would be read as the number
        return f"{profession} · licensed in {held.state}" if held.state else profession
    stated = ", ".join(part for part in (held.number, held.state) if part)
    return f"{profession} · licence {stated}"


def _heading(given: Given, layout: Layout) -> str:
    """The layout's own is that of boards' certificates: no other may pass for one."""
    if given.presents:
        return "Certificate for presenting"
    if given.board is None:
        return "Certificate of participation"
    return layout.heading or "Certificate of completion"


def _verb(given: Given) -> str:
    if given.presents:
        return "presented"
    return "completed" if given.board else "took part in"


def _credits_note(given: Given, layout: Layout) -> str:
    if given.presents:
        hours = plain(given.credits)
        return f"{hours} hours of teaching. This certificate carries no CE credit."
    if given.board is None:
        return "attended. This certificate carries no CE credit."
    parts = [f"{plain(hours)} {name}" for name, hours in given.categories.items()]
    if layout.credit_line:
        said = {"unit": given.board.unit, "board": given.board.board}
        line = filled(layout.credit_line, credits=plain(given.credits), **said)
        return f"{line} (including {', '.join(parts)})" if parts else line
    including = f", including {', '.join(parts)}" if parts else ""
    claimed = "claimed" if given.board.mode == "CLAIMED" else "awarded"
    return f"{claimed} under the approval of {given.board.board}{including}"


def _delivery(course: Course, held: Sequence[Session]) -> str:
    kinds = sorted({session.delivery or course.delivery for session in held})
    named = [_DELIVERY.get(kind, kind.replace("_", " ")) for kind in kinds or [course.delivery]]
    places = sorted({session.location for session in held if session.location})
    where = places or ([course.location] if course.location else [])
    return "; ".join([*named, *where])


def _required(board: Board | None, tested: bool) -> str:
    if board is None:
        return "Attendance of the sessions counted"
    attendance = "attendance of every session" if board.mode == "ALL_OR_NOTHING" else "attendance"
    asked = [attendance]
    asked += ["course evaluation"] if board.evaluation else []
    asked += ["post-test"] if tested else []
    return "; ".join(asked).capitalize()


def _sponsor(course: Course) -> dict[str, Any]:
    sponsor = course.joint_sponsor
    if sponsor is None:
        return {"role": "Joint sponsor", "lines": []}
    answers = f"responsible for {sponsor.responsible_for}" if sponsor.responsible_for else ""
    return {"role": sponsor.role or "Joint sponsor", "lines": _lines(sponsor.name, answers)}


def _board_line(board: Board | None) -> str:
    if board is None:
        return ""
    parts = [board.board, board.holder]
    parts += [f"provider no. {board.number}"] if board.number else []
    if board.approved_from and board.approved_to:
        since = day_in_words(board.approved_from).partition(", ")[2]
        until = day_in_words(board.approved_to).partition(", ")[2]
        parts.append(f"approved {since} to {until}")
    return " · ".join(parts)


def _statements(given: Given) -> list[str]:
    if given.presents:
        return ["It states what was presented; it is no learner's certificate of the course."]
    if given.board is None:
        return ["It states attendance only; no board's approval is claimed for it."]
    return _lines(given.board.sponsorship_statement, given.board.statement)


def _language(tag: str) -> str:
    """What Typst takes: two or three letters."""
    code = tag.partition("-")[0].lower()
    return code if code.isascii() and code.isalpha() and len(code) in (2, 3) else "en"


def _address(url: str) -> list[str]:
    """The address in words, broken before the code."""
    front, slash, code = url.rpartition("/")
    return [front.partition("://")[2] + slash, code]


def _lines(*texts: str) -> list[str]:
    return [text for text in texts if text.strip()]
