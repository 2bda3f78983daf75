"""Checking a certificate by oneself, without asking whoever issued it: `certificates verify`."""

import hashlib
import re
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cli import proof, signed
from cli.proof import Unsure
from cli.say import USAGE, Ends
from cli.signed import Doubtful, Refused
from cli.trust import Trust

JWT = re.compile(r"[\w-]+\.[\w-]+\.[\w-]*\Z")  # one that nobody signed is one too
GIVE = "Give a file, a JWT or a code."
_BESIDE = "Download its credential (.jwt) too and lay it beside it, or name it: --jwt FILE"


@dataclass(frozen=True)
class Given:
    """What is to be checked: a credential, and the SHA-256 of the PDF it is of, if there is one."""

    token: str
    sha256: bytes | None = None


def given(what: str, jwt: Path | None) -> Given | str:
    """A file or a credential as it was typed; a code as it is. Raises `Ends` (2)."""
    path = Path(what)
    if len(what) < 250 and path.is_file():
        content = path.read_bytes()
        if content.startswith(b"%PDF"):
            return Given(_beside(path, jwt), hashlib.sha256(content).digest())
        token = content.decode(errors="replace").strip()
        if JWT.match(token):
            return Given(token)
        raise Ends(USAGE, f"{what} is neither a certificate's PDF nor its JWT.", GIVE)
    if JWT.match(what):
        return Given(what)
    if path.suffix or "/" in what:
        raise Ends(USAGE, f"There is no file {what}.", GIVE)
    return what


def _beside(pdf: Path, jwt: Path | None) -> str:
    """The credential of a PDF: the one named, or the file of the same name; empty without one."""
    path = jwt or pdf.with_suffix(".jwt")
    if not path.is_file():
        if jwt:
            raise Ends(USAGE, f"There is no file {jwt}.", _BESIDE)
        return ""
    token = path.read_bytes().decode(errors="replace").strip()
    if not JWT.match(token):
        raise Ends(USAGE, f"{path} is no credential.", _BESIDE)
    return token


def needs_token(one: Given | str) -> Given:
    """What can be checked without asking. Raises `Ends` (2) for a code, or a PDF by itself."""
    if isinstance(one, str):
        raise Ends(
            USAGE,
            "A code can only be looked up at the issuer.",
            "Without a network, give the certificate's JWT, or its PDF with the JWT beside it.",
        )
    if not one.token:
        raise Ends(USAGE, "A PDF by itself says nothing of who made it.", _BESIDE)
    return one


def judged(
    one: Given,
    trust: Trust,
    now: datetime,
    keys: Path | None = None,
    status: Path | None = None,
    issuers: Collection[str] = (),
) -> dict[str, Any]:
    """What comes of it: `status` is valid, revoked, invalid, unconfirmed (its key leaked),
    unconfirmed-issuer (it is right, and of somebody who was not named) or unknown-status (it is
    right, and may have ended); `reason` says why.

    `issuers` are the DIDs of those whose certificates count; where none are named, the stack that
    was asked, but not with `keys` that somebody gave: each stack on a laptop has the same DID.
    Raises `Ends` (3) where the issuer's keys are nowhere to be had.
    """
    told = _judged(one, trust, now, keys, status)
    if told["status"] not in {"valid", "unknown-status"}:
        return told
    known = issuers or (trust.vouched() if keys is None else ())
    if told["issuer"] in known:
        return told
    why = f"{told['issuer']} signed it, and nobody here said that this issuer is to be trusted."
    return told | {"status": "unconfirmed-issuer", "reason": f"{why} {told['reason']}".strip()}


def _judged(
    one: Given, trust: Trust, now: datetime, keys: Path | None, status: Path | None
) -> dict[str, Any]:
    """As `judged`, whoever the issuer is."""
    told: dict[str, Any] = {"status": "invalid", "reason": "", "checked": "here"}
    try:
        did = signed.issuer_of(one.token)
        told["issuer"] = did
        known, found = trust.keys(did, keys)
        told["keys"] = found.told(now)
        said = signed.opened(one.token, known, now)
        proof.check_badge(said)
        told |= _shown(said)
        if one.sha256 is not None and not proof.binds(said, one.sha256):
            told["pdf"] = "changed"
            raise Refused(
                "The PDF is not the one that this credential was made with. It was changed, or it "
                "is a duplicate or a signed copy, which only the issuer knows: ask with its code."
            )
        told["pdf"] = "unchanged" if one.sha256 is not None else None
        address, place = proof.list_address(said)
        listed = trust.listed(address, did, status)
        told["status_list"] = listed.told(now)
        ended = proof.is_ended(listed.text, address, place, known, now)
    except Refused as why:
        return told | {"status": "invalid", "reason": str(why)}
    except Doubtful as why:
        return told | {"status": "unconfirmed", "reason": str(why)}
    except Unsure as why:
        return told | {"status": "unknown-status", "reason": str(why)}
    if ended:
        why_not = "It was revoked, or superseded by a newer one: ask the issuer which."
        return told | {"status": "revoked", "reason": why_not}
    return told | {"status": "valid"}


def keep(token: str, trust: Trust, *, own: bool) -> None:
    """Have keys and list of a certificate kept here, that the stack of this machine said to be its
    own, so that it can be checked without a network later; where that does not go, nothing is."""
    with suppress(Ends, Refused, Doubtful, Unsure):
        did = signed.issuer_of(token)
        trust.vouch(did, own=own)
        known, _ = trust.keys(did, None)
        address, _ = proof.list_address(signed.opened(token, known, datetime.now(UTC)))
        trust.listed(address, did, None)


def _shown(said: Mapping[str, Any]) -> dict[str, Any]:
    """What people compare with what they hold in hand; the holder is in it by hashes only."""
    subject = said["credentialSubject"]
    achievement = _table(subject.get("achievement"))
    shown = {
        "provider": _table(said.get("issuer")).get("name"),
        "number": achievement.get("humanCode"),
        "title": achievement.get("name"),
        "credits": subject.get("creditsEarned"),
        "issued_at": said.get("validFrom"),
        "certificate_id": str(said.get("id", "")).removeprefix("urn:uuid:"),
    }
    return {name: value for name, value in shown.items() if value is not None}


def _table(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
