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
    """From the answers of the owners by name, oldest first; who gave none has no part in it.
    `evidence` is what attendance tells staff of the lines."""
    parts = (
        _registration(said.get("registration") or {}),
        _billing(said.get("billing") or {}),
        _attendance(said.get("evidence") or {}),
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
    yield from _credits(said)
    for one in said.get("disputes") or ():
        if at := _at(one.get("opened_at")):
            why = _plain(one.get("reason"))
            yield Happened(at, "billing", "Dispute opened at the bank", why, "", one.get("amount"))
        if at := _at(one.get("closed_at")):
            what = f"Dispute {_plain(one.get('status'))}"
            yield Happened(at, "billing", what, "", "", one.get("amount"))


def _credits(said: Said) -> Iterable[Happened]:
    """What the books of this registration say of credits, one for each of their transactions."""
    moved: dict[str, tuple[Said, int]] = {}
    for line in said.get("ledger") or ():
        if line.get("account") == "credits":
            _, sum_ = moved.get(line["transaction_id"], (line, 0))
            moved[line["transaction_id"]] = (line, sum_ + int(line["amount"]))
    for line, sum_ in moved.values():
        at, kind = _at(line.get("occurred_at")), str(line.get("kind"))
        if at is not None and sum_:
            amount = {"amount": abs(sum_), "currency": line["currency"]}
            given = "Credit given" if sum_ < 0 else "Credit taken back"  # what they are owed is < 0
            what, more = _CREDITS.get(kind, (given, _plain(kind)))
            yield Happened(at, "billing", what, more, "", amount)


_CREDITS = {
    "credit-issued": ("Credit given", ""),
    "credit-goodwill": ("Credit given", "in goodwill"),
    "credit-redeemed": ("Credit used", ""),
    "credit-released": ("Credit given back", "it was not needed"),
    "credit-restored": ("Credit given back", ""),
    "credit-expired": ("Credit expired", ""),
    "credit-unexpired": ("Credit had not expired", "an order from before its end came late"),
    "credit-revoked": ("Credit revoked", ""),
}


def _attendance(said: Said) -> Iterable[Happened]:
    for session in said.get("sessions") or ():
        name = session.get("title") or f"session {session.get('session_id')}"
        for one in session.get("settled") or ():
            if at := _at(one.get("at")):
                first = one is session["settled"][0]
                was = "present" if one.get("present") else "not present"
                what = f"Attendance of {name}" + ("" if first else ", settled anew")
                by = "staff" if one.get("by") == "operator" else ""
                yield Happened(at, "attendance", what, f"{_minutes(one)}, {was}", by)
        for one in session.get("corrections") or ():
            if at := _at(one.get("at")):
                kind = str(one.get("kind"))
                what = f"{_CORRECTIONS.get(kind, _plain(kind).capitalize())}: {name}"
                ruled = _minutes(one) if one.get("seconds") is not None else ""
                more = "; ".join(part for part in (ruled, str(one.get("reason") or "")) if part)
                yield Happened(at, "attendance", what, more, str(one.get("by") or ""))
        told = {(one.get("said_at"), one.get("said_by")) for one in session.get("lines") or ()}
        for said_at, by in sorted(told, key=str):
            if at := _at(said_at):
                what = f"Somebody was found to be them: {name}"
                yield Happened(at, "attendance", what, "", str(by or ""))


_CORRECTIONS = {
    "evidence": "Seen by staff",
    "ruling": "Minutes ruled by staff",
    "withdrawn": "Ruling taken back",
    "accepted": "A worse result accepted",
    "kept": "A worse result kept out",
}


def _minutes(said: Said) -> str:
    return f"{int(said.get('seconds') or 0) // 60} min"


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
