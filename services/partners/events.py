"""What partners hears: the keys it said itself, as every service does."""

from __future__ import annotations

from shared.contracts.partners import KeyIssued, KeyRevoked
from shared.runtime.hears import Hears
from shared.runtime.keys import record_key, record_revoked


def hears_of() -> Hears:
    """The subscriptions."""
    hears = Hears("partners")
    hears(KeyIssued)(record_key)
    hears(KeyRevoked)(record_revoked)
    return hears
