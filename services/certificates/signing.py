"""Keys and signatures: ES256, keys named by did:web, the private half sealed at rest.

A token is a VC-JWT whose payload is the credential itself, plus the registered claims (Open Badges
3.0 §8.2). Keys are added, never removed, so that old certificates keep verifying by key id.
"""

from __future__ import annotations

import json
import os
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey
from pydantic_core import to_json

from services.certificates.domain.documents import SealedKey
from shared.dates import parse_instant

_ALGORITHM = "ES256"


class KeyShutError(Exception):
    """The private half cannot be opened: it was sealed with another secret of the platform."""


def new_key(secret: str, key_id: str) -> SealedKey:
    """A new P-256 key, its private half sealed with a key derived from the platform's secret."""
    key = ECKey.generate_key("P-256", parameters={"kid": key_id, "alg": _ALGORITHM, "use": "sig"})
    nonce = os.urandom(12)
    private = json.dumps(key.as_dict(private=True)).encode()
    sealed = nonce + AESGCM(_sealing(secret)).encrypt(nonce, private, key_id.encode())
    return SealedKey(key_id, key.as_dict(private=False), b64encode(sealed).decode())


def sign(secret: str, key: SealedKey, credential: Mapping[str, Any]) -> str:
    """The credential as a compact JWT."""
    private = _opened(secret, key.key_id, key.sealed)
    issued = parse_instant(credential["validFrom"])
    payload = {
        **credential,
        "iss": _id_of(credential["issuer"]),
        "jti": credential["id"],
        "nbf": int(issued.timestamp()),
    }
    if "id" in credential["credentialSubject"] and "OpenBadgeCredential" in credential["type"]:
        payload["sub"] = credential["credentialSubject"]["id"]
    header = {"alg": _ALGORITHM, "typ": "vc+jwt", "cty": "vc", "kid": key.key_id}
    body = to_json(payload)
    return jws.serialize_compact(header, body, private, algorithms=[_ALGORITHM])


def read(token: str, keys: Iterable[Mapping[str, Any]]) -> dict[str, Any] | None:
    """The credential of a token that one of these public keys signed, else None."""
    by_id = {key["kid"]: key for key in keys}
    try:
        found = jws.extract_compact(token.strip().encode())
        public = by_id.get(str(found.headers().get("kid")))
        if public is None:
            return None
        given = jws.deserialize_compact(
            token.strip(), ECKey.import_key(dict(public)), algorithms=[_ALGORITHM]
        )
        payload = json.loads(given.payload)
    except (JoseError, ValueError, KeyError, TypeError):
        return None
    return payload if isinstance(payload, dict) else None


def did_document(
    did: str, keys: Iterable[Mapping[str, Any]], revoked: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """`/.well-known/did.json`: every key that ever signed, newest first.

    `revoked` is the instant of a leak by key id (W3C Controlled Identifiers 1.0 §2.2): signatures
    from then on, and any that cannot be told from them, are not to be believed. So that nobody does
    who does not know the word, such a key makes no assertions any more (decision 79).
    """
    leaks = revoked or {}
    methods = [
        {
            "id": key["kid"],
            "type": "JsonWebKey",
            "controller": did,
            **({"revoked": leaks[key["kid"]]} if key["kid"] in leaks else {}),
            "publicKeyJwk": dict(key),
        }
        for key in keys
    ]
    return {
        "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/jwk/v1"],
        "id": did,
        "verificationMethod": methods,
        "assertionMethod": [one["id"] for one in methods if "revoked" not in one],
    }


def key_set(
    keys: Iterable[Mapping[str, Any]], revoked: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """`/.well-known/jwks.json`; one that leaked says so as OpenID Federation has it (§8.7)."""
    leaks = revoked or {}
    return {
        "keys": [
            {**key, "revoked": {"revoked_at": leaks[key["kid"]], "reason": "compromised"}}
            if key["kid"] in leaks
            else dict(key)
            for key in keys
        ]
    }


def _id_of(issuer: Any) -> str:
    return str(issuer["id"] if isinstance(issuer, Mapping) else issuer)


@lru_cache(maxsize=4)  # the one that signs, and those before it: to open one costs four signatures
def _opened(secret: str, key_id: str, sealed: str) -> ECKey:
    raw = b64decode(sealed)
    try:
        private = AESGCM(_sealing(secret)).decrypt(raw[:12], raw[12:], key_id.encode())
    except InvalidTag as why:
        raise KeyShutError(
            f"{key_id} was sealed with another PLATFORM_SECRET. Another key can be made: "
            "bin/holdfast certificates rotate-key"
        ) from why
    return ECKey.import_key(json.loads(private))


def _sealing(secret: str) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=b"holdfast certificates signing keys").derive(
        secret.encode()
    )
