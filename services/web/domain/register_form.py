"""The register form: what was typed, what is wrong with it, and the request it becomes.

A fault is a field's name and a code whose text stands in the templates; who reads English is told
the owner's own words.
Nothing typed is ever lost: `values` goes back into the form as it came.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from shared.consents import SMS

LICENSES = 2
MOST_NEEDS = 2_000  # characters of what somebody needs to take part
MOST_COMPLAINT = 5_000  # characters of a complaint
MOST_LINES = 70_000  # characters of the lines of a report: ten thousand numbers
_LONGEST = 300
_LONGER = {
    "accommodation": 20_000,
    "answer": 20_000,
    "breaks": 1_000,
    "lines": 80_000,
    "seen": 3_000,
    "url": 2_000,
}  # what is too long is told so, and kept
_ONE_OR_TWO = re.compile(r"[0-9]{1,2}")
_LONGEST_MONTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_AMOUNT = re.compile(r"[0-9]{1,12}")
_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@.]+")


@dataclass(frozen=True, slots=True)
class Fault:
    """`field` is empty where it is about the whole; `detail` is the owner's words, in English."""

    field: str
    code: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """A form to show again: everything typed, what is wrong, and a notice about the whole.

    `unserved`: nobody would give credit to that person, and the form asks whether it is all right.
    `detail`: the owner's own words of the notice, which are English.
    """

    typed: dict[str, str]
    key: str
    faults: list[Fault]
    notice: str = ""
    unserved: bool = False
    status: int = 422
    detail: str = ""


def values_of(form: Mapping[str, str]) -> dict[str, str]:
    """What was typed, without the blanks around it and without what no field can hold."""
    return {
        name: value.replace("\x00", "").replace("\r\n", "\n").strip()[: _LONGER.get(name, _LONGEST)]
        for name, value in form.items()
        if isinstance(value, str)
    }


def faults_of(
    values: Mapping[str, str],
    *,
    disclosure: bool,
    prerequisites: int = 0,
    stated: Collection[str] = (),
    today: int | None = None,
    invoice: bool = False,
) -> list[Fault]:
    """What is missing before the owner is asked at all, in the order of the fields.

    `stated` are the prices that ask for a statement, `invoice` is whether the course may be paid by
    one (domain.md §4). `today` is what it costs who asks for none of
    them: where the page showed less, nobody is registered before they have seen it.
    """
    found = []
    if not values.get("name"):
        found.append(Fault("name", "missing"))
    found.extend(address_faults(values))
    if not values.get("profession"):
        found.append(Fault("profession", "missing"))
    found.extend(
        Fault(f"state_{at}", "missing")
        for at in range(LICENSES)
        if values.get(f"number_{at}") and not values.get(f"state_{at}")
    )
    found.extend(
        Fault(f"prerequisite_{at}", "missing")
        for at in range(prerequisites)
        if not values.get(f"prerequisite_{at}")
    )
    price = values.get("price", "")
    if price in stated and not values.get(f"statement_{price}"):
        found.append(Fault(f"statement_{price}", "missing"))
    if not price and today is not None and _showed_less(values, today):
        found.append(Fault("price", "changed"))
    found.extend(_payment_faults(values, invoice))
    found.extend(_birthday_faults(values))
    if len(values.get("accommodation", "")) > MOST_NEEDS:
        found.append(Fault("accommodation", "too-long"))
    found.extend(_text_faults(values))
    if disclosure and values.get("disclosure") != "accepted":
        found.append(Fault("disclosure", "missing"))
    return found


def address_faults(values: Mapping[str, str]) -> list[Fault]:
    """What is wrong with an address to write to."""
    if not values.get("email"):
        return [Fault("email", "missing")]
    return [] if _ADDRESS.fullmatch(values["email"]) else [Fault("email", "no-address")]


def _payment_faults(values: Mapping[str, str], invoice: bool) -> list[Fault]:
    """An invoice is for an organisation, named by no address (it stands in facts)."""
    if values.get("payment") != "invoice":
        return []
    if not invoice:
        return [Fault("", "no-invoice")]
    named = values.get("organisation", "")
    if "@" in named:
        return [Fault("organisation", "address")]
    return [] if named else [Fault("organisation", "missing")]


