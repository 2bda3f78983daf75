"""Writing the ledger, and reading what stands on a registration's accounts."""

from __future__ import annotations

from collections import Counter as Sums
from datetime import datetime

from services.billing.domain.credit_notes import kept_less
from services.billing.domain.ledger import Lines
from services.billing.models import LedgerEntry, LedgerTransaction
from shared.runtime.rows import build, where
from shared.runtime.work import Work

NOTE = "issue_credit_note"  # the deadline of what is kept no longer


def post(
    work: Work,
    registration_id: str,
    kind: str,
    ref: str,
    lines: Lines,
    currency: str,
    at: datetime,
    *,
    corrects: str | None = None,
    transaction_id: str | None = None,
) -> str | None:
    """One transaction of balanced lines, and its id; no lines, no transaction.

    `corrects` is the id of the one that this takes back, in whole or in part. The `kind` must be
    one of those that the months' books know (`domain/rollforward.py`).
    """
    if not lines:
        return None
    transaction_id = transaction_id or work.new_id(f"ledger/{registration_id}/{kind}/{ref}")
    # Built without validation: this is the hot path, and every value is ours.
    transaction = {
        "transaction_id": transaction_id,
        "registration_id": registration_id,
        "kind": kind,
        "ref": ref,
        "occurred_at": at,
        "booked_at": work.now,
        "corrects": corrects,
    }
    work.put(build(LedgerTransaction, transaction))
    for line, (account, amount) in enumerate(lines, 1):
        entry = {
            "transaction_id": transaction_id,
            "line": line,
            "registration_id": registration_id,
            "account": account,
            "amount_minor": amount,
            "currency": currency,
        }
        work.put(build(LedgerEntry, entry))
    if kept_less(kind, lines):
        cause = {"cause": kind.partition("/")[0]}
        work.plan_due(NOTE, registration_id, work.now, payload=cause)
    return transaction_id


def balances(work: Work, registration_id: str) -> dict[str, int]:
    """Account → signed minor units; the entries must have been planned."""
    sums: Sums[str] = Sums()
    for entry in work.find(where(LedgerEntry, registration_id=registration_id)):
        sums[entry.account] += entry.amount_minor
    return dict(sums)
