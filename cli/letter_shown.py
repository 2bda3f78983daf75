"""A dead letter as a person can look at it: whatever its bytes are, none of them steers a terminal
or is too much for it."""

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cli.letters import Letter

MOST = 4_000  # characters, if not the whole is asked for
_ROW = 16  # bytes in a line of what is no text


def shown(letter: "Letter", *, whole: bool = False) -> dict[str, Any]:
    """All of a letter: `{…, headers: [[name, text]], value}`; the value is JSON set out in lines
    where it is JSON, text where it is that, else its bytes in hex."""
    text = _value(letter.record.value)
    left = len(text) - MOST
    if left > 0 and not whole:
        text = f"{text[:MOST]}\n… and {left} more characters: --whole"
    heads = [
        [name, (value or b"").decode(errors="backslashreplace")[:MOST] if value else "(null)"]
        for name, value in letter.record.headers
        if not name.startswith("dl_")
    ]
    return letter.told() | {"headers": heads, "value": text}


def _value(value: bytes | None) -> str:
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
