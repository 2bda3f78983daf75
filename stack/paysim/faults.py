"""What goes wrong, and how often: all of it off until a test asks for it.

Whether a fault strikes follows from the seed, its name, the object's key and how often that object
was tried, and from nothing else: not from the order in which calls happen to arrive. The same seed
and the same story give the same troubles, also when a hundred stories are told side by side.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from typing import Any

OF_REQUESTS = {
    "timeout_before": "no answer, and nothing was done",
    "timeout_after": "no answer, though it was done",
    "error_500": "an error; for every other one it was done all the same",
    "slow": "an answer that takes its time",
}
OF_OBJECTS = {
    "decline": "a card that is good is declined",
    "webhook_delay": "a webhook comes later",
    "webhook_duplicate": "a webhook comes twice",
    "webhook_reorder": "a webhook is overtaken by others",
    "webhook_lost_then_found": "a webhook comes very much later",
    "refund_pending": "a refund takes its time",
    "refund_fails_later": "a refund is sent back by the bank later",
    "insufficient_balance": "a refund is refused: there is no money at the gateway",
    "card_gone": "every refund of a payment is refused: the card is no more",
    "dashboard_refund": "some of a payment is given back by hand later, without a key",
    "dispute": "the payer's bank takes a payment back later, and decides later still",
    "dispute_lost": "of the disputes, those that are lost; half of them if nothing is said",
}
NAMES = OF_REQUESTS | OF_OBJECTS


@dataclass(frozen=True)
class Faults:
    """The rates, 0 to 1, by name; and how long the ones that take time do take."""

    seed: str = ""
    rates: Mapping[str, float] = field(default_factory=dict)
    hang_seconds: float = 15.0  # before a time-out's 504: longer than a shop waits
    slow_seconds: float = 1.0
    later_seconds: float = 2.0  # what happens later; a lost webhook takes thirty times that

    def strikes(self, name: str, key: str, attempt: int = 1) -> bool:
        """Whether this fault strikes that object at that try."""
        rate = self.rates.get(name, 0.0)
        return rate > 0 and self.share(name, key, attempt) < rate

    def share(self, name: str, key: str, attempt: int = 1) -> float:
        """From 0 up to, but not, 1: drawn once for all for that object, name and try."""
        text = f"{self.seed}|{name}|{key}|{attempt}"
        return int.from_bytes(sha256(text.encode()).digest()[:6]) / 2**48

    def touch_requests(self) -> bool:
        return any(self.rates.get(name) for name in OF_REQUESTS)

    def shown(self) -> dict[str, Any]:
        return asdict(self) | {"rates": dict(self.rates)}
