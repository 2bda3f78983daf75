"""The day itself: a course is published, people register, come, drop, are back and leave; it ends,
and the last certificate is waited for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from time import monotonic

from cli.crowd import sightings
from cli.crowd.door import Door
from cli.crowd.lagging import Lag
from cli.crowd.pace import arrive
from cli.crowd.platform import Platform
from cli.here import Here
from cli.jump import Addresses, jump, set_clock
from cli.rehearsal import plan
from cli.rehearsal.ending import ended
from cli.rehearsal.found import Found
from cli.rehearsal.plan import SESSION, Learner, Times, Wanted
from cli.rehearsal.registering import registered
from cli.rehearsal.watch import Watch, ages

_SEEN = 30.0  # seconds until the board may show what was told last
_FIRST = len(sightings.FIRST + sightings.BACK)


class Day:
    """One rehearsal. `found` fills as it goes; how it stands is told `every` so many seconds."""

    def __init__(
        self,
        stack: Here,
        door: Door,
        wanted: Wanted,
        name: str,
        tell: Callable[[str], None],
        every: float,
    ) -> None:
        self._stack, self._door, self._wanted, self._tell = stack, door, wanted, tell
        self.name = name
        self.found = Found(learners=wanted.learners)
        self._watch = Watch(stack, name, tell, every)
        self._phases: dict[str, float] = {}

    async def through(self) -> None:
        """All of it. Raises `Ends`, NoGoodAnswerError."""
        async with ages(self._stack) as lag:
            self._watch.lag = lag
            watching = asyncio.create_task(self._watch.again())
            try:
                await self._lived()
            finally:
                watching.cancel()
                await asyncio.wait([watching])
                self._note(lag)
                self._watch.close()
            if not watching.cancelled():
                watching.result()  # a look that failed is no silence

    async def _lived(self) -> None:
        now = await self._watch.clock()
        when = plan.times(self._wanted, now)
        self._phases = plan.phases(self._wanted, when, now, moved=self._stack.sandbox)
        self._tell(f"{self.name}: {_minutes(sum(self._phases.values()))} in all")
        await self._publish(when)
        there = await registered(self._door, self._stack.mailbox, self.name, self.found, self._tell)
        if not there:
            return
        before = self._watch.mails.get("failed", 0)
        await self._until(when.opens, "until people come")
        await self._come(there)
        if not self._stack.sandbox:  # its clock has waited for the mails
            self.found.late = self._watch.mails.get("late")
        self.found.unsent = max(0, self._watch.mails.get("failed", before) - before)
        await self._end(there, when)

    async def _publish(self, when: Times) -> None:
        whole = plan.course(self.name, self._wanted, when)
        path = f"/registration/v1/courses/{self.name}"
        await self._door.ask("PUT", path, self._stack.key, json=whole)

    async def _come(self, there: list[Learner]) -> None:
        told = sightings.arrival(there, self._wanted.within, 0)
        coming = await self._platform("coming", len(told))

        async def act(number: int, intended: float) -> None:
            said = told[number]
            await coming.tell([(said.one, said.n, said.kind)], intended)

        await arrive([said.after for said in told], act)
        self.found.count("coming", coming)
        peak = await self._platform("dropping, and back", 2 * len(there))
        back = sightings.burst(there, sightings.BACK, _FIRST)
        await peak.burst(back, self._wanted.rate, self._wanted.each, 1)
        self.found.count("peak", peak)
        await self._seen(len(there))

    async def _end(self, there: list[Learner], when: Times) -> None:
        if self._stack.sandbox:
            await set_clock(self._stack.clock_url, when.ends)
        else:
            await self._until(when.ends, "until the session ends")
        leaving = await self._platform("leaving", len(there))
        gone = sightings.burst(there, ("left",), _FIRST + len(sightings.BACK))
        await leaving.burst(gone, self._wanted.rate, self._wanted.each, 2)
        self.found.count("leaving", leaving)
        self._watch.phase = lambda: (
            f"{self.found.certificates or 0:,} of {len(there):,} certificates"
        )
        await ended(self._door, self._stack.key, self.name, self.found, self._watch)

    async def _platform(self, phase: str, many: int) -> Platform:
        now = await self._watch.clock()
        made = Platform(self._door, self._stack.key, SESSION, now, "rehearsal")
        order = list(self._phases)
        after = sum(self._phases[one] for one in order[order.index(phase) + 1 :])
        ends = monotonic() + self._phases[phase]

        def shown() -> str:
            left = _minutes(max(0.0, ends - monotonic()) + after)
            p99 = f", p99 {made.told()['p99']:,.0f} ms" if made.took else ""
            return (
                f"{phase}: {made.done:,} of {many:,}, {made.refused + made.lost:,} refused{p99}, "
                f"{left} left"
            )

        self._watch.phase = shown
        self._tell(self._watch.told())
        return made

    async def _seen(self, many: int) -> None:
        """Until the board shows everybody, or no more of them."""
        until = monotonic() + _SEEN
        while monotonic() < until:
            await self._watch.look()
            self.found.inside = self._watch.board.get("in_room")
            if self.found.inside == many:
                return
            await asyncio.sleep(1)

    async def _until(self, moment: datetime, what: str) -> None:
        """On a sandbox the clock is moved there, and all that is due on the way is done; else it is
        waited for."""
        now = await self._watch.clock()
        if moment <= now:
            return
        if self._stack.sandbox:
            to = Addresses(self._stack.clock_url, self._stack.simulator, self._stack.services)
            self._watch.phase = lambda: f"the sandbox's clock goes to {moment:%H:%M:%S} UTC"
            await jump(to, moment, lambda _stop, _n: None)
            return
        ends = monotonic() + (moment - now).total_seconds()
        self._watch.phase = lambda: f"{max(0, round(ends - monotonic()))} s {what}"
        await asyncio.sleep((moment - now + timedelta(seconds=1)).total_seconds())

    def _note(self, lag: Lag | None) -> None:
        self.found.most = {name: many for name, many in self._watch.most.items() if many}
        if lag is None:
            return
        self.found.lag, self.found.lag_of = lag.worst, lag.where
        try:
            lag.raise_for_end()
        except Exception as why:
            self.found.lag, self.found.lag_of = None, f"lost sight: {type(why).__name__}"


def _minutes(seconds: float) -> str:
    return f"about {round(seconds / 60)} min" if seconds >= 90 else f"about {round(seconds)} s"