def _text_faults(values: Mapping[str, str]) -> list[Fault]:
    """A number and the box beside it go together."""
    typed, agreed = bool(values.get("phone")), values.get("sms") == "agreed"
    if typed and not agreed:
        return [Fault("sms", "missing")]
    return [Fault("phone", "missing")] if agreed and not typed else []


def _birthday_faults(values: Mapping[str, str]) -> list[Fault]:
    month, day = values.get("birth_month", ""), values.get("birth_day", "")
    if not month and not day:
        return []
    if not month:
        return [Fault("birth_month", "missing")]
    return [] if birthday_of(values) else [Fault("birth_day", "no-day" if day else "missing")]


def birthday_of(values: Mapping[str, str]) -> str:
    """`02-29`: month and day, never the year; empty where there is no such day, or none given."""
    month, day = values.get("birth_month", ""), values.get("birth_day", "")
    if not (_ONE_OR_TWO.fullmatch(month) and _ONE_OR_TWO.fullmatch(day)):
        return ""
    fits = 1 <= int(month) <= len(_LONGEST_MONTHS) and (
        1 <= int(day) <= _LONGEST_MONTHS[int(month) - 1]
    )
    return f"{int(month):02}-{int(day):02}" if fits else ""


def _showed_less(values: Mapping[str, str], today: int) -> bool:
    shown = values.get("shown_price", "")
    return bool(_AMOUNT.fullmatch(shown)) and int(shown) < today


def licenses_of(values: Mapping[str, str]) -> list[dict[str, str]]:
    """The licences given; a row with neither state nor number is none."""
    return [
        {
            "profession": values.get(f"license_profession_{at}") or values.get("profession", ""),
            "state": values.get(f"state_{at}", ""),
            "number": values.get(f"number_{at}", ""),
        }
        for at in range(LICENSES)
        if values.get(f"state_{at}") or values.get(f"number_{at}")
    ]


def price_of(values: Mapping[str, str]) -> dict[str, str]:
    """The price that is asked for: by its id, by a code, by both; empty is today's."""
    price, said = values.get("price", ""), {}
    if price:
        said["id"] = price
        if values.get(f"statement_{price}"):
            said["statement"] = values[f"statement_{price}"]
    if values.get("price_code"):
        said["code"] = values["price_code"]
    return said


def texts_of(values: Mapping[str, str]) -> dict[str, str]:
    """The number, and the wording that the page showed and they ticked; nothing without both."""
    if not values.get("phone") or values.get("sms") != "agreed":
        return {}
    return {"phone": values["phone"], "sms_consent": SMS}


def attendee_of(values: Mapping[str, str], *, zone: str, locale: str) -> dict[str, Any]:
    """The person, as every call has them (interfaces.md §2)."""
    return {
        "name": values["name"],
        "email": values["email"],
        "profession": values["profession"],
        "licenses": licenses_of(values),
        "zone": zone,
        "locale": locale,
    }


def shown_of(values: Mapping[str, str], prerequisites: int) -> list[str]:
    """What is shown of earlier courses, in their order."""
    return [values.get(f"prerequisite_{at}", "") for at in range(prerequisites)]


def request_of(
    values: Mapping[str, str],
    *,
    zone: str,
    locale: str,
    disclosure_version: str,
    free: bool,
    prerequisites: int = 0,
) -> dict[str, Any]:
    """The body of the owner's call (interfaces.md §2), without what was left empty."""
    invoiced = values.get("payment") == "invoice" and not free
    more = {
        "price": price_of(values) if not free else {},
        "prerequisites": shown_of(values, prerequisites),
        "accommodation": values.get("accommodation", ""),
        "organisation": values.get("organisation", "") if invoiced else "",
    }
    method = "free" if free else "invoice" if invoiced else "card"
    payment: dict[str, Any] = {"method": method}
    if values.get("credit_code") and not free:
        payment["credit_codes"] = values["credit_code"].replace(",", " ").split()
    return {
        "attendee": {
            **attendee_of(values, zone=zone, locale=locale),
            **({"place": values["place"]} if values.get("place") else {}),
            **({"birth_day": birthday} if (birthday := birthday_of(values)) else {}),
            **texts_of(values),
        },
        "disclosure_version": disclosure_version,
        "payment": payment,
        **{name: value for name, value in more.items() if value},
    }
