"""One registration's whole story: what each service knows of it, in the order in which it happened.

Only what was said by its owner: an owner that is away is missing, and the page says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.dates import parse_instant

Said = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Happened:
    """`what` in plain words, `more` in detail; `amount` is money. `planned`: still to come."""

    at: datetime
    service: str
    what: str
    more: str = ""
    by: str = ""
    amount: Mapping[str, Any] | None = None
    planned: bool = False


def story_of(said: Mapping[str, Said | None]) -> list[Happened]:
    """From the answers of the owners by name, oldest first; who gave none has no part in it."""
    parts = (
        _registration(said.get("registration") or {}),
        _billing(said.get("billing") or {}),
        _certificates(said.get("certificates") or {}),
        _messages(said.get("notifications") or {}),
    )
    found = [one for part in parts for one in part]
    return sorted(found, key=lambda one: (one.planned, one.at))


def _registration(said: Said) -> Iterable[Happened]:
    for entry in said.get("history") or ():
        at = _at(entry.get("at"))
        if at is None:
            continue
        words = ", ".join(str(word) for word in (entry.get("words") or {}).values())
        why = _plain(entry.get("why"))
        yield Happened(
            at,
            "registration",
            _act(_plain(entry.get("act")), _plain(entry.get("status"))),
            "; ".join(part for part in (why, words) if part),
            str(entry.get("by") or ""),
        )


def _act(act: str, status: str) -> str:
    return act.capitalize() if act == status else f"{act.capitalize()}, now {status}"


def _billing(said: Said) -> Iterable[Happened]:
    invoice = said.get("invoice") or {}
    if at := _at(invoice.get("issued_at")):
        number = f"Invoice {invoice.get('number')}"
        yield Happened(at, "billing", number, str(invoice.get("status")), "", invoice.get("total"))
    for payment in said.get("payments") or ():
        if at := _at(payment.get("paid_at")):
            what = f"Payment by {_plain(payment.get('tender'))}"
            status = _plain(payment.get("status"))
            yield Happened(at, "billing", what, status, "", payment.get("amount"))
    for refund in said.get("refunds") or ():
        if at := _at(refund.get("requested_at")):
            status = _plain(refund.get("status"))
            yield Happened(at, "billing", "Refund", status, "", refund.get("amount"))


def _certificates(said: Said) -> Iterable[Happened]:
    evaluation = said.get("evaluation") or {}
    if at := _at(evaluation.get("submitted_at")):
        yield Happened(at, "certificates", "Evaluation handed in")
    for one in said.get("certificates") or ():
        if at := _at(one.get("issued_at")):
            what = f"Certificate of {one['board']}" if one.get("board") else "Certificate"
            more = f"{one.get('number')}, {_plain(one.get('status'))}"
            yield Happened(at, "certificates", what, more)


def _messages(said: Said) -> Iterable[Happened]:
    for one in said.get("items") or ():
        sent, due = _at(one.get("sent_at")), _at(one.get("due_at"))
        at = sent or due
        if at is None:
            continue
        what = f"Mail: {_plain(one.get('template'))}"
        if one.get("channel") == "sms":
            what = f"Text: {_plain(one.get('template'))}"
        status = _plain(one.get("status"))
        more = "; ".join(part for part in (status, _plain(one.get("reason"))) if part)
        planned = one.get("status") == "planned"
        yield Happened(at, "notifications", what, more, "", None, planned)


def _plain(text: Any) -> str:
    return str(text or "").replace("_", " ").replace("-", " ")


def _at(text: Any) -> datetime | None:
    try:
        return parse_instant(text) if isinstance(text, str) else None
    except ValueError:
        return None
