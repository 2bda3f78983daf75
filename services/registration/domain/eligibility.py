"""Whom a board serves (domain.md §6), so that everybody is told before they pay (§1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from shared.states import state_code


def serves(board: Mapping[str, Any], profession: str, state: str | None) -> bool:
    """Whether a licence of that profession and state satisfies this board."""
    if profession not in board["professions"]:
        return False
    states = board["states"]
    if not states:
        return True
    code = state_code(state)
    if code is None:
        return False
    return code in states["in"] if "in" in states else code not in states["not"]


def boards_for(
    boards: Sequence[Mapping[str, Any]], profession: str, licenses: Sequence[Mapping[str, Any]]
) -> list[str]:
    """The boards that serve a person by their profession or by any licence, in listed order.

    For a board without states the declared profession is enough; one with states needs a licence
    there. A licence that names no profession is one of the declared profession.
    """
    held = [(lic.get("profession") or profession, lic.get("state")) for lic in licenses]
    ways = [(profession, None), *held]
    found = []
    for board in boards:
        for named, state in ways:
            if serves(board, named, state):
                found.append(board["board"])
                break
    return found


def served_warning(boards: Sequence[Mapping[str, Any]], found: Sequence[str]) -> str:
    """What to tell someone before they pay, or the empty text."""
    if not boards or found:
        return ""
    return (
        "None of the boards of this course serves you by the profession and licences you gave: "
        "you would receive a certificate of participation without CE credit."
    )
