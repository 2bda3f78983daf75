"""Bitstring Status Lists (W3C, 2025-05-15): which certificates hold no more, told without names.

A list has 131,072 places. Places are handed out by a keyed permutation of a counter, so that a
place tells nothing of when, or to whose neighbour, a certificate was issued.
"""

from __future__ import annotations

import gzip
import hmac
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import Any

from shared.dates import rfc3339

SIZE = 131_072  # 2**17: what the specification asks for at least
_ROUNDS = 6


def place_of(secret: str, year: int, taken: int) -> tuple[str, int]:
    """(list, index) of the certificate before which `taken` places of the year were handed out."""
    number, count = divmod(taken, SIZE)
    name = f"{year}-{number + 1}"
    # A Feistel network over 9 + 8 bits: every count has its own place, in no visible order.
    left, right = count >> 8, count & 0xFF
    for turn in range(_ROUNDS):
        if turn % 2:
            right ^= _mix(secret, name, turn, left) & 0xFF
        else:
            left ^= _mix(secret, name, turn, right) & 0x1FF
    return name, left << 8 | right


def encoded(ended: Iterable[int]) -> str:
    """`encodedList`: `u` and base64url of the gzipped bits; index 0 is the first byte's top bit."""
    bits = bytearray(SIZE // 8)
    for index in ended:
        bits[index // 8] |= 0x80 >> index % 8
    packed = gzip.compress(bytes(bits), mtime=0)
    return "u" + urlsafe_b64encode(packed).decode().rstrip("=")


def entry(list_url: str, index: int) -> dict[str, Any]:
    """`credentialStatus` of a credential."""
    return {
        "id": f"{list_url}#{index}",
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": str(index),
        "statusListCredential": list_url,
    }


def list_credential(
    did: str, list_url: str, ended: Iterable[int], now: datetime, until: datetime
) -> dict[str, Any]:
    """The list as a credential, to be signed; `until` bounds how long an old copy is believed."""
    return {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "id": list_url,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": did,
        "validFrom": rfc3339(now.replace(microsecond=0)),
        "validUntil": rfc3339(until.replace(microsecond=0)),
        "credentialSubject": {
            "id": f"{list_url}#list",
            "type": "BitstringStatusList",
            "statusPurpose": "revocation",
            "encodedList": encoded(ended),
        },
    }


@lru_cache(maxsize=_ROUNDS * 512)  # all there are of a list
def _mix(secret: str, name: str, turn: int, half: int) -> int:
    said = f"status/{name}/{turn}/{half}".encode()
    return int.from_bytes(hmac.digest(secret.encode(), said, "sha256")[:4])
