"""Taking back an entry of the ledger by another: a mirror of it, that points to it (domain.md §3).

Only of what nothing else stands on. A refund, an invoice or a credit has rows and a gateway behind
it, and what happened there does not go away by an entry: each has its own way back. Nor does what
was reckoned since on what had been earned by then.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from services.billing.commands.account import ENDS
from services.billing.commands.account_needs import account_needs
from services.billing.commands.books import close_books
from services.billing.commands.posting import balances, post
from services.billing.domain.ledger import DEFERRED, REVENUE, Lines
from services.billing.domain.rollforward import CORRECTION
from services.billing.models import LedgerEntry, LedgerTransaction, Settlement
from shared.errors import Conflict, NotFound
from shared.runtime.plans import Plan, needs
from shared.runtime.rows import where
from shared.runtime.work import Work

REVERSIBLE = frozenset({"revenue-earned", CORRECTION})
_IDS = uuid.UUID("6d3f7f2e-52a0-5d0c-9d5e-0c6a0d6b3a11")


@dataclass(frozen=True, slots=True)
class Reverse:
    transaction_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Reversed:
    """The transaction that was taken back, and the one that took it."""

    transaction_id: str
    corrects: str
    registration_id: str


def reversal_of(transaction_id: str) -> str:
    """The id of what takes it back: there can be but one."""
    return str(uuid.uuid5(_IDS, transaction_id))


def _needs(wanted: Reverse) -> Plan:
    own = [
        (LedgerTransaction, wanted.transaction_id),
        (LedgerTransaction, reversal_of(wanted.transaction_id)),
    ]
    found = yield own
    if found[0] is None:
        return own
    account = yield from account_needs(found[0].registration_id)
    return [*account, *own]


@needs(_needs)
async def reverse(work: Work, wanted: Reverse) -> Reversed:
    """Book the mirror of a transaction, now."""
    known = work.get(LedgerTransaction, wanted.transaction_id)
    if known is None:
        raise NotFound("transaction-unknown", "The ledger has no such transaction.")
    if known.kind not in REVERSIBLE:
        raise Conflict(
            "not-reversible", f"More than an entry stands on a transaction of kind {known.kind}."
        )
    correction = reversal_of(known.transaction_id)
    if work.get(LedgerTransaction, correction) is not None:
        raise Conflict("already-reversed", f"It was taken back by {correction}.")
    rid = known.registration_id
    entries = [
        entry
        for entry in work.find(where(LedgerEntry, registration_id=rid))
        if entry.transaction_id == known.transaction_id
    ]
    entries.sort(key=lambda entry: entry.line)
    [currency] = {entry.currency for entry in entries}
    lines = tuple((entry.account, -entry.amount_minor) for entry in entries)
    _require_free(work, known, lines)
    post(
        work,
        rid,
        CORRECTION,
        known.transaction_id,
        lines,
        currency,
        work.now,
        corrects=known.transaction_id,
        transaction_id=correction,
    )
    close_books(work, rid)
    work.audit("ledger.reversed", f"{rid}/{known.transaction_id}", wanted.reason)
    return Reversed(correction, known.transaction_id, rid)


def _require_free(work: Work, known: LedgerTransaction, mirror: Lines) -> None:
    """Nothing was settled by it since, and what it moved still stands where it was moved to."""
    for settlement in work.find(where(Settlement, registration_id=known.registration_id)):
        reckoned = settlement.cause in ENDS or settlement.cause.startswith("share_due/")
        settled_at = settlement.settled_at
        if reckoned and settled_at is not None and settled_at >= known.booked_at:
            raise Conflict("not-reversible", "What was given back since was reckoned with it.")
    stands = balances(work, known.registration_id)
    for account in (REVENUE, DEFERRED):
        if stands.get(account, 0) + sum(n for name, n in mirror if name == account) > 0:
            raise Conflict("not-reversible", f"It does not stand on {account} any more.")
