"""What could not be written on a certificate, so that staff know which font to add.

A task is a fact that many may read, so of a learner's name it says the script only; of everything
else, which is the provider's own text, the characters too.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from typing import Any

_QUOTED = re.compile(r'the text `"(.*?)"` could not be displayed', re.DOTALL)
_MOST = 8


def missing_in(complaint: str) -> frozenset[str]:
    """The characters that Typst says it cannot write: of the first place where it failed."""
    return frozenset(one for words in _QUOTED.findall(complaint) for one in words)


def lacking(page: Mapping[str, Any], missing: Collection[str]) -> tuple[str, ...]:
    """`name: a character of EGYPTIAN HIEROGLYPH`, `statements: U+1F728`, by field."""
    found = []
    for field in sorted(page):
        here = sorted({*missing} & {*"".join(_texts(page[field]))})
        if here and field == "name":
            found.append(f"name: a character of {', '.join(sorted(set(map(script_of, here))))}")
        elif here:
            found.append(f"{field}: {', '.join(f'U+{ord(one):04X}' for one in here[:_MOST])}")
    return tuple(found)


def without(value: Any, characters: Collection[str]) -> Any:
    """A page with these characters left out, to find what else is missing."""
    if isinstance(value, str):
        return "".join(one for one in value if one not in characters)
    if isinstance(value, Mapping):
        return {name: without(part, characters) for name, part in value.items()}
    if isinstance(value, list):
        return [without(part, characters) for part in value]
    return value


def script_of(character: str) -> str:
    """Its script, as far as the name that Unicode gives it tells: `HANGUL SYLLABLE`."""
    return " ".join(unicodedata.name(character, "unnamed script").split("-")[0].split()[:2])


def _texts(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part)
