"""When a session takes place, as staff type it: wall times of its own zone, and its breaks.

What is no time is the owner's to say; here is only said what is lacking, and what is no break.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Protocol

from services.web.domain.register_form import Fault
from shared.dates import day_of

NEEDED = {"date": "Say the day.", "from": "Say from when.", "to": "Say until when."}
_BETWEEN = re.compile(r"[\n,;]")
_BREAK = re.compile(r"([0-9]{1,2}:[0-9]{2})\s*(?:-|–|—|to|until)\s*([0-9]{1,2}:[0-9]{2})")
_NO_BREAK = "Write each break like 12:00 to 12:30, one a line."


class Placed(Protocol):
    """A session on the calendar, as its course says it."""

    @property
    def date(self) -> date: ...
    @property
    def wall_from(self) -> str: ...
    @property
    def wall_to(self) -> str: ...
    @property
    def fold(self) -> int | None: ...
    @property
    def zone(self) -> str: ...
    @property
    def ends_at(self) -> datetime: ...


def recorded_of(session: Placed) -> dict[str, str]:
    """The form's fields as the session stands; breaks that are left alone keep their distance from
    its start, so none is said."""
    ends_on = day_of(session.ends_at, session.zone).isoformat()
    return {
        "date": session.date.isoformat(),
        "from": session.wall_from,
        "to": session.wall_to,
        "to_date": ends_on if ends_on != session.date.isoformat() else "",
        "fold": "" if session.fold is None else str(session.fold),
    }


def when_in(values: Mapping[str, str]) -> tuple[dict[str, Any], list[Fault]]:
    """When it is to take place as the owner takes it, and what is wrong with what was typed."""
    told = {name: values.get(name, "") for name in NEEDED}
    faults = [Fault(name, "missing", said) for name, said in NEEDED.items() if not told[name]]
    when: dict[str, Any] = dict(told)
    if values.get("to_date"):
        when["to_date"] = values["to_date"]
    if values.get("fold") in ("0", "1"):
        when["fold"] = int(values["fold"])
    breaks = _breaks_in(values.get("breaks", ""))
    if breaks is None:
        faults.append(Fault("breaks", "no-break", _NO_BREAK))
    elif breaks or values.get("no_breaks") == "yes":
        when["breaks"] = breaks
    return when, faults


def _breaks_in(text: str) -> list[dict[str, str]] | None:
    """Those that are said; None where one is no break."""
    found = []
    for piece in filter(None, map(str.strip, _BETWEEN.split(text))):
        one = _BREAK.fullmatch(piece)
        if one is None:
            return None
        found.append({"from": one[1].zfill(5), "to": one[2].zfill(5)})
    return found
