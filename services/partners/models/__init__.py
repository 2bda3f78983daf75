"""Tables of partners, by noun, in the order in which a batch locks them.

A table's place in that order is where its class is declared (`shared/runtime/table.py`), and so the
order of the imports below: it is no matter of taste, and `tests/rules/partners/test_lock_order.py`
holds it. A noun's module imports no other noun's.
"""

# ruff: noqa: I001

from __future__ import annotations

from services.partners.models.base import Base
from services.partners.models.partners import Partner, IssuedKey, InboundItem
from services.partners.models.intakes import Intake, MappingVersion
from services.partners.models.occurrences import Head, Occurrence
from services.partners.models.copies import Person, Enrolment
from services.partners.models.endpoints import Endpoint, Delivery
from services.partners.models.streams import Stream

__all__ = [
    "Base",
    "Delivery",
    "Endpoint",
    "Enrolment",
    "Head",
    "InboundItem",
    "Intake",
    "IssuedKey",
    "MappingVersion",
    "Occurrence",
    "Partner",
    "Person",
    "Stream",
]
