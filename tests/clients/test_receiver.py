"""The receiver in `examples`: stores once what is from Holdfast, and nothing else; webhooks and the
feed of the real service come to the same."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from examples.receiver.app import MOST, build
from examples.receiver.catch_up import catch_up
from holdfast_client import CursorRefused, Holdfast
from services.partners.domain.signing import headers_of, secret_text
from shared.runtime.tokens import digest_of
from tests.clients.bridge import Bridge
from tests.edges.partners.webhooks import Hooks, staged

SECRET, FORMER = b"n" * 24, b"o" * 24
PERSON = "0192a0b0-5c1e-7a10-8f00-00000000a001"
_KEY = "INSERT INTO api_keys (key_id, hash, scopes, version, revoked) VALUES ($1, $2, $3, 1, false)"


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "receiver.sqlite"


def receiver(store: Path) -> FastAPI:
    return build([secret_text(SECRET), secret_text(FORMER)], store)


def event(id_: str, type_: str = "registration.confirmed.v1", **data: Any) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": id_,
        "source": "/registration",
        "type": type_,
        "subject": f"of-{id_}",
        "time": "2020-10-19T12:00:00Z",
        "datacontenttype": "application/json",
        "data": data,
    }


def recorded(id_: str) -> dict[str, Any]:
    return event(id_, "person.recorded.v1", person_id=PERSON, name="Zebedee Quill", version=1)


def erased(id_: str) -> dict[str, Any]:
    return event(id_, "person.erased.v1", person_id=PERSON)


async def told(app: FastAPI, what: dict[str, Any], secret: bytes = SECRET) -> int:
    """The status of the answer to a webhook."""
    body = json.dumps(what).encode()
    return await sent(app, body, dict(headers_of([secret], what["id"], int(time.time()), body)))


async def sent(app: FastAPI, body: bytes, headers: dict[str, str]) -> int:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://receiver.test") as client:
        return (await client.post("/holdfast", content=body, headers=headers)).status_code


def rows(store: Path) -> list[tuple[str, str, Any]]:
    with closing(sqlite3.connect(store)) as con:
        found = con.execute("SELECT id, type, data FROM events ORDER BY number").fetchall()
    return [(id_, type_, data and json.loads(data)) for id_, type_, data in found]


async def test_an_event_is_stored_once_and_answered_each_time(store: Path) -> None:
    app = receiver(store)
    assert await told(app, event("e1", state="confirmed")) == 204
    assert await told(app, event("e1", state="confirmed")) == 204
    assert await told(app, event("e2"), FORMER) == 204, "while the secret is replaced"
    # Another process, after the end of this one.
    assert await told(receiver(store), event("e1", state="confirmed")) == 204
    assert rows(store) == [
        ("e1", "registration.confirmed.v1", {"state": "confirmed"}),
        ("e2", "registration.confirmed.v1", {}),
    ]
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://receiver.test") as client:
        latest = (await client.get("/events")).json()
    assert [(one["id"], one["subject"]) for one in latest] == [("e2", "of-e2"), ("e1", "of-e1")]
    assert set(latest[0]) == {"number", "id", "type", "subject", "time"}


async def test_many_at_once_are_stored_each_once(store: Path) -> None:
    app = receiver(store)
    answers = await asyncio.gather(*(told(app, event(f"e{n % 5}")) for n in range(20)))
    assert answers == [204] * 20
    assert sorted(id_ for id_, _, _ in rows(store)) == [f"e{n}" for n in range(5)]


async def test_what_is_not_from_holdfast_is_refused_and_not_stored(store: Path) -> None:
    app = receiver(store)
    assert await told(app, event("e1")) == 204
    assert await told(app, event("forged"), b"f" * 24) == 400
    body = json.dumps(event("e2")).encode()
    old = dict(headers_of([SECRET], "e2", int(time.time()) - 301, body))
    assert await sent(app, body, old) == 400
    assert await sent(app, body, {}) == 400
    good = dict(headers_of([SECRET], "e2", int(time.time()), body))
    assert await sent(app, body.replace(b"confirmed", b"cancelled"), good) == 400
    assert await sent(app, b"x" * (MOST + 1), good) == 413
    assert [id_ for id_, _, _ in rows(store)] == ["e1"]


async def test_what_cannot_be_stored_is_not_answered_as_if_it_were(tmp_path: Path) -> None:
    app = receiver(tmp_path)  # a directory, where no database can be
    assert await told(app, event("e1")) == 500


async def test_who_was_erased_is_forgotten_in_whichever_order_it_comes(tmp_path: Path) -> None:
    said = [recorded("p1"), erased("gone"), event("c1", person_id=PERSON)]
    kept = {
        ("p1", "person.recorded.v1", None),
        ("gone", "person.erased.v1", str({"person_id": PERSON})),
        ("c1", "registration.confirmed.v1", str({"person_id": PERSON})),
    }
    for number, order in enumerate(((0, 1, 2), (1, 0, 2), (2, 1, 0), (1, 2, 0))):
        store = tmp_path / f"{number}.sqlite"
        app = receiver(store)
        for place in order:
            assert await told(app, said[place]) == 204
        found = {(id_, type_, data and str(data)) for id_, type_, data in rows(store)}
        assert found == kept, order
        assert b"Zebedee" not in store.read_bytes(), "overwritten, too"


async def test_nobody_receives_without_a_secret(monkeypatch: Any, store: Path) -> None:
    from examples.receiver.app import from_environment

    monkeypatch.delenv("HOLDFAST_WEBHOOK_SECRETS", raising=False)
    with pytest.raises(ValueError, match="at least one secret"):
        from_environment()
    both = f"{secret_text(SECRET)} {secret_text(FORMER)}"
    monkeypatch.setenv("HOLDFAST_WEBHOOK_SECRETS", both)
    monkeypatch.setenv("RECEIVER_DATABASE", str(store))
    assert await told(from_environment(), event("e1"), FORMER) == 204
    assert len(rows(store)) == 1


# --- beside the real service --------------------------------------------------------------------


@asynccontextmanager
async def served(app: FastAPI) -> AsyncIterator[str]:
    """On a port of this machine; gives the address."""
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None, lifespan="off")
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    try:
        async with asyncio.timeout(20):
            while not server.started:
                await asyncio.sleep(0.01)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/holdfast"
    finally:
        server.should_exit = True
        await task


@pytest.fixture
async def hooks(database: Any) -> AsyncIterator[Hooks]:
    async with staged(database("partners")) as stage:
        yield stage


async def test_webhooks_and_the_feed_come_to_the_same(hooks: Hooks, tmp_path: Path) -> None:
    store = tmp_path / "receiver.sqlite"
    made = await hooks.asks(
        "PUT",
        "/partners/v1/partners/ibh",
        json={"name": "Institute", "courses": ["course-a"], "types": ["*"], "fields": ["state"]},
    )
    key = made.json()["key"]
    async with hooks.db.acquire() as con:
        await con.execute(_KEY, made.json()["key_id"], digest_of(key), ["partner:ibh"])
    await hooks.happens("before")  # nobody is told by webhook: it is in the feed alone
    async with served(FastAPI()) as nowhere:
        endpoint = await hooks.opens(nowhere)
    app = build([endpoint["secret"]], store)
    async with served(app) as url:
        moved = await hooks.asks(
            "PATCH",
            f"/partners/v1/partners/ibh/endpoints/{endpoint['endpoint_id']}",
            json={"url": url},
        )
        assert moved.status_code == 200, moved.text
        await hooks.happens("e1", "e2", "e3")
        await hooks.rests()
    assert [one["status"] for one in await hooks.deliveries()] == ["delivered"] * 3
    assert {id_ for id_, _, _ in rows(store)} == {"e1", "e2", "e3"}
    await hooks.happens("e4")  # the receiver is down
    with Holdfast("http://partners.test", key, transport=Bridge(hooks)) as holdfast:
        assert await asyncio.to_thread(catch_up, holdfast, store) == (5, 2)
        assert await asyncio.to_thread(catch_up, holdfast, store) == (0, 0)
        await hooks.happens("e5")
        assert await asyncio.to_thread(catch_up, holdfast, store) == (1, 1)
        ids = [id_ for id_, _, _ in rows(store)]
        assert sorted(ids) == ["before", "e1", "e2", "e3", "e4", "e5"]
        assert rows(store)[0][2] == {"registration_id": f"of-{ids[0]}", "state": "confirmed"}
        with closing(sqlite3.connect(store)) as con, con:
            con.execute("UPDATE cursors SET cursor = 'cut'")
        with pytest.raises(CursorRefused):
            await asyncio.to_thread(catch_up, holdfast, store)


async def test_a_page_that_could_not_be_kept_is_read_again(
    hooks: Hooks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from examples.receiver import catch_up as module

    store = tmp_path / "receiver.sqlite"
    await hooks.describes()
    await hooks.happens("e1", "e2")
    calls = []

    def torn(con: Any, what: Any) -> bool:
        calls.append(what.id)
        if len(calls) == 2:
            raise OSError("the disk is full")
        return keep(con, what)

    keep = module.keep
    monkeypatch.setattr(module, "keep", torn)
    async with hooks.db.acquire() as con:
        await con.execute(_KEY, "key-1", digest_of("hf_test_own"), ["partner:ibh"])
    with Holdfast("http://partners.test", "hf_test_own", transport=Bridge(hooks)) as holdfast:
        with pytest.raises(OSError, match="disk"):
            await asyncio.to_thread(catch_up, holdfast, store)
        assert rows(store) == [], "all of a page or nothing"
        assert await asyncio.to_thread(catch_up, holdfast, store) == (2, 2)
    assert calls == ["e1", "e2", "e1", "e2"]
