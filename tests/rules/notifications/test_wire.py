"""Headers that are taken as they are: byte for byte what the standard library would write."""

from dataclasses import replace
from email import message_from_bytes
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

import pytest

from services.notifications.api.samples import SAMPLES, sample_case
from services.notifications.commands.case import Sender
from services.notifications.envelope import _sender, mail_of, recipient_of
from services.notifications.mailer import _wire
from services.notifications.wire import (
    WIRE,
    WIRE_UTF8,
    _one_header,
    set_boundaries,
    text_part,
    written,
)
from shared.runtime.rows import replace as changed

SENDER = Sender("https://learn.example", "a secret", "courses@learn.example")

HEADERS: list[tuple[str, Any]] = [
    ("Message-ID", "<0b9d6a52-1c2d-5e3f-8a4b-5c6d7e8f9a0b@learn.example>"),
    ("Message-ID", "<a b@x.example>"),
    ("To", Address("Ada Fern", addr_spec="ada.fern+x@learners.example")),
    ("To", Address("", addr_spec="ada@learners.example")),
    ("To", Address("J. R. Fern", addr_spec="j@x.example")),
    ("To", Address('Bo "the" Reed', addr_spec="bo@x.example")),
    ("To", Address("Siobhan O'Neil-Reed", addr_spec="so@x.example")),
    ("To", Address('Žaneta "Z." Łuczyńska', addr_spec="z@x.example")),
    ("To", Address("Ada", username="a..b", domain="x.example")),
    ("To", Address("Wolfeschlegelsteinhausen " * 8 + "Berger", addr_spec="w@x.example")),
]


@pytest.mark.parametrize(("name", "value"), HEADERS)
def test_a_header_stands_as_the_library_would_write_it(name: str, value: Any) -> None:
    wide = SMTP.clone(max_line_length=250 if str(value).isascii() else 75)
    theirs, ours = EmailMessage(policy=wide), EmailMessage(policy=WIRE)
    theirs[name] = ours[name] = value
    assert ours.as_bytes() == theirs.as_bytes()
    assert str(ours[name]) == str(theirs[name])


@pytest.mark.parametrize(
    ("name", "wire"),
    [
        ("Žaneta", b"To: =?utf-8?b?xb1hbmV0YQ==?= <z@x.example>\r\n\r\n"),
        ("李 小龍", b"To: =?utf-8?b?5p2OIOWwj+m+jQ==?= <z@x.example>\r\n\r\n"),
        (  # 45 bytes fill an encoded word of 72 letters, so the address has a line of its own
            "Ž" * 22 + "a",
            b"To: =?utf-8?b?" + b"xb3FvcW9" * 7 + b"xb1h?=\r\n <z@x.example>\r\n\r\n",
        ),
    ],
)
def test_a_name_beyond_ascii_is_one_encoded_word(name: str, wire: bytes) -> None:
    mail = EmailMessage(policy=WIRE)
    mail["To"] = Address(name, addr_spec="z@x.example")
    assert mail.as_bytes() == wire
    assert max(len(line) for line in wire.split(b"\r\n")) <= 76
    assert str(message_from_bytes(wire, policy=SMTP)["To"]) == f"{name} <z@x.example>"


@pytest.mark.parametrize("template", sorted(SAMPLES))
def test_a_mail_is_written_as_the_library_would_write_it(template: str) -> None:
    mail = mail_of(sample_case(template), SENDER)
    assert written(mail) == mail.as_bytes()
    assert written(mail, utf8=True) == mail.as_bytes(policy=WIRE_UTF8)


def test_what_could_end_a_line_is_refused_as_ever() -> None:
    mail = EmailMessage(policy=WIRE)
    with pytest.raises(ValueError, match="linefeed"):
        mail["To"] = "Ada <ada@x.example>\r\nBcc: all@x.example"
    mail["Message-ID"] = "<a@x.example>\n"
    assert mail.as_bytes() == b"Message-ID: <a@x.example>\r\n\r\n"


