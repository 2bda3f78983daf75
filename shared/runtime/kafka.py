"""Where Kafka is and how one gets in: in the clear, by TLS, with a password or a certificate.

An address that needs more than itself is a `Bootstrap`; whoever makes a client asks `client_of`.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from typing import Any, Literal, Self

from faststream.security import BaseSecurity, SASLPlaintext, SASLScram256, SASLScram512

from shared.runtime import lost_connections, unknown_offsets
from shared.runtime.renewed import Renewed

lost_connections.are_told()  # whoever makes a client asks this module how
unknown_offsets.are_told()

Protocol = Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]
Mechanism = Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]
_MECHANISMS: dict[str, type[Any]] = {
    "PLAIN": SASLPlaintext,
    "SCRAM-SHA-256": SASLScram256,
    "SCRAM-SHA-512": SASLScram512,
}


@dataclass(frozen=True)
class Security:
    """As Kafka's own settings name it. Files are PEM; without `ca_file` the system's are trusted.
    `cert_file` (with its chain) and `key_file` are ours, where the brokers ask for one."""

    protocol: Protocol = "PLAINTEXT"
    mechanism: Mechanism = "SCRAM-SHA-512"
    username: str = ""
    password: str = ""
    ca_file: str = ""
    cert_file: str = ""
    key_file: str = ""

    def __repr__(self) -> str:
        return f"Security({self.protocol})"  # never the password

    def context(self) -> ssl.SSLContext | None:
        """TLS as it is to be: the broker's certificate and name are checked, always. Each
        connection is made with the files of then, for they are renewed."""
        if not self.protocol.endswith("SSL"):
            return None
        files = [one for one in (self.ca_file, self.cert_file, self.key_file) if one]
        return Renewed(self._context, files)

    def _context(self) -> ssl.SSLContext:
        made = ssl.create_default_context(cafile=self.ca_file or None)
        made.minimum_version = ssl.TLSVersion.TLSv1_2
        if self.cert_file:
            made.load_cert_chain(self.cert_file, self.key_file or None)
        return made


class Bootstrap(str):
    """`host:port`, several with commas between, and how one gets in there."""

    __slots__ = ("security",)
    security: Security

    def __new__(cls, servers: str, security: Security) -> Self:
        made = super().__new__(cls, servers)
        made.security = security
        return made


def client_of(bootstrap: str) -> dict[str, Any]:
    """What every client of aiokafka is told to reach the servers of `bootstrap`."""
    told: dict[str, Any] = {"bootstrap_servers": bootstrap.split(",")}
    how = _how(bootstrap)
    if how.protocol != "PLAINTEXT":
        told |= {"security_protocol": how.protocol, "ssl_context": how.context()}
    if how.protocol.startswith("SASL"):
        told |= {
            "sasl_mechanism": how.mechanism,
            "sasl_plain_username": how.username,
            "sasl_plain_password": how.password,
        }
    return told


def broker_security(bootstrap: str) -> BaseSecurity | None:
    """The same as FastStream takes it."""
    how = _how(bootstrap)
    if how.protocol == "PLAINTEXT":
        return None
    if how.protocol == "SSL":
        return BaseSecurity(ssl_context=how.context())
    made: BaseSecurity = _MECHANISMS[how.mechanism](
        how.username, how.password, ssl_context=how.context()
    )
    return made


def _how(bootstrap: str) -> Security:
    return bootstrap.security if isinstance(bootstrap, Bootstrap) else Security()
