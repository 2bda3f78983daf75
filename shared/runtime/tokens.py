"""Tokens and codes: pure functions of one platform secret, so that no event need carry one.

A token is `<version>.<id>.<mac>`, where the mac is HMAC-SHA256 over kind, id and version. Any
service can mint or check one; whether its version still lives, each knows from its own copy.
"""

from __future__ import annotations

import hmac
import re
from base64 import b32encode, urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256
from uuid import UUID

PERSONAL = "personal"  # the kind of the tokens that `auth` takes
_UUID = re.compile(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}")
MAC = 18  # bytes of the mac that a token carries (144 bits)


def mint(secret: str, kind: str, subject: str, version: int) -> str:
    """A token of a kind for a subject; raising the version kills the earlier ones."""
    return f"{version}.{_packed(subject)}.{_mac(secret, kind, subject, version)}"


def check(secret: str, kind: str, token: str) -> tuple[str, int] | None:
    """(subject, version) of a genuine token, else None."""
    try:
        number, packed, mac = token.split(".")
        version, subject = int(number), _unpacked(packed)
    except (ValueError, UnicodeDecodeError):
        return None
    if not token.isascii() or str(version) != number:
        return None
    genuine = _mac(secret, kind, subject, version)
    return (subject, version) if hmac.compare_digest(genuine, mac) else None


def code_of(secret: str, kind: str, subject: str) -> str:
    """A code that people can type, such as `K7QD-9M2X-41ZT-...`: 80 bits in base 32."""
    digest = hmac.digest(secret.encode(), f"{kind}/{subject}".encode(), "sha256")
    text = b32encode(digest[:10]).decode()
    return "-".join(text[start : start + 4] for start in range(0, 16, 4))


def code_digest(code: str) -> str:
    """What is stored of a code that people type: its SHA-256, however they write it."""
    plain = "".join(character for character in code.upper() if character.isalnum())
    return sha256(plain.encode()).hexdigest()


def digest_of(key: str) -> str:
    """What is stored of an API key: its SHA-256 in hex (keys are random, so no salt is needed)."""
    return sha256(key.encode()).hexdigest()


def _mac(secret: str, kind: str, subject: str, version: int) -> str:
    said = f"{kind}\x00{subject}\x00{version}".encode()
    return urlsafe_b64encode(hmac.digest(secret.encode(), said, "sha256")[:MAC]).decode()


def _packed(subject: str) -> str:
    """UUIDs in 22 characters, anything else as it is; the first letter says which."""
    if _UUID.fullmatch(subject):
        raw = bytes.fromhex(subject.replace("-", ""))
        return "u" + urlsafe_b64encode(raw).decode().rstrip("=")
    return "t" + urlsafe_b64encode(subject.encode()).decode().rstrip("=")


def _unpacked(packed: str) -> str:
    kind, body = packed[:1], packed[1:]
    raw = urlsafe_b64decode(body + "=" * (-len(body) % 4))
    if kind == "u":
        return str(UUID(bytes=raw))
    if kind == "t":
        return raw.decode()
    raise ValueError(packed)
