"""Boards of a course file: their approvals and rules as data, and what is wrong with them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from services.registration.domain.approvals import examine
from services.registration.domain.layouts import Layout, read_board_layout
from services.registration.domain.reading import LONG, Faults, Layered, Node
from services.registration.domain.reporting import read_keep_years, read_reporting
from shared.dates import parse_day
from shared.errors import Refusal
from shared.states import state_code

Board = dict[str, Any]
MODES = ("ALL_OR_NOTHING", "PER_SESSION", "PRO_RATA", "CLAIMED")
ROUNDINGS = ("down", "nearest", "up")
FORMATS = ("in_person", "live_online", "recorded", "mixed")
KNOWN = (
    "board", "audience", "unit", "mode", "evaluation", "post_test", "professions", "states",
    "holder", "number", "statement", "sponsorship_statement", "approved", "approved_hours",
    "minutes_per_unit", "step", "rounding", "formats", "max_missed_seconds", "categories",
    "keep_years", "reporting", "layout",
)  # fmt: skip


def read_boards(
    node: Node,
    defaults: Node,
    sessions: Sequence[Mapping[str, Any]],
    minutes: int,
    layout: Layout | None = None,
) -> list[Board]:
    """Boards of a course file, defaults filled in, as `course.published` carries them.

    `minutes` are those of instruction; 0 where the sessions could not be read. `layout` is that of
    the course's certificates.
    """
    shared = defaults.value if isinstance(defaults.value, dict) else {}
    if not defaults.absent and defaults.table():
        defaults.unknown(KNOWN)
    boards: list[Board] = []
    faults = Faults()
    for each in Node(node.value, node.pointer, faults).items(most=60):
        if each.table():
            each.unknown(KNOWN)
            elsewhere = Node(shared, defaults.pointer, faults)
            inherited = {name: elsewhere.at(name) for name in shared if name not in each.value}
            merged = Layered({**shared, **each.value}, each.pointer, faults, inherited)
            board = _read(merged, [str(s["session_id"]) for s in sessions])
            board["layout"] = read_board_layout(each.at("layout"), elsewhere.at("layout"), layout)
            examine(merged, board, sessions, minutes)
            boards.append(board)
    node.faults.take(faults)
    for board_id, times in Counter(b["board"] for b in boards).items():
        if times > 1 and board_id:
            node.wrong(f"The board {board_id} is there {times} times.")
    return boards


def _read(node: Node, sessions: Sequence[str]) -> Board:
    professions, missed = node.at("professions"), node.at("max_missed_seconds")
    if professions.absent or professions.value == []:
        professions.wrong("A board says which professions it serves.")
    first, last = _period(node.at("approved"))
    served = [p.slug() for p in professions.items(most=60)]
    categories = [_category(c, sessions) for c in node.at("categories").items()]
    return {
        "board": node.at("board").text(most=100),
        "audience": node.at("audience").text(needed=False),
        "holder": node.at("holder").text(needed=False),
        "unit": node.at("unit").text(most=100),
        "minutes_per_unit": _or_whole(node.at("minutes_per_unit"), 1, 600, 60),
        "mode": _mode(node.at("mode")),
        "step": "0.25" if node.at("step").absent else node.at("step").decimal(least="0.01"),
        "rounding": _or(node.at("rounding"), ROUNDINGS, "down"),
        "approved_hours": node.at("approved_hours").decimal(),
        "evaluation": node.at("evaluation").flag(),
        "post_test": _post_test(node.at("post_test")),
        "professions": served,
        "states": _states(node.at("states")),
        "formats": [f.choice(FORMATS, "live_online") for f in node.at("formats").items()],
        "approved_from": first,
        "approved_to": last,
        "number": node.at("number").text(needed=False, most=100),
        "statement": node.at("statement").text(needed=False, most=LONG),
        "sponsorship_statement": node.at("sponsorship_statement").text(needed=False, most=LONG),
        "max_missed_seconds": None if missed.absent else _or_whole(missed, 0, 86_400, 900),
        "categories": categories,
        "keep_years": read_keep_years(node.at("keep_years")),
        "reporting": read_reporting(
            node.at("reporting"), served, [c["category"] for c in categories if c]
        ),
    }


def _mode(node: Node) -> str:
    if node.absent:
        node.wrong("This board has no rule: say how its hours are counted.")
        return MODES[0]
    return node.choice(MODES, MODES[0])


def _or(node: Node, among: tuple[str, ...], fallback: str) -> str:
    return fallback if node.absent else node.choice(among, fallback)


def _or_whole(node: Node, least: int, most: int, fallback: int) -> int:
    return fallback if node.absent else node.whole(least=least, most=most, fallback=fallback)


def _post_test(node: Node) -> dict[str, Any] | None:
    if node.absent or node.value is False or not node.table():
        return None
    attempts = node.at("attempts")
    return {
        "version": _or_whole(node.at("version"), 1, 10_000, 1),
        "pass_percent": node.at("pass_percent").whole(least=1, most=100, fallback=80),
        "attempts": None if attempts.absent else attempts.whole(least=1, most=1000, fallback=1),
        "formats": [f.choice(FORMATS, "recorded") for f in node.at("formats").items()],
    }


def _category(node: Node, sessions: Sequence[str]) -> dict[str, str]:
    if not node.table():
        return {}
    session = node.at("session")
    if sessions and session.value not in sessions:
        session.wrong("No session of the course has this id.")
    return {
        "session_id": session.text(),
        "category": node.at("category").slug(),
        "hours": node.at("hours").decimal(),
    }


def _states(node: Node) -> dict[str, list[str]] | None:
    """`[NY]` becomes `{"in": ["NY"]}`; `{not: [NY]}` stays; none at all means anywhere."""
    if node.absent:
        return None
    outside = isinstance(node.value, dict) and set(node.value) == {"not"}
    if not outside and not isinstance(node.value, list):
        node.wrong("States are a list, such as [NY], or its contrary, {not: [NY]}.")
        return None
    source = node.at("not") if outside else node
    states = [_state(each) for each in source.items(most=100)]
    if not states:
        node.wrong("A list of states names at least one.")
    return {"not" if outside else "in": states}


def _state(node: Node) -> str:
    found = node.text(most=60)
    code = state_code(found)
    if found and code is None:
        node.wrong("A state is written as its code, such as NY.")
    return code or ""


def _period(node: Node) -> tuple[str | None, str | None]:
    """The days on which the approval holds, first and last one included."""
    if node.absent or not node.table():
        return None, None
    days: list[date | None] = []
    for side in (node.at("from"), node.at("to")):
        try:
            days.append(None if side.absent else parse_day(side.value))
        except Refusal as why:
            side.refused(why)
            days.append(None)
    first, last = days
    if first and last and last < first:
        node.at("to").wrong("The approval ends before it begins.")
    return first.isoformat() if first else None, last.isoformat() if last else None
