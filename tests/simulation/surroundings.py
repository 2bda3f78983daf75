"""What all histories of a process share: the services as built, and the world outside of them.

To build seven applications takes as long as to live through a history; so they are built once, and
a process that begins gets new loops and an empty memory, in the application that is there.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import httpx

from shared.runtime.clock import Clock
from shared.runtime.service import Service
from tests.simulation.building import built
from tests.simulation.cluster import Cluster
from tests.simulation.gateway import Gateway
from tests.simulation.log import Hand, Log
from tests.simulation.mail import Mail
from tests.simulation.platform import Platform
from tests.simulation.press import Press
from tests.stage import SECRET

BEGIN = datetime(2020, 9, 1, 13, tzinfo=UTC)


class VirtualClock(Clock):
    """Business time and the wall clock: it moves when a step says so."""

    def __init__(self) -> None:
        self.time = BEGIN

    def now(self) -> datetime:
        return self.time

    def tick(self) -> float:
        """The same in seconds."""
        return self.time.timestamp()


class Ids:
    """Ids that follow from the step that asks for them, and from no other."""

    def __init__(self) -> None:
        self.begin("")

    def begin(self, name: str) -> None:
        self._space = uuid.uuid5(uuid.NAMESPACE_OID, name)
        self._count = 0

    def __call__(self) -> str:
        self._count += 1
        return str(uuid.uuid5(self._space, str(self._count)))


class Surroundings:
    """One a process."""

    def __init__(self, cluster: Cluster, directory: Path) -> None:
        self.cluster = cluster
        self.clock = VirtualClock()
        self.ids = Ids()
        self.log = Log(self.clock.tick)
        self.hands = {name: Hand(self.log) for name in cluster.urls}
        self.mail = Mail()
        self.platform = Platform(self.clock.now)
        self.press = Press(SECRET)
        self.gateway = Gateway(directory)
        self.nobody = httpx.MockTransport(lambda _: httpx.Response(503))
        self.services: dict[str, Service] = {}
        self.with_platform: dict[bool, Service] = {}
        for name in cluster.urls:
            if name == "attendance":
                self.with_platform = {is_: built(name, self, is_) for is_ in (False, True)}
            else:
                self.services[name] = built(name, self)

    def begin(
        self,
        seed: int,
        rough: float,
        with_platform: bool,
        said: Callable[[str], None],
        counts: Counter[str],
    ) -> None:
        """A new history: nothing has happened."""
        self.clock.time = BEGIN
        self.services["attendance"] = self.with_platform[with_platform]
        self.gateway.begin(seed, rough, self.clock.tick, counts)
        self.log.begin(said, counts)
        for place in (self.mail, self.platform):
            place.begin(said)
        for chances in (self.mail.chances, self.platform.chances, self.press.chances):
            chances.begin(seed, rough, counts)
        for hand in self.hands.values():
            hand.begin()
