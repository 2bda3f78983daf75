"""A sender's address for each mail (VERP): what comes back says by where it comes which mail it is
about, also from servers that change or leave out the Message-ID.

`bounces@learn.example` becomes `bounces+<id, 32 hex>-<mac, 16 hex>@learn.example`: whoever did not
get the mail cannot write it. Lower case only, for some servers make it so; 50 characters beyond the
name, and a name before the @ may have 64 (RFC 5321 §4.5.3.1.1).
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable
from uuid import UUID

ROOM = 14  # letters before the @ of the address that it is made of
_TOLD = re.compile(r"[^@]*\+([0-9a-f]{32})-([0-9a-f]{16})@.+")


def return_address(address: str, secret: str, message_id: str) -> str:
    """Where a mail is to come back to; the address itself where the id is no UUID."""
    try:
        packed = UUID(message_id).hex
    except ValueError:
        return address
    local, _, domain = address.rpartition("@")
    return f"{local}+{packed}-{_mac(secret, packed)}@{domain}"


def told_by(addresses: Iterable[str], secret: str) -> str | None:
    """The message's id, where one of these addresses was made by us."""
    for address in addresses:
        found = _TOLD.fullmatch(address.lower())
        if found and hmac.compare_digest(_mac(secret, found[1]), found[2]):
            return str(UUID(found[1]))
    return None


def _mac(secret: str, packed: str) -> str:
    return hmac.digest(secret.encode(), f"return\x00{packed}".encode(), "sha256").hex()[:16]
