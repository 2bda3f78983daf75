"""What my registration's page makes of what the owners say: standing, never a decision."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Literal

CANCELLABLE = ("requested", "waitlisted", "offered", "confirmed")
# What a refused act is told as, beside the page as it is then; others as refused.
NOTICES = {
    "price-expired": "offer-price",
    "price-code-expired": "offer-price",
    "price-code-used": "offer-price",
    "price-code-invalid": "offer-price",
    "payment-invalid": "offer-price",
    "invoice-not-allowed": "offer-price",
    "prerequisite-missing": "offer-prerequisite",
}
_METHODS = ("invoice", "free")
Standing = Literal["cancelled", "coming", "open", "over", "not-going"]


def standing(
    starts_at: datetime,
    ends_at: datetime,
    opens_minutes_before: int,
    now: datetime,
    *,
    going: bool,
    cancelled: bool,
) -> Standing:
    """Where a session stands for one person: may they join, not yet, or no more."""
    if cancelled:
        return "cancelled"
    if now >= ends_at:
        return "over"
    if not going:
        return "not-going"
    return "open" if now >= starts_at - timedelta(minutes=opens_minutes_before) else "coming"


def hands_on(said: Mapping[str, Any], first_start: datetime | None, now: datetime) -> bool:
    """Whether a colleague may come instead, as far as this page knows: the owner decides."""
    if said.get("status") not in ("requested", "confirmed") or said.get("complimentary"):
        return False
    if said.get("status") == "requested" and said.get("transferred_from"):
        return False
    return first_start is not None and now < first_start


def taking(form: Mapping[str, str]) -> dict[str, Any]:
    """The call by which an offered seat is taken, as the form says: paid as it was ordered, and at
    today's price only where that was shown instead of the one asked for."""
    method = form.get("method", "")
    body: dict[str, Any] = {
        "disclosure_version": form.get("disclosure_version") or None,
        "payment": {"method": method if method in _METHODS else "card"},
    }
    if credits_ := form.get("credit_code", "").replace(",", " ").split():
        body["payment"]["credit_codes"] = credits_[:20]
    if form.get("today"):
        body["price"] = {}
    shown = [form[name].strip() for name in sorted(form) if name.startswith("prerequisite_")]
    if any(shown):
        body["prerequisites"] = [each for each in shown if each]
    return body


def calendar(address: str | None, *, going: bool, live: bool) -> dict[str, str] | None:
    """How a calendar follows the sessions: the address, and the link that calendars know. Only who
    has a seat, or had one, is shown it; of recordings there is nothing to follow."""
    if not address or not going or not live:
        return None
    return {"address": address, "follow": "webcal:" + address.partition(":")[2]}


def is_paid(money: Mapping[str, Any]) -> bool:
    """Whether billing has seen the money."""
    invoice = money.get("invoice")
    return isinstance(invoice, Mapping) and invoice.get("status") == "paid"


def price_said(said: Mapping[str, Any], labels: Mapping[str, str]) -> str:
    """What the price that was given is called; empty where the course has no other than its own,
    and while a seat is offered: the offer says its price itself.

    A price by a code stands in no course: it is called by its id, as its holder may know it.
    """
    if said.get("status") == "offered":
        return ""
    if said.get("complimentary"):
        return "complimentary"
    price_id = str(said.get("price_id") or "")
    if not price_id:
        return "the list price" if labels else ""
    return labels.get(price_id) or price_id.replace("-", " ").replace("_", " ")


def whole_choice(said: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """What may be chosen for a course that was cancelled, while it may."""
    open_ = [one for one in _choices(said) if one["open"] and one["session_id"] is None]
    return open_[0] if open_ else None


def shares(said: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """By cancelled session: whether its share may be taken back, or was."""
    found = [one for one in _choices(said) if one["open"] or one["outcome"]]
    return {str(one["session_id"]): one for one in found if one["session_id"] is not None}


def given_back(said: Mapping[str, Any]) -> set[str]:
    """The sessions of which the share was taken back."""
    return {session_id for session_id, one in shares(said).items() if one["outcome"]}


def _choices(said: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [one for one in said.get("choices") or () if isinstance(one, Mapping)]
