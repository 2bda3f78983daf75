"""How mails are written as bytes (RFC 5322, RFC 2045): lines, headers, and parts of text.

What stands alike in every mail is parsed and folded once; by the standard library alone it would
be most of the work on a mail.
"""

from __future__ import annotations

import re
from base64 import b64encode
from binascii import b2a_qp
from email.header import Header
from email.headerregistry import Address, HeaderRegistry
from email.message import EmailMessage, MIMEPart
from email.policy import SMTP, EmailPolicy
from functools import lru_cache
from typing import Any

_WIDEST = 230  # with its name less than a line of `_WIDE`

# Headers of few different values: they stand alike in all mails, or in all that go out together.
_ALIKE = frozenset(
    {
        "mime-version",
        "content-type",
        "content-transfer-encoding",
        "auto-submitted",
        "x-auto-response-suppress",
        "date",
        "subject",
        "from",
        "reply-to",
    }
)


# Values that stand on one line as they are: what the parser would make of them is known. Those of
# each mail are its own, so that none of it could be kept.
_ADDRESS = r"[A-Za-z0-9_-]+(?:[.+][A-Za-z0-9_-]+)*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"
PLAIN_ADDRESS = re.compile(_ADDRESS)
_NAME = r"[A-Za-z'-]{1,30}(?: [A-Za-z'-]{1,30}){0,4}"
_AS_THEY_ARE = {
    "message-id": re.compile(r"<[A-Za-z0-9-]{1,60}@[A-Za-z0-9.-]{1,100}>"),
    "to": re.compile(rf"{_NAME} <{_ADDRESS}>|{_ADDRESS}"),
    "content-type": re.compile(r'multipart/[a-z]+; boundary="=_[A-Za-z0-9_-]{1,60}"'),
}
# A name beyond ASCII before an address: of letters, marks, digits and what joins them.
_WIDE_NAME = re.compile(rf"((?:[^\W_]|[\u0300-\u036f '’-])+) <({_ADDRESS})>")
_ENCODED = 45  # bytes at most of one encoded word in base64, which has 75 letters (RFC 2047 §2)
_FOLD = "\r\n "
_LOOSE = re.compile(r"\r(?!\n)|\n(?![ \t])")  # the end of a line that does not go on
_ENCODED_LINE = 76  # letters of a line that holds an encoded word (there too)
_WORDED = frozenset({"subject", "from", "to"})  # what people are called, and courses


class _Line(str):
    """A header that needs neither parsing nor folding; `line` is its value on the wire."""

    __slots__ = ("line", "name")
    name: str
    line: str

    def fold(self, *, policy: EmailPolicy) -> str:
        return f"{self.name}: {self.line}{policy.linesep}"


class _Registry(HeaderRegistry):
    """Makes the class for a header's name once, not for each header."""

    def __init__(self) -> None:
        super().__init__()
        self._classes: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        known = self._classes.get(name)
        if known is None:
            known = self._classes[name] = super().__getitem__(name)
        return known

    def __call__(self, name: str, value: Any) -> Any:
        if "=?" in str(value) and name.lower() in _WORDED:
            value = _literal(value)
        known = _AS_THEY_ARE.get(name.lower())
        if known:
            words = str(value)
            on_wire = words if known.fullmatch(words) else _encoded(name, words)
            if on_wire and len(words) < _WIDEST:
                line = _Line(words)
                line.name, line.line = name, on_wire
                return line
        if name.lower() in _ALIKE and type(value) is str and "boundary" not in value:
            return self._alike(name, value)
        return super().__call__(name, value)

    @lru_cache(maxsize=256)  # noqa: B019 (there is one registry)
    def _alike(self, name: str, value: str) -> Any:
        return super().__call__(name, value)


def _literal(value: Any) -> Any:
    """What a person or a course is called is no encoded word, though it be written like one: the
    parser would decode it, to whatever it says: other addresses, and line ends, behind which a
    header of theirs would stand."""
    if isinstance(value, Address):
        return Address(_literal(value.display_name), value.username, value.domain)
    return str(value).replace("=?", "= ?")


