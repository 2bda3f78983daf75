"""The load: people who register, pay, and some of whom cancel, as fast as they are answered.

Each is a story of its own, drawn from the seed and the person's number. It goes on through every
fault, asking again with the same key; the ledger has what they were told.
"""

from __future__ import annotations

import asyncio
import random
import time
import uuid
from dataclasses import dataclass, field

from tests.chaos import people
from tests.chaos.asking import PATIENCE, Asker, Unanswered
from tests.chaos.ground import Ground
from tests.chaos.ledger import Entry, Ledger

GOOD_CARD, DECLINED_CARD = "4242424242424242", "4000000000000002"
_SPACE = uuid.UUID("6d9f36b6-0c0a-4f0e-9d0f-2f2a3b6f4c11")


@dataclass
class Load:
    """`at_once` people at a time; `pause` is the longest one waits before a new one comes."""

    ground: Ground
    seed: int
    at_once: int = 8
    pause: float = 1.0
    ledger: Ledger = field(default_factory=Ledger)
    key: str = ""
    platform_key: str = ""
    begun: bool = False  # the short course: nobody comes to it any more
    versions: dict[str, str] = field(default_factory=dict)
    _number: int = 0
    _going: bool = True
    _open: asyncio.Event = field(default_factory=asyncio.Event)
    _busy: int = 0
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.asker = Asker(self.ground.door, self.ledger)

    async def prepare(self) -> None:
        """The clock at its start, the courses published, a key for the meeting platform."""
        self.key = self.ground.secrets["OPERATOR_KEY"]
        code, told = await self.ground.holdfast("clock", "set", people.START.isoformat())
        assert code == 0, told
        for course in people.courses():
            path = f"/registration/v1/courses/{course['id']}"
            answer = await self.asker.ask("PUT", path, self.key, json=course)
            assert answer.is_success, answer.text
            self.versions[course["id"]] = course["disclosure"]["version"]
        body = {"scopes": ["platform"], "label": "chaos"}
        answer = await self.asker.ask(
            "POST", "/partners/v1/keys", self.key, once=self.once("key"), json=body
        )
        self.platform_key = answer.json()["key"]

    def begin(self) -> None:
        self._open.set()
        self._tasks = [asyncio.create_task(self._come()) for _ in range(self.at_once)]

    async def halt(self) -> None:
        """Nobody new comes until `go_on`; who is there finishes what they do."""
        self._open.clear()
        while self._busy:
            await asyncio.sleep(0.1)

    def go_on(self) -> None:
        self._open.set()

    async def end(self) -> None:
        """Nobody comes any more; everyone who is there gets their answer."""
        self._going = False
        self._open.set()
        await asyncio.gather(*self._tasks)

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.asker.http.aclose()

    def once(self, what: str) -> str:
        """The key of an act: the same each time it is asked for."""
        return str(uuid.uuid5(_SPACE, f"{self.seed}/{what}"))

    async def _come(self) -> None:
        while True:
            await self._open.wait()
            if not self._going:
                return
            self._number += 1
            number = self._number
            chance = random.Random(f"{self.seed}/{number}")
            self._busy += 1
            try:
                await self._live(chance, number)
            except Unanswered as why:
                self.ledger.unanswered.append(str(why))
            finally:
                self._busy -= 1
            await asyncio.sleep(chance.random() * self.pause)

    async def _live(self, chance: random.Random, number: int) -> None:
        course = people.LONG if chance.random() < 0.6 or self.begun else people.SHORT
        fate = chance.random()  # never pays, cancels, or stays
        entry = await self._register(chance, number, course)
        if fate < 0.1:
            return
        await self._pay(entry, declined_first=chance.random() < 0.1)
        if fate < 0.35 and course == people.LONG:
            if chance.random() < 0.75:
                await self.confirmed(entry)
            await self._cancel(entry)

    async def _register(self, chance: random.Random, number: int, course: str) -> Entry:
        who = people.attendee(chance, number)
        answer = await self.asker.ask(
            "POST",
            f"/registration/v1/courses/{course}/registrations",
            once=self.once(f"register/{number}"),
            json={
                "attendee": who,
                "disclosure_version": self.versions[course],
                "payment": {"method": "card"},
            },
        )
        assert answer.status_code in {200, 201}, answer.text
        told = answer.json()
        return self.ledger.keep(
            Entry(told["registration_id"], course, who["email"], told["token"], told["status"])
        )

    async def _pay(self, entry: Entry, *, declined_first: bool) -> None:
        path = f"/billing/v1/registrations/{entry.registration_id}/checkout"
        once = self.once(f"checkout/{entry.registration_id}")
        answer = await self.asker.ask("POST", path, entry.token, once=once, json={})
        if not answer.is_success:
            entry.refused.append(f"checkout {answer.status_code} {answer.text[:200]}")
            return
        entry.checkout = answer.json()["checkout_url"]
        cards = [DECLINED_CARD, GOOD_CARD] if declined_first else [GOOD_CARD]
        for card in cards:
            answer = await self.asker.ask("POST", entry.checkout, data={"card": card})
            entry.paid = answer.status_code == 303
        if not entry.paid:
            entry.refused.append(f"pay {answer.status_code} {answer.text[:200]}")

    async def confirmed(self, entry: Entry) -> None:
        """Wait until their payment has come through to their seat, as far as they are shown."""
        path = f"/registration/v1/registrations/{entry.registration_id}"
        until = time.monotonic() + PATIENCE
        while entry.paid and entry.status != "confirmed" and time.monotonic() < until:
            answer = await self.asker.ask("GET", path, entry.token)
            assert answer.is_success, answer.text
            entry.status = answer.json()["status"]
            await asyncio.sleep(0.5)

    async def _cancel(self, entry: Entry) -> None:
        path = f"/registration/v1/registrations/{entry.registration_id}/cancel"
        once = self.once(f"cancel/{entry.registration_id}")
        answer = await self.asker.ask("POST", path, entry.token, once=once, json={})
        assert answer.is_success, answer.text
        entry.cancelled = True
