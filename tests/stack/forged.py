"""Credentials as they should be and as they should not: signed by us, by others, by nobody."""

from __future__ import annotations

import gzip
import hashlib
import hmac
import json
from base64 import b64encode, urlsafe_b64encode
from typing import Any

from joserfc import jws
from joserfc.jwk import ECKey, RSAKey

DID = "did:web:certs.example"
KID = f"{DID}#2020-1"
LIST = "https://certs.example/certificates/status/2020-1"
KEY = ECKey.generate_key("P-256")
OTHER = ECKey.generate_key("P-256")
PDF = b"%PDF-1.7 a certificate"
PLACE = 77


def public(key: ECKey = KEY, kid: str = KID) -> dict[str, Any]:
    return {**key.as_dict(private=False), "kid": kid, "alg": "ES256", "use": "sig"}


def did_json(**revoked: str) -> dict[str, Any]:
    method = {"id": KID, "type": "JsonWebKey", "controller": DID, "publicKeyJwk": public()}
    return {
        "id": DID,
        "verificationMethod": [method | revoked],
        "assertionMethod": [KID],
    }


def claims(**changes: Any) -> dict[str, Any]:
    """A credential like ours, written by hand from the standards."""
    digest = b64encode(hashlib.sha256(PDF).digest()).decode()
    said = {
        "@context": [
            "https://www.w3.org/ns/credentials/v2",
            "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
        ],
        "id": "urn:uuid:0192a0b0-5c1e-7a10-8f00-00000000f001",
        "jti": "urn:uuid:0192a0b0-5c1e-7a10-8f00-00000000f001",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "issuer": {"id": DID, "type": ["Profile"], "name": "Praxis CET"},
        "iss": DID,
        "sub": "urn:holder",
        "validFrom": "2020-11-09T23:20:00Z",
        "nbf": 1604964000,
        "name": "A course: 8.0 clock hours",
        "credentialSubject": {
            "id": "urn:holder",
            "type": ["AchievementSubject"],
            "creditsEarned": 8.0,
            "achievement": {
                "id": "urn:achievement",
                "type": ["Achievement"],
                "name": "A course (NBCC: 8.0 clock hours)",
                "description": "A course",
                "humanCode": "2020-7K3M-9Q2X-VD4T",
                "criteria": {"narrative": "Attendance."},
            },
        },
        "credentialStatus": {
            "id": f"{LIST}#{PLACE}",
            "type": "BitstringStatusListEntry",
            "statusPurpose": "revocation",
            "statusListIndex": str(PLACE),
            "statusListCredential": LIST,
        },
        "relatedResource": [{"id": "urn:pdf", "digestSRI": f"sha256-{digest}"}],
    }
    return {name: value for name, value in (said | changes).items() if value is not ...}


def listed(*ended: int, bits: int = 131_072, **changes: Any) -> dict[str, Any]:
    """A status list, written by hand: bit 0 is the first byte's top bit."""
    raw = bytearray(bits // 8)
    for place in ended:
        raw[place // 8] |= 1 << (7 - place % 8)
    encoded = "u" + urlsafe_b64encode(gzip.compress(bytes(raw))).decode().rstrip("=")
    said = {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "id": LIST,
        "jti": LIST,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": DID,
        "iss": DID,
        "validFrom": "2020-11-10T00:00:00Z",
        "nbf": 1604966400,
        "validUntil": "2020-11-12T00:00:00Z",
        "credentialSubject": {
            "id": f"{LIST}#list",
            "type": "BitstringStatusList",
            "statusPurpose": "revocation",
            "encodedList": encoded,
        },
    }
    return {name: value for name, value in (said | changes).items() if value is not ...}


def signed(said: Any, key: Any = KEY, **head: Any) -> str:
    header = {"alg": "ES256", "typ": "vc+jwt", "cty": "vc", "kid": KID} | head
    header = {name: value for name, value in header.items() if value is not ...}
    registry = jws.JWSRegistry(algorithms=[header["alg"]], strict_check_header=False)
    return jws.serialize_compact(header, json.dumps(said).encode(), key, registry=registry)


def unsigned(said: Any, **head: Any) -> str:
    header = {"alg": "none", "typ": "vc+jwt", "kid": KID} | head
    parts = [_packed(json.dumps(one).encode()) for one in (header, said)]
    return ".".join([*parts, ""])


def bent(token: str, part: int) -> str:
    """One character of the header, the payload or the signature changed, in its middle."""
    parts = token.split(".")
    at = len(parts[part]) // 2
    letter = "A" if parts[part][at] != "A" else "B"
    parts[part] = parts[part][:at] + letter + parts[part][at + 1 :]
    return ".".join(parts)


def by_secret(said: Any) -> str:
    """HS256, keyed with what everybody knows: our public key as PEM."""
    head = {"alg": "HS256", "typ": "vc+jwt", "cty": "vc", "kid": KID}
    first = ".".join(_packed(json.dumps(one).encode()) for one in (head, said))
    mac = hmac.digest(KEY.as_pem(private=False), first.encode(), "sha256")
    return f"{first}.{_packed(mac)}"


def by_rsa(said: Any) -> str:
    return signed(said, RSAKey.generate_key(2048), alg="RS256")


def critical(said: Any) -> str:
    """Signed with our key, with a critical header that nobody knows."""
    header = {"alg": "ES256", "typ": "vc+jwt", "kid": KID, "crit": ["b99"], "b99": True}
    first = f"{_packed(json.dumps(header).encode())}.{_packed(json.dumps(said).encode())}"
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
    from cryptography.hazmat.primitives.hashes import SHA256

    private: Any = KEY.get_op_key("sign")
    r, s = decode_dss_signature(private.sign(first.encode(), ECDSA(SHA256())))
    return f"{first}.{_packed(r.to_bytes(32) + s.to_bytes(32))}"


def _packed(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


FORGED: dict[str, str] = {
    "another header": bent(signed(claims()), 0),
    "another payload": bent(signed(claims()), 1),
    "another signature": bent(signed(claims()), 2),
    "no signature": signed(claims()).rpartition(".")[0] + ".",
    "alg none": unsigned(claims()),
    "alg None": unsigned(claims(), alg="None"),
    "alg none, claiming ES256": unsigned(claims(), alg="ES256"),
    "the public key as a secret": by_secret(claims()),
    "another algorithm": by_rsa(claims()),
    "another key under our id": signed(claims(), OTHER),
    "a key id we do not have": signed(claims(), kid=f"{DID}#2020-2"),
    "a key id of another issuer": signed(claims(), kid="did:web:evil.example#2020-1"),
    "another issuer by our key": signed(claims(issuer={"id": "did:web:evil.example"})),
    "iss of another issuer": signed(claims(iss="did:web:evil.example")),
    "an unknown critical header": critical(claims()),
    "expired": signed(claims(validUntil="2020-11-10T00:00:00Z", exp=1604966400)),
    "not valid yet": signed(claims(validFrom="2030-01-01T00:00:00Z", nbf=1893456000)),
    "no badge": signed(claims(type=["VerifiableCredential"])),
}
