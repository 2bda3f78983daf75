"""Whether a request is from whoever holds a partner's secret: Standard Webhooks, the other way.

A key that leaked out of a log or a proxy opens nothing by itself where requests have to be signed.
What is signed is the id, the moment and the body; the id is the Idempotency-Key, so that whoever
sends a request once more within the tolerance gets the first answer, and has done nothing.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence

from services.partners.domain.signing import signature
from shared.errors import Unauthorized

ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
HEADERS = (ID, TIMESTAMP, SIGNATURE)
TOLERANCE = 300  # seconds between their clock and ours, either way
_LONGEST_STAMP = 12  # digits
_MOST = 20  # signatures that are looked at


class SignatureMissing(Unauthorized):
    """This partner's requests have to be signed, and this one is not."""

    slug = "signature-missing"


class SignatureIncomplete(Unauthorized):
    """A header of the three is missing, or the moment is no number."""

    slug = "signature-incomplete"


class SignatureUnexpected(Unauthorized):
    """It is signed, and no secret was ever made for this partner."""

    slug = "signature-secret-unknown"


class SignatureOutdated(Unauthorized):
    """It was signed too long ago, or one of the clocks is wrong."""

    slug = "signature-time"


class SignatureOfAnother(Unauthorized):
    """Its id is not the Idempotency-Key, which would then not be signed."""

    slug = "signature-id"


class SignatureWrong(Unauthorized):
    """No signature is of a secret that is good."""

    slug = "signature-wrong"


def check_signed(
    headers: Mapping[str, str],
    body: bytes,
    secrets: Sequence[bytes],
    now: float,
    *,
    key: str,
    required: bool,
) -> None:
    """Refuses a request that is not signed where it has to be, and one that is signed wrongly in
    any case. `headers` by lower-case name, `now` in seconds since 1970, `key` the
    Idempotency-Key."""
    given = {name: headers.get(name, "") for name in HEADERS}
    if not any(given.values()):
        if required:
            raise SignatureMissing(
                "This partner's requests have to be signed: webhook-id, webhook-timestamp and "
                "webhook-signature, as in Standard Webhooks, with the secret made for you."
            )
        return
    if not secrets:
        raise SignatureUnexpected("No secret was made for you to sign with: ask the provider.")
    if lacking := [name for name, value in given.items() if not value]:
        raise SignatureIncomplete(f"Missing: {', '.join(lacking)}.")
    moment = _moment(given[TIMESTAMP])
    if abs(now - moment) > TOLERANCE:
        raise SignatureOutdated(
            f"webhook-timestamp is more than {TOLERANCE // 60} minutes from our clock: sign each "
            "try anew, and set your clock by the network."
        )
    if given[ID] != key:
        raise SignatureOfAnother("webhook-id has to be the Idempotency-Key of the request.")
    wanted = [signature(one, given[ID], moment, body).encode() for one in secrets]
    found = [one.encode("utf-8", "replace") for one in given[SIGNATURE].split(" ")[:_MOST]]
    if not any(hmac.compare_digest(one, each) for one in wanted for each in found):
        raise SignatureWrong(
            "No signature is of a secret that is good. What is signed is "
            "<webhook-id>.<webhook-timestamp>.<body>, the body as the bytes that are sent."
        )


def _moment(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= _LONGEST_STAMP):
        raise SignatureIncomplete("webhook-timestamp is no number of seconds since 1970.")
    return int(text)
