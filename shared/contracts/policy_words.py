"""A policy in plain words, where the provider gave none (interfaces.md §10)."""

from __future__ import annotations

from shared.contracts.policy_model import Expiry, Fee, Policy, Until, Window
from shared.money import Money


def text_of(policy: Policy, currency: str | None = None, kind: str | None = None) -> str:
    """The provider's words, or generated ones; with `kind`, what holds for that kind only."""
    if policy.text:
        return policy.text
    lines = ["If you cancel, what counts is when your request reaches us."]
    lines += [_window(window, policy, currency, kind) for window in policy.windows]
    given = {"refund": "all your money back", "credit": "a credit", "nothing": "nothing"}
    ours = policy.provider_cancels
    less = _fee(ours.fee, currency)
    lines.append(f"If we cancel, you get {given[ours.outcome]}{f', less {less}' if less else ''}.")
    return "\n".join(lines)


def _window(window: Window, policy: Policy, currency: str | None, kind: str | None) -> str:
    when = _until(window.until, policy.zone)
    if window.outcome == "nothing":
        return f"{when}: nothing."
    fees = _fees(window, currency, kind)
    if window.outcome == "refund":
        return f"{when}: your money back{fees}."
    purpose = " for another learning product" if window.only_for else ""
    anyone = ", which you may hand on" if window.transferable else ""
    return f"{when}: a credit for what you paid{fees}{purpose}{_expiry(window.expires)}{anyone}."


def _until(until: Until, zone: str) -> str:
    if until.unit == "forever":
        return "Later"
    if until.at_start:
        return "Until the first session starts"
    unit = until.unit.replace("_", " ")
    unit = unit.removesuffix("s") if until.count == 1 else unit
    if until.unit == "hours":
        edge = "" if until.inclusive else ", not at that very moment"
    else:
        edge = f" ({'that day included' if until.inclusive else 'that day not included'}, {zone})"
    return f"Up to {until.count} {unit} before the first session{edge}"


def _fees(window: Window, currency: str | None, kind: str | None) -> str:
    if window.fees is None or (kind is not None and kind in window.fees):
        fee = window.fee if window.fees is None else window.fees[str(kind)]
        words = _fee(fee, currency)
        return f" less {words}" if words else ""
    each = [
        f"{name.replace('_', ' ')} {_fee(fee, currency).removeprefix('a fee of ') or 'none'}"
        for name, fee in window.fees.items()
    ]
    return " less a fee by kind of product: " + ", ".join(each)


def _fee(fee: Fee, currency: str | None) -> str:
    if fee.percent is not None:
        return f"a fee of {fee.percent.normalize():f}%" if fee.percent else ""
    if fee.fixed == 0:
        return ""
    amount = str(Money(fee.fixed, currency)) if currency else f"{fee.fixed} (minor units)"
    return f"a fee of {amount}"


def _expiry(expires: Expiry | None) -> str:
    if expires is None:
        return ", without an end"
    origin = {
        "issue": "the day of your request",
        "original_session": "the first session",
        "year_end": "the end of the year",
    }[expires.origin]
    if expires.count == 0:
        return f", good until {origin}"
    unit = expires.unit.removesuffix("s") if expires.count == 1 else expires.unit
    return f", good for {expires.count} {unit} from {origin}"
