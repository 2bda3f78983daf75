"""An approval and what is taught: its hours, its days, its formats (domain.md §1, §6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from services.registration.domain.reading import Node
from services.registration.domain.schedule import held, instruction_minutes
from shared.errors import fault

Sessions = Sequence[Mapping[str, Any]]


def too_much(board: Mapping[str, Any], minutes: int) -> str:
    """What to say if more hours are approved than so many minutes of instruction can give."""
    most = Decimal(minutes) / board["minutes_per_unit"]
    if not minutes or Decimal(board["approved_hours"]) <= most:
        return ""
    return (
        f"{board['approved_hours']} approved, but {minutes} minutes of instruction "
        f"give at most {most:.4g}."
    )


def uncovered(board: Mapping[str, Any], sessions: Sessions) -> list[str]:
    """Sessions on days that lie outside of a board's approval."""
    first, last = board["approved_from"] or "", board["approved_to"] or "9999-12-31"
    return [s["session_id"] for s in sessions if not first <= s["date"] <= last]


def examine(node: Node, board: Mapping[str, Any], sessions: Sessions, minutes: int) -> None:
    """Hold a board of a course file against the sessions it approved; `minutes` are all taught."""
    if found := too_much(board, minutes):
        node.at("approved_hours").wrong(found)
    _categories_within_sessions(node, board, sessions)
    outside = uncovered(board, sessions)
    if outside and len(outside) == len(sessions):
        node.at("approved").wrong("No session lies within the approval.")
    elif outside and board["mode"] == "ALL_OR_NOTHING":
        node.at("approved").wrong(
            f"{', '.join(outside)} outside the approval: this board gives credit for all sessions "
            "or for none, so nobody could get any."
        )
    elif outside:
        node.faults.warnings.append(outside_warning(board, outside, sessions))
    taught, formats = {s["delivery"] for s in sessions}, set(board["formats"])
    if taught == {"recorded"}:
        _of_a_recording(node, board, sessions)
    elif formats and "mixed" not in formats and taught - formats:
        node.faults.warnings.append(f"{board['board']} does not approve every format of delivery.")


def _categories_within_sessions(node: Node, board: Mapping[str, Any], sessions: Sessions) -> None:
    """Hours in categories are parts of what their session gives: together never more than it."""
    most = {s["session_id"]: Decimal(s["instruction_minutes"]) for s in sessions}
    sums: dict[str, Decimal] = {}
    for place, one in enumerate(board["categories"]):
        if not one or one["session_id"] not in most:
            continue  # a fault of its own
        session_id = one["session_id"]
        sums[session_id] = sums.get(session_id, Decimal(0)) + Decimal(one["hours"])
        given = most[session_id] / board["minutes_per_unit"]
        if sums[session_id] > given:
            node.at("categories").at(place).at("hours").wrong(
                f"{sums[session_id]} in categories, but {session_id} gives at most {given:.4g}."
            )


def beyond(boards: Sequence[Mapping[str, Any]], minutes: int) -> list[dict[str, str]]:
    """Faults of boards that approved more than so many minutes of instruction, in a file."""
    return [
        fault(f"/boards/{place}/approved_hours", found)
        for place, board in enumerate(boards)
        if (found := too_much(board, minutes))
    ]


def outside_warnings(
    boards: Sequence[Mapping[str, Any]], sessions: Sessions, only: str | None = None
) -> list[str]:
    """What to say of all sessions outside of all boards' approvals, or where this one is `only`."""
    found = [(board, uncovered(board, sessions)) for board in boards]
    return [
        outside_warning(board, outside if only is None else [only], sessions)
        for board, outside in found
        if (outside if only is None else only in outside)
    ]


def outside_warning(board: Mapping[str, Any], outside: Sequence[str], sessions: Sessions) -> str:
    """What to say of sessions outside of a board's approval, and what is left to be earned."""
    said = f"{board['board']}: sessions outside the approval earn nothing: {', '.join(outside)}."
    if board["mode"] == "ALL_OR_NOTHING":
        return f"{said} It gives credit for all sessions or for none, so nobody can get any."
    lost = set(uncovered(board, sessions))
    taught = instruction_minutes(held([s for s in sessions if s["session_id"] not in lost]))
    left = min(Decimal(board["approved_hours"]), Decimal(taught) / board["minutes_per_unit"])
    return f"{said} At most {left:.4g} of {Decimal(board['approved_hours']):.4g} are left."


def _of_a_recording(node: Node, board: Mapping[str, Any], sessions: Sessions) -> None:
    """A recording never lives on the live course's approval (domain.md §1): its own says so, and
    holds as long as anybody may watch."""
    if "recorded" not in board["formats"]:
        node.at("formats").wrong(
            "A recording is an activity of its own: its approval names the format recorded."
        )
    watched = max(s["ends_at"] for s in sessions)[:10]
    if board["approved_to"] and watched > board["approved_to"]:
        node.at("approved").wrong(
            f"It can be watched until {watched}, but the approval ends on {board['approved_to']}."
        )
