"""A dead letter as a person can look at it: whatever its bytes are, none of them steers a terminal
or is too much for it."""

from typing import TYPE_CHECKING, Any

from shared.runtime.readable import readable

if TYPE_CHECKING:
    from cli.letters import Letter

MOST = 4_000  # characters, if not the whole is asked for


def shown(letter: "Letter", *, whole: bool = False) -> dict[str, Any]:
    """All of a letter: `{…, headers: [[name, text]], value}`; the value as `readable` has it."""
    text = readable(letter.record.value)
    left = len(text) - MOST
    if left > 0 and not whole:
        text = f"{text[:MOST]}\n… and {left} more characters: --whole"
    heads = [
        [name, (value or b"").decode(errors="backslashreplace")[:MOST] if value else "(null)"]
        for name, value in letter.record.headers
        if not name.startswith("dl_")
    ]
    return letter.told() | {"headers": heads, "value": text}
