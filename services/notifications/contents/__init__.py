"""What a letter says: from what was heard to the names that its template uses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from services.notifications.commands.case import Case, Post, Sender
from services.notifications.contents import (
    cancellation,
    certificates,
    complaints,
    digest,
    disclosure,
    mine,
    money,
    moving,
    of_credit,
    refunds,
    seat,
    sessions,
    substitution,
    withdrawal,
)
from services.notifications.contents.common import Common, common

Maker = Callable[[Case, Common], dict[str, Any]]
MAKERS: Mapping[str, Maker] = {
    "registration_received": seat.received,
    "registration_confirmed": seat.confirmed,
    "waitlisted": seat.waitlisted,
    "waitlist_ended": seat.waitlist_ended,
    "offer": seat.offer,
    "offer_ended": seat.offer_ended,
    "links": seat.links,
    "payment_failed": money.payment_failed,
    "receipt": money.receipt,
    "invoice_reminder": money.invoice_reminder,
    "cancellation_settled": cancellation.cancellation_settled,
    "credit_issued": of_credit.credit_issued,
    "credit_expiring": of_credit.credit_expiring,
    "refund_settled": refunds.settled,
    "refund_failed": refunds.failed,
    "reminder_7d": sessions.reminder,
    "reminder_1d": sessions.reminder,
    "join_1h": sessions.reminder,
    "accommodation_answered": sessions.no_more,
    "complaint_received": complaints.received,
    "complaint_answered": sessions.no_more,
    "disclosure_changed": disclosure.changed,
    "substituted": substitution.substituted,
    "course_cancelled": withdrawal.course_cancelled,
    "session_changed": moving.session_changed,
    "session_cancelled": withdrawal.session_cancelled,
    "meeting_swapped": sessions.reminder,
    "evaluation_request": certificates.evaluation,
    "evaluation_reminder": certificates.evaluation,
    "certificate_missing": certificates.missing,
    "certificate_ready": certificates.ready,
    "certificate_superseded": certificates.superseded,
    "certificate_revoked": certificates.revoked,
}


# Letters about no registration: each makes all of its names.
Writer = Callable[[Any, Sender], dict[str, Any]]
APART: Mapping[str, Writer] = {
    "staff_digest": digest.digest,
    "staff_urgent": digest.digest,
    "my_registrations": mine.mine,
}
TO_STAFF = frozenset({"staff_digest", "staff_urgent"})


def contents(post: Post, sender: Sender) -> dict[str, Any]:
    """Every name that the message's template may use."""
    write: Writer = APART.get(post.message.template, _of_registration)
    return write(post, sender)


def _of_registration(case: Case, sender: Sender) -> dict[str, Any]:
    shared = common(case, sender)
    return {**shared.names, **MAKERS[case.message.template](case, shared)}
