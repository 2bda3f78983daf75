"""Looks: how often a look at a session is made anew, however many ask for one.

A look costs time by the number of lines, so looks at one session are never made side by side in a
process, and one that was dear is shown again to whoever asks soon after: a large session costs at
most a fifth of a core.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

DEAR = 5_000  # lines that a look goes over, from which on it is shown again
SHARE = 4  # times as long as it took
_MOST = 8  # sessions of which a look is kept


@dataclass(frozen=True, slots=True)
class _Look:
    stamp: Any
    body: bytes
    until: float  # of the wall's clock, for it is the machine that is spared


@dataclass
class Looks:
    """The looks of a process; `timer` gives seconds of a clock that never goes back."""

    timer: Callable[[], float] = time.monotonic
    _kept: OrderedDict[tuple[str, ...], _Look] = field(default_factory=OrderedDict)
    _turns: dict[tuple[str, ...], asyncio.Lock] = field(default_factory=dict)

    async def at(
        self, key: tuple[str, ...], stamp: Any, make: Callable[[], Awaitable[tuple[bytes, int]]]
    ) -> bytes:
        """A look at a session as it is, or was a moment ago; `stamp` is what must not differ.

        `make` gives the look, and how many lines it went over.
        """
        turn = self._turns.setdefault(key, asyncio.Lock())
        async with turn:
            known = self._kept.get(key)
            if known is not None and known.stamp == stamp and self.timer() < known.until:
                return known.body
            since = self.timer()
            body, lines = await make()
            took = self.timer() - since if lines >= DEAR else 0
            self._kept[key] = _Look(stamp, body, since + took * (1 + SHARE))
            self._kept.move_to_end(key)
            while len(self._kept) > _MOST:
                gone, _ = self._kept.popitem(last=False)
                self._turns.pop(gone, None)
            return body
