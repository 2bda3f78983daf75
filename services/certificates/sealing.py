"""What learners answered, sealed while too few did for anybody to read it.

The key follows from the platform's secret. What is sealed is padded, so that not even its length
says which of the answers that are told later it was.
"""

from __future__ import annotations

import json
import os
from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE, _LEAST = 12, 4_096  # bytes


def sealed(secret: str, answers: Mapping[str, Any]) -> str:
    """The answers for nobody but whoever has the secret; of the same length for most."""
    told = json.dumps(answers, ensure_ascii=True).encode()
    length = _LEAST
    while length < len(told):
        length *= 2
    nonce = os.urandom(_NONCE)
    shut = AESGCM(_key(secret)).encrypt(nonce, told.ljust(length), None)
    return b64encode(nonce + shut).decode()


def opened(secret: str, shut: str) -> dict[str, Any] | None:
    """The answers; None where they were sealed with another secret, or are no such thing."""
    try:
        raw = b64decode(shut, validate=True)
        told = json.loads(AESGCM(_key(secret)).decrypt(raw[:_NONCE], raw[_NONCE:], None))
    except (InvalidTag, ValueError):
        return None
    return dict(told)


def _key(secret: str) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=b"holdfast certificates answers").derive(
        secret.encode()
    )