_WORD = "=?utf-8?q?x=0D=0ABcc=3A_evil@x.example=0D=0A=0D=0AClick_here?="


@pytest.mark.parametrize("before", ["", "Ada ", "Žaneta "])
def test_a_name_that_is_written_like_an_encoded_word_says_nothing_else(before: str) -> None:
    """Decoded it would be a header of theirs, and the words of the mail."""
    mail = EmailMessage(policy=WIRE)
    mail["From"] = _sender(before + _WORD, "courses@learn.example")
    mail["To"] = Address(before + _WORD, addr_spec="z@x.example")
    mail["Subject"] = f"{before}{_WORD} has a seat"
    for wire in (written(mail), written(mail, utf8=True)):
        read = message_from_bytes(wire, policy=SMTP)
        assert (read.keys(), read.get_payload()) == (["From", "To", "Subject"], "")
        [to] = read["To"].addresses
        assert to.addr_spec == "z@x.example"
        assert "utf-8?q?x=0D=0ABcc=3A" in to.display_name


@pytest.mark.parametrize("folded", ["A: b\r\nBcc: c\r\n", "A: b\rc\r\n", "A: b\n\nc\r\n"])
def test_a_header_that_would_end_within_its_value_is_not_written(folded: str) -> None:
    with pytest.raises(ValueError, match="within its value"):
        _one_header(folded)
    assert _one_header("A: b\r\n c\r\n") == "A: b\r\n c\r\n"


@pytest.mark.parametrize(
    "address",
    [
        "=?utf-8?q?x=0D=0ABcc=3Ax?=@x.example",
        '"=?utf-8?q?x=0D=0ABcc=3Ax?="@x.example',
        "b@=?utf-8?q?x=0D=0ABcc=3Ax?=",
    ],
)
def test_an_address_that_would_be_decoded_is_none(address: str) -> None:
    case = sample_case(min(SAMPLES))
    case = replace(case, person=changed(case.person, email=address))
    with pytest.raises(ValueError, match="no address"):
        recipient_of(case)


def test_what_is_sealed_is_what_goes_out() -> None:
    """A carriage return that stands alone in somebody's words ends a line before it is sealed."""
    wire = written(text_part("plain", "Dr.\rAda\r\nReed\n"))
    assert wire.endswith(b"\r\n\r\nDr.\r\nAda\r\nReed\r\n")
    assert _wire(wire) == wire + b".\r\n"


def test_parts_are_told_apart_by_a_boundary_of_the_mail_s_own() -> None:
    mail = EmailMessage(policy=WIRE)
    mail["Content-Type"] = "multipart/alternative"
    mail.attach(text_part("plain", "Hello,\n"))
    set_boundaries(mail, "0b9d6a52")
    assert mail.get_boundary() == "=_0_0b9d6a52"
    assert mail.as_bytes().decode() == (
        'Content-Type: multipart/alternative; boundary="=_0_0b9d6a52"\r\n\r\n'
        "--=_0_0b9d6a52\r\n"
        'Content-Type: text/plain; charset="utf-8"\r\n'
        "Content-Transfer-Encoding: quoted-printable\r\n\r\nHello,\r\n\r\n"
        "--=_0_0b9d6a52--\r\n"
    )


@pytest.mark.parametrize(
    ("content", "wire"),
    [
        (b"Subject: a\r\n\r\nHello\r\n", b"Subject: a\r\n\r\nHello\r\n.\r\n"),
        (b"Subject: a\r\n\r\nHello", b"Subject: a\r\n\r\nHello\r\n.\r\n"),  # else it never ends
        (b".a\r\n\r\n.\r\n..b\r\n", b"..a\r\n\r\n..\r\n...b\r\n.\r\n"),
        (b"a\n\n.b\rc\r\n", b"a\r\n\r\n..b\r\nc\r\n.\r\n"),
        (b"a\r\n\r\nb\n\r\n", b"a\r\n\r\nb\r\n\r\n.\r\n"),
    ],
)
def test_what_stands_between_data_and_the_answer(content: bytes, wire: bytes) -> None:
    assert _wire(content) == wire
