"""Partners: an institute sends its people in; who gets no answer sends them again. And it is told,
by its endpoint: at least once, and under one id."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from services.partners.app import build
from services.partners.domain.signing import headers_of
from services.partners.settings import Settings
from shared.runtime.clock import wall
from shared.runtime.tokens import digest_of
from tests.crash.story import Lives
from tests.edges.partners.receiver import Receiver, receiving
from tests.edges.partners.test_inbound import REGISTRATION
from tests.edges.partners.webhooks import Hooks
from tests.rules.partners.test_mapping import DOCUMENT, ENROLLED
from tests.stage import OPERATOR, SECRET, Stage, StillClock

_KEY = "INSERT INTO api_keys (key_id, hash, scopes, version, revoked) VALUES ($1, $2, $3, 1, false)"


class SentIn:
    """A line of a partner's; its id is the partner's own."""

    def __init__(self, url: str) -> None:
        self.clock = StillClock("2020-09-14T15:10:00Z")
        self.settings = Settings(
            database_url=url,
            platform_secret=SECRET,
            operator_key_hash=digest_of(OPERATOR),
            role="api",
        )
        self.stage = Stage(self._build())
        self.lives = Lives(self.stage, self._build)
        self.who = self.key = self.secret = ""

    def _build(self) -> Any:
        return build(self.settings, clock=self.clock)

    async def describe(self) -> None:
        """The institute, and its key, which this service has heard of."""
        body = {"name": "Institute", "courses": ["course-a"], "types": []}
        made = (await self.stage.http.put("/partners/v1/partners/ibh", json=body)).json()
        self.key = made["key"]
        async with self.stage.db.acquire() as con:
            await con.execute(_KEY, made["key_id"], digest_of(self.key), ["partner:ibh"])

    async def begin(self, who: str) -> None:
        self.who = who

    async def steps(self) -> None:
        body = json.dumps({"items": [self.item()]}).encode()
        headers = {"Content-Type": "application/json"} | self.headers(f"{self.who} is sent", body)
        async with self.stage.client(self.key) as own:
            sending = own.post("/partners/v1/inbound", content=body, headers=headers)
            answer = await self.stage.stepped(sending)
        [line] = answer.json()["results"]
        self.status = line["status"]

    def item(self) -> dict[str, Any]:
        return REGISTRATION | {"id": self.who}

    def headers(self, key: str, _body: bytes) -> dict[str, str]:
        return {"Idempotency-Key": key}

    async def restart(self) -> None:
        self.stage = Stage(await self.lives.next())

    async def came(self) -> dict[str, Any]:
        said = await self.stage.said("partner.registration.submitted")
        return {
            "answer": self.status,
            "said": sum(one["item_id"] == self.who for one in said),
        }


class SentSigned(SentIn):
    """The same by who signs, and whose items are read by a mapping."""

    async def describe(self) -> None:
        await super().describe()
        path = "/partners/v1/partners/ibh/inbound"
        document = DOCUMENT | {"codes": DOCUMENT["codes"] | {"kurse": {"2027-AE": "course-a"}}}
        for method, more, body in (
            ("PUT", "/mapping", {"mapping": document}),
            ("POST", "/secret", None),
            ("PATCH", "", {"signed": True}),
        ):
            answer = await self.stage.asks(method, f"{path}{more}", json=body)
            assert answer.status_code == 200, answer.text
            self.secret = answer.json().get("secret") or self.secret

    def item(self) -> dict[str, Any]:
        return ENROLLED | {"nr": self.who.removesuffix("/ANM")}

    def headers(self, key: str, body: bytes) -> dict[str, str]:
        secret = b64decode(self.secret.removeprefix("whsec_"))
        signed = headers_of([secret], key, int(wall().timestamp()), body)
        return {"Idempotency-Key": key, **signed}

    async def begin(self, who: str) -> None:
        self.who = f"{who}/ANM"


@asynccontextmanager
async def told(database: Any, _path: Path) -> AsyncIterator[SentIn]:
    """The story, of an institute with a key."""
    async with _of(SentIn(database("partners"))) as story:
        yield story


@asynccontextmanager
async def signed(database: Any, _path: Path) -> AsyncIterator[SentIn]:
    """The story, of an institute with a key, a secret and a mapping."""
    async with _of(SentSigned(database("partners"))) as story:
        yield story


@asynccontextmanager
async def _of(story: SentIn) -> AsyncIterator[SentIn]:
    await story.restart()
    try:
        await story.describe()
        yield story
    finally:
        await story.lives.end()


class Delivered:
    """Something was added to the log that an endpoint is to hear."""

    def __init__(self, url: str, receiver: Receiver) -> None:
        self.clock, self.receiver = StillClock("2020-09-14T15:10:00Z"), receiver
        self.settings = Settings(
            database_url=url,
            platform_secret=SECRET,
            operator_key_hash=digest_of(OPERATOR),
            role="api",
            sandbox=True,
            sandbox_clock_url="http://clock.test",
            sandbox_targets=True,
        )
        self.hooks = Hooks(self._build())
        self.lives = Lives(self.hooks, self._build)
        self.who = ""

    def _build(self) -> Any:
        return build(self.settings, clock=self.clock)

    async def begin(self, who: str) -> None:
        self.who = who
        await self.hooks.happens(who)

    async def steps(self) -> None:
        while await self.hooks.outside.step():
            pass

    async def restart(self) -> None:
        self.hooks = Hooks(await self.lives.next())
        await self.hooks.leases_run_out()

    async def came(self) -> dict[str, Any]:
        place = "SELECT e.position - h.position FROM endpoints e, heads h"
        return {
            "sent": self.receiver.ids.count(self.who),
            "kept": [
                (one["status"], one["attempts"])
                for one in await self.hooks.deliveries(event_id=self.who)
            ],
            "behind": await self.hooks.value(place),
        }


@asynccontextmanager
async def delivering(database: Any, _path: Path) -> AsyncIterator[Delivered]:
    """The story, of an institute with an endpoint."""
    async with receiving() as receiver:
        story = Delivered(database("partners"), receiver)
        await story.restart()
        try:
            await story.hooks.describes()
            await story.hooks.opens(receiver)
            yield story
        finally:
            await story.lives.end()
