"""The README's table "who says and hears what": `python -m shared.contracts.table`."""

from __future__ import annotations

import sys

from shared.contracts.catalogue import EVENTS
from shared.contracts.hears import hearers_of
from shared.contracts.published import summary_of
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
        meaning = summary_of(event).replace("|", "/")
        rows.append(f"| {topic} | `{event.type}` | {meaning} | {heard} |")
    return "\n".join(rows) + "\n"


if __name__ == "__main__":
    sys.stdout.write(table())
