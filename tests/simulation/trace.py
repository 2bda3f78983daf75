"""The trace: everything that happened in a history, line by line, and its hash.

Two runs of one story on one commit have the same trace, byte for byte. It holds no time of the
machine, and nothing that is drawn anew by design: signatures, sealed keys, nonces.
"""

from __future__ import annotations

from hashlib import sha256


class Trace:
    """Lines as they come."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, line: str) -> None:
        self.lines.append(line)

    def digest(self) -> str:
        """The hash of all of it."""
        told = sha256()
        for line in self.lines:
            told.update(line.encode("utf-8", "backslashreplace") + b"\n")
        return told.hexdigest()

    def shortened(self, width: int = 160) -> list[str]:
        """For people: without what was said in full."""
        return [line if len(line) <= width else f"{line[: width - 1]}…" for line in self.lines]
