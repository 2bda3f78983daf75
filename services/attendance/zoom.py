"""Zoom's API: the runs of a meeting, and the participants of each, a page at a time.

A server-to-server app's token is asked for with the account's credentials and kept until shortly
before its end. What was relied on, and where it was read, is in docs/zoom.md.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from time import monotonic
from typing import Any
from urllib.parse import quote

import httpx
import structlog

from services.attendance.commands.platform import Busy, Denied, NotReady, Page, PageGone
from services.attendance.domain.fetching import Instance
from shared.dates import parse_instant
from shared.errors import Refusal
from shared.runtime.clock import wall

log = structlog.get_logger(__name__)
PAGE_SIZE = 300  # the most there is
_TIMEOUT = httpx.Timeout(20, connect=5)
_EARLY = 120  # seconds before its end from which a token is not used any more
_LONGEST_WAIT = 86_400  # seconds
# Zoom answers a page token that has run out with its code 300 (and, by its documents, that status).
_PAGE_GONE = 300


@dataclass
class Zoom:
    """An account at Zoom, by its server-to-server app."""

    account_id: str
    client_id: str
    client_secret: str = field(repr=False)
    api_url: str
    oauth_url: str
    client: httpx.AsyncClient = field(repr=False)
    _token: str | None = field(default=None, repr=False)
    _good_until: float = 0.0  # monotonic
    _asking: asyncio.Lock = field(default_factory=asyncio.Lock, repr=False)

    async def aclose(self) -> None:
        """Close the connections."""
        await self.client.aclose()

    async def instances(self, meeting_id: str) -> Sequence[Instance]:
        """The runs of a meeting that are over, of all days."""
        told = await self._get(f"/past_meetings/{quote(meeting_id, safe='')}/instances", {})
        return [
            Instance(each["uuid"], meeting_id, _instant(each.get("start_time")))
            for each in _objects(told, "meetings")
            if isinstance(each.get("uuid"), str) and each["uuid"]
        ]

    async def page(self, uuid: str, token: str | None) -> Page:
        """A page of the participants of one run."""
        asked = {"page_size": str(PAGE_SIZE), "include_fields": "registrant_id"}
        if token:
            asked["next_page_token"] = token
        told = await self._get(f"/report/meetings/{in_path(uuid)}/participants", asked)
        following, total = told.get("next_page_token"), told.get("total_records")
        return Page(
            _objects(told, "participants"),
            following if isinstance(following, str) and following else None,
            total if isinstance(total, int) and not isinstance(total, bool) else None,
        )

    async def _get(self, path: str, asked: Mapping[str, str]) -> Mapping[str, Any]:
        """A call with a token; one that is refused, once more with a new one."""
        for last in (False, True):
            token = await self._token_now()
            answer = await self._send(
                "GET",
                f"{self.api_url.rstrip('/')}{path}",
                params=asked,
                headers={"Authorization": f"Bearer {token}"},
            )
            if answer.status_code != httpx.codes.UNAUTHORIZED:
                return _told(answer, paged="next_page_token" in asked)
            if self._token == token:
                self._token = None
            if last:
                break
        raise Denied("token-refused")

    async def _token_now(self) -> str:
        async with self._asking:
            if self._token is None or monotonic() >= self._good_until:
                self._token = await self._new_token()
            return self._token

    async def _new_token(self) -> str:
        asked = {"grant_type": "account_credentials", "account_id": self.account_id}
        credentials = httpx.BasicAuth(self.client_id, self.client_secret)
        answer = await self._send("POST", self.oauth_url, data=asked, auth=credentials)
        if answer.status_code in (400, 401, 403):
            raise Denied("credentials-refused")
        told = _told(answer, paged=False)
        token, seconds = told.get("access_token"), told.get("expires_in")
        if not isinstance(token, str) or not token:
            raise Busy("unreadable")
        lasts = seconds if isinstance(seconds, int) else 0
        self._good_until = monotonic() + max(0, lasts - _EARLY)
        return token

    async def _send(self, method: str, url: str, **more: Any) -> httpx.Response:
        try:
            return await self.client.request(method, url, **more)
        except httpx.TimeoutException as why:
            raise Busy("no-answer") from why
        except httpx.HTTPError as why:
            raise Busy("away") from why


def connect(
    account_id: str, client_id: str, client_secret: str, api_url: str, oauth_url: str
) -> Zoom:
    """Zoom, by the credentials of an app."""
    limits = httpx.Limits(max_connections=8, max_keepalive_connections=4)
    client = httpx.AsyncClient(limits=limits, timeout=_TIMEOUT, trust_env=False)
    return Zoom(account_id, client_id, client_secret, api_url, oauth_url, client)


def in_path(uuid: str) -> str:
    """A run's uuid in a path: encoded, and twice where it has a slash, which Zoom would else take
    for one of the path's own. (It asks so of those that begin with one or have two in a row, and
    takes it of all.)"""
    once = quote(uuid, safe="")
    return quote(once, safe="") if "/" in uuid else once


def _told(answer: httpx.Response, *, paged: bool) -> Mapping[str, Any]:
    """What an answer holds, or why there is none."""
    status, body = answer.status_code, _object(answer)
    if status == httpx.codes.OK:
        if body is None:
            raise Busy("unreadable")
        return body
    code = body.get("code") if body else None
    if paged and _PAGE_GONE in (status, code):
        raise PageGone
    if status == httpx.codes.NOT_FOUND:
        raise NotReady
    if status == httpx.codes.TOO_MANY_REQUESTS:
        raise Busy("rate-limited", _after(answer))
    if status >= httpx.codes.INTERNAL_SERVER_ERROR:
        raise Busy("away", _after(answer))
    log.warning("zoom.refused", status=status, code=code if isinstance(code, int) else None)
    raise Denied("refused")


def _after(answer: httpx.Response) -> int | None:
    """Seconds to wait, where the answer says: in seconds, or until an instant (HTTP's or RFC 3339,
    as Zoom tells the end of a daily limit)."""
    said = answer.headers.get("retry-after", "").strip()
    if not said:
        return None
    if said.isascii() and said.isdigit():
        return min(int(said[:9]), _LONGEST_WAIT)
    until = _instant(said)
    if until is None:
        try:
            until = parsedate_to_datetime(said)
        except (ValueError, TypeError):
            return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return max(1, min(int((until - wall()).total_seconds()) + 1, _LONGEST_WAIT))


def _object(answer: httpx.Response) -> Mapping[str, Any] | None:
    try:
        body = answer.json()
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) else None


def _objects(told: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """The list of that name; something else there is no answer at all."""
    found = told.get(name)
    if not isinstance(found, list):
        raise Busy("unreadable")
    return [each for each in found if isinstance(each, dict)]


def _instant(text: Any) -> datetime | None:
    try:
        return parse_instant(text)
    except Refusal:
        return None
