"""The keys themselves: derived from the platform's secret and a key's id, and kept nowhere.

So a request that is repeated with the same Idempotency-Key gets the same key again, although
neither the key table nor the kept first answer holds it.
"""

from __future__ import annotations

import hmac
import json
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from hashlib import sha256

from fastapi import Response
from fastapi.responses import JSONResponse

from services.partners.domain.keys import key_text
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
        body = json.loads(bytes(answer.body))
        shown = {**body, "key": self.key_of(body["key_id"])}
        replayed = answer.headers.get("idempotent-replayed")
        return JSONResponse(
            shown,
            answer.status_code,
            {"Cache-Control": "no-store"} | ({"Idempotent-Replayed": replayed} if replayed else {}),
        )
