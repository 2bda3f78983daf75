"""States of a registration, and the one table of what may happen in which (domain.md §4).

A command that the table does not know in a state is refused; an event or a deadline that comes
late, early or twice stays without effect.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from shared.errors import Conflict

State = Literal[
    "requested",  # a seat is held until the hold ends
    "waitlisted",
    "offered",  # a freed seat is kept for them until the offer ends
    "confirmed",
    "expired",  # the hold ended unpaid; a late payment may still confirm it
    "lapsed",  # the offer ended unused
    "cancelled",
    "transferred",
    "completed",
]
Act = Literal[
    "confirm",
    "void",
    "expire",
    "offer",
    "accept",
    "lapse",
    "cancel",
    "complete",
    "substitute",
    "transfer",
]

STATES: tuple[State, ...] = (
    "requested",
    "waitlisted",
    "offered",
    "confirmed",
    "expired",
    "lapsed",
    "cancelled",
    "transferred",
    "completed",
)
# A second registration of the same person is answered with one of these, if there is one.
LIVE: frozenset[State] = frozenset({"requested", "waitlisted", "offered", "confirmed", "completed"})


@dataclass(frozen=True, slots=True)
class Go:
    """It happens, and this is the state after."""

    to: State


@dataclass(frozen=True, slots=True)
class Stay:
    """Nothing changes, and nobody is told off."""


@dataclass(frozen=True, slots=True)
class Refuse:
    """A command may not."""

    slug: str
    why: str


_ENDED = Refuse("registration-ended", "This registration has ended.")
_NO_OFFER = Refuse("no-offer", "There is no offer to accept.")
_OFFER_ENDED = Refuse("offer-ended", "The offer has ended; the seat went to the next in line.")
_MOVED = Refuse("registration-transferred", "This registration was moved to another course.")
_DONE = Refuse("already-completed", "The course is over.")
_NOT_YET = Refuse("not-confirmed", "Only a confirmed seat can be moved to another course.")
_NO_SEAT = Refuse("no-seat-yet", "Who waits has no seat to hand on; register the colleague anew.")

# Facts and deadlines go or stay; only commands can be refused.
TABLE: dict[Act, dict[State, Go | Stay | Refuse]] = {
    "confirm": {"requested": Go("confirmed"), "expired": Go("confirmed")},
    "void": {"requested": Go("expired")},
    "expire": {"requested": Go("expired")},
    "offer": {"waitlisted": Go("offered")},
    "lapse": {"offered": Go("lapsed")},
    "complete": {"confirmed": Go("completed")},
    "accept": {
        "offered": Go("requested"),
        "requested": _NO_OFFER,
        "waitlisted": _NO_OFFER,
        "confirmed": _NO_OFFER,
        "expired": _ENDED,
        "lapsed": _OFFER_ENDED,
        "cancelled": _ENDED,
        "transferred": _MOVED,
        "completed": _DONE,
    },
    "cancel": {
        "requested": Go("cancelled"),
        "waitlisted": Go("cancelled"),
        "offered": Go("cancelled"),
        "confirmed": Go("cancelled"),
        "cancelled": Stay(),
        "expired": _ENDED,
        "lapsed": _ENDED,
        "transferred": _MOVED,
        "completed": _DONE,
    },
    # The person changes, the state does not.
    "substitute": {
        "requested": Go("requested"),
        "confirmed": Go("confirmed"),
        "waitlisted": _NO_SEAT,
        "offered": _NO_SEAT,
        "expired": _ENDED,
        "lapsed": _ENDED,
        "cancelled": _ENDED,
        "transferred": _MOVED,
        "completed": _DONE,
    },
    "transfer": {
        "confirmed": Go("transferred"),
        "requested": _NOT_YET,
        "waitlisted": _NOT_YET,
        "offered": _NOT_YET,
        "expired": _ENDED,
        "lapsed": _ENDED,
        "cancelled": _ENDED,
        "transferred": _MOVED,
        "completed": _DONE,
    },
}


def move(state: str, act: Act) -> State | None:
    """The state after `act`, None where nothing changes; `Conflict` where a command may not."""
    found = TABLE[act].get(state, Stay())  # type: ignore[call-overload]
    if isinstance(found, Refuse):
        raise Conflict(found.slug, found.why)
    return found.to if isinstance(found, Go) else None
