"""A ZIP that is written while it is read: no entry, and not the whole, is in memory at once.

The same entries give the same bytes: they carry no time of their own, and their order is the
caller's. The last one is the manifest, with each entry's SHA-256 and size.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import AsyncIterator
from typing import Any

MANIFEST = "manifest.json"
_NO_TIME = (1980, 1, 1, 0, 0, 0)


class _Sink:
    """What has been written and not been taken yet. It cannot be sought in, as a socket cannot."""

    def __init__(self) -> None:
        self._waiting = bytearray()

    def write(self, data: bytes) -> int:
        self._waiting += data
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""

    def take(self) -> bytes:
        taken = bytes(self._waiting)
        self._waiting.clear()
        return taken


class Archive:
    """Entries, one after another; each `add` and the `end` give the bytes that are to be sent."""

    def __init__(self) -> None:
        self._sink = _Sink()
        out: Any = self._sink
        self._zip = zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED)
        self._entries: list[dict[str, Any]] = []

    async def add(self, name: str, content: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """One entry, as its content comes."""
        digest, size = hashlib.sha256(), 0
        with self._zip.open(_entry(name), "w", force_zip64=True) as entry:
            async for chunk in content:
                entry.write(chunk)
                digest.update(chunk)
                size += len(chunk)
                if part := self._sink.take():
                    yield part
        self._entries.append({"name": name, "sha256": digest.hexdigest(), "size": size})
        yield self._sink.take()

    def end(self, **about: Any) -> bytes:
        """The manifest, and what makes it a ZIP."""
        said = {**about, "entries": self._entries}
        text = json.dumps(said, ensure_ascii=False, indent=2) + "\n"
        self._zip.writestr(_entry(MANIFEST), text.encode())
        self._zip.close()
        return self._sink.take()


def _entry(name: str) -> zipfile.ZipInfo:
    made = zipfile.ZipInfo(name, _NO_TIME)
    made.compress_type = zipfile.ZIP_DEFLATED
    made.external_attr = 0o644 << 16
    return made
