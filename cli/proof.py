"""A credential checked by itself: who signed it, whether it stands as it was signed, until when.

Nothing here asks anybody or reads a clock: keys, lists and the time are given. It knows nothing of
the code that issues either, only of the standards: VC 2.0, Open Badges 3.0 §8.2, RFC 7515,
did:web, Bitstring Status List 1.0.
"""

import json
from base64 import b64decode, urlsafe_b64decode
from binascii import Error as NoBase64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zlib import MAX_WBITS, decompressobj
from zlib import error as NoGzip  # noqa: N812 (a name among those of exceptions)

ALGORITHMS = ("ES256",)  # what we sign with; a token says its own, so what it says is not trusted
_TYPES = {"vc+jwt", "JWT"}
_VC = "https://www.w3.org/ns/credentials/v2"
_OB = "https://purl.imsglobal.org/spec/ob/v3p0/context"
_LONGEST = 1_000_000  # characters of a token
_LEAST_BITS = 131_072  # Bitstring Status List 1.0 §6.1: fewer would tell of single ones
_MOST_BYTES = 2**24
_SKEW = timedelta(seconds=60)  # by which two honest clocks may differ


class Refused(Exception):
    """It is not to be believed; the first argument says why, as a sentence."""


class Over(Refused):
    """Its time is over."""


class Doubtful(Exception):
    """It looks right, and others can make what looks so too: only the issuer can tell."""


class Unsure(Exception):
    """It is right, and may have ended: what would tell is not there, too old or spoilt."""


@dataclass(frozen=True)
class Keys:
    """The public keys of one issuer by their ids; `leaked` ones with since when."""

    did: str
    keys: Mapping[str, Mapping[str, Any]]
    leaked: Mapping[str, str]


def keys_of(document: Any, did: str) -> Keys:
    """The keys in a DID document or a JWK set, as far as they are that issuer's.

    Raises Refused for what is neither, or is another's.
    """
    if not isinstance(document, dict):
        raise Refused("The keys are neither a DID document nor a JWK set.")
    if isinstance(document.get("verificationMethod"), list):
        if document.get("id") != did:
            raise Refused(f"The keys are those of {document.get('id')}, and not of {did}.")
        stated = document.get("assertionMethod")
        meant = stated if isinstance(stated, list) else []
        found = [
            (one.get("id"), one.get("publicKeyJwk"), one.get("revoked"))
            for one in document["verificationMethod"]
            if isinstance(one, dict) and one.get("controller") == did and one.get("id") in meant
        ]
    elif isinstance(document.get("keys"), list):
        found = [
            (one.get("kid"), one, (one.get("revoked") or {}).get("revoked_at"))
            for one in document["keys"]
            if isinstance(one, dict) and isinstance(one.get("revoked", {}), dict)
        ]
    else:
        raise Refused("The keys are neither a DID document nor a JWK set.")
    own = [
        (kid, jwk, at) for kid, jwk, at in found if _did_of(kid) == did and isinstance(jwk, dict)
    ]
    return Keys(
        did,
        {str(kid): jwk for kid, jwk, _ in own},
        {str(kid): str(at) for kid, _, at in own if at},
    )


def issuer_of(token: str) -> str:
    """The DID that a token's key id belongs to: whose keys to look for. Believed of nothing yet.

    Raises Refused for what is no token, or one that asks for what we do not do.
    """
    return _did_of(_header(token)["kid"])


def opened(token: str, keys: Keys, now: datetime) -> dict[str, Any]:
    """What a token says, once signature, issuer and dates are right. Raises Refused, Doubtful."""
    from joserfc import jws
    from joserfc.errors import JoseError
    from joserfc.jwk import ECKey

    head = _header(token)
    jwk = keys.keys.get(head["kid"])
    if _did_of(head["kid"]) != keys.did or jwk is None:
        raise Refused(f"The issuer {keys.did} has no key {head['kid']}.")
    try:
        public = {name: jwk[name] for name in ("kty", "crv", "x", "y")}
        if (public["kty"], public["crv"]) != ("EC", "P-256"):
            raise Refused("The issuer's key is of another kind than the signature.")
        read = jws.deserialize_compact(token, ECKey.import_key(public), algorithms=[*ALGORITHMS])
        said = json.loads(read.payload)
    except (JoseError, ValueError, KeyError, TypeError, RecursionError) as why:
        raise Refused(
            "The signature is not that of the issuer: it was changed, or forged."
        ) from why
    if not isinstance(said, dict):
        raise Refused("What was signed is no credential.")
    _check_issuer(said, keys.did)
    _check_dates(said, now)
    if head["kid"] in keys.leaked:
        at = keys.leaked[head["kid"]]
        raise Doubtful(f"The key that signed it is no longer secret (since {at}): ask the issuer.")
    return said


def check_badge(said: Mapping[str, Any]) -> None:
    """Whether it is an Open Badges 3.0 credential, and one of the contexts we read. Raises
    Refused."""
    contexts, types = said.get("@context"), said.get("type")
    if not isinstance(types, list) or not {"VerifiableCredential", "OpenBadgeCredential"} <= {
        one for one in types if isinstance(one, str)
    }:
        raise Refused("It is signed by the issuer, and no certificate.")
    known = isinstance(contexts, list) and len(contexts) > 1 and contexts[0] == _VC
    if not known or not str(contexts[1]).startswith(_OB):  # type: ignore[index]
        raise Refused("It uses words that this program does not know.")
    if not isinstance(said.get("credentialSubject"), dict) or said.get("jti") != said.get("id"):
        raise Refused("It contradicts itself.")


