"""Business time. The wall clock, or in a sandbox a clock that a person moves forward.

Runtime time (leases, back-off, retention, signatures) is always `wall()`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import httpx
import structlog

log = structlog.get_logger(__name__)


def _by_the_machine() -> datetime:
    return datetime.now(UTC)


_sources: list[Callable[[], datetime]] = [_by_the_machine]  # the last one counts


def wall() -> datetime:
    """The wall clock, in UTC: runtime time."""
    return _sources[-1]()


@contextmanager
def walled(source: Callable[[], datetime]) -> Iterator[None]:
    """For simulations: the wall clock is `source`, in this process, for as long as the block lasts.
    Only code can say so, no setting and no environment, and no code but that of tests does."""
    _sources.append(source)
    try:
        yield
    finally:
        _sources.pop()


class Clock:
    """Business time is the wall clock."""

    sandbox = False

    def now(self) -> datetime:
        """Business time, in UTC."""
        return wall()

    async def refresh(self, revision: int | None = None) -> None:
        """Nothing to ask."""

    async def follow(self, changed: Callable[[], None]) -> None:
        """Nothing to follow."""


class SandboxClock(Clock):
    """Follows the test clock at `url`: it ticks on from where it was set, and never goes back."""

    sandbox = True

    def __init__(self, url: str, every: float = 0.25) -> None:
        self._url = url
        self._every = every
        self._ahead = timedelta(0)  # of the wall clock; negative in the past
        self._known = False
        self._revision = -1
        self._client = httpx.AsyncClient(timeout=5, trust_env=False)
        self._changed: Callable[[], None] = lambda: None

    def now(self) -> datetime:
        """Business time; an error before the clock was heard for the first time."""
        if not self._known:
            raise TimeoutError("the sandbox clock has not been heard yet")
        return wall() + self._ahead

    async def refresh(self, revision: int | None = None) -> None:
        """Ask now: whoever moved the clock wants it known. `revision` is the one they speak of;
        where it was heard before, there is nothing to ask."""
        if self._known and revision == self._revision:
            return
        answer = (await self._client.get(self._url)).raise_for_status().json()
        now = datetime.fromisoformat(answer["now"])
        if not self._known or answer["revision"] != self._revision:
            self._ahead, self._revision, self._known = now - wall(), answer["revision"], True
            self._changed()

    async def follow(self, changed: Callable[[], None]) -> None:
        """Ask again and again; calls `changed` after a jump."""
        self._changed = changed
        while True:
            try:
                await self.refresh()
            except Exception as why:  # whatever it answers: to end here is to stand still
                log.warning("clock.away", error=type(why).__name__)
            await asyncio.sleep(self._every)


def clock_of(sandbox: bool, url: str) -> Clock:
    """The clock that settings ask for; a sandbox without a clock to follow is an error."""
    if not sandbox:
        return Clock()
    if not url:
        raise ValueError("SANDBOX=1 needs SANDBOX_CLOCK_URL, the address of the test clock")
    return SandboxClock(url)
