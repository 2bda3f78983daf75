"""Certificates beside the books: one that stands was paid for, and that is not given back (§2)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from services.billing.domain.findings import Finding


@dataclass(frozen=True, slots=True)
class CertifiedSides:
    """A registration of which a certificate stands, and what its invoice asks for or asked for
    until it was withdrawn.

    `known` is whether it was ever heard to be asked for; `returned` what its cancellation or move
    gave back, as money, credit or what is not due any more. `overdue` is also what was withdrawn.
    """

    key: str
    currency: str
    known: bool
    asked: int
    paid: int
    returned: int
    overdue: bool


def of_certified(sides: CertifiedSides) -> Iterator[Finding]:
    """Paid, or not to be paid yet, and not given back since. Goodwill undoes nothing, and what a
    bank takes back is a task of its own."""
    key, currency = sides.key, sides.currency
    if not sides.known:
        yield Finding("certificate-of-nobody", key, None, currency)
    elif sides.returned > 0:
        yield Finding("certified-given-back", key, sides.returned, currency)
    elif sides.overdue and sides.asked > sides.paid:
        yield Finding("certified-not-paid", key, sides.asked - sides.paid, currency)
