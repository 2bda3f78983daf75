"""What a board's file says of reporting to it: to which registry, by which codes, by when; and how
long its evidence is kept.

The registries' own columns are certificates' affair (`domain/sheets.py` there); here it is only
seen to it that a file which asks for one says what that one cannot do without.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from services.registration.domain.reading import Node, is_slug

FORMATS = ("csv", "cebroker", "pars")
KNOWN = ("format", "provider_id", "activity_id", "professions", "subjects", "within_days")
KEEP_YEARS = 7  # where a board says nothing (boards-and-platforms.md §1.4)
GENERAL = "general"  # the subject area of hours that are in no category
LONGEST_CODE = 60


def read_reporting(
    node: Node, professions: Collection[str], categories: Collection[str]
) -> dict[str, Any] | None:
    """How awards are reported, as `course.published` carries it; None where nothing is said.

    A profession without a code is no fault, for the code may be had later: until then its lines are
    held back, and a warning says so.
    """
    if node.absent or not node.table():
        return None
    node.unknown(KNOWN)
    form, days = node.at("format"), node.at("within_days")
    codes = _codes(node.at("professions"), "profession", professions)
    said: dict[str, Any] = {
        "format": "csv" if form.absent else form.choice(FORMATS, "csv"),
        "provider_id": _code(node.at("provider_id")),
        "activity_id": _code(node.at("activity_id")),
        "professions": codes,
        "subjects": _codes(node.at("subjects"), "category", {*categories, GENERAL}),
        "within_days": None if days.absent else days.whole(least=0, most=3650, fallback=30),
    }
    if said["format"] == "cebroker":
        _needed(node.at("provider_id"), "CE Broker takes a roster by its number of the provider.")
        uncoded = [each for each in professions if each and each not in codes]
        if uncoded:
            node.faults.warnings.append(
                f"{node.pointer}/professions: no code for {', '.join(uncoded)}, so their lines are "
                "held back."
            )
    if said["format"] == "pars":
        _needed(node.at("activity_id"), "PARS takes learners by its number of the activity.")
    return said


def read_keep_years(node: Node) -> int:
    """Years after the course for which the evidence is kept; 7 where nothing is said."""
    return KEEP_YEARS if node.absent else node.whole(least=1, most=100, fallback=KEEP_YEARS)


def asks_of(boards: Iterable[Mapping[str, Any]]) -> list[str]:
    """What else people are asked for, because a board's registry tells them apart by it."""
    formats = {(board.get("reporting") or {}).get("format") for board in boards}
    return ["birth_day"] if "pars" in formats else []


def _needed(node: Node, why: str) -> None:
    if node.absent or not str(node.value).strip():
        node.wrong(why)


def _code(node: Node) -> str:
    found = node.text(needed=False, most=LONGEST_CODE)
    if "\n" in found or "\r" in found or "\t" in found:
        node.wrong("A code is one word or number.")
        return ""
    return found


def _codes(node: Node, what: str, among: Collection[str]) -> dict[str, str]:
    """The registry's codes by our words; a word that the board does not have is a slip."""
    if node.absent or not node.table():
        return {}
    codes: dict[str, str] = {}
    for name in node.value:
        each = node.at(name)
        if not is_slug(name) or name not in among:
            each.wrong(f"This board has no such {what}.")
            continue
        code = _code(each)
        if not code:
            _needed(each, "A code is needed here.")
        codes[name] = code
    return codes
