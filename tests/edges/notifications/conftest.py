"""Notifications on a real Postgres of its own, with a mail server that can be told to misbehave."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import httpx
import pytest
from aiosmtpd.controller import UnthreadedController

from services.notifications.app import build
from services.notifications.postman import Postman
from services.notifications.settings import Settings
from shared.contracts import reference
from shared.contracts.event import Event
from shared.contracts.registration import CoursePublished
from shared.runtime.service import Service
from shared.runtime.tokens import PERSONAL, digest_of, mint
from tests.stage import OPERATOR, SECRET, Stage, StillClock

R = reference.REGISTRATION_ID
PERSON = reference.PERSON_ID


def well(_address: str) -> str | None:
    """Takes every recipient."""
    return None


def says(answer: str) -> Callable[[str], str | None]:
    """Answers every recipient so."""
    return lambda _address: answer


class PostOffice:
    """An SMTP server: keeps what it takes, and answers as it is told."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.senders: list[str] = []
        self.raw: list[bytes] = []
        self.at_recipient: Callable[[str], str | None] = well
        self.at_data: Callable[[], str | None] = lambda: None
        self.at_subject: Callable[[str], str | None] = well
        self.pause = 0.0
        self.port = 0

    async def handle_RCPT(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, address: str, _: Any
    ) -> str:
        answer = self.at_recipient(address)
        if answer:
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        mail = message_from_bytes(envelope.content, policy=policy.default)
        answer = self.at_data() or self.at_subject(str(mail["Subject"]))
        if answer:
            return answer
        self.mails.append(mail)
        self.recipients += envelope.rcpt_tos
        self.senders.append(envelope.mail_from)
        self.raw.append(envelope.content)
        if self.pause:
            await asyncio.sleep(self.pause)
        return "250 taken"

    def subjects(self) -> list[str]:
        return [str(mail["Subject"]) for mail in self.mails]


class World(Stage):
    """One service, and what the others say to it."""

    def __init__(self, service: Service, post: PostOffice) -> None:
        super().__init__(service)
        self.post = post

    @property
    def postman(self) -> Postman:
        act: Any = self.service.dues.outsides["send"].act
        found: Postman = act.__self__
        return found

    # --- what others say, and time ----------------------------------------------------------------

    async def forgets(self, person_id: str = PERSON) -> None:
        await super().forgets(person_id)

    async def at(self, instant: str) -> None:
        await super().at(instant)
        await self.rests()

    async def forget_everything(self) -> None:
        async with self.db.acquire() as con:
            await con.execute(
                "TRUNCATE courses, people, registrations, completions, swaps, messages, due, inbox,"
                " outbox, calendar_entries, suppressions, staff_tasks, bounces, unsubscribed,"
                " post_boxes"
            )

    # --- what it says and knows -------------------------------------------------------------------

    async def messages(self, registration_id: str = R) -> list[dict[str, Any]]:
        answer = await self.http.get(f"/notifications/v1/registrations/{registration_id}/messages")
        assert answer.status_code == 200, answer.text
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    async def message(self, template: str, subject: str | None = None) -> dict[str, Any]:
        [one] = [
            m
            for m in await self.messages()
            if m["template"] == template and subject in (None, m["subject"])
        ]
        return one

    async def statuses(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for message in await self.messages():
            found.setdefault(message["template"], []).append(message["status"])
        return found

    async def dump(self, table: str, *without: str) -> list[dict[str, Any]]:
        async with self.db.acquire() as con:
            rows = await con.fetch(f"SELECT * FROM {table} ORDER BY 1, 2")
        return [{k: v for k, v in dict(row).items() if k not in without} for row in rows]

    async def resend(self, message_id: str, key: str | None = None) -> httpx.Response:
        return await self.http.post(
            f"/notifications/v1/messages/{message_id}/resend",
            headers={"Idempotency-Key": key or uuid.uuid4().hex},
        )


def words(mail: EmailMessage) -> str:
    """What the text part says."""
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def course(version: int = 1, **changes: Any) -> CoursePublished:
    return CoursePublished.model_validate(reference.COURSE | {"version": version} | changes)


def sessions(**changed: dict[str, Any]) -> list[dict[str, Any]]:
    """The reference course's sessions, some of them changed."""
    return [s | changed.get(s["session_id"], {}) for s in reference.SESSIONS]


def of(event: type[Event], **changes: Any) -> Any:
    """The example of an event, some of it changed."""
    return event.model_validate(event.example | changes)


async def nothing() -> None:
    """To begin with a mail of which nothing is remembered."""


def token(version: int = 1, registration_id: str = R) -> str:
    return mint(SECRET, PERSONAL, registration_id, version)


@pytest.fixture
async def post() -> AsyncIterator[PostOffice]:
    office = PostOffice()
    controller = UnthreadedController(office, "127.0.0.1", 0, loop=asyncio.get_running_loop())
    server: Any = await controller._create_server()
    office.port = server.sockets[0].getsockname()[1]
    yield office
    server.close()


@pytest.fixture
def more() -> dict[str, Any]:
    """Settings beside those that all need."""
    return {}


@pytest.fixture
async def world(database: Any, post: PostOffice, more: dict[str, Any]) -> AsyncIterator[World]:
    service = build(
        Settings(
            database_url=database("notifications"),
            platform_secret=SECRET,
            operator_key_hash=digest_of(OPERATOR),
            public_url="http://holdfast.test",
            role="api",
            smtp_port=post.port,
            smtp_timeout=1.0,
            smtp_answer=1.0,
            **more,
        ),
        clock=StillClock("2020-09-14T15:10:00Z"),
    )
    async with service.app.router.lifespan_context(service.app):
        made = World(service, post)
        async with made.http:
            yield made
