"""Who hears what, as a literal: what the README's table and AsyncAPI are generated from.

Contracts know no service, so a test holds this against each service's `events.hears`.
A word ending in `*` stands for every event of that noun.
"""

from __future__ import annotations

from collections.abc import Iterable

from shared.contracts.catalogue import EVENTS

_KEYS = "key.*"
_HEARS: dict[str, str] = {
    "registration": f"invoice.* certificate.issued certificate.revoked session.completed "
    f"partner.registration.submitted {_KEYS}",
    "billing": f"course.* person.recorded registration.* session.completed {_KEYS}",
    "attendance": f"course.* person.recorded registration.* partner.attendance.reported {_KEYS}",
    "certificates": f"course.* person.recorded registration.* invoice.* cancellation.settled "
    f"dispute.* attendance.settled session.completed {_KEYS}",
    "notifications": f"course.* person.recorded registration.* invoice.* payment.failed "
    f"cancellation.settled refund.* credit.* session.* evaluation.submitted award.* "
    f"certificate.* task.* {_KEYS}",
    "partners": f"{_KEYS}",
    "web": "*",
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
