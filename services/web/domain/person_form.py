"""Who somebody is, as staff type it: the fields of the form, the owner's body, the owner's faults.

A person may hold many licences, so a form has as many rows as are recorded, and one that is free.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from services.web.domain.register_form import Fault

MOST_LICENSES = 50  # as many as the owner takes
PLAIN = ("name", "email", "profession", "zone", "locale", "birth_day")
LOCALES = (
    ("en-US", "English (US)"),
    ("en-GB", "English (UK)"),
    ("de-DE", "German"),
    ("es-ES", "Spanish"),
)
NAMES = {
    "name": "Name",
    "email": "Mail",
    "profession": "Profession",
    "licenses": "Licences",
    "zone": "Time zone",
    "locale": "Language of mails",
    "birth_day": "Day of birth",
    "phone": "Number for texts",
    "sms_consent": "Agreed to texts",
}
_ROW = re.compile(r"(?:state|number|license_profession)_([0-9]{1,2})")
_LICENSE = re.compile(r"/licenses/([0-9]{1,2})(?:/(state|number|profession))?")
_FIELDS = {f"/{name}": name for name in (*PLAIN, "reason", "answer", "evidence")} | {
    "/phone": "texts",
    "/sms_consent": "texts",
    "/course_id": "course",
    "/into": "into",
    "/received_at": "day",
    "/override/reason": "because",
    "/until": "until",
    "/amount": "amount",
    "/amount/amount": "amount",
    "/reference": "reference",
    "/expires_on": "until",
    "/seconds": "counted",
    "/meeting_id": "meeting",
    "/url": "url",
    **{f"/{name}": name for name in ("date", "from", "to", "to_date", "fold", "breaks")},
}
_INTERVAL = re.compile(r"/intervals/([0-9]{1,2})(?:/|$)")
_PROOF_FIELD = re.compile(r"prerequisite_[0-9]{1,2}")
_PROOF = re.compile(r"/prerequisites(?:/([0-9]{1,2}))?")


def recorded_in(attendee: Mapping[str, Any]) -> dict[str, str]:
    """The form's fields as they are recorded."""
    fields = {name: str(attendee.get(name) or "") for name in PLAIN}
    for at, one in enumerate(attendee.get("licenses") or ()):
        fields[f"license_profession_{at}"] = str(one.get("profession") or "")
        fields[f"state_{at}"] = str(one.get("state") or "")
        fields[f"number_{at}"] = str(one.get("number") or "")
    return fields


def rows_of(values: Mapping[str, str], least: int = 1) -> range:
    """The rows of licences: those that say something, and a free one."""
    told = [int(found[1]) for name, text in values.items() if text and (found := _ROW.match(name))]
    return range(min(max([at + 2 for at in told] + [least]), MOST_LICENSES))


def licenses_in(values: Mapping[str, str]) -> list[tuple[int, dict[str, str]]]:
    """Row and licence of each row that says something; without a profession it is of the declared
    one, for the owner too."""
    found = []
    for at in rows_of(values):
        state, number = values.get(f"state_{at}", ""), values.get(f"number_{at}", "")
        own = values.get(f"license_profession_{at}", "")
        if state or number or own:
            found.append((at, {"profession": own, "state": state, "number": number}))
    return found


def person_in(values: Mapping[str, str]) -> dict[str, Any]:
    """The person as the owner takes it."""
    told: dict[str, Any] = {name: values.get(name, "") for name in PLAIN}
    return told | {"licenses": [one for _, one in licenses_in(values)]}


def correction_in(values: Mapping[str, str], only: Collection[str] | None = None) -> dict[str, Any]:
    """What a correction says: all fields, or `only` those that were shown to change, so that
    nothing is undone that somebody else corrected meanwhile."""
    said = person_in(values)
    if values.get("texts") == "stop":
        said["phone"] = said["sms_consent"] = ""
    return {name: value for name, value in said.items() if only is None or name in only}


def faults_in(problem: Mapping[str, Any], values: Mapping[str, str]) -> list[Fault]:
    """The owner's refusal, beside the fields that it is about; else about the whole."""
    errors = problem.get("errors")
    told = [one for one in errors if isinstance(one, Mapping)] if isinstance(errors, list) else []
    found = [
        Fault(_field_of(str(one.get("pointer", "")), values), "owner", _detail_of(one))
        for one in told
    ]
    return found or [Fault("", "owner", str(problem.get("detail") or "It was refused."))]


def _detail_of(one: Mapping[str, Any]) -> str:
    """What is wrong; of a line, with its number."""
    detail, interval = str(one.get("detail", "")), _INTERVAL.match(str(one.get("pointer", "")))
    return f"Line {int(interval[1]) + 1} {detail}." if interval else detail


def _field_of(pointer: str, values: Mapping[str, str]) -> str:
    inside = pointer.removeprefix("/attendee")
    license_, proof = _LICENSE.match(inside), _PROOF.match(inside)
    if license_:
        rows = [at for at, _ in licenses_in(values)]
        at, what = int(license_[1]), license_[2] or "state"
        name = "license_profession" if what == "profession" else what
        return f"{name}_{rows[at]}" if at < len(rows) else ""
    if proof:
        return _proof_field(int(proof[1] or 0), values)
    if _INTERVAL.match(inside):
        return "seen"
    return _FIELDS.get("/breaks" if inside.startswith("/breaks/") else inside, "")


def _proof_field(place: int, values: Mapping[str, str]) -> str:
    """The field of what the owner counts: only those that say something were sent to it."""
    found = [name for name, text in values.items() if text and _PROOF_FIELD.fullmatch(name)]
    found.sort(key=lambda name: int(name.rpartition("_")[2]))
    return found[place] if place < len(found) else "prerequisite_0"


def proofs_in(values: Mapping[str, str], courses: Sequence[str]) -> dict[str, Any]:
    """What is shown of the courses that come before, and why staff do without."""
    shown = [values.get(f"prerequisite_{at}", "") for at in range(len(courses))]
    told: dict[str, Any] = {"prerequisites": [one for one in shown if one]} if any(shown) else {}
    return told | ({"waive_prerequisites": values["waiver"]} if values.get("waiver") else {})
