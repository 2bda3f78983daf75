"""Making a document: the page becomes a PDF, its hash goes into the credential, which is signed.

No transaction is open and nothing is read or written: everything comes with the request.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from services.certificates import render, signing
from services.certificates.domain.credential import with_pdf
from services.certificates.domain.documents import Made, Order


class Press:
    """Makes documents in threads (Typst lets the interpreter go), a few side by side."""

    def __init__(self, secret: str, threads: int) -> None:
        self._secret = secret
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="press")

    async def make(self, order: Order) -> Made:
        """Never on the event loop."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._make, order)

    async def print(self, page: Mapping[str, Any]) -> tuple[bytes, str]:
        """A page alone, and the SHA-256 of its bytes: for a duplicate, which is no document."""
        loop = asyncio.get_running_loop()
        done = await loop.run_in_executor(self._pool, render.render, page)
        return done.pdf, done.sha256

    async def aclose(self) -> None:
        """End the threads; what is being made is given up, its lease brings it again."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _make(self, order: Order) -> Made:
        done = render.render(order.page)
        credential = with_pdf(order.credential, order.pdf_url, done.pdf)
        jwt = signing.sign(self._secret, order.key, credential)
        return Made(done.pdf, done.sha256, done.conformance, jwt, order.key.key_id, done.lacks)