def _encoded(name: str, words: str) -> str:
    """`Žaneta <z@x.example>` as it goes over the wire; empty where the parser must see to it."""
    wide = _WIDE_NAME.fullmatch(words) if not words.isascii() else None
    said = wide[1].encode() if wide else b""
    if wide is None or len(said) > _ENCODED:
        return ""
    word = f"=?utf-8?b?{b64encode(said).decode()}?="
    fits = len(name) + 2 + len(word) + 3 + len(wide[2]) <= _ENCODED_LINE
    return f"{word}{' ' if fits else _FOLD}<{wide[2]}>"


_REGISTRY = _Registry()
# A line of 78 would hold an encoded word of 77, and 75 are the most (RFC 2047 §2).
_NARROW = SMTP.clone(header_factory=_REGISTRY, max_line_length=75)
_WIDE = _NARROW.clone(max_line_length=250)
_UTF8 = SMTP.clone(utf8=True)


class _Wire(EmailPolicy):
    """As it goes over the wire: a plain header stays on its line.

    By default a subject of 70 letters would begin on a line of its own, which some readers show
    with a blank in front, and for addresses beyond ASCII an address in a header is made encoded
    words.
    """

    def fold(self, name: str, value: str) -> str:
        if isinstance(value, _Line):
            return value.fold(policy=self)
        if self.utf8 and not str(value).isascii():
            return _one_header(_UTF8.fold(name, value))
        alike = name.lower() in _ALIKE and "boundary" not in value
        return _folded_alike(name, value) if alike else _folded(name, value)

    def fold_binary(self, name: str, value: str) -> bytes:
        return self.fold(name, value).encode("utf-8" if self.utf8 else "ascii", "surrogateescape")


def _folded(name: str, value: str) -> str:
    if name.lower() == "subject" and not str(value).isascii():
        # Whole: the default says a blank twice where letters and encoded words meet.
        words = Header(str(value), "utf-8", maxlinelen=75, header_name=name)
        return f"{name}: {words.encode(linesep=SMTP.linesep)}{SMTP.linesep}"
    return _one_header((_WIDE if str(value).isascii() else _NARROW).fold(name, value))


def _one_header(folded: str) -> str:
    """As newer generators of the library ask it of themselves."""
    if _LOOSE.search(folded, 0, len(folded) - len(SMTP.linesep)):
        raise ValueError("a header would end within its value")
    return folded


_folded_alike = lru_cache(maxsize=256)(_folded)
WIRE = _Wire(linesep="\r\n", header_factory=_REGISTRY)
WIRE_UTF8 = WIRE.clone(utf8=True)


def text_part(subtype: str, words: str) -> EmailMessage:
    """A part of text, quoted-printable."""
    part = EmailMessage(policy=WIRE)
    part["Content-Type"] = f'text/{subtype}; charset="utf-8"'
    part["Content-Transfer-Encoding"] = "quoted-printable"
    part.set_payload(b2a_qp(words.encode(), istext=True).decode())
    return part


def written(mail: EmailMessage, *, utf8: bool = False) -> bytes:
    """The whole mail. All of its parts are quoted-printable or base64, so they stand as they are;
    the library's generator would take each of their lines apart and together again."""
    parts: list[bytes] = []
    _write(mail, WIRE_UTF8 if utf8 else WIRE, parts)
    return b"".join(parts)


def _write(part: MIMEPart, policy: EmailPolicy, to: list[bytes]) -> None:
    to += [policy.fold_binary(name, value) for name, value in part.raw_items()]
    to.append(b"\r\n")
    if not part.is_multipart():
        body = str(part.get_payload() or "")
        if "\r" in body:  # one that stands alone too: what is sealed must be what goes out
            body = body.replace("\r\n", "\n").replace("\r", "\n")
        to.append(body.replace("\n", "\r\n").encode("ascii"))
        return
    between = f"--{part.get_boundary()}".encode()
    for each in part.iter_parts():
        to += [between, b"\r\n"]
        _write(each, policy, to)
        to.append(b"\r\n")
    to += [between, b"--\r\n"]


def set_boundaries(mail: EmailMessage, name: str) -> None:
    """What parts the parts. By itself, each mail would be searched for a boundary that it does not
    hold; none holds this one, for neither quoted-printable nor base64 writes `=_`."""
    for number, part in enumerate(part for part in mail.walk() if part.is_multipart()):
        kind = f'{part.get_content_type()}; boundary="=_{number}_{name}"'
        part.replace_header("Content-Type", kind)
