"""How many messages a text is billed as (3GPP TS 23.038 §6.2.1, TS 23.040 §9.2.3.24.1).

160 characters of the GSM alphabet in one, 153 each in several; with a single other character in it
70 and 67 UTF-16 units. What does not fit a segment whole (an escape and its character, a surrogate
pair) begins the next.
"""

from __future__ import annotations

from collections.abc import Callable

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_ESCAPED = frozenset("\f^{}\\[~]|€")
# What typography does to a text that would fit the GSM alphabet without it.
_PLAIN = str.maketrans(
    {
        "‘": "'", "’": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"',
        "–": "-", "—": "-", "−": "-", "‐": "-", "\u2011": "-", "…": "...",
        "\u00a0": " ", "\u202f": " ", "\u2009": " ", "\u00ad": "",
    }
)  # fmt: skip
MOST = 4
_TITLES = (60, 40, 24, 12)  # characters of a title, the first that fits


class TooLongError(ValueError):
    """It does not fit, however short the title."""


def segments(text: str) -> int:
    """How many it is billed as; 0 for an empty one."""
    if all(one in _BASIC or one in _ESCAPED for one in text):
        return _packed([2 if one in _ESCAPED else 1 for one in text], 160, 153)
    return _packed([2 if ord(one) > 0xFFFF else 1 for one in text], 70, 67)


def plain(text: str) -> str:
    """On one line, without typography, and with nothing that no eye can see."""
    spaced = " ".join(text.translate(_PLAIN).split())
    return "".join(one for one in spaced if one.isprintable())


def fitted(say: Callable[[str], str], title: str, most: int = MOST) -> str:
    """The text that `say` makes of a title, cut until it is at most so many segments.

    Raises TooLongError where no title is short enough.
    """
    whole = plain(title)
    for length in _TITLES:
        text = plain(say(shortened(whole, length)))
        if segments(text) <= most:
            return text
    raise TooLongError(f"more than {most} segments")


def shortened(words: str, length: int) -> str:
    """The same, or its beginning with three dots."""
    if len(words) <= length:
        return words
    return words[: length - 3].rstrip() + "..."


def _packed(units: list[int], alone: int, each: int) -> int:
    if sum(units) <= alone:
        return 1 if units else 0
    count, room = 1, each
    for unit in units:
        if unit > room:
            count, room = count + 1, each
        room -= unit
    return count
