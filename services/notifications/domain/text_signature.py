"""Whether a webhook is the provider's: Twilio's `X-Twilio-Signature` (its security guide).

HMAC-SHA1 in Base64, keyed with the account's token, over the address as it was called, and behind
it each field of the form with its value, by the names in order; of a field given more than once
each value once, in order.
"""

from __future__ import annotations

import hmac
from base64 import b64encode
from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit, urlunsplit

from services.notifications.domain.signature import SignatureInvalid

Fields = Sequence[tuple[str, str]]
_PORTS = {"https": 443, "http": 80}


def check_text_signature(tokens: Sequence[str], given: str, url: str, fields: Fields) -> None:
    """`tokens`: the account's, while it is replaced the old and the new. The provider may have
    signed the address with its port or without. Raises SignatureInvalid."""
    good = [
        hmac.compare_digest(sign(token, address, fields).encode(), given.encode())
        for token in tokens
        if token
        for address in _addresses(url)
    ]
    if not any(good):
        raise SignatureInvalid("The header X-Twilio-Signature does not fit this request.")


def sign(token: str, url: str, fields: Fields) -> str:
    """What belongs in the header."""
    said = url + "".join(f"{name}{value}" for name, value in sorted(set(fields)))
    # The provider's scheme; a collision of SHA-1 forges no HMAC.
    return b64encode(hmac.digest(token.encode(), said.encode(), "sha1")).decode()


def _addresses(url: str) -> Iterable[str]:
    """As given, and with the port of its scheme said, or not said."""
    yield url
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    if parts.port is None and parts.scheme in _PORTS:
        yield urlunsplit(parts._replace(netloc=f"{parts.netloc}:{_PORTS[parts.scheme]}"))
    elif parts.port is not None and ":" in host:
        yield urlunsplit(parts._replace(netloc=parts.netloc.rpartition(":")[0]))
