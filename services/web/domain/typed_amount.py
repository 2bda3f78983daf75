"""An amount of money as people write it: `1,250.00`, `$20`, `20,50`, `EUR 20`.

What can be read in two ways is refused, never guessed; what was read is shown before anything is
done with it.
"""

from __future__ import annotations

import re

from services.web.domain.register_form import Fault
from shared.money import BadAmount, Money, exponent_of

# Signs that stand for a currency alone; `$` is of many.
_SIGNS = {"€": "EUR", "£": "GBP", "¥": "JPY"}
_DOLLARS = frozenset(["USD", "AUD", "CAD", "HKD", "NZD", "SGD", "MXN"])
_WRITTEN = re.compile(
    r"(?P<code>[A-Za-z]{3})?\s*(?P<sign>[$€£¥])?\s*"
    r"(?P<number>[0-9](?:[0-9.,'’\s]*[0-9])?)"
    r"\s*(?P<sign_after>[$€£¥])?\s*(?P<code_after>[A-Za-z]{3})?"
)
_PLAIN = re.compile(r"[0-9]{1,16}")
_DECIMAL = re.compile(r"([0-9]{1,16})[.,]([0-9]{1,3})")
# A number that begins with nothing has no thousands: `0,500` may be half of one.
_GROUPED = re.compile(
    r"[1-9][0-9]{0,2}(?P<group>[,'’ ])[0-9]{3}(?:(?P=group)[0-9]{3})*(?:\.[0-9]{1,3})?"
)
_WITH_COMMA = re.compile(
    r"[1-9][0-9]{0,2}(?P<group>[.'’ ])[0-9]{3}(?:(?P=group)[0-9]{3})*,[0-9]{1,3}"
)


def amount_in(text: str, currency: str) -> tuple[Money | None, list[Fault]]:
    """What was written, more than zero, or what is wrong with the field `amount`."""
    if not text:
        return None, [Fault("amount", "missing", "Say how much.")]
    found = _WRITTEN.fullmatch(" ".join(text.split()))
    if found is None:
        return _wrong(f"Write it in figures, such as {_example(currency)}.")
    if not _is_in(found, currency):
        return _wrong(f"It is in {currency} here; other currencies are not changed into it.")
    number = _plain(found["number"], exponent_of(currency))
    if number is None:
        return _wrong(f"That can be read in more than one way. Write it like {_example(currency)}.")
    try:
        money = Money.of(number, currency)
    except BadAmount as why:
        return _wrong(why.detail)
    return (money, []) if money.amount > 0 else _wrong("It has to be more than zero.")


def _wrong(why: str) -> tuple[None, list[Fault]]:
    return None, [Fault("amount", "no-amount", why)]


def _example(currency: str) -> str:
    return Money(20 * 10 ** exponent_of(currency), currency).major


def _is_in(found: re.Match[str], currency: str) -> bool:
    """No sign and no code says another currency."""
    codes = [one.upper() for one in (found["code"], found["code_after"]) if one]
    signs = [one for one in (found["sign"], found["sign_after"]) if one]
    return all(code == currency for code in codes) and all(
        currency in _DOLLARS if sign == "$" else _SIGNS[sign] == currency for sign in signs
    )


def _plain(number: str, exponent: int) -> str | None:
    """Digits with at most one point; None where it may mean one thing or a thousand of it."""
    if _PLAIN.fullmatch(number):
        return number
    decimal = _DECIMAL.fullmatch(number)
    if decimal is not None and len(decimal[2]) < 3:
        return f"{decimal[1]}.{decimal[2]}"
    with_comma = _WITH_COMMA.fullmatch(number)
    if with_comma is not None:
        return number.replace(with_comma["group"], "").replace(",", ".")
    grouped = _GROUPED.fullmatch(number)
    thousands = grouped is not None and (exponent < 3 or grouped["group"] != ",")
    if grouped is not None and (thousands or "." in number or number.count(",") > 1):
        return number.replace(grouped["group"], "")
    if decimal is not None and exponent == 3 and "." in number:
        return number
    return None
