"""Headers that are taken as they are: byte for byte what the standard library would write."""

from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

import pytest

from services.notifications.wire import WIRE, set_boundaries, text_part

HEADERS: list[tuple[str, Any]] = [
    ("Message-ID", "<0b9d6a52-1c2d-5e3f-8a4b-5c6d7e8f9a0b@learn.example>"),
    ("Message-ID", "<a b@x.example>"),
    ("To", Address("Ada Fern", addr_spec="ada.fern+x@learners.example")),
    ("To", Address("", addr_spec="ada@learners.example")),
    ("To", Address("J. R. Fern", addr_spec="j@x.example")),
    ("To", Address('Bo "the" Reed', addr_spec="bo@x.example")),
    ("To", Address("Žaneta", addr_spec="z@x.example")),
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


def test_what_could_end_a_line_is_refused_as_ever() -> None:
    mail = EmailMessage(policy=WIRE)
    with pytest.raises(ValueError, match="linefeed"):
        mail["To"] = "Ada <ada@x.example>\r\nBcc: all@x.example"
    mail["Message-ID"] = "<a@x.example>\n"
    assert mail.as_bytes() == b"Message-ID: <a@x.example>\r\n\r\n"


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
