"""What somebody shows to have it verified: a PDF by its hash, a credential by its text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

MOST = 1_900_000  # bytes of a file; a certificate has some hundred thousand
LONGEST = 50_000  # characters of a credential, as certificates takes it
_TOKEN = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+){2}")
_PDF = b"%PDF-"
_LEADING = 1_024  # bytes within which readers look for the mark of a PDF
_WORDS = re.compile(r"\w+")
Kind = Literal["file", "credential"]
Fault = Literal["nothing", "too-large", "other-file", "no-credential"]


@dataclass(frozen=True, slots=True)
class Presented:
    """What certificates is asked: `{sha256}` of a file, `{jwt}` of a credential."""

    kind: Kind
    body: dict[str, str]


def presented(content: bytes, typed: str) -> Presented | Fault:
    """What a file holds, or where there is none what was typed.

    A PDF leaves here as its hash alone.
    """
    if len(content) > MOST or len(typed) > MOST:
        return "too-large"
    if _PDF in content[:_LEADING]:
        return Presented("file", {"sha256": sha256(content).hexdigest()})
    if content:
        return _credential(content.decode("ascii", "replace")) or "other-file"
    return _credential(typed) or ("no-credential" if typed.strip() else "nothing")


def _credential(text: str) -> Presented | None:
    """Line breaks and blanks come from mail programs and are none of a credential's."""
    token = "".join(text.split())
    if len(token) > LONGEST or not _TOKEN.fullmatch(token):
        return None
    return Presented("credential", {"jwt": token})


def code_in(typed: str) -> str:
    """The code, from a code or from the whole address that stands on a certificate; only what a
    code may hold: a slash or a full stop would lead to another address."""
    *_, last = typed.rpartition("/verify/")
    return "-".join(_WORDS.findall(last))
