"""What the played owners say of a course's certificates, and of what is reported to boards."""

from __future__ import annotations

from typing import Any

from tests.edges.web.owners import COURSE, Played, paged
from tests.pages import desk

_AT = f"/certificates/v1/courses/{COURSE}"
_LACKS = {
    "evaluation": "The course evaluation is not handed in yet. They find it on their "
    "registration's page.",
    "paid": "The invoice is not paid yet. The award follows the payment.",
    "attendance": "This board gives credit for the whole course only, and session 3 was missed.",
}
_BOARDS = (("NBCC", "hours"), ("APA", "credits"), ("ACCME", "AMA PRA Category 1 Credits"))
_STATES = ("valid", "valid", "lacking", "valid", "in_question", "valid", "lacking", "declined",
           "valid", "revoked", "claimable", "valid")  # fmt: skip


def _standing(place: int) -> dict[str, Any]:
    person, (board, unit) = desk._registered(place), _BOARDS[place % 3]
    state = _STATES[place]
    unmet = []
    if state in ("lacking", "in_question"):
        condition = list(_LACKS)[place % 3]
        unmet = [{"condition": condition, "detail": _LACKS[condition]}]
    issued = {
        "certificate_id": f"0192a0b0-5c1e-7a10-8f00-0000000e{place:04}",
        "number": f"2020-QELS-ARCG-{place:04}", "issued_at": "2020-11-10T00:02:00Z",
        "status": "revoked" if state == "revoked" else "valid",
    }  # fmt: skip
    return {
        "registration_id": person["registration_id"], "board": board, "kind": "completion",
        "name": person["name"], "state": state, "credits": 6.0 if place == 4 else 8.0,
        "unit": unit, "unmet": unmet,
        "certificate": issued if state in ("valid", "in_question", "revoked") else None,
    }  # fmt: skip


def _report(number: int, board: str, state: str, **more: Any) -> dict[str, Any]:
    return {
        "course_id": COURSE, "number": number, "board": board, "format": "cebroker", "kind": "new",
        "state": state, "made_at": f"2020-11-{11 + number}T09:20:00Z", "made_by": "console:u-17",
        "lines": 214, "held_back": 9, "sha256": "0" * 64, "size": 20_480, "refused_lines": [],
        "noted_at": None,
    } | more  # fmt: skip


_REPORTS = [
    _report(1, "NBCC", "partly_refused", refused_lines=[3, 7], noted_at="2020-11-14T10:05:00Z"),
    _report(2, "ACCME", "accepted", format="pars", noted_at="2020-11-15T10:05:00Z"),
    _report(3, "NBCC", "made", kind="correction", lines=3),
]


def _line(place: int) -> dict[str, Any]:
    return {
        "line": place + 1, "registration_id": desk._registered(place)["registration_id"],
        "certificate_id": f"0192a0b0-5c1e-7a10-8f00-0000000e{place:04}", "credits": "8.0",
        "corrects": {"report": 1, "line": 2} if place == 1 else None, "refused": place in (2, 6),
    }  # fmt: skip


def play_boards(owners: Played) -> None:
    """After `play_courses`."""
    there = f"/registration/v1/courses/{COURSE}"
    status, course = owners.answers["GET", there]
    named = {"boards": [{"board": board} for board, _ in _BOARDS]}
    owners.on("GET", there, (status, course | named))
    owners.on("GET", f"{_AT}/standings", paged([_standing(place) for place in range(12)]))

    def reports(asked: Any) -> tuple[int, Any]:
        after = int(asked.query.get("after", 0))
        some = [one for one in _REPORTS if one["number"] > after]
        return 200, {"items": some[: int(asked.query["limit"])], "next": None}

    owners.on("GET", f"{_AT}/reports", reports)
    owners.on("GET", f"{_AT}/reports/1/lines", paged([_line(place) for place in range(9)]))
    due = {
        "board": "NBCC", "format": "cebroker", "reported_as": ["pars"],
        "ready": 12, "changed": 2, "sent": 214,
        "held": {"license_number": 3, "withheld": 5, "declined": 1},
    }  # fmt: skip
    owners.on("POST", f"{_AT}/reports/preview", (200, due))
