"""Attendance on a real Postgres of its own, its neighbours played by the events they would say."""

import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx
import pytest

from services.attendance.app import build
from services.attendance.settings import Settings
from shared.contracts import reference
from shared.contracts.event import Event
from shared.contracts.registration import (
    CoursePublished,
    RegistrationConfirmed,
    RegistrationRequested,
)
from shared.runtime.tokens import digest_of, mint
from tests.edges.attendance.fake_zoom import (
    ACCOUNT,
    CLIENT,
    PASSWORD,
    FakeZoom,
    Run,
    zoom_on_loopback,
)
from tests.stage import OPERATOR, SECRET, Stage, StillClock

COURSE = reference.COURSE_ID
ZOOM_SECRET = "the secret token of the app"
# Ada and Ben, as Zoom has them in `customer_key`; two runs of the meeting of the third session.
ADA, BEN = "0192a0b0-5c1e-7a10-8f00-0000000000ad", "0192a0b0-5c1e-7a10-8f00-0000000000be"
ADAS, BENS = "0192a0b05c1e7a108f000000000000ad", "0192a0b05c1e7a108f000000000000be"
MEETING = "8800000003"
A, B = "/a/b+c==", "Bb2Q7+e=="


class World(Stage):
    """One service, and what the others say to it."""

    # --- time ------------------------------------------------------------------------------------

    async def at(self, instant: str, *, sweep: bool = True) -> None:
        """Go there; without `sweep` as if nobody had swept on the way."""
        if sweep:
            await super().at(instant)
        self.clock.time = max(self.clock.time, datetime.fromisoformat(instant))

    # --- what it says and knows -------------------------------------------------------------------

    async def outbox(self) -> list[tuple[str, bytes]]:
        async with self.db.acquire() as con:
            rows = await con.fetch("SELECT event_id::text, payload FROM outbox ORDER BY id")
        return [(row["event_id"], row["payload"]) for row in rows]

    async def settled(self) -> dict[tuple[str, str], tuple[int, bool, int]]:
        """(registration, session) → the latest (seconds, present, evidence version) said."""
        latest: dict[tuple[str, str], tuple[int, bool, int]] = {}
        for event in await self.said("attendance.settled.v1"):
            key = (event["registration_id"], event["session_id"])
            found = (event["seconds"], event["present"], event["evidence_version"])
            latest[key] = max(latest.get(key, (0, False, 0)), found, key=lambda f: f[2])
        return latest

    async def asked(self) -> list[dict[str, Any]]:
        """The tasks that were opened, but for those of the weeks of which a story tells nothing:
        nobody was seen in them, so somebody is asked (`test_silence.py`)."""
        told = await self.said("task.opened.v1")
        return [task for task in told if task["kind"] != "no-evidence"]

    async def answered(self) -> list[dict[str, Any]]:
        """The same of those that were closed."""
        told = await self.said("task.closed.v1")
        return [task for task in told if task["kind"] != "no-evidence"]

    async def observe(self, *lines: Any, source: str = "sim") -> dict[str, Any]:
        body = {"source": source, "observations": list(lines)}
        answer = await self.http.post("/attendance/v1/observations", json=body)
        assert answer.status_code == 202, answer.text
        return dict(answer.json())

    async def report(self, session: str, *lines: dict[str, Any]) -> dict[str, Any]:
        answer = await self.http.post(
            f"/attendance/v1/sessions/{COURSE}/{session}/report", json={"intervals": list(lines)}
        )
        assert answer.status_code == 202, answer.text
        return dict(answer.json())

    async def complete(self, session: str, **body: Any) -> httpx.Response:
        return await self.http.post(
            f"/attendance/v1/sessions/{COURSE}/{session}/complete",
            json=body,
            headers={"Idempotency-Key": uuid.uuid4().hex},
        )

    async def view(self, session: str) -> dict[str, Any]:
        answer = await self.http.get(f"/attendance/v1/sessions/{COURSE}/{session}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def registration(self, registration_id: str) -> dict[str, dict[str, Any]]:
        """Session id → what the registration's view says of it."""
        answer = await self.http.get(f"/attendance/v1/registrations/{registration_id}")
        assert answer.status_code == 200, answer.text
        return {session["session_id"]: session for session in answer.json()["sessions"]}


def course(version: int = 1, **changes: Any) -> CoursePublished:
    return CoursePublished.model_validate(reference.COURSE | {"version": version} | changes)


def sessions(**changed: dict[str, Any]) -> list[dict[str, Any]]:
    """The reference course's sessions, some of them changed."""
    return [s | changed.get(s["session_id"], {}) for s in reference.SESSIONS]


def two_of_a_day() -> list[dict[str, Any]]:
    """The third session, 21:00–23:00Z, and the fourth after a break, 23:15–01:15Z, by one meeting;
    the others are not held."""
    gone = {"status": "cancelled"}
    third = next(s for s in reference.SESSIONS if s["session_id"] == "s3")
    times = {"starts_at": "2020-11-02T23:15:00Z", "ends_at": "2020-11-03T01:15:00Z"}
    return sessions(
        s1=gone, s2=gone, s4=times | {"date": "2020-11-02", "meeting": third["meeting"]}
    )


def person_of(registration_id: str) -> str:
    return f"person-of-{registration_id}"


def requested(registration_id: str, **changes: Any) -> RegistrationRequested:
    about = {"registration_id": registration_id, "person_id": person_of(registration_id)}
    return RegistrationRequested.model_validate(RegistrationRequested.example | about | changes)


def confirmed(registration_id: str, **changes: Any) -> RegistrationConfirmed:
    about = {"registration_id": registration_id, "person_id": person_of(registration_id)}
    return RegistrationConfirmed.model_validate(RegistrationConfirmed.example | about | changes)


def of(event: type[Event], registration_id: str, **changes: Any) -> Any:
    about = {"registration_id": registration_id, "person_id": person_of(registration_id)}
    return event.model_validate(event.example | about | changes)


def saw(id_: str, kind: str, at: str, **more: Any) -> dict[str, Any]:
    """An observation of the third session, 2020-11-02 21:00–23:00Z, unless `more` says else."""
    line = {"id": id_, "kind": kind, "at": at, "meeting_id": "8800000003"}
    if "registration_id" in more and "participant_id" not in more:
        line["participant_id"] = f"p-{more['registration_id']}"
    return line | more


def token(registration_id: str, session: str, version: int = 1) -> str:
    return mint(SECRET, "join", f"{registration_id}/{session}", version)


@pytest.fixture
async def world(database: Any) -> AsyncIterator[World]:
    service = build(
        Settings(
            database_url=database("attendance"),
            platform_secret=SECRET,
            operator_key_hash=digest_of(OPERATOR),
            public_url="http://holdfast.test",
            role="api",
            zoom_webhook_secrets=f"the former secret, {ZOOM_SECRET}",
        ),
        clock=StillClock("2020-09-01T13:00:00Z"),
    )
    async with service.app.router.lifespan_context(service.app):
        made = World(service)
        async with made.http:
            yield made


@pytest.fixture
async def enrolled(world: World) -> World:
    """The reference course, and two confirmed learners, on 2020-09-14."""
    await world.hears(course(), *(f(r) for r in ("ada", "ben") for f in (requested, confirmed)))
    await world.at("2020-09-14T16:00:00Z")
    return world


# --- with Zoom beside it ---------------------------------------------------------------------------


@dataclass
class Connected:
    """A world with Zoom beside it."""

    world: World
    zoom: FakeZoom

    async def report(self) -> dict[str, Any]:
        return dict((await self.world.view("s3"))["report"])

    async def settled(self) -> dict[str, tuple[int, bool, int]]:
        found = await self.world.settled()
        return {who: of for (who, session), of in found.items() if session == "s3"}

    async def tasks(self) -> list[str]:
        opened = [t["kind"] for t in await self.world.asked()]
        closed = [t["kind"] for t in await self.world.answered()]
        return [kind for kind in opened if kind not in closed]

    async def fetch(self, key: str | None = None) -> httpx.Response:
        return await self.world.http.post(
            f"/attendance/v1/sessions/{COURSE}/s3/fetch-report",
            headers={"Idempotency-Key": key or uuid.uuid4().hex},
        )

    def runs(self, **rows: list[dict[str, Any]]) -> None:
        """Ada and Ben in run A, as the report says; more rows by run."""
        starts = {"A": (A, "2020-11-02T20:55:00Z"), "B": (B, "2020-11-02T22:00:00Z")}
        for name, of_run in rows.items():
            uuid_, start = starts[name]
            self.zoom.runs[uuid_] = Run(MEETING, start, of_run)


def third(**changes: Any) -> list[dict[str, Any]]:
    """The course's sessions of which the first two are not held: what is told is of the third."""
    gone = {"status": "cancelled"}
    return sessions(s1=gone, s2=gone, s3=changes)


@pytest.fixture
async def connected(database: Any) -> AsyncIterator[Connected]:
    async with zoom_on_loopback() as zoom:
        service = build(
            Settings(
                database_url=database("attendance"),
                platform_secret=SECRET,
                operator_key_hash=digest_of(OPERATOR),
                role="api",
                zoom_webhook_secrets=ZOOM_SECRET,
                zoom_account_id=ACCOUNT,
                zoom_client_id=CLIENT,
                zoom_client_secret=PASSWORD,
                zoom_api_url=f"{zoom.url}/v2",
                zoom_oauth_url=f"{zoom.url}/oauth/token",
            ),
            clock=StillClock("2020-09-01T13:00:00Z"),
        )
        async with service.app.router.lifespan_context(service.app):
            world = World(service)
            async with world.http:
                people = [f(r) for r in (ADA, BEN) for f in (requested, confirmed)]
                await world.hears(course(sessions=third()), *people)
                yield Connected(world, zoom)
