"""Signatures of webhooks: Standard Webhooks 1.0 (github.com/standard-webhooks/standard-webhooks).

What is signed is `<webhook-id>.<webhook-timestamp>.<body>`, by HMAC-SHA256 with the bytes that
stand behind `whsec_` in base64. While a secret is replaced both are good, and the header holds a
signature of each, with a blank between.
"""

from __future__ import annotations

import hmac
from base64 import b64encode
from collections.abc import Mapping, Sequence
from hashlib import sha256

PREFIX = "whsec_"


def secret_text(secret: bytes) -> str:
    """A secret as a receiver is given it."""
    return PREFIX + b64encode(secret).decode()


def signature(secret: bytes, message_id: str, timestamp: int, body: bytes) -> str:
    """`v1,<base64>`; `timestamp` in whole seconds since 1970."""
    signed = b".".join((message_id.encode(), str(timestamp).encode(), body))
    return "v1," + b64encode(hmac.new(secret, signed, sha256).digest()).decode()


def headers_of(
    secrets: Sequence[bytes], message_id: str, timestamp: int, body: bytes
) -> Mapping[str, str]:
    """The three headers; signed with each secret that is good, the newest first."""
    signed = " ".join(signature(secret, message_id, timestamp, body) for secret in secrets)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signed,
    }
