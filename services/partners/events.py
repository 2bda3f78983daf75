"""What partners hears: the keys it said itself, as every service does."""

from __future__ import annotations

from services.partners.commands.recalling import recall_issued, recall_item, recall_revoked
from shared.contracts.partners import (
    KeyIssued,
    KeyRevoked,
    PartnerAttendanceReported,
    PartnerRegistrationSubmitted,
)
from shared.runtime.hears import Hears, own_words
from shared.runtime.keys import record_key, record_revoked


def hears_of() -> Hears:
    """The subscriptions."""
    hears = Hears("partners")
    hears(KeyIssued)(record_key)
    hears(KeyRevoked)(record_revoked)
    return hears


def recalls_of() -> Hears:
    """What it said itself, heard again by a database that was restored from a backup."""
    recalls = Hears(own_words("partners"))
    recalls(KeyIssued)(recall_issued)
    recalls(KeyRevoked)(recall_revoked)
    recalls(PartnerRegistrationSubmitted)(recall_item)
    recalls(PartnerAttendanceReported)(recall_item)
    return recalls
