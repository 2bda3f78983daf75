"""Whether a request is from Holdfast: Standard Webhooks 1.0 (standardwebhooks.com).

What is signed is `<webhook-id>.<webhook-timestamp>.<body>`, by HMAC-SHA256 with the bytes that
stand behind `whsec_` in base64. While a secret is replaced, a request has a signature of each.
"""

from __future__ import annotations

import hmac
import time
from base64 import b64decode, b64encode
from binascii import Error
from collections.abc import Callable, Mapping
from hashlib import sha256

from pydantic import ValidationError

from holdfast_client.errors import WebhookRefused
from holdfast_client.events import Event

TOLERANCE = 300.0  # seconds between their clock and this one, either way
_PREFIX = "whsec_"
_SHORTEST = 24  # bytes of a secret, as the standard has it
_LONGEST_STAMP = 15  # digits


class Webhooks:
    """Verifies with one secret or several: while one is replaced, give the new and the old.

    `tolerance` in seconds; `now` gives seconds since 1970, and is there for tests. Raises
    ValueError where a secret is none.
    """

    def __init__(
        self,
        *secrets: str,
        tolerance: float = TOLERANCE,
        now: Callable[[], float] = time.time,
    ) -> None:
        if not secrets:
            raise ValueError("give at least one secret")
        self._secrets = [secret_bytes(secret) for secret in secrets]
        self._tolerance = tolerance
        self._now = now

    def event(self, headers: Mapping[str, str], body: bytes) -> Event:
        """The event of a request, or WebhookRefused.

        `body` are the bytes as they came, before anything reads them as JSON; `headers` may be
        written in any case. A request within the tolerance can come twice: it is the event's id
        that tells.
        """
        message_id = self.verify(headers, body)
        try:
            event = Event.model_validate_json(body)
        except ValidationError as why:
            wrong = ", ".join(sorted({".".join(map(str, e["loc"])) for e in why.errors()} - {""}))
            where = f" (at {wrong})" if wrong else ""
            raise WebhookRefused("body", f"this is no event that can be read{where}") from None
        if event.id != message_id:
            raise WebhookRefused("id", "webhook-id is not the id of the event")
        return event

    def verify(self, headers: Mapping[str, str], body: bytes) -> str:
        """The `webhook-id` of a request whose signature is good, whatever its body says; or
        WebhookRefused."""
        if not isinstance(body, bytes | bytearray | memoryview):
            raise TypeError("give the body as the bytes that came: text may not be the same")
        named = {name.lower(): value for name, value in headers.items()}
        message_id = named.get("webhook-id", "")
        stamp = named.get("webhook-timestamp", "")
        given = named.get("webhook-signature", "")
        if not (message_id and stamp and given):
            raise WebhookRefused("headers", "a header of the three is missing")
        self._check_time(stamp)
        signed = b".".join((_encoded(message_id), _encoded(stamp), bytes(body)))
        wanted = [b"v1," + _signature(secret, signed) for secret in self._secrets]
        found = [_encoded(one) for one in given.split(" ")]
        if not any(hmac.compare_digest(one, each) for one in wanted for each in found):
            raise WebhookRefused("signature", "no signature is of a secret that was given")
        return message_id

    def _check_time(self, stamp: str) -> None:
        if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= _LONGEST_STAMP):
            raise WebhookRefused("timestamp", "webhook-timestamp is no number of seconds")
        if abs(self._now() - int(stamp)) > self._tolerance:
            raise WebhookRefused(
                "time", "it was signed too long ago, or one of the clocks is wrong"
            )


def _signature(secret: bytes, signed: bytes) -> bytes:
    return b64encode(hmac.new(secret, signed, sha256).digest())


def secret_bytes(secret: str) -> bytes:
    """Its bytes; whatever is wrong with it, it is not in the message."""
    text = secret.strip()
    try:
        read = b64decode(text.removeprefix(_PREFIX), validate=True)
    except (Error, ValueError):
        read = b""
    if len(read) < _SHORTEST:
        raise ValueError("this is no secret of a webhook: `whsec_` and base64") from None
    return read


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "backslashreplace")
