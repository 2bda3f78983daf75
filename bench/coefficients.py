"""The coefficients of the model of capacity: what one learner, or one process, comes to."""

from __future__ import annotations

from dataclasses import dataclass

from shared.contracts.services import SERVICES


@dataclass(frozen=True)
class Known:
    """A coefficient; None: not measured."""

    value: float | None
    unit: str
    what: str
    source: str


_BENCH = "docs/performance.md"
_BEFORE = "measured before bench.story; best of two rounds"
KNOWN: dict[str, Known] = {
    "observations": Known(
        3.5, "", "observations of one who comes", "bench.day: 3, and 2 of one of 4"
    ),
    "certificates": Known(
        1.25, "", "certificates of a learner", "bench.people: two boards of one of 4"
    ),
    "events": Known(
        3,
        "",
        "events of a session day that one service hears",
        "counted: settled, evaluated, issued",
    ),
    "observing": Known(None, "/s", "observations that one process takes", "bench.day"),
    "handling": Known(4_765, "/s", "events that one worker handles", f"pipeline.events, {_BENCH}"),
    "sending": Known(366.9, "/s", "mails that one worker sends", f"messages.words, {_BENCH}"),
    "storing": Known(148.2, "/s", "certificates that one worker stores", _BEFORE),
    "relaying": Known(42_494, "/s", "rows that one relay says", f"relay.rows, {_BENCH}"),
    "cpu": Known(None, "ms", "processors, of a whole story, all processes", "bench.story"),
    **{
        f"bytes.{name}": Known(None, "B", f"database of {name}, of a whole story", "bench.story")
        for name in SERVICES
        if name not in {"web", "certificates"}
    },
    "bytes.certificates": Known(
        66_250, "B", "database of certificates, of a learner", "1.25 of 53 kB, measured on 1,500"
    ),
    "bytes.kafka": Known(None, "B", "Kafka's logs, one copy, of a whole story", "bench.story"),
}
ONE = Known(1, "", "mails of one kind, to each", "one")
# Coefficient → the figure of `python -m bench` that it is.
FIGURES = {
    "handling": "pipeline.events",
    "sending": "messages.words",
    "storing": "certificates.one",
    "relaying": "relay.rows",
}
