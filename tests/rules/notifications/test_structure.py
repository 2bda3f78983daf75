"""Every mail as it goes over the wire, in every language, to whoever has the hardest name: checked
by a server of its own, byte by byte."""

import asyncio
import dataclasses
import re
from collections.abc import AsyncIterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from html.parser import HTMLParser
from typing import Any

import pytest
from aiosmtpd.controller import UnthreadedController

from services.notifications.api.sample_letters import sample_post
from services.notifications.commands.case import Case, Post, Sender
from services.notifications.contents import contents
from services.notifications.envelope import in_ascii, posted
from services.notifications.letters import names
from services.notifications.mailer import Mailer, Server
from shared.runtime.rows import replace


async def nothing() -> None:
    """To begin with a mail of which nothing is remembered."""


SENDER = Sender("https://courses.example", "a secret of the tests", "courses@praxis.example")
LOCALES = ("en-US", "de-DE", "es-ES")
ONE = ("from", "to", "subject", "date", "message-id", "mime-version", "content-type",
       "auto-submitted")  # fmt: skip
PEOPLE = {
    "polish and chinese": ("Žaneta Łuczyńska-O'Neil 李", "zaneta@x.example"),
    "right to left": ("محمد عبد الرحمن", "m@x.example"),
    "emoji and quotes": ('Bo "the 🦊" Reed, Jr.', "bo@x.example"),
    "very long": ("Wolfeschlegelsteinhausenbergerdorff " * 9, "w" * 60 + "@x.example"),
    "beyond ascii": ("Ünïcode", "ünï@exämple.example"),
    "line ends": ("Eve\r\nBcc: all@x.example\u2028X", "eve@x.example"),
}
LONG = "The Therapeutic Relationship, 治療関係, and Ærodynamics: " * 5


class Sink:
    """Keeps the bytes of what it is given."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.taken.append(envelope.original_content)
        return "250 taken"


class Words(HTMLParser):
    """What is read of a page, without what is hidden; and where its links lead."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.said: list[str] = []
        self.links: list[str] = []
        self._off = 0
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        named = dict(attrs)
        if "href" in named:
            self.links.append(named["href"])
        hidden = tag in ("style", "title") or named.get("class") == "preview"
        self._off += 1 if hidden else 0

    def handle_endtag(self, tag: str) -> None:
        self._off -= 1 if self._off and tag in ("style", "title", "div") else 0

    def handle_data(self, data: str) -> None:
        if not self._off:
            self.said.append(data)


@pytest.fixture
async def sink() -> AsyncIterator[tuple[Sink, Mailer]]:
    made = Sink()
    controller = UnthreadedController(
        made, "127.0.0.1", 0, loop=asyncio.get_running_loop(), enable_SMTPUTF8=True
    )
    server: Any = await controller._create_server()
    mailer = Mailer(
        Server(
            host="127.0.0.1", port=server.sockets[0].getsockname()[1], username="", password="",
            tls=False, start_tls=False, timeout=5, patience=5, connections=1,
        )
    )  # fmt: skip
    yield made, mailer
    await mailer.aclose()
    await mailer.aclose()
    server.close()


def for_whom(template: str, locale: str, who: str, title: str = "") -> Post:
    post = sample_post(template, None, locale)
    name, email = PEOPLE[who]
    post = dataclasses.replace(post, person=replace(post.person, name=name, email=email))
    if title and isinstance(post, Case):
        body = {**post.course.body, "title": title}
        post = dataclasses.replace(post, course=replace(post.course, body=body))
    return post


def plain(text: str) -> str:
    return " ".join(text.split())


def check(raw: bytes, post: Post) -> EmailMessage:
    """What every mail must be (RFC 5322, 2045, 2047, 3834)."""
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", raw)
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    head, _, body = raw.partition(b"\r\n\r\n")
    utf8 = not post.person.email.isascii()
    assert utf8 or head.isascii()
    assert body.isascii()
    lines = head.split(b"\r\n")
    assert all(line[:1] in b" \t" or b":" in line for line in lines)
    assert all(line.strip() for line in lines)
    fields = [line.partition(b":")[0].decode().lower() for line in lines if line[:1] not in b" \t"]
    assert sorted(fields) == sorted(set(fields))
    assert set(ONE) <= set(fields)
    assert "bcc" not in fields
    assert all(len(word) <= 75 for word in re.findall(rb"=\?[^\s]*\?=", head))
    mail = message_from_bytes(raw, policy=policy.default)
    assert mail.defects == []
    assert all(part.defects == [] for part in mail.walk())
    assert mail["Auto-Submitted"] == "auto-generated"
    return mail


def parts(mail: EmailMessage, post: Post) -> tuple[str, str]:
    """Text and HTML, in that order; then the calendar; files last."""
    kinds = [part.get_content_type() for part in mail.walk() if not part.is_multipart()]
    entries = len(post.entries)
    calendars = ["text/calendar"] * (2 if entries == 1 else entries)
    assert kinds == ["text/plain", "text/html", *calendars]
    readable = [part for part in mail.walk() if part.get_content_type() in kinds[:2]]
    for part in readable:
        assert part.get_content_charset() == "utf-8"
        assert part["Content-Transfer-Encoding"] in ("quoted-printable", "7bit")
    text, page = (part.get_content() for part in readable)
    return text, page


def same(text: str, page: str) -> None:
    """Both parts have the same links, and whatever is a figure in one is in the other."""
    words = Words(page)
    for link in words.links:
        assert link in text, link
    figure = re.compile(r"\d[\d.,:/-]*\d|\d")
    read = plain(" ".join(words.said)).replace("\u00a0", " ")
    bare = re.sub(r"(?:https?|webcal)://\S+", "", text)
    told = re.sub(r"(?:https?://)?courses\.example\S*", "", read)
    bare = re.sub(r"courses\.example\S*", "", bare)
    assert set(figure.findall(plain(bare))) == set(figure.findall(told))


@pytest.mark.parametrize("locale", LOCALES)
async def test_every_mail_is_whole_on_the_wire(sink: tuple[Sink, Mailer], locale: str) -> None:
    taken, mailer = sink
    for template in sorted(names()):
        for number, who in enumerate(PEOPLE):
            post = for_whom(template, locale, who, LONG if number % 2 else "")
            mail, fault, _ = posted(post, SENDER)
            assert fault == ""
            await mailer.send(mail, SENDER.address, in_ascii(post.person.email), nothing)
            read = check(taken.taken[-1], post)
            text, page = parts(read, post)
            same(text, page)
            said = contents(post, SENDER)
            name = plain(PEOPLE[who][0])
            assert plain(str(read["Subject"])) == str(read["Subject"])
            # Python's parser leaves bytes of SMTPUTF8 headers as they are.
            shown = read["To"].addresses[0].display_name
            assert shown.encode("utf-8", "surrogateescape").decode() == name
            assert read["From"].addresses[0].addr_spec == SENDER.address
            assert f'lang="{locale[:2]}"' in page
            if "name" in said and isinstance(said["name"], str) and said["name"] in text:
                assert name in plain(text)
    assert len(taken.taken) == len(names()) * len(PEOPLE)
