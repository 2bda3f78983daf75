"""Reports to boards, as the console shows them, and the lines of one as staff type them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from services.web.domain.tables import Column

_PART = re.compile(r"([0-9]{1,6})(?:\s*[-–]\s*([0-9]{1,6}))?")
MOST = 10_000  # lines that certificates takes at once
REPORTS = (
    Column("number", "Report"),
    Column("board", "Board"),
    Column("state", "State"),
    Column("what", "What it is"),
    Column("lines", "Lines", number=True),
    Column("held", "Held back then", number=True),
    Column("made", "Made, UTC"),
    Column("by", "By"),
    Column("format", "Format", hidden=True),
)
LINES = (
    Column("line", "Line"),
    Column("name", "Who"),
    Column("credits", "Credits", number=True),
    Column("corrects", "Corrects"),
    Column("refused", "Answer"),
    Column("registration_id", "Registration", hidden=True),
    Column("certificate_id", "Certificate", hidden=True),
)
STATES = {
    "made": "no answer noted",
    "accepted": "taken",
    "refused": "refused",
    "partly_refused": "refused in part",
}
# Why a line is held back, as certificates names it; another is said by its own name.
HELD = {
    "withheld": "their award is withheld",
    "declined": "they declined this board",
    "not_issued": "their certificate is being made",
    "license_number": "the licence number is missing, or none that a registry knows",
    "revoked": "their certificate was revoked before it was reported",
    "superseded": "their certificate was superseded before it was reported",
    "holder_erased": "they were erased: the registry is to be told by hand",
}


def report_row(item: Mapping[str, Any]) -> dict[str, Any]:
    """A report from what certificates lists."""
    return {
        "number": item["number"],
        "board": item["board"],
        "state": STATES.get(item["state"], item["state"]),
        "stands": item["state"],
        "what": "corrections" if item["kind"] == "correction" else "new lines",
        "lines": item["lines"],
        "held": item["held_back"],
        "made": str(item["made_at"])[:16].replace("T", " "),
        "by": item["made_by"],
        "format": item["format"],
    }


def line_row(item: Mapping[str, Any]) -> dict[str, Any]:
    """A line of a report; who it is about comes from registration."""
    corrects = item.get("corrects") or {}
    return {
        "line": item["line"],
        "name": item["registration_id"],
        "credits": Decimal(item["credits"]),
        "corrects": f"report {corrects['report']}, line {corrects['line']}" if corrects else "",
        "refused": "refused" if item["refused"] else "",
        "registration_id": item["registration_id"],
        "certificate_id": item.get("certificate_id") or "",
    }


def held_in_words(held: Mapping[str, int]) -> list[tuple[str, int]]:
    """Why lines are held back, and how many; most first."""
    said = [(HELD.get(why, why.replace("_", " ")), count) for why, count in held.items()]
    return sorted(said, key=lambda one: (-one[1], one[0]))


def lines_in(typed: str) -> list[int] | None:
    """The lines of "3, 5-8", in order, each once; None where that is no list of lines, or longer
    than any report."""
    found: set[int] = set()
    for part in re.split(r"[,;\s]+", re.sub(r"\s*[-–]\s*", "-", typed.strip())):
        match = _PART.fullmatch(part)
        if match is None:
            return None
        first, last = int(match[1]), int(match[2] or match[1])
        if not 1 <= first <= last or last - first >= MOST:
            return None
        found.update(range(first, last + 1))
        if len(found) > MOST:
            return None
    return sorted(found)
