"""A credential checked by itself: is it a certificate, of this PDF, and does it still stand?

It is given as its issuer signed it (`signed` opened it), and the issuer's status list likewise.
Nothing here asks anybody or reads a clock. It knows nothing of the code that issues either, only of
the standards: VC 2.0, Open Badges 3.0 §8.2, Bitstring Status List 1.0.
"""

from base64 import b64decode, urlsafe_b64decode
from binascii import Error as NoBase64
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zlib import MAX_WBITS, decompressobj
from zlib import error as NoGzip  # noqa: N812 (a name among those of exceptions)

from cli.signed import Doubtful, Keys, Over, Refused, opened

_VC = "https://www.w3.org/ns/credentials/v2"
_OB = "https://purl.imsglobal.org/spec/ob/v3p0/context"
_LEAST_BITS = 131_072  # Bitstring Status List 1.0 §6.1: fewer would tell of single ones
_MOST_BYTES = 2**24


class Unsure(Exception):
    """It is right, and may have ended: what would tell is not there, too old or spoilt."""


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
