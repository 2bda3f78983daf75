"""Who hears what, as a literal: what the README's table and AsyncAPI are generated from.

Contracts know no service, so a test holds this against each service's `events.hears`.
A word ending in `*` stands for every event of that noun.
"""

from __future__ import annotations

from collections.abc import Iterable

from shared.contracts.catalogue import EVENTS

_HEARS: dict[str, str] = {
    "registration": """
        key.* invoice.paid invoice.voided credit.issued certificate.issued certificate.revoked
        session.completed partner.registration.submitted
    """,
    "billing": """
        key.* course.* person.recorded registration.requested registration.waitlisted
        registration.confirmed registration.expired registration.unseated registration.substituted
        registration.transferred registration.link_requested registration.cancelled
        registration.share_due registration.completed session.completed attendance.settled
        certificate.*
    """,
    "attendance": """
        key.* course.* person.recorded registration.requested registration.waitlisted
        registration.confirmed registration.lapsed registration.expired registration.unseated
        registration.substituted registration.transferred registration.acknowledged
        registration.link_requested registration.cancelled registration.share_due
        partner.attendance.reported
    """,
    "certificates": """
        key.* course.* person.recorded registration.requested registration.waitlisted
        registration.confirmed registration.lapsed registration.expired registration.unseated
        registration.substituted registration.transferred registration.acknowledged
        registration.link_requested registration.cancelled registration.share_due invoice.paid
        cancellation.settled dispute.* attendance.settled session.completed
    """,
    "notifications": """
        key.* course.* person.recorded registration.requested registration.waitlisted
        registration.offered registration.lapsed registration.confirmed registration.expired
        registration.unseated registration.substituted registration.transferred
        registration.acknowledged registration.accommodation_answered
        registration.complained registration.complaint_answered
        registration.link_requested registration.cancelled
        registration.share_due registration.completed invoice.issued invoice.paid invoice.voided
        invoice.reminded payment.failed cancellation.settled credit.* refund.settled
        refund.failed attendance.settled session.completed meeting.swapped evaluation.submitted
        award.* certificate.* task.*
    """,
    "partners": """
        key.* course.* person.* registration.* invoice.* payment.* cancellation.* refund.* dispute.*
        credit.* session.* meeting.* attendance.* evaluation.* award.* certificate.* message.*
    """,
    "web": "key.* course.*",
}


def heard_by(service: str) -> list[str]:
    """The types a service hears, with their versions, in order."""
    wanted = _HEARS[service].split()
    return [kind for kind in EVENTS if any(_matches(kind, word) for word in wanted)]


def hearers_of(kind: str) -> list[str]:
    """The services that hear that type."""
    return [service for service in _HEARS if kind in heard_by(service)]


def differences(service: str, handled: Iterable[str]) -> list[str]:
    """How the literal differs from the types the service's handlers are for; empty where not."""
    said, done = set(heard_by(service)), set(handled)
    return sorted(
        [f"{service} has no handler for {kind}" for kind in said - done]
        + [f"{service} handles {kind}, which the table does not say" for kind in done - said]
    )


def _matches(kind: str, word: str) -> bool:
    stem = kind.rsplit(".", 1)[0]
    return stem.startswith(word[:-1]) if word.endswith("*") else stem == word
