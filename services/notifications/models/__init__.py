"""Tables of notifications, by noun, in the order in which a batch locks them.

A table's place in that order is where its class is declared (`shared/runtime/table.py`), and so the
order of the imports below: it is no matter of taste, and
`tests/rules/notifications/test_lock_order.py` holds it. A noun's module imports no other noun's.
"""

# ruff: noqa: I001

from __future__ import annotations

from services.notifications.models.base import Base
from services.notifications.models.copies import (
    Course,
    Person,
    Completion,
    Swap,
    Registration,
    Credit,
)
from services.notifications.models.messages import Message, CalendarEntry
from services.notifications.models.suppressions import Suppression
from services.notifications.models.staff_tasks import StaffTask
from services.notifications.models.post import Bounce, Unsubscribed, PostBox
from services.notifications.models.overrides import Override, OverrideVersion
from services.notifications.models.texts import TextCount, TextReply

__all__ = [
    "Base",
    "Bounce",
    "CalendarEntry",
    "Completion",
    "Course",
    "Credit",
    "Message",
    "Override",
    "OverrideVersion",
    "Person",
    "PostBox",
    "Registration",
    "StaffTask",
    "Suppression",
    "Swap",
    "TextCount",
    "TextReply",
    "Unsubscribed",
]
