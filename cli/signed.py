"""A token that an issuer signed: opened with the issuer's keys, and held against its dates.

Nothing here asks anybody or reads a clock: keys and the time are given. It knows nothing of the
code that issues, only of the standards: RFC 7515, did:web, VC 2.0's way of securing by JOSE.
"""

import json
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

ALGORITHMS = ("ES256",)  # what we sign with; a token says its own, so what it says is not trusted
_TYPES = {"vc+jwt", "JWT"}
_LONGEST = 1_000_000  # characters of a token
_SKEW = timedelta(seconds=60)  # by which two honest clocks may differ


class Refused(Exception):
    """It is not to be believed; the first argument says why, as a sentence."""


class Over(Refused):
    """Its time is over."""


class Doubtful(Exception):
    """It looks right, and others can make what looks so too: only the issuer can tell."""


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
            if isinstance(one, dict)
            and one.get("controller") == did
            # One that leaked asserts nothing any more; that it did is for the issuer to tell.
            and (one.get("id") in meant or one.get("revoked"))
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
