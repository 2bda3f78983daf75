"""A dead letter as it is told over HTTP: in lists what names nobody, all of it to who reads one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from shared.runtime.envelope import headers_decoded, instant
from shared.runtime.readable import readable
from shared.runtime.tables import DeadLetter

LONGEST = 50_000  # characters of a letter's contents that are shown
_HEADER = 4_000
KEY = 200  # bytes
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_FIELD = re.compile(r"[a-z][a-z0-9_]*(?=[:/])")  # of a contract: how a fault of a value begins
_CLASS = re.compile(r"^(?:\w+\.)*\w*(?:Error|Exception)(?=:|$)", re.ASCII | re.MULTILINE)


def whole(service: str, row: DeadLetter) -> dict[str, Any]:
    """All of it, which may name people: for who is audited."""
    text = readable(row.payload)
    heads = [
        [name, value.decode(errors="backslashreplace")[:_HEADER] if value is not None else None]
        for name, value in headers_decoded(row.headers)
        if not name.startswith("dl_")
    ]
    contents = {"headers": heads, "value": text[:LONGEST], "cut": max(0, len(text) - LONGEST)}
    key = None if row.key is None else row.key[:KEY].decode(errors="backslashreplace")
    return shown(service, dict(row)) | {"key": key, "error": row.error} | contents


def shown(service: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """What names nobody, for nobody notes who reads it."""
    key = (row["key"] or b"")[:KEY].decode(errors="replace")
    return {
        "event_id": row["event_id"],
        "service": service,
        "consumer": row["consumer"],
        "state": row["state"],
        "type": row["type"] or None,
        "key": key if _UUID.fullmatch(key) else None,
        "topic": row["topic"],
        "partition": row["partition"],
        "offset": row["position"],
        "reason": row["reason"],
        "error": _gist(row["reason"], row["error"]),
        "attempts": row["attempts"],
        "missing": row["missing"] or None,
        "died_at": instant(row["died_at"]),
    }


def _gist(reason: str, error: str) -> str:
    """The class of a defect, or the first field that cannot be read; the rest may name people."""
    if reason not in ("defect", "value-unreadable"):
        return ""
    field = _FIELD.match(error) if reason == "value-unreadable" else None
    return field[0] if field else ([""] + _CLASS.findall(error))[-1]
