"""The mailbox: takes the mails of this machine by SMTP, texts by HTTP, and shows them on a page.

Page at `/`, one message at `/messages/{id}`, JSON at `/api/messages` (`?to=`, `?since=`, `?limit=`)
and `/api/messages/{id}`. A text (`POST /api/texts`, `{to, text, message_id}`) stands among them, to
its number, and no telephone rings. `MAILBOX_*` in the environment says where it listens and keeps
its files.
"""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.message import EmailMessage
from pathlib import Path
from typing import Annotated, Any

import uvicorn
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request
from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from pydantic import BaseModel, Field

from stack.mail_store import Messages, body_of
from stack.settings import MailboxSettings

_LARGEST_BYTES = 20 * 2**20
_PAGE = 200
# A mail is a stranger's page: it runs nothing, and its links open beside it.
_POLICY = (
    "default-src 'none'; img-src data: https:; style-src 'unsafe-inline'; font-src data:; "
    "sandbox allow-popups allow-popups-to-escape-sandbox"
)
_pages = Environment(
    loader=FileSystemLoader(Path(__file__).with_name("templates")),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


class Postman:
    """What aiosmtpd calls for each mail."""

    def __init__(self, messages: Messages) -> None:
        self._messages = messages

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Answer 250 only when the file is there."""
        content = envelope.content or b""
        body = content if isinstance(content, bytes) else content.encode()
        try:
            self._messages.keep(body, envelope.rcpt_tos)
        except OSError:
            return "452 4.3.1 The mailbox cannot write; try again later"
        return "250 2.0.0 Kept"


def messages_of(request: Request) -> Messages:
    messages: Messages = request.app.state.messages
    return messages


MessagesDep = Annotated[Messages, Depends(messages_of)]
router = APIRouter()


@router.get("/health/live")
def live() -> dict[str, str]:
    return {"status": "live"}


@router.get("/api/messages")
def list_messages(
    messages: MessagesDep, to: str = "", since: str = "", limit: int = 0
) -> dict[str, Any]:
    return {"items": messages.list(to, since, limit)}


@router.get("/api/messages/{identity}")
def show_message(identity: str, messages: MessagesDep) -> dict[str, Any]:
    message = _found(messages, identity)
    return (messages.summary(identity) or {}) | {
        "headers": [[name, str(value)] for name, value in message.items()],
        "text": body_of(message, "plain"),
        "html": body_of(message, "html"),
    }


class Text(BaseModel):
    """A text to a number (E.164), as a provider would be given it."""

    to: str = Field(pattern=r"^\+[1-9][0-9]{6,14}$")
    text: str = Field(min_length=1, max_length=1_600)
    message_id: str = Field(pattern=r"^[A-Za-z0-9-]{1,100}$")


@router.post("/api/texts", status_code=201)
def take_text(text: Text, messages: MessagesDep) -> dict[str, str]:
    mail = EmailMessage()
    mail["From"], mail["To"] = "Texts <texts@mailbox.invalid>", text.to
    mail["Subject"] = f"Text to {text.to}"
    mail["Message-ID"] = f"<{text.message_id}@texts.mailbox.invalid>"
    mail.set_content(text.text)
    return {"id": messages.keep(mail.as_bytes(), [text.to])}


@router.get("/messages/{identity}.eml")
def raw(identity: str, messages: MessagesDep) -> Response:
    _found(messages, identity)
    return Response(messages.path(identity).read_bytes(), media_type="message/rfc822")


@router.get("/messages/{identity}/html")
def html(identity: str, messages: MessagesDep) -> Response:
    text = '<base target="_blank">' + body_of(_found(messages, identity), "html")
    return HTMLResponse(text, headers={"Content-Security-Policy": _POLICY})


@router.get("/messages/{identity}/attachments/{number}")
def attachment(identity: str, number: int, messages: MessagesDep) -> Response:
    parts = list(_found(messages, identity).iter_attachments())
    if not 0 <= number < len(parts):
        raise HTTPException(404, "no such attachment")
    name = re.sub(r"[^\w. -]", "_", parts[number].get_filename() or "unnamed", flags=re.ASCII)
    content = parts[number].get_payload(decode=True)
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    kind = parts[number].get_content_type()
    return Response(content if isinstance(content, bytes) else b"", 200, headers, kind)


@router.get("/", response_class=HTMLResponse)
@router.get("/messages/{identity}", response_class=HTMLResponse)
def page(messages: MessagesDep, identity: str = "", to: str = "") -> Response:
    """The list, and the chosen message beside it."""
    message = messages.read(identity) if identity else None
    text = _pages.get_template("mailbox.html").render(
        items=messages.list(to, limit=_PAGE),
        to=to,
        chosen=messages.summary(identity) if message else None,
        text=linked(body_of(message, "plain")) if message else "",
        html=bool(message and body_of(message, "html")),
        missing=bool(identity and not message),
    )
    return HTMLResponse(text, 404 if identity and not message else 200)


def linked(text: str) -> Markup:
    """The text, escaped, with its addresses as links."""
    pieces, end = [], 0
    for found in re.finditer(r"https?://[^\s<>\"']*[^\s<>\"'.,;:)]", text):
        pieces += [Markup.escape(text[end : found.start()])]
        pieces += [Markup('<a href="{0}" target="_blank">{0}</a>').format(found.group())]
        end = found.end()
    return Markup("").join([*pieces, Markup.escape(text[end:])])


def build(directory: Path, smtp_host: str, smtp_port: int) -> FastAPI:
    """The page and the JSON; SMTP listens as long as it runs."""
    messages = Messages(directory)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        smtp = Controller(Postman(messages), smtp_host, smtp_port, data_size_limit=_LARGEST_BYTES)
        smtp.start()
        yield
        smtp.stop()

    app = FastAPI(title="Mailbox", lifespan=lifespan)
    app.state.messages = messages
    app.include_router(router)
    return app


def _found(messages: Messages, identity: str) -> EmailMessage:
    message = messages.read(identity)
    if message is None:
        raise HTTPException(404, "no such message")
    return message


def main() -> None:
    """Run it as the environment says: `MAILBOX_*`."""
    told = MailboxSettings()
    app = build(told.data_dir, told.host, told.smtp_port)
    uvicorn.run(app, host=told.host, port=told.port, log_level="warning", access_log=False)


if __name__ == "__main__":
    main()
