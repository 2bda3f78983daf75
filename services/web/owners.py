"""The owners' public HTTP APIs, as any client outside would call them.

A page asks several at once and shows what it gets; an owner that does not answer in time is
`Away`, which is never an error of the page.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import quote

import httpx
import structlog

from shared.runtime.logs import ABOUT

log = structlog.get_logger(__name__)
T = TypeVar("T")
SHOWING = 2.0  # seconds that a page waits for a part of itself
ACTING = 15.0  # seconds that something a learner does may take
_GONE = frozenset({500, 502, 503, 504})
_NOTHING = frozenset({404, 422})  # nobody has what was asked for, or it can be nobody's


class Away(Exception):
    """An owner did not answer, or not with anything that can be shown."""

    def __init__(self, owner: str) -> None:
        self.owner = owner
        super().__init__(owner)


@dataclass(frozen=True, slots=True)
class Answer:
    """What an owner said; `body` is empty where it was no JSON object. `replayed`: it is what it
    said to the same request before."""

    status: int
    body: Mapping[str, Any]
    replayed: bool = False

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def searched(self) -> bool:
        """Whether it says what there is, be it nothing; else nobody knows."""
        return self.ok or self.status in _NOTHING

    @property
    def slug(self) -> str:
        """Which rule refused: the last part of the problem's type."""
        return str(self.body.get("type", "")).rsplit("/", 1)[-1]

    @property
    def detail(self) -> str:
        return str(self.body.get("detail") or "")

    @property
    def why(self) -> str:
        """What it was refused for, with each fault; empty where that is not said."""
        said = [self.detail, *(str(one.get("detail") or "") for one in self.faults)]
        return " ".join(one for one in said if one)

    @property
    def faults(self) -> list[Mapping[str, Any]]:
        """What is wrong and where, as the problem's `errors` have it; empty where it has none."""
        errors = self.body.get("errors")
        listed = errors if isinstance(errors, list) else []
        return [one for one in listed if isinstance(one, Mapping)]


class Owners:
    """One client for all of them."""

    def __init__(self, urls: Mapping[str, str], transport: Any = None) -> None:
        self._urls = {owner: url.rstrip("/") for owner, url in urls.items()}
        self.lasting: dict[Any, dict[str, Any]] = {}  # answers that can never be others
        limits = httpx.Limits(max_connections=100, max_keepalive_connections=20)
        self._client = httpx.AsyncClient(
            limits=limits, transport=transport, follow_redirects=False, trust_env=False
        )

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def ask(
        self,
        owner: str,
        path: str,
        token: str | None = None,
        *,
        client: str = "",
        timeout: float = SHOWING,
    ) -> Answer:
        """A GET for a part of a page; `client` is the address it is for, where the owner counts
        them. Raises Away."""
        headers = _for(client)
        return await self._call("GET", owner, path, token, headers=headers, timeout=timeout)

    async def act(
        self,
        owner: str,
        path: str,
        body: Mapping[str, Any],
        *,
        key: str | None = None,
        token: str | None = None,
        timeout: float = ACTING,
        client: str = "",
        method: str = "POST",
    ) -> Answer:
        """A POST, or PUT; `key` is the Idempotency-Key. Raises Away, the outcome being unknown
        then."""
        headers = _for(client) | ({"Idempotency-Key": key} if key else {})
        return await self._call(method, owner, path, token, body, headers, timeout)

    async def send(
        self, owner: str, path: str, content: bytes, kind: str, *, key: str, token: str
    ) -> Answer:
        """A POST of a file as it is; `kind` is its media type. Raises Away, the outcome being
        unknown then."""
        headers = {"Idempotency-Key": key, "Content-Type": kind}
        return await self._call("POST", owner, path, token, None, headers, ACTING, content)

    async def file(
        self, owner: str, path: str, token: str, *, timeout: float = ACTING
    ) -> bytes | None:
        """The bytes of a file; None where the owner gives none. Raises Away."""
        headers = {"Authorization": f"Bearer {token}"}
        try:
            answer = await self._client.get(
                self._urls[owner] + path, headers=headers, timeout=timeout
            )
        except httpx.HTTPError as why:
            log.warning("owner.away", owner=owner, error=type(why).__name__)
            raise Away(owner) from why
        if answer.status_code in _GONE:
            log.warning("owner.away", owner=owner, status=answer.status_code)
            raise Away(owner)
        return answer.content if answer.status_code == 200 else None

    async def _call(
        self,
        method: str,
        owner: str,
        path: str,
        token: str | None,
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float = SHOWING,
        content: bytes | None = None,
    ) -> Answer:
        sent = {"Accept": "application/json", **(headers or {})}
        if trace := ABOUT.get().get("traceparent"):  # what a page asks for belongs to its trace
            sent["traceparent"] = trace
        if token:
            sent["Authorization"] = f"Bearer {token}"
        try:
            answer = await self._client.request(
                method,
                self._urls[owner] + path,
                json=body,
                content=content,
                headers=sent,
                timeout=timeout,
            )
            said = answer.json() if answer.content else {}
        except (httpx.HTTPError, ValueError) as why:
            log.warning("owner.away", owner=owner, error=type(why).__name__)
            raise Away(owner) from why
        if answer.status_code in _GONE:
            log.warning("owner.away", owner=owner, status=answer.status_code)
            raise Away(owner)
        whole = said if isinstance(said, dict) else {"items": said}
        return Answer(answer.status_code, whole, "idempotent-replayed" in answer.headers)


def _for(client: str) -> dict[str, str]:
    return {"X-Forwarded-For": client} if client else {}


def segment(text: str) -> str:
    """An id as one segment of a path."""
    return quote(text, safe="")


async def or_none(call: Awaitable[T]) -> T | None:
    """What it gives, or None where its owner is away."""
    try:
        return await call
    except Away:
        return None


async def together(*calls: Awaitable[Answer]) -> list[Answer | None]:
    """Several owners at once; None for each that is away."""
    return list(await asyncio.gather(*(or_none(call) for call in calls)))
