"""Keys and webhook secrets themselves: derived from the platform's secret and an id, kept nowhere.

So a request that is repeated with the same Idempotency-Key gets the same key again, although
neither the key table nor the kept first answer holds it.
"""

from __future__ import annotations

import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from fastapi import Response
from fastapi.responses import JSONResponse

from services.partners.domain.keys import key_text
from services.partners.domain.signing import secret_text
from shared.runtime.tokens import digest_of


@dataclass(frozen=True)
class KeyMaker:
    """`environment` is `sandbox` or `live`."""

    secret: str = field(repr=False)
    environment: str

    def key_of(self, key_id: str) -> str:
        """The key that belongs to a key id: 192 bits that nobody can guess without the secret."""
        said = f"api-key\x00{self.environment}\x00{key_id}".encode()
        digest = hmac.new(self.secret.encode(), said, sha256).digest()
        text = urlsafe_b64encode(digest[:24]).decode().replace("-", "x").replace("_", "y")
        return key_text(self.environment, text)

    def hash_of(self, key_id: str) -> str:
        """What is stored and said of it."""
        return digest_of(self.key_of(key_id))

    def shown(self, answer: Response) -> Response:
        """The answer with the key beside its id, where a key was made for this request."""
        if answer.status_code != 201:
            return answer
        return _with(answer, "key", lambda body: self.key_of(body["key_id"]))


@dataclass(frozen=True)
class WebhookSecrets:
    """What webhooks are signed with: one an endpoint and version."""

    secret: str = field(repr=False)

    def of(self, endpoint_id: str, version: int) -> bytes:
        """192 bits, as Standard Webhooks has it at least."""
        said = f"webhook\x00{endpoint_id}\x00{version}".encode()
        return hmac.new(self.secret.encode(), said, sha256).digest()[:24]

    def shown(self, answer: Response) -> Response:
        """The answer with the secret beside the endpoint, where one was made or replaced."""
        if answer.status_code not in (200, 201):
            return answer
        return _with(
            answer,
            "secret",
            lambda body: secret_text(self.of(body["endpoint_id"], body["secret_version"])),
        )


@dataclass(frozen=True)
class InboundSecrets:
    """What partners sign their requests with: one a partner and version."""

    secret: str = field(repr=False)

    def of(self, partner_id: str, version: int) -> bytes:
        """192 bits, as Standard Webhooks has it at least."""
        said = f"inbound\x00{partner_id}\x00{version}".encode()
        return hmac.new(self.secret.encode(), said, sha256).digest()[:24]

    def shown(self, answer: Response) -> Response:
        """The answer with the secret beside it, where one was made or replaced."""
        if answer.status_code != 200:
            return answer
        return _with(
            answer,
            "secret",
            lambda body: secret_text(self.of(body["partner_id"], body["secret_version"])),
        )


def _with(answer: Response, name: str, value_of: Callable[[Any], str]) -> Response:
    body = json.loads(bytes(answer.body))
    replayed = answer.headers.get("idempotent-replayed")
    return JSONResponse(
        {**body, name: value_of(body)},
        answer.status_code,
        {"Cache-Control": "no-store"} | ({"Idempotent-Replayed": replayed} if replayed else {}),
    )
