"""The register form: what was typed, what is wrong with it, and the request it becomes.

A fault is a field's name and a code whose text stands in the templates, or the owner's own words.
Nothing typed is ever lost: `values` goes back into the form as it came.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

LICENSES = 2
_LONGEST = 300
_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@.]+")
_LICENSE = re.compile(r"/attendee/licenses/([0-9])/(state|number|profession)")
_FIELDS = {
    "/attendee/name": "name",
    "/attendee/email": "email",
    "/attendee/profession": "profession",
    "/attendee/zone": "zone",
    "/disclosure_version": "disclosure",
    "/payment/credit_codes": "credit_code",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """`field` is empty where it is about the whole; `detail` is the owner's own words."""

    field: str
    code: str
    detail: str = ""


def values_of(form: Mapping[str, str]) -> dict[str, str]:
    """What was typed, without the blanks around it and without what no field can hold."""
    return {
        name: value.replace("\x00", "").strip()[:_LONGEST]
        for name, value in form.items()
        if isinstance(value, str)
    }


def faults_of(values: Mapping[str, str], *, disclosure: bool) -> list[Fault]:
    """What is missing before the owner is asked at all, in the order of the fields."""
    found = []
    if not values.get("name"):
        found.append(Fault("name", "missing"))
    if not values.get("email"):
        found.append(Fault("email", "missing"))
    elif not _ADDRESS.fullmatch(values["email"]):
        found.append(Fault("email", "no-address"))
    if not values.get("profession"):
        found.append(Fault("profession", "missing"))
    found.extend(
        Fault(f"state_{at}", "missing")
        for at in range(LICENSES)
        if values.get(f"number_{at}") and not values.get(f"state_{at}")
    )
    if disclosure and values.get("disclosure") != "accepted":
        found.append(Fault("disclosure", "missing"))
    return found


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


def request_of(
    values: Mapping[str, str], *, zone: str, locale: str, disclosure_version: str, free: bool
) -> dict[str, Any]:
    """The body of the owner's call (interfaces.md §2)."""
    payment: dict[str, Any] = {"method": "free" if free else "card"}
    if values.get("credit_code") and not free:
        payment["credit_codes"] = values["credit_code"].replace(",", " ").split()
    return {
        "attendee": {
            "name": values["name"],
            "email": values["email"],
            "profession": values["profession"],
            "licenses": licenses_of(values),
            "zone": zone,
            "locale": locale,
        },
        "disclosure_version": disclosure_version,
        "payment": payment,
    }


def faults_from(errors: Iterable[Mapping[str, Any]]) -> list[Fault]:
    """The owner's faults, beside the fields they are about; others are about the whole."""
    return [
        Fault(_field_of(str(error.get("pointer", ""))), "owner", str(error.get("detail", "")))
        for error in errors
    ]


def _field_of(pointer: str) -> str:
    license_ = _LICENSE.match(pointer)
    if license_:
        at, what = license_.groups()
        return f"license_profession_{at}" if what == "profession" else f"{what}_{at}"
    return next((field for start, field in _FIELDS.items() if pointer.startswith(start)), "")
