"""What certificates says of a certificate, in the words of the contract; and asking a human."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from services.certificates.commands.grants import kind_of
from services.certificates.commands.reminding import look_again
from services.certificates.models import NO_BOARD, Certificate
from shared.contracts.certificates import (
    CertificateIssued,
    CertificateRevoked,
    CertificateSuperseded,
)
from shared.runtime.work import Work

IN_QUESTION = "certificate-in-question"  # a registration
NOT_MADE = "certificate-not-made"  # a registration and board
NOT_CONFORMING = "certificate-not-conforming"  # the same
NOT_REISSUED = "certificate-not-reissued"  # the same

# What only an answer ends, and how that is given.
ANSWERS = {
    IN_QUESTION: "bin/holdfast certificates keep, supersede or revoke, with the certificate_id that"
    " the task names.",
}

IN_ERROR, CORRECTED = "issued-in-error", "corrected"
KEY_LEAKED = "key-compromised"
NAME_CORRECTED, MORE, CREDITED = "name-corrected", "more-credits", "credit-given"


def place_of(one: Certificate) -> str:
    """What tasks and deadlines about a certificate are named by: its registration and board."""
    return f"{one.registration_id}/{one.board}"


def issued(work: Work, new: Certificate) -> None:
    """Rendered, signed and stored."""
    work.emit(
        CertificateIssued(
            **_about(new),
            credits=Decimal(new.credits),
            unit=new.unit,
            sha256=new.sha256,
            conformance=tuple(new.conformance),
            key_id=new.key_id,
            supersedes=new.supersedes,
            kind=kind_of(new),
            rule_version=new.rule_version,
            evidence=dict(new.evidence),
            issued_at=new.issued_at,
        )
    )


def superseded(work: Work, old: Certificate, new: Certificate, why: str = "") -> None:
    """Another holds instead; what staff wrote of it stays here."""
    look_again(work, old)
    work.emit(
        CertificateSuperseded(
            **_about(old),
            superseded_by=new.certificate_id,
            superseded_by_number=new.number,
            reason=why or new.cause or CORRECTED,
            superseded_at=work.now,
        )
    )


def revoked(work: Work, old: Certificate) -> None:
    """Withdrawn; what staff wrote of it stays here."""
    look_again(work, old)
    work.emit(CertificateRevoked(**_about(old), reason=old.cause, revoked_at=work.now))


def ask(work: Work, about: Certificate, kind: str, ref: str, what: str) -> None:
    """A human is needed; the plan holds `task_key(kind, ref)`."""
    ids = {
        "registration_id": about.registration_id,
        "course_id": about.course_id,
        "certificate_id": about.certificate_id,
    }
    work.open_task(kind, ref, what, ids, scope=about.registration_id)


def _about(one: Certificate) -> dict[str, Any]:
    return {
        "registration_id": one.registration_id,
        "course_id": one.course_id,
        "person_id": one.person_id,
        "certificate_id": one.certificate_id,
        "number": one.number,
        "board": None if one.board in NO_BOARD else one.board,
    }
