"""Money: whole minor units of one currency, exact.

Amounts are read as interfaces.md §10 "Amounts" says: an integer is minor units, a decimal string
is major units with no more decimals than the currency has, a float is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from shared.errors import Invalid

# ISO 4217, the currencies in use. Decimals are two except where said.
_TWO = (
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD "
    "CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ "
    "GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL "
    "MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR "
    "PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT "
    "TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD YER ZAR ZMW ZWG"
)
_NONE = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_THREE = "BHD IQD JOD KWD LYD OMR TND"
EXPONENTS: dict[str, int] = {
    **dict.fromkeys(_TWO.split(), 2),
    **dict.fromkeys(_NONE.split(), 0),
    **dict.fromkeys(_THREE.split(), 3),
}
LARGEST = 10**15
_BIGINT = 2**63
_DECIMAL = re.compile(r"(-?)([0-9]{1,16})(?:\.([0-9]{1,4}))?")


class BadAmount(Invalid, ValueError):
    """An amount or a currency that cannot be read."""

    slug = "amount-invalid"


class MixedCurrencies(Invalid, ValueError):
    """Two currencies where one was needed."""

    slug = "currencies-mixed"


def parse_amount(value: Any, currency: str) -> int:
    """Minor units of `currency` from an integer (minor) or a decimal string (major)."""
    exponent = exponent_of(currency)
    if isinstance(value, str):
        minor = _minor(value, exponent, currency)
    elif isinstance(value, int) and not isinstance(value, bool):
        minor = value
    else:
        raise BadAmount("An amount is whole minor units, or a decimal string of major units.")
    if abs(minor) > LARGEST:
        raise BadAmount("That amount is too large.")
    return minor


def exponent_of(currency: Any) -> int:
    """How many decimals `currency` has."""
    if not isinstance(currency, str) or currency not in EXPONENTS:
        raise BadAmount("The currency is not a code of ISO 4217 in use, such as USD.")
    return EXPONENTS[currency]


def _minor(text: str, exponent: int, currency: str) -> int:
    found = _DECIMAL.fullmatch(text)
    if found is None:
        raise BadAmount("An amount in words is digits with at most one point, such as 199.00.")
    sign, whole, decimals = found.group(1), found.group(2), found.group(3) or ""
    if len(decimals) > exponent:
        raise BadAmount(f"{currency} has {exponent} decimals; the amount has {len(decimals)}.")
    minor = int(whole + decimals.ljust(exponent, "0"))
    return -minor if sign else minor


def _share(amount: int, rate: Decimal) -> int:
    numerator, denominator = rate.as_integer_ratio()
    denominator *= 100
    half_up = (abs(amount) * abs(numerator) * 2 + denominator) // (2 * denominator)
    return half_up if (amount >= 0) == (numerator >= 0) else -half_up


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """`amount` minor units of `currency` (ISO 4217); two currencies never mix."""

    amount: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.amount) is not int or not -_BIGINT <= self.amount < _BIGINT:
            raise BadAmount("Money is whole minor units that fit 64 bits.")
        if self.currency not in EXPONENTS:
            exponent_of(self.currency)

    @classmethod
    def of(cls, value: Any, currency: str) -> Money:
        """From an integer (minor units) or a decimal string (major units)."""
        return cls(parse_amount(value, currency), currency)

    @classmethod
    def zero(cls, currency: str) -> Money:
        return cls(0, currency)

    @classmethod
    def total(cls, moneys: Iterable[Money], currency: str) -> Money:
        """The sum, in `currency` also where there is nothing to add."""
        return sum(moneys, start=cls(0, currency))

    def __add__(self, other: Money) -> Money:
        return Money(self.amount + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.amount - self._same(other), self.currency)

    def __neg__(self) -> Money:
        return Money(-self.amount, self.currency)

    def __bool__(self) -> bool:
        return self.amount != 0

    def __lt__(self, other: Money) -> bool:
        return self.amount < self._same(other)

    def __le__(self, other: Money) -> bool:
        return self.amount <= self._same(other)

    def __gt__(self, other: Money) -> bool:
        return self.amount > self._same(other)

    def __ge__(self, other: Money) -> bool:
        return self.amount >= self._same(other)

    def __str__(self) -> str:
        return f"{self.major} {self.currency}"

    @property
    def major(self) -> str:
        """In major units: `199.00`."""
        exponent = EXPONENTS[self.currency]
        digits = str(abs(self.amount)).rjust(exponent + 1, "0")
        words = f"{digits[:-exponent]}.{digits[-exponent:]}" if exponent else digits
        return f"-{words}" if self.amount < 0 else words

    def as_json(self) -> dict[str, int | str]:
        return {"amount": self.amount, "currency": self.currency}

    def allocate(self, weights: Sequence[int]) -> list[Money]:
        """Shares by largest remainder, exact in sum; a tie goes to whoever is listed first."""
        whole = sum(weights)
        if any(weight < 0 for weight in weights) or (whole == 0 and self.amount != 0):
            raise ValueError("weights are not negative, and not all zero")
        if whole == 0:
            return [Money(0, self.currency) for _ in weights]
        size = abs(self.amount)
        shares = [size * weight // whole for weight in weights]
        by_remainder = sorted(range(len(weights)), key=lambda at: -(size * weights[at] % whole))
        for at in by_remainder[: size - sum(shares)]:
            shares[at] += 1
        sign = -1 if self.amount < 0 else 1
        return [Money(sign * share, self.currency) for share in shares]

    def percent(self, rate: int | str | Decimal) -> Money:
        """`rate` per cent of it, half up to the minor unit (interfaces.md §10)."""
        return Money(_share(self.amount, Decimal(rate)), self.currency)

    def part(self, of: int, whole: int) -> Money:
        """`of / whole` of it, half up to the minor unit: a session's minutes of all minutes."""
        if whole <= 0 or of < 0:
            raise ValueError("a part needs a whole")
        half_up = (abs(self.amount) * of * 2 + whole) // (2 * whole)
        return Money(-half_up if self.amount < 0 else half_up, self.currency)

    def _same(self, other: Money) -> int:
        if other.currency != self.currency:
            raise MixedCurrencies(f"{self.currency} and {other.currency} do not add up.")
        return other.amount
