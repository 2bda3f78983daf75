"""To the mail server: encrypted where it offers that, and no password in the clear."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import UnthreadedController
from pydantic import ValidationError

from services.notifications.domain.delivery import UndeliveredError
from services.notifications.mailer import Mailer, Server
from services.notifications.settings import Settings
from tests.edges.notifications.conftest import nothing
from tests.security.authority import Authority

GOOD: dict[str, Any] = {
    "database_url": "postgresql://x",
    "platform_secret": "a secret of the tests",
}


class Listening:
    """A mail server whose certificate nobody vouches for. Keeps whether each mail was encrypted."""

    def __init__(self) -> None:
        self.encrypted: list[bool] = []
        self.port = 0

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.encrypted.append(session.ssl is not None)
        return "250 taken"


@pytest.fixture
async def listening(tmp_path: Path) -> AsyncIterator[Listening]:
    cert, key = Authority.made(tmp_path, "itself").issue("mail", "127.0.0.1")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(cert, key)
    one = Listening()
    loop = asyncio.get_running_loop()
    controller = UnthreadedController(one, "127.0.0.1", 0, loop=loop, tls_context=context)
    server: Any = await controller._create_server()
    one.port = server.sockets[0].getsockname()[1]
    yield one
    server.close()


async def mailed(listening: Listening, **settings: bool) -> None:
    mail = EmailMessage()
    mail["Subject"] = "You have a seat"
    mailer = Mailer(Server("127.0.0.1", listening.port, dial=5, patience=5, **settings))
    try:
        await mailer.send(mail, "courses@praxis.example", "ada@learners.example", nothing)
    finally:
        await mailer.aclose()


async def test_what_the_server_offers_is_taken_whoever_s_its_certificate_is(
    listening: Listening,
) -> None:
    await mailed(listening)
    await mailed(listening, start_tls_offered=False)
    assert listening.encrypted == [True, False]


async def test_where_it_must_be_encrypted_the_certificate_counts(listening: Listening) -> None:
    with pytest.raises(UndeliveredError):
        await mailed(listening, start_tls=True)
    assert listening.encrypted == []


@pytest.mark.parametrize(
    ("wrong", "mends"),
    [
        ({"smtp_host": "mail.example", "smtp_password": "s3cret"}, "NOTIFICATIONS_SMTP_START_TLS"),
        ({"smtp_host": "10.0.0.7", "smtp_password": "s3cret"}, "NOTIFICATIONS_SMTP_TLS"),
        ({"smtp_tls": True, "smtp_start_tls": True}, "exclude one another"),
        (
            {"imap_host": "mail.example", "imap_password": "s3cret", "imap_tls": False},
            "NOTIFICATIONS_IMAP_TLS",
        ),
    ],
    ids=["smtp", "smtp of a private network", "both", "imap"],
)
def test_a_password_in_the_clear_is_refused_at_the_start(wrong: dict[str, Any], mends: str) -> None:
    with pytest.raises(ValidationError, match=mends) as refused:
        Settings(**GOOD, **wrong)
    assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize(
    "right",
    [
        {"smtp_host": "127.0.0.1", "smtp_password": "s3cret"},
        {"smtp_host": "localhost", "smtp_password": "s3cret"},
        {"smtp_host": "mail.example", "smtp_password": "s3cret", "smtp_start_tls": True},
        {"smtp_host": "mail.example", "smtp_password": "s3cret", "smtp_tls": True},
        {"smtp_host": "mail.example"},
        {"imap_host": "mail.example", "imap_password": "s3cret"},
    ],
    ids=["here", "by name", "starttls", "tls", "no password", "imap"],
)
def test_and_taken_where_nobody_can_listen(right: dict[str, Any]) -> None:
    Settings(**GOOD, **right)
