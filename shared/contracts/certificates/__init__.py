"""What certificates says, by registration: evaluations, awards per board, certificates."""

from shared.contracts.certificates.awards import (
    AwardGranted,
    AwardWithheld,
    EvaluationSubmitted,
    Unmet,
)
from shared.contracts.certificates.base import OfAward
from shared.contracts.certificates.issued import (
    CertificateIssued,
    CertificateRevoked,
    CertificateSuperseded,
    reads_as_number,
)

__all__ = [
    "AwardGranted",
    "AwardWithheld",
    "CertificateIssued",
    "CertificateRevoked",
    "CertificateSuperseded",
    "EvaluationSubmitted",
    "OfAward",
    "Unmet",
    "reads_as_number",
]
