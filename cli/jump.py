"""Moving the sandbox clock: stop at each due instant on the way, go on when all is quiet.

Design: design.md §6. What is due on Monday is done on Monday's date before Tuesday begins; dues
less than a minute apart are one step. Quiet means: every service says so twice in a row and the
simulator has no webhook left to deliver.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from cli.say import AWAY, REFUSED, Ends

ONE_STEP = timedelta(minutes=1)
_PATIENCE_SECONDS = 120.0
_ROUNDS = 2
_PAUSE = 0.02  # seconds between looks, at first
_SIMULATOR = "the simulator"
Progress = Callable[[datetime, int], None]


@dataclass(frozen=True)
class Addresses:
    """`services` are bases such as `http://127.0.0.1:8102/billing`."""

    clock: str
    simulator: str
    services: Mapping[str, str]


async def jump(to: Addresses, target: datetime, progress: Progress) -> int:
    """Move the clock to `target`; the number of stops on the way. Raises `Ends`.

    `progress` is told each stop and how many there were.
    """
    limits = httpx.Limits(max_connections=32, max_keepalive_connections=32)
    async with httpx.AsyncClient(timeout=30, limits=limits, trust_env=False) as client:
        mover = _Mover(client, to)
        clock = await mover.clock()
        stops = 0
        if not clock["set"]:
            # The first setting may go anywhere, so there is no way there and nothing due on it.
            await mover.set(target)
            await mover.quiet()
            progress(target, stops)
            return stops
        if target < instant(clock["now"]):
            raise Ends(
                REFUSED,
                f"The sandbox clock only goes forward, and it is {clock['now']}.",
                "A clock that is earlier needs fresh data: bin/holdfast down --wipe",
            )
        reached = instant(clock["now"])
        while True:
            dues = {name: due for name, due in (await mover.quiet()).items() if due <= target}
            if not dues:
                break
            first = min(dues.values())
            # A second stop within one minute takes the rest of that minute with it.
            stop = max(due for due in dues.values() if due - first < ONE_STEP)
            if stops and stop - reached < ONE_STEP:
                stop = min(max(stop, reached + ONE_STEP), target)
            await mover.set(stop)
            await mover.done([name for name, due in dues.items() if due <= stop])
            reached, stops = max(reached, stop), stops + 1
            progress(stop, stops)
        await mover.set(target)
        await mover.quiet()
        progress(target, stops)
        return stops


async def settle(to: Addresses) -> None:
    """Wait until all is quiet, without moving the clock."""
    async with httpx.AsyncClient(timeout=30, trust_env=False) as client:
        await _Mover(client, to).quiet()


async def set_clock(url: str, to: datetime | None = None) -> datetime:
    """Set the clock, if `to` anything, and wait for nobody; what it is then, for it may have ticked
    past that. Raises `Ends`."""
    async with httpx.AsyncClient(timeout=30, trust_env=False) as client:
        try:
            if to is not None:
                told = await client.post(f"{url.rstrip('/')}/set", json={"now": to.isoformat()})
            if to is None or told.status_code == 409:
                told = await client.get(url)
            return instant(told.raise_for_status().json()["now"])
        except httpx.HTTPError as why:
            raise Ends(
                AWAY,
                f"The sandbox clock at {url} does not answer ({type(why).__name__}).",
                "See what runs with: bin/holdfast status",
            ) from why


def instant(text: str) -> datetime:
    """An RFC 3339 instant, in UTC."""
    return datetime.fromisoformat(text).astimezone(UTC)


class _Mover:
    def __init__(self, client: httpx.AsyncClient, to: Addresses) -> None:
        self._client = client
        self._to = to
        self._revision: int | None = None

    async def clock(self) -> dict[str, Any]:
        answer = await self._get(self._to.clock)
        if answer is None:
            raise Ends(
                AWAY,
                f"The sandbox clock at {self._to.clock} does not answer.",
                "See what runs with: bin/holdfast status",
            )
        return answer

    async def set(self, stop: datetime) -> None:
        """Move the clock; where it ticked past `stop` meanwhile, it stays."""
        now = stop.astimezone(UTC).isoformat().replace("+00:00", "Z")
        answer = await self._client.post(f"{self._to.clock.rstrip('/')}/set", json={"now": now})
        if answer.status_code != 409:
            self._revision = answer.raise_for_status().json().get("revision")

    async def done(self, names: list[str]) -> None:
        """Wait a little for those that have something to do, before all are asked."""
        pause = 0.01
        while names and pause < 1:
            await asyncio.sleep(pause)
            pause *= 1.5
            answers = await asyncio.gather(*(self._quiet_of(name) for name in names))
            names = [
                name
                for name, one in zip(names, answers, strict=True)
                if one is None or one["due"]["overdue"]
            ]

    async def quiet(self) -> dict[str, datetime]:
        """Wait until everything is quiet; by service its next due instant."""
        calm, pause, since, seen = 0, _PAUSE, time.monotonic(), ""
        loud: list[str] = []
        while True:
            # As long as some are at work, only they are asked; then all are, twice in a row.
            whole = await self._ask(loud or [_SIMULATOR, *self._to.services])
            if not whole.loud and loud:
                loud = []
                continue
            if not whole.loud:
                calm += 1
                if calm >= _ROUNDS:
                    return whole.dues
                continue
            calm, loud = 0, whole.loud
            if whole.picture != seen:
                since, seen, pause = time.monotonic(), whole.picture, _PAUSE
            elif time.monotonic() - since > _PATIENCE_SECONDS:
                raise Ends(
                    AWAY,
                    f"Not quiet, and no progress for {_PATIENCE_SECONDS:.0f} seconds: "
                    f"{', '.join(whole.loud)}.",
                    "See why with: bin/holdfast status, and bin/holdfast dead-letters list",
                )
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, 0.25)

    async def _ask(self, names: list[str]) -> "_Seen":
        answers = await asyncio.gather(*(self._quiet_of(name) for name in names))
        loud, dues = [], {}
        for name, one in zip(names, answers, strict=True):
            if one is None or one.get("pending_webhooks") or not one.get("quiet", True):
                loud.append(name)
            elif name != _SIMULATOR and one["due"]["next"]:
                dues[name] = instant(one["due"]["next"])
        picture = str([{k: v for k, v in (a or {}).items() if k != "clock"} for a in answers])
        return _Seen(loud, dues, picture)

    async def _quiet_of(self, name: str) -> dict[str, Any] | None:
        if name == _SIMULATOR:
            return await self._get(f"{self._to.simulator}/quiet")
        # A service that has heard of this revision of the clock need not ask for it again.
        heard = f"?revision={self._revision}" if self._revision is not None else ""
        return await self._get(f"{self._to.services[name]}/health/quiet{heard}")

    async def _get(self, url: str) -> dict[str, Any] | None:
        try:
            answer = await self._client.get(url)
        except httpx.TransportError:
            return None
        return dict(answer.json()) if answer.is_success else None


@dataclass(frozen=True)
class _Seen:
    loud: list[str]
    dues: dict[str, datetime]
    picture: str
