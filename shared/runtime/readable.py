"""Bytes of any kind as a person can look at them: none steers a terminal or is too much for it."""

from __future__ import annotations

import json

_ROW = 16  # bytes in a line of what is no text


def readable(value: bytes | None) -> str:
    """JSON set out in lines where it is JSON, text where it is that, else the bytes in hex."""
    if value is None:
        return "(no value)"
    try:
        text = value.decode()
    except UnicodeDecodeError:
        return "\n".join(
            f"{at:08x}  {value[at : at + _ROW].hex(' ')}" for at in range(0, len(value), _ROW)
        )
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return text
