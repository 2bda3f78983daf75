"""All services and the world around them, for one history."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from shared.contracts.services import SERVICES
from shared.runtime.tokens import mint
from tests.simulation import course as courses
from tests.simulation.asking import Answer
from tests.simulation.service import Actor, Doom, Killed
from tests.simulation.story import Setting, Step, setting_of
from tests.simulation.surroundings import BEGIN, Surroundings
from tests.simulation.trace import Trace
from tests.stage import OPERATOR, SECRET

# Columns that differ from run to run: keys and nonces are drawn anew by design, leases are told by
# the clock of the database.
DRAWN: dict[str, frozenset[str]] = {
    "signing_keys": frozenset({"public", "sealed"}),
    "document_files": frozenset({"jwt"}),
    "certificates": frozenset({"jwt_sha256"}),
    "evaluations": frozenset({"answers", "evaluation_id"}),
    "due": frozenset({"lease_until"}),
}


@dataclass
class Learner:
    """Somebody who registered, as they know it."""

    name: str
    course_id: str
    registration_id: str
    token: str
    page: str | None = None  # where they may pay
    paid: bool = False  # as they believe
    codes: list[str] = field(default_factory=list)  # credits they were given


@dataclass
class Ask:
    """A request that was not answered, to be sent again with the same key."""

    service: str
    method: str
    path: str
    body: Any
    token: str | None
    key: str | None
    kind: str
    then: Callable[[Answer], None] | None


class Broken(AssertionError):
    """Something happened that must not."""


class World:
    """One history's world; `chance` is that of the step at hand."""

    def __init__(self, seed: int, around: Surroundings) -> None:
        self.seed = seed
        self.setting: Setting = setting_of(seed)
        self.around = around
        self.cluster = around.cluster
        self.gateway, self.log, self.clock = around.gateway, around.log, around.clock
        self.mail, self.platform, self.press = around.mail, around.platform, around.press
        self.ids = around.ids
        self.trace = Trace()
        self.counts: Counter[str] = Counter()
        self.wrong: list[str] = []  # what services logged as a defect, and answers nobody may get
        self.forgot = 0  # rows that inboxes have forgotten
        self.chance = random.Random(0)
        self.courses = courses.Courses(self.setting, BEGIN)
        self.learners: list[Learner] = []
        self.unanswered: list[Ask] = []
        self.calm = False  # nothing goes wrong any more
        self.alone = True  # what runs is the only thing that does: who dies is known
        self.actors: dict[str, Actor] = {}

    async def begin(self) -> None:
        """Everything is there, and nothing has happened."""
        await self.cluster.empty()
        setting = self.setting
        say, counts = self.trace.say, self.counts
        self.around.begin(self.seed, setting.rough, setting.with_platform, say, counts)
        for name in SERVICES:
            service, hand = self.around.services[name], self.around.hands[name]
            self.actors[name] = Actor(name, service, hand, self.cluster.pools[name])
            await self.actors[name].begin(self.cluster.relays[name])

    def end(self) -> None:
        """Leave what the next history uses."""
        for name, actor in self.actors.items():
            self.cluster.relays[name] = actor.relay
        self.gateway.end()

    # --- what is kept ------------------------------------------------------------------------------

    async def dump(self) -> list[str]:
        """All rows of all services, without what is drawn anew each time or is the runtime's own."""
        told = []
        for name in SERVICES:
            told += await self.cluster.dump(name, DRAWN)
        return told

    def step(self, step: Step) -> None:
        """A step begins: its chances and ids are its own."""
        self.chance = random.Random(step.draw)
        self.ids.begin(f"{self.seed}/{step.draw}")
        self.trace.say(f"-- {self.clock.now():%Y-%m-%d %H:%M:%S} {step.kind} {step.about}")

    # --- what anybody may do ----------------------------------------------------------------------

    def doom(self, points: tuple[Any, ...]) -> Doom | None:
        """Whether a process dies in what it is about to do, and where."""
        if self.calm or not self.alone or self.chance.random() >= self.setting.rough / 2:
            return None
        return Doom(self.chance.choice(points), self.chance.choice([1, 1, 1, 2, 3]))

    async def killed(self, actor: Actor, why: Killed) -> None:
        """A process died; its successor begins."""
        self.counts[f"killed: {why}"] += 1
        self.trace.say(f"   {actor.name} dies at {why}")
        await actor.dies()

    def is_away(self, actor: Actor) -> bool:
        until = actor.away_until
        if until is not None and (self.calm or until <= self.clock.now()):
            actor.away_until = until = None
        return until is not None

    async def ask(
        self,
        service: str,
        method: str,
        path: str,
        body: Any = None,
        *,
        token: str | None = OPERATOR,
        then: Callable[[Answer], None] | None = None,
        kind: str = "",
    ) -> Answer:
        """A request with a key of its own. Not answered, it is sent again some time."""
        key = None if method == "GET" else self.ids()
        return await self.send(Ask(service, method, path, body, token, key, kind, then))

    async def send(self, ask: Ask) -> Answer:
        """Send a request, perhaps twice."""
        actor = self.actors[ask.service]
        if self.is_away(actor):
            self.counts["a service was away when it was asked"] += 1
            self.unanswered.append(ask)
            return Answer(0, None)
        headers = {"authorization": f"Bearer {ask.token}"} if ask.token else {}
        if ask.key:
            headers["idempotency-key"] = ask.key
        content = None if ask.body is None else json.dumps(ask.body).encode()
        doom = self.doom(("batch.claimed", "batch.flushed", "batch.committed", "edge.committed"))
        try:
            with actor.doomed(doom):
                answer = await actor.asked(ask.method, ask.path, headers, content)
        except Killed as why:
            await self.killed(actor, why)
            self.unanswered.append(ask)
            return Answer(0, None)
        self._note(ask, answer)
        if answer.status == 503:
            self.unanswered.append(ask)
            return answer
        if ask.then is not None and answer.good:
            ask.then(answer)
        if ask.key and not self.calm and self.chance.random() < self.setting.rough / 4:
            await self._again(ask, headers, content, answer)
        return answer

    async def _again(
        self, ask: Ask, headers: dict[str, str], content: bytes | None, first: Answer
    ) -> None:
        """The same request once more, for its answer got lost on the way: the same answer."""
        self.counts["a request was sent twice"] += 1
        again = await self.actors[ask.service].asked(ask.method, ask.path, headers, content)
        if first.good and (again.status, again.body) != (first.status, first.body):
            self.wrong.append(f"{ask.method} {ask.path}: {first}, and again {again}")

    def _note(self, ask: Ask, answer: Answer) -> None:
        told = answer.slug or answer.body
        self.trace.say(f"   {ask.method} {ask.path} {ask.body} -> {answer.status} {told}")
        if ask.kind:
            word = "did" if answer.good else f"was refused ({answer.slug})"
            self.counts[f"{ask.kind} {word}"] += 1
        unfit = answer.status >= 500 and answer.slug != "gateway-away"
        if unfit or answer.status == 400:
            self.wrong.append(f"{ask.method} {ask.path} {ask.body}: {answer}")

    def join_link(self, learner: Learner, session_id: str) -> str:
        """The personal link to a session, of the version that their token has."""
        version = int(learner.token.partition(".")[0])
        return mint(SECRET, "join", f"{learner.registration_id}/{session_id}", version)

    def passes(self, span: timedelta) -> None:
        """Time goes by."""
        self.clock.time += span
