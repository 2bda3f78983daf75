"""DKIM signatures (RFC 6376), for who sends through a relay that does not sign. Off by default.

relaxed/relaxed, rsa-sha256. Signed are the headers that say who writes to whom what, and those of
unsubscribing, which RFC 8058 wants covered; each is named once more than it is there, so that
nobody can add another. Made with `cryptography`, which is there already: dkimpy signs in pure
Python, 12 ms a mail, and found them good once (tests/rules).
"""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

SIGNED = (
    *("from", "to", "subject", "date", "message-id", "reply-to", "auto-submitted"),
    *("list-unsubscribe", "list-unsubscribe-post"),
    *("mime-version", "content-type", "content-transfer-encoding"),
)
_SHORTEST = 2048  # bits of a key; Gmail takes no signature of less than 1024
_SPACE = re.compile(rb"[ \t]+")


class CannotSign(ValueError):
    """What is set to sign with cannot be used; says what to do."""


class Dkim:
    """Signs for one domain. The public half of the key is a TXT record of
    `<selector>._domainkey.<domain>`."""

    def __init__(self, key: Path, selector: str, domain: str) -> None:
        """`key` is an RSA key as PEM, without a password. Raises CannotSign."""
        if not selector:
            raise CannotSign("NOTIFICATIONS_DKIM_KEY is set: say NOTIFICATIONS_DKIM_SELECTOR too.")
        try:
            opened = load_pem_private_key(key.read_bytes(), None)
        except (OSError, ValueError, TypeError):
            raise CannotSign(
                "NOTIFICATIONS_DKIM_KEY names no private key that can be read: a PEM file without "
                "a password, as `openssl genrsa 2048` writes it."
            ) from None
        if not isinstance(opened, RSAPrivateKey) or opened.key_size < _SHORTEST:
            raise CannotSign(
                f"The key of NOTIFICATIONS_DKIM_KEY is no RSA key of {_SHORTEST} bits or more."
            )
        self._key = opened
        self._tags = f"v=1; a=rsa-sha256; c=relaxed/relaxed; d={domain}; s={selector}"

    def sealed(self, mail: bytes) -> bytes:
        """The mail with its signature before it; `mail` has CRLF everywhere."""
        head, _, body = mail.partition(b"\r\n\r\n")
        fields = _fields(head)
        names = [name for name in SIGNED for _ in range(len(fields.get(name, ())) + 1)]
        digest = b64encode(sha256(_body(body)).digest()).decode()
        value = f"{self._tags}; h={':'.join(names)}; bh={digest}; b="
        # From the last one up, as who verifies reads them; what is not there counts as nothing.
        signed = [field for name in SIGNED for field in reversed(fields.get(name, []))]
        unsigned = _relaxed(b"dkim-signature", value.encode())
        what = b"".join(field + b"\r\n" for field in signed) + unsigned
        signature = b64encode(self._key.sign(what, PKCS1v15(), hashes.SHA256())).decode()
        return f"DKIM-Signature: {_folded(value, signature)}\r\n".encode() + mail


def _fields(head: bytes) -> dict[str, list[bytes]]:
    """Name → its fields in canonical form, in order."""
    found: dict[str, list[bytes]] = {}
    for field in re.split(rb"\r\n(?![ \t])", head):
        name, _, value = field.partition(b":")
        key = name.strip().lower()
        found.setdefault(key.decode("latin-1"), []).append(_relaxed(key, value))
    return found


def _relaxed(name: bytes, value: bytes) -> bytes:
    """RFC 6376 §3.4.2."""
    return name + b":" + _SPACE.sub(b" ", value.replace(b"\r\n", b"")).strip(b" ")


def _body(body: bytes) -> bytes:
    """RFC 6376 §3.4.4."""
    lines = [_SPACE.sub(b" ", line).rstrip(b" ") for line in body.split(b"\r\n")]
    while lines and not lines[-1]:
        lines.pop()
    return b"".join(line + b"\r\n" for line in lines)


def _folded(value: str, signature: str) -> str:
    """On lines short enough for every server; white space there counts for nothing (`relaxed`)."""
    parts = [signature[start : start + 70] for start in range(0, len(signature), 70)]
    return value + "\r\n ".join(["", *parts])
