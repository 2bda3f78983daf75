"""What is looked at while a rehearsal lasts, through the front door and, where they are known, in
Kafka and the databases: what waits, the session's board, mails, how old the oldest event is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import datetime
from time import monotonic
from typing import Any

from cli.answering import behind
from cli.crowd.door import Door, NoGoodAnswerError
from cli.crowd.lagging import Lag
from cli.here import Here
from cli.rehearsal.plan import SESSION
from shared.contracts.services import SERVICES
from shared.dates import parse_instant

LOOKS = 2.0  # seconds between two looks
PATIENCE = 10.0  # seconds for an answer to a look; what gives none is away
_WAITS = ("lag", "outbox", "overdue")


class Watch:
    """Looks again and again; `most` is what waited at one time, at most, by kind and service."""

    def __init__(self, stack: Here, course: str, tell: Callable[[str], None], every: float) -> None:
        self._key, self._tell, self._every = stack.key, tell, every
        self._door = Door(stack.door, 2 * len(SERVICES), PATIENCE)
        self._board = f"/attendance/v1/sessions/{course}/{SESSION}?records=false"
        self.now: dict[str, int] = {}  # "<service> <kind>" → how many wait
        self.most: dict[str, int] = {}
        self.board: dict[str, Any] = {}
        self.mails: dict[str, Any] = {}
        self.away: set[str] = set()
        self.blind: set[str] = set()  # of whom nobody says what they have still to hear
        # When a service's workers last looked, and how many records had been handled by then.
        self._places: dict[str, tuple[str, int]] = {}
        self._calm: dict[str, tuple[str, int]] | None = None  # the same when first nothing waited
        self.lag: Lag | None = None
        self.phase: Callable[[], str] = lambda: ""

    async def look(self) -> None:
        """Once, at everything."""
        await asyncio.gather(*map(self._quiet, SERVICES), self._session(), self._outlook())

    async def clock(self) -> datetime:
        """The time by the services' clock. Raises NoGoodAnswerError."""
        told = await self._door.ask("GET", "/attendance/health/quiet", self._key)
        return parse_instant(told["clock"])

    async def quiet(self) -> str:
        """What still waits; "" where nothing does that can be seen (not of those in `blind`)."""
        await self.look()
        waits = [f"{name}: {many:,}" for name, many in self.now.items() if many]
        waits = [*(f"{name} is away" for name in sorted(self.away)), *waits]
        if waits:
            self._calm = None
            return ", ".join(waits)
        # What workers said in the database is as of a quarter of a minute ago: what was said since
        # may wait for them. So where nothing waits, they are to have looked once more.
        # And whoever worked in between may have said something to one that had looked by then.
        now, calm = self._places, self._calm
        if calm is None or any(calm[name][1] != now[name][1] for name in calm.keys() & now.keys()):
            calm = self._calm = dict(now)
        old = [name for name in calm.keys() & now.keys() if calm[name][0] == now[name][0]]
        return f"{', '.join(sorted(old))} is to look once more" if old else ""

    async def again(self) -> None:
        """Until it is cancelled; says every so many seconds how far it is."""
        shown = monotonic()
        while True:
            await self.look()
            if monotonic() - shown >= self._every:
                shown = monotonic()
                self._tell(self.told())
            await asyncio.sleep(LOOKS)

    def told(self) -> str:
        """How it stands, in a line: how far, who is in, what waits in all services."""
        waits = {
            kind: sum(many for name, many in self.now.items() if name.endswith(kind))
            for kind in _WAITS
        }
        oldest = f", oldest so far {self.lag.worst:.1f} s" if self.lag is not None else ""
        words = [
            self.phase(),
            f"{self.board.get('in_room', 0):,} in",
            f"{waits['lag']:,} to hear, {waits['outbox']:,} to say",
            f"{waits['overdue']:,} due{oldest}",
            *(f"{name} is away" for name in sorted(self.away)),
        ]
        return "; ".join(word for word in words if word)

    def close(self) -> None:
        """Nobody looks any more."""
        self._door.close()

    async def _quiet(self, name: str) -> None:
        try:
            told = await self._door.ask("GET", f"/{name}/health/quiet", self._key)
        except NoGoodAnswerError:
            self.away.add(name)
            return
        self.away.discard(name)
        lag = await self._lag(name, told)
        (self.blind.add if lag is None else self.blind.discard)(name)
        seen = {"lag": lag or 0, "outbox": told["outbox"], "overdue": told["due"]["overdue"]}
        for kind, many in seen.items():
            self.now[f"{name} {kind}"] = many
            self.most[f"{name} {kind}"] = max(many, self.most.get(f"{name} {kind}", 0))

    async def _lag(self, name: str, told: dict[str, Any]) -> int | None:
        """What its group has still to hear: as it says itself where it works, else as its workers
        last said; None where nobody says so."""
        if told["works"]:
            self._places.pop(name, None)
            lag: int | None = told["lag"]
            return lag
        try:
            said = await self._door.ask("GET", f"/{name}/v1/processes", self._key)
        except NoGoodAnswerError:
            said = None
        lag = behind(said)
        if lag is None:
            self._places.pop(name, None)
        else:
            done = sum(int(one["committed"]) for one in said["partitions"])
            self._places[name] = said["looked_at"], done
        return lag

    async def _session(self) -> None:
        with suppress(NoGoodAnswerError):  # not heard of yet, or away
            self.board = await self._door.ask("GET", self._board, self._key)

    async def _outlook(self) -> None:
        with suppress(NoGoodAnswerError):
            self.mails = await self._door.ask("GET", "/notifications/v1/outlook", self._key)


@asynccontextmanager
async def ages(stack: Here) -> AsyncIterator[Lag | None]:
    """How old the oldest event is that waits, where Kafka is known from here; else None."""
    import asyncpg
    from aiokafka.errors import KafkaError

    async with AsyncExitStack() as open_:
        urls, looks, lag = stack.database_urls(), {}, None
        try:
            for name in SERVICES:
                looks[name] = await asyncpg.connect(urls[name]) if name in urls else None
                if (con := looks[name]) is not None:
                    open_.push_async_callback(con.close)
            if stack.bootstrap:
                lag = await open_.enter_async_context(Lag(looks, stack.bootstrap))
        except (OSError, asyncpg.PostgresError, KafkaError):
            lag = None
        yield lag
