"""Who may hand in what came back: a secret shared with the mail server, and HMAC-SHA256.

The header is `t=<seconds>,v1=<hex>`, over `<seconds>.<body>`. While the secret is replaced there
are several, and each is good.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256

from shared.errors import Unauthorized

TOLERANCE = timedelta(minutes=5)
_HEADER = re.compile(r"t=([0-9]{1,12}),v1=([0-9a-f]{64})")


class SignatureInvalid(Unauthorized):
    """It is not the mail server's, or not of now."""

    slug = "signature-invalid"


def check_signature(secrets: Sequence[str], header: str, body: bytes, now: datetime) -> None:
    """`now` is wall time. Raises SignatureInvalid."""
    found = _HEADER.fullmatch(header)
    if not found:
        raise SignatureInvalid("The header Holdfast-Signature is no t=<seconds>,v1=<hex>.")
    if abs(now.timestamp() - int(found[1])) > TOLERANCE.total_seconds():
        raise SignatureInvalid("The signature is not of now: it is good for five minutes.")
    # Each is tried, so that how long it takes says nothing of which it was.
    good = [hmac.compare_digest(sign(s, found[1], body), found[2]) for s in secrets if s]
    if not any(good):
        raise SignatureInvalid("The header Holdfast-Signature does not fit this body.")


def sign(secret: str, seconds: str, body: bytes) -> str:
    """The hex that belongs after `v1=`."""
    return hmac.new(secret.encode(), f"{seconds}.".encode() + body, sha256).hexdigest()
