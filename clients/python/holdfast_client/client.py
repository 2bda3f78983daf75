"""The feed and what is sent in, each call waiting until it is answered."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from types import TracebackType
from typing import Any, Self

import httpx

from holdfast_client.base import Inbound
from holdfast_client.calls import MOST_EVENTS, Feed, Page, Result, page_of, results_of, sending
from holdfast_client.signing import Signer
from holdfast_client.trying import Patience, Tries

PACE = 1.0  # seconds from one question to the next, where nothing was new


def options(door: str, key: str) -> dict[str, Any]:
    """What a client of httpx is told. Raises ValueError for what is no address."""
    url = httpx.URL(door)
    if url.scheme not in ("http", "https") or not url.host:
        raise ValueError("door: an address such as https://holdfast.example")
    headers = {"Authorization": f"Bearer {key.strip()}", "User-Agent": "holdfast-client/0.1"}
    return {"base_url": url, "headers": headers, "follow_redirects": False}


class Holdfast:
    """`door` is the address of a system's front door, `key` the partner's own; with the `secret`
    that was made for what you send in, that is signed (`whsec_…`, not one of your webhooks').

    Every call goes on as long as `patience` has it, and then raises Away; Refused (and KeyRefused,
    SignatureRefused, CursorRefused) at once. To be used in a `with`, or closed.
    """

    def __init__(
        self,
        door: str,
        key: str,
        *,
        secret: str | None = None,
        patience: Patience | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._client = httpx.Client(**options(door, key), transport=transport)
        self._patience = patience or Patience()
        self._signer = Signer(secret) if secret is not None else None

    def feed(
        self,
        after: str | None = None,
        *,
        types: Iterable[str] = (),
        courses: Iterable[str] = (),
        since: datetime | None = None,
        limit: int = MOST_EVENTS,
        wait: int = 30,
        follow: bool = False,
    ) -> Iterator[Page]:
        """Page after page, from the beginning, or behind `after`: a cursor that you kept.

        It ends where nothing is left; with `follow` it goes on for ever, each question waiting up
        to `wait` seconds for something new, and gives empty pages too, so that you can end it.
        """
        asked = Feed(tuple(types), tuple(courses), since, limit, wait if follow else 0)
        while True:
            began = time.monotonic()
            page = page_of(self._answer(asked.request(self._client, after)))
            if page or page.rewound or follow:
                yield page
            if not page and not follow:
                return
            after = page.next
            if not page:
                time.sleep(max(0.0, began + PACE - time.monotonic()))

    def send(self, lines: Iterable[Inbound | Mapping[str, Any]], key: str) -> list[Result]:
        """Send up to 500 lines in, each answered by itself, in order.

        `key` is yours and new for each request: after Away, or a crash, send the same lines under
        the same key, and they have one effect. Lines that were refused go, mended, under another.
        """
        request, count = sending(self._client, lines, key)
        return results_of(self._answer(request, self._signer), count)

    def close(self) -> None:
        """Ends its connections."""
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        why: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _answer(self, request: httpx.Request, signer: Signer | None = None) -> httpx.Response:
        tries = Tries(self._patience)
        while True:
            if signer is not None:
                signer.sign(request)
            came: httpx.Response | httpx.RequestError
            try:
                came = self._client.send(request)
            except httpx.RequestError as why:
                came = why
            pause = tries.pause(came)
            if pause is None and isinstance(came, httpx.Response):
                return came
            time.sleep(pause or 0.0)
