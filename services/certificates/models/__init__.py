"""Tables of certificates, by noun, in the order in which a batch locks them.

The course comes first: whoever decides locks it, so that a decision never misses a session that is
being completed at the same moment.

A table's place in that order is where its class is declared (`shared/runtime/table.py`), and so the
order of the imports below: it is no matter of taste, and
`tests/rules/certificates/test_lock_order.py` holds it. A noun's module imports no other noun's.
"""

# ruff: noqa: I001

from __future__ import annotations

from services.certificates.models.base import Base
from services.certificates.models.courses import Course
from services.certificates.models.people import Person
from services.certificates.models.registrations import Registration
from services.certificates.models.post_tests import Attempt, ItemBank
from services.certificates.models.evaluations import Evaluation
from services.certificates.models.awards import Award
from services.certificates.models.certificates import (
    NO_BOARD,
    PARTICIPATION,
    PRESENTER,
    Certificate,
)
from services.certificates.models.documents import Document, DocumentFile
from services.certificates.models.duplicates import DUPLICATE, SIGNED, Duplicate
from services.certificates.models.reports import Report, ReportFile, ReportLine, ReportOutcome
from services.certificates.models.keys import SigningKey, StatusCounter

__all__ = [
    "DUPLICATE",
    "NO_BOARD",
    "PARTICIPATION",
    "PRESENTER",
    "SIGNED",
    "Attempt",
    "Award",
    "Base",
    "Certificate",
    "Course",
    "Document",
    "DocumentFile",
    "Duplicate",
    "Evaluation",
    "ItemBank",
    "Person",
    "Registration",
    "Report",
    "ReportFile",
    "ReportLine",
    "ReportOutcome",
    "SigningKey",
    "StatusCounter",
]
