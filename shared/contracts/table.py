"""The README's table "who says and hears what": `python -m shared.contracts.table`."""

from __future__ import annotations

import sys

from shared.contracts.catalogue import EVENTS
from shared.contracts.event import Event
from shared.contracts.hears import hearers_of
from shared.contracts.topics import BY_NAME


def table() -> str:
    """Markdown: a row an event, by topic; keys are the same for a whole topic."""
    rows = ["| topic, keyed by | event | meaning | heard by |", "|---|---|---|---|"]
    order = list(BY_NAME)
    events = sorted(EVENTS.values(), key=lambda event: order.index(event.topics()[0]))
    before = ""
    for event in events:
        key = event.key if isinstance(event.key, str) else "/".join(event.key)
        topic = "" if event.topic == before else f"`{event.topic}`, {key}"
        before = event.topic
        heard = ", ".join(hearers_of(event.type)) or "nobody"
        rows.append(f"| {topic} | `{event.type}` | {_meaning(event)} | {heard} |")
    return "\n".join(rows) + "\n"


def _meaning(event: type[Event]) -> str:
    first = " ".join((event.__doc__ or "").split()).split(". ")[0]
    return first.rstrip(".").replace("|", "/")


if __name__ == "__main__":
    sys.stdout.write(table())
