"""What staff corrected of somebody's attendance of a session, as the owner lists it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.dates import parse_instant

_WHAT = {
    "evidence": "Times added",
    "ruling": "Minutes ruled",
    "withdrawn": "Ruling taken back",
    "accepted": "Less accepted",
    "kept": "Kept as it was settled",
}


@dataclass(frozen=True, slots=True)
class Corrected:
    """One correction; `seconds` of a ruling or of a worse result, `times` how many were added.
    `holds`: a ruling that counts now. `reason` is empty where it was erased."""

    number: int
    what: str
    seconds: int | None
    times: int
    by: str
    at: datetime
    reason: str
    holds: bool


def corrected_of(items: Iterable[Mapping[str, Any]]) -> list[Corrected]:
    """In the order in which they were made."""
    known = sorted(items, key=lambda one: int(one["number"]))
    ruled = [one for one in known if one["kind"] in ("ruling", "withdrawn")]
    last = ruled[-1]["number"] if ruled and ruled[-1]["kind"] == "ruling" else None
    return [
        Corrected(
            int(one["number"]),
            _WHAT.get(str(one["kind"]), str(one["kind"])),
            one.get("seconds"),
            len(one.get("lines") or ()),
            str(one.get("by") or ""),
            parse_instant(one["at"]),
            str(one.get("reason") or ""),
            one["number"] == last,
        )
        for one in known
    ]
