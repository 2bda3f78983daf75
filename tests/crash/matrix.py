"""Where a process may die, and what it must have come to when another has taken over.

Each story is a list of steps in the order in which they are taken; its process dies once behind
each of them. A test compares the list with what a story really passes, so that none is left out.
What comes of it is written by hand: the same wherever it died, but for a mail, of which nobody
knows whether it went out: that is never sent again by itself, and a human is asked; and for what a
partner is told, which is sent again under the same id.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from shared.runtime.failpoint import Point
from tests.crash import attendance, billing, certificates, notifications, partners, registration
from tests.crash.story import Passing, Tell


@dataclass(frozen=True)
class Row:
    """It dies where this was the last thing that it did."""

    did: str
    point: Point
    passing: int = 1
    came: str = "done"

    @property
    def where(self) -> Passing:
        return self.point, self.passing


@dataclass(frozen=True)
class Told:
    """A story, its steps, and what it comes to by the word that rows say."""

    name: str
    tell: Tell
    rows: tuple[Row, ...]
    came: dict[str, dict[str, Any]]


def batch(what: str, passing: int = 1, came: str = "done", last: str = "") -> tuple[Row, ...]:
    """The steps of one transaction; `last`: what it comes to when it is committed, if not that."""
    return (
        Row(f"{what}: its transaction was begun", "batch.claimed", passing, came),
        Row(f"{what}: decided, nothing written", "batch.flushing", passing, came),
        Row(f"{what}: written, not committed", "batch.flushed", passing, came),
        Row(f"{what}: committed, nobody knows", "batch.committed", passing, last or came),
    )


def request(what: str) -> tuple[Row, ...]:
    """The steps of a request."""
    return *batch(what), Row(f"{what}: committed, not answered", "edge.committed")


def swept(what: str, passing: int = 1) -> tuple[Row, ...]:
    """The steps of a deadline."""
    begun, *rest = batch(what, passing)
    return begun, Row(f"{what}: the deadline is taken", "sweep.taken", passing), *rest


def call(
    what: str, first: int = 1, *, doubt: str = "done", made: str = "done", begins: bool = False
) -> Iterator[Row]:
    """The steps of a call to the world outside: `doubt` is what it comes to once it is committed
    that it may be made, `made` once it was, until that is committed too. With `begins` the first
    is committed by itself, right before it is made."""
    prepared = "done" if begins else doubt
    yield Row(f"{what}: the lease is committed", "outside.claimed")
    yield from batch(f"{what}, before", first, last=prepared)
    yield Row(f"{what}: it is prepared, it was not made", "outside.prepared", came=prepared)
    if begins:
        yield Row(f"{what}: it may be made, it was not", "outside.begun", came=doubt)
    yield Row(f"{what}: it was made, we know nothing of it", "outside.acted", came=made)
    yield from batch(f"{what}, after", first + 1, made, last="done")
    yield Row(f"{what}: what came of it is committed", "outside.recorded")


_HELD = {"people": 1, "said": ["requested"], "held": 1}
_EXPIRED = {"said": ["requested", "expired"], "held": 0, "due": 0}
_REFUNDED = {
    "said": [
        "invoice.issued",
        "invoice.paid",
        "refund.requested",
        "cancellation.settled",
        "refund.settled",
    ],
    "balances": {"cash:gateway": 3000, "fees": -3000},
    "captured": 19900,
    "refunded": 16900,
    "payments": ["succeeded"],
    "refunds": ["succeeded"],
}
_PAID = {
    "said": ["invoice.issued", "invoice.paid"],
    "balances": {"cash:gateway": 19900, "deferred_revenue": -19900},
    "captured": 19900,
    "refunded": 0,
    "payments": ["succeeded"],
    "refunds": [],
}
_SENT = {"mails": 1, "message": ("sent", None), "said": ["message.sent"]}
_ASKED = {"message": ("failed", "unknown"), "said": ["message.failed", "task.opened"]}
_RENDERED = {"issued": 1, "kept": ["valid"], "as numbered": True, "files": 1, "due": 0}
_TOLD = {"kept": [("delivered", 1)], "behind": 0}

MATRIX = (
    Told(
        "request: a seat is asked for",
        partial(registration.told, registration.Asked),
        request("registering"),
        {"done": _HELD},
    ),
    Told(
        "sweep: a hold ends",
        partial(registration.told, registration.HoldEnds),
        swept("the end of a hold"),
        {"done": _EXPIRED},
    ),
    Told(
        "sweep: a course ends for everybody in it",
        partial(registration.told, registration.CourseEnds),
        (*swept("the end"), *swept("the walk begins", 2), *swept("the walk ends", 3)),
        {"done": {"completed": [1, 1], "due": 0}},
    ),
    Told(
        "webhook: somebody has paid",
        partial(billing.told, billing.Paid),
        (*request("the webhook"), *call("the look-up", 2)),
        {"done": _PAID},
    ),
    Told(
        "refund: what was paid by card goes back",
        partial(billing.told, billing.Refund),
        tuple(call("the refund")),
        {"done": _REFUNDED},
    ),
    Told(
        "mail: a seat is confirmed",
        notifications.told,
        tuple(call("the mail", doubt="not sent", made="sent", begins=True)),
        {"done": _SENT, "not sent": _ASKED | {"mails": 0}, "sent": _ASKED | {"mails": 1}},
    ),
    Told(
        "render: a certificate is made",
        certificates.told,
        tuple(call("the certificate")),
        {"done": _RENDERED},
    ),
    Told(
        "webhook: Zoom tells who came",
        attendance.told,
        request("the webhook"),
        {"done": {"kept": ["joined"]}},
    ),
    Told(
        "webhook: a partner sends somebody in",
        partners.told,
        request("the line"),
        {"done": {"answer": "accepted", "said": 1}},
    ),
    Told(
        "webhook: a partner sends somebody in, signed and by its mapping",
        partners.signed,
        request("the line"),
        {"done": {"answer": "accepted", "said": 1}},
    ),
    Told(
        "webhook: a partner is told",
        partners.delivering,
        tuple(call("the delivery", made="twice")),
        {"done": _TOLD | {"sent": 1}, "twice": _TOLD | {"sent": 2}},
    ),
)
