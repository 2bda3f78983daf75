"""Credit notes are numbered a moment after the books say that one is due, by a deadline.

So what gives money back waits for no number, and the row of the last number is locked by a batch
that does nothing else for long. Numbers have no gaps: the last one is given back if the batch is.
"""

from __future__ import annotations

from services.billing.commands.number import next_number
from services.billing.commands.posting import balances
from services.billing.domain.credit_notes import Note, given_back, next_note
from services.billing.domain.ledger import FEES, TAX_FEES
from services.billing.domain.share import share_of
from services.billing.domain.tax import Tax
from services.billing.models import (
    Counter,
    CreditNote,
    InvoiceLine,
    LedgerEntry,
    Registration,
    Terms,
)
from shared.runtime.due import Due
from shared.runtime.plans import Wanted, needs
from shared.runtime.rows import where
from shared.runtime.work import Work

_BOOKED = """
SELECT e.transaction_id, t.kind, e.account, e.amount_minor FROM ledger_entries e
JOIN ledger_transactions t USING (transaction_id) WHERE e.registration_id = $1
ORDER BY t.booked_at, t.transaction_id, e.line
"""


def series_of(due: Due) -> str:
    """The numbers of the year."""
    return f"credit_note/{due.due_at.year}"


def _needs(due: Due) -> list[Wanted]:
    return [
        (Registration, due.ref),
        (Terms, due.ref),
        where(InvoiceLine, registration_id=due.ref),
        where(CreditNote, registration_id=due.ref),
        where(LedgerEntry, registration_id=due.ref),
        (Counter, series_of(due)),
    ]


@needs(_needs)
async def issue_credit_note(work: Work, due: Due) -> None:
    """Number what is kept no longer and stands on no credit note yet, if there is any."""
    registration = work.get(Registration, due.ref)
    if registration is None or registration.invoice_id is None:
        return
    booked = [tuple(row) for row in await work.con.fetch(_BOOKED, due.ref)]
    lines = work.find(where(InvoiceLine, registration_id=due.ref))
    known = work.find(where(CreditNote, registration_id=due.ref))
    terms = work.get(Terms, due.ref)
    on = balances(work, due.ref)
    note = next_note(
        share_of([(line.kind, line.amount_minor) for line in lines], 0).charged,
        given_back(booked),
        -on.get(FEES, 0) - on.get(TAX_FEES, 0),
        [Note(n.amount_minor, n.tax_minor, n.given) for n in known],
        Tax.of(terms.tax) if terms else None,
    )
    if note is None:
        return
    work.put(
        CreditNote(
            number=f"CN-{next_number(work, series_of(due))}",
            invoice_id=registration.invoice_id,
            registration_id=due.ref,
            cause=str(due.payload["cause"]),
            currency=registration.currency,
            amount_minor=note.amount,
            tax_minor=note.tax,
            given=dict(note.given),
            issued_at=due.due_at,
        )
    )
