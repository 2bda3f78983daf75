"""What is booked at the end of whatever moved a registration's money: the tax within it.

Whatever moves money reckons with whole amounts, tax and all (`Account.balances`). What of them is
tax stands apart: here, once, so that no rule of refunds has to know of it.
"""

from __future__ import annotations

from services.billing.commands.posting import balances, post
from services.billing.domain.tax import Tax, tax_lines
from services.billing.models import LedgerEntry, Registration, Terms
from shared.runtime.rows import where
from shared.runtime.work import Work


def close_books(work: Work, registration_id: str) -> None:
    """Called last by every unit that posted for a registration."""
    terms = work.get(Terms, registration_id)
    tax = Tax.of(terms.tax) if terms else None
    if tax is None:
        return
    registration = work.get(Registration, registration_id)
    assert registration is not None
    lines = tax_lines(balances(work, registration_id), tax)
    entries = work.find(where(LedgerEntry, registration_id=registration_id))
    ref = f"{registration.invoice_id}/{len(entries)}"  # once a state of the books
    post(work, registration_id, "tax", ref, lines, registration.currency, work.now)