def list_address(said: Mapping[str, Any]) -> tuple[str, int]:
    """(address, place) in the issuer's status list. Raises Unsure where there is none."""
    entry = said.get("credentialStatus")
    try:
        address, place = entry["statusListCredential"], int(entry["statusListIndex"])  # type: ignore[index]
        usual = (entry["type"], entry["statusPurpose"]) == (  # type: ignore[index]
            "BitstringStatusListEntry",
            "revocation",
        )
    except (KeyError, TypeError, ValueError) as why:
        raise Unsure("It does not say where its status can be seen.") from why
    if not usual or place < 0 or not isinstance(address, str):
        raise Unsure("It does not say where its status can be seen.")
    return address, place


def is_ended(listed: str, address: str, place: int, keys: Keys, now: datetime) -> bool:
    """Whether a signed list says that a certificate was revoked or superseded. Raises Unsure."""
    try:
        said = opened(listed, keys, now)
    except Over as why:
        raise Unsure(f"The status list is too old. {why}") from why
    except (Refused, Doubtful) as why:
        raise Unsure(f"The status list cannot be believed. {why}") from why
    subject = said.get("credentialSubject")
    types = said.get("type")
    right = isinstance(types, list) and "BitstringStatusListCredential" in types
    if not right or said.get("id") != address or not isinstance(subject, dict):
        raise Unsure("The status list is another one than the certificate names.")
    if subject.get("statusPurpose") != "revocation":
        raise Unsure("The status list tells of something else.")
    bits = _bits(subject.get("encodedList"))
    if len(bits) * 8 < _LEAST_BITS or place >= len(bits) * 8:
        raise Unsure("The status list is too short.")
    return bool(bits[place // 8] & 0x80 >> place % 8)


def binds(said: Mapping[str, Any], sha256: bytes) -> bool:
    """Whether a PDF with that hash is the very one that the credential was made with."""
    related = said.get("relatedResource")
    for one in related if isinstance(related, list) else ():
        told = one.get("digestSRI") if isinstance(one, dict) else None
        if isinstance(told, str) and told.startswith("sha256-"):
            try:
                return b64decode(told.removeprefix("sha256-"), validate=True) == sha256
            except NoBase64:
                return False
    return False


def _header(token: str) -> dict[str, Any]:
    try:
        if len(token) > _LONGEST:
            raise Refused("It is too long to be a certificate's credential.")
        raw = token.split(".", maxsplit=1)[0]
        head = json.loads(urlsafe_b64decode(raw + "=" * (-len(raw) % 4)))
    except (ValueError, RecursionError) as why:
        raise Refused("It is no credential.") from why
    if not isinstance(head, dict):
        raise Refused("It is no credential.")
    if head.get("alg") not in ALGORITHMS:
        raise Refused(f"It is signed by {head.get('alg')}; certificates are signed by ES256.")
    if "crit" in head or head.get("typ") not in _TYPES:
        raise Refused("It is signed in a way that this program does not know.")
    if not isinstance(head.get("kid"), str) or not _did_of(head["kid"]).startswith("did:web:"):
        raise Refused("It does not say whose key signed it.")
    return head


def _did_of(kid: Any) -> str:
    return str(kid).partition("#")[0]


def _check_issuer(said: Mapping[str, Any], did: str) -> None:
    issuer = said.get("issuer")
    named = issuer.get("id") if isinstance(issuer, dict) else issuer
    if named != did or said.get("iss", did) != did:
        raise Refused(f"It says that {named} issued it, and was signed by {did}.")


def _check_dates(said: Mapping[str, Any], now: datetime) -> None:
    try:
        begins = _instant(said["validFrom"])
        ends = _instant(said["validUntil"]) if "validUntil" in said else None
        stated = said.get("nbf", int(begins.timestamp()))
        expires = said.get("exp")
        if stated != int(begins.timestamp()):
            raise Refused("It contradicts itself about the day of its issue.")
    except (KeyError, ValueError, TypeError, AttributeError) as why:
        raise Refused("It does not say since when it is valid.") from why
    if now + _SKEW < begins:
        raise Refused(f"It is not valid before {said['validFrom']}.")
    if ends is not None and now - _SKEW > ends:
        raise Over(f"It ended {said['validUntil']}.")
    if expires is not None and (
        not isinstance(expires, int) or now.timestamp() - _SKEW.seconds > expires
    ):
        raise Over("It has expired.")


def _instant(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError("no zone")
    return found


def _bits(encoded: Any) -> bytes:
    """Unpacked with a bound: a small text may hold a very large list."""
    try:
        if not isinstance(encoded, str) or not encoded.startswith("u"):
            raise Unsure("The status list is spoilt.")
        raw = encoded[1:]
        packed = urlsafe_b64decode(raw + "=" * (-len(raw) % 4))
        return decompressobj(MAX_WBITS | 16).decompress(packed, _MOST_BYTES)
    except (ValueError, NoGzip) as why:
        raise Unsure("The status list is spoilt.") from why
