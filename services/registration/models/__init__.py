"""Tables of registration, by noun, in the order in which a batch locks them.

The seats of a course come first: whoever changes a registration that may free or take a seat holds
the row of its course's seats; so the waiting list, which is the registrations in the state
`waitlisted` by ticket, is stable.

A table's place in that order is where its class is declared (`shared/runtime/table.py`), and so the
order of the imports below: it is no matter of taste, and
`tests/rules/registration/test_lock_order.py` holds it. A noun's module imports no other noun's.
"""

# ruff: noqa: I001

from __future__ import annotations

from services.registration.models.base import Base
from services.registration.models.courses import Seats, Course, PriceCode, CourseVersion, Withdrawal
from services.registration.models.registrations import Submission, Registration, Choice
from services.registration.models.people import Person, PersonChange
from services.registration.models.history import History, Words
from services.registration.models.copies import (
    Invoice,
    Certificate,
    PrerequisiteMet,
    SessionDone,
    Credit,
)

__all__ = [
    "Base",
    "Certificate",
    "Choice",
    "Course",
    "CourseVersion",
    "Credit",
    "History",
    "Invoice",
    "Person",
    "PersonChange",
    "PrerequisiteMet",
    "PriceCode",
    "Registration",
    "Seats",
    "SessionDone",
    "Submission",
    "Withdrawal",
    "Words",
]
