"""The office that issues: its secret, its address, and what follows from them."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from shared.runtime.tokens import code_of

_BODIES = ":certificates:issuers:"  # as addresses: /certificates/issuers/{id}/did.json
_MISREAD = str.maketrans("018", "OIB")  # codes have letters and 2 to 7 only


@dataclass(frozen=True)
class Office:
    """Numbers, codes and addresses of certificates: pure functions of the platform's secret."""

    secret: str = field(repr=False)
    public_url: str
    key_days: int = 365  # after which a new key signs; 0: only when somebody says so
    signs: bool = False  # whether files can be had with the provider's signature in them

    @property
    def did(self) -> str:
        """Who issues: `https://certs.example.org` → `did:web:certs.example.org`."""
        return "did:web:" + urlsplit(self.public_url).netloc.replace(":", "%3A")

    def issuer_did(self, issuer: str) -> str:
        """Of a body that issues by itself, below the provider's: a did:web with a path. The
        provider's for no body."""
        return f"{self.did}{_BODIES}{issuer}" if issuer else self.did

    def issuer_of(self, did: str) -> str:
        """The body of such a DID; empty for any other."""
        ours = f"{self.did}{_BODIES}"
        return did.removeprefix(ours) if did.startswith(ours) else ""

    def number(self, certificate_id: str, year: int) -> str:
        """Printed, said in events, and no way to the verification page: 60 bits, not countable."""
        return f"{year}-{code_of(self.secret, 'certificate-number', certificate_id)[:14]}"

    def seed(self, year: int) -> str:
        """What the places of a year's status lists are derived from; kept with their count."""
        return code_of(self.secret, "status-list", str(year))

    def code(self, certificate_id: str) -> str:
        """What `/verify/{code}` takes: 80 bits."""
        return code_of(self.secret, "certificate", certificate_id)

    def verify_url(self, code: str) -> str:
        """The page an employer sees."""
        return f"{self.public_url}/verify/{code}"

    def status_url(self, name: str, issuer: str = "") -> str:
        """A status list, as the provider signs it, or a body that issues by itself."""
        where = f"certificates/issuers/{issuer}" if issuer else "certificates"
        return f"{self.public_url}/{where}/status/{name}"

    def duplicate_url(self, certificate_id: str, duplicate_id: str) -> str:
        """A duplicate's file."""
        path = f"{certificate_id}/duplicates/{duplicate_id}.pdf"
        return f"{self.public_url}/certificates/v1/certificates/{path}"

    def file_url(self, certificate_id: str, kind: str) -> str:
        """`kind`: pdf, signed.pdf, jwt or json."""
        return f"{self.public_url}/certificates/v1/certificates/{certificate_id}.{kind}"


def typed(code: str) -> str:
    """A code as people type it from paper or a mail: small letters, other hyphens or none, a full
    stop behind it, a 0 for an O."""
    plain = "".join(c for c in code.upper() if c.isascii() and c.isalnum()).translate(_MISREAD)
    return "-".join(plain[at : at + 4] for at in range(0, len(plain), 4))
