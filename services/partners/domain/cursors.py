"""Where a reader of the log stands, in words that outlive the database (decision 120).

A position means something in one database only. One that was restored from a backup hears again
what it had lost, in another order, so its log goes on under another name. Both a cursor and the log
say their lineage: names, oldest first, each with the position behind which it began. Up to where
two lineages part they are the same log; a reader goes back to there, never forward.
"""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from collections.abc import Sequence
from itertools import zip_longest
from typing import Any

from shared.errors import Malformed, fault

Lineage = Sequence[tuple[str, int]]
LONGEST = 2_000
_FARTHEST = 2**63 - 1
_NAME = re.compile(r"[0-9a-f]{8}")


class CursorUnknown(Malformed):
    """A text that is no cursor of this feed."""

    slug = "cursor-unknown"


def cursor_text(position: int, lineage: Lineage) -> str:
    """All before and at this position has been read."""
    text = json.dumps([position, [list(each) for each in lineage]], separators=(",", ":"))
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_cursor(text: str) -> tuple[int, Lineage]:
    """What a cursor says; raises CursorUnknown for any other text."""
    try:
        told = json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        position, lineage = told
        names = [(name, after) for name, after in lineage]
        if not all(_is_name(name) and _is_place(after) for name, after in names):
            raise ValueError(text)
        if not _is_place(position) or cursor_text(position, names) != text:
            raise ValueError(text)
    except (ValueError, TypeError, Error, RecursionError) as why:
        wrong = fault("/after", "Give `next` of an earlier answer as it was, or leave it out.")
        raise CursorUnknown("This is no cursor of this feed.", errors=[wrong]) from why
    return position, names


def place_in(position: int, lineage: Lineage, own: Lineage) -> int:
    """Behind which position of the log with the lineage `own` one goes on who has read up to
    `position` of one with another: where the two part, if that was before."""
    for theirs, mine in zip_longest(lineage, own):
        if theirs != mine:
            return min([position, *(each[1] for each in (theirs, mine) if each is not None)])
    return position


def restored(position: int, lineage: Lineage, name: str) -> Lineage:
    """The lineage of a log that goes on from here under another name. What was said under the last
    one beyond here is not known; where that had said nothing here, nothing is kept of it."""
    return [*(each for each in lineage if each[1] < position), (name, position)]


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and _NAME.fullmatch(value) is not None


def _is_place(value: Any) -> bool:
    return type(value) is int and 0 <= value <= _FARTHEST
