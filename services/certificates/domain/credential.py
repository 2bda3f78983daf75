"""The certificate as an Open Badges 3.0 credential (`boards-and-platforms` §1.5), unsigned.

No name and no address in the clear: the holder is told by salted hashes, and by the PDF, whose
SHA-256 is in the credential.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

from services.certificates.domain.status import entry
from shared.dates import rfc3339

_CONTEXTS = [
    "https://www.w3.org/ns/credentials/v2",
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
]

_HOURS = {"participation": "Hours attended", "presenter": "Hours presented"}


@dataclass(frozen=True)
class Holder:
    """Whom it is about; only hashes of this leave the service."""

    name: str
    email: str


@dataclass(frozen=True)
class Said:
    """What the credential says, from the certificate and the course as they were at issue.

    `available` is what the board approved, `answers_for` who holds the approval where that is not
    the provider, `approval` the provider's number there; `attended` tells in a sentence which
    sessions count.
    """

    certificate_id: str
    number: str
    verify_url: str
    status_list_url: str
    status_index: int
    issuer: str
    provider: str
    course_id: str
    title: str
    description: str
    board: str | None
    credits: str
    unit: str
    criteria: str
    first_day: datetime | None
    last_day: datetime | None
    issued_at: datetime
    available: str = ""
    answers_for: str = ""
    approval: str = ""
    attended: str = ""
    categories: Mapping[str, str] = field(default_factory=dict)
    kind: str = "participation"  # where there is no board: that, or presenter


def credential_of(said: Said, holder: Holder) -> dict[str, Any]:
    """Everything but the PDF's hash, which `with_pdf` adds once there is a PDF.

    A number alone says nothing of its unit, so hours stand twice: as `creditsEarned`, and as a
    result that is described in words. A licence number is left out: it leads to a person.
    """
    what = f"{said.credits} {said.unit}" if said.board else f"{said.kind}, no CE credit"
    subject: dict[str, Any] = {
        "id": f"{said.verify_url}#holder",
        "type": ["AchievementSubject"],
        "identifier": _identifiers(said.certificate_id, holder),
        "role": "Presenter" if said.kind == "presenter" else "Participant",
        "achievement": _achievement(said, what),
        "result": [
            {"type": ["Result"], "resultDescription": one["id"], "value": value}
            for one, value in _results(said)
        ],
    }
    if said.board:
        subject["creditsEarned"] = float(said.credits)
    if said.answers_for:
        organisation = sha256(said.answers_for.encode()).hexdigest()[:16]
        subject["source"] = _profile(
            f"{said.issuer}:organisations:{organisation}", said.answers_for
        )
    if said.first_day and said.last_day:
        subject["activityStartDate"] = rfc3339(said.first_day)
        subject["activityEndDate"] = rfc3339(said.last_day)
    return {
        "@context": _CONTEXTS,
        "id": f"urn:uuid:{said.certificate_id}",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "issuer": _profile(said.issuer, said.provider),
        "validFrom": rfc3339(said.issued_at),
        "name": f"{said.title}: {what}",
        "credentialSubject": subject,
        "credentialStatus": entry(said.status_list_url, said.status_index),
        "evidence": _evidence(said),
    }


def under_another_id(
    credential: Mapping[str, Any],
    *,
    certificate_id: str,
    number: str,
    verify_url: str,
    status_list_url: str,
    status_index: int,
    issued_at: datetime,
) -> dict[str, Any]:
    """The credential of another certificate that says the same."""
    subject = credential["credentialSubject"]
    page, *rest = credential["evidence"]
    return {
        **credential,
        "id": f"urn:uuid:{certificate_id}",
        "validFrom": rfc3339(issued_at),
        "credentialSubject": {
            **subject,
            "id": f"{verify_url}#holder",
            "achievement": {**subject["achievement"], "humanCode": number},
        },
        "credentialStatus": entry(status_list_url, status_index),
        "evidence": [{**page, "id": verify_url}, *rest],
    }


def issued_by(
    credential: Mapping[str, Any], did: str, name: str, status_list_url: str, status_index: int
) -> dict[str, Any]:
    """The same, issued by another body and told by its status list. Who made the course stays its
    creator."""
    return {
        **credential,
        "issuer": _profile(did, name),
        "credentialStatus": entry(status_list_url, status_index),
    }


def issuer_in(credential: Mapping[str, Any]) -> tuple[str, str]:
    """(did, name) of whom it says to be issued by."""
    issuer = credential["issuer"]
    return issuer["id"], issuer["name"]


def answers_in(credential: Mapping[str, Any]) -> str:
    """Who it says holds the board's approval; empty where that is the provider, or nobody."""
    source = credential["credentialSubject"].get("source") or {}
    return str(source.get("name", ""))


def _achievement(said: Said, what: str) -> dict[str, Any]:
    board = said.board or said.kind
    made: dict[str, Any] = {
        "id": _achievement_id(said),
        "type": ["Achievement"],
        "achievementType": "Certificate",
        "name": f"{said.title} ({board}: {what})",
        "description": said.description or said.title,
        "humanCode": said.number,
        "criteria": {"narrative": said.criteria},
        "creator": _profile(said.issuer, said.provider),
        "resultDescription": [one for one, _ in _results(said)],
    }
    if said.available:
        made["creditsAvailable"] = float(said.available)
    if said.approval:
        made["otherIdentifier"] = [
            {
                "type": "IdentifierEntry",
                "identifier": said.approval,
                "identifierType": "ext:approvedProviderNumber",
            }
        ]
    return made


def _achievement_id(said: Said) -> str:
    return f"{said.issuer}:courses:{said.course_id}:{said.board or said.kind}"


def _results(said: Said) -> list[tuple[dict[str, Any], str]]:
    """(description, value): the hours, and of which of them a category is made."""
    name = f"{'Credit' if said.board else _HOURS[said.kind]}, in {said.unit}"
    told = [("credit", name, said.credits)]
    told += [
        (f"category-{number}", f"Of these in {category}, in {said.unit}", hours)
        for number, (category, hours) in enumerate(sorted(said.categories.items()), 1)
    ]
    return [
        (
            {
                "id": f"{_achievement_id(said)}#{key}",
                "type": ["ResultDescription"],
                "name": name,
                "resultType": "Result",
            },
            value,
        )
        for key, name, value in told
    ]


def _evidence(said: Said) -> list[dict[str, Any]]:
    page = {
        "id": said.verify_url,
        "type": ["Evidence"],
        "name": "Verification page",
        "narrative": "Shows what this certificate says and whether it still holds.",
    }
    if not said.attended:
        return [page]
    return [page, {"type": ["Evidence"], "name": "Attendance", "narrative": said.attended}]


def _profile(did: str, name: str) -> dict[str, Any]:
    return {"id": did, "type": ["Profile"], "name": name}


def _identifiers(certificate_id: str, holder: Holder) -> list[dict[str, Any]]:
    """Salted hashes of the holder's address and name, as `sha256$…` (OB 3.0 IdentityObject)."""
    salt = sha256(f"salt/{certificate_id}".encode()).hexdigest()[:16]
    given = {"emailAddress": holder.email.strip().lower(), "name": " ".join(holder.name.split())}
    return [
        {
            "type": "IdentityObject",
            "identityType": kind,
            "hashed": True,
            "salt": salt,
            "identityHash": "sha256$" + sha256(f"{value}{salt}".encode()).hexdigest(),
        }
        for kind, value in given.items()
        if value
    ]
