"""Making a document: the page becomes a PDF, its hash goes into the credential, which is signed.

No transaction is open and nothing is read or written: everything comes with the request.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Lock
from typing import Any

from services.certificates import render, signing
from services.certificates.domain.documents import Made, Order
from services.certificates.domain.pdf_binding import with_pdf

TOGETHER = 8  # documents that are handed over at once, while others wait for a thread
_Outcome = tuple["asyncio.Future[Made]", Made | BaseException]


class Press:
    """Makes documents in threads (Typst lets the interpreter go), a few side by side.

    To wake the event loop for each would cost as much as to store one.
    """

    def __init__(self, secret: str, threads: int) -> None:
        self._secret = secret
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="press")
        self._lock = Lock()
        self._to_begin = 0
        self._made: list[_Outcome] = []

    async def make(self, order: Order) -> Made:
        """Never on the event loop."""
        loop = asyncio.get_running_loop()
        told: asyncio.Future[Made] = loop.create_future()
        with self._lock:
            self._to_begin += 1
        self._pool.submit(self._work, loop, told, order)
        return await told

    async def print(self, page: Mapping[str, Any]) -> tuple[bytes, str]:
        """A page alone, and the SHA-256 of its bytes: for a duplicate, which is no document."""
        loop = asyncio.get_running_loop()
        done = await loop.run_in_executor(self._pool, render.render, page)
        return done.pdf, done.sha256

    async def aclose(self) -> None:
        """End the threads; what is being made is given up, its lease brings it again."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _work(
        self, loop: asyncio.AbstractEventLoop, told: asyncio.Future[Made], order: Order
    ) -> None:
        """In a thread. What was made waits for others, at most `TOGETHER`, and no longer than there
        is a page left to begin: one that hangs then may hold it back."""
        with self._lock:
            self._to_begin -= 1
        try:
            if told.cancelled():
                raise asyncio.CancelledError  # who waited has given up before it was begun
            made: Made | BaseException = self._make(order)
        except BaseException as why:
            made = why
        with self._lock:
            self._made.append((told, made))
            if self._to_begin and len(self._made) < TOGETHER:
                return
            together, self._made = self._made, []
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(_tell, together)

    def _make(self, order: Order) -> Made:
        done = render.render(order.page)
        credential = with_pdf(order.credential, order.pdf_url, done.pdf)
        jwt = signing.sign(self._secret, order.key, credential)
        return Made(done.pdf, done.sha256, done.conformance, jwt, order.key.key_id, done.lacks)


def _tell(together: list[_Outcome]) -> None:
    for told, made in together:
        if told.done():  # who waited has given up
            continue
        if isinstance(made, BaseException):
            told.set_exception(made)
        else:
            told.set_result(made)
