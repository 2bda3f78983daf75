"""What learners do from registration to the evaluation, through the front door of a whole stack.

Whoever gets no answer, or one that says "later", asks again with the same key, as a browser would.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any
from urllib.parse import urlencode, urlsplit

from bench import people
from bench.lines import Answer, Lines, request
from bench.people import Learner
from bench.town import Town
from cli.jump import jump, settle

START = datetime(2020, 9, 1, 12, tzinfo=UTC)
# 16:00 in New York: the clocks go back on 2020-11-01.
STARTS = {
    "s1": datetime(2020, 10, 19, 20, tzinfo=UTC),
    "s2": datetime(2020, 10, 26, 20, tzinfo=UTC),
    "s3": datetime(2020, 11, 2, 21, tzinfo=UTC),
    "s4": datetime(2020, 11, 9, 21, tzinfo=UTC),
}
LASTS = timedelta(hours=2)
CARD = "4242424242424242"
AT_ONCE = 48  # people who act at the same time
AHEAD = 1_000  # who have registered before the first of them pays; well within a hold's half hour
EACH = 500  # observations in a request
PATIENCE = 180.0  # seconds for a good answer
SHOW = 5.0  # seconds between two lines of progress
_LATER = {425, 429, 502, 503, 504}


@dataclass
class Progress:
    """How far something is, at what rate, and about how long it still takes."""

    what: str
    total: int
    done: int = 0
    _began: float = field(default_factory=monotonic)
    _shown: float = field(default_factory=monotonic)

    def did(self, count: int = 1) -> None:
        """So many more; says it every few seconds."""
        self.done += count
        now = monotonic()
        if now - self._shown >= SHOW or self.done == self.total:
            self._shown = now
            say(self.told(now - self._began))

    def told(self, seconds: float) -> str:
        """In words, after so many seconds."""
        rate = self.done / max(seconds, 1e-3)
        left = (self.total - self.done) / rate if rate else 0.0
        return (
            f"{self.what}: {self.done:,} of {self.total:,}, {rate:,.0f}/s, about {left:,.0f} s left"
        )


@dataclass
class Life:
    """A town, its learners, and what they use."""

    town: Town
    many: Sequence[Learner]
    sessions: Sequence[str] = tuple(STARTS)  # that their courses have
    evaluated: bool = True
    platform: str = ""  # its key
    disclosure: str = ""
    questions: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.lines = Lines(self.town.door, 4 * AT_ONCE)

    async def ask(self, method: str, path: str, key: str = "", once: str = "", **more: Any) -> Any:
        """The JSON of a good answer; None of a redirection, as a payment that was taken is. Raises
        SystemExit where there is none in time."""
        body = json.dumps(more["json"]).encode() if "json" in more else more.get("body", b"")
        told = {"authorization": f"Bearer {key}"} if key else {}
        told |= {"idempotency_key": once} if once else {}
        told |= {"content_type": more["kind"]} if "kind" in more else {}
        got = await self._patiently(request(method, path, body, **told))
        if got.status >= 400:
            raise SystemExit(f"{method} {path}: {got.status} {got.body[:500].decode()}")
        return json.loads(got.body) if got.status < 300 else None

    async def _patiently(self, words: bytes) -> Answer:
        until, said = monotonic() + PATIENCE, "nothing"
        while monotonic() < until:
            try:
                got = await self.lines.ask(words)
            except OSError as why:
                said = type(why).__name__
            else:
                busy = got.status == 409 and b"idempotency-key-in-use" in got.body
                if got.status not in _LATER and not busy:
                    return got
                said = f"{got.status} {got.body[:200].decode()}"
            await asyncio.sleep(0.1)
        raise SystemExit(f"no good answer for {PATIENCE:.0f} s; the last: {said}")

    async def through(self) -> None:
        """All of it, until nobody has anything left to do a day after the last session."""
        await self.publish()
        await self.register()
        for session in self.sessions:
            await self.hold(session)
        if self.evaluated:
            await self.evaluate()
        await self.go(STARTS[self.sessions[-1]] + timedelta(days=1))

    # --- what happens -------------------------------------------------------------------------

    async def publish(self) -> None:
        """The courses, and a key for the meeting platform."""
        await self.go(START)
        names = [one.course for one in self.many]
        for name in dict.fromkeys(names):
            seats = names.count(name)
            whole = people.course(name, seats, self.sessions, evaluated=self.evaluated)
            path = f"/registration/v1/courses/{name}"
            told = await self.ask("PUT", path, self.town.key, json=whole)
            self.disclosure = whole["disclosure"]["version"]
            shown = await self.ask("GET", path)
            self.questions = shown["evaluation"]["questions"]
            assert told is not None
        body = {"scopes": ["platform"], "label": "bench"}
        made = await self.ask(
            "POST", "/partners/v1/keys", self.town.key, people.Learner(0, "").once("key"), json=body
        )
        self.platform = made["key"]
        await self.quiet()

    async def register(self) -> None:
        """All of them, and pay, some hundreds at a time; comes back when all are confirmed."""
        progress = Progress("registered and paid", len(self.many))
        for first in range(0, len(self.many), AHEAD):
            some = self.many[first : first + AHEAD]
            await together(some, self._register)
            await together(some, self._pay, progress)
        await self.quiet()

    async def _register(self, one: Learner) -> None:
        path = f"/registration/v1/courses/{one.course}/registrations"
        body = one.body(self.disclosure)
        told = await self.ask("POST", path, once=one.once("register"), json=body)
        one.registration, one.token = told["registration_id"], told["token"]

    async def _pay(self, one: Learner) -> None:
        path = f"/billing/v1/registrations/{one.registration}/checkout"
        told = await self.ask("POST", path, one.token, once=one.once("checkout"), json={})
        form = urlencode({"card": CARD}).encode()
        kind = "application/x-www-form-urlencoded"
        await self.ask("POST", urlsplit(told["checkout_url"]).path, body=form, kind=kind)

    async def hold(self, session: str) -> None:
        """One session: reminders on the way there, people come and go, it settles."""
        starts, ends = STARTS[session], STARTS[session] + LASTS
        await self.go(ends + timedelta(minutes=1))
        there = [one for one in self.many if one.misses != session]
        told = [said for one in there for said in people.seen(one, session, starts, ends)]
        progress = Progress(f"observations of {session}", len(told))
        parts = [told[n : n + EACH] for n in range(0, len(told), EACH)]
        await together(parts, self._observe, progress, at_once=4)
        await self.go(ends + timedelta(minutes=17))

    async def _observe(self, some: list[dict[str, Any]]) -> None:
        body = {"source": "bench", "observations": some}
        told = await self.ask("POST", "/attendance/v1/observations", self.platform, json=body)
        assert told["accepted"] + told["duplicates"] == len(some), told["refused"][:3]

    async def evaluate(self) -> None:
        """Everybody answers; certificates follow by themselves."""
        progress = Progress("evaluations", len(self.many))
        await together(self.many, self._evaluate, progress)

    async def _evaluate(self, one: Learner) -> None:
        path = f"/certificates/v1/registrations/{one.registration}/evaluation"
        body = {"answers": people.answers(self.questions)}
        await self.ask("POST", path, one.token, once=one.once("evaluate"), json=body)

    # --- time -----------------------------------------------------------------------------------

    async def go(self, to: datetime) -> None:
        """Move the clock, stop by stop; comes back when all that was due by then is done. Raises
        `Ends` where nothing moves for two minutes."""

        def told(stop: datetime, n: int) -> None:
            say(f"{stop:%Y-%m-%d %H:%M} ({n})")

        await jump(self.town.addresses, to, told)

    async def quiet(self) -> None:
        """Until nobody has anything left to do by now."""
        await settle(self.town.addresses)


async def together(
    some: Iterable[Any],
    act: Callable[[Any], Awaitable[None]],
    progress: Progress | None = None,
    at_once: int = AT_ONCE,
) -> None:
    """All of them act, so many at a time; raises what one of them raised."""
    waiting = iter(some)

    async def one_after_another() -> None:
        for one in waiting:
            await act(one)
            if progress is not None:
                progress.did(len(one) if isinstance(one, list) else 1)

    async with asyncio.TaskGroup() as group:
        for _ in range(at_once):
            group.create_task(one_after_another())


def say(text: str) -> None:
    """To whoever watches."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()
