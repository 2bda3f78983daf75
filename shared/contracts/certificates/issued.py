"""Certificates, and what becomes of them."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from pydantic import Field

from shared.contracts import reference
from shared.contracts.certificates.base import ABOUT, OfAward
from shared.contracts.event import Hours, Id, Instant, Slug, Text

_CERTIFICATE = ABOUT | {
    "certificate_id": reference.CERTIFICATE_ID,
    "number": "PCET-2020-000001",
    "board": "NBCC",
}

_NUMBER = re.compile(r"(?=\d*[0189])\d{4}[A-Z2-7]{12}")


def reads_as_number(text: str) -> bool:
    """Whether that is a certificate's number, such as `2020-QELS-ARCG-G555`, and no code.

    Both are four groups of four. A number begins with a year, and no year before 2222 is without
    a digit that no code has.
    """
    return bool(_NUMBER.fullmatch("".join(re.findall("[A-Z0-9]", text.upper()))))


class CertificateIssued(OfAward):
    """Rendered, signed and stored. `board` is null for a certificate of participation.

    `sha256` is the PDF's, in hex; `conformance` says what the file was made to conform to.
    `supersedes` names the certificate it replaces. The code that `/verify/{code}` takes is a secret
    of the holder and no part of a fact: it follows from the platform's secret and the id. `kind` is
    `completion`, `participation` or `presenter`. `rule_version` is the board's rule it was decided
    by, `evidence` the evidence version by session that it rests on.
    """

    type = "certificate.issued.v1"
    when = "When the file is rendered, signed and stored."
    never = "The file, its holder's name or the code that verifies it: the holder has those."
    example: ClassVar[dict[str, Any]] = _CERTIFICATE | {
        "credits": "8.0",
        "unit": "clock hours",
        "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "conformance": ["PDF/A-2a", "PDF/UA-1"],
        "key_id": "did:web:holdfast.example#2020-1",
        "kind": "completion",
        "rule_version": 1,
        "evidence": {"s1": 1, "s2": 1, "s3": 1, "s4": 1},
        "issued_at": "2020-11-09T23:20:03Z",
    }

    certificate_id: Id
    number: Text
    board: Id | None = None
    credits: Hours
    unit: Text = ""
    sha256: Text
    conformance: tuple[Text, ...] = ()
    key_id: Text = ""
    supersedes: Id | None = None
    kind: Text = "completion"
    rule_version: int = 1
    evidence: dict[str, int] = Field(default_factory=dict)
    issued_at: Instant


class CertificateSuperseded(OfAward):
    """Replaced by another, which says what is right; both verify, and say so.

    `reason` is `name-corrected`, `more-credits`, `corrected` or another such word; what staff wrote
    stays with certificates.
    """

    type = "certificate.superseded.v1"
    when = "When a newer certificate takes its place, whose own `certificate.issued` is said too."
    never = "The end of what was earned: the one in `superseded_by` holds."
    example: ClassVar[dict[str, Any]] = _CERTIFICATE | {
        "superseded_by": "0192a0b0-5c1e-7a10-8f00-00000000f002",
        "reason": "name-corrected",
        "superseded_at": "2020-11-12T10:00:00Z",
    }

    certificate_id: Id
    number: Text
    board: Id | None = None
    superseded_by: Id
    superseded_by_number: Text = ""
    reason: Slug = "corrected"
    superseded_at: Instant


class CertificateRevoked(OfAward):
    """Withdrawn by staff; `reason` is `issued-in-error` or another such word."""

    type = "certificate.revoked.v1"
    when = "When staff withdraw it."
    never = "Said of one that another replaces: that is `certificate.superseded`."
    example: ClassVar[dict[str, Any]] = _CERTIFICATE | {
        "reason": "issued-in-error",
        "revoked_at": "2020-11-12T10:00:00Z",
    }

    certificate_id: Id
    number: Text
    board: Id | None = None
    reason: Slug = "issued-in-error"
    revoked_at: Instant
