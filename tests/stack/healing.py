"""Seven services as they run, on a Kafka and databases of their own: a story, a backup of each
database in the middle of it, and what is left of the story when one of them goes back.

Gateway, mail server and press are those of the simulation; time stands until the story moves it.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import httpx

from cli.invariants.registry import Outside
from cli.invariants.run import check_all
from shared.contracts.services import SERVICES
from shared.runtime.health import still_to_do
from shared.runtime.ids import uuid7
from shared.runtime.rebuild import dump
from shared.runtime.service import Service
from stack.paysim import rules, webhooks
from stack.paysim.store import public
from stack.postgres import _binaries, _environment
from tests.simulation.building import built
from tests.simulation.course import MAIN, Courses
from tests.simulation.gateway import URL, WEBHOOK_SECRET, Gateway
from tests.simulation.mail import Mail
from tests.simulation.press import Press
from tests.simulation.story import Setting
from tests.simulation.surroundings import VirtualClock
from tests.stage import OPERATOR, SECRET

SETTING = Setting(1, 30, 1, 6, 19900, with_platform=False, rough=0.0, punctual=1.0)
CARD = "4242424242424242"


class Clock(VirtualClock):
    """Business time begins now, and stands; pauses are of the wall clock."""

    def __init__(self) -> None:
        self.time = datetime.now(UTC).replace(microsecond=0)

    def tick(self) -> float:
        return time.monotonic()


class Place:
    """All services, what is around them, and what they do."""

    def __init__(self, urls: dict[str, str], admin: str, directory: Path) -> None:
        self.urls, self.admin, self.directory = urls, admin, directory
        self.cluster = SimpleNamespace(urls=urls)
        self.clock, self.ids = Clock(), uuid7
        self.hands = dict.fromkeys(urls)
        self.gateway, self.mail, self.press = Gateway(directory), Mail(), Press(SECRET)
        self.nobody = httpx.MockTransport(lambda _: httpx.Response(503))
        self.gateway.begin(1, 0.0, lambda: self.clock.now().timestamp(), Counter())
        self.mail.begin(lambda _: None)
        self.courses = Courses(SETTING, self.clock.time)
        self.services: dict[str, Service] = {}
        self.before: dict[
            str, dict[str, list[str]]
        ] = {}  # service → its tables before it went back
        self.awards: list[dict[str, Any]] = []
        self.tokens: dict[str, tuple[str, str]] = {}  # name → (registration id, token)

    def file(self) -> dict[str, Any]:
        """The course as it is published, with approvals that hold today."""
        made = self.courses.file(MAIN)
        approved = {"from": "2020-01-01", "to": "2099-12-31"}
        return made | {"board_defaults": made["board_defaults"] | {"approved": approved}}

    # --- processes --------------------------------------------------------------------------------

    def build(self, name: str) -> Service:
        # A service that stops closes its connections to the gateway.
        self.gateway.http = httpx.AsyncClient(
            transport=httpx.ASGITransport(self.gateway._app), base_url=URL, trust_env=False
        )
        service = built(name, self)
        service.works = True
        return service

    async def start(self, *names: str) -> None:
        for name in names:
            self.services[name] = self.build(name)
            await self.services[name].start()

    async def stop(self, *names: str) -> None:
        await asyncio.gather(*(self.services.pop(name).stop() for name in names))

    async def rests(self) -> None:
        """Until nobody has anything left to do at this moment."""
        calm = 0
        while calm < 2:
            await asyncio.sleep(0.1)
            calm += 1
            for identity, text, _ in self.gateway.store.webhooks_due(100):
                calm = 0
                body = text.encode()
                signed = webhooks.sign(WEBHOOK_SECRET, body, int(time.time()))
                answer = await self.ask(
                    "POST", "/billing/v1/webhooks/paysim", body, {"paysim-signature": signed}
                )
                assert answer.is_success, answer.text
                self.gateway.store.webhook_done(identity)
            for service in self.services.values():
                if not (await still_to_do(service))["quiet"]:
                    calm = 0

    async def goes_to(self, at: datetime) -> None:
        self.clock.time = at
        for service in self.services.values():
            service.worker.wake()
        await self.rests()

    # --- requests ---------------------------------------------------------------------------------

    async def ask(
        self, method: str, path: str, body: Any = None, headers: Any = None, token: str = OPERATOR
    ) -> httpx.Response:
        told = {"authorization": f"Bearer {token}", "idempotency-key": str(uuid.uuid4())}
        content = {"content": body} if isinstance(body, bytes) else {"json": body}
        service = self.services[path.split("/")[1]]
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(service.app), base_url="http://holdfast.test"
        ) as client:
            return await client.request(method, path, headers=told | (headers or {}), **content)

    async def does(self, method: str, path: str, body: Any = None, token: str = OPERATOR) -> Any:
        answer = await self.ask(method, path, body, None, token)
        assert answer.is_success, (path, answer.status_code, answer.text)
        return answer.json()

    async def registers(self, name: str) -> None:
        """Somebody asks for a seat, and pays by card."""
        who = {
            "name": f"{name.title()} Example",
            "email": f"{name}@learners.example",
            "profession": "counselor",
            "licenses": [{"state": "NY", "number": "000123"}],
            "zone": "America/New_York",
            "locale": "en-US",
        }
        seat = {"attendee": who, "payment": {"method": "card"}}
        seat["disclosure_version"] = self.courses.version(MAIN)
        made = await self.does("POST", f"/registration/v1/courses/{MAIN}/registrations", seat, "")
        which, token = made["registration_id"], made["token"]
        self.tokens[name] = which, token
        await self.rests()
        path = f"/billing/v1/registrations/{which}/checkout"
        page = (await self.does("POST", path, None, token))["checkout_url"]
        assert self.gateway.pays(page, CARD).endswith("succeeded")
        await self.rests()

    # --- backups ----------------------------------------------------------------------------------

    def backs_up(self, name: str) -> None:
        """As docs/backup.md says."""
        self._run("pg_dump", "--format=custom", f"--file={self._file(name)}", self.urls[name])

    async def goes_back(self, name: str) -> None:
        """The same: an empty database in the place of the old one, and the backup into it."""
        database = urlsplit(self.urls[name])
        con = await asyncpg.connect(self.admin)
        base = database.path.strip("/")
        await con.execute(f"DROP DATABASE {base} WITH (FORCE)")
        await con.execute(f"CREATE DATABASE {base} OWNER {database.username}")
        await con.close()
        self._run(
            "pg_restore",
            "--no-owner",
            "--single-transaction",
            f"--dbname={self.urls[name]}",
            self._file(name),
        )

    def _file(self, name: str) -> str:
        return str(self.directory / f"{name}.dump")

    def _run(self, tool: str, *words: str) -> None:
        path = str(_binaries() / tool)
        done = subprocess.run(
            [path, *words], env=_environment(), capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr

    # --- what there is ----------------------------------------------------------------------------

    async def rows(self, name: str, statement: str) -> list[dict[str, Any]]:
        con = await asyncpg.connect(self.urls[name])
        try:
            return [dict(row) for row in await con.fetch(statement)]
        finally:
            await con.close()

    async def dumped(self, name: str) -> dict[str, list[str]]:
        """All tables of a service, each in its canonical form; but that in which workers say every
        few seconds that they are there."""
        con = await asyncpg.connect(self.urls[name])
        try:
            found = await con.fetch(
                "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
                " AND tablename <> 'workers'"
            )
            return {row[0]: await dump(con, row[0]) for row in found}
        finally:
            await con.close()

    def refunds(self) -> list[tuple[str, int]]:
        """What the gateway itself has given back: (key, amount)."""
        found = [public(one) for one in self.gateway.store.all("refund")]
        return sorted((one["id"], one["amount"]) for one in found)

    def outside(self) -> tuple[Any, Any, Counter[str]]:
        """All that ever went outside: money at the gateway, and each mail to a learner."""
        staff = {one for one, to in self.mail._there if to.startswith("staff@")}
        mails = Counter(one for one in self.mail.arrived if one not in staff)
        return rules.totals(self.gateway.store), self.refunds(), mails

    async def found(self, bootstrap: str) -> dict[str, list[str]]:
        """What `bin/holdfast invariants` finds, by its sentence."""
        databases = {name: await asyncpg.connect(url) for name, url in self.urls.items()}
        try:
            told = await check_all(_Looking(self, databases, bootstrap))
        finally:
            for con in databases.values():
                await con.close()
        assert all(not one["missing"] for one in told)
        return {
            one["says"]: sorted(f"{f['about']}: {f['detail']}" for f in one["findings"])
            for one in told
            if one["findings"]
        }


class _Looking(Outside):
    """The checks' way to the world of the story."""

    def __init__(self, place: Place, databases: Any, bootstrap: str) -> None:
        super().__init__(databases, bootstrap, "the simulator", "its key", "the mailbox")
        object.__setattr__(self, "_place", place)

    def hears(self, service: str) -> Any:
        return self._place.services[service].hears  # type: ignore[attr-defined]

    async def gateway(self, what: str) -> Any:
        store = self._place.gateway.store  # type: ignore[attr-defined]
        if what == "totals":
            return rules.totals(store)
        return {"items": [public(one) for one in store.all("refund")]}

    async def arrived(self) -> list[str]:
        mails: list[str] = self._place.mail.arrived  # type: ignore[attr-defined]
        return mails


