"""A certification authority of our own, and a key that it vouches for, as a PKCS#12 file."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12
from cryptography.x509.oid import NameOID

PASSWORD = "open sesame"


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def signer_file(folder: Path) -> tuple[Path, bytes]:
    """The file to sign with, and the authority's certificate as DER."""
    root_key, key = generate_private_key(SECP256R1()), generate_private_key(SECP256R1())
    since, until = datetime.now(UTC) - timedelta(days=1), datetime.now(UTC) + timedelta(days=30)

    def certified(subject: str, public: object, *, authority: bool) -> x509.Certificate:
        usage = x509.KeyUsage(
            digital_signature=not authority,
            content_commitment=not authority,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            key_cert_sign=authority,
            crl_sign=authority,
            encipher_only=False,
            decipher_only=False,
        )
        return (
            x509.CertificateBuilder()
            .subject_name(_named(subject))
            .issuer_name(_named("Test Authority"))
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(since)
            .not_valid_after(until)
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
            .add_extension(usage, critical=True)
            .sign(root_key, SHA256())
        )

    root = certified("Test Authority", root_key.public_key(), authority=True)
    own = certified("Praxis CET", key.public_key(), authority=False)
    path = folder / "signer.p12"
    path.write_bytes(
        pkcs12.serialize_key_and_certificates(
            b"signer", key, own, [root], BestAvailableEncryption(PASSWORD.encode())
        )
    )
    from cryptography.hazmat.primitives.serialization import Encoding

    return path, root.public_bytes(Encoding.DER)
