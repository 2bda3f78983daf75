"""Signing what is sent in: Standard Webhooks 1.0, from you to Holdfast.

The secret is another than your webhooks': the provider makes it for what you send.
"""

from __future__ import annotations

import hmac
import time
from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256

import httpx

from holdfast_client.webhooks import secret_bytes


class Signer:
    """Signs requests with one secret. `now` gives seconds since 1970, and is there for tests.
    Raises ValueError where a secret is none."""

    def __init__(self, secret: str, *, now: Callable[[], float] = time.time) -> None:
        self._secret = secret_bytes(secret)
        self._now = now

    def sign(self, request: httpx.Request) -> None:
        """The three headers, as of this moment: a request that is tried again is signed again.

        Its id is the Idempotency-Key, which so is signed, too.
        """
        message_id, stamp = request.headers["idempotency-key"].strip(), str(int(self._now()))
        signed = b".".join((message_id.encode(), stamp.encode(), request.content))
        made = b64encode(hmac.new(self._secret, signed, sha256).digest()).decode()
        request.headers["webhook-id"] = message_id
        request.headers["webhook-timestamp"] = stamp
        request.headers["webhook-signature"] = f"v1,{made}"
