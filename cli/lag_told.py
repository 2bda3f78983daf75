"""`lag` where neither Kafka nor a database is named: by the word of each service, through its door.

What it has to say and what is due are as of now; what it has to hear is as of a quarter of a minute
ago, and how old the oldest of it is nobody tells.
"""

from __future__ import annotations

from collections.abc import Sequence

from cli.answering import Told, ask, behind
from cli.here import Here
from cli.lag import Lag

_KAFKA = "How old the oldest is, Kafka tells: name it by KAFKA_BOOTSTRAP_SERVERS."


def told(stack: Here, services: Sequence[str]) -> tuple[list[Lag], bool, str]:
    """What waits at each; whether one gives no answer; and what to do about what is not known.
    Raises `Ends` (3) where the door does not answer."""
    found = ask(stack, services)
    return [_of(one) for one in found], any(map(_is_away, found)), _hint(stack, found)


def _of(one: Told) -> Lag:
    quiet = one.quiet or {}
    overdue = quiet["due"]["overdue"] if quiet else None
    records = quiet.get("lag") if quiet.get("works") and one.processes is None else None
    if one.processes is not None:
        records = behind(one.processes)
    return Lag(one.service, records, None, quiet.get("outbox"), overdue, None)


def _is_away(one: Told) -> bool:
    return one.quiet is None


def _hint(stack: Here, found: Sequence[Told]) -> str:
    if away := [one.service for one in found if _is_away(one)]:
        return f"{', '.join(away)} gives no answer. See why: bin/holdfast status"
    if any(one.refused and _of(one).records is None for one in found):
        whose = "HOLDFAST_OPERATOR_KEY was refused." if stack.key else "No operator's key is known."
        return f"{whose} With one, all that is to be heard is known (HOLDFAST_OPERATOR_KEY)."
    if unseen := [one.service for one in found if _of(one).records is None]:
        return f"No worker of {', '.join(unseen)} says where it is. See why: bin/holdfast status"
    if any(_of(one).records for one in found):
        return _KAFKA
    return ""
