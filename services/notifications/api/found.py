"""The query that finds messages for staff: only what was asked for stands in it.

A condition that may be none (`$1 IS NULL OR ...`) is planned for all that it may be, and so reads
the whole table; what is asked has an index each (`tests/edges/notifications/test_plans.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

Channel = Literal["mail", "sms"]
_ORDER = "ORDER BY due_at DESC, message_id DESC"


def query_of(
    asked: Mapping[str, str | None],
    states: list[str] | None,
    after: tuple[datetime, str] | None,
    channel: Channel | None = None,
) -> tuple[str, list[Any]]:
    """(SQL, arguments) of a page, the latest due first; its limit is the last argument, to be
    added. `asked` is by column: names of ours, never a caller's."""
    args: list[Any] = []

    def given(value: Any) -> str:
        args.append(value)
        return f"${len(args)}"

    found = [f"{column} = {given(value)}" for column, value in asked.items() if value is not None]
    if channel is not None:  # one of two words, and of texts alone there is an index
        found.append(f"channel = '{channel}'")
    if states is not None:
        one = len(states) == 1
        found.append(f"state = {given(states[0])}" if one else f"state = ANY({given(states)})")
    if after is not None:
        found.append(f"(due_at, message_id) < ({given(after[0])}, {given(after[1])})")
    where = f"WHERE {' AND '.join(found)} " if found else ""
    return f"SELECT * FROM messages {where}{_ORDER} LIMIT ${len(args) + 1}", args
