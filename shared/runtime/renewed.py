"""TLS whose files are replaced while clients live: each connection is made with those of then.

A client keeps one context for as long as it lives, which is months; its certificate is renewed some
weeks before it ends, in files that take the place of the former (Strimzi's: a year, and 30 days
before). Were they read when the client is made alone, all services would lose Kafka at the first
broken connection after that year, and come back only when somebody restarts them.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Self

import structlog

log = structlog.get_logger(__name__)


class Renewed(ssl.SSLContext):
    """What clients are given: hands each handshake to the context that `make` gave last, and asks
    it for another where one of `files` was replaced. Of itself it trusts nobody.

    Raises what `make` raises, when it is made; later on files that cannot be read, or of which one
    half only was replaced yet, leave all as it was until the next connection.
    """

    def __new__(cls, *_: object) -> Self:
        return super().__new__(cls, ssl.PROTOCOL_TLS_CLIENT)

    def __init__(self, make: Callable[[], ssl.SSLContext], files: Sequence[str]) -> None:
        self._make, self._files = make, files
        self._read = self._stamps()  # before they are: what is replaced meanwhile is seen then
        self._made = make()

    def wrap_bio(self, *args: Any, **kwargs: Any) -> ssl.SSLObject:
        """What event loops begin a connection with."""
        return self._now().wrap_bio(*args, **kwargs)

    def _now(self) -> ssl.SSLContext:
        there = self._stamps()
        if there != self._read:
            try:
                self._made, self._read = self._make(), there
                log.info("tls.renewed")
            except OSError as why:  # (ssl.SSLError is one)
                log.warning("tls.not_renewed", error=type(why).__name__)
        return self._made

    def _stamps(self) -> list[tuple[int, ...] | None]:
        return [_stamp(file) for file in self._files]


def _stamp(file: str) -> tuple[int, ...] | None:
    """What tells a file from one that took its place (Kubernetes: behind a link); None: it is not
    there."""
    try:
        told = Path(file).stat()
    except OSError:
        return None
    return told.st_dev, told.st_ino, told.st_mtime_ns, told.st_size
