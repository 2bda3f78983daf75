"""A refund policy in the reader's words, where its provider gave none.

What `shared.contracts.policy_words` says, case by case: other languages bend the words around what
is filled in.
"""

from __future__ import annotations

from babel import Locale

from services.notifications import words
from shared.contracts.policy import Expiry, Fee, Policy, Until, Window
from shared.languages import Tongue, marked
from shared.money import Money

_GIVES = {  # by outcome, and whether there is a fee
    ("refund", False): marked("%(when)s: your money back."),
    ("refund", True): marked("%(when)s: your money back, less %(fee)s."),
    ("credit", False): marked("%(when)s: a credit for what you paid."),
    ("credit", True): marked("%(when)s: a credit for what you paid, less %(fee)s."),
}
_OURS = {  # the same where we cancel
    ("refund", False): marked("If we cancel, you get all your money back."),
    ("refund", True): marked("If we cancel, you get all your money back, less %(fee)s."),
    ("credit", False): marked("If we cancel, you get a credit for all that you paid."),
    ("credit", True): marked("If we cancel, you get a credit for what you paid, less %(fee)s."),
    ("nothing", False): marked("If we cancel, you get nothing."),
}
_LASTS_TO = {
    "issue": marked("It can be used on the day of your request only."),
    "original_session": marked("It can be used until the first session."),
    "year_end": marked("It can be used until the end of the year."),
}


def in_words(policy: Policy, currency: str, kind: str, locale: Locale) -> list[str]:
    """The terms for one kind of product, a window a line."""
    tongue = words.tongue(locale)

    def fee(of: Fee | None) -> str:
        return _fee(of, currency, locale)

    ours, zone = policy.provider_cancels, words.time_of(policy.zone, locale)
    owed = fee(ours.fee)
    return [
        tongue.say("If you cancel, what counts is when your request reaches us."),
        *(_window(one, zone, fee(one.fee_for(kind)), tongue) for one in policy.windows),
        tongue.say(_OURS[ours.outcome, bool(owed) and ours.outcome != "nothing"], fee=owed),
    ]


def _window(window: Window, zone: str, fee: str, tongue: Tongue) -> str:
    when = _until(window.until, zone, tongue)
    if window.outcome == "nothing":
        return tongue.say("%(when)s: nothing.", when=when)
    said = [tongue.say(_GIVES[window.outcome, bool(fee)], when=when, fee=fee)]
    if window.outcome == "credit":
        if window.only_for:
            said.append(tongue.say("It is for another course than this one."))
        said.append(_lasts(window.expires, tongue))
        if window.transferable:
            said.append(tongue.say("You may hand it on."))
    return " ".join(said)


def _until(until: Until, zone: str, tongue: Tongue) -> str:
    if until.unit == "forever":
        return tongue.say("Later")
    if until.at_start:
        return tongue.say("Until the first session starts")
    number = _numbered(until.unit, until.count, tongue)
    if until.unit == "hours" and until.inclusive:
        return tongue.say("Up to %(number)s before the first session", number=number)
    if until.unit == "hours":
        return tongue.say(
            "Up to %(number)s before the first session, not at that very moment", number=number
        )
    if until.inclusive:
        return tongue.say(
            "Up to %(number)s before the first session (that day included, %(zone)s)",
            number=number,
            zone=zone,
        )
    return tongue.say(
        "Up to %(number)s before the first session (that day not included, %(zone)s)",
        number=number,
        zone=zone,
    )


def _fee(fee: Fee | None, currency: str, locale: Locale) -> str:
    if fee is None or not (fee.percent or fee.fixed):
        return ""
    tongue = words.tongue(locale)
    if fee.percent is not None:
        return tongue.say("a fee of %(percent)s%%", percent=words.number(fee.percent, locale))
    amount = words.money(Money(fee.fixed, currency), locale)
    return tongue.say("a fee of %(amount)s", amount=amount)


def _lasts(expires: Expiry | None, tongue: Tongue) -> str:
    if expires is None:
        return tongue.say("It does not end.")
    if expires.count == 0:
        return tongue.say(_LASTS_TO[expires.origin])
    number = _numbered(expires.unit, expires.count, tongue)
    if expires.origin == "issue":
        return tongue.say("It is good for %(number)s from the day of your request.", number=number)
    if expires.origin == "original_session":
        return tongue.say("It is good for %(number)s from the first session.", number=number)
    return tongue.say("It is good for %(number)s from the end of the year.", number=number)


def _numbered(unit: str, number: int, tongue: Tongue) -> str:
    """`14 days`; `unit` is one of a window's end, or of a credit's."""
    if unit == "days":
        return tongue.say_n("%(number)s day", "%(number)s days", number)
    if unit == "business_days":
        return tongue.say_n("%(number)s business day", "%(number)s business days", number)
    if unit == "hours":
        return tongue.say_n("%(number)s hour", "%(number)s hours", number)
    if unit == "months":
        return tongue.say_n("%(number)s month", "%(number)s months", number)
    return tongue.say_n("%(number)s year", "%(number)s years", number)
