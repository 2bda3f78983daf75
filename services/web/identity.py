"""Who somebody of staff is, by OpenID Connect: the code flow with PKCE, state and nonce.

What the issuer says is believed where it is signed with a key it publishes, by an algorithm of
ours, for us, now, and for this very sign-in (OpenID Connect Core 1.0 §3.1.3.7).
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from time import monotonic
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

ALGORITHMS = ["ES256", "RS256", "PS256", "ES384", "RS384", "PS384", "EdDSA"]
_KEPT = 3600.0  # seconds that what the issuer publishes is taken from memory
_LEEWAY = 60  # seconds that clocks may differ
_LARGEST = 500_000  # bytes of an answer
_LOCAL = {"127.0.0.1", "localhost", "::1"}


class NotBelieved(Exception):
    """The issuer did not answer, or not so that it can be believed."""


@dataclass(frozen=True)
class Client:
    """What the issuer knows us by; `returns_to` is our own address that it sends people back to."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    returns_to: str
    scope: str = "openid"


class Issuer:
    """The one issuer of an installation."""

    def __init__(self, client: Client, transport: Any = None) -> None:
        self._client = client
        self._http = httpx.AsyncClient(
            transport=transport, timeout=10, follow_redirects=False, trust_env=False
        )
        self._known: tuple[float, Mapping[str, Any]] | None = None
        self._keys: tuple[float, KeySet] | None = None

    async def aclose(self) -> None:
        await self._http.aclose()

    async def address(self, state: str, nonce: str, verifier: str) -> str:
        """Where to send the browser. Raises NotBelieved."""
        challenge = urlsafe_b64encode(sha256(verifier.encode()).digest()).decode().rstrip("=")
        asked = {
            "response_type": "code",
            "client_id": self._client.client_id,
            "redirect_uri": self._client.returns_to,
            "scope": self._client.scope,
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        at = (await self._discovered())["authorization_endpoint"]
        return f"{at}{'&' if '?' in at else '?'}{urlencode(asked)}"

    async def claims(self, code: str, verifier: str, nonce: str) -> Mapping[str, Any]:
        """Who it is, for the code that came back. Raises NotBelieved."""
        known = await self._discovered()
        told = await self._answer(
            self._http.post(
                known["token_endpoint"],
                data={
                    "grant_type": "authorization_code",
                    "code": code,
                    "redirect_uri": self._client.returns_to,
                    "code_verifier": verifier,
                },
                auth=(self._client.client_id, self._client.client_secret),
            )
        )
        token = told.get("id_token")
        if not isinstance(token, str):
            raise NotBelieved("no id token")
        try:
            return self._checked(token, await self._published(known["jwks_uri"]), nonce)
        except (JoseError, ValueError):  # the key may be newer than what we remember
            keys = await self._published(known["jwks_uri"], anew=True)
        try:
            return self._checked(token, keys, nonce)
        except (JoseError, ValueError) as why:
            raise NotBelieved(type(why).__name__) from why

    def _checked(self, token: str, keys: KeySet, nonce: str) -> Mapping[str, Any]:
        claims = jwt.decode(token, keys, algorithms=ALGORITHMS).claims
        asked: dict[str, Any] = {
            "iss": {"essential": True, "value": self._client.issuer},
            "aud": {"essential": True, "value": self._client.client_id},
            "sub": {"essential": True},
            "exp": {"essential": True},
            "iat": {"essential": True},
            "nonce": {"essential": True, "value": nonce},
        }
        jwt.JWTClaimsRegistry(leeway=_LEEWAY, **asked).validate(claims)
        many = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if (many or "azp" in claims) and claims.get("azp") != self._client.client_id:
            raise ValueError("azp")
        return claims

    async def _discovered(self) -> Mapping[str, Any]:
        if self._known is not None and monotonic() - self._known[0] < _KEPT:
            return self._known[1]
        path = f"{self._client.issuer.rstrip('/')}/.well-known/openid-configuration"
        told = await self._answer(self._http.get(path))
        if told.get("issuer") != self._client.issuer:
            raise NotBelieved("another issuer")
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            if not is_safe(str(told.get(name))):
                raise NotBelieved(f"{name} is not https")
        self._known = monotonic(), told
        return told

    async def _published(self, at: str, *, anew: bool = False) -> KeySet:
        if not anew and self._keys is not None and monotonic() - self._keys[0] < _KEPT:
            return self._keys[1]
        try:
            keys = KeySet.import_key_set(await self._answer(self._http.get(at)))  # type: ignore[arg-type]
        except (JoseError, ValueError, KeyError, TypeError) as why:
            raise NotBelieved("its keys cannot be read") from why
        self._keys = monotonic(), keys
        return keys

    async def _answer(self, asking: Any) -> dict[str, Any]:
        try:
            answer = await asking
            told = answer.json() if len(answer.content) <= _LARGEST else None
        except (httpx.HTTPError, ValueError) as why:
            raise NotBelieved(type(why).__name__) from why
        if answer.status_code != 200 or not isinstance(told, dict):
            raise NotBelieved(f"it answered {answer.status_code}")
        return told


def is_safe(address: str) -> bool:
    """Whether secrets may go there: by https, or within this machine."""
    parts = urlsplit(address)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOCAL)
