"""Certificates on a real Postgres of its own; the neighbours are played by what they would say."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from services.certificates import documents
from services.certificates.app import build
from services.certificates.render import CONFORMANCE, Rendered
from services.certificates.settings import Settings
from shared.contracts.event import Event
from shared.runtime.service import Service
from shared.runtime.tokens import PERSONAL, digest_of, mint
from tests.edges.certificates import facts
from tests.stage import OPERATOR, SECRET, Stage, StillClock


class World(Stage):
    """One service, and what the others say to it."""

    def learner(self, who: str, version: int = 1) -> httpx.AsyncClient:
        registration_id = facts.about(who)["registration_id"]
        return self.client(mint(SECRET, PERSONAL, registration_id, version))

    # --- what others say, what is due -------------------------------------------------------------

    async def replays(self, event: Event) -> None:
        """An event that was a dead letter until now, whatever came in between."""
        id_ = str(uuid.uuid4())
        await self.rows(
            "INSERT INTO inbox (consumer, event_id, outcome, received_at)"
            " VALUES ('certificates', $1, 'dead', now()) RETURNING event_id",
            id_,
        )
        said = self.said_by_others(event, id_)
        replayed = replace(said, headers=(*said.headers, ("hf_replay", b"1")))
        assert await self.takes([replayed]) == ["done"]

    async def forgets(self, who: str) -> None:
        await super().forgets(facts.about(who)["person_id"])

    async def rendered(self) -> int:
        done = 0
        while step := await self.outside.step():
            done += step
        return done

    # --- what it says and shows -------------------------------------------------------------------

    async def granted(self) -> dict[tuple[str, str], str]:
        """(registration, board) → credits as last said; withheld is 0."""
        last = {}
        for event in await self.said("award.granted", "award.withheld"):
            key = (event["registration_id"], event["board"])
            last[key] = event["credits"] if "granted_at" in event else "0"
        return last

    async def shown(self, who: str) -> dict[str, Any]:
        path = f"/certificates/v1/registrations/{facts.about(who)['registration_id']}"
        answer = await self.http.get(path)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def post(
        self, path: str, body: Any, who: str | None = None, key: str = "", version: int = 1
    ) -> Any:
        http = self.learner(who, version) if who else self.http
        headers = {"Idempotency-Key": key or str(uuid.uuid4())}
        return await http.post(path, json=body, headers=headers)

    async def evaluates(self, who: str, version: int = 1, *, asked: bool = True) -> int:
        """`asked`: of who takes part, or did; the others are told so."""
        path = f"/certificates/v1/registrations/{facts.about(who)['registration_id']}/evaluation"
        answers = {"answers": {"objective-1": 5, "comment": "Good."}}
        answer = await self.post(path, answers, who, version=version)
        assert (answer.status_code < 300) is asked, answer.text
        assert asked or answer.json()["type"] == "/problems/evaluation-not-asked"
        return int(answer.status_code)

    async def claims(self, who: str, worth: Any, board: str = "ACCME") -> Any:
        path = f"/certificates/v1/registrations/{facts.about(who)['registration_id']}/claims"
        return await self.post(path, {"board": board, "credits": worth}, who)


def service_on(url: str, role: Any = "api", seams: Any = (), **changes: Any) -> Service:
    return build(
        Settings(
            database_url=url,
            operator_key_hash=digest_of(OPERATOR),
            public_url="https://certs.example",
            role=role,
            **{"platform_secret": SECRET, **changes},
        ),
        **dict(seams),
    )


@pytest.fixture
async def world(database: Any) -> AsyncIterator[World]:
    clock = StillClock("2020-11-09T23:20:00Z")
    service = service_on(database("certificates"), seams={"clock": clock})
    async with service.app.router.lifespan_context(service.app):
        yield World(service)


@pytest.fixture
def blank_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages stay blank, where what is decided is looked at and not how it is printed."""

    def blank(page: Any) -> Rendered:
        pdf = b"%PDF-1.7 " + page["number"].encode()
        return Rendered(pdf, hashlib.sha256(pdf).hexdigest(), CONFORMANCE)

    monkeypatch.setattr(documents.render, "render", blank)
