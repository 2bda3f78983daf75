"""What a process said last, as a person can use it."""

from __future__ import annotations

import re

_LONGEST = 300
_REFUSED = re.compile(r"^\S*ValidationError: \d+ validation errors? for ")
_READ_MORE = "For further information visit "


def last_words(log: str) -> str:
    """The last line; of settings that do not fit what is wrong with them, name by name, which is
    the end of a traceback and not its last line."""
    lines = log.strip().splitlines()
    if not lines:
        return "it said nothing"
    began = [number for number, line in enumerate(lines) if _REFUSED.match(line)]
    if not began or not lines[-1].strip().startswith(_READ_MORE):
        return lines[-1][:_LONGEST]
    told: list[str] = []
    for line in lines[began[-1] + 1 :]:
        if line.strip().startswith(_READ_MORE):
            continue
        what = re.sub(r" \[type=\w+\]$", "", line.strip()).removeprefix("Value error, ")
        if line.startswith(" ") and told and ": " not in told[-1] and what != line.strip():
            told[-1] += f": {what}"  # below the name of a setting
        else:
            told.append(what)
    return "; ".join(told)[:_LONGEST]
