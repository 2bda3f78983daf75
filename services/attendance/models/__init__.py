"""Tables of attendance, by noun, in the order in which a batch locks them.

A session's row is the guard of all that is decided about it: whoever adds evidence, confirms a
registration or completes the session locks it first, so completion misses nothing.

A table's place in that order is where its class is declared (`shared/runtime/table.py`), and so the
order of the imports below: it is no matter of taste, and
`tests/rules/attendance/test_lock_order.py` holds it. A noun's module imports no other noun's.
"""

# ruff: noqa: I001

from __future__ import annotations

from services.attendance.models.base import Base
from services.attendance.models.courses import Course, Session, Meeting
from services.attendance.models.people import Registration, Former, Person
from services.attendance.models.registrants import Registrant
from services.attendance.models.strangers import Match, Unmatched
from services.attendance.models.evidence import Observation, ReportLine
from services.attendance.models.uploads import Upload, Withdrawal
from services.attendance.models.records import Correction, CorrectionReason, Record, Settlement
from services.attendance.models.fetches import ReportFetch

__all__ = [
    "Base",
    "Correction",
    "CorrectionReason",
    "Course",
    "Former",
    "Match",
    "Meeting",
    "Observation",
    "Person",
    "Record",
    "Registrant",
    "Registration",
    "ReportFetch",
    "ReportLine",
    "Session",
    "Settlement",
    "Unmatched",
    "Upload",
    "Withdrawal",
]