async def first_half(place: Place) -> None:
    """Before the backup: a course, a partner, two who have paid."""
    await place.does("PUT", f"/registration/v1/courses/{MAIN}", place.file())
    partner = {"name": "Institute", "courses": [MAIN], "types": [], "fields": []}
    await place.does("PUT", "/partners/v1/partners/ibh", partner)
    for name in ("ada", "ben"):
        await place.registers(name)
    await place.rests()


async def second_half(place: Place) -> None:
    """After it: one more who pays, one who cancels, a changed course, a partner's own, a key, and
    the session's day with its certificates."""
    place.clock.time += timedelta(hours=1)
    await place.registers("cem")
    which, token = place.tokens["ada"]
    path = f"/registration/v1/registrations/{which}/cancel"
    await place.does("POST", path, {"reason": "No time."}, token)
    await place.rests()
    place.courses.capacity[MAIN] = 7
    await place.does("PUT", f"/registration/v1/courses/{MAIN}", place.file())
    await place.does("POST", "/partners/v1/keys", {"scopes": ["reader"], "label": "a new one"})
    item = {
        "id": "item-1",
        "type": "registration",
        "course_id": MAIN,
        "disclosure_version": place.courses.version(MAIN),
        "attendee": {"name": "Dee Example", "email": "dee@learners.example", "locale": "en",
                     "profession": "counselor", "licenses": [{"state": "NY", "number": "7"}],
                     "zone": "America/New_York"},
    }  # fmt: skip
    await place.does("POST", "/partners/v1/inbound", {"partner_id": "ibh", "items": [item]})
    await place.rests()
    [session] = place.courses.sessions[MAIN]
    await place.goes_to(session.begins)
    for name in ("ben", "cem"):
        which, token = place.tokens[name]
        for kind, at in (("joined", session.begins), ("left", session.ends)):
            await place.goes_to(max(place.clock.time, at))
            seen = {
                "id": f"{name}-{kind}",
                "course_id": MAIN,
                "session_id": session.session_id,
                "participant_id": name,
                "registration_id": which,
                "name": name,
                "kind": kind,
                "at": at.isoformat(),
            }
            body = {"source": "story", "observations": [seen]}
            await place.does("POST", "/attendance/v1/observations", body)
    await place.goes_to(session.ends + timedelta(hours=1))
    path = f"/attendance/v1/sessions/{MAIN}/{session.session_id}/complete"
    await place.ask("POST", path, {})
    await place.rests()
    # Some days on, between two deadlines of anybody's: what is said from here on follows from what
    # is done here, and not from the time of day at which it is done.
    await place.goes_to(session.ends + timedelta(days=3, hours=12))


@contextmanager
def kafka_only(bootstrap: str) -> Iterator[None]:
    """The services are told of this Kafka, and of no other."""
    before = dict(os.environ)
    os.environ.update(KAFKA_BOOTSTRAP_SERVERS=bootstrap, KAFKA_SESSION_TIMEOUT_MS="6000")
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


ALL = tuple(SERVICES)
