"""Credits on the statement of a registration. A code is money, so it is for its holder alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from services.billing.api.bodies import money
from services.billing.models import Credit, Registration


def is_told(registration: Registration, credit: Credit) -> bool:
    """Whether whoever has the personal link may read the code.

    As long as nobody came instead, that is whoever ordered: they hold what came out of it, and
    showed the codes of what they spent on it, which came out of a course where they have another
    person id. A colleague who came instead holds nothing but what is in their name. Any of an
    organisation's people may pass its codes on.
    """
    as_ordered = registration.person_id == registration.payer_id
    theirs = credit.holder_id == registration.person_id
    return as_ordered or theirs or credit.holder_kind == "organisation"


def was_handed_on(registration: Registration, credit: Credit) -> bool:
    """Whether it came out of this registration and was given to somebody else since."""
    here = credit.registration_id == registration.registration_id
    return here and credit.transferred_from is not None


def credit_body(credit: Credit, code_of: Callable[[str], str] | None) -> dict[str, Any]:
    """As it is now; its code only where one may know it."""
    return {
        "credit_id": credit.credit_id,
        "code": code_of(credit.credit_id) if code_of else None,
        "amount": money(credit.amount_minor, credit.currency),
        "balance": money(credit.balance_minor, credit.currency),
        "expires_on": credit.expires_on.isoformat() if credit.expires_on else None,
        "status": credit.state,
        "origin": credit.origin,
        "transferable": bool(credit.terms.get("transferable")),
    }
