"""What learners do from registration to the evaluation, through the front door of a whole stack."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from bench import people
from bench.people import Learner
from bench.town import Town
from cli.crowd.door import Door, NoGoodAnswerError
from cli.crowd.lines import Lines
from cli.crowd.progress import AT_ONCE, Progress, say, together
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
AHEAD = 1_000  # who have registered before the first of them pays; well within a hold's half hour
EACH = 500  # observations in a request


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
        self.door = Door(f"http://127.0.0.1:{self.town.door}", 4 * AT_ONCE)

    @property
    def lines(self) -> Lines:
        """The connections to the front door."""
        return self.door.lines

    async def ask(self, method: str, path: str, key: str = "", once: str = "", **more: Any) -> Any:
        """As `Door.ask`; raises SystemExit where there is no good answer in time."""
        try:
            return await self.door.ask(method, path, key, once, **more)
        except NoGoodAnswerError as why:
            raise SystemExit(str(why)) from why

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
