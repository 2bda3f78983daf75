"""Invariant 9, of owners: what a service said is in its own books.

So it is unless a database was restored from a backup and something did not come back with what was
heard again (docs/backup.md): then each such thing is told, by what was said of it.
"""

import json
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cli.invariants.registry import KAFKA, Finding, Outside, invariant
from shared.contracts.catalogue import EVENTS
from shared.contracts.services import SERVICES

Data = Mapping[str, Any]
# Evidence is kept for years, and then not (domain.md §9): of what is older nothing is asked.
_EVIDENCE_DAYS = 300


@dataclass(frozen=True)
class Book:
    """Where an owner keeps what it said: `sql` gives a key and what stands there, `key` the key of
    an event, `fits` whether what stands there (None: nothing) is what was said."""

    service: str
    sql: str
    key: Callable[[Data], str]
    fits: Callable[[Data, Any], bool] = lambda _said, stands: stands is not None
    evidence: bool = False


def _by(*names: str) -> Callable[[Data], str]:
    return lambda said: "/".join(str(said[name]) for name in names)


def _not_older(said: Data, stands: Any) -> bool:
    return stands is not None and stands >= said["version"]


def _evidence_not_older(said: Data, stands: Any) -> bool:
    return stands is not None and stands >= said["evidence_version"]


def _number(said: Data, stands: Any) -> bool:
    return bool(stands == said["number"])


def _amount(said: Data, stands: Any) -> bool:
    return bool(stands == said["amount"]["amount"])


_COURSES = Book(
    "registration", "select course_id, version from courses", _by("course_id"), _not_older
)
_KEYS = Book("partners", "select key_id, version from keys", _by("key_id"), _not_older)
_SEEN = Book(
    "registration", "select registration_id, true from registrations", _by("registration_id")
)
_ITEMS = Book(
    "partners",
    "select partner_id || '/' || item_id, true from inbound_items",
    _by("partner_id", "item_id"),
)


def _registration(where: str) -> Book:
    sql = f"select registration_id, true from registrations where {where}"
    return Book("registration", sql, _by("registration_id"))


BOOKS: dict[str, Book] = {
    "course.published.v1": _COURSES,
    "course.cancelled.v1": _COURSES,
    "person.recorded.v1": Book(
        "registration", "select person_id, version from people", _by("person_id"), _not_older
    ),
    "registration.requested.v1": _SEEN,
    "registration.waitlisted.v1": _SEEN,
    "registration.confirmed.v1": _registration("confirmed_at is not null"),
    "registration.cancelled.v1": _registration("state = 'cancelled'"),
    "registration.transferred.v1": _registration("state = 'transferred'"),
    "registration.completed.v1": _registration("state = 'completed'"),
    "key.issued.v1": _KEYS,
    "key.revoked.v1": _KEYS,
    "partner.registration.submitted.v1": _ITEMS,
    "partner.attendance.reported.v1": _ITEMS,
    "invoice.issued.v1": Book(
        "billing",
        "select distinct registration_id || '/' || invoice_id, number from invoice_lines"
        " join invoices using (invoice_id)",
        _by("registration_id", "invoice_id"),
        _number,
    ),
    "cancellation.settled.v1": Book(
        "billing",
        "select registration_id, true from settlements where settled_at is not null",
        _by("registration_id"),
    ),
    "refund.requested.v1": Book(
        "billing", "select refund_id, amount_minor from refunds", _by("refund_id"), _amount
    ),
    "credit.issued.v1": Book("billing", "select credit_id, true from credits", _by("credit_id")),
    "session.completed.v1": Book(
        "attendance",
        "select course_id || '/' || session_id, true from sessions"
        " where coalesce(completed_at, reopened_at) is not null",
        _by("course_id", "session_id"),
    ),
    "attendance.settled.v1": Book(
        "attendance",
        "select course_id || '/' || session_id || '/' || registration_id, evidence_version"
        " from records",
        _by("course_id", "session_id", "registration_id"),
        _evidence_not_older,
        evidence=True,
    ),
    "certificate.issued.v1": Book(
        "certificates",
        "select certificate_id, number from certificates",
        _by("certificate_id"),
        _number,
    ),
    "certificate.revoked.v1": Book(
        "certificates",
        "select certificate_id, true from certificates where status = 'revoked'",
        _by("certificate_id"),
    ),
    "evaluation.submitted.v1": Book(
        "certificates",
        "select registration_id, true from registrations where evaluated_at is not null",
        _by("registration_id"),
        evidence=True,
    ),
    "message.sent.v1": Book(
        "notifications",
        "select message_id, true from messages where state = 'sent'",
        _by("message_id"),
    ),
}
_TOPICS = sorted({topic for kind in BOOKS for topic in EVENTS[kind].topics()})


@invariant(9, "What an owner said is in its own books", *SERVICES, KAFKA)
async def owners_know_what_they_said(outside: Outside) -> AsyncIterator[Finding]:
    last = await _last_said(outside)
    oldest = (time.time() - _EVIDENCE_DAYS * 86_400) * 1000
    books: dict[tuple[str, str], dict[str, Any]] = {}
    for (type_, key), (said, at) in last.items():
        book = BOOKS[type_]
        if book.evidence and at < oldest:
            continue
        where = book.service, book.sql
        if where not in books:
            books[where] = {row[0]: row[1] for row in await outside.rows(*where)}
        stands = books[where].get(key)
        if not book.fits(said, stands):
            yield Finding(key, f"{book.service} said {type_}, and {_shown(stands)}")


async def _last_said(outside: Outside) -> dict[tuple[str, str], tuple[Data, int]]:
    """The last of each kind about each thing, and when; nothing of who was erased."""
    last: dict[tuple[str, str], tuple[Data, int]] = {}
    async for record in outside.records(_TOPICS):
        type_ = (dict(record.headers).get("ce_type") or b"").decode(errors="replace")
        if type_ not in BOOKS:
            continue
        if record.value is None:
            last.pop((type_, (record.key or b"").decode(errors="replace")), None)
            continue
        try:
            said = json.loads(record.value)
            last[type_, BOOKS[type_].key(said)] = said, record.timestamp
        except (ValueError, KeyError, TypeError):  # no reader can use it either
            continue
    return last


def _shown(stands: Any) -> str:
    return "does not know it" if stands is None else f"its books say {stands}"
