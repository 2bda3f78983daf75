"""The signature of Zoom's webhooks: `v0=` and HMAC-SHA256, in hex, over `v0:{timestamp}:{body}`.

The key is the app's secret token. While it is rotated there are several, and each is good.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from shared.errors import Unauthorized

TOLERANCE = timedelta(minutes=5)
_LONGEST = 20  # characters of a timestamp


class SignatureInvalid(Unauthorized):
    """It is not Zoom's, or not of now."""

    slug = "signature-invalid"


def signer_of(
    secrets: Sequence[str], timestamp: str, signature: str, body: bytes, now: datetime
) -> str:
    """The secret that a webhook was signed with; `now` is wall time, `timestamp` seconds."""
    if not timestamp.isascii() or not timestamp.isdigit() or len(timestamp) > _LONGEST:
        raise SignatureInvalid("The header x-zm-request-timestamp is missing, or no seconds.")
    try:
        said = datetime.fromtimestamp(int(timestamp), UTC)
    except (ValueError, OverflowError, OSError):
        raise SignatureInvalid("The header x-zm-request-timestamp is no time.") from None
    if abs(now - said) > TOLERANCE:
        raise SignatureInvalid("The signature is not of now: it is good for five minutes.")
    given = signature.encode(errors="replace")
    # Each is tried, so that how long it takes says nothing of which it was.
    good = [s for s in secrets if hmac.compare_digest(sign(s, timestamp, body).encode(), given)]
    if not good:
        raise SignatureInvalid("The header x-zm-signature does not fit this body.")
    return good[0]


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """The signature of a body."""
    return f"v0={_hex(secret, b'v0:' + timestamp.encode() + b':' + body)}"


def sealed(secret: str, token: str) -> str:
    """The answer to Zoom's validation of an address: its token, made with the secret."""
    return _hex(secret, token.encode())


def _hex(secret: str, message: bytes) -> str:
    return hmac.new(secret.encode(), message, sha256).hexdigest()
