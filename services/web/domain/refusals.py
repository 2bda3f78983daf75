"""Registration's refusals, beside the fields of the form that they are about."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from services.web.domain.register_form import Fault

_LICENSE = re.compile(r"/attendee/licenses/([0-9])/(state|number|profession)")
_SHOWN = re.compile(r"/prerequisites/([0-9]{1,3})")
_FIELDS = {
    "/attendee/name": "name",
    "/attendee/email": "email",
    "/attendee/profession": "profession",
    "/attendee/zone": "zone",
    "/attendee/place": "place",
    "/attendee/birth_day": "birth_day",
    "/attendee/phone": "phone",
    "/attendee/sms_consent": "sms",
    "/disclosure_version": "disclosure",
    "/payment/credit_codes": "credit_code",
    "/payment/method": "payment",
    "/organisation": "organisation",
    "/price/code": "price_code",
    "/accommodation": "accommodation",
    "/complaint": "complaint",
}
# Of these the form says itself what they mean, and what can be done.
_SAID = {
    "price-code-invalid": Fault("price_code", "invalid"),
    "price-code-expired": Fault("price_code", "expired"),
    "price-code-used": Fault("price_code", "used"),
    "price-expired": Fault("price", "expired"),
    "price-unknown": Fault("price", "expired"),
    "disclosure-outdated": Fault("disclosure", "changed"),
    "invoice-not-allowed": Fault("payment", "no-invoice"),
}


def faults_in(
    slug: str, problem: Mapping[str, Any], values: Mapping[str, str], prerequisites: Sequence[str]
) -> list[Fault]:
    """What is wrong and where; a fault that no field stands for is about the whole."""
    if slug in _SAID:
        return [_SAID[slug]]
    missing = problem.get("missing")
    if slug == "prerequisite-missing" and isinstance(missing, list):
        found = [at for at, course_id in enumerate(prerequisites) if course_id in missing]
        if found:
            return [Fault(f"prerequisite_{at}", "not-valid") for at in found]
    errors = problem.get("errors")
    return _faults_from(errors, values, len(prerequisites)) if isinstance(errors, list) else []


def _faults_from(errors: Iterable[Any], values: Mapping[str, str], shown: int) -> list[Fault]:
    found = []
    for error in errors:
        if isinstance(error, Mapping):
            field = _field_of(str(error.get("pointer", "")), values, shown)
            found.append(Fault(field, "owner", str(error.get("detail", ""))))
    return found


def _field_of(pointer: str, values: Mapping[str, str], most: int) -> str:
    license_, shown = _LICENSE.match(pointer), _SHOWN.match(pointer)
    if license_:
        at, what = license_.groups()
        return f"license_profession_{at}" if what == "profession" else f"{what}_{at}"
    if shown and int(shown.group(1)) < most:
        return f"prerequisite_{shown.group(1)}"
    if pointer.startswith("/price/statement") and values.get("price"):
        return f"statement_{values['price']}"
    return next((field for start, field in _FIELDS.items() if pointer.startswith(start)), "")
