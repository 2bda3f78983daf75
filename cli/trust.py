"""Where keys and status lists come from: a file, the issuer, or what is kept of it here.

What is fetched is kept in `.holdfast/verified`, so that the next check needs no network; how old it
is, is always said. A did:web address is https; on this very machine http will do.

Whose certificates count is another question, for a domain is anybody's who pays for one: an issuer
is known who was named, or whom a stack that was asked said to be itself. Only that of the stack of
this machine is kept for later: whoever gives somebody an address (`HOLDFAST_URL`) to check their
own certificates with is not believed for ever.
"""

import json
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import httpx

from cli.proof import Unsure
from cli.say import AWAY, USAGE, Ends
from cli.signed import Keys, Refused, keys_of
from stack.profile import home

_MOST = 2_000_000  # bytes
_HERE = {"127.0.0.1", "localhost", "::1"}
_ONLINE = "Check it once with a network, or give the issuer's did.json: --keys FILE"
_ISSUERS = "issuers"  # no address: what is kept of whom the stack here is
Get = Callable[[str], bytes]


@dataclass(frozen=True)
class Found:
    """A document with where it is from; `at` is when it was fetched, None for a file given."""

    text: str
    source: str
    at: datetime | None

    def told(self, now: datetime) -> dict[str, Any]:
        """For people: where from, and how old."""
        age = None if self.at is None else max(0, int((now - self.at).total_seconds()))
        return {"from": self.source, "age_seconds": age}


class Trust:
    """Documents of issuers, from a directory and, unless `offline`, from where they are issued."""

    def __init__(self, *, offline: bool, get: Get | None = None) -> None:
        self._offline = offline
        self._get = get or fetched
        self._directory = home() / "verified"
        self._said: set[str] = set()  # by a stack elsewhere: for this one command

    def keys(self, did: str, given: Path | None) -> tuple[Keys, Found]:
        """The issuer's keys. Raises `Ends` (3) where there are none, Refused for another's."""
        found = _given(given) if given else self._found(did_address(did))
        if found is None:
            raise Ends(AWAY, f"The keys of {did} are not known here.", _ONLINE)
        try:
            return keys_of(json.loads(found.text), did), found
        except (ValueError, RecursionError) as why:
            raise Refused("The keys are neither a DID document nor a JWK set.") from why

    def listed(self, address: str, did: str, given: Path | None) -> Found:
        """The status list at an address, which must be the issuer's own. Raises Unsure."""
        if given:
            return _given(given)
        if _origin(address) != _origin(did_address(did)):
            raise Unsure("Its status list is kept by somebody else than its issuer.")
        found = self._found(address)
        if found is None:
            raise Unsure("No copy of its status list is kept here.")
        return found

    def vouch(self, did: str, *, own: bool) -> None:
        """A stack that was asked is this issuer. Where it is the `own` of this machine it is known
        from now on, also when it does not run."""
        if not own:
            self._said.add(did)
        elif did not in self.vouched():
            dids = json.dumps(sorted({*self.vouched(), did}))
            self._keep(_ISSUERS, Found(dids, _ISSUERS, datetime.now(UTC)))

    def vouched(self) -> frozenset[str]:
        """Issuers that the stack of this machine, or the one asked just now, said to be itself."""
        kept = self._kept(_ISSUERS)
        try:
            dids = json.loads(kept.text) if kept else []
        except ValueError:
            dids = []
        return frozenset(one for one in dids if isinstance(one, str)) | self._said

    def _found(self, address: str) -> Found | None:
        """Fetched now, or as it was when it was fetched last."""
        if not self._offline:
            try:
                text = self._get(address).decode()
            except (httpx.HTTPError, OSError, UnicodeDecodeError, _OddError):
                return self._kept(address)
            found = Found(text, address, datetime.now(UTC))
            self._keep(address, found)
            return found
        return self._kept(address)

    def _path(self, address: str) -> Path:
        return self._directory / f"{sha256(address.encode()).hexdigest()[:32]}.json"

    def _kept(self, address: str) -> Found | None:
        try:
            kept = json.loads(self._path(address).read_text())
            at = datetime.fromisoformat(kept["at"])
            if kept["address"] == address and at.tzinfo is not None:
                return Found(str(kept["text"]), "a copy kept here", at)
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return None

    def _keep(self, address: str, found: Found) -> None:
        """Whole or not at all, whoever else does the same; without a place to keep it, not."""
        at = found.at.isoformat() if found.at else ""
        path = self._path(address)
        aside = path.with_suffix(f".{os.getpid()}")
        try:
            self._directory.mkdir(parents=True, exist_ok=True)
            aside.write_text(json.dumps({"address": address, "at": at, "text": found.text}))
            aside.replace(path)
        except OSError:
            with suppress(OSError):
                aside.unlink(missing_ok=True)


class _OddError(Exception):
    """An answer that cannot be what was asked for."""


def fetched(address: str) -> bytes:
    """What stands at an address; no redirect is followed, and no more is read than it may be."""
    local = urlsplit(address).hostname in _HERE
    with (
        httpx.Client(timeout=10, follow_redirects=False, trust_env=not local) as client,
        client.stream("GET", address) as answer,
    ):
        if answer.status_code != 200:
            raise _OddError(answer.status_code)
        content = b""
        for part in answer.iter_bytes():
            content += part
            if len(content) > _MOST:
                raise _OddError("too long")
        return content


def did_address(did: str) -> str:
    """Where a did:web's document is (did:web §2.5.2). Raises Refused for what is no such name."""
    host, *path = [unquote(part) for part in did.removeprefix("did:web:").split(":")]
    parts = urlsplit(f"//{host}")
    odd = any(not part or "/" in part or part in {".", ".."} for part in [host, *path])
    if not did.startswith("did:web:") or odd or not parts.hostname or parts.username:
        raise Refused(f"{did} is no issuer that can be asked.")
    scheme = "http" if parts.hostname in _HERE else "https"
    return f"{scheme}://{host}/{'/'.join(path) if path else '.well-known'}/did.json"


def _origin(address: str) -> tuple[str, str]:
    parts = urlsplit(address)
    return parts.scheme, parts.netloc


def _given(path: Path) -> Found:
    try:
        content = path.read_bytes()[: _MOST + 1].decode()
    except (OSError, UnicodeDecodeError) as why:
        raise Ends(USAGE, f"{path} cannot be read.", "Give a did.json or a status list.") from why
    return Found(content.strip(), str(path), None)
