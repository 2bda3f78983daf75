"""The payment gateway: the real simulator, in the time of the history, behind a line of its own.

Its troubles are its own, too (`stack/paysim/faults.py`): time-outs before and after, errors,
webhooks that come late, twice, overtaken or very late, refunds that fail in the end, disputes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from stack.paysim import app as paysim
from stack.paysim import rules
from stack.paysim.deps import Settings
from stack.paysim.faults import Faults
from stack.paysim.later import everything
from stack.paysim.store import Store

URL, API_KEY, WEBHOOK_SECRET = "http://paysim.test", "the simulator's key", "the webhooks' secret"
CARDS = {
    "4242424242424242": 8,
    "4000000000000002": 1,  # declined
    "4000000000009995": 1,  # insufficient funds
    "4000000000005126": 1,  # refunds to it fail in the end
    "4000000000007726": 1,  # refunds to it are pending at first
}
_HOUR = 3600.0
RATES = {
    "decline": 0.3,
    "timeout_before": 0.4,
    "timeout_after": 0.4,
    "error_500": 0.4,
    "webhook_delay": 0.7,
    "webhook_duplicate": 0.7,
    "webhook_reorder": 0.7,
    "webhook_lost_then_found": 0.4,
    "refund_pending": 1.5,
    "refund_fails_later": 1.5,
    "insufficient_balance": 0.5,
    "card_gone": 0.5,
    "dispute": 0.4,
    "dashboard_refund": 0.5,
}


@dataclass(frozen=True)
class Counted(Faults):
    """Faults that are counted when they strike."""

    counts: Counter[str] = field(default_factory=Counter)

    def strikes(self, name: str, key: str, attempt: int = 1) -> bool:
        """Whether it does."""
        found = super().strikes(name, key, attempt)
        if found:
            self.counts[f"gateway: {name}"] += 1
        return found

    def shown(self) -> dict[str, Any]:
        """Without the counts, which are nobody's setting."""
        return {k: v for k, v in super().shown().items() if k != "counts"}


class Gateway:
    """The simulator of a process; `begin` gives it a new life for each history."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._files = 0
        self._app = paysim.build(
            Settings(
                data=directory,
                public_url=URL,
                webhook_url="http://unused.test",
                webhook_secret=WEBHOOK_SECRET,
                api_key=API_KEY,
            )
        )
        self.http = httpx.AsyncClient(
            transport=httpx.ASGITransport(self._app), base_url=URL, trust_env=False
        )
        self._store: Store | None = None

    @property
    def store(self) -> Store:
        assert self._store is not None
        return self._store

    def begin(
        self, seed: int, rough: float, now: Callable[[], float], counts: Counter[str]
    ) -> None:
        """Nothing has happened yet."""
        self.end()
        path = self._directory / f"{self._files}.sqlite"
        self._files += 1
        self._store = self._app.state.store = Store(path, durable=False, now=now)
        rates = {name: rate * rough for name, rate in RATES.items()}
        self.store.faults = Counted(
            f"simulation {seed}",
            rates,
            hang_seconds=0,
            slow_seconds=0,
            later_seconds=_HOUR,
            counts=counts,
        )

    def end(self) -> None:
        """Forget this life."""
        if self._store is not None:
            self._store.close()
            for left in self._directory.glob(f"{self._files - 1}.sqlite*"):
                left.unlink()
            self._store = None

    def calms_down(self) -> None:
        """Nothing goes wrong any more, and all that was to happen does."""
        old = self.store.faults
        self.store.faults = Faults(old.seed, later_seconds=_HOUR)
        everything(self.store)

    def pays(self, checkout_url: str, card: str) -> str:
        """A learner puts a card into a page; gives what it came to."""
        with suppress(rules.Refused):  # a page that is over
            made = rules.pay(self.store, checkout_url.rpartition("/")[2], card)
            return f"{made['id']} {made['status']}"
        return "the page is over"
