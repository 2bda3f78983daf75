"""What partners hears: all that partners may ever see, and the keys it said itself."""

from __future__ import annotations

from services.partners.commands.projecting import forget_person, record_fact, record_person
from services.partners.commands.recalling import recall_issued, recall_item, recall_revoked
from services.partners.commands.visible import FACTS
from shared.contracts.partners import (
    KeyIssued,
    KeyRevoked,
    PartnerAttendanceReported,
    PartnerRegistrationSubmitted,
)
from shared.contracts.registration import PersonRecorded
from shared.runtime.hears import Hears, own_words
from shared.runtime.keys import record_key, record_revoked


def hears_of() -> Hears:
    """The subscriptions."""
    hears = Hears("partners")
    hears(KeyIssued)(record_key)
    hears(KeyRevoked)(record_revoked)
    for fact in FACTS:
        hears(fact)(record_person if fact is PersonRecorded else record_fact)
    hears.tombstone(PersonRecorded)(forget_person)
    return hears


def recalls_of() -> Hears:
    """What it said itself, heard again by a database that was restored from a backup."""
    recalls = Hears(own_words("partners"))
    recalls(KeyIssued)(recall_issued)
    recalls(KeyRevoked)(recall_revoked)
    recalls(PartnerRegistrationSubmitted)(recall_item)
    recalls(PartnerAttendanceReported)(recall_item)
    return recalls
