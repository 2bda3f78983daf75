"""What `certificates_certificates` holds; how to read it says the package.

Generated (`make contracts`): do not edit.
"""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from pydantic import AwareDatetime

from holdfast_client.base import Data, Part


class Unmet(Part):
    """`condition` is a stable word (attendance, evaluation, paid, unclaimed, …)."""

    condition: str
    detail: str | None = None


class AwardGranted(Data):
    """A board's credit, all conditions met. `version` counts the decisions for this board.

    When the last condition of a board comes true; again where what is given changes.

    Never: The certificate: that follows as `certificate.issued`, once it is rendered and
    signed.
    """

    TYPE: ClassVar[str] = "award.granted.v1"

    registration_id: str
    course_id: str
    person_id: str
    board: str | None = None
    version: int | None = None
    rule_version: int | None = None
    credits: Decimal | None = None
    unit: str | None = None
    sessions: tuple[str, ...] | None = None
    categories: dict[str, Decimal] | None = None
    granted_at: AwareDatetime | None = None


class AwardWithheld(Data):
    """A board's credit that is not given, or not yet, with every unmet condition.

    `credits` is what it would come to once they are met; 0 where nothing can come of it.

    When the course is over and something is missing, and whenever what is missing changes.

    Never: Final: a later decision has a higher `version`. Nor said of a board that never served
    the person.
    """

    TYPE: ClassVar[str] = "award.withheld.v1"

    registration_id: str
    course_id: str
    person_id: str
    board: str | None = None
    version: int | None = None
    rule_version: int | None = None
    credits: Decimal | None = None
    unit: str | None = None
    unmet: tuple[Unmet, ...] | None = None
    withheld_at: AwareDatetime | None = None


class CertificateIssued(Data):
    """Rendered, signed and stored. `board` is null for a certificate of participation.

    `sha256` is the PDF's, in hex; `conformance` says what the file was made to conform to.
    `supersedes` names the certificate it replaces. The code that `/verify/{code}` takes is a
    secret of the holder and no part of a fact: it follows from the platform's secret and the
    id. `kind` is `completion`, `participation` or `presenter`. `rule_version` is the board's
    rule it was decided by, `evidence` the evidence version by session that it rests on.

    When the file is rendered, signed and stored.

    Never: The file, its holder's name or the code that verifies it: the holder has those.
    """

    TYPE: ClassVar[str] = "certificate.issued.v1"

    registration_id: str
    course_id: str
    person_id: str
    certificate_id: str
    number: str | None = None
    board: str | None = None
    credits: Decimal | None = None
    unit: str | None = None
    sha256: str | None = None
    conformance: tuple[str, ...] | None = None
    key_id: str | None = None
    supersedes: str | None = None
    kind: str | None = None
    rule_version: int | None = None
    evidence: dict[str, int] | None = None
    issued_at: AwareDatetime | None = None


class CertificateRevoked(Data):
    """Withdrawn by staff; `reason` is `issued-in-error` or another such word.

    When staff withdraw it.

    Never: Said of one that another replaces: that is `certificate.superseded`.
    """

    TYPE: ClassVar[str] = "certificate.revoked.v1"

    registration_id: str
    course_id: str
    person_id: str
    certificate_id: str
    number: str | None = None
    board: str | None = None
    reason: str | None = None
    revoked_at: AwareDatetime | None = None


class CertificateSuperseded(Data):
    """Replaced by another, which says what is right; both verify, and say so.

    `reason` is `name-corrected`, `more-credits`, `corrected` or another such word; what staff
    wrote stays with certificates.

    When a newer certificate takes its place, whose own `certificate.issued` is said too.

    Never: The end of what was earned: the one in `superseded_by` holds.
    """

    TYPE: ClassVar[str] = "certificate.superseded.v1"

    registration_id: str
    course_id: str
    person_id: str
    certificate_id: str
    number: str | None = None
    board: str | None = None
    superseded_by: str | None = None
    superseded_by_number: str | None = None
    reason: str | None = None
    superseded_at: AwareDatetime | None = None


class EvaluationSubmitted(Data):
    """The fact only; the answers are kept without the person, and never said.

    When a learner sends the evaluation of the course.

    Never: An answer: those are kept without the person.
    """

    TYPE: ClassVar[str] = "evaluation.submitted.v1"

    registration_id: str
    course_id: str
    person_id: str
    form_version: int | None = None
    submitted_at: AwareDatetime | None = None
